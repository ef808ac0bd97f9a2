"""The choice of views in the sandbox's header, and where it goes when there is little room."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from functools import partial
from tkinter import ttk

import pytest

from gui.lab.sandbox import views
from gui.lab.sandbox.view import SandboxView, ViewActions
from gui.lab.sandbox.views import CONVERSATION, ViewEntry
from gui.look.look import Look
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory

made: list[Notes] = []


class Notes(SandboxView):
    """A view more, with one button."""

    def __init__(self, parent: tk.Misc, look: Look, actions: ViewActions) -> None:
        super().__init__(parent)
        self.actions = actions
        self.button = ttk.Button(self, text="Here")
        self.button.pack()
        made.append(self)

    def focus_here(self) -> None:
        self.button.focus_set()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were the conversation only."""
    for name in list(views.VIEWS):
        if name != CONVERSATION:
            monkeypatch.delitem(views.VIEWS, name)


@pytest.fixture
def notes(alone: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the row had this view beside it."""
    monkeypatch.setitem(views.VIEWS, "notes", ViewEntry("Notes", Notes))
    made.clear()
    yield
    made.clear()


@pytest.fixture
def two_views(notes: None, laboratory: Laboratory) -> Laboratory:
    return laboratory


@with_xdotool
def test_by_key_and_back(two_views: Laboratory) -> None:
    lab, page = two_views, two_views.page
    lab.until(page.header.views.winfo_ismapped)
    assert not made, "nothing of a view is made before it is opened"
    lab.press(page.header.views.buttons[CONVERSATION], "ctrl+Next")
    lab.until(lambda: made and made[0].winfo_ismapped() and lab.window.root.focus_get() is made[0].button)
    assert not page.tap.winfo_ismapped() and not page.header.versions.winfo_ismapped()
    lab.keyboard.press("ctrl+Prior")
    lab.until(page.tap.winfo_ismapped)
    assert not made[0].winfo_ismapped() and page.header.views.value == CONVERSATION
    page.show_view("notes")
    assert len(made) == 1, "it is kept"
    page.header.unfold.invoke()
    lab.until(page.lessons.winfo_ismapped)


def test_what_a_view_asks_for_is_done_in_the_conversation(two_views: Laboratory) -> None:
    lab, page = two_views, two_views.page
    page.show_view("notes")
    made[0].actions.converse("1.2", ["say Ada from the notes"])
    lab.until(lambda: "from the notes" in lab.transcript("Ben"))
    assert page.sandbox.version == "1.2" and page.tap.winfo_ismapped()
    assert page.header.views.value == CONVERSATION


@pytest.mark.parametrize("zoom", [100, 150, 200])
def test_nothing_of_the_header_is_cut_off(laboratory: Laboratory, zoom: int) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.look.set_zoom(zoom)
    for width in (1280, 700 * zoom // 100):
        lab.window.root.geometry(f"{width}x820")
        for widget in (page.header.views, page.header.leave, page.header.versions):
            lab.until(partial(is_whole, widget, page, width))


def is_whole(widget: tk.Widget, page: tk.Widget, width: int) -> bool:
    """Whether it is in sight with all its width, on a page of this width."""
    left = widget.winfo_rootx() - page.winfo_rootx()
    return (page.winfo_width() == width and widget.winfo_ismapped()
            and 0 <= left <= width - widget.winfo_width()
            and widget.winfo_width() >= widget.winfo_reqwidth())


def test_one_view_alone_needs_no_choice(alone: None, laboratory: Laboratory) -> None:
    laboratory.until(laboratory.page.tap.winfo_ismapped)
    assert not laboratory.page.header.views.winfo_ismapped()
