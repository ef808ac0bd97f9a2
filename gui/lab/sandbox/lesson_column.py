"""The lessons at the left: their list, or one of them with its steps, which tick themselves.

A tick is a link: it shows the frames that prove it. The person goes on with Next. Hints come one by one: a
nudge, then the control lights up, then the laboratory does it, and the step is marked as shown.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.controls import CONTROLS
from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Card, rule
from gui.widgets.buttons import IconButton, LinkLabel
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Evidence, Lesson, Prediction, Reading, Task, answered

WIDTH: Final = 320
CHOICE_PAD: Final = 6
MOST_CHARS: Final = 30  # of a step that is not the current one


@dataclass(frozen=True, slots=True)
class LessonActions:
    """What the column asks of the page around it."""

    begin: Callable[[Lesson], None]
    """Open the lesson's room, and look from then on."""
    run: Callable[[Sequence[str]], None]
    """Have the laboratory carry out these orders."""
    answer: Callable[[Lesson, str, tuple[int, ...]], None]
    """The person predicted so."""
    read: Callable[[Lesson, str], None]
    typed: Callable[[Lesson, str, str], None]
    compared: Callable[[str], None]
    """The person says that two fingerprints are "alike" or "different"."""
    flip: Callable[[str], str]
    """Turn a bit BYTE.BIT of the exhibit; gives what comes out, or what is wrong."""
    exhibit: Callable[[], str]
    light: Callable[[str], None]
    """Light the control of this name."""
    evidence: Callable[[Evidence], None]
    reset: Callable[[], None]
    fold: Callable[[], None]
    done: Callable[[Lesson], None]


class LessonColumn(ttk.Frame):
    """`show_ticks(ticks, seen)` after each look; `done`: numbers of the lessons that were finished."""

    def __init__(self, parent: tk.Misc, look: Look, actions: LessonActions, done: frozenset[int]) -> None:
        super().__init__(parent)
        self._look = look
        self._actions = actions
        self.done = set(done)
        self.lesson: Lesson | None = None
        self.at = 0
        self.ticks: tuple[Evidence | None, ...] = ()
        self._seen: Sequence[object] = ()
        self._hints = 0
        self._shown: set[str] = set()
        self._off_track = False
        look.configure(self, width=WIDTH)
        self.pack_propagate(False)
        self._body: ttk.Frame | None = None
        self.show_list()

    # --- the list ------------------------------------------------------------------------------------

    def show_list(self) -> None:
        self.lesson = None
        body = self._new_body()
        look = self._look
        self._top(body, "Ten lessons", None)
        scrolled = ScrolledFrame(body, look)
        scrolled.pack(fill="both", expand=True)
        self.rows: list[ttk.Button] = []
        for lesson in LESSONS:
            button = ttk.Button(scrolled.inner, text=f"{lesson.number}  {lesson.title}", compound="left",
                                style="Small.Ghost.TButton", command=lambda one=lesson: self.open(one))  # type: ignore[misc]
            if lesson.number in self.done:
                button["image"] = look.icon("check", "accent", 18)
            look.pack(button, anchor="w", padx=(12, 8), pady=1)
            button.bind("<Return>", lambda _, one=lesson: self.open(one))  # type: ignore[misc]
            self.rows.append(button)
        scrolled.adopt()

    def open(self, lesson: Lesson) -> None:
        self.lesson, self.at, self.ticks = lesson, 0, (None,) * len(lesson.steps)
        self._hints, self._off_track = 0, False
        self._shown.clear()
        self._actions.begin(lesson)
        self._rebuild()
        self.focus_here()

    def focus_here(self) -> None:
        if self.lesson is None:
            self.rows[0].focus_set()
        else:
            self.next.focus_set()

    # --- a lesson ------------------------------------------------------------------------------------

    def show_ticks(self, ticks: tuple[Evidence | None, ...], seen: Sequence[object]) -> None:
        self._seen = seen
        changed = [tick is not None for tick in ticks] != [tick is not None for tick in self.ticks]
        self.ticks = ticks
        if changed and self.lesson is not None:
            self._off_track = False
            self._rebuild()

    def off_track(self) -> None:
        """Something else was done than what the step asks for."""
        step = self.lesson.steps[self.at] if self.lesson is not None else None
        if isinstance(step, Task) and step.off_track and not self._off_track and self.ticks[self.at] is None:
            self._off_track = True
            self._rebuild()

    def _new_body(self) -> ttk.Frame:
        if self._body is not None:
            self._body.destroy()
        self._body = ttk.Frame(self)
        self._body.pack(fill="both", expand=True)
        return self._body

    def _top(self, body: ttk.Frame, title: str, back: Callable[[], None] | None) -> None:
        look = self._look
        top = ttk.Frame(body)
        look.pack(top, fill="x", padx=(20, 8), pady=(10, 4))
        fold = IconButton(top, look, "chevron_left", "Fold the lessons away", self._actions.fold)
        fold.pack(side="right")
        if back is None:
            ttk.Label(top, text=title, style="Heading.TLabel").pack(side="left")
        else:
            LinkLabel(top, look, title, back).pack(side="left")

    def _rebuild(self) -> None:
        lesson = self.lesson
        if lesson is None:
            return
        look, focus = self._look, self.focus_get()
        had_focus = focus is not None and str(focus).startswith(str(self))
        body = self._new_body()
        self._top(body, f"Lesson {lesson.number} of {len(LESSONS)}", self.show_list)
        self._foot(body, lesson)
        look.pack(ttk.Label(body, text=lesson.title, style="Title.TLabel"), anchor="w", padx=20)
        goal = Words(body, lesson.goal, "Small.TLabel")
        look.pack(goal, fill="x", padx=20, pady=(2, 8))
        scrolled = ScrolledFrame(body, look)
        scrolled.pack(fill="both", expand=True)
        inner = scrolled.inner
        for place, step in enumerate(lesson.steps):
            if place == self.at:
                self._card(inner, lesson, place)
            else:
                self._line(inner, place, step)
        if self.at >= len(lesson.steps):
            look.pack(Words(inner, lesson.shown, "Strong.TLabel"), fill="x", padx=20, pady=12)
        scrolled.adopt()
        if had_focus:
            self.after_idle(self._focus_current)

    def _focus_current(self) -> None:
        if self.winfo_exists() and self._body is not None:
            self.next.focus_set()

    def _line(self, parent: ttk.Frame, place: int, step: object) -> None:
        look = self._look
        row = ttk.Frame(parent)
        look.pack(row, fill="x", padx=20, pady=3)
        tick = self.ticks[place]
        icon = look.icon("check", "accent", 18) if tick is not None else look.dot("line", 12)
        look.pack(ttk.Label(row, image=icon), side="left", padx=(0, 8), anchor="n")
        if tick is not None:
            shown = " (shown)" if getattr(step, "name", "") in self._shown else ""
            LinkLabel(row, look, self._title(step) + shown, lambda: self._actions.evidence(tick),
                      colour="ink2").pack(side="left", anchor="w")
        else:
            ttk.Label(row, text=self._title(step), style="Muted.TLabel").pack(side="left", anchor="w")

    @staticmethod
    def _title(step: object) -> str:
        what = {Task: "Do", Prediction: "Predict", Reading: "Read"}[type(step)]
        words = step.text if isinstance(step, Task | Prediction | Reading) else ""
        begins = words if len(words) <= MOST_CHARS else words[:MOST_CHARS].rpartition(" ")[0] + "…"
        return f"{what}: {begins}"

    def _card(self, parent: ttk.Frame, lesson: Lesson, place: int) -> None:
        look, step = self._look, lesson.steps[place]
        card = Card(parent, look, ground="", padding=(14, 10))
        look.pack(card, fill="x", padx=16, pady=6)
        what = self._title(step).partition(":")[0]
        ttk.Label(card, text=what, style="AccentStrong.TLabel").pack(anchor="w")
        Words(card, step.text).pack(fill="x")
        tick = self.ticks[place]
        match step:
            case Prediction():
                self._prediction(card, lesson, step)
            case Task():
                self._task(card, lesson, step, tick)
            case _:
                pass

    def _prediction(self, card: ttk.Frame, lesson: Lesson, step: Prediction) -> None:
        look = self._look
        chosen = answered(self._seen, lesson.number, step.name)  # type: ignore[arg-type]
        if chosen is not None:
            for index in chosen:
                answer = step.answers[index]
                good = index in step.right
                look.pack(Words(card, answer.text, "SmallStrong.TLabel"), fill="x", pady=(8, 0))
                Words(card, answer.reply, "Accent.TLabel" if good else "Small.TLabel").pack(fill="x")
            if len(step.right) > 1:
                right = "; ".join(step.answers[index].text for index in sorted(step.right))
                look.pack(Words(card, f"So it is: {right}.", "Small.TLabel"), fill="x", pady=(8, 0))
            return
        several = len(step.right) > 1
        one = tk.IntVar(card, -1)
        many = [tk.BooleanVar(card, False) for _ in step.answers]
        box = ttk.Frame(card)
        look.pack(box, fill="x", pady=(6, 0))
        box.columnconfigure(1, weight=1)
        self.choices: list[ttk.Checkbutton | ttk.Radiobutton] = []
        for index, answer in enumerate(step.answers):
            choice = (ttk.Checkbutton(box, variable=many[index]) if several
                      else ttk.Radiobutton(box, variable=one, value=index))
            look.grid(choice, row=index, column=0, sticky="nw", pady=3)
            words = Words(box, answer.text, "Small.TLabel")
            look.grid(words, row=index, column=1, sticky="ew", pady=CHOICE_PAD)
            words.bind("<Button-1>", lambda _, one=choice: one.invoke())  # type: ignore[misc]
            self.choices.append(choice)

        def lock() -> None:
            taken = tuple(i for i, var in enumerate(many) if var.get()) if several else (one.get(),)
            if taken and taken != (-1,):
                self._actions.answer(lesson, step.name, taken)

        self.lock = ttk.Button(card, text="That is what I expect", style="Small.Primary.TButton",
                               command=lock)
        look.pack(self.lock, anchor="w", pady=(8, 0))

    def _task(self, card: ttk.Frame, lesson: Lesson, step: Task, tick: Evidence | None) -> None:
        look = self._look
        if tick is not None:
            look.pack(Words(card, tick.words, "Accent.TLabel"), fill="x", pady=(8, 0))
            if tick.frames:
                link = LinkLabel(card, look, "Show the frames", lambda: self._actions.evidence(tick))
                link.pack(anchor="w")
            return
        self.controls: list[ttk.Button] = []
        for words, orders in CONTROLS.get(step.hints.control, ()):
            button = ttk.Button(card, text=words, style="Small.Plain.TButton",
                                command=lambda todo=orders: self._actions.run(todo))  # type: ignore[misc]
            look.pack(button, anchor="w", pady=(6, 0))
            self.controls.append(button)
        if step.hints.control == "exhibit":
            self._exhibit(card)
        if step.hints.control == "fingerprints":
            for words, answer in (("They are alike", "alike"), ("They are different", "different")):
                button = ttk.Button(card, text=words, style="Small.Plain.TButton",
                                    command=lambda one=answer: self._actions.compared(one))  # type: ignore[misc]
                look.pack(button, anchor="w", pady=(6, 0))
                self.controls.append(button)
        if step.typed:
            line = ttk.Frame(card)
            look.pack(line, fill="x", pady=(8, 0))
            self.entry = entry = ttk.Entry(line, width=8, style="Mono.TEntry")
            entry.pack(side="left", fill="x", expand=True)

            def check(_event: object = None) -> None:
                self._actions.typed(lesson, step.name, entry.get())

            entry.bind("<Return>", check)
            look.pack(ttk.Button(line, text="Check", style="Small.Plain.TButton", command=check),
                      side="left", padx=(8, 0))
        if self._off_track:
            look.pack(Words(card, step.off_track, "Waiting.TLabel"), fill="x", pady=(8, 0))
            back = LinkLabel(card, look, "Back to the beginning of this lesson", self._actions.reset)
            back.pack(anchor="w")
        if self._hints >= 1:
            look.pack(Words(card, step.hints.nudge, "Small.TLabel"), fill="x", pady=(8, 0))

    def _exhibit(self, card: ttk.Frame) -> None:
        look = self._look
        look.pack(Words(card, self._actions.exhibit(), "MonoSmall.TLabel"), fill="x", pady=(8, 0))
        line = ttk.Frame(card)
        look.pack(line, fill="x", pady=(6, 0))
        self.bit = ttk.Entry(line, width=6, style="Mono.TEntry")
        self.bit.insert(0, "0.0")
        self.bit.pack(side="left")
        opened = Words(card, "", "Mono.TLabel")

        def turn(_event: object = None) -> None:
            opened["text"] = self._actions.flip(self.bit.get())

        self.bit.bind("<Return>", turn)
        self.turn = ttk.Button(line, text="Turn this bit", style="Small.Plain.TButton", command=turn)
        look.pack(self.turn, side="left", padx=(8, 0))
        look.pack(opened, fill="x", pady=(4, 0))

    # --- the foot ------------------------------------------------------------------------------------

    def _foot(self, body: ttk.Frame, lesson: Lesson) -> None:
        look = self._look
        foot = ttk.Frame(body)
        foot.pack(side="bottom", fill="x")
        rule(foot).pack(fill="x")
        line = ttk.Frame(foot)
        look.pack(line, fill="x", padx=16, pady=10)
        over = self.at >= len(lesson.steps)
        step = None if over else lesson.steps[self.at]
        ready = over or isinstance(step, Reading) or self.ticks[self.at] is not None
        style = "Small.Primary.TButton" if ready else "Small.Plain.TButton"
        last = lesson.number == len(LESSONS)
        words = ("The lessons" if last else "Next lesson") if over else "Next"
        self.next = ttk.Button(line, text=words, style=style, command=self.go_on,
                               state="normal" if ready else "disabled")
        self.next.pack(side="right")
        self.reset = ttk.Button(line, text="Reset", style="Small.Plain.TButton", command=self._actions.reset)
        self.reset.pack(side="left")
        if isinstance(step, Task) and self.ticks[self.at] is None:
            hint = ("Hint", "Where?", "Do it for me")[min(self._hints, 2)]
            self.hint = ttk.Button(line, text=hint, style="Small.Plain.TButton", command=self._give_hint)
            look.pack(self.hint, side="left", padx=8)

    def go_on(self) -> None:
        """The person presses Next."""
        lesson = self.lesson
        if lesson is None:
            return
        if self.at >= len(lesson.steps):
            following = next((one for one in LESSONS if one.number == lesson.number + 1), None)
            if following is None:
                self.show_list()
            else:
                self.open(following)
            return
        step = lesson.steps[self.at]
        if isinstance(step, Reading):
            self._actions.read(lesson, step.name)
        elif self.ticks[self.at] is None:
            return
        self.at += 1
        self._hints, self._off_track = 0, False
        if self.at >= len(lesson.steps):
            self.done.add(lesson.number)
            self._actions.done(lesson)
        self._rebuild()
        self.focus_here()

    def _give_hint(self) -> None:
        step = self.lesson.steps[self.at] if self.lesson is not None else None
        if not isinstance(step, Task):
            return
        self._hints += 1
        if self._hints == 1:
            self._rebuild()
        elif self._hints == 2:
            self._rebuild()
            for button in getattr(self, "controls", ()):
                if button.winfo_exists():
                    button["style"] = "Small.Primary.TButton"
            self._actions.light(step.hints.control)
        else:
            self._shown.add(step.name)
            self._actions.run(step.hints.orders)
