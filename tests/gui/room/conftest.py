"""A page of a room on the screen, and a diary of what it asked for."""

from __future__ import annotations

import tkinter as tk

import pytest

from gui.room.room_page import RoomPage
from tests.gui.cast import Diary
from tests.gui.room.pages import Show
from tests.gui.waiting import Pump


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def show(root: tk.Tk, pump: Pump) -> Show:
    """show(page, size): the page fills the window of that size, the keyboard is where a person goes on."""

    def run(page: RoomPage, size: str) -> None:
        root.geometry(size)
        page.pack(fill="both", expand=True)
        pump()
        root.focus_force()
        page.focus_here()
        pump()

    return run
