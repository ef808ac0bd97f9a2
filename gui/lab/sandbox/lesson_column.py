"""The lessons at the left: their list, or one of them with its steps, which tick themselves.

A tick is a link: it shows the frames that prove it. The person goes on with Next. Hints come one by one: a
nudge, then the control lights up, then the laboratory does it, and the step is marked as shown. Who plays a
lesson sees all of it done step by step, with time to read; it does not count as finished then.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.step_card import StepActions, StepCard
from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import rule
from gui.widgets.buttons import IconButton, LinkLabel
from gui.widgets.keyboard import give_keyboard, has_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tile import Tile
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Evidence, Lesson, Prediction, Reading, Task
from netcore.wire.lines import counted

WIDTH: Final = 320
MOST_CHARS: Final = 27  # of a step that is not the current one
PLAY_LOOK_MS: Final = 200
READ_S: Final = 1.5
READ_CHAR_S: Final = 0.04
"""So long a played step stands still, and so much longer for each character of its words."""


@dataclass(frozen=True, slots=True)
class LessonActions(StepActions):
    """What the column asks of the page around it, beside what a step's card does."""

    begin: Callable[[Lesson], None]
    """Open the lesson's room, and look from then on."""
    read: Callable[[Lesson, str], None]
    note: Callable[[Lesson, str], None]
    """What the person wrote for the report."""
    light: Callable[[str], None]
    """Light the control of this name."""
    fold: Callable[[], None]
    done: Callable[[Lesson], None]


@dataclass(slots=True)
class Course:
    """How a lesson goes: where the person stands, and with how much help."""

    lesson: Lesson
    began_s: float = field(default_factory=time.monotonic)
    at: int = 0
    hints: int = 0
    """Given at this step."""
    hints_given: int = 0
    shown: set[str] = field(default_factory=set)
    """The steps that the laboratory did."""
    played: bool = False
    took_s: float = 0.0


class LessonColumn(ttk.Frame):
    """`show_ticks(ticks, seen)` after each look; `done`: numbers of the lessons that were finished."""

    def __init__(self, parent: tk.Misc, look: Look, actions: LessonActions, done: frozenset[int]) -> None:
        super().__init__(parent)
        self._look = look
        self._actions = actions
        self.done = set(done)
        self.course: Course | None = None
        self.ticks: tuple[Evidence | None, ...] = ()
        self._seen: Sequence[object] = ()
        self._playing: str | None = None
        self._stands_since_s = 0.0
        self.card: StepCard | None = None
        look.configure(self, width=WIDTH)
        self.pack_propagate(False)
        self._body: ttk.Frame | None = None
        self.bind("<Destroy>", lambda event: self.pause() if event.widget is self else None)
        self.show_list()

    @property
    def lesson(self) -> Lesson | None:
        return self.course.lesson if self.course is not None else None

    @property
    def at(self) -> int:
        return self.course.at if self.course is not None else 0

    # --- the list ------------------------------------------------------------------------------------

    def show_list(self) -> None:
        self.pause()
        self.course = self.card = None
        had_keyboard = has_keyboard(self)
        body = self._new_body()
        look = self._look
        self._top(body, "Ten lessons", None)
        scrolled = ScrolledFrame(body, look)
        scrolled.pack(fill="both", expand=True)
        self.rows: list[ttk.Button] = []
        for lesson in LESSONS:
            finished = lesson.number in self.done
            button = ttk.Button(scrolled.inner, text=f"{lesson.number}  {lesson.title}", compound="left",
                                style="Small.Ghost.TButton", command=lambda one=lesson: self.open(one),  # type: ignore[misc]
                                image=look.icon("check", "accent", 18) if finished else look.dot("line", 18))
            look.pack(button, anchor="w", padx=(12, 8), pady=1)
            button.bind("<Return>", lambda _, one=lesson: self.open(one))  # type: ignore[misc]
            self.rows.append(button)
        words = f"{len(self.done)} of {len(LESSONS)} finished." if self.done else "None is finished yet."
        look.pack(ttk.Label(scrolled.inner, text=words, style="Muted.TLabel"), anchor="w", padx=24, pady=12)
        scrolled.adopt()
        if had_keyboard:
            self.focus_here()

    def open(self, lesson: Lesson) -> None:
        """From its beginning."""
        self.pause()
        self.course, self.ticks = Course(lesson), (None,) * len(lesson.steps)
        self.card = None
        self._actions.begin(lesson)
        self._rebuild()
        self.focus_here()

    def focus_here(self) -> None:
        if self.course is None:
            give_keyboard(self.rows[0])
        elif self.card is not None and self.card.first is not None:
            give_keyboard(self.card.first)
        else:
            give_keyboard(self.next)

    # --- a lesson ------------------------------------------------------------------------------------

    def show_ticks(self, ticks: tuple[Evidence | None, ...], seen: Sequence[object]) -> None:
        self._seen = seen
        changed = [tick is not None for tick in ticks] != [tick is not None for tick in self.ticks]
        self.ticks = ticks
        if changed and self.course is not None:
            self._rebuild()

    def say(self, words: str) -> None:
        """A sentence about what was done at this step, which did not tick it."""
        if self.card is not None and self.course is not None and self.ticks[self.course.at] is None:
            self.card.say(words)

    def off_track(self) -> None:
        """Something else was done than what the step asks for."""
        course = self.course
        if course is None or course.at >= len(course.lesson.steps):
            return
        step = course.lesson.steps[course.at]
        if isinstance(step, Task) and step.off_track:
            self.say(step.off_track)

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
        fold = IconButton(top, look, "chevron_left", "Fold the lessons away", self._actions.fold,
                          shortcut="Alt+L")
        fold.pack(side="right")
        if back is None:
            ttk.Label(top, text=title, style="Heading.TLabel").pack(side="left")
        else:
            LinkLabel(top, look, title, back).pack(side="left")
            playing = self._playing is not None
            self.player = IconButton(top, look, "pause" if playing else "play",
                                     "Stop here" if playing else "Play: show the whole lesson, step by step",
                                     self.pause if playing else self.play)
            self.player.pack(side="right")

    def _rebuild(self) -> None:
        """Anew, and with what was typed and chosen in the card as it was.

        The keyboard, if it was here, is here again before the next key is looked at: given later, it would
        be taken from where it is by then.
        """
        course = self.course
        if course is None:
            return
        lesson, look = course.lesson, self._look
        before = str(self.tk.call("focus")) if has_keyboard(self) else ""
        kept = self.card.kept() if self.card is not None else None
        body = self._new_body()
        self._top(body, f"Lesson {lesson.number} of {len(LESSONS)}", self.show_list)
        self._foot(body, course)
        look.pack(ttk.Label(body, text=lesson.title, style="Title.TLabel"), anchor="w", padx=20)
        self._progress(body, lesson)
        goal = Words(body, lesson.goal, "Small.TLabel")
        look.pack(goal, fill="x", padx=20, pady=(2, 8))
        scrolled = ScrolledFrame(body, look)
        scrolled.pack(fill="both", expand=True)
        inner = scrolled.inner
        self.card = None
        if course.at >= len(lesson.steps):
            self._over(inner, course)
        else:
            for place, step in enumerate(lesson.steps):
                if place == course.at:
                    self.card = StepCard(inner, look, self._actions, lesson, step, self.ticks[place],
                                         self._seen, course.hints)
                    self.card.restore(kept)
                else:
                    self._line(inner, place, step)
        scrolled.adopt()
        if before and not (self.card is not None and self.card.focus_again(before)):
            self.focus_here()

    def _progress(self, body: ttk.Frame, lesson: Lesson) -> None:
        """One dash for each lesson: finished, this one, to come."""
        look = self._look
        row = ttk.Frame(body)
        look.pack(row, fill="x", padx=20, pady=(4, 6))
        for place, one in enumerate(LESSONS):
            row.columnconfigure(place, weight=1, uniform="lessons")
            role = "accent" if one.number in self.done else "warn" if one is lesson else "line"
            dash = tk.Frame(row, background=look.palette.colour(role))
            look.configure(dash, height=4)
            look.grid(dash, row=0, column=place, sticky="ew", padx=(0, 3))

    def _line(self, parent: ttk.Frame, place: int, step: object) -> None:
        look, course = self._look, self.course
        assert course is not None
        row = ttk.Frame(parent)
        look.pack(row, fill="x", padx=20, pady=3)
        tick = self.ticks[place]
        # As wide with the dot as with the check, and in the middle of the line.
        icon, beside, above = ((look.icon("check", "accent", 18), (0, 8), 0) if tick is not None
                               else (look.dot("line", 12), (3, 11), 3))
        look.pack(ttk.Label(row, image=icon), side="left", padx=beside, pady=(above, 0), anchor="n")
        if tick is not None:
            shown = " (shown)" if getattr(step, "name", "") in course.shown else ""
            LinkLabel(row, look, _title(step) + shown, lambda: self._actions.evidence(tick),
                      colour="ink2").pack(side="left", anchor="w")
        else:
            ttk.Label(row, text=_title(step), style="Muted.TLabel").pack(side="left", anchor="w")

    def _over(self, parent: ttk.Frame, course: Course) -> None:
        """All steps are done: what was shown, and a line for the report."""
        look, lesson = self._look, course.lesson
        head = ttk.Frame(parent)
        look.pack(head, fill="x", padx=20, pady=(4, 12))
        look.pack(Tile(head, look, "check", "on_accent", "accent", "surface"), side="left", padx=(0, 14))
        words = ttk.Frame(head)
        words.pack(side="left", fill="x", expand=True)
        ttk.Label(words, text=f"All {len(lesson.steps)} steps", style="Heading.TLabel").pack(anchor="w")
        Words(words, _how(course), "Small.TLabel").pack(fill="x")
        look.pack(Words(parent, lesson.shown, "Strong.TLabel"), fill="x", padx=20, pady=(0, 10))
        look.pack(ttk.Label(parent, text="What you have shown", style="SmallStrong.TLabel"), anchor="w",
                  padx=20)
        for step, tick in zip(lesson.steps, self.ticks, strict=True):
            if not isinstance(step, Task) or tick is None:
                continue
            row = ttk.Frame(parent)
            look.pack(row, fill="x", padx=20, pady=(6, 0))
            look.pack(ttk.Label(row, image=look.icon("check", "accent", 18)), side="left", anchor="n",
                      padx=(0, 8))
            column = ttk.Frame(row)
            column.pack(side="left", fill="x", expand=True)
            Words(column, tick.words, "Small.TLabel").pack(fill="x")
            if tick.frames:
                LinkLabel(column, look, "Show the frames", lambda one=tick: self._actions.evidence(one)  # type: ignore[misc]
                          ).pack(anchor="w")
        look.pack(ttk.Label(parent, text="Your note for the report", style="SmallStrong.TLabel"), anchor="w",
                  padx=20, pady=(14, 4))
        self.note = ttk.Entry(parent)
        look.pack(self.note, fill="x", padx=20)
        self._noted = Words(parent, f"{lesson.goal} In one sentence; Enter keeps it.", "Muted.TLabel")
        look.pack(self._noted, fill="x", padx=20, pady=(4, 12))
        self.note.bind("<Return>", lambda _: self._keep_note())

    def _keep_note(self) -> None:
        if self.course is not None and self.note.get().strip():
            self._actions.note(self.course.lesson, self.note.get().strip())
            self._noted["text"] = "Kept."

    # --- the foot ------------------------------------------------------------------------------------

    def _foot(self, body: ttk.Frame, course: Course) -> None:
        look, lesson = self._look, course.lesson
        foot = ttk.Frame(body)
        foot.pack(side="bottom", fill="x")
        rule(foot).pack(fill="x")
        line = ttk.Frame(foot)
        look.pack(line, fill="x", padx=16, pady=10)
        over = course.at >= len(lesson.steps)
        step = None if over else lesson.steps[course.at]
        ready = over or isinstance(step, Reading) or self.ticks[course.at] is not None
        style = "Small.Primary.TButton" if ready else "Small.Plain.TButton"
        last = lesson.number == len(LESSONS)
        words = ("The lessons" if last else "Next lesson") if over else "Next"
        self.next = ttk.Button(line, text=words, style=style, command=self.go_on,
                               state="normal" if ready else "disabled")
        self.next.pack(side="right")
        self.reset = ttk.Button(line, text="Reset", style="Small.Plain.TButton", command=self._actions.reset)
        self.reset.pack(side="left")
        if isinstance(step, Task) and self.ticks[course.at] is None:
            hint = ("Hint", "Where?", "Do it for me")[min(course.hints, 2)]
            self.hint = ttk.Button(line, text=hint, style="Small.Plain.TButton", command=self._give_hint)
            look.pack(self.hint, side="left", padx=8)

    def go_on(self) -> None:
        """The person presses Next."""
        self._go_on()
        self.focus_here()

    def _go_on(self) -> None:
        course = self.course
        if course is None:
            return
        lesson = course.lesson
        if course.at >= len(lesson.steps):
            following = next((one for one in LESSONS if one.number == lesson.number + 1), None)
            if following is None:
                self.show_list()
            else:
                self.open(following)
            return
        step = lesson.steps[course.at]
        if isinstance(step, Reading):
            self._actions.read(lesson, step.name)
        elif self.ticks[course.at] is None:
            return
        course.at += 1
        course.hints = 0
        self.card = None
        if course.at >= len(lesson.steps):
            course.took_s = time.monotonic() - course.began_s
            if not course.played:
                self.done.add(lesson.number)
                self._actions.done(lesson)
        self._rebuild()

    def _give_hint(self) -> None:
        course = self.course
        step = course.lesson.steps[course.at] if course is not None else None
        if course is None or not isinstance(step, Task):
            return
        course.hints += 1
        course.hints_given += 1
        if course.hints <= 2:
            self._rebuild()
        if course.hints == 2:
            self._actions.light(step.hints.control)
        elif course.hints > 2:
            self._show_how(course, step)

    def _show_how(self, course: Course, step: Task) -> None:
        course.shown.add(step.name)
        self._actions.run(step.hints.orders)

    # --- playing -------------------------------------------------------------------------------------

    def play(self) -> None:
        """Go through the rest of the lesson by itself, with time to read each step."""
        course = self.course
        if course is None:
            return
        if course.at >= len(course.lesson.steps):
            self.open(course.lesson)
            course = self.course or course
        course.played = True
        self._stands_since_s = time.monotonic()
        self._playing = self.after(PLAY_LOOK_MS, self._play_on)
        self._rebuild()

    def pause(self) -> None:
        """The person goes on."""
        if self._playing is not None:
            self.after_cancel(self._playing)
            self._playing = None
            if self.winfo_exists() and self.course is not None:
                self._rebuild()

    def _play_on(self) -> None:
        course = self.course
        if course is None or course.at >= len(course.lesson.steps):
            self._playing = None
            self._rebuild()
            return
        self._playing = self.after(PLAY_LOOK_MS, self._play_on)
        step, now_s = course.lesson.steps[course.at], time.monotonic()
        if now_s - self._stands_since_s < READ_S + READ_CHAR_S * len(step.text):
            return
        if self.ticks[course.at] is not None or isinstance(step, Reading):
            self._stands_since_s = now_s
            self._go_on()
        elif step.name not in course.shown:
            self._stands_since_s = now_s  # again as long, to see what came of it
            if isinstance(step, Task):
                self._show_how(course, step)
            else:
                course.shown.add(step.name)
                self._actions.answer(course.lesson, step.name, tuple(sorted(step.right)))


def _title(step: object) -> str:
    what = {Task: "Do", Prediction: "Predict", Reading: "Read"}[type(step)]
    words = step.text if isinstance(step, Task | Prediction | Reading) else ""
    begins = words if len(words) <= MOST_CHARS else words[:MOST_CHARS].rpartition(" ")[0] + "…"
    return f"{what}: {begins}"


def _how(course: Course) -> str:
    """In how long, and with how much help."""
    minutes = max(1, round(course.took_s / 60))
    time_words = "about a minute" if minutes == 1 else counted(minutes, "minute")
    if course.played:
        return f"{time_words}, played. Do it yourself, and it counts."
    given = course.hints_given
    return f"{time_words}, {'no hint' if not given else 'one hint' if given == 1 else f'{given} hints'}"
