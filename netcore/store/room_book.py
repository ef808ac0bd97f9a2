"""The part of the room's database that is not messages: people and their names, bans, mutes, switches,
and whispers that wait for their recipient (PROTOCOL §7.4, §12.2).

Changes made here are seen at once by the methods that read, and become durable with the next
`RoomLog.commit`, so that a loop turn costs one fsync however much happens in it. If that commit meets a
full disk they are not lost: they wait, in order, and go with the first commit that works.

What lapses (names, whispers) is counted by the room's age (netcore/room/age_clock), in milliseconds, which is
kept here; the wall clock is for display.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from netcore import limits
from netcore.errors import StorageFull
from netcore.store.database import Database, storage_error
from netcore.store.room_tables import (
    Ban,
    HeldWhisper,
    KnownPerson,
    Switches,
    WhisperReport,
    is_bytes,
    is_count,
)
from netcore.wire.names import fold_name

_NAME_LAPSES_MS = int(limits.NAME_LAPSES_S * 1000)
_WHISPER_LAPSES_MS = int(limits.WHISPERS_HELD_S * 1000)
_WHISPER = "sender, recipient, msg_id, counter, c1, c2, at"
_AGE_KEYS = ("age_ms", "believed_wall_ms", "believed_age_ms")


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

    # --- The room's age -------------------------------------------------------------------------

    def age(self) -> tuple[int, int, int]:
        """age_ms, believed_wall_ms, believed_age_ms: what the last run left of its AgeClock."""
        kept = dict(self._db.rows("SELECT key, value FROM meta"))
        age_ms, wall_ms, believed_ms = (kept[key] if is_count(kept.get(key)) else 0 for key in _AGE_KEYS)
        return age_ms, wall_ms, believed_ms

    def keep_age(self, age_ms: int, believed_wall_ms: int, believed_age_ms: int) -> None:
        for key, value in zip(_AGE_KEYS, (age_ms, believed_wall_ms, believed_age_ms), strict=True):
            self._change("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    # --- People and names -----------------------------------------------------------------------

    def person(self, member_id: bytes) -> KnownPerson | None:
        """Whoever was in this room once, by id."""
        row = self._db.row(
            "SELECT member_id, name, modulus, seen_age_ms FROM people WHERE member_id = ?", member_id
        )
        return KnownPerson(*row) if row else None

    def owner_of(self, folded: str, age_ms: int) -> bytes | None:
        """Whose name it is: the first key that took it, unless that was not seen for NAME_LAPSES_S."""
        row = self._db.row(
            "SELECT member_id FROM people WHERE folded = ? AND seen_age_ms >= ?",
            folded,
            age_ms - _NAME_LAPSES_MS,
        )
        return bytes(row[0]) if row else None

    def remember(self, member_id: bytes, name: str, modulus: bytes, age_ms: int) -> None:
        """The member is here, under this name, which it owns from now on; a name it had before is free.

        Whether it may have the name is asked of `owner_of` before.
        """
        folded = fold_name(name)
        self._change("UPDATE people SET folded = NULL WHERE folded = ? AND member_id <> ?", folded, member_id)
        self._change(
            """INSERT INTO people VALUES (?, ?, ?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET
                name = excluded.name, folded = excluded.folded, modulus = excluded.modulus,
                seen_age_ms = excluded.seen_age_ms""",
            *(member_id, name, folded, modulus, age_ms),
        )

    def seen(self, member_ids: Iterable[bytes], age_ms: int) -> None:
        """They are here. To be called now and then and at leaving, since the time counts for lapsing."""
        for member_id in member_ids:
            self._change("UPDATE people SET seen_age_ms = ? WHERE member_id = ?", age_ms, member_id)

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

    def expire_whispers(self, age_ms: int) -> tuple[HeldWhisper, ...]:
        """Gives up what waited longer than WHISPERS_HELD_S, and returns it, so that the senders are told."""
        oldest = age_ms - _WHISPER_LAPSES_MS
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE age_ms < ? ORDER BY id", oldest)
        if rows:
            self._change("DELETE FROM whispers WHERE age_ms < ?", oldest)
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
            "INSERT INTO reports (sender, recipient, msg_id, delivered) VALUES (?, ?, ?, ?)",
            *(sender, report.to, report.msg_id, int(report.delivered)),
        )
        self._change(
            """DELETE FROM reports WHERE sender = ?1 AND id NOT IN
                (SELECT id FROM reports WHERE sender = ?1 ORDER BY id DESC LIMIT ?2)""",
            *(sender, limits.WHISPERS_HELD_PER_MEMBER),
        )

    def reports_for(self, sender: bytes) -> tuple[tuple[int, WhisperReport], ...]:
        """The reports left for this sender, oldest first, each with its number."""
        rows = self._db.rows(
            "SELECT id, recipient, msg_id, delivered FROM reports WHERE sender = ? ORDER BY id", sender
        )
        return tuple(
            (number, WhisperReport(to, msg_id, bool(done)))
            for number, to, msg_id, done in rows
            if is_bytes(to, 32) and is_bytes(msg_id, 16)
        )

    def forget_reports(self, numbers: Iterable[int]) -> None:
        """Their sender has read them."""
        for number in numbers:
            self._change("DELETE FROM reports WHERE id = ?", number)
