"""A download and the store behind it: what the person hears does not hang on a disk that is full (PROTOCOL
§14.3)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from netcore.crypto.blob import BlobCipher
from netcore.errors import StorageFull
from netcore.net.api.commands import CancelFile, GetFile
from netcore.net.api.events import Failed, FileReceived, FileRefused
from netcore.session.events import FileChunkReceived
from netcore.wire.messages import File, GetBlob, Said
from tests.net.client.kit import BEN, RoomAtHand

CONTENT = b"hello"
FILE = File(bytes(16), "plan.pdf", len(CONTENT), hashlib.sha256(CONTENT).digest(), bytes(32))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RoomAtHand:
    """Ada gets a file of Ben's, and from then on her disk is full."""
    room = RoomAtHand()
    room.go_live()
    room.hear(Said(1, BEN, "Ben", bytes(16), 1, 5, "", FILE))
    room.room.submit(GetFile(FILE.blob.hex(), tmp_path))
    assert GetBlob(FILE.blob, 0) in room.sent

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(type(room.store), "drop_download", full)
    return room


def test_a_file_that_is_saved_is_told_though_it_cannot_be_noted(room: RoomAtHand, tmp_path: Path) -> None:
    sealed = BlobCipher(FILE.k, FILE.blob, FILE.size).seal(0, CONTENT)
    room.room.on_chunks([FileChunkReceived(FILE.blob, 0, sealed)])
    while room.loop.jobs or room.loop.timers:
        room.loop.run_timers()
        room.loop.run_jobs()
    assert [event.path for event in room.of(FileReceived)] == [tmp_path / "plan.pdf"]
    assert len(room.of(Failed)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["plan.pdf"]


def test_so_is_one_that_is_cancelled(room: RoomAtHand, tmp_path: Path) -> None:
    room.room.submit(CancelFile(FILE.blob.hex()))
    assert [event.code for event in room.of(FileRefused)] == ["cancelled"]
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_even_be_noted_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is our own disk that is full, not the folder that was chosen; so says the one sentence."""
    room = RoomAtHand()
    room.go_live()
    room.hear(Said(1, BEN, "Ben", bytes(16), 1, 5, "", FILE))
    error = StorageFull(why="no space")

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(room.store), "add_download", full)
    room.room.submit(GetFile(FILE.blob.hex(), tmp_path))
    (refused,) = room.of(FileRefused)
    assert (refused.code, refused.sentence) == (error.code, str(error))
    assert list(tmp_path.iterdir()) == []
