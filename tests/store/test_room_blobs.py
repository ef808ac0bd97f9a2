"""What a room's database knows of the files in it, and what of that a migration keeps (PROTOCOL §14.4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore import limits
from netcore.errors import StorageFull
from netcore.store.database import Database
from netcore.store.room_log import Again, Attempt, HeldWhisper, NotTaken, RoomLog, Stored
from netcore.store.room_tables import APPLICATION_ID, MIGRATIONS
from netcore.store.soundness import UNREADABLE_TEXT
from netcore.wire.codec import encode_file
from netcore.wire.codes import Refusal
from netcore.wire.messages import File

ADA, BEN = bytes([1]) * 32, bytes([2]) * 32
STREAM = bytes([3]) * 16
HOUR_MS = 3_600_000


def file(number: int = 1, size: int = 5) -> File:
    return File(number.to_bytes(16, "big"), "plan.pdf", size, bytes(32), bytes(range(32)))


def share(what: File, n: int = 1, member_id: bytes = ADA) -> Attempt:
    return Attempt(member_id, "Ada", STREAM, n, what)


@pytest.fixture
def log() -> Iterator[RoomLog]:
    made = RoomLog.open(None, os.urandom)
    yield made
    made.close()


def put(log: RoomLog, what: File, member_id: bytes = ADA, age_ms: int = 0) -> None:
    log.begin_blob(what.blob, member_id, what.size, age_ms)
    log.set_chunks(what.blob, 1, True, age_ms)


def test_a_file_is_a_message(log: RoomLog) -> None:
    """It comes back as it was said, has a row hash of its own, and is answered again."""
    put(log, file())
    (stored,) = log.commit([share(file())], 7)
    assert isinstance(stored, Stored) and (stored.said.text, stored.said.file) == ("", file())
    assert log.read(0, 10)[1] == log.read_before(2, 10) == (stored.said,)
    assert log.row_hash_at(1) is not None
    assert log.commit([share(file())], 8) == [Again(1)]
    other = File(file().blob, "other.pdf", 5, bytes(32), bytes(range(32)))
    assert log.commit([share(other)], 8) == [NotTaken(Refusal.CONFLICT)]
    assert log.commit([Attempt(ADA, "Ada", STREAM, 1, "text")], 8) == [NotTaken(Refusal.CONFLICT)]


def test_a_refusal_uses_up_its_number(log: RoomLog) -> None:
    assert log.commit([share(file())], 7) == [NotTaken(Refusal.NO_FILE)]
    put(log, file())
    assert log.commit([share(file())], 7) == [NotTaken(Refusal.NO_FILE)]  # the same answer
    assert isinstance(log.commit([share(file(), 2)], 7)[0], Stored)


def test_two_messages_of_one_turn_share_it_once(log: RoomLog) -> None:
    put(log, file())
    first, second = log.commit([share(file()), share(file(), 2)], 7)
    assert isinstance(first, Stored) and second == NotTaken(Refusal.NO_FILE)


def test_what_is_forgotten_when(log: RoomLog) -> None:
    whispered, shared, left_over, begun = map(file, range(1, 5))
    for one in (whispered, shared, left_over):
        put(log, one)
    log.begin_blob(begun.blob, ADA, 5, 0)
    whisper = HeldWhisper(ADA, BEN, bytes(16), 1, bytes(256), bytes(544), 0, whispered.blob)
    log.commit([share(shared), Attempt(ADA, "Ada", STREAM, 2, whisper)], 7)
    assert (log.files_bytes(), log.files_bytes(BEN), log.open_blobs(ADA)) == (20, 0, 2)
    assert log.held_for(BEN)[0].blob == whispered.blob
    log.expire_blobs(HOUR_MS)
    assert log.take_forgotten() == []
    log.expire_blobs(HOUR_MS + 1)
    assert set(log.take_forgotten()) == {left_over.blob, begun.blob}
    log.expire_blobs(int(limits.WHISPERED_BLOB_S * 1000) + 1)
    assert log.take_forgotten() == [whispered.blob]
    log.expire_blobs(2**50)
    assert [one.blob for one in log.blobs()] == [shared.blob]


def test_with_a_full_disk_nothing_is_shared(log: RoomLog, monkeypatch: pytest.MonkeyPatch) -> None:
    put(log, file())
    log.commit([], 0)

    def full() -> None:
        raise StorageFull(why="no space")

    with monkeypatch.context() as patch:
        patch.setattr(log._db, "commit", full)
        assert log.commit([share(file())], 7) == [NotTaken(Refusal.LATER)]
    found = log.blob(file().blob)
    assert found is not None and not found.is_shared
    assert isinstance(log.commit([share(file())], 7)[0], Stored)


def test_who_may_read(log: RoomLog) -> None:
    put(log, file())
    assert not any(_may(log, member_id) for member_id in (ADA, BEN))
    whisper = HeldWhisper(ADA, BEN, bytes(16), 1, bytes(256), bytes(544), 0, file().blob)
    log.commit([Attempt(ADA, "Ada", STREAM, 1, whisper)], 7)
    assert _may(log, ADA) and _may(log, BEN) and not _may(log, bytes(32))


def _may(log: RoomLog, member_id: bytes) -> bool:
    found = log.blob(file().blob)
    return found is not None and found.may_be_read_by(member_id)


def test_a_room_of_before_there_were_files_goes_on(tmp_path: Path) -> None:
    """What was said and what waits is there after the migration."""
    path = tmp_path / "room.db"
    database = Database(path, APPLICATION_ID, MIGRATIONS[:3])
    with database.transaction():
        database.execute("INSERT INTO meta VALUES ('log_id', ?)", (bytes(16),))
        database.execute("INSERT INTO streams VALUES (1, ?, ?, 2)", (ADA, STREAM))
        database.execute("INSERT INTO messages VALUES (1, 1, 1, 'Ada', 5, 'hello')")
        database.execute(
            """INSERT INTO whispers (recipient, sender, msg_id, counter, c1, c2, at, age_ms)
                VALUES (?, ?, ?, 1, ?, ?, 5, 0)""",
            (BEN, ADA, bytes(16), bytes(256), bytes(544)),
        )
    database.close()
    log = RoomLog.open(path, os.urandom)
    try:
        (row,) = log.read(0, 10)[1]
        assert (row.text, row.file) == ("hello", None)
        (held,) = log.held_for(BEN)
        assert held.blob == b"" and held.is_whole
        assert held.digest == HeldWhisper(ADA, BEN, bytes(16), 1, bytes(256), bytes(544), 5).digest
        put(log, file())
        (stored,) = log.commit([share(file(), 3)], 7)
        assert isinstance(stored, Stored) and stored.said.seq == 2
    finally:
        log.close()


@pytest.mark.parametrize("damaged", ["{}", "", encode_file(file())[:-1], b"\xff", 5])
def test_a_damaged_file_shuts_nobody_out(log: RoomLog, damaged: object) -> None:
    put(log, file())
    log.commit([share(file())], 7)
    log._db.execute("UPDATE messages SET file = ?", (damaged,))
    (row,) = log.read(0, 10)[1]
    assert (row.text, row.file) == (UNREADABLE_TEXT, None)
