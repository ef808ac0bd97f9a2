"""Files and names that cannot be used, met with the real engine: the page says why, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gui import navigator
from gui.app import open_first_page, open_window
from gui.room.server_window import ServerWindow
from gui.start.role_page import RolePage
from netcore.before_start import settings
from netcore.engine import Failed, ServerConfig, Stopped
from netcore.errors import LogFileError
from netcore.options import Options
from netcore.store.folders import FolderLock, client_folder, server_folder
from tests.gui.cast import listening
from tests.gui.test_navigator import FakeEngine
from tests.gui.waiting import pump
from tests.gui.whole_program import host_home, member_home

GARBAGE = b"this was a file once"


class Opened:
    """The program in this process, in one data folder."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.window = open_window(Options(data_dir=folder, **options))
        open_first_page(self.window)

    def role_line(self, role: str) -> str:
        """What the card says, once it says something final."""
        pump(self.window.root, lambda: self._final_line(role))
        return self._final_line(role)

    def beside(self, field: str) -> str:
        """What stands under a field, once anything does."""
        page = self.window.page
        assert isinstance(page, RolePage)
        pump(self.window.root, lambda: page.errors[field].winfo_children())
        return " ".join(str(child.cget("text")) for child in page.errors[field].winfo_children())

    def _final_line(self, role: str) -> str:
        page = self.window.page
        if not isinstance(page, RolePage) or page.busy_role:
            return ""
        line, _ = page._line_and_button(role)
        return str(line["text"])

    def close(self) -> None:
        self.window.root.update()
        crashes = self.window.crash.count
        self.window.destroy()
        assert crashes == 0


@pytest.fixture
def opened(display: str, tmp_path: Path) -> Iterator[list[Opened]]:
    """What a test opens is closed after it."""
    made: list[Opened] = []
    yield made
    for one in made:
        one.close()


def test_a_damaged_member_key(opened: list[Opened], tmp_path: Path) -> None:
    """A damaged key is never silently replaced: refuse with the path and the way out."""
    home = member_home(tmp_path / "ada", "Ada")
    key = client_folder(home, "Ada") / "member.pem"
    key.write_bytes(GARBAGE)
    opened.append(Opened(home, role="client", nick="Ada", address="127.0.0.1:9"))
    said = opened[0].role_line("join")
    assert str(key) in said and "move it away" in said
    assert key.read_bytes() == GARBAGE


def test_a_folder_in_use(opened: list[Opened], tmp_path: Path) -> None:
    """A lock file keeps two processes from one folder; it is said beside the name that is in use."""
    home = member_home(tmp_path / "ada", "Ada")
    lock = FolderLock(client_folder(home, "Ada"))
    lock.acquire()
    try:
        opened.append(Opened(home, role="client", nick="Ada", address="127.0.0.1:9"))
        assert "another LocalChat window" in opened[0].beside("nick")
    finally:
        lock.release()


def test_a_room_in_use(opened: list[Opened], tmp_path: Path) -> None:
    home = host_home(tmp_path / "host", "Physics")
    lock = FolderLock(server_folder(home, "Physics"))
    lock.acquire()
    try:
        opened.append(Opened(home, role="server", nick="Host", room="Physics", bind="127.0.0.1", port=0))
        assert "another LocalChat window" in opened[0].beside("room")
    finally:
        lock.release()


def test_a_damaged_room_log(opened: list[Opened], tmp_path: Path) -> None:
    """A damaged file is refused with its path and the way out, never replaced silently."""
    home = host_home(tmp_path / "host", "Physics")
    log = server_folder(home, "Physics") / "room.db"
    log.write_bytes(GARBAGE * 500)
    opened.append(Opened(home, role="server", nick="Host", room="Physics", bind="127.0.0.1",
                         port=0))
    said = opened[0].role_line("host")
    assert str(log) in said and "move it away" in said
    assert log.read_bytes() == GARBAGE * 500


def test_a_damaged_list_of_known_servers(opened: list[Opened], tmp_path: Path) -> None:
    """A damaged trust file is never silently replaced."""
    home = member_home(tmp_path / "ada", "Ada")
    (home / "known_servers.json").write_bytes(GARBAGE)
    opened.append(Opened(home))
    assert str(home / "known_servers.json") in opened[0].role_line("join")
    opened.append(Opened(home, role="client", nick="Ada", address="127.0.0.1:9"))
    assert "Put back a copy" in opened[1].role_line("join")
    assert (home / "known_servers.json").read_bytes() == GARBAGE


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[FakeEngine]:
    made: list[FakeEngine] = []

    def make(config: ServerConfig) -> FakeEngine:
        made.append(FakeEngine(config, True))
        return made[-1]

    monkeypatch.setattr(navigator, "start_server", make)
    return made


def test_a_log_that_breaks_while_the_room_is_open_leaves_the_page_to_be_read(
    opened: list[Opened], engines: list[FakeEngine], tmp_path: Path
) -> None:
    opened.append(Opened(tmp_path, role="server", nick="Host", room="Physics", bind="127.0.0.1",
                         port=0))
    window = opened[0].window
    broken = LogFileError(path="/x/room.db", why="malformed")
    for event in (listening(), Failed(broken), Stopped()):
        engines[0].events.put(event)
    pump(window.root, lambda: engines[0].joined)
    page = window.page
    assert isinstance(page, ServerWindow)
    assert page.banner.text == str(broken)
    page._actions.on_leave()
    assert isinstance(window.page, RolePage)


def test_keep_no_history_is_a_choice_when_hosting(
    opened: list[Opened], engines: list[FakeEngine], tmp_path: Path
) -> None:
    """Whether the history is kept is a choice, and the last one is remembered."""
    opened.append(Opened(tmp_path))
    page = opened[0].window.page
    assert isinstance(page, RolePage)
    page._nick.set("Host")
    page._room.set("Physics")
    page.keep_box.invoke()
    page.host_button.invoke()
    config = engines[0].config
    assert isinstance(config, ServerConfig) and not config.keep_history
    assert settings(tmp_path).load()["keep_history"] is False


def test_damaged_settings_do_not_lock_anybody_out(opened: list[Opened], tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{ not json", "utf-8")
    opened.append(Opened(tmp_path))
    assert opened[0].window.last.port == 5050


def test_f1_shows_the_keys_and_hides_them_again(opened: list[Opened], tmp_path: Path) -> None:
    opened.append(Opened(tmp_path))
    window = opened[0].window
    window.show_keys()
    assert window._help is not None and window._help.winfo_exists()
    window.show_keys()
    assert not window._help.winfo_exists()


def test_a_bad_name_on_the_command_line_is_said_in_the_window(opened: list[Opened], tmp_path: Path) -> None:
    opened.append(Opened(tmp_path, role="client", nick="\u202eevil", address="10.0.0.7:5050"))
    page = opened[0].window.page
    assert isinstance(page, RolePage)
    said = page.errors["nick"].winfo_children()
    assert "cannot be a name" in str(said[0].cget("text"))
    assert page.busy_role == ""
