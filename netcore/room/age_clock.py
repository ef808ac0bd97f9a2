"""How old a room is, when the computer's clock may be wrong (for names that lapse and whispers that wait).

The age counts the milliseconds that a room is known to have lived. While it is open, it grows with a
monotonic clock, which nobody sets. How long it was closed, only the wall clock can tell, and one reading of
that proves nothing: a clock that was 40 days ahead for two seconds must make nothing lapse. So a wall clock
is believed when it has run true for an hour: two readings that are as far apart as the monotonic clock says.
Then the time since it was last believed counts as lived, if that is possible (it is not with a clock at 1970,
nor in 2090). In doubt things are kept longer than they need be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AGREE_AFTER_S: Final = 3_600.0
AGREE_WITHIN_MS: Final = 120_000
MOST_AWAY_MS: Final = 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class Age:
    """What is kept from run to run."""

    age_ms: int = 0
    believed_wall_ms: int = 0
    """The wall clock (Unix time) when it was last believed; 0: never."""
    believed_age_ms: int = 0
    """The age at that moment."""


class AgeClock:
    """The age of one room over any number of runs. Never goes back. Pure: both clocks are passed in."""

    def __init__(self, kept: Age, now_s: float, wall_ms: int) -> None:
        """`kept` is what the last run left; `now_s` is of any monotonic clock, `wall_ms` Unix time."""
        self._kept = kept
        self._started_s = now_s
        self._lived_ms = kept.age_ms
        self._reading = (now_s, wall_ms)

    def age_ms(self, now_s: float) -> int:
        return self._lived_ms + max(0, int((now_s - self._started_s) * 1000))

    def kept(self, now_s: float) -> Age:
        """What the next run is to be given."""
        return Age(self.age_ms(now_s), self._kept.believed_wall_ms, self._kept.believed_age_ms)

    def read_wall(self, now_s: float, wall_ms: int) -> None:
        """Another reading of the wall clock, every few minutes; it counts an hour after the one before."""
        before_s, before_wall_ms = self._reading
        passed_ms = (now_s - before_s) * 1000
        if passed_ms < AGREE_AFTER_S * 1000:
            return
        self._reading = (now_s, wall_ms)
        if abs(wall_ms - before_wall_ms - passed_ms) > AGREE_WITHIN_MS:
            return  # it was set, or the computer slept; the next hour shows
        age_ms = self.age_ms(now_s)
        if self._kept.believed_wall_ms:
            since_ms = wall_ms - self._kept.believed_wall_ms
            away_ms = since_ms - (age_ms - self._kept.believed_age_ms)
            if 0 < away_ms <= MOST_AWAY_MS:
                self._lived_ms += away_ms
                age_ms += away_ms
        self._kept = Age(age_ms, wall_ms, age_ms)
