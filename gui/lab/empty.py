"""What stands in a view while there is nothing to show: a sentence, and what to do."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.look.look import Look
from gui.widgets.keyboard import give_keyboard

WIDTH = 420


class Empty(ttk.Frame):
    """A picture, a heading, a sentence; perhaps a button. To be placed where the content would stand."""

    def __init__(self, parent: tk.Misc, look: Look, icon: str, heading: str, words: str = "", *,
                 action: str = "", command: Callable[[], object] | None = None) -> None:
        super().__init__(parent)
        inner = ttk.Frame(self)
        inner.place(relx=0.5, rely=0.45, anchor="center")
        ttk.Label(inner, image=look.icon(icon, "ink3", 32)).pack()
        self._heading = ttk.Label(inner, text=heading, style="Heading.TLabel", justify="center")
        look.pack(self._heading, pady=(12, 0))
        self._words = ttk.Label(inner, text=words, style="Small.TLabel", justify="center")
        look.pack(self._words, pady=(6, 0))
        for label in (self._heading, self._words):
            look.configure(label, wraplength=WIDTH)
        self.button: ttk.Button | None = None
        if action and command is not None:
            self.button = ttk.Button(inner, text=action, style="Plain.TButton", command=command)
            look.pack(self.button, pady=(16, 0))

    def show(self, body: ttk.Frame) -> None:
        """Stand where `body`, the content, is packed."""
        body.pack_forget()
        if not self.winfo_manager():
            self.pack(fill="both", expand=True)

    def give_way(self, body: ttk.Frame) -> None:
        self.pack_forget()
        if not body.winfo_manager():
            body.pack(fill="both", expand=True)

    def focus_here(self) -> bool:
        """Put the keyboard on the button; whether there is one."""
        if self.button is not None:
            give_keyboard(self.button)
        return self.button is not None

    def say(self, heading: str, words: str = "") -> None:
        self._heading["text"], self._words["text"] = heading, words

    @property
    def text(self) -> str:
        return f"{self._heading['text']} {self._words['text']}".strip()
