"""People, names, bans, mutes, switches and waiting whispers: all kept over a restart."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from netcore import limits
from netcore.store.database import Database
from netcore.store.room_log import (
    Attempt,
    Ban,
    HeldWhisper,
    KnownPerson,
    RoomLog,
    Switches,
    WhisperReport,
)
from netcore.store.room_tables import APPLICATION_ID, MIGRATIONS
from netcore.wire.codes import Refusal, WhisperOutcome
from tests.store.conftest import reopened

ADA, BEN = b"a" * 32, b"b" * 32
KEY = b"m" * 256
DAY_MS = 86_400_000


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


def test_a_name_that_could_be_taken_for_another_is_seen(log: RoomLog, path: Path) -> None:
    """PROTOCOL §6.4: by its look, whatever its letters are; not by the memory of one run."""
    log.remember(ADA, "Cop", KEY, 1_000)
    imitation = "\u0421\u043e\u0440"  # in Cyrillic letters
    for _ in range(2):
        assert log.mistaken_for(imitation, BEN, 2_000) == ADA
        assert log.mistaken_for("C0p", BEN, 2_000) == ADA
        assert log.mistaken_for(imitation, ADA, 2_000) is None, "one's own"
        assert log.mistaken_for("Dora", BEN, 2_000) is None
        assert log.mistaken_for(imitation, BEN, 1_001 + 30 * DAY_MS) is None, "it has lapsed"
        log = reopened(log, path)
    log.remember(ADA, "Adele", KEY, 3_000)
    assert log.mistaken_for(imitation, BEN, 4_000) is None, "she has another one now"
    log.release_name("adele")
    assert log.mistaken_for("Ade1e", BEN, 4_000) is None
    log.close()


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
    log.commit([Attempt(ADA, "Ada", b"s" * 16, number, one)], at_ms, age_ms=at_ms)
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


def test_the_room_s_age_is_kept(log: RoomLog, path: Path) -> None:
    """PROTOCOL §12.2: "30 days" of the room, however often it was closed meanwhile."""
    assert log.age() == (0, 0, 0)
    log.keep_age(5, 6, 7)
    log = reopened(log, path)
    assert log.age() == (5, 6, 7)
    log.close()


def test_an_older_file_counts_from_now_on(path: Path) -> None:
    """What it kept was read from a wall clock that may have been wrong."""
    Database(path, APPLICATION_ID, MIGRATIONS[:1]).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO people VALUES (?, 'Ada', 'ada', ?, ?)", (ADA, KEY, 1_760_000_000_000))
    held = (BEN, ADA, b"i" * 16, b"1" * 256, b"2" * 544)
    connection.execute("INSERT INTO whispers VALUES (1, ?, ?, ?, 1, ?, ?, 1000)", held)
    connection.commit()
    connection.close()
    log = RoomLog.open(path, os.urandom)
    assert log.person(ADA) == KnownPerson(ADA, "Ada", KEY, 0)
    assert log.owner_of("ada", 30 * DAY_MS) == ADA and log.owner_of("ada", 30 * DAY_MS + 1) is None
    assert log.expire_whispers(30 * DAY_MS) == () and len(log.expire_whispers(30 * DAY_MS + 1)) == 1
    log.close()


def people(log: RoomLog, monkeypatch: pytest.MonkeyPatch, count: int) -> list[bytes]:
    """A room that knows as many keys as it may; none has said anything."""
    monkeypatch.setattr(limits, "MEMBERS_KNOWN", count)
    ids = [bytes([number]) * 32 for number in range(1, count + 1)]
    for one in ids:
        log.remember(one, f"name {one[0]}", KEY, 0)
    return ids


def known(log: RoomLog, ids: list[bytes]) -> list[int]:
    return [one[0] for one in ids if log.person(one) is not None]


def test_keys_that_come_in_masses_are_forgotten_not_those_before_them(
    log: RoomLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §9: of those who are away the newest that said nothing goes, with its name."""
    ids = people(log, monkeypatch, 6)
    here, muted, waits_for = ids[5], ids[4], ids[3]
    log.set_mute(muted, True)
    log.commit([Attempt(ids[2], "Ada", b"s" * 16, 1, "hello")], 1)
    one = HeldWhisper(ids[2], waits_for, b"i" * 16, 1, b"1" * 256, b"2" * 544, 1)
    log.commit([Attempt(ids[2], "Ada", b"s" * 16, 2, one)], 1)
    log.remember(ADA, "Ada", KEY, 0, {here})
    assert known(log, ids) == [1, 3, 4, 5, 6] and log.owner_of("name 2", 0) is None
    log.remember(ADA, "Ada", KEY, 0, {here})  # again: not new
    assert known(log, ids) == [1, 3, 4, 5, 6]
    log.remember(BEN, "Ben", KEY, 0, {here, ADA})
    assert known(log, ids) == [3, 4, 5, 6]
    assert log.confirm(waits_for, ids[2], b"i" * 16)
    log.remember(b"c" * 32, "Cid", KEY, 0, {here, ADA, BEN, waits_for})
    assert known(log, ids) == [4, 5, 6], "one that has said something, when there is no other"
    assert log.last_n(ids[2], b"s" * 16) == 2, "what it said is in the log, and is never taken twice"


def test_who_said_nothing_until_its_name_lapsed_is_forgotten_once_there_are_many(
    log: RoomLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = people(log, monkeypatch, 4)
    log.commit([Attempt(ids[1], "Ada", b"s" * 16, 1, Refusal.EMPTY)], 1)
    log.forget_lapsed(30 * DAY_MS, ())
    assert known(log, ids) == [1, 2, 3, 4]
    log.forget_lapsed(30 * DAY_MS + 1, {ids[0]})
    assert known(log, ids) == [1, 2]
    log.forget_lapsed(30 * DAY_MS + 1, ())
    assert known(log, ids) == [1, 2], "two of four are not many"


def test_reports_are_bounded_for_one_and_for_all(log: RoomLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §9: "200 of one sender, 50,000 of all"."""
    monkeypatch.setattr(limits, "REPORTS_PER_SENDER", 3)
    monkeypatch.setattr(limits, "REPORTS_KEPT", 5)
    for number in range(4):
        log.leave_report(ADA, WhisperReport(BEN, bytes([number]) * 16, WhisperOutcome.DELIVERED))
    assert [report.msg_id[0] for _, report in log.reports_for(ADA)] == [1, 2, 3]
    for number in range(4):
        log.leave_report(bytes([number]) * 32, WhisperReport(BEN, b"i" * 16, WhisperOutcome.DELIVERED))
    assert [report.msg_id[0] for _, report in log.reports_for(ADA)] == [3]
