"""The host's own whispers in room.db: counters and what was shown (PROTOCOL §10.2)."""

from __future__ import annotations

import os
from pathlib import Path

from netcore.store.database import Database
from netcore.store.host_whispers import SHOWN_KEPT
from netcore.store.room_log import RoomLog, WhisperReport
from netcore.store.room_tables import APPLICATION_ID, MIGRATIONS
from netcore.wire.codes import WhisperOutcome
from tests.store.conftest import reopened

ADA, BEN = b"a" * 32, b"b" * 32


def msg_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_the_counter_is_above_every_one_before_whatever_the_clock_says(tmp_path: Path) -> None:
    """PROTOCOL §10.2: max(last + 1, Unix time in microseconds), per recipient, over restarts."""
    path = tmp_path / "room.db"
    log = RoomLog.open(path, os.urandom)
    assert log.next_host_counter(ADA, 7_200_000_000) == 7_200_000_000
    log = reopened(log, path)
    assert [log.next_host_counter(ADA, 5) for _ in range(2)] == [7_200_000_001, 7_200_000_002]
    assert log.next_host_counter(BEN, 5) == 5
    log.close()


def test_a_repetition_is_known_and_an_old_counter_is_not_taken(tmp_path: Path) -> None:
    """PROTOCOL §10.2: the same msg_id is a repetition; another one with an old counter is not shown."""
    path = tmp_path / "room.db"
    log = RoomLog.open(path, os.urandom)
    assert log.take_host_whisper(ADA, msg_id(1), 10)
    log = reopened(log, path)
    assert log.host_has_shown(ADA, msg_id(1), 10)
    for again, counter in ((1, 11), (2, 10), (2, 9)):
        assert not log.host_has_shown(ADA, msg_id(again), counter)
    assert not log.take_host_whisper(ADA, msg_id(2), 10)
    assert log.take_host_whisper(BEN, msg_id(2), 10), "another sender"
    assert log.take_host_whisper(ADA, msg_id(3), 11)
    log.close()


def test_what_was_shown_is_bounded_for_each_sender(tmp_path: Path) -> None:
    log = RoomLog.open(None, os.urandom)
    for number in range(1, SHOWN_KEPT + 6):
        assert log.take_host_whisper(ADA, msg_id(number), number)
    assert log.take_host_whisper(BEN, msg_id(1), 1)
    shown = [number for number in range(1, SHOWN_KEPT + 6) if log.host_has_shown(ADA, msg_id(number), number)]
    assert shown == list(range(6, SHOWN_KEPT + 6)) and log.host_has_shown(BEN, msg_id(1), 1)
    log.close()


def test_whom_the_host_has_compared_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    log = RoomLog.open(path, os.urandom)
    log.set_compared(BEN, True)
    log.set_compared(ADA, True)
    log = reopened(log, path)
    assert log.compared() == {ADA, BEN}
    log.set_compared(BEN, False)
    assert log.compared() == {ADA}
    log.close()


def test_news_of_whispers_outlives_the_change_of_the_schema(tmp_path: Path) -> None:
    """A sender that was away when the program was renewed still hears of its whisper."""
    path = tmp_path / "room.db"
    before = next(
        index for index, steps in enumerate(MIGRATIONS) if any("old_reports" in one for one in steps)
    )
    database = Database(path, APPLICATION_ID, MIGRATIONS[:before])
    with database.transaction():
        database.execute_many(
            "INSERT INTO reports VALUES (?, ?, ?, ?, ?)",
            [(1, ADA, BEN, msg_id(1), 1), (2, ADA, BEN, msg_id(2), 0)],
        )
    database.close()
    log = RoomLog.open(path, os.urandom)
    assert log.reports_for(ADA) == (
        (1, WhisperReport(BEN, msg_id(1), WhisperOutcome.DELIVERED)),
        (2, WhisperReport(BEN, msg_id(2), WhisperOutcome.GIVEN_UP)),
    )
    log.close()
