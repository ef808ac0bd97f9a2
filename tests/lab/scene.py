"""A conversation as a recorder tells it: a real handshake from the vectors, then really sealed records.

    scene = Scene()                              recorded at Ada's end; Scene(server=True) at the server's
    events = [*scene.handshake(), *scene.say(1, "hello"), *scene.said(42, "hello", "Ada")]
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from netcore.crypto.records import DirectSealer
from netcore.crypto.room_keys import RoomSealer, room_key_frame, stamper
from netcore.trace import (
    Chunk,
    Defence,
    Direction,
    FrameSeen,
    RecordingBegan,
    RecordingEnded,
    Refused,
    StateChanged,
    TraceEvent,
    Turn,
)
from netcore.wire.codec import encode
from netcore.wire.framing import FrameType, encode_header
from netcore.wire.messages import Message, Said, Say
from tests.gui.cast import ADA, NOON_MS
from tests.session.pair import CountedRandom, welcome

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "handshake_ok.json"
STREAM = bytes(range(16))
HANDSHAKE = (("client_hello", True), ("server_hello", False), ("client_key_exchange", True),
             ("server_finished", False))
STAMP_KEY, WRAP_KEY = bytes(range(32)), bytes(range(32, 64))


class Scene:
    """One connection. `now` is the clock; each chunk takes 10 ms."""

    def __init__(self, server: bool = False, connection: int = 1, first_number: int = 1) -> None:
        self.server = server
        self.connection = connection
        self.number = first_number
        self.now = 100.0
        self._offsets: dict[Direction, int] = {"in": 0, "out": 0}
        self._counts: dict[Direction, int] = {"in": 0, "out": 0}
        self._seqs = {True: 0, False: 0}
        self._sealers = {to_server: DirectSealer(bytes(31) + bytes([to_server]), bytes(16))
                         for to_server in (True, False)}
        self.room = RoomSealer(CountedRandom("scene"))
        self._stamp = stamper(STAMP_KEY)
        self._turn = 0

    # --- events --------------------------------------------------------------------------------------

    def begin(self, peer: str = "192.168.1.20:5050", member_id: bytes = b"") -> list[TraceEvent]:
        return [RecordingBegan(self._next(), self.connection, self.now, "server" if self.server else "client",
                               peer, member_id, 0, 0, "NOTHING_KNOWN", False)]

    def handshake(self) -> list[TraceEvent]:
        """The four frames of the vectors, each in a chunk of its own."""
        frames = json.loads(VECTORS.read_text("utf-8"))["frames"]
        events: list[TraceEvent] = []
        for name, to_server in HANDSHAKE:
            events += self.carried([(to_server, bytes.fromhex(frames[name]), None)])
        events.append(StateChanged(self._next(), self.connection, self.now, "HELLO_KNOWN", "KEYS_KNOWN"))
        return events

    def welcome(self, name: str = "Ada") -> list[TraceEvent]:
        events = self.direct(False, welcome(name))
        events.append(StateChanged(self._next(), self.connection, self.now, "MEMBER_KNOWN", "IN_ROOM"))
        return events

    def say(self, n: int, text: str) -> list[TraceEvent]:
        return self.direct(True, Say(STREAM, n, text))

    def said(self, seq: int, text: str, name: str = "Ada", n: int = 1) -> list[TraceEvent]:
        return self.carried([self.room_record(said(seq, text, name, n))])

    def direct(self, to_server: bool, *messages: Message) -> list[TraceEvent]:
        return self.carried([self.direct_record(to_server, *messages)])

    def room_key(self) -> list[TraceEvent]:
        frame = room_key_frame(self.room.epoch, self.room.key, self._seq(False), WRAP_KEY, self._stamp)
        return self.carried([(False, frame, None)])

    def refused(self, frame: FrameSeen) -> list[TraceEvent]:
        """This frame was not taken, since its tag was wrong."""
        return [Refused(self._next(), self.connection, self.now, "in", frame.n, Defence.TAG, "5.1",
                        "netcore.crypto.records.DirectOpener.open", 0, "RecordError")]

    def stopped(self, error: str, defence: Defence, section: str) -> list[TraceEvent]:
        """The connection ends, and no frame is to blame."""
        function = "netcore.session.base.Session.receive_eof"
        return [Refused(self._next(), self.connection, self.now, "in", None, defence, section, function, 0,
                        error),
                StateChanged(self._next(), self.connection, self.now, "IN_ROOM", "CLOSED"), *self.ended()]

    def ended(self, broke: str = "") -> list[TraceEvent]:
        return [RecordingEnded(self._next(), self.connection, self.now, broke)]

    def turn(self, queues: dict[int, int], interest: dict[int, str] | None = None, **counts: float) -> Turn:
        self._turn += 1
        self.now += 0.02
        return Turn(self._next(), 0, self.now, self._turn, int(counts.get("ready", 1)),
                    int(counts.get("reads", 1)), int(counts.get("writes", 1)), counts.get("commit_ms", 0.0),
                    int(counts.get("records", 0)), queues, interest or dict.fromkeys(queues, "r"), 1.5)

    # --- frames --------------------------------------------------------------------------------------

    def direct_record(self, to_server: bool, *messages: Message) -> tuple[bool, bytes, bytes]:
        plaintext = b"".join(map(encode, messages))
        header = encode_header(FrameType.DIRECT, len(plaintext) + 16)
        body = self._sealers[to_server].seal(self._seq(to_server), header, plaintext)
        return to_server, header + body, plaintext

    def room_record(self, *messages: Message) -> tuple[bool, bytes, bytes]:
        plaintext = b"".join(map(encode, messages))
        sealed = self.room.seal(plaintext)
        return False, sealed.shared + self._stamp(self._seq(False), sealed.digest), plaintext

    def carried(self, frames: Iterable[tuple[bool, bytes, bytes | None]], piece_bytes: int = 65_536,
                opened: bool = True) -> list[TraceEvent]:
        """These frames of one direction in a row, in chunks of that size."""
        frames = list(frames)
        direction: Direction = "in" if frames[0][0] == self.server else "out"
        stream = b"".join(raw for _, raw, _ in frames)
        start = self._offsets[direction]
        chunks: list[Chunk] = []
        for at in range(0, len(stream), piece_bytes):
            self.now += 0.01
            data = stream[at : at + piece_bytes]
            room = 65_536 if direction == "in" else len(data)
            chunks.append(Chunk(self._next(), self.connection, self.now, direction, start + at, data, room))
        events: list[TraceEvent] = list(chunks)
        offset = start
        for _, raw, plaintext in frames:
            carriers = [chunk.number for chunk in chunks
                        if chunk.offset < offset + len(raw) and chunk.offset + len(chunk.data) > offset]
            state = "IN_ROOM" if plaintext is not None else "HELLO_KNOWN"
            n = self._counts[direction]
            events.append(FrameSeen(self._next(), self.connection, self.now, direction, n, raw[0], offset,
                                    len(raw), carriers[0], carriers[-1], raw[:4096],
                                    plaintext if opened else None, state, state))
            self._counts[direction] += 1
            offset += len(raw)
        self._offsets[direction] = offset
        return events

    def _seq(self, to_server: bool) -> int:
        self._seqs[to_server] += 1
        return self._seqs[to_server] - 1

    def _next(self) -> int:
        self.number += 1
        return self.number - 1


def said(seq: int, text: str, name: str = "Ada", n: int = 1) -> Said:
    return Said(seq, ADA.id, name, STREAM, n, NOON_MS + seq, text)


def last_frame(events: Iterable[TraceEvent]) -> FrameSeen:
    return [event for event in events if isinstance(event, FrameSeen)][-1]
