"""The detective among the sandbox's views, opened by the command line, and what it remembers."""

from __future__ import annotations

import tempfile
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui import app
from gui.lab.detective.view import DetectiveView
from gui.lab.sandbox.page import SandboxPage
from gui.lab.sandbox.views import DETECTIVE
from gui.window import Window
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import FULL_POINTS
from netcore.options import parse
from tests.gui.keyboard import Keyboard, with_xdotool
from tests.gui.lab.detective.conftest import SEED, a_frame_that_shows_it
from tests.gui.waiting import pump


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[SandboxPage]]:
    """Those that are opened; they are closed after the test. What they keep is in a folder of the test's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: list[SandboxPage] = []
    really = SandboxPage.__init__

    def init(self: SandboxPage, *arguments: object, **more: object) -> None:
        really(self, *arguments, **more)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(SandboxPage, "__init__", init)
    yield made
    for page in made:
        if page.winfo_exists():
            page.destroy()


def detective_of(page: SandboxPage) -> DetectiveView:
    view = page.views[DETECTIVE]
    assert isinstance(view, DetectiveView)
    return view


def solve(view: DetectiveView, number: int) -> None:
    case = CASES[number - 1]
    view.open(case, SEED)
    view._pin(a_frame_that_shows_it(case))
    view._give(case.verdict, case.right)


def test_the_command_line_opens_the_window_on_a_case(
        display: str, pages: list[SandboxPage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []

    def mainloop(root: tk.Misc, _count: int = 0) -> None:
        view = detective_of(pages[0])
        pump(root, view.evidence.winfo_viewable)
        assert view.play is not None
        shown.append((view.play.case.number, view.play.seed))
        pages[0].destroy()
        root.destroy()

    monkeypatch.setattr(tk.Misc, "mainloop", mainloop)
    for line in ("lab case 7 --seed 42", "lab case 9"):
        app.main(parse(f"{line} --data-dir {tmp_path / 'data'}".split()))
        pages.clear()
    assert shown[0] == (7, 42) and shown[1][0] == 9


def test_what_was_solved_is_kept_in_the_data_folder(window: Window, pages: list[SandboxPage]) -> None:
    window.look.finish()
    page = app._show_laboratory(window, lambda: None)
    page.open_case(7, SEED)
    solve(detective_of(page), 7)
    solve(detective_of(page), 12)
    assert [one.case for one in page.notebook.played] == [7, 12]
    again = app._show_laboratory(window, lambda: None)
    again.show_view(DETECTIVE)
    assert detective_of(again).points == {7: FULL_POINTS, 12: FULL_POINTS}
    assert window._settings.load()["cases"] == "7:4 12:4"


@with_xdotool
def test_its_keys_are_heard_in_the_sandbox(window: Window, pages: list[SandboxPage], keyboard: Keyboard
                                           ) -> None:
    window.look.finish()
    page = app._show_laboratory(window, lambda: None)
    page.open_case(14, SEED)
    view = detective_of(page)
    table = view.evidence.tables["Ada"].tree
    pump(window.root, lambda: window.root.focus_get() is table)
    keyboard.focus(table)
    keyboard.press("alt+v")
    pump(window.root, lambda: window.root.focus_get() is view.answer.verdicts[0])
    keyboard.press("alt+e", "Escape")
    pump(window.root, view.list.winfo_viewable)
