"""The part of the room's database that is not messages: people and their names, bans, mutes, switches,
and whispers that wait for their recipient (PROTOCOL §7.4, §12.2).

Changes made here are seen at once by the methods that read, and become durable with the next
`RoomLog.commit`, so that a loop turn costs one fsync however much happens in it. If that commit meets a
full disk they are not lost: they wait, in order, and go with the first commit that works.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from netcore import limits
from netcore.errors import StorageFull
from netcore.store.database import Database, storage_error
from netcore.store.room_tables import Ban, HeldWhisper, KnownPerson, Switches, WhisperReport, is_bytes
from netcore.wire.codes import WhisperOutcome
from netcore.wire.names import fold_name

_NAME_LAPSES_MS = int(limits.NAME_LAPSES_S * 1000)
_WHISPER_LAPSES_MS = int(limits.WHISPERS_HELD_S * 1000)
_OUTCOMES = frozenset(WhisperOutcome)
_WHISPER = "sender, recipient, msg_id, counter, c1, c2, at"


class RoomBook:
    """The lower half of RoomLog, which alone makes one."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self._replay_pending = False
        self.read_only_because: str | None = None  # a clause, while the disk is full

    @property
    def dirty(self) -> bool:
        """Whether there is something for the next commit, messages apart."""
        return bool(self._pending)

    def _change(self, sql: str, *values: Any) -> None:
        """Executes now, for who reads next; kept in `_pending` until a commit makes it durable."""
        self._pending.append((sql, values))
        if self._replay_pending:
            return  # the commit executes all of them, in order
        try:
            self._db.begin()
            self._db.execute(sql, values)
        except sqlite3.Error as error:
            self._give_up(storage_error(self._db.path, error))

    def _give_up(self, error: BaseException) -> None:
        """Back to the last commit. Raises `error` unless it is a full disk, which may pass."""
        self._db.rollback()
        self._replay_pending = True
        if not isinstance(error, StorageFull):
            raise error
        self.read_only_because = str(error.details["why"])

    # --- People and names -----------------------------------------------------------------------

    def person(self, member_id: bytes) -> KnownPerson | None:
        """Whoever was in this room once, by id."""
        row = self._db.row(
            "SELECT member_id, name, modulus, last_seen_ms FROM people WHERE member_id = ?", member_id
        )
        return KnownPerson(*row) if row else None

    def owner_of(self, folded: str, now_ms: int) -> bytes | None:
        """Whose name it is: the first key that took it, unless that was not seen for NAME_LAPSES_S."""
        row = self._db.row(
            "SELECT member_id FROM people WHERE folded = ? AND last_seen_ms >= ?",
            folded,
            now_ms - _NAME_LAPSES_MS,
        )
        return bytes(row[0]) if row else None

    def remember(self, member_id: bytes, name: str, modulus: bytes, now_ms: int) -> None:
        """The member is here, under this name, which it owns from now on; a name it had before is free.

        Whether it may have the name is asked of `owner_of` before.
        """
        folded = fold_name(name)
        self._change("UPDATE people SET folded = NULL WHERE folded = ? AND member_id <> ?", folded, member_id)
        self._change(
            """INSERT INTO people VALUES (?, ?, ?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET
                name = excluded.name, folded = excluded.folded, last_seen_ms = excluded.last_seen_ms""",
            *(member_id, name, folded, modulus, now_ms),
        )

    def seen(self, member_ids: Iterable[bytes], now_ms: int) -> None:
        """They are here. To be called now and then and at leaving, since the time counts for lapsing."""
        for member_id in member_ids:
            self._change("UPDATE people SET last_seen_ms = ? WHERE member_id = ?", now_ms, member_id)

    def release_name(self, folded: str) -> None:
        """The host gives the name free for another key."""
        self._change("UPDATE people SET folded = NULL WHERE folded = ?", folded)

    # --- Moderation -----------------------------------------------------------------------------

    def bans(self) -> tuple[Ban, ...]:
        rows = self._db.rows("SELECT member_id, name, address, reason, at FROM bans ORDER BY at, member_id")
        return tuple(Ban(*row) for row in rows)

    def set_ban(self, ban: Ban) -> None:
        self._change(
            "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?)",
            *(ban.member_id, ban.name, ban.address, ban.reason, ban.at),
        )

    def lift_ban(self, member_id: bytes) -> None:
        self._change("DELETE FROM bans WHERE member_id = ?", member_id)

    def mutes(self) -> frozenset[bytes]:
        return frozenset(row[0] for row in self._db.rows("SELECT member_id FROM mutes"))

    def set_mute(self, member_id: bytes, muted: bool) -> None:
        if muted:
            self._change("INSERT OR IGNORE INTO mutes VALUES (?)", member_id)
        else:
            self._change("DELETE FROM mutes WHERE member_id = ?", member_id)

    def switches(self) -> Switches:
        kept = dict(self._db.rows("SELECT key, value FROM meta"))
        return Switches(
            bool(kept.get("read_only", 0)), int(kept.get("slow_s", 0)), bool(kept.get("known_only", 0))
        )

    def set_switches(self, switches: Switches) -> None:
        for key in ("read_only", "slow_s", "known_only"):
            self._change("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, int(getattr(switches, key)))

    # --- Whispers that wait ---------------------------------------------------------------------

    def held_for(self, member_id: bytes) -> tuple[HeldWhisper, ...]:
        """The whispers that wait for this member, oldest first."""
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE recipient = ? ORDER BY id", member_id)
        # A damaged one would be refused by its reader, who would come again for it, and again.
        return tuple(held for row in rows if (held := HeldWhisper(*row)).is_whole)

    def held_count(self, to: bytes, sender: bytes | None = None) -> int:
        """How many wait for this member; with `sender`, how many of that one's."""
        (count,) = self._db.row(
            "SELECT count(*) FROM whispers WHERE recipient = ?1 AND (?2 IS NULL OR sender = ?2)", to, sender
        )
        return int(count)

    def confirm(self, to: bytes, sender: bytes, msg_id: bytes) -> bool:
        """The recipient has it on disk, so it is forgotten here. False when there is none such."""
        key = (to, sender, msg_id)
        where = "WHERE recipient = ? AND sender = ? AND msg_id = ?"
        if self._db.row(f"SELECT 1 FROM whispers {where}", *key) is None:
            return False
        self._change(f"DELETE FROM whispers {where}", *key)
        return True

    def expire_whispers(self, now_ms: int) -> tuple[HeldWhisper, ...]:
        """Gives up what waited longer than WHISPERS_HELD_S, and returns it, so that the senders are told."""
        oldest = now_ms - _WHISPER_LAPSES_MS
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE at < ? ORDER BY id", oldest)
        if rows:
            self._change("DELETE FROM whispers WHERE at < ?", oldest)
        return tuple(HeldWhisper(*row) for row in rows)

    def drop_whispers_of(self, sender: bytes) -> tuple[HeldWhisper, ...]:
        """Takes back all that waits of this sender, and returns it."""
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE sender = ? ORDER BY id", sender)
        if rows:
            self._change("DELETE FROM whispers WHERE sender = ?", sender)
        return tuple(HeldWhisper(*row) for row in rows)

    def leave_report(self, sender: bytes, report: WhisperReport) -> None:
        """Keeps for a sender what became of its whisper; the oldest beyond 200 are dropped."""
        self._change(
            "INSERT INTO reports (sender, recipient, msg_id, outcome) VALUES (?, ?, ?, ?)",
            *(sender, report.to, report.msg_id, report.outcome.value),
        )
        self._change(
            """DELETE FROM reports WHERE sender = ?1 AND id NOT IN
                (SELECT id FROM reports WHERE sender = ?1 ORDER BY id DESC LIMIT ?2)""",
            *(sender, limits.WHISPERS_HELD_PER_MEMBER),
        )

    def reports_for(self, sender: bytes) -> tuple[tuple[int, WhisperReport], ...]:
        """The reports left for this sender, oldest first, each with its number."""
        rows = self._db.rows(
            "SELECT id, recipient, msg_id, outcome FROM reports WHERE sender = ? ORDER BY id", sender
        )
        return tuple(
            (number, WhisperReport(to, msg_id, WhisperOutcome(outcome)))
            for number, to, msg_id, outcome in rows
            if is_bytes(to, 32) and is_bytes(msg_id, 16) and outcome in _OUTCOMES
        )

    def forget_reports(self, numbers: Iterable[int]) -> None:
        """Their sender has read them."""
        for number in numbers:
            self._change("DELETE FROM reports WHERE id = ?", number)
