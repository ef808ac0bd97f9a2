"""The whispers that wait for their recipient, and what their senders are to hear of them (PROTOCOL §7.4).

A mailbox is bounded for each sender, for each recipient, and for the room. Keys cost nothing, so a bound
must not turn others away: whoever takes most of what is full makes room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from netcore import limits
from netcore.store.database import Database
from netcore.store.room_blobs import RoomBlobs
from netcore.store.room_tables import HeldWhisper, WhisperReport
from netcore.store.soundness import is_bytes
from netcore.wire.codes import Refusal, WhisperOutcome

_WHISPER_LAPSES_MS = int(limits.WHISPERS_HELD_S * 1000)
_OUTCOMES = frozenset(WhisperOutcome)
_WHISPER = "sender, recipient, msg_id, counter, c1, c2, at, blob"


class RoomMailboxes(RoomBlobs):
    """A part of RoomLog, which alone makes one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._held_bytes: Counter[bytes] | None = None  # by sender; None: to be counted anew
        self.host_id = b""
        """Set when it is known. Nothing of the host's is given up for others."""
        self.in_flight: Callable[[bytes], Collection[bytes]] = lambda to: ()
        """The msg_ids that are on their way to this member just now: too late to give them up."""

    def _give_up(self, error: BaseException) -> None:
        self._held_bytes = None
        super()._give_up(error)

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
        row = self._db.row(f"SELECT length(c1) + length(c2) FROM whispers {where}", *key)
        if row is None:
            return False
        self._change(f"DELETE FROM whispers {where}", *key)
        self._count_held(sender, -int(row[0] or 0))
        return True

    def expire_whispers(self, age_ms: int) -> tuple[HeldWhisper, ...]:
        """Gives up what waited longer than WHISPERS_HELD_S, and returns it, so that the senders are told."""
        oldest = age_ms - _WHISPER_LAPSES_MS
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE age_ms < ? ORDER BY id", oldest)
        if rows:
            self._change("DELETE FROM whispers WHERE age_ms < ?", oldest)
            self._held_bytes = None
        return self._without_files(rows)

    def drop_whispers_of(self, sender: bytes) -> tuple[HeldWhisper, ...]:
        """Takes back all that waits of this sender, and returns it."""
        rows = self._db.rows(f"SELECT {_WHISPER} FROM whispers WHERE sender = ? ORDER BY id", sender)
        if rows:
            self._change("DELETE FROM whispers WHERE sender = ?", sender)
            self._held_bytes = None
        return self._without_files(rows)

    def _without_files(self, rows: Iterable[Any]) -> tuple[HeldWhisper, ...]:
        """Whispers that nobody will read: nor will anybody get what they shared."""
        whispers = tuple(HeldWhisper(*row) for row in rows)
        for whisper in whispers:
            if whisper.blob:
                self.forget_blob(whisper.blob)
        return whispers

    def leave_report(self, sender: bytes, report: WhisperReport) -> None:
        """Keeps for a sender what became of its whisper; the oldest beyond the limits are dropped."""
        for sql, values in _leaving_report(sender, report):
            self._change(sql, *values)

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

    # --- Inside of a commit ---------------------------------------------------------------------

    def _admit(
        self, whisper: HeldWhisper, age_ms: int
    ) -> tuple[HeldWhisper | Refusal, tuple[HeldWhisper, ...]]:
        """Puts the whisper with those that wait, or says why not; and what was given up for it."""
        key = (whisper.to, whisper.sender, whisper.msg_id)
        sql = f"SELECT {_WHISPER} FROM whispers WHERE recipient = ? AND sender = ? AND msg_id = ?"
        row = self._db.row(sql, *key)
        if row is not None:
            # Sent again in a new stream, after its acknowledgement was lost: it waits already.
            held = HeldWhisper(*row)
            return (held if held.digest == whisper.digest else Refusal.CONFLICT), ()
        if whisper.blob and not self._may_share(whisper.blob, whisper.sender):
            return Refusal.NO_FILE, ()
        gave_up = self._make_room(whisper)
        if gave_up is None:
            return Refusal.MAILBOX_FULL, ()
        self._db.execute(
            """INSERT INTO whispers (recipient, sender, msg_id, counter, c1, c2, at, age_ms, blob)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (*key, whisper.counter, whisper.c1, whisper.c2, whisper.at, age_ms, whisper.blob),
        )
        if whisper.blob:
            self._share(whisper.blob, age_ms, reader=whisper.to)
        self._count_held(whisper.sender, whisper.size_bytes)
        return whisper, gave_up

    def _make_room(self, whisper: HeldWhisper) -> tuple[HeldWhisper, ...] | None:
        """Gives up what must go for a new whisper, and returns it, its senders' reports
        left; None when it is the whisper itself that finds no place (PROTOCOL §7.4).

        In a full mailbox the oldest whisper of whoever holds most of it goes, and of several the one whose
        key came last to the room. So who has none there finds a place, however many keys somebody else makes.
        """
        to, sender = whisper.to, whisper.sender
        gave_up: list[HeldWhisper] = []
        senders = [row[0] for row in self._db.rows("SELECT sender FROM whispers WHERE recipient = ?", to)]
        holders = Counter(senders)
        if holders[sender] >= limits.WHISPERS_HELD_PER_SENDER:
            return None
        oldest = None
        if len(senders) >= limits.WHISPERS_HELD_PER_MEMBER:
            oldest = self._oldest_of_biggest(holders + Counter([sender]), sender, to)
            if oldest is None:
                return None
        added = Counter({sender: whisper.size_bytes})
        most_bytes = limits.WHISPERS_HELD_BYTES - whisper.size_bytes
        too_big = self._counted_held().total() > most_bytes
        if too_big and self._oldest_of_biggest(self._counted_held() + added, sender) is None:
            return None
        if oldest is not None:
            gave_up.append(self._give_up_held(*oldest))
        while self._counted_held().total() > most_bytes:
            others = Counter({one: held for one, held in self._counted_held().items() if one != sender})
            oldest = self._oldest_of_biggest(others, sender)
            if oldest is None:
                break
            gave_up.append(self._give_up_held(*oldest))
        return tuple(gave_up)

    def _oldest_of_biggest(
        self, holders: Counter[bytes], sender: bytes, to: bytes | None = None
    ) -> tuple[int, HeldWhisper] | None:
        """The oldest whisper, and its row, of whoever holds most; None when that is `sender`."""
        holders = holders.copy()
        del holders[self.host_id]
        while holders:
            most = max(holders.values())
            biggest = max((one for one, held in holders.items() if held == most), key=self._came_as)
            if biggest == sender:
                return None
            rows = self._db.rows(
                f"SELECT id, {_WHISPER} FROM whispers WHERE sender = ?1 AND (?2 IS NULL OR recipient = ?2)"
                " ORDER BY id",
                *(biggest, to),
            )
            for number, *row in rows:
                held = HeldWhisper(*row)
                if held.msg_id not in self.in_flight(held.to):
                    return number, held
            del holders[biggest]
        return None

    def _came_as(self, member_id: bytes) -> int:
        """Whose key came later has the higher number."""
        row = self._db.row("SELECT rowid FROM people WHERE member_id = ?", member_id)
        return int(row[0]) if row else 0

    def _give_up_held(self, number: int, held: HeldWhisper) -> HeldWhisper:
        self._db.execute("DELETE FROM whispers WHERE id = ?", (number,))
        self._held_bytes = None
        if held.blob:
            self._forget_now(held.blob)
        report = WhisperReport(held.to, held.msg_id, WhisperOutcome.GIVEN_UP)
        for sql, values in _leaving_report(held.sender, report):
            self._db.execute(sql, values)
        return held

    def _counted_held(self) -> Counter[bytes]:
        """The bytes that wait, by sender."""
        if self._held_bytes is None:
            rows = self._db.rows("SELECT sender, sum(length(c1) + length(c2)) FROM whispers GROUP BY sender")
            self._held_bytes = Counter({sender: int(size_bytes or 0) for sender, size_bytes in rows})
        return self._held_bytes

    def _count_held(self, sender: bytes, size_bytes: int) -> None:
        if self._held_bytes is not None:
            self._held_bytes[sender] += size_bytes
            if self._held_bytes[sender] <= 0:
                del self._held_bytes[sender]


def _leaving_report(sender: bytes, report: WhisperReport) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The statements that leave a report."""
    return (
        (
            "INSERT INTO reports (sender, recipient, msg_id, outcome) VALUES (?, ?, ?, ?)",
            (sender, report.to, report.msg_id, report.outcome.value),
        ),
        (
            """DELETE FROM reports WHERE sender = ?1 AND id NOT IN
                (SELECT id FROM reports WHERE sender = ?1 ORDER BY id DESC LIMIT ?2)""",
            (sender, limits.REPORTS_PER_SENDER),
        ),
        ("DELETE FROM reports WHERE id <= (SELECT max(id) FROM reports) - ?", (limits.REPORTS_KEPT,)),
    )
