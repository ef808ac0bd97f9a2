"""A screen, a Tk root and a look for the tests of the windows.

`display` is enough for tests that start the program as a process; `root` and `look` are for pieces built
here. A Tk callback that fails, or a thread that is still there after its test, fails the test. What a test
leaves for the garbage collector is collected after it, on Tk's thread: a later test's threads would end its
images from the wrong one.
"""

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
import tkinter as tk
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from gui.app import open_window
from gui.look.look import Look
from gui.window import Window
from netcore.options import Options
from tests.gui import waiting
from tests.gui.keyboard import Keyboard
from tests.gui.waiting import Pump
from tests.waiting import WAIT_S


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of an X display (its own Xvfb where DISPLAY is unset); "" where windows need none."""
    if sys.platform in ("win32", "darwin"):
        yield ""
        return
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    if shutil.which("Xvfb") is None:
        pytest.fail("The window tests need a screen: set DISPLAY, or install Xvfb (apt install xvfb).")
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
        pass_fds=(write_end,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()  # Written once the server takes connections; empty if it died.
    if not number:
        server.wait(5)
        pytest.fail(f"Xvfb ended with code {server.returncode} before it opened a display.")
    os.environ["DISPLAY"] = f":{number}"
    yield f":{number}"
    del os.environ["DISPLAY"]
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session", autouse=True)
def quick_collecting() -> Iterator[None]:
    """Leave what is there already (the suite's modules) out of each collection: 1 ms instead of 60."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def session_root(display: str) -> Iterator[tk.Tk]:
    window = tk.Tk()
    window.geometry("900x700+0+0")
    yield window
    window.destroy()


@pytest.fixture(scope="session")
def session_look(session_root: tk.Tk) -> Look:
    return Look(session_root, "light", 100)


@pytest.fixture
def root(session_root: tk.Tk) -> Iterator[tk.Tk]:
    """The one Tk root, empty; what a test puts into it is destroyed after the test."""
    session_root.deiconify()
    session_root.geometry("900x700+0+0")
    session_root.update()
    bound = set(session_root.bind())
    yield session_root
    for sequence in set(session_root.bind()) - bound:
        session_root.unbind(sequence)
    for child in session_root.winfo_children():
        child.destroy()
    session_root.update()


@pytest.fixture
def look(root: tk.Tk, session_look: Look) -> Iterator[Look]:
    """The look in light at 100 %."""
    yield session_look
    session_look.set_palette("light")
    session_look.set_zoom(100)


@pytest.fixture
def pump(root: tk.Tk) -> Pump:
    """`waiting.pump` for the one root."""
    return partial(waiting.pump, root)


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    """The window of the program, with its first page."""
    made = open_window(Options(data_dir=tmp_path))
    yield made
    made.destroy()


@pytest.fixture
def keyboard(window: Window) -> Keyboard:
    """A hand on the keys of `window`."""
    window.look.finish()
    return Keyboard(window)


@pytest.fixture(autouse=True)
def no_late_keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which the program gives the keyboard to what is not on the screen: Tk would do so later,
    and take it away from where somebody writes by then (`give_keyboard` asks before)."""
    late: list[str] = []
    focus_set = tk.Misc.focus_set

    def watched(widget: tk.Misc) -> None:
        caller = traceback.extract_stack(limit=2)[0]
        if "/tests/" not in caller.filename and widget.winfo_toplevel().winfo_viewable() \
                and not widget.winfo_viewable():
            late.append(f"{widget} by {caller.filename}, line {caller.lineno}, in {caller.name}")
        focus_set(widget)

    monkeypatch.setattr(tk.Misc, "focus_set", watched)
    yield
    assert not late, "the keyboard is given to what is not on the screen:\n" + "\n".join(late)


@pytest.fixture(autouse=True)
def no_silent_failure(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test whose Tk callbacks raised, or that left a thread behind."""
    errors: list[str] = []

    def report(_self: Any, kind: type[BaseException], value: BaseException,
               trace: TracebackType | None) -> None:
        errors.append("".join(traceback.format_exception(kind, value, trace)))

    monkeypatch.setattr(tk.Tk, "report_callback_exception", report)
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + WAIT_S
    left = set(threading.enumerate()) - before
    while left and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.05)
        left = {thread for thread in left if thread.is_alive()}
    gc.collect()
    assert not errors, "a Tk callback failed:\n" + "\n".join(errors)
    assert not left, f"threads left behind: {sorted(thread.name for thread in left)}"
