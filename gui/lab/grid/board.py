"""The grid on the screen: a line for each problem or attack, a cell for each version. Painted as a whole.

A cell says its outcome by a word, a picture and a colour. Where the window is narrow a line's title stands
above its cells; where a word does not fit, it wraps, and the line gets higher.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from gui.compat import COMMAND, bind_wheel
from gui.lab.paper import Paper, bind_step_keys
from gui.look.look import Look
from netcore.lab.grid import COLUMNS, ROWS, VERSIONS, CellVerdict
from netcore.lab.grid_runner import Cell

SIDE: Final = 24
GAP: Final = 6
CELL: Final = 34
TWO_LINES: Final = 50
TITLE: Final = 26  # of a line, above its cells
LEAST_CELL: Final = 100
WIDE: Final = 800
"""From this width on the titles stand beside the cells."""
TITLES: Final = (226, 303)
"""The least and the most that they take then."""
TRY_IT: Final = "try it"
WAITS: Final = "waits\u2026"
RUNNING: Final = "running\u2026"
NOT_RUN: Final = "not run"


@dataclass(frozen=True, slots=True)
class Style:
    """Icon, colour of icon and word, ground and edge."""

    icon: str
    ink: str
    ground: str
    edge: str


STYLES: Final[Mapping[CellVerdict | str, Style]] = {
    "held": Style("check", "accent", "soft", "soft_edge"),
    "broke": Style("cross", "danger", "danger_soft", "danger_edge"),
    "you decide": Style("user", "warn", "warn_soft", "warn_edge"),
    "not noticed yet": Style("clock", "warn", "warn_soft", "warn_edge"),
    "cannot be noticed": Style("eye_off", "ink2", "sunken", "line"),
    TRY_IT: Style("", "ink2", "surface", "line"),
    WAITS: Style("clock", "ink2", "surface", "line"),
    RUNNING: Style("play", "accent", "surface", "accent"),
    NOT_RUN: Style("warning", "danger", "surface", "danger_edge"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row's places, from the top of the board."""

    title_y: float
    cell_y: float
    height: float
    """Of its cells."""


class Board(Paper):
    """`words(cell)` is what a cell says, a key of STYLES; `on_press(cell)` hears a click, Return or Space,
    `on_move(cell)` where the keyboard is. `heads` is painted by itself, and stands still above it."""

    def __init__(self, parent: tk.Misc, look: Look, words: Callable[[Cell], str],
                 on_press: Callable[[Cell], None], on_move: Callable[[Cell], None]) -> None:
        super().__init__(parent, look, takefocus=True)
        self._words = words
        self._on_press = on_press
        self._on_move = on_move
        self.at = (0, 0)
        """Row and column of the cell that has the keyboard."""
        self._lines: list[_Line] = []
        self._resizes = False
        self.heads = Heads(parent, look, self)
        self.configure(yscrollincrement=1, xscrollincrement=1)
        self.bind("<Button-1>", self._clicked)
        self.bind("<Motion>", self._pointed)
        for event in ("<FocusIn>", "<FocusOut>"):
            self.bind(event, lambda _: self.paint_now(), add=True)
        bind_wheel(self, self.scroll_lines)
        bind_step_keys(self, (
            ("<Left>", lambda: self.move(0, -1)), ("<Right>", lambda: self.move(0, 1)),
            ("<Up>", lambda: self.move(-1, 0)), ("<Down>", lambda: self.move(1, 0)),
            ("<Home>", lambda: self.go(self.at[0], 0)),
            ("<End>", lambda: self.go(self.at[0], len(VERSIONS) - 1)),
            (f"<{COMMAND}-Home>", lambda: self.go(0, 0)),
            (f"<{COMMAND}-End>", lambda: self.go(len(ROWS) - 1, len(VERSIONS) - 1)),
            ("<Prior>", lambda: self.move(-6, 0)), ("<Next>", lambda: self.move(6, 0)),
            *((key, self._press) for key in ("<Return>", "<KP_Enter>", "<space>")),
        ))

    def _press(self) -> None:
        self._on_press(self.cell)

    # --- where things stand --------------------------------------------------------------------------

    @property
    def cell(self) -> Cell:
        """The one that has the keyboard."""
        return Cell(ROWS[self.at[0]].name, VERSIONS[self.at[1]])

    @property
    def titles(self) -> float:
        """How much the titles take beside the cells; 0 where they stand above."""
        if self.width < WIDE:
            return 0
        return max(TITLES[0], min(TITLES[1], self.width * 0.26))

    @property
    def cell_width(self) -> float:
        room = self.width - 2 * SIDE - self.titles - GAP * (len(VERSIONS) - 1)
        return max(LEAST_CELL, room / len(VERSIONS))

    @property
    def whole_width(self) -> float:
        return 2 * SIDE + self.titles + self.cell_width * len(VERSIONS) + GAP * (len(VERSIONS) - 1)

    def column_x(self, column: int) -> float:
        return SIDE + self.titles + column * (self.cell_width + GAP)

    def place_of(self, cell: Cell) -> tuple[float, float, float, float]:
        """Left, top, width and height in pixels of the screen, as it is scrolled now."""
        row = next(number for number, row in enumerate(ROWS) if row.name == cell.row)
        line, px = self._lines[row], self.look.px
        x = px(self.column_x(VERSIONS.index(cell.version))) - self.canvasx(0)
        y = px(line.cell_y) - self.canvasy(0)
        return x, y, px(self.cell_width), px(line.height)

    def _lay_out(self) -> None:
        room = self.cell_width - 46
        high = {words: TWO_LINES if self.measure(words) > room else CELL for words in STYLES}
        for words, two in (("cannot be noticed", "cannot be"), ("not noticed yet", "not noticed")):
            if self.measure(two) > room:
                high[words] = TWO_LINES + 18
        self._lines = []
        y: float = 2
        for row in ROWS:
            height = max(high[self._words(Cell(row.name, version))] for version in VERSIONS)
            if self.titles and self.measure(row.title, "body") > self.titles - 12:
                height = max(height, TWO_LINES)
            top = y if self.titles else y + TITLE
            self._lines.append(_Line(top + height / 2 if self.titles else y + TITLE / 2, top, height))
            y = top + height + GAP + (0 if self.titles else 4)
        px = self.look.px
        self.configure(scrollregion=(0, 0, max(self.winfo_width(), px(self.whole_width)),
                                     max(self.winfo_height(), px(y + 10))))

    # --- the picture ---------------------------------------------------------------------------------

    def paint(self) -> None:
        self._lay_out()
        focused = self.focus_get() is self
        # Above its cells a title stays in sight, however far to the side they are.
        title_x = SIDE if self.titles else SIDE + self.canvasx(0) / self.look.scale
        for number, (row, line) in enumerate(zip(ROWS, self._lines, strict=True)):
            here = focused and number == self.at[0]
            self.words(title_x, line.title_y, row.title, "body" if not here else "strong", "ink",
                       width=max(0, self.titles - 12))
            for column, version in enumerate(VERSIONS):
                has_focus = here and column == self.at[1]
                self._cell(Cell(row.name, version), self.column_x(column), line, has_focus)
        self.heads.paint_now()
        if self._resizes:
            self._resizes = False
            self.see()

    def _resized(self, event: tk.Event[tk.Misc]) -> None:
        self._resizes = True  # the cell with the keyboard stays in sight
        super()._resized(event)

    def _cell(self, cell: Cell, x: float, line: _Line, focused: bool) -> None:
        words = self._words(cell)
        style = STYLES[words]
        edge = ("accent", 2.5) if focused else (style.edge, 1)
        self.box(x, line.cell_y, self.cell_width, line.height, style.ground, edge[0], stroke=edge[1])
        middle = line.cell_y + line.height / 2
        if not style.icon:
            self.words(x + self.cell_width / 2, middle, words, "small", style.ink, anchor="center")
            return
        self.icon(x + 18, middle, style.icon, style.ink, 16)
        self.words(x + 34, middle, words, "small_strong" if words in COUNTED else "small", style.ink,
                   width=self.cell_width - 38)

    # --- keyboard and pointer ------------------------------------------------------------------------

    def move(self, rows: int, columns: int) -> None:
        self.go(max(0, min(self.at[0] + rows, len(ROWS) - 1)),
                max(0, min(self.at[1] + columns, len(VERSIONS) - 1)))

    def go(self, row: int, column: int) -> None:
        """The keyboard to this cell, and bring it into sight."""
        self.at = row, column
        self.paint_now()
        self.see()
        self._on_move(self.cell)

    def see(self) -> None:
        """The cell that has the keyboard, with its title, and the first line with what stands above it."""
        if not self._lines:
            return
        x, y, width, height = self.place_of(self.cell)
        above = 0 if self.titles else self.look.px(TITLE)
        if y - above < 0:
            self.yview_scroll(round(y - above), "units")
        elif y + height > self.winfo_height():
            self.yview_scroll(round(y + height - self.winfo_height() + self.look.px(GAP)), "units")
        if x < 0 or x + width > self.winfo_width():
            self.scroll_sideways(round(x - (self.winfo_width() - width) / 2))

    def scroll_lines(self, lines: int) -> None:
        self.yview_scroll(lines * self.look.px(18), "units")

    def scroll_sideways(self, pixels: int) -> None:
        self.xview_scroll(pixels, "units")

    def moved_across(self) -> None:
        """It stands further to the side, or less far."""
        self.heads.follow()
        if not self.titles:
            self.paint_soon()

    def _under(self, event: tk.Event[tk.Misc]) -> tuple[int, int] | None:
        x, y = self.canvasx(event.x) / self.look.scale, self.canvasy(event.y) / self.look.scale
        column = int((x - self.column_x(0)) // (self.cell_width + GAP))
        row = next((number for number, line in enumerate(self._lines)
                    if line.cell_y <= y < line.cell_y + line.height), None)
        inside = 0 <= column < len(VERSIONS) and x < self.column_x(column) + self.cell_width
        return (row, column) if row is not None and inside else None

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.focus_set()
        place = self._under(event)
        if place is not None:
            self.go(*place)
            self._on_press(self.cell)

    def _pointed(self, event: tk.Event[tk.Misc]) -> None:
        self.configure(cursor="hand2" if self._under(event) else "")


class Heads(Paper):
    """The versions, above their columns."""

    def __init__(self, parent: tk.Misc, look: Look, board: Board) -> None:
        super().__init__(parent, look)
        self._board = board
        self.configure(xscrollincrement=1)
        look.configure(self, height=52)

    def paint(self) -> None:
        board = self._board
        self.configure(scrollregion=(0, 0, max(self.winfo_width(), self.look.px(board.whole_width)), 1))
        for column, (title, new) in enumerate(COLUMNS.values()):
            x = board.column_x(column) + board.cell_width / 2
            self.words(x, 14, title, "strong", "ink", anchor="center")
            self.words(x, 36, self.fitting(new, "small", board.cell_width), "small", "ink2", anchor="center")
        self.follow()

    def follow(self) -> None:
        """As far to the side as the board is."""
        self.xview_moveto(self._board.xview()[0])


COUNTED: Final = frozenset(get_args(CellVerdict))
"""What a cell says that has been run."""
