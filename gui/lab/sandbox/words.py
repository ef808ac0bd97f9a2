"""Words that break where their place ends."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk


class Words(ttk.Label):
    """A label whose lines are as long as it is wide. Its width comes from outside: fill="x", sticky="ew"."""

    def __init__(self, parent: tk.Misc, text: str = "", style: str = "TLabel") -> None:
        super().__init__(parent, text=text, style=style, wraplength=1_000)
        self._width = 0
        self.bind("<Configure>", self._fit)

    def _fit(self, event: tk.Event[tk.Misc]) -> None:
        if event.width > 1 and event.width != self._width:
            self._width = event.width
            self.configure(wraplength=event.width)
