"""What a step's card offers to press, where the room itself has no button for it.

By the name of the control that a lesson's hint lights. Each is a row of (words, orders).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Choices = tuple[tuple[str, tuple[str, ...]], ...]

_AGAIN: Final = ("Mallory waits with own keys", ("order /own-keys",))

CONTROLS: Final[Mapping[str, Choices]] = {
    "sender's knife": (("Join what is said", ("knife join",)), ("Send it now", ("knife send",)),
                       ("Off", ("knife off",))),
    "receiver's knife": (("2 bytes", ("knife recv 2",)), ("5 bytes", ("knife recv 5",)),
                         ("Off", ("knife off",))),
    "freeze Cara": (("Freeze Cara", ("freeze Cara",)), ("Let Cara read", ("thaw Cara",)),
                    ("Thirty lines from Ada", ("lines Ada 30",))),
    "Reconnect and record": (("Reconnect and record", ("record Ada",)),),
    "own keys": (("Let Ada connect again", ("reconnect Ada",)),),
    "trust": (("A new Ada", ("new Ada",)), _AGAIN, ("She connects", ("reconnect Ada",))),
    "invite": (("A new Ada", ("new Ada",)), _AGAIN, ("She connects with the invite", ("invite Ada",))),
    "time machine": (("Open 1.3", ("open 1.3",)), ("Open today’s", ("open today",))),
    "Ada's line": (("Let Cara join", ("join Cara",)),),
}

TILES: Final[Mapping[str, str]] = {"flip": "flip", "replay": "replay", "swap": "swap", "own keys": "own-keys"}
"""The tap's tile that a control's name means."""
