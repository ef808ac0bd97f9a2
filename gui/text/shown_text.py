"""Text from elsewhere made safe to show: the last gate before a widget, a window title or a list.

The network's edge has refused what must not enter; this cleans again whatever is shown, because a name or
a text that reaches a widget by another road (an old log, a file name) must not turn the line round or, on
an old Tk, end the program. Cleaning is for display alone: copies are made from the original.
"""

import tkinter as tk
import unicodedata
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_JOINERS: Final = "\u200c\u200d"  # Needed inside words of some scripts and inside joined emoji.
_MARKS_IN_A_ROW: Final = 4
_BLANK_LETTERS: Final = "\u115f\u1160\u3164\uffa0\u2800"  # Letters by category, invisible on the screen.

# Tk on X11 before 8.6.11 dies in the X server on characters above U+FFFF (an uncatchable X error).
_astral_is_safe = True


def learn_tk(root: tk.Misc) -> None:
    """Ask the running Tk whether characters above U+FFFF can be shown."""
    global _astral_is_safe
    version = str(root.tk.call("info", "patchlevel"))
    numbers = tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
    _astral_is_safe = str(root.tk.call("tk", "windowingsystem")) != "x11" or numbers >= (8, 6, 11)


def shown(text: str, *, lines: bool = False) -> str:
    """`text` without control, direction-changing and invisible characters.

    Line ends are kept only with lines=True, else they become spaces; a tab is a space (four in lines).
    Lone surrogates become U+FFFD, and more than four marks on one letter are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _clean(text.replace("\r\n", "\n").replace("\r", "\n"), lines, _astral_is_safe)


def _clean(text: str, lines: bool, astral: bool) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        if "\x20" <= char < "\x7f":
            marks = 0
            kept.append(char)
            continue
        if char in "\n\u2028\u2029\x0b\x0c\x85":
            kept.append("\n" if lines else " ")
            continue
        if char == "\t":
            kept.append("    " if lines else " ")
            continue
        category = unicodedata.category(char)
        if category in ("Cc", "Cf") and char not in _JOINERS:
            continue
        if category == "Cs" or (char > "\uffff" and not astral):
            kept.append(REPLACEMENT)
            continue
        if char in _BLANK_LETTERS:
            kept.append(" ")
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)
