"""Boxes, chips and hairlines: what stands around other things and does nothing itself.

`ground` is the label ground that it stands on: "" or "Card." for the surface, "Window." for the
ground beside the cards.
"""

import tkinter as tk
from tkinter import ttk
from typing import Any

from gui.look.look import Look
from gui.look.theme_styles import control_prefix


def rule(parent: tk.Misc) -> ttk.Frame:
    """A hairline, to be packed or gridded with fill along its way."""
    return ttk.Frame(parent, style="Line.TFrame", width=1, height=1)


class Card(ttk.Frame):
    """A rounded box. kind: "", Chosen, Alarm, Info, Warn, Danger, Whisper, Plain, Tile; padding at 100 %."""

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "Window.", kind: str = "",
                 padding: Any = 24) -> None:
        self._ground = control_prefix(ground)
        super().__init__(parent)
        look.configure(self, padding=padding)
        self.set_kind(kind)

    def set_kind(self, kind: str) -> None:
        self.configure(style=f"{self._ground}{kind + '.' if kind else ''}Box.TFrame")


class Pill(ttk.Label):
    """A chip with a word or a number. kind: "", Info, Warn, Danger, Whisper."""

    def __init__(self, parent: tk.Misc, text: str, kind: str = "", *, ground: str = "") -> None:
        self._prefix = control_prefix(ground)
        super().__init__(parent, text=text)
        self.show(text, kind)

    def show(self, text: str, kind: str = "") -> None:
        self.configure(text=text, style=f"{self._prefix}{kind + '.' if kind else ''}Chip.TLabel")
