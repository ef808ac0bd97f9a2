"""People, names, bans, mutes, switches and waiting whispers: all kept over a restart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore import limits
from netcore.store.room_log import (
    Attempt,
    Ban,
    HeldWhisper,
    KnownPerson,
    RoomLog,
    Switches,
    WhisperReport,
)
from netcore.wire.codes import WhisperOutcome

ADA, BEN = b"a" * 32, b"b" * 32
KEY = b"m" * 256
DAY_MS = 86_400_000


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


def test_a_name_belongs_to_the_first_key_that_took_it(log: RoomLog) -> None:
    """A name belongs to the first key that took it, one name per key."""
    log.remember(ADA, "Ada", KEY, 1_000)
    assert log.owner_of("ada", 2_000) == ADA
    assert log.owner_of("ben", 2_000) is None
    log.remember(ADA, "Adele", KEY, 3_000)
    assert log.owner_of("ada", 4_000) is None and log.owner_of("adele", 4_000) == ADA
    assert log.person(ADA) == KnownPerson(ADA, "Adele", KEY, 3_000)
    assert log.person(BEN) is None


def test_a_name_lapses_after_thirty_days_unseen(log: RoomLog) -> None:
    """A name lapses after 30 days unseen, exactly and one millisecond past it."""
    log.remember(ADA, "Ada", KEY, 1_000)
    assert log.owner_of("ada", 1_000 + 30 * DAY_MS) == ADA
    assert log.owner_of("ada", 1_001 + 30 * DAY_MS) is None
    log.remember(BEN, "ADA", KEY, 31 * DAY_MS)
    assert log.owner_of("ada", 31 * DAY_MS) == BEN
    assert log.person(ADA) is not None, "the key stays known, only the name has passed on"


def test_the_host_can_release_a_name(log: RoomLog) -> None:
    log.remember(ADA, "Ada", KEY, 1_000)
    log.release_name("ada")
    assert log.owner_of("ada", 1_000) is None


def test_what_the_host_decided_is_kept(log: RoomLog, path: Path) -> None:
    """Bans, mutes, read-only and slow mode are kept over restarts."""
    ban = Ban(ADA, "Ada", "192.168.1.5", "spam", 7)
    assert log.switches() == Switches()
    log.set_ban(ban)
    log.set_mute(BEN, True)
    log.set_switches(Switches(True, 10, True))
    log.remember(ADA, "Ada", KEY, 1_000)
    assert log.dirty
    log = reopened(log, path)
    assert not log.dirty
    assert log.bans() == (ban,) and log.mutes() == {BEN} and log.switches() == Switches(True, 10, True)
    assert log.owner_of("ada", 1_000) == ADA
    log.lift_ban(ADA)
    log.set_mute(BEN, False)
    log.set_mute(BEN, False)
    log = reopened(log, path)
    assert log.bans() == () and log.mutes() == frozenset()
    log.close()


def hold(log: RoomLog, number: int, at_ms: int) -> HeldWhisper:
    one = HeldWhisper(ADA, BEN, number.to_bytes(16, "big"), number, b"1" * 256, b"2" * 544, at_ms)
    log.commit([Attempt(ADA, "Ada", b"s" * 16, number, one)], at_ms)
    return one


def test_a_whisper_waits_until_it_is_confirmed(log: RoomLog, path: Path) -> None:
    """Held until the recipient confirms, over a restart, in its order."""
    whispers = (hold(log, 1, 5), hold(log, 2, 6))
    log = reopened(log, path)
    assert log.held_for(BEN) == whispers and log.held_for(ADA) == ()
    assert log.confirm(BEN, ADA, whispers[0].msg_id)
    assert not log.confirm(BEN, ADA, whispers[0].msg_id)
    assert not log.confirm(ADA, ADA, whispers[1].msg_id), "only the recipient can confirm"
    log = reopened(log, path)
    assert log.held_for(BEN) == whispers[1:]
    log.close()


def test_a_whisper_is_given_up_after_thirty_days(log: RoomLog) -> None:
    """200 for a recipient, 30 days; else refused, or reported to the sender (PROTOCOL §7.4, §9)."""
    old, young = hold(log, 1, 1_000), hold(log, 2, 1_001)
    assert log.expire_whispers(1_000 + 30 * DAY_MS) == ()
    assert not log.dirty
    assert log.expire_whispers(1_001 + 30 * DAY_MS) == (old,)
    assert log.held_for(BEN) == (young,)


def test_what_waits_of_one_sender_can_be_taken_back(log: RoomLog, path: Path) -> None:
    """PROTOCOL §7.4: given up "because the host banned its sender"."""
    whispers = tuple(hold(log, number, 1_000) for number in (1, 2))
    assert log.drop_whispers_of(BEN) == () and log.held_for(BEN) == whispers
    assert log.drop_whispers_of(ADA) == whispers
    log = reopened(log, path)
    assert log.held_for(BEN) == ()
    log.close()


def test_a_report_waits_for_its_sender(log: RoomLog, path: Path) -> None:
    """A whisper is delivered once or the sender is told, also one that is away then."""
    outcomes = list(WhisperOutcome)
    reports = [WhisperReport(BEN, number.to_bytes(16, "big"), outcomes[number % 3]) for number in range(205)]
    for report in reports:
        log.leave_report(ADA, report)
    log = reopened(log, path)
    assert log.reports_for(BEN) == ()
    kept = log.reports_for(ADA)
    assert [report for _, report in kept] == reports[-limits.WHISPERS_HELD_PER_MEMBER :]
    assert log.reports_for(ADA) == kept, "told is not read"
    log.forget_reports([number for number, _ in kept[:-1]])
    assert log.reports_for(ADA) == kept[-1:]
    log.close()


def test_what_was_not_committed_is_not_kept(log: RoomLog, path: Path) -> None:
    """Durable "with the next commit", no sooner: so the caller must commit before it tells anyone."""
    log.set_mute(BEN, True)
    log.close()
    log = RoomLog.open(path, os.urandom)
    assert log.mutes() == frozenset()
    log.close()
