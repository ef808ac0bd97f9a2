"""The laboratory beside a real room: real engines, real sockets on this computer, real windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gui.lab.loop.view import LoopView
from gui.lab.window import LabWindow
from gui.lab.wire.view import WireView
from gui.navigator import Navigator
from gui.room.client_window import FROZEN, ClientWindow
from gui.room.room_page import RoomPage
from gui.room.server_window import ServerWindow
from gui.start.role import HostWish, JoinWish
from gui.window import Window
from netcore.engine import (
    ClientConfig,
    Connected,
    Freeze,
    Listening,
    Say,
    ServerConfig,
    Stop,
    Stopped,
    start_client,
    start_server,
)
from netcore.errors import LocalChatError
from netcore.lab.layers import TEXT
from tests.gui.waiting import pump
from tests.net.client.kit import Ear, put_key, put_server_keys


class Way:
    """Stands for the first page."""

    def show(self) -> None: ...

    def busy(self, words: str) -> None: ...

    def refused(self, error: LocalChatError) -> None:
        raise error

    def tell(self, words: str) -> None: ...


class Room:
    """A window in a real room, and an engine at the other end of it."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.navigator = Navigator(window, Way(), None)
        self.other: Ear | None = None

    def until(self, condition: Callable[[], object]) -> None:
        pump(self.window.root, condition, 60)

    @property
    def page(self) -> RoomPage:
        assert isinstance(self.window.page, RoomPage)
        return self.window.page

    def open_lab(self) -> LabWindow:
        self.navigator.open_lab()
        (lab,) = (child for child in self.window.root.winfo_children() if isinstance(child, LabWindow))
        self.until(lab.winfo_viewable)
        return lab

    def say(self, text: str) -> None:
        """Write it in the room's window and press Enter."""
        composer = self.page.conversation.composer
        composer.text.focus_force()
        self.until(lambda: composer.text.focus_get() is composer.text)
        composer.field.value = text
        composer.text.event_generate("<Return>")

    def end(self) -> None:
        done: list[bool] = []
        self.window.destroy, destroy = lambda: done.append(True), self.window.destroy  # type: ignore[method-assign]
        self.navigator.close()
        self.until(lambda: done)
        self.window.destroy = destroy  # type: ignore[method-assign]
        if self.other is not None:
            self.other.engine.submit(Stop())
            self.other.wait_for(Stopped)
            self.other.engine.join(5)


@pytest.fixture
def room(window: Window) -> Iterator[Room]:
    made = Room(window)
    yield made
    made.end()


def host_here(room: Room, folder: Path) -> ServerWindow:
    """Ms Okafor hosts in the window, Ben comes by an engine of his own."""
    put_server_keys(room.window.data_dir, "Lab")
    room.navigator.host(HostWish("Host", "Lab", 0, False, False), "127.0.0.1")
    room.until(lambda: isinstance(room.window.page, ServerWindow))
    page = room.page
    assert isinstance(page, ServerWindow)
    put_key(folder, "Ben", "member_ben")
    room.other = Ear(start_client(ClientConfig(folder, "Ben", f"127.0.0.1:{room.navigator._port}", True)))
    room.other.wait_for(Connected)
    return page


def rows(lab: LabWindow) -> list[str]:
    view = lab.views["wire"]
    assert isinstance(view, WireView)
    return [row.carries for row in view.rows.rows]


def join_here(room: Room, folder: Path) -> ClientWindow:
    """An engine of its own hosts, Ada comes in the window."""
    put_server_keys(folder, "Lab")
    room.other = Ear(start_server(ServerConfig(folder, "Lab", "Host", "127.0.0.1", 0, False)))
    port = room.other.wait_for(Listening).port
    put_key(room.window.data_dir, "Ada", "member_ada")
    room.window.options = room.window.options._replace(accept_new=True)
    room.navigator.join(JoinWish("Ada", f"127.0.0.1:{port}"))
    room.until(lambda: isinstance(room.window.page, ClientWindow) and room.window.page.connected)
    page = room.page
    assert isinstance(page, ClientWindow)
    return page


def test_a_student_finds_the_five_letters(room: Room, tmp_path: Path) -> None:
    """Join, F2, say "hello", follow the message from the conversation to its bytes, and back."""
    page = join_here(room, tmp_path / "host")
    lab = room.open_lab()
    # The recording is on as soon as the network thread has heard of it, and what is said then is recorded.
    room.until(lambda: lab.recording.connections)
    room.say("hello")
    room.until(lambda: any(words.startswith("said ") and words.endswith(": hello") for words in rows(lab)))
    room.until(lambda: not page.conversation._pending)  # it has its number now
    text = page.conversation.transcript.text
    index = text.search("hello", "1.0")
    room.until(lambda: text.bbox(index) is not None)
    box = text.bbox(index)
    assert box is not None
    text.event_generate("<Alt-ButtonPress-1>", x=box[0] + 2, y=box[1] + 2)
    view = lab.view
    assert isinstance(view, WireView)
    room.until(lambda: view.detail.layer is not None and view.detail.layer.key == TEXT)
    assert view.detail.dump.data == b"hello"
    assert view.row is not None
    assert (view.row.kind, view.row.frame.direction) == ("Room", "in")
    view.show_line()
    assert text.get("sel.first", "sel.last") == "hello"


def test_a_host_sees_frames_and_sockets_and_freezes_a_member(room: Room, tmp_path: Path) -> None:
    page = host_here(room, tmp_path / "ben")
    lab = room.open_lab()
    room.until(lambda: lab.recording.connections)
    assert room.other is not None
    room.other.engine.submit(Say(1, "from Ben"))
    room.until(lambda: any("from Ben" in words for words in rows(lab)))
    view = lab.views["wire"]
    assert isinstance(view, WireView)
    assert {view.peer_name(number) for number in lab.recording.connections} == {"Ben"}
    loop = lab.open_view("loop")
    assert isinstance(loop, LoopView)
    room.until(lambda: [socket.name for socket in loop.sockets.sockets] == ["Ben"])
    loop.sockets.choose(0)
    loop.freeze_button.invoke()
    room.until(lambda: "Lab: 1 member frozen" in [mark.text for mark in page.header._shown_marks])
    assert loop.name["text"] == "Ben is frozen"
    room.say("x" * 3_000)
    room.until(lambda: loop.sockets.sockets and loop.sockets.sockets[0].queued_bytes > 3_000)
    loop.freeze_button.invoke()
    room.until(lambda: loop.sockets.sockets[0].queued_bytes == 0)
    room.until(lambda: not any(mark.text.startswith("Lab:") for mark in page.header._shown_marks))
    lab.close()
    room.until(lambda: not lab.winfo_exists())


def test_the_frozen_member_is_told_in_its_window_that_it_is_a_switch(room: Room, tmp_path: Path) -> None:
    page = join_here(room, tmp_path / "host")
    assert room.other is not None
    member_id = page._roster.you_id
    room.other.engine.submit(Freeze(member_id, True))
    room.until(lambda: page.banner.text == FROZEN)
    room.other.engine.submit(Freeze(member_id, False))
    room.until(lambda: page.banner.text == "")
