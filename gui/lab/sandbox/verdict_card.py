"""What became of the last attack, in four answers, and the bytes before and after with the difference lit."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.widgets.boxes import Card
from netcore.lab.verdict import Outcome, Verdict

NOTHING_YET: Final = "Choose an attack and arm it. Then let Ada or Ben speak."
MOST_BYTES: Final = 32
"""Of a frame, around the first byte that differs."""
_ICONS: Final = {Outcome.CAUGHT: ("shield", "accent"), Outcome.NOT_YET: ("clock", "warn"),
                 Outcome.NOBODY: ("warning", "danger"), Outcome.YOU_DECIDE: ("eye", "warn")}


class VerdictCard(ttk.Frame):
    """`show(verdict, before, after)`; `on_again` is the same attack on version 1.2."""

    def __init__(self, parent: tk.Misc, look: Look, on_again: Callable[[], None]) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        card = Card(self, look, padding=(20, 12))
        look.pack(card, fill="both", expand=True, padx=16, pady=(0, 12))
        head = ttk.Frame(card)
        head.pack(fill="x")
        self._icon = ttk.Label(head, image=look.icon("info", "accent", 24))
        look.pack(self._icon, side="left", padx=(0, 10))
        self.heading = ttk.Label(head, style="Title.TLabel")
        self.heading.pack(side="left")
        self.again = ttk.Button(head, text="Same attack on 1.2", style="Small.Plain.TButton",
                                command=on_again)
        self.section = ttk.Label(head, style="Accent.TLabel")
        look.pack(self.section, side="right", padx=(12, 0))
        answers = ttk.Frame(card)
        look.pack(answers, fill="x", pady=(6, 0))
        self.answers: dict[str, Words] = {}
        self._titles: list[ttk.Label] = []
        for place, (name, title) in enumerate((("did", "What I did"), ("happened", "What happened"),
                                               ("why", "Why"))):
            answers.columnconfigure(place, weight=1, uniform="answers")
            label = ttk.Label(answers, text=title, style="SmallStrong.TLabel")
            look.grid(label, row=0, column=place, sticky="w", padx=(0, 16))
            self._titles.append(label)
            words = self.answers[name] = Words(answers, "", "Small.TLabel")
            look.grid(words, row=1, column=place, sticky="new", padx=(0, 16))
        self.bytes = tk.Text(card, height=2, borderwidth=0, highlightthickness=0, wrap="none",
                             takefocus=False, cursor="arrow", state="disabled")
        look.pack(self.bytes, fill="x", pady=(8, 0))
        look.on_change(self._restyle, owner=self)
        self._restyle()
        self.clear()

    def clear(self, heading: str = NOTHING_YET) -> None:
        self.heading["text"] = heading
        self.heading["style"] = "Secondary.TLabel"
        self._icon["image"] = self._look.icon("info", "accent", 24)
        self.section["text"] = ""
        self.again.pack_forget()
        for label in self._titles:
            label.grid_remove()
        for words in self.answers.values():
            words["text"] = ""
        self.show_bytes(b"", b"")

    def show(self, verdict: Verdict, before: bytes, after: bytes, may_repeat: bool) -> None:
        for label in self._titles:
            label.grid()
        icon, colour = _ICONS[verdict.outcome]
        self._icon["image"] = self._look.icon(icon, colour, 24)
        self.heading["style"] = "Title.TLabel"
        self.heading["text"] = verdict.heading
        self.section["text"] = f"PROTOCOL §{verdict.section}" if verdict.section else ""
        self.answers["did"]["text"] = verdict.did
        self.answers["happened"]["text"] = "\n".join(verdict.happened)
        self.answers["why"]["text"] = verdict.why
        if may_repeat and not self.again.winfo_manager():
            self.again.pack(side="right")
        elif not may_repeat:
            self.again.pack_forget()
        self.show_bytes(before, after)

    def show_evidence(self, words: str, frames: list[tuple[str, bytes]]) -> None:
        """Why a step is ticked."""
        self.clear(words)
        self.answers["did"]["text"] = "\n".join(name for name, _ in frames[:3])
        if frames:
            self.show_bytes(frames[0][1], frames[1][1] if len(frames) > 1 else b"")

    def show_bytes(self, before: bytes, after: bytes) -> None:
        first = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
                     min(len(before), len(after)))
        start = max(0, min(first - MOST_BYTES // 2, max(len(before), len(after)) - MOST_BYTES))
        self.bytes["state"] = "normal"
        self.bytes.delete("1.0", "end")
        for title, one, other in (("before ", before, after), ("after  ", after, before)):
            if not before and not after:
                break
            self.bytes.insert("end", f"{title}{start:4}  ")
            if not one:
                self.bytes.insert("end", "nothing", ("lit",))
            for place in range(start, min(start + MOST_BYTES, len(one))):
                differs = other[place : place + 1] != one[place : place + 1]
                self.bytes.insert("end", f"{one[place]:02x}", ("lit",) if differs else (), " ", ())
            self.bytes.insert("end", "\n")
        self.bytes["state"] = "disabled"

    def _restyle(self) -> None:
        palette, fonts = self._look.palette, self._look.fonts
        self.bytes.configure(font=fonts.mono_small, background=palette.surface, foreground=palette.ink2)
        self.bytes.tag_configure("lit", background=palette.warn_soft, foreground=palette.warn)
