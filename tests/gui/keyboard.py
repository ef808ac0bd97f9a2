"""A window with a room's page in it, and a hand on its keys: real ones, through the X server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tkinter as tk
from collections.abc import Callable
from dataclasses import replace

import pytest

from gui.room.client_window import ClientWindow
from gui.room.room_page import RoomPage, WindowActions
from gui.room.server_window import ServerWindow
from gui.window import Window
from netcore.engine import Member, MemberJoined
from tests.gui.cast import BEN, Diary, connected, listening, said
from tests.gui.waiting import pump

with_xdotool = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdotool speaks X11")


class Keyboard:
    """A room's page in a window, and a hand on its keys."""

    def __init__(self, window: Window) -> None:
        if shutil.which("xdotool") is None or shutil.which("setxkbmap") is None:
            pytest.fail("The tests of keys need xdotool and setxkbmap (apt install xdotool x11-xkb-utils).")
        self.window = window
        self.diary = Diary()

    def show(self, make: Callable[[tk.Misc, WindowActions], RoomPage]) -> RoomPage:
        actions = replace(self.diary.actions(), on_theme=self.window.toggle_theme)
        page = make(self.window.root, actions)
        self.window.show(page, (1000, 680))
        self.focus(page.conversation.composer.text)
        return page

    def show_client(self, *others: Member) -> ClientWindow:
        """A member's page: Ada's, with these others in the room."""
        page = self.show(lambda parent, actions: client(parent, actions, self.window, *others))
        assert isinstance(page, ClientWindow)
        return page

    def show_server(self, *others: Member) -> ServerWindow:
        """The host's page, with these members in the room."""
        page = self.show(lambda parent, actions: server(parent, actions, self.window, *others))
        assert isinstance(page, ServerWindow)
        return page

    def focus(self, widget: tk.Misc) -> None:
        pump(self.window.root, widget.winfo_viewable)
        widget.focus_force()
        pump(self.window.root, lambda: widget.focus_get() is widget)

    def press(self, *keys: str) -> None:
        """Press keys, named or numbered as xdotool does."""
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=20)

    def type(self, page: RoomPage, text: str) -> None:
        """Type letters into the composer, and wait until they stand there."""
        field = page.conversation.composer.field
        before = field.value
        subprocess.run(["xdotool", "type", "--delay", "1", text], check=True, timeout=20)
        self.until(lambda: field.value == before + text)

    def until(self, condition: Callable[[], bool]) -> None:
        pump(self.window.root, condition)


def client(parent: tk.Misc, actions: WindowActions, window: Window, *others: Member) -> ClientWindow:
    page = ClientWindow(parent, window.look, actions)
    page.take([said(1, BEN, "from Ben"), connected(*others or (BEN,))])
    return page


def server(parent: tk.Misc, actions: WindowActions, window: Window, *others: Member) -> ServerWindow:
    page = ServerWindow(parent, window.look, actions)
    page.take([listening(), *(MemberJoined(member) for member in others or (BEN,))])
    return page
