"""How fast one client may send, and how much may wait for it (PROTOCOL §9).

Both directions are held back in one way: we stop reading. TCP then fills the buffers back to the sender,
and nothing is dropped.

    it sends faster than its share       what it sent waits here, in its order; a member that says something
                                         is told so once (`slowed`)
    it does not take what we send        above the soft limit nothing more is read from it, so that it cannot
                                         ask faster than it takes the answers; reading goes on when the
                                         send queue is empty

That the connection ends above the hard limit, or when its send queue does not move, is its link's to do.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Flag, auto

from netcore import limits
from netcore.net.connection import Connection
from netcore.net.loop import Callback, Loop
from netcore.room.buckets import Share
from netcore.room.inbox import Inbox
from netcore.wire.messages import Message


class PauseReason(Flag):
    """Why a connection is not read from just now."""

    NONE = 0
    RATE = auto()  # it has used up its share
    QUEUE = auto()  # it does not take what we send
    FILES = auto()  # others who send files have their turn


class Backpressure:
    """One connection's. Thread: netcore-loop only."""

    __slots__ = ("_connection", "_deliver", "_loop", "_stopped", "_tell_slowed", "inbox", "paused_for")

    def __init__(
        self,
        loop: Loop,
        connection: Connection,
        share: Share,
        deliver: Callable[[Message], None],
        tell_slowed: Callback,
    ) -> None:
        """`deliver` takes a message that is paid for; `tell_slowed` tells the sender that it must wait."""
        self._loop = loop
        self._connection = connection
        self._deliver = deliver
        self._tell_slowed = tell_slowed
        self._stopped = False
        self.inbox = Inbox(share)
        self.paused_for = PauseReason.NONE

    @property
    def queue_is_long(self) -> bool:
        """The send queue is above the soft limit."""
        return self._connection.queued_bytes > limits.SEND_QUEUE_SOFT_BYTES

    def deliver(self) -> None:
        """Hand on what has arrived, in its order, as far as the share lasts."""
        if not self.inbox:
            return
        # Stopped while it delivers: then the inbox is empty.
        while not self.queue_is_long:
            message = self.inbox.take(self._loop.turn_s)
            if message is None:
                break
            self._deliver(message)
        if self.inbox.must_tell_slowed():
            self._tell_slowed()

    def pause_if_due(self) -> None:
        """After a read: stop reading where the share is used up or the send queue is long."""
        if self._stopped:
            return
        wait_s = self.inbox.wait_s(self._loop.turn_s)
        if wait_s > 0 and PauseReason.RATE not in self.paused_for:
            self.pause(PauseReason.RATE)
            self._loop.call_later(wait_s, self._on_share_refilled)
        if self.queue_is_long:
            self.pause(PauseReason.QUEUE)

    def pause(self, why: PauseReason) -> None:
        """Do not read until `resume` with that reason."""
        self.paused_for |= why
        self._connection.pause()

    def resume(self, why: PauseReason) -> None:
        """That reason has passed: hand on what waits, and read again if no other is left."""
        self.paused_for &= ~why
        if self._stopped:
            return
        self.deliver()
        self.pause_if_due()
        if not self.paused_for and not self._stopped:
            self._connection.resume()

    def stop(self) -> None:
        """The connection is over. What waits is dropped: never taken, so never acknowledged; its sender
        keeps it."""
        self._stopped = True
        self.inbox.clear()

    def _on_share_refilled(self) -> None:
        self._connection.guard(lambda: self.resume(PauseReason.RATE))
