"""What each cell of the grid must come to: held to by the tests, and by `localchat.py lab check`."""

from __future__ import annotations

from typing import Final

from netcore.lab.grid import VERSIONS, CellVerdict, Version

LETTERS: Final[dict[str, CellVerdict]] = {
    "+": "held", "-": "broke", "?": "you decide", "~": "not noticed yet", "o": "cannot be noticed",
}  # fmt: skip

# In the order of VERSIONS: 1.0, 1.1, 1.2, 1.3, today.
PINNED: Final[dict[str, str]] = {
    "two in one chunk": "- - - + +",
    "half a message": "- - - + +",
    "half a letter": "- - - + +",
    "many people": "- + + + +",
    "slow member": "- - - - +",
    "listen": "- - - + +",
    "pretend": "- - - - +",
    "flip": "- - - + +",
    "replay": "- - - - +",
    "swap": "- - - - +",
    "drop": "- - - - +",
    "last dropped": "o o o o ~",
    "first contact": "- - - - ?",
    "known server": "- - - - +",
    "stolen key": "- - - - +",
    "sizes and times": "o o o o o",
}


def pinned(row: str, version: Version) -> CellVerdict:
    """Raises KeyError for a row that there is not."""
    return LETTERS[PINNED[row].split()[VERSIONS.index(version)]]
