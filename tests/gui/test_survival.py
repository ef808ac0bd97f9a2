"""Kill the server under two typing client windows, start it again: both show the same complete room."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from netcore.store.folders import server_folder
from tests.gui.whole_program import Clipboard, Running, host_home, member_home
from tests.waiting import wait_until

ROOM = "Physics"
TITLE = f"“{ROOM}” – LocalChat"
WAL_BYTES = 40_000  # some messages of Ada's are in the log by then, and some are still to be typed
CHAT = re.compile(r"\d\d:\d\d (Ada|Ben|Host|You): (.*)")

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdotool speaks X11")


def said(window: Running, name: str) -> list[tuple[str, str]]:
    """(who, what) of every message in the window of `name`, top to bottom."""
    found = (CHAT.fullmatch(line) for line in window.conversation().splitlines())
    return [(name if match[1] == "You" else match[1], match[2]) for match in found if match]


def wait_for_all(window: Running, name: str, messages: set[tuple[str, str]]) -> None:
    wait_until(lambda: messages <= set(said(window, name)), what=lambda: messages - set(said(window, name)))


def test_a_killed_server_costs_no_message(display: str, tmp_path: Path) -> None:
    """Kill the server under two typing clients, start it again, and both show the same
    complete room."""
    if shutil.which("xdotool") is None:
        pytest.fail("The whole-program tests need xdotool (apt install xdotool).")
    clipboard = Clipboard()
    running: list[Running] = []

    def start(*arguments: str) -> Running:
        running.append(Running(clipboard, *arguments))
        return running[-1]

    def host(port: str) -> Running:
        return start("server", "--room", ROOM, "--nick", "Host", "--bind", "127.0.0.1", "--port", port,
                     "--data-dir", str(tmp_path / "host"))

    try:
        host_home(tmp_path / "host", ROOM)
        server = host("0")
        server.see(TITLE)
        invite = server.copied("ctrl+i")
        port = invite.removeprefix("localchat://").partition("/")[0].rpartition(":")[2]
        windows = {}
        for nick in ("Ada", "Ben"):
            home = member_home(tmp_path / nick.lower(), nick)
            windows[nick] = start("client", invite, "--nick", nick, "--data-dir", str(home))
            windows[nick].see(TITLE)
        ada, ben = windows["Ada"], windows["Ben"]
        ada.says("“Ben” joined")

        ben.typing(["ben 0", "ben 1"]).wait(60)
        ben.says("You: ben 1")
        wal = server_folder(tmp_path / "host", ROOM) / "room.db-wal"
        before = wal.stat().st_size
        from_ada = [f"ada {number}" for number in range(24)]
        hands = ada.typing(from_ada)
        wait_until(lambda: wal.stat().st_size > before + WAL_BYTES, what=lambda: wal.stat().st_size)
        server.process.kill()
        server.process.wait(10)
        typed_in_time = hands.poll() is not None
        hands.wait(60)
        from_ben = ["ben 0", "ben 1", "ben 2 while nobody listens", "ben 3 too"]
        ben.typing(from_ben[2:]).wait(60)

        again = host(port)
        # A number may stand before it: of what waited.
        wait_until(lambda: ROOM in again.title, what=lambda: again.title)
        everything = {("Ada", text) for text in from_ada} | {("Ben", text) for text in from_ben}
        for nick, window in windows.items():
            wait_for_all(window, nick, everything)
        rooms = [said(ada, "Ada"), said(ben, "Ben"), said(again, "Host")]
        assert rooms[0] == rooms[1] == rooms[2], "one order on every screen"
        assert len(rooms[0]) == len(everything), "each once"
        for nick, texts in (("Ada", from_ada), ("Ben", from_ben)):
            assert [text for who, text in rooms[0] if who == nick] == texts, "in the order typed"
        assert not typed_in_time, "the server was to die while Ada was typing"
    finally:
        outputs = [one.end() for one in running]
        clipboard.close()
    assert outputs == [""] * len(outputs), "a window wrote to its terminal:\n" + "\n".join(outputs)
