"""Token buckets: how fast somebody may go on (PROTOCOL §9). The clock is passed in.

A bucket fills at a rate up to a burst; what is done takes from it. `spend` may go into debt, for what has
arrived already and cannot be refused: the caller then rests for `wait_s`. `try_spend` is for what can be
turned away.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from netcore import limits

# A rounding error is no debt: it would wake the caller for nothing.
_ROUNDING: Final = 1e-9


class TokenBucket:
    """`rate_per_s` tokens a second, at most `burst` at once; full at first."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def spend(self, amount: float, now: float) -> None:
        """Takes `amount`, into debt if need be."""
        self._fill(now)
        self._level -= amount

    def try_spend(self, amount: float, now: float) -> bool:
        """Takes `amount` if there is that much; whether it did."""
        self._fill(now)
        if self._level < amount - _ROUNDING:
            return False
        self._level -= amount
        return True

    def wait_s(self, now: float, amount: float = 0.0) -> float:
        """Seconds until there is `amount`, a debt being paid first; 0 if there is."""
        self._fill(now)
        missing = amount - self._level
        return missing / self._rate if missing > _ROUNDING else 0.0

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._level >= self._burst

    def _fill(self, now: float) -> None:
        if self._at is not None and now > self._at:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now


class AddressBuckets:
    """A bucket for each address, in bounded memory."""

    def __init__(
        self, rate_per_s: float, burst: float, max_addresses: int = limits.ADDRESSES_COUNTED
    ) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._max_addresses = max_addresses
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()  # the longest unused first

    def take(self, address: str, now: float) -> bool:
        """Takes one token of this address, if it has one; whether it did."""
        bucket = self._buckets.pop(address, None) or TokenBucket(self._rate, self._burst)
        self._buckets[address] = bucket
        allowed = bucket.try_spend(1.0, now)
        self._forget(now)
        return allowed

    def _forget(self, now: float) -> None:
        """Drops what need not be remembered: a full bucket is as good as none. Two a call keep up."""
        for _ in range(2):
            oldest = next(iter(self._buckets))
            # Above the limit even an unpaid one goes. Somebody with that many addresses is held back by
            # the bucket that counts them all together.
            if len(self._buckets) <= self._max_addresses and not self._buckets[oldest].is_full(now):
                return
            del self._buckets[oldest]
            if not self._buckets:
                return

    def __len__(self) -> int:
        return len(self._buckets)


class Share:
    """What one member may send: so many messages, so many bytes; and how much of files, to and fro."""

    __slots__ = ("_files", "_files_rate", "bytes", "messages")

    def __init__(self, messages: TokenBucket, in_bytes: TokenBucket, files: tuple[float, float]) -> None:
        """`files` is (rate_per_s, burst)."""
        self.messages = messages
        self.bytes = in_bytes
        self._files_rate = files
        self._files: TokenBucket | None = None  # made with the first file: most members never need it

    def spend_on_files(self, size_bytes: int, now: float) -> None:
        """So many bytes of files have come from the member, or go to it. They may be a debt."""
        if self._files is None:
            self._files = TokenBucket(*self._files_rate)
        self._files.spend(size_bytes, now)

    def files_wait_s(self, now: float) -> float:
        """Seconds until the bytes of files are paid."""
        return 0.0 if self._files is None else self._files.wait_s(now)

    def wait_s(self, now: float, messages: int) -> float:
        """Seconds until so many messages may be taken and the bytes are paid."""
        wait_s = max(self.messages.wait_s(now, messages), self.bytes.wait_s(now))
        return wait_s if self._files is None else max(wait_s, self._files.wait_s(now))

    def is_full(self, now: float) -> bool:
        if self._files is not None and not self._files.is_full(now):
            return False
        return self.messages.is_full(now) and self.bytes.is_full(now)


class Shares:
    """The shares of a room's members. One that comes again finds its share as it left it, refilled since."""

    def __init__(
        self,
        messages: tuple[float, float],
        in_bytes: tuple[float, float],
        max_kept: int = limits.SHARES_KEPT,
        files: tuple[float, float] = (limits.FILE_BYTES_PER_S, limits.FILE_BURST_BYTES),
    ) -> None:
        """`messages`, `in_bytes` and `files` are (rate_per_s, burst)."""
        self._messages = messages
        self._bytes = in_bytes
        self._files = files
        self._max_kept = max_kept
        self._kept: OrderedDict[bytes, Share] = OrderedDict()  # of those who are away; longest away first

    def new(self) -> Share:
        """A full one."""
        return Share(TokenBucket(*self._messages), TokenBucket(*self._bytes), self._files)

    def claim(self, member_id: bytes) -> Share:
        """The member's, which is its connection's until `release`."""
        return self._kept.pop(member_id, None) or self.new()

    def release(self, member_id: bytes, share: Share, now: float) -> None:
        """The connection is over. Kept until it is full again, some seconds: a full one is as good as new."""
        self._kept[member_id] = share
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= self._max_kept and not self._kept[oldest].is_full(now):
                return
            del self._kept[oldest]

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)
