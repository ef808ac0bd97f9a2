"""The Tk side's end of the event queue: asks for events with after(), a bounded number a turn.

At most 200 events or 8 ms of work a turn; then again in 1 ms if more wait, else in 25 ms. Never after(0),
which would keep Tk from drawing while events pour in. Of events that only tell how something stands now, the
last of a row is handed on, and the row counts as one.
"""

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from queue import Empty
from typing import Final, Generic, TypeVar

EventT = TypeVar("EventT")

MAX_EVENTS: Final = 200
MAX_TURN_S: Final = 0.008
BUSY_MS: Final = 1
IDLE_MS: Final = 25


class EventPoller(Generic[EventT]):
    """Hands events on in batches, on the Tk thread, from `start()` until `stop()`.

    get_nowait: the next event, or raises queue.Empty. dispatch_batch: takes the events of one turn in
    order; what it raises goes to Tk's report_callback_exception, and polling goes on. only_last: kinds of
    events of which a later one says all that an earlier one did.
    """

    def __init__(self, root: tk.Misc, get_nowait: Callable[[], EventT],
                 dispatch_batch: Callable[[Sequence[EventT]], None],
                 clock: Callable[[], float] = time.perf_counter,
                 only_last: tuple[type[EventT], ...] = ()) -> None:
        self._root = root
        self._get_nowait = get_nowait
        self._dispatch_batch = dispatch_batch
        self._clock = clock
        self._only_last = only_last
        self._after_id: str | None = None

    @property
    def running(self) -> bool:
        return self._after_id is not None

    def start(self) -> None:
        """Begin polling. Does nothing if it runs already."""
        if self._after_id is None:
            self._after_id = self._root.after(BUSY_MS, self._turn)

    def stop(self) -> None:
        """End polling and cancel the waiting turn; events still queued stay queued. May be called twice."""
        if self._after_id is not None:
            self._root.after_cancel(self._after_id)
            self._after_id = None

    def drain(self) -> None:
        """Dispatch what is queued now, up to one turn's bound, without waiting for the timer."""
        self._collect_and_dispatch()

    def _turn(self) -> None:
        more = False
        try:
            more = self._collect_and_dispatch()
        finally:
            # stop() inside the dispatch has cleared the id: then no further turn is wanted.
            if self._after_id is not None:
                self._after_id = self._root.after(BUSY_MS if more else IDLE_MS, self._turn)

    def _collect_and_dispatch(self) -> bool:
        """Returns whether more may wait."""
        until = self._clock() + MAX_TURN_S
        batch: list[EventT] = []
        row: dict[type[EventT], int] = {}  # where those stand in the batch that a later one would replace
        more = True
        while len(batch) < MAX_EVENTS and self._clock() < until:
            try:
                event = self._get_nowait()
            except Empty:
                more = False
                break
            if not isinstance(event, self._only_last):
                row.clear()
            elif type(event) in row:
                batch[row[type(event)]] = event
                continue
            else:
                row[type(event)] = len(batch)
            batch.append(event)
        if batch:
            self._dispatch_batch(batch)
        return more
