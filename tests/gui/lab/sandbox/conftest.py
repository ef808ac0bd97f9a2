"""The sandbox's page in the program's window, with real rooms behind it, in a folder of the test's."""

from __future__ import annotations

import tempfile
import threading
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gui.lab.sandbox.page import SandboxPage
from gui.window import Window
from netcore.lab.grid_runner import THREAD_NAME
from netcore.lab.sandbox.folder import PREFIX
from tests.gui.keyboard import Keyboard
from tests.gui.waiting import pump
from tests.waiting import wait_until


class Laboratory:
    """`page` in a window, ready, and a hand on the keys."""

    def __init__(self, window: Window, keyboard: Keyboard) -> None:
        self.window = window
        self.keyboard = keyboard
        self.left = 0
        self.done: frozenset[int] = frozenset()

        def leave() -> None:
            self.left += 1

        def remember(done: frozenset[int]) -> None:
            self.done = done

        self.page = SandboxPage(window.root, window.look, window.toggle_theme, window.show_keys, leave,
                                frozenset({3}), remember)
        window.show(self.page, (1280, 820))
        self.ready()

    def ready(self) -> None:
        """Until nothing is being done any more."""
        self.until(lambda: self.page.sandbox.ready)

    def until(self, condition: Callable[[], object]) -> None:
        pump(self.window.root, condition)

    def press(self, widget: tk.Misc, *keys: str) -> None:
        self.keyboard.focus(widget)
        self.keyboard.press(*keys)

    def say(self, name: str, text: str) -> None:
        """Typed into somebody's field, and sent with Return."""
        conversation = self.page.chairs[name].conversation
        assert conversation is not None
        self.keyboard.focus(conversation.composer.text)
        self.keyboard.press(*text, "Return")

    def transcript(self, name: str) -> str:
        conversation = self.page.chairs[name].conversation
        return str(conversation.transcript.text.get("1.0", "end")) if conversation is not None else ""


@pytest.fixture
def laboratory(window: Window, keyboard: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
               ) -> Iterator[Laboratory]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    one = Laboratory(window, keyboard)
    yield one
    if one.page.winfo_exists():
        one.page.destroy()
    wait_until(lambda: all(thread.name != THREAD_NAME for thread in threading.enumerate()))
    assert list(folder.glob(f"{PREFIX}*")) == [], "something stayed on the disk"
