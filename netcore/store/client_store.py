"""What a client keeps: what it has read, and what it has written and not yet been told is safe
(PROTOCOL §8.5).

A message is a draft here before it shows as pending, and leaves in the same transaction that puts the
server's copy of it into the history: whenever the power goes, it is in exactly one of the two. A draft
keeps its (stream, n), so that the server knows it again when it is sent again.

Pins (which member was first seen under a name) and keys are seen at once, and become durable with the
next durable call, or `flush`: a roster of 500 costs one fsync, not 500.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from netcore.errors import LogFileError, StorageError
from netcore.store.client_tables import (
    APPLICATION_ID,
    MIGRATIONS,
    SOUND,
    Draft,
    Place,
    StoredDownload,
    StoredUpload,
    StoredWhisper,
    Taken,
)
from netcore.store.database import Database, storage_error
from netcore.store.soundness import UNREADABLE_TEXT, file_of, is_bytes, readable
from netcore.wire.codec import encode_file, row_hash
from netcore.wire.codes import WhisperOutcome
from netcore.wire.messages import File, Said, is_c2_size

__all__ = ["ClientStore", "Draft", "Place", "StoredDownload", "StoredUpload", "StoredWhisper", "Taken"]

_DRAFT = """SELECT id, stream, n, text, at, recipient, to_name, msg_id, counter, c1, c2, refused, file
    FROM drafts"""


class ClientStore:
    """One nick's database. One thread at a time. Servers are named by fingerprint, 32 bytes.

    Methods raise StorageFull (nothing was stored, it may be tried again) or LogFileError (final). Changes
    are durable on return unless their docstring says not.
    """

    def __init__(self, database: Database, random: Callable[[int], bytes] = os.urandom) -> None:
        self._db = database
        self._random = random
        self._issued: dict[tuple[int, bytes], int] = {}

    @classmethod
    def open(cls, path: Path | None, random: Callable[[int], bytes] = os.urandom) -> ClientStore:
        """The store in the file, made if there is none; None: in memory. Raises StorageError."""
        return cls(Database(path, APPLICATION_ID, MIGRATIONS, SOUND), random)

    def place(self, server: bytes) -> Place:
        """Where we stand with the server. A server that is new gets a stream."""
        row = self._db.row(
            """SELECT room, host_id, log_id, seq, row, stream, next_n
                FROM servers LEFT JOIN logs ON logs.id = servers.log WHERE servers.id = ?""",
            self._server(server),
        )
        return Place(*row)

    def set_room(self, server: bytes, room: str, host_id: bytes) -> None:
        """Durable with the next durable call, or `flush`: the server says it again each time."""
        self._later(
            "UPDATE servers SET room = ?, host_id = ? WHERE id = ?", room, host_id, self._server(server)
        )

    # --- Drafts ---------------------------------------------------------------------------------

    def add_say(self, server: bytes, text: str, at_ms: int) -> Draft:
        """A message for the room is on its way from here on."""
        row = self._server(server)
        with self._db.transaction():
            stream, n = self._next_n(row)
            draft_id = self._add(row, stream, n, text, at_ms, None, "")
        return Draft(draft_id, stream, n, text, at_ms, None, "", b"", 0, b"", b"", "")

    def add_whisper(self, server: bytes, to: bytes, to_name: str, text: str, at_ms: int) -> Draft:
        """A whisper is kept from here on; it is numbered, and on its way, once `seal_draft` has it sealed.

        Not sooner, or it would hold up what is written later until its recipient's key is here.
        """
        row = self._server(server)
        with self._db.transaction():
            draft_id = self._add(row, b"", 0, text, at_ms, to, to_name)
        return Draft(draft_id, b"", 0, text, at_ms, to, to_name, b"", 0, b"", b"", "")

    def seal_draft(
        self, server: bytes, draft: Draft, msg_id: bytes, counter: int, c1: bytes, c2: bytes
    ) -> Draft:
        """The whisper as it is sent from now on: sent again it must be the same bytes."""
        row = self._server(server)
        with self._db.transaction():
            stream, n = self._next_n(row)
            self._db.execute(
                """UPDATE drafts SET stream = ?, n = ?, msg_id = ?, counter = ?, c1 = ?, c2 = ?
                    WHERE id = ?""",
                (stream, n, msg_id, counter, c1, c2, draft.draft_id),
            )
            self._db.execute(
                """INSERT INTO counters (server, member_id, sent) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET sent = max(sent, excluded.sent)""",
                (row, draft.to, counter),
            )
        return replace(draft, stream=stream, n=n, msg_id=msg_id, counter=counter, c1=c1, c2=c2)

    def _next_n(self, server: int) -> tuple[bytes, int]:
        stream, n = self._db.execute("SELECT stream, next_n FROM servers WHERE id = ?", (server,)).fetchone()
        self._db.execute("UPDATE servers SET next_n = ? WHERE id = ?", (n + 1, server))
        return stream, n

    def share_upload(self, server: bytes, upload: StoredUpload, at_ms: int) -> Draft:
        """The server has all of the file: a message that shares it takes its place."""
        row, kept, file = self._server(server), encode_file(upload.file), upload.file
        with self._db.transaction():
            self._db.execute("DELETE FROM uploads WHERE id = ?", (upload.upload_id,))
            stream, n = self._next_n(row) if upload.to is None else (b"", 0)
            draft_id = self._add(row, stream, n, "", at_ms, upload.to, upload.to_name, kept)
        return Draft(draft_id, stream, n, "", at_ms, upload.to, upload.to_name, b"", 0, b"", b"", "", file)

    def _add(
        self,
        server: int,
        stream: bytes,
        n: int,
        text: str,
        at_ms: int,
        to: bytes | None,
        to_name: str,
        file: str | None = None,
    ) -> int:
        # Not read back: a read that failed now would be taken for a message that was not stored.
        cursor = self._db.execute(
            """INSERT INTO drafts
                (server, stream, n, text, at, recipient, to_name, msg_id, counter, c1, c2, file)
                VALUES (?, ?, ?, ?, ?, ?, ?, x'', 0, x'', x'', ?)""",
            (server, stream, n, text, at_ms, to, to_name, file),
        )
        assert cursor.lastrowid is not None  # after an INSERT it is set
        return cursor.lastrowid

    def unsent(self, server: bytes) -> tuple[Draft, ...]:
        """The drafts that wait for an answer, in the order of their n."""
        return self._drafts("server = ? AND refused = '' AND n > 0 ORDER BY n", server)

    def unsealed(self, server: bytes) -> tuple[Draft, ...]:
        """The whispers that are not sealed yet, in the order in which they were written."""
        return self._drafts("server = ? AND refused = '' AND n = 0 ORDER BY id", server)

    def refused(self, server: bytes) -> tuple[Draft, ...]:
        """The drafts that were refused for good. Their text is the person's until it is discarded."""
        return self._drafts("server = ? AND refused <> '' ORDER BY id", server)

    def _drafts(self, which: str, server: bytes) -> tuple[Draft, ...]:
        rows = self._db.rows(f"{_DRAFT} WHERE {which}", self._server(server))
        drafts = tuple(
            replace(Draft(*row[:12]), file=None if row[12] is None else self._file(row[12])) for row in rows
        )
        for draft in drafts:
            if draft.to is not None and draft.n and not is_c2_size(len(draft.c2)):
                raise self._damaged("drafts")
        return drafts

    def _file(self, kept: str) -> File:
        """Of what is on its way: if that is damaged, it cannot be left out silently."""
        file = file_of(kept)
        if file is None:
            raise self._damaged("a file")
        return file

    def _damaged(self, where: str) -> LogFileError:
        return LogFileError(path=self._db.path or "(in memory)", why=f"it is damaged inside, in {where}")

    def refuse(self, draft_id: int, code: str) -> None:
        """The server's final answer to the draft was no."""
        with self._db.transaction():
            self._db.execute("UPDATE drafts SET refused = ? WHERE id = ?", (code, draft_id))

    def discard(self, draft_id: int) -> None:
        """Forgets a refused draft. One that waits stays: its n would be missing in the stream."""
        with self._db.transaction():
            self._db.execute("DELETE FROM drafts WHERE id = ? AND refused <> ''", (draft_id,))

    def acknowledge_say(self, draft_id: int) -> None:
        """The server has it; its copy comes, or came, with the history."""
        with self._db.transaction():
            self._db.execute("DELETE FROM drafts WHERE id = ?", (draft_id,))

    def acknowledge_whisper(self, draft_id: int, at_ms: int) -> None:
        """The server keeps it for the recipient, so it moves to the whispers."""
        with self._db.transaction():
            row = self._db.execute(
                "SELECT server, recipient, to_name, msg_id, text, file FROM drafts WHERE id = ?", (draft_id,)
            ).fetchone()
            if row is not None:
                server, to, to_name, msg_id, text, file = row
                self._keep_whisper(server, True, to, to_name, msg_id, text, at_ms, file)
                self._db.execute("DELETE FROM drafts WHERE id = ?", (draft_id,))

    def new_stream(self, server: bytes) -> bytes:
        """A fresh stream, after a gap or a conflict. The drafts that wait move to it, as 1, 2, 3 ..."""
        row = self._server(server)
        stream = self._random(16)
        with self._db.transaction():
            waiting = self._db.execute(
                "SELECT id FROM drafts WHERE server = ? AND refused = '' AND n > 0 ORDER BY n", (row,)
            ).fetchall()
            for n, (draft_id,) in enumerate(waiting, 1):
                self._db.execute("UPDATE drafts SET stream = ?, n = ? WHERE id = ?", (stream, n, draft_id))
            self._db.execute(
                "UPDATE servers SET stream = ?, next_n = ? WHERE id = ?", (stream, len(waiting) + 1, row)
            )
        return stream

    # --- History --------------------------------------------------------------------------------

    def start_log(self, server: bytes, log_id: bytes, after_seq: int) -> None:
        """Follows a new or a replaced log from after_seq on. What was read of another stays, apart."""
        row = self._server(server)
        with self._db.transaction():
            cursor = self._db.execute("INSERT INTO logs (server, log_id) VALUES (?, ?)", (row, log_id))
            self._db.execute(
                "UPDATE servers SET log = ?, seq = ?, row = NULL WHERE id = ?",
                (cursor.lastrowid, after_seq, row),
            )

    def append(
        self,
        server: bytes,
        log_id: bytes,
        rows: Sequence[Said],
        acknowledged: Sequence[int] = (),
        not_ours: Collection[int] = (),
    ) -> None:
        """New messages of the log, the new place, and the drafts among them gone, in one transaction.

        `not_ours`: the seqs of those under our key that we did not write. Rows that are here already are
        passed over. ValueError: another log, or a row was left out.
        """
        key = self._server(server)
        with self._db.transaction():
            log, current_id, seq, place = self._db.execute(
                """SELECT log, log_id, seq, row FROM servers LEFT JOIN logs ON logs.id = servers.log
                    WHERE servers.id = ?""",
                (key,),
            ).fetchone()
            if current_id != log_id:
                raise ValueError("not the log that is followed; start_log comes first")
            for said in rows:
                if said.seq <= seq:
                    continue
                if said.seq != seq + 1:
                    raise ValueError(f"message {seq + 1} is missing before {said.seq}; skip_gap comes first")
                self._db.execute(
                    "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(log, said.seq, said.sender, said.name, said.stream, said.n, said.at, said.text),
                        None if said.file is None else encode_file(said.file),
                    ),
                )
                seq = said.seq
                place = row_hash(log_id, said)
            marks = [(log, one) for one in not_ours]
            self._db.execute_many("INSERT OR IGNORE INTO not_ours VALUES (?, ?)", marks)
            self._db.execute("UPDATE servers SET seq = ?, row = ? WHERE id = ?", (seq, place, key))
            for draft_id in acknowledged:
                self._db.execute("DELETE FROM drafts WHERE id = ?", (draft_id,))

    def skip_gap(self, server: bytes, last: int) -> None:
        """Messages up to `last` are gone from the server's log; what comes next is last + 1."""
        key = self._server(server)
        with self._db.transaction():
            self._db.execute(
                "UPDATE servers SET seq = ?, row = NULL WHERE id = ? AND seq < ?", (last, key, last)
            )

    def history(self, server: bytes, before_seq: int | None, limit: int) -> tuple[Said, ...]:
        """Up to `limit` messages of the log being followed, next before before_seq (None: the newest),
        oldest first."""
        rows = self._db.rows(
            """SELECT seq, sender, name, stream, n, at, text, file FROM history
                WHERE log = (SELECT log FROM servers WHERE id = ?) AND seq < ? ORDER BY seq DESC LIMIT ?""",
            *(self._server(server), 2**63 - 1 if before_seq is None else before_seq, limit),
        )
        return tuple(map(_said, reversed(rows)))

    def not_ours(self, server: bytes) -> frozenset[int]:
        """The seqs of the messages of the log being followed that bear our key and are not ours."""
        rows = self._db.rows(
            "SELECT seq FROM not_ours WHERE log = (SELECT log FROM servers WHERE id = ?)",
            self._server(server),
        )
        return frozenset(row[0] for row in rows)

    # --- Whispers -------------------------------------------------------------------------------

    def next_counter(self, server: bytes, to: bytes, now_us: int) -> int:
        """A number above every one that a whisper to this member has had: the time, or the last plus one.

        `seal_draft` stores it; one that was never stored was never sent, so it needs no keeping.
        """
        key = (self._server(server), to)
        row = self._db.row("SELECT sent FROM counters WHERE server = ? AND member_id = ?", *key)
        counter = max(row[0] + 1 if row else 1, self._issued.get(key, 0) + 1, now_us)
        self._issued[key] = counter
        return counter

    def take_whisper(
        self,
        server: bytes,
        sender: bytes,
        name: str,
        msg_id: bytes,
        counter: int,
        text: str,
        at_ms: int,
        file: File | None = None,
    ) -> Taken:
        """Stores a whisper that was opened, if it is new and its counter is above the last of this sender."""
        key = (self._server(server), sender)
        row = self._db.row(
            """SELECT text, file FROM whispers
                WHERE NOT mine AND server = ? AND msg_id = ? AND member_id = ?""",
            *(key[0], msg_id, sender),
        )
        if row is not None:
            same = row[0] == text and file_of(row[1]) == file
            return Taken.REPEATED if same else Taken.OUT_OF_ORDER
        row = self._db.row("SELECT received FROM counters WHERE server = ? AND member_id = ?", *key)
        if row is not None and counter <= row[0]:
            return Taken.OUT_OF_ORDER
        with self._db.transaction():
            self._db.execute(
                """INSERT INTO counters (server, member_id, received) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET received = excluded.received""",
                (*key, counter),
            )
            kept = None if file is None else encode_file(file)
            self._keep_whisper(key[0], False, sender, name, msg_id, text, at_ms, kept)
        return Taken.NEW

    def settle_whisper(self, server: bytes, to: bytes, msg_id: bytes, outcome: WhisperOutcome) -> str | None:
        """What became of a whisper of ours. The name it went to; None when it is not known, or known so."""
        key = (self._server(server), msg_id, to)
        where = "mine AND server = ? AND msg_id = ? AND member_id = ?"
        row = self._db.row(f"SELECT name, outcome FROM whispers WHERE {where}", *key)
        if row is None or row[1] == outcome:
            return None
        with self._db.transaction():
            self._db.execute(f"UPDATE whispers SET outcome = ? WHERE {where}", (outcome.value, *key))
        return str(row[0])

    def whispers(self, server: bytes, since_ms: int) -> tuple[StoredWhisper, ...]:
        """Whispers from and to us with this server, of that time and later, in the order they were stored."""
        rows = self._db.rows(
            """SELECT mine, member_id, name, msg_id, text, at, outcome, file FROM whispers
                WHERE server = ? AND at >= ? ORDER BY id""",
            *(self._server(server), since_ms),
        )
        return tuple(
            StoredWhisper(
                *(bool(mine), member_id, name, msg_id, UNREADABLE_TEXT if file and not shared else text, at),
                WhisperOutcome(outcome) if outcome else None,
                shared,
            )
            for mine, member_id, name, msg_id, text, at, outcome, file in rows
            for shared in (file_of(file),)
        )

    def _keep_whisper(
        self,
        server: int,
        mine: bool,
        member_id: bytes,
        name: str,
        msg_id: bytes,
        text: str,
        at_ms: int,
        file: str | None = None,
    ) -> None:
        self._db.execute(
            """INSERT INTO whispers (server, mine, member_id, name, msg_id, text, at, file)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (server, int(mine), member_id, name, msg_id, text, at_ms, file),
        )

    # --- Files ----------------------------------------------------------------------------------

    def add_upload(
        self, server: bytes, path: str, file: File, to: bytes | None, to_name: str
    ) -> StoredUpload:
        """A file is on its way from here on; nothing of it has been read."""
        row = self._server(server)
        with self._db.transaction():
            cursor = self._db.execute(
                """INSERT INTO uploads (server, path, file, digests, recipient, to_name)
                    VALUES (?, ?, ?, x'', ?, ?)""",
                (row, path, encode_file(file), to, to_name),
            )
            assert cursor.lastrowid is not None  # after an INSERT it is set
        return StoredUpload(cursor.lastrowid, path, file, b"", to, to_name)

    def upload_was_read(self, upload: StoredUpload, file: File, digests: bytes) -> StoredUpload:
        """More of it has been read. `digests` bind its key to what was read, so no chunk may be sealed before
        this returns: see crypto.blob."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE uploads SET file = ?, digests = ? WHERE id = ?",
                (encode_file(file), digests, upload.upload_id),
            )
        return replace(upload, file=file, digests=digests)

    def uploads(self, server: bytes) -> tuple[StoredUpload, ...]:
        """In the order in which they were chosen."""
        rows = self._db.rows(
            """SELECT id, path, file, digests, recipient, to_name FROM uploads
                WHERE server = ? ORDER BY id""",
            self._server(server),
        )
        return tuple(
            StoredUpload(number, path, self._file(kept), digests, to, to_name)
            for number, path, kept, digests, to, to_name in rows
        )

    def drop_upload(self, upload_id: int) -> None:
        with self._db.transaction():
            self._db.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))

    def add_download(self, server: bytes, file: File, part: str, whispered: bool) -> None:
        """A file is on its way to us from here on; what has come of it is in `part`."""
        row = self._server(server)
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO downloads (server, file, part, whispered) VALUES (?, ?, ?, ?)",
                (row, encode_file(file), part, int(whispered)),
            )

    def downloads(self, server: bytes) -> tuple[StoredDownload, ...]:
        """In the order in which they were asked for."""
        rows = self._db.rows(
            "SELECT file, part, whispered FROM downloads WHERE server = ? ORDER BY id", self._server(server)
        )
        return tuple(
            StoredDownload(self._file(kept), part, bool(whispered)) for kept, part, whispered in rows
        )

    def drop_download(self, server: bytes, part: str) -> None:
        row = self._server(server)
        with self._db.transaction():
            self._db.execute("DELETE FROM downloads WHERE server = ? AND part = ?", (row, part))

    def shared_file(self, server: bytes, blob: bytes) -> tuple[File, bool] | None:
        """The file that a message or a whisper here shares, and whether it is a whisper to us."""
        row = self._server(server)
        rows = self._db.rows(
            """SELECT file, 0 FROM history
                WHERE log = (SELECT log FROM servers WHERE id = ?1) AND file IS NOT NULL
                UNION ALL SELECT file, NOT mine FROM whispers WHERE server = ?1 AND file IS NOT NULL""",
            row,
        )
        for kept, whispered in rows:
            file = file_of(kept)
            if file is not None and file.blob == blob:
                return file, bool(whispered)
        return None

    def own_file(self, server: bytes, blob: bytes, me: bytes) -> File | None:
        """The file that a message or a whisper of ours here shares."""
        rows = self._db.rows(
            """SELECT file FROM history WHERE log = (SELECT log FROM servers WHERE id = ?1)
                AND sender = ?2 AND file IS NOT NULL
                UNION ALL SELECT file FROM whispers WHERE server = ?1 AND mine AND file IS NOT NULL""",
            *(self._server(server), me),
        )
        return next((file for (kept,) in rows if (file := file_of(kept)) and file.blob == blob), None)

    def add_take_back(self, server: bytes, blob: bytes, name: str) -> None:
        """A file of ours, which we call so, is taken back from here on."""
        row = self._server(server)
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO take_backs VALUES (?, ?, ?)", (row, blob, name))

    def take_backs(self, server: bytes) -> dict[bytes, str]:
        """The names of those of which the server has not said yet that they are, by blob."""
        return dict(
            self._db.rows("SELECT blob, name FROM take_backs WHERE server = ?", self._server(server))
        )

    def drop_take_back(self, server: bytes, blob: bytes) -> None:
        row = self._server(server)
        with self._db.transaction():
            self._db.execute("DELETE FROM take_backs WHERE server = ? AND blob = ?", (row, blob))

    # --- Who is who -----------------------------------------------------------------------------

    def pin_name(self, server: bytes, folded: str, member_id: bytes) -> bytes:
        """The member that was first seen under this (folded) name; `member_id` itself if none was.

        Durable with the next durable call, or `flush`.
        """
        key = (self._server(server), folded)
        row = self._db.row("SELECT member_id FROM pins WHERE server = ? AND folded = ?", *key)
        if row is not None:
            return bytes(row[0])
        self._later("INSERT INTO pins VALUES (?, ?, ?)", *key, member_id)
        return member_id

    def key_of(self, member_id: bytes) -> bytes | None:
        """The modulus of a member's key, which was checked against the id when it was remembered."""
        row = self._db.row("SELECT modulus FROM keys WHERE member_id = ?", member_id)
        return bytes(row[0]) if row else None

    def remember_key(self, member_id: bytes, modulus: bytes) -> None:
        """The first one counts. Durable with the next durable call, or `flush`."""
        self._later("INSERT OR IGNORE INTO keys VALUES (?, ?)", member_id, modulus)

    def forget_key(self, member_id: bytes) -> None:
        """It is damaged. Durable with the next durable call, or `flush`."""
        self._later("DELETE FROM keys WHERE member_id = ?", member_id)

    def compared(self) -> frozenset[bytes]:
        """The members whose fingerprint the person has compared, in whichever room."""
        return frozenset(row[0] for row in self._db.rows("SELECT member_id FROM compared"))

    def set_compared(self, member_id: bytes, compared: bool) -> None:
        with self._db.transaction():
            if compared:
                self._db.execute("INSERT OR IGNORE INTO compared VALUES (?)", (member_id,))
            else:
                self._db.execute("DELETE FROM compared WHERE member_id = ?", (member_id,))

    # --- The end, and inside ----------------------------------------------------------------------

    @property
    def unflushed(self) -> bool:
        """Whether there are changes that a power cut would undo."""
        return self._db.in_transaction

    def flush(self) -> None:
        """Makes pins and keys durable. Raises StorageFull; they are then asked for, and stored, again."""
        with self._db.transaction():
            pass

    def close(self) -> None:
        """Makes pins and keys durable, and closes the database. Idempotent."""
        if self._db.closed:
            return
        try:
            # On a disk that is full or fails they are lost, and seen anew next time; all else is safe.
            with contextlib.suppress(StorageError):
                self.flush()
        finally:
            self._db.close()

    def _server(self, fingerprint: bytes) -> int:
        """The server's row, made at first use together with its first stream."""
        row = self._db.row("SELECT id FROM servers WHERE fingerprint = ?", fingerprint)
        if row is None:
            with self._db.transaction():
                self._db.execute(
                    "INSERT INTO servers (fingerprint, stream, next_n) VALUES (?, ?, 1)",
                    (fingerprint, self._random(16)),
                )
            row = self._db.row("SELECT id FROM servers WHERE fingerprint = ?", fingerprint)
        return int(row[0])

    def _later(self, sql: str, *values: Any) -> None:
        """A change that becomes durable with the next one that must be."""
        try:
            self._db.begin()
            self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise storage_error(self._db.path, error) from error


def _said(row: tuple[Any, ...]) -> Said:
    """A row of the history; in place of one that is damaged, one that says so."""
    seq, sender, name, stream, n, at, text, kept = row
    sender = sender if is_bytes(sender, 32) else bytes(32)
    stream = stream if is_bytes(stream, 16) else bytes(16)
    return readable(Said(seq, sender, name, stream, n, at, text, None if kept is None else file_of(kept)))
