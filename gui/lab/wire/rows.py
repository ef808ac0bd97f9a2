"""The rows of the table: the frames, and what went wrong without one; and which of them pass the filter.

No window here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from netcore.lab.recording import MAX_FRAMES, Unframed, is_unframed
from netcore.lab.spans import frame_name
from netcore.lab.summaries import HANDSHAKE, carries, unframed
from netcore.trace import Direction, FrameSeen, TraceEvent

HANDSHAKE_KIND: Final = "Handshake"
"""The filter that takes all frames before keys."""
NO_FRAME: Final = "No frame"
"""The kind of a row that is none."""


class FrameRow:
    """A frame and its number in the recording, from 1. What it carries is worked out when it is asked for."""

    __slots__ = ("_carries", "frame", "kind", "number")

    def __init__(self, number: int, frame: FrameSeen) -> None:
        self.number = number
        self.frame = frame
        self.kind = frame_name(frame.type)
        self._carries: str | None = None

    @property
    def carries(self) -> str:
        if self._carries is None:
            self._carries = carries(self.frame)
        return self._carries


class UnframedRow:
    """What went wrong without a frame. It counts as what came in."""

    __slots__ = ("carries", "event")
    kind = NO_FRAME

    def __init__(self, event: Unframed) -> None:
        self.event = event
        self.carries = unframed(event)


Row = FrameRow | UnframedRow


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are shown; None or "" lets everything pass. kind: a name of PROTOCOL, HANDSHAKE_KIND or
    NO_FRAME."""

    connections: frozenset[int] | None = None
    kind: str = ""
    direction: Direction | None = None
    text: str = ""

    def passes(self, row: Row) -> bool:
        if isinstance(row, UnframedRow):
            return (self._of(row.event.connection) and self.direction != "out"
                    and self.kind in ("", NO_FRAME) and self.text in row.carries.casefold())
        frame = row.frame
        if not self._of(frame.connection):
            return False
        if self.direction is not None and frame.direction != self.direction:
            return False
        if self.kind == HANDSHAKE_KIND:
            if frame.type not in HANDSHAKE:
                return False
        elif self.kind and row.kind != self.kind:
            return False
        return not self.text or self.text in row.carries.casefold() or self._in_text(frame)

    def _of(self, connection: int) -> bool:
        return self.connections is None or connection in self.connections

    def _in_text(self, frame: FrameSeen) -> bool:
        """Also in what does not fit into the short words."""
        plaintext = frame.plaintext or b""
        return self.text in plaintext.decode("utf-8", "replace").casefold()


class WireRows:
    """The newest MAX_FRAMES rows, and of those the `shown` ones, oldest first."""

    def __init__(self) -> None:
        self.filter = Filter()
        self.shown: deque[Row] = deque()
        self.rows: deque[Row] = deque()
        self._next = 1

    def add(self, events: Iterable[TraceEvent]) -> int | None:
        """Put what makes a row at the end; gives how many of the shown rows had to go at the start, None if
        nothing made one."""
        dropped: int | None = None
        for event in events:
            if isinstance(event, FrameSeen):
                row: Row = FrameRow(self._next, event)
                self._next += 1
            elif is_unframed(event):
                row = UnframedRow(event)
            else:
                continue
            dropped = dropped or 0
            self.rows.append(row)
            if self.filter.passes(row):
                self.shown.append(row)
            if len(self.rows) > MAX_FRAMES:
                gone = self.rows.popleft()
                if self.shown and self.shown[0] is gone:
                    self.shown.popleft()
                    dropped += 1
        return dropped

    def set_filter(self, wanted: Filter) -> None:
        self.filter = wanted
        self.shown = deque(row for row in self.rows if wanted.passes(row))

    def clear(self) -> None:
        self.rows.clear()
        self.shown.clear()

    def place_of(self, row: Row | None) -> int | None:
        """Where `row` stands among the shown ones."""
        return next((place for place, one in enumerate(self.shown) if one is row), None)
