"""The detective: a list of cases, and the one that is played.

A game, and announced as one. A case is its number and a seed: the same two give the same bytes. The rules are
those of `netcore.lab.cases.play`; nothing here knows the answer before the case is over.
"""

from __future__ import annotations

import random
import tkinter as tk
from collections.abc import Callable, Mapping
from tkinter import ttk
from typing import Final

from gui.lab.detective.answer_column import AnswerActions, AnswerColumn
from gui.lab.detective.captures import captures_of, name_of
from gui.lab.detective.case_list import CaseList
from gui.lab.detective.evidence import Evidence
from gui.lab.sandbox.view import SandboxView
from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Card, Pill, rule
from gui.widgets.buttons import LinkLabel, SegmentedChoice
from gui.widgets.keyboard import has_keyboard
from netcore.errors import UnknownServer
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import Case, Played, Verdict
from netcore.lab.cases.play import Play
from netcore.lab.lessons.model import Place, Pointer
from netcore.trace import Refused

WIDE: Final = 1020
"""From this width on the answer stands beside the evidence"""
HIGH: Final = 580
"""... and its bytes below its frames, if there is this height. Else one of the three is shown at a time."""
PARTS: Final = (("frames", "Frames"), ("bytes", "Bytes"), ("answer", "Your verdict"))
OVER: Final = "What had happened"
NOBODY_NOTICED: Final = "No program could notice what was done."
WHOSE: Final[Mapping[Place, str]] = {"Ada": "Ada’s program", "server": "The server"}


class DetectiveView(SandboxView):
    """points: by case, the most that it was solved with before; `on_points` hears of all when it is more.
    `on_played` hears of every case that is over, if it was not known already how it ends."""

    def __init__(self, parent: tk.Misc, look: Look, points: Mapping[int, int],
                 on_points: Callable[[Mapping[int, int]], None],
                 on_played: Callable[[Played], None] = lambda _: None) -> None:
        super().__init__(parent)
        self._look = look
        self.points = dict(points)
        self._on_points = on_points
        self._on_played = on_played
        self._known: set[tuple[int, int]] = set()
        self._large: bool | None = None
        self.play: Play | None = None
        self.list = CaseList(self, look, self.open, self.points)
        self.list.pack(fill="both", expand=True)
        self._build_case()
        self.bind("<Configure>", lambda event: self._fit() if event.widget is self else None)
        look.on_change(self._restyle, owner=self)

    def _build_case(self) -> None:
        look = self._look
        case = self._case = ttk.Frame(self)
        strip = ttk.Frame(case)
        look.pack(strip, fill="x", padx=24, pady=(10, 10))
        top = ttk.Frame(strip)
        top.pack(fill="x")
        self.back = LinkLabel(top, look, "‹ All cases", self.show_list)
        self.back.pack(side="left")
        self._seed = ttk.Label(top, style="Small.TLabel")
        self._seed.pack(side="right")
        look.pack(Pill(top, "a game", "Info"), side="right", padx=(0, 10))
        head = ttk.Frame(strip)
        look.pack(head, fill="x", pady=(2, 0))
        self.ask = ttk.Button(head, text="Ask the host", style="Small.Plain.TButton", command=self.ask_host)
        self.ask.pack(side="right")
        self._title = ttk.Label(head, style="Title.TLabel")
        self._title.pack(side="left")
        self._story = Words(strip, "", "Secondary.TLabel")
        look.pack(self._story, fill="x", pady=(2, 0))
        self._host = Card(strip, look, ground="", kind="Info", padding=(14, 8))
        self._host_words = Words(self._host, "", "Info.Small.TLabel")
        self._host_words.pack(fill="x")
        self._parts = ttk.Frame(case)
        self.parts = SegmentedChoice(self._parts, look, PARTS, "frames",
                                     command=lambda _: self._part_chosen())
        look.pack(self.parts, side="left", padx=20, pady=(0, 8))
        self._line = rule(case)
        self._line.pack(fill="x")
        self._body = ttk.Frame(case)
        self._body.pack(fill="both", expand=True)
        self.evidence = Evidence(self._body, look, self._pin, self.show_part)
        self._beside = rule(self._body)
        self.answer = AnswerColumn(self._body, look, AnswerActions(
            self._name_of, self._show_frame, self._pin, self._give, self._give_up, self._next_case,
            self._same_again, self._other_seed))
        self.shortcuts = {
            "Alt+E": lambda: self.show_part("frames"), "Alt+V": lambda: self.show_part("answer")}

    # --- the list, a case ----------------------------------------------------------------------------

    def show_list(self) -> None:
        number = self.play.case.number if self.play is not None else 1
        self.play = None
        self._case.pack_forget()
        self.list.show_points(self.points)
        self.list.pack(fill="both", expand=True)
        self.list.focus_here(number)

    def open(self, case: Case, seed: int) -> None:
        """Begin with this case."""
        play = self.play = Play(case, seed)
        self.list.pack_forget()
        self.list.show_seed(seed)
        self._title["text"] = f"{case.number}  {case.title}"
        self._seed["text"] = f"seed {seed}"
        self._story["text"] = play.story
        self._host.pack_forget()
        self.ask["state"] = "normal"
        self.answer.show(play, (case.number, seed) in self._known)
        self.evidence.show(captures_of(case.ends, play.seen), ())
        self.parts.buttons["answer"]["text"] = PARTS[-1][1]
        self.parts.variable.set("frames")
        self._case.pack(fill="both", expand=True)
        self._large = None
        self._fit()
        self.evidence.focus_on("frames")

    def open_number(self, number: int, seed: int | None) -> None:
        """Begin with the case of this number; without a seed, with some."""
        self.open(CASES[number - 1], _some_seed(0) if seed is None else seed)

    def ask_host(self) -> None:
        if self.play is None:
            return
        self._host_words["text"] = self.play.ask_host()
        self._look.pack(self._host, fill="x", pady=(8, 0))
        self.ask["state"] = "disabled"
        self.evidence.focus_on("frames")

    def _next_case(self) -> None:
        if self.play is not None:
            place = CASES.index(self.play.case)
            self.open(CASES[(place + 1) % len(CASES)], _some_seed(self.play.seed))

    def _same_again(self) -> None:
        if self.play is not None:
            self.open(self.play.case, self.play.seed)

    def _other_seed(self) -> None:
        if self.play is not None:
            self.open(self.play.case, _some_seed(self.play.seed))

    # --- pins and verdict ----------------------------------------------------------------------------

    def _pin(self, frame: Pointer) -> None:
        if self.play is not None and not self.play.over:
            words = self.play.pin(frame)
            self.evidence.show_pins(self.play.pins)
            self.answer.refresh(words)

    def _give(self, verdict: Verdict, observation: int) -> None:
        if self.play is not None:
            self.play.give(verdict, observation)
            self._judged(self.play)

    def _give_up(self) -> None:
        if self.play is not None:
            self.play.give_up()
            self._judged(self.play)

    def _judged(self, play: Play) -> None:
        if play.over:
            self._finish(play)
        self.answer.show_judgement(self._acted(play) if play.over else ())

    def _finish(self, play: Play) -> None:
        """Everything is told, and the frames that show it are lit."""
        self.evidence.show(captures_of(play.case.ends, play.seen), play.pins, play.proof)
        self.parts.buttons["answer"]["text"] = OVER
        self.ask["state"] = "disabled"
        case, seed = play.case.number, play.seed
        if (case, seed) in self._known:
            return
        self._known.add((case, seed))
        played = play.played
        self._on_played(played)
        if played.points > self.points.get(case, 0):
            self.points[case] = played.points
            self._on_points(dict(self.points))

    @staticmethod
    def _acted(play: Play) -> list[str]:
        """Which defence stopped something, at which end."""
        found: list[str] = []
        for one in play.seen:
            event = one.event
            if isinstance(event, Refused) and one.at in WHOSE:
                asked = event.error == UnknownServer.__name__
                what = "asked its person about the key" if asked else event.defence.value
                found.append(f"{WHOSE[one.at]}: {what} (PROTOCOL §{event.section})")
        if play.case.verdict is Verdict.MEDDLED and all("asked" in words for words in found):
            found.append(NOBODY_NOTICED)
        return found

    def _name_of(self, pointer: Pointer) -> str:
        return name_of(self.evidence.captures, pointer)

    def _show_frame(self, pointer: Pointer) -> None:
        self.show_part("frames")
        self.evidence.choose(pointer)

    # --- parts and sizes -----------------------------------------------------------------------------

    def show_part(self, name: str) -> None:
        """Put the keyboard into the "frames", the "bytes" or the "answer", and show it where there is room
        for one only."""
        if self.play is None:
            return
        self.parts.variable.set(name)
        self._show_part()
        if name == "answer":
            self.answer.focus_here()
        else:
            self.evidence.focus_on(name)

    def _part_chosen(self) -> None:
        """The keyboard does not stay in what has gone."""
        self._show_part()
        if has_keyboard(self._body):
            self.show_part(self.parts.value)

    def _show_part(self) -> None:
        part = self.parts.value
        wanted: list[tk.Widget] = [self.evidence, self._beside, self.answer]
        if not self._large:
            wanted = [self.answer if part == "answer" else self.evidence]
        if not self._large and part != "answer":
            self.evidence.show_parts(part == "frames", part == "bytes")
        elif self._large:
            self.evidence.show_parts(True, True)
        for one in self._body.pack_slaves():
            one.pack_forget()
        if self._large:
            self.answer.pack(side="right", fill="y")
            self._beside.pack(side="right", fill="y")
            self.evidence.pack(side="left", fill="both", expand=True)
        else:
            wanted[0].pack(fill="both", expand=True)

    def _fit(self) -> None:
        width, height, px = self.winfo_width(), self.winfo_height(), self._look.px
        if width <= 1:
            return
        large = width >= px(WIDE) and height >= px(HIGH)
        if large == self._large:
            return
        self._large = large
        self._parts.pack_forget()
        if not large:
            self._parts.pack(fill="x", before=self._line)
            if has_keyboard(self._body):
                self.parts.variable.set("answer" if has_keyboard(self.answer) else
                                        "bytes" if self.evidence.bytes_have_keyboard else "frames")
        self._show_part()

    def _restyle(self) -> None:
        self._large = None
        self._fit()

    def focus_here(self) -> None:
        if self.play is None:
            self.list.focus_here()
        elif self.play.over:
            self.answer.focus_here()
        else:
            self.evidence.focus_on("frames")

    def escape(self) -> None:
        """From the bytes to the table, from there to the list."""
        if self.play is not None and not self.evidence.escape():
            self.show_list()


def _some_seed(but: int) -> int:
    seed = random.randrange(1, 9_999)
    return seed + (seed >= but)
