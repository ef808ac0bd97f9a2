"""What may be done instead of a line that was not understood: links under the composer's field."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from gui.look.look import Look
from gui.widgets.buttons import LinkLabel

MOST = 4


class Offers(ttk.Frame):
    """A row of links; empty until `show`."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, height=1)
        self._look = look

    def show(self, offers: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """These words, each with what it does; the first MOST of them. None: nothing is offered."""
        for child in self.winfo_children():
            child.destroy()
        for words, command in offers[:MOST]:
            self._look.pack(LinkLabel(self, self._look, words, command), side="left", padx=(0, 16))
        if not offers:
            self.configure(height=1)  # a frame that lost its last child keeps its size
