"""A large icon in a rounded square, as beside the title of a page."""

from __future__ import annotations

import tkinter as tk

from gui.look import paint
from gui.look.look import Look

SIDE = 56
RADIUS = 12
ICON = 32


class Tile(tk.Canvas):
    """`icon` in `ink` on a square of `fill`, standing on `ground`; all three are palette roles."""

    def __init__(self, parent: tk.Misc, look: Look, icon: str, ink: str, fill: str, ground: str) -> None:
        super().__init__(parent, borderwidth=0, highlightthickness=0)
        self._look = look
        self._fill, self._ground = fill, ground
        self._square = tk.PhotoImage(master=self)
        self.create_image(0, 0, image=self._square, anchor="nw")
        self._icon = self.create_image(0, 0, image=look.icon(icon, ink, ICON))
        look.on_change(self._redraw)
        self._redraw()

    def _redraw(self) -> None:
        px, colour = self._look.px, self._look.palette.colour
        side = px(SIDE)
        layers = [paint.Layer(0, px(RADIUS), colour(self._fill))]
        self._square.configure(data=paint.rounded_box(side, side, layers, colour(self._ground)))
        self.configure(width=side, height=side, background=colour(self._ground))
        self.coords(self._icon, side / 2, side / 2)
