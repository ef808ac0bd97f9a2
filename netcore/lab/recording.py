"""What a recorder saw, kept within bounds for whoever looks at it.

Frames, chunks and turns are kept up to a number, the oldest go first. What belongs to a handshake is kept for
as long as its connection is among the last ones, however much came after it. Gaps in the numbers of the
events are events that nobody took in time: they are counted in `lost`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, TypeGuard

from netcore.trace import (
    Chunk,
    Direction,
    Forgotten,
    FrameSeen,
    HandshakeValue,
    PeerKnown,
    RecordingBegan,
    RecordingEnded,
    Refused,
    StateChanged,
    TraceEvent,
    Turn,
)

MAX_FRAMES: Final = 5_000
MAX_CHUNK_BYTES: Final = 16 * 1024 * 1024
"""Of all chunks together. A frame whose chunks are gone shows what the recorder kept of it (4 KiB)."""
MAX_CHUNKS: Final = 100_000
"""A chunk of one byte takes some 200 bytes here, so their number is bounded, too."""
MAX_TURNS: Final = 600
MAX_UNFRAMED: Final = 600
MAX_CONNECTIONS: Final = 600
"""Whose beginnings and states are kept: more than a room has members."""
MAX_BEGINNING: Final = 96
"""Events of one connection's beginning. A handshake with its values has some sixty."""
IN_ROOM: Final = "IN_ROOM"

Unframed = Refused | RecordingEnded
"""Of a `Refused` what has no frame, of a `RecordingEnded` what broke."""


def is_unframed(event: TraceEvent) -> TypeGuard[Unframed]:
    """Whether something went wrong with it and no frame shows that: a deadline, no Close, a reset."""
    return (isinstance(event, Refused) and event.n is None) or (
        isinstance(event, RecordingEnded) and bool(event.broke))


@dataclass(slots=True)
class Connection:
    """What is known of one connection. from_start: whether its first byte was recorded."""

    number: int
    peer: str = ""
    member_id: bytes = b""
    state: str = ""
    from_start: bool = False
    secrets: bool = False
    open: bool = True


class Recording:
    """Takes events in order; gives them by kind. All lists are oldest first."""

    def __init__(self) -> None:
        self.frames: deque[FrameSeen] = deque(maxlen=MAX_FRAMES)
        self.turns: deque[Turn] = deque(maxlen=MAX_TURNS)
        self.connections: dict[int, Connection] = {}
        self.beginnings: dict[int, list[TraceEvent]] = {}
        """For each connection its first events without the chunks, up to and with the first frame in the
        room: at a server that is the one with `welcome`."""
        self.refused: dict[tuple[int, Direction, int], Refused] = {}
        """What was not taken, by connection, direction and number of the frame."""
        self.unframed: deque[Unframed] = deque(maxlen=MAX_UNFRAMED)
        """What went wrong and shows in no frame."""
        self.frame_count = 0
        """Frames since the beginning, with those that are not kept any more."""
        self.lost = 0
        """Events that were recorded and never came here."""
        self._next_number = 0
        self._chunks: deque[Chunk] = deque()
        self._chunk_bytes = 0
        self._lanes: dict[tuple[int, Direction], _Lane] = {}
        self._begun: set[int] = set()  # the connections whose beginning is whole

    @property
    def frames_dropped(self) -> int:
        """Frames that came and are not kept any more."""
        return self.frame_count - len(self.frames)

    def take(self, events: Iterable[TraceEvent]) -> None:
        for event in events:
            if self._next_number and event.number > self._next_number:
                self.lost += event.number - self._next_number
            self._next_number = event.number + 1
            if isinstance(event, Turn):
                self.turns.append(event)
            elif event.connection:
                self._of_connection(event)

    def clear_frames(self) -> None:
        """Forget the frames; what is needed to read on (names, states, beginnings) stays."""
        self.frames.clear()
        self.unframed.clear()
        self.frame_count = self.lost = 0

    def wipe(self) -> None:
        """Forget everything, secrets among it."""
        self.clear_frames()
        self.turns.clear()
        self.beginnings.clear()
        self.connections.clear()
        self._begun.clear()
        self.refused.clear()
        self._chunks.clear()
        self._lanes.clear()
        self._chunk_bytes = 0

    def chunks_of(self, frame: FrameSeen) -> list[Chunk]:
        """The chunks that carried `frame`, as far as they are kept."""
        lane = self._lanes.get((frame.connection, frame.direction))
        return lane.between(frame.offset, frame.offset + frame.length) if lane else []

    def chunks(self, connection: int, direction: Direction) -> Sequence[Chunk]:
        """What is kept of one direction of a connection."""
        lane = self._lanes.get((connection, direction))
        return lane.chunks if lane else ()

    def frames_in(self, chunk: Chunk) -> list[FrameSeen]:
        """The frames of which `chunk` carried at least a byte, as far as they are kept."""
        end = chunk.offset + len(chunk.data)
        return [frame for frame in self.frames
                if frame.connection == chunk.connection and frame.direction == chunk.direction
                and frame.offset < end and frame.offset + frame.length > chunk.offset]

    def events(self) -> list[TraceEvent]:
        """What is kept of chunks and frames, and how each connection began, in the order of their numbers."""
        kept = {event.number: event for beginning in self.beginnings.values() for event in beginning}
        kept.update((event.number, event) for event in (*self._chunks, *self.frames))
        return [kept[number] for number in sorted(kept)]

    def whole(self, frame: FrameSeen) -> bytes:
        """All bytes of `frame` that are kept: from the chunks if they have it all, else what the recorder
        kept, which may be its beginning only."""
        if len(frame.raw) == frame.length:
            return frame.raw
        at, end = frame.offset, frame.offset + frame.length
        parts = []
        for chunk in self.chunks_of(frame):
            if chunk.offset > at:
                return frame.raw
            parts.append(chunk.data[at - chunk.offset : end - chunk.offset])
            at += len(parts[-1])
        return b"".join(parts) if at == end else frame.raw

    # --- inside --------------------------------------------------------------------------------------

    def _of_connection(self, event: TraceEvent) -> None:
        connection = self._connection(event.connection)
        if isinstance(event, Chunk):
            self._add_chunk(event)
        elif isinstance(event, FrameSeen):
            self.frames.append(event)
            self.frame_count += 1
        elif isinstance(event, RecordingBegan):
            connection.peer, connection.member_id = event.peer, event.member_id
            connection.state, connection.secrets = event.state, event.secrets
            connection.from_start = event.in_offset == event.out_offset == 0
        elif isinstance(event, Refused):
            if event.n is not None:
                self.refused[event.connection, event.direction, event.n] = event
        elif isinstance(event, PeerKnown):
            connection.member_id = event.member_id
        elif isinstance(event, StateChanged):
            connection.state = event.after
        elif isinstance(event, Forgotten):
            self._forget_secrets(event.connection)
            return
        elif isinstance(event, RecordingEnded):
            connection.open = False
        if is_unframed(event):
            self.unframed.append(event)
        self._keep_beginning(event)

    def _connection(self, number: int) -> Connection:
        known = self.connections.get(number)
        if known is None:
            known = self.connections[number] = Connection(number)
            if len(self.connections) > MAX_CONNECTIONS:
                oldest = next(iter(self.connections))
                del self.connections[oldest]
                self.beginnings.pop(oldest, None)
                self._begun.discard(oldest)
                for place in [place for place in self.refused if place[0] == oldest]:
                    del self.refused[place]
        return known

    def _add_chunk(self, chunk: Chunk) -> None:
        if not chunk.data:
            return  # an offer of which the kernel took nothing
        self._chunks.append(chunk)
        self._chunk_bytes += len(chunk.data)
        self._lanes.setdefault((chunk.connection, chunk.direction), _Lane()).chunks.append(chunk)
        while len(self._chunks) > 1 and (
            self._chunk_bytes > MAX_CHUNK_BYTES or len(self._chunks) > MAX_CHUNKS
        ):
            oldest = self._chunks.popleft()
            self._chunk_bytes -= len(oldest.data)
            lane = self._lanes[oldest.connection, oldest.direction]
            lane.chunks.popleft()
            if not lane.chunks:
                del self._lanes[oldest.connection, oldest.direction]

    def _keep_beginning(self, event: TraceEvent) -> None:
        beginning = self.beginnings.setdefault(event.connection, [])
        if event.connection in self._begun or isinstance(event, Chunk) or len(beginning) >= MAX_BEGINNING:
            return  # a handshake that was cut into single bytes has a thousand chunks
        beginning.append(event)
        if isinstance(event, FrameSeen) and self.connections[event.connection].state == IN_ROOM:
            self._begun.add(event.connection)

    def _forget_secrets(self, number: int) -> None:
        self.connections[number].secrets = False
        self.beginnings[number] = [event for event in self.beginnings.get(number, [])
                                   if not (isinstance(event, HandshakeValue) and event.secret)]


class _Lane:
    """The chunks of one direction of one connection."""

    def __init__(self) -> None:
        self.chunks: deque[Chunk] = deque()

    def between(self, start: int, end: int) -> list[Chunk]:
        """Those with a byte in start..end of the stream."""
        first = max(0, bisect_right(self.chunks, start, key=attrgetter("offset")) - 1)
        found = []
        for place in range(first, len(self.chunks)):
            chunk = self.chunks[place]
            if chunk.offset >= end:
                break
            if chunk.offset + len(chunk.data) > start:
                found.append(chunk)
        return found
