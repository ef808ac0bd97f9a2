"""The room of today in the sandbox: a real server, real clients, and the tap between Ada and the server.

    Ada --- tap --- server --- Ben, Cara

Each is the product's own engine, as a window or a script starts it, in a folder of its own with throw-away
keys, and with its recorder on.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from netcore.engine import Engine, start_client, start_server
from netcore.errors import LocalChatError
from netcore.lab.lessons.model import Place, Seen
from netcore.lab.mallory import MalloryKeys
from netcore.lab.orders import Order
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.script import Script, until
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import Tapping
from netcore.lab.throwaway import KexName, Name, kex_key, pem, private_key
from netcore.net.api.commands import Command, Record, ReleaseName, Say, Stop
from netcore.net.api.config import ClientConfig, ServerConfig, ServerOptions
from netcore.net.api.events import (
    Connected,
    Crashed,
    Disconnected,
    Event,
    Failed,
    Listening,
    Stopped,
    Traffic,
    TrustAsked,
)
from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE, LABORATORY_KEX_FILE
from netcore.net.target import format_invite
from netcore.store.folders import KEY_FILE, client_folder, server_folder

ROOM: Final = "Laboratory"
HOST: Final = "Host"
Who = Literal["Ada", "Ben", "Cara"]
PEOPLE: Final[tuple[Who, ...]] = ("Ada", "Ben", "Cara")
KEY_OF: Final[dict[Who, Name]] = {"Ada": "ada", "Ben": "ben", "Cara": "cara"}
START_S: Final = 10.0
STOP_S: Final = 5.0
JOIN_S: Final = 1.0
OPTIONS: Final = ServerOptions(messages_per_s=50, message_burst=100)
"""A lesson says thirty lines in a row."""


@dataclass(slots=True)
class Chair:
    """One end: the server, or a member. `engine` None: nobody sits there."""

    at: Place
    engine: Engine | None = None
    stopped: bool = True
    inside: bool = False
    question: TrustAsked | None = None
    last_id: int = 0
    person: int = 1
    """How many have sat here."""
    data_dir: Path = field(default_factory=Path)

    @property
    def on_the_way(self) -> bool:
        """Neither in the room nor asking its person."""
        return self.engine is not None and not self.inside and self.question is None

    def submit(self, command: Command) -> None:
        if self.engine is not None:
            self.engine.submit(command)


class TodayRoom:
    def __init__(self, folder: Path, gathering: Gathering) -> None:
        self._folder = folder
        self._gathering = gathering
        self.server = Chair("server")
        self.chairs: dict[Who, Chair] = {name: Chair(name) for name in PEOPLE}
        self._by_place: dict[Place, Chair] = {one.at: one for one in (self.server, *self.chairs.values())}
        self.tap: RunningTap | None = None
        self.tap_address = ""
        self.listening: Listening | None = None
        self.problem: LocalChatError | None = None
        self.crash = ""

    # --- From its beginning to its end ----------------------------------------------------------

    def open(self) -> Script:
        """Server, tap, Ada and Ben; on return both are in the room, or `problem` says why not."""
        self._start_server()
        yield from until(lambda: self.listening is not None or self.failed, START_S)
        if self.listening is None:
            return
        keys = MalloryKeys(private_key("mallory"), kex_key("mallory_kex"), private_key("mallory_member"))
        self.tap = start_tap(
            TapConfig("127.0.0.1", 0, "127.0.0.1", self.listening.port, keys=keys),
            lambda event: self._gathering.put("tap", event),
        )
        yield from until(lambda: bool(self.tap_address) or self.failed, START_S)
        for name in ("Ada", "Ben"):
            self.sit_down(name)
        yield from until(lambda: self._both_inside() or self.failed, START_S)

    def _both_inside(self) -> bool:
        return self.is_inside("Ada") and self.is_inside("Ben")

    @property
    def failed(self) -> bool:
        return self.problem is not None or bool(self.crash)

    def close(self) -> None:
        """Ends all of it, which takes a moment, and removes its files."""
        chairs = [chair for chair in (*self.chairs.values(), self.server) if chair.engine is not None]
        for chair in chairs:
            chair.submit(Stop())
        if self.tap is not None:
            self.tap.stop()
            self.tap.join(JOIN_S)
        for chair in chairs:
            if chair.engine is not None:
                chair.engine.join(STOP_S)
                chair.engine = None
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- The server ------------------------------------------------------------------------------

    def _start_server(self) -> None:
        data_dir = self._data_dir("server")
        _put(data_dir / IDENTITY_FILE, "server")
        _put(data_dir / LABORATORY_KEX_FILE, "server_kex")
        _put(server_folder(data_dir, ROOM) / HOST_KEY_FILE, "host")
        config = ServerConfig(data_dir, ROOM, HOST, "127.0.0.1", 0, options=OPTIONS, laboratory=True)
        engine = start_server(config, lambda event: self._tell(self.server, event))
        self._run(self.server, engine)

    # --- Members ---------------------------------------------------------------------------------

    def sit_down(self, name: Who, invite: bool = False, accept_new: bool = True) -> None:
        """Somebody begins to connect: Ada through the tap, all others straight to the server."""
        chair = self.chairs[name]
        if chair.engine is not None or self.listening is None:
            return
        chair.data_dir = data_dir = self._data_dir(f"{name} {chair.person}")
        _put(client_folder(data_dir, name) / KEY_FILE, KEY_OF[name])
        target = self.tap_address if name == "Ada" else f"127.0.0.1:{self.listening.port}"
        if invite:
            host, _, port = target.rpartition(":")
            target = format_invite(host, int(port), self.listening.fingerprint)
        config = ClientConfig(data_dir, name, target, accept_new=accept_new and not invite, laboratory=True)
        engine = start_client(config, lambda event: self._tell(chair, event))
        self._run(chair, engine)

    def stand_up(self, name: Who, forget: bool = False) -> Script:
        """Ends somebody's client. `forget`: also its files, so whoever comes next has never been here."""
        chair = self.chairs[name]
        if chair.engine is not None:
            chair.submit(Stop())
            yield from until(lambda: chair.stopped, STOP_S)
            chair.engine.join(JOIN_S)
            chair.engine = None
        chair.inside, chair.question = False, None
        if forget:
            shutil.rmtree(chair.data_dir, ignore_errors=True)
            chair.person += 1
            self.server.submit(ReleaseName(name))  # it belonged to the key that has gone

    def is_inside(self, name: Who) -> bool:
        return self.chairs[name].inside

    def member_id(self, name: Who) -> bytes:
        return private_key(KEY_OF[name]).public.fingerprint

    def say(self, name: Who, text: str) -> None:
        chair = self.chairs[name]
        chair.last_id += 1
        chair.submit(Say(chair.last_id, text))

    def attack(self, order: Order) -> None:
        if self.tap is not None:
            self.tap.submit(order)

    # --- What is told ----------------------------------------------------------------------------

    def saw(self, seen: Seen) -> None:
        """Keep up with where everybody is."""
        event = seen.event
        if seen.at == "tap" and isinstance(event, Tapping):
            self.tap_address = event.address
        chair = self._by_place.get(seen.at)
        if chair is None:
            return
        match event:
            case Listening():
                self.listening = event
            case Connected():
                chair.inside, chair.question = True, None
            case Disconnected():
                chair.inside = False
            case TrustAsked():
                chair.inside, chair.question = False, event
            case Stopped():
                chair.stopped, chair.inside = True, False
            case Failed(error) if chair is self.server:
                self.problem = error
            case Crashed(traceback):
                self.crash = traceback

    def _tell(self, chair: Chair, event: Event) -> None:
        """On the engine's thread."""
        if chair.engine is not None:
            chair.engine.taken()  # there is room for all that a lesson brings
        if not isinstance(event, Traffic):
            self._gathering.put(chair.at, event)

    def _run(self, chair: Chair, engine: Engine) -> None:
        chair.engine, chair.stopped = engine, False
        self._gathering.record(chair.at, engine.trace)
        engine.submit(Record(True))

    def _data_dir(self, name: str) -> Path:
        data_dir = self._folder / name
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return data_dir


def _put(path: Path, name: Name | KexName) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(pem(name))
    path.chmod(0o600)
