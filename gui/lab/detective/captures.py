"""What a case shows, end by end: the rows of its frames, and what belongs to each. No window here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gui.lab.wire.detail import OpenedFrame, opened_in
from gui.lab.wire.rows import FrameRow
from netcore.lab.lessons.model import Place, Pointer, Seen
from netcore.lab.recording import Recording
from netcore.trace import FrameSeen, TraceEvent

ENDS: Final = {"Ada": "Ada’s end", "server": "The server’s end"}


class Capture:
    """One end of the wire. Its connections are counted from 1, in the order in which they were seen there."""

    def __init__(self, at: Place, seen: Sequence[Seen]) -> None:
        self.at = at
        self.title = ENDS[at]
        self.recording = Recording()
        self.recording.take(one.event for one in seen if one.at == at and isinstance(one.event, TraceEvent))
        self.rows = tuple(FrameRow(number, frame) for number, frame in enumerate(self.recording.frames, 1))
        self._connections = list(dict.fromkeys(row.frame.connection for row in self.rows))

    @property
    def connections(self) -> int:
        return len(self._connections)

    def connection_of(self, row: FrameRow) -> int:
        return self._connections.index(row.frame.connection) + 1

    def pointer(self, row: FrameRow) -> Pointer:
        frame = row.frame
        return Pointer(self.at, frame.connection, frame.direction, frame.n)

    def place_of(self, pointer: Pointer) -> int | None:
        """In which row it stands."""
        return next((place for place, row in enumerate(self.rows) if self.pointer(row) == pointer), None)

    def stopped_by(self, frame: FrameSeen) -> str:
        """Which defence did not take it; "" for what was taken, and while the case is played."""
        refused = self.recording.refused.get((frame.connection, frame.direction, frame.n))
        return refused.defence.value if refused is not None else ""

    def opened(self, row: FrameRow) -> OpenedFrame:
        return opened_in(self.recording, row.frame)


def captures_of(ends: Sequence[Place], seen: Sequence[Seen]) -> dict[Place, Capture]:
    return {at: Capture(at, seen) for at in ends}


def name_of(captures: Mapping[Place, Capture], pointer: Pointer) -> str:
    """A frame in words: "Ada’s end, No. 12: Room"."""
    capture = captures[pointer.at]
    place = capture.place_of(pointer)
    if place is None:
        return capture.title
    row = capture.rows[place]
    return f"{capture.title}, No. {row.number}: {row.kind}"
