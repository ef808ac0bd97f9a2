"""What happened in a cell of the grid: in words, and frame by frame."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.lab.flow import Flow
from gui.lab.grid.board import STYLES
from gui.lab.sandbox.words import Words
from gui.lab.table import Cells, Column, RowsTable
from gui.lab.wire.dump import Dump
from gui.lab.wire.hex_lines import Run
from gui.lab.wire.roles import ROLES
from gui.look.look import Look
from gui.widgets.boxes import rule
from gui.widgets.buttons import IconButton
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.difference import first_difference
from netcore.lab.grid import COLUMNS, ROWS, CellOutcome
from netcore.lab.grid_live import orders_for
from netcore.lab.grid_runner import Cell
from netcore.lab.notebook import Filled
from netcore.lab.spans import frame_name, spans_of_frames

RUN_HERE: Final = "Run for this cell, on this computer."
RUN_THERE: Final = "Filled by what you did in the conversation."
SHOWS_IT: Final = "what shows it"
WENT_ON: Final = "went on"
WORDS_WIDTH: Final = 330
FRAMES_WIDTH: Final = 284
MOST_WORDS: Final = 0.42
"""Of the height, where the words stand above the frames."""
BEGINS_BYTES: Final = 64
"""By so many first bytes a frame is known for the one that shows it: of long ones no more is kept."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. `is_frame`: its bytes are frames of LocalChat/1. `attacked`: it was, or it is what
    went on in its place; then `differs` is the first byte that is not as it came."""

    arrow: str
    number: str
    words: str
    data: bytes
    is_frame: bool
    attacked: bool = False
    differs: int | None = None


def lines_of(outcome: CellOutcome) -> tuple[list[Line], int]:
    """The rows, and which of them shows it."""
    lines: list[Line] = []
    for one in outcome.passed:
        frame = one.frame
        arrow = "arrow_right" if frame.direction == "up" else "arrow_left"
        name = frame_name(frame.type) if frame.type is not None else "chunk"
        is_frame = frame.type is not None
        words = f"{name}: {one.attack}" if one.attack else name
        lines.append(Line(arrow, str(frame.n), words, frame.data, is_frame, bool(one.attack)))
        if one.attack and one.after != frame.data:
            at = first_difference(frame.data, one.after)
            lines.append(Line(arrow, "", WENT_ON, one.after, is_frame, True, at))
    begins = outcome.evidence[:BEGINS_BYTES]
    shows = [number for number, line in enumerate(lines) if line.differs is not None]
    shows = shows or [number for number, line in enumerate(lines) if begins and line.data.startswith(begins)]
    if not shows and begins:
        lines.append(Line("eye", "", SHOWS_IT, outcome.evidence, False))
        shows = [len(lines) - 1]
    return lines, shows[-1] if shows else 0


class CellDetail(ttk.Frame):
    """`on_again`, `on_show`: the person wants it run again, or shown in the conversation."""

    def __init__(self, parent: tk.Misc, look: Look, on_again: Callable[[Cell], None],
                 on_show: Callable[[Cell], None], on_close: Callable[[], None]) -> None:
        super().__init__(parent)
        self._look = look
        self.cell: Cell | None = None
        self.lines: Sequence[Line] = ()
        self._rule = rule(self)
        scrolled = self._told = ScrolledFrame(self, look)
        told = scrolled.inner
        head = ttk.Frame(told)
        head.pack(fill="x")
        self.close = IconButton(head, look, "cross", "Close", on_close, shortcut="Esc")
        self.close.pack(side="right", anchor="n")
        self.title = Words(head, "", "Heading.TLabel")
        self.title.pack(side="left", fill="x", expand=True, anchor="w")
        self.outcome = ttk.Label(told, compound="left")
        look.pack(self.outcome, anchor="w", pady=(2, 4))
        self.sentence = Words(told, "")
        self.sentence.pack(fill="x")
        self.how = Words(told, "", "Small.TLabel")
        look.pack(self.how, fill="x", pady=(4, 8))
        buttons = Flow(told, look)
        buttons.pack(fill="x")
        self.again = ttk.Button(buttons, text="Run again", style="Small.Plain.TButton",
                                command=lambda: on_again(self._shown()))
        self.show_there = ttk.Button(buttons, text="Show in the conversation", style="Small.Plain.TButton",
                                     command=lambda: on_show(self._shown()))
        buttons.arrange()
        scrolled.adopt()
        self._wide = True
        for part in (self, told):
            part.bind("<Configure>", lambda _: self._fit(), add=True)
        self.frames = RowsTable(self, look, (Column("#0", "", 52), Column("kind", "Frame", 110, stretch=True),
                                             Column("bytes", "Bytes", 56, "e")), self._cells, self._selected)
        self.frames.tag_colour("attacked", "warn")
        self.dump = Dump(self, look, lambda _: None, lambda _: None)
        look.on_change(lambda: self.frames.tag_colour("attacked", "warn"), owner=self)

    def stand(self, wide: bool) -> None:
        """Beside one another, or one below the other."""
        look = self._look
        self._wide = wide
        for part in (self._rule, self._told, self.frames, self.dump):
            part.pack_forget()
        self._rule.pack(side="top", fill="x")
        self._told.grid_propagate(False)
        self.frames.pack_propagate(not wide)
        self.frames.tree.configure(height=2)
        self.dump.text.configure(height=2)
        if wide:
            look.configure(self._told, width=WORDS_WIDTH)
            look.configure(self.frames, width=FRAMES_WIDTH)
            look.pack(self._told, side="left", fill="y", padx=(24, 12), pady=12)
            look.pack(self.frames, side="left", fill="y", padx=12, pady=12)
            look.pack(self.dump, side="left", fill="both", expand=True, padx=(12, 8), pady=12)
        else:
            look.pack(self._told, side="top", fill="x", padx=24, pady=(12, 8))
            look.pack(self.dump, side="bottom", fill="both", expand=True, padx=(24, 8), pady=(8, 12))
            look.pack(self.frames, side="bottom", fill="both", expand=True, padx=24)
        self._fit()

    def _fit(self) -> None:
        """Below one another: the words as high as they are, up to a share of what there is."""
        wanted = min(self._told.inner.winfo_reqheight(), round(self.winfo_height() * MOST_WORDS))
        if not self._wide and wanted > 1 and wanted != int(str(self._told.cget("height"))):
            self._told.configure(height=wanted)

    def show(self, cell: Cell, filled: Filled) -> None:
        look, outcome = self._look, filled.outcome
        self.cell = cell
        row = next(row for row in ROWS if row.name == cell.row)
        style = STYLES[outcome.verdict]
        self.title["text"] = f"{row.title}, {COLUMNS[cell.version][0].lower()}"
        self.outcome.configure(text=f" {outcome.verdict}", image=look.icon(style.icon, style.ink, 18),
                               style={"accent": "AccentStrong.TLabel"}.get(style.ink, "Strong.TLabel"))
        self.sentence["text"] = outcome.sentence
        self.how["text"] = RUN_THERE if filled.live else RUN_HERE
        possible = orders_for(cell) is not None
        self.show_there["state"] = "normal" if possible else "disabled"
        self.lines, at = lines_of(outcome)
        self.frames.show_anew(len(self.lines), at)
        self._selected(at)

    def _shown(self) -> Cell:
        assert self.cell is not None  # the buttons are in sight only then
        return self.cell

    def _cells(self, index: int) -> Cells:
        line = self.lines[index]
        return Cells(f" {line.number}", (line.words, f"{len(line.data):,}"),
                     self._look.icon(line.arrow, "warn" if line.attacked else "accent", 16),
                     "attacked" if line.attacked else "")

    def _selected(self, index: int | None) -> None:
        if index is None or index >= len(self.lines):
            self.dump.show(b"", ())
            return
        line = self.lines[index]
        runs = ([Run(span.start, span.end, ROLES[span.kind]) for span in spans_of_frames(line.data)]
                if line.is_frame else [Run(0, len(line.data), "")])
        self.dump.show(line.data, runs if line.data else (), line.differs or 0)
