"""The last turns of the loop side by side: sockets ready, sent, stored, and the time since the one before."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Final

from gui.look.look import Look
from netcore.trace import Turn

TURNS: Final = 60
LANES: Final = ("ready", "sent", "stored", "waited")
LANE: Final = 24
LEFT: Final = 74
FULL_COUNT: Final = 8
FULL_MS: Final = 100.0
FULL_S: Final = 10.0


def heights(turn: Turn, after_s: float) -> tuple[float, float, float, float]:
    """How full each lane is, 0 to 1. By logarithm: a commit of 1 ms is seen, and one of 100 ms fits."""
    def share(value: float, full: float, least: float) -> float:
        if value <= 0:
            return 0.0
        return min(1.0, max(0.08, math.log1p(value / least) / math.log1p(full / least)))

    return (share(turn.ready, FULL_COUNT, 1.0), share(turn.writes, FULL_COUNT, 1.0),
            share(turn.commit_ms, FULL_MS, 0.5), share(after_s, FULL_S, 0.001))


class Strip(tk.Canvas):
    """on_turn(place): the person points at one of the turns shown, or steps to it."""

    def __init__(self, parent: tk.Misc, look: Look, on_turn: Callable[[int], None]) -> None:
        super().__init__(parent, borderwidth=0, highlightthickness=0, width=1, takefocus=True)
        self._look = look
        self._on_turn = on_turn
        self._turns: Sequence[Turn] = ()
        self._before: Turn | None = None
        self._chosen: int | None = None
        self._bars: list[list[int]] = []
        self.bind("<Configure>", lambda _: self._build())
        self.bind("<Button-1>", self._clicked)
        self.bind("<B1-Motion>", self._clicked)
        self.bind("<FocusIn>", lambda _: self._mark())
        self.bind("<FocusOut>", lambda _: self._mark())
        look.on_change(self._build, owner=self)
        self._build()

    def show(self, turns: Sequence[Turn], before: Turn | None, chosen: int | None) -> None:
        """The newest last, at most TURNS; before: the one before the first. chosen: a place, None: live."""
        self._turns, self._before, self._chosen = turns, before, chosen
        offset = TURNS - len(turns)
        lane, width = self._look.px(LANE), self._width()
        left = self._look.px(LEFT)
        for place in range(TURNS):
            turn = turns[place - offset] if place >= offset else None
            if turn is None:
                shares: tuple[float, ...] = (0.0,) * len(LANES)
            else:
                last = turns[place - offset - 1] if place > offset else before
                shares = heights(turn, turn.at_s - last.at_s if last is not None else 0.0)
            x = left + place * width
            for number, (item, share) in enumerate(zip(self._bars[place], shares, strict=True)):
                bottom = (number + 1) * lane
                high = round((lane - self._look.px(4)) * share)
                self.coords(item, x, bottom - high, x + max(1.0, width - self._look.px(2)), bottom)
        self._mark()

    def _width(self) -> float:
        return max(3.0, (self.winfo_width() - self._look.px(LEFT)) / TURNS)

    def _build(self) -> None:
        look, px, p = self._look, self._look.px, self._look.palette
        self.delete("all")
        self.configure(background=p.surface, height=len(LANES) * px(LANE) + px(4))
        colours = (p.accent, p.accent, p.warn, p.thumb)
        self._frame = self.create_rectangle(0, 0, 0, 0, fill=p.select, width=0)
        for number, word in enumerate(LANES):
            y = (number + 1) * px(LANE)
            self.create_text(0, y - px(LANE) // 2, text=word, anchor="w", font=look.fonts.small, fill=p.ink3)
            self.create_line(px(LEFT), y, self.winfo_width(), y, fill=p.line)
        self._bars = [[self.create_rectangle(0, 0, 0, 0, fill=colour, width=0) for colour in colours]
                      for _ in range(TURNS)]
        self.show(self._turns, self._before, self._chosen)

    def _mark(self) -> None:
        if self._chosen is None:
            self.coords(self._frame, 0, 0, 0, 0)
            return
        place = TURNS - len(self._turns) + self._chosen
        x, width = self._look.px(LEFT) + place * self._width(), self._width()
        self.coords(self._frame, x, 0, x + width, len(LANES) * self._look.px(LANE))

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.focus_set()
        place = int((event.x - self._look.px(LEFT)) / self._width()) - (TURNS - len(self._turns))
        if 0 <= place < len(self._turns):
            self._on_turn(place)
