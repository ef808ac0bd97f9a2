"""The code that acts on a field, from the running program, and the section of PROTOCOL that asks for it."""

from __future__ import annotations

import re
import textwrap
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Final, Literal, Protocol

from gui.compat import bind_wheel
from gui.look.look import Look
from gui.widgets.boxes import rule
from gui.widgets.buttons import LinkLabel
from gui.widgets.keyboard import give_keyboard
from netcore.lab.reasons import Source, section

NO_SOURCE: Final = "The source of this function is not here: the program was installed without it."
NARROW: Final = 820  # below this width the two stand one below the other
CODE: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


class Scroll(Protocol):
    def __call__(self, number: int, what: Literal["units", "pages"]) -> None: ...


def _scrolled(scroll: Scroll, step: int, _event: object) -> str:
    scroll(step, "units")
    return "break"


class CodePane(ttk.Frame):
    """Takes the place of the bytes until `on_back`."""

    def __init__(self, parent: tk.Misc, look: Look, on_back: Callable[[], object]) -> None:
        super().__init__(parent)
        self._look = look
        head = ttk.Frame(self)
        look.pack(head, fill="x", padx=(24, 16), pady=(10, 6))
        self.back = LinkLabel(head, look, "‹ Back to the bytes", on_back)
        self.back.pack(side="left")
        self._function = ttk.Label(head, style="Mono.TLabel")
        look.pack(self._function, side="left", padx=(20, 0))
        self._sides = ttk.Frame(self)
        self._sides.pack(fill="both", expand=True)
        self.source = self._text(mono=True)
        self._line = rule(self._sides)
        self.page = self._text(mono=False)
        self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _text(self, mono: bool) -> tk.Text:
        look = self._look
        text = tk.Text(self._sides, wrap="none" if mono else "word", state="disabled", borderwidth=0,
                       width=20, height=4, highlightthickness=0, takefocus=True, undo=False, cursor="arrow",
                       font=look.fonts.mono_small if mono else look.fonts.small)
        bind_wheel(text, lambda lines: text.yview_scroll(lines, "units"))
        for key, scroll, step in (("Up", text.yview_scroll, -1), ("Down", text.yview_scroll, 1),
                                  ("Left", text.xview_scroll, -4), ("Right", text.xview_scroll, 4)):
            text.bind(f"<{key}>", partial(_scrolled, scroll, step))
        return text

    def show(self, function: str, source: Source | None, number: str, about: str = "") -> None:
        """about: what in a long section is meant; it is brought to the top."""
        self._function["text"] = function.removeprefix("netcore.") + "()"
        self._fill_source(source)
        title, words = section(number)
        self._fill_page(f"PROTOCOL §{number}  {title}", words, about)
        self._restyle()
        give_keyboard(self.back)

    def _fill_source(self, source: Source | None) -> None:
        text = self.source
        text.configure(state="normal")
        text.delete("1.0", "end")
        if source is None:
            text.insert("end", NO_SOURCE, "note")
        else:
            text.insert("end", f"{source.file}\n\n", "note")
            lines = textwrap.dedent("\n".join(source.lines)).split("\n")
            for place, line in enumerate(lines):
                acts = place == source.acts
                text.insert("end", f"{source.first + place:>4}  ", ("number", "acts") if acts else "number")
                text.insert("end", f"{line}\n", "acts" if acts else "")
            if source.acts is not None:
                text.see(f"{source.acts + 6}.0")
                text.see(f"{max(1, source.acts)}.0")
        text.configure(state="disabled")

    def _fill_page(self, title: str, words: str, about: str) -> None:
        text = self.page
        text.configure(state="normal")
        text.delete("1.0", "end")
        text.insert("end", f"{title}\n\n", "title")
        fenced = False
        for line in words.splitlines():
            if line.startswith("```"):
                fenced = not fenced
            elif fenced or line.startswith("|"):
                if set(line) <= set("|-: "):
                    continue  # between the head of a table and its rows
                text.insert("end", f"{line}\n", "block")
            else:
                self._prose(line.lstrip("#").strip() + "\n")
        found = text.search(about, "1.0", "end") if about else ""
        text.yview(found or "1.0")
        text.configure(state="disabled")

    def _prose(self, line: str) -> None:
        """Markdown's code and strong words; the rest as it stands."""
        at = 0
        for found in CODE.finditer(line):
            self.page.insert("end", line[at : found.start()])
            words = found[1] or found[2].strip("`")
            self.page.insert("end", words, "code" if found[1] else "strong")
            at = found.end()
        self.page.insert("end", line[at:])

    def _fit(self) -> None:
        narrow = 1 < self.winfo_width() < self._look.px(NARROW)
        for place, widget in enumerate((self.source, self._line, self.page)):
            widget.grid(row=place if narrow else 0, column=0 if narrow else place, sticky="nsew")
        for number in range(3):
            share = 0 if number == 1 else 3 if number == 0 else 2
            self._sides.columnconfigure(number, weight=share if not narrow else int(number == 0))
            self._sides.rowconfigure(number, weight=share if narrow else int(number == 0))

    def _restyle(self) -> None:
        p, fonts, px = self._look.palette, self._look.fonts, self._look.px
        for text in (self.source, self.page):
            text.configure(background=p.surface, foreground=p.ink, selectbackground=p.select,
                           selectforeground=p.ink, padx=px(24), pady=px(6))
        self.source.tag_configure("number", foreground=p.ink3)
        self.source.tag_configure("note", foreground=p.ink3)
        self.source.tag_configure("acts", background=p.select, foreground=p.ink)
        self.page.configure(background=p.window, spacing1=px(2), spacing3=px(4))
        self.page.tag_configure("title", font=fonts.strong)
        self.page.tag_configure("strong", font=fonts.small_strong)
        self.page.tag_configure("code", font=fonts.mono_small, foreground=p.ink2)
        self.page.tag_configure("block", font=fonts.mono_small, foreground=p.ink2, wrap="none", spacing1=0,
                                spacing3=0)
