"""What a member has sent, handed on as fast as its share allows (PROTOCOL §9).

One record holds a thousand messages, so a share that was looked at between records only would be none.
What is not paid for yet waits here, in its order. How much that can be is up to the owner: if it
stops reading while something waits, it is what one read brought.
"""

from __future__ import annotations

from collections import deque

from netcore.room.buckets import Share
from netcore.wire.messages import Message, Say, SendWhisper


class Inbox:
    """One connection's. The clock, in seconds, is passed in."""

    __slots__ = ("_told", "_waiting", "share")

    def __init__(self, share: Share) -> None:
        self.share = share
        self._waiting: deque[Message] = deque()
        self._told = False

    def charge(self, size_bytes: int, now: float) -> None:
        """So many bytes have come. They cannot be refused any more, so they may be a debt."""
        if self._told and self.share.is_full(now):
            self._told = False
        self.share.bytes.spend(size_bytes, now)

    def charge_files(self, size_bytes: int, now: float) -> None:
        """So many bytes of files have come, on a share of their own."""
        self.share.spend_on_files(size_bytes, now)

    def put(self, message: Message) -> None:
        self._waiting.append(message)

    def take(self, now: float) -> Message | None:
        """The next message, paid for with a token; None if there is no message, or no token."""
        if self._waiting and self.share.messages.try_spend(1, now):
            return self._waiting.popleft()
        return None

    def clear(self) -> None:
        self._waiting.clear()

    def wait_s(self, now: float) -> float:
        """Seconds until it makes sense to look again, and to read on."""
        return self.share.wait_s(now, 1 if self._waiting else 0)

    def backlog_s(self, now: float) -> float:
        """Seconds until all that waits now will have been taken."""
        return self.share.wait_s(now, len(self._waiting))

    def must_tell_slowed(self) -> bool:
        """Whether the member is to hear now that it is slowed: once until its share is full again.

        Only for what a person says, since that is what they see delayed.
        """
        if self._told or not self._waiting or not isinstance(self._waiting[0], Say | SendWhisper):
            return False
        self._told = True
        return True

    def __len__(self) -> int:
        return len(self._waiting)
