"""`lab check`: what it prints of all that is run, and that one thing amiss is enough for its exit code.

That every cell, lesson and case is what it must be, test_grid, test_solutions and test_cases show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.errors import OutputFileError
from netcore.lab import check
from netcore.lab.cases.all_cases import CASES
from netcore.lab.check import Checked, main
from netcore.lab.grid import ROWS, VERSIONS, CellOutcome, Grid, Version
from netcore.lab.grid_pinned import PINNED, pinned
from netcore.lab.grid_runner import Cell
from netcore.lab.notebook import Notebook


class StandIn(Grid):
    """Comes to what is pinned, without a room; but for the cells in `wrong`."""

    wrong: frozenset[Cell] = frozenset()

    def __init__(self) -> None:
        pass

    def cell(self, row: str, version: Version) -> CellOutcome:
        cell = Cell(row, version)
        return CellOutcome("you decide" if cell in self.wrong else pinned(*cell), f"{row}.", b"x")

    def close(self) -> None:
        pass


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def lessons(notebook: Notebook) -> Iterator[Checked]:
        yield Checked("lesson", "1 A stream, not messages", "all ticked", "Seen.", True)

    monkeypatch.setattr(check, "Grid", StandIn)
    monkeypatch.setattr(check, "lessons", lessons)
    monkeypatch.setattr(check, "CASES", CASES[:2])


def test_a_line_for_each_and_the_tables_at_the_end(quick: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = len(ROWS) * len(VERSIONS)
    assert len([line for line in lines if line.startswith("ok ")]) == cells + 1 + 2
    end = {words[0]: words[1:] for line in lines[-5:] if (words := line.split())}
    assert end["part"] == ["right", "of", "seconds"]
    assert end["cell"][:2] == [str(cells)] * 2 and end["lesson"][:2] == ["1", "1"]
    assert end["case"][:2] == ["2", "2"] and end["all"][:2] == [str(cells + 3)] * 2
    table = lines[lines.index("") + 1 :]
    assert table[0].split()[-5:] == ["1.0", "1.1", "1.2", "1.3", "Today"]
    for row, line in zip(ROWS, table[1:], strict=False):
        assert line.startswith(row.title)
        words = line.removeprefix(row.title).split("  ")
        assert [word.strip() for word in words if word.strip()] == [pinned(row.name, v) for v in VERSIONS]


def test_one_thing_amiss_is_exit_code_1(
    quick: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StandIn, "wrong", frozenset({Cell("flip", "today")}))
    assert main(as_json=True) == 1
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["name"] for one in objects if one.get("good") is False] == ["flip, today"]
    totals = {one["part"]: (one["right"], one["of"]) for one in objects if one["event"] == "total"}
    cells = len(PINNED) * len(VERSIONS)
    assert totals == {"cell": (cells - 1, cells), "lesson": (1, 1), "case": (2, 2)}
    assert objects[-1]["event"] == "checked" and objects[-1]["bad"] == 1


def test_a_report_of_it(quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.html"
    assert main(as_json=False, report=path) == 0
    assert "80 of 80 cells run" in path.read_text("utf-8")


def test_a_report_that_cannot_be_written_is_told_before_anything_is_run(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OutputFileError):
        main(as_json=False, report=tmp_path / "none" / "report.html")
    assert capsys.readouterr().out == ""
