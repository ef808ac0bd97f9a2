"""The age of a room: a wrong clock makes nothing older, and time away counts once two readings agree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netcore.room.age_clock import AGREE_AFTER_S, Age, AgeClock

HOUR_S = AGREE_AFTER_S
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOW_MS = 1_760_000_000_000


def run(kept: Age, wall_ms: int, hours: int = 2) -> Age:
    """An undisturbed run of some hours by a clock that shows `wall_ms` at its start."""
    clock = AgeClock(kept, 0.0, wall_ms)
    for quarter in range(1, 4 * hours + 1):
        clock.read_wall(quarter * HOUR_S / 4, wall_ms + quarter * HOUR_MS // 4)
    return clock.kept(hours * HOUR_S)


def test_an_open_room_ages_by_the_monotonic_clock() -> None:
    clock = AgeClock(Age(5_000), 100.0, NOW_MS)
    assert [clock.age_ms(100.0), clock.age_ms(101.5), clock.age_ms(90.0)] == [5_000, 6_500, 5_000]


def test_time_away_counts_once_an_hour_has_shown_that_the_clock_runs() -> None:
    first = run(Age(), NOW_MS)
    assert first.age_ms == 2 * HOUR_MS
    clock = AgeClock(first, 0.0, NOW_MS + 10 * DAY_MS)
    clock.read_wall(HOUR_S - 1, NOW_MS + 10 * DAY_MS + HOUR_MS - 1_000)
    assert clock.age_ms(HOUR_S - 1) == 3 * HOUR_MS - 1_000, "not sooner"
    clock.read_wall(HOUR_S, NOW_MS + 10 * DAY_MS + HOUR_MS)
    assert clock.age_ms(HOUR_S) == 10 * DAY_MS + HOUR_MS


def test_a_clock_40_days_ahead_for_two_seconds_makes_nothing_older() -> None:
    kept = run(Age(), NOW_MS)
    clock = AgeClock(kept, 0.0, NOW_MS + 3 * HOUR_MS + 40 * DAY_MS)
    clock.read_wall(2.0, NOW_MS + 3 * HOUR_MS + 2_000)
    clock.read_wall(HOUR_S, NOW_MS + 4 * HOUR_MS)
    assert clock.age_ms(HOUR_S) == kept.age_ms + HOUR_MS
    clock.read_wall(2 * HOUR_S, NOW_MS + 5 * HOUR_MS)
    assert clock.age_ms(2 * HOUR_S) == 5 * HOUR_MS, "and the right time counts after all"


def test_a_run_that_ends_with_a_wrong_clock_costs_nothing_later() -> None:
    kept = run(Age(), NOW_MS)
    wrong = AgeClock(kept, 0.0, NOW_MS - 40 * DAY_MS).kept(60.0)
    assert run(wrong, NOW_MS + DAY_MS).age_ms == DAY_MS + 2 * HOUR_MS


@given(year_ms=st.sampled_from([0, 1, 86_400_000, 3_786_912_000_000, 253_402_300_799_000]))
def test_a_clock_at_1970_or_in_2090_costs_nothing(year_ms: int) -> None:
    kept = run(Age(), NOW_MS)
    odd = run(kept, year_ms)
    assert odd.age_ms == kept.age_ms + 2 * HOUR_MS
    assert run(odd, NOW_MS + DAY_MS).age_ms <= DAY_MS + 4 * HOUR_MS


@given(
    runs=st.lists(
        st.tuples(
            st.integers(0, 4_000_000_000_000),
            st.lists(st.tuples(st.floats(0, 20_000), st.integers(-(10**12), 10**12)), max_size=5),
        ),
        max_size=5,
    )
)
def test_the_age_never_goes_back(runs: list[tuple[int, list[tuple[float, int]]]]) -> None:
    kept, last_ms = Age(), 0
    for wall_ms, readings in runs:
        clock, now_s = AgeClock(kept, 0.0, wall_ms), 0.0
        for step_s, set_by_ms in readings:
            now_s += step_s
            clock.read_wall(now_s, wall_ms + int(now_s * 1000) + set_by_ms)
            assert clock.age_ms(now_s) >= last_ms
            last_ms = clock.age_ms(now_s)
        kept = clock.kept(now_s)
        assert kept.age_ms >= last_ms
