"""Who types while a page is being made loses nothing: real keys, pressed before Tk has looked at one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui import app
from gui.app import open_first_page, open_window
from gui.start import first_page
from gui.start.role_page import RolePage
from gui.window import Window
from netcore.options import Options
from tests.gui.cast import Diary
from tests.gui.keyboard import client, with_xdotool
from tests.gui.waiting import pump

pytestmark = with_xdotool

STEP_S = 0.03  # of what is loaded while the first page is read: slower than any real one
NAME = "Host of the room"


@pytest.fixture
def window(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(first_page, "login_name", lambda: "login")
    made = open_window(Options(data_dir=tmp_path))
    yield made
    made.destroy()


def begin_to_type(text: str) -> subprocess.Popen[bytes]:
    """Give our window the keyboard as a window manager does, and press these keys."""
    ours = ("search", "--onlyvisible", "--name", "LocalChat$")
    return subprocess.Popen(["xdotool", *ours, "windowfocus", "--sync", "type", "--delay", "1", text])


def type_now(window: Window, text: str) -> None:
    """All of it before Tk takes the first event."""
    window.root.winfo_pointerxy()  # asks the display, which has then drawn all that it was sent before
    assert begin_to_type(text).wait(20) == 0


def nick_on(window: Window) -> str:
    assert isinstance(window.page, RolePage)
    return window.page._nick.get()


def test_a_name_typed_into_a_page_that_has_just_come(window: Window) -> None:
    """It takes the place of the login, which stands marked in the field."""
    open_first_page(window)
    type_now(window, NAME)
    pump(window.root, lambda: nick_on(window) == NAME)


def test_a_name_typed_while_the_rest_is_loaded(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long each of its steps takes: none gives the focus anew, nor marks what was typed."""
    steps: list[None] = []

    def slow_step(seconds: float) -> bool:
        steps.append(None)
        time.sleep(STEP_S)
        return len(steps) < 20

    def load_ahead() -> Iterator[None]:
        for _ in range(10):
            time.sleep(STEP_S)
            yield
        steps.append(None)

    monkeypatch.setattr(window.look, "go_on", slow_step)
    monkeypatch.setattr(app, "_load_ahead", load_ahead)
    open_first_page(window)
    typing = begin_to_type(NAME)
    pump(window.root, lambda: nick_on(window) == NAME)
    assert typing.wait(20) == 0
    pump(window.root, lambda: len(steps) == 21)
    assert nick_on(window) == NAME


def test_a_line_typed_while_the_page_changes(window: Window) -> None:
    open_first_page(window)
    pump(window.root)
    window.look.finish()
    page = client(window.root, Diary().actions(), window)
    window.show(page, (1000, 680))
    type_now(window, "hello")
    pump(window.root, lambda: page.conversation.composer.field.value == "hello")
