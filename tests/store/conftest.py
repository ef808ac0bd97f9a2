"""A room's log, open on a file of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.store.room_log import RoomLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.db"


@pytest.fixture
def log(path: Path) -> Iterator[RoomLog]:
    log = RoomLog.open(path, os.urandom)
    yield log
    log.close()


def reopened(log: RoomLog, path: Path) -> RoomLog:
    log.commit([], 0)
    log.close()
    return RoomLog.open(path, os.urandom)
