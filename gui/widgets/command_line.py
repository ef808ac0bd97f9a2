"""A command to type elsewhere: it can be marked with the mouse, and copied with a button."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui.compat import mend_edit_shortcuts
from gui.look.look import Look
from gui.widgets.buttons import CopyButton


class CommandLine(ttk.Frame):
    """One line that cannot be changed, as wide as its place, with its button."""

    def __init__(self, parent: tk.Misc, look: Look, command: str) -> None:
        super().__init__(parent)
        self.copy_button = CopyButton(self, look, lambda: command, "")
        self.copy_button.pack(side="right")
        self.entry = ttk.Entry(self, style="Mono.TEntry", font=look.fonts.mono_small, width=8)
        self.entry.insert(0, command)
        self.entry.state(["readonly"])
        mend_edit_shortcuts(self.entry)
        self.entry.pack(side="left", fill="x", expand=True)
