"""Real rooms with a tap in them: server, Ada through the tap, others beside it, all on 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netcore.crypto.exchange import KexKey
from netcore.net.loop import THREAD_NAME
from tests.keys import pem
from tests.lab.room import LabRoom

StartRoom = Callable[..., LabRoom]


@pytest.fixture
def start_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartRoom]:
    """`start_room()` starts a server and a tap in front of it; all have ended after the test."""
    monkeypatch.setattr(KexKey, "generate", lambda random: KexKey.from_pem(pem("kex")))
    rooms: list[LabRoom] = []

    def start() -> LabRoom:
        rooms.append(LabRoom(tmp_path / f"room{len(rooms)}"))
        return rooms[-1]

    yield start
    for room in rooms:
        room.clean_up()
    left = [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]
    assert not left, "a network thread outlived its room"
