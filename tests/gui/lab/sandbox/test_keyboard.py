"""The keyboard stays where somebody writes: it moves by what the person does, and by nothing else."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import pytest

from gui.lab.grid.view import GridView
from gui.lab.sandbox import lesson_column
from gui.lab.sandbox.views import CONVERSATION
from netcore.lab.grid_runner import Cell
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.sandbox.orders import run
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory


def composer(lab: Laboratory, name: str = "Ada") -> tk.Text:
    conversation = lab.page.chairs[name].conversation
    assert conversation is not None
    return conversation.composer.text


def resize(lab: Laboratory, width: int, height: int) -> None:
    root = lab.window.root
    root.geometry(f"{width}x{height}")
    lab.until(lambda: (root.winfo_width(), root.winfo_height()) == (width, height))


@with_xdotool
@pytest.mark.parametrize("zoom", [100, 150])
@pytest.mark.parametrize("lesson", [None, 6])
def test_who_writes_goes_on_writing_in_a_window_of_another_size(
        laboratory: Laboratory, zoom: int, lesson: int | None) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.look.set_zoom(zoom)
    if lesson is not None:
        page.lessons.open(LESSONS[lesson])
        lab.ready()
    large, small = ((1280, 820), (1100, 640)) if zoom == 100 else ((1590, 1190), (1400, 860))
    resize(lab, *large)
    for name in ("Ada", "Ben"):
        field = composer(lab, name)
        if page._small:
            page.parts.buttons[name].invoke()
        lab.press(field, "a")
        for size, letter in ((small, "b"), (large, "c"), (small, "d")):
            resize(lab, *size)
            lab.keyboard.press(letter)
        lab.until(lambda field=field: field.get("1.0", "end-1c") == "abcd")  # type: ignore[misc]
        assert field.winfo_viewable() and page.focus_get() is field
        resize(lab, *large)


def test_a_lesson_that_opens_takes_no_keyboard_later(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    acts: tuple[Callable[[], None], ...] = (
        lambda: page.lessons.open(LESSONS[0]), page.lessons.go_on, page.lessons.show_list)
    for act in acts:
        page.lessons.focus_here()
        lab.until(lambda: True)
        act()
        assert str(page.focus_get()).startswith(str(page.lessons)), "at once"
        composer(lab).focus_set()  # the person has clicked, before Tk has nothing else to do
        lab.until(lambda: True)
        assert page.focus_get() is composer(lab)


def test_a_lesson_that_plays_leaves_it_in_the_composer(
        laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    lab, page = laboratory, laboratory.page
    monkeypatch.setattr(lesson_column, "READ_S", 0.0)
    monkeypatch.setattr(lesson_column, "READ_CHAR_S", 0.0)
    page.lessons.open(LESSONS[0])
    lab.ready()
    page.lessons.play()
    lab.press(composer(lab), "x")
    lab.until(lambda: page.lessons.at >= 2)
    assert page.focus_get() is composer(lab)
    page.lessons.pause()


def test_a_step_that_is_built_anew_keeps_it(laboratory: Laboratory) -> None:
    """Its button is another one then; the window itself would hear the keys."""
    lab, page = laboratory, laboratory.page
    page.lessons.open(LESSONS[0])
    page.lessons.go_on()
    lab.ready()
    assert page.lessons.card is not None and page.lessons.card.lock is not None
    page.lessons.card.choices[0].invoke()
    lab.keyboard.focus(page.lessons.card.lock)
    page.lessons.card.lock.invoke()
    lab.until(lambda: page.lessons.ticks[1] is not None)
    assert page.focus_get() is page.lessons.next


def test_it_goes_with_the_part_that_is_chosen(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    resize(lab, 1100, 640)
    page.parts.buttons["Ada"].invoke()
    lab.keyboard.focus(composer(lab))
    page.parts.buttons["Ben"].invoke()
    assert page.focus_get() is composer(lab, "Ben")
    page.parts.buttons["tap"].invoke()
    assert page.focus_get() is page.tap.tiles["flip"]
    page.news.command()
    assert page.focus_get() is page.parts.buttons["verdict"], "no bytes are shown there yet"
    lab.keyboard.focus(page.lessons.rows[2])
    page.parts.buttons["Ada"].invoke()
    assert page.focus_get() is page.lessons.rows[2], "it was in nothing that has gone"


@with_xdotool
def test_from_inside_back_to_where_it_was(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    lab.press(composer(lab), "a", "F2")
    lab.until(lambda: "Ada" in page.inside.windows)
    inside = page.inside.windows["Ada"]
    assert inside.view is not None
    lab.until(lambda: str(page.focus_get()).startswith(str(inside.view)))
    lab.keyboard.press("F2")
    lab.until(lambda: page.focus_get() is composer(lab))
    inside.close()


def test_folding_the_lessons_takes_none_with_them(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    lab.keyboard.focus(page.lessons.rows[0])
    page.fold()
    assert page.focus_get() is composer(lab)
    page.fold()
    assert page.focus_get() is page.lessons.rows[0]


def test_a_question_that_goes_leaves_it_with_its_person(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    run(page.sandbox, ["new Ada", "reconnect Ada"])
    lab.until(lambda: page.chairs["Ada"]._question is not None)
    lab.keyboard.focus(page.chairs["Ada"].believe)
    page.chairs["Ada"].believe.command()
    lab.until(lambda: page.chairs["Ada"]._question is None)
    assert page.focus_get() is composer(lab)


def test_a_view_that_is_out_of_sight_takes_none(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    cell = Cell("flip", "1.2")
    page.show_view("grid")
    grid = page.views["grid"]
    assert isinstance(grid, GridView)
    grid.press(cell)
    lab.until(lambda: cell in page.notebook.cells)
    lab.window.root.geometry("780x700")
    lab.until(lambda: grid.winfo_width() == 780)
    grid.press(cell)
    page.show_view(CONVERSATION)
    page.parts.buttons["Ada"].invoke()
    lab.keyboard.focus(composer(lab))
    lab.window.look.set_zoom(110)
    lab.until(lambda: True)
    assert page.focus_get() is composer(lab)
