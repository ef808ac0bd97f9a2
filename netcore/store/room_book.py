"""People and their names, the room's age, and what the host has decided (PROTOCOL §12).

What lapses (names, whispers) is counted by the room's age (netcore/room/age_clock), in milliseconds, which is
kept here; the wall clock is for display.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from netcore import limits
from netcore.store.database import Database
from netcore.store.room_mailboxes import RoomMailboxes
from netcore.store.room_tables import Ban, KnownPerson, Switches
from netcore.store.soundness import is_count
from netcore.wire.names import fold_name, looks_of

_NAME_LAPSES_MS = int(limits.NAME_LAPSES_S * 1000)
# How many of the newest keys are looked at for one to forget: more than there are members, usually.
_FORGET_AMONG = 1_000
_MOST_LOOKS = 6 * limits.MEMBERS_KNOWN
_AGE_KEYS = ("age_ms", "believed_wall_ms", "believed_age_ms")


class RoomBook(RoomMailboxes):
    """A part of RoomLog, which alone makes one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._looks: dict[str, set[bytes]] | None = None

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

    def mistaken_for(self, name: str, member_id: bytes, age_ms: int) -> bytes | None:
        """Somebody else, whose name has not lapsed, that `name` could be taken for (PROTOCOL §6.4)."""
        looks = looks_of(name)
        for look in looks:
            for one in self._by_look().get(look, ()):
                row = self._db.row(
                    "SELECT name FROM people WHERE member_id = ? AND folded IS NOT NULL AND seen_age_ms >= ?",
                    *(one, age_ms - _NAME_LAPSES_MS),
                )
                if one != member_id and row is not None and not looks.isdisjoint(looks_of(row[0])):
                    return one
        return None

    def _by_look(self) -> dict[str, set[bytes]]:
        """Who may have a name of this look: all who have one now, and some who had.

        In memory and made anew by each run: the tables of looks may grow.
        """
        if self._looks is None or len(self._looks) > _MOST_LOOKS:
            self._looks = {}
            for one, name in self._db.rows("SELECT member_id, name FROM people WHERE folded IS NOT NULL"):
                self._note_look(one, name)
        return self._looks

    def _note_look(self, member_id: bytes, name: str) -> None:
        if self._looks is not None:
            for look in looks_of(name):
                self._looks.setdefault(look, set()).add(member_id)

    def remember(
        self, member_id: bytes, name: str, modulus: bytes, age_ms: int, here: Collection[bytes] = ()
    ) -> None:
        """The member is here, under this name, which it owns from now on; a name it had before is free.

        Whether it may have the name is asked of `owner_of` before. If it is new and MEMBERS_KNOWN are known,
        one of them that is not `here` is forgotten.
        """
        if self.person(member_id) is None and self._people_count() >= limits.MEMBERS_KNOWN:
            self._forget_newest(here)
        folded = fold_name(name)
        self._change("UPDATE people SET folded = NULL WHERE folded = ? AND member_id <> ?", folded, member_id)
        self._change(
            """INSERT INTO people VALUES (?, ?, ?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET
                name = excluded.name, folded = excluded.folded, modulus = excluded.modulus,
                seen_age_ms = excluded.seen_age_ms""",
            *(member_id, name, folded, modulus, age_ms),
        )
        self._note_look(member_id, name)

    def seen(self, member_ids: Iterable[bytes], age_ms: int) -> None:
        """They are here. To be called now and then and at leaving, since the time counts for lapsing."""
        for member_id in member_ids:
            self._change("UPDATE people SET seen_age_ms = ? WHERE member_id = ?", age_ms, member_id)

    def release_name(self, folded: str) -> None:
        """The host gives the name free for another key."""
        self._change("UPDATE people SET folded = NULL WHERE folded = ?", folded)

    def forget_lapsed(self, age_ms: int, here: Collection[bytes]) -> None:
        """Whoever never said anything until its name lapsed, once there are many keys; some at a time."""
        if self._people_count() <= limits.MEMBERS_KNOWN // 2:
            return
        rows = self._db.rows(
            "SELECT member_id FROM people WHERE seen_age_ms < ? LIMIT ?",
            *(age_ms - _NAME_LAPSES_MS, _FORGET_AMONG),
        )
        for (member_id,) in rows:
            if member_id not in here and not self._is_needed(member_id) and not self._has_said(member_id):
                self._forget(member_id)

    def _people_count(self) -> int:
        return int(self._db.row("SELECT count(*) FROM people")[0])

    def _forget_newest(self, here: Collection[bytes]) -> None:
        """Of those who are away: the one that came last and never said anything; else the one that came last.

        So somebody who makes keys makes them forgotten, not those who were here before.
        """
        rows = self._db.rows("SELECT member_id FROM people ORDER BY rowid DESC LIMIT ?", _FORGET_AMONG)
        away = [row[0] for row in rows if row[0] not in here and not self._is_needed(row[0])]
        newest = next((one for one in away if not self._has_said(one)), away[0] if away else None)
        if newest is not None:
            self._forget(newest)

    def _is_needed(self, member_id: bytes) -> bool:
        """Whether something of it, or for it, waits here, or the host has decided about it."""
        if member_id == self.host_id or member_id in self._counted_held():
            return True
        row = self._db.row(
            """SELECT EXISTS (SELECT 1 FROM whispers WHERE recipient = ?1)
                OR EXISTS (SELECT 1 FROM bans WHERE member_id = ?1)
                OR EXISTS (SELECT 1 FROM mutes WHERE member_id = ?1)""",
            member_id,
        )
        return bool(row[0])

    def _has_said(self, member_id: bytes) -> bool:
        return self._db.row("SELECT 1 FROM streams WHERE member_id = ?", member_id) is not None

    def _forget(self, member_id: bytes) -> None:
        """The key and its name, with all that the log does not need of it."""
        idle = """(SELECT id FROM streams WHERE member_id = ?
            AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.stream = streams.id))"""
        self._change(f"DELETE FROM answers WHERE stream IN {idle}", member_id)
        self._change(f"DELETE FROM streams WHERE id IN {idle}", member_id)
        self._change("DELETE FROM reports WHERE sender = ?", member_id)
        for table, column in (
            ("host_counters", "member_id"),
            ("host_shown", "sender"),
            ("host_compared", "member_id"),
        ):
            self._change(f"DELETE FROM {table} WHERE {column} = ?", member_id)
        self._change("DELETE FROM people WHERE member_id = ?", member_id)

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
