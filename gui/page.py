"""What the one root window shows: a page at a time, with keys of its own while it stands there."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from tkinter import ttk
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the first page is a page too, and comes before the engine
    from netcore.engine import Event


class Page(ttk.Frame):
    """A page has a title, keys of its own, and takes events. Subclasses fill in what they have."""

    def __init__(self, parent: tk.Misc, style: str = "TFrame") -> None:
        super().__init__(parent, style=style)
        self.title = ""  # of the window, before the program's name; a name that others chose in quotes
        self.shortcuts: Mapping[str, Callable[[], object]] = {}  # by name, as of compat.Shortcuts

    def take(self, events: Sequence[Event]) -> None:
        """Events of one turn, in order."""

    def escape(self) -> None:
        """Esc, when nothing with the focus wanted it."""

    def focus_here(self) -> None:
        """Put the focus where the person goes on."""

    def may_close(self) -> bool:
        """Whether the window may close now; a page that has to ask does so and says no."""
        return True

    def seen(self) -> None:
        """The window has the keyboard: what was unread is read."""
