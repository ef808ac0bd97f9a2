"""Token buckets: how fast somebody may go on (PROTOCOL §9). The clock is passed in.

A bucket fills at a rate up to a burst; what is done takes from it. `spend` may go into debt, for what has
arrived already and cannot be refused: the caller then rests for `wait_s`. `try_spend` is for what can be
turned away.
"""

from __future__ import annotations

from collections import OrderedDict


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
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def wait_s(self, now: float) -> float:
        """Seconds until the debt is paid; 0 without one."""
        self._fill(now)
        # A rounding error is no debt: it would wake the caller for nothing.
        return -self._level / self._rate if self._level < -1e-9 else 0.0

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._level >= self._burst

    def _fill(self, now: float) -> None:
        if self._at is not None and now > self._at:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now


class AddressBuckets:
    """A bucket for each address, in bounded memory."""

    def __init__(self, rate_per_s: float, burst: float, max_addresses: int = 4_096) -> None:
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
            # Above the limit even an unpaid one goes. Who has that many addresses is held back by the
            # bucket that counts them all together.
            if len(self._buckets) <= self._max_addresses and not self._buckets[oldest].is_full(now):
                return
            del self._buckets[oldest]
            if not self._buckets:
                return

    def __len__(self) -> int:
        return len(self._buckets)
