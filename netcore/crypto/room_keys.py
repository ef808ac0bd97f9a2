"""Room records: sealed once for the whole room, stamped for each member (PROTOCOL §5.2).

Sealing costs twenty times a stamp for a short message, and eighty times for ten thousand bytes. So
what the room says in one turn is sealed once, under a key that all members hold, and each member
gets the same bytes with a stamp of its own:

    header  0         4            12                        n-32        n-16        n
    +----+  +---------+------------+-------------------------+-----------+-----------+
    | 1A |  | epoch   | index      | ciphertext              | tag[16]   | stamp[16] |
    +----+  +---------+------------+-------------------------+-----------+-----------+
    '---------- shared: the same bytes in every send queue --------------' '- yours -'

    nonce = epoch: u32 | 00 00 00 00 | index: u64
    stamp = BLAKE2b-16(stamp_key of this connection, seq: u64 | SHA-256(shared))

The room key hides; the stamp, a MAC of this one connection, proves. Any member could seal a false record
under the room key, but only the server and you hold your stamp key, and seq stands in the stamp, so nobody
else can forge, repeat or reorder a record on your connection. The stamp covers a hash of all bytes and not
the EAX tag, because whoever holds the key can make a second message with the same tag.

A new key comes in a RoomKey frame, hidden by a pad that is used once:

    header  0         4                                      36          52
    +----+  +---------+--------------------------------------+-----------+
    | 1B |  | epoch   | key XOR BLAKE2b-32(wrap_key, seq)    | stamp[16] |
    +----+  +---------+--------------------------------------+-----------+
    stamp = BLAKE2b-16(stamp_key, seq: u64 | SHA-256(header | epoch | wrapped))

Who gets which key and when is the session's; this is how.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from netcore import limits
from netcore.crypto import hkdf
from netcore.crypto.eax import KEY_BYTES, TAG_BYTES, Eax
from netcore.crypto.primitives import Random
from netcore.errors import BadRoomOrder, BadStamp, BadTag, RecordError

STAMP_BYTES: Final = 16
MAX_PLAINTEXT_BYTES: Final = limits.MAX_ROOM_PLAINTEXT_BYTES

# The frame's layout, said again here: this floor stands beside netcore/wire, not on it.
_ROOM_TYPE: Final = 0x1A
_ROOM_KEY_TYPE: Final = 0x1B
_HEADER: Final = struct.Struct(">I")
_EPOCH: Final = struct.Struct(">I")
_EPOCH_INDEX: Final = struct.Struct(">IQ")
_NONCE: Final = struct.Struct(">IIQ")
_RATCHET_LABEL: Final = b"LocalChat/1 room next"

Stamper = Callable[[int, bytes], bytes]


def next_key(key: bytes) -> bytes:
    """One step of the ratchet. It cannot be walked back, so a newcomer opens nothing older."""
    return hkdf.expand(key, _RATCHET_LABEL, KEY_BYTES)


def stamper(stamp_key: bytes) -> Stamper:
    """The stamps of one member: `stamp(seq, digest)` gives the 16 bytes that make shared bytes with this
    SHA-256 digest frame number `seq`.

    It runs once for each member and turn. Copying a hash that is keyed already takes 0.4 microseconds,
    where keying a new one each time took 0.7.
    """
    keyed = hashlib.blake2b(key=stamp_key, digest_size=STAMP_BYTES).copy

    def stamp(seq: int, digest: bytes) -> bytes:
        blake2b = keyed()
        blake2b.update(seq.to_bytes(8, "big") + digest)
        return blake2b.digest()

    return stamp


def room_key_frame(epoch: int, key: bytes, seq: int, wrap_key: bytes, stamp: Stamper) -> bytes:
    """The whole RoomKey frame, 56 bytes, as frame number `seq` of one member."""
    front = _HEADER.pack(_ROOM_KEY_TYPE << 24 | 4 + KEY_BYTES + STAMP_BYTES)
    front += _EPOCH.pack(epoch) + _wrap(wrap_key, seq, key)
    return front + stamp(seq, hashlib.sha256(front).digest())


def _wrap(wrap_key: bytes, seq: int, key: bytes) -> bytes:
    """`key` XOR the pad of `seq`; the same again unwraps.

    The pad is used once: wrap_key belongs to one connection, and there a seq never comes twice.
    """
    pad = hashlib.blake2b(seq.to_bytes(8, "big"), key=wrap_key, digest_size=KEY_BYTES).digest()
    return (int.from_bytes(key, "big") ^ int.from_bytes(pad, "big")).to_bytes(KEY_BYTES, "big")


@dataclass(frozen=True, slots=True)
class SealedRoom:
    """A Room frame without its stamp. On the wire: `shared + stamp(seq, digest)`."""

    epoch: int
    shared: bytes
    digest: bytes
    """SHA-256 of `shared`, hashed once for all members."""
    plaintext: bytes
    """What was sealed, for the recorder."""


class RoomSealer:
    """The server's side: the room's present key, and the count of what it sealed."""

    __slots__ = ("_cipher", "_epoch", "_index", "_key", "_random")

    def __init__(self, random: Random) -> None:
        """Starts with a fresh key in epoch 1."""
        self._random = random
        self._epoch = 0
        self.rotate()

    @property
    def epoch(self) -> int:
        """Counts the keys, from 1."""
        return self._epoch

    @property
    def key(self) -> bytes:
        """32 bytes: for `room_key_frame`, to members only."""
        return self._key

    def rotate(self) -> None:
        """A fresh random key: whoever left cannot open what comes."""
        self._advance(self._random(KEY_BYTES))

    def ratchet(self) -> None:
        """The next key, which members compute themselves: who comes now cannot open what was."""
        self._advance(next_key(self._key))

    def _advance(self, key: bytes) -> None:
        self._key = key
        self._cipher = Eax(key)
        self._epoch += 1
        self._index = 0

    def seal(self, plaintext: bytes) -> SealedRoom:
        """`plaintext` (1 to 65,508 bytes) for everyone. Raises ValueError for another size."""
        if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
            raise ValueError(f"a room record of {len(plaintext)} bytes")
        body_bytes = _EPOCH_INDEX.size + len(plaintext) + TAG_BYTES + STAMP_BYTES
        header = _HEADER.pack(_ROOM_TYPE << 24 | body_bytes)
        # What makes the nonce safe: each epoch has a key of its own, and under it the index only
        # counts up. The record limit per key is far: members reconnect daily, and each joining
        # changes the key.
        nonce = _NONCE.pack(self._epoch, 0, self._index)
        position = _EPOCH_INDEX.pack(self._epoch, self._index)
        self._index += 1
        shared = header + position + self._cipher.seal(nonce, header, plaintext)
        return SealedRoom(self._epoch, shared, hashlib.sha256(shared).digest(), plaintext)


class RoomOpener:
    """A member's side: the room key it was told, and how far it has read under it."""

    __slots__ = ("_cipher", "_epoch", "_index", "_key", "_stamp", "_wrap_key")

    def __init__(self, stamp_key: bytes, wrap_key: bytes) -> None:
        """Both 32 bytes, from the server-to-client secret. Holds no room key until `take_key`."""
        self._stamp = stamper(stamp_key)
        self._wrap_key = wrap_key
        self._epoch = 0
        self._key = b""
        self._cipher: Eax | None = None
        self._index = -1

    @property
    def epoch(self) -> int:
        """The epoch of the key we hold; 0 before the first."""
        return self._epoch

    def take_key(self, seq: int, header: bytes, body: bytes) -> None:
        """Read the RoomKey that came as frame number `seq`. Raises RecordError and keeps the old key
        if the stamp is not ours for this number, or the epoch is not a later one."""
        if len(body) != _EPOCH.size + KEY_BYTES + STAMP_BYTES:
            raise RecordError
        self._check_stamp(seq, header, body)
        (epoch,) = _EPOCH.unpack_from(body)
        if epoch <= self._epoch:
            raise BadRoomOrder
        self._key = _wrap(self._wrap_key, seq, body[_EPOCH.size : -STAMP_BYTES])
        self._cipher = Eax(self._key)
        self._epoch = epoch
        self._index = -1

    def open(self, seq: int, header: bytes, body: bytes) -> bytes:
        """The plaintext of the Room record that came as frame number `seq`, at least 1 byte.

        Epoch + 1 takes one step of the ratchet, kept only if the record opens. Raises RecordError
        for anything else than the server's next word to us.
        """
        if len(body) <= _EPOCH_INDEX.size + TAG_BYTES + STAMP_BYTES:
            raise RecordError
        # The stamp first: the key below is known to every member, so what it opens proves nothing.
        self._check_stamp(seq, header, body)
        epoch, index = _EPOCH_INDEX.unpack_from(body)
        key, cipher, last_index = self._key, self._cipher, self._index
        if cipher is not None and epoch == self._epoch + 1:
            key, last_index = next_key(key), -1
            cipher = Eax(key)
        elif epoch != self._epoch:
            raise BadRoomOrder
        if cipher is None or index <= last_index:
            raise BadRoomOrder
        sealed = body[_EPOCH_INDEX.size : -STAMP_BYTES]
        plaintext = cipher.open(_NONCE.pack(epoch, 0, index), header, sealed)
        if plaintext is None:
            raise BadTag
        self._epoch, self._key, self._cipher, self._index = epoch, key, cipher, index
        return plaintext

    def _check_stamp(self, seq: int, header: bytes, body: bytes) -> None:
        digest = hashlib.sha256(header + body[:-STAMP_BYTES]).digest()
        if not hmac.compare_digest(self._stamp(seq, digest), body[-STAMP_BYTES:]):
            raise BadStamp
