"""Beside the bytes: what an eavesdropper makes of them, why they stand there, and how TCP carried them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import cache
from tkinter import ttk
from typing import Final

from gui.lab.wire.roles import ROLES
from gui.look import paint
from gui.look.look import Look
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.eavesdropper import Claims
from netcore.lab.reasons import Reason, Source
from netcore.lab.spans import Spans
from netcore.layout import Kind
from netcore.trace import Chunk, FrameSeen
from netcore.wire.lines import counted

COLUMNS: Final = 16
CELLS: Final = 256
OPEN_KINDS: Final = frozenset({Kind.HEADER, Kind.LENGTH, Kind.FIELD, Kind.KEY, Kind.SIGNATURE})
"""What lies open on the wire. All else looks random to who has no key."""
LISTS: Final = (("Can see", "eye", "warn"), ("Can guess", "help", "ink2"),
                ("Cannot see", "eye_off", "accent"))


@cache
def _shades(light: str, dark: str) -> tuple[bytes, ...]:
    """A colour for each value of a byte, as the three bytes of a pixel."""
    return tuple(bytes(paint.rgb(paint.mix(light, dark, value / 255 * 0.8))) for value in range(256))


class Panel(ScrolledFrame):
    """A scrolled column of words on the window's ground; what stands in it wraps to its width."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, look, ground="Window.")
        self._look = look
        self._wrapped: list[tuple[ttk.Label, int]] = []
        self.body = ttk.Frame(self.inner, style="Window.TFrame")
        look.pack(self.body, fill="both", expand=True, padx=20, pady=(10, 12))
        self.inner.bind("<Configure>", lambda _: self._wrap(), add=True)

    def empty(self) -> None:
        for child in self.body.winfo_children():
            child.destroy()
        self._wrapped = []

    def say(self, words: str, style: str = "Window.Small.TLabel", pady: tuple[int, int] = (0, 6)) -> None:
        label = ttk.Label(self.body, text=words, style=style, justify="left")
        self._look.pack(label, anchor="w", pady=pady)
        self._wrapped.append((label, 0))

    def row(self, icon: str, colour: str, words: str) -> None:
        row = ttk.Frame(self.body, style="Window.TFrame")
        self._look.pack(row, anchor="w", fill="x", pady=(0, 4))
        picture = ttk.Label(row, image=self._look.icon(icon, colour, 18), style="Window.TLabel")
        picture.pack(side="left", anchor="n")
        label = ttk.Label(row, text=words, style="Window.Small.TLabel", justify="left")
        self._look.pack(label, side="left", padx=(8, 0))
        self._wrapped.append((label, 30))

    def done(self) -> None:
        """Call after filling."""
        self._wrap()
        self.adopt()

    def _wrap(self) -> None:
        width = self.inner.winfo_width() - self._look.px(40)
        if width > 1:
            for label, taken in self._wrapped:
                label.configure(wraplength=max(self._look.px(100), width - self._look.px(taken)))


class Eavesdropper(Panel):
    """The same bytes without the key, and the three lists."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, look)
        self._raw = b""
        self._spans: Spans = ()
        self._picture = tk.PhotoImage(master=self)
        look.on_change(self._paint, owner=self)

    def show(self, raw: bytes, length: int, spans: Spans, claims: Claims) -> None:
        self.empty()
        self._raw, self._spans = raw[:CELLS], spans
        size = counted(length, "byte")
        some = f"The first {CELLS} of {size}" if length > CELLS else f"The same {size}"
        self.say(f"{some} without the key")
        ttk.Label(self.body, image=self._picture, style="Window.TLabel").pack(anchor="w")
        self._paint()
        for (heading, icon, colour), lines in zip(
                LISTS, (claims.can_see, claims.can_guess, claims.cannot_see), strict=True):
            if lines:
                self.say(heading, "Window.SmallStrong.TLabel", (12, 4))
            for words in lines:
                self.row(icon, colour, words)
        self.done()

    def _paint(self) -> None:
        """One picture, a box for each byte: what lies open in its colour, the rest grey by its value."""
        px, p = self._look.px, self._look.palette
        wide, high, gap = px(14), px(9), px(2)
        ground = bytes(paint.rgb(p.window))
        empty = ground * (COLUMNS * (wide + gap))
        grey = p.layers["ciphertext"]
        shades = _shades(grey.tint, grey.text)
        lines: list[bytes] = []
        place = 0
        for first in range(0, len(self._raw), COLUMNS):
            line = b""
            for at, byte in enumerate(self._raw[first : first + COLUMNS], first):
                while place < len(self._spans) and self._spans[place].end <= at:
                    place += 1
                kind = self._spans[place].kind if place < len(self._spans) else Kind.UNREAD
                open_to_all = kind in OPEN_KINDS
                colour = bytes(paint.rgb(p.layers[ROLES[kind]].text)) if open_to_all else shades[byte]
                line += colour * wide + ground * gap
            lines += [line + empty[len(line):]] * high + [empty] * gap
        if lines:
            self._picture.configure(data=paint.png(COLUMNS * (wide + gap), len(lines), lines, alpha=False))


class Why(Panel):
    """Which section asks for the lit field, and which function acts on it."""

    def __init__(self, parent: tk.Misc, look: Look, on_code: Callable[[], object]) -> None:
        super().__init__(parent, look)
        self._on_code = on_code

    def show(self, heading: str, reason: Reason, title: str, source: Source | None) -> None:
        self.empty()
        self.say(heading, "Window.Strong.TLabel", (0, 4))
        self.say(reason.words)
        self.say(f"PROTOCOL §{reason.section}  {title}", "Window.SmallStrong.TLabel", (10, 2))
        self.say(reason.function.removeprefix("netcore.") + "()", "Window.MonoSmall.TLabel", (8, 2))
        if source is not None:
            line = source.first + (source.acts or 0)
            self.say(f"{source.file}, line {line}", "Window.Muted.TLabel", (0, 6))
            if source.acts is not None:
                self.say(source.lines[source.acts].strip(), "Window.MonoSmall.TLabel", (0, 10))
        button = ttk.Button(self.body, text="Show its code", style="Window.Small.Plain.TButton",
                            command=self._on_code)
        button.pack(anchor="w")
        self.done()


class Tcp(Panel):
    """Which chunks carried the frame."""

    def show(self, frame: FrameSeen, chunks: Sequence[Chunk], neighbours: Sequence[FrameSeen],
             clock: Callable[[float], str]) -> None:
        self.empty()
        call = "recv" if frame.direction == "in" else "send"
        came = "came" if frame.direction == "in" else "left"
        self.say(f"Frame {frame.n} of this direction", "Window.Strong.TLabel", (0, 2))
        self.say(f"bytes {frame.offset:,} to {frame.offset + frame.length:,} of the stream", pady=(0, 8))
        kept = bool(chunks) and (chunks[0].offset <= frame.offset and
                                 frame.offset + frame.length <= chunks[-1].offset + len(chunks[-1].data))
        if not chunks:
            self.say("The chunks that carried it crossed before the recording began, or are not kept any "
                     "more.")
        elif not kept:
            self.say("Some of the chunks that carried it crossed before the recording began, or are not kept "
                     "any more.")
        elif len(chunks) == 1 and not neighbours:
            self.say(f"It {came} whole in one chunk, and alone in it.")
        elif len(chunks) == 1:
            others = ", ".join(str(one.n) for one in neighbours[:8])
            self.say(f"It shared its chunk: frame{'s' if len(neighbours) > 1 else ''} {others} {came} in the "
                     "same call. TCP knows no frames.")
        else:
            self.say(f"It {came} in {len(chunks)} chunks: TCP carries bytes, and cuts them where it likes. "
                     "The length in the header says when it is whole.")
        for chunk in chunks[:20]:
            self.say(f"chunk {chunk.number}", "Window.SmallStrong.TLabel", (10, 0))
            self.say(f"{call}() at {clock(chunk.at_s)}", pady=(0, 0))
            of = "had room for" if frame.direction == "in" else "was offered"
            size = len(chunk.data)
            self.say(f"{counted(size, 'byte')} from offset {chunk.offset:,}; it {of} {chunk.offered_bytes:,}",
                     pady=(0, 2))
        if len(chunks) > 20:
            self.say(f"and {len(chunks) - 20} more")
        self.done()
