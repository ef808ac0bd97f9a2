"""Where two runs of bytes differ: a frame before an attack and after it, or two frames side by side. Pure."""

from __future__ import annotations

from collections.abc import Collection


def first_difference(one: bytes, other: bytes) -> int:
    """The index of the first byte that differs; where one is the beginning of the other, its length."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def changed(before: bytes, after: bytes) -> tuple[Collection[int], Collection[int]]:
    """Which bytes of each differ, by index. Of two lengths: what lies between their common beginning and
    their common end, so that bytes put in front do not make all that follows them differ."""
    front = first_difference(before, after)
    if len(before) == len(after):
        places = frozenset(at for at in range(front, len(before)) if before[at] != after[at])
        return places, places
    back = first_difference(before[front:][::-1], after[front:][::-1])
    return range(front, len(before) - back), range(front, len(after) - back)


def differing(data: bytes, other: bytes) -> list[tuple[int, int]]:
    """The runs (start, end) of `data` that differ from `other` at the same index, also where `other` has
    no byte any more."""
    runs: list[tuple[int, int]] = []
    for at in range(first_difference(data, other), len(data)):
        if data[at : at + 1] != other[at : at + 1]:
            if runs and runs[-1][1] == at:
                runs[-1] = runs[-1][0], at + 1
            else:
                runs.append((at, at + 1))
    return runs
