"""The card about the lit field: its name, where it stands, what its bytes say, and what it is there for."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Final

from gui.lab.wire.detail import Lit, in_short
from gui.lab.wire.roles import ROLES
from gui.look.look import Look
from gui.text.shown_text import shown
from netcore.lab.facts import facts
from netcore.lab.layers import TEXT
from netcore.lab.reasons import Reason
from netcore.layout import Kind
from netcore.trace import FrameSeen
from netcore.wire.lines import counted

WIDTH: Final = 172
MAX_FACTS: Final = 5


class FieldCard(ttk.Frame):
    """Nothing is shown before `show`. on_code: "Show its code" was pressed; None: there is no such button. On
    a `ground` it fills its place, else it is WIDTH wide."""

    def __init__(self, parent: tk.Misc, look: Look, on_code: Callable[[], object] | None, *,
                 style: str = "TFrame", ground: str = "") -> None:
        super().__init__(parent, style=style)
        self._look = look
        self._wide = bool(ground)  # in a tab it is as wide as that
        self._lit: Lit | None = None
        self.name = ttk.Label(self, style=f"{ground}Strong.TLabel")
        self.name.pack(anchor="w")
        self._where = ttk.Label(self, style=f"{ground}Small.TLabel")
        self._where.pack(anchor="w")
        self._words = ttk.Label(self, style=f"{ground}Small.TLabel", justify="left")
        look.pack(self._words, anchor="w", pady=(8, 8))
        self._facts = ttk.Frame(self, style=style)
        self._facts.pack(anchor="w", fill="x")
        self._rows: list[tuple[ttk.Label, ttk.Label]] = []
        for row in range(MAX_FACTS):
            what = ttk.Label(self._facts, style=f"{ground}Muted.TLabel")
            value = ttk.Label(self._facts, style=f"{ground}SmallStrong.TLabel", justify="left")
            what.grid(row=row, column=0, sticky="nw")
            look.grid(value, row=row, column=1, sticky="w", padx=(10, 0))
            self._rows.append((what, value))
        self._section = ttk.Label(self, style=f"{ground}Muted.TLabel")
        look.pack(self._section, anchor="w", pady=(8, 4))
        prefix = "Window." if ground == "Window." else ""
        self._has_code = on_code is not None
        self.code = ttk.Button(self, text="Show its code", style=f"{prefix}Small.Plain.TButton",
                               command=on_code or "")
        if self._wide:
            self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._restyle, owner=self)

    def show(self, frame: FrameSeen, lit: Lit, reason: Reason) -> None:
        self._lit = lit
        span, layer = lit.span, lit.layer
        data = layer.data[span.start : span.end]
        letter = layer.key == TEXT
        name = in_short(span.name)
        named = f"key “{name}”" if span.kind is Kind.JSON_KEY else name
        self.name["text"] = "letter" if letter else named
        size = span.end - span.start
        self._where["text"] = f"{counted(size, 'byte')} at offset {span.start:,}"
        self._words["text"] = reason.words
        found = facts(frame, layer.key, span, data)[:MAX_FACTS]
        for place, (what, value) in enumerate(self._rows):
            words = found[place] if place < len(found) else ("", "")
            what["text"], value["text"] = words[0], shown(words[1])
            for label in (what, value):
                label.grid() if words[0] else label.grid_remove()
        if found:
            self._facts.pack(anchor="w", fill="x", after=self._words)
        else:
            self._facts.pack_forget()  # an empty frame stays as high as it was
        self._section["text"] = f"PROTOCOL §{reason.section}"
        if self._has_code and not self.code.winfo_manager():
            self.code.pack(anchor="w")
        self._restyle()

    def clear(self) -> None:
        self._lit = None
        for label in (self.name, self._where, self._words, self._section):
            label["text"] = ""
        for row in self._rows:
            for label in row:
                label.grid_remove()
        self.code.pack_forget()

    def _restyle(self) -> None:
        if self._lit is not None:
            colour = self._look.palette.layers[ROLES[self._lit.span.kind]].text
            self.name.configure(foreground=colour)
        self._fit()

    def _fit(self) -> None:
        width = self._look.px(WIDTH) if not self._wide else max(self._look.px(120), self.winfo_width())
        self._words.configure(wraplength=width)
        for what, value in self._rows:
            room = width - what.winfo_reqwidth() - self._look.px(12)
            value.configure(wraplength=max(self._look.px(80), room))
