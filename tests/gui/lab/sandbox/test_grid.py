"""The grid in the sandbox's window, by real keys and a real mouse: cells that are run for real."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from gui.app import open_first_page
from gui.lab.grid.board import RUNNING, TRY_IT
from gui.lab.grid.view import GridView
from gui.lab.sandbox.page import SandboxPage
from gui.start.role_page import RolePage
from gui.window import Window
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.lab.sandbox.test_page import text_of
from tests.gui.waiting import pump


def opened(lab: Laboratory) -> GridView:
    lab.page.header.views.buttons["grid"].invoke()
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
    # What is run afterwards in the grid stays, whatever else is said in the room.
    lab.ready()
    page.notebook.fill(cell, replace(page.notebook.cells[cell].outcome, sentence="Run again."))
    page.lessons._actions.run(["say Ben and now?"])
    lab.until(lambda: "and now?" in lab.transcript("Ada"))
    assert page.notebook.cells[cell].outcome.sentence == "Run again."


@with_xdotool
def test_the_report_is_saved_under_a_name(laboratory: Laboratory, tmp_path: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    lab, page = laboratory, laboratory.page
    path = tmp_path / "report.html"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    page.lessons._actions.run(["say Ada pineapple", "search pineapple"])
    lab.ready()
    page.header.save.invoke()
    lab.until(page.report.winfo_ismapped)
    lab.press(page.report.name, *"Zoe", "Return")
    lab.until(lambda: str(path) in page.report_banner.text)
    html = path.read_text("utf-8")
    assert "<bdi>Zoe</bdi>" in html and "<bdi>pineapple</bdi>" in html
    assert not page.report.winfo_ismapped()


def test_a_report_that_cannot_be_written_says_so(laboratory: Laboratory, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    lab, page = laboratory, laboratory.page
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(tmp_path / "none" / "x.html"))
    page.save_report()
    page.report.save.invoke()
    lab.until(lambda: "cannot be written" in page.report_banner.text)
    assert page.report.winfo_ismapped()
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: "")
    page.report.save.invoke()
    page.report.cancel.invoke()
    assert not page.report.winfo_ismapped()


def test_what_was_done_is_there_when_the_laboratory_is_opened_again(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    open_first_page(window)
    notebooks = []
    for _ in range(2):
        pump(window.root, lambda: isinstance(window.page, RolePage))
        window.page.lab.event_generate("<Button-1>")  # type: ignore[union-attr]
        pump(window.root, lambda: isinstance(window.page, SandboxPage))
        page = window.page
        assert isinstance(page, SandboxPage)
        pump(window.root, lambda page=page: page.sandbox.ready)  # type: ignore[misc]
        notebooks.append(page.notebook)
        page.header.leave.invoke()
    assert notebooks[0] is notebooks[1]
