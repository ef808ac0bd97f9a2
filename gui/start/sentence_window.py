"""One sentence in a window of its own: why the program cannot start, for whoever has no console.

Plain ttk without LocalChat's theme, for nothing else may be in place yet.
"""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui.widgets.keyboard import give_keyboard

COLUMNS = 72
MOST_LINES = 20


def show(sentence: str, details: str = "") -> None:
    """Blocks until the person has closed it. Raises TclError where no window can open."""
    root = tk.Tk(className="LocalChat")
    build(root, sentence, details)
    root.mainloop()


def build(root: tk.Tk, sentence: str, details: str = "") -> None:
    """Put the sentence into `root`: selectable, with Copy and Close; `details` below it, as they are."""
    root.title("LocalChat cannot start")
    root.resizable(False, False)
    if root.tk.call("tk", "windowingsystem") == "x11":
        ttk.Style(root).theme_use("clam")  # the default of X11 looks thirty years old
    page = ttk.Frame(root, padding=24)
    page.grid()
    ttk.Label(page, text="LocalChat cannot start", font="TkHeadingFont").grid(row=0, sticky="w")
    words = f"{sentence}\n\n{details}" if details else sentence
    # A Text and no Label: a path or a command in it is there to be selected.
    text = tk.Text(page, width=COLUMNS, height=1, wrap="word", font="TkDefaultFont", relief="flat",
                   borderwidth=0, highlightthickness=0)
    text["background"] = ttk.Style(root).lookup("TFrame", "background")
    text.insert("1.0", words)
    text.grid(row=1, sticky="ew", pady=(8, 16))
    root.update_idletasks()
    text["height"] = min(int(root.tk.call(text, "count", "-displaylines", "1.0", "end")), MOST_LINES)
    text["state"] = "disabled"

    def copy() -> None:
        root.clipboard_clear()
        root.clipboard_append(words)
        root.update()  # or the clipboard would be empty once we have gone

    buttons = ttk.Frame(page)
    buttons.grid(row=2, sticky="e")
    ttk.Button(buttons, text="Copy", command=copy).grid(row=0, column=0, padx=(0, 8))
    close = ttk.Button(buttons, text="Close", default="active", command=root.destroy)
    close.grid(row=0, column=1)
    for key in ("<Return>", "<Escape>"):
        root.bind(key, lambda _: root.destroy())
    root.protocol("WM_DELETE_WINDOW", root.destroy)
    give_keyboard(close)
