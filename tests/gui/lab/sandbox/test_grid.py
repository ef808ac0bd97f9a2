"""The grid in the sandbox's window, by real keys and a real mouse: cells that are run for real."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gui.lab.grid.board import RUNNING, TRY_IT
from gui.lab.grid.view import GridView
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.lab.sandbox.test_page import text_of


def opened(lab: Laboratory) -> GridView:
    lab.page.view_row.buttons["grid"].invoke()
    view = lab.page.views["grid"]
    assert isinstance(view, GridView)
    lab.until(lambda: view.board.winfo_ismapped() and view.board._lines)
    return view


def click(view: GridView, cell: Cell) -> None:
    """With the mouse."""
    x, y, width, height = view.board.place_of(cell)
    at = (view.board.winfo_rootx() + x + width / 2, view.board.winfo_rooty() + y + height / 2)
    subprocess.run(["xdotool", "mousemove", *(str(int(one)) for one in at), "click", "1"], check=True,
                   timeout=20)


@with_xdotool
def test_by_mouse_a_cell_is_run_and_shows_what_happened(laboratory: Laboratory) -> None:
    lab, view = laboratory, opened(laboratory)
    cell = Cell("flip", "1.2")
    assert view.words(cell) == TRY_IT
    click(view, cell)
    lab.until(lambda: view.words(cell) == RUNNING)
    lab.until(lambda: view.words(cell) != RUNNING)
    assert view.words(cell) == pinned(*cell) == "broke"
    click(view, cell)
    lab.until(view.detail.winfo_ismapped)
    assert "“Ada: qay Ben 10”" in text_of(view.detail)
    assert b"qay Ben 10" in view.detail.dump.data
    view.detail.show_there.invoke()
    lab.until(lambda: lab.page.tap.winfo_ismapped() and lab.page.sandbox.version == "1.2")
    lab.until(lambda: "qay Ben 10" in lab.transcript("Ben"))
    lab.until(lambda: lab.page.verdict.heading["text"] == "Nothing noticed")
    lab.until(lambda: lab.page.notebook.cells[cell].live)


@with_xdotool
def test_by_keyboard(laboratory: Laboratory) -> None:
    lab, view = laboratory, opened(laboratory)
    lab.until(lambda: lab.window.root.focus_get() is view.board)
    lab.keyboard.press("Down", "Down", "Right", "Right", "Right", "Right", "Up", "Return")
    cell = Cell("half a message", "today")
    lab.until(lambda: view.words(cell) == RUNNING)
    lab.until(lambda: view.words(cell) == "held")
    lab.keyboard.press("Return")
    lab.until(view.detail.winfo_ismapped)
    lab.until(lambda: lab.window.root.focus_get() is view.board)
    lab.keyboard.press("Tab")
    lab.until(lambda: lab.window.root.focus_get() not in (None, view.board))
    lab.keyboard.press("Escape")
    lab.until(lambda: not view.detail.winfo_ismapped() and lab.window.root.focus_get() is view.board)


def test_an_attack_in_the_conversation_fills_its_cell(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    page.tap.button.invoke()
    lab.until(lambda: "Armed" in text_of(page.tap))
    lab.ready()
    conversation = page.chairs["Ada"].conversation
    assert conversation is not None
    conversation.composer.field.value = "pay"
    conversation.composer.send_written()
    cell = Cell("flip", "today")
    lab.until(lambda: cell in page.notebook.cells)
    view = opened(lab)
    assert view.words(cell) == "held"
    assert page.notebook.attacks[-1].verdict.heading == "Caught by the tag"


@with_xdotool
def test_the_report_is_saved_under_a_name(laboratory: Laboratory, tmp_path: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    lab, page = laboratory, laboratory.page
    path = tmp_path / "report.html"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    page.lessons._actions.run(["say Ada pineapple", "search pineapple"])
    lab.ready()
    page.save.invoke()
    lab.until(page.report.winfo_ismapped)
    lab.press(page.report.name, *"Zoe", "Return")
    lab.until(lambda: str(path) in page.banner.text)
    html = path.read_text("utf-8")
    assert "<bdi>Zoe</bdi>" in html and "<bdi>pineapple</bdi>" in html
    assert not page.report.winfo_ismapped()


def test_a_report_that_cannot_be_written_says_so(laboratory: Laboratory, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    lab, page = laboratory, laboratory.page
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(tmp_path / "none" / "x.html"))
    page.save_report()
    page.report.save.invoke()
    lab.until(lambda: "cannot be written" in page.banner.text)
    assert page.report.winfo_ismapped()
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: "")
    page.report.save.invoke()
    page.report.cancel.invoke()
    assert not page.report.winfo_ismapped()
