"""The system's dialogs for files, opened where this person saved or chose last.

Where nobody has yet, they begin in Downloads and in the home folder: left to itself, a dialog of Tk's own
begins in the folder that the program was started in.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path

from netcore.before_start import downloads_folder


class FileDialogs:
    """`saved` and `chosen`: the folders of last time, or ""; `on_change(saved, chosen)` hears of new ones."""

    def __init__(self, saved: str = "", chosen: str = "",
                 on_change: Callable[[str, str], None] = lambda saved, chosen: None) -> None:
        self.saved, self.chosen = saved, chosen
        self._on_change = on_change

    def save_as(self, parent: tk.Misc, title: str, name: str, *, replaces: bool = True,
                kinds: Sequence[tuple[str, str]] = ()) -> Path | None:
        """Where to save what is called `name`; None if the person has thought better of it.

        `replaces`: whether it will be written in place of a file that is there, which the dialog then asks
        about. `kinds`: (words, "*.ending"), of which the first is added to a name without one.
        """
        from tkinter import filedialog  # not for a start

        ending = kinds[0][1].removeprefix("*") if kinds else ""
        answer = filedialog.asksaveasfilename(
            parent=parent, title=title, initialfile=name, filetypes=kinds, defaultextension=ending,
            initialdir=self._first(self.saved, downloads_folder()), confirmoverwrite=replaces)
        if not answer:
            return None
        self._remember(saved=str(Path(answer).parent))
        return Path(answer)

    def choose(self, parent: tk.Misc, title: str) -> list[Path]:
        """Files that are there already; none if the person has thought better of it."""
        from tkinter import filedialog  # not for a start

        answer = filedialog.askopenfilenames(parent=parent, title=title, initialdir=self._first(self.chosen))
        paths = [Path(one) for one in answer]
        if paths:
            self._remember(chosen=str(paths[0].parent))
        return paths

    def _remember(self, saved: str = "", chosen: str = "") -> None:
        before = (self.saved, self.chosen)
        self.saved, self.chosen = saved or self.saved, chosen or self.chosen
        if (self.saved, self.chosen) != before:
            self._on_change(self.saved, self.chosen)

    @staticmethod
    def _first(last: str, usual: Path | None = None) -> str:
        """The first of these folders that is there; else the home folder."""
        for folder in (last, usual):
            if folder and Path(folder).is_dir():
                return str(folder)
        return str(Path.home())
