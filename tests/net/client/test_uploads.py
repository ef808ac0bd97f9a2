"""Files on their way from a client: read in the worker pool, a few chunks ahead of what is sent (§14.3)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from netcore import limits
from netcore.crypto.blob import BlobCipher, apart, digest_count
from netcore.errors import StorageFull
from netcore.net.api.events import FileRefused
from netcore.net.client.uploads import Uploads
from netcore.store.client_store import ClientStore, StoredUpload
from netcore.wire.codes import BlobRefusal
from netcore.wire.messages import BlobHave, DropBlob, PutBlob, Say
from tests.net.client.kit import RoomAtHand

CHUNKS = 60
CONTENT = os.urandom((CHUNKS - 1) * 65_536 + 7)


class Sending:
    """A client in a room that sends a file; the test plays server and worker pool."""

    def __init__(self, path: Path, store: ClientStore | None = None) -> None:
        """With the `store` of an earlier one: its next run."""
        self.chunks: list[tuple[int, bytes]] = []
        self.frames: list[int] = []  # how many chunks each had

        def send_chunk(blob: bytes, index: int, data: bytes) -> None:
            chunks = apart(data)
            self.frames.append(len(chunks))
            self.chunks += enumerate(chunks, index)
            assert index + len(chunks) <= digest_count(self.stored.digests), "sealed before it was bound"

        self.at_hand = RoomAtHand(store, send_chunk=send_chunk)
        self.at_hand.go_live()
        self.uploads: Uploads = self.at_hand.room._uploads
        if store is None:
            path.write_bytes(CONTENT)
            self.uploads.send(1, path, None)
            self.at_hand.loop.run_jobs()
        self.blob = next(one.blob for one in self.at_hand.sent if isinstance(one, PutBlob))

    @property
    def stored(self) -> StoredUpload:
        """As the next run would find it."""
        (stored,) = self.at_hand.store.uploads(self.at_hand.room.fingerprint)
        return stored

    def have(self, chunks: int) -> None:
        self.uploads.on_have(BlobHave(self.blob, chunks))

    def work(self) -> None:
        """Until nothing more happens without a word of the server."""
        while self.at_hand.loop.jobs or self.at_hand.loop.timers:
            self.at_hand.loop.run_jobs()
            self.at_hand.loop.run_timers()

    @property
    def sent(self) -> list[int]:
        return [index for index, _ in self.chunks]


@pytest.fixture
def sending(tmp_path: Path) -> Sending:
    return Sending(tmp_path / "plan.pdf")


def test_all_of_it_goes_in_order_and_little_at_a_time(sending: Sending) -> None:
    """No chunk is read on the network thread; as many are under way as may be, and no more."""
    sending.have(0)
    assert sending.sent == []
    for have in range(0, CHUNKS, 8):
        sending.have(have)
        sending.work()
        assert sending.sent == list(range(min(CHUNKS, have + limits.CHUNKS_IN_FLIGHT)))
    assert max(sending.frames) == limits.CHUNKS_PER_FRAME
    cipher = BlobCipher(sending.stored.file.k, sending.blob, len(CONTENT))
    assert b"".join(cipher.open(index, data) for index, data in sending.chunks) == CONTENT
    sending.have(CHUNKS)
    (shared,) = [one.file for one in sending.at_hand.sent if isinstance(one, Say) and one.file]
    assert (shared.blob, shared.sha256) == (sending.blob, hashlib.sha256(CONTENT).digest())


def test_what_is_read_ahead_is_bounded(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the server's answer: so much and a half, and a frame, of one file at a time."""
    monkeypatch.setattr(limits, "CHUNKS_PER_READ", 16)
    sending.have(0)
    sending.work()
    upload = sending.uploads._queue[sending.blob]
    assert 8 <= len(upload.read) < 16 + 8 and not upload.reading
    assert upload.sealed_count <= limits.CHUNKS_PER_FRAME


@pytest.mark.parametrize("have", [0, 3, 8, 13, 16])
def test_after_a_cut_it_goes_on_where_the_server_is(sending: Sending, have: int) -> None:
    """Also with a job of before the cut under way; a chunk that is sent again is the same bytes."""
    sending.have(0)
    sending.work()
    sending.have(8)
    assert sending.at_hand.loop.jobs or sending.at_hand.loop.timers
    sending.uploads.disconnected()
    sending.uploads.connected()
    before = len(sending.chunks)
    sending.have(have)
    sending.work()
    assert sending.sent[before:] == list(range(have, have + limits.CHUNKS_IN_FLIGHT))
    for index in range(CHUNKS):
        assert len({data for number, data in sending.chunks if number == index}) <= 1


def test_a_pause_keeps_nothing_ready(sending: Sending) -> None:
    sending.have(0)
    sending.work()
    sending.uploads.pause(sending.blob, True)
    upload = sending.uploads._queue[sending.blob]
    assert upload.ready == upload.next
    sending.uploads.pause(sending.blob, False)
    before = len(sending.chunks)
    sending.have(5)
    sending.work()
    assert sending.sent[before:] == list(range(5, 5 + limits.CHUNKS_IN_FLIGHT))


@pytest.mark.parametrize("how", ["cancelled", "refused", "closed"])
def test_the_end_of_it_while_the_pool_reads(sending: Sending, how: str) -> None:
    """What is read then is thrown away, and no other file is read."""
    sending.have(0)
    assert sending.at_hand.loop.jobs
    match how:
        case "cancelled":
            sending.uploads.cancel(sending.blob)
        case "refused":
            sending.uploads.on_refused(sending.blob, BlobRefusal.ROOM_FULL)
        case "closed":
            sending.uploads.close()
    sending.work()
    assert sending.sent == []
    codes = [event.code for event in sending.at_hand.of(FileRefused)]
    assert len(codes) == (0 if how == "closed" else 1)
    assert (DropBlob(sending.blob) in sending.at_hand.sent) is (how != "closed")


def test_a_file_that_changes_is_not_sent_further(
    sending: Sending, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHUNKS_PER_READ", 16)
    sending.have(0)
    sending.work()
    (tmp_path / "plan.pdf").write_bytes(CONTENT[:-1])
    for have in range(8, CHUNKS, 8):
        sending.have(have)
        sending.work()
    assert [event.code for event in sending.at_hand.of(FileRefused)] == ["file_changed"]
    assert CHUNKS - 1 not in sending.sent


def test_the_next_run_seals_what_this_one_did(sending: Sending, tmp_path: Path) -> None:
    """Killed in the middle: no chunk that may have left is another afterwards, whatever the server says."""
    path = tmp_path / "plan.pdf"
    sending.have(0)
    sending.work()
    sent = dict(sending.chunks)
    again = Sending(path, sending.at_hand.store)
    again.have(3)
    again.work()
    assert len(again.chunks) == limits.CHUNKS_IN_FLIGHT
    assert all(sent.get(index, data) == data for index, data in again.chunks)
    path.write_bytes(b"x" + CONTENT[1:])
    third = Sending(path, sending.at_hand.store)
    third.have(0)
    third.work()
    assert third.chunks == []
    assert [event.code for event in third.at_hand.of(FileRefused)] == ["file_changed"]


def test_what_is_not_kept_is_not_sealed(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the digests should be kept: nothing leaves; then it goes on."""
    store = sending.at_hand.store

    def full(*_: object) -> StoredUpload:
        raise StorageFull(path="history.db", why="full")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "upload_was_read", full)
        sending.have(0)
        sending.work()
    assert sending.sent == [] and len(sending.at_hand.storage_errors) == 1
    sending.uploads.disconnected()  # as the client does then
    sending.uploads.connected()
    sending.have(0)
    sending.work()
    assert sending.sent == list(range(limits.CHUNKS_IN_FLIGHT))


def test_a_server_with_more_than_was_ever_read(sending: Sending) -> None:
    """Our store is a copy of an earlier day: of what was sealed since then nothing is known."""
    sending.have(2)
    assert sending.sent == []
    assert [event.code for event in sending.at_hand.of(FileRefused)] == ["not_taken"]
    assert DropBlob(sending.blob) in sending.at_hand.sent
