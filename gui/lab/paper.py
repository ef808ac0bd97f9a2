"""A canvas that is painted anew as a whole, by one function, in lengths of the design.

A whole picture of a hundred items takes 3 to 7 ms, which is simpler than moving items and quick enough, as
long as it does not happen for every event: what comes in a burst is painted once, ten times a second at most.
"""

from __future__ import annotations

import time
import tkinter as tk
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, Literal

from gui.compat import pass_on_page_keys
from gui.look import paint
from gui.look.look import Look

LEAST_MS: Final = 100
Anchor = Literal["nw", "n", "ne", "w", "center", "e", "sw", "s", "se"]


class Paper(tk.Canvas):
    """Subclasses fill in `paint`, which draws with `box`, `line`, `words` and `icon`. Lengths are at 100 %,
    `width` and `height` of what can be seen too. ground: the palette role behind everything."""

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "surface",
                 takefocus: bool = False) -> None:
        super().__init__(parent, borderwidth=0, highlightthickness=0, takefocus=takefocus)
        self.look = look
        self.ground = ground
        self._boxes: dict[tuple[object, ...], tk.PhotoImage] = {}
        self._painted_s = 0.0
        self._waiting: str | None = None
        self._size = (0, 0)
        self.bind("<Configure>", self._resized, add=True)
        self.bind("<Map>", lambda _: self.paint_soon(), add=True)
        self.bind("<Destroy>", lambda _: self._cancel(), add=True)
        look.on_change(self._restyled, owner=self)
        self.configure(background=look.palette.colour(ground))

    @abstractmethod
    def paint(self) -> None:
        """Draw everything; the canvas is empty."""

    @property
    def width(self) -> float:
        return self.winfo_width() / self.look.scale

    @property
    def height(self) -> float:
        return self.winfo_height() / self.look.scale

    def paint_now(self) -> None:
        """After something the person did; not for events."""
        self._cancel()
        self._painted_s = time.monotonic()
        self.delete("all")
        if self.winfo_width() > 1:
            self.paint()

    def paint_soon(self) -> None:
        """Once for all that happens now, and at most ten times a second."""
        if self._waiting is None:
            since_ms = (time.monotonic() - self._painted_s) * 1000
            self._waiting = self.after(max(1, round(LEAST_MS - since_ms)), self.paint_now)

    # --- what `paint` draws with ---------------------------------------------------------------------

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str = "", *,
            radius: float = 8, stroke: float = 1, ground: str = "", tags: str = "") -> None:
        """A rounded box of palette roles, smooth on `ground`."""
        px, colour = self.look.px, self.look.palette.colour
        wide, high = max(1, px(x + width) - px(x)), max(1, px(height))
        round_px = min(px(radius), wide // 2, high // 2)
        if min(wide, high) < 4:
            self.create_rectangle(px(x), px(y), px(x) + wide, px(y) + high, width=0, tags=tags,
                                  fill=colour(edge or fill))
            return
        key = (wide, high, round_px, fill, edge, stroke, ground or self.ground)
        image = self._boxes.get(key)
        if image is None:
            line = max(1, px(stroke))
            layers = [paint.Layer(0, round_px, colour(edge or fill))]
            if edge:
                layers.append(paint.Layer(line, max(0, round_px - line), colour(fill)))
            data = paint.rounded_box(wide, high, layers, colour(ground or self.ground))
            image = self._boxes[key] = tk.PhotoImage(master=self, data=data)
        self.create_image(px(x), px(y), image=image, anchor="nw", tags=tags)

    def line(self, points: Sequence[float], role: str, *, width: float = 1,
             dash: tuple[int, int] | None = None, tags: str = "") -> None:
        px = self.look.px
        options: dict[str, object] = {"dash": dash} if dash else {}
        self.create_line(*map(px, points), fill=self.look.palette.colour(role), width=max(1, px(width)),
                         tags=tags, **options)  # type: ignore[call-overload]

    def words(self, x: float, y: float, text: str, font: str = "small", role: str = "ink", *,
              anchor: Anchor = "w", width: float = 0, tags: str = "") -> int:
        """Give the number of the item. `font` is a name of Fonts, `width` where lines break."""
        return self.create_text(self.look.px(x), self.look.px(y), text=text, anchor=anchor, tags=tags,
                                font=getattr(self.look.fonts, font), fill=self.look.palette.colour(role),
                                width=self.look.px(width))

    def icon(self, x: float, y: float, name: str, role: str, size: int = 16, *, anchor: Anchor = "center",
             tags: str = "") -> None:
        self.create_image(self.look.px(x), self.look.px(y), image=self.look.icon(name, role, size),
                          anchor=anchor, tags=tags)

    def measure(self, text: str, font: str = "small") -> float:
        """How wide it is, at 100 %."""
        return self.look.fonts.measure(getattr(self.look.fonts, font), text) / self.look.scale

    def fitting(self, text: str, font: str, width: float) -> str:
        """As much of it as there is room for, with "…" where it is cut; "" if nothing fits."""
        if self.measure(text, font) <= width:
            return text
        while text and self.measure(text + "…", font) > width:
            text = text[: -max(1, len(text) // 8)]
        return text.rstrip() + "…" if text else ""

    # --- inside --------------------------------------------------------------------------------------

    def _resized(self, event: tk.Event[tk.Misc]) -> None:
        if (event.width, event.height) != self._size:
            self._size = (event.width, event.height)
            self.paint_soon()

    def _restyled(self) -> None:
        self._boxes.clear()
        self.configure(background=self.look.palette.colour(self.ground))
        self.paint_now()

    def _cancel(self) -> None:
        if self._waiting is not None:
            self.after_cancel(self._waiting)
            self._waiting = None


def bind_step_keys(widget: tk.Misc, keys: Sequence[tuple[str, Callable[[], object]]]) -> None:
    """Keys of a picture that has the focus."""
    for key, action in keys:
        def press(_event: object, action: Callable[[], object] = action) -> str:
            action()
            return "break"

        widget.bind(key, press)
    pass_on_page_keys(widget)
