"""What fields have elsewhere and Tk's have not: a word deleted with one key, a menu on right click."""

import re
import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gui.compat import COMMAND_WORD, FIELD_CLASSES, menu_patterns, select_all

_WORD_MODIFIER: Final = "Option" if sys.platform == "darwin" else "Control"
_WORD: Final = re.compile(r"\s*(?:\w+|[^\w\s]+)?")


def mend_fields(root: tk.Misc, new_menu: Callable[[tk.Misc], tk.Menu]) -> None:
    """Give these to every field of `root`. new_menu(parent): an empty menu in the look of the program."""
    for kind in FIELD_CLASSES:
        for key, forward in (("BackSpace", False), ("Delete", True)):
            # The class of Text has a Ctrl+Delete on no platform, and that of Entry none that takes a word.
            root.bind_class(kind, f"<{_WORD_MODIFIER}-{key}>", partial(_take_word, forward))
        for pattern in menu_patterns(root):
            root.bind_class(kind, pattern, partial(_show_field_menu, new_menu))


def _take_word(forward: bool, event: "tk.Event[Any]") -> str:
    """Delete the chosen text, or else the word behind or before the cursor, with the space between."""
    field = event.widget
    if str(field.cget("state")) in ("disabled", "readonly"):
        return "break"
    if isinstance(field, tk.Text):
        if field.tag_ranges("sel"):
            field.delete("sel.first", "sel.last")
        else:
            # Parts of the text and not places in it: some signs are two places long.
            start, end = ("insert", "insert lineend") if forward else ("insert linestart", "insert")
            rest, at = _without_word(field.get(start, end), forward), field.index("insert")
            if field.compare(start, "==", end):
                start, end = ("insert", "insert + 1 chars") if forward else ("insert - 1 chars", "insert")
            field.edit_separator()
            field.replace(start, end, rest)
            if forward:
                field.mark_set("insert", at)
            field.see("insert")
    elif isinstance(field, tk.Entry):
        if field.selection_present():
            field.delete("sel.first", "sel.last")
        else:
            text, cursor = field.get(), field.index("insert")
            part = text[cursor:] if forward else text[:cursor]
            taken = len(part) - len(_without_word(part, forward))
            field.delete(cursor if forward else cursor - taken, cursor + taken if forward else cursor)
    return "break"


def _without_word(text: str, forward: bool) -> str:
    if not forward:
        return _without_word(text[::-1], True)[::-1]
    found = _WORD.match(text)
    return text[found.end():] if found else text


def _show_field_menu(new_menu: Callable[[tk.Misc], tk.Menu], event: "tk.Event[Any]") -> str:
    """Cut, copy, paste, select all, for the field under the pointer."""
    field = event.widget
    if isinstance(field, str):  # of a widget that Tk has made for itself
        return "break"
    field.focus_set()
    open_menu = getattr(field, "_field_menu", None)
    if open_menu is not None:
        open_menu.destroy()
    menu = new_menu(field)
    field._field_menu = menu
    chosen = bool(field.tag_ranges("sel")) if isinstance(field, tk.Text) else bool(field.selection_present())
    open_for_writing = str(field.cget("state")) not in ("disabled", "readonly")
    for label, letter, name, possible in (
        ("Cut", "X", "<<Cut>>", chosen and open_for_writing), ("Copy", "C", "<<Copy>>", chosen),
        ("Paste", "V", "<<Paste>>", open_for_writing),
    ):
        menu.add_command(label=label, accelerator=f"{COMMAND_WORD}+{letter}",
                         state="normal" if possible else "disabled",
                         command=partial(field.event_generate, name))
    menu.add_separator()
    menu.add_command(label="Select all", accelerator=f"{COMMAND_WORD}+A", command=partial(select_all, field))
    menu.tk_popup(event.x_root, event.y_root)
    return "break"
