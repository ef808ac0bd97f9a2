"""What a text costs to draw, in units of some microseconds, and how much of it fits a bound.

Each new glyph has to be rendered, a colour emoji out of a picture of its own; right-to-left text is shaped
and turned round by us. A message of the room's full length in such signs would hold the window up, so a
transcript shows as much of it as fits and the rest when asked.
"""

import unicodedata
from typing import Final

MAX_COST: Final = 6_000
"""Takes any 4,000 letters of the European scripts, some 1,000 characters of Chinese, 29 different emoji."""

_NEW_GLYPH: Final = 10
_NEW_PICTURE: Final = 200
_TURNED_ROUND: Final = 3
_EUROPEAN_ENDS: Final = "\u0590"  # Latin, Greek, Cyrillic and Armenian stand below; Hebrew and Arabic follow
_RTL_ENDS: Final = "\u08ff"
_LONGEST_TOGETHER: Final = 16
_JOINER: Final = "\u200d"


def shown_chars(text: str, most: int = MAX_COST) -> int:
    """How many characters of `text` cost at most `most`: len(text) if all do. Never cuts a joined emoji."""
    if text.isascii() and len(text) <= most:
        return len(text)
    cost = 0
    known: set[str] = set()
    for at, char in enumerate(text):
        cost += 1
        if char >= _EUROPEAN_ENDS:
            if char <= _RTL_ENDS:
                cost += _TURNED_ROUND
            if char not in known:
                known.add(char)
                cost += _NEW_PICTURE if char > "\uffff" else _NEW_GLYPH
        if cost > most:
            return whole_cut(text, at)
    return len(text)


def whole_cut(text: str, at: int) -> int:
    """The last place up to `at` where nothing that belongs together is cut; `at` if that is too far away.

    What belongs together: joined emoji, skin tones, letters and their marks. 0 if the text begins with it.
    """
    for place in range(at, max(at - _LONGEST_TOGETHER, 0), -1):
        if not _belongs_to_the_last(text[place]) and text[place - 1] != _JOINER:
            return place
    return at if at > _LONGEST_TOGETHER else 0


def _belongs_to_the_last(char: str) -> bool:
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return char == _JOINER or skin_tone or unicodedata.category(char) in ("Mn", "Me")
