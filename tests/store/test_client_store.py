"""A client's store: drafts, place and history (PROTOCOL §7.1, §8.5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netcore.errors import LogFileError, StorageFull
from netcore.store.client_store import ClientStore, Draft, Taken
from netcore.store.soundness import UNREADABLE_TEXT
from netcore.wire.codec import decode_direct, encode, row_hash
from netcore.wire.codes import WhisperOutcome
from netcore.wire.messages import File, Said

FILE = File(b"f" * 16, "plan.pdf", 5, bytes(32), bytes(32))
SERVER, OTHER = b"S" * 32, b"T" * 32
ADA, BEN = b"a" * 32, b"b" * 32
LOG = b"L" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "client.db"


@pytest.fixture
def store(path: Path) -> Iterator[ClientStore]:
    store = ClientStore.open(path)
    yield store
    store.close()


def said(seq: int, text: str = "hello", n: int = 1, stream: bytes = b"s" * 16) -> Said:
    return Said(seq, ADA, "Ada", stream, n, 1_000 + seq, text)


def whisper(store: ClientStore, number: int, counter: int = 1, server: bytes = SERVER) -> Draft:
    msg_id = number.to_bytes(16, "big")
    draft = store.add_whisper(server, BEN, "Ben", "psst", 5)
    return store.seal_draft(server, draft, msg_id, counter, b"1" * 256, b"2" * 544)


def test_a_draft_is_on_the_disk_when_it_is_shown(store: ClientStore, path: Path) -> None:
    """A message is on disk before it shows as pending. Read as another process would."""
    store.place(SERVER)
    draft = store.add_say(SERVER, "hello", 5)
    copy = path.with_name("copy.db")
    for ending in ("", "-wal"):
        copy.with_name(copy.name + ending).write_bytes(path.with_name(path.name + ending).read_bytes())
    after_power_loss = ClientStore.open(copy)
    assert after_power_loss.unsent(SERVER) == (draft,)
    assert after_power_loss.place(SERVER).next_n == 2
    after_power_loss.close()


def test_a_stored_draft_is_never_reported_as_not_stored(
    store: ClientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once committed it will be sent; a read that fails right after must not hand its text back as well."""

    read = store._db.row

    def fails(sql: str, *values: Any) -> Any:
        if "FROM drafts" in sql:
            raise LogFileError(path="client.db", why="disk I/O error")
        return read(sql, *values)

    with monkeypatch.context() as patch:
        patch.setattr(store._db, "row", fails)
        drafts = (store.add_say(SERVER, "hello", 5), whisper(store, 1))
    assert store.unsent(SERVER) == drafts


def test_a_whisper_is_on_the_disk_before_it_is_sealed(store: ClientStore, path: Path) -> None:
    """The same: its recipient's key may be far away. It takes a number only then, and holds up nothing."""
    first = store.add_whisper(SERVER, BEN, "Ben", "one", 5)
    second = store.add_whisper(SERVER, ADA, "Ada", "two", 6)
    said_then = store.add_say(SERVER, "three", 7)
    store.new_stream(SERVER)
    store.close()
    again = ClientStore.open(path)
    assert again.unsealed(SERVER) == (first, second)
    assert [draft.text for draft in again.unsent(SERVER)] == ["three"] and said_then.n == 1
    sealed = again.seal_draft(SERVER, second, b"i" * 16, 9, b"1" * 256, b"2" * 544)
    assert sealed.n == 2 and again.unsealed(SERVER) == (first,)
    assert again.unsent(SERVER)[1] == sealed
    again.refuse(first.draft_id, "other_server")
    assert again.unsealed(SERVER) == () and [draft.text for draft in again.refused(SERVER)] == ["one"]
    again.close()


def test_drafts_are_numbered_in_their_order(store: ClientStore) -> None:
    drafts = [store.add_say(SERVER, "one", 1), whisper(store, 1), store.add_say(SERVER, "three", 3)]
    assert [draft.n for draft in drafts] == [1, 2, 3]
    assert {draft.stream for draft in drafts} == {store.place(SERVER).stream}
    assert store.unsent(SERVER) == tuple(drafts)
    assert store.add_say(OTHER, "elsewhere", 1).n == 1
    assert store.place(OTHER).stream != store.place(SERVER).stream
    assert store.unsent(SERVER) == tuple(drafts)


def test_a_draft_leaves_when_its_copy_comes(store: ClientStore) -> None:
    """The sender's own copy is its acknowledgement, in one transaction."""
    first, second = store.add_say(SERVER, "one", 1), store.add_say(SERVER, "two", 2)
    store.start_log(SERVER, LOG, 0)
    row = said(1, "one", 1, first.stream)
    store.append(SERVER, LOG, [row], [first.draft_id])
    assert store.unsent(SERVER) == (second,)
    assert store.history(SERVER, None, 10) == (row,)
    place = store.place(SERVER)
    assert (place.log_id, place.seq, place.row, place.next_n) == (LOG, 1, row_hash(LOG, row), 3)


def test_nothing_happens_when_a_part_of_it_fails(store: ClientStore) -> None:
    draft = store.add_say(SERVER, "one", 1)
    store.start_log(SERVER, LOG, 0)
    with pytest.raises(ValueError, match="missing"):
        store.append(SERVER, LOG, [said(1), said(3)], [draft.draft_id])
    with pytest.raises(ValueError, match="start_log"):
        store.append(SERVER, b"M" * 16, [said(1)], [draft.draft_id])
    assert store.unsent(SERVER) == (draft,)
    assert store.history(SERVER, None, 10) == ()
    assert store.place(SERVER).seq == 0


def test_rows_that_are_here_already_are_passed_over(store: ClientStore) -> None:
    """A client ignores seq <= last."""
    store.start_log(SERVER, LOG, 0)
    store.append(SERVER, LOG, [said(1), said(2)])
    store.append(SERVER, LOG, [said(1, "again"), said(2, "again"), said(3)])
    assert store.history(SERVER, None, 10) == (said(1), said(2), said(3))
    store.append(SERVER, LOG, [said(3)])
    assert store.place(SERVER).row == row_hash(LOG, said(3))


def test_a_gap_is_skipped(store: ClientStore) -> None:
    """A seq > last + 1 is fatal unless announced as `gap`. There is no row to resume by then."""
    store.start_log(SERVER, LOG, 0)
    store.append(SERVER, LOG, [said(1)])
    store.skip_gap(SERVER, 10)
    assert (store.place(SERVER).seq, store.place(SERVER).row) == (10, None)
    store.skip_gap(SERVER, 5)
    assert store.place(SERVER).seq == 10
    store.append(SERVER, LOG, [said(11)])
    assert [row.seq for row in store.history(SERVER, None, 10)] == [1, 11]


def test_a_replaced_log_keeps_the_old_history_apart(store: ClientStore) -> None:
    """The client keeps its old history apart and reads from 0, also under the same log_id."""
    store.start_log(SERVER, LOG, 0)
    store.append(SERVER, LOG, [said(1, "old")])
    store.start_log(SERVER, LOG, 0)
    assert store.place(SERVER).seq == 0 and store.place(SERVER).row is None
    assert store.history(SERVER, None, 10) == ()
    store.append(SERVER, LOG, [said(1, "new")])
    assert store.history(SERVER, None, 10) == (said(1, "new"),)
    assert store._db.rows("SELECT text FROM history ORDER BY log") == [("old",), ("new",)]


def test_history_opens_offline_in_pages(store: ClientStore, path: Path) -> None:
    """Yesterday's room opens offline."""
    store.set_room(SERVER, "Room 12", BEN)
    store.start_log(SERVER, LOG, 0)
    store.append(SERVER, LOG, [said(seq) for seq in range(1, 251)])
    store.close()
    again = ClientStore.open(path)
    assert (again.place(SERVER).room, again.place(SERVER).host_id) == ("Room 12", BEN)
    assert [row.seq for row in again.history(SERVER, None, 3)] == [248, 249, 250]
    assert [row.seq for row in again.history(SERVER, 248, 2)] == [246, 247]
    assert again.history(SERVER, 1, 100) == ()
    again.close()


def test_a_refused_draft_keeps_its_text_until_it_is_discarded(store: ClientStore) -> None:
    """Refused with the reason and the text kept."""
    draft = store.add_say(SERVER, "hello", 1)
    store.discard(draft.draft_id)
    assert store.unsent(SERVER) == (draft,), "one that waits cannot be discarded: its n would be missing"
    store.refuse(draft.draft_id, "muted")
    assert store.unsent(SERVER) == ()
    (kept,) = store.refused(SERVER)
    assert (kept.text, kept.refused) == ("hello", "muted")
    store.discard(draft.draft_id)
    assert store.refused(SERVER) == ()


def test_a_new_stream_takes_over_what_waits(store: ClientStore) -> None:
    """A gap or conflict makes the client open a new stream for that message and the later ones."""
    gone, refused, sealed, last = (
        store.add_say(SERVER, "gone", 1),
        store.add_say(SERVER, "refused", 2),
        whisper(store, 1),
        store.add_say(SERVER, "last", 3),
    )
    store.acknowledge_say(gone.draft_id)
    store.refuse(refused.draft_id, "muted")
    stream = store.new_stream(SERVER)
    assert stream != gone.stream
    waiting = store.unsent(SERVER)
    assert [(one.draft_id, one.stream, one.n) for one in waiting] == [
        (sealed.draft_id, stream, 1),
        (last.draft_id, stream, 2),
    ]
    assert (waiting[0].c1, waiting[0].msg_id) == (sealed.c1, sealed.msg_id), "the sealed bytes stay the same"
    assert store.place(SERVER).stream == stream
    assert store.add_say(SERVER, "next", 4).n == 3


def test_draft_ids_are_never_used_twice(store: ClientStore) -> None:
    """A window speaks of a draft by its id; a late answer must not meet another message."""
    first = store.add_say(SERVER, "one", 1)
    store.acknowledge_say(first.draft_id)
    assert store.add_say(SERVER, "two", 1).draft_id > first.draft_id


def test_an_acknowledged_whisper_moves_to_the_whispers(store: ClientStore) -> None:
    draft = whisper(store, 1)
    store.acknowledge_whisper(draft.draft_id, 9)
    store.acknowledge_whisper(draft.draft_id, 10)
    assert store.unsent(SERVER) == ()
    (kept,) = store.whispers(SERVER, 0)
    assert (kept.mine, kept.member_id, kept.name, kept.text, kept.at_ms) == (True, BEN, "Ben", "psst", 9)
    assert kept.outcome is None
    assert store.settle_whisper(SERVER, BEN, draft.msg_id, WhisperOutcome.DELIVERED) == "Ben"
    assert store.whispers(SERVER, 0)[0].outcome is WhisperOutcome.DELIVERED
    assert store.settle_whisper(SERVER, BEN, draft.msg_id, WhisperOutcome.DELIVERED) is None, "known"
    assert store.settle_whisper(SERVER, ADA, draft.msg_id, WhisperOutcome.GIVEN_UP) is None
    assert store.settle_whisper(OTHER, BEN, draft.msg_id, WhisperOutcome.GIVEN_UP) is None
    assert store.whispers(SERVER, 10) == ()


def test_a_whisper_is_taken_once(store: ClientStore, path: Path) -> None:
    """A counter that is not above the last is a replay, also after a restart (PROTOCOL §10.2)."""
    assert store.take_whisper(SERVER, BEN, "Ben", b"i" * 16, 10, "psst", 5) is Taken.NEW
    assert store.take_whisper(SERVER, BEN, "Ben", b"i" * 16, 10, "psst", 5) is Taken.REPEATED
    assert store.take_whisper(SERVER, BEN, "Ben", b"i" * 16, 11, "pssst", 5) is Taken.OUT_OF_ORDER
    assert store.take_whisper(SERVER, BEN, "Ben", b"j" * 16, 9, "older", 5) is Taken.OUT_OF_ORDER
    assert store.take_whisper(SERVER, ADA, "Ada", b"k" * 16, 9, "another sender", 5) is Taken.NEW
    assert store.take_whisper(OTHER, BEN, "Ben", b"i" * 16, 10, "another server", 5) is Taken.NEW
    store.close()
    again = ClientStore.open(path)
    assert again.take_whisper(SERVER, BEN, "Ben", b"i" * 16, 10, "psst", 5) is Taken.REPEATED
    assert [one.text for one in again.whispers(SERVER, 0)] == ["psst", "another sender"]
    again.close()


def test_counters_only_grow(store: ClientStore, path: Path) -> None:
    """max(last + 1, Unix microseconds) for each recipient, with the clock set back too (PROTOCOL §10.1)."""
    assert store.next_counter(SERVER, BEN, 1_000) == 1_000
    assert store.next_counter(SERVER, BEN, 1_000) == 1_001
    assert store.next_counter(SERVER, BEN, 10) == 1_002
    assert store.next_counter(SERVER, ADA, 10) == 10
    whisper(store, 1, counter=5_000)
    store.close()
    again = ClientStore.open(path)
    assert again.next_counter(SERVER, BEN, 10) == 5_001
    assert whisper(again, 2, counter=4_000).counter == 4_000
    assert again.next_counter(SERVER, BEN, 10) == 5_002
    assert again.next_counter(OTHER, BEN, 0) == 1
    again.close()


def test_names_and_keys_are_pinned_on_first_sight(store: ClientStore, path: Path) -> None:
    """Members' keys are pinned on first sight too."""
    assert store.pin_name(SERVER, "ada", ADA) == ADA
    assert store.pin_name(SERVER, "ada", BEN) == ADA
    assert store.pin_name(OTHER, "ada", BEN) == BEN
    assert store.key_of(ADA) is None
    store.remember_key(ADA, b"m" * 256)
    store.remember_key(ADA, b"x" * 256)
    store.close()
    again = ClientStore.open(path)
    assert again.pin_name(SERVER, "ada", BEN) == ADA
    assert again.key_of(ADA) == b"m" * 256
    again.close()


def test_a_full_disk_leaves_everything_as_it_was(store: ClientStore) -> None:
    """The message is not saved, and can be sent once there is room."""
    store.start_log(SERVER, LOG, 0)
    first = store.add_say(SERVER, "one", 1)
    (pages,) = store._db.row("PRAGMA page_count")
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        store.add_say(SERVER, "x" * 100_000, 2)
    with pytest.raises(StorageFull):
        store.append(SERVER, LOG, [said(1, "x" * 100_000)], [first.draft_id])
    assert store.unsent(SERVER) == (first,)
    assert (store.place(SERVER).next_n, store.place(SERVER).seq) == (2, 0)
    store._db.execute("PRAGMA max_page_count = 1000000")
    assert store.add_say(SERVER, "x" * 100_000, 2).n == 2


def test_a_disk_that_fails_at_the_end_is_no_crash(store: ClientStore, path: Path) -> None:
    """Nobody is left to be told, and what was acknowledged was durable before."""
    draft = store.add_say(SERVER, "one", 1)
    store.remember_key(BEN, b"k" * 256)

    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store._db, "commit", fails)
        store.close()
    again = ClientStore.open(path)
    assert again.unsent(SERVER) == (draft,)
    again.close()


def test_another_kind_of_file_is_refused(path: Path) -> None:
    sqlite3.connect(path).execute("CREATE TABLE x (y)").connection.close()
    before = path.read_bytes()
    with pytest.raises(LogFileError, match="another program"):
        ClientStore.open(path)
    assert path.read_bytes() == before


def test_without_a_path_it_lives_in_memory() -> None:
    store = ClientStore.open(None)
    assert store.unsent(SERVER) == ()
    assert store.add_say(SERVER, "hello", 1).stream == store.place(SERVER).stream
    assert len(store.place(SERVER).stream) == 16
    store.close()


def test_what_became_of_old_whispers_outlives_the_change_of_the_schema(path: Path) -> None:
    store = ClientStore.open(path)
    ids = []
    for number in (1, 2, 3):
        draft = whisper(store, number)
        store.acknowledge_whisper(draft.draft_id, number)
        ids.append(draft.msg_id)
    store.close()
    connection = sqlite3.connect(path)
    connection.executescript(
        """ALTER TABLE whispers RENAME COLUMN outcome TO delivered; DROP TABLE compared;
        DROP TABLE not_ours; DROP TABLE uploads; DROP TABLE downloads; DROP TABLE take_backs;
            ALTER TABLE history DROP COLUMN file; ALTER TABLE drafts DROP COLUMN file;
            ALTER TABLE whispers DROP COLUMN file;
        UPDATE whispers SET delivered = CASE at WHEN 1 THEN 1 WHEN 2 THEN 0 END; PRAGMA user_version = 1;"""
    )
    connection.close()
    again = ClientStore.open(path)
    delivered, given_up = WhisperOutcome.DELIVERED, WhisperOutcome.GIVEN_UP
    assert [one.outcome for one in again.whispers(SERVER, 0)] == [delivered, given_up, None]
    assert again.settle_whisper(SERVER, BEN, ids[2], WhisperOutcome.NOT_SHOWN) == "Ben"
    again.close()


# --- Damage -----------------------------------------------------------------------------------------


def furnished(path: Path) -> None:
    """Something in every table."""
    store = ClientStore.open(path)
    store.start_log(SERVER, LOG, 0)
    store.append(SERVER, LOG, [said(1), said(2)], (), [2])
    store.add_say(SERVER, "waits", 1)
    store.acknowledge_whisper(whisper(store, 1).draft_id, 5)
    whisper(store, 2)
    store.take_whisper(SERVER, BEN, "Ben", b"m" * 16, 1, "psst", 5)
    store.add_upload(SERVER, "/plan.pdf", FILE, BEN, "Ben")
    store.add_download(SERVER, FILE, "/plan.pdf.part", False)
    store.add_take_back(SERVER, FILE.blob, FILE.name)
    store.pin_name(SERVER, "ada", ADA)
    store.remember_key(ADA, b"m" * 256)
    store.set_compared(ADA, True)
    store.close()


def damage(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE servers SET stream = 'text'",
        "UPDATE servers SET next_n = 'x'",
        "UPDATE servers SET seq = -1",
        "UPDATE servers SET row = x'00'",
        "UPDATE servers SET log = 77",
        "UPDATE logs SET log_id = x'00'",
        "UPDATE history SET log = 77 WHERE seq = 1",
        "UPDATE drafts SET server = 77",
        "UPDATE drafts SET n = 0",
        "UPDATE drafts SET n = 9223372036854775807 WHERE recipient IS NULL",
        "UPDATE drafts SET text = x'00ff'",
        "UPDATE drafts SET msg_id = x'' WHERE recipient IS NOT NULL",
        "UPDATE drafts SET c1 = x'00' WHERE recipient IS NOT NULL",
        "UPDATE whispers SET outcome = 'eaten'",
        "UPDATE whispers SET name = x'00'",
        "UPDATE counters SET sent = 'many'",
        "UPDATE counters SET received = 1e300",
        "UPDATE pins SET member_id = x'00'",
        "UPDATE keys SET modulus = 5",
        "UPDATE compared SET member_id = 'Ada'",
        "UPDATE not_ours SET seq = 'two'",
        "UPDATE uploads SET path = x'00'",
        "UPDATE uploads SET path = 'a' || char(0)",
        "UPDATE uploads SET digests = x'00'",
        "UPDATE downloads SET part = x'00'",
        "UPDATE take_backs SET blob = x'00'",
    ],
)
def test_what_cannot_be_there_is_refused_and_left_as_it_is(path: Path, sql: str) -> None:
    """SQLite lets any value into any column; what is on its way, and whom we trust, is never guessed."""
    furnished(path)
    damage(path, sql)
    before = path.read_bytes()
    with pytest.raises(LogFileError, match="damaged inside, in"):
        ClientStore.open(path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE drafts SET c2 = x'00' WHERE recipient IS NOT NULL",
        "UPDATE drafts SET file = '{}'",
        "UPDATE uploads SET file = '{}'",
        "UPDATE downloads SET file = 'x'",
    ],
)
def test_what_is_on_its_way_is_not_left_out_silently(path: Path, sql: str) -> None:
    furnished(path)
    damage(path, sql)
    store = ClientStore.open(path)
    with pytest.raises(LogFileError, match="damaged inside"):
        for read in (store.unsent, store.uploads, store.downloads):
            read(SERVER)
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE history SET text = x'ff' WHERE seq = 1",
        "UPDATE history SET text = char(7) WHERE seq = 1",
        "UPDATE history SET file = '{}', text = '' WHERE seq = 1",
        "UPDATE history SET name = x'05' WHERE seq = 1",
        "UPDATE history SET at = 'noon' WHERE seq = 1",
        "UPDATE history SET sender = x'01' WHERE seq = 1",
        "UPDATE history SET stream = 'text' WHERE seq = 1",
    ],
)
def test_a_damaged_message_says_so_in_its_place(path: Path, sql: str) -> None:
    furnished(path)
    damage(path, sql)
    store = ClientStore.open(path)
    first, second = store.history(SERVER, None, 10)
    assert (first.seq, second) == (1, said(2))
    assert decode_direct(encode(first)[:-1]) == first
    assert first.text in (UNREADABLE_TEXT, "hello")
    store.close()


def test_a_damaged_whispered_file_says_so(path: Path) -> None:
    furnished(path)
    damage(path, "UPDATE whispers SET file = '{}', text = '' WHERE NOT mine")
    store = ClientStore.open(path)
    assert [(one.text, one.file) for one in store.whispers(SERVER, 0) if not one.mine] == [
        (UNREADABLE_TEXT, None)
    ]
    store.close()
