"""The detective in the program's window, and a hand on keys and mouse."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

import pytest

from gui.lab.detective.view import DetectiveView
from gui.page import Page
from gui.window import Window
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import Case, Played
from netcore.lab.cases.play import Play
from netcore.lab.lessons.model import Pointer
from tests.gui.keyboard import Keyboard
from tests.gui.waiting import pump

SEED = 42
SOLVED = {2: 4, 5: 2}


class Holder(Page):
    """Stands around it, as a page of the window does."""

    def __init__(self, window: Window, solved: Mapping[int, int], saved: list[Mapping[int, int]],
                 played: list[Played]) -> None:
        super().__init__(window.root)
        self.inner = DetectiveView(self, window.look, solved, saved.append, played.append)
        self.inner.pack(fill="both", expand=True)
        self.shortcuts = self.inner.shortcuts

    def escape(self) -> None:
        self.inner.escape()

    def focus_here(self) -> None:
        self.inner.focus_here()


class Detective:
    """`page` in a window, as it looks when two cases were solved before."""

    def __init__(self, window: Window, keyboard: Keyboard) -> None:
        self.window = window
        self.keyboard = keyboard
        self.played: list[Played] = []
        self.saved: list[Mapping[int, int]] = []
        holder = Holder(window, SOLVED, self.saved, self.played)
        self.view = holder.inner
        window.show(holder, (1280, 820))
        window.root.geometry("1280x820+0+0")
        self.view.list.show_seed(SEED)
        self.until(self.view.list.winfo_viewable)

    def until(self, condition: Callable[[], object]) -> None:
        pump(self.window.root, condition)

    def open(self, number: int, seed: int = SEED) -> Play:
        self.view.open(CASES[number - 1], seed)
        self.window.root.update()
        return self.play

    @property
    def play(self) -> Play:
        assert self.view.play is not None
        return self.view.play

    def row_of(self, pointer: Pointer) -> int:
        place = self.view.evidence.captures[pointer.at].place_of(pointer)
        assert place is not None
        return place

    def texts(self) -> list[str]:
        """Everything that can be read now, the rows of the tables and the bytes included."""
        found = _texts(self.view)
        for at, table in self.view.evidence.tables.items():
            for index in range(len(self.view.evidence.captures[at].rows)):
                cells = table._cells(index)
                found += [cells.text, *cells.values]
        return found


def _texts(widget: tk.Misc) -> list[str]:
    found = []
    for child in widget.winfo_children():
        if "text" in child.keys() and child.winfo_manager():  # noqa: SIM118
            found.append(str(child.cget("text")))
        elif isinstance(child, tk.Text):
            found.append(child.get("1.0", "end"))
        found += _texts(child)
    return found


def a_frame_that_shows_it(case: Case, seed: int = SEED) -> Pointer:
    play = Play(case, seed)
    play.give_up()
    return min(play.proof, key=repr)


@pytest.fixture
def detective(window: Window, keyboard: Keyboard) -> Detective:
    return Detective(window, keyboard)
