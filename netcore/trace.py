"""The recorder of the laboratory: what really crossed a connection, as numbered events.

Off, there is none of it: no object is made. On, each end of a connection tells what it reads, writes, parses,
derives and refuses; `Recorder` numbers that and keeps the newest, until a view takes it from another thread.
A gap in the numbers is what had no room.

Where a chunk or a frame stands is its `offset` in the byte stream of its direction, from the connection's
first byte on. So chunks join frames, and the two ends of a connection each other, also where the recording
began later than the connection.

Secrets are recorded only where `Tape` is told so, by a person who asked before dialling.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import FrameType
from typing import Final, Literal, NamedTuple

MAX_RAW_BYTES: Final = 4_096
"""What is kept of a frame; its length is told exactly."""

Direction = Literal["in", "out"]
"""Seen from the end that records."""
Role = Literal["client", "server"]


class Defence(Enum):
    """What stopped it. The value is its name for people."""

    LEGAL_LENGTH = "legal length"
    TABLE = "table"
    MAGIC = "magic"
    KEY_SHARE = "key share"
    SIGNATURE = "signature"
    PINNED_KEY = "pinned key"
    FINISHED = "Finished"
    TAG = "tag"
    STAMP = "stamp"
    SEQUENCE = "sequence"
    JSON = "JSON"
    SCHEMA = "schema"
    MEMBER_PROOF = "member’s proof"
    OWN_WORDS = "own words"
    WHISPER_SEAL = "whisper’s seal"
    DEADLINE = "deadline"
    ALERT = "Alert"
    NO_CLOSE = "no Close"


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """What all have. `number` counts a recorder's events from 1; `connection` from 1, and 0 is none of them;
    `at_s` is monotonic."""

    number: int
    connection: int
    at_s: float


@dataclass(frozen=True, slots=True)
class RecordingBegan(TraceEvent):
    """From here on this connection is recorded. The offsets are 0 if that is from its first byte.

    `peer` is its address, `member_id` 32 bytes, or none as long as a server does not know whose it is.
    """

    role: Role  # of the recorded end
    peer: str
    member_id: bytes
    in_offset: int
    out_offset: int
    state: str
    secrets: bool


@dataclass(frozen=True, slots=True)
class PeerKnown(TraceEvent):
    """Server: whose connection it is."""

    member_id: bytes


@dataclass(frozen=True, slots=True)
class Forgotten(TraceEvent):
    """The secrets of this connection are gone from here: whoever took them drops them, too."""


@dataclass(frozen=True, slots=True)
class RecordingEnded(TraceEvent):
    """The connection is closed, or no longer recorded. Its secrets are forgotten, see `Forgotten`.

    `broke` is the system's word for it where the connection was reset, or the like.
    """

    broke: str = ""


@dataclass(frozen=True, slots=True)
class Chunk(TraceEvent):
    """One system call. In: what `recv` gave. Out: what the kernel took of what it was offered."""

    direction: Direction
    offset: int
    data: bytes
    offered_bytes: int  # in: the room that `recv` was given


@dataclass(frozen=True, slots=True)
class FrameSeen(TraceEvent):
    """A whole frame, once its last byte is here or with the kernel: after the chunk that completed it.

    `n` counts the frames of its direction from 0. A frame that did not open has no plaintext, nor has one
    from before keys, or a RoomKey; that of a FileChunk is its head alone. The chunks are numbers of events, 0
    for one from before the recording.
    """

    direction: Direction
    n: int
    type: int
    offset: int
    length: int  # header included
    first_chunk: int
    last_chunk: int
    raw: bytes  # the first MAX_RAW_BYTES
    plaintext: bytes | None = field(repr=False)
    state_before: str
    state_after: str  # in: where it leads if it is good; out: as before, see StateChanged


@dataclass(frozen=True, slots=True)
class Refused(TraceEvent):
    """Something was not taken, and which defence did it. `n` is the frame's, None if none was whole."""

    direction: Direction
    n: int | None
    defence: Defence
    section: str  # of PROTOCOL.md, as "5.1"
    function: str  # whose check it was, as "netcore.crypto.records.DirectOpener.open"
    line: int  # in its file
    error: str  # the class's name


@dataclass(frozen=True, slots=True)
class StateChanged(TraceEvent):
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HandshakeValue(TraceEvent):
    """A value of the handshake, by PROTOCOL's name for it; `step` is the frame's name that it belongs to."""

    step: str
    name: str
    value: bytes = field(repr=False)
    secret: bool
    function: str  # that made it


@dataclass(frozen=True, slots=True)
class Turn(TraceEvent):
    """One turn of the loop. What is counted by connection counts the recorded ones."""

    n: int
    ready: int  # sockets
    reads: int  # system calls
    writes: int
    commit_ms: float  # 0 without a commit
    records: int  # Room records sealed for all
    queues: Mapping[int, int]  # bytes that wait, by connection
    interest: Mapping[int, str]  # "r", "w", "rw" or "", by connection
    next_timer_s: float | None  # from now; None without a timer


@dataclass(frozen=True, slots=True)
class Person(TraceEvent):
    """What the learner did: a prediction, an observation, a pin, a verdict, a switch, an attack armed."""

    what: str
    data: Mapping[str, object]


Make = Callable[[int, float], TraceEvent]


class Recorder:
    """Takes events on the loop's thread (a `Person`'s on any) and gives them to one that takes them.

    `get_nowait` is for a poller, `drain` for who writes them away.
    """

    def __init__(
        self, most_events: int, most_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keeps the newest `most_events`, and of those what has at most `most_bytes` of data."""
        self._clock = clock
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: deque[tuple[TraceEvent, int]] = deque()  # with the bytes of data in it
        self._bytes = 0
        self._number = 0
        self._lock = threading.Lock()
        self._connections = 0
        self.tapes: dict[int, Tape] = {}
        """The connections that are recorded now. The loop's thread alone uses it, and what is below."""
        self._turn = 0
        self.reads = self.writes = self.records = 0
        self.commit_ms = 0.0

    def add(self, make: Make, data_bytes: int = 0) -> int:
        """Number an event and keep it: `make(number, at_s)` makes it. Thread-safe. Gives the number."""
        with self._lock:
            self._number = number = self._number + 1
            self._events.append((make(number, self._clock()), data_bytes))
            self._bytes += data_bytes
            while len(self._events) > self._most_events or self._bytes > self._most_bytes:
                self._bytes -= self._events.popleft()[1]
            return number

    def person(self, what: str, data: Mapping[str, object]) -> None:
        """Thread-safe."""
        self.add(lambda number, at_s: Person(number, 0, at_s, what, data))

    def get_nowait(self) -> TraceEvent:
        """The oldest. Raises queue.Empty when there is none. Thread-safe."""
        with self._lock:
            if not self._events:
                raise queue.Empty
            event, data_bytes = self._events.popleft()
            self._bytes -= data_bytes
            return event

    def drain(self) -> list[TraceEvent]:
        """All that are kept. Thread-safe."""
        with self._lock:
            events = [event for event, _ in self._events]
            self._events.clear()
            self._bytes = 0
            return events

    def forget_secrets(self, connection: int) -> None:
        """Drop what is kept of this connection's secrets, and have the views do so."""
        with self._lock:
            for i, (event, data_bytes) in enumerate(self._events):
                if _is_secret_of(event, connection):
                    gone = Forgotten(event.number, connection, event.at_s)  # in its place: it is no gap
                    self._events[i] = gone, data_bytes
        self.add(lambda number, at_s: Forgotten(number, connection, at_s))

    # --- The loop's thread ----------------------------------------------------------------------

    def next_connection(self) -> int:
        """A connection's number, from 1."""
        self._connections += 1
        return self._connections

    def run(self, tape: Tape) -> None:
        """Record this connection, until the tape ends."""
        if not self.tapes:
            self._begin_turn()  # what was counted for nobody
        self.tapes[tape.connection] = tape

    def _begin_turn(self) -> None:
        self.reads = self.writes = self.records = 0
        self.commit_ms = 0.0

    def turn(self, ready: int, next_timer_s: float | None) -> None:
        """The loop has made a turn."""
        self._turn += 1
        n, reads, writes, commit_ms, records = (
            self._turn, self.reads, self.writes, self.commit_ms, self.records,
        )  # fmt: skip
        self._begin_turn()
        queues = {number: tape.queued_bytes() for number, tape in self.tapes.items()}
        interest = {number: tape.interest() for number, tape in self.tapes.items()}
        self.add(
            lambda number, at_s: Turn(
                number, 0, at_s, n, ready, reads, writes, commit_ms, records, queues, interest, next_timer_s
            )
        )


_Span = tuple[int, int, int]
"""A chunk that holds bytes of frames to come: its number, and where it starts and ends in the stream."""


class _Frame(NamedTuple):
    """A frame that waits: for being opened (in), or for its last byte to leave (out)."""

    n: int
    type: int
    offset: int
    length: int
    raw: bytes
    plaintext: bytes | None
    state_before: str
    state_after: str


class Tape:
    """One end of one connection, on its way to the recorder. Thread: the loop's.

    Its session and its socket tell it what they do, each in the order of its bytes; the tape knows which
    chunks a frame came in, and holds a frame back until it is whole: opened (in), or gone (out).
    """

    __slots__ = (
        "_at_hand", "_cut", "_in_chunks", "_leaving", "_out_chunks", "_recorder", "connection", "interest",
        "queued_bytes", "secrets",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        connection: int,
        secrets: bool = False,
        queued_bytes: Callable[[], int] = lambda: 0,
        interest: Callable[[], str] = lambda: "",
    ) -> None:
        """`secrets`: a person asked for them before dialling. The last two are asked once a turn."""
        self._recorder = recorder
        self.connection = connection
        self.secrets = secrets
        self.queued_bytes = queued_bytes
        self.interest = interest
        self._cut: _Frame | None = None
        self._at_hand: int | None = None  # the frame that is looked at, told or not
        self._leaving: deque[_Frame] = deque()
        self._in_chunks: deque[_Span] = deque()
        self._out_chunks: deque[_Span] = deque()

    # --- From its beginning to its end ---

    def begin(
        self, role: Role, peer: str, member_id: bytes, in_offset: int, out_offset: int, state: str
    ) -> None:
        connection, secrets = self.connection, self.secrets
        self._recorder.run(self)
        self._recorder.add(
            lambda number, at_s: RecordingBegan(
                number, connection, at_s, role, peer, member_id, in_offset, out_offset, state, secrets
            )
        )

    def peer_known(self, member_id: bytes) -> None:
        self._recorder.add(lambda number, at_s: PeerKnown(number, self.connection, at_s, member_id))

    def forget_secrets(self) -> None:
        """No more of them, and those that were told are dropped."""
        if self.secrets:
            self.secrets = False
            self._recorder.forget_secrets(self.connection)

    def end(self, broke: str = "") -> None:
        """Idempotent. `broke`: see `RecordingEnded`."""
        if self._recorder.tapes.pop(self.connection, None) is not None:
            self.settle()
            self.forget_secrets()
            self._recorder.add(lambda number, at_s: RecordingEnded(number, self.connection, at_s, broke))

    # --- The socket ---

    def chunk_in(self, offset: int, data: bytes, offered_bytes: int) -> None:
        self._recorder.reads += 1
        number = self._chunk("in", offset, data, offered_bytes)
        self._in_chunks.append((number, offset, offset + len(data)))

    def chunk_out(self, offset: int, data: bytes, offered_bytes: int) -> None:
        """`data` is what the kernel took of the `offered_bytes`; empty if it took nothing."""
        self._recorder.writes += 1
        number, end = self._chunk("out", offset, data, offered_bytes), offset + len(data)
        self._out_chunks.append((number, offset, end))
        while self._leaving and self._leaving[0].offset + self._leaving[0].length <= end:
            frame = self._leaving.popleft()
            self._tell("out", frame, frame.plaintext, self._out_chunks)

    def _chunk(self, direction: Direction, offset: int, data: bytes, offered_bytes: int) -> int:
        return self._recorder.add(
            lambda number, at_s: Chunk(number, self.connection, at_s, direction, offset, data, offered_bytes),
            len(data),
        )

    # --- The session ---

    def next_frame(self) -> None:
        """What was cut before is done with."""
        self.settle()
        self._at_hand = None

    def frame_in(
        self, n: int, frame_type: int, offset: int, frame: bytes, before: str, after: str, sealed: bool
    ) -> None:
        """A whole frame was cut. If it is sealed, `opened` or `settle` follows."""
        self._at_hand = n
        self._cut = _Frame(n, frame_type, offset, len(frame), frame[:MAX_RAW_BYTES], None, before, after)
        if not sealed:
            self.settle()

    def opened(self, plaintext: bytes | None) -> None:
        """What the frame held that was cut last; None for what is not for the eye."""
        frame, self._cut = self._cut, None
        if frame is not None:
            self._tell("in", frame, plaintext, self._in_chunks)

    def settle(self) -> None:
        """If the frame that was cut last waits still: it did not open."""
        self.opened(None)

    def frame_out(
        self, n: int, offset: int, frame: bytes, rest: bytes, plaintext: bytes | None, state: str
    ) -> None:
        """A frame, `rest` at its end, is on its way to the socket."""
        raw = (frame[:MAX_RAW_BYTES] + rest[:MAX_RAW_BYTES])[:MAX_RAW_BYTES]  # no second copy of a long one
        length = len(frame) + len(rest)
        self._leaving.append(_Frame(n, frame[0], offset, length, raw, plaintext, state, state))

    def _tell(
        self, direction: Direction, frame: _Frame, plaintext: bytes | None, chunks: deque[_Span]
    ) -> None:
        first, last = _carriers(frame.offset, frame.offset + frame.length, chunks)
        self._recorder.add(
            lambda number, at_s: FrameSeen(
                number, self.connection, at_s, direction, frame.n, frame.type, frame.offset, frame.length,
                first, last, frame.raw, plaintext, frame.state_before, frame.state_after,
            ),
            len(frame.raw) + len(plaintext or b""),
        )  # fmt: skip

    def refused(self, defence: Defence, section: str, error: Exception) -> None:
        """What came was not taken, because of this error: the frame at hand, if it is one that did it."""
        self.settle()
        n = None if defence in (Defence.DEADLINE, Defence.NO_CLOSE) else self._at_hand
        function, line = _made_in(error, sys._getframe(1))
        name = type(error).__name__
        self._recorder.add(
            lambda number, at_s: Refused(
                number, self.connection, at_s, "in", n, defence, section, function, line, name
            )
        )

    def state(self, before: str, after: str) -> None:
        self._recorder.add(lambda number, at_s: StateChanged(number, self.connection, at_s, before, after))

    def value(
        self, step: str, name: str, value: bytes, made_by: Callable[..., object], secret: bool = False
    ) -> None:
        """A value of the handshake. A secret one is passed over unless a person asked for it."""
        if secret and not self.secrets:
            return
        function = f"{made_by.__module__}.{made_by.__qualname__}"
        self._recorder.add(
            lambda number, at_s: HandshakeValue(
                number, self.connection, at_s, step, name, value, secret, function
            )
        )


def _carriers(start: int, end: int, chunks: deque[_Span]) -> tuple[int, int]:
    """The first and the last chunk of the bytes from `start` to `end`. Forgets the chunks that lie before."""
    while chunks and chunks[0][2] <= start:
        chunks.popleft()
    first = chunks[0][0] if chunks and chunks[0][1] <= start else 0
    for number, _, chunk_end in chunks:
        if chunk_end >= end:
            return first, number
    return first, 0


def _made_in(error: Exception, caller: FrameType | None) -> tuple[str, int]:
    """The function that raised it, or had `_fail` do so, with its module, and the line. If it was only made,
    for a clock or the end of a stream: the one that did so, on the way from `caller` up."""
    frame = caller
    while frame is not None and frame.f_code.co_name in ("refused", "_fail"):
        frame = frame.f_back
    line = frame.f_lineno if frame is not None else 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name != "_fail":
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    if frame is None:
        return "", 0
    return f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}", line


def missing(events: Iterable[TraceEvent], last_number: int = 0) -> int:
    """How many events were dropped between `last_number` and these, and among them."""
    lost = 0
    for event in events:
        lost += event.number - last_number - 1
        last_number = event.number
    return lost


def _is_secret_of(event: TraceEvent, connection: int) -> bool:
    return isinstance(event, HandshakeValue) and event.secret and event.connection == connection
