"""The sentences of a room's system lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.text.quoted import quoted
from gui.transcript.transcript import SystemLine
from netcore.engine import Gone, LabSwitches, Member, MemberLeft, RoomChanged
from netcore.wire.lines import KeyNotes

MOST_LISTED = 100
MOST_NAMES = 4  # of people who came in one turn; the rest is a number


def names_in_words(names: Sequence[str]) -> str:
    """ "Ben", "Ben and Layla", "Ben, Layla and Zoë", "Ben, Layla, Zoë, Tom and 3 others", each in quotes."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} others"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def joined_line(names: Sequence[str]) -> str:
    return f"{names_in_words(names)} joined"


def who_line(members: Sequence[Member]) -> str:
    """The answer to /who: everyone in the room, up to MOST_LISTED by name; who looks alike with the key."""
    notes = KeyNotes()
    for member in members:
        notes.add(member.id, member.name)
    listed = [quoted(member.name, notes.note(member.id)) for member in members[:MOST_LISTED]]
    more = f" and {len(members) - len(listed)} others" if len(members) > len(listed) else ""
    return f"{len(members)} in the room: {', '.join(listed)}{more}"


def left_line(event: MemberLeft, host: bool) -> SystemLine:
    """`host`: told to the host, who knows why without being told."""
    name = quoted(event.member.name)
    what, icon = {
        "lost": (f"{name}’s connection was lost.", "left"),
        "kicked": (f"You removed {name}." if host else f"The host removed {name}.", "user_remove"),
        "banned": (f"You banned {name}." if host else f"The host banned {name}.", "user_remove"),
    }.get(event.reason, (f"{name} left.", "key"))
    return SystemLine(icon, f"{what} The room gets a new key: {name} can read nothing said from here on.")


def muted_line(name: str, muted: bool) -> str:
    """Told to the host, who has done it."""
    said = quoted(name)
    return f"You muted {said}. {said} can still read." if muted else f"{said} can write again."


def period(seconds: int) -> str:
    """ "30 s", "2 min", "1 min 30 s"."""
    minutes, rest = divmod(seconds, 60)
    parts = (f"{minutes} min" if minutes else "", f"{rest} s" if rest else "")
    return " ".join(part for part in parts if part)


def changed_lines(before: RoomChanged, now: RoomChanged, host: bool) -> list[str]:
    """What is to be told when the room's rules change. `host`: told to the host."""
    lines = []
    if now.disk_full and not before.disk_full:
        lines.append("The disk is full or cannot be written, so nobody can write until there is room on it.")
    elif before.disk_full and not now.disk_full:
        lines.append("The disk has room again.")
    if now.read_only != before.read_only and not (now.disk_full or before.disk_full):
        who = "only you can write" if host else "only the host can write"
        lines.append(f"The room is read-only now: {who}." if now.read_only else "Everyone can write again.")
    if now.slow_s != before.slow_s:
        on = f"Slow mode is on: one message every {period(now.slow_s)} from each member."
        lines.append(on if now.slow_s else "Slow mode is off.")
    if now.known_only != before.known_only:
        lines.append("The room is closed to new members: only those who have been here before can come in."
                     if now.known_only else "New members can come in again.")
    if now.muted != before.muted:
        lines.append("The host has muted you." if now.muted else "You can write again.")
    return lines


@dataclass(frozen=True, slots=True)
class Mark:
    """A rule of the room as a chip in the header. kind: of Pill."""

    text: str
    tip: str
    kind: str = ""


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def lab_words(on: LabSwitches) -> list[str]:
    """What the switches of the laboratory do to this window's connection, or a host's to others, one each."""
    found = []
    if on.receive_bytes is not None:
        found.append(f"Lab: reads {_bytes(on.receive_bytes)} at a time")
    if on.piece_bytes is not None:
        found.append(f"Lab: sends pieces of {_bytes(on.piece_bytes)}")
    if on.join_s is not None:
        found.append(f"Lab: joins what is sent within {on.join_s:g} s")
    if on.secrets:
        found.append("Lab: secrets are recorded")
    if on.frozen:
        found.append(f"Lab: {len(on.frozen)} member{'' if len(on.frozen) == 1 else 's'} frozen")
    return found


def marks(room: RoomChanged) -> list[Mark]:
    """What is not as usual in this room."""
    possible = (
        (room.muted, Mark("Muted", "The host has muted you: you can read.", "Warn")),
        (room.disk_full, Mark("Disk full", "Nobody can write until there is room on the disk.", "Danger")),
        (room.read_only and not room.disk_full, Mark("Read-only", "Only the host can write to the room.")),
        (room.slow_s > 0, Mark(f"Slow mode {period(room.slow_s)}", "The wait between two messages.")),
        (room.known_only, Mark("Closed", "Only those who have been here before can come in.")),
        (not room.kept, Mark("No history", "What is said is kept nowhere, and gone when the room stops.")),
    )
    return [mark for applies, mark in possible if applies]


def gone_line(event: Gone) -> str:
    count = event.last - event.first + 1
    words = f"{count:,} messages are" if count > 1 else "1 message is"
    return f"{words} no longer in the room’s log: it keeps the newest only."


def away_line(count: int) -> str:
    """`count` messages came in meanwhile; 0 while they are still coming."""
    if not count:
        return "Said while you were away"
    return f"{count:,} messages while you were away" if count > 1 else "1 message while you were away"
