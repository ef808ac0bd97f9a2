"""Bytes in lines, and back from a place in the lines to a byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.lab.wire.hex_lines import FEW_PER_LINE, PER_LINE, HexGrid, Run, hex_lines


@pytest.mark.parametrize("per_line", [PER_LINE, FEW_PER_LINE])
@given(data=st.binary(min_size=1, max_size=200), split=st.integers(0, 200))
def test_each_byte_stands_where_its_place_says(per_line: int, data: bytes, split: int) -> None:
    middle = min(split, len(data))
    both = Run(0, middle, "a"), Run(middle, len(data), "b")
    runs = [run for run in both if run.end > run.start]
    lines = "".join(hex_lines(data, runs, per_line)[::2]).splitlines()
    grid = HexGrid(len(data), per_line)
    assert max(map(len, lines)) <= grid.columns
    for number, byte in enumerate(data):
        hex_from, hex_to, sign_from, sign_to = (place.split(".") for place in grid.ranges(number, number + 1))
        line = lines[int(hex_from[0]) - 1]
        assert line[int(hex_from[1]) : int(hex_to[1])] == f"{byte:02x}"
        assert line[int(sign_from[1]) : int(sign_to[1])] == (chr(byte) if 0x20 <= byte < 0x7F else "·")
        for place in (hex_from, sign_from):
            assert grid.byte_at(int(place[0]), int(place[1])) == number
    assert grid.byte_at(len(lines) + 1, grid.hex_column) is None
    assert grid.byte_at(1, 0) is None
