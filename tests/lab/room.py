"""A room with a tap on the way to it.

room = LabRoom(folder)
ada, ben = room.ada(), room.join("Ben")      Ada through the tap, Ben straight to the server
room.order(Flip(direction="up"))
ada.say("hello")
ben.wait(Chat, text="hello")
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.engine import Engine, start_client, start_server
from netcore.lab.mallory import MalloryKeys
from netcore.lab.orders import FrameOrder, Order, OwnKeys
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import Armed, FrameTapped, TapEvent, Tapping
from netcore.net.api.commands import Say, Stop
from netcore.net.api.config import ClientConfig, ServerConfig
from netcore.net.api.events import Chat, Connected, Crashed, Event, Listening, Stopped
from tests.keys import pem
from tests.keys.put import put_member_key, put_server_keys
from tests.waiting import wait_until

T = TypeVar("T")
JOIN_S = 30.0


@cache
def mallory_keys() -> MalloryKeys:
    return MalloryKeys(
        PrivateKey.from_pem(pem("server_identity_2")),
        KexKey.from_pem(pem("kex")),
        PrivateKey.from_pem(pem("member_dora")),
    )


def _short(event: object) -> str:
    return f"{event!r:.200}"


class Heard:
    """What an engine or a tap has told, in order."""

    def __init__(self, take: Callable[[], Event | TapEvent]) -> None:
        self._take = take
        self.all: list[Event | TapEvent] = []
        self._read = 0

    def look(self) -> None:
        """Take what is there."""
        while True:
            try:
                event = self._take()
            except queue.Empty:
                return
            assert not isinstance(event, Crashed), event.traceback
            self.all.append(event)

    def wait(self, kind: type[T], **fields: Any) -> T:
        """The next event of this kind with these fields; those before it are passed over."""
        found: list[T] = []

        def look() -> bool:
            self.look()
            while self._read < len(self.all):
                event = self.all[self._read]
                self._read += 1
                if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                    found.append(event)
                    return True
            return False

        wait_until(look, what=lambda: f"{kind.__name__} {fields} among {list(map(_short, self.all))}")
        return found[0]

    def of(self, kind: type[T]) -> list[T]:
        self.look()
        return [event for event in self.all if isinstance(event, kind)]


class Window(Heard):
    """A running server or client."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.events.get_nowait)
        self.engine = engine
        self._last_id = 0

    def say(self, text: str) -> None:
        self._last_id += 1
        self.engine.submit(Say(self._last_id, text))

    @property
    def texts(self) -> list[str]:
        """What was said in the room, as this window shows it."""
        return [event.text for event in self.of(Chat)]

    def stop(self) -> None:
        if not self.of(Stopped):
            self.engine.submit(Stop())
            self.wait(Stopped)
        assert self.engine.join(JOIN_S)


class LabRoom:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        data_dir = self._data_dir("server")
        put_server_keys(data_dir, "Lab")
        self.server = Window(start_server(ServerConfig(data_dir, "Lab", "Host", "127.0.0.1", 0)))
        self.listening = self.server.wait(Listening)
        self.windows = [self.server]
        self.tap: RunningTap = start_tap(
            TapConfig("127.0.0.1", 0, "127.0.0.1", self.listening.port, keys=mallory_keys())
        )
        self.tapped = Heard(self.tap.events.get_nowait)
        self.tap_address = self.tapped.wait(Tapping).address

    def order(self, order: Order) -> None:
        """It waits, or is done, when this returns."""
        before = len(self.tapped.of(Armed))
        self.tap.submit(order)
        if isinstance(order, FrameOrder | OwnKeys):
            wait_until(lambda: len(self.tapped.of(Armed)) > before, what="the tap obeys")

    def client(self, nick: str, target: str, accept_new: bool = True) -> Window:
        """Begins to connect."""
        data_dir = self._data_dir(nick)
        put_member_key(data_dir, nick, pem(f"member_{nick.lower()}"))
        window = Window(start_client(ClientConfig(data_dir, nick, target, accept_new)))
        self.windows.append(window)
        return window

    def join(self, nick: str) -> Window:
        """In the room, without the tap."""
        window = self.client(nick, f"127.0.0.1:{self.listening.port}")
        window.wait(Connected)
        return window

    def ada(self) -> Window:
        """In the room, through the tap, and quiet: what she had to say on her way in has passed."""
        window = self.client("Ada", self.tap_address)
        window.wait(Connected)
        return window

    def frames(self, direction: str) -> list[FrameTapped]:
        return [frame for frame in self.tapped.of(FrameTapped) if frame.direction == direction]

    def _data_dir(self, name: str) -> Path:
        data_dir = self.folder / name
        data_dir.mkdir(parents=True, exist_ok=True)
        return data_dir

    def clean_up(self) -> None:
        for window in reversed(self.windows):
            window.stop()
        self.tap.stop()
        assert self.tap.join(JOIN_S)
