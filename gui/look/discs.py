"""Member discs: a colour and a cut that come from the key's fingerprint, so an impostor looks different.

528 looks: 12 hues (fingerprint byte 0), a segment in one of the 11 others (byte 1) in one of four corners
(byte 2). A hint for the eye, not a proof.
"""

import tkinter as tk
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gui.look import paint
from gui.look.palette import DISCS
from gui.text.shown_text import shown

if TYPE_CHECKING:
    from gui.look.look import Look


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


class DiscView(tk.Label):
    """A disc with its initial, as a widget. `size` is its width at 100 %."""

    def __init__(self, parent: tk.Misc, look: "Look", fingerprint: bytes, name: str, size: int = 32,
                 ground: str = "surface") -> None:
        super().__init__(parent, compound="center", borderwidth=0, highlightthickness=0, padx=0, pady=0,
                         foreground="#FFFFFF", font=look.fonts.disc(size))
        self._look = look
        self._ground = ground
        self._size = size
        self.show(fingerprint, name)
        look.on_change(self._recolour)
        self._recolour()

    def show(self, fingerprint: bytes, name: str) -> None:
        """Show another member."""
        self.configure(image=self._look.disc(fingerprint, self._size), text=initial(name))

    def set_ground(self, ground: str) -> None:
        """The palette role of the ground the disc stands on (it is lit with its row)."""
        self._ground = ground
        self._recolour()

    def _recolour(self) -> None:
        self.configure(background=self._look.palette.colour(self._ground))


def draw_disc(canvas: tk.Canvas, look: "Look", x: int, y: int, fingerprint: bytes, name: str,
              size: int = 36, tags: str = "") -> None:
    """Draw a disc with its initial on a canvas, its top left corner at (x, y) in screen pixels."""
    canvas.create_image(x, y, image=look.disc(fingerprint, size), anchor="nw", tags=tags)
    half = look.px(size) / 2
    canvas.create_text(x + half, y + half, text=initial(name), fill="#FFFFFF", font=look.fonts.disc(size),
                       tags=tags)
