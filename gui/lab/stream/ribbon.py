"""Two lanes over one ruler of bytes: what the system calls gave, and the frames that were cut out of it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Final

from gui.compat import bind_wheel
from gui.lab.paper import Paper, bind_step_keys
from gui.look.look import Look
from netcore.lab.spans import spans_of_frame
from netcore.lab.stream.ruler import Held, end_of, in_range
from netcore.lab.stream.told import frame_title
from netcore.layout import Kind
from netcore.trace import Chunk, FrameSeen
from netcore.wire.lines import counted

HEIGHT: Final = 198
PER_BYTE: Final = 4.0
"""Pixels of one byte, at 100 %."""
PAD: Final = 24
CHUNKS_Y: Final = 40
RULER_Y: Final = 100
FRAMES_Y: Final = 128
LANE: Final = 40
ROUNDED: Final = 480
"""Wider boxes are plain: their edges are seldom in sight together."""
TICKS: Final = (5, 10, 25, 50, 100, 250, 500, 1_000)
LEAST_TICK: Final = 90

ROLES: Final = {Kind.HEADER: "header", Kind.LENGTH: "header", Kind.TAG: "tag", Kind.STAMP: "stamp",
                Kind.FIELD: "epoch", Kind.KEY: "epoch"}


def layer_of(kind: Kind) -> str:
    """The layer whose colour a field of this kind has."""
    return ROLES.get(kind, "ciphertext")


class Ribbon(Paper):
    """`show` gives it what is kept of one direction. It follows the newest byte until somebody scrolls back.

    word: "recv" or "send", whose number stands on a chunk.
    """

    def __init__(self, parent: tk.Misc, look: Look, on_scroll: Callable[[float, float], object]) -> None:
        super().__init__(parent, look, takefocus=True)
        self._on_scroll = on_scroll
        self.chunks: Sequence[Chunk] = ()
        self.frames: Sequence[FrameSeen] = ()
        self.last: Held | None = None
        self.first_number = 1
        self.word = "recv"
        self.left = 0.0  # the offset at the left edge
        self.following = True
        bind_wheel(self, lambda lines: self.scroll_bytes(lines * 12))
        bind_step_keys(self, (
            ("<Left>", lambda: self.scroll_bytes(-self._page() / 4)),
            ("<Right>", lambda: self.scroll_bytes(self._page() / 4)),
            ("<Prior>", lambda: self.scroll_bytes(-self._page())),
            ("<Next>", lambda: self.scroll_bytes(self._page())),
            ("<Home>", lambda: self.scroll_to(self._start())), ("<End>", self.follow)))
        for event in ("<FocusIn>", "<FocusOut>"):
            self.bind(event, lambda _: self.paint_now(), add=True)
        look.configure(self, height=HEIGHT)

    def show(self, chunks: Sequence[Chunk], frames: Sequence[FrameSeen], last: Held | None,
             first_number: int, word: str) -> None:
        """`first_number` counts the first chunk; `last` is how it stands now."""
        self.chunks, self.frames, self.last = chunks, frames, last
        self.first_number, self.word = first_number, word
        self.paint_soon()

    # --- scrolling -----------------------------------------------------------------------------------

    def _start(self) -> float:
        return float(self.chunks[0].offset) if self.chunks else 0.0

    def _end(self) -> float:
        """Where what is drawn ends: with the frame that is under way."""
        if not self.chunks:
            return 0.0
        end = end_of(self.chunks[-1])
        if self.last is not None and self.last.wanted_bytes is not None:
            end = max(end, end - self.last.rest_bytes + self.last.wanted_bytes)
        return float(end)

    def _page(self) -> float:
        return max(1.0, (self.width - 2 * PAD) / PER_BYTE)

    def follow(self) -> None:
        self.following = True
        self.paint_now()

    def scroll_bytes(self, count: float) -> None:
        self.scroll_to(self.left + count)

    def scroll_to(self, offset: float) -> None:
        last = max(self._start(), self._end() - self._page())
        self.left = min(max(offset, self._start()), last)
        self.following = self.left >= last
        self.paint_now()

    def xview(self, *order: str) -> None:  # type: ignore[override]
        """What a scroll bar says."""
        whole = max(1.0, self._end() - self._start())
        if order[0] == "moveto":
            self.scroll_to(self._start() + float(order[1]) * whole)
        else:
            self.scroll_bytes(int(order[1]) * (self._page() if order[2] == "pages" else 10))

    # --- the picture ---------------------------------------------------------------------------------

    def paint(self) -> None:
        page = self._page()
        if self.following:
            self.left = self._end() - page
        self.left = max(self.left, self._start())  # what was looked at may be kept no more
        whole = max(page, self._end() - self._start())
        low = (self.left - self._start()) / whole
        self._on_scroll(low, min(1.0, low + page / whole))
        receiving = self.word == "recv"
        self.words(PAD, 22, f"{self.word}() {'gave' if receiving else 'took'}", "small_strong", "ink2")
        self.words(PAD, HEIGHT - 14, "frames cut out of it" if receiving else "frames that left in it",
                   "small_strong", "ink2")
        note = PAD + self.measure("frames cut out of it", "small_strong") + 24
        chip, chip_wide = self._chip()
        room = (chip if chip + chip_wide > note else self.width) - note - 12
        self.words(note, HEIGHT - 14, self.fitting("4 header bytes say how long each one is", "small", room),
                   "small", "ink2")
        if not self.chunks:
            return
        shown_bytes = (self.left, self.left + page + 2 * PAD / PER_BYTE)
        self._ruler(*shown_bytes)
        for piece in in_range(self.chunks, int(shown_bytes[0]) - 8, int(shown_bytes[1]) + 1):
            assert isinstance(piece, Chunk)
            self._chunk(piece)
        for piece in in_range(self.frames, int(shown_bytes[0]) - 8, int(shown_bytes[1]) + 1):
            assert isinstance(piece, FrameSeen)
            self._frame(piece)
        self._coming()
        self._so_far()
        if self.focus_get() is self:
            self.line((2, 2, self.width - 2, 2), "accent", width=2)

    def _x(self, offset: float) -> float:
        return PAD + (offset - self.left) * PER_BYTE

    def _ruler(self, start: float, end: float) -> None:
        self.line((PAD, RULER_Y, self.width - PAD, RULER_Y), "line")
        tick = next((t for t in TICKS if t * PER_BYTE >= LEAST_TICK), TICKS[-1])
        at = int(start // tick) * tick
        so_far = self._x(end_of(self.chunks[-1]))  # a line stands there
        while at <= end:
            x = self._x(at)
            if PAD - 1 <= x <= self.width - PAD:
                self.line((x, RULER_Y - 4, x, RULER_Y + 3), "ink3")
                right = x + 4 + self.measure(f"{at:,}")
                if right <= self.width - 4 and not x < so_far < right + 2:
                    self.words(x + 4, RULER_Y + 12, f"{at:,}", "small", "ink2")
            at += tick

    def _chunk(self, chunk: Chunk) -> None:
        x, wide = self._x(chunk.offset), len(chunk.data) * PER_BYTE
        newest = chunk is self.chunks[-1]
        number = self.first_number + self._place(chunk)
        fill, edge, ink = ("accent", "", "on_accent") if newest else ("soft", "soft_edge", "ink")
        self._piece(x, CHUNKS_Y, wide, fill, edge)
        self._label(x, wide, CHUNKS_Y, f"{self.word} {number}", counted(len(chunk.data), "byte"), ink, ink)

    def _place(self, chunk: Chunk) -> int:
        low, high = 0, len(self.chunks)
        while low < high:
            middle = (low + high) // 2
            if self.chunks[middle].offset < chunk.offset:
                low = middle + 1
            else:
                high = middle
        return low

    def _frame(self, frame: FrameSeen) -> None:
        x = self._x(frame.offset)
        self._border(frame.offset)
        self._border(end_of(frame))
        spans = spans_of_frame(frame.raw) if len(frame.raw) == frame.length else ()
        runs = _runs([(span.start, span.end, layer_of(span.kind)) for span in spans]) or [
            (0, 4, "header"), (4, frame.length, "ciphertext")]
        for start, end, layer in runs:
            colour = self.look.palette.layers[layer]
            left, wide = x + start * PER_BYTE, (end - start) * PER_BYTE
            self._piece(left, FRAMES_Y, wide, colour.tint, "")
            if layer in ("tag", "stamp"):
                self._label(left, wide, FRAMES_Y, layer, "", colour.text, "")
        # The run with the most of it in sight: the longest one may be out of it.
        start, end, layer = max(runs, key=lambda run: (
            min(x + run[1] * PER_BYTE, self.width) - max(x + run[0] * PER_BYTE, 0)))
        ink = self.look.palette.layers[layer].text
        self._label(x + start * PER_BYTE, (end - start) * PER_BYTE, FRAMES_Y, frame_title(frame),
                    counted(frame.length, "byte"), ink, ink)

    def _border(self, offset: int) -> None:
        x = self._x(offset)
        if PAD - 2 <= x <= self.width - PAD + 2:
            self.line((x, CHUNKS_Y + LANE + 4, x, FRAMES_Y - 4), "ink3", dash=(3, 3))

    def _coming(self) -> None:
        """The frame that has begun: as long as its header says, or unknown as long as that is not whole."""
        last = self.last
        if last is None or not last.rest_bytes:
            return
        start = end_of(last.chunk) - last.rest_bytes
        x = self._x(start)
        if last.wanted_bytes is None and last.rest_bytes >= 4:
            self._piece(x, FRAMES_Y, last.rest_bytes * PER_BYTE, "surface", "edge")
            return
        if last.wanted_bytes is None:
            self._piece(x, FRAMES_Y, last.rest_bytes * PER_BYTE, self.look.palette.layers["header"].tint, "")
            self.words(x + last.rest_bytes * PER_BYTE + 8, FRAMES_Y + LANE / 2,
                       f"{last.rest_bytes} of 4 header bytes: how long?", "small", "ink2")
            return
        self._piece(x, FRAMES_Y, last.wanted_bytes * PER_BYTE, "surface", "edge")
        self._piece(x, FRAMES_Y, 4 * PER_BYTE, self.look.palette.layers["header"].tint, "")
        self._label(x + 4 * PER_BYTE, (last.wanted_bytes - 4) * PER_BYTE, FRAMES_Y, "wait",
                    f"{last.rest_bytes:,} of {last.wanted_bytes:,} bytes are here", "ink2", "ink2")

    def _chip(self) -> tuple[float, float]:
        """Where the word stands that says how far the stream has come, and how wide it is; it may be out of
        sight."""
        if not self.chunks:
            return self.width, 0
        wide = self.measure(self._far(), "small_strong") + 20
        x = self._x(end_of(self.chunks[-1]))
        if not PAD - 2 <= x <= self.width:
            return self.width, 0
        return min(max(PAD, x - wide / 2), self.width - PAD - wide), wide

    def _far(self) -> str:
        return f"byte {end_of(self.chunks[-1]):,}"

    def _so_far(self) -> None:
        left, wide = self._chip()
        if not wide:
            return
        x = self._x(end_of(self.chunks[-1]))
        self.line((x, CHUNKS_Y - 4, x, FRAMES_Y + LANE + 4), "warn", width=2)
        self.box(left, HEIGHT - 26, wide, 24, "warn_soft", radius=11)
        self.words(left + wide / 2, HEIGHT - 14, self._far(), "small_strong", "warn", anchor="center")

    def _piece(self, x: float, y: float, wide: float, fill: str, edge: str) -> None:
        """A box of a lane, with a gap of a pixel to the next; plain where it is wide or cut by the window."""
        left, right = max(x, -8.0), min(x + wide, self.width + 8)
        if right - left < 0.5:
            return
        if wide <= ROUNDED and left == x and right == x + wide and wide >= 6:
            self.box(x + 0.5, y, wide - 1, LANE, fill, edge, radius=5)
            return
        px, colour = self.look.px, self.look.palette.colour
        gap = 1 if wide >= 3 else 0
        self.create_rectangle(px(left), px(y), max(px(left) + 1, px(right) - gap), px(y + LANE),
                              width=1 if edge else 0, fill=colour(fill), outline=colour(edge or fill))

    def _label(self, x: float, wide: float, y: float, first: str, second: str, ink: str, ink2: str) -> None:
        """In the part of a box that can be seen, as much as fits."""
        left, right = max(x, PAD), min(x + wide, self.width - PAD)
        room = right - left - 10
        middle = (left + right) / 2
        if room < self.measure(first, "small_strong"):
            return
        if second and room >= self.measure(second):
            self.words(middle, y + 13, first, "small_strong", ink, anchor="center")
            self.words(middle, y + 28, second, "small", ink2, anchor="center")
        else:
            self.words(middle, y + LANE / 2, first, "small_strong", ink, anchor="center")


def _runs(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbours of one colour as one."""
    runs: list[tuple[int, int, str]] = []
    for start, end, layer in spans:
        if runs and runs[-1][2] == layer and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end, layer)
        else:
            runs.append((start, end, layer))
    return runs
