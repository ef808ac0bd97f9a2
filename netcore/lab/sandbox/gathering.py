"""What is seen at many ends, each on a thread of its own, brought into one order by the time it was seen.

    gathering.put("tap", event)                     from any thread
    gathering.record("server", engine.trace)        and what this recorder has, from now on
    gathering.take()                                in order; what is younger than HOLD_S waits

A person who stops and starts an engine gets a new recorder, which counts from 1 again. Here the numbers of a
place go on, so that a connection or an event is never mistaken for an older one.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from netcore.lab.lessons.model import LabEvent, Place, Seen
from netcore.trace import FrameSeen, Recorder, TraceEvent, Turn

HOLD_S: Final = 0.02
"""Longer than from the moment that an event is stamped to the moment that it lies in its queue."""


@dataclass(slots=True)
class _Source:
    """`numbers` and `connections` are added to those of its events."""

    at: Place
    recorder: Recorder
    numbers: int
    connections: int
    last_number: int = 0
    last_connection: int = 0


class Gathering:
    """`put` is for any thread, all else for one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is the recorders'."""
        self._clock = clock
        self._put: queue.SimpleQueue[tuple[float, Seen]] = queue.SimpleQueue()
        self._sources: dict[Place, _Source] = {}
        self._waiting: list[tuple[float, Seen]] = []

    def put(self, at: Place, event: LabEvent) -> None:
        self._put.put((self._clock(), Seen(at, event)))

    def record(self, at: Place, recorder: Recorder) -> None:
        """The recorder of an engine that has just been started. The one before at this place has ended."""
        numbers = connections = 0
        before = self._sources.get(at)
        if before is not None:
            self._drain(before)
            numbers = before.numbers + before.last_number
            connections = before.connections + before.last_connection
        self._sources[at] = _Source(at, recorder, numbers, connections)

    def take(self) -> list[Seen]:
        """What has come since the last time, the oldest first."""
        return self._take(self._clock() - HOLD_S)

    def take_all(self) -> list[Seen]:
        """What has come, also in this moment."""
        return self._take(float("inf"))

    def _take(self, until_s: float) -> list[Seen]:
        while True:
            try:
                self._waiting.append(self._put.get_nowait())
            except queue.Empty:
                break
        for source in self._sources.values():
            self._drain(source)
        self._waiting.sort(key=lambda one: one[0])  # stable: the order of one place stays
        ripe = next((i for i, (at_s, _) in enumerate(self._waiting) if at_s > until_s), len(self._waiting))
        taken, self._waiting = self._waiting[:ripe], self._waiting[ripe:]
        return [seen for _, seen in taken]

    def _drain(self, source: _Source) -> None:
        for event in source.recorder.drain():
            source.last_number = event.number
            source.last_connection = max(source.last_connection, event.connection)
            moved = _moved(event, source.numbers, source.connections)
            self._waiting.append((event.at_s, Seen(source.at, moved)))


def _moved(event: TraceEvent, numbers: int, connections: int) -> TraceEvent:
    """The event as the next of those from before at its place."""
    if not numbers:
        return event
    connection = event.connection + connections if event.connection else 0
    event = replace(event, number=event.number + numbers, connection=connection)
    match event:
        case FrameSeen(first_chunk=first, last_chunk=last):
            return replace(
                event,
                first_chunk=first + numbers if first else 0,
                last_chunk=last + numbers if last else 0,
            )
        case Turn(queues=queues, interest=interest):
            return replace(
                event,
                queues={number + connections: size for number, size in queues.items()},
                interest={number + connections: what for number, what in interest.items()},
            )
    return event
