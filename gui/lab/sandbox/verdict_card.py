"""What became of the last attack, in three answers, and the bytes before and after with the difference lit.

The card has one height whatever it says: what stands above it never moves, under no pointer and no key.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.tap_bytes import TapBytes
from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Card
from gui.widgets.buttons import LinkLabel
from netcore.lab.tap_events import Attacked
from netcore.lab.verdict import Outcome, Verdict

NOTHING_YET: Final = "Nothing is attacked yet"
HEIGHT: Final = 236
ANSWERS: Final = (("did", "What I did", 5), ("happened", "What happened", 5), ("why", "Why", 6))
"""Of a verdict: name, title, and how wide beside the others."""
BETWEEN: Final = 16
ICONS: Final = {Outcome.CAUGHT: ("shield", "accent"), Outcome.NOT_YET: ("clock", "warn"),
                Outcome.NOBODY: ("warning", "danger"), Outcome.YOU_DECIDE: ("eye", "warn")}


class VerdictCard(ttk.Frame):
    """`tell(verdict, attack)`; `on_again` is the same attack on version 1.2, `on_bit` a bit that was chosen
    in the bytes, `on_back` from a frame that was looked at to the verdict."""

    def __init__(self, parent: tk.Misc, look: Look, on_again: Callable[[], None],
                 on_bit: Callable[[int, int], None], on_back: Callable[[], None],
                 height: int = HEIGHT) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._told: tuple[Verdict, Attacked, bool] | None = None
        self._before: Attacked | None = None
        self._looking = False
        look.configure(self, height=height)
        self.pack_propagate(False)
        card = Card(self, look, padding=(20, 12))
        look.pack(card, fill="both", expand=True, padx=16, pady=(0, 12))
        card.pack_propagate(False)
        head = ttk.Frame(card)
        look.configure(head, height=36)
        head.pack_propagate(False)
        head.pack(fill="x")
        self._icon = ttk.Label(head, image=look.icon("info", "accent", 24))
        look.pack(self._icon, side="left", padx=(0, 10))
        self.heading = ttk.Label(head, style="Title.TLabel")
        self.again = ttk.Button(head, text="Same on 1.2", style="Small.Plain.TButton",
                                command=on_again)
        self.back = LinkLabel(head, look, "Back to the verdict", self._go_back)
        self._on_back = on_back
        self.section = ttk.Label(head, style="Accent.TLabel")
        self.heading.pack(side="left")
        self._answers = ttk.Frame(card)
        look.pack(self._answers, fill="x", pady=(6, 4))
        self.answers: dict[str, ttk.Label] = {}
        for place, (name, title, weight) in enumerate(ANSWERS):
            self._answers.columnconfigure(place, weight=weight, uniform="answers")
            label = ttk.Label(self._answers, text=title, style="SmallStrong.TLabel")
            look.grid(label, row=0, column=place, sticky="w", padx=(0, BETWEEN))
            words = self.answers[name] = ttk.Label(self._answers, style="Small.TLabel", wraplength=100)
            look.grid(words, row=1, column=place, sticky="nw", padx=(0, BETWEEN))
        self._answers.bind("<Configure>", self._fit)
        self._hint = Words(card, "", "Small.TLabel")
        self.bytes = TapBytes(card, look, on_bit)
        self.bytes.pack(fill="both", expand=True)
        self.clear()

    # --- what it says --------------------------------------------------------------------------------

    def clear(self, heading: str = NOTHING_YET, hint: str = "") -> None:
        """No verdict: `hint` says what to do, or what has happened."""
        self._told = self._before = None
        self._looking = False
        self._head("info", "accent", heading, "Heading.TLabel")
        self._say(hint)
        self.bytes.clear()

    def wait(self, heading: str, hint: str, before: Attacked | None) -> None:
        """Another attack waits: what becomes of the one of `before` is of no interest any more."""
        self.clear(heading, hint)
        self._before = before

    def tell(self, verdict: Verdict, attack: Attacked, may_repeat: bool) -> bool:
        """What became of an attack, as far as is known; whether that is new. A frame that somebody looks at
        stays, unless there is another attack."""
        if attack is self._before or (self._told is not None and self._told[:2] == (verdict, attack)):
            return False
        another = self._told is None or self._told[1] is not attack
        self._told = verdict, attack, may_repeat
        if another or not self._looking:
            self.show_verdict()
        return True

    @property
    def attack(self) -> Attacked | None:
        """The one that the verdict is about."""
        return self._told[1] if self._told is not None else None

    def show_verdict(self) -> None:
        """Again, if there is one, after something else was looked at."""
        if self._told is None:
            return
        verdict, attack, may_repeat = self._told
        self._looking = False
        self._head(*ICONS[verdict.outcome], verdict.heading, "Title.TLabel",
                   f"PROTOCOL §{verdict.section}" if verdict.section else "")
        self._hint.pack_forget()
        self._look.pack(self._answers, fill="x", pady=(6, 4), before=self.bytes)
        self.answers["did"]["text"] = verdict.did
        self.answers["happened"]["text"] = "\n".join(verdict.happened)
        self.answers["why"]["text"] = verdict.why
        if may_repeat:
            self.again.pack(side="right")
        self.bytes.show_pair(attack.before, attack.after)

    def show_frame(self, title: str, hint: str, data: bytes) -> None:
        """A frame that somebody looks at."""
        self._look_at("eye", "warn", title, hint)
        self.bytes.show_frame(data)

    def show_evidence(self, words: str, frames: list[tuple[str, bytes]]) -> None:
        """Why a step is ticked."""
        hint = "\n".join((words, *(name for name, _ in frames[:2])))
        self._look_at("check", "accent", "Why this is ticked", hint)
        if len(frames) > 1:
            self.bytes.show_pair(frames[0][1], frames[1][1])
        elif frames:
            self.bytes.show_frame(frames[0][1])
        else:
            self.bytes.clear()

    def _look_at(self, icon: str, colour: str, heading: str, hint: str) -> None:
        self._looking = True
        self._head(icon, colour, heading, "Heading.TLabel")
        self._say(hint)
        if self._told is not None:
            self._look.pack(self.back, side="right", padx=(12, 0))

    # --- parts ---------------------------------------------------------------------------------------

    def _go_back(self) -> None:
        self._on_back()
        self.show_verdict()

    def _fit(self, event: tk.Event[tk.Misc]) -> None:
        """Where lines end is worked out from the card: words that asked their own column
        for its width, while they decide it, would never come to rest."""
        parts = sum(weight for _, _, weight in ANSWERS)
        for name, _, weight in ANSWERS:
            wrap = event.width * weight // parts - self._look.px(BETWEEN + 2)
            self.answers[name].configure(wraplength=max(wrap, self._look.px(80)))

    def _head(self, icon: str, colour: str, heading: str, style: str, section: str = "") -> None:
        self._icon["image"] = self._look.icon(icon, colour, 24)
        self.heading.configure(text=heading, style=style)
        self.section["text"] = section
        for part in (self.section, self.again, self.back):
            part.pack_forget()
        if section:
            self._look.pack(self.section, side="right", padx=(12, 0))

    def _say(self, hint: str) -> None:
        self._answers.pack_forget()
        for words in self.answers.values():
            words["text"] = ""
        self._hint["text"] = hint
        self._look.pack(self._hint, fill="x", pady=(2, 6), before=self.bytes)
