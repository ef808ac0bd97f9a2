"""A member's disc with its initial, as a widget or drawn on a canvas."""

import tkinter as tk

from gui.look.discs import initial
from gui.look.look import Look


class DiscView(tk.Label):
    """A disc with its initial, as a widget. `size` is its width at 100 %."""

    def __init__(self, parent: tk.Misc, look: Look, fingerprint: bytes, name: str, size: int = 32,
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

    def _recolour(self) -> None:
        self.configure(background=self._look.palette.colour(self._ground))


def draw_disc(canvas: tk.Canvas, look: Look, x: int, y: int, fingerprint: bytes, name: str,
              size: int = 36, tags: str = "") -> None:
    """Draw a disc with its initial on a canvas, its top left corner at (x, y) in screen pixels."""
    canvas.create_image(x, y, image=look.disc(fingerprint, size), anchor="nw", tags=tags)
    half = look.px(size) / 2
    canvas.create_text(x + half, y + half, text=initial(name), fill="#FFFFFF", font=look.fonts.disc(size),
                       tags=tags)
