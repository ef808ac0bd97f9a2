"""Files on their way to a client: written in the worker pool, perhaps slower than they come (§14.3)."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from netcore import limits
from netcore.crypto.blob import BlobCipher
from netcore.errors import MessageError
from netcore.net.api.commands import GetFile
from netcore.net.api.events import FileReceived, FileRefused
from netcore.net.client.downloads import Downloads
from netcore.net.files.target import Target
from netcore.wire.messages import File, GetBlob, StopBlob
from tests.net.client.kit import RoomAtHand

CONTENT = os.urandom(40 * 65_536)


class Getting:
    """A client in a room that has asked for a file; the test plays server and worker pool."""

    def __init__(self, folder: Path) -> None:
        self.held: list[bool] = []
        self.at_hand = RoomAtHand(hold=self.held.append)
        self.at_hand.go_live()
        self.file = File(bytes(16), "plan.pdf", len(CONTENT), hashlib.sha256(CONTENT).digest(), bytes(32))
        self.cipher = BlobCipher(self.file.k, self.file.blob, self.file.size)
        self.downloads: Downloads = self.at_hand.room._downloads
        self.downloads.shown(self.file)
        self.downloads.get(GetFile(self.file.blob.hex(), folder))
        self.came = 0

    def come(self, count: int = 1) -> None:
        for _ in range(count):
            plaintext = CONTENT[self.came * 65_536 :][:65_536]
            sealed = self.cipher.seal(self.came, plaintext)
            self.downloads.on_chunk(self.file.blob, self.came, sealed)
            self.came += 1

    def work(self) -> None:
        """Until nothing more happens without the server."""
        while self.at_hand.loop.jobs or self.at_hand.loop.timers:
            self.at_hand.loop.run_timers()
            self.at_hand.loop.run_jobs()


@pytest.fixture
def getting(tmp_path: Path) -> Getting:
    return Getting(tmp_path)


def test_it_holds_the_server_while_much_waits(getting: Getting, tmp_path: Path) -> None:
    """What has come is bounded, however slow the pool is; it goes on when little is left."""
    first = limits.CHUNKS_IN_FLIGHT
    getting.come(first - 1)
    assert getting.held == []
    getting.come()
    assert getting.held == [True]
    getting.work()
    assert getting.held == [True, False]
    getting.come(40 - first)
    getting.work()
    (received,) = getting.at_hand.of(FileReceived)
    assert received.path == tmp_path / "plan.pdf" and received.path.read_bytes() == CONTENT


def test_frames_that_overlap_are_taken_once(getting: Getting, tmp_path: Path) -> None:
    """§14.3: what was on its way before it was asked again comes twice, cut elsewhere."""
    sealed = [
        getting.cipher.seal(i, CONTENT[i * 65_536 :][:65_536]) for i in range(-(-len(CONTENT) // 65_536))
    ]
    for first in [0, *range(2, len(sealed), 3)]:
        getting.downloads.on_chunk(getting.file.blob, first, b"".join(sealed[first : first + 4]))
        getting.work()
    (received,) = getting.at_hand.of(FileReceived)
    assert received.path.read_bytes() == CONTENT


@pytest.mark.parametrize("first", [1, 0])
def test_chunks_behind_a_hole_or_the_end_are_a_fault(getting: Getting, first: int) -> None:
    """§14.3."""
    with pytest.raises(MessageError):
        count = 4 if first else -(-len(CONTENT) // 65_536) + 1
        getting.downloads.on_chunk(getting.file.blob, first, bytes(65_552 * count))


def test_what_one_turn_brings_is_one_job(getting: Getting) -> None:
    getting.come(5)
    assert not getting.at_hand.loop.jobs
    getting.at_hand.loop.run_timers()
    assert len(getting.at_hand.loop.jobs) == 1
    getting.at_hand.loop.run_jobs()
    assert getting.downloads._queue[getting.file.blob].written == 5


def test_a_cancel_lets_go_of_the_server(getting: Getting, tmp_path: Path) -> None:
    """Also of what the pool is at work on: nothing is left, and no other file is written to."""
    getting.come(limits.CHUNKS_IN_FLIGHT + 3)
    getting.at_hand.loop.run_timers()
    assert getting.held == [True] and getting.at_hand.loop.jobs
    getting.downloads.cancel(getting.file.blob)
    assert getting.held == [True, False]
    assert StopBlob(getting.file.blob) in getting.at_hand.sent
    getting.work()
    assert [event.code for event in getting.at_hand.of(FileRefused)] == ["cancelled"]
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_behind_what_came_also_if_that_waits(getting: Getting) -> None:
    """After a cut nothing is asked for twice."""
    getting.come(5)
    getting.downloads.disconnected()
    getting.downloads.connected()
    assert [one.first for one in getting.at_hand.sent if isinstance(one, GetBlob)] == [0, 5]
    getting.come(35)
    getting.work()
    assert getting.at_hand.of(FileReceived)


@pytest.mark.parametrize("at", [0, 20, 39])
def test_one_damaged_chunk_ends_it(getting: Getting, tmp_path: Path, at: int) -> None:
    getting.come(at)
    sealed = getting.cipher.seal(at, CONTENT[at * 65_536 :][:65_536])
    getting.downloads.on_chunk(getting.file.blob, at, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    getting.work()
    assert [event.code for event in getting.at_hand.of(FileRefused)] == ["damaged"]
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_meanwhile_is_not_passed_over(
    getting: Getting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says once that something could not be written: then the file does not get its name."""
    monkeypatch.setattr(limits, "CHUNKS_PER_SYNC", 8)
    real, syncs = Target.sync, []

    def once(self: Target) -> None:
        syncs.append(self)
        if len(syncs) == 1:
            raise OSError(errno.EIO, "Input/output error")
        real(self)

    monkeypatch.setattr(Target, "sync", once)
    getting.come(40)
    getting.work()
    assert [event.code for event in getting.at_hand.of(FileRefused)] == ["not_saved"]
    assert list(tmp_path.iterdir()) == []
