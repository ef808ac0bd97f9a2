"""Today's room with a tap on the way to it, as a test asks about it.

ada, ben = room.ada(), room.join("Ben")      Ada through the tap, Ben straight to the server
room.order(Flip(direction="up"))
ada.say("hello")
ben.wait(Chat, text="hello")
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from netcore.lab.lessons.model import Place
from netcore.lab.orders import TapDirection
from netcore.lab.sandbox.room import Who
from netcore.lab.sandbox.today import TodayRoom
from netcore.lab.stage import Stage
from netcore.lab.tap_events import FrameTapped
from netcore.net.api.commands import Command, Stop
from netcore.net.api.events import Chat, Connected, Stopped
from tests.waiting import wait_until

T = TypeVar("T")
JOIN_S = 30.0


def _short(event: object) -> str:
    return f"{event!r:.200}"


class Heard:
    """What was told somewhere, in order. Whoever tells it calls `put`, on any thread."""

    def __init__(self) -> None:
        self.all: list[object] = []
        self.put = self.all.append
        self._read = 0

    def look(self) -> None:
        """Take what is there."""

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


class HeardAt(Heard):
    """What is seen at one place of a stage, from now on: what its program tells, and its recorder."""

    def __init__(self, stage: Stage, at: Place) -> None:
        super().__init__()
        self._stage = stage
        self._at: Place = at
        self._seen = len(stage.seen)

    def look(self) -> None:
        self._stage.look()
        seen = self._stage.seen
        self.all += [one.event for one in seen[self._seen :] if one.at == self._at]
        self._seen = len(seen)


class Window(HeardAt):
    """A running server or client."""

    def __init__(self, stage: Stage, room: TodayRoom, at: Place) -> None:
        super().__init__(stage, at)
        self._room = room
        self._chair = next(one for one in (room.server, *room.chairs.values()) if one.at == at)

    def submit(self, command: Command) -> None:
        self._chair.submit(command)

    def say(self, text: str) -> None:
        for name, chair in self._room.chairs.items():
            if chair is self._chair:
                self._room.say(name, text)

    @property
    def texts(self) -> list[str]:
        """What was said in the room, as this window shows it."""
        return [event.text for event in self.of(Chat)]

    def stop(self) -> None:
        self.submit(Stop())
        self.wait(Stopped)
        engine, self._chair.engine = self._chair.engine, None
        assert engine is not None and engine.join(JOIN_S)


class LabRoom:
    def __init__(self, folder: Path) -> None:
        self.stage = Stage("today", folder, people=())
        assert isinstance(self.stage.room, TodayRoom)
        self.room = self.stage.room
        assert self.room.listening is not None
        self.listening = self.room.listening
        self.tap_address = self.room.tap_address
        self.server = Window(self.stage, self.room, "server")
        self.tapped = HeardAt(self.stage, "tap")
        self.order = self.stage.order

    def client(self, nick: Who, target: str = "", accept_new: bool = True) -> Window:
        """Begins to connect: through the tap, unless a target is given."""
        window = Window(self.stage, self.room, nick)
        self.room.sit_down(nick, target=target or self.tap_address, accept_new=accept_new)
        return window

    def join(self, nick: Who) -> Window:
        """In the room, without the tap."""
        window = self.client(nick, self.room.server_address)
        window.wait(Connected)
        return window

    def ada(self) -> Window:
        """In the room, through the tap, and quiet: what she had to say on her way in has passed."""
        window = self.client("Ada")
        window.wait(Connected)
        return window

    def frames(self, direction: TapDirection) -> list[FrameTapped]:
        return [frame for frame in self.tapped.of(FrameTapped) if frame.direction == direction]

    def close(self) -> None:
        self.stage.look()
        assert not self.room.crash, self.room.crash
        self.stage.close()
