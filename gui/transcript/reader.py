"""What a reader can do in a transcript besides scrolling: copy, retry, load earlier, save a file.

By mouse, and by keys: the arrows mark a message, Return opens its menu.

What is copied are the original words of a message, not the screen's.
"""

import re
import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, Final

from gui.compat import ALT, ALT_WORD, COMMAND_WORD, Shortcuts, bind_context_menu, is_command
from gui.look.look import Look
from gui.text.links import Link, link_of
from gui.transcript.items import ChatLine, copied
from gui.transcript.lines import CODE_PAD, LINK, Entry, Row, action_of
from gui.transcript.link_tip import LinkTip, open_in_browser
from gui.transcript.text import TranscriptText

MOST_LINKS: Final = 5  # of a message, in its menu
MOST_LINK_CHARS: Final = 50
# How lines begin that say what somebody said, or that are ours (see netcore/wire/lines.py).
_LIKE_OURS: Final = re.compile(r"^(\s*\[?\d{1,2}[:.]\d\d|\* .*[\d\u201c\"])", re.MULTILINE)


class Reader:
    """Binds the Text of `book`. on_retry(key) and on_load_earlier() may be None."""

    def __init__(self, book: TranscriptText, look: Look, on_show_all: Callable[[Hashable], object],
                 on_retry: Callable[[Hashable], object] | None,
                 on_load_earlier: Callable[[], object] | None,
                 on_typed: Callable[[str], object] | None, on_paste: Callable[[], object],
                 on_wire: Callable[[Hashable], object] | None = None,
                 on_file: Callable[[Hashable, str], object] | None = None) -> None:
        self._on_file = on_file
        self._book = book
        self._text = text = book.text
        self._on_show_all = on_show_all
        self._on_typed = on_typed
        self._on_wire = on_wire
        self._on_retry, self._on_load_earlier = on_retry, on_load_earlier
        self.open_link: Callable[[str], object] = open_in_browser
        self.menu = look.menu(text)
        self.menu.bind("<Enter>", self._entered)
        self._pointer: tuple[int, int] | None = None  # where it was when the menu was opened by key
        Shortcuts(text, {"Ctrl+C": self.copy_selection, "Ctrl+A": self.select_all, "Ctrl+V": on_paste})
        text.bind("<<Copy>>", self._copy_key)
        text.bind("<Return>", self._activate)
        text.bind("<KeyPress>", self._typed)
        bind_context_menu(text, self._menu_asked)
        text.tag_bind("retry", "<ButtonRelease-1>", self._retry_clicked)
        text.tag_bind("fold", "<ButtonRelease-1>", self._fold_clicked)
        text.tag_bind("earlier", "<ButtonRelease-1>", lambda _event: self._load_earlier())
        text.tag_bind("file_action", "<ButtonRelease-1>", self._file_clicked)
        text.tag_bind(LINK, "<ButtonRelease-1>", self._link_clicked)
        if on_wire is not None:
            text.bind(f"<{ALT}-Button-1>", self._alt_clicked)
            text.tag_bind(LINK, f"<{ALT}-ButtonRelease-1>", lambda event: "break")
        for tag in ("retry", "fold", "earlier", "file_action", LINK):
            text.tag_bind(tag, "<Enter>", lambda _event: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda _event: text.configure(cursor="arrow"))
        self.link_tip = LinkTip(text, look, self.link_at)

    def _typed(self, event: "tk.Event[Any]") -> str | None:
        """A sign was typed where nothing can be written: it is meant for where one writes."""
        if event.char == " " and self._book.marked is not None:
            return self._menu_by_key()
        if self._on_typed is None or not event.char.isprintable() or not event.char or is_command(event):
            return None
        self._on_typed(event.char)
        return "break"

    def copy_selection(self) -> None:
        """Put the selected messages on the clipboard, in their original words. Nothing selected: nothing."""
        self._to_clipboard(selected_text(self._text, self._book.rows, self._book.line_of(0)))

    def select_all(self) -> None:
        self._text.tag_add("sel", "1.0", "end-1c")

    def _to_clipboard(self, words: str) -> None:
        if words:
            self._text.clipboard_clear()
            self._text.clipboard_append(words)

    def _copy_key(self, _event: object) -> str:
        self.copy_selection()
        return "break"

    # --- by keys: one message is marked, and has the menu ----------------------------------------------

    def walk(self, step: int) -> bool:
        """Mark the message before (-1) or after (1) the marked one; at first the last or first one in sight.

        False where there is none, or none in sight yet: scrolling leads on.
        """
        book, text = self._book, self._text
        seen, marked = self._in_sight(), book.marked
        if marked in seen:
            target = book.message_beside(marked, step)
        else:
            target = seen[-1 if step < 0 else 0] if seen else None
        if target is None and step < 0 and book.head:  # on to the line at the top
            text.tag_remove("sel", "1.0", "end")
            text.tag_add("sel", "1.0", "1.end")
        if target is None or target not in seen:
            return False
        first, last = book.place_of(target)
        edges = [f"{first}.0", f"{last}.end"]
        if step < 0:
            edges.reverse()
        if text.dlineinfo(edges[0]) is None:
            return False
        book.mark(target)
        if book.has_header(target):
            text.see(f"{first - 1}.0")
        for edge in reversed(edges):
            text.see(edge)
        return True

    def _in_sight(self) -> list[Entry]:
        """The messages of which something is in sight, in order."""
        book = self._book
        first = book.line_of(0)
        top = max(book.number_at(0, 0) - first, 0)
        bottom = book.number_at(0, self._text.winfo_height()) - first
        return list(dict.fromkeys(row.entry for row in book.rows[top:bottom + 1] if row.kind != "header"
                                  and row.entry is not None and isinstance(row.entry.item, ChatLine)))

    def _menu_by_key(self) -> str:
        """The menu of the marked message, else of the last one in sight, beside it."""
        seen, entry = self._in_sight(), self._book.marked
        if entry not in seen:
            entry = seen[-1] if seen else None
        if entry is None:
            return "break"
        first, last = self._book.place_of(entry)
        self._book.mark(entry)
        self._text.see(f"{first}.0")
        place = self._text.dlineinfo(f"{first}.0")
        if place is None:
            return "break"
        x, y, _, height, _ = place
        self._fill_menu(entry, self._links_in(first, last))
        self._pointer = self._text.winfo_pointerxy()
        self.menu.tk_popup(self._text.winfo_rootx() + x, self._text.winfo_rooty() + y + height)
        self.menu.activate(0)
        return "break"

    def _entered(self, event: "tk.Event[Any]") -> None:
        """A pointer that merely lies where the menu comes up chooses nothing in it."""
        if (event.x_root, event.y_root) == self._pointer:
            self.menu.after_idle(self.menu.activate, 0)

    def _links_in(self, first: int, last: int) -> list[Link]:
        """The links in these lines, the first few."""
        ranges = self._text.tag_ranges(LINK)
        places = [(str(start), str(end)) for start, end in zip(ranges[::2], ranges[1::2], strict=True)
                  if first <= int(str(start).partition(".")[0]) <= last]
        links = [link_of(self._text.get(*place)) for place in places[:MOST_LINKS]]
        return [link for link in links if link is not None]

    # --- the menu --------------------------------------------------------------------------------------

    def _menu_asked(self, event: "tk.Event[Any]") -> str:
        if event.type is tk.EventType.KeyPress:  # which tells where the mouse is
            return self._menu_by_key()
        self._pointer = None
        row = self._book.row_at(event.x, event.y)
        link = self.link_at(event.x, event.y)
        self._fill_menu(None if row is None else row.entry, [] if link is None else [link])
        self.menu.tk_popup(event.x_root, event.y_root)
        return "break"

    def _fill_menu(self, entry: Entry | None, links: Sequence[Link]) -> None:
        """What there is for a message, what it is about first."""
        menu = self.menu
        menu.delete(0, "end")
        item = None if entry is None else entry.item
        if entry is not None and isinstance(item, ChatLine):
            for action in self._file_actions(entry):
                menu.add_command(label=action, command=partial(self._press, item.key, action))
            if entry.folded:
                menu.add_command(label="Show all", command=partial(self._on_show_all, item.key))
            if entry.state == "refused" and entry.file is None:
                menu.add_command(label="Try again", command=partial(self._retry, item.key))
        for link in links:
            target = link.target
            short = f"{target[:MOST_LINK_CHARS]}…" if len(target) > MOST_LINK_CHARS else target
            which = f": {short}" if len(links) > 1 else ""
            menu.add_command(label=f"Open in the browser{which}", command=partial(self.open_link, target))
            menu.add_command(label=f"Copy link{which}", command=partial(self._to_clipboard, target))
        if menu.index("end") is not None:
            menu.add_separator()
        menu.add_command(label="Copy", command=self.copy_selection, accelerator=f"{COMMAND_WORD}+C",
                         state="normal" if self._text.tag_ranges("sel") else "disabled")
        if item is not None:
            menu.add_command(label="Copy message", command=partial(self._to_clipboard, item.text))
        if self._on_wire is not None and isinstance(item, ChatLine):
            sealed = item.whisper is not None  # nobody but the two can tell which frame it was in
            menu.add_command(label="Show on the wire" + (" (a whisper stays sealed)" if sealed else ""),
                             command=partial(self._on_wire, item.key), accelerator=f"{ALT_WORD}+click",
                             state="disabled" if sealed else "normal")
        menu.add_command(label="Select all", command=self.select_all, accelerator=f"{COMMAND_WORD}+A")

    def _file_actions(self, entry: Entry) -> tuple[str, ...]:
        if entry.file is None or self._on_file is None:
            return ()
        return (*entry.file.actions, *entry.file.menu)

    def _press(self, key: Hashable, action: str) -> None:
        if self._on_file is not None:
            self._on_file(key, action)

    def link_at(self, x: int, y: int) -> Link | None:
        """The link under a point of the Text. It is read off the screen: what one sees is what is opened."""
        index = f"@{x},{y}"
        if LINK not in self._text.tag_names(index):
            return None
        found = self._text.tag_prevrange(LINK, f"{index} + 1c")
        return link_of(self._text.get(*found)) if found else None

    def _link_clicked(self, event: "tk.Event[Any]") -> None:
        link = self.link_at(event.x, event.y)
        if link is not None and not self._text.tag_ranges("sel"):  # a drag marks text
            self.link_tip.hide()
            self.open_link(link.target)

    def _alt_clicked(self, event: "tk.Event[Any]") -> str:
        """Alt and a click on a message: how it crossed the wire."""
        row = self._book.row_at(event.x, event.y)
        item = row.entry.item if row is not None and row.entry is not None else None
        if self._on_wire is not None and isinstance(item, ChatLine) and item.whisper is None:
            self._on_wire(item.key)
        return "break"

    def _retry_clicked(self, event: "tk.Event[Any]") -> None:
        row = self._book.row_at(event.x, event.y)
        if row is not None and row.entry is not None and isinstance(row.entry.item, ChatLine):
            self._retry(row.entry.item.key)

    def _fold_clicked(self, event: "tk.Event[Any]") -> None:
        row = self._book.row_at(event.x, event.y)
        if row is not None and row.entry is not None and isinstance(row.entry.item, ChatLine):
            self._on_show_all(row.entry.item.key)

    def _file_clicked(self, event: "tk.Event[Any]") -> None:
        """One of the words behind a file was pressed."""
        row = self._book.row_at(event.x, event.y)
        pressed = self._text.tag_prevrange("file_action", f"@{event.x},{event.y} +1c")
        if row is None or row.entry is None or not isinstance(row.entry.item, ChatLine) or not pressed:
            return
        self._press(row.entry.item.key, action_of(self._text.get(*pressed)))

    def _retry(self, key: Hashable) -> None:
        if self._on_retry is not None:
            self._on_retry(key)

    def _load_earlier(self) -> None:
        if self._on_load_earlier is not None:
            self._on_load_earlier()

    def _activate(self, _event: object) -> str:
        """Return: the menu of the marked message; else load earlier messages at the top, else show the last
        message in sight that is folded, else try the newest refused message again."""
        folded = self._folded_in_sight()
        if self._book.marked in self._in_sight():
            self._menu_by_key()
        elif self._book.head and self._book.number_at(0, 0) == 1:
            self._load_earlier()
        elif folded is not None:
            self._on_show_all(folded)
        else:
            for key, entry in reversed(self._book.entries.items()):
                if entry.state == "refused":
                    self._retry(key)
                    break
        return "break"

    def _folded_in_sight(self) -> Hashable:
        """The key of the last message in sight that is not shown whole, or None."""
        return next((entry.item.key for entry in reversed(self._in_sight())
                     if entry.folded and isinstance(entry.item, ChatLine)), None)


def selected_text(text: tk.Text, rows: Sequence[Row], row_of_line: int) -> str:
    """The selected part of `text` for the clipboard; "" without a selection.

    A part of one message is given as it was written, unless a line of it could be taken for one of ours or of
    somebody else; then, and if it is more than one message, or a header too, as whole messages with name and
    time. row_of_line: what to take from a line's number in the Text to get its row's index.
    """
    if not text.tag_ranges("sel"):
        return ""
    (first, _), (last, last_column) = (_position(text, "sel.first"), _position(text, "sel.last"))
    if last_column == 0 and last > first:
        last -= 1
    touched = [(line, rows[line - row_of_line]) for line in range(first, last + 1)
               if 0 <= line - row_of_line < len(rows)]
    entries = list(dict.fromkeys(row.entry for _, row in touched if row.entry is not None))
    if not entries:
        return ""
    if len(entries) > 1 or any(row.kind == "header" for _, row in touched):
        return "\n".join(copied(entry.item) for entry in entries)
    if entries[0].rewritten:
        return entries[0].item.text
    parts: list[str] = []
    for line, row in touched:
        if row.entry is None:
            continue
        if parts and not row.soft:
            parts.append("\n")
        parts.append(_words(text, line, first, last))
    words = "".join(parts)
    return copied(entries[0].item) if _LIKE_OURS.search(words) else words


def _position(text: tk.Text, index: str) -> tuple[int, int]:
    line, column = str(text.index(index)).split(".")
    return int(line), int(column)


def _words(text: tk.Text, line: int, first: int, last: int) -> str:
    """The selected words of one line, without what stands around code or behind a message."""
    start = "sel.first" if line == first else f"{line}.0"
    end = "sel.last" if line == last and text.compare("sel.last", "<", f"{line}.end") else f"{line}.end"
    suffix = text.tag_nextrange("suffix", f"{line}.0", f"{line}.end")
    if suffix and text.compare(suffix[0], "<", end):
        end = suffix[0]
    if text.compare(start, ">=", end):
        return ""
    return text.get(start, end).replace(CODE_PAD, "")
