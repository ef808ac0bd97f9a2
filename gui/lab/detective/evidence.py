"""The evidence of a case: its frames at each end, and the chosen one taken apart, as in the Wire view.

Two frames are compared by pinning one and choosing another. While a case is played nothing here says what our
own program made of a frame; when it is over, the frames that show what had happened are lit.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from tkinter import ttk
from typing import Final

from gui.compat import ALT
from gui.lab.detective.captures import Capture
from gui.lab.flow import Flow
from gui.lab.sandbox.words import Words
from gui.lab.table import Cells, Column, RowsTable
from gui.lab.wire.card import FieldCard
from gui.lab.wire.detail import Detail, Lit
from gui.lab.wire.sides import Tcp
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.boxes import rule
from gui.widgets.buttons import SegmentedChoice
from gui.widgets.keyboard import give_keyboard, has_keyboard
from gui.widgets.tooltip import Tooltip
from netcore.lab.cases.model import MOST_PINS
from netcore.lab.layers import TEXT
from netcore.lab.lessons.model import Place, Pointer
from netcore.lab.reasons import reason_for
from netcore.layout import Kind
from netcore.wire.lines import counted

COLUMNS: Final = (
    Column("#0", "No.", 98), Column("time", "Time", 92), Column("link", "Conn.", 56),
    Column("kind", "Kind", 140), Column("bytes", "Bytes", 56, "e"),
    Column("carries", "Carries", 80, "w", stretch=True),
)
CHOOSE: Final = "Choose a frame: click it, or go there with the arrow keys."
PIN, UNPIN = "Pin this frame", "Take the pin away"
SIDE: Final = 286
SIDE_HEIGHT: Final = 132
FOLD_SIDE: Final = 900  # below this width what is beside the bytes stands under them
TWO_TABLES: Final = 820  # below this width one end is shown at a time
ALL_COLUMNS: Final = 620  # below this width a table has no times


class Evidence(ttk.Frame):
    """`show` puts in a case's captures; `on_pin` hears which frame is to be pinned, or unpinned; `on_part`
    that the person goes on to the "frames" or the "bytes", of which perhaps one is in sight."""

    def __init__(self, parent: tk.Misc, look: Look, on_pin: Callable[[Pointer], None],
                 on_part: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_pin = on_pin
        self._on_part = on_part
        self._over = False
        self.captures: Mapping[Place, Capture] = {}
        self.tables: dict[Place, RowsTable] = {}
        self.chosen: Pointer | None = None
        self._pins: Sequence[Pointer] = ()
        self._proof: frozenset[Pointer] = frozenset()
        self._folded: tuple[bool, bool] | None = None
        self.columnconfigure(0, weight=1)
        self._upper = ttk.Frame(self)
        self._line = rule(self)
        self._line.grid(row=1, column=0, sticky="ew")
        self._build_bar()
        self._build_bytes()
        self.show_parts(True, True)
        self.bind("<Configure>", lambda event: self._fit() if event.widget is self else None)
        look.on_change(self._restyle, owner=self)

    def _build_bar(self) -> None:
        look = self._look
        bar = self._bar = Flow(self, look, gap=10)
        look.grid(bar, row=2, column=0, sticky="ew", padx=(21, 12), pady=(8, 0))
        self.pin = ttk.Button(bar, text=PIN, style="Small.Plain.TButton", command=self._pin_chosen,
                              state="disabled")
        Tooltip(self.pin, look, "It shows what happened", "Space in the table")
        ttk.Label(bar, text="Compare with", style="Small.TLabel")
        pins = [(str(place), f"Pin {place + 1}") for place in range(MOST_PINS)]
        self.compare = SegmentedChoice(bar, look, [("", "Nothing"), *pins], "",
                                       command=lambda _: self._compare())
        self.words = Words(self, CHOOSE, "Small.TLabel")
        look.grid(self.words, row=3, column=0, sticky="ew", padx=24, pady=(6, 4))

    def _build_bytes(self) -> None:
        look = self._look
        low = self._low = ttk.Frame(self)
        low.columnconfigure(0, weight=1)
        low.rowconfigure(0, weight=1)
        self.detail = Detail(low, look, self._lit)
        self.detail.grid(row=0, column=0, sticky="nsew")
        for key, step in ((f"<{ALT}-Up>", -1), (f"<{ALT}-Down>", 1)):
            self.detail.dump.text.bind(key, partial(self._layer, step))
        side = self._side = ttk.Frame(low, style="Window.TFrame")
        look.configure(side, width=SIDE, height=SIDE_HEIGHT)
        side.pack_propagate(False)
        self.tabs = ttk.Notebook(side, style="Window.TNotebook")
        look.pack(self.tabs, fill="both", expand=True, pady=(8, 0), padx=(6, 0))
        field = ttk.Frame(self.tabs, style="Window.TFrame")
        self.card = FieldCard(field, look, None, style="Window.TFrame", ground="Window.")
        look.pack(self.card, fill="both", expand=True, padx=20, pady=10)
        self.tcp = Tcp(self.tabs, look)
        self.tabs.add(field, text="Field")
        self.tabs.add(self.tcp, text="TCP")

    def show_parts(self, frames: bool, low: bool) -> None:
        """The tables, the bytes, or both."""
        for row, part, wanted, share in ((0, self._upper, frames, 2), (4, self._low, low, 3)):
            self.rowconfigure(row, weight=share if wanted else 0, uniform="parts" if frames and low else "")
            if wanted:
                part.grid(row=row, column=0, sticky="nsew")
            else:
                part.grid_remove()
        if frames:
            self._line.grid()
        else:
            self._line.grid_remove()

    # --- what is shown -------------------------------------------------------------------------------

    def show(self, captures: Mapping[Place, Capture], pins: Sequence[Pointer],
             proof: frozenset[Pointer] = frozenset()) -> None:
        """Other captures: of another case, or of this one with all that our program made of it."""
        chosen, self.chosen = self.chosen, None
        self.captures, self._over = captures, bool(proof)
        for child in self._upper.winfo_children():
            child.destroy()
        self._build_tables()
        if not self._over:
            self.compare.variable.set("")
            chosen = None
        self.show_pins(pins, proof)
        self.detail.show(None)
        self.pin["state"] = "disabled"
        self._restyle()
        for frame in sorted(proof, key=lambda one: one.n, reverse=True):
            place = self.captures[frame.at].place_of(frame)
            if place is not None:
                self.tables[frame.at].see(place)
        begins = next((one.pointer(one.rows[0]) for one in captures.values() if one.rows), None)
        first = chosen if chosen in proof else min(proof, key=lambda one: (one.at, one.connection, one.n),
                                                   default=begins)
        if first is not None:
            self.choose(first)

    def _build_tables(self) -> None:
        look, ends = self._look, list(self.captures)
        self.end = SegmentedChoice(self._upper, look, [(at, self.captures[at].title) for at in ends],
                                   ends[0], command=lambda _: self._end_chosen())
        self.tables, self._titles = {}, {}
        for at in ends:
            title = self.captures[at].title
            self._titles[at] = ttk.Label(self._upper, text=title, style="SmallStrong.TLabel")
            table = self.tables[at] = RowsTable(self._upper, look, COLUMNS, partial(self._cells, at),
                                                partial(self._selected, at))
            table.set_rows(len(self.captures[at].rows))
            table.following = False
            table.see(0)
            tree = table.tree
            tree.bind("<space>", self._space)
            tree.bind("<Return>", self._into_bytes)
            for key, step in (("<Left>", -1), ("<Right>", 1)):
                tree.bind(key, partial(self._other_end, at, step))
            tree.bind("<Double-Button-1>", lambda _: "break")
        self._folded = None

    def show_pins(self, pins: Sequence[Pointer], proof: frozenset[Pointer] = frozenset()) -> None:
        """Which frames are pinned, and which ones are lit."""
        self._pins, self._proof = list(pins), proof
        for place in range(MOST_PINS):
            self.compare.buttons[str(place)]["state"] = "normal" if place < len(pins) else "disabled"
        if self.compare.value and int(self.compare.value) >= len(pins):
            self.compare.variable.set("")
        for table in self.tables.values():
            table.refresh()
        self._name_pin()
        self._compare()

    def _cells(self, at: Place, index: int) -> Cells:
        capture = self.captures[at]
        row = capture.rows[index]
        frame, pointer = row.frame, capture.pointer(row)
        inward = frame.direction == "in"
        lit, stopped = pointer in self._proof, capture.stopped_by(frame)
        colour = "warn" if lit else "accent"
        mark = f" · pin {self._pins.index(pointer) + 1}" if pointer in self._pins else ""
        carries = f"stopped by: {stopped}" if stopped else shown(row.carries).replace("\n", " ⏎ ")
        return Cells(f" {row.number}{mark}",
                     (f"{frame.at_s:.3f} s", str(capture.connection_of(row)), row.kind,
                      f"{frame.length:,}", f"shows it: {carries}" if lit else carries),
                     self._look.icon("arrow_left" if inward else "arrow_right", colour, 16),
                     "lit" if lit else "pinned" if mark else "")

    # --- the chosen frame ----------------------------------------------------------------------------

    def choose(self, pointer: Pointer) -> None:
        """Show this frame."""
        if pointer.at in self.captures:
            place = self.captures[pointer.at].place_of(pointer)
            if place is not None:
                self.end.variable.set(pointer.at)
                self._place_tables()
                self.update_idletasks()
                self.tables[pointer.at].select(place)

    def _selected(self, at: Place, index: int | None) -> None:
        if index is None:
            return
        for other, table in self.tables.items():
            if other != at and table.selected is not None:
                table.selected = None
                table.refresh()
        capture = self.captures[at]
        row = capture.rows[index]
        self.chosen = capture.pointer(row)
        opened = capture.opened(row)
        self.detail.show(opened)
        self.tcp.show(row.frame, opened.chunks, opened.neighbours, lambda at_s: f"{at_s:.3f} s")
        self.pin["state"] = "disabled" if self._over else "normal"
        self._name_pin()
        self._compare()

    def _lit(self, lit: Lit | None) -> None:
        opened = self.detail.opened
        if lit is None or opened is None:
            self.card.clear()
            return
        kind = Kind.TEXT if lit.layer.key == TEXT else lit.span.kind
        self.card.show(opened.frame, lit, reason_for(opened.frame.type, lit.span.name, kind))
        self._say_difference()

    def _pin_chosen(self) -> None:
        if self.chosen is not None:
            self._on_pin(self.chosen)

    def _name_pin(self) -> None:
        self.pin["text"] = UNPIN if self.chosen in self._pins else PIN
        self._bar.arrange()

    def _compare(self) -> None:
        if self.compare.value:
            pin = self._pins[int(self.compare.value)]
            capture = self.captures[pin.at]
            place = capture.place_of(pin)
            if place is not None:
                opened = capture.opened(capture.rows[place])
                self.detail.compare(opened.frame, opened.raw)
        else:
            self.detail.compare(None)
        self._say_difference()

    def _say_difference(self) -> None:
        self.words["text"] = self._difference()

    def _difference(self) -> str:
        layer, differs = self.detail.layer, self.detail.differs_bytes
        if layer is None:
            return CHOOSE
        if not self.compare.value:
            return "Pin a frame, and compare others with it byte by byte." if not self._pins else ""
        pin = int(self.compare.value) + 1
        if differs is None:
            return f"Compare with pin {pin} in the frame, the record or the JSON."
        more = self.detail.lacks_bytes
        tail = f", which has {more:,} more" if more else ""
        whole = counted(len(layer.data), "byte")
        if not differs:
            return f"{whole}, all as in pin {pin}{tail}."
        are = "is" if differs == 1 else "are"
        return f"Of {whole}, {differs:,} {are} not as in pin {pin}{tail}: underlined."

    # --- keys and sizes ------------------------------------------------------------------------------

    def _space(self, _event: object) -> str:
        self._pin_chosen()
        return "break"

    def _into_bytes(self, _event: object) -> str:
        if self.chosen is not None:
            self._on_part("bytes")
        return "break"

    def _layer(self, step: int, _event: object) -> str:
        self.detail.step_layer(step)
        return "break"

    def _other_end(self, at: Place, step: int, _event: object) -> str:
        """To the other table, the same row as far as there is one."""
        ends = list(self.tables)
        place = ends.index(at) + step
        if 0 <= place < len(ends):
            other, row = self.tables[ends[place]], self.tables[at].selected or 0
            self.end.variable.set(ends[place])
            self._place_tables()
            give_keyboard(other.tree)
            other.select(min(row, other.count - 1))
        return "break"

    def _end_chosen(self) -> None:
        """The keyboard does not stay in the table that has gone."""
        self._place_tables()
        if any(has_keyboard(table) for table in self.tables.values()):
            give_keyboard(next(table for at, table in self.tables.items() if at == self.end.value).tree)

    @property
    def bytes_have_keyboard(self) -> bool:
        return has_keyboard(self._low)

    def focus_on(self, part: str) -> None:
        """Put the keyboard into the "frames" or the "bytes"."""
        if part == "bytes":
            give_keyboard(self.detail.dump.text)
        elif self.tables:
            at = self.chosen.at if self.chosen is not None else next(iter(self.tables))
            give_keyboard(self.tables[at].tree)

    def escape(self) -> bool:
        """From the bytes to the table; whether that was to be done."""
        if self.bytes_have_keyboard:
            self._on_part("frames")
            return True
        return False

    def _fit(self) -> None:
        width, px = self.winfo_width(), self._look.px
        if width <= 1 or not self.tables:
            return
        folded = width < px(TWO_TABLES), width < px(FOLD_SIDE)
        if folded == self._folded:
            return
        self._folded = folded
        for at, table in self.tables.items():
            if has_keyboard(table):
                self.end.variable.set(at)  # the one that stays, if there is room for one
        self._place_tables()
        if folded[1]:
            self._side.grid(row=1, column=0, columnspan=2, sticky="nsew")
        else:
            self._side.grid(row=0, column=1, columnspan=1, sticky="nsew")

    def _place_tables(self) -> None:
        look, ends = self._look, list(self.tables)
        one = self._folded is None or self._folded[0] or len(ends) == 1
        for child in (self.end, *self._titles.values(), *self.tables.values()):
            child.grid_forget()
        self._upper.rowconfigure(1, weight=1)
        in_sight: Sequence[str] = [self.end.value] if one else ends
        if one and len(ends) > 1:
            look.grid(self.end, row=0, column=0, sticky="w", padx=16, pady=(8, 0))
        for column in range(2):
            self._upper.columnconfigure(column, weight=int(column < len(in_sight)),
                                        uniform="ends" if len(in_sight) == 2 else "")
        several = any(capture.connections > 1 for capture in self.captures.values())
        for column, at in enumerate(ends):
            if at not in in_sight:
                continue
            column = 0 if one else column
            if not one:
                look.grid(self._titles[at], row=0, column=column, sticky="w", padx=20, pady=(8, 0))
            table = self.tables[at]
            narrow = self.winfo_width() // len(in_sight) < look.px(ALL_COLUMNS)
            hidden = ({"time"} if narrow else set()) | (set() if several else {"link"})
            table.tree["displaycolumns"] = [one.key for one in COLUMNS[1:] if one.key not in hidden]
            look.grid(table, row=1, column=column, sticky="nsew", padx=(12, 4))

    def _restyle(self) -> None:
        palette = self._look.palette
        for table in self.tables.values():
            table.tag_colour("pinned", "accent")
            table.tag_colour("lit", "ink")
            table.tree.tag_configure("lit", background=palette.warn_soft)
        self._folded = None
        self._fit()
