"""Giving the keyboard to a widget: at once, or not at all.

Tk keeps the wish for a widget that is not on the screen yet, and fulfils it when the widget comes there,
maybe minutes later, as after a change of the window's size. It then takes the keyboard away from where
somebody is writing.
"""

from __future__ import annotations

import tkinter as tk


def give_keyboard(widget: tk.Misc) -> None:
    """What was just placed comes to the screen first; what has no room there gets nothing.

    A widget of a window that is still to open gets the keyboard with it.
    """
    if widget.winfo_toplevel().winfo_viewable() and not widget.winfo_viewable():
        widget.update_idletasks()
        if not widget.winfo_viewable():
            return
    widget.focus_set()


def has_keyboard(part: tk.Misc) -> bool:
    """Whether the keyboard is in this part of a window."""
    focus = str(part.tk.call("focus"))
    return f"{focus}.".startswith(f"{part}.")
