"""The sandbox itself: which room is open, what has been seen in it, and what is being done there.

    sandbox = Sandbox()
    sandbox.begin("today")
    while ...:
        for seen in sandbox.look(): ...        often; nothing happens in between on this side
    run(sandbox, ["order /flip up", "say Ada hello"])       from netcore.lab.sandbox.orders
    sandbox.close()

It blocks nowhere but in `close`, for one thread. `seen` is all that was seen since the last `begin`: what the
lessons' checks ask.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Final

from netcore.errors import LocalChatError
from netcore.lab.lessons.model import (
    OPENED_YESTERDAY,
    PINNED,
    SEARCHED,
    TYPED,
    Pointer,
    Seen,
)
from netcore.lab.orders import FrameOrder
from netcore.lab.sandbox.exhibit import Exhibit
from netcore.lab.sandbox.folder import SandboxFolder
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.old import OldRoom
from netcore.lab.sandbox.room import TODAY, Room
from netcore.lab.sandbox.script import Script, until
from netcore.lab.sandbox.time_machine import Opened, open_1_3, open_today
from netcore.lab.sandbox.today import TodayRoom
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.throwaway import kex_key, rsa_key
from netcore.lab.word_search import count_in
from netcore.net.api.events import Chat, Connected, Disconnected
from netcore.trace import Person

MOST_SEEN: Final = 50_000
"""A lesson has some thousands; beyond, the oldest go."""
QUIET_S: Final = 0.25
"""So long nothing has been seen: what was begun is over."""
SETTLE_S: Final = 10.0


class Sandbox:
    """For one thread."""

    def __init__(self) -> None:
        """Opens no room yet. Raises FolderNotWritable."""
        self._folder = SandboxFolder()
        self._gathering = Gathering()
        self.rooms = 0
        """How many have been opened."""
        self.begun = 0
        """How often it was begun anew."""
        self.room: Room | None = None
        self.version = ""
        self.seen: list[Seen] = []
        self.taken = 0
        """How many were seen in all, also those that have gone."""
        self.recorded: list[Seen] = []
        """All that was seen in the room that is open, from its beginning."""
        self.captured: dict[str, list[FrameTapped]] = {}
        """What the tap saw, by version, of the last room of that version."""
        self.exhibit = Exhibit()
        self.told: Opened | None = None
        """What the time machine found last."""
        self.trouble = ""
        """Why the last thing that was to be done could not be done; "" if it could."""
        self.joins = False
        """Whether what is said is held back, to leave together."""
        self.armed: FrameOrder | None = None
        """The tap's last order for a frame, carried out or not."""
        self._scripts: deque[Script] = deque()
        self._last_seen_at = 0.0

    # --- Rooms -----------------------------------------------------------------------------------

    @property
    def today(self) -> TodayRoom | None:
        """The room, if it is today's."""
        return self.room if isinstance(self.room, TodayRoom) else None

    @property
    def old(self) -> OldRoom | None:
        """The room, if it is one of the museum."""
        return self.room if isinstance(self.room, OldRoom) else None

    def begin(self, version: str = TODAY) -> None:
        """Open a room of this version, and look at what happens from then on. What runs is given up."""
        self._scripts.clear()
        self._scripts.append(self._begin(version))

    def _begin(self, version: str) -> Script:
        yield from self.open(version)
        self.seen.clear()
        self.begun += 1

    def reset(self) -> None:
        """The same room as new."""
        self.begin(self.version or TODAY)

    def open(self, version: str) -> Script:
        """Another room takes the place of the one that is open; what was seen stays."""
        self._close_room()
        self.rooms += 1
        self.version, self.joins, self.armed = version, False, None
        self.captured[version] = []
        self.recorded.clear()
        if version == TODAY:
            today = self.room = TodayRoom(self._folder.path / str(self.rooms), self._gathering)
            yield from today.open()
            if today.failed:
                self.trouble = str(today.problem or today.crash)
        else:
            self.room = OldRoom(version, self._gathering)
            yield from self.room.open()
        yield from self.settle()

    def _close_room(self) -> None:
        if self.room is not None:
            self.room.close()
        self.room = None
        self._take_in(self._gathering.take_all())

    def close(self) -> None:
        """Ends all, and leaves nothing on the disk. Idempotent."""
        self._scripts.clear()
        self._close_room()
        self._folder.close()

    # --- What is seen ------------------------------------------------------------------------------

    def look(self) -> list[Seen]:
        """What is new, in order. Goes on with what is being done."""
        new = self._gathering.take()
        self._take_in(new)
        if self._scripts:
            try:
                next(self._scripts[0])
            except StopIteration:
                self._scripts.popleft()
            except LocalChatError as error:
                self.trouble = str(error)
                self._scripts.clear()
        return new

    def _take_in(self, new: list[Seen]) -> None:
        for seen in new:
            self._last_seen_at = time.monotonic()
            if isinstance(seen.event, FrameTapped):
                self.captured.setdefault(self.version, []).append(seen.event)
            if self.room is not None:
                self.room.saw(seen)
        self.taken += len(new)
        for kept in (self.seen, self.recorded):
            kept += new
            del kept[: max(0, len(kept) - MOST_SEEN)]

    def since(self, taken: int) -> list[Seen]:
        """What was seen since `taken` stood at this number, as far as it is kept."""
        return self.seen[-(self.taken - taken) :] if self.taken > taken else []

    @property
    def busy(self) -> bool:
        """Whether something is being done that was asked for."""
        return bool(self._scripts)

    @property
    def ready(self) -> bool:
        return self.room is not None and not self.busy

    # --- What is done --------------------------------------------------------------------------------

    def do(self, script: Script) -> None:
        """When what was asked for before is done."""
        self._scripts.append(script)

    def settle(self, quiet_s: float = QUIET_S) -> Script:
        """Until nothing more happens, and whoever was thrown out is back."""
        begun_at = time.monotonic()

        def calm() -> bool:
            chairs = self.today.chairs.values() if self.today is not None else ()
            if any(chair.on_the_way and not self._stays_out(chair.at) for chair in chairs):
                return False
            return time.monotonic() - max(begun_at, self._last_seen_at) >= quiet_s

        yield from until(calm, SETTLE_S)

    def _stays_out(self, at: str) -> bool:
        """Whether its program has given up."""
        for seen in reversed(self.seen):
            if seen.at == at and isinstance(seen.event, Disconnected):
                return seen.event.retry_in_s is None
            if seen.at == at and isinstance(seen.event, Connected):
                return False
        return False

    def said(self, at: str, text: str) -> bool:
        """Whether this text has been shown there since the room was opened."""
        return any(
            seen.at == at and isinstance(seen.event, Chat) and seen.event.text == text for seen in self.seen
        )

    # --- What a person does --------------------------------------------------------------------------

    def person(self, what: str, data: Mapping[str, object]) -> None:
        self._gathering.put("person", Person(0, 0, time.monotonic(), what, data))

    def pin(self, pointer: Pointer) -> None:
        """This frame, or chunk, matters."""
        self.person(
            PINNED,
            {
                "at": pointer.at,
                "connection": pointer.connection,
                "direction": pointer.direction,
                "n": pointer.n,
            },
        )

    def type_answer(self, lesson: int, step: str, text: str) -> None:
        self.person(TYPED, {"lesson": lesson, "step": step, "text": text})

    def search(self, word: str) -> int:
        """How often the word stands in what the tap saw of this room, written in three ways."""
        found = count_in(self.captured.get(self.version, ()), word)
        self.person(SEARCHED, {"where": self.version, "word": word, "found": found})
        return found

    def flip_exhibit(self, byte: int, bit: int) -> str:
        """Turn a bit of the exhibit; gives what comes out. It is turned back: what is shown stays as it is.
        Raises IndexError or ValueError."""
        self.exhibit.flip(byte, bit)
        opened = self.exhibit.opened()
        self.exhibit.flip(byte, bit)
        return opened

    def open_yesterday(self, version: str) -> Script:
        """Give the time machine the recording of this version, and the server's private keys."""
        captured = self.captured.get(version, [])
        if version == TODAY:
            told = open_today(captured, kex_key("server_kex"))
        else:
            told = Opened()
            yield from open_1_3(captured, rsa_key("server_kex"), told)
        self.told = told
        self.person(OPENED_YESTERDAY, {"recording": version, "opened": told.opened, "missing": told.missing})

    def last_attack(self) -> Attacked | None:
        return next((one.event for one in reversed(self.seen) if isinstance(one.event, Attacked)), None)
