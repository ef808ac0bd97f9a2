"""At most 200 events or 8 ms a turn, then after(1) if more waits, else after(25)."""

import tkinter as tk
from collections.abc import Sequence
from queue import SimpleQueue

import pytest

from gui.poller import BUSY_MS, IDLE_MS, MAX_EVENTS, EventPoller
from tests.gui.waiting import Pump


class Timers:
    """Stands for the root: notes what after() was asked for and runs it by hand."""

    def __init__(self) -> None:
        self.waiting: dict[str, object] = {}
        self.delays: list[int] = []

    def after(self, delay_ms: int, callback: object) -> str:
        self.delays.append(delay_ms)
        name = f"after{len(self.delays)}"
        self.waiting[name] = callback
        return name

    def after_cancel(self, name: str) -> None:
        del self.waiting[name]

    def turn(self) -> None:
        ((name, callback),) = self.waiting.items()
        del self.waiting[name]
        callback()  # type: ignore[operator]


def polled(queue: "SimpleQueue[int]", got: list[list[int]], clock: object = lambda: 0.0,
           ) -> tuple[Timers, EventPoller[int]]:
    timers = Timers()
    poller = EventPoller(timers, queue.get_nowait,  # type: ignore[arg-type]
                         lambda batch: got.append(list(batch)), clock)  # type: ignore[arg-type]
    poller.start()
    return timers, poller


def test_a_turn_takes_200_events_and_comes_back_at_once() -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    for number in range(450):
        queue.put(number)
    got: list[list[int]] = []
    timers, _ = polled(queue, got)
    for _ in range(4):
        timers.turn()
    assert [len(batch) for batch in got] == [MAX_EVENTS, MAX_EVENTS, 50]
    assert [number for batch in got for number in batch] == list(range(450))
    assert timers.delays == [BUSY_MS, BUSY_MS, BUSY_MS, IDLE_MS, IDLE_MS]
    assert 0 not in timers.delays


def test_a_turn_ends_after_8_ms() -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    for number in range(100):
        queue.put(number)
    now = iter(tick / 1000 for tick in range(1000))  # Each look at the clock takes a millisecond.
    got: list[list[int]] = []
    timers, _ = polled(queue, got, lambda: next(now))
    timers.turn()
    assert len(got[0]) == 7
    assert timers.delays[-1] == BUSY_MS


def test_stopping_cancels_the_waiting_turn_also_from_inside_one() -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    timers, poller = polled(queue, [])
    poller.stop()
    poller.stop()
    assert not timers.waiting and not poller.running

    queue.put(1)
    timers = Timers()
    poller = EventPoller(timers, queue.get_nowait, lambda batch: poller.stop())  # type: ignore[arg-type]
    poller.start()
    name = next(iter(timers.waiting))
    callback = timers.waiting[name]
    callback()  # type: ignore[operator]
    assert not timers.waiting


def test_polling_goes_on_after_a_failing_dispatch() -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    queue.put(1)
    timers = Timers()

    def fail(batch: Sequence[int]) -> None:
        raise RuntimeError("dispatch")

    poller = EventPoller(timers, queue.get_nowait, fail)  # type: ignore[arg-type]
    poller.start()
    with pytest.raises(RuntimeError):
        timers.turn()
    assert len(timers.waiting) == 1


def test_it_runs_on_tk(root: tk.Tk, pump: Pump) -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    got: list[int] = []
    poller = EventPoller(root, queue.get_nowait, got.extend)
    poller.start()
    queue.put(1)
    pump(lambda: got == [1])
    queue.put(2)
    pump(lambda: got == [1, 2])
    poller.stop()
    queue.put(3)
    poller.drain()
    assert got == [1, 2, 3]


def test_of_a_row_of_states_the_last_is_handed_on() -> None:
    """A hostile server sends millions of them; a message between two rows keeps its place."""
    queue: SimpleQueue[object] = SimpleQueue()
    events: list[object] = [1, 2, "a", 3, 0.5, 4, 0.25, "b", "b", *range(100_000)]
    for event in events:
        queue.put(event)
    got: list[object] = []
    timers = Timers()
    poller = EventPoller(timers, queue.get_nowait, got.extend,  # type: ignore[arg-type]
                         lambda: 0.0, (int, float))
    poller.start()
    timers.turn()
    assert got == [2, "a", 4, 0.25, "b", "b", 99_999]
