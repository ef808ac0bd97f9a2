"""A column of rows, one for each chunk, of which only those in sight are drawn."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gui.compat import bind_wheel
from gui.lab.paper import Paper, bind_step_keys
from gui.look.look import Look

ROW: Final = 54
PAD: Final = 24
FIRST: Final = 60  # the least width of the titles


@dataclass(frozen=True, slots=True)
class Row:
    """title: "recv 3". code: a line of bytes or numbers, in mono. words: what came of it, behind its icon."""

    title: str
    code: str
    words: str
    icon: str
    colour: str


class Rows(Paper):
    """It follows the newest row until somebody scrolls up."""

    def __init__(self, parent: tk.Misc, look: Look, on_scroll: Callable[[float, float], object]) -> None:
        super().__init__(parent, look, takefocus=True)
        self.rows: Sequence[Row] = ()
        self.top = 0.0  # pixels at 100 %
        self.following = True
        self._first: float = FIRST
        self._on_scroll = on_scroll
        bind_wheel(self, lambda lines: self.scroll(lines * 18))
        bind_step_keys(self, (
            ("<Up>", lambda: self.scroll(-ROW)), ("<Down>", lambda: self.scroll(ROW)),
            ("<Prior>", lambda: self.scroll(-self.height)), ("<Next>", lambda: self.scroll(self.height)),
            ("<Home>", lambda: self.scroll(-ROW * len(self.rows))),
            ("<End>", lambda: self.scroll(ROW * len(self.rows)))))
        for event in ("<FocusIn>", "<FocusOut>"):
            self.bind(event, lambda _: self.paint_now(), add=True)

    def show(self, rows: Sequence[Row], dropped: int = 0) -> None:
        """`dropped` rows are gone from the beginning since the last time: what is in sight stays."""
        self.rows = rows
        if not self.following:
            self.top = max(0.0, self.top - dropped * ROW)
        self.paint_soon()

    def scroll(self, by: float) -> None:
        last = self._last()
        self.top = min(max(0.0, self.top + by), last)
        self.following = self.top >= last
        self.paint_now()

    def yview(self, *order: str) -> None:  # type: ignore[override]
        """What a scroll bar says."""
        whole = ROW * len(self.rows)
        if order[0] == "moveto":
            self.scroll(float(order[1]) * whole - self.top)
        else:
            self.scroll(int(order[1]) * (self.height if order[2] == "pages" else ROW))

    def _last(self) -> float:
        return max(0.0, ROW * len(self.rows) - self.height)

    def paint(self) -> None:
        self.top = self._last() if self.following else min(self.top, self._last())
        whole = max(1.0, ROW * len(self.rows))
        self._on_scroll(self.top / whole, min(1.0, (self.top + self.height) / whole))
        first = int(self.top // ROW)
        widest = self.rows[-1].title if self.rows else ""
        self._first = max(FIRST, self.measure(widest, "small_strong") + 14)
        for number in range(first, min(len(self.rows), first + int(self.height // ROW) + 2)):
            self._row(self.rows[number], number * ROW - self.top, number)
        if self.focus_get() is self:
            self.line((1, 0, 1, self.height), "accent", width=2)

    def _row(self, row: Row, y: float, number: int) -> None:
        left = PAD + self._first
        room = self.width - left - 12
        self.words(PAD, y + 16, row.title, "small_strong", "ink")
        code = self._cut(row.code, "mono_small", room)
        self.words(left, y + 16, code, "mono_small", "ink2")
        self.icon(left + 8, y + 36, row.icon, row.colour, 16)
        self.words(left + 22, y + 36, self.fitting(row.words, "small", room - 22), "small",
                   row.colour if row.colour == "danger" else "ink")
        if number < len(self.rows) - 1:
            self.line((PAD, y + ROW - 2, self.width - 8, y + ROW - 2), "line")

    def _cut(self, text: str, font: str, room: float) -> str:
        """Of a long chunk its beginning and its end: a stream is cut at both."""
        if self.measure(text, font) <= room:
            return text
        letters = max(4, int(room / max(1.0, self.measure("0", font))) - 1)
        return text[: letters - letters // 3] + "…" + text[-(letters // 3) :]
