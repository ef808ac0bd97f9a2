"""All cases, with what was solved: the first thing that a detective sees."""

from __future__ import annotations

import random
import tkinter as tk
from collections.abc import Callable, Mapping
from functools import partial
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Pill
from gui.widgets.keyboard import give_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import FULL_POINTS, Case
from netcore.options import MAX_SEED

TWO_COLUMNS: Final = 760
GAME: Final = (
    "Each case is the capture of a conversation that was made up for it. In some somebody meddled with what "
    "was on the wire, some only look like it, and some cannot be decided. Look at the frames, pin the one "
    "that shows it, and say what happened."
)
SEED_TIP: Final = "The same case with the same seed has the same bytes, on every computer."
NO_SEED: Final = f"Write a number from 0 to {MAX_SEED:,}."


class CaseList(ttk.Frame):
    """`on_open(case, seed)`. points: by case, the most that it was solved with."""

    def __init__(self, parent: tk.Misc, look: Look, on_open: Callable[[Case, int], None],
                 points: Mapping[int, int]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_open = on_open
        self._columns = 0
        scrolled = self._scrolled = ScrolledFrame(self, look)
        scrolled.pack(fill="both", expand=True)
        inner = ttk.Frame(scrolled.inner)
        look.pack(inner, fill="both", expand=True, padx=24, pady=(14, 16))
        head = ttk.Frame(inner)
        head.pack(fill="x")
        ttk.Label(head, text="Detective", style="Title.TLabel").pack(side="left")
        look.pack(Pill(head, "a game", "Info"), side="left", padx=(12, 0))
        self._solved = ttk.Label(head, style="Small.TLabel")
        self._solved.pack(side="right")
        look.pack(Words(inner, GAME, "Secondary.TLabel"), fill="x", pady=(4, 10))
        line = ttk.Frame(inner)
        line.pack(fill="x")
        ttk.Label(line, text="Seed", style="SmallStrong.TLabel").pack(side="left")
        self.seed = ttk.Entry(line, width=8, style="Mono.TEntry", font=look.fonts.mono)
        look.pack(self.seed, side="left", padx=(8, 8))
        self.roll = ttk.Button(line, text="Another", style="Small.Plain.TButton", command=self.roll_seed)
        self.roll.pack(side="left")
        self._tip = Words(line, SEED_TIP, "Small.TLabel")
        look.pack(self._tip, side="left", padx=(12, 0), fill="x", expand=True)
        self._grid = ttk.Frame(inner)
        look.pack(self._grid, fill="x", pady=(12, 0))
        self.buttons: dict[int, ttk.Button] = {}
        self._rows: list[ttk.Frame] = []
        self._marks: dict[int, tuple[ttk.Label, ttk.Label]] = {}
        for case in CASES:
            self._row(case)
        self._grid.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._fit, owner=self)
        self.roll_seed()
        self.show_points(points)
        scrolled.adopt()

    def _row(self, case: Case) -> None:
        look = self._look
        row = ttk.Frame(self._grid)
        row.columnconfigure(1, weight=1)
        look.column(row, 0, minsize=22)
        mark = ttk.Label(row)
        look.grid(mark, row=0, column=0, padx=(0, 4))
        button = ttk.Button(row, text=f"{case.number}  {case.title}", style="Small.Ghost.TButton",
                            command=partial(self.open, case))
        button.grid(row=0, column=1, sticky="w")
        points = ttk.Label(row, style="Small.TLabel")
        points.grid(row=0, column=2, sticky="e")
        story = Words(row, case.story.partition(":")[0].removesuffix(".") + ".", "Small.TLabel")
        look.grid(story, row=1, column=1, columnspan=2, sticky="ew", padx=(13, 0))
        # With its story, which the keyboard is not in.
        button.bind("<FocusIn>", lambda _: self._scrolled.see(row, 0, row.winfo_height()), add=True)
        for key, step in (("<Up>", -1), ("<Down>", 1)):
            button.bind(key, partial(self._step, case.number, step))
        self.buttons[case.number] = button
        self._rows.append(row)
        self._marks[case.number] = mark, points

    def show_points(self, points: Mapping[int, int]) -> None:
        look = self._look
        for case in CASES:
            mark, words = self._marks[case.number]
            got = points.get(case.number, 0)
            mark["image"] = look.icon("check", "accent", 18) if got else look.dot("line", 12)
            words["text"] = f"{got} of {FULL_POINTS}" if got else ""
        solved = sum(points.get(case.number, 0) > 0 for case in CASES)
        self._solved["text"] = f"{solved} of {len(CASES)} solved"

    def roll_seed(self) -> None:
        """Another seed, short enough to be told to others."""
        self.show_seed(random.randrange(1, 10_000))

    def show_seed(self, seed: int) -> None:
        self.seed.delete(0, "end")
        self.seed.insert(0, str(seed))

    def open(self, case: Case) -> None:
        text = self.seed.get().strip()
        if text.isascii() and text.isdecimal() and int(text) <= MAX_SEED:
            self._tip["text"] = SEED_TIP
            self._on_open(case, int(text))
        else:
            self._tip["text"] = NO_SEED
            give_keyboard(self.seed)

    def _step(self, number: int, step: int, _event: object) -> str:
        wanted = self.buttons.get(number + step)
        if wanted is not None:
            give_keyboard(wanted)
        return "break"

    def focus_here(self, number: int = 1) -> None:
        give_keyboard(self.buttons[number])

    def _fit(self) -> None:
        """In two columns, the first half at the left, where there is room."""
        width = self._grid.winfo_width()
        columns = 2 if width >= self._look.px(TWO_COLUMNS) else 1
        if columns == self._columns:
            return
        self._columns = columns
        high = -(-len(self._rows) // columns)
        for place, row in enumerate(self._rows):
            look_column = place // high
            self._look.grid(row, row=place % high, column=look_column, sticky="new", pady=4,
                            padx=(0, 24 if look_column < columns - 1 else 0))
        for column in range(2):
            used = column < columns  # an empty one would take half of the room in a uniform group
            self._grid.columnconfigure(column, weight=int(used), uniform="cases" if columns == 2 else "")
