"""The room of today: a real server, real clients, and the tap between Ada and the server.

Each is the product's own engine, as a window or a script starts it, in a folder of its own with throw-away
keys, and with its recorder on.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from netcore.engine import Engine, start_client, start_server
from netcore.errors import LocalChatError
from netcore.lab.lessons.model import Place, Seen
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.room import JOIN_S, PEOPLE, START_S, TODAY, Room, Who
from netcore.lab.sandbox.script import Script, until
from netcore.lab.throwaway import KexName, KeyName, pem, private_key
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
KEY_OF: Final[dict[Who, KeyName]] = {"Ada": "ada", "Ben": "ben", "Cara": "cara"}
STOP_S: Final = 5.0
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


class TodayRoom(Room):
    def __init__(self, folder: Path, gathering: Gathering) -> None:
        super().__init__(TODAY, gathering)
        self._folder = folder
        self.server = Chair("server")
        self.chairs: dict[Who, Chair] = {name: Chair(name) for name in PEOPLE}
        self._by_place: dict[Place, Chair] = {one.at: one for one in (self.server, *self.chairs.values())}
        self.listening: Listening | None = None
        self.problem: LocalChatError | None = None
        self.crash = ""

    # --- From its beginning to its end ----------------------------------------------------------

    def open(self) -> Script:
        """If something broke, `problem` or `crash` says what."""
        yield from self.start()
        if not self.tap_address:
            return
        for name in ("Ada", "Ben"):
            self.sit_down(name)
        yield from until(lambda: self._both_inside() or self.failed, START_S)

    def _both_inside(self) -> bool:
        return self.is_inside("Ada") and self.is_inside("Ben")

    @property
    def failed(self) -> bool:
        return self.problem is not None or bool(self.crash)

    def close(self) -> None:
        """Removes its files, too."""
        chairs = [chair for chair in (*self.chairs.values(), self.server) if chair.engine is not None]
        for chair in chairs:
            chair.submit(Stop())
        self._close_tap()
        for chair in chairs:
            if chair.engine is not None:
                chair.engine.join(STOP_S)
                chair.engine = None
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- The server ------------------------------------------------------------------------------

    def _start_server(self) -> Script:
        data_dir = self._data_dir("server")
        _put(data_dir / IDENTITY_FILE, "server")
        _put(data_dir / LABORATORY_KEX_FILE, "server_kex")
        _put(server_folder(data_dir, ROOM) / HOST_KEY_FILE, "host")
        config = ServerConfig(data_dir, ROOM, HOST, "127.0.0.1", 0, options=OPTIONS, laboratory=True)
        engine = start_server(config, lambda event: self._tell(self.server, event))
        self._run(self.server, engine)
        yield from until(lambda: self.listening is not None or self.failed, START_S)

    # --- Members ---------------------------------------------------------------------------------

    def sit_down(
        self, name: Who, invite: bool = False, accept_new: bool = True, target: str = "", nick: str = ""
    ) -> None:
        """Somebody begins to connect, `way_of` them unless a `target` is given, under their own name unless
        they ask for another `nick`."""
        chair = self.chairs[name]
        if chair.engine is not None or self.listening is None:
            return
        chair.data_dir = data_dir = self._data_dir(f"{name} {chair.person}")
        _put(client_folder(data_dir, nick or name) / KEY_FILE, KEY_OF[name])
        target = target or self.way_of(name)
        if invite:
            host, _, port = target.rpartition(":")
            target = format_invite(host, int(port), self.listening.fingerprint)
        accept_new = accept_new and not invite
        config = ClientConfig(data_dir, nick or name, target, accept_new=accept_new, laboratory=True)
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

    # --- What is told ----------------------------------------------------------------------------

    def saw(self, seen: Seen) -> None:
        """Keep up with where everybody is, too."""
        super().saw(seen)
        event = seen.event
        chair = self._by_place.get(seen.at)
        if chair is None:
            return
        match event:
            case Listening():
                self.listening, self.server_address = event, f"127.0.0.1:{event.port}"
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


def _put(path: Path, name: KeyName | KexName) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(pem(name))
    path.chmod(0o600)
