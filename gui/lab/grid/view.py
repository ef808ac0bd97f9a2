"""The grid as a view of the sandbox: cells are run when they are pressed, one after the other, and what came
of them is kept in the notebook.

The rooms of a cell run on threads of their own. This view looks every LOOK_MS for what they have told, and
waits for nothing.
"""

from __future__ import annotations

import queue
import tkinter as tk
from collections import deque
from collections.abc import Callable, Iterable
from tkinter import ttk
from typing import Final

from gui.lab.flow import Flow
from gui.lab.grid.board import NOT_RUN, RUNNING, TRY_IT, WAITS, Board
from gui.lab.grid.detail import CellDetail
from gui.lab.sandbox.view import SandboxView, ViewActions
from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.keyboard import give_keyboard, has_keyboard
from netcore.lab.grid import COLUMNS, ROWS, VERSIONS
from netcore.lab.grid_live import orders_for
from netcore.lab.grid_runner import Began, Cell, GridRunner, Ran

LOOK_MS: Final = 50
ALL: Final = tuple(Cell(row.name, version) for row in ROWS for version in VERSIONS)
WIDE: Final = 1100
"""From this width on, and this height, what happened stands below the grid; else in its place."""
HIGH: Final = 560
DETAIL_HEIGHT: Final = 262
BEGIN: Final = "A cell fills when you have run it, for real."


class GridView(SandboxView):
    """`make_runner` is for tests."""

    def __init__(self, parent: tk.Misc, look: Look, actions: ViewActions,
                 make_runner: Callable[[], GridRunner] = GridRunner) -> None:
        super().__init__(parent)
        self._look = look
        self._actions = actions
        self._notebook = actions.notebook
        self._runner = make_runner()
        self._running: Cell | None = None
        self._waiting: deque[Cell] = deque()
        self._failed: dict[Cell, str] = {}
        self._opened: Cell | None = None
        self._beside = self._wide = False
        self._left = 0.0
        self._bar()
        middle = self._middle = ttk.Frame(self)
        middle.pack(fill="both", expand=True)
        self.board = Board(middle, look, self.words, self.press, lambda _: self._tell())
        self._down = ttk.Scrollbar(middle, orient="vertical", command=self.board.yview, takefocus=False)
        self._across = ttk.Scrollbar(middle, orient="horizontal", command=self.board.xview, takefocus=False)
        self.board.configure(yscrollcommand=self._down.set, xscrollcommand=self._moved_across)
        middle.columnconfigure(0, weight=1)
        middle.rowconfigure(1, weight=1)
        self.board.heads.grid(row=0, column=0, sticky="ew")
        self.board.grid(row=1, column=0, sticky="nsew")
        self._down.grid(row=1, column=1, sticky="ns")
        self.detail = CellDetail(self, look, self.run_again, self._show_there, self.close_detail)
        self.bind("<Configure>", lambda _: self._fit())
        self.bind("<Destroy>", self._destroyed)
        look.on_change(lambda: self._fit(anew=True), owner=self)
        self._fit(anew=True)
        self._polling: str | None = self.after(LOOK_MS, self._look_again)
        self._tell()

    def _bar(self) -> None:
        look = self._look
        bar = self._bar_frame = ttk.Frame(self)
        bar.columnconfigure(0, weight=1)
        self.tally = Words(bar, BEGIN, "Small.TLabel")
        self._buttons = buttons = Flow(bar, look)
        plain = "Small.Plain.TButton"
        self.run_row = ttk.Button(buttons, text="Run the row", style=plain, command=self._run_row)
        self.run_all = ttk.Button(buttons, text="Run all", style=plain, command=lambda: self.run(ALL))
        self.stop = ttk.Button(buttons, text="Stop", style=plain, command=self._stop, state="disabled")
        self.save = ttk.Button(buttons, text="Save the report\u2026", style=plain,
                               command=self._actions.save_report)
        buttons.arrange()
        for button in buttons.winfo_children():  # as wide as its words are, at each zoom
            button.bind("<Configure>", lambda _: self._give_room(), add=True)

    def _give_room(self) -> None:
        """Beside the words, the buttons have as much as they take in one line."""
        self._bar_frame.columnconfigure(1, minsize=self._buttons.one_line_px if self._beside else 0)

    def _place_bar(self) -> None:
        """The buttons beside the words, or below them."""
        look, span = self._look, 1 if self._beside else 2
        self._give_room()
        look.grid(self.tally, row=0, column=0, columnspan=span, sticky="ew", padx=(0, 16),
                  pady=(0, 0 if self._beside else 6))
        look.grid(self._buttons, row=span - 1, column=2 - span, columnspan=span, sticky="ew")

    # --- what a cell says ----------------------------------------------------------------------------

    def words(self, cell: Cell) -> str:
        """A key of the board's styles."""
        if cell == self._running:
            return RUNNING
        if cell in self._waiting:
            return WAITS
        filled = self._notebook.cells.get(cell)
        if filled is not None:
            return filled.outcome.verdict
        return NOT_RUN if cell in self._failed else TRY_IT

    def _tell(self) -> None:
        """How far it has come, and what was wrong with the cell that has the keyboard."""
        done = len(self._notebook.cells)
        words = f"{BEGIN} {done} of {len(ALL)} done."
        if self._running is not None:
            waiting = f", {len(self._waiting)} more wait" if self._waiting else ""
            words += f" Running: {_name(self._running)}{waiting}."
        trouble = self._failed.get(self.board.cell)
        if trouble:
            words += f" {_name(self.board.cell)}: {trouble}"
        self.tally["text"] = words
        self.stop["state"] = "normal" if self._waiting else "disabled"

    # --- running -------------------------------------------------------------------------------------

    def press(self, cell: Cell) -> None:
        """Run it, or show what came of it."""
        if self.words(cell) in (RUNNING, WAITS):
            return
        if cell in self._notebook.cells:
            self.open_detail(cell)
        else:
            self.run((cell,))

    def run(self, cells: Iterable[Cell]) -> None:
        """Those that are still empty; if none is, all of them once more."""
        wanted = [cell for cell in cells if self.words(cell) not in (RUNNING, WAITS)]
        empty = [cell for cell in wanted if cell not in self._notebook.cells]
        for cell in empty or wanted:
            self._failed.pop(cell, None)
            self._waiting.append(cell)
        self._go_on()

    def run_again(self, cell: Cell) -> None:
        self.run((cell,))
        give_keyboard(self.board)

    def _run_row(self) -> None:
        self.run(Cell(self.board.cell.row, version) for version in VERSIONS)
        give_keyboard(self.board)

    def _stop(self) -> None:
        """What runs ends by itself."""
        self._waiting.clear()
        self._changed()

    def _go_on(self) -> None:
        if self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self._runner.ask(self._running)
        self._changed()

    def _look_again(self) -> None:
        self._polling = self.after(LOOK_MS, self._look_again)
        while True:
            try:
                told = self._runner.told.get_nowait()
            except queue.Empty:
                return
            match told:
                case Ran(cell, outcome, trouble):
                    self._running = None
                    if outcome is not None:
                        self._notebook.fill(cell, outcome)
                    else:
                        self._failed[cell] = trouble
                    self._go_on()
                    self._show_if_open(cell)
                case Began():
                    pass  # it is shown as running since it was asked for

    def noted(self) -> None:
        self._changed()
        if self._opened is not None:
            self._show_if_open(self._opened)

    def _changed(self) -> None:
        self.board.paint_soon()
        self._tell()

    # --- what happened -------------------------------------------------------------------------------

    def open_detail(self, cell: Cell) -> None:
        self._opened = cell
        self.detail.show(cell, self._notebook.cells[cell])
        self._place()

    def close_detail(self) -> None:
        self._opened = None
        self._place()
        give_keyboard(self.board)

    def _show_if_open(self, cell: Cell) -> None:
        if cell == self._opened and cell in self._notebook.cells:
            self.detail.show(cell, self._notebook.cells[cell])

    def _show_there(self, cell: Cell) -> None:
        orders = orders_for(cell)
        if orders is not None:
            self._actions.converse(cell.version, orders)

    # --- sizes ---------------------------------------------------------------------------------------

    def _fit(self, anew: bool = False) -> None:
        look, beside = self._look, self.winfo_width() >= self._look.px(WIDE)
        wide = beside and self.winfo_height() >= look.px(HIGH)
        if anew or (beside, wide) != (self._beside, self._wide):
            self._beside, self._wide = beside, wide
            self._place_bar()
            self.detail.stand(wide)
            self._place()

    def _place(self) -> None:
        look = self._look
        for part in (self._bar_frame, self.detail, self._middle):
            part.pack_forget()
        instead = self._opened is not None and not self._wide
        if not instead:
            look.pack(self._bar_frame, side="top", fill="x", padx=24, pady=(10, 6))
        if self._opened is not None:
            if self._wide:
                look.configure(self.detail, height=DETAIL_HEIGHT)
            self.detail.pack_propagate(not self._wide)
            self.detail.pack(side="bottom", fill="x" if self._wide else "both", expand=instead)
        if not instead:
            self._middle.pack(side="top", fill="both", expand=True)
        elif has_keyboard(self) and not has_keyboard(self.detail):  # it was in what has gone
            give_keyboard(self.detail.close)

    def _moved_across(self, first: float, last: float) -> None:
        self._across.set(first, last)
        if float(first) <= 0 and float(last) >= 1:
            self._across.grid_remove()
        else:
            self._across.grid(row=2, column=0, sticky="ew")
        if float(first) != self._left:
            self._left = float(first)
            self.board.moved_across()

    # --- the rest ------------------------------------------------------------------------------------

    def focus_here(self) -> None:
        give_keyboard(self.board if self._opened is None or self._wide else self.detail.close)

    def escape(self) -> None:
        if self._opened is not None:
            self.close_detail()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            if self._polling is not None:
                self.after_cancel(self._polling)
            self._runner.close()


def _name(cell: Cell) -> str:
    title = next(row.title for row in ROWS if row.name == cell.row)
    return f"{title}, {COLUMNS[cell.version][0].lower()}"
