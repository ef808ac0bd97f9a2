"""Beside the evidence: the pins, what happened, what shows it; and, when it is over, what had happened."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Card, rule
from gui.widgets.buttons import IconButton, LinkLabel
from gui.widgets.keyboard import give_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.cases.model import FULL_POINTS, MOST_PINS, Verdict
from netcore.lab.cases.play import Play
from netcore.lab.lessons.model import Pointer
from netcore.lab.reasons import section

WIDTH: Final = 348
CHOICE_PAD: Final = 6
VERDICTS: Final = tuple(Verdict)
SECOND_TRY: Final = "You have one more try, with another frame, for half the points."
PRACTICE: Final = "You had seen how it ends, so this was for practice."


@dataclass(frozen=True, slots=True)
class AnswerActions:
    """What the column asks of the page around it."""

    name_of: Callable[[Pointer], str]
    """A frame in words."""
    show: Callable[[Pointer], None]
    """Show this frame."""
    pin: Callable[[Pointer], None]
    """Take its pin away."""
    give: Callable[[Verdict, int], None]
    give_up: Callable[[], None]
    next_case: Callable[[], None]
    same_again: Callable[[], None]
    other_seed: Callable[[], None]


class AnswerColumn(ttk.Frame):
    """`show` begins with a case; `refresh` after a pin; `show_judgement` after an answer."""

    def __init__(self, parent: tk.Misc, look: Look, actions: AnswerActions) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._actions = actions
        self.play: Play | None = None
        self.practice = False
        self.acted: Sequence[str] = ()
        """Which defences did something: told when it is over."""
        self.verdict = tk.IntVar(self, -1)
        self.observation = tk.IntVar(self, -1)
        self.verdicts: list[ttk.Radiobutton] = []
        self.observations: list[ttk.Radiobutton] = []
        self.links: list[LinkLabel] = []
        self.unpins: list[IconButton] = []
        self._body: ttk.Frame | None = None
        look.configure(self, width=WIDTH)
        self.pack_propagate(False)

    # --- while it is played --------------------------------------------------------------------------

    def show(self, play: Play, practice: bool) -> None:
        self.play, self.practice = play, practice
        self.verdict.set(-1)
        self.observation.set(-1)
        self._build()

    def _build(self) -> None:
        look, play = self._look, self.play
        if play is None:
            return
        if self._body is not None:
            self._body.destroy()
        body = self._body = ttk.Frame(self, style="Window.TFrame")
        body.pack(fill="both", expand=True)
        scrolled = self._scrolled = ScrolledFrame(body, look, ground="Window.")
        self._foot = ttk.Frame(body, style="Window.TFrame")  # Tab comes to it last
        self._foot.pack(side="bottom", fill="x")
        rule(self._foot).pack(fill="x")
        scrolled.pack(fill="both", expand=True)
        inner = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(inner, fill="both", expand=True, padx=(20, 12), pady=12)
        if play.over:
            self._ending(inner, play)
            self._ending_foot()
        else:
            self._questions(inner, play)
            self._answer_foot(play)
        scrolled.adopt()

    def _questions(self, inner: ttk.Frame, play: Play) -> None:
        look = self._look
        if play.judgement is not None:
            card = Card(inner, look, kind="Info", padding=(14, 10))
            look.pack(card, fill="x", pady=(0, 12))
            for words, style in ((play.judgement.words, "Info.SmallStrong.TLabel"),
                                 (SECOND_TRY, "Info.Small.TLabel")):
                Words(card, words, style).pack(fill="x")
        self._heading(inner, "Your pins", 0)
        self._pins = ttk.Frame(inner, style="Window.TFrame")
        self._pins.pack(fill="x")
        self._heading(inner, "What happened?", 14)
        self.verdicts = self._choices(inner, self.verdict, [one.value for one in VERDICTS])
        self._heading(inner, "What shows it?", 14)
        self.observations = self._choices(
            inner, self.observation, [_sentence(one.text) for one in play.case.observations])
        self._fill_pins(play)

    def _heading(self, parent: ttk.Frame, words: str, above: int) -> None:
        label = ttk.Label(parent, text=words, style="Window.Strong.TLabel")
        self._look.pack(label, anchor="w", pady=(above, 4))

    def _choices(self, parent: ttk.Frame, variable: tk.IntVar, texts: Sequence[str]) -> list[ttk.Radiobutton]:
        look, made = self._look, []
        box = ttk.Frame(parent, style="Window.TFrame")
        box.pack(fill="x")
        box.columnconfigure(1, weight=1)
        for place, text in enumerate(texts):
            choice = ttk.Radiobutton(box, variable=variable, value=place, style="Window.TRadiobutton",
                                     command=self._chosen)
            look.grid(choice, row=place, column=0, sticky="nw", pady=2)
            words = Words(box, text, "Window.Small.TLabel")
            look.grid(words, row=place, column=1, sticky="ew", padx=(4, 0), pady=(CHOICE_PAD, 2))
            words.bind("<Button-1>", lambda _, one=choice: one.invoke())  # type: ignore[misc]
            choice.bind("<Return>", lambda _, one=choice: one.invoke())  # type: ignore[misc]
            made.append(choice)
        return made

    def _answer_foot(self, play: Play) -> None:
        look = self._look
        self._missing = Words(self._foot, "", "Window.Small.TLabel")
        look.pack(self._missing, fill="x", padx=20, pady=(10, 0))
        line = ttk.Frame(self._foot, style="Window.TFrame")
        look.pack(line, fill="x", padx=17, pady=(8, 12))
        self.give = ttk.Button(line, text="That is my verdict", style="Window.Small.Primary.TButton",
                               command=self._give)
        self.give.pack(side="right")
        self.give_up = ttk.Button(line, text="Show me the end", style="Window.Small.Plain.TButton",
                                  command=self._actions.give_up)
        if play.answers:
            self.give_up.pack(side="left")
        self._chosen()

    def _answer(self) -> tuple[Verdict | None, int | None]:
        verdict, observation = self.verdict.get(), self.observation.get()
        return (VERDICTS[verdict] if verdict >= 0 else None), (observation if observation >= 0 else None)

    def _chosen(self) -> None:
        if self.play is not None and not self.play.over:
            missing = self.play.missing(*self._answer())
            self._missing["text"] = missing
            self.give["state"] = "disabled" if missing else "normal"

    def _give(self) -> None:
        verdict, observation = self._answer()
        if verdict is not None and observation is not None:
            self._actions.give(verdict, observation)

    def refresh(self, words: str = "") -> None:
        """The pins are others, or one could not be set, for which `words` say why."""
        if self.play is not None and not self.play.over:
            self._fill_pins(self.play)
            self._chosen()
            if words:
                self._missing["text"] = words
            self._scrolled.adopt()

    def _fill_pins(self, play: Play) -> None:
        look = self._look
        for child in self._pins.winfo_children():
            child.destroy()
        self.links, self.unpins = [], []
        for place, pin in enumerate(play.pins):
            row = ttk.Frame(self._pins, style="Window.TFrame")
            row.pack(fill="x")
            name = self._actions.name_of(pin)
            cross = IconButton(row, look, "cross", "Take this pin away", partial(self._actions.pin, pin),
                               ground="Window.", size=14)
            cross.pack(side="right")
            link = LinkLabel(row, look, f"{place + 1}  {name}", partial(self._actions.show, pin),
                             ground="Window.")
            link.pack(side="left")
            self.links.append(link)
            self.unpins.append(cross)
        if not play.pins:
            words = f"None yet. Up to {MOST_PINS} frames: whoever pins everything has found nothing."
            Words(self._pins, words, "Window.Small.TLabel").pack(fill="x")

    # --- when it is over -----------------------------------------------------------------------------

    def show_judgement(self, acted: Sequence[str]) -> None:
        """After an answer: the way to a second try, or the end, where `acted` tells of the defences."""
        self.acted = acted
        self._build()
        self.focus_here()

    def _ending(self, inner: ttk.Frame, play: Play) -> None:
        look, case, judgement = self._look, play.case, play.judgement
        assert judgement is not None
        solved = judgement.points > 0
        head = ttk.Frame(inner, style="Window.TFrame")
        head.pack(fill="x")
        icon = look.icon("check" if solved else "info", "accent", 22)
        look.pack(ttk.Label(head, image=icon, style="Window.TLabel"), side="left", padx=(0, 8))
        words = "Not solved" if not solved else "Solved" if len(play.answers) == 1 else "Solved, second try"
        self.outcome = ttk.Label(head, text=words, style="Window.Title.TLabel")
        self.outcome.pack(side="left")
        points = "Practice" if self.practice else f"{judgement.points} of {FULL_POINTS} points"
        ttk.Label(head, text=points, style="Window.SmallStrong.TLabel").pack(side="right")
        if self.practice:
            Words(inner, PRACTICE, "Window.Small.TLabel").pack(fill="x")
        if judgement.words != case.ending:
            look.pack(Words(inner, judgement.words, "Window.Small.TLabel"), fill="x", pady=(8, 0))
        self._heading(inner, _happened(case.verdict), 12)
        Words(inner, case.ending, "Window.Small.TLabel").pack(fill="x")
        self._heading(inner, "What shows it", 12)
        seen = _sentence(case.observations[case.right].text)
        Words(inner, seen, "Window.Small.TLabel").pack(fill="x")
        self.links = []
        frames = sorted(play.proof, key=lambda one: (one.at, one.connection, one.n))
        for frame in frames:
            link = LinkLabel(inner, look, self._actions.name_of(frame), partial(self._actions.show, frame),
                             ground="Window.")
            look.pack(link, anchor="w", pady=(4, 0))
            self.links.append(link)
        if self.acted:
            self._heading(inner, "Which defence acted", 12)
            for words in self.acted:
                Words(inner, words, "Window.Small.TLabel").pack(fill="x")
        title = section(case.section)[0]
        label = ttk.Label(inner, text=f"PROTOCOL §{case.section}  {title}", style="Window.Muted.TLabel")
        look.pack(label, anchor="w", pady=(12, 0))

    def _ending_foot(self) -> None:
        look, actions = self._look, self._actions
        line = ttk.Frame(self._foot, style="Window.TFrame")
        look.pack(line, fill="x", padx=17, pady=(10, 4))
        self.next = ttk.Button(line, text="Next case", style="Window.Small.Primary.TButton",
                               command=actions.next_case)
        self.next.pack(fill="x")
        two = ttk.Frame(self._foot, style="Window.TFrame")
        look.pack(two, fill="x", padx=17, pady=(0, 12))
        self.again = ttk.Button(two, text="Same case again", style="Window.Small.Plain.TButton",
                                command=actions.same_again)
        self.other = ttk.Button(two, text="Another seed", style="Window.Small.Plain.TButton",
                                command=actions.other_seed)
        for column, button in enumerate((self.again, self.other)):
            two.columnconfigure(column, weight=1, uniform="two")
            button.grid(row=0, column=column, sticky="ew")

    def focus_here(self) -> None:
        """Where the person goes on: the first question, or the next case."""
        if self.play is not None and self.play.over:
            give_keyboard(self.next)
        elif self.verdicts:
            give_keyboard(self.verdicts[0])


def _sentence(words: str) -> str:
    """With a full stop, and a capital letter unless it begins with the name of a field."""
    begins = words if "_" in words.partition(" ")[0] else words[0].upper() + words[1:]
    return f"{begins}."


def _happened(verdict: Verdict) -> str:
    return {Verdict.MEDDLED: "Somebody had meddled with it", Verdict.HONEST: "Nobody had meddled with it",
            Verdict.OPEN: "It could not be decided from here"}[verdict]
