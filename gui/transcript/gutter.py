"""The two margins of a transcript: discs and icons on the left, marks on the right, and the bands' ends.

Drawn on canvases beside the Text, for the visible lines only (found here too), so no text can imitate what
stands here.
"""

import tkinter as tk
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gui.look import paint
from gui.look.look import Look
from gui.transcript.items import ChatLine, SystemLine
from gui.transcript.lines import BAND_COLOURS, Band, Entry, Row
from gui.transcript.text import TranscriptText
from gui.widgets.disc import draw_disc

LEFT_WIDTH: Final = 76
RIGHT_WIDTH: Final = 52
_BAND_LEFT: Final = 12
_RADIUS: Final = 12


@dataclass(slots=True)
class VisibleRow:
    """A row on the screen. top, bottom: y in pixels, perhaps beyond the view's edges; mark_y: the middle
    of its last display line, None while that is out of sight."""

    row: Row
    top: int
    bottom: int
    mark_y: int | None


class Gutters:
    """Paints `left` and `right`; both are made here, to be placed by the transcript."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        self._look = look
        self.left = tk.Canvas(parent, borderwidth=0, highlightthickness=0)
        self.right = tk.Canvas(parent, borderwidth=0, highlightthickness=0)
        self._corners: dict[tuple[Band, bool, bool], tk.PhotoImage] = {}
        self.restyle()

    def restyle(self) -> None:
        """Take sizes and colours anew; `paint` must follow."""
        look = self._look
        self._corners.clear()
        for canvas, width in ((self.left, LEFT_WIDTH), (self.right, RIGHT_WIDTH)):
            canvas.configure(width=look.px(width), height=1, background=look.palette.surface)

    def paint(self, rows: Sequence[VisibleRow], focused: bool, marked: Entry | None = None) -> None:
        """Draw the margins of these rows (in order, without a gap).

        focused: the keyboard is here; marked: the message that it acts on.
        """
        self.left.delete("all")
        self.right.delete("all")
        for start, end in _band_runs(rows):
            self._band(rows[start:end])
        for visible in rows:
            self._row(visible)
        if focused:
            px, accent = self._look.px, self._look.palette.accent
            self.left.create_rectangle(0, 0, px(3), self.left.winfo_height(), width=0, fill=accent)
            its = [row for row in rows if row.row.entry is marked and row.row.kind != "header"]
            if marked is not None and its:
                self.left.create_rectangle(px(68), its[0].top, px(72), its[-1].bottom, width=0, fill=accent)

    def _band(self, rows: Sequence[VisibleRow]) -> None:
        px, band = self._look.px, rows[0].row.band
        colour = self._look.palette.colour(BAND_COLOURS[band])
        top, bottom = rows[0].top, rows[-1].bottom
        left, right = px(_BAND_LEFT), px(RIGHT_WIDTH)
        self.left.create_rectangle(left, top, px(LEFT_WIDTH) + 1, bottom, width=0, fill=colour)
        self.right.create_rectangle(-1, top, right, bottom, width=0, fill=colour)
        if rows[0].row.kind == "top":
            self.left.create_image(left, top, image=self._corner(band, False, False), anchor="nw")
            self.right.create_image(right, top, image=self._corner(band, True, False), anchor="ne")
        if rows[-1].row.kind == "bottom":
            self.left.create_image(left, bottom, image=self._corner(band, False, True), anchor="sw")
            self.right.create_image(right, bottom, image=self._corner(band, True, True), anchor="se")

    def _corner(self, band: Band, right: bool, bottom: bool) -> tk.PhotoImage:
        key = (band, right, bottom)
        if key not in self._corners:
            px, p = self._look.px, self._look.palette
            data = paint.corner(px(_RADIUS), p.colour(BAND_COLOURS[band]), p.surface, right, bottom)
            self._corners[key] = tk.PhotoImage(master=self.left, data=data)
        return self._corners[key]

    def _row(self, visible: VisibleRow) -> None:
        entry = visible.row.entry
        if entry is None:
            return
        look, item = self._look, entry.item
        if visible.row.kind == "header" and isinstance(item, ChatLine):
            x, y = look.px(26), visible.top + look.px(1)
            draw_disc(self.left, look, x, y, item.author_id, item.name, 36)
            if item.whisper:
                self._badge(x + look.px(31), y + look.px(31))
        elif visible.row.kind == "system" and not visible.row.soft:
            icon = item.icon if isinstance(item, SystemLine) else "info"
            self.left.create_image(look.px(44), (visible.top + visible.bottom) // 2 if visible.row.last
                                   else visible.top + look.px(11), image=look.icon(icon, "ink3", 18))
        elif visible.row.last and isinstance(item, ChatLine) and item.mine and visible.mark_y is not None:
            name, colour = {"pending": ("clock", "warn"), "held": ("check", "ink3"),
                            "delivered": ("check", "accent"), "refused": ("cross", "danger")}[entry.state]
            self.right.create_image(look.px(26), visible.mark_y, image=look.icon(name, colour, 18))

    def _badge(self, x: int, y: int) -> None:
        """The lock on a whisper's disc, centred at (x, y)."""
        look = self._look
        for image in (look.dot("whisper_soft", 22), look.dot("whisper", 18),
                      look.icon("lock", "on_strong", 12)):
            self.left.create_image(x, y, image=image)


def _band_runs(rows: Sequence[VisibleRow]) -> list[tuple[int, int]]:
    """(start, end) of the rows of each band: a new one begins at a "top" and ends after a "bottom"."""
    runs: list[tuple[int, int]] = []
    start = 0
    for index, visible in enumerate(rows):
        if not visible.row.band:
            start = index + 1
        elif visible.row.kind == "bottom" or index + 1 == len(rows):
            runs.append((start, index + 1))
            start = index + 1
    return runs


def visible_rows(book: TranscriptText, edge: int) -> list[VisibleRow]:
    """The rows in sight, top to bottom. edge: height in pixels of the line that pads a band."""
    text, rows, first = book.text, book.rows, book.line_of(0)
    index = max(book.number_at(0, 0) - first, 0)
    height = text.winfo_height()
    visible: list[VisibleRow] = []
    while index < len(rows):
        begin = text.dlineinfo(f"{first + index}.0")
        end = text.dlineinfo(f"{first + index}.end")
        if begin is None and end is None and visible:
            break
        top = begin[1] if begin else 0
        bottom = end[1] + end[3] if end else height
        if not visible and begin and rows[index].band and index and rows[index - 1].kind == "top":
            # The band's upper edge is just out of sight, but its round corner reaches down to here.
            visible.append(VisibleRow(rows[index - 1], top - edge, top, None))
        visible.append(VisibleRow(rows[index], top, bottom, end[1] + end[3] // 2 if end else None))
        index += 1
        if end is None:
            return visible
    if visible and index < len(rows) and rows[index].kind == "bottom":
        bottom = visible[-1].bottom
        visible.append(VisibleRow(rows[index], bottom, bottom + edge, None))
    return visible
