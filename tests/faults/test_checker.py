"""The judge itself: each broken promise is seen, an honest run passes."""

from __future__ import annotations

import pytest

from tests.faults.checker import Mailbox, Row, Verdict, WhisperVerdict, judge, judge_whispers

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


PAIR = ("ada", "ben")


def box(*texts: str, sender: str = "ada") -> tuple[tuple[str, str], ...]:
    return tuple((sender, text) for text in texts)


def whispers(
    stored: tuple[tuple[str, str], ...] = box("w1", "w2"),
    shown: tuple[tuple[str, str], ...] = box("w1", "w2"),
    acknowledged: tuple[str, ...] = ("w1", "w2"),
    given_up: tuple[str, ...] = (),
    killed_before_shown: tuple[str, ...] = (),
) -> WhisperVerdict:
    attempts = {PAIR: ["w1", "w2", "w3"], ("ben", "ada"): ["v1"]}
    return judge_whispers(
        attempts, acknowledged, {"ben": Mailbox(stored, shown)}, given_up, killed_before_shown
    )


def test_whispers_that_arrive_or_are_reported_pass() -> None:
    assert whispers().passed
    assert whispers(acknowledged=("w1", "w2", "w3"), given_up=("w3",)).passed
    assert whispers(shown=box("w2"), killed_before_shown=("w1",)).passed


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (whispers(acknowledged=("w1", "w2", "w3")), "lost"),
        (whispers(shown=box("w1", "w1", "w2")), "duplicated"),
        (whispers(stored=box("w1", "w2", "w2")), "duplicated"),
        (whispers(stored=box("w2", "w1"), shown=box("w1", "w2")), "out_of_order"),
        (whispers(shown=box("w2", "w1")), "out_of_order"),
        (whispers(stored=box("w1", "w2", "x"), shown=box("w1", "w2", "x")), "unexpected"),
        (whispers(stored=box("w1", "w2", "v1"), shown=box("w1", "w2", "v1")), "unexpected"),
        (whispers(stored=box("w1")), "unexpected"),
        (whispers(shown=box("w1")), "unshown"),
    ],
)
def test_each_broken_promise_of_a_whisper_is_counted(broken: WhisperVerdict, field: str) -> None:
    assert getattr(broken, field) > 0
    assert not broken.passed
