"""How hundreds of members in one process hear a room without taking the machine from its server.

A real client decrypts each record for itself. Here hundreds of them would spend the second core on the same
decryption hundreds of times, and what is measured would be how the server fares beside that. So what is the
same for all is done once: hashing, opening and reading a record. What proves it to a member stays each
member's own: its stamp, over all bytes of the record, under its own count; that it holds the room key that
opened it, from its own RoomKey; and (in `ours`) that the messages' numbers go on without a hole.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from copy import copy
from dataclasses import dataclass
from typing import ClassVar, Final

from netcore.crypto.room_keys import STAMP_BYTES, RoomOpener
from netcore.session.client import ClientSession
from netcore.session.events import Event, MessageReceived
from netcore.session.table import State
from netcore.wire.codec import decode_room, split_texts
from netcore.wire.framing import Frame, FrameType
from netcore.wire.messages import Message, Said

_KEPT: Final = 16
"""Records that some members may not have heard yet."""


@dataclass(frozen=True, slots=True)
class Heard(Message):
    """What one Room record says: `said` messages, numbered on from `first`."""

    t: ClassVar[str] = "heard"
    first: int
    said: int


@dataclass(frozen=True, slots=True)
class _Opened:
    """A record that a member has opened, what was in it, and who else can open it."""

    shared: bytes
    digest: bytes
    holders: set[tuple[int, bytes]]
    """(epoch, room key) of those who did, before and after: a member with one of these opens it likewise."""
    opener: RoomOpener
    """As it stood when it had opened this record."""
    event: MessageReceived


_opened: deque[_Opened] = deque(maxlen=_KEPT)
"""The latest first."""


class BenchSession(ClientSession):
    """A ClientSession that makes one event of a Room record, not one of each message in it."""

    __slots__ = ()

    def receive_bytes(self, data: bytes, now: float) -> list[Event]:
        """As always; and in a few steps when `data` is one whole record that another member has opened."""
        if self._state is State.IN_ROOM and not self._parser.buffered_bytes:
            for known in _opened:
                if len(data) == len(known.shared) + STAMP_BYTES and data.startswith(known.shared):
                    if self._hear(known, data[-STAMP_BYTES:]):
                        self._in_bytes += len(data)
                        return [known.event]
                    break
        return super().receive_bytes(data, now)

    def _hear(self, known: _Opened, stamp: bytes) -> bool:
        """Open it as the other did, if this member holds its key; AssertionError if its stamp is not due."""
        room = self._room_opener()
        if (room._epoch, room._key) not in known.holders:
            return False
        expected = room._stamp(self._next_in_seq(), known.digest)
        assert hmac.compare_digest(stamp, expected), "a stamp that is not this member's next"
        assert (known.opener._epoch, known.opener._index) > (room._epoch, room._index), "an index again"
        room._epoch, room._key, room._index = known.opener._epoch, known.opener._key, known.opener._index
        room._cipher = known.opener._cipher
        return True

    def _handle(self, frame: Frame, now: float) -> None:
        if frame.type is not FrameType.ROOM:
            super()._handle(frame, now)
            return
        shared, stamp = frame.header + frame.body[:-STAMP_BYTES], frame.body[-STAMP_BYTES:]
        known = next((one for one in _opened if one.shared == shared), None)
        if known is not None and self._hear(known, stamp):
            self._events.append(known.event)
            return
        room = self._room_opener()
        before = (room._epoch, room._key)
        plaintext = room.open(self._next_in_seq(), frame.header, frame.body)
        event = MessageReceived(_read(plaintext))
        self._events.append(event)
        holders = {before, (room._epoch, room._key)}
        if known is not None:
            known.holders.update(holders)
        else:
            _opened.appendleft(_Opened(shared, hashlib.sha256(shared).digest(), holders, copy(room), event))


def _read(plaintext: bytes) -> Heard:
    messages = [decode_room(text) for text in split_texts(plaintext)]
    seqs = [message.seq for message in messages if isinstance(message, Said)]
    if seqs and seqs != list(range(seqs[0], seqs[0] + len(seqs))):
        raise AssertionError(f"messages out of order: {seqs}")
    return Heard(seqs[0] if seqs else 0, len(seqs))
