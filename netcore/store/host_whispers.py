"""What the host keeps of its own whispers in the room's database: the last counter to and from each member,
which of theirs it has shown, and whose fingerprint it has compared (PROTOCOL §10.2).

A client keeps the same in its store. A counter that came from the clock alone would begin lower after the
clock was set right, and every recipient would take what follows for old.

Like all changes beside messages these are durable with the next `RoomLog.commit`; so is the whisper that a
counter is for, and the confirmation of one that was shown.
"""

from __future__ import annotations

from typing import Final

from netcore.store.room_book import RoomBook

SHOWN_KEPT: Final = 64
"""Of each sender, the last that were shown: twice as many as a client sends again after a loss."""


class HostWhispers(RoomBook):
    """A part of RoomLog, which alone makes one."""

    def next_host_counter(self, to: bytes, now_us: int) -> int:
        """A number above every one that a whisper of the host's to this member has had."""
        row = self._db.row("SELECT sent FROM host_counters WHERE member_id = ?", to)
        counter = max(row[0] + 1 if row else 1, now_us)
        self._change(
            """INSERT INTO host_counters (member_id, sent) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET sent = max(sent, excluded.sent)""",
            *(to, counter),
        )
        return counter

    def host_has_shown(self, sender: bytes, msg_id: bytes, counter: int) -> bool:
        """Whether the host has shown this whisper."""
        row = self._db.row(
            "SELECT 1 FROM host_shown WHERE sender = ? AND msg_id = ? AND counter = ?",
            *(sender, msg_id, counter),
        )
        return row is not None

    def take_host_whisper(self, sender: bytes, msg_id: bytes, counter: int) -> bool:
        """Notes a whisper that the host is about to show. False, and nothing is noted, when its counter is
        not above the last one of this sender."""
        row = self._db.row("SELECT received FROM host_counters WHERE member_id = ?", sender)
        if row is not None and counter <= row[0]:
            return False
        self._change(
            """INSERT INTO host_counters (member_id, received) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET received = excluded.received""",
            *(sender, counter),
        )
        self._change("INSERT OR REPLACE INTO host_shown VALUES (?, ?, ?)", sender, counter, msg_id)
        self._change(
            """DELETE FROM host_shown WHERE sender = ?1 AND counter NOT IN
                (SELECT counter FROM host_shown WHERE sender = ?1 ORDER BY counter DESC LIMIT ?2)""",
            *(sender, SHOWN_KEPT),
        )
        return True

    def compared(self) -> frozenset[bytes]:
        """The members whose fingerprint the host has compared."""
        return frozenset(row[0] for row in self._db.rows("SELECT member_id FROM host_compared"))

    def set_compared(self, member_id: bytes, compared: bool) -> None:
        if compared:
            self._change("INSERT OR IGNORE INTO host_compared VALUES (?)", member_id)
        else:
            self._change("DELETE FROM host_compared WHERE member_id = ?", member_id)
