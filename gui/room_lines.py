"""The sentences of a room's system lines."""

from __future__ import annotations

from collections.abc import Sequence

from gui.shown_text import shown
from gui.transcript import SystemLine
from netcore.engine import MemberLeft

MOST_NAMES = 4  # of people who came in one turn; the rest is a number


def names_in_words(names: Sequence[str]) -> str:
    """ "Ben", "Ben and Layla", "Ben, Layla and Zoë", "Ben, Layla, Zoë, Tom and 3 others"."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} others"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def joined_line(names: Sequence[str]) -> str:
    return f"{names_in_words(names)} joined"


def left_line(event: MemberLeft, host: bool) -> SystemLine:
    """`host`: told to the host, who knows why without being told."""
    name = shown(event.member.name)
    what, icon = {
        "lost": (f"{name}’s connection was lost.", "left"),
        "kicked": (f"You removed {name}." if host else f"The host removed {name}.", "user_remove"),
        "banned": (f"You banned {name}." if host else f"The host banned {name}.", "user_remove"),
    }.get(event.reason, (f"{name} left.", "key"))
    return SystemLine(icon, f"{what} The room gets a new key: {name} can read nothing said from here on.")
