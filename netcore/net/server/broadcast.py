"""What the room hears, sealed once for all: the room's key, and the records under it (PROTOCOL §5.2).

The key changes lazily, before the next record: after anyone left, a fresh one; after anyone came, one step
of the ratchet. So nobody can open what was said before they came, or what is said after they left.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcore import limits
from netcore.crypto.room_keys import RoomSealer, SealedRoom
from netcore.net.server.context import Context
from netcore.session.base import pack


class Broadcast:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sealer = RoomSealer(context.random)
        self._fresh_key = False
        self._next_key = False
        self._ratcheted = False
        self._sealed_ahead: tuple[list[bytes], list[SealedRoom]] = ([], [])

    @property
    def epoch(self) -> int:
        """Of the room's key."""
        return self._sealer.epoch

    def lost_key_holder(self) -> None:
        """Somebody who knows the room's key is not to hear what comes."""
        self._fresh_key = True

    def gained_member(self) -> None:
        """Somebody is live from now on. What was said before comes from the log, not under a key of then."""
        self._next_key = True

    def seal_ahead(self, texts: Sequence[bytes]) -> None:
        """Seal what `send` will send once the disk has it.

        What is never sent after all is a gap in the count of the key's records, which tells nobody anything.
        """
        self._sealed_ahead = list(texts), self._seal(texts)

    def send(self, texts: Sequence[bytes]) -> int:
        """Tell all live members; in how many records. The hot path: the loop's inside runs once for each."""
        (ahead, records), self._sealed_ahead = self._sealed_ahead, ([], [])
        rest = texts[len(ahead) :]
        if self._fresh_key or self._next_key or texts[: len(ahead)] != ahead:
            records, rest = [], texts  # somebody has left or come meanwhile, or the disk refused it
        records += self._seal(rest)
        if not records:
            return 0
        key, ratcheted = self._sealer.key, self._ratcheted
        # A copy, since a slow member may be closed on the way.
        for link in self._context.live.copy():
            link.broadcast(records, key, ratcheted)
        return len(records)

    def _seal(self, texts: Sequence[bytes]) -> list[SealedRoom]:
        """The texts in as few records as hold them."""
        if not texts or not self._context.live:
            return []
        self._change_key()
        return [self._sealer.seal(packed) for packed in pack(texts, limits.MAX_ROOM_PLAINTEXT_BYTES)]

    def _change_key(self) -> None:
        if self._fresh_key:
            self._sealer.rotate()
            self._ratcheted = False
        elif self._next_key:
            self._sealer.ratchet()
            self._ratcheted = True
        self._fresh_key = self._next_key = False
