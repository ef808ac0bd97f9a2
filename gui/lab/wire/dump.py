"""The hex dump of one layer: coloured by its fields, with a byte under the cursor and a field that is lit.

The pointer marks the field under it and moves nothing; a click and the arrow keys move the cursor, and with
it the lit field. Where a line of 16 bytes has no room there are 8 in it.
"""

from __future__ import annotations

import tkinter as tk
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from tkinter import ttk
from typing import Final

from gui.compat import BY_WORDS, COMMAND, bind_wheel, pass_on_page_keys
from gui.lab.wire.hex_lines import FEW_PER_LINE, PER_LINE, HexGrid, Run, hex_lines
from gui.look import paint
from gui.look.look import Look

ROLES: Final = ("header", "epoch", "ciphertext", "tag", "stamp", "json", "text")


class Dump(ttk.Frame):
    """on_cursor(byte) hears where the cursor is; on_hover(run) which run is under the pointer."""

    def __init__(self, parent: tk.Misc, look: Look, on_cursor: Callable[[int], None],
                 on_hover: Callable[[int | None], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_cursor = on_cursor
        self._on_hover = on_hover
        self.data = b""
        self.runs: Sequence[Run] = ()
        self.cursor = 0
        self.per_line = PER_LINE
        self._grid = HexGrid(0)
        self._hovered: int | None = None
        self._marked: Sequence[tuple[int, int]] = ()
        self.text = tk.Text(self, wrap="none", state="disabled", borderwidth=0, highlightthickness=0,
                            width=74, height=6, cursor="arrow", takefocus=True, undo=False,
                            exportselection=False, font=look.fonts.mono_small, padx=0, pady=0)
        bar = ttk.Scrollbar(self, orient="vertical", command=self.text.yview, takefocus=False)
        self.text.configure(yscrollcommand=bar.set)
        look.pack(bar, side="right", fill="y", padx=(6, 0))
        self.text.pack(side="left", fill="both", expand=True)
        self._bind_keys()
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _bind_keys(self) -> None:
        text = self.text
        text.bind("<Button-1>", self._clicked)
        for pattern in ("<B1-Motion>", "<Double-Button-1>", "<Triple-Button-1>"):
            text.bind(pattern, lambda _: "break")
        text.bind("<Motion>", self._pointed)
        text.bind("<Configure>", lambda _: self._fit())
        text.bind("<Leave>", lambda _: self._hover(None))
        text.bind("<FocusIn>", lambda _: self._show_cursor())
        text.bind("<FocusOut>", lambda _: self._show_cursor())
        text.bind("<Left>", lambda _: self._step(-1))
        text.bind("<Right>", lambda _: self._step(1))
        text.bind("<Up>", lambda _: self._step(-self.per_line))
        text.bind("<Down>", lambda _: self._step(self.per_line))
        text.bind("<Prior>", lambda _: self._step(-self.per_line * self._lines_in_sight()))
        text.bind("<Next>", lambda _: self._step(self.per_line * self._lines_in_sight()))
        pass_on_page_keys(text)
        text.bind("<Home>", lambda _: self._go(self.cursor - self.cursor % self.per_line))
        text.bind("<End>", lambda _: self._go(self.cursor - self.cursor % self.per_line + self.per_line - 1))
        text.bind(f"<{COMMAND}-Home>", lambda _: self._go(0))
        text.bind(f"<{COMMAND}-End>", lambda _: self._go(len(self.data) - 1))
        text.bind(f"<{BY_WORDS}-Left>", lambda _: self.step_field(-1))
        text.bind(f"<{BY_WORDS}-Right>", lambda _: self.step_field(1))
        text.bind(f"<{BY_WORDS}-Up>", lambda _: self.step_field(-1))
        text.bind(f"<{BY_WORDS}-Down>", lambda _: self.step_field(1))
        bind_wheel(text, lambda lines: text.yview_scroll(lines, "units"))

    # --- what is shown -------------------------------------------------------------------------------

    def show(self, data: bytes, runs: Sequence[Run], cursor: int = 0) -> None:
        """Show these bytes, none of them marked. `runs` tile them; the cursor is put on a byte and brought
        into sight."""
        self.data, self.runs, self._marked = data, runs, ()
        self.per_line = self._fitting(len(data))
        self._grid = HexGrid(len(data), self.per_line)
        self._hovered = None
        text = self.text
        text.configure(state="normal")
        text.delete("1.0", "end")
        if data:
            text.tk.call(str(text), "insert", "1.0", *hex_lines(data, runs, self.per_line))
            text.delete("end-1c", "end")  # the last newline would be an empty line
        text.configure(state="disabled")
        self.cursor = max(0, min(cursor, len(data) - 1))
        self._show_cursor()

    def run_at(self, byte: int) -> int | None:
        """The number of the run in which this byte stands."""
        place = bisect_right(self.runs, byte, key=attrgetter("start")) - 1
        return place if place >= 0 and byte < self.runs[place].end else None

    def put_cursor(self, byte: int) -> None:
        """Put the cursor there, and bring it into sight; `on_cursor` is told."""
        if not self.data:
            return
        self.cursor = max(0, min(byte, len(self.data) - 1))
        self._show_cursor()
        self._on_cursor(self.cursor)

    def step_field(self, step: int) -> str:
        """The cursor to the first byte of the field after or before."""
        here = self.run_at(self.cursor)
        if here is not None:
            if step < 0 and self.cursor > self.runs[here].start:
                step = 0  # first to the beginning of the one that it stands in
            self.put_cursor(self.runs[max(0, min(here + step, len(self.runs) - 1))].start)
        return "break"

    def point_at(self, run: int | None) -> None:
        """Mark this run, as if the pointer were on it."""
        self.text.tag_remove("hover", "1.0", "end")
        for role in ROLES:
            self.text.tag_remove(f"hover.{role}", "1.0", "end")
        if run is not None and run < len(self.runs):
            first, last, role = self.runs[run]
            self._tag(f"hover.{role}" if role else "hover", first, last)

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Underline these bytes, from and to, in a deeper tone of their fields; no others are marked then."""
        self._marked = places
        for role in ("", *ROLES):
            self.text.tag_remove(f"marked.{role}", "1.0", "end")
        for first, last in places:
            at = self.run_at(first)
            while at is not None and at < len(self.runs) and self.runs[at].start < last:
                start, end, role = self.runs[at]
                self._tag(f"marked.{role}", max(start, first), min(end, last))
                at += 1

    def _show_cursor(self) -> None:
        text = self.text
        for role in ROLES:
            text.tag_remove(f"lit.{role}", "1.0", "end")
        text.tag_remove("cursor", "1.0", "end")
        here = self.run_at(self.cursor)
        if not self.data or here is None:
            return
        first, last, role = self.runs[here]
        if role:
            self._tag(f"lit.{role}", first, last)
        self._tag("cursor", self.cursor, self.cursor + 1)
        line = self.cursor // self.per_line + 1
        text.see(f"{line}.0")

    def _tag(self, tag: str, first: int, last: int) -> None:
        self.text.tk.call(str(self.text), "tag", "add", tag, *self._grid.ranges(first, last))

    # --- keys and pointer ----------------------------------------------------------------------------

    def _step(self, step: int) -> str:
        to = self.cursor + step
        if 0 <= to < len(self.data):
            self.put_cursor(to)
        elif abs(step) > self.per_line:
            self.put_cursor(0 if step < 0 else len(self.data) - 1)
        return "break"

    def _go(self, byte: int) -> str:
        self.put_cursor(byte)
        return "break"

    def _lines_in_sight(self) -> int:
        return max(1, self.text.winfo_height() // self._look.fonts.linespace(self._look.fonts.mono_small) - 1)

    def _byte_under(self, event: tk.Event[tk.Misc]) -> int | None:
        line, column = str(self.text.index(f"@{event.x},{event.y}")).split(".")
        return self._grid.byte_at(int(line), int(column))

    def _clicked(self, event: tk.Event[tk.Misc]) -> str:
        self.text.focus_set()
        byte = self._byte_under(event)
        if byte is not None:
            self.put_cursor(byte)
        return "break"

    def _pointed(self, event: tk.Event[tk.Misc]) -> None:
        byte = self._byte_under(event)
        self._hover(None if byte is None else self.run_at(byte))

    def _hover(self, run: int | None) -> None:
        if run != self._hovered:
            self._hovered = run
            self.point_at(run)
            self._on_hover(run)

    # --- look and size -------------------------------------------------------------------------------

    def _fit(self) -> None:
        if self._fitting(len(self.data)) != self.per_line:
            marked = self._marked
            self.show(self.data, self.runs, self.cursor)
            self.mark(marked)

    def _fitting(self, count: int) -> int:
        """How many of `count` bytes a line has room for."""
        room = self.text.winfo_width()
        whole = HexGrid(count).columns * self._look.fonts.measure(self._look.fonts.mono_small, "0")
        return PER_LINE if room <= 1 or whole <= room else FEW_PER_LINE

    def _restyle(self) -> None:
        p, text = self._look.palette, self.text
        text.configure(background=p.surface, foreground=p.ink2, selectbackground=p.surface,
                       spacing1=self._look.px(2), spacing3=self._look.px(2))
        text.tag_configure("offset", foreground=p.ink3)
        text.tag_configure("hover", background=p.sunken)
        text.tag_configure("marked.", background=p.sunken, foreground=p.ink, underline=True)
        for role in ROLES:
            colour = p.layers[role]
            text.tag_configure(role, background=colour.tint, foreground=colour.text)
            deeper = paint.mix(colour.tint, colour.text, 0.3)
            text.tag_configure(f"marked.{role}", background=deeper, foreground=p.ink, underline=True)
            text.tag_raise(f"marked.{role}")
            text.tag_configure(f"hover.{role}", background=paint.mix(colour.tint, colour.text, 0.25),
                               foreground=p.ink)
            text.tag_configure(f"lit.{role}", background=colour.text, foreground=p.surface)
            text.tag_raise(f"lit.{role}")
        text.tag_configure("cursor", background=p.ink, foreground=p.surface)
        text.tag_raise("cursor")
        self._fit()
