"""Cells on a thread of their own: in the order in which they were asked for, and never in silence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from netcore.errors import FolderNotWritable
from netcore.lab.grid import Outcome, Version
from netcore.lab.grid_runner import Began, Cell, GridRunner, Ran
from netcore.lab.stage import Stage, StageFault
from tests.waiting import wait_until

FLIP = Cell("flip", "1.2")
SWAP = Cell("swap", "today")
HELD = Outcome("held", "Nothing false is shown.", b"bytes")


class Grid:
    """Stands in for the real one. `faults` are raised first, one a cell; `gate` holds a cell up."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.gate = threading.Event()
        self.gate.set()
        self.ran: list[Cell] = []
        self.made = self.closed = 0

    def make(self) -> Grid:
        self.made += 1
        return self

    def cell(self, row: str, version: Version) -> Outcome:
        self.gate.wait()
        self.ran.append(Cell(row, version))
        if self.faults:
            raise self.faults.pop(0)
        return HELD

    def give_up(self) -> None:
        self.gate.set()

    def close(self) -> None:
        self.closed += 1


def told(runner: GridRunner, count: int) -> list[Began | Ran]:
    wait_until(lambda: runner.told.qsize() >= count)
    return [runner.told.get_nowait() for _ in range(count)]


def ended(runner: GridRunner) -> None:
    runner.close()
    thread = runner._thread
    if thread is not None:
        thread.join(10.0)
        assert not thread.is_alive()


def test_in_order_with_one_grid_for_all() -> None:
    grid = Grid()
    runner = GridRunner(grid.make)
    assert grid.made == 0, "nothing is made before it is asked for"
    runner.ask(FLIP)
    runner.ask(SWAP)
    assert told(runner, 4) == [Began(FLIP), Ran(FLIP, HELD), Began(SWAP), Ran(SWAP, HELD)]
    ended(runner)
    assert (grid.made, grid.closed) == (1, 1)


def test_what_fails_says_a_sentence_and_the_next_one_gets_a_grid_of_its_own() -> None:
    grid = Grid(StageFault("Ben is not heard"), FolderNotWritable(path="/x", why="full"), IndexError("none"))
    runner = GridRunner(grid.make)
    for _ in range(4):
        runner.ask(FLIP)
    ran = [one for one in told(runner, 8) if isinstance(one, Ran)]
    assert [one.outcome for one in ran] == [None, None, None, HELD]
    assert "Ben is not heard" in ran[0].trouble and "/x" in ran[1].trouble and "IndexError" in ran[2].trouble
    assert all(one.trouble.endswith("Try it again.") and ".." not in one.trouble for one in ran[:3])
    ended(runner)
    assert (grid.made, grid.closed) == (4, 4)


def test_closed_while_one_runs() -> None:
    """It returns at once; the cell is given up and ended by its thread, and what waited is not run."""
    grid = Grid()
    grid.gate.clear()
    runner = GridRunner(grid.make)
    runner.ask(FLIP)
    runner.ask(SWAP)
    assert told(runner, 1) == [Began(FLIP)]
    runner.close()
    runner.close()
    ended(runner)
    assert grid.ran == [FLIP] and grid.closed == 1


def test_closed_before_anything_was_asked_for() -> None:
    grid = Grid()
    ended(GridRunner(grid.make))
    assert grid.made == 0


def test_a_real_cell_ends_where_it_waits(tmp_path: Path) -> None:
    """Ben is waited for, who never comes."""
    given_up = threading.Event()
    with Stage("1.0", tmp_path, given_up=given_up) as stage:
        threading.Timer(0.2, given_up.set).start()
        with pytest.raises(StageFault):
            stage.until(lambda: False, 600.0)
