"""A search and rooms that find each other on 127.0.0.1, on UDP ports of their own."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from netcore.engine import (
    Engine,
    Event,
    Failed,
    FoundRoom,
    RoomsFound,
    SearchConfig,
    Stop,
    Stopped,
    start_search,
)
from tests.waiting import WAIT_S


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Searcher:
    """A running search and the last list that it told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[Event] = []
        self.rooms: tuple[FoundRoom, ...] = ()

    def wait(self, condition: Callable[[tuple[FoundRoom, ...]], bool]) -> tuple[FoundRoom, ...]:
        """The first list that fulfils the condition."""
        while not condition(self.rooms):
            self.take(WAIT_S)
        return self.rooms

    def take(self, timeout_s: float) -> Event:
        event = self.engine.events.get(timeout=timeout_s)
        self.told.append(event)
        if isinstance(event, RoomsFound):
            self.rooms = event.rooms
        if isinstance(event, Failed):
            raise event.error
        return event


@contextmanager
def searching(data_dir: Path, asking: bool = True) -> Iterator[Searcher]:
    engine = start_search(SearchConfig(data_dir, asking))
    try:
        yield Searcher(engine)
    finally:
        engine.submit(Stop())
        while not isinstance(engine.events.get(timeout=WAIT_S), Stopped):
            pass
        assert engine.join(WAIT_S)


class Room:
    """Somebody who answers, by hand: what is `said` goes back for each query, with its token."""

    def __init__(self, port: int, said: Callable[[bytes], list[bytes]]) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.said = said
        self.queries: list[bytes] = []

    def hear(self, timeout_s: float = WAIT_S) -> bytes:
        """The next query, answered. queue.Empty if none comes."""
        self.sock.settimeout(timeout_s)
        try:
            query, address = self.sock.recvfrom(2_000)
        except TimeoutError:
            raise queue.Empty from None
        self.queries.append(query)
        for packet in self.said(query[16:32]):
            self.sock.sendto(packet, address)
        return query
