"""What a person reads of a room's rules, of waiting, and of what the host did: windows and terminal alike.

Plain sentences. A name in them stands in quotes; whoever shows them cleans them once more for its own kind of
screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from netcore.engine import Answering, Gone, Member, RoomChanged
from netcore.wire.lines import counted, quoted_name

NOBODY_BANNED = "Nobody is banned."
FOUND = "Who looks for rooms finds this one, with its name and the number of members."
NOT_FOUND = "Who looks for rooms does not find this one. Its address and the invite lead to it."
NOT_ANSWERING = "Searches cannot be answered here now. The room\u2019s address and the invite lead to it."


def period(seconds: int) -> str:
    """ "30 s", "2 min", "1 min 30 s"; "" of 0."""
    minutes, rest = divmod(seconds, 60)
    parts = (f"{minutes} min" if minutes else "", f"{rest} s" if rest else "")
    return " ".join(part for part in parts if part)


def retry_words(left_s: float) -> str:
    """When a lost connection is tried again."""
    return f"Trying again in {math.ceil(left_s)} s." if left_s > 0 else "Trying again now."


def gone_line(gone: Gone) -> str:
    """What retention took."""
    messages = counted(gone.last - gone.first + 1, "message is", "messages are")
    return f"{messages} no longer in the room\u2019s log: it keeps the newest only."


# --- The room's rules ---------------------------------------------------------------------------


def changed_lines(before: RoomChanged, now: RoomChanged, host: bool) -> list[str]:
    """What is to be told when the room's rules change. `host`: told to the host."""
    lines = []
    if now.disk_full and not before.disk_full:
        lines.append("The disk is full or cannot be written, so nobody can write until there is room on it.")
    elif before.disk_full and not now.disk_full:
        lines.append("The disk has room again.")
    if now.read_only != before.read_only and not (now.disk_full or before.disk_full):
        lines.append(_read_only(now, host))
    if now.slow_s != before.slow_s:
        lines.append(_slow(now))
    if now.known_only != before.known_only:
        lines.append(_closed(now))
    if now.muted != before.muted:
        lines.append("The host has muted you." if now.muted else "You can write again.")
    return lines


def rules_lines(now: RoomChanged, host: bool) -> list[str]:
    """The rules as they stand, one line for each."""
    lines = [_slow(now)]
    if now.disk_full:
        lines.insert(0, "The disk is full: nobody can write until there is room on it.")
    else:
        lines.insert(0, _read_only(now, host) if now.read_only else "Everyone can write.")
    if host:
        lines.append(_closed(now) if now.known_only else "New members can come in.")
    if now.muted:
        lines.append("The host has muted you.")
    lines.append("What is said is kept for those who come later." if now.kept else "No history is kept.")
    return lines


def _read_only(now: RoomChanged, host: bool) -> str:
    who = "only you can write" if host else "only the host can write"
    return f"The room is read-only now: {who}." if now.read_only else "Everyone can write again."


def _slow(now: RoomChanged) -> str:
    on = f"Slow mode is on: one message every {period(now.slow_s)} from each member."
    return on if now.slow_s else "Slow mode is off."


def _closed(now: RoomChanged) -> str:
    closed = "The room is closed to new members: only those who have been here before can come in."
    return closed if now.known_only else "New members can come in again."


def answering_line(answering: Answering) -> str:
    """Whether those who look for rooms find this one."""
    return FOUND if answering.port else NOT_ANSWERING if answering.wanted else NOT_FOUND


# --- What the host does to members --------------------------------------------------------------


def muted_line(name: str, muted: bool) -> str:
    """Told to the host, who has done it."""
    said = quoted_name(name) if name else "That member"
    return f"You muted {said}. {said} can still read." if muted else f"{said} can write again."


def banned_line(members: Iterable[Member]) -> str:
    """The whole list of bans, each with the address that is banned, too."""
    found = [
        (quoted_name(one.name) if one.name else "a key that was never here")
        + (f" and the address {one.address}" if one.address else "")
        for one in members
    ]
    return f"Banned: {', '.join(found)}." if found else NOBODY_BANNED


def muted_list(names: Mapping[bytes, str], muted: Iterable[bytes]) -> str:
    """Who is muted, of those who are here by name."""
    ids = sorted(muted)
    here = [quoted_name(names[one]) for one in ids if one in names]
    absent = len(ids) - len(here)
    if absent:
        here.append(f"{absent} who {'is' if absent == 1 else 'are'} not here")
    return f"Muted: {', '.join(here)}." if here else "Nobody is muted."
