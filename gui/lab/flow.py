"""A row of small widgets that goes on in the next line where it is full."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Final

from gui.look.look import Look

GAP: Final = 6


class Flow(ttk.Frame):
    """Its children stand side by side in the order in which they were made, in as many lines as it takes."""

    def __init__(self, parent: tk.Misc, look: Look, *, style: str = "TFrame", gap: int = GAP) -> None:
        super().__init__(parent, style=style, height=1)
        self._look = look
        self._gap = gap
        self.bind("<Configure>", lambda _: self.arrange())
        look.on_change(self.arrange, owner=self)

    def arrange(self) -> None:
        """Call after children were made, taken away, or have changed their words."""
        gap, room = self._look.px(self._gap), max(self.winfo_width(), 1)
        x = y = line_height = 0
        for child in self.winfo_children():
            assert isinstance(child, tk.Widget)
            width, height = child.winfo_reqwidth(), child.winfo_reqheight()
            if x and x + width > room:
                x, y, line_height = 0, y + line_height + gap // 2, 0
            child.place(x=x, y=y)
            x += width + gap
            line_height = max(line_height, height)
        wanted = max(1, y + line_height)
        if int(str(self.cget("height"))) != wanted:
            self.configure(height=wanted)
