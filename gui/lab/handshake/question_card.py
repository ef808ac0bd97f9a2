"""A question before something is shown, and after the answer what is said to it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Final

from gui.look.look import Look
from gui.widgets.boxes import Card
from gui.widgets.buttons import LinkLabel
from gui.widgets.keyboard import give_keyboard
from netcore.lab.handshake.questions import SKIPPED, Predictions, Question

MARGIN: Final = 44  # of the card, both sides together
THE_TABLE_WAITS: Final = "The table fills in when you have answered."


class QuestionCard(ttk.Frame):
    """Empty until `show`. `on_answered(question, number)` hears which answer was locked, or SKIPPED."""

    def __init__(self, parent: tk.Misc, look: Look, predictions: Predictions,
                 on_answered: Callable[[Question, int], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._predictions = predictions
        self._on_answered = on_answered
        self._card: Card | None = None
        self._wrapping: list[ttk.Label] = []
        self._question: Question | None = None
        self._open_again: frozenset[str] = frozenset()
        self.choice = tk.IntVar(self, -1)
        self.radios: list[ttk.Radiobutton] = []
        self.answer_button: ttk.Button | None = None
        self.skip_button: ttk.Button | None = None
        self.bind("<Configure>", self._fit, add=True)
        look.on_change(self._again, owner=self)

    def predictions(self, predictions: Predictions) -> None:
        """Of another connection from now on."""
        self._predictions = predictions

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer here."""
        return self.answer_button is not None

    def show(self, question: Question | None) -> None:
        """Ask it; or, once it is answered, say what was answered and what is so. None: nothing."""
        self._question = question
        self._clear()
        if question is None:
            self.configure(height=1)
            return
        if self._predictions.chosen(question) is not None:
            self._tell(question)
        elif question in self._predictions.at(question.step) and question.name not in self._open_again:
            self._offer(question)
        else:
            self._ask(question)
        self._fit()

    def focus_here(self) -> None:
        """On the first answer, or on Answer once one is chosen."""
        if self.radios:
            give_keyboard(self.radios[max(0, self.choice.get())])

    # --- the three faces -----------------------------------------------------------------------------

    def _ask(self, question: Question) -> None:
        card = self._make("Chosen")
        self._heading(card, question, "predict")
        self.choice.set(-1)
        for number, answer in enumerate(question.answers):
            radio = ttk.Radiobutton(card, text=answer.text, value=number, variable=self.choice,
                                    command=self._chosen)
            radio.bind("<Return>", lambda _: self._answer())
            radio.pack(anchor="w")
            self.radios.append(radio)
        row = ttk.Frame(card)
        self._look.pack(row, fill="x", pady=(8, 0))
        self.answer_button = ttk.Button(row, text="Answer", style="Primary.TButton", command=self._answer)
        self.answer_button.pack(side="right")
        self.answer_button.state(["disabled"])
        self.skip_button = ttk.Button(row, text="Skip", style="Ghost.TButton", command=self._skip)
        self.skip_button.pack(side="right")
        self._wrap(ttk.Label(row, text=THE_TABLE_WAITS, style="Muted.TLabel"), 200).pack(side="left")

    def _tell(self, question: Question) -> None:
        card = self._make("")
        self._heading(card, question, "answered")
        chosen = self._predictions.chosen(question)
        assert chosen is not None
        answer, right = question.answers[chosen], question.answers[question.right]
        if answer is not right:
            self._line(card, answer.text, "your answer", "cross", "danger", "Secondary.TLabel")
            self._reply(card, answer.reply)
        note = "your answer, and right" if answer is right else "right"
        self._line(card, right.text, note, "check", "accent", "Strong.TLabel")
        if answer is right:
            self._reply(card, right.reply)
        why = self._wrap(ttk.Label(card, text=question.why, style="Small.TLabel"))
        self._look.pack(why, anchor="w", pady=(6, 0))
        where = self._wrap(ttk.Label(card, text=f"{question.section}  ·  {question.function}",
                                     style="Muted.TLabel"))
        self._look.pack(where, anchor="w", pady=(4, 0))

    def _offer(self, question: Question) -> None:
        card = self._make("")
        self._heading(card, question, "skipped")

        def answer_now() -> None:
            self._open_again |= {question.name}
            self.show(question)
            self.focus_here()

        LinkLabel(card, self._look, "Answer it after all", answer_now).pack(anchor="w")

    # --- parts ---------------------------------------------------------------------------------------

    def _make(self, kind: str) -> Card:
        self._card = Card(self, self._look, ground="", kind=kind, padding=(20, 14))
        self._card.pack(fill="x", expand=True)
        return self._card

    def _heading(self, card: ttk.Frame, question: Question, state: str) -> None:
        row = ttk.Frame(card)
        self._look.pack(row, fill="x", pady=(0, 6))
        ttk.Label(row, text=state, style="Muted.TLabel").pack(side="right", anchor="n")
        ttk.Label(row, image=self._look.icon("bulb", "accent", 20)).pack(side="left", anchor="n")
        heading = self._wrap(ttk.Label(row, text=question.text, style="Heading.TLabel"), 110)
        self._look.pack(heading, side="left", padx=(8, 8))

    def _line(self, card: ttk.Frame, text: str, note: str, icon: str, colour: str, style: str) -> None:
        row = ttk.Frame(card)
        self._look.pack(row, fill="x", pady=2)
        ttk.Label(row, image=self._look.icon(icon, colour, 18)).pack(side="left", anchor="n")
        words = self._wrap(ttk.Label(row, text=f"{text}", style=style), 170)
        self._look.pack(words, side="left", padx=(8, 8))
        ttk.Label(row, text=note, style="Muted.TLabel").pack(side="left")

    def _reply(self, card: ttk.Frame, text: str) -> None:
        label = self._wrap(ttk.Label(card, text=text, style="Small.TLabel"), 26)
        self._look.pack(label, anchor="w", padx=(26, 0))

    def _wrap(self, label: ttk.Label, less: int = 0) -> ttk.Label:
        """Its lines break where the card ends, `less` pixels (at 100 %) before that."""
        label.configure(justify="left")
        label.less = less  # type: ignore[attr-defined]
        self._wrapping.append(label)
        return label

    def _fit(self, _event: object = None) -> None:
        if self.winfo_width() > 1:
            for label in self._wrapping:
                room = self.winfo_width() - self._look.px(MARGIN + label.less)  # type: ignore[attr-defined]
                label.configure(wraplength=max(self._look.px(80), room))

    def _clear(self) -> None:
        if self._card is not None:
            self._card.destroy()
        self._card = None
        self._wrapping = []
        self.radios = []
        self.answer_button = self.skip_button = None

    def _again(self) -> None:
        chosen = self.choice.get()
        self.show(self._question)
        if self.radios and chosen >= 0:
            self.choice.set(chosen)
            self._chosen()

    # --- answers -------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        if self.answer_button is not None:
            self.answer_button.state(["!disabled"])

    def _answer(self) -> None:
        if self._question is not None and self.asking and self.choice.get() >= 0:
            self._predictions.answer(self._question, self.choice.get())
            self._on_answered(self._question, self.choice.get())

    def _skip(self) -> None:
        if self._question is not None:
            self._predictions.skip(self._question)
            self._open_again -= {self._question.name}
            self._on_answered(self._question, SKIPPED)
