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

    @property
    def one_line_px(self) -> int:
        """How wide it has to be for all of them to stand in one line."""
        children = self.winfo_children()
        return sum(one.winfo_reqwidth() for one in children) + self._look.px(self._gap) * len(children[1:])

    def arrange(self) -> None:
        """Call after children were made, taken away, or have changed their words."""
        gap, room = self._look.px(self._gap), max(self.winfo_width(), 1)
        x = y = height = 0
        line: list[tuple[tk.Widget, int]] = []
        for child in [*self.winfo_children(), None]:
            wide = 0 if child is None else child.winfo_reqwidth()
            if line and (child is None or x + wide > room):
                height = max(one.winfo_reqheight() for one, _ in line)
                for one, left in line:
                    one.place(x=left, y=y + (height - one.winfo_reqheight()) // 2)
                x, y, line = 0, y + height + gap // 2, []
            if child is not None:
                assert isinstance(child, tk.Widget)
                line.append((child, x))
                x += wide + gap
        wanted = max(1, y - gap // 2)
        if int(str(self.cget("height"))) != wanted:
            self.configure(height=wanted)
