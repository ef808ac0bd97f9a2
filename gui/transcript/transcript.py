"""The conversation: one read-only Text between two gutters, fed plain items.

Shows messages grouped by author, own ones and whispers as bands, marks what is pending or refused, follows
the end only while the reader is there, keeps 5,000 lines and loads earlier ones. When days begin and what
state a message is in is the caller's to say. Parts: `lines` lays items out, `text` keeps the lines,
`gutter` paints the margins of those in sight, `reader` copies and retries.
"""

import tkinter as tk
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from tkinter import ttk
from typing import Any, Final

from gui.compat import bind_wheel
from gui.look.look import Look
from gui.transcript.gutter import Gutters, visible_rows
from gui.transcript.items import (
    AwayLine,
    ChatLine,
    DayLine,
    FileView,
    Item,
    State,
    SystemLine,
    WhisperInfo,
    copied,
)
from gui.transcript.reader import Reader
from gui.transcript.text import TranscriptText, configure_tags, wrap_rtl

__all__ = [
    "AwayLine", "ChatLine", "DayLine", "FileView", "Item", "State", "SystemLine", "Transcript", "WhisperInfo",
]  # fmt: skip

MAX_LINES: Final = 5_000
MAX_LINES_WHILE_READING: Final = 7_000
TRIM_STEP_LINES: Final = 300
LONGEST_DAY: Final = "Wednesday 30 September 2026"
_TRIM_AGAIN_MS: Final = 40
_REWRAP_MS: Final = 250


class Transcript(ttk.Frame):
    """The view. on_retry(key): "Try again" of a refused message; on_load_earlier(): the line at the top.

    on_file(key, action): one of the words behind a file. on_typed(char), on_paste(): done here, where nothing
    can be written. on_wire(key): the person wants to see how this message crossed the wire.
    """

    def __init__(self, parent: tk.Misc, look: Look, *, on_retry: Callable[[Hashable], object] | None = None,
                 on_load_earlier: Callable[[], object] | None = None,
                 on_typed: Callable[[str], object] | None = None,
                 on_paste: Callable[[], object] = lambda: None,
                 on_wire: Callable[[Hashable], object] | None = None,
                 on_file: Callable[[Hashable, str], object] | None = None) -> None:
        super().__init__(parent, style="TFrame")
        self._look = look
        self._can_load_earlier = on_load_earlier is not None
        self._following = True
        self._new = 0
        self._limit = MAX_LINES
        self._after: dict[str, str] = {}
        self._width = 0
        on_x11 = str(self.tk.call("tk", "windowingsystem")) == "x11"
        self.gutters = Gutters(self, look)
        self._book = TranscriptText(self, look, self._wrapped if on_x11 else None)
        self.text = self._book.text
        self.reader = Reader(self._book, look, self.show_all, on_retry, on_load_earlier, on_typed, on_paste,
                             on_wire, on_file)
        self._build()
        self._bind_scrolling()
        look.on_change(self._restyle)
        self._restyle()

    # What the window calls

    def add(self, items: Sequence[Item]) -> None:
        """Show items at the end, in one go. The view follows if the reader is there, or just wrote one."""
        if not items:
            return
        self._book.append(items)
        chat = [item for item in items if isinstance(item, ChatLine)]
        if any(item.mine and item.state == "pending" for item in chat):
            self._following = True
        if not self._following:
            self._set_new(self._new + sum(not item.mine for item in chat))
        self._trim()
        self._follow()

    def prepend(self, items: Sequence[Item]) -> None:
        """Show earlier items above what is there; what the reader sees stays where it is.

        The line of a day that `items` end in, and what is there begins with, is shown once.
        """
        if not items:
            return
        at_top = self._book.number_at(0, 0) <= self._book.line_of(0)
        last_day = next((item for item in reversed(items) if isinstance(item, DayLine)), None)
        if last_day is not None:
            self._book.drop_first_day(last_day)
        count = self._book.prepend(items)
        self._limit = max(self._limit, len(self._book.rows) + TRIM_STEP_LINES)
        if at_top and not self._following:
            self.text.yview(f"{self._book.line_of(count)}.0")
        self._follow()

    def update_state(self, key: Hashable, state: State, reason: str = "") -> None:
        """Mark a message; `reason` stands behind one that is held or refused. An unknown key is ignored."""
        if self._book.set_state(key, state, reason):
            self._follow()

    def update_file(self, key: Hashable, file: FileView, picture: object = None) -> None:
        """Show what became of a file that a message shares. An unknown key is ignored."""
        if self._book.set_file(key, file, picture):
            self._follow()

    def move_to_end(self, items: Sequence[Item]) -> None:
        """Put these messages, known by their keys, under all the others but those that are still pending.

        Pending ones stand where they were written, with the time of this computer's clock; their order, time
        and day are known when they are acknowledged.
        """
        keys = {item.key for item in items if isinstance(item, ChatLine)}
        found = [entry for key, entry in self._book.entries.items() if key in keys]
        tail = self._book.take_from(min(found, key=lambda entry: entry.line)) if found else []
        rest = [item for item in tail if not (isinstance(item, ChatLine) and item.key in keys)]
        settled = [item for item in rest if not (isinstance(item, ChatLine) and item.state == "pending")]
        waiting = [item for item in rest if isinstance(item, ChatLine) and item.state == "pending"]
        self._book.append([*settled, *items, *waiting])
        self._follow()

    def replace(self, old: Item, new: Item) -> None:
        """Show `new` where `old` (the same object) stands. Does nothing if it is not there any more."""
        entry = next((row.entry for row in self._book.rows if row.entry and row.entry.item is old), None)
        if entry is not None:
            self._book.append([new if item is old else item for item in self._book.take_from(entry)])
            self._follow()

    def show_all(self, key: Hashable) -> None:
        """Show the whole of a message that was folded for what it costs to draw."""
        self._book.unfold(key)
        self._note_position()
        self._soon()

    def text_of(self, key: Hashable) -> str:
        """The original words of a message; "" if it is not shown."""
        entry = self._book.entries.get(key)
        return entry.item.text if entry is not None else ""

    def show_message(self, key: Hashable) -> bool:
        """Bring a message into sight and mark it; whether it is there."""
        lines = self._book.lines_of(key)
        if lines is None:
            return False
        first, last = lines
        self.text.tag_remove("sel", "1.0", "end")
        self.text.tag_add("sel", f"{first}.0", f"{last}.end")
        self.text.see(f"{last}.0")
        self.text.see(f"{first}.0")
        self._note_position()
        self._soon()
        return True

    def show_earlier(self, available: bool) -> None:
        """Show or hide the line that loads earlier messages."""
        self._book.show_earlier(available)
        self._follow()

    def clear(self) -> None:
        """Forget everything shown."""
        self._book.clear()
        self._limit = MAX_LINES
        self.scroll_to_end()
        self._soon()

    def scroll_to_end(self) -> None:
        """Go to the newest line and follow it from now on."""
        self._following = True
        self._set_new(0)
        self._limit = MAX_LINES
        self.text.yview_moveto(1.0)

    @property
    def following(self) -> bool:
        """Whether the reader is at the end."""
        return self._following

    @property
    def new_count(self) -> int:
        """Messages of others that came in below what the reader sees."""
        return self._new

    @property
    def line_count(self) -> int:
        return len(self._book.rows)

    def message_keys(self) -> Iterator[Hashable]:
        """The keys of the messages shown, oldest first."""
        return (item.key for item in self._book.items() if isinstance(item, ChatLine))

    def copied_text(self) -> str:
        """Everything shown as it would be copied: original words with name and time, a message a line."""
        return "\n".join(copied(item) for item in self._book.items())

    # Building

    def _build(self) -> None:
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._bar_moved, takefocus=False,
                                  style="Vertical.TScrollbar")
        self.text.configure(yscrollcommand=self._scrolled)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.gutters.left.grid(row=0, column=0, sticky="ns")
        self.text.grid(row=0, column=1, sticky="nsew")
        self.gutters.right.grid(row=0, column=2, sticky="ns")
        self._look.grid(self._bar, row=0, column=3, sticky="ns", padx=(9, 1), pady=4)
        # The fold line, and on it, in a row of its own, the pill: placed over the Text it would hide words.
        fold = ttk.Frame(self, style="TFrame")
        fold.grid(row=1, column=0, columnspan=4, sticky="ew")
        fold.columnconfigure((0, 2), weight=1)
        for column in (0, 2):
            ttk.Frame(fold, style="Line.TFrame", height=1).grid(row=0, column=column, sticky="ew")
        self._pill = ttk.Button(fold, style="Pill.TButton", compound="left", command=self.scroll_to_end,
                                image=self._look.icon("arrow_down", "on_accent", 18))

    def _bind_scrolling(self) -> None:
        text = self.text
        for widget in (text, self.gutters.left, self.gutters.right):
            bind_wheel(widget, self._scroll_lines)
        text.bind("<Up>", lambda _event: self._walk(-1))
        text.bind("<Down>", lambda _event: self._walk(1))
        text.bind("<Prior>", lambda _event: self._scroll_pages(-1))
        text.bind("<Next>", lambda _event: self._scroll_pages(1))
        text.bind("<Home>", lambda _event: self._go_to_start())
        text.bind("<End>", lambda _event: self._go_to_end())
        text.bind("<B1-Motion>", lambda _event: self._once("position", self._note_position), add=True)
        text.bind("<Configure>", self._resized, add=True)
        for event in ("<FocusIn>", "<FocusOut>"):
            text.bind(event, lambda _event: self._soon(), add=True)
        self.bind("<Destroy>", self._destroyed, add=True)

    # Scrolling

    def _bar_moved(self, *arguments: Any) -> None:
        self.text.yview(*arguments)
        self._note_position()

    def _walk(self, step: int) -> str:
        """By an arrow key: mark the message before or after, and scroll to where it is in sight."""
        if not self.reader.walk(step):
            return self._scroll_lines(2 * step)
        self._note_position()
        self._soon()
        return "break"

    def _scroll_lines(self, lines: int) -> str:
        self.text.yview_scroll(lines * self._look.px(22), "pixels")
        self._note_position()
        return "break"

    def _scroll_pages(self, pages: int) -> str:
        self.text.yview_scroll(pages, "pages")
        self._note_position()
        return "break"

    def _go_to_start(self) -> str:
        self.text.yview_moveto(0.0)
        self._note_position()
        return "break"

    def _go_to_end(self) -> str:
        self.scroll_to_end()
        return "break"

    def _note_position(self) -> None:
        """After the reader moved: are they at the end now?"""
        self._following = self.text.dlineinfo("end-1c") is not None
        if self._following:
            self._limit = MAX_LINES
            self._set_new(0)
            self._trim()

    def _follow(self) -> None:
        if self._following:
            self._set_new(0)
            self.text.yview_moveto(1.0)
        self._soon()

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

    def _trim(self) -> None:
        """Forget the oldest lines over the limit, a few at a time: one big cut would be felt."""
        limit = self._limit if self._following else max(self._limit, MAX_LINES_WHILE_READING)
        excess = len(self._book.rows) - limit
        if excess <= 0:
            return
        self._book.cut(min(excess, TRIM_STEP_LINES))
        if self._can_load_earlier:
            self._book.show_earlier(True)
        if excess > TRIM_STEP_LINES:
            self._once("trim", self._trim, _TRIM_AGAIN_MS)

    def _resized(self, _event: object) -> None:
        width = self.text.winfo_width()
        if width != self._width:
            self._width = width
            self._draw_hairline()
            self._rewrap_later()
        if self._following:
            self.text.yview_moveto(1.0)
        self._soon()

    # Painting

    def _once(self, name: str, action: Callable[[], object], delay_ms: int | None = None) -> None:
        """Run `action` once when idle (or after delay_ms), however often it is asked for until then."""
        if name not in self._after:
            run = partial(self._run, name, action)
            self._after[name] = self.after_idle(run) if delay_ms is None else self.after(delay_ms, run)

    def _run(self, name: str, action: Callable[[], object]) -> None:
        self._after.pop(name, None)
        action()

    def _soon(self) -> None:
        self._once("paint", self._paint)

    def _paint(self) -> None:
        focused = str(self.tk.call("focus")) == str(self.text)
        edge = self._look.fonts.linespace(self._look.fonts.edge)
        self.gutters.paint(visible_rows(self._book, edge), focused, self._book.marked)

    def _restyle(self) -> None:
        look = self._look
        configure_tags(self.text, look)
        self._draw_hairline()
        self.gutters.restyle()
        self._rewrap_later()
        self._follow()

    def _draw_hairline(self) -> None:
        """The line on both sides of a day's name: shorter where room is short, and none where the name
        would have to be broken for it."""
        look, hairline = self._look, self._book.hairline
        gap, high = look.px(12), max(1, look.px(1))
        beside = (self._width - look.fonts.measure(look.fonts.small_strong, LONGEST_DAY)) // 2
        length = min(look.px(88), beside - 2 * gap)
        hairline.blank()
        if length < look.px(16):
            hairline.configure(width=1, height=1)
            return
        hairline.configure(width=length + 2 * gap, height=high)
        hairline.put(look.palette.line, to=(gap, 0, gap + length, high))

    # Laying out anew

    def _wrapped(self, text: str) -> list[str]:
        return wrap_rtl(self.text, self._look, text)

    def _rewrap_later(self) -> None:
        if self._book.has_rewritten:
            self._once("rewrap", self._rewrap, _REWRAP_MS)

    def _rewrap(self) -> None:
        """Lay everything out anew, for a new width."""
        self._lay_out(self._book.items())

    def _lay_out(self, items: Sequence[Item]) -> None:
        earlier, top = bool(self._book.head), self.text.yview()[0]
        self._book.clear()
        self._book.show_earlier(earlier)
        self._book.append(items)
        if not self._following:
            self.text.yview_moveto(top)
        self._follow()

    def _destroyed(self, event: "tk.Event[Any]") -> None:
        if event.widget is self:
            for after_id in self._after.values():
                self.after_cancel(after_id)
            self._after.clear()
