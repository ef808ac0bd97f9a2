"""The sentences of a room's system lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.text.quoted import quoted
from gui.transcript.transcript import SystemLine
from netcore.engine import LabSwitches, Member, MemberLeft, RoomChanged
from netcore.room_words import period
from netcore.wire.lines import KeyNotes, counted

MOST_LISTED = 100
MOST_NAMES = 4  # of people who came in one turn; the rest is a number


def names_in_words(names: Sequence[str]) -> str:
    """ "Ben", "Ben and Layla", "Ben, Layla and Zoë", "Ben, Layla, Zoë, Tom and 3 others", each in quotes."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {counted(len(names) - MOST_NAMES, 'other')}"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def joined_line(names: Sequence[str]) -> str:
    return f"{names_in_words(names)} joined"


def who_line(members: Sequence[Member]) -> str:
    """The answer to /who: everyone in the room, up to MOST_LISTED by name; who looks alike with the key."""
    notes = KeyNotes()
    for member in members:
        notes.add(member.id, member.name)
    listed = [quoted(member.name, notes.note(member.id)) for member in members[:MOST_LISTED]]
    more = f" and {counted(len(members) - len(listed), 'other')}" if len(members) > len(listed) else ""
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


@dataclass(frozen=True, slots=True)
class Mark:
    """A rule of the room as a chip in the header. kind: of Pill."""

    text: str
    tip: str
    kind: str = ""


def lab_words(on: LabSwitches) -> list[str]:
    """What the switches of the laboratory do to this window's connection, or a host's to others, one each."""
    found = []
    if on.receive_bytes is not None:
        found.append(f"Lab: reads {counted(on.receive_bytes, 'byte')} at a time")
    if on.piece_bytes is not None:
        found.append(f"Lab: sends pieces of {counted(on.piece_bytes, 'byte')}")
    if on.join_s is not None:
        found.append(f"Lab: joins what is sent within {on.join_s:g} s")
    if on.secrets:
        found.append("Lab: secrets are recorded")
    if on.frozen:
        found.append(f"Lab: {counted(len(on.frozen), 'member')} frozen")
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


def away_line(count: int) -> str:
    """`count` messages came in meanwhile; 0 while they are still coming."""
    if not count:
        return "Said while you were away"
    return f"{counted(count, 'message')} while you were away"
