"""No thread but Tk's ends an image or a variable, whoever makes the garbage."""

from __future__ import annotations

import gc
import threading
import tkinter as tk
from collections.abc import Iterator

import pytest

from gui.garbage import Collector, due
from tests.gui.waiting import pump


@pytest.fixture
def collected_root(display: str) -> Iterator[tk.Tk]:
    made = tk.Tk()
    Collector(made)
    yield made
    if gc.isenabled():
        return  # the test has destroyed it
    made.destroy()


class Image(tk.PhotoImage):
    """Tells which thread has ended it; refers to itself, as a page's parts refer to one another."""

    def __init__(self, root: tk.Tk, ended_by: list[str]) -> None:
        super().__init__(master=root)
        self.itself = self
        self._ended_by = ended_by

    def __del__(self) -> None:
        self._ended_by.append(threading.current_thread().name)
        super().__del__()


def make_garbage(kept: list[list[int]]) -> None:
    """Many more objects than the collector leaves to themselves, from the thread of the network."""
    thread = threading.Thread(target=lambda: kept.extend([number] for number in range(100_000)),
                              name="netcore-loop")
    thread.start()
    thread.join()


def test_an_image_in_a_circle_is_ended_by_the_thread_of_tk(collected_root: tk.Tk) -> None:
    ended_by: list[str] = []
    kept: list[list[int]] = []
    Image(collected_root, ended_by)
    make_garbage(kept)
    assert ended_by == []
    pump(collected_root, lambda: ended_by == [threading.main_thread().name])


def test_what_is_left_goes_with_the_window_and_the_collector_is_given_back(collected_root: tk.Tk) -> None:
    ended_by: list[str] = []
    assert not gc.isenabled()
    Image(collected_root, ended_by)
    collected_root.destroy()
    assert ended_by == [threading.main_thread().name]
    assert gc.isenabled()


@pytest.mark.parametrize(("counts", "limits", "generation"), [
    ((20_000, 10, 10), (20_000, 10, 10), None),
    ((20_001, 3, 3), (20_000, 10, 10), 0),
    ((20_001, 11, 3), (20_000, 10, 10), 1),
    ((5, 0, 11), (20_000, 10, 10), 2),
    ((20_001, 11, 11), (0, 10, 10), 2),
    # Python 3.14.0 to 3.14.4: the old objects come a piece at a time, or never.
    ((20_000, 0, 0), (20_000, 10, 0), None),
    ((20_001, 0, 0), (20_000, 10, 0), 1),
    ((20_001, 0, 0), (0, 10, 0), None),
])
def test_the_generation_is_the_one_that_python_would_take(
    counts: tuple[int, int, int], limits: tuple[int, int, int], generation: int | None
) -> None:
    assert due(counts, limits) == generation
