"""Member discs: a colour and a cut that come from the key's fingerprint, so an impostor looks different.

528 looks: 12 hues (fingerprint byte 0), a segment in one of the 11 others (byte 1) in one of four corners
(byte 2). A hint for the eye, not a proof.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from gui.look import paint
from gui.look.palette import DISCS
from gui.text.shown_text import shown


class DiscShape(NamedTuple):
    """hue and segment_hue: 0-11, never equal; corner: 0 top left, then clockwise."""

    hue: int
    segment_hue: int
    corner: int


def disc_shape(fingerprint: bytes) -> DiscShape:
    """The look of a fingerprint (32 bytes; shorter ones are filled with zeros)."""
    first, second, third = (fingerprint + b"\0\0\0")[:3]
    hue = first % 12
    return DiscShape(hue, (hue + 1 + second % 11) % 12, third % 4)


def disc_colour(fingerprint: bytes) -> str:
    """The main colour of a member's disc, "#RRGGBB"."""
    return DISCS[disc_shape(fingerprint).hue][0]


@lru_cache(maxsize=1024)
def disc_png(shape: DiscShape, size_px: int) -> bytes:
    return paint.disc(size_px, DISCS[shape.hue][0], DISCS[shape.segment_hue][1], shape.corner)


@lru_cache(maxsize=256)
def dot_png(colour: str, size_px: int) -> bytes:
    return paint.disc(size_px, colour, None, 0)


def initial(name: str) -> str:
    """The letter on a member's disc: the first of the name, upper case, whole with its marks."""
    text = shown(name).strip()
    if not text:
        return "?"
    end = 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    upper = text[:end].upper()
    return upper if len(upper) == end else text[:end]
