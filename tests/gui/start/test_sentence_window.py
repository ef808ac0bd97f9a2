"""A start that fails is told in a window, for a double-clicked program has no console."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from gui.start import sentence_window
from netcore.store.known_servers import KnownServers
from tests.gui.whole_program import SCRIPT, xdotool
from tests.waiting import WAIT_S

TITLE = "LocalChat cannot start"


@pytest.fixture
def window(display: str) -> Iterator[tk.Tk]:
    root = tk.Tk()
    yield root
    root.destroy()


def test_it_can_be_read_and_copied(window: tk.Tk) -> None:
    """A path or a command in the sentence is there to be taken along."""
    sentence_window.build(window, "It cannot be written. Try: python3 localchat.py --install", "pip's words")
    window.update()
    page = window.winfo_children()[0]
    (text,) = (child for child in page.winfo_children() if isinstance(child, tk.Text))
    assert "Try: python3" in text.get("1.0", "end") and text.get("1.0", "end").endswith("pip's words\n")
    assert text["state"] == "disabled" and int(text["height"]) >= 3, "all of it shows"
    buttons = page.winfo_children()[-1].winfo_children()
    copy = next(one for one in buttons if isinstance(one, ttk.Button) and one["text"] == "Copy")
    copy.invoke()
    assert "localchat.py --install\n\npip's words" in window.clipboard_get()


@pytest.mark.skipif(sys.platform != "linux", reason="xdotool")
@pytest.mark.parametrize("console", ["there", "closed"])
def test_a_data_folder_that_cannot_be_is_told_in_a_window(display: str, tmp_path: Path, console: str) -> None:
    """Also where standard error is gone from the beginning, as under pythonw."""
    (tmp_path / "file").write_text("")
    end = ' 2>&- >&-' if console == "closed" else ""
    command = [sys.executable, str(SCRIPT), "server", "--data-dir", str(tmp_path / "file")]
    process = subprocess.Popen(["sh", "-c", f'exec "$@"{end}', "sh", *command], stderr=subprocess.PIPE,
                               env={**os.environ, "DISPLAY": display})
    assert process.stderr is not None
    try:
        deadline = time.monotonic() + WAIT_S
        while not (found := xdotool("search", "--onlyvisible", "--name", TITLE).split()):
            assert process.poll() is None and time.monotonic() < deadline
        xdotool("windowfocus", "--sync", found[0])
        xdotool("key", "Escape")
        assert process.wait(WAIT_S) == 2
        assert (b"--data-dir" in process.stderr.read()) == (console == "there")
    finally:
        process.kill()
        process.communicate()


def test_a_damaged_list_of_servers_still_opens_a_window(tmp_path: Path) -> None:
    """And says so on the first page: `rooms_and_problem` knows every error of the file."""
    from gui.start.first_page import rooms_and_problem

    path = tmp_path / "known_servers.json"
    path.write_text("{")
    rooms, problem = rooms_and_problem(tmp_path)
    assert rooms == () and problem is not None and "damaged" in str(problem)
    assert KnownServers(tmp_path / "none yet.json").all() == ()
