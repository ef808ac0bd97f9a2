"""What a selection in the transcript becomes on the clipboard: the original words, not the screen's."""

import tkinter as tk
from collections.abc import Sequence

from gui.transcript.items import copied
from gui.transcript.lines import CODE_PAD, Row


def selected_text(text: tk.Text, rows: Sequence[Row], row_of_line: int) -> str:
    """The selected part of `text` for the clipboard; "" without a selection.

    A part of one message is given as it was written; more than one, or a header too, as whole messages with
    name and time. row_of_line: what to take from a line's number in the Text to get its row's index.
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
    return "".join(parts)


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
