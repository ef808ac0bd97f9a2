"""The room's log: the rules for (stream, n), retention, and the full disk (PROTOCOL §7, §8)."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from netcore import limits
from netcore.errors import LogFileError
from netcore.net.client import received
from netcore.store.room_log import (
    Again,
    AgainHeld,
    Attempt,
    Held,
    HeldWhisper,
    NotTaken,
    Outcome,
    RoomLog,
    Stored,
    TooManyStreams,
    WhisperReport,
)
from netcore.store.soundness import UNREADABLE_TEXT
from netcore.wire.codec import decode_direct, encode, row_hash
from netcore.wire.codes import Refusal, WhisperOutcome
from netcore.wire.messages import Gap

ADA, BEN, CHEN = b"a" * 32, b"b" * 32, b"c" * 32
STREAM, OTHER = b"s" * 16, b"t" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.db"


@pytest.fixture
def log(path: Path) -> Iterator[RoomLog]:
    log = RoomLog.open(path, os.urandom)
    yield log
    log.close()


def say(
    n: int, what: str | HeldWhisper | Refusal = "hello", member: bytes = ADA, stream: bytes = STREAM
) -> Attempt:
    return Attempt(member, "Ada", stream, n, what)


def whisper(number: int, to: bytes = BEN, counter: int = 0) -> HeldWhisper:
    return HeldWhisper(ADA, to, number.to_bytes(16, "big"), counter or number + 1, b"1" * 256, b"2" * 544, 0)


def test_messages_are_numbered_from_one_in_their_order(log: RoomLog) -> None:
    """Order is seq; streams of two members do not disturb each other."""
    outcomes = log.commit(
        [say(1, "one"), say(1, "two", BEN), say(2, "three"), say(1, "four", ADA, OTHER)], 77
    )
    said = [outcome.said for outcome in outcomes if isinstance(outcome, Stored)]
    assert [(row.seq, row.text, row.sender, row.n, row.at) for row in said] == [
        (1, "one", ADA, 1, 77),
        (2, "two", BEN, 1, 77),
        (3, "three", ADA, 2, 77),
        (4, "four", ADA, 1, 77),
    ]
    assert log.read(0, 100) == (None, tuple(said))
    assert (log.first, log.head) == (1, 4)
    assert log.last_n(ADA, STREAM) == 2 and log.last_n(BEN, STREAM) == 1 and log.last_n(CHEN, STREAM) == 0


def test_what_was_stored_is_answered_again_by_its_seq(log: RoomLog) -> None:
    """An n <= last_n repeats the stored answer (seq, code), in the same turn and after a restart."""
    assert [type(one) for one in log.commit([say(1), say(1)], 1)] == [Stored, Again]
    log.commit([say(2, "more")], 2)
    assert log.commit([say(1), say(2, "more")], 3) == [Again(1), Again(2)]
    assert log.head == 2


def test_answers_are_the_same_after_a_restart(path: Path) -> None:
    attempts = [say(1), say(2, Refusal.TOO_LONG), say(3, whisper(1)), say(4, "x")]
    log = RoomLog.open(path, os.urandom)
    log_id = log.log_id
    log.commit(attempts, 5)
    log.close()
    log = RoomLog.open(path, os.urandom)
    assert log.log_id == log_id and log.head == 2 and log.kept
    assert log.commit(attempts, 6) == [Again(1), NotTaken(Refusal.TOO_LONG), AgainHeld(5), Again(2)]
    log.close()


def test_the_same_n_with_other_content_is_a_conflict(log: RoomLog) -> None:
    """A gap or conflict makes the client open a new stream: nothing is used up, nothing changes."""
    log.commit([say(1, "one"), say(2, whisper(1))], 1)
    conflict = NotTaken(Refusal.CONFLICT)
    assert (
        log.commit([say(1, "uno"), say(1, whisper(1)), say(2, "x"), say(2, whisper(2))], 2) == [conflict] * 4
    )
    assert log.commit(
        [say(2, HeldWhisper(ADA, BEN, whisper(1).msg_id, 2, b"1" * 256, b"3" * 528, 0))], 3
    ) == [conflict]
    assert log.last_n(ADA, STREAM) == 2 and log.head == 1 and log.held_count(BEN) == 1
    assert log.commit([say(1, "empty")], 4) == [conflict]


def test_a_text_that_reads_like_a_refusal_is_a_text(log: RoomLog) -> None:
    outcomes = log.commit([say(1, "muted"), say(2, Refusal.MUTED), say(2, "muted")], 1)
    assert isinstance(outcomes[0], Stored)
    assert outcomes[1:] == [NotTaken(Refusal.MUTED)] * 2


def test_a_gap_uses_up_nothing(log: RoomLog) -> None:
    """Only n = last_n + 1 is processed."""
    assert log.commit([say(2), say(2**53 - 1), say(1), say(3)], 1)[0] == NotTaken(Refusal.GAP)
    assert log.head == 1 and log.last_n(ADA, STREAM) == 1
    assert log.commit([say(0), say(-5)], 2) == [NotTaken(Refusal.PRUNED)] * 2


@pytest.mark.parametrize("code", sorted(set(Refusal) - {Refusal.LATER, Refusal.GAP, Refusal.CONFLICT}))
def test_a_final_refusal_uses_up_its_n(log: RoomLog, code: Refusal) -> None:
    """A final refusal consumes n in the same transaction and is repeated, whatever is sent then."""
    assert log.commit([say(1, code), say(2, "next")], 1)[0] == NotTaken(code)
    assert log.head == 1
    assert log.commit([say(1, "allowed by now"), say(1, Refusal.SLOW_MODE)], 2) == [NotTaken(code)] * 2


@pytest.mark.parametrize("code", [Refusal.LATER, Refusal.GAP, Refusal.CONFLICT])
def test_a_refusal_for_now_uses_up_nothing(log: RoomLog, code: Refusal) -> None:
    """codes.Refusal: "All but LATER, GAP and CONFLICT use up its n"."""
    assert log.commit([say(1, code)], 1) == [NotTaken(code)]
    assert isinstance(log.commit([say(1, "now")], 2)[0], Stored)


def test_a_member_that_was_muted_since_still_gets_its_answer(log: RoomLog) -> None:
    log.commit([say(1), say(2, whisper(1))], 9)
    assert log.commit([say(1, Refusal.MUTED), say(2, Refusal.MUTED)], 10) == [Again(1), AgainHeld(9)]


def test_old_refusals_are_forgotten_and_say_so(log: RoomLog) -> None:
    """At least the last 64 n of a stream are answered."""
    log.commit([say(n, Refusal.EMPTY) for n in range(1, limits.ANSWERS_KEPT + 2)], 1)
    assert log.commit([say(1)], 2) == [NotTaken(Refusal.PRUNED)]
    assert (
        log.commit([say(n) for n in range(2, limits.ANSWERS_KEPT + 2)], 2)
        == [NotTaken(Refusal.EMPTY)] * limits.ANSWERS_KEPT
    )


def test_whispers_are_held_and_counted(log: RoomLog) -> None:
    """PROTOCOL §9: "200, of one sender 50", each exactly and one past it; the refusal uses up its n."""
    number = limits.WHISPERS_HELD_PER_SENDER
    outcomes = log.commit([say(n, whisper(n)) for n in range(1, number + 2)], 4)
    assert all(isinstance(one, Held) for one in outcomes[:-1])
    assert outcomes[-1] == NotTaken(Refusal.MAILBOX_FULL)
    assert log.held_count(BEN) == log.held_count(BEN, ADA) == number and log.last_n(ADA, STREAM) == number + 1
    assert isinstance(log.commit([say(number + 2, whisper(1, to=CHEN))], 5)[0], Held)
    assert [one.counter for one in log.held_for(BEN)] == list(range(2, number + 2))
    assert log.held_for(BEN)[0].at == 4
    others = limits.WHISPERS_HELD_PER_MEMBER - number
    outcomes = log.commit([from_another(n) for n in range(others)], 6)
    assert all(isinstance(one, Held) and not one.gave_up for one in outcomes)
    (last,) = log.commit([from_another(others)], 7)
    assert isinstance(last, Held) and [one.sender for one in last.gave_up] == [ADA]
    assert log.held_count(BEN) == limits.WHISPERS_HELD_PER_MEMBER


def from_another(number: int) -> Attempt:
    """A whisper to Ben; each sender sends one."""
    sender = number.to_bytes(32, "big")
    return Attempt(sender, "Somebody", STREAM, 1, replace(whisper(1), sender=sender))


def keys(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(1, count + 1)]


def of(sender: bytes, number: int, to: bytes = BEN, size_bytes: int = 800) -> Attempt:
    held = HeldWhisper(
        sender, to, number.to_bytes(16, "big"), number, b"1" * 256, b"2" * (size_bytes - 256), 0
    )
    return Attempt(sender, "Somebody", STREAM, number, held)


def fill_mailbox(log: RoomLog, senders: list[bytes]) -> None:
    """Ben's mailbox, with whispers of these keys, which come to the room in that order."""
    for sender in senders:
        log.remember(sender, f"name {sender[-1]}", b"m" * 256, 0)
    each = limits.WHISPERS_HELD_PER_MEMBER // len(senders)
    outcomes = log.commit([of(sender, n) for n in range(1, each + 1) for sender in senders], 1)
    assert all(isinstance(one, Held) for one in outcomes)
    assert log.held_count(BEN) == limits.WHISPERS_HELD_PER_MEMBER


def test_four_keys_cannot_shut_a_mailbox(log: RoomLog) -> None:
    """PROTOCOL §7.4: who has none waiting finds a place; whoever holds most loses its oldest, and is told."""
    strangers = keys(4)
    fill_mailbox(log, strangers)
    (held,) = log.commit([of(ADA, 1)], 2)
    assert isinstance(held, Held)
    (lost,) = held.gave_up
    assert (lost.sender, lost.counter) == (strangers[3], 1), "all hold as many: the one that came last"
    assert log.held_count(BEN) == limits.WHISPERS_HELD_PER_MEMBER
    (report,) = log.reports_for(strangers[3])
    assert report[1] == WhisperReport(BEN, lost.msg_id, WhisperOutcome.GIVEN_UP)
    assert log.commit([of(strangers[0], 51)], 3) == [NotTaken(Refusal.MAILBOX_FULL)]


def test_keys_that_are_made_for_it_push_each_other_out(log: RoomLog) -> None:
    """200 keys with one whisper each: the one that comes last has no place, whoever was there before has."""
    log.remember(ADA, "Ada", b"m" * 256, 0)
    fill_mailbox(log, keys(limits.WHISPERS_HELD_PER_MEMBER))
    newest = (1_000).to_bytes(32, "big")
    log.remember(newest, "newest", b"m" * 256, 0)
    assert log.commit([of(newest, 1)], 2) == [NotTaken(Refusal.MAILBOX_FULL)]
    (held,) = log.commit([of(ADA, 1)], 2)
    assert isinstance(held, Held) and [one.sender for one in held.gave_up] == [keys(200)[-1]]


def test_the_host_finds_a_place_and_keeps_it(log: RoomLog) -> None:
    log.host_id = keys(1)[0]
    fill_mailbox(log, keys(4))
    log.confirm(BEN, log.host_id, (50).to_bytes(16, "big"))
    log.commit([of(CHEN, 1)], 2)
    (held,) = log.commit([of(log.host_id, 51)], 2)
    assert isinstance(held, Held) and [one.sender for one in held.gave_up] == [keys(4)[3]]
    for number in range(2, 52):
        log.commit([of(CHEN, number)], 2)
        assert log.held_count(BEN, log.host_id) == 50


def test_what_is_on_its_way_is_not_given_up(log: RoomLog) -> None:
    """It may be read already, and its sender would be told that it never was."""
    fill_mailbox(log, keys(4))
    log.in_flight = lambda to: [(1).to_bytes(16, "big"), (2).to_bytes(16, "big")]
    (held,) = log.commit([of(ADA, 1)], 2)
    assert isinstance(held, Held) and held.gave_up[0].counter == 3


def test_all_mailboxes_together_are_bounded_in_bytes(log: RoomLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §9: "64 MiB"; here 10,000 bytes. The oldest of whoever holds most bytes goes, anywhere."""
    monkeypatch.setattr(limits, "WHISPERS_HELD_BYTES", 10_000)
    log.commit([of(ADA, 1, CHEN, 800), of(ADA, 2, CHEN, 800)], 1)
    log.commit([of(BEN, number, CHEN, 4_000) for number in (1, 2)], 1)
    (held,) = log.commit([of(CHEN, 1, ADA, 1_000)], 1)
    assert isinstance(held, Held)
    assert [(one.sender, one.counter) for one in held.gave_up] == [(BEN, 1)]
    (held,) = log.commit([of(CHEN, 2, ADA, 3_400)], 1)
    assert isinstance(held, Held) and not held.gave_up, "10,000 exactly"
    assert log.commit([of(CHEN, 3, ADA, 900)], 1) == [NotTaken(Refusal.MAILBOX_FULL)], "it holds most itself"
    assert log.confirm(CHEN, BEN, (2).to_bytes(16, "big"))
    assert isinstance(log.commit([of(CHEN, 4, ADA, 4_000)], 1)[0], Held), "confirmed bytes are free again"


def test_a_full_disk_gives_nobody_s_whisper_up(log: RoomLog) -> None:
    fill_mailbox(log, keys(4))
    fill(log)
    assert log.commit([say(1, "x" * 4_000, CHEN), of(ADA, 1)], 2) == [NotTaken(Refusal.LATER)] * 2
    empty(log)
    assert log.reports_for(keys(4)[3]) == () and log.held_count(BEN) == limits.WHISPERS_HELD_PER_MEMBER
    (held,) = log.commit([of(ADA, 1)], 3)
    assert isinstance(held, Held) and len(log.reports_for(keys(4)[3])) == 1


def test_a_member_cannot_begin_streams_without_end(log: RoomLog) -> None:
    """PROTOCOL §9: "256"; each is a row that is kept. The host has one for each run of earlier versions."""
    log.host_id = BEN
    streams = [number.to_bytes(16, "big") for number in range(limits.STREAMS_PER_MEMBER + 1)]
    for member in (ADA, BEN):
        outcomes = log.commit([say(1, "hi", member, stream) for stream in streams], 1)
        assert all(isinstance(one, Stored) for one in outcomes[:-1])
        assert outcomes[-1] == TooManyStreams() if member == ADA else isinstance(outcomes[-1], Stored)
    assert log.last_stream(BEN) == (streams[-1], 1) and log.last_stream(CHEN) is None
    assert isinstance(log.commit([say(2, "more", ADA, streams[0])], 2)[0], Stored)


def test_a_whisper_in_a_new_stream_is_not_held_twice(log: RoomLog) -> None:
    """After a conflict the client sends it again in a new stream: held once, answered with its first time."""
    log.commit([say(1, whisper(1))], 4)
    assert log.commit([say(1, whisper(1), stream=OTHER)], 9) == [AgainHeld(4)]
    assert log.held_count(BEN) == 1 and log.last_n(ADA, OTHER) == 1


def test_retention_removes_the_oldest_and_shows_a_gap(path: Path) -> None:
    """Retention shows as a gap. A repeated message of which the row is gone: pruned."""
    log = RoomLog.open(path, os.urandom, max_messages=10)
    for n in range(1, 26):
        log.commit([say(n, f"text {n}")], n)
    assert (log.first, log.head) == (16, 25)
    assert log.read(0, 4) == (Gap(1, 15), log.read(15, 4)[1])
    assert [said.seq for said in log.read(0, 4)[1]] == [16, 17, 18, 19]
    assert log.read(14, 100)[0] == Gap(15, 15)
    assert log.read(15, 100)[0] is None
    assert log.commit([say(1, "text 1"), say(16, "text 16")], 26) == [NotTaken(Refusal.PRUNED), Again(16)]
    assert log.last_n(ADA, STREAM) == 25
    log.close()
    log = RoomLog.open(path, os.urandom, max_messages=10)
    assert (log.first, log.head) == (16, 25)
    log.close()


def test_a_lowered_limit_is_worked_off_in_small_steps(path: Path) -> None:
    log = RoomLog.open(path, os.urandom)
    log.commit([say(n) for n in range(1, 1_001)], 1)
    log.close()
    log = RoomLog.open(path, os.urandom, max_messages=100)
    firsts = []
    for n in range(1_001, 1_021):
        log.commit([say(n)], 2)
        firsts.append(log.first)
    assert max(later - earlier for earlier, later in itertools.pairwise(firsts)) <= 65
    assert firsts[-1] == 1_020 - 100 + 1
    assert log.read(0, 1)[1][0].seq == log.first
    log.close()


def test_pages(log: RoomLog) -> None:
    """Pages are pulled, forward and back."""
    log.commit([say(n, f"text {n}") for n in range(1, 251)], 1)
    assert [len(log.read(after, 100)[1]) for after in (0, 100, 200, 250)] == [100, 100, 50, 0]
    assert log.read(2**53 - 1, 100) == (None, ())
    assert [said.seq for said in log.read_before(4, 100)] == [1, 2, 3]
    assert [said.seq for said in log.read_before(2**53 - 1, 3)] == [248, 249, 250]
    assert log.read_before(1, 10) == ()


def test_a_place_is_named_by_the_hash_of_its_row(log: RoomLog) -> None:
    """Resume names log_id, seq and the SHA-256 of that row."""
    (stored,) = log.commit([say(1)], 1)
    assert isinstance(stored, Stored)
    assert log.row_hash_at(1) == row_hash(log.log_id, stored.said)
    assert log.row_hash_at(0) is None and log.row_hash_at(2) is None


def test_a_log_in_memory_does_the_same_and_is_not_kept() -> None:
    """"Keep no history" keeps it in memory only."""
    log = RoomLog.open(None, os.urandom)
    assert not log.kept
    assert isinstance(log.commit([say(1)], 1)[0], Stored)
    assert log.commit([say(1)], 1) == [Again(1)]
    log.close()
    other = RoomLog.open(None, os.urandom)
    assert other.head == 0 and other.log_id != log.log_id
    other.close()


def test_a_turn_is_one_transaction(log: RoomLog) -> None:
    """A loop turn: collect -> one transaction. An empty turn is none."""
    statements: list[str] = []
    log._db._connection.set_trace_callback(statements.append)
    log.remember(ADA, "Ada", b"m" * 256, 1)
    log.set_mute(BEN, True)
    log.commit([say(n) for n in range(1, 257)], 1)
    assert [one for one in statements if one.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    statements.clear()
    assert log.commit([], 2) == []
    assert statements == []


# --- Before the disk works ----------------------------------------------------------------------


def test_the_outcomes_are_told_before_they_are_durable(log: RoomLog) -> None:
    """What needs no disk is done before the wait for it; nothing is sent there."""
    told: list[tuple[bool, list[Outcome]]] = []
    outcomes = log.commit(
        [say(1), say(3)], 1, prepare=lambda made: told.append((log._db.in_transaction, list(made)))
    )
    assert told == [(True, outcomes)]
    log.commit([], 2, prepare=lambda made: told.append((False, [])))
    assert len(told) == 1, "nothing to store, so nothing to prepare"


def test_a_defect_in_the_preparation_stores_nothing(log: RoomLog) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log.commit([say(1)], 1, prepare=broken)
    assert log.head == 0 and log.read(0, 9) == (None, ())
    assert isinstance(log.commit([say(1)], 1)[0], Stored)


# --- The full disk ------------------------------------------------------------------------------


def fill(log: RoomLog, extra_pages: int = 0) -> None:
    """From here on the file cannot grow: SQLITE_FULL, as with a full disk."""
    (pages,) = log._db.row("PRAGMA page_count")
    log._db.execute(f"PRAGMA max_page_count = {pages + extra_pages}")


def is_read_only(log: RoomLog) -> bool:
    return log.read_only_because is not None


def is_dirty(log: RoomLog) -> bool:
    return log.dirty


def empty(log: RoomLog) -> None:
    log._db.execute("PRAGMA max_page_count = 1000000")


def test_a_full_disk_answers_later_and_uses_up_nothing(log: RoomLog) -> None:
    """A full disk answers `later` and consumes nothing: nothing is half stored, and it recovers."""
    log.commit([say(1)], 1)
    before = log.read(0, 1_000)
    fill(log, 2)
    turn = [say(2, "small"), *(say(n, "x" * 4_000) for n in range(3, 30)), say(30, whisper(1))]
    assert log.commit(turn, 2) == [NotTaken(Refusal.LATER)] * len(turn)
    assert is_read_only(log) and "full" in str(log.read_only_because)
    assert log.read(0, 1_000) == before
    assert (log.head, log.first, log.last_n(ADA, STREAM), log.held_count(BEN)) == (1, 1, 1, 0)
    empty(log)
    outcomes = log.commit(turn, 3)
    assert not is_read_only(log)
    assert [type(one) for one in outcomes] == [Stored] * 28 + [Held]
    assert [said.n for said in log.read(0, 1_000)[1]] == list(range(1, 30))


def test_an_empty_commit_finds_out_whether_there_is_room_again(log: RoomLog) -> None:
    fill(log)
    big = [say(1, "x" * 100_000)]
    log.commit(big, 1)
    assert is_read_only(log)
    log.set_mute(BEN, True)
    assert is_dirty(log)
    empty(log)
    assert log.commit([], 2) == []
    assert not is_read_only(log)
    assert not is_dirty(log)
    assert log.mutes() == {BEN}


def test_changes_made_while_the_disk_is_full_are_not_lost(path: Path) -> None:
    """What the host decided meanwhile is kept with the first commit that works."""
    log = RoomLog.open(path, os.urandom)
    log.set_mute(BEN, True)
    fill(log)
    for number in range(200):
        log.remember(number.to_bytes(32, "big"), f"name {number}", b"m" * 256, 1)
    assert log.commit([say(1)], 1) == [NotTaken(Refusal.LATER)]
    log.set_mute(CHEN, True)
    empty(log)
    assert isinstance(log.commit([say(1)], 2)[0], Stored)
    log.close()
    log = RoomLog.open(path, os.urandom)
    assert log.mutes() == {BEN, CHEN}
    assert all(log.person(number.to_bytes(32, "big")) for number in range(200))
    log.close()


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of POSIX")
def test_a_file_that_may_not_grow_is_a_full_disk_too(path: Path) -> None:
    """RLIMIT_FSIZE gives SQLITE_IOERR_WRITE: what was stored is intact, room or not."""
    code = (
        "import os, resource, signal, sys; from pathlib import Path\n"
        "from netcore.store.room_log import *\n"
        "from netcore.wire.codes import Refusal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "log = RoomLog.open(Path(sys.argv[1]), os.urandom)\n"
        "def attempt(n): return [Attempt(b'a'*32, 'Ada', b's'*16, n, 'x'*1000)]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "n = 1\n"
        "while isinstance(log.commit(attempt(n), n)[0], Stored): n += 1\n"
        "assert log.read_only_because and log.commit(attempt(n), n) == [NotTaken(Refusal.LATER)]\n"
        "assert log.head == n - 1, (log.head, n)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "assert isinstance(log.commit(attempt(n), n)[0], Stored) and not log.read_only_because\n"
        "log.commit(attempt(n + 1), n)\n"
        "print(n + 1, flush=True); os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    log = RoomLog.open(path, os.urandom)
    assert log.head == int(done.stdout) > 20
    assert [said.n for said in log.read(0, 10_000)[1]] == list(range(1, log.head + 1))
    log.close()


def test_any_other_fault_of_the_disk_is_final(log: RoomLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync nothing may be acknowledged, not even with "later"."""

    def fail() -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    monkeypatch.setattr(log._db, "commit", fail)
    with pytest.raises(LogFileError, match="disk I/O error"):
        log.commit([say(1)], 1)
    assert log.head == 0


def test_a_log_that_lost_its_id_is_refused(path: Path) -> None:
    log = RoomLog.open(path, os.urandom)
    log.commit([say(1)], 1)
    with log._db.transaction():
        log._db.execute("DELETE FROM meta")
    log.close()
    with pytest.raises(LogFileError, match="lost its id"):
        RoomLog.open(path, os.urandom)


# --- A model ------------------------------------------------------------------------------------

WHAT = st.sampled_from(["one", "two", Refusal.EMPTY, Refusal.LATER, whisper(1), whisper(2)])


class LogMachine(RuleBasedStateMachine):
    """Any attempts, restarts and full disks, against the rules written down a second time."""

    def __init__(self) -> None:
        super().__init__()
        self.log = RoomLog.open(None, os.urandom, max_messages=1_000)
        self.answers: dict[tuple[bytes, int], tuple[object, Again | AgainHeld | NotTaken]] = {}
        self.last = {STREAM: 0, OTHER: 0}
        self.texts: list[str] = []

    def expected(self, attempt: Attempt) -> object:
        key, what = (attempt.stream, attempt.n), attempt.what
        last = self.last[attempt.stream]
        if attempt.n > last + 1:
            return NotTaken(Refusal.GAP)
        if attempt.n <= last:
            content, answer = self.answers[key]
            free = isinstance(content, Refusal) or isinstance(what, Refusal) or content == what
            return answer if free else NotTaken(Refusal.CONFLICT)
        return None

    @rule(attempts=st.lists(st.tuples(st.sampled_from([STREAM, OTHER]), st.integers(1, 8), WHAT), max_size=4))
    def turn(self, attempts: list[tuple[bytes, int, str | HeldWhisper | Refusal]]) -> None:
        tries = [say(n, what, stream=stream) for stream, n, what in attempts]
        for attempt, outcome in zip(tries, self.log.commit(tries, 5), strict=True):
            expected = self.expected(attempt)
            if expected is not None:
                assert outcome == expected
            elif attempt.what is Refusal.LATER:
                assert outcome == NotTaken(Refusal.LATER)
            else:
                self.note(attempt, outcome)

    def note(self, attempt: Attempt, outcome: object) -> None:
        what = attempt.what
        if isinstance(what, Refusal):
            assert outcome == NotTaken(what)
            answer: Again | AgainHeld | NotTaken = NotTaken(what)
        elif isinstance(what, HeldWhisper):
            assert isinstance(outcome, Held | AgainHeld)
            answer = AgainHeld(5)
        else:
            assert isinstance(outcome, Stored) and isinstance(what, str)
            self.texts.append(what)
            assert outcome.said.seq == len(self.texts)
            answer = Again(outcome.said.seq)
        self.last[attempt.stream] = attempt.n
        self.answers[attempt.stream, attempt.n] = (what, answer)

    @rule()
    def meet_a_full_disk(self) -> None:
        fill(self.log)
        tries = [say(self.last[STREAM] + 1, "x" * 100_000)]
        assert self.log.commit(tries, 5) == [NotTaken(Refusal.LATER)]
        empty(self.log)

    @invariant()
    def log_is_what_was_stored(self) -> None:
        assert [said.text for said in self.log.read(0, 1_000)[1]] == self.texts
        assert {stream: self.log.last_n(ADA, stream) for stream in self.last} == self.last

    def teardown(self) -> None:
        self.log.close()


LogMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestLogMachine = LogMachine.TestCase


def test_a_defect_in_one_turn_leaves_the_log_as_it_was(log: RoomLog) -> None:
    """Whatever is raised, the turn is undone as a whole, and what was pending is not lost."""
    log.commit([say(1)], 1)
    log.set_mute(BEN, True)
    with pytest.raises(UnicodeEncodeError):
        log.commit([say(2, "fine"), say(3, "\ud800")], 2)
    assert log.head == 1 and log.last_n(ADA, STREAM) == 1
    assert isinstance(log.commit([say(2, "fine")], 3)[0], Stored)
    assert log.mutes() == {BEN} and log.head == 2
    assert [said.text for said in log.read(0, 10)[1]] == ["hello", "fine"]


def test_many_streams_are_remembered_within_bounds(log: RoomLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that opens stream after stream must not fill the memory; the answers stay the same."""
    monkeypatch.setattr("netcore.store.room_log._STREAMS_CACHED", 8)
    streams = [number.to_bytes(16, "big") for number in range(50)]
    for stream in streams:
        log.commit([say(1, f"from {stream[-1]}", stream=stream)], 1)
        assert len(log.read(0, 100)[1]) == stream[-1] + 1
        assert len(log._streams) <= 9
    assert [log.commit([say(1, f"from {number}", stream=streams[number])], 2) for number in (0, 49)] == [
        [Again(1)],
        [Again(50)],
    ]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE messages SET text = '' WHERE seq = 2",
        "UPDATE messages SET text = CAST(X'ff41' AS TEXT) WHERE seq = 2",
        "UPDATE messages SET text = char(7) WHERE seq = 2",
        "UPDATE messages SET text = X'00' WHERE seq = 2",
        "UPDATE messages SET text = printf('%.5000c', 'x') WHERE seq = 2",
        "UPDATE messages SET name = '' WHERE seq = 2",
        "UPDATE messages SET name = char(10) WHERE seq = 2",
        "UPDATE messages SET name = CAST(X'ff' AS TEXT) WHERE seq = 2",
        "UPDATE messages SET name = 7 WHERE seq = 2",
        "UPDATE messages SET at = -1 WHERE seq = 2",
        "UPDATE messages SET at = 'noon' WHERE seq = 2",
        "UPDATE messages SET n = 0 WHERE seq = 2",
        "UPDATE messages SET stream = 99 WHERE seq = 2",
        "UPDATE streams SET member_id = X'01'",
    ],
)
def test_a_damaged_row_is_shown_as_unreadable_and_passed_over(path: Path, damage: str) -> None:
    """One bad row must not shut every client out: each would break off at it, and come again."""
    log = RoomLog.open(path, os.urandom)
    log.commit([say(1, "one"), say(2, "two"), say(3, "three")], 77)
    log.close()
    file = sqlite3.connect(path)
    file.execute("PRAGMA foreign_keys=OFF")
    file.execute(damage)
    file.commit()
    file.close()
    log = RoomLog.open(path, os.urandom)
    _, rows = log.read(0, 9)
    assert [row.seq for row in rows] == [1, 2, 3]
    for row in rows:
        assert decode_direct(encode(row).removesuffix(b"\n")) == row
        received.check_received(row)
        assert log.row_hash_at(row.seq) == row_hash(log.log_id, row)
    assert rows[1].text in ("two", "\N{REPLACEMENT CHARACTER}A", UNREADABLE_TEXT)
    log.close()


@pytest.mark.parametrize(
    "damage", ["c1 = X'01'", "c2 = X'02'", "msg_id = X'03'", "counter = 'x'", "at = -1", "sender = 'Ada'"]
)
def test_a_damaged_whisper_is_passed_over(log: RoomLog, damage: str) -> None:
    log.commit([say(1, whisper(1)), say(2, whisper(2))], 77)
    log._change(f"UPDATE whispers SET {damage} WHERE id = 1")
    log.commit([], 78)
    assert [held.msg_id[-1] for held in log.held_for(BEN)] == [2]
