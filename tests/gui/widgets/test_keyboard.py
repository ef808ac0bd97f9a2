"""The keyboard goes to a widget at once or not at all, and never later."""

from __future__ import annotations

import tkinter as tk

import pytest

from gui.look.look import Look
from gui.widgets.keyboard import give_keyboard, has_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from tests.gui.waiting import Pump


@pytest.fixture
def writing(root: tk.Tk, pump: Pump) -> tk.Entry:
    """A field that has the keyboard."""
    field = tk.Entry(root)
    field.pack()
    pump(field.winfo_viewable)
    field.focus_force()
    pump(lambda: root.focus_get() is field)
    return field


def test_what_is_not_on_the_screen_takes_no_keyboard_when_it_comes(
        root: tk.Tk, writing: tk.Entry, pump: Pump) -> None:
    hidden = tk.Entry(root)
    give_keyboard(hidden)
    hidden.pack()
    pump(hidden.winfo_viewable)
    assert root.focus_get() is writing


def test_what_was_just_placed_has_it_at_once(root: tk.Tk, writing: tk.Entry) -> None:
    placed = tk.Entry(root)
    placed.pack()
    give_keyboard(placed)
    assert root.focus_get() is placed
    assert has_keyboard(placed) and not has_keyboard(writing)


def test_so_has_what_stands_in_a_frame_that_scrolls_and_comes_back(
        root: tk.Tk, look: Look, writing: tk.Entry, pump: Pump) -> None:
    scrolled = ScrolledFrame(root, look)
    field = tk.Entry(scrolled.inner)
    field.pack()
    for _ in range(2):
        scrolled.pack(fill="both", expand=True)
        give_keyboard(field)
        assert root.focus_get() is field
        writing.focus_set()
        pump()
        scrolled.pack_forget()
        pump()


def test_a_window_that_opens_gives_it_to_its_first_widget(root: tk.Tk, writing: tk.Entry, pump: Pump) -> None:
    window = tk.Toplevel(root)
    field = tk.Entry(window)
    field.pack()
    give_keyboard(field)
    pump(lambda: root.focus_get() is field)
    window.destroy()


def test_a_part_is_not_taken_for_another_whose_name_begins_like_it(root: tk.Tk, pump: Pump) -> None:
    part, other = tk.Frame(root, name="part"), tk.Frame(root, name="part2")
    field = tk.Entry(other)
    for widget in (part, other, field):
        widget.pack()
    pump(field.winfo_viewable)
    field.focus_force()
    pump(lambda: root.focus_get() is field)
    assert has_keyboard(other) and not has_keyboard(part)
