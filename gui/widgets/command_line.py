"""A command to type elsewhere: it can be marked with the mouse, and copied with a button."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui.compat import mend_edit_shortcuts
from gui.look.look import Look
from gui.look.theme_styles import control_prefix
from gui.widgets.buttons import CopyButton


class CommandLine(ttk.Frame):
    """One line that cannot be changed, as wide as its place, with its button. `ground` as of buttons."""

    def __init__(self, parent: tk.Misc, look: Look, command: str, *, ground: str = "") -> None:
        prefix = control_prefix(ground)
        super().__init__(parent, style=f"{prefix}TFrame")
        self.copy_button = CopyButton(self, look, lambda: command, "", ground=ground)
        self.copy_button.pack(side="right")
        self.entry = ttk.Entry(self, style=f"{prefix}Mono.TEntry", font=look.fonts.mono_small, width=8)
        self.entry.insert(0, command)
        self.entry.state(["readonly"])
        mend_edit_shortcuts(self.entry)
        self.entry.pack(side="left", fill="x", expand=True)
