"""A room found and joined without typing, by real processes and real X keys and clicks, on this computer."""

from __future__ import annotations

import json
import queue
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.start.trust import FIRST_TITLE
from netcore.before_start import known_rooms
from netcore.wire.discovery import RoomAnswer, encode_answer
from tests.gui.whole_program import Clipboard, Running, member_home
from tests.keys.put import put_server_keys
from tests.net.searching import Room, free_udp_port
from tests.stranger.processes import Program

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdotool speaks X11")

# The first row of the list in the first window, at 100 %.
ROW_X, ROW_Y = 640, 425
PATIENCE_S = 6.0


class Place:
    """A room without a window, a search that finds it, and a window of somebody about to join."""

    def __init__(self, home: Path, port: int, display: str) -> None:
        if shutil.which("xdotool") is None:
            pytest.fail("This test needs xdotool (apt install xdotool).")
        (home / "host").mkdir(mode=0o700)
        put_server_keys(home / "host", "Physics")
        self.home = home
        # The room itself is hidden: the test answers for it, and so knows when the window has heard.
        self.program = Program("server", "--port", "0", "--room", "Physics", "--nick", "Teacher", "--hidden",
                               data_dir=home / "host")
        told = self.program.wait("listening")
        claim = RoomAnswer(b"C" * 32, told["port"], 1, "Physics", "Teacher")
        self.search = Room(port, lambda token: [encode_answer(token, claim)])
        self.clipboard = Clipboard()
        data_dir = member_home(home / "ada", "Ada")
        (data_dir / "settings.json").write_text(json.dumps({"role": "join", "nick": "Ada", "theme": "light"}))
        self.ada = Running(self.clipboard, "--data-dir", str(data_dir))
        self.ada.see("LocalChat")
        self.ada.focus()

    def do_until(self, title: str, *keys: str) -> None:
        """Answer questions, and act when one was heard, until the window has gone on."""
        for _ in range(10):
            try:
                self.search.hear(PATIENCE_S)
            except queue.Empty:
                pass  # it joins, or is slow to ask: on a busy machine both take their time
            else:
                if keys:
                    self.ada.key(*keys)
                else:
                    self.ada.double_click(ROW_X, ROW_Y)
            try:
                self.ada.see(title, PATIENCE_S)
            except AssertionError:
                continue  # the row was not there yet
            return
        pytest.fail(f"the title is {self.ada.title!r}")

    def end(self) -> None:
        output = self.ada.end()
        self.clipboard.close()
        self.search.sock.close()
        code, errors = self.program.stop()
        assert (output, code) == ("", 0), output + errors


@pytest.fixture
def place(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    port = free_udp_port()
    monkeypatch.setenv("LOCALCHAT_DISCOVERY", f"127.0.0.1:{port}")
    made = Place(tmp_path, port, display)
    try:
        yield made
    finally:
        made.end()


def test_by_keyboard(place: Place) -> None:
    """Down from the field, Enter: the claimed key is no pin, so the true one is asked about."""
    place.do_until(FIRST_TITLE, "Down", "Return")
    place.ada.key("Left", "Return")
    place.ada.see("“Physics” – LocalChat")
    place.program.wait("member_joined", nick="Ada")
    (known,) = known_rooms(place.home / "ada")
    assert known.room == "Physics" and known.fingerprint != b"C" * 32


def test_by_mouse(place: Place) -> None:
    """A double click on the row."""
    place.do_until(FIRST_TITLE)
    place.ada.key("Left", "Return")
    place.ada.see("“Physics” – LocalChat")
    place.program.wait("member_joined", nick="Ada")
