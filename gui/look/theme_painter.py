"""The tools that `gui/look/theme.py` paints a theme with: boxes and marks at one scale, and elements.

Tk takes a third of a millisecond for each image, and a theme has some 230; so what is not seen at once is
made later, a few milliseconds at a time. But an element is made with all its images: one that is still empty
would keep Tk busy for ever when it has to fill a control with it.
"""

import math
import time
import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any

from gui.look import paint
from gui.look.paint import Layer

State = tuple[str, ...]


def nest(*names: str, sticky: str = "nsew") -> Any:
    """A layout of elements inside one another, each filling the one before it, the last one as `sticky`."""
    layout: Any = [(names[-1], {"sticky": sticky})]
    for name in reversed(names[:-1]):
        layout = [(name, {"sticky": "nsew", "children": layout})]
    return layout


def outlined(fill: str, outline: str, radius: int = 8) -> list[Layer]:
    return [Layer(3, radius, outline), Layer(4, radius - 1, fill)]


class Painter:
    """Paints into the ttk theme in use. Holds the images; ttk forgets an element whose image is collected."""

    def __init__(self, root: tk.Misc, scale: float) -> None:
        self.root = root
        self.style = ttk.Style(root)
        self.line = max(1, round(scale))
        self._scale = scale
        self._images: list[tk.PhotoImage] = []
        self._waiting: deque[Callable[[], None]] = deque()

    def go_on(self, longest_s: float = math.inf) -> bool:
        """Do more of what waits, for about so long; whether anything is left. Only while in use."""
        until = time.perf_counter() + longest_s
        while self._waiting and time.perf_counter() < until:
            self._waiting.popleft()()
        return bool(self._waiting)

    def px(self, length: float) -> int:
        return round(length * self._scale)

    def length(self, length: float) -> float:
        """A length at this scale, in whole pixels so that straight edges stay sharp."""
        return self.line * length if length <= 2 else self.line + self.px(length - 1)

    def image(self, data: bytes) -> tk.PhotoImage:
        image = tk.PhotoImage(master=self.root, data=data)
        self._images.append(image)
        return image

    def box(self, layers: Sequence[Layer], ground: str) -> tk.PhotoImage:
        """A box to be stretched: its corners are what is painted."""
        ends = 2 * self.px(17)
        return self.image(paint.rounded_box(ends + 56, ends + 16, self._scaled(layers), ground))

    def mark(self, size: tuple[int, int], layers: Sequence[Layer], ground: str,
             overlay: tuple[bytes, int, int] | None = None) -> tk.PhotoImage:
        """An indicator of fixed size: boxes, and perhaps a picture with alpha laid over them."""
        image = self.image(paint.rounded_box(*size, self._scaled(layers), ground))
        if overlay:
            data, x, y = overlay
            top = tk.PhotoImage(master=self.root, data=data)
            self.root.tk.call(str(image), "copy", str(top), "-to", x, y)
        return image

    def element(self, name: str, image: tk.PhotoImage, states: Sequence[tuple[State, tk.PhotoImage]],
                border: int) -> None:
        specs: Any = [(*state, picture) for state, picture in states]
        self.style.element_create(name, "image", image, *specs, border=self.px(border), sticky="nsew",
                                  width=8, height=8, padding=0)

    def _scaled(self, layers: Sequence[Layer]) -> list[Layer]:
        scaled: list[Layer] = []
        for layer in layers:
            inset = self.length(layer.inset_px)
            if scaled and layer.inset_px > layers[len(scaled) - 1].inset_px:
                inset = max(inset, scaled[-1].inset_px + 1)  # at 80 % rounding would leave nothing of a line
            scaled.append(Layer(inset, self.length(layer.radius_px), layer.colour))
        return scaled
