"""The one door: threads, order, and what happens when something of ours breaks."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from netcore import engine, limits
from netcore.crypto.exchange import KexKey
from netcore.engine import (
    Actor,
    Chat,
    ClientConfig,
    Command,
    Connected,
    Crashed,
    Emit,
    Engine,
    Event,
    Failed,
    Kick,
    Listening,
    MemberJoined,
    Notice,
    RetryNow,
    Say,
    ServerConfig,
    Stop,
    Stopped,
    Whisper,
    WhisperDone,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
    start_client,
    start_server,
)
from netcore.errors import DiskFull, PortInUse, Removed, StorageFull
from netcore.net.loop import THREAD_NAME, Loop
from tests.keys import pem
from tests.net.client.kit import Ear, put_key, put_server_keys
from tests.waiting import WAIT_S, wait_until


class Puppet:
    """An actor that notes what it is told, and by which thread."""

    def __init__(self, loop: Loop, emit: Emit) -> None:
        self.emit = emit
        self.notes: list[object] = []
        self.threads: set[str] = set()

    def note(self, what: object) -> None:
        self.notes.append(what)
        self.threads.add(threading.current_thread().name)

    def start(self) -> None:
        self.note("start")

    def submit(self, command: Command) -> None:
        self.note(command)
        if isinstance(command, RetryNow):
            raise ZeroDivisionError("a defect")
        self.emit(Notice("done", str(command)))

    def stop(self, done: Callable[[], None]) -> None:
        self.note("stop")
        done()

    def hold(self, held: bool) -> None:
        self.note("hold" if held else "go on")

    def close_files(self) -> None:
        self.note("close_files")


def puppet(kind: type[Puppet] = Puppet) -> tuple[Ear, list[Puppet]]:
    made: list[Puppet] = []

    def make(loop: Loop, emit: Emit) -> Actor:
        made.append(kind(loop, emit))
        return made[0]

    running = Engine(make)
    running.start()
    return Ear(running), made


def test_commands_are_obeyed_in_order_on_the_loops_thread() -> None:
    """The Tk thread never works for the network."""
    ear, made = puppet()
    commands: list[Command] = [Say(number, "x") for number in range(100)]
    for command in commands:
        ear.engine.submit(command)
    ear.engine.submit(Stop())
    ear.engine.submit(Say(100, "too late"))
    ear.wait_for(Stopped)
    assert ear.engine.join(5)
    assert made[0].notes == ["start", *commands, "stop"]
    assert made[0].threads == {THREAD_NAME}
    assert [event.text for event in ear.of(Notice)] == [str(command) for command in commands]
    ear.engine.submit(Stop())  # after the end: nothing


class Speaker(Puppet):
    """Tells something, and has something to send in the same turn."""

    def __init__(self, loop: Loop, emit: Emit) -> None:
        super().__init__(loop, emit)
        self.loop = loop

    def submit(self, command: Command) -> None:
        self.loop.at_turn_end(lambda: self.note("sent"))
        self.emit(Notice("done", "one"))
        self.emit(Notice("done", "two"))


def test_an_actor_is_held_while_its_events_are_not_taken() -> None:
    """The queue to a window is bounded for what a peer brings: above the limit, until half of it is taken."""
    made: list[Puppet] = []

    def make(loop: Loop, emit: Emit) -> Actor:
        made.append(Puppet(loop, emit))
        return made[0]

    engine = Engine(make)
    engine.start()
    most = limits.MAX_UNTAKEN_EVENTS
    for number in range(most + 1):
        engine.submit(Say(number, ""))
    wait_until(lambda: made and "hold" in made[0].notes, what="held")
    for _ in range(most - most // 2):
        engine.events.get(timeout=WAIT_S)
    assert "go on" not in made[0].notes
    engine.events.get_nowait()
    wait_until(lambda: "go on" in made[0].notes, what="goes on")
    engine.submit(Stop())
    assert engine.join(10)
    assert made[0].notes.count("hold") == 1 and made[0].threads == {THREAD_NAME}


def test_what_leaves_for_the_network_leaves_first() -> None:
    """An event wakes the window's thread, which then holds the network's up: so they come at a turn's end."""
    made: list[Speaker] = []
    notes: list[object] = []

    def make(loop: Loop, emit: Emit) -> Actor:
        made.append(Speaker(loop, emit))
        made[0].notes = notes
        return made[0]

    running = Engine(make, notes.append)
    running.start()
    running.submit(Say(1, "x"))
    running.submit(Stop())
    assert running.join(5)
    told = [note for note in notes if note not in ("start", "stop")]
    assert told == ["sent", Notice("done", "one"), Notice("done", "two"), Stopped()]


def test_a_defect_is_told_and_the_files_are_closed() -> None:
    """A crash of the network thread is an event, so that the window can show it."""
    ear, made = puppet()
    ear.engine.submit(RetryNow())
    assert "ZeroDivisionError: a defect" in ear.wait_for(Crashed).traceback
    ear.wait_for(Stopped)
    assert ear.engine.join(5)
    assert made[0].notes[-1] == "close_files"


class Reluctant(Puppet):
    def start(self) -> None:
        raise PortInUse(address="127.0.0.1", port=1)


def test_what_cannot_begin_is_a_sentence_and_an_end() -> None:
    ear, made = puppet(Reluctant)
    assert isinstance(ear.wait_for(Failed).error, PortInUse)
    ear.wait_for(Stopped)
    assert ear.engine.join(5)
    assert made[0].notes == ["stop"]


class NoRoom(Puppet):
    def start(self) -> None:
        raise StorageFull(why="no space")


def test_a_full_disk_at_the_start_is_an_end_and_not_said_to_wait() -> None:
    """"Nothing more is accepted until there is room" is the word of a room that goes on."""
    ear, _ = puppet(NoRoom)
    error = ear.wait_for(Failed).error
    assert isinstance(error, DiskFull) and error.exit_code == 2 and "no space" in str(error)
    ear.wait_for(Stopped)


def test_a_defect_is_told_even_when_it_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netcore.engine.log.critical", fails)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    ear, _ = puppet()
    ear.engine.submit(RetryNow())
    ear.wait_for(Crashed)
    ear.wait_for(Stopped)
    assert ear.engine.join(5)


class Broken(Puppet):
    def start(self) -> None:
        raise RuntimeError("before anything")

    def close_files(self) -> None:
        raise OSError("and after")


def test_stopped_comes_whatever_happens() -> None:
    ear, _ = puppet(Broken)
    ear.wait_for(Crashed)
    ear.wait_for(Stopped)
    assert ear.engine.join(5)


def test_on_event_takes_the_place_of_the_queue() -> None:
    heard: list[Event] = []
    done = threading.Event()

    def on_event(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Stopped):
            done.set()

    running = Engine(Puppet, on_event)
    running.start()
    running.submit(Stop())
    assert done.wait(5) and running.events.empty()


# --- A real server and real clients -------------------------------------------------------------


@pytest.fixture
def fixed_kex(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of each run takes a second to make."""
    monkeypatch.setattr(KexKey, "generate", classmethod(lambda cls, random: cls.from_pem(pem("kex"))))


class Cast:
    """A server engine and client engines in one process, with fixed keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        put_server_keys(folder / "server", "Lab")
        self.server = Ear(start_server(ServerConfig(folder / "server", "Lab", "Host", port=0)))
        self.listening = self.server.wait_for(Listening)
        self.clients: list[Ear] = []

    def join(self, nick: str, key_name: str) -> tuple[Ear, Connected]:
        folder = self.folder / nick
        folder.mkdir(exist_ok=True)
        put_key(folder, nick, key_name)
        ear = Ear(start_client(ClientConfig(folder, nick, self.listening.invite)))
        self.clients.append(ear)
        return ear, ear.wait_for(Connected)

    def __enter__(self) -> Cast:
        return self

    def __exit__(self, *_: object) -> None:
        for ear in (*self.clients, self.server):
            ear.engine.submit(Stop())
        for ear in (*self.clients, self.server):
            assert ear.engine.join(10)


@pytest.mark.usefixtures("fixed_kex")
def test_everyone_hears_everyone_once_and_in_one_order(tmp_path: Path) -> None:
    """The purpose: "on every member's screen exactly once, in one order"."""
    with Cast(tmp_path) as cast:
        ada, _ = cast.join("Ada", "member_ada")
        ben, connected = cast.join("Ben", "member_ben")
        assert {member.name for member in connected.members} == {"Host", "Ada", "Ben"}
        ada.wait_for(MemberJoined)
        voices = (ada, ben, cast.server)
        for number in range(1, 11):
            for ear in voices:
                ear.engine.submit(Say(number, f"{number}"))
        for ear in voices:
            while len(ear.of(Chat)) < 30:
                ear.wait_for(Chat)
        rows = [[(chat.seq, chat.name, chat.text) for chat in ear.of(Chat)] for ear in voices]
        assert rows[0] == rows[1] == rows[2] and [seq for seq, _, _ in rows[0]] == list(range(1, 31))
        for ear in voices:
            assert [chat.local_id for chat in ear.of(Chat) if chat.mine] == list(range(1, 11))


@pytest.mark.usefixtures("fixed_kex")
def test_a_whisper_goes_to_one(tmp_path: Path) -> None:
    """A third member's client never receives a byte of it."""
    with Cast(tmp_path) as cast:
        ada, _ = cast.join("Ada", "member_ada")
        ben, connected = cast.join("Ben", "member_ben")
        chen, _ = cast.join("Chen", "member_chen")
        ben.engine.submit(Whisper(5, connected.members[1].id, "only for Ada"))
        assert connected.members[1].name == "Ada"
        heard = ada.wait_for(WhisperReceived)
        assert (heard.member.name, heard.text) == ("Ben", "only for Ada")
        assert ben.wait_for(WhisperSent).local_id == 5
        assert ben.wait_for(WhisperDone).outcome is WhisperOutcome.DELIVERED
        cast.server.engine.submit(Whisper(1, connected.you.id, "host to Ben"))
        assert ben.wait_for(WhisperReceived).member.name == "Host"
        ben.engine.submit(Whisper(6, connected.host_id, "Ben to host"))
        assert cast.server.wait_for(WhisperReceived).text == "Ben to host"
        cast.server.engine.submit(Say(1, "end"))
        chen.wait_for(Chat)
        assert not any("Ada" in str(event) and "only" in str(event) for event in chen.heard)
        assert chen.of(WhisperReceived) == []


@pytest.mark.usefixtures("fixed_kex")
def test_a_whisper_waits_for_who_is_away(tmp_path: Path) -> None:
    """PROTOCOL §7.4: the server keeps a whisper "until its recipient confirms it"."""
    with Cast(tmp_path) as cast:
        ada, connected = cast.join("Ada", "member_ada")
        ben, _ = cast.join("Ben", "member_ben")
        ada.engine.submit(Stop())
        ada.wait_for(Stopped)
        assert ada.engine.join(5)
        ben.wait_for(engine.MemberLeft)
        ben.engine.submit(Whisper(1, connected.you.id, "for later"))
        ben.wait_for(WhisperSent)
        ada, _ = cast.join("Ada", "member_ada")
        assert ada.wait_for(WhisperReceived).text == "for later"
        assert ben.wait_for(WhisperDone).outcome is WhisperOutcome.DELIVERED


@pytest.mark.usefixtures("fixed_kex")
def test_the_same_key_takes_its_place_over(tmp_path: Path) -> None:
    """PROTOCOL §4.3: "the older one is closed with `replaced`"."""
    with Cast(tmp_path) as cast:
        ada, _ = cast.join("Ada", "member_ada")
        (tmp_path / "elsewhere").mkdir()
        put_key(tmp_path / "elsewhere", "Ada", "member_ada")
        other = Ear(start_client(ClientConfig(tmp_path / "elsewhere", "Ada", cast.listening.invite)))
        cast.clients.append(other)
        other.wait_for(Connected)
        lost = ada.wait_for(engine.Disconnected)
        assert lost.error.code == "replaced" and lost.retry_in_s is None


@pytest.mark.usefixtures("fixed_kex")
def test_kicked_means_out(tmp_path: Path) -> None:
    with Cast(tmp_path) as cast:
        ada, connected = cast.join("Ada", "member_ada")
        cast.server.engine.submit(Kick(connected.you.id, "be nice"))
        lost = ada.wait_for(engine.Disconnected)
        assert isinstance(lost.error, Removed) and "be nice" in str(lost.error) and lost.retry_in_s is None


@pytest.mark.usefixtures("fixed_kex")
def test_no_thread_is_left(tmp_path: Path) -> None:
    """The worker threads end with the loop, too."""
    with Cast(tmp_path) as cast:
        cast.join("Ada", "member_ada")
    for thread in threading.enumerate():
        if thread.name.startswith("netcore-worker"):
            thread.join(5)
    assert [one.name for one in threading.enumerate() if one.name.startswith("netcore")] == []


@pytest.mark.parametrize("module", ["engine", "headless", "net.client", "net.server"])
def test_the_network_stack_never_imports_tkinter(module: str) -> None:
    """`--headless` needs no display."""
    code = f"import sys, netcore.{module}; sys.exit('tkinter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1]).returncode == 0
