"""The windows as processes, driven by real X keys and clicks: host, join, say, whisper, distrust, remove."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.room.members import ROW, WIDTH
from gui.start.trust import CHANGED_TITLE, FIRST_TITLE
from netcore.before_start import known_rooms
from tests.gui.whole_program import Clipboard, Running, host_home, member_home
from tests.keys import pem
from tests.waiting import wait_until

ROOM = "Physics"
TITLE = f"“{ROOM}” – LocalChat"

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdotool speaks X11")


class Classroom:
    """A room opened through the role dialog; Ada joined through hers, Ben by the command line."""

    def __init__(self, home: Path) -> None:
        if shutil.which("xdotool") is None:
            pytest.fail("The whole-program tests need xdotool (apt install xdotool).")
        self.home = home
        self.clipboard = Clipboard()
        self.running: list[Running] = []

    def open(self) -> None:
        home = self.home
        host_home(home / "host", ROOM)
        self.host = self.start("--data-dir", str(home / "host"))
        self.host.see("LocalChat")
        # The name of the login stands in the first field, marked: what is typed takes its place.
        self.host.type("Host")
        assert self.host.copied("ctrl+a", "ctrl+c") == "Host", "who types at once loses nothing"
        self.host.key("Tab")
        self.host.enter(ROOM)
        self.host.key("Tab", "Tab", "space")  # "This computer only"
        self.host.key("Tab", "Return")  # "Details": the port
        self.host.enter("0")
        self.host.key("Return")
        self.host.see(TITLE)
        self.invite = self.host.copied("ctrl+i")

        self.ada = self.start("client", "--nick", "Ada", "--data-dir", str(member_home(home / "ada", "Ada")))
        self.ada.see("LocalChat")
        self.ada.type(self.invite)
        self.ada.key("Return")
        self.ada.see(TITLE)
        self.ben = self.join("Ben", self.invite)
        self.ben.see(TITLE)
        self.ada.says("“Ben” joined")

    def start(self, *arguments: str) -> Running:
        self.running.append(Running(self.clipboard, *arguments))
        return self.running[-1]

    def join(self, nick: str, target: str) -> Running:
        home = member_home(self.home / nick.lower(), nick)
        return self.start("client", target, "--nick", nick, "--data-dir", str(home))

    @property
    def address(self) -> str:
        return self.invite.removeprefix("localchat://").partition("/")[0]

    def end(self) -> None:
        outputs = [running.end() for running in self.running]
        self.clipboard.close()
        assert outputs == [""] * len(outputs), "a window wrote to its terminal:\n" + "\n".join(outputs)


@pytest.fixture(scope="module")
def classroom(display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    room = Classroom(tmp_path_factory.mktemp("classroom"))
    try:
        room.open()
        yield room
    finally:
        room.end()


def test_what_one_types_the_others_see(classroom: Classroom) -> None:
    """Role dialog → server window → client window joins → types → the other sees it."""
    classroom.ada.type("Good morning from Ada")
    classroom.ada.key("Return")
    for window in (classroom.host, classroom.ben):
        window.says("Ada: Good morning from Ada")
    classroom.ada.says("You: Good morning from Ada")
    classroom.host.type("And from the host")
    classroom.host.key("Return")
    for window in (classroom.ada, classroom.ben):
        window.says("Host: And from the host")


def test_the_title_counts_what_came_in_while_the_window_had_no_focus(classroom: Classroom) -> None:
    classroom.ben.focus()
    classroom.ada.type("anybody there?")
    classroom.ada.key("Return")
    classroom.ben.see(f"(1) {TITLE}")
    classroom.ben.focus()
    classroom.ben.see(TITLE)


def test_a_whisper_reaches_one_and_no_one_else(classroom: Classroom) -> None:
    """A whisper: Ada double clicks on Ben, the third row, and writes."""
    width, _ = classroom.ada.size()
    classroom.ada.double_click(width - WIDTH + 60, 110 + 2 * ROW + ROW // 2)
    classroom.ada.type("for your eyes only")
    classroom.ada.key("Return")
    classroom.ben.says("Ada (whisper): for your eyes only")
    classroom.ada.says("You (whisper to “Ben”): for your eyes only")
    classroom.ada.key("Escape")
    classroom.ada.type("and now for all")
    classroom.ada.key("Return")
    classroom.host.says("Ada: and now for all")
    assert "for your eyes only" not in classroom.host.conversation()


def test_an_unknown_server_is_refused_by_enter_and_nothing_is_kept(classroom: Classroom) -> None:
    """Trust refusal. The default of the question is no."""
    chen = classroom.join("Chen", classroom.address)
    chen.see(FIRST_TITLE)
    chen.key("Return")
    chen.see("LocalChat")
    assert known_rooms(classroom.home / "chen") == ()
    assert "Chen" not in classroom.host.conversation()
    chen.key("Return")  # the address still stands in its field: once more, and yes this time
    chen.see(FIRST_TITLE)
    chen.key("Left", "Return")
    chen.see(TITLE)
    classroom.host.says("“Chen” joined")
    assert [room.room for room in known_rooms(classroom.home / "chen")] == [ROOM]


def test_a_changed_key_stops_everything_also_with_an_invite(classroom: Classroom) -> None:
    """A known address with an unknown key is a hard stop; the default is no, with an invite too."""
    home = member_home(classroom.home / "dora", "Dora")
    from netcore.crypto.identity import PrivateKey
    from netcore.store.known_servers import KnownServers

    other = PrivateKey.from_pem(pem("server_identity_2")).public.fingerprint
    KnownServers(home / "known_servers.json").accept(other, classroom.address, ROOM, 1_700_000_000_000)
    before = json.loads((home / "known_servers.json").read_text("utf-8"))
    dora = classroom.start("client", classroom.invite, "--nick", "Dora", "--data-dir", str(home))
    dora.see(CHANGED_TITLE)
    dora.key("Left", "Return")  # "Trust the new key" cannot be pressed before its four characters are typed
    dora.see(CHANGED_TITLE)
    dora.key("Escape")
    dora.see("LocalChat")
    assert json.loads((home / "known_servers.json").read_text("utf-8")) == before
    assert "Dora" not in classroom.host.conversation()


def test_the_host_mutes_one_who_is_told_and_keeps_the_text(classroom: Classroom) -> None:
    """What the host does to one is told to that one. By keys: to the table, down to Ada, M."""
    classroom.ada.key("Escape")
    classroom.ada.type("half a ")
    classroom.host.key("Escape", "F6", "F6", "Home", "Down", "m")
    classroom.host.says("You muted “Ada”")
    classroom.ada.says("The host has muted you.")
    classroom.ada.key("Return")
    classroom.host.key("m")
    classroom.ada.says("You can write again.")
    classroom.ada.type("thought")
    classroom.ada.key("Return")
    classroom.host.says("Ada: half a thought")
    assert classroom.host.conversation().count("half a") == 1


def test_the_host_closes_the_room_to_words_and_opens_it_again(classroom: Classroom) -> None:
    """Read-only room. By keys: Alt+R, Space on the first switch."""
    classroom.host.key("alt+r", "space")
    classroom.ben.says("only the host can write")
    classroom.ben.key("Escape")
    classroom.ben.type("not now")
    classroom.ben.key("Return")
    classroom.host.key("space")
    classroom.ben.says("Everyone can write again.")
    assert "not now" not in classroom.host.conversation()
    classroom.host.key("Escape")


def test_the_host_removes_one_who_is_told_why(classroom: Classroom) -> None:
    """Kick with a reason. By keys: to the table, down to Ben, Delete, the reason, Enter."""
    classroom.host.key("F6", "F6", "Home", "Down", "Down", "Delete")
    classroom.host.type("enough for today")
    classroom.host.key("Return")
    classroom.host.says("You removed “Ben”.")
    classroom.ada.says("The host removed “Ben”.")
    classroom.ben.says("enough for today")


def test_stop_ends_the_room_for_everyone_after_a_question(classroom: Classroom) -> None:
    classroom.host.key("ctrl+q", "Return")  # "Keep it open" has the focus
    classroom.ada.key("Escape")
    classroom.ada.type("still here")
    classroom.ada.key("Return")
    classroom.host.says("Ada: still here")
    for key in ("ctrl+q", "Left", "Return"):  # one by one: the question must be there to be answered
        classroom.host.key(key)
    classroom.host.see("LocalChat")
    wait_until(lambda: classroom.host.title == "LocalChat", what=lambda: classroom.host.title)
