"""Cells of the grid, run one after the other on a thread of their own, for whoever must not wait.

    runner = GridRunner()
    runner.ask(Cell("flip", "1.2"))        returns at once
    runner.told.get_nowait()               Began, then Ran
    runner.close()                         returns at once, too

What a cell starts is ended, and its files are removed, by the same thread, also after `close`. The cell that
runs then is given up, so that this holds the program back for as long as a room takes to close.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from netcore.errors import LocalChatError
from netcore.lab.grid import Grid, Outcome, Version
from netcore.lab.stage import StageFault

THREAD_NAME: Final = "grid"
NOT_RUN: Final = "This could not be run just now: {why}. Nothing is wrong with your room. Try it again."


class Cell(NamedTuple):
    row: str
    version: Version


@dataclass(frozen=True, slots=True)
class Began:
    cell: Cell


@dataclass(frozen=True, slots=True)
class Ran:
    """`outcome` None: it could not be run, and `trouble` is the sentence that says why."""

    cell: Cell
    outcome: Outcome | None
    trouble: str = ""


class Cells(Protocol):
    """What runs a cell: `Grid`."""

    def cell(self, row: str, version: Version) -> Outcome: ...

    def give_up(self) -> None: ...

    def close(self) -> None: ...


class GridRunner:
    """Thread: all methods are for one thread, the thread that runs the cells is its own."""

    def __init__(self, make: Callable[[], Cells] = Grid) -> None:
        """The thread starts with the first cell."""
        self.told: queue.SimpleQueue[Began | Ran] = queue.SimpleQueue()
        self._make = make
        self._asked: queue.SimpleQueue[Cell | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._cells: Cells | None = None
        self._thread: threading.Thread | None = None

    def ask(self, cell: Cell) -> None:
        """Run it when those that were asked for before are done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=THREAD_NAME)
            self._thread.start()
        self._asked.put(cell)

    def close(self) -> None:
        """What waits is not run any more, and what runs is given up. Idempotent."""
        self._closed.set()
        self._asked.put(None)
        cells = self._cells
        if cells is not None:
            cells.give_up()

    def _run(self) -> None:
        while (cell := self._asked.get()) is not None and not self._closed.is_set():
            self.told.put(Began(cell))
            try:
                cells = self._cells = self._cells or self._make()
                if self._closed.is_set():  # before there was anything to give up
                    break
                ran = Ran(cell, cells.cell(cell.row, cell.version))
            except Exception as error:  # a defect of ours, too: a cell that runs for ever would say nothing
                ran = Ran(cell, None, NOT_RUN.format(why=_why(error)))
                _close(self._cells)
                self._cells = None  # the next one starts with a room of its own
            self.told.put(ran)
        _close(self._cells)


def _why(error: Exception) -> str:
    if isinstance(error, StageFault | LocalChatError | OSError):
        return str(error).rstrip(".")
    return f"{type(error).__name__}: {error}".rstrip(".")


def _close(cells: Cells | None) -> None:
    if cells is not None:
        with contextlib.suppress(StageFault, LocalChatError, OSError):  # what hangs ends with the program
            cells.close()
