"""A bounded share of the fuzzing in every test run; `make fuzz MINUTES=10` goes on."""

from __future__ import annotations

import random

from tests.faults.fuzz import Tally, Target, bend, run_target
from tests.faults.fuzz_targets import targets
from tests.faults.machine import walk


def test_bent_bytes_are_refused_or_hold() -> None:
    """Frames and JSON are refused as PROTOCOL says; so is a damaged file, which stays as it is."""
    with targets() as found:
        for target in found:
            tally = Tally()
            run_target(target, random.Random(7), 20 * target.weight, tally)
            assert (tally.inputs, tally.failures) == (20 * target.weight, 0), target.name


def test_a_target_that_fails_is_counted() -> None:
    def check(data: bytes, dice: random.Random) -> None:
        assert data != b"bent"

    tally = Tally()
    run_target(Target("stub", (b"good",), lambda data, dice: None), random.Random(1), 10, tally)
    assert tally.failures == 0
    run_target(
        Target("stub", (b"good",), lambda data, dice: check(b"bent", dice)), random.Random(1), 10, tally
    )
    assert (tally.inputs, tally.failures) == (20, 10)


def test_bending_changes_and_repeats() -> None:
    """Of one seed the same bytes, so that a failure can be had again; and hardly ever the example itself."""
    first = [bend(random.Random(seed), (b"an example",)) for seed in range(200)]
    assert first == [bend(random.Random(seed), (b"an example",)) for seed in range(200)]
    assert sum(data != b"an example" for data in first) > 150


def test_random_walks_through_the_life_of_a_room() -> None:
    """Nothing acknowledged is ever lost, whatever the order of what happens."""
    walk(examples=6, steps=20, seed=5)
