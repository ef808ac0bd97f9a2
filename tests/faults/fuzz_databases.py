"""Both databases, damaged: what is refused is left as it is, and what is opened is worked with.

Bytes are bent anywhere, bits are turned in place, pages are exchanged or cut off, the write-ahead log beside
is bent; and values are put in that have no place in their column, since SQLite takes any. The first kinds are
mostly noticed by SQLite, the last by nobody but us. A bit turned within a text is not: nobody could know.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from netcore.crypto.identity import MEMBER_KEY_BITS, PublicKey
from netcore.errors import LocalChatError, MessageError, StorageError
from netcore.headless_lines import as_json, as_text
from netcore.net.api.commands import LoadEarlier, Say, TakeBackFile, Whisper
from netcore.net.client.files import STORE_FILE
from netcore.net.server.files import LOG_FILE
from netcore.store.client_store import ClientStore
from netcore.store.room_log import Attempt, Ban, HeldWhisper, RoomLog, Switches, WhisperReport
from netcore.store.soundness import is_bytes, is_count
from netcore.wire import codec
from netcore.wire.codes import History, Refusal, WhisperOutcome
from netcore.wire.messages import BlobDropped, File, Key, WhisperDone
from netcore.wire.messages import Whisper as WhisperMessage
from netcore.wire.texts import visible
from tests.faults.fuzz import Target
from tests.net.client.kit import ADA, BEN, HOST, LOG, SERVER, RoomAtHand, key, live

_PAGE_BYTES: Final = 4096
_NO_VALUES: Final = (
    None, 0, -1, 1, 2**53, 2**63 - 1, -(2**63), 0.5, "", "text", "\ud7ff\n\0", "9" * 40, b"", b"\xff" * 7,
    b"b" * 16, b"b" * 31, b"b" * 32, b"\xff\xfe", "{}", "delivered",
)  # fmt: skip
T = TypeVar("T", RoomLog, ClientStore)
FILE: Final = File(bytes(range(16)), "plan.pdf", 70_000, bytes(32), bytes(32))
EARLIER: Final = File(b"e" * 16, "earlier.pdf", 5, bytes(32), bytes(32))


def _value_in_wrong_place(path: Path, dice: random.Random) -> None:
    """One to three cells get what their column should never hold."""
    connection = sqlite3.connect(path)
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]  # fmt: skip
    for _ in range(dice.randint(1, 3)):
        table = dice.choice(tables)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if not rows:
            continue
        column = dice.choice(columns)
        keys = ", ".join(columns)
        (row,) = connection.execute(f"SELECT {keys} FROM {table} LIMIT 1 OFFSET {dice.randrange(rows)}")
        where = " AND ".join(f"{one} IS ?" for one in columns)
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE {where}", (dice.choice(_NO_VALUES), *row)
            )
    connection.commit()
    connection.close()


def _turn_bits(data: bytes, dice: random.Random) -> bytes:
    bent = bytearray(data)
    for _ in range(dice.choice((1, 1, 3, 20))):
        bent[dice.randrange(len(bent))] ^= 1 << dice.randrange(8)
    return bytes(bent)


def _exchange_pages(data: bytes, dice: random.Random) -> bytes:
    pages = [data[start : start + _PAGE_BYTES] for start in range(0, len(data), _PAGE_BYTES)]
    one, other = dice.randrange(len(pages)), dice.randrange(len(pages))
    match dice.randrange(3):
        case 0:
            pages[one], pages[other] = pages[other], pages[one]
        case 1:
            pages[one] = bytes(len(pages[one]))
        case _:
            del pages[one:]
    return b"".join(pages)


def _target(path: Path, log: bytes, open_it: Callable[[], T], live_on: Callable[[T], None]) -> Target:
    """`path` is whole; `log` a write-ahead log that belongs to it.

    `open_it` raises StorageError at most, `live_on` one of our errors, whose sentence is told.
    """
    good = path.read_bytes()
    beside = path.with_name(path.name + "-wal")
    whole = open_it()
    live_on(whole)  # or all that is damaged would be refused for another reason
    whole.close()

    def check(data: bytes, dice: random.Random) -> None:
        for left_over in path.parent.glob(path.name + "-*"):
            left_over.unlink()
        match dice.randrange(6):
            case 0:
                path.write_bytes(data)
            case 1:
                path.write_bytes(_turn_bits(good, dice))
            case 2:
                path.write_bytes(_exchange_pages(good, dice))
            case 3:
                path.write_bytes(good)
                beside.write_bytes(_turn_bits(log, dice))
            case _:
                path.write_bytes(good)
                _value_in_wrong_place(path, dice)
        before = path.read_bytes()
        try:
            opened = open_it()
        except StorageError:
            assert path.read_bytes() == before, "what is refused is left as it is"
            return
        try:
            with contextlib.suppress(LocalChatError):
                live_on(opened)
        finally:
            opened.close()

    return Target(path.name, (good,), check, 2)


def room_database(folder: Path) -> Target:
    path = folder / LOG_FILE
    log = RoomLog.open(path, random.Random(1).randbytes)
    for n in range(1, 40):
        log.commit([Attempt(b"a" * 32, "Ada", b"s" * 16, n, f"text {n} " * 20)], n)
    for n in range(40, 44):
        file = File(bytes([n]) * 16, f"{n}.pdf", 5, bytes(32), bytes(32))
        log.begin_blob(file.blob, b"a" * 32, 5, n)
        log.set_chunks(file.blob, 1, True, n)
        log.commit([Attempt(b"a" * 32, "Ada", b"s" * 16, n, file)], n)
    shared = log.blob(bytes([40]) * 16)
    assert shared is not None
    log.take_back(shared, False, 50)
    for member_id, name in ((ADA, "Ada"), (BEN, "Ben"), (HOST, "Host")):
        log.remember(member_id, name, key("member_ada").public.modulus, 50)
    log.begin_blob(b"u" * 16, BEN, 100, 50)
    log.set_ban(Ban(BEN, "Ben", "127.0.0.1", "noise", 50))
    log.set_mute(BEN, True)
    log.set_switches(Switches(True, 30, True))
    log.keep_age(50, 60, 50)
    log.set_compared(BEN, True)
    log.next_host_counter(BEN, 7)
    log.take_host_whisper(BEN, b"m" * 16, 7)
    log.leave_report(ADA, WhisperReport(BEN, b"m" * 16, WhisperOutcome.GIVEN_UP))
    whisper = HeldWhisper(ADA, BEN, b"m" * 16, 7, b"1" * 256, b"2" * 544, 50)
    tried: tuple[HeldWhisper | Refusal, ...] = (whisper, Refusal.EMPTY)
    log.commit([Attempt(ADA, "Ada", b"t" * 16, n, what) for n, what in enumerate(tried, 1)], 50)
    beside = path.with_name(path.name + "-wal").read_bytes()
    log.close()

    def open_it() -> RoomLog:
        return RoomLog.open(path, random.Random(1).randbytes)

    def live_on(log: RoomLog) -> None:
        for row in log.read(0, 100)[1]:
            assert codec.decode_direct(codec.encode(row)[:-1]) == row
        for ban in log.bans():
            assert visible(ban.name + ban.address + ban.reason) and is_count(ban.at)
        assert all(is_bytes(one, 32) for one in (*log.mutes(), *log.compared()))
        assert is_count(log.switches().slow_s) and all(map(is_count, log.age()))
        for stored in log.blobs():
            assert stored.size + stored.chunks >= 0
        for blob, by_host in log.taken_back(ADA):
            codec.encode(BlobDropped(blob, by_host))
        for member_id in (ADA, BEN, HOST):
            person = log.person(member_id)
            assert person is None or visible(person.name) + "."
            with contextlib.suppress(MessageError, TypeError):  # as `Context.public_key` takes a damaged one
                assert person is None or PublicKey.of_size(person.modulus, MEMBER_KEY_BITS)
            log.last_stream(member_id)
            for held in log.held_for(member_id):
                sealed = held.counter, held.c1, held.c2, held.at, held.blob or None
                codec.encode(WhisperMessage(held.sender, held.msg_id, *sealed))
            for _, report in log.reports_for(member_id):
                codec.encode(WhisperDone(report.to, report.msg_id, report.outcome))
        log.owner_of("ben", 50)
        log.mistaken_for("Ben", ADA, 50)
        log.row_hash_at(log.head)
        log.next_host_counter(BEN, 8)
        log.take_host_whisper(BEN, b"n" * 16, 8)
        log.forget_lapsed(2**40, ())
        log.expire_blobs(2**40)
        again = [Attempt(ADA, "Ada", b"t" * 16, n, "again") for n in (1, 2)]
        log.commit([*again, Attempt(b"a" * 32, "Ada", b"s" * 16, 44, "one more")], 40)
        log.expire_whispers(2**40)
        log.commit([], 41)

    return _target(path, beside, open_it, live_on)


def client_database(folder: Path) -> Target:
    """Of a person who has read and written, whispered, sent files, and been refused."""
    path = folder / STORE_FILE
    store = ClientStore.open(path, random.Random(1).randbytes)
    server = SERVER.fingerprint
    at_hand = RoomAtHand(store)
    at_hand.go_live(0)
    for name in ("ben", "host"):
        at_hand.room._whispers._asked.add(key(f"member_{name}").public.fingerprint)
        public = key(f"member_{name}").public
        at_hand.hear(Key(public.fingerprint, public.modulus))
    at_hand.room.submit(Say(1, "acknowledged"))
    at_hand.hear(at_hand.row(1, n=1, text="acknowledged"), *(at_hand.row(seq) for seq in range(2, 30)))
    at_hand.hear(replace(at_hand.row(30), text="", file=EARLIER))
    at_hand.hear(replace(at_hand.row(31), text="", sender=ADA, file=FILE))
    at_hand.room.disconnected()
    at_hand.room.submit(Say(2, "waits"))
    at_hand.room.submit(TakeBackFile(FILE.blob.hex()))
    at_hand.room.submit(Whisper(3, BEN, "psst"))
    at_hand.loop.run_jobs()
    store.add_whisper(server, HOST, "Host", "not sealed yet", 5)
    store.refuse(store.add_say(server, "refused", 5).draft_id, "muted")
    upload = store.add_upload(server, "/nowhere/plan.pdf", FILE, None, "")
    store.share_upload(server, upload, 5)
    upload = store.add_upload(server, "/nowhere/plan.pdf", FILE, BEN, "Ben")
    store.upload_was_read(upload, FILE, bytes(64))
    store.add_download(server, EARLIER, str(folder / "earlier.pdf.part"), False)
    store.take_whisper(server, BEN, "Ben", b"m" * 16, 7, "received", 6)
    store.take_whisper(server, BEN, "Ben", b"n" * 16, 8, "", 6, EARLIER)
    store.set_compared(BEN, True)
    store.append(server, LOG, [at_hand.row(32)], (), [32])
    store.flush()
    log = path.with_name(path.name + "-wal").read_bytes()
    at_hand.room.close()
    store.close()

    def open_it() -> ClientStore:
        return ClientStore.open(path, random.Random(1).randbytes)

    return _target(path, log, open_it, _live_on)


def _live_on(store: ClientStore) -> None:
    """What the next run does with it: all that it sends can be sent, all that it tells can be shown."""
    at_hand = RoomAtHand(store)
    place = store.place(SERVER.fingerprint)
    at_hand.connect(40, place.next_n - 1, History.RESUMED, place.log_id or LOG)
    at_hand.hear(*(at_hand.row(seq) for seq in range(place.seq + 1, 41)), *live(40, place.seq))
    at_hand.loop.run_jobs()
    at_hand.loop.run_timers()
    at_hand.loop.run_jobs()
    at_hand.hear(WhisperDone(BEN, b"m" * 16, WhisperOutcome.GIVEN_UP), at_hand.row(41))
    at_hand.room.submit(Say(1, "one more"))
    at_hand.room.submit(Whisper(2, BEN, "one more"))
    at_hand.room.submit(LoadEarlier(20))
    at_hand.room.submit(TakeBackFile(FILE.blob.hex()))
    at_hand.loop.run_jobs()
    for message in at_hand.sent:
        assert codec.decode_from_client(codec.encode(message)[:-1]) == message
    for event in at_hand.events:
        for line in (as_text(event, "client"), as_json(event, "client")):
            assert line is None or line.encode()
    at_hand.room.close()
