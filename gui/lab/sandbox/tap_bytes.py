"""Bytes at the tap: a frame with its letters, or before and after side by side with the difference lit.

A click on a byte, or the arrow keys, choose the byte whose bit is to be flipped; beside the title stand its
eight bits, of which one is chosen with a click or with its number.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Collection
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.compat import bind_wheel
from gui.look.look import Look
from netcore.wire.lines import counted

MOST_BYTES: Final = 4_096
"""Of a frame that are shown."""
OFFSET_SIGNS: Final = 6
BETWEEN_SIGNS: Final = 2
BITS: Final = 8


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two dumps in the lines. column: of its first sign. lit: the bytes that differ."""

    column: int
    data: bytes
    lit: Collection[int]


class TapBytes(ttk.Frame):
    """`show_frame` and `show_pair`; `on_bit(byte, bit)` hears what the person chose, bit 0 counting 1."""

    def __init__(self, parent: tk.Misc, look: Look, on_bit: Callable[[int, int], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_bit = on_bit
        self._halves: tuple[Half, ...] = ()
        self._parts: tuple[bytes, ...] = ()
        self._titles: tuple[str, ...] = ()
        self._letters = False
        self.per_line = 16
        self.byte: int | None = None
        self.bit = tk.IntVar(self, 0)
        head = ttk.Frame(self)
        head.pack(fill="x")
        self._bits = ttk.Frame(head, style="Track.TFrame")
        look.configure(self._bits, padding=3)
        self.bits: list[ttk.Radiobutton] = []
        for number in reversed(range(BITS)):
            button = ttk.Radiobutton(self._bits, text="0", value=number, variable=self.bit, width=1,
                                     style="Segment.TRadiobutton", command=self._bit_chosen)
            button.pack(side="left")
            self.bits.append(button)
        self.which = ttk.Label(head, style="MonoSmall.TLabel")
        # As high as with the bits in it, so that nothing moves when they come.
        self._strut = ttk.Frame(head, width=1)
        self._strut.pack(side="right", fill="y")
        self.titles = tk.Text(head, height=1, width=20, borderwidth=0, highlightthickness=0, wrap="none",
                              takefocus=False, cursor="arrow", state="disabled")
        self.titles.pack(side="left", fill="x", expand=True)
        self.text = tk.Text(self, height=2, width=20, borderwidth=0, highlightthickness=0, wrap="none",
                            takefocus=False, cursor="arrow", state="disabled")
        self.text.pack(fill="both", expand=True)
        self._bind_keys()
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _bind_keys(self) -> None:
        text = self.text
        text.bind("<Configure>", self._fit)
        text.bind("<Button-1>", self._clicked)
        for pattern in ("<B1-Motion>", "<Double-Button-1>", "<Triple-Button-1>"):
            text.bind(pattern, lambda _: "break")
        for key, step in (("Left", -1), ("Right", 1)):
            text.bind(f"<{key}>", lambda _, step=step: self._step(step))  # type: ignore[misc]
        for key, step in (("Up", -1), ("Down", 1)):
            text.bind(f"<{key}>", lambda _, step=step: self._step(step * self.per_line))  # type: ignore[misc]
        for number in range(BITS):
            text.bind(f"<KeyPress-{number}>", lambda _, one=number: self.choose(self.byte or 0, one))  # type: ignore[misc]
        bind_wheel(text, lambda lines: text.yview_scroll(lines, "units"))

    # --- what is shown -------------------------------------------------------------------------------

    def clear(self) -> None:
        self._show((), (), False)

    def show_frame(self, data: bytes) -> None:
        """One frame, with its letters."""
        self._show((data,), ("",), True)

    def show_pair(self, before: bytes, after: bytes) -> None:
        """What came and what went on; nothing where neither is."""
        if not before and not after:
            self.clear()
            return
        self._show((before, after), (f"before: {_size(before)}", f"after: {_size(after)}"), False)

    def _show(self, parts: tuple[bytes, ...], titles: tuple[str, ...], letters: bool) -> None:
        if (parts, titles) == (self._parts, self._titles):
            return  # what was chosen in them stays
        self._parts = parts
        self.byte = None
        self._titles, self._letters = titles, letters
        lit = differences(*parts) if len(parts) == 2 else ((),)
        self._halves = tuple(Half(0, data[:MOST_BYTES], one) for data, one in zip(parts, lit, strict=False))
        self.text["takefocus"] = self.has_bytes
        self.which.pack_forget()
        self._bits.pack_forget()
        self._paint()

    @property
    def has_bytes(self) -> bool:
        return any(half.data for half in self._halves)

    def _paint(self) -> None:
        """Anew, with as many bytes in a line as there is room for."""
        per_line = self.per_line = self._bytes_that_fit()
        width = OFFSET_SIGNS + 3 * per_line + BETWEEN_SIGNS
        self._halves = tuple(
            Half(place * width, half.data, half.lit) for place, half in enumerate(self._halves))
        titles = "".join(title.ljust(width) for title in self._titles)
        _write(self.titles, [titles, ""])
        pieces: list[str] = []
        longest = max((len(half.data) for half in self._halves), default=0)
        for start in range(0, longest, per_line):
            for half in self._halves:
                pieces += self._dump(half, start)
            if self._letters:
                row = self._halves[0].data[start : start + per_line]
                pieces += ["".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row), "letters"]
            pieces += ["\n", ""]
        _write(self.text, pieces)
        self._see()
        self._mark()

    def _see(self) -> None:
        """What matters into sight: the chosen byte, or the first difference."""
        first_lit = min((min(half.lit) for half in self._halves if half.lit), default=0)
        byte = first_lit if self.byte is None else self.byte
        self.text.yview(f"{byte // self.per_line + 1}.0" if self.byte is None else "1.0")
        self.text.see(f"{byte // self.per_line + 1}.0")

    def _dump(self, half: Half, start: int) -> list[str]:
        """A line of one half: text and tag by turns."""
        row = half.data[start : start + self.per_line]
        if not row:
            words = "nothing" if not half.data and start == 0 else ""
            width = OFFSET_SIGNS + 3 * self.per_line + BETWEEN_SIGNS
            return [words, "lit", " " * (width - len(words)), ""]
        pieces = [f"{start:04x}  ", "offset"]
        run, lit = "", False
        for place, byte in enumerate(row, start):
            if (place in half.lit) != lit and run:
                pieces += [run.rstrip(), "lit" if lit else "", " ", ""]
                run = ""
            lit = place in half.lit
            run += f"{byte:02x} "
        pieces += [run.rstrip(), "lit" if lit else ""]
        missing = 3 * (self.per_line - len(row)) + 1 + BETWEEN_SIGNS
        return [*pieces, " " * missing, ""]

    # --- the byte and the bit ------------------------------------------------------------------------

    def choose(self, byte: int, bit: int | None = None) -> str:
        """This bit is to be flipped; without `bit` the one of before."""
        longest = max((len(half.data) for half in self._halves), default=0)
        if 0 <= byte < longest:
            self.byte = byte
            if bit is not None:
                self.bit.set(bit)
            self._mark()
            self._on_bit(byte, self.bit.get())
        return "break"

    def _bit_chosen(self) -> None:
        if self.byte is not None:
            self.choose(self.byte)

    def _step(self, step: int) -> str:
        return self.choose(0 if self.byte is None else self.byte + step)

    def _clicked(self, event: tk.Event[tk.Misc]) -> str:
        self.text.focus_set()
        line, column = (int(part) for part in str(self.text.index(f"@{event.x},{event.y}")).split("."))
        for half in self._halves:
            place = column - half.column - OFFSET_SIGNS
            index = (line - 1) * self.per_line + place // 3
            if 0 <= place < 3 * self.per_line and index < len(half.data):
                return self.choose(index)
        letters = column - OFFSET_SIGNS - 3 * self.per_line - BETWEEN_SIGNS
        if self._letters and 0 <= letters < self.per_line:
            return self.choose((line - 1) * self.per_line + letters)
        return "break"

    def _mark(self) -> None:
        """The chosen byte, and beside the title its bits."""
        self.text.tag_remove("chosen", "1.0", "end")
        byte = self.byte
        if byte is None:
            return
        line, place = byte // self.per_line + 1, byte % self.per_line
        shown = None
        for half in self._halves:
            if byte < len(half.data):
                start = half.column + OFFSET_SIGNS + 3 * place
                self.text.tag_add("chosen", f"{line}.{start}", f"{line}.{start + 2}")
                shown = half.data[byte] if shown is None else shown
        self.text.see(f"{line}.0")
        if shown is None:
            return
        for number, button in zip(reversed(range(BITS)), self.bits, strict=True):
            button["text"] = str(shown >> number & 1)
        self.which["text"] = f"byte {byte}, bit {self.bit.get()}"
        if not self._bits.winfo_manager():
            self._bits.pack(side="right", before=self.titles)
            self._look.pack(self.which, side="right", padx=(12, 8), before=self.titles)

    # --- look ----------------------------------------------------------------------------------------

    def _bytes_that_fit(self) -> int:
        signs = self.text.winfo_width() // max(1, self._sign_px)
        dumps = max(1, len(self._halves))
        for per_line in (16, 8, 4):
            between = (dumps - 1) * BETWEEN_SIGNS + (BETWEEN_SIGNS + per_line if self._letters else 0)
            if dumps * (OFFSET_SIGNS + 3 * per_line) + between <= signs:
                return per_line
        return 4 if self.text.winfo_width() > 1 else 16

    def _fit(self, _event: object = None) -> None:
        if not self._halves:
            return
        if self._bytes_that_fit() != self.per_line:
            self._paint()
        else:
            self._see()

    def _restyle(self) -> None:
        look = self._look
        palette, fonts = look.palette, look.fonts
        self._sign_px = int(self.tk.call("font", "measure", fonts.mono_small, "0"))
        for text in (self.titles, self.text):
            text.configure(font=fonts.mono_small, background=palette.surface, foreground=palette.ink2,
                           selectbackground=palette.surface, spacing1=look.px(1), spacing3=look.px(1))
        self.titles.configure(foreground=palette.ink3)
        self.text.tag_configure("offset", foreground=palette.ink3)
        self.text.tag_configure("letters", foreground=palette.ink3)
        self.text.tag_configure("lit", background=palette.warn_soft, foreground=palette.warn)
        self.text.tag_configure("chosen", background=palette.ink, foreground=palette.surface)
        self.text.tag_raise("chosen")
        self._strut.configure(height=self._bits.winfo_reqheight())
        if self._halves:
            self._paint()


def differences(before: bytes, after: bytes) -> tuple[Collection[int], Collection[int]]:
    """Which bytes of each differ. Where one is longer: what lies between their common beginning and end."""
    if len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        places = frozenset(i for i, (one, other) in pairs if one != other)
        return places, places
    shorter = min(len(before), len(after))
    front = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    back = next((i for i in range(shorter - front) if before[-1 - i] != after[-1 - i]), shorter - front)
    return range(front, len(before) - back), range(front, len(after) - back)


def _size(data: bytes) -> str:
    return counted(len(data), "byte")


def _write(text: tk.Text, pieces: list[str]) -> None:
    text["state"] = "normal"
    text.delete("1.0", "end")
    if pieces:
        text.tk.call(str(text), "insert", "1.0", *pieces)
    text["state"] = "disabled"
