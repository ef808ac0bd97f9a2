"""A room of the sandbox for whoever may wait: the grid, and tests.

    with Stage("1.2", folder) as stage:
        stage.order(Flip(direction="up", byte=30))
        stage.say("pay Ben 10")
        stage.attacked()
        stage.shown("Ben")          what Ben's window shows
        stage.verdict()             what became of it: `netcore.lab.verdict`, from all that was seen

Ada speaks through the tap. All on 127.0.0.1, and nothing is left on the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from netcore.lab.lessons.model import Place, Seen
from netcore.lab.orders import FrameOrder, Order, OwnKeys, TapDirection
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.old import LINE, OldRoom, Show
from netcore.lab.sandbox.room import TODAY, Version, Who
from netcore.lab.sandbox.script import Script, finish, wait
from netcore.lab.sandbox.today import TodayRoom
from netcore.lab.tap_events import Armed, Attacked, FrameTapped
from netcore.lab.verdict import Verdict, judge, last_attack
from netcore.net.api.events import Chat, Notice

WAIT_S: Final = 20.0
"""Far more than anything here takes: whoever waits so long has met a fault of ours."""

T = TypeVar("T")


class StageFault(Exception):
    """Something that has nothing to do with the attack did not happen in time."""


class Stage:
    """A room and all that was seen in it. Thread: any, one at a time."""

    def __init__(self, version: Version, folder: Path, people: Sequence[Who] = ("Ben", "Ada"),
                 given_up: threading.Event | None = None) -> None:
        """`people` are in the room on return, and have heard of each other. `folder` need not exist. Whatever
        waits here ends with StageFault as soon as `given_up` is set. Raises StageFault."""
        self.version = version
        self._given_up = given_up
        self.seen: list[Seen] = []
        self._gathering = Gathering()
        self.room: TodayRoom | OldRoom = (
            TodayRoom(folder, self._gathering) if version == TODAY else OldRoom(version, self._gathering)
        )
        try:
            self.finish(self.room.start())
            self.must(lambda: self.room.tap_address, "the room does not open")
            for name in people:
                self.join(name)
        except BaseException:
            self.room.close()
            raise

    def close(self) -> None:
        self.room.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Waiting ------------------------------------------------------------------------------------

    def look(self) -> None:
        """Take in what has been seen."""
        if self._given_up is not None and self._given_up.is_set():
            raise StageFault("nobody waits for it any more")
        new = self._gathering.take()
        for one in new:
            self.room.saw(one)
        self.seen += new

    def until(self, condition: Callable[[], object], longest_s: float | None = None) -> bool:
        """Whether `condition()` has come true in time: WAIT_S, if nothing else is said."""
        return wait(condition, WAIT_S if longest_s is None else longest_s, self.look)

    def must(self, condition: Callable[[], object], what: str) -> None:
        """Raises StageFault when it has not come true in time, or the room itself has failed."""
        if not self.until(lambda: self.room.failed or condition()) or self.room.failed:
            raise StageFault(what)

    def finish(self, script: Script) -> None:
        finish(script, self.look)

    # --- What is done ---------------------------------------------------------------------------------

    def join(self, name: Who, target: str = "", nick: str = "", show: Show | None = None) -> None:
        """Somebody comes in, and all who hear them know. See `sit_down` of the rooms."""
        room = self.room
        if isinstance(room, TodayRoom):
            room.sit_down(name, target=target, nick=nick)
            self.must(lambda: room.is_inside(name), f"{name} does not come in")
            return
        others: list[Place] = ["server", *(room.chairs if self.version != "1.0" else ())]
        room.sit_down(name, target, nick, show)
        before = [len(self.shown(at)) for at in others]
        room.say(name, f"{nick or name} is here")

        def all_hear() -> bool:
            return all(len(self.shown(at)) > count for at, count in zip(others, before, strict=True))

        self.must(all_hear, f"not all hear {name}")

    def order(self, order: Order) -> None:
        """It waits, or is done, when this returns."""
        before = len(self.of("tap", Armed))
        self.room.attack(order)
        if isinstance(order, FrameOrder | OwnKeys):
            self.must(lambda: len(self.of("tap", Armed)) > before, "the tap does not obey")

    def say(self, text: str) -> None:
        """Ada speaks."""
        self.room.say("Ada", text)

    def say_apart(self, text: str) -> None:
        """Ada says it, and the tap has it before this returns: what follows is another frame."""
        before = len(self.frames("up"))
        self.say(text)
        self.must(lambda: len(self.frames("up")) > before, "Ada’s words do not reach the tap")

    # --- What was seen --------------------------------------------------------------------------------

    def of(self, at: Place, kind: type[T]) -> list[T]:
        """The events of this kind that were seen there so far."""
        return [one.event for one in self.seen if one.at == at and isinstance(one.event, kind)]

    def frames(self, direction: TapDirection, connection: int = 0) -> list[bytes]:
        """What has passed the tap of one connection, or of all."""
        return [
            frame.data
            for frame in self.of("tap", FrameTapped)
            if frame.direction == direction and connection in (0, frame.connection)
        ]

    def attacked(self) -> Attacked:
        """The first order that was carried out, waited for."""
        self.must(lambda: self.of("tap", Attacked), "the attack finds nothing")
        return self.of("tap", Attacked)[0]

    def shown(self, at: Place) -> list[str]:
        """The lines of somebody's window."""
        lines = []
        for one in self.seen:
            match one.event:
                case Chat(name=name, text=text) if one.at == at:
                    lines.append(f"{name}: {text}")
                case Notice(code, text) if one.at == at and code == LINE:
                    lines.append(text)
        return lines

    def verdict(self) -> Verdict | None:
        """On the newest attack, from what was seen after it; None while there was none."""
        at = last_attack(self.seen)
        return None if at is None else judge(self.seen, at, self.version)
