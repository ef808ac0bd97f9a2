"""Where two runs of bytes differ."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.lab.difference import changed, differing, first_difference

SHORT = st.binary(max_size=30)


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [(b"", b"", 0), (b"abc", b"abc", 3), (b"abc", b"axc", 1), (b"abc", b"ab", 2), (b"", b"abc", 0)],
)
def test_the_first_difference(one: bytes, other: bytes, first: int) -> None:
    assert first_difference(one, other) == first_difference(other, one) == first


@given(SHORT, SHORT)
def test_what_is_not_changed_is_the_same_on_both_sides(before: bytes, after: bytes) -> None:
    in_before, in_after = changed(before, after)
    rest = [
        bytes(byte for i, byte in enumerate(data) if i not in places)
        for data, places in ((before, in_before), (after, in_after))
    ]
    assert rest[0] == rest[1]
    assert bool(len(in_before) or len(in_after)) == (before != after)


def test_bytes_in_front_change_nothing_behind_them() -> None:
    in_before, in_after = changed(b"hello", b"xyhello")
    assert (list(in_before), list(in_after)) == ([], [0, 1])


@given(SHORT, SHORT)
def test_the_runs_are_the_places_that_differ(data: bytes, other: bytes) -> None:
    places = [i for i in range(len(data)) if data[i : i + 1] != other[i : i + 1]]
    runs = differing(data, other)
    assert [i for start, end in runs for i in range(start, end)] == places
    assert all(end < start for (_, end), (start, _) in pairwise(runs)), "runs are whole"
