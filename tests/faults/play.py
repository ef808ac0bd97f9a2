"""A scripted session of a real server and two real clients in this process, with people who do not give up.

Join, say, whisper, look back, leave. When a program ends by itself or a connection does not come back,
its person starts it again; what was refused, they enter once more (as another text, so that a text names
one attempt). `Play.run` raises AssertionError when a promise is broken on the way; `judge` gives the rest.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from netcore.engine import Engine, start_client, start_server
from netcore.errors import StorageFull
from netcore.net.api import commands
from netcore.net.api.config import ClientConfig, ServerConfig
from netcore.net.api.events import (
    Chat,
    Connected,
    Crashed,
    Disconnected,
    Event,
    Failed,
    HistoryOpened,
    Listening,
    Pending,
    Refused,
    Stopped,
    WhisperReceived,
    WhisperSent,
)
from netcore.net.client.files import STORE_FILE
from netcore.net.server.files import LOG_FILE
from tests.faults.checker import Mailbox, Row, judge, judge_whispers
from tests.waiting import wait_until

E = TypeVar("E", bound=Event)

STEP_S: Final = 20.0
MOST_LIVES: Final = 4
"""One call fails, so a program that needs more lives than this does not recover."""


@dataclass(slots=True)
class Part:
    """One program and its person. `lives` counts the starts."""

    name: str
    start: Callable[[], Engine]
    engine: Engine | None = None
    events: list[Event] = field(default_factory=list)
    lives: int = 0
    may_end: bool = False
    open: dict[int, str] = field(default_factory=dict)  # local id -> text of which nothing was heard yet
    refused: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # entered into a program that was killed
    folder: str = ""  # of its data, beside the others'
    most_lives: int = MOST_LIVES

    def __post_init__(self) -> None:
        self.folder = self.folder or self.name

    def pump(self) -> None:
        """Take what the program tells, and do what a person would."""
        if self.engine is None and not self.may_end:
            self.lives += 1
            assert self.lives <= self.most_lives, f"{self.name} never recovers: {self.events[-5:]}"
            self.engine = self.start()
        while self.engine is not None:
            try:
                event = self.engine.events.get_nowait()
            except queue.Empty:
                return
            self.events.append(event)
            self._react(event, self.engine)

    def _react(self, event: Event, engine: Engine) -> None:
        match event:
            case Crashed(traceback):
                raise AssertionError(f"{self.name} crashed: {traceback}")
            case Stopped():
                assert engine.join(STEP_S), f"{self.name}'s thread goes on"
                self.engine = None
                # What was still on its way to the program is the person's again.
                self.refused += self.open.values()
                self.open.clear()
            case Disconnected(retry_in_s=None):
                engine.submit(commands.Stop())
            case Disconnected():
                engine.submit(commands.RetryNow())
            case Failed(error) if not isinstance(error, StorageFull):
                engine.submit(commands.Stop())
            case Refused(local_id=local_id, text=text):
                self.open.pop(local_id, None)
                self.refused.append(text)
            case Pending(local_id=local_id) | WhisperSent(local_id=local_id):
                self.open.pop(local_id, None)
            case Chat(local_id=local_id) if local_id is not None:
                self.open.pop(local_id, None)

    @property
    def display(self) -> list[Row]:
        """Of words; what is shared has none."""
        rows: list[Row] = []
        for event in self.events:
            if isinstance(event, HistoryOpened):
                known = set(rows)
                old = [(chat.seq, chat.text) for chat in event.messages if chat.file is None]
                rows += [row for row in old if row not in known]
            elif isinstance(event, Chat) and event.file is None:
                rows.append((event.seq, event.text))
        return rows

    @property
    def mail(self) -> list[tuple[str, str]]:
        return [
            (event.member.name, event.text)
            for event in self.events
            if isinstance(event, WhisperReceived) and event.file is None
        ]


class Play:
    """`folder` holds the three data folders. `run`, then `judge`; `end` always."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = 0
        self._next_id = 0
        self.server = Part("Host", self._start_server)
        self.ada = Part("Ada", lambda: self._start_client("Ada"))
        self.ben = Part("Ben", lambda: self._start_client("Ben"))
        self.parts = (self.server, self.ada, self.ben)
        self.broken = ""  # which call failed
        self.said: dict[str, list[str]] = {part.name: [] for part in self.parts}
        self.whispered: dict[tuple[str, str], list[str]] = {}

    def _start_server(self) -> Engine:
        return start_server(ServerConfig(self._folder / "Host", "Play", "Host", port=self._port))

    def _start_client(self, name: str) -> Engine:
        return start_client(
            ClientConfig(self._folder / name, name, f"127.0.0.1:{self._port}", accept_new=True)
        )

    # --- The script ---

    def run(self) -> None:
        self._until(lambda: self._last(self.server, Listening) is not None, [self.server])
        listening = self._last(self.server, Listening)
        assert listening is not None
        self._port = listening.port
        self._until(lambda: all(self._last(one, Connected) for one in (self.ada, self.ben)))
        self._say(self.ada, "a1")
        self._say(self.server, "h1")
        self._whisper(self.ada, self.ben, "for Ben")
        self._say(self.ben, "b1")
        self._whisper(self.ben, self.ada, "for Ada")
        self._say(self.ada, "a2")
        self._submit(self.ada, commands.LoadEarlier(2))
        self._leave(self.ada)
        self._leave(self.ben)
        self._leave(self.server)

    def _say(self, part: Part, base: str) -> None:
        """Until it is on every display."""

        def enter(text: str) -> None:
            self.said[part.name].append(text)
            part.open[self._next_id] = text
            self._submit(part, commands.Say(self._next_id, text))

        self._insist(part, base, enter, lambda text: all(text in dict(_turned(p)) for p in self.parts))

    def _whisper(self, part: Part, to: Part, base: str) -> None:
        connected = self._last(to, Connected)
        assert connected is not None

        def enter(text: str) -> None:
            self.whispered.setdefault((part.name, to.name), []).append(text)
            part.open[self._next_id] = text
            self._submit(part, commands.Whisper(self._next_id, connected.you.id, text))

        self._insist(part, base, enter, lambda text: (part.name, text) in to.mail)

    def _insist(
        self, part: Part, base: str, enter: Callable[[str], None], arrived: Callable[[str], bool]
    ) -> None:
        for number in range(1, 50):
            self._until(lambda: part.engine is not None and self._is_in(part))
            self._next_id += 1
            text = f"{base}, try {number}"
            enter(text)
            self._until(lambda: text in part.refused or arrived(text))  # noqa: B023
            if text not in part.refused:
                return
        raise AssertionError(f"{base} was refused too often")

    def _leave(self, part: Part) -> None:
        part.may_end = True
        self._submit(part, commands.Stop())
        self._until(lambda: part.engine is None)

    def _submit(self, part: Part, command: commands.Command) -> None:
        if part.engine is not None:
            part.engine.submit(command)

    def _is_in(self, part: Part) -> bool:
        """Whether its program has reached the room since it was last started."""
        starts = [i for i, event in enumerate(part.events) if isinstance(event, Stopped)]
        since = part.events[starts[-1] if starts else 0 :]
        return any(isinstance(event, Connected | Listening) for event in since)

    def _until(self, condition: Callable[[], object], parts: list[Part] | None = None) -> None:
        def holds() -> object:
            for part in parts or self.parts:
                part.pump()
            return condition()

        wait_until(holds, STEP_S, lambda: [(p.name, p.lives, p.events[-4:]) for p in self.parts])

    @staticmethod
    def _last(part: Part, kind: type[E]) -> E | None:
        return next((event for event in reversed(part.events) if isinstance(event, kind)), None)

    # --- After it ---

    def judge(self) -> None:
        """Raises AssertionError for any broken promise. All programs have ended."""
        judge_parts(self._folder, self.parts, self.said, self.whispered)

    def end(self) -> None:
        """Stop what still runs."""
        for part in reversed(self.parts):
            if part.engine is not None:
                part.engine.submit(commands.Stop())
                part.engine.join(STEP_S)
                part.engine = None


def _turned(part: Part) -> list[tuple[str, int]]:
    return [(text, seq) for seq, text in part.display]


def judge_parts(
    folder: Path,
    parts: Sequence[Part],
    said: Mapping[str, Sequence[str]],
    whispered: Mapping[tuple[str, str], Sequence[str]],
) -> None:
    """Raises AssertionError for any broken promise. `parts` have ended; the server is the first of them."""
    server, *clients = parts
    sql = "SELECT seq, text FROM messages WHERE file IS NULL ORDER BY seq"
    log = _rows(folder / server.folder, LOG_FILE, sql)
    given_back = {text for part in parts for text in part.refused}
    assert not given_back & {text for _, text in log}, "refused, and in the log"
    acknowledged = {
        part.name: [e.text for e in part.events if isinstance(e, Chat) and e.mine and e.file is None]
        for part in parts
    }
    displays = {part.name: part.display for part in parts if part.display}
    maybe = given_back.union(*(part.unknown for part in parts))
    says = judge(said, acknowledged, log, displays, maybe)
    assert says.passed, (says, log, displays)
    sent = {e.text for p in parts for e in p.events if isinstance(e, WhisperSent) and e.file is None}
    sql = "SELECT name, text FROM whispers WHERE mine = 0 AND file IS NULL ORDER BY id"
    boxes = {p.name: Mailbox(_rows(folder / p.folder, STORE_FILE, sql), p.mail) for p in clients if p.lives}
    whispers = judge_whispers(whispered, sent, boxes)
    assert whispers.passed, (whispers, boxes)


def _rows(folder: Path, name: str, sql: str) -> list[Any]:
    [path] = folder.rglob(name)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
