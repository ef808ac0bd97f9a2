"""Keys on the header and its pop-up: what Esc gives back, what Enter presses."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui import compat
from gui.look.look import Look
from gui.room.fingerprint_popup import FingerprintPopup
from tests.gui.waiting import Pump


def test_esc_in_the_fingerprint_gives_the_keyboard_back(root: tk.Tk, look: Look, pump: Pump) -> None:
    root.deiconify()
    lock = ttk.Button(root, text="lock")
    lock.pack()
    root.update()
    popup = FingerprintPopup(lock, look, bytes(32), "A key", "Compare it.")
    pump(lambda: str(root.focus_get() or "").startswith(str(popup)))
    popup.event_generate("<Escape>")
    pump(lambda: not popup.winfo_exists())
    pump(lambda: root.focus_get() is lock)


def test_enter_presses_a_button_once(root: tk.Tk, pump: Pump) -> None:
    root.deiconify()
    compat.return_presses_buttons(root)
    pressed: list[str] = []
    plain = ttk.Button(root, text="plain", command=lambda: pressed.append("plain"))
    own = ttk.Button(root, text="own", command=lambda: pressed.append("own"))
    own.bind("<Return>", lambda _: own.invoke())
    for button in (plain, own):
        button.pack()
        root.update()
        button.focus_force()
        pump(lambda button=button: root.focus_get() is button)
        button.event_generate("<Return>")
    assert pressed == ["plain", "own"]
