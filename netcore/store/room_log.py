"""The room's log: every message once, in one order, on the disk before anyone is told (PROTOCOL §7.1, §8).

`commit` takes all that members tried to say in one turn of the loop and stores it in one transaction.
Only what it returns may be acknowledged or broadcast. Its rules for (stream, n) are what makes a message
that is sent again, after whatever died in between, appear once:

    n == last_n + 1   processed: stored, or refused for good; either way last_n grows in the same transaction
    n <= last_n       the stored answer once more: its seq, its refusal, or `pruned` when that is forgotten;
                      `conflict` when the content is not the one that was stored
    n >  last_n + 1   `gap`: something before it never came

Who may say what is decided elsewhere (netcore/room), and asked for at the last moment; people, bans and
waiting whispers are in `room_book`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from netcore import limits
from netcore.errors import LogFileError
from netcore.store.database import Database
from netcore.store.host_whispers import HostWhispers
from netcore.store.room_tables import (
    APPLICATION_ID,
    MIGRATIONS,
    SOUND,
    Again,
    AgainHeld,
    Attempt,
    Ban,
    Held,
    HeldWhisper,
    KnownPerson,
    NotTaken,
    Outcome,
    Stored,
    Switches,
    TooManyStreams,
    WhisperReport,
)
from netcore.store.soundness import file_of, is_bytes, readable
from netcore.wire.codec import encode_file, row_hash
from netcore.wire.codes import Refusal
from netcore.wire.messages import File, Gap, Said

__all__ = [
    "Again", "AgainHeld", "Attempt", "Ban", "Held", "HeldWhisper", "KnownPerson", "NotTaken", "Outcome",
    "RoomLog", "Stored", "Switches", "TooManyStreams", "WhisperReport",
]  # fmt: skip

Judge = Callable[[Attempt], Refusal | None]
"""Why the attempt is refused, None when it is not."""
Prepare = Callable[[Sequence[Outcome]], None]
"""Does what can be done with outcomes that the disk does not have yet, and may never have."""


def _allow(attempt: Attempt) -> Refusal | None:
    return None


def _nothing(outcomes: Sequence[Outcome]) -> None:
    return None


# Rows removed in one commit beyond those it adds: a limit lowered by a million is worked off in steps
# of a millisecond, not in one pause of seconds.
_PRUNE_STEP = 64
_NOT_FINAL = frozenset({Refusal.LATER, Refusal.GAP, Refusal.CONFLICT})
_SAID = "SELECT seq, stream, name, n, at, text, file FROM messages"
# Streams whose last_n, and whose owner, are remembered: of a full room over a day.
_STREAMS_CACHED = 4_096


class RoomLog(HostWhispers):
    """One room's database. One thread at a time; every method may raise LogFileError, which is final."""

    def __init__(self, database: Database, random: Callable[[int], bytes], max_messages: int) -> None:
        super().__init__(database)
        self._max_messages = max(1, max_messages)
        head, first = database.row("SELECT max(seq), min(seq) FROM messages")
        self.head: int = head or 0
        self.first: int = first or self.head + 1
        self.log_id = self._log_id(random)
        # (member_id, stream) -> (the row's id, last_n), and the way back. What the table says, nothing more.
        self._streams: dict[tuple[bytes, bytes], tuple[int, int]] = {}
        self._owners: dict[int, tuple[bytes, bytes]] = {}
        # Rows of the turn that are not in the tables yet: one executemany is half the cost of many executes.
        self._new_rows: list[tuple[int, int, int, str, int, str]] = []
        self._new_files: list[tuple[str, int]] = []  # of a few of these rows: JSON, seq
        self._new_last_n: dict[int, int] = {}
        self._age_ms = 0  # of the room, in this commit

    @classmethod
    def open(
        cls, path: Path | None, random: Callable[[int], bytes], max_messages: int = limits.MAX_LOG_MESSAGES
    ) -> RoomLog:
        """The log in the file, made if there is none; None: in memory. Raises StorageError."""
        database = Database(path, APPLICATION_ID, MIGRATIONS, SOUND)
        try:
            return cls(database, random, max_messages)
        except BaseException:
            database.close()
            raise

    def _log_id(self, random: Callable[[int], bytes]) -> bytes:
        """16 random bytes, made with the log, so that clients notice when another one is in its place."""
        row = self._db.row("SELECT value FROM meta WHERE key = 'log_id'")
        if row:
            return bytes(row[0])
        if self.head:
            raise LogFileError(path=self._db.path, why="the log has lost its id")
        log_id = random(16)
        with self._db.transaction():
            self._db.execute("INSERT INTO meta VALUES ('log_id', ?)", (log_id,))
        return log_id

    @property
    def kept(self) -> bool:
        """Whether it outlives the process. (`first` is the oldest seq there is, head + 1 when none.)"""
        return self._db.path is not None

    def last_stream(self, member_id: bytes) -> tuple[bytes, int] | None:
        """The newest stream of the member, and its last_n."""
        row = self._db.row(
            "SELECT stream, last_n FROM streams WHERE member_id = ? ORDER BY id DESC LIMIT 1", member_id
        )
        return (row[0], row[1]) if row and is_bytes(row[0], 16) else None

    def last_n(self, member_id: bytes, stream: bytes) -> int:
        """The last n of the stream that was processed, 0 for a stream that is new."""
        row = self._db.row("SELECT last_n FROM streams WHERE member_id = ? AND stream = ?", member_id, stream)
        return int(row[0]) if row else 0

    def _forget(self, member_id: bytes) -> None:
        super()._forget(member_id)
        self._streams.clear()

    # --- Writing --------------------------------------------------------------------------------

    def commit(
        self,
        attempts: Sequence[Attempt],
        now_ms: int,
        judge: Judge = _allow,
        prepare: Prepare = _nothing,
        age_ms: int = 0,
    ) -> list[Outcome]:
        """Stores a turn: the attempts, in order, and every change made in `room_book` since the last commit.

        `now_ms` is Unix time, for display; by the room's `age_ms` the whispers among them will lapse.

        `judge` is asked about each that is new and would be stored: a message sent again is answered
        whatever the rules are now. `prepare` is called just before the wait for the disk.

        Durable on return; one outcome for each attempt. With a full disk nothing is stored, every outcome
        is NotTaken(LATER) and `read_only_because` says why, until a commit works again; an empty commit
        tries it. Raises LogFileError when the disk fails otherwise: then nothing may be acknowledged.
        """
        if not attempts and not self._pending and self.read_only_because is None:
            return []
        before = self.head, self.first
        self._bound_caches()
        try:
            with self._db.transaction():
                if self._replay_pending:
                    for sql, values in self._pending:
                        self._db.execute(sql, values)
                if self.read_only_because is not None:
                    # Something must reach the disk, or an empty commit would find room where none is.
                    self._db.execute("INSERT OR REPLACE INTO meta VALUES ('tried_ms', ?)", (now_ms,))
                self._age_ms = age_ms
                outcomes = [self._take(attempt, now_ms, judge) for attempt in attempts]
                self._write_new_rows()
                self._prune(len(attempts))
                prepare(outcomes)
        except BaseException as error:
            self.head, self.first = before
            for one in (
                self._streams, self._owners, self._new_rows, self._new_files, self._new_last_n
            ):  # fmt: skip
                one.clear()
            self._give_up(error)
            return [NotTaken(Refusal.LATER)] * len(attempts)
        self._pending.clear()
        self._replay_pending = False
        self.read_only_because = None
        return outcomes

    def _take(self, attempt: Attempt, now_ms: int, judge: Judge) -> Outcome:
        stream, last_n = self._stream(attempt.member_id, attempt.stream)
        if attempt.n <= last_n:
            return self._repeat(stream, attempt)
        if attempt.n != last_n + 1:
            return NotTaken(Refusal.GAP)
        if not stream and not self._may_begin_stream(attempt.member_id):
            return TooManyStreams()
        offered = attempt.what if isinstance(attempt.what, Refusal) else judge(attempt) or attempt.what
        if isinstance(offered, HeldWhisper):
            offered = replace(offered, at=now_ms)
        gave_up: tuple[HeldWhisper, ...] = ()
        what: str | File | HeldWhisper | Refusal = offered
        if isinstance(offered, HeldWhisper):
            what, gave_up = self._admit(offered, self._age_ms)
        elif isinstance(offered, File) and not self._may_share(
            offered.blob, attempt.member_id, offered.size
        ):
            what = Refusal.NO_FILE
        # Refusal first: being words, refusals are strings too.
        if isinstance(what, Refusal):
            if what not in _NOT_FINAL:
                self._keep_answer(self._advance(attempt, stream), attempt.n, what.value, now_ms, None)
            return NotTaken(what)
        stream = self._advance(attempt, stream)
        if isinstance(what, HeldWhisper):
            self._keep_answer(stream, attempt.n, "", what.at, what.digest)
            return Held(what, what.at, gave_up) if what is offered else AgainHeld(what.at)
        if isinstance(what, File):
            return self._say_file(stream, attempt, what, now_ms)
        return self._say(stream, attempt, what, now_ms)

    def _stream(self, member_id: bytes, stream: bytes) -> tuple[int, int]:
        """The stream's row id and last_n; (0, 0) when it has no row yet."""
        key = (member_id, stream)
        known = self._streams.get(key)
        if known is None:
            known = self._db.row("SELECT id, last_n FROM streams WHERE member_id = ? AND stream = ?", *key)
            if known is None:
                return 0, 0
            self._streams[key] = known
        return known

    def _may_begin_stream(self, member_id: bytes) -> bool:
        sql = "SELECT count(*) FROM streams WHERE member_id = ?"
        begun = int(self._db.execute(sql, (member_id,)).fetchone()[0])
        return begun < limits.STREAMS_PER_MEMBER or member_id == self.host_id

    def _advance(self, attempt: Attempt, stream: int) -> int:
        """Uses up n. The stream's row is made with the first one, so that gaps leave nothing behind."""
        if not stream:
            cursor = self._db.execute(
                "INSERT INTO streams (member_id, stream, last_n) VALUES (?, ?, 0)",
                (attempt.member_id, attempt.stream),
            )
            assert cursor.lastrowid is not None  # after an INSERT it is set
            stream = cursor.lastrowid
        self._streams[attempt.member_id, attempt.stream] = (stream, attempt.n)
        self._new_last_n[stream] = attempt.n
        return stream

    def _say(self, stream: int, attempt: Attempt, text: str, now_ms: int) -> Stored:
        seq = self.head = self.head + 1
        self._new_rows.append((seq, stream, attempt.n, attempt.name, now_ms, text))
        return Stored(Said(seq, attempt.member_id, attempt.name, attempt.stream, attempt.n, now_ms, text))

    def _say_file(self, stream: int, attempt: Attempt, file: File, now_ms: int) -> Stored:
        said = replace(self._say(stream, attempt, "", now_ms).said, file=file)
        self._share(file.blob, self._age_ms, seq=said.seq)
        self._new_files.append((encode_file(file), said.seq))
        return Stored(said)

    def _write_new_rows(self) -> None:
        self._db.execute_many(
            "INSERT INTO messages (seq, stream, n, name, at, text) VALUES (?, ?, ?, ?, ?, ?)", self._new_rows
        )
        if self._new_files:
            self._db.execute_many("UPDATE messages SET file = ? WHERE seq = ?", self._new_files)
            self._new_files.clear()
        self._db.execute_many(
            "UPDATE streams SET last_n = ? WHERE id = ?",
            [(n, stream) for stream, n in self._new_last_n.items()],
        )
        self._new_rows.clear()
        self._new_last_n.clear()

    def _bound_caches(self) -> None:
        if len(self._streams) > _STREAMS_CACHED:
            self._streams.clear()
        if len(self._owners) > _STREAMS_CACHED:
            self._owners.clear()

    def _keep_answer(self, stream: int, n: int, code: str, at: int, digest: bytes | None) -> None:
        self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", (stream, n, code, at, digest))
        self._db.execute("DELETE FROM answers WHERE stream = ? AND n <= ?", (stream, n - limits.ANSWERS_KEPT))

    def _repeat(self, stream: int, attempt: Attempt) -> Outcome:
        """The stored answer to an n that was processed before, if the content is the same."""
        self._write_new_rows()  # it may repeat one of this turn
        what = attempt.what
        key = (stream, attempt.n)
        sql = "SELECT seq, text, file FROM messages WHERE stream = ? AND n = ?"
        row = self._db.execute(sql, key).fetchone()
        if row is not None:
            # A Refusal carries no content: the member has been muted, say, since it was stored.
            stored = row[1] if row[2] is None else file_of(row[2])
            same = what == stored or isinstance(what, Refusal)
            return Again(row[0]) if same else NotTaken(Refusal.CONFLICT)
        row = self._db.execute(
            "SELECT code, at, digest FROM answers WHERE stream = ? AND n = ?", key
        ).fetchone()
        if row is None:
            return NotTaken(Refusal.PRUNED)
        code, at, digest = row
        if code:
            return NotTaken(Refusal(code))
        same = what.digest == digest if isinstance(what, HeldWhisper) else isinstance(what, Refusal)
        return AgainHeld(at) if same else NotTaken(Refusal.CONFLICT)

    def _prune(self, added: int) -> None:
        """Removes the oldest messages above the limit, a step at a time. Readers are told with a Gap."""
        first = min(self.head - self._max_messages + 1, self.first + added + _PRUNE_STEP)
        if first > self.first:
            self._db.execute("DELETE FROM messages WHERE seq < ?", (first,))
            self._forget_shared_before(first)
            self.first = first

    # --- Reading --------------------------------------------------------------------------------

    def read(self, after: int, limit: int) -> tuple[Gap | None, tuple[Said, ...]]:
        """Up to `limit` messages with seq > after, oldest first, and what of them retention has removed."""
        gap = Gap(after + 1, self.first - 1) if after + 1 < self.first and after < self.head else None
        return gap, self._select(f"{_SAID} WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)

    def read_before(self, before: int, limit: int) -> tuple[Said, ...]:
        """The `limit` messages next before seq `before`, oldest first."""
        return self._select(f"{_SAID} WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit)[::-1]

    def file_of(self, blob: bytes) -> File | None:
        """The file that a message here shares."""
        row = self._db.row(
            "SELECT file FROM messages WHERE seq = (SELECT seq FROM blobs WHERE blob = ?)", blob
        )
        return file_of(row[0]) if row else None

    def row_hash_at(self, seq: int) -> bytes | None:
        """The 32 bytes by which a client resumes after seq. None if seq is not in the log: past its head,
        or removed by retention (then log_id alone can vouch for the client's place)."""
        rows = self._select(f"{_SAID} WHERE seq = ?", seq)
        return row_hash(self.log_id, rows[0]) if rows else None

    def _select(self, sql: str, *values: Any) -> tuple[Said, ...]:
        rows = self._db.rows(sql, *values)
        owners = self._owners
        said = []
        for seq, stream, name, n, at, text, kept in rows:
            member_id, stream_id = owners.get(stream) or self._owner(stream)
            file = None if kept is None else file_of(kept)
            said.append(readable(Said(seq, member_id, name, stream_id, n, at, text, file)))
        return tuple(said)

    def _owner(self, stream: int) -> tuple[bytes, bytes]:
        """Whose stream the row is, and its 16 bytes on the wire. Looked up once; a join does it each time.

        For a row that is of no one any more: ids of zeros, which nobody has.
        """
        owner: tuple[bytes, bytes] = self._db.row(
            "SELECT member_id, stream FROM streams WHERE id = ?", stream
        ) or (b"", b"")
        owner = (
            owner[0] if is_bytes(owner[0], 32) else bytes(32),
            owner[1] if is_bytes(owner[1], 16) else bytes(16),
        )
        self._owners[stream] = owner
        return owner

    def check_names(self) -> None:
        """Raises LogFileGone when the file is no longer under its name. `commit` does it, too."""
        self._db.check_names()

    def close(self) -> None:
        """Gives the file back. What was not committed is not stored."""
        self._db.close()
