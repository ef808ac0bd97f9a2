"""A key to compare: its picture and its groups, in a small window over the room's. Esc, or a click anywhere
else, closes it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui import compat
from gui.look.look import Look
from gui.text.quoted import quoted
from gui.widgets.buttons import CopyButton
from gui.widgets.fingerprint_picture import FingerprintPicture, FingerprintText, fingerprint_text
from netcore.engine import Command, MarkCompared, Member

CELL, CELL_SMALL = 18, 9  # of the picture, and where the screen is too low for it
HEIGHT = 520  # at 100 %, with the large picture


class FingerprintPopup(tk.Toplevel):
    """The whole fingerprint of 32 bytes under `opener`, which gets the keyboard back."""

    def __init__(self, opener: tk.Misc, look: Look, fingerprint: bytes, title: str, words: str,
                 compared: bool = False, on_compared: Callable[[bool], None] | None = None) -> None:
        """With `on_compared`, a box says whether the two keys were compared, and is told of a change."""
        super().__init__(opener, background=look.palette.line)
        compat.without_frame(self)
        self._opener = opener
        body = ttk.Frame(self, style="TFrame")
        look.pack(body, padx=1, pady=1)
        inner = ttk.Frame(body)
        look.pack(inner, padx=24, pady=24)
        cell = CELL if look.px(HEIGHT) <= self.winfo_screenheight() else CELL_SMALL
        for text, style in ((title, "Heading"), (words, "Small")):
            label = ttk.Label(inner, text=text, style=f"{style}.TLabel", justify="left")
            look.configure(label, wraplength=17 * CELL + 24)
            look.pack(label, anchor="w", pady=(0, 4 if style == "Heading" else 12))
        FingerprintPicture(inner, look, fingerprint, cell=cell).pack(anchor="w")
        FingerprintText(inner, look, fingerprint).pack(anchor="w")
        self.compared = tk.BooleanVar(self, compared)
        if on_compared is not None:
            self.box = ttk.Checkbutton(inner, text="Compared: they match", variable=self.compared,
                                       command=lambda: on_compared(self.compared.get()))
            look.pack(self.box, anchor="w", pady=(10, 0))
        buttons = ttk.Frame(inner)
        look.pack(buttons, fill="x", pady=(12, 0))
        copy = CopyButton(buttons, look, lambda: fingerprint_text(fingerprint), "Copy")
        copy.pack(side="left")
        close = ttk.Button(buttons, text="Close", style="Small.Plain.TButton", command=self._close)
        close.pack(side="right")
        self.bind("<Escape>", lambda _: self._close())
        self.bind("<FocusOut>", self._focus_out)
        self.update_idletasks()
        width, height = self.winfo_reqwidth(), self.winfo_reqheight()
        x = opener.winfo_rootx() + opener.winfo_width() - width
        y = opener.winfo_rooty()
        y += opener.winfo_height() if opener.winfo_height() < look.px(120) else look.px(24)  # over a list
        x, y = min(x, self.winfo_screenwidth() - width), min(y, self.winfo_screenheight() - height)
        self.geometry(f"+{max(0, x)}+{max(0, y)}")
        close.focus_force()

    def _focus_out(self, _event: tk.Event[tk.Misc]) -> None:
        self.after_idle(self._close_if_left)

    def _close_if_left(self) -> None:
        # Moving from one button to the next is a FocusOut too.
        if self.winfo_exists() and not str(self.focus_get() or "").startswith(str(self)):
            self.destroy()

    def _close(self) -> None:
        # This window took the keyboard past the window manager (`focus_force`), so it gives it back the
        # same way, and while it still has it: a destroyed window has nothing to give.
        self._opener.focus_force()
        self.destroy()


def show_member_key(opener: tk.Misc, look: Look, member: Member, you: bool, compared: bool,
                    submit: Callable[[Command], None]) -> FingerprintPopup:
    """A member's fingerprint, how the two compare it, and whether they have: a change goes to `submit`."""
    if you:
        return FingerprintPopup(opener, look, member.id, "Your key", (
            "Show this, or read it aloud, to whoever wants to be sure that it is you: their window shows the "
            "same in the menu of your name."))
    name = quoted(member.name)
    return FingerprintPopup(
        opener, look, member.id, f"The key of {name}",
        f"To be sure that only {name} reads your whispers, compare: on their screen the menu of their own "
        "name shows this. If it differs, somebody sits in between.",
        compared, lambda now: submit(MarkCompared(member.id, now)))
