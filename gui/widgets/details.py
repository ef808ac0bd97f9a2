"""Words for whoever asks for them: a traceback, the output of a program."""

from __future__ import annotations

import tkinter as tk
from typing import Literal


class Details(tk.Text):
    """Stands in a grid, and `toggle` shows it there or not. Plain Tk, for our look may be what broke."""

    def __init__(self, parent: tk.Misc, *, width: int, height: int, wrap: Literal["none", "char"]) -> None:
        super().__init__(parent, width=width, height=height, wrap=wrap, font="TkFixedFont", state="disabled")

    def fill(self, words: str) -> None:
        self["state"] = "normal"
        self.delete("1.0", "end")
        self.insert("1.0", words)
        self["state"] = "disabled"

    def toggle(self) -> None:
        if self.winfo_ismapped():
            self.grid_remove()
        else:
            self.grid()
