"""The judge itself: each broken promise is seen, an honest run passes."""

from __future__ import annotations

import pytest

from tests.faults.checker import Row, Verdict, judge

HONEST: tuple[list[Row], dict[str, list[Row]]] = (
    [(1, "a1"), (2, "b1"), (3, "a2")],
    {"ada": [(1, "a1"), (2, "b1"), (3, "a2")], "ben": [(2, "b1"), (3, "a2")]},
)


def verdict(
    log: list[Row] = HONEST[0],
    displays: dict[str, list[Row]] = HONEST[1],
    acknowledged: tuple[str, ...] = ("a1", "a2"),
    attempts: tuple[str, ...] = ("a1", "a2"),
) -> Verdict:
    return judge({"ada": attempts, "ben": ["b1"]}, {"ada": acknowledged, "ben": ["b1"]}, log, displays)


def test_an_honest_run_passes_and_a_late_joiner_needs_no_past() -> None:
    assert verdict().passed


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (verdict(acknowledged=("a1", "a2", "a3"), attempts=("a1", "a2", "a3")), "lost"),
        (verdict(attempts=("a1", "a2", "a3")), "unsent"),
        (verdict(log=[(1, "a1"), (2, "b1"), (3, "a2"), (4, "a1")], displays={}), "duplicated"),
        (verdict(displays={"ada": [(1, "a1"), (1, "a1"), (2, "b1"), (3, "a2")]}), "duplicated"),
        (verdict(displays={"ada": [(1, "a1"), (3, "a2"), (2, "b1")]}), "out_of_order"),
        (verdict(attempts=("a2", "a1")), "out_of_order"),
        (verdict(displays={"ada": [(1, "a1"), (2, "b1"), (3, "a2"), (4, "x")]}), "unexpected"),
        (verdict(attempts=("a1",), acknowledged=("a1",)), "unexpected"),
        (verdict(displays={"ada": [(1, "a1"), (3, "a2")]}), "missing"),
    ],
)
def test_each_broken_promise_is_counted(broken: Verdict, field: str) -> None:
    assert getattr(broken, field) > 0
    assert not broken.passed
