"""What of a transcript is in sight, and how right-to-left text is cut to its width. For `transcript`."""

import tkinter as tk

from gui.look.look import Look
from gui.transcript.gutter import VisibleRow
from gui.transcript.text import TranscriptText


def visible_rows(book: TranscriptText, edge: int) -> list[VisibleRow]:
    """The rows in sight, top to bottom. edge: height in pixels of the line that pads a band."""
    text, rows, first = book.text, book.rows, book.line_of(0)
    index = max(book.number_at(0, 0) - first, 0)
    height = text.winfo_height()
    visible: list[VisibleRow] = []
    while index < len(rows):
        begin = text.dlineinfo(f"{first + index}.0")
        end = text.dlineinfo(f"{first + index}.end")
        if begin is None and end is None and visible:
            break
        top = begin[1] if begin else 0
        bottom = end[1] + end[3] if end else height
        if not visible and begin and rows[index].band and index and rows[index - 1].kind == "top":
            # The band's upper edge is just out of sight, but its round corner reaches down to here.
            visible.append(VisibleRow(rows[index - 1], top - edge, top, None))
        visible.append(VisibleRow(rows[index], top, bottom, end[1] + end[3] // 2 if end else None))
        index += 1
        if end is None:
            return visible
    if visible and index < len(rows) and rows[index].kind == "bottom":
        bottom = visible[-1].bottom
        visible.append(VisibleRow(rows[index], bottom, bottom + edge, None))
    return visible


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
