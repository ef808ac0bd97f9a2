"""The table of who knows what: one line for each value, one column for each who may know it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Final

from gui.lab.paper import Paper, bind_step_keys
from gui.look.look import Look
from netcore.lab.handshake.ladder import Party
from netcore.lab.handshake.ledger import Knows, Value, knows

HEAD: Final = 30
ROW: Final = 28
COLUMNS: Final = {Party.CLIENT: 0.316, Party.SERVER: 0.544, Party.EAVESDROPPER: 0.773}
"""Where a column begins, as a share of the width."""
ICONS: Final = {
    Knows.MADE: ("check", "accent"), Knows.KNOWS: ("check", "accent"), Knows.SEEN: ("eye", "warn"),
    Knows.COMPUTES: ("gear", "warn"), Knows.NEEDS_RSA_KEY: ("key", "warn"), Knows.CANNOT: ("eye_off", "ink3"),
    Knows.NOT_REACHED: ("minus", "ink3"),
}
ASKED, SKIPPED = "your guess", "still open"


class LedgerPaper(Paper):
    """Arrow keys and the mouse choose a line, of which `on_choose` hears.

    `hidden(name)`: whether the eavesdropper's cell waits for an answer; `asked`: what is asked for now.
    """

    def __init__(self, parent: tk.Misc, look: Look, on_choose: Callable[[Value], None],
                 hidden: Callable[[str], bool]) -> None:
        super().__init__(parent, look, takefocus=True)
        self._on_choose = on_choose
        self._hidden = hidden
        self.values: Sequence[Value] = ()
        self.step = 0
        self.asked: frozenset[str] = frozenset()
        self.stopped: Party | None = None
        self.chosen: Value | None = None
        self.bind("<Button-1>", self._clicked)
        for event in ("<FocusIn>", "<FocusOut>"):
            self.bind(event, lambda _: self.paint_now(), add=True)
        bind_step_keys(self, (("<Up>", lambda: self._move(-1)), ("<Down>", lambda: self._move(1))))

    def show(self, values: Sequence[Value], step: int, asked: frozenset[str],
             stopped: Party | None = None) -> None:
        """`stopped`: who did not take the last message."""
        self.values, self.step, self.asked, self.stopped = values, step, asked, stopped
        if self.chosen not in values:
            self.chosen = None
        self.look.configure(self, height=HEAD + ROW * len(values) + 2)
        self.paint_now()

    def choose(self, value: Value | None) -> None:
        """Light this line."""
        self.chosen = value
        self.paint_now()

    def cell(self, party: Party, value: Value) -> str:
        """The words of a cell, "" where it is empty."""
        if party is Party.EAVESDROPPER and self._hidden(value.name):
            return ASKED if value.name in self.asked else SKIPPED
        found = knows(party, value, self.step, self.stopped)
        return found.value if found is not None else ""

    # --- the picture ---------------------------------------------------------------------------------

    def paint(self) -> None:
        wide = self.width
        for party, share in COLUMNS.items():
            self.words(share * wide, HEAD / 2, party.value.capitalize(), "small_strong", "ink2")
        self.line((0, HEAD, wide, HEAD), "line")
        focused = self.focus_get() is self
        for number, value in enumerate(self.values):
            self._row(value, HEAD + ROW * number, wide, focused)

    def _row(self, value: Value, y: float, wide: float, focused: bool) -> None:
        chosen = value is self.chosen
        asked = value.name in self.asked and self._hidden(value.name)
        if chosen or asked:
            self.box(0, y + 1, wide, ROW - 1, "select" if chosen else "warn_soft",
                     "accent" if chosen and focused else "", radius=6, stroke=2)
        else:
            self.line((0, y + ROW, wide, y + ROW), "line")
        middle = y + ROW / 2
        first = COLUMNS[Party.CLIENT] * wide
        size = f"{value.size_bytes}" if value.size_bytes else ""
        room = first - 20 - (self.measure(size) + 8 if size else 0)
        name = self.fitting(value.name, "small_strong" if chosen else "small", room)
        self.words(8, middle, name, "small_strong" if chosen else "small", "ink")
        self.words(first - 10, middle, size, "small", "ink2", anchor="e")
        ends = [*(share * wide for share in list(COLUMNS.values())[1:]), wide]
        for (party, share), end in zip(COLUMNS.items(), ends, strict=True):
            self._cell(party, value, share * wide, middle, end - share * wide)

    def _cell(self, party: Party, value: Value, x: float, middle: float, room: float) -> None:
        words = self.cell(party, value)
        if not words:
            return
        if words in (ASKED, SKIPPED):
            icon, role = "help", "warn"
        else:
            icon, role = ICONS[Knows(words)]
        self.icon(x + 8, middle, icon, role, 16)
        self.words(x + 22, middle, self.fitting(words, "small", room - 24), "small",
                   "warn" if words == ASKED else "ink3" if role == "ink3" else "ink2")

    # --- choosing ------------------------------------------------------------------------------------

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.focus_set()
        number = int((event.y / self.look.scale - HEAD) // ROW)
        if 0 <= number < len(self.values):
            self._choose(self.values[number])

    def _move(self, step: int) -> None:
        if not self.values:
            return
        here = self.values.index(self.chosen) if self.chosen in self.values else (-1 if step > 0 else 0)
        self._choose(self.values[(here + step) % len(self.values)])

    def place_of(self, value: Value) -> tuple[int, int]:
        """Top and bottom of its line, in pixels."""
        top = HEAD + ROW * list(self.values).index(value)
        return self.look.px(top), self.look.px(top + ROW)

    def _choose(self, value: Value) -> None:
        self.choose(value)
        self._on_choose(value)
