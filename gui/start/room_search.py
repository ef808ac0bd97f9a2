"""A window's search for rooms: an engine of its own from the first question on, and none before."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path

from gui.poller import EventPoller
from netcore.engine import (
    Engine,
    Event,
    Failed,
    FoundRoom,
    RoomsFound,
    Search,
    SearchConfig,
    Stop,
    start_search,
)
from netcore.errors import LocalChatError


class RoomSearch:
    """Asks the network while `ask(True)` holds; `on_rooms` gets the whole list after each change."""

    def __init__(self, root: tk.Misc, data_dir: Path, on_rooms: Callable[[Sequence[FoundRoom]], None],
                 on_problem: Callable[[LocalChatError], None]) -> None:
        self._root = root
        self._data_dir = data_dir
        self._on_rooms, self._on_problem = on_rooms, on_problem
        self._engine: Engine | None = None
        self._poller: EventPoller[Event] | None = None
        self.asking = False

    def ask(self, on: bool) -> None:
        """Ask from now on, or no more."""
        if on == self.asking:
            return
        self.asking = on
        if self._engine is not None:
            self._engine.submit(Search(on))
        elif on:
            self._engine = start_search(SearchConfig(self._data_dir))
            self._poller = EventPoller(self._root, self._engine.events.get_nowait, self._take,
                                       only_last=(RoomsFound,))
            self._poller.start()

    def stop(self) -> None:
        """End it; its thread ends by itself."""
        self.asking = False
        if self._poller is not None:
            self._poller.stop()
        if self._engine is not None:
            self._engine.submit(Stop())
        self._engine = self._poller = None

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RoomsFound):
                self._on_rooms(event.rooms)
            elif isinstance(event, Failed):
                self._on_problem(event.error)
