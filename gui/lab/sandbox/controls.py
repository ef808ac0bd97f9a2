"""What a step's card offers to press, where the room itself has no button for it.

By the name of the control that a lesson's hint lights. Each is a row of (words, orders).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Choices = tuple[tuple[str, tuple[str, ...]], ...]

_AGAIN: Final = ("Mallory waits with own keys", ("order /own-keys",))

CONTROLS: Final[Mapping[str, Choices]] = {
    "sender’s knife": (("Join what is said", ("knife join",)),
                       ("Ada says three lines", ("say Ada one", "say Ada two", "say Ada three")),
                       ("Send it now", ("knife send",))),
    "receiver’s knife": (("5 bytes", ("knife off", "knife recv 5")),
                         ("Ada says: Zoë \U0001f642", ("say Ada Zoë \U0001f642",)), ("Off", ("knife off",))),
    "knife at Ada": (("2 bytes", ("knife recv 2",)), ("Ben says hello", ("say Ben hello",)),
                     ("Off", ("knife off",))),
    "joined frames": (("Knife off", ("knife off",)), ("Join what is said", ("knife join",)),
                      ("Send it now", ("knife send",))),
    "flip": (("Ada says “pay Ben five”", ("say Ada pay Ben five",)),),
    "replay": (("Ben says a line", ("say Ben once more",)),),
    "swap": (("Ben says two lines", ("say Ben first", "say Ben second")),),
    "freeze Cara": (("Freeze Cara", ("freeze Cara",)), ("Let Cara read", ("thaw Cara",)),
                    ("Thirty lines from Ada", ("lines Ada 30",))),
    "Reconnect and record": (("Reconnect and record", ("record Ada",)),),
    "own keys": (("Let Ada connect again", ("reconnect Ada",)),),
    "trust": (("A new Ada", ("new Ada",)), _AGAIN, ("She connects", ("reconnect Ada",)),
              ("Ada says a line", ("say Ada nobody hears this",))),
    "invite": (("A new Ada", ("new Ada",)), _AGAIN, ("She connects with the invite", ("invite Ada",))),
    "time machine": (("Open 1.3", ("open 1.3",)), ("Open today’s", ("open today",))),
    "Ada’s line": (("Let Cara join", ("join Cara",)),),
}

TILES: Final[Mapping[str, str]] = {"flip": "flip", "replay": "replay", "swap": "swap", "own keys": "own-keys"}
"""The tap's tile that a control's name means."""
