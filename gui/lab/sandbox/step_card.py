"""The card of the step where the person stands: what it asks, what can be pressed for it, and what is said to
an answer.
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
from gui.widgets.boxes import Card
from gui.widgets.buttons import LinkLabel
from gui.widgets.fingerprint_picture import FingerprintPicture, fingerprint_groups
from gui.widgets.keyboard import give_keyboard
from netcore.lab.lessons.model import Evidence, Lesson, Prediction, Step, Task, answered

CHOICE_PAD: Final = 6
ALIKE: Final = "Look again, group by group: already the first ones differ. So do the pictures."
NOBODY_BETWEEN: Final = "Mallory was not in between here. Let him answer a new Ada first, and compare then."
GROUPS_A_LINE: Final = 2


@dataclass(frozen=True, slots=True)
class StepActions:
    """What a card asks of the page around it."""

    run: Callable[[Sequence[str]], None]
    """Have the laboratory carry out these orders."""
    answer: Callable[[Lesson, str, tuple[int, ...]], None]
    """The person predicted so."""
    typed: Callable[[Lesson, str, str], None]
    compared: Callable[[str], None]
    """The person says that two fingerprints are "alike" or "different"."""
    fingerprints: Callable[[], tuple[bytes, bytes]]
    """The one that Ada's program was shown, and the one on the host's screen; b"" where there is none."""
    flip: Callable[[str], str]
    """Turn a bit BYTE.BIT of the exhibit; gives what comes out, or what is wrong."""
    exhibit: Callable[[], str]
    open_view: Callable[[str], None]
    """Open this view of the laboratory on Ada's end."""
    evidence: Callable[[Evidence], None]
    reset: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody has typed and chosen in a card, and not handed in yet."""

    step: str
    typed: str
    bit: str
    chosen: tuple[int, ...]
    said: str


class StepCard:
    """Packs itself into `parent`. `first` is where the keyboard goes. There may be an `entry`, a `bit` to
    `turn`, `choices` with a `lock`, and `controls`."""

    def __init__(self, parent: ttk.Frame, look: Look, actions: StepActions, lesson: Lesson, step: Step,
                 tick: Evidence | None, seen: Sequence[object], hints: int) -> None:
        self._look = look
        self._actions = actions
        self._lesson = lesson
        self._step = step
        self.first: tk.Widget | None = None
        self.controls: list[ttk.Button] = []
        self.choices: list[ttk.Checkbutton | ttk.Radiobutton] = []
        self.lock: ttk.Button | None = None
        self.entry: ttk.Entry | None = None
        self.bit: ttk.Entry | None = None
        self.turn: ttk.Button | None = None
        self._one = tk.IntVar(parent, -1)
        self._many: list[tk.BooleanVar] = []
        self._said = ""
        self._is_ticked = tick is not None
        card = self._card = Card(parent, look, ground="", padding=(14, 10))
        look.pack(card, fill="x", padx=16, pady=6)
        kind = "Do" if isinstance(step, Task) else "Predict" if isinstance(step, Prediction) else "Read"
        ttk.Label(card, text=kind, style="AccentStrong.TLabel").pack(anchor="w")
        Words(card, step.text).pack(fill="x")
        if isinstance(step, Prediction):
            self._prediction(step, answered(seen, lesson.number, step.name))  # type: ignore[arg-type]
        elif isinstance(step, Task):
            self._task(step, tick, hints)

    # --- what stays through a rebuilding -----------------------------------------------------------------

    def kept(self) -> Kept:
        chosen = (tuple(i for i, var in enumerate(self._many) if var.get()) if self._many
                  else (self._one.get(),))
        return Kept(self._step.name, self.entry.get() if self.entry is not None else "",
                    self.bit.get() if self.bit is not None else "", chosen, self._said)

    def restore(self, kept: Kept | None) -> None:
        if kept is None or kept.step != self._step.name:
            return
        if self.entry is not None:
            self.entry.insert(0, kept.typed)
        if self.bit is not None:
            self.bit.delete(0, "end")
            self.bit.insert(0, kept.bit)
        for index in kept.chosen:
            if 0 <= index < len(self._many):
                self._many[index].set(True)
        if not self._many and self.choices:
            self._one.set(kept.chosen[0])
        if kept.said and not self._is_ticked:
            self.say(kept.said)

    def focus_again(self, before: str) -> bool:
        """Into the field of the same kind as where the keyboard was; whether there is one."""
        for field in (self.entry, self.bit):
            if field is not None and str(before).rsplit(".", 1)[-1] == field.winfo_name():
                give_keyboard(field)
                field.icursor("end")
                return True
        return False

    # --- a question --------------------------------------------------------------------------------------

    def _prediction(self, step: Prediction, chosen: tuple[int, ...] | None) -> None:
        look, card = self._look, self._card
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
        box = ttk.Frame(card)
        look.pack(box, fill="x", pady=(6, 0))
        box.columnconfigure(1, weight=1)
        if several:
            self._many = [tk.BooleanVar(card, False) for _ in step.answers]
        for index, answer in enumerate(step.answers):
            choice = (ttk.Checkbutton(box, variable=self._many[index]) if several
                      else ttk.Radiobutton(box, variable=self._one, value=index))
            look.grid(choice, row=index, column=0, sticky="nw", pady=3)
            words = Words(box, answer.text, "Small.TLabel")
            look.grid(words, row=index, column=1, sticky="ew", pady=CHOICE_PAD)
            words.bind("<Button-1>", lambda _, one=choice: one.invoke())  # type: ignore[misc]
            choice.bind("<Return>", lambda _: self._lock_in())
            for key, way in (("<Down>", 1), ("<Up>", -1)):
                choice.bind(key, lambda _, to=index + way: self._go_to(to))  # type: ignore[misc]
            self.choices.append(choice)
        self.lock = ttk.Button(card, text="That is what I expect", style="Small.Primary.TButton",
                               command=self._lock_in)
        look.pack(self.lock, anchor="w", pady=(8, 0))
        self.first = self.choices[0]

    def _go_to(self, index: int) -> str:
        self.choices[index % len(self.choices)].focus_set()
        return "break"

    def _lock_in(self) -> None:
        taken = (tuple(i for i, var in enumerate(self._many) if var.get()) if self._many
                 else (self._one.get(),))
        if taken and taken != (-1,):
            self._actions.answer(self._lesson, self._step.name, taken)
        else:
            self.say("Choose an answer first. A wrong one costs nothing.")

    # --- a task ------------------------------------------------------------------------------------------

    def _task(self, step: Task, tick: Evidence | None, hints: int) -> None:
        look, card = self._look, self._card
        if tick is not None:
            look.pack(Words(card, tick.words, "Accent.TLabel"), fill="x", pady=(8, 0))
            if tick.frames:
                link = LinkLabel(card, look, "Show the frames", lambda: self._actions.evidence(tick))
                link.pack(anchor="w")
            return
        for words, orders in CONTROLS.get(step.hints.control, ()):
            self._button(words, lambda todo=orders: self._actions.run(todo), hints)  # type: ignore[misc]
        match step.hints.control:
            case "exhibit":
                self._exhibit()
            case "fingerprints":
                self._fingerprints(hints)
            case "Handshake":
                self._button("Open Ada’s Handshake view", lambda: self._actions.open_view("handshake"), hints)
        if step.typed:
            self._typed(step)
        if hints >= 1:
            look.pack(Words(card, step.hints.nudge, "Small.TLabel"), fill="x", pady=(8, 0))
        if self.first is None and self.controls:
            self.first = self.controls[0]

    def _button(self, words: str, command: Callable[[], None], hints: int) -> None:
        style = "Small.Primary.TButton" if hints >= 2 else "Small.Plain.TButton"
        button = ttk.Button(self._card, text=words, style=style, command=command)
        self._look.pack(button, anchor="w", pady=(6, 0))
        self.controls.append(button)

    def _typed(self, step: Task) -> None:
        look = self._look
        line = ttk.Frame(self._card)
        look.pack(line, fill="x", pady=(8, 0))
        self.entry = entry = ttk.Entry(line, width=8, style="Mono.TEntry", name="answer")
        entry.pack(side="left", fill="x", expand=True)

        def check(_event: object = None) -> None:
            if entry.get().strip():
                self._actions.typed(self._lesson, step.name, entry.get())

        entry.bind("<Return>", check)
        look.pack(ttk.Button(line, text="Check", style="Small.Plain.TButton", command=check),
                  side="left", padx=(8, 0))
        self.first = self.first or entry

    def _exhibit(self) -> None:
        look = self._look
        look.pack(Words(self._card, self._actions.exhibit(), "MonoSmall.TLabel"), fill="x", pady=(8, 0))
        line = ttk.Frame(self._card)
        look.pack(line, fill="x", pady=(6, 0))
        self.bit = bit = ttk.Entry(line, width=6, style="Mono.TEntry", name="bit")
        bit.insert(0, "0.0")
        bit.pack(side="left")
        opened = Words(self._card, "", "Mono.TLabel")

        def turn(_event: object = None) -> None:
            opened["text"] = self._actions.flip(bit.get())

        bit.bind("<Return>", turn)
        self.turn = ttk.Button(line, text="Turn this bit", style="Small.Plain.TButton", command=turn)
        look.pack(self.turn, side="left", padx=(8, 0))
        look.pack(opened, fill="x", pady=(4, 0))
        self.first = self.turn

    def _fingerprints(self, hints: int) -> None:
        """The two of them side by side, as they stand on two screens."""
        look = self._look
        shown, own = self._actions.fingerprints()
        row = ttk.Frame(self._card)
        look.pack(row, fill="x", pady=(8, 4))
        for title, fingerprint in (("Ada was shown", shown), ("Host’s screen", own)):
            column = ttk.Frame(row)
            look.pack(column, side="left", padx=(0, 14), anchor="n")
            ttk.Label(column, text=title, style="SmallStrong.TLabel").pack(anchor="w")
            if not fingerprint:
                ttk.Label(column, text="none yet", style="Muted.TLabel").pack(anchor="w")
                continue
            FingerprintPicture(column, look, fingerprint, 6).pack(anchor="w")
            groups = fingerprint_groups(fingerprint)
            for start in range(0, len(groups), GROUPS_A_LINE):
                words = " ".join(groups[start : start + GROUPS_A_LINE])
                ttk.Label(column, text=words, style="MonoSmall.TLabel").pack(anchor="w")
        self._button("They are different", lambda: self._compare("different"), hints)
        self._button("They are alike", lambda: self._compare("alike"), hints)

    def _compare(self, answer: str) -> None:
        """What is not so is answered, and ticks nothing."""
        shown, own = self._actions.fingerprints()
        if not shown or shown == own:
            self.say(NOBODY_BETWEEN)
            return
        self._actions.compared(answer)
        if answer == "alike":
            self.say(ALIKE)

    # --- what is said ------------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """To what was just done. At the end of the card, so that nothing in it moves."""
        look = self._look
        if not self._said:
            self._answer = Words(self._card, words, "Waiting.TLabel")
            look.pack(self._answer, fill="x", pady=(8, 0))
            if isinstance(self._step, Task):
                LinkLabel(self._card, look, "Back to the beginning of this lesson", self._actions.reset
                          ).pack(anchor="w")
        self._said = words
        self._answer["text"] = words
