"""The grid, every cell run for real and pinned: what each version does with each problem and attack."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.lab.grid import ROWS, VERSIONS, Grid, Version
from netcore.lab.grid_pinned import PINNED, pinned
from netcore.lab.stage import Stage, StageFault
from netcore.net.loop import THREAD_NAME

# What the sentence must say, so that a cell is not right for another reason.
REASONS = {
    ("two in one chunk", "1.0"): "“onetwo”",
    ("two in one chunk", "1.2"): "Extra data",
    ("half a message", "1.2"): "Unterminated string",
    ("half a letter", "1.0"): "can't decode byte 0xc3",
    ("half a letter", "1.1"): "\ufffd",
    ("half a letter", "1.2"): "UnicodeDecodeError",
    ("many people", "1.0"): "Cara, who came last",
    ("pretend", "1.3"): "both Bens",
    ("pretend", "today"): "belongs to the first key",
    ("flip", "1.0"): "“qay Ben 10”",
    ("flip", "1.2"): "“Ada: qay Ben 10”",
    ("flip", "1.3"): "MAC check failed",
    ("flip", "today"): "Caught by the tag (PROTOCOL 5.1)",
    ("replay", "1.3"): "2 times",
    ("replay", "today"): "Caught by the tag (PROTOCOL 5.1)",
    ("swap", "1.3"): "“Ada: second” and “Ada: first”",
    ("swap", "today"): "Caught by the tag (PROTOCOL 5.1)",
    ("drop", "1.2"): "“Ada: two”",
    ("drop", "today"): "Caught by the tag (PROTOCOL 5.1)",
    ("first contact", "1.3"): "Ben has it from him",
    ("known server", "today"): "pinned key (PROTOCOL 11.2)",
    ("stolen key", "1.3"): "“Ada: see you at noon”",
    ("stolen key", "today"): "unwraps the client’s secret",
}


@pytest.fixture(scope="module")
def grid() -> Iterator[Grid]:
    with Grid() as grid:
        yield grid
    left = [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]
    assert not left, "a network thread outlived the grid"


def test_the_table_is_whole() -> None:
    assert [row.name for row in ROWS] == list(dict.fromkeys(row.name for row in ROWS))
    assert set(PINNED) == {row.name for row in ROWS} and len(ROWS) >= 15
    assert all(len(cells.split()) == len(VERSIONS) for cells in PINNED.values())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("row", [row.name for row in ROWS])
def test_cell(grid: Grid, row: str, version: Version) -> None:
    outcome = grid.cell(row, version)
    assert outcome.verdict == pinned(row, version), outcome.sentence
    assert REASONS.get((row, version), "") in outcome.sentence, outcome.sentence
    assert outcome.sentence.endswith(".") and outcome.evidence


def test_a_row_that_there_is_not(grid: Grid) -> None:
    with pytest.raises(KeyError):
        grid.cell("luck", "1.0")


def test_a_stage_that_fails_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Stage("1.0", tmp_path, people=()) as stage:
        monkeypatch.setattr("netcore.lab.stage.WAIT_S", 0.01)
        with pytest.raises(StageFault, match="the sun does not rise"):
            stage.must(lambda: False, "the sun does not rise")
