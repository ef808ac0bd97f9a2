"""A scroll bar that is there only while there is something to scroll."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk


class HidingScrollbar(ttk.Scrollbar):
    """At the right of `content`, which is packed. `content` tells it by `set` (its yscrollcommand)."""

    def __init__(self, content: tk.Canvas | ttk.Treeview, *, style: str = "Vertical.TScrollbar") -> None:
        super().__init__(content.master, orient="vertical", command=content.yview, style=style,
                         takefocus=False)
        self._content = content

    def set(self, first: float | str, last: float | str) -> None:
        if float(first) <= 0 and float(last) >= 1:
            self.pack_forget()
        elif not self.winfo_ismapped():
            self.pack(side="right", fill="y", before=self._content)
        super().set(first, last)
