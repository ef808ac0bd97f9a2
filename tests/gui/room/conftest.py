"""A page of a room on the screen, and a diary of what it asked for."""

from __future__ import annotations

import tkinter as tk

import pytest

from gui.look.look import Look
from gui.room.client_window import ClientWindow
from gui.room.room_page import RoomPage
from tests.gui.cast import BEN, Diary, connected
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


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show) -> ClientWindow:
    """A member's: Ada's, with Ben in the room."""
    made = ClientWindow(root, look, diary.actions())
    show(made, "900x700")
    made.take([connected(BEN)])
    return made
