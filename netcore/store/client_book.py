"""The part of a client's database that is about people: whispers, their counters, names and keys once
seen (PROTOCOL §8.5, §10.2).

`take_whisper`, `settle_whisper` are durable when they return. Pins and keys (`pin_name`, `remember_key`)
are seen at once and become durable with the next durable call, or `flush`: a roster of 500 costs one
fsync, not 500.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

from netcore.store.client_tables import StoredWhisper
from netcore.store.database import Database, storage_error


class ClientBook:
    """The lower half of ClientStore, which alone makes one. Servers are named by fingerprint, 32 bytes."""

    def __init__(self, database: Database, random: Callable[[int], bytes] = os.urandom) -> None:
        self._db = database
        self._random = random
        self._issued: dict[tuple[int, bytes], int] = {}

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

    @property
    def unflushed(self) -> bool:
        """Whether there are changes that a power cut would undo."""
        return self._db.in_transaction

    def flush(self) -> None:
        """Makes pins and keys durable. Raises StorageFull; they are then asked for, and stored, again."""
        with self._db.transaction():
            pass

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
        self, server: bytes, sender: bytes, name: str, msg_id: bytes, counter: int, text: str, at_ms: int
    ) -> bool:
        """Stores a whisper that was opened. False, and nothing is stored, when its counter is not above the
        last one of this sender: it is a replay, or was delivered before. Durable on return."""
        key = (self._server(server), sender)
        row = self._db.row("SELECT received FROM counters WHERE server = ? AND member_id = ?", *key)
        if row is not None and counter <= row[0]:
            return False
        with self._db.transaction():
            self._db.execute(
                """INSERT INTO counters (server, member_id, received) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET received = excluded.received""",
                (*key, counter),
            )
            self._keep_whisper(key[0], False, sender, name, msg_id, text, at_ms)
        return True

    def settle_whisper(self, server: bytes, to: bytes, msg_id: bytes, delivered: bool) -> bool:
        """What became of a whisper of ours. False when no such whisper is known."""
        key = (self._server(server), msg_id, to)
        with self._db.transaction():
            cursor = self._db.execute(
                """UPDATE whispers SET delivered = ?
                    WHERE mine AND server = ? AND msg_id = ? AND member_id = ?""",
                (int(delivered), *key),
            )
        return cursor.rowcount > 0

    def whispers(self, server: bytes, since_ms: int) -> tuple[StoredWhisper, ...]:
        """Whispers from and to us with this server, of that time and later, in the order they were stored."""
        rows = self._db.rows(
            """SELECT mine, member_id, name, msg_id, text, at, delivered FROM whispers
                WHERE server = ? AND at >= ? ORDER BY id""",
            *(self._server(server), since_ms),
        )
        return tuple(
            StoredWhisper(bool(mine), member_id, name, msg_id, text, at, _tristate(delivered))
            for mine, member_id, name, msg_id, text, at, delivered in rows
        )

    def _keep_whisper(
        self, server: int, mine: bool, member_id: bytes, name: str, msg_id: bytes, text: str, at_ms: int
    ) -> None:
        self._db.execute(
            """INSERT INTO whispers (server, mine, member_id, name, msg_id, text, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (server, int(mine), member_id, name, msg_id, text, at_ms),
        )

    # --- Who is who -----------------------------------------------------------------------------

    def pin_name(self, server: bytes, folded: str, member_id: bytes) -> bytes:
        """The member that was first seen under this (folded) name; `member_id` itself if none was."""
        key = (self._server(server), folded)
        row = self._db.row("SELECT member_id FROM pins WHERE server = ? AND folded = ?", *key)
        if row is not None:
            return bytes(row[0])
        self._later("INSERT INTO pins VALUES (?, ?, ?)", *key, member_id)
        return member_id

    def repin_name(self, server: bytes, folded: str, member_id: bytes) -> None:
        """The person knows that the name has passed to another member."""
        self._later("INSERT OR REPLACE INTO pins VALUES (?, ?, ?)", self._server(server), folded, member_id)

    def key_of(self, member_id: bytes) -> bytes | None:
        """The modulus of a member's key. It was checked against the id when it was remembered."""
        row = self._db.row("SELECT modulus FROM keys WHERE member_id = ?", member_id)
        return bytes(row[0]) if row else None

    def remember_key(self, member_id: bytes, modulus: bytes) -> None:
        self._later("INSERT OR IGNORE INTO keys VALUES (?, ?)", member_id, modulus)


def _tristate(value: int | None) -> bool | None:
    return None if value is None else bool(value)
