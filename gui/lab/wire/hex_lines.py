"""Bytes as the lines of a hex dump, and back from a place in the lines to a byte. Pure.

    0010  1a 00 00 e0 00 00 00 04 00 00 00 00 00 00 00 2a  ...............*

Each field is one run of colour in the hex part and one in the letters; between two runs stands a plain space,
so that fields read as ribbons even where they share a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from netcore.lab.facts import as_letters

PER_LINE: Final = 16
FEW_PER_LINE: Final = 8
"""Where there is no room for more."""


class Run(NamedTuple):
    """Bytes start..end, in the colour of a layer ("" for none)."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class HexGrid:
    """Where the bytes of `count` stand. Columns are counted in signs, lines from 1 as Tk does."""

    count: int
    per_line: int = PER_LINE

    @property
    def digits(self) -> int:
        """Hex digits of an offset: 4, or as many as the last byte needs."""
        return max(4, len(f"{max(self.count - 1, 0):x}"))

    @property
    def hex_column(self) -> int:
        return self.digits + 2

    @property
    def letter_column(self) -> int:
        return self.hex_column + 3 * self.per_line + 1

    @property
    def columns(self) -> int:
        return self.letter_column + self.per_line

    def byte_at(self, line: int, column: int) -> int | None:
        """The byte at a place of the text, or None beside them."""
        if column >= self.letter_column:
            place = column - self.letter_column
        elif column >= self.hex_column:
            place = (column - self.hex_column) // 3
        else:
            return None
        index = (line - 1) * self.per_line + place
        return index if place < self.per_line and 0 <= index < self.count else None

    def ranges(self, start: int, end: int) -> list[str]:
        """The parts of the text that show bytes start..end: from, to, from, to …"""
        found = []
        for first in range(start - start % self.per_line, end, self.per_line):
            line = first // self.per_line + 1
            left, right = max(start, first) - first, min(end, first + self.per_line) - first
            found += [f"{line}.{self.hex_column + 3 * left}", f"{line}.{self.hex_column + 3 * right - 1}",
                      f"{line}.{self.letter_column + left}", f"{line}.{self.letter_column + right}"]
        return found


def hex_lines(data: bytes, runs: Sequence[Run], per_line: int = PER_LINE) -> list[str]:
    """Text and tag by turns, as one `insert` of a Text takes them. `runs` tile `data`."""
    grid = HexGrid(len(data), per_line)
    letters = as_letters(data)
    digits = data.hex()
    pieces: list[str] = []
    place = 0  # of the run in which the line begins
    for first in range(0, len(data), per_line):
        last = min(first + per_line, len(data))
        pieces += (f"{first:0{grid.digits}x}  ", "offset")
        parts: list[tuple[int, int, str]] = []
        while place < len(runs) and runs[place].start < last:
            run = runs[place]
            parts.append((max(run.start, first), min(run.end, last), run.role))
            if run.end > last:
                break
            place += 1
        for number, (start, end, role) in enumerate(parts):
            if number:
                pieces += (" ", "")
            pieces += (" ".join(digits[2 * at : 2 * at + 2] for at in range(start, end)), role)
        pieces += (" " * (3 * (per_line - (last - first)) + 2), "")
        for start, end, role in parts:
            pieces += (letters[start:end], role)
        pieces += ("\n", "")
    return pieces
