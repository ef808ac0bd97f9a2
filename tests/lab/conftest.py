"""Real rooms with a tap in them: server, Ada through the tap, others beside it, all on 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netcore.net.loop import THREAD_NAME
from tests.lab.room import LabRoom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LabRoom]:
    """A server and a tap in front of it, and nobody yet; all have ended after the test."""
    with closing(LabRoom(tmp_path / "room")) as one:
        yield one
    left = [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]
    assert not left, "a network thread outlived its room"
