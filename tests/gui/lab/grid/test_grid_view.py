"""The grid's view with a runner of the test's: what a cell says, and where everything stands."""

from __future__ import annotations

import itertools
import queue
import tkinter as tk
from collections.abc import Callable, Sequence

import pytest

from gui.lab.grid.board import NOT_RUN, RUNNING, STYLES, TRY_IT, WAITS
from gui.lab.grid.detail import WENT_ON, lines_of
from gui.lab.grid.view import ALL, GridView
from gui.lab.sandbox.view import ViewActions
from gui.look.look import Look
from netcore.lab.grid import ROWS, VERSIONS, CellOutcome, Passed
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell, GridRunner, Ran
from netcore.lab.notebook import Notebook
from netcore.lab.tap_events import FrameTapped
from netcore.wire.framing import FrameType
from tests.gui.lab.canvases import kind, words_of
from tests.gui.room.pages import words
from tests.gui.waiting import Pump

FIRST, LAST = ALL[0], ALL[-1]
FLIP = Cell("flip", "today")
SENT = bytes.fromhex("17000014") + bytes(20)
BENT = SENT[:10] + b"\x01" + SENT[11:]


class Runner(GridRunner):
    """Takes note of what is asked for; `tell` has it told what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Cell] = []
        self.is_closed = False

    def ask(self, cell: Cell) -> None:
        self.asked.append(cell)

    def close(self) -> None:
        self.is_closed = True


class Grid:
    def __init__(self, root: tk.Tk, look: Look, pump: Pump) -> None:
        self.runner = Runner()
        self.notebook = Notebook()
        self.conversations: list[tuple[str, Sequence[str]]] = []
        self.saves = 0
        self.pump = pump

        def save() -> None:
            self.saves += 1

        actions = ViewActions(lambda version, orders: self.conversations.append((version, orders)),
                              self.notebook, save)
        self.view = GridView(root, look, actions, lambda: self.runner)
        self.view.pack(fill="both", expand=True)
        self.board = self.view.board
        root.geometry("1280x760+0+0")
        pump(lambda: self.board.winfo_width() > 1200 and self.board._lines)

    def tell(self, cell: Cell, outcome: CellOutcome | None = None, trouble: str = "") -> None:
        self.runner.told.put(Ran(cell, outcome, trouble))
        self.pump(lambda: self.runner.told.empty() and self.view.words(cell) not in (RUNNING, WAITS))

    def click(self, cell: Cell) -> None:
        x, y, width, height = self.board.place_of(cell)
        self.board.event_generate("<Button-1>", x=int(x + width / 2), y=int(y + height / 2))

    def text(self) -> str:
        return "\n".join(words(self.view))


OpenGrid = Callable[[], Grid]


@pytest.fixture
def grid(root: tk.Tk, look: Look, pump: Pump) -> Grid:
    return Grid(root, look, pump)


def outcome(cell: Cell, sentence: str = "It was seen.") -> CellOutcome:
    frame = FrameTapped(1, "up", 5, FrameType.DIRECT, SENT)
    return CellOutcome(pinned(*cell), sentence, BENT, (Passed(frame, "flip", BENT),))


def test_a_cell_fills_only_when_it_was_run(grid: Grid) -> None:
    assert {grid.view.words(cell) for cell in ALL} == {TRY_IT}
    grid.click(FLIP)
    assert grid.runner.asked == [FLIP] and grid.view.words(FLIP) == RUNNING
    grid.click(FLIP)
    assert grid.runner.asked == [FLIP], "what runs is not asked for twice"
    grid.tell(FLIP, outcome(FLIP))
    assert grid.view.words(FLIP) == "held" and "1 of 80" in grid.text()
    assert [cell for cell in ALL if grid.view.words(cell) != TRY_IT] == [FLIP]


def test_one_at_a_time_in_the_order_that_was_asked_for(grid: Grid) -> None:
    for cell in (FIRST, LAST, FLIP):
        grid.view.press(cell)
    assert grid.runner.asked == [FIRST] and grid.view.words(LAST) == WAITS
    assert "2 more wait" in grid.text()
    grid.tell(FIRST, outcome(FIRST))
    assert grid.runner.asked == [FIRST, LAST]
    grid.view.stop.invoke()
    grid.tell(LAST, outcome(LAST))
    assert grid.runner.asked == [FIRST, LAST] and grid.view.words(FLIP) == TRY_IT


def test_what_could_not_be_run_says_why_and_can_be_tried_again(grid: Grid) -> None:
    grid.click(FLIP)
    grid.tell(FLIP, None, "This could not be run just now: Ben is not heard. Try it again.")
    assert grid.view.words(FLIP) == NOT_RUN and "Ben is not heard" in grid.text()
    grid.click(FLIP)
    assert grid.runner.asked == [FLIP, FLIP]
    grid.tell(FLIP, outcome(FLIP))
    assert grid.view.words(FLIP) == "held" and "Ben is not heard" not in grid.text()


def test_the_row_and_all_run_what_is_empty_and_else_all_anew(grid: Grid) -> None:
    row = [cell for cell in ALL if cell.row == "flip"]
    grid.click(FLIP)
    grid.tell(FLIP, outcome(FLIP))
    grid.view.run_row.invoke()
    for cell in row[:-1]:
        grid.tell(cell, outcome(cell))
    assert grid.runner.asked == [FLIP, *row[:-1]]
    grid.view.run_row.invoke()
    for cell in row:
        grid.tell(cell, outcome(cell))
    assert grid.runner.asked[5:] == row
    grid.view.run_all.invoke()
    assert len(grid.view._waiting) == len(ALL) - len(row) - 1


def test_what_happened_with_its_frames(grid: Grid) -> None:
    grid.click(FLIP)
    grid.tell(FLIP, outcome(FLIP, "Caught by the tag."))
    grid.click(FLIP)
    grid.pump(grid.view.detail.winfo_ismapped)
    assert "Caught by the tag." in grid.text() and "A bit is flipped, today" in grid.text()
    detail = grid.view.detail
    assert detail.dump.data == BENT and detail.dump.cursor == 10, "at the bit that was turned"
    assert [line.words for line in detail.lines] == ["Direct: flip", WENT_ON]
    detail.frames.select(0)
    assert detail.dump.data == SENT
    detail.show_there.invoke()
    version, orders = grid.conversations[0]
    assert version == "today" and orders[0] == "order /flip up"
    detail.again.invoke()
    assert grid.runner.asked == [FLIP, FLIP]
    grid.view.escape()
    grid.pump(lambda: not detail.winfo_ismapped())


def test_a_cell_that_the_sandbox_cannot_show_says_so(grid: Grid) -> None:
    grid.notebook.fill(LAST, outcome(LAST))
    grid.view.open_detail(LAST)
    assert grid.view.detail.show_there.instate(["disabled"])


def test_filled_by_the_conversation(grid: Grid) -> None:
    grid.notebook.fill(FLIP, outcome(FLIP, "In the conversation: caught."), live=True)
    grid.view.noted()
    assert grid.view.words(FLIP) == "held" and "1 of 80" in grid.text()
    grid.view.open_detail(FLIP)
    assert "by what you did in the conversation" in grid.text()


def test_the_bytes_that_show_it_are_there_even_if_no_frame_has_them() -> None:
    lines, at = lines_of(CellOutcome("broke", "Mallory reads it.", b"the key is under the mat"))
    assert [line.data for line in lines] == [b"the key is under the mat"] and at == 0
    assert lines_of(CellOutcome("broke", "Nothing.", b"")) == ([], 0)


def test_what_went_on_is_shown_to_its_last_byte(grid: Grid) -> None:
    """Two frames that changed places go on as one run of bytes."""
    attacked = Passed(FrameTapped(1, "up", 5, FrameType.DIRECT, SENT), "swap", BENT + SENT)
    grid.notebook.fill(FLIP, CellOutcome("held", "Caught.", SENT, (attacked,)))
    grid.view.open_detail(FLIP)
    detail = grid.view.detail
    assert detail.lines[1].words == WENT_ON and detail.dump.data == BENT + SENT
    shown = detail.dump.text.get("1.0", "end-1c")
    assert shown.count("17 00 00 14") == 2, "the header of either"


@pytest.mark.parametrize(("size", "zoom"), [("1280x760", 100), ("760x700", 100), ("500x420", 100),
                                            ("1280x820", 150), ("1280x820", 200)])
def test_no_word_is_wider_than_its_cell(root: tk.Tk, grid: Grid, look: Look, size: str, zoom: int) -> None:
    """And each cell can be brought into sight."""
    for cell in ALL:
        grid.notebook.fill(cell, outcome(cell))
    look.set_zoom(zoom)
    root.geometry(size)
    board = grid.board
    width = int(size.partition("x")[0])
    grid.pump(lambda: grid.view.winfo_width() == width)
    board.paint_now()
    cell_px = look.px(board.cell_width)
    titles = [board.bbox(item) for item in board.find_all()
              if kind(board, item) == "text" and words_of(board, item) in {row.title for row in ROWS}]
    for (_, _, _, bottom), (_, top, _, _) in itertools.pairwise(sorted(titles, key=lambda box: box[1])):
        assert bottom + look.px(8) <= top, "one title from the next"
    for item in board.find_all():
        if kind(board, item) != "text":
            continue
        text = words_of(board, item)
        left, _, right, _ = board.bbox(item)
        if text in STYLES:
            column = min(range(len(VERSIONS)), key=lambda one: abs(look.px(board.column_x(one)) - left))
            assert right <= look.px(board.column_x(column)) + cell_px, text
        elif board.titles:
            assert right <= look.px(board.column_x(0)), text
    for row, column in ((0, 0), (len(ROWS) - 1, 4), (0, 4), (len(ROWS) - 1, 0)):
        board.go(row, column)
        x, y, wide, high = board.place_of(board.cell)
        assert x >= 0 and x + wide <= board.winfo_width() + 1, (row, column)
        assert y >= 0 and y + high <= board.winfo_height() + 1, (row, column)


def test_with_little_room_what_happened_takes_the_grids_place(root: tk.Tk, grid: Grid) -> None:
    grid.notebook.fill(FLIP, outcome(FLIP))
    root.geometry("780x700")
    grid.pump(lambda: grid.view.winfo_width() == 780)
    grid.view.press(FLIP)
    grid.pump(grid.view.detail.winfo_ismapped)
    assert not grid.board.winfo_ismapped()
    grid.view.detail.close.invoke()
    grid.pump(grid.board.winfo_ismapped)
    assert not grid.view.detail.winfo_ismapped()


def test_it_follows_the_theme(grid: Grid, look: Look) -> None:
    look.set_palette("dark")
    assert grid.board["background"] == look.palette.surface == grid.board.heads["background"]


def test_closed_with_its_window(grid: Grid) -> None:
    grid.view.destroy()
    assert grid.runner.is_closed
    with pytest.raises(queue.Empty):
        grid.runner.told.get_nowait()


def test_the_report_can_be_asked_for(grid: Grid) -> None:
    grid.view.save.invoke()
    assert grid.saves == 1


@pytest.mark.parametrize("zoom", [100, 125])
def test_beside_the_words_the_buttons_stand_in_one_line(grid: Grid, look: Look, root: tk.Tk,
                                                        zoom: int) -> None:
    look.set_zoom(zoom)
    root.geometry(f"{look.px(1280)}x{look.px(760)}")
    buttons = (grid.view.run_row, grid.view.save)
    grid.pump(lambda: root.winfo_width() == look.px(1280))
    grid.pump(lambda: len({button.winfo_y() for button in buttons}) == 1
              and grid.view.save.winfo_x() + grid.view.save.winfo_width() <= grid.view._buttons.winfo_width())
