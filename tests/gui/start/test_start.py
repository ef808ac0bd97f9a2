"""A start loads and paints what the first page shows and no more; the rest comes while it is read."""

from __future__ import annotations

import os
import subprocess
import sys
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from gui.app import open_first_page, open_window
from gui.look.look import Look
from gui.remembered import Remembered
from gui.start.first_page import FirstPage
from gui.start.role_page import THEME_PARTS, HostWish, JoinWish, RoleActions, RolePage
from gui.window import Window
from netcore.before_start import KnownRoom
from netcore.options import Options
from tests.gui.cast import SERVER_KEY
from tests.gui.waiting import Pump

HOME = Path(__file__).resolve().parents[3]

# Each of them, or what it brings along, takes longer to load than many of our own modules together.
HEAVY = {
    "Crypto.Cipher", "Crypto.PublicKey", "asyncio", "concurrent.futures", "ctypes", "dataclasses", "hashlib",
    "inspect", "logging.handlers", "selectors", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
    "gui.room.client_window", "gui.start.demo", "gui.room.server_window", "gui.navigator", "gui.start.trust",
    "netcore.engine", "netcore.net.api.events", "netcore.wire.messages",
}

# Starts the program as a person does, says what is loaded once its window is on the screen, and goes on until
# what a room needs has been loaded too.
PROGRAM = """
import os, sys, tkinter
import localchat

def mainloop(root, n=0):
    root.winfo_viewable() and print(*sys.modules, flush=True)
    while not {"gui.navigator", "netcore.net.server.server", "netcore.net.client.client"} <= set(sys.modules):
        root.dooneevent()
    os._exit(0)

tkinter.Tk.mainloop = mainloop
localchat.main(sys.argv[1:])
"""


def test_a_start_loads_nothing_that_the_first_page_does_without(display: str, tmp_path: Path) -> None:
    """The bar: the role dialog stands within twice the time of a bare window."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, "--data-dir", str(tmp_path)], cwd=HOME,
                          env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, timeout=30)
    loaded = set(done.stdout.split())
    assert {"gui.start.role_page", "netcore.before_start"} <= loaded and done.returncode == 0, done.stderr
    assert loaded & HEAVY == set()


def test_a_double_click_needs_no_parser(display: str, tmp_path: Path) -> None:
    """It has no arguments to be read."""
    environment = {**os.environ, "DISPLAY": display, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=HOME, env=environment, capture_output=True,
                          text=True, timeout=30)
    loaded = set(done.stdout.split())
    assert "gui.start.role_page" in loaded and done.returncode == 0, done.stderr
    assert loaded & (HEAVY | {"argparse", "gettext", "shutil"}) == set()


@pytest.fixture
def clean_root(display: str) -> Iterator[tk.Tk]:
    made = tk.Tk()
    yield made
    made.destroy()


def all_widgets(root: tk.Misc) -> Iterator[tk.Misc]:
    yield root
    for child in root.winfo_children():
        yield from all_widgets(child)


def layouts(root: tk.Misc) -> dict[str, object]:
    """The layout of each widget's style."""
    style = ttk.Style(root)
    names = {str(widget.cget("style")) or widget.winfo_class()
             for widget in all_widgets(root) if isinstance(widget, ttk.Widget)}
    return {name: style.layout(name) for name in names}


@pytest.mark.parametrize("role", ["host", "join"])
def test_the_first_parts_of_the_theme_are_all_that_the_first_page_shows(clean_root: tk.Tk, role: str) -> None:
    look = Look(clean_root, "light", 100, THEME_PARTS)
    actions = RoleActions(print, print, print, print, print, print, lambda nick: b"", lambda room: b"",
                          lambda: "192.168.1.20")
    last = Remembered(role=role, nick="Ada", local_network=True)
    RolePage(clean_root, look, last, (KnownRoom(SERVER_KEY, "Physics 10b", "192.168.1.20:5050"),), actions)
    before = layouts(clean_root)
    assert "Primary.TButton" in before
    look.finish()
    assert layouts(clean_root) == before


def test_a_theme_made_in_parts_is_the_same_as_one_made_at_once(clean_root: tk.Tk) -> None:
    in_parts = Look(clean_root, "light", 100, THEME_PARTS)
    name = ttk.Style(clean_root).theme_use()
    turns = 1
    while in_parts.go_on(0.001):
        turns += 1
    assert turns > 3
    elements = set(ttk.Style(clean_root).element_names())
    pictures = sorted(picture_sizes(in_parts))
    at_once = Look(clean_root, "light", 100)
    assert ttk.Style(clean_root).theme_use() != name
    assert set(ttk.Style(clean_root).element_names()) == elements
    assert sorted(picture_sizes(at_once)) == pictures
    assert (0, 0) not in pictures


def picture_sizes(look: Look) -> list[tuple[int, int]]:
    return [(image.width(), image.height()) for image in look._theme._images]


def test_a_change_of_theme_before_the_first_is_whole(clean_root: tk.Tk) -> None:
    look = Look(clean_root, "light", 100, THEME_PARTS)
    look.toggle_theme()
    assert not look.go_on(0)
    look.toggle_theme()
    assert (0, 0) not in picture_sizes(look)
    button = ttk.Button(clean_root, text="x", style="Window.Small.Danger.TButton")
    assert "window.Danger.button" in str(ttk.Style(clean_root).layout(str(button["style"])))


def test_the_next_page_is_made_ready_meanwhile(display: str, tmp_path: Path, pump: Pump) -> None:
    window = open_window(Options(data_dir=tmp_path))
    try:
        open_first_page(window)
        missing = window.look.go_on(0)
        pump(lambda: not window.look.go_on(0))
        crashes = window.crash.count
    finally:
        window.destroy()
    assert missing
    assert crashes == 0


@pytest.mark.parametrize("next_page", ["the keys", "a room"])
def test_who_is_quicker_than_that_finds_a_whole_theme(display: str, tmp_path: Path, next_page: str) -> None:
    window = open_window(Options(data_dir=tmp_path))
    try:
        first = open_first_page(window)
        if next_page == "the keys":
            window.show_keys()
        else:
            first._opener()
        assert not window.look.go_on(0)
    finally:
        window.destroy()


class Opener:
    """Writes down how the page stands when the room is wanted, which is when the network is loaded."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.seen: list[tuple[bool, str, bool]] = []

    def join(self, wish: JoinWish) -> None:
        page = self._window.page
        assert isinstance(page, RolePage)
        last = str(self._window.root.tk.call("focus", "-lastfor", "."))
        self.seen.append((page.join_button.winfo_viewable(), page.busy_role, last == str(page.join_button)))

    def host(self, wish: HostWish, bind: str) -> None:
        raise AssertionError("a member hosts nothing")

    def cancel(self) -> None:
        raise AssertionError("nobody has cancelled")


def test_a_page_that_goes_on_by_itself_says_so_from_the_first(display: str, tmp_path: Path) -> None:
    """And stands there whole before what it needs is loaded, with the keyboard on Cancel."""
    window = open_window(Options(role="client", nick="Ada", address="127.0.0.1:5050", data_dir=tmp_path))
    opener = Opener(window)
    try:
        FirstPage(window, lambda _: opener, lambda: iter(()), print).begin()
    finally:
        window.destroy()
    assert opener.seen == [(True, "join", True)]
