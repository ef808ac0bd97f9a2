"""`wait_until`: what all other tests stand on when they wait."""

from __future__ import annotations

import pytest

from tests.waiting import wait_until


def test_it_looks_until_the_condition_holds() -> None:
    looks = iter([False, None, 0, "now", False])
    wait_until(lambda: next(looks))
    assert list(looks) == [False], "true is enough, and it looks no further"


def test_a_condition_that_never_holds_is_named() -> None:
    with pytest.raises(AssertionError, match=r"^not within 0\.01 s: the room is empty$"):
        wait_until(lambda: False, 0.01, "the room is empty")
    seen: list[int] = []
    with pytest.raises(AssertionError, match=r"looks: \d+$"):
        wait_until(lambda: seen.append(1), 0.01, lambda: f"looks: {len(seen)}")


def test_it_sleeps_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that spins takes the time of what it waits for."""
    slept: list[float] = []
    monkeypatch.setattr("tests.waiting.time.sleep", slept.append)
    looks = iter([False, False, True])
    wait_until(lambda: next(looks))
    assert len(slept) == 2 and min(slept) > 0
