"""The conversation: one read-only Text between two gutters, fed plain items.

What it does: shows messages grouped by author, own ones and whispers as bands, marks what is pending or
refused, follows the end only while the reader is there, keeps 5,000 lines and loads earlier ones.
What it leaves to others: `transcript_lines` lays items out, `transcript_gutter` paints the margins,
`transcript_copy` makes the clipboard's text; when days begin and what is an item's state is the caller's.
"""

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from tkinter import ttk
from typing import Any, Final

from gui import paint
from gui.compat import bind_context_menu, bind_shortcut, bind_wheel
from gui.look import Look
from gui.transcript_copy import selected_text
from gui.transcript_gutter import Gutters, VisibleRow
from gui.transcript_items import (
    AwayLine,
    ChatLine,
    DayLine,
    Item,
    State,
    SystemLine,
    WhisperInfo,
    copied,
)
from gui.transcript_lines import Composer, Entry, Line, Row, suffix
from gui.transcript_tags import configure_tags

__all__ = ["AwayLine", "ChatLine", "DayLine", "Item", "State", "SystemLine", "Transcript", "WhisperInfo"]

MAX_LINES: Final = 5_000
MAX_LINES_WHILE_READING: Final = 7_000
TRIM_STEP_LINES: Final = 300
_TRIM_AGAIN_MS: Final = 40
_REWRAP_MS: Final = 250


class Transcript(ttk.Frame):
    """The view. on_retry(key): "Try again" of a refused message; on_load_earlier(): the line at the top."""

    def __init__(self, parent: tk.Misc, look: Look, *, on_retry: Callable[[Hashable], object] | None = None,
                 on_load_earlier: Callable[[], object] | None = None) -> None:
        super().__init__(parent, style="TFrame")
        self._look = look
        self._on_retry, self._on_load_earlier = on_retry, on_load_earlier
        self._rows: list[Row] = []
        self._first = 0  # Number of the first row; the first ever shown was 0, earlier ones are below.
        self._head = 0  # Lines above the rows: 1 while "Load earlier" is shown.
        self._entries: dict[Hashable, Entry] = {}
        self._following = True
        self._new = 0
        self._limit = MAX_LINES
        self._after: dict[str, str] = {}
        self._width = 0
        on_x11 = str(self.tk.call("tk", "windowingsystem")) == "x11"
        self._fit = self._wrap_rtl if on_x11 else None
        self._composer = Composer(self._fit)
        self._build()
        look.on_change(self._restyle)
        self._restyle()

    # What the window calls

    def add(self, items: Sequence[Item]) -> None:
        """Show items at the end, in one go. The view follows if the reader is there, or just wrote one."""
        if not items:
            return
        lines: list[Line] = []
        replace_last = False
        for item in items:
            more, replaces = self._composer.add(item)
            if replaces and lines:
                lines.pop()
            elif replaces:
                replace_last = True
            lines += more
        self._insert_at_end(lines, replace_last)
        chat = [item for item in items if isinstance(item, ChatLine)]
        if any(item.mine and item.state == "pending" for item in chat):
            self._following = True
        if not self._following:
            self._set_new(self._new + sum(not item.mine for item in chat))
        self._trim()
        if self._following:
            self.scroll_to_end()
        self._soon()

    def prepend(self, items: Sequence[Item]) -> None:
        """Show earlier items above what is there; what the reader sees stays where it is."""
        if not items:
            return
        composer = Composer(self._fit)
        lines: list[Line] = []
        for item in items:
            more, replaces = composer.add(item)
            if replaces:
                lines.pop()
            lines += more
        at_top = self._line_at_top() <= self._head + 1
        self._first -= len(lines)
        self._rows[:0] = [line.row for line in lines]
        self._register(lines, self._first)
        self._edit(lambda: self._insert(f"{1 + self._head}.0", lines))
        self._decorate(lines, 1 + self._head)
        self._limit = max(self._limit, len(self._rows) + TRIM_STEP_LINES)
        if self._following:
            self.scroll_to_end()
        elif at_top:
            self.text.yview(f"{1 + self._head + len(lines)}.0")
        self._soon()

    def update_state(self, key: Hashable, state: State, reason: str = "") -> None:
        """Mark a message as pending, delivered or refused (with the reason). An unknown key is ignored."""
        entry = self._entries.get(key)
        if entry is None or (entry.state, entry.reason) == (state, reason):
            return
        was = entry.state
        entry.state, entry.reason = state, reason
        first = self._text_line(entry)
        last = first + entry.lines - 1
        band = self._rows[last - 1 - self._head].band

        def change() -> None:
            found = self.text.tag_nextrange("suffix", f"{last}.0", f"{last}.end")
            if found:
                self.text.delete(found[0], f"{last}.end")
            tags = ("body", band) if band else ("body",)
            if was == "pending":
                self.text.tag_remove("pending", f"{first}.0", f"{last + 1}.0")
            if state == "pending":
                self.text.tag_add("pending", f"{first}.0", f"{last + 1}.0")
            for words, word_tags in suffix(entry, tags):
                self.text.insert(f"{last}.end", words, word_tags)

        self._edit(change)
        if self._following:
            self.scroll_to_end()
        self._soon()

    def show_earlier(self, available: bool) -> None:
        """Show or hide the line that loads earlier messages."""
        if available == bool(self._head):
            return
        if available:
            self._edit(lambda: self.text.insert("1.0", "Load earlier messages\n", ("earlier",)))
        else:
            self._edit(lambda: self.text.delete("1.0", "2.0"))
        self._head = int(available)
        self._soon()

    def clear(self) -> None:
        """Forget everything shown."""
        self._edit(lambda: self.text.delete("1.0", "end"))
        self._rows.clear()
        self._entries.clear()
        self._first = self._head = 0
        self._limit = MAX_LINES
        self._composer = Composer(self._fit)
        self._following = True
        self._set_new(0)
        self._soon()

    def scroll_to_end(self) -> None:
        """Go to the newest line and follow it from now on."""
        self._following = True
        self._set_new(0)
        self.text.yview_moveto(1.0)

    @property
    def following(self) -> bool:
        """Whether the reader is at the end."""
        return self._following

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def oldest_key(self) -> Hashable | None:
        """The key of the oldest message shown, for asking for earlier ones."""
        return next((row.entry.item.key for row in self._rows
                     if row.entry is not None and isinstance(row.entry.item, ChatLine)), None)

    def copy_selection(self) -> None:
        """Put the selected messages on the clipboard, in their original words."""
        words = selected_text(self.text, self._rows, 1 + self._head)
        if words:
            self.clipboard_clear()
            self.clipboard_append(words)

    def copied_text(self) -> str:
        """Everything shown as it would be copied."""
        entries = dict.fromkeys(row.entry for row in self._rows if row.entry is not None)
        return "\n".join(copied(entry.item) for entry in entries)

    # Building

    def _build(self) -> None:
        self.gutters = Gutters(self, self._look)
        self.text = tk.Text(self, state="disabled", wrap="word", borderwidth=0, highlightthickness=0, padx=0,
                            pady=0, width=20, height=4, cursor="arrow", takefocus=True, undo=False,
                            font=self._look.fonts.gap, exportselection=True)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._bar_moved,
                                  style="Vertical.TScrollbar", takefocus=False)
        self.text.configure(yscrollcommand=self._scrolled)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.gutters.left.grid(row=0, column=0, sticky="ns")
        self.text.grid(row=0, column=1, sticky="nsew")
        self.gutters.right.grid(row=0, column=2, sticky="ns")
        self._look.grid(self._bar, row=0, column=3, sticky="ns", padx=(9, 1), pady=4)
        self._fold = ttk.Frame(self, style="TFrame")
        self._fold.grid(row=1, column=0, columnspan=4, sticky="ew")
        self._fold.columnconfigure((0, 2), weight=1)
        for column in (0, 2):
            ttk.Frame(self._fold, style="Line.TFrame", height=1).grid(row=0, column=column, sticky="ew")
        self._pill = ttk.Button(self._fold, style="Pill.TButton", compound="left", command=self.scroll_to_end,
                                image=self._look.icon("arrow_down", "on_accent", 18))
        self._hairline = tk.PhotoImage(master=self)
        self._menu = self._look.menu(self)
        self._bind()

    def _bind(self) -> None:
        text = self.text
        bind_wheel(text, self._scroll_units)
        for canvas in (self.gutters.left, self.gutters.right):
            bind_wheel(canvas, self._scroll_units)
        for key, amount, what in (("<Up>", -1, "units"), ("<Down>", 1, "units"), ("<Prior>", -1, "pages"),
                                  ("<Next>", 1, "pages")):
            text.bind(key, lambda _event, n=amount, w=what: self._scroll(n, w))  # type: ignore[misc]
        text.bind("<Home>", lambda _event: self._go_to_start())
        text.bind("<End>", lambda _event: self.scroll_to_end())
        text.bind("<Return>", lambda _event: self._activate())
        text.bind("<B1-Motion>", lambda _event: self._once("position", self._note_position), add=True)
        text.bind("<Configure>", self._resized, add=True)
        for event in ("<FocusIn>", "<FocusOut>"):
            text.bind(event, lambda _event: self._soon(), add=True)
        bind_shortcut(text, "c", lambda _event: self._copy_key())
        bind_shortcut(text, "a", lambda _event: self._select_all())
        text.bind("<<Copy>>", lambda _event: self._copy_key())
        bind_context_menu(text, self._show_menu)
        text.tag_bind("retry", "<ButtonRelease-1>", self._retry_clicked)
        text.tag_bind("earlier", "<ButtonRelease-1>", lambda _event: self._load_earlier())
        for tag in ("retry", "earlier"):
            text.tag_bind(tag, "<Enter>", lambda _event: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda _event: text.configure(cursor="arrow"))
        self.bind("<Destroy>", self._destroyed, add=True)

    # Lines in and out

    def _edit(self, change: Callable[[], object]) -> None:
        self.text.configure(state="normal")
        change()
        self.text.configure(state="disabled")

    def _insert(self, where: str, lines: Sequence[Line]) -> None:
        arguments: list[Any] = []
        for line in lines:
            for words, tags in line.chunks:
                arguments += (words, tags)
            arguments += ("\n", line.tags)
        self.tk.call(str(self.text), "insert", where, *arguments)

    def _insert_at_end(self, lines: Sequence[Line], replace_last: bool) -> None:
        def change() -> None:
            if replace_last:
                self._rows.pop()
                self.text.delete(f"{self._head + len(self._rows) + 1}.0", "end-1c")
            self._insert("end-1c", lines)

        start = len(self._rows) - int(replace_last)
        self._edit(change)
        self._rows += [line.row for line in lines]
        self._register(lines, self._first + start)
        self._decorate(lines, 1 + self._head + start)

    def _register(self, lines: Sequence[Line], first: int) -> None:
        """Note where each message's own lines begin."""
        for number, line in enumerate(lines, first):
            entry = line.row.entry
            if entry is not None and line.row.kind == "body" and isinstance(entry.item, ChatLine):
                if entry.item.key not in self._entries or self._entries[entry.item.key] is not entry:
                    entry.line = number
                self._entries[entry.item.key] = entry

    def _decorate(self, lines: Sequence[Line], first: int) -> None:
        """Put the hairlines beside the days' names; a picture cannot be part of an insert."""
        for number, line in enumerate(lines, first):
            if line.row.kind == "day":
                self._edit(lambda number=number: self._hairlines(number))  # type: ignore[misc]

    def _hairlines(self, number: int) -> None:
        for where in (f"{number}.0", f"{number}.end"):
            self.text.image_create(where, image=self._hairline, align="center", padx=self._look.S(12))
        self.text.tag_add("day", f"{number}.0", f"{number}.end")

    def _trim(self) -> None:
        """Forget the oldest groups over the limit, a few lines at a time: one big cut would be felt."""
        limit = self._limit if self._following else max(self._limit, MAX_LINES_WHILE_READING)
        excess = len(self._rows) - limit
        if excess <= 0:
            return
        cut = min(excess, TRIM_STEP_LINES)
        while cut < len(self._rows) and not self._rows[cut].begins_block:
            cut += 1
        for row in self._rows[:cut]:
            if row.entry is not None and isinstance(row.entry.item, ChatLine):
                self._entries.pop(row.entry.item.key, None)
        self._edit(lambda: self.text.delete(f"{1 + self._head}.0", f"{1 + self._head + cut}.0"))
        del self._rows[:cut]
        self._first += cut
        if self._on_load_earlier is not None:
            self.show_earlier(True)
        if len(self._rows) > limit:
            self._once("trim", self._trim, _TRIM_AGAIN_MS)

    def _text_line(self, entry: Entry) -> int:
        return entry.line - self._first + 1 + self._head

    # Scrolling

    def _bar_moved(self, *arguments: Any) -> None:
        self.text.yview(*arguments)
        self._note_position()

    def _scroll_units(self, lines: int) -> None:
        self.text.yview_scroll(lines * self._look.S(22), "pixels")
        self._note_position()

    def _scroll(self, amount: int, what: str) -> str:
        if what == "pages":
            self.text.yview_scroll(amount, "pages")
            self._note_position()
        else:
            self._scroll_units(amount * 2)
        return "break"

    def _go_to_start(self) -> str:
        self.text.yview_moveto(0.0)
        self._note_position()
        return "break"

    def _note_position(self) -> None:
        """After the reader moved: are they at the end now?"""
        self._following = self.text.dlineinfo("end-1c") is not None
        if self._following:
            self._limit = MAX_LINES
            self._set_new(0)
            self._trim()

    def _line_at_top(self) -> int:
        return int(str(self.text.index("@0,0")).split(".")[0])

    def _scrolled(self, first: float, last: float) -> None:
        self._bar.set(first, last)
        self._soon()

    def _set_new(self, count: int) -> None:
        if count == self._new:
            return
        self._new = count
        if count:
            self._pill.configure(text=f"{count} new")
            self._pill.grid(row=0, column=1)
        else:
            self._pill.grid_remove()

    def _resized(self, _event: object) -> None:
        width = self.text.winfo_width()
        if width != self._width:
            self._width = width
            if any(row.entry is not None and row.entry.rewritten for row in self._rows):
                self._once("rewrap", self._rebuild, _REWRAP_MS)
        if self._following:
            self.text.yview_moveto(1.0)
        self._soon()

    # Painting

    def _once(self, name: str, action: Callable[[], object], delay_ms: int | None = None) -> None:
        """Run `action` once when idle (or after delay_ms), however often it is asked for until then."""
        if name in self._after:
            return

        def run() -> None:
            self._after.pop(name, None)
            action()

        self._after[name] = self.after_idle(run) if delay_ms is None else self.after(delay_ms, run)

    def _soon(self) -> None:
        self._once("paint", self._paint)

    def _paint(self) -> None:
        focused = str(self.tk.call("focus")) == str(self.text)
        self.gutters.paint(self._visible_rows(), focused)

    def _visible_rows(self) -> list[VisibleRow]:
        text, height = self.text, self.text.winfo_height()
        offset = 1 + self._head
        number = max(self._line_at_top(), offset)
        edge = self._look.fonts.linespace(self._look.fonts.edge)
        visible: list[VisibleRow] = []
        while number - offset < len(self._rows):
            begin = text.dlineinfo(f"{number}.0")
            end = text.dlineinfo(f"{number}.end")
            if begin is None and end is None and visible:
                break
            top = begin[1] if begin else 0
            bottom = end[1] + end[3] if end else height
            row = self._rows[number - offset]
            if not visible and begin and row.kind == "header" and row.band:
                # The band's upper edge is just out of sight, but its round corner reaches down to here.
                visible.append(VisibleRow(self._rows[number - offset - 1], top - edge, top, None))
            visible.append(VisibleRow(row, top, bottom, end[1] + end[3] // 2 if end else None))
            number += 1
            if end is None:
                break
        if visible and number - offset < len(self._rows) and self._rows[number - offset].kind == "bottom" \
                and visible[-1].mark_y is not None:
            last = visible[-1].bottom
            visible.append(VisibleRow(self._rows[number - offset], last, last + edge, None))
        return visible

    def _restyle(self) -> None:
        look = self._look
        p = look.palette
        configure_tags(self.text, look)
        self._hairline.configure(data=paint.filled(look.S(88), max(1, look.S(1)), p.line))
        self.gutters.restyle()
        if any(row.entry is not None and row.entry.rewritten for row in self._rows):
            self._once("rewrap", self._rebuild, _REWRAP_MS)
        if self._following:
            self.text.yview_moveto(1.0)
        self._soon()

    # Right-to-left text

    def _wrap_rtl(self, text: str) -> list[str]:
        """`text` in lines that fit the width: it must be wrapped before it is turned round."""
        width = max(self.text.winfo_width(), self._look.S(200))
        fonts = self._look.fonts
        lines: list[str] = []
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if line and fonts.measure(fonts.body, longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        return [*lines, line]

    def _rebuild(self) -> None:
        """Lay everything out anew, for a new width."""
        entries = list(dict.fromkeys(row.entry for row in self._rows if row.entry is not None))
        following, earlier, top = self._following, bool(self._head), self.text.yview()[0]
        self.clear()
        self.show_earlier(earlier)
        self.add([_current(entry) for entry in entries])
        self._following = following
        if not following:
            self.text.yview_moveto(top)

    # What the reader does

    def _copy_key(self) -> str:
        self.copy_selection()
        return "break"

    def _select_all(self) -> str:
        self.text.tag_add("sel", "1.0", "end-1c")
        return "break"

    def _show_menu(self, event: "tk.Event[Any]") -> str:
        menu = self._menu
        menu.delete(0, "end")
        chosen = bool(self.text.tag_ranges("sel"))
        menu.add_command(label="Copy", command=self.copy_selection, state="normal" if chosen else "disabled",
                         accelerator="Ctrl+C")
        row = self._row_at(event.x, event.y)
        if row is not None and row.entry is not None:
            entry = row.entry
            menu.add_command(label="Copy message", command=lambda: self._copy_entry(entry))
            if entry.state == "refused" and isinstance(entry.item, ChatLine):
                key = entry.item.key
                menu.add_command(label="Try again", command=lambda: self._retry(key))
        menu.add_command(label="Select all", command=self._select_all, accelerator="Ctrl+A")
        menu.tk_popup(event.x_root, event.y_root)
        return "break"

    def _copy_entry(self, entry: Entry) -> None:
        self.clipboard_clear()
        self.clipboard_append(entry.item.text)

    def _row_at(self, x: int, y: int) -> Row | None:
        number = int(str(self.text.index(f"@{x},{y}")).split(".")[0]) - 1 - self._head
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def _retry_clicked(self, event: "tk.Event[Any]") -> None:
        row = self._row_at(event.x, event.y)
        if row is not None and row.entry is not None and isinstance(row.entry.item, ChatLine):
            self._retry(row.entry.item.key)

    def _retry(self, key: Hashable) -> None:
        if self._on_retry is not None:
            self._on_retry(key)

    def _load_earlier(self) -> None:
        if self._on_load_earlier is not None:
            self._on_load_earlier()

    def _activate(self) -> str:
        """Return: load earlier messages at the top, else try the newest refused message again."""
        if self._head and self._line_at_top() == 1:
            self._load_earlier()
        else:
            for key, entry in reversed(self._entries.items()):
                if entry.state == "refused":
                    self._retry(key)
                    break
        return "break"

    def _destroyed(self, event: "tk.Event[Any]") -> None:
        if event.widget is self:
            for after_id in self._after.values():
                self.after_cancel(after_id)
            self._after.clear()


def _current(entry: Entry) -> Item:
    """The item of an entry as it is now."""
    item = entry.item
    if not isinstance(item, ChatLine):
        return item
    return ChatLine(item.key, item.author_id, item.name, item.text, item.at_ms, item.mine, item.whisper,
                    entry.state, entry.reason)
