"""A recording as a capture file for Wireshark: pcapng, made-up packets, names in the comments.

    events of netcore/trace  ->  Capture.take  ->  bytes of a pcapng file

One chunk (one `recv`, one `send`) is one packet, or several if it is longer than a packet can be. Headers
are made up (`packets`), and the file says so in its comment. Each packet's comment names the frames that
end in it; what was in them stands there only where it was asked for. Keys never do: the recorder's
`HandshakeValue`s are passed over.

A recording that began in the middle of a connection has no SYN, and numbers that go on from what was sent
before. Then the comment of a packet says where in it the first frame begins: `localchat.lua` looks for that,
for nothing in a stream of frames shows where one begins.

Pure: events in, bytes out. Who writes them to a file, and when, is not said here.
"""

from __future__ import annotations

import ipaddress
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from netcore.lab.packets import MAX_PAYLOAD_BYTES, Endpoint, TcpStream
from netcore.limits import DEFAULT_PORT
from netcore.options import VERSION
from netcore.trace import (
    Chunk,
    Direction,
    FrameSeen,
    RecordingBegan,
    RecordingEnded,
    Role,
    StateChanged,
    TraceEvent,
)
from netcore.wire.framing import FrameType, frame_name
from netcore.wire.lines import counted

HOLD_S: Final = 0.5
"""A packet waits this long for the names of its frames: some are opened by a worker first."""

FILE_COMMENT: Final = (
    "Synthetic: recorded by LocalChat above the socket. Real are the bytes that TCP carried, their order and "
    "their time, and which of them one recv or send carried (one packet here). Made up are all IP and TCP "
    "headers: sequence numbers, acknowledgements, SYN and FIN, and addresses where they were not known."
)

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 6
_LINKTYPE_RAW: Final = 101  # packets begin with the IP header
_COMMENT, _IF_NAME, _IF_DESCRIPTION, _PROGRAM = 1, 2, 3, 4
_FLAGS: Final = 2
_IN, _OUT = 1, 2
_MAX_COMMENT_BYTES: Final = 60_000  # an option holds 65,535
_FIRST_OWN_PORT: Final = 49_152  # the first that no service is registered for (RFC 6335)
_CLOSED: Final = "CLOSED"


@dataclass(slots=True)
class _Run:
    """Bytes of one direction without a gap, and where the first frame in them begins that is known."""

    next_offset: int
    first_frame: int | None = None
    told: bool = False
    """Whether a packet's comment has said so. From a connection's first byte on nothing need be said."""


@dataclass(slots=True)
class _Packets:
    """What one chunk became. Frames are named in it as long as it waits."""

    at_s: float
    direction: Direction
    packets: list[bytes]
    offset: int = 0
    data_bytes: int = 0
    run: _Run | None = None
    names: list[tuple[int, str]] = field(default_factory=list)
    """What to say, in the packet that holds the byte before that offset."""


@dataclass(slots=True)
class _Conversation:
    """One connection."""

    stream: TcpStream
    role: Role
    runs: dict[Direction, _Run]
    awaits_first_byte: bool
    """Nothing was sent before the recording, and nothing was seen of it yet."""
    closed: bool = False
    last_in: int = 0
    """The type of the last frame that came."""


class Capture:
    """Makes the blocks of one file, in order: `begin`, any number of `take`, `end`."""

    def __init__(
        self, role: Role, wall_clock_s: float, port: int = DEFAULT_PORT, with_texts: bool = False
    ) -> None:
        """`wall_clock_s` is Unix time less the monotonic clock of the events. `port` is the server's.

        `with_texts` puts what was in the records into the comments, readable for whoever gets the file.
        """
        self._role = role
        self._wall_clock_s = wall_clock_s
        self._port = port
        self._with_texts = with_texts
        self._conversations: dict[int, _Conversation] = {}
        self._waiting: deque[_Packets] = deque()
        self._by_chunk: dict[int, _Packets] = {}

    def begin(self) -> bytes:
        """What the file begins with."""
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        section += _option(_COMMENT, FILE_COMMENT) + _option(_PROGRAM, f"LocalChat {VERSION}") + _END
        interface = struct.pack("<HHI", _LINKTYPE_RAW, 0, 0)
        interface += _option(_IF_NAME, "LocalChat") + _option(_IF_DESCRIPTION, "made-up headers") + _END
        return _block(_SECTION, section) + _block(_INTERFACE, interface)

    def take(self, events: Iterable[TraceEvent], now: float) -> bytes:
        """The packets of `events` and of those before, but for the newest, which wait for their names.

        `now` is on the clock of the events.
        """
        for event in events:
            self._take(event)
        return b"".join(self._written(now - HOLD_S))

    def end(self) -> bytes:
        """The packets that waited."""
        return b"".join(self._written(float("inf")))

    # --- Events ---------------------------------------------------------------------------------

    def _take(self, event: TraceEvent) -> None:
        match event:
            case RecordingBegan():
                self._on_begin(event)
            case Chunk() if event.data:  # else it was offered, and none of it taken
                self._on_chunk(event)
            case FrameSeen():
                self._on_frame(event)
            case StateChanged(after=state) if event.connection in self._conversations:
                self._conversations[event.connection].closed = state == _CLOSED
            case RecordingEnded():
                self._on_end(event)

    def _on_begin(self, event: RecordingBegan) -> None:
        peer = _endpoint(event.peer)
        self._start(event.connection, event.role, peer, event.in_offset, event.out_offset)

    def _start(
        self, connection: int, role: Role, peer: Endpoint | None, in_offset: int, out_offset: int
    ) -> _Conversation:
        own, peer = _both_ends(role, peer, connection, self._port)
        if role == "client":
            stream = TcpStream(own, peer, out_offset, in_offset)
        else:
            stream = TcpStream(peer, own, in_offset, out_offset)
        runs: dict[Direction, _Run] = {"in": _Run(in_offset), "out": _Run(out_offset)}
        conversation = _Conversation(stream, role, runs, awaits_first_byte=not in_offset and not out_offset)
        self._conversations[connection] = conversation
        return conversation

    def _conversation(self, connection: int) -> _Conversation:
        found = self._conversations.get(connection)
        # The event of its beginning may have been dropped before it was taken.
        return self._start(connection, self._role, None, 0, 0) if found is None else found

    def _on_chunk(self, chunk: Chunk) -> None:
        conversation = self._conversation(chunk.connection)
        by_client = _by_client(conversation.role, chunk.direction)
        if conversation.awaits_first_byte:
            conversation.awaits_first_byte = False
            if by_client and chunk.offset == 0:  # the server says nothing before it
                self._on_first_byte(chunk, conversation)
        run = conversation.runs[chunk.direction]
        lost_bytes = chunk.offset - run.next_offset
        if lost_bytes:
            run = conversation.runs[chunk.direction] = _Run(chunk.offset)
        run.next_offset = chunk.offset + len(chunk.data)
        packets = list(conversation.stream.send(by_client, chunk.offset, chunk.data))
        made = _Packets(chunk.at_s, chunk.direction, packets, chunk.offset, len(chunk.data), run)
        if lost_bytes:
            lost = counted(lost_bytes, "byte")
            made.names.append((chunk.offset + 1, f"not recorded: {lost} before this packet"))
        self._waiting.append(made)
        self._by_chunk[chunk.number] = made

    def _on_first_byte(self, chunk: Chunk, conversation: _Conversation) -> None:
        for run in conversation.runs.values():
            run.first_frame, run.told = 0, True
        self._made_up(chunk, conversation, True, conversation.stream.open())

    def _on_frame(self, frame: FrameSeen) -> None:
        conversation = self._conversation(frame.connection)
        if frame.direction == "in":
            conversation.last_in = frame.type
        end = frame.offset + frame.length
        first, last = self._by_chunk.get(frame.first_chunk), self._by_chunk.get(frame.last_chunk)
        # Where a frame ends, the next one begins.
        for made, place in ((first, frame.offset), (last, end)):
            if made is not None and made.run is not None and made.run.first_frame is None:
                made.run.first_frame = place
        name = f"Frame {frame.n}: {frame_name(frame.type)}, {frame.length} bytes"
        if first is not None and first is not last:
            first.names.append((frame.offset + 1, f"{name}, begins here"))
        if last is not None:
            text = ", ends here" if first is not last else ""
            if self._with_texts and frame.plaintext is not None:
                text += "\n" + _opened(frame.type, frame.plaintext)
            last.names.append((end, name + text))

    def _on_end(self, event: RecordingEnded) -> None:
        conversation = self._conversations.pop(event.connection, None)
        if conversation is None or not conversation.closed:
            return  # it goes on, unrecorded
        peer_first = conversation.last_in in (FrameType.CLOSE, FrameType.ALERT)
        by_client = _by_client(conversation.role, "in" if peer_first else "out")
        self._made_up(event, conversation, by_client, conversation.stream.close(by_client))

    def _made_up(
        self, event: TraceEvent, conversation: _Conversation, by_client: bool, packets: Iterable[bytes]
    ) -> None:
        """Three packets without data: of that side, the other one, and that side again."""
        for packet, side in zip(packets, (by_client, not by_client, by_client), strict=True):
            direction: Direction = "out" if _by_client(conversation.role, "out") == side else "in"
            self._waiting.append(_Packets(event.at_s, direction, [packet]))

    # --- Blocks ---------------------------------------------------------------------------------

    def _written(self, until_s: float) -> Iterator[bytes]:
        while self._waiting and self._waiting[0].at_s <= until_s:
            made = self._waiting.popleft()
            for number, packet in enumerate(made.packets):
                yield self._packet(made, packet, list(_comments(made, number)))
        alive = set(map(id, self._waiting))
        self._by_chunk = {number: made for number, made in self._by_chunk.items() if id(made) in alive}

    def _packet(self, made: _Packets, packet: bytes, comments: list[str]) -> bytes:
        at_us = round((made.at_s + self._wall_clock_s) * 1e6)
        body = struct.pack("<IIIII", 0, at_us >> 32, at_us & 0xFFFFFFFF, len(packet), len(packet))
        body += packet + bytes(-len(packet) % 4)
        body += b"".join(_option(_COMMENT, comment) for comment in comments)
        body += _raw_option(_FLAGS, struct.pack("<I", _IN if made.direction == "in" else _OUT)) + _END
        return _block(_PACKET, body)


def _comments(made: _Packets, number: int) -> Iterator[str]:
    """What is to be said in the packet of this number among those of a chunk."""
    start = made.offset + number * MAX_PAYLOAD_BYTES
    end = min(start + MAX_PAYLOAD_BYTES, made.offset + made.data_bytes)
    if made.run is not None and not made.run.told:
        first_frame = made.run.first_frame
        made.run.told = first_frame is not None and first_frame <= end
        if made.run.told and first_frame is not None:
            yield f"LocalChat: the next frame begins at byte {first_frame - start} of this data"
        else:
            yield "LocalChat: no frame begins in this data"
    yield from (name for place, name in made.names if start < place <= end)


def capture_bytes(
    events: Iterable[TraceEvent],
    role: Role,
    wall_clock_s: float,
    port: int = DEFAULT_PORT,
    with_texts: bool = False,
) -> bytes:
    """A whole file of these events, see `Capture`."""
    capture = Capture(role, wall_clock_s, port, with_texts)
    return capture.begin() + capture.take(events, float("-inf")) + capture.end()


# --- Who it is ----------------------------------------------------------------------------------


def _by_client(role: Role, direction: Direction) -> bool:
    """Whether the client sends in this direction, seen from the end that recorded."""
    return (direction == "out") == (role == "client")


def _endpoint(peer: str) -> Endpoint | None:
    """`192.168.1.20:5050` or `[fe80::1%eth0]:5050`; None if it is anything else."""
    host, _, port = peer.rpartition(":")
    host = host.strip("[]").partition("%")[0]
    try:
        return Endpoint(str(ipaddress.ip_address(host)), int(port))
    except ValueError:
        return None


def _both_ends(role: Role, peer: Endpoint | None, connection: int, port: int) -> tuple[Endpoint, Endpoint]:
    """Our end and the peer's. What is not known is from the ranges for examples (RFC 5737, 3849)."""
    a_port = _FIRST_OWN_PORT + connection % (2**16 - _FIRST_OWN_PORT)
    own_port, peer_port = (a_port, port) if role == "client" else (port, a_port)
    if peer is None:
        return Endpoint("192.0.2.1", own_port), Endpoint("192.0.2.2", peer_port)
    address = ipaddress.ip_address(peer.host)
    if address.is_loopback:
        return Endpoint(peer.host, own_port), peer
    return Endpoint("192.0.2.1" if address.version == 4 else "2001:db8::1", own_port), peer


def _opened(frame_type: int, plaintext: bytes) -> str:
    # The head of a FileChunk is an id and a number; all else is text.
    return plaintext.hex() if frame_type == FrameType.FILE_CHUNK else plaintext.decode("utf-8", "replace")


# --- pcapng's pieces ------------------------------------------------------------------------------

_END: Final = bytes(4)


def _block(block_type: int, body: bytes) -> bytes:
    """Its length stands at both ends, so that a file can be read backwards."""
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", block_type) + length + body + length


def _raw_option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _option(code: int, text: str) -> bytes:
    cut = text.encode("utf-8", "replace")[:_MAX_COMMENT_BYTES]
    return _raw_option(code, cut.decode("utf-8", "ignore").encode())  # without half a letter at its end
