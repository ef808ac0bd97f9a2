"""Frames: the byte stream of TCP cut into typed pieces, and back (PROTOCOL §2).

TCP delivers bytes, not messages: one `send` may arrive as ten `recv`s, or ten as one. So every
piece says first what it is and how long it is:

    0      1             4                           4 + length
    +------+-------------+---------------------------+
    | type | length      | body                      |
    | u8   | u24, big-e. | `length` bytes            |
    +------+-------------+---------------------------+
    '---- header --------'

This module knows types and lengths only. What a body means is for netcore/crypto (before and under
the seal) and netcore/wire/messages (inside it); which type may come when is the session's to say,
through `FrameParser.accept`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NoReturn

from netcore import limits
from netcore.errors import FrameError
from netcore.layout import Field, Kind, Layout

HEADER_LAYOUT: Final[Layout] = (Field("type", 1, Kind.HEADER), Field("length", 3, Kind.LENGTH))
HEADER_BYTES: Final = 4
MAX_BODY_BYTES: Final = limits.MAX_FRAME_BODY_BYTES
"""A few chunks of a file with their head. The u24 could say 16 MiB; nobody may make us hold that."""
MAX_RECORD_BYTES: Final = limits.MAX_RECORD_BODY_BYTES
"""65,536 bytes of plaintext and a 16-byte tag."""
CHUNK_HEAD_BYTES: Final = 16 + 8 + 16
"""Ahead of the data of a FileChunk: the blob's id and the chunk's number, sealed."""

_COMPACT_BYTES: Final = 64 * 1024
"""Used bytes that may lie at the front of the buffer. Where deleting at the front moves the rest, doing
so after every frame would cost quadratic time in a burst of small ones."""


class FrameType(IntEnum):
    """The first byte of a frame. The direction is C>S (client to server), S>C, or both."""

    CLIENT_HELLO = 0x01
    """C>S, plain, 80 bytes."""
    SERVER_HELLO = 0x02
    """S>C, plain, 1104 bytes."""
    CLIENT_KEY_EXCHANGE = 0x03
    """C>S, plain, 288 bytes."""
    SERVER_FINISHED = 0x04
    """S>C, plain, 32 bytes."""
    ALERT = 0x15
    """Both, plain, 1 byte, only before keys exist."""
    DIRECT = 0x17
    """Both, sealed for this one connection."""
    FILE_CHUNK = 0x18
    """Both, chunks of a file that its sender has sealed; their head is sealed for this one connection."""
    CLOSE = 0x19
    """Both, sealed for this one connection; the last frame of its direction."""
    ROOM = 0x1A
    """S>C, sealed once for the whole room, stamped for this member."""
    ROOM_KEY = 0x1B
    """S>C, the room's key, wrapped and stamped for this member."""


FRAME_NAMES: Final[Mapping[FrameType, str]] = MappingProxyType(
    {kind: kind.name.title().replace("_", "") for kind in FrameType}
)
"""As PROTOCOL §2 writes them: ClientHello, RoomKey …"""


def frame_name(frame_type: int) -> str:
    """PROTOCOL's name for a type, or its byte where there is no such type: "type 0x42"."""
    return FRAME_NAMES[FrameType(frame_type)] if frame_type in FRAME_NAMES else f"type 0x{frame_type:02X}"


def _exactly(length_bytes: int) -> range:
    return range(length_bytes, length_bytes + 1)


PRE_KEY_LENGTHS: Final[Mapping[FrameType, range]] = MappingProxyType(
    {
        FrameType.CLIENT_HELLO: _exactly(80),
        FrameType.SERVER_HELLO: _exactly(1104),
        FrameType.CLIENT_KEY_EXCHANGE: _exactly(288),
        FrameType.SERVER_FINISHED: _exactly(32),
        FrameType.ALERT: _exactly(1),
    }
)
"""Body lengths in bytes before keys exist: one each, so a stranger has no length to play with."""

SEALED_LENGTHS: Final[Mapping[FrameType, range]] = MappingProxyType(
    {
        FrameType.DIRECT: range(1 + 16, MAX_RECORD_BYTES + 1),
        FrameType.FILE_CHUNK: range(CHUNK_HEAD_BYTES + 16, MAX_BODY_BYTES + 1),
        FrameType.CLOSE: range(1 + 16, 1 + limits.MAX_CLOSE_REASON_BYTES + 16 + 1),
        FrameType.ROOM: range(4 + 8 + 1 + 16 + 16, MAX_RECORD_BYTES + 1),
        FrameType.ROOM_KEY: _exactly(4 + 32 + 16),
    }
)
"""Body lengths in bytes once keys exist. The least is one byte of plaintext with its tag."""


def encode_header(frame_type: FrameType, length_bytes: int) -> bytes:
    """The 4 header bytes. `length_bytes` counts the body only; above MAX_BODY_BYTES: ValueError."""
    if not 0 <= length_bytes <= MAX_BODY_BYTES:
        raise ValueError(f"a frame body of {length_bytes} bytes")
    return (frame_type << 24 | length_bytes).to_bytes(HEADER_BYTES, "big")


def encode_frame(frame_type: FrameType, body: bytes) -> bytes:
    """Header and body, ready to send."""
    return encode_header(frame_type, len(body)) + body


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame."""

    type: FrameType
    body: bytes

    @property
    def header(self) -> bytes:
        """The 4 header bytes, as they stood on the wire: records authenticate them."""
        return encode_header(self.type, len(self.body))

    @property
    def raw(self) -> bytes:
        """Header and body, as they stood on the wire: transcripts hash them."""
        return self.header + self.body


class FrameParser:
    """Takes the bytes of one direction of one connection in any pieces; gives frames one by one.

    It never parses ahead: `next()` looks at one frame only, under the lengths of the last
    `accept()`. So a frame that arrives in the same `recv` as the one that changes the state is
    judged by the new state.

    Put in at most one `recv` of bytes (64 KiB, or as much as the largest frame) before taking frames until
    `next()` gives None; then the buffer never holds more than that and one unfinished frame.
    """

    def __init__(
        self,
        lengths: Mapping[FrameType, range],
        max_frame_bytes: int = HEADER_BYTES + MAX_BODY_BYTES,
    ) -> None:
        """`max_frame_bytes` (header included) caps every frame, whatever `lengths` allows."""
        self._lengths = lengths
        self._max_frame_bytes = max_frame_bytes
        self._buffer: bytes | bytearray = b""  # what one `recv` gave, as it is, if it follows a whole frame
        self._start = 0
        self._error: str | None = None

    @property
    def buffered_bytes(self) -> int:
        """Bytes received and not yet given out in a frame."""
        return len(self._buffer) - self._start

    def unfinished_bytes(self, frame_type: FrameType) -> int:
        """Of a frame of this type that has begun to come: how much of it is here. After `next` gave None."""
        begun = self.buffered_bytes
        return begun if begun and self._buffer[self._start] == frame_type else 0

    def accept(self, lengths: Mapping[FrameType, range]) -> None:
        """From now on only these types are legal, each with a body length in its range."""
        self._lengths = lengths

    def feed(self, data: bytes) -> None:
        """Take bytes as they came from the socket. Raises FrameError only if a call before did."""
        if self._error is not None:
            raise FrameError(what=self._error)
        if not self._buffer:
            self._buffer = data
        elif isinstance(self._buffer, bytearray):
            self._buffer += data
        else:
            self._buffer = bytearray(self._buffer[self._start :]) + data
            self._start = 0

    def next(self) -> Frame | None:
        """The next frame, or None until more bytes come.

        Raises FrameError for an illegal type or length as soon as its 4 header bytes are here,
        so that no body is waited for; and again at every later call, since behind a wrong length
        nobody knows where a frame begins.
        """
        if self._error is not None:
            raise FrameError(what=self._error)
        if len(self._buffer) - self._start < HEADER_BYTES:
            return None
        body_start = self._start + HEADER_BYTES
        word = int.from_bytes(self._buffer[self._start : body_start], "big")
        frame_type, length_bytes = self._check(word >> 24, word & 0xFFFFFF)
        end = body_start + length_bytes
        if len(self._buffer) < end:
            return None
        with memoryview(self._buffer) as view:  # a slice of the buffer itself would be one more copy
            frame = Frame(frame_type, bytes(view[body_start:end]))
        self._start = end
        self._compact()
        return frame

    def _check(self, type_byte: int, length_bytes: int) -> tuple[FrameType, int]:
        try:
            frame_type = FrameType(type_byte)
            legal = self._lengths[frame_type]
        except (ValueError, KeyError):
            self._fail(f"a frame of type 0x{type_byte:02X}, which has no place here")
        if length_bytes not in legal or HEADER_BYTES + length_bytes > self._max_frame_bytes:
            self._fail(f"a {frame_type.name} frame of length {length_bytes}")
        return frame_type, length_bytes

    def _fail(self, what: str) -> NoReturn:
        self._error = what
        self._buffer, self._start = b"", 0
        raise FrameError(what=what)

    def _compact(self) -> None:
        if self._start == len(self._buffer):
            self._buffer, self._start = b"", 0
        elif self._start >= _COMPACT_BYTES and isinstance(self._buffer, bytearray):
            del self._buffer[: self._start]
            self._start = 0
