"""Direct, Close and FileChunk records: sealed for one connection (PROTOCOL §5.1, §14.2).

    header                         body
    +------+-------------+         +----------------------+-----------+
    | type | length      |         | ciphertext           | tag[16]   |
    +------+-------------+         +----------------------+-----------+
    '--- authenticated --'          as long as the plaintext

    nonce = iv XOR ( 00 00 00 00 00 00 00 00 | seq: u64 big-endian )         never sent

A FileChunk carries chunks of a file that its sender has sealed already, under a key that is on no wire in
the clear. To seal it once more on each of its ways would cost three times what all else costs a server. So
only its head is sealed, with the SHA-256 of the data among what is authenticated: nobody on the way changes
either.

    header      body     0                40            n
    +----------+         +----------------+-------------+
    | 18 | ... |         | sealed head    | data        |     head: blob[16] | number of the first chunk: u64
    +----------+         +----------------+-------------+
    '-- authenticated, with SHA-256(data) --'

`seq` counts every frame of one direction from 0. Both sides count for themselves, so a record that
was repeated, dropped, moved, sent back to its sender or given another header is opened under a
nonce, key or header that it was not sealed with: one check fails for all of these. The counting is
the session's; Room records, sealed under another key, are in room_keys.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from netcore import limits
from netcore.crypto.eax import NONCE_BYTES, TAG_BYTES, Eax
from netcore.errors import BadTag, MessageError
from netcore.layout import Field, Kind, Layout, cut

MAX_PLAINTEXT_BYTES: Final = limits.MAX_DIRECT_PLAINTEXT_BYTES

SEALED_LAYOUT: Final[Layout] = (Field("ciphertext", None, Kind.CIPHERTEXT), Field("tag", TAG_BYTES, Kind.TAG))
"""The body of a Direct or Close frame; what is under the seal is as long as the ciphertext."""
CLOSE_LAYOUT: Final[Layout] = (Field("code", 1), Field("reason", None, Kind.TEXT))
"""The plaintext of a Close."""

_HEAD: Final = struct.Struct(">16sQ")
CHUNK_HEAD_BYTES: Final = _HEAD.size + TAG_BYTES
CHUNK_LAYOUT: Final[Layout] = (
    Field("head", _HEAD.size, Kind.CIPHERTEXT),
    Field("tag", TAG_BYTES, Kind.TAG),
    Field("data", None, Kind.CIPHERTEXT),
)
"""The body of a FileChunk; what is under this seal is as long as the head."""
CHUNK_HEAD_LAYOUT: Final[Layout] = (Field("blob", 16), Field("i", 8))
"""The plaintext of its head."""


def _nonce(iv: bytes, seq: int) -> bytes:
    return (int.from_bytes(iv, "big") ^ seq).to_bytes(NONCE_BYTES, "big")


class DirectSealer:
    """Seals the records that we send on one connection."""

    __slots__ = ("_cipher", "_iv", "_unused_seq")

    def __init__(self, key: bytes, iv: bytes) -> None:
        """`key` (32 bytes) and `iv` (16) of our direction, made for this connection and no other."""
        self._cipher = Eax(key)
        self._iv = iv
        self._unused_seq = 0

    def seal(self, seq: int, header: bytes, plaintext: bytes) -> bytes:
        """The body: 16 bytes longer than `plaintext` (1 to 65,536 bytes). `header` is the frame's.

        Raises ValueError if `seq` was used or passed already, or for a plaintext of another size:
        both are faults of ours, not of a peer.
        """
        if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
            raise ValueError(f"a record of {len(plaintext)} bytes")
        # What makes the nonce safe: the key belongs to one direction of one connection, and under
        # it a seq is used once. Frames that need no nonce (Room, RoomKey) skip numbers.
        if not self._unused_seq <= seq < 2**64:
            raise ValueError(f"record number {seq} would repeat a nonce")
        self._unused_seq = seq + 1
        return self._cipher.seal(_nonce(self._iv, seq), header, plaintext)


class DirectOpener:
    """Opens the records that the peer sends on one connection."""

    __slots__ = ("_cipher", "_iv")

    def __init__(self, key: bytes, iv: bytes) -> None:
        """`key` (32 bytes) and `iv` (16) of the peer's direction."""
        self._cipher = Eax(key)
        self._iv = iv

    def open(self, seq: int, header: bytes, body: bytes) -> bytes:
        """The plaintext, at least 1 byte. `seq` is our own count, never the peer's word.

        Raises BadTag if anything at all is not as it was sealed.
        """
        plaintext = self._cipher.open(_nonce(self._iv, seq), header, body)
        if not plaintext:
            raise BadTag
        return plaintext


def encode_chunk_head(blob: bytes, index: int) -> bytes:
    """What is sealed of a FileChunk, 24 bytes: `blob[16] | chunk number: u64`."""
    return _HEAD.pack(blob, index)


def decode_chunk_head(head: bytes) -> tuple[bytes, int]:
    """(blob, number) of the 24 bytes that `open_chunk` gave."""
    blob, index = _HEAD.unpack(head)
    return blob, index


def seal_chunk(sealer: DirectSealer, seq: int, header: bytes, head: bytes, data: bytes) -> bytes:
    """The sealed head, 40 bytes, which goes before `data`. Its nonce is the record's, new as any other's."""
    return sealer.seal(seq, header + hashlib.sha256(data).digest(), head)


def open_chunk(opener: DirectOpener, seq: int, header: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Head (24 bytes) and data of a FileChunk, whose body has at least 40 bytes. Raises BadTag."""
    sealed, data = body[:CHUNK_HEAD_BYTES], body[CHUNK_HEAD_BYTES:]
    return opener.open(seq, header + hashlib.sha256(data).digest(), sealed), data


def encode_close(code: int, reason: str = "") -> bytes:
    """The plaintext of a Close: `code: u8 | reason`, at most 255 bytes of UTF-8, cut between letters."""
    text = reason.encode("utf-8", "replace")[: limits.MAX_CLOSE_REASON_BYTES]
    return bytes([code]) + text.decode("utf-8", "ignore").encode("utf-8")


def decode_close(plaintext: bytes) -> tuple[int, str]:
    """(code, reason). Raises MessageError if it is empty, too long or not UTF-8."""
    fields = cut(CLOSE_LAYOUT, plaintext)
    if fields is None or len(fields[1]) > limits.MAX_CLOSE_REASON_BYTES:
        raise MessageError(what=f"a Close of length {len(plaintext)}")
    code, reason = fields
    try:
        return code[0], reason.decode("utf-8")
    except UnicodeDecodeError:
        raise MessageError(what="a Close that is not UTF-8") from None
