"""What a reader can do in a transcript besides scrolling: copy, retry, load earlier; by mouse and keys.

What is copied are the original words of a message, not the screen's.
"""

import re
import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, Final

from gui.compat import ALT_WORD, COMMAND_WORD, Shortcuts, bind_context_menu, is_command
from gui.look.look import Look
from gui.text.links import Link, link_of
from gui.transcript.items import ChatLine, copied
from gui.transcript.lines import CODE_PAD, LINK, Row
from gui.transcript.link_tip import LinkTip, open_in_browser
from gui.transcript.text import TranscriptText

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
        Shortcuts(text, {"Ctrl+C": self.copy_selection, "Ctrl+A": self.select_all, "Ctrl+V": on_paste})
        text.bind("<<Copy>>", self._copy_key)
        text.bind("<Return>", self._activate)
        text.bind("<KeyPress>", self._typed)
        bind_context_menu(text, self._show_menu)
        text.tag_bind("retry", "<ButtonRelease-1>", self._retry_clicked)
        text.tag_bind("fold", "<ButtonRelease-1>", self._fold_clicked)
        text.tag_bind("earlier", "<ButtonRelease-1>", lambda _event: self._load_earlier())
        text.tag_bind("file_action", "<ButtonRelease-1>", self._file_clicked)
        text.tag_bind(LINK, "<ButtonRelease-1>", self._link_clicked)
        if on_wire is not None:
            text.bind("<Alt-Button-1>", self._alt_clicked)
            text.tag_bind(LINK, "<Alt-ButtonRelease-1>", lambda event: "break")
        for tag in ("retry", "fold", "earlier", "file_action", LINK):
            text.tag_bind(tag, "<Enter>", lambda _event: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda _event: text.configure(cursor="arrow"))
        self.link_tip = LinkTip(text, look, self.link_at)

    def _typed(self, event: "tk.Event[Any]") -> str | None:
        """A sign was typed where nothing can be written: it is meant for where one writes."""
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

    def _show_menu(self, event: "tk.Event[Any]") -> str:
        menu = self.menu
        menu.delete(0, "end")
        chosen = bool(self._text.tag_ranges("sel"))
        menu.add_command(label="Copy", command=self.copy_selection, accelerator=f"{COMMAND_WORD}+C",
                         state="normal" if chosen else "disabled")
        link = self.link_at(event.x, event.y)
        if link is not None:
            menu.add_command(label="Copy link", command=lambda: self._to_clipboard(link.target))
            menu.add_command(label="Open in the browser", command=lambda: self.open_link(link.target))
        row = self._book.row_at(event.x, event.y)
        if row is not None and row.entry is not None:
            item = row.entry.item
            if row.entry.folded and isinstance(item, ChatLine):
                menu.add_command(label="Show all", command=lambda: self._on_show_all(item.key))
            menu.add_command(label="Copy message", command=lambda: self._to_clipboard(item.text))
            if row.entry.file is not None and isinstance(item, ChatLine) and self._on_file is not None:
                for action in (*row.entry.file.actions, *row.entry.file.menu):
                    on_file, key = self._on_file, item.key
                    menu.add_command(label=action, command=partial(on_file, key, action))
            if row.entry.state == "refused" and isinstance(item, ChatLine):
                menu.add_command(label="Try again", command=lambda: self._retry(item.key))
            on_wire = self._on_wire
            if on_wire is not None and isinstance(item, ChatLine):
                sealed = item.whisper is not None  # nobody but the two can tell which frame it was in
                menu.add_command(label="Show on the wire" + (" (a whisper stays sealed)" if sealed else ""),
                                 command=lambda: on_wire(item.key), accelerator=f"{ALT_WORD}+click",
                                 state="disabled" if sealed else "normal")
        menu.add_command(label="Select all", command=self.select_all, accelerator=f"{COMMAND_WORD}+A")
        menu.tk_popup(event.x_root, event.y_root)
        return "break"

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
        if self._on_file is not None:
            self._on_file(row.entry.item.key, self._text.get(*pressed))

    def _retry(self, key: Hashable) -> None:
        if self._on_retry is not None:
            self._on_retry(key)

    def _load_earlier(self) -> None:
        if self._on_load_earlier is not None:
            self._on_load_earlier()

    def _activate(self, _event: object) -> str:
        """Return: load earlier messages at the top, else show the last message in sight that is folded, else
        try the newest refused message again."""
        folded = self._folded_in_sight()
        if self._book.head and self._book.number_at(0, 0) == 1:
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
        first = self._book.line_of(0)
        top = max(self._book.number_at(0, 0) - first, 0)
        bottom = self._book.number_at(0, self._text.winfo_height()) - first
        for row in reversed(self._book.rows[top:bottom + 1]):
            if row.entry is not None and row.entry.folded and isinstance(row.entry.item, ChatLine):
                return row.entry.item.key
        return None


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
