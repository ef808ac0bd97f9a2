"""The chairs of the laboratory: Ada, the tap on her way to the server, and Ben beside it, in any version.

`Stage` is what an attack needs of them. `TodayStage` is LocalChat/1 with real engines; `museum_stage` seats
the same people in the versions that it grew from. All on 127.0.0.1, and nothing is left on the disk.
"""

from __future__ import annotations

import queue
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.engine import Engine, Record, Say, Stop, start_client
from netcore.lab.lab_keys import LabKeys
from netcore.lab.orders import Direction, FrameOrder, OwnKeys
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import Armed, Attacked, FrameTapped, TapEvent, Tapping
from netcore.net.api.config import ClientConfig, ServerConfig
from netcore.net.api.events import Chat, Connected, Event, Failed, Listening, Reach, Stopped
from netcore.net.loop import Loop
from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE, Keys
from netcore.net.server.server import Server
from netcore.store.folders import KEY_FILE, client_folder, server_folder
from netcore.store.keys import write_new_key
from netcore.trace import Refused

WAIT_S: Final = 20.0
"""Far more than anything here takes: whoever waits so long has met a fault of ours."""
_LOOK_S: Final = 0.005
_JOIN_S: Final = 5.0
_ROOM: Final = "Laboratory"

T = TypeVar("T")


class StageFault(Exception):
    """Something that has nothing to do with the attack did not happen in time."""


def until(condition: Callable[[], object], timeout_s: float | None = None) -> bool:
    """Whether `condition()` has come true in time: WAIT_S, if nothing else is said."""
    end_s = time.monotonic() + (WAIT_S if timeout_s is None else timeout_s)
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(_LOOK_S)
    return True


def must(condition: Callable[[], object], what: str) -> None:
    if not until(condition):
        raise StageFault(what)


class Told:
    """What an engine or a tap has told so far."""

    def __init__(self, take: Callable[[], Event | TapEvent]) -> None:
        self._take = take
        self._all: list[Event | TapEvent] = []

    def of(self, kind: type[T]) -> list[T]:
        while True:
            try:
                self._all.append(self._take())
            except queue.Empty:
                return [event for event in self._all if isinstance(event, kind)]

    def first(self, kind: type[T], where: Callable[[T], bool] = lambda event: True) -> T:
        """The first one, waited for."""

        def found() -> list[T]:
            return [event for event in self.of(kind) if where(event)]

        must(lambda: found() or (kind is not Failed and self.of(Failed)), f"no {kind.__name__}")
        if not found():
            raise self.of(Failed)[0].error
        return found()[0]


class Stage(ABC):
    """Ada speaks through the tap. The other end is Ben; in version 1.0, where he hears nothing, the server's
    window."""

    def __init__(self, target_port: int, keys: LabKeys, frames: bool) -> None:
        self._tap: RunningTap = start_tap(
            TapConfig("127.0.0.1", 0, "127.0.0.1", target_port, frames, keys=keys.mallory)
        )
        self.tapped = Told(self._tap.events.get_nowait)
        self.tap_address = self.tapped.first(Tapping).address

    def order(self, order: FrameOrder | OwnKeys) -> None:
        """It waits when this returns."""
        before = len(self.tapped.of(Armed))
        self._tap.submit(order)
        must(lambda: len(self.tapped.of(Armed)) > before, "the tap does not obey")

    def attacked(self) -> Attacked:
        """The first order that was carried out, waited for."""
        return self.tapped.first(Attacked)

    def frames(self, direction: Direction, connection: int = 0) -> list[bytes]:
        """What has passed of one connection, or of all."""
        return [
            frame.data
            for frame in self.tapped.of(FrameTapped)
            if frame.direction == direction and connection in (0, frame.connection)
        ]

    def say_apart(self, text: str) -> None:
        """Ada says it, and the tap has it before this returns: what follows is another frame."""
        before = len(self.frames("up"))
        self.say(text)
        must(lambda: len(self.frames("up")) > before, "Ada's words do not reach the tap")

    @abstractmethod
    def say(self, text: str) -> None:
        """Ada speaks."""

    @abstractmethod
    def answer(self, text: str) -> None:
        """The other end speaks, to Ada at least."""

    @abstractmethod
    def line(self, text: str) -> str:
        """How the other end shows it when Ada has said it."""

    @abstractmethod
    def lines(self) -> list[str]:
        """What the other end shows."""

    @abstractmethod
    def ada_lines(self) -> list[str]:
        """What Ada's window shows."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """What any program has noticed: a refusal, by its defence, or a line that says so."""

    def close(self) -> None:
        self._tap.stop()
        self._tap.join(_JOIN_S)


# --- Today --------------------------------------------------------------------------------------


class _LabServer(Server):
    """A server whose key-exchange key can be stolen, for whoever wants to know what that is worth."""

    kex: KexKey | None = None

    def _on_keys(self, made: Future[tuple[Keys, tuple[Reach, ...]]]) -> None:
        if made.exception() is None:
            self.kex = made.result()[0].kex
        super()._on_keys(made)


class TodayRoom:
    """A LocalChat/1 server. It may serve several stages, one after another."""

    def __init__(self, keys: LabKeys) -> None:
        self.keys = keys
        self._folder = tempfile.TemporaryDirectory(prefix="localchat-lab-")
        data_dir = Path(self._folder.name) / "server"
        data_dir.mkdir(mode=0o700)
        write_new_key(data_dir / IDENTITY_FILE, keys.server.to_pem())
        write_new_key(server_folder(data_dir, _ROOM) / HOST_KEY_FILE, keys.host.to_pem())
        config = ServerConfig(data_dir, _ROOM, "Host", "127.0.0.1", 0, keep_history=False, laboratory=True)
        self._servers: list[_LabServer] = []

        def make(loop: Loop, emit: Callable[[Event], None]) -> Server:
            self._servers.append(_LabServer(loop, config, emit))
            return self._servers[-1]

        self.engine = Engine(make)
        self.engine.start()
        self.told = Told(self.engine.events.get_nowait)
        self.port = self.told.first(Listening).port
        self.engine.submit(Record(on=True))
        self._people = 0

    @property
    def stolen_kex(self) -> KexKey:
        kex = self._servers[0].kex
        assert kex is not None  # it was there before Listening
        return kex

    def new_folder(self) -> Path:
        self._people += 1
        folder = Path(self._folder.name) / f"person{self._people}"
        folder.mkdir(mode=0o700)
        return folder

    def close(self) -> None:
        stop(self.engine, self.told)
        self._folder.cleanup()


def stop(engine: Engine, told: Told) -> None:
    engine.submit(Stop())
    must(lambda: told.of(Stopped), "an engine does not stop")
    engine.join(_JOIN_S)


class Member:
    """A client and its window."""

    def __init__(
        self, folder: Path, nick: str, key: PrivateKey, target: str, accept_new: bool = True
    ) -> None:
        """Begins to connect. A folder that was used before brings its known servers along."""
        path = client_folder(folder, nick) / KEY_FILE
        if not path.exists():
            write_new_key(path, key.to_pem())
        self.engine = start_client(ClientConfig(folder, nick, target, accept_new, laboratory=True))
        self.engine.submit(Record(on=True))
        self.told = Told(self.engine.events.get_nowait)
        self._last_id = 0
        self._refused: list[Refused] = []

    def connected(self) -> Connected:
        return self.told.first(Connected)

    def say(self, text: str) -> None:
        self._last_id += 1
        self.engine.submit(Say(self._last_id, text))

    def lines(self) -> list[str]:
        return [f"{chat.name}: {chat.text}" for chat in self.told.of(Chat)]

    def refused(self) -> list[Refused]:
        self._refused += [event for event in self.engine.trace.drain() if isinstance(event, Refused)]
        return self._refused

    def close(self) -> None:
        stop(self.engine, self.told)


class TodayStage(Stage):
    """LocalChat/1. `room` outlives it."""

    def __init__(self, room: TodayRoom) -> None:
        super().__init__(room.port, room.keys, frames=True)
        self.room = room
        self._server_refused: list[Refused] = []
        room.engine.trace.drain()  # what came of earlier stages is not ours
        self.members: list[Member] = []
        self.ben = self.join("Ben", room.keys.ben, f"127.0.0.1:{room.port}")
        self.ada = self.join("Ada", room.keys.ada, self.tap_address)
        self.ben.connected()
        self.ada.connected()

    def join(
        self, nick: str, key: PrivateKey, target: str, accept_new: bool = True, folder: Path | None = None
    ) -> Member:
        """Begins to connect."""
        member = Member(folder or self.room.new_folder(), nick, key, target, accept_new)
        self.members.append(member)
        return member

    def say(self, text: str) -> None:
        self.ada.say(text)

    def answer(self, text: str) -> None:
        self.ben.say(text)

    def line(self, text: str) -> str:
        return f"Ada: {text}"

    def lines(self) -> list[str]:
        return self.ben.lines()

    def ada_lines(self) -> list[str]:
        return self.ada.lines()

    def complaints(self) -> list[str]:
        trace = self.room.engine.trace
        self._server_refused += [event for event in trace.drain() if isinstance(event, Refused)]
        refused = [*self._server_refused, *self.ada.refused()]
        return [f"the {event.defence.value} (PROTOCOL {event.section})" for event in refused]

    def close(self) -> None:
        for member in self.members:
            member.close()
        super().close()
