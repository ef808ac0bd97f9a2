"""From the role page to a room and back, with an engine that only writes down what it is asked."""

from __future__ import annotations

import queue
import tkinter as tk
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gui import navigator
from gui.app import open_first_page, open_window
from gui.lab.window import LabWindow
from gui.lab.wire.view import BEFORE, WireView
from gui.page import Page
from gui.room import client_window
from gui.room.client_window import ClientWindow
from gui.room.server_window import ServerWindow
from gui.start.role_page import LOCAL_NETWORK, RolePage
from gui.start.trust import TrustPage
from gui.widgets.buttons import LinkLabel
from gui.window import Window
from netcore.before_start import EVERY_NETWORK, settings
from netcore.engine import (
    ClientConfig,
    Command,
    Connecting,
    Crashed,
    Disconnected,
    Event,
    Failed,
    HistoryOpened,
    LabSwitches,
    MemberJoined,
    Notice,
    Reach,
    ReachChanged,
    Record,
    ServerConfig,
    ServerOptions,
    Stop,
    Stopped,
    TrustAsked,
    TrustServer,
)
from netcore.errors import (
    BadAddress,
    BadPort,
    CannotReach,
    NameTaken,
    PortInUse,
    Removed,
    RoomFull,
    ServerGone,
)
from netcore.options import Options
from netcore.trace import Recorder
from tests.gui.cast import ADA, BEN, HOST, SERVER_KEY, connected, listening, said
from tests.gui.room.pages import words
from tests.gui.waiting import pump


class FakeEngine:
    """`obeys` False: it never stops by itself."""

    def __init__(self, config: ServerConfig | ClientConfig, obeys: bool) -> None:
        self.config = config
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.commands: list[Command] = []
        self.joined = False
        self.trace = Recorder(100, 10_000)
        self._obeys = obeys

    def submit(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, Stop) and self._obeys:
            self._obeys = False  # Stopped comes once
            self.events.put(Stopped())

    def join(self, timeout_s: float) -> bool:
        self.joined = True
        return True


class Program:
    """One window over fake engines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines: list[FakeEngine] = []
        self.obeys = True
        self.window: Window | None = None

    def start(self, **options: Any) -> Window:
        self.window = open_window(Options(data_dir=self.folder, **options))
        open_first_page(self.window)
        self.run()
        return self.window

    def make(self, config: ServerConfig | ClientConfig) -> FakeEngine:
        self.engines.append(FakeEngine(config, self.obeys))
        return self.engines[-1]

    @property
    def engine(self) -> FakeEngine:
        return self.engines[-1]

    def tell(self, *events: Event) -> None:
        for event in events:
            self.engine.events.put(event)
        self.run(self.engine.events.empty)
        self.run()

    def run(self, condition: Callable[[], bool] = lambda: True) -> None:
        assert self.window is not None
        pump(self.window.root, condition)

    @property
    def page(self) -> Page:
        assert self.window is not None and self.window.page is not None
        return self.window.page

    @property
    def gone(self) -> bool:
        assert self.window is not None
        try:
            return not self.window.root.winfo_exists()
        except tk.TclError:
            return True


@pytest.fixture
def program(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    made = Program(tmp_path)
    monkeypatch.setattr(navigator, "start_server", made.make)
    monkeypatch.setattr(navigator, "start_client", made.make)
    yield made
    assert made.window is not None
    crashes = made.window.crash.count
    if not made.gone:
        made.window.destroy()
    assert crashes == 0


def role(program: Program) -> RolePage:
    assert isinstance(program.page, RolePage)
    return program.page


def problem(page: RolePage, name: str) -> str:
    return " ".join(str(child.cget("text")) for child in page.errors[name].winfo_children())


def test_a_window_takes_every_option_of_the_command_line(program: Program) -> None:
    """What can be given for a room without a window holds in one, too: also when the first try fails."""
    settings(program.folder).save({"keep_history": False})
    asked: dict[str, Any] = {"room": "Lab", "nick": "Ms Okafor", "bind": "127.0.0.7", "port": 0}
    program.start(role="server", members=7, **asked)
    wanted = ServerConfig(program.folder, **asked, keep_history=False, options=ServerOptions(max_members=7))
    assert program.engine.config == wanted
    program.tell(Failed(PortInUse(address="127.0.0.7", port=0)))
    role(program).host_button.invoke()
    program.run()
    assert len(program.engines) == 2 and program.engine.config == wanted
    program.tell(Failed(PortInUse(address="127.0.0.7", port=0)))
    role(program).reach.variable.set(LOCAL_NETWORK)
    role(program).host_button.invoke()
    program.run()
    assert program.engine.config == replace(wanted, bind=EVERY_NETWORK), "the person has chosen another reach"


def test_hosting_leads_to_the_servers_page_and_is_remembered(program: Program) -> None:
    program.start()
    page = role(program)
    page._nick.set("Ms Okafor")
    page._room.set("Physics 10b")
    page.host_button.invoke()
    program.run()
    config = program.engine.config
    assert isinstance(config, ServerConfig)
    assert (config.room, config.nick) == ("Physics 10b", "Ms Okafor")
    assert (config.bind, config.port) == (EVERY_NETWORK, 5050)
    program.tell(listening())
    assert isinstance(program.page, ServerWindow)
    assert program.window is not None
    assert program.window.root.title() == "“Physics 10b” – LocalChat"
    saved = settings(program.folder).load()
    assert (saved["nick"], saved["room"], saved["role"]) == ("Ms Okafor", "Physics 10b", "host")


def test_a_port_in_use_is_said_beside_the_port(program: Program) -> None:
    """What is wrong with a field is said beside it."""
    program.start(role="server", nick="Host", room="Room", port=5050)
    program.tell(Failed(PortInUse(address="127.0.0.1", port=5050)))
    page = role(program)
    assert "in use" in problem(page, "port")
    assert page.fields["port"].get() == "5050"
    page.free_port.event_generate("<Button-1>")
    assert page.fields["port"].get() == "0"


def test_the_command_line_joins_at_once_and_the_room_opens_when_connected(program: Program) -> None:
    program.start(role="client", nick="Ada", address="127.0.0.1:5050", accept_new=True)
    config = program.engine.config
    assert isinstance(config, ClientConfig)
    assert (config.nick, config.target, config.accept_new) == ("Ada", "127.0.0.1:5050", True)
    program.tell(Connecting("127.0.0.1:5050", 1))
    assert "Connecting to 127.0.0.1:5050" in str(role(program)._join_line["text"])
    program.tell(said(1, BEN, "from before"), connected(HOST, BEN))
    page = program.page
    assert isinstance(page, ClientWindow)
    assert "from before" in page.conversation.transcript.copied_text()


@pytest.mark.parametrize(("error", "field", "words"), [
    (NameTaken(name="Ada", suggestion="Ada.2"), "nick", "Use “Ada.2”"),
    (CannotReach(address="10.0.0.7:5050", why="nothing listens there."), "address", "nothing listens"),
    (BadAddress(address="::", why="no host"), "address", "not an address"),
    (BadPort(port="99999"), "address", "not a port"),
])
def test_a_refused_way_in_is_said_beside_its_field(
    program: Program, error: Any, field: str, words: str
) -> None:
    """States: refused; "name taken (the field keeps the text and proposes one)"."""
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(Disconnected(error, None))
    page = role(program)
    assert words in problem(page, field)
    assert page.fields["nick"].get() == "Ada"
    assert Stop() in program.engine.commands
    program.run(lambda: program.engine.joined)


def test_what_is_about_no_field_stands_above_the_button(program: Program) -> None:
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(Disconnected(RoomFull(), None))
    assert "room is full" in str(role(program)._join_line["text"])


def test_a_second_try_waits_until_the_first_engine_has_let_go_of_its_files(program: Program) -> None:
    program.obeys = False
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(Disconnected(RoomFull(), None))
    role(program).join()
    program.run()
    assert len(program.engines) == 1
    program.tell(Stopped())
    assert len(program.engines) == 2


def test_trust_is_asked_on_a_page_and_no_is_the_way_back(program: Program) -> None:
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(TrustAsked("10.0.0.7:5050", SERVER_KEY, b"", 0, ""))
    assert isinstance(program.page, TrustPage)
    program.page.escape()
    program.run(lambda: isinstance(program.page, RolePage))
    assert program.engine.commands == [Stop()]


def test_trust_given_goes_on_with_exactly_that_key(program: Program) -> None:
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(TrustAsked("10.0.0.7:5050", SERVER_KEY, b"", 0, ""))
    trust = program.page
    assert isinstance(trust, TrustPage)
    trust.trust.invoke()
    program.run()
    assert program.engine.commands == [TrustServer(SERVER_KEY)]
    program.tell(connected(BEN, first_contact=True))
    assert isinstance(program.page, ClientWindow)


def test_yesterdays_room_opens_before_the_server_is_there(program: Program) -> None:
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(HistoryOpened("Physics 10b", (said(7, BEN, "yesterday"),)), Disconnected(ServerGone(), 9.0))
    page = program.page
    assert isinstance(page, ClientWindow)
    assert "Trying again" in page.banner.text
    assert "yesterday" in page.conversation.transcript.copied_text()


def test_unread_messages_stand_in_the_title_while_the_window_has_no_focus(program: Program) -> None:
    """Away from the keyboard the title tells how many are unread."""
    window = program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(connected(BEN))
    window.focused = False
    program.tell(said(1, BEN, "one"), said(2, BEN, "two"), said(3, ADA, "mine", True))
    assert window.root.title() == "(2) “Physics 10b” – LocalChat"
    window.focused = True
    window.retitle()
    assert window.root.title() == "“Physics 10b” – LocalChat"


def test_closing_stops_the_engine_waits_for_it_and_ends(program: Program) -> None:
    """In order: Stopped, the timers cancelled, the thread joined, the window gone."""
    program.obeys = False
    window = program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(connected(BEN))
    window.close()
    program.run()
    assert program.engine.commands == [Stop()]
    assert not program.gone
    program.engine.events.put(Stopped())
    program.run(lambda: program.gone)
    assert program.engine.joined


def test_an_engine_that_does_not_stop_is_left_after_its_time(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(navigator, "STOP_S", 0.2)
    program.obeys = False
    window = program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    window.close()
    program.run(lambda: program.gone)


def test_stopping_the_room_leads_back_to_the_first_page(program: Program) -> None:
    program.start(role="server", nick="Ms Okafor", room="Physics 10b")
    program.tell(listening(), MemberJoined(BEN))
    page = program.page
    assert isinstance(page, ServerWindow)
    page.ask_to_stop()
    program.run()
    assert program.engine.commands == []  # it asks first
    page.stop()
    program.run(lambda: isinstance(program.page, RolePage))
    assert program.engine.commands == [Stop()]
    assert not program.gone


def test_closing_a_hosts_window_asks_and_then_stops_the_room_and_ends(program: Program) -> None:
    window = program.start(role="server", nick="Ms Okafor", room="Physics 10b")
    program.tell(listening(), MemberJoined(BEN))
    page = program.page
    assert isinstance(page, ServerWindow)
    window.close()
    program.run()
    assert program.engine.commands == []
    page.stop()
    program.run(lambda: program.gone)
    assert program.engine.commands == [Stop()]


def test_what_could_not_be_stored_is_told_at_the_close(program: Program) -> None:
    """In place of closing: nobody reads a window that is gone. The second time it closes."""
    program.obeys = False
    window = program.start(role="server", nick="Ms Okafor", room="Physics 10b")
    program.tell(listening())
    window.close()
    program.tell(Notice("not_stored", "Not stored, since the disk is full: The ban of Ben."), Stopped())
    program.run(lambda: isinstance(program.page, RolePage))
    assert "The ban of Ben" in str(role(program)._host_line["text"])
    window.close()
    program.run(lambda: program.gone)


def test_who_can_join_is_remembered_as_it_was_switched_last(program: Program) -> None:
    program.start(role="server", nick="Ms Okafor", room="Physics 10b")
    program.tell(listening())
    assert settings(program.folder).load()["local_network"] is True
    here = (Reach("this computer", "127.0.0.1:5050"),)
    program.tell(ReachChanged("127.0.0.1", 5050, "localchat://127.0.0.1:5050/#00", here))
    assert settings(program.folder).load()["local_network"] is False
    assert isinstance(program.page, ServerWindow)


@pytest.mark.parametrize("has_stopped", [True, False])
def test_who_was_removed_joins_again_when_the_minute_is_over(
    program: Program, monkeypatch: pytest.MonkeyPatch, has_stopped: bool
) -> None:
    monkeypatch.setattr(client_window, "AGAIN_MS", 30)
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(connected(BEN))
    page = program.page
    assert isinstance(page, ClientWindow)
    program.tell(Disconnected(Removed(because=": spam", reason="spam"), None),
                 *((Stopped(),) if has_stopped else ()))
    program.run(lambda: "Join again" in words(page.banner))
    link = next(child for child in walk(page.banner) if isinstance(child, LinkLabel))
    link.event_generate("<Button-1>")
    program.run(lambda: len(program.engines) == 2)
    program.tell(connected(BEN))
    assert isinstance(program.page, ClientWindow) and program.page is not page


def walk(widget: tk.Misc) -> Iterator[tk.Misc]:
    for child in widget.winfo_children():
        yield child
        yield from walk(child)


def test_theme_zoom_and_size_are_remembered(program: Program) -> None:
    window = program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(connected(BEN))
    theme = window.look.palette.name
    window.toggle_theme()
    window.look.zoom_in()
    window.root.geometry("850x640")
    program.run(lambda: window.root.winfo_width() == 850)
    window.close()
    program.run(lambda: program.gone)
    saved = settings(program.folder).load()
    assert saved["theme"] != theme
    assert saved["zoom"] == 110
    assert saved["client_size"] == "850x640"


def test_a_geometry_that_is_none_is_passed_over(program: Program) -> None:
    settings(program.folder).save({"client_size": "large; exit"})
    program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(connected(BEN))
    assert isinstance(program.page, ClientWindow)


def test_a_crash_of_the_network_thread_is_shown(program: Program) -> None:
    window = program.start(role="client", nick="Ada", address="10.0.0.7:5050")
    program.tell(Crashed("Traceback: the loop broke"), Stopped())
    program.run(lambda: window.crash.count == 1)
    assert window.crash.window is not None
    assert "the loop broke" in window.crash.window.details.get("1.0", "end")
    window.crash.count = 0


# --- the laboratory ------------------------------------------------------------------------------


def open_lab(program: Program) -> LabWindow:
    """F2 in a room that is open."""
    assert program.window is not None
    program.window.root.focus_force()
    program.run(lambda: program.window is not None and program.window.root.focus_get() is not None)
    program.window.root.event_generate("<F2>")
    program.run()
    (made,) = (child for child in program.window.root.winfo_children() if isinstance(child, LabWindow))
    return made


def test_f2_opens_the_laboratory_and_records_and_closing_it_ends_both(program: Program) -> None:
    program.start(role="client", nick="Ada", address="127.0.0.1:5050")
    program.tell(connected(HOST, BEN))
    lab = open_lab(program)
    assert lab.title() == "Laboratory: Ada in “Physics 10b”"
    assert program.engine.commands == [Record(True)]
    assert open_lab(program) is lab
    lab.close()
    program.run(lambda: not lab.winfo_exists())
    assert program.engine.commands == [Record(True), Record(False)]


def test_nothing_recorded_outlives_the_window_of_it(program: Program) -> None:
    program.start(role="client", nick="Ada", address="127.0.0.1:5050")
    program.tell(connected(HOST, BEN))
    lab = open_lab(program)
    lab.close()
    program.run(lambda: not lab.winfo_exists())
    program.engine.trace.person("late", {})
    program.tell(LabSwitches())
    assert program.engine.trace.drain() == []
    program.engine.trace.person("later", {})
    again = open_lab(program)
    program.run()
    assert again.recording._next_number == 0


def test_the_laboratory_goes_with_its_room(program: Program) -> None:
    program.start(role="client", nick="Ada", address="127.0.0.1:5050")
    program.tell(connected(HOST, BEN))
    lab = open_lab(program)
    assert isinstance(program.page, ClientWindow)
    program.page._actions.on_leave()
    program.run(lambda: isinstance(program.page, RolePage))
    assert not lab.winfo_exists()


def test_what_is_switched_on_is_said_in_both_windows(program: Program) -> None:
    program.start(role="server", nick="Ms Okafor", room="Physics 10b", port=5050)
    program.tell(listening(), MemberJoined(BEN))
    lab = open_lab(program)
    assert "loop" in lab.choice.buttons
    program.tell(LabSwitches(recording=True, frozen=frozenset([BEN.id])))
    assert "Lab: 1 member frozen" in words(lab)
    assert isinstance(program.page, ServerWindow)
    assert "Lab: 1 member frozen" in words(program.page.header)
    program.tell(LabSwitches(recording=True))
    assert "Lab: 1 member frozen" not in words(program.page.header)


def test_a_message_leads_to_the_wire_and_a_frame_back_to_its_message(program: Program) -> None:
    program.start(role="client", nick="Ada", address="127.0.0.1:5050")
    program.tell(connected(HOST, BEN), said(7, BEN, "hello"), said(8, BEN, "again"))
    page = program.page
    assert isinstance(page, ClientWindow)
    page._actions.on_wire(7, "hello")
    program.run()
    assert program.window is not None
    (lab,) = (child for child in program.window.root.winfo_children() if isinstance(child, LabWindow))
    view = lab.view
    assert isinstance(view, WireView)
    assert view.banner.text == BEFORE
    assert view.lab.actions.show_line(7)
    text = page.conversation.transcript.text
    assert text.get("sel.first", "sel.last") == "hello"
    assert not view.lab.actions.show_line(3)
