"""The question before a room with members in it is stopped: a line of the window. The default is to go on."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.compat import press_on_return
from gui.look.look import Look
from gui.widgets.boxes import Card
from netcore.wire.lines import counted


class StopQuestion(ttk.Frame):
    """`show(count)` fills it; the caller packs it. `on_keep()` and `on_stop()` are the answers."""

    def __init__(self, parent: tk.Misc, look: Look, on_keep: Callable[[], None],
                 on_stop: Callable[[], None]) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        card = Card(self, look, kind="Alarm", padding=(20, 9))
        look.pack(card, fill="x", padx=24, pady=(16, 0))
        self.keep = ttk.Button(card, text="Keep it open", style="TButton", command=on_keep)
        self.keep.pack(side="right")
        stop = ttk.Button(card, text="Stop the room", style="Danger.TButton", command=on_stop)
        stop.pack(side="right")
        # Packed last: in a narrow window the words wrap, the buttons stay whole.
        warning = look.icon("warning", "danger", 20)
        self.words = ttk.Label(card, compound="left", image=warning, justify="left")
        self.words.pack(side="left")
        for button in (self.keep, stop):
            press_on_return(button)
        self.keep.bind("<Left>", lambda _: stop.focus_set())
        stop.bind("<Right>", lambda _: self.keep.focus_set())
        self._buttons = (self.keep, stop)
        self.bind("<Configure>", lambda _: self._fit())

    def show(self, count: int) -> None:
        """`count` members besides the host are here."""
        who = counted(count, "member is", "members are")
        self.words["text"] = f"{who} in the room. Stopping it ends the conversation for everyone."

    def _fit(self) -> None:
        taken = sum(button.winfo_reqwidth() for button in self._buttons) + self._look.px(130)
        self.words.configure(wraplength=max(self._look.px(120), self.winfo_width() - taken))
