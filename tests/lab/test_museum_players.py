"""Who plays in the museum's rooms, where no cell of the grid shows it."""

from __future__ import annotations

import threading

import pytest

from netcore.lab.museum_players import Flood
from tests.waiting import wait_until


def test_a_flood_ends_without_a_word_when_its_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the window is closed while a cell runs: a traceback would open another one."""
    faults: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    speakers: list[threading.Thread] = []

    def say(_text: str) -> None:
        if not speakers:
            speakers.append(threading.current_thread())
            return
        raise BrokenPipeError

    flood = Flood(say, lines=100, letters=10)
    wait_until(lambda: speakers and not speakers[0].is_alive())
    assert flood.said == 1 and not faults
