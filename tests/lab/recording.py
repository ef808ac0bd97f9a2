"""A real conversation of two sessions in memory, recorded at one of its ends as the recorder does it.

    recorded = Recorded("client")
    recorded.begin()
    recorded.join()
    recorded.events()         what a capture is made of
    recorded.frames()         what must be found in it
"""

from __future__ import annotations

from dataclasses import dataclass, field

from netcore.crypto.room_keys import RoomSealer
from netcore.session.table import State
from netcore.trace import Chunk, Direction, FrameSeen, Recorder, Role, Tape, TraceEvent
from netcore.wire.codec import encode
from netcore.wire.framing import HEADER_BYTES, FrameType
from netcore.wire.messages import Message, Said
from tests.session.pair import ROOM_STATE, STREAM, CountedRandom, Pair, private_key, welcome

ADA, BEN = bytes([1]) * 32, bytes([2]) * 32


def said(seq: int, text: str = "hello") -> Said:
    return Said(seq, ADA, "Ada", STREAM, seq, 1_700_000_000_000, text)


def plaintext_of(total_bytes: int) -> list[Message]:
    """Messages whose texts are exactly so many bytes together, newlines included."""
    filled: list[Message] = []
    left = total_bytes
    while left:
        overhead = len(encode(said(1, "")))
        letters_bytes = min(left - overhead, 4 * 3_900)
        # What is left must hold one more message, or be nothing.
        if 0 < left - overhead - letters_bytes < 2 * overhead:
            letters_bytes -= 2 * overhead
        # Letters of four bytes, since 4,000 code points are the most of a text.
        filled.append(said(1, "😀" * (letters_bytes // 4) + "a" * (letters_bytes % 4)))
        left -= overhead + letters_bytes
    assert sum(len(encode(message)) for message in filled) == total_bytes
    return filled


@dataclass
class _Stream:
    """One direction as the recorded end sees it."""

    offset: int = 0
    n: int = 0
    begun: bytes = b""
    """The bytes of a frame that is not whole yet."""


@dataclass
class Recorded:
    role: Role = "client"
    peer: str = "127.0.0.1:5050"
    recorder: Recorder | None = None
    pair: Pair = field(default_factory=lambda: Pair("recorded"))
    sealer: RoomSealer = field(default_factory=lambda: RoomSealer(CountedRandom("room")))

    def __post_init__(self) -> None:
        self._now = 1_000.0
        self.recorder = self.recorder or Recorder(1_000_000, 2**40, lambda: self._now)
        self.tape = Tape(self.recorder, self.recorder.next_connection())
        self._streams: dict[Direction, _Stream] = {"in": _Stream(), "out": _Stream()}
        self._on = False
        self._events: list[TraceEvent] = []

    # --- The recorder ---

    def begin(self, secrets: bool = False) -> Recorded:
        self._on = True
        streams = self._streams
        self.tape.secrets = secrets
        self.tape.begin(
            self.role, self.peer, b"", streams["in"].offset, streams["out"].offset, State.IN_ROOM.name
        )
        return self

    def end(self, closed: bool = True) -> None:
        if closed:
            self.tape.state(State.IN_ROOM.name, State.CLOSED.name)
        self.tape.end()

    def events(self) -> list[TraceEvent]:
        assert self.recorder is not None
        self._events += self.recorder.drain()
        return self._events

    @property
    def in_offset(self) -> int:
        """How many bytes have come."""
        return self._streams["in"].offset

    def frames(self) -> list[FrameSeen]:
        return [event for event in self.events() if isinstance(event, FrameSeen)]

    def chunks(self) -> list[Chunk]:
        return [event for event in self.events() if isinstance(event, Chunk)]

    # --- The conversation ---

    def deliver(self, piece_bytes: int = 2**20) -> None:
        """All that the two have to say arrives, in chunks of that size."""
        pair = self.pair
        pair.collect()
        while pair.to_server or pair.to_client:
            to_server, to_client = pair.to_server[:piece_bytes], pair.to_client[:piece_bytes]
            self._chunk(by_client=True, data=to_server)
            self._chunk(by_client=False, data=to_client)
            pair.step(piece_bytes, piece_bytes)
            pair.collect()

    def receive(self, most_bytes: int) -> None:
        """So many bytes of what is on its way to the client arrive."""
        data = self.pair.to_client[:most_bytes]
        self._chunk(by_client=False, data=data)
        self.pair.step(0, len(data))

    def join(self, piece_bytes: int = 2**20) -> None:
        self.deliver(piece_bytes)
        self.pair.client.authenticate(private_key("member_ada"), "Ada", STREAM, None)
        self.deliver(piece_bytes)
        self.pair.server.admit()
        self.pair.server.send(welcome())
        self.pair.server.send(ROOM_STATE)
        self.deliver(piece_bytes)

    def tell_room(self, *messages: Message) -> None:
        """One Room record, behind a RoomKey if the member needs one; it leaves with `deliver`."""
        sealed = self.sealer.seal(b"".join(map(encode, messages)))
        self.pair.server.send_room(sealed, self.sealer.key, ratcheted=False)

    def _chunk(self, by_client: bool, data: bytes) -> None:
        if not data:
            return
        self._now += 0.001
        direction: Direction = "out" if by_client == (self.role == "client") else "in"
        stream = self._streams[direction]
        if direction == "in" and self._on:
            self.tape.chunk_in(stream.offset, data, 65_536)
        frame_offset = stream.offset - len(stream.begun)
        stream.begun += data
        while (frame := _whole_frame(stream.begun)) is not None:
            stream.begun = stream.begun[len(frame) :]
            if self._on:
                self._tell_frame(direction, stream.n, frame_offset, frame)
            frame_offset += len(frame)
            stream.n += 1
        if direction == "out" and self._on:
            self.tape.chunk_out(stream.offset, data, len(data))
        stream.offset += len(data)

    def _tell_frame(self, direction: Direction, n: int, offset: int, frame: bytes) -> None:
        state = State.IN_ROOM.name
        plaintext = b'{"t":"ping"}\n' if frame[0] in (FrameType.DIRECT, FrameType.ROOM) else None
        if direction == "in":
            self.tape.frame_in(n, frame[0], offset, frame, state, state, sealed=plaintext is not None)
            self.tape.opened(plaintext)
        else:
            self.tape.frame_out(n, offset, frame, b"", plaintext, state)


def _whole_frame(data: bytes) -> bytes | None:
    if len(data) < HEADER_BYTES:
        return None
    frame_bytes = HEADER_BYTES + int.from_bytes(data[1:HEADER_BYTES], "big")
    return data[:frame_bytes] if len(data) >= frame_bytes else None
