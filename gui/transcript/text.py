"""The Text of a transcript and what stands in it: lines in, lines out, states changed, styles set.

Every line of the Text (but "Load earlier" at its top) has a Row here, in step. Messages find their lines by
a number counted from the first row ever shown, so rows cut off or put on at the top move nothing.
Where the reader is and what follows whom is `gui/transcript/transcript.py`'s.
"""

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gui.look.look import Look
from gui.transcript.items import ChatLine, DayLine, FileView, Item, State
from gui.transcript.lines import BAND_COLOURS, LINK, Entry, Line, LineLayout, Row, suffix


class TranscriptText:
    """`text` shows `rows`. fit: wraps right-to-left text to the width, None where Tk does it all."""

    def __init__(self, parent: tk.Misc, look: Look, fit: Callable[[str], list[str]] | None) -> None:
        self.text = tk.Text(parent, state="disabled", wrap="word", borderwidth=0, highlightthickness=0,
                            padx=0, pady=0, width=20, height=4, cursor="arrow", takefocus=True, undo=False,
                            font=look.fonts.gap, exportselection=True)
        self.hairline = tk.PhotoImage(master=parent)
        self.rows: list[Row] = []
        self.entries: dict[Hashable, Entry] = {}
        self.head = 0
        """Lines above the rows: 1 while "Load earlier" is shown."""
        self._look = look
        self._fit = fit
        self._first = 0  # Number of the first row; the first ever shown was 0, earlier ones are below.
        self._unfolded: set[Hashable] = set()
        # Of files, by the message's key; each comes again with its message.
        self._pictures: dict[Hashable, object] = {}
        self._layout = self._new_layout()

    def _new_layout(self) -> LineLayout:
        return LineLayout(self._fit, self._unfolded, self._pictures)

    # Lines in

    def append(self, items: Sequence[Item]) -> None:
        """Put items at the end, in one insert."""
        lines, replaces_last = self._lay_out(self._layout, items)

        def change() -> None:
            if replaces_last:
                self.rows.pop()
                self.text.delete(f"{self.line_of(len(self.rows))}.0", "end-1c")
            self._insert("end-1c", lines)

        self._edit(change)
        start = len(self.rows)
        self.rows += [line.row for line in lines]
        self._register(lines, self._first + start)
        self._decorate(lines, self.line_of(start))

    def prepend(self, items: Sequence[Item]) -> int:
        """Put earlier items at the start; returns how many lines they are."""
        lines, _ = self._lay_out(self._new_layout(), items)
        self._first -= len(lines)
        self.rows[:0] = [line.row for line in lines]
        self._register(lines, self._first)
        self._edit(lambda: self._insert(f"{self.line_of(0)}.0", lines))
        self._decorate(lines, self.line_of(0))
        return len(lines)

    def show_earlier(self, available: bool) -> None:
        """Show or hide the line that loads earlier messages."""
        if available == bool(self.head):
            return
        if available:
            self._edit(lambda: self.text.insert("1.0", "Load earlier messages\n", ("earlier",)))
        else:
            self._edit(lambda: self.text.delete("1.0", "2.0"))
        self.head = int(available)

    # Lines out

    def cut(self, count: int) -> None:
        """Forget at least `count` of the oldest rows, up to where no message loses its header."""
        while count < len(self.rows) and not self.rows[count].begins_block:
            count += 1
        for row in self.rows[:count]:
            if row.entry is not None and isinstance(row.entry.item, ChatLine):
                self.entries.pop(row.entry.item.key, None)
        self._edit(lambda: self.text.delete(f"{self.line_of(0)}.0", f"{self.line_of(count)}.0"))
        del self.rows[:count]
        self._first += count

    def drop_first_day(self, day: DayLine) -> None:
        """Take the line of `day` away, if no message and no other day stands above it."""
        index = next((at for at, row in enumerate(self.rows) if row.kind in ("header", "day")), 0)
        entry = self.rows[index].entry if self.rows else None
        if entry is None or entry.item != day:
            return
        # With the gap above it. All messages stand below, so their numbers go on being right.
        first, last = self.line_of(index - 1), self.line_of(index + 1)
        self._edit(lambda: self.text.delete(f"{first}.0", f"{last}.0"))
        del self.rows[index - 1 : index + 1]
        self._first += 2

    def take_from(self, entry: Entry) -> list[Item]:
        """Take out everything from the group of `entry` on; gives its items as they are now."""
        index = next(at for at, row in enumerate(self.rows) if row.entry is entry)
        while index and self.rows[index].kind != "gap":
            index -= 1
        items = _items_of(self.rows[index:])
        for item in items:
            if isinstance(item, ChatLine):
                self.entries.pop(item.key, None)
        self._edit(lambda: self.text.delete(f"{self.line_of(index)}.0", "end-1c"))
        del self.rows[index:]
        self._layout = self._new_layout()
        return items

    def unfold(self, key: Hashable) -> None:
        """Show the message whole from now on, whatever it costs."""
        entry = self.entries.get(key)
        if entry is not None and entry.folded:
            self._unfolded.add(key)
            self._renew(entry)

    def _renew(self, entry: Entry) -> None:
        """Lay it and what follows out anew; what the reader looks at stays, and what is marked."""
        marked = self.marked
        top, column = str(self.text.index("@0,0")).split(".")
        key = marked.item.key if marked is not None and isinstance(marked.item, ChatLine) else None
        above = self.place_of(entry)[1] < int(top)
        lines = len(self.rows)
        self.append(self.take_from(entry))
        if key in self.entries:
            self.mark(self.entries[key])
        self.text.yview(f"{int(top) + (len(self.rows) - lines if above else 0)}.{column}")

    def clear(self) -> None:
        self._edit(lambda: self.text.delete("1.0", "end"))
        self.rows.clear()
        self.entries.clear()
        self._first = self.head = 0
        self._layout = self._new_layout()

    # What is there

    def line_of(self, index: int) -> int:
        """The number, in the Text, of the row at `index`."""
        return index + 1 + self.head

    def row_at(self, x: int, y: int) -> Row | None:
        """The row under a point of the widget."""
        index = self.number_at(x, y) - 1 - self.head
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def number_at(self, x: int, y: int) -> int:
        """The number of the line under a point of the widget."""
        return int(str(self.text.index(f"@{x},{y}")).split(".")[0])

    def lines_of(self, key: Hashable) -> tuple[int, int] | None:
        """The numbers of the first and the last line of a message's own; None if it is not shown."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        return self.place_of(entry)

    def message_beside(self, entry: Entry, step: int) -> Entry | None:
        """The message before (-1) or after (1) this one."""
        index = entry.line - self._first
        while 0 <= (index := index + step) < len(self.rows):
            other = self.rows[index].entry
            if other is not entry and other is not None and isinstance(other.item, ChatLine):
                return other
        return None

    def mark(self, entry: Entry) -> None:
        """Select the whole of a message, and nothing else."""
        first, last = self.place_of(entry)
        self.text.tag_remove("sel", "1.0", "end")
        self.text.tag_add("sel", f"{first}.0", f"{last}.end")

    @property
    def marked(self) -> Entry | None:
        """The message that is selected, if that is one and the whole of it."""
        chosen = [str(index) for index in self.text.tag_ranges("sel")]
        if len(chosen) != 2:
            return None
        index = int(chosen[0].partition(".")[0]) - self.line_of(0)
        entry = self.rows[index].entry if 0 <= index < len(self.rows) else None
        if entry is None or not isinstance(entry.item, ChatLine):
            return None
        first, last = self.place_of(entry)
        whole = [self.text.index(f"{first}.0"), self.text.index(f"{last}.end")]
        return entry if chosen == whole else None

    def place_of(self, entry: Entry) -> tuple[int, int]:
        """The numbers of the first and the last line of a message's own."""
        first = self.line_of(entry.line - self._first)
        return first, first + entry.lines - 1

    def has_header(self, entry: Entry) -> bool:
        """Whether the line with its author's name stands right above it."""
        index = entry.line - self._first
        return index > 0 and self.rows[index - 1].kind == "header"

    def items(self) -> list[Item]:
        """Everything shown, in order, as it is now."""
        return _items_of(self.rows)

    @property
    def has_rewritten(self) -> bool:
        """Whether right-to-left text stands here in display order, wrapped for one width."""
        return any(row.entry is not None and row.entry.rewritten for row in self.rows)

    def set_state(self, key: Hashable, state: State, reason: str) -> bool:
        """Change a message's state and what stands behind it; False if nothing is to be changed."""
        entry = self.entries.get(key)
        if entry is None or (entry.state, entry.reason) == (state, reason):
            return False
        was, entry.state, entry.reason = entry.state, state, reason
        self._show_state(entry, was)
        return True

    def set_file(self, key: Hashable, file: FileView, picture: object = None) -> bool:
        """Change what stands behind a file, and the picture that is shown of it."""
        entry = self.entries.get(key)
        if entry is None or (entry.file, entry.picture) == (file, picture):
            return False
        as_before = picture is entry.picture
        entry.file, entry.picture = file, picture
        if as_before:
            self._show_state(entry, entry.state)
            return True
        if picture is None:
            self._pictures.pop(key, None)
        else:
            self._pictures[key] = picture
        self._renew(entry)  # with a line for the picture, or without
        return True

    def _show_state(self, entry: Entry, was: State) -> None:
        state = entry.state
        is_marked = self.marked is entry
        first, last = self.place_of(entry)
        words_in = first if entry.file is not None else last  # the line that the words stand behind
        band = self.rows[entry.line - self._first].band
        tags = ("body", band) if band else ("body",)

        def change() -> None:
            found = self.text.tag_nextrange("suffix", f"{words_in}.0", f"{words_in}.end")
            if found:
                self.text.delete(found[0], f"{words_in}.end")
            if was == "pending":
                self.text.tag_remove("pending", f"{first}.0", f"{last + 1}.0")
            if state == "pending":
                self.text.tag_add("pending", f"{first}.0", f"{last + 1}.0")
            for words, word_tags in suffix(entry, tags):
                self.text.insert(f"{words_in}.end", words, word_tags)

        self._edit(change)
        if is_marked:
            self.mark(entry)

    def _put_picture(self, entry: Entry, line: int, tags: tuple[str, ...]) -> None:
        image: Any = entry.picture
        self.text.image_create(f"{line}.0", image=image, pady=self._look.px(4))
        for tag in tags:
            self.text.tag_add(tag, f"{line}.0")

    # Inside

    def _lay_out(self, layout: LineLayout, items: Sequence[Item]) -> tuple[list[Line], bool]:
        """The lines of items, and whether the first takes the place of the last row (a band's end)."""
        lines: list[Line] = []
        replaces_last = False
        for item in items:
            more, replaces = layout.add(item)
            if replaces and lines:
                lines.pop()
            elif replaces:
                replaces_last = True
            lines += more
        return lines, replaces_last

    def _edit(self, change: Callable[[], object]) -> None:
        self.text.configure(state="normal")
        try:
            change()
        finally:
            self.text.configure(state="disabled")

    def _insert(self, where: str, lines: Sequence[Line]) -> None:
        arguments: list[Any] = []
        for line in lines:
            for words, tags in line.chunks:
                arguments += (words, tags)
            arguments += ("\n", line.tags)
        self.text.tk.call(str(self.text), "insert", where, *arguments)

    def _register(self, lines: Sequence[Line], first: int) -> None:
        """Note where each message's own lines begin."""
        for number, line in enumerate(lines, first):
            entry = line.row.entry
            if entry is not None and line.row.kind == "body" and isinstance(entry.item, ChatLine):
                if self.entries.get(entry.item.key) is not entry:
                    entry.line = number
                    entry.picture = self._pictures.get(entry.item.key)
                self.entries[entry.item.key] = entry

    def _decorate(self, lines: Sequence[Line], first: int) -> None:
        """Put the hairlines beside the days' names; a picture cannot be part of an insert."""
        for number, line in enumerate(lines, first):
            entry = line.row.entry
            if line.row.kind == "day":
                self._edit(partial(self._hairlines, number))
            elif entry is not None and line.row.kind == "picture":
                tags = ("body", line.row.band) if line.row.band else ("body",)
                self._edit(partial(self._put_picture, entry, number, tags))

    def _hairlines(self, number: int) -> None:
        for where in (f"{number}.0", f"{number}.end"):
            self.text.image_create(where, image=self.hairline, align="center")
        self.text.tag_add("day", f"{number}.0", f"{number}.end")


def _items_of(rows: Sequence[Row]) -> list[Item]:
    entries = dict.fromkeys(row.entry for row in rows if row.entry is not None)
    return [replace(entry.item, state=entry.state, reason=entry.reason, file=entry.file)
            if isinstance(entry.item, ChatLine) else entry.item for entry in entries]


def configure_tags(text: tk.Text, look: Look) -> None:
    """Set all tags for the look's palette and zoom. Later ones win where two set the same option."""
    p, fonts, px = look.palette, look.fonts, look.px
    text.configure(background=p.surface, foreground=p.ink, selectbackground=p.select, selectforeground=p.ink,
                   inactiveselectbackground=p.select, font=fonts.gap)
    text.tag_configure("gap", font=fonts.gap)
    text.tag_configure("edge", font=fonts.edge)
    text.tag_configure("header", font=fonts.strong, foreground=p.ink, spacing1=px(2), spacing3=px(1))
    text.tag_configure("body", font=fonts.body, foreground=p.ink, spacing1=px(2), spacing2=px(3),
                       spacing3=px(2))
    text.tag_configure("next", spacing1=px(8))
    text.tag_configure("system", font=fonts.small, foreground=p.ink3, spacing1=px(5), spacing2=px(3),
                       spacing3=px(5))
    text.tag_configure("day", font=fonts.small_strong, foreground=p.ink2, justify="center", spacing1=px(8),
                       spacing3=px(8))
    text.tag_configure("earlier", font=fonts.small_strong, foreground=p.accent, justify="center",
                       spacing1=px(12), spacing3=px(4))
    for band, role in BAND_COLOURS.items():
        colour = p.colour(role)
        text.tag_configure(band, background=colour, lmargincolor=colour, rmargincolor=colour)
    text.tag_configure("time", font=fonts.small, foreground=p.ink3)
    text.tag_configure("note", font=fonts.small, foreground=p.ink2)
    text.tag_configure("verb", font=fonts.body, foreground=p.ink2)
    text.tag_configure("whisper_name", foreground=p.whisper)
    text.tag_configure("pending", foreground=p.ink3)
    text.tag_configure("code", font=fonts.mono, background=p.sunken)
    text.tag_configure("code_in_band", font=fonts.mono, background=p.surface)
    text.tag_configure("suffix", font=fonts.small)
    text.tag_configure("waiting", foreground=p.warn)
    text.tag_configure("held", foreground=p.ink3)
    text.tag_configure("refused", foreground=p.danger)
    text.tag_configure(LINK, foreground=p.accent, underline=True)
    text.tag_configure("file", font=fonts.strong)
    for link in ("retry", "fold", "file_action"):
        text.tag_configure(link, font=fonts.small_strong, foreground=p.accent)
    # A tag's rank is its age, and binding has made some of these before the ones they must win over.
    for tag in (LINK, "suffix", "waiting", "held", "refused", "retry", "fold", "file_action", "sel"):
        text.tag_raise(tag)


def wrap_rtl(view: tk.Misc, look: Look, text: str) -> list[str]:
    """`text` in lines that fit the view: right-to-left text must be wrapped before it is turned round."""
    width = max(view.winfo_width(), look.px(200))
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and look.fonts.measure(look.fonts.body, longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]
