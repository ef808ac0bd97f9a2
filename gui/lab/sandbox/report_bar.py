"""Under whose name a lab report is saved, and where: a line of the window."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog, ttk

from gui.compat import press_on_return
from gui.lab.flow import Flow
from gui.look.look import Look
from gui.widgets.boxes import Card
from gui.widgets.keyboard import give_keyboard
from netcore.lab.report_file import USUAL_NAME

MOST_CHARS = 80


class ReportBar(ttk.Frame):
    """`show(name)` fills it; the caller packs it. `on_save(path, name)`, or `on_cancel()`."""

    def __init__(self, parent: tk.Misc, look: Look, on_save: Callable[[Path, str], None],
                 on_cancel: Callable[[], None]) -> None:
        super().__init__(parent)
        self._on_save = on_save
        card = Card(self, look, ground="", padding=(16, 8))
        card.pack(fill="x")
        row = Flow(card, look, gap=10)
        row.pack(fill="x")
        ttk.Label(row, text="Name in the report", style="Small.TLabel")
        self.name = ttk.Entry(row, width=28)
        self.save = ttk.Button(row, text="Save as\u2026", style="Small.Primary.TButton", command=self._save)
        self.cancel = ttk.Button(row, text="Cancel", style="Small.Plain.TButton", command=on_cancel)
        row.arrange()
        self.name.bind("<Return>", lambda _: self._save())
        for widget in (self.name, self.save, self.cancel):
            widget.bind("<Escape>", lambda _: self._cancel(on_cancel))
        for button in (self.save, self.cancel):
            press_on_return(button)

    def show(self, name: str) -> None:
        self.name.delete(0, "end")
        self.name.insert(0, name)
        self.name.selection_range(0, "end")
        give_keyboard(self.name)

    def _save(self) -> str:
        file = self._ask_file()
        if file:
            self._on_save(Path(file), self.name.get().strip()[:MOST_CHARS])
        return "break"

    @staticmethod
    def _cancel(on_cancel: Callable[[], None]) -> str:
        on_cancel()
        return "break"

    def _ask_file(self) -> str:
        """Where to, and whether in place of what is there; "" if the person has thought better of it."""
        return filedialog.asksaveasfilename(
            parent=self, title="Save the report", defaultextension=".html", initialfile=USUAL_NAME,
            filetypes=(("Web page", "*.html"),))
