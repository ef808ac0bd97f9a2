"""A real server on 127.0.0.1, on its own thread, with fixed keys."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from netcore.crypto.exchange import KexKey
from netcore.engine import Engine, start_server
from netcore.errors import LocalChatError
from netcore.net.api.commands import Command, Stop
from netcore.net.api.config import ServerConfig
from netcore.net.api.events import Crashed, Event, Failed, Listening, Stopped
from netcore.net.server.context import Context
from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE
from netcore.net.server.room import ServerRoom
from netcore.net.server.server import Server
from netcore.store.folders import server_folder
from tests.keys import pem
from tests.net.peer import Peer, key
from tests.waiting import WAIT_S

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class House:
    """A running server and its events."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.events: list[Event] = []
        self.engine: Engine = start_server(config)
        try:
            self.listening = self.wait(Listening)
        except LocalChatError:
            # Who cannot start must end by itself, and leave nothing open.
            self.wait(Stopped)
            assert self.engine.join(WAIT_S)
            raise
        self.port = self.listening.port
        self._peers: list[Peer] = []

    def wait(self, kind: type[E], **fields: Any) -> E:
        """The next event of that kind with these fields; those before it are in `events`."""
        while True:
            event = self.engine.events.get(timeout=WAIT_S)
            self.events.append(event)
            assert not isinstance(event, Crashed), event.traceback
            if isinstance(event, Failed) and kind is not Failed:
                raise event.error
            if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                return event

    def submit(self, command: Command) -> None:
        self.engine.submit(command)

    def peer(self, number: int, name: str | None = None, **options: Any) -> Peer:
        peer = Peer(self.port, key(number), name or f"Peer{number}", **options)
        self._peers.append(peer)
        return peer

    def join(self, number: int, name: str | None = None) -> Peer:
        return self.peer(number, name).join()

    def call(self, fn: Callable[[Context], T]) -> T:
        """Run `fn(context)` on the loop's thread, and give what it returns."""
        answer: queue.SimpleQueue[T] = queue.SimpleQueue()
        context = the_room(self)._context
        self.engine._loop.post(lambda: answer.put(fn(context)))
        return answer.get(timeout=WAIT_S)

    def stop(self) -> None:
        self.engine.submit(Stop())
        while not self.events or not isinstance(self.events[-1], Stopped):
            event = self.engine.events.get(timeout=WAIT_S)
            self.events.append(event)
            assert not isinstance(event, Crashed), event.traceback
        assert self.engine.join(WAIT_S)

    def clean_up(self) -> None:
        for peer in self._peers:
            peer.sock.close()
        if not self.events or not isinstance(self.events[-1], Stopped):
            self.stop()


def the_room(house: House) -> ServerRoom:
    server = house.engine._actor
    assert isinstance(server, Server) and server._room is not None
    return server._room


StartHouse = Callable[..., House]


@pytest.fixture
def start_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartHouse]:
    """`start_house(**config)` starts a server; all are stopped, and must have ended, after the test."""
    monkeypatch.setattr(KexKey, "generate", lambda random: KexKey.from_pem(pem("kex")))
    (tmp_path / IDENTITY_FILE).write_bytes(pem("server_identity"))
    houses: list[House] = []

    def start(room: str = "Room", **config: Any) -> House:
        host_key = server_folder(tmp_path, room) / HOST_KEY_FILE
        host_key.write_bytes(pem("member_host"))
        for path in (tmp_path / IDENTITY_FILE, host_key):
            path.chmod(0o600)
        settings = {"bind": "127.0.0.1", "port": 0, **config}
        house = House(ServerConfig(tmp_path, room, "Host", **settings))
        houses.append(house)
        return house

    yield start
    for house in houses:
        house.clean_up()
    left = [thread.name for thread in threading.enumerate() if thread.name == "netcore-loop"]
    assert not left, "a network thread outlived its server"


@pytest.fixture
def house(start_house: StartHouse) -> House:
    return start_house()
