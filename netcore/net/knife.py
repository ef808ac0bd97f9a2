"""The sender's knife: how the laboratory shows that TCP carries a stream of bytes, and no messages.

It cuts each frame into pieces that leave by themselves, or lets several frames leave together. The receiver
may see other pieces, since the kernel joins what it has; the pauses make that rare.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_PIECES: Final = 64
"""Of one frame: at 2 ms a piece the longest then takes an eighth of a second."""
MOST_WAIT_S: Final = 5.0
"""What waits longer would soon pass for a connection that has stalled."""
CUT_PAUSE_S: Final = 0.002
"""Less, and the kernel often hands on two pieces as one."""


class SendKnife:
    """One connection's. Made by `cut` or `join`."""

    def __init__(self, piece_bytes: int, pause_s: float) -> None:
        """`piece_bytes` 0 does not cut."""
        self._wanted_bytes = piece_bytes
        self._piece_bytes = piece_bytes
        self.joins = piece_bytes == 0
        """The pause comes before all that waits leaves; else after each piece."""
        self.pause_s = pause_s

    @classmethod
    def cut(cls, piece_bytes: int) -> SendKnife:
        """Pieces of that size (at least 1), or larger ones, so that a frame has no more than MOST_PIECES."""
        return cls(max(1, piece_bytes), CUT_PAUSE_S)

    @classmethod
    def join(cls, wait_s: float) -> SendKnife:
        """What is said within `wait_s` seconds (MOST_WAIT_S at most) leaves together."""
        return cls(0, min(wait_s, MOST_WAIT_S))

    def piece_of(self, queue: deque[bytes | memoryview]) -> bytes | deque[bytes | memoryview]:
        """What may leave now of a queue that is not empty. Each element is a frame, or the rest of one."""
        if self.joins:
            return queue
        first = queue[0]
        if isinstance(first, bytes):
            self._piece_bytes = max(self._wanted_bytes, -(-len(first) // MOST_PIECES))
        return bytes(first[: self._piece_bytes])
