"""Random walks through the life of a room: a hypothesis state machine over the real server and clients.

They come, say, whisper, lose their connection, leave, are killed and started again; the server too; the
room's key changes. Whatever the walk, when all are back the checker holds. A walk that breaks a promise is
made short by hypothesis, and printed as the calls that lead to it.

A kill -9 inside this process: the network is cut, then the program goes on from a copy of its folder as
it was at that moment, with whatever lay in the write-ahead log. (Real ones are the storm's business.)
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from netcore.engine import Engine, start_client, start_server
from netcore.net.api import commands
from netcore.net.api.config import ClientConfig, ServerConfig
from netcore.net.api.events import (
    Connected,
    Disconnected,
    FileProgress,
    FileQueued,
    Listening,
    Stopped,
    WhisperSent,
)
from netcore.net.server.server import Server
from tests.faults.file_play import shown_files
from tests.faults.nth_failure import quick_keys
from tests.faults.play import Part, judge_parts
from tests.faults.proxy import FaultProxy, Weather
from tests.keys.put import put_member_key, put_server_keys
from tests.net.peer import key
from tests.waiting import wait_until

NAMES: Final = ("Ada", "Ben", "Chen")
SIZES: Final = (0, 30, 65_536, 150_000)
STEP_S: Final = 30.0
CLIENTS: Final = st.integers(0, len(NAMES) - 1)


class RoomMachine(RuleBasedStateMachine):
    """Client i is `clients[i]`, behind a proxy of its own. The server's port never changes."""

    def __init__(self) -> None:
        super().__init__()
        self._keys = quick_keys()
        self._keys.__enter__()
        self._folder = Path(tempfile.mkdtemp(prefix="localchat-machine-"))
        self._next_id = 0
        self._said: dict[str, list[str]] = {name: [] for name in ("Host", *NAMES)}
        self._whispered: dict[tuple[str, str], list[str]] = {}
        self._ids: dict[str, bytes] = {}
        self._port = 0
        self._server = Part("Host", self._start_server, most_lives=1_000)
        (self._folder / "Host").mkdir()
        (self._folder / "chosen").mkdir()
        put_server_keys(self._folder / "Host", "Walk")
        self._until(lambda: self._is_in(self._server), [self._server])
        self._port = next(e.port for e in self._server.events if isinstance(e, Listening))
        self._proxies = [FaultProxy(self._port) for _ in NAMES]
        self._clients = [self._client(number) for number in range(len(NAMES))]
        for number in (0, 1):
            self.come(number, wait=True)

    def _client(self, number: int) -> Part:
        name = NAMES[number]
        (self._folder / name).mkdir()
        (self._folder / f"{name} saved").mkdir()
        put_member_key(self._folder / name, name, key(number).to_pem())
        part = Part(name, lambda: self._start_client(part, number), may_end=True, most_lives=1_000)
        return part

    def _start_server(self) -> Engine:
        return start_server(ServerConfig(self._folder / self._server.folder, "Walk", "Host", port=self._port))

    def _start_client(self, part: Part, number: int) -> Engine:
        target = f"127.0.0.1:{self._proxies[number].port}"
        return start_client(ClientConfig(self._folder / part.folder, part.name, target, accept_new=True))

    # --- Steps ---

    @rule(number=CLIENTS, wait=st.booleans())
    def come(self, number: int, wait: bool) -> None:
        part = self._clients[number]
        part.may_end = False
        if wait:
            self._until(lambda: self._is_connected(part))

    @rule(number=CLIENTS)
    def leave(self, number: int) -> None:
        part = self._clients[number]
        part.may_end = True
        self._submit(part, commands.Stop())
        self._until(lambda: part.engine is None)

    @rule(number=CLIENTS, count=st.integers(1, 5))
    def say(self, number: int, count: int) -> None:
        for _ in range(count):
            self._enter(
                self._clients[number], self._said, lambda text, local_id: commands.Say(local_id, text)
            )

    @rule()
    def host_says(self) -> None:
        self._enter(self._server, self._said, lambda text, local_id: commands.Say(local_id, text))

    @precondition(lambda self: len(self._ids) > 1)
    @rule(number=CLIENTS, to=CLIENTS)
    def whisper(self, number: int, to: int) -> None:
        member_id = self._ids.get(NAMES[to])
        if member_id is None or number == to:
            return
        texts = {NAMES[number]: self._whispered.setdefault((NAMES[number], NAMES[to]), [])}
        self._enter(
            self._clients[number], texts, lambda text, local_id: commands.Whisper(local_id, member_id, text)
        )

    @precondition(lambda self: len(self._ids) > 1)
    @rule(number=CLIENTS, to=st.none() | CLIENTS, size=st.sampled_from(SIZES))
    def share(self, number: int, to: int | None, size: int) -> None:
        """A file, with everyone or with one."""
        part = self._clients[number]
        to_id = None if to is None else self._ids.get(NAMES[to])
        if part.engine is None or to == number or (to is not None and to_id is None):
            return
        self._next_id += 1
        path = self._folder / "chosen" / f"{part.name}{self._next_id}.bin"
        path.write_bytes(path.name.encode().ljust(size, b".")[:size])
        part.engine.submit(commands.SendFile(self._next_id, path, to_id))

    @rule(number=CLIENTS)
    def save(self, number: int) -> None:
        """What was offered last."""
        part = self._clients[number]
        files = shown_files(part)
        if part.engine is not None and files:
            part.engine.submit(commands.GetFile(files[-1].id, self._folder / f"{part.name} saved"))

    @rule(number=CLIENTS, back=st.booleans())
    def change_one_s_mind(self, number: int, back: bool) -> None:
        """Of one's own newest file, shared or not; or of what one gets."""
        part = self._clients[number]
        mine = [event.file for event in part.events if isinstance(event, FileQueued)]
        if part.engine is not None and mine and back:
            part.engine.submit(commands.TakeBackFile(mine[-1].id))
        coming = [event.id for event in part.events if isinstance(event, FileProgress) and not event.sending]
        if part.engine is not None and coming and not back:
            part.engine.submit(commands.CancelFile(coming[-1]))

    @rule(number=CLIENTS)
    def cut(self, number: int) -> None:
        self._proxies[number].reset()

    @rule(number=CLIENTS)
    def slice(self, number: int) -> None:
        self._proxies[number].set(Weather(slice_bytes=1))

    @rule()
    def rotate(self) -> None:
        """As after a leaving that was not seen: the next broadcast has a fresh key."""
        engine = self._server.engine
        if engine is not None and isinstance(engine._actor, Server) and engine._actor._room is not None:
            engine._loop.post(engine._actor._room._group_commit.lost_key_holder)

    @rule()
    def restart_server(self) -> None:
        self._submit(self._server, commands.Stop())
        lives = self._server.lives
        self._until(lambda: self._server.lives > lives and self._is_in(self._server))

    @rule()
    def kill_server(self) -> None:
        self._kill(self._server, self._clients, self._proxies)
        self._until(lambda: self._is_in(self._server))

    @rule(number=CLIENTS)
    def kill_client(self, number: int) -> None:
        part = self._clients[number]
        if part.engine is not None:
            self._kill(part, [part], [self._proxies[number]])

    @rule()
    def breathe(self) -> None:
        self._pump()

    def _enter(
        self, part: Part, texts: dict[str, list[str]], command: Callable[[str, int], commands.Command]
    ) -> None:
        self._pump()
        if part.engine is None:
            return
        self._next_id += 1
        text = f"{part.name} {self._next_id}"
        texts[part.name].append(text)
        part.open[self._next_id] = text
        part.engine.submit(command(text, self._next_id))

    def _kill(self, part: Part, cut_off: list[Part], proxies: list[FaultProxy]) -> None:
        engine = part.engine
        assert engine is not None
        for proxy in proxies:
            proxy.set(Weather(open=False))
            proxy.reset()
        idle = threading.Event()
        # Whoever was connected has read all that came, and obeyed all that was asked, when it says so.
        self._until(lambda: not any(self._is_connected(one) for one in cut_off))
        engine._loop.post(lambda: engine._loop.post(idle.set))
        assert idle.wait(STEP_S)
        part.pump()
        life = self._folder / f"{part.name} {part.lives + 1}"
        shutil.copytree(self._folder / part.folder, life)
        part.unknown.update(part.open.values())
        part.open.clear()
        engine.submit(commands.Stop())
        assert engine.join(STEP_S)
        part.engine = None
        part.events.append(Stopped())
        part.folder = life.name
        for proxy in proxies:
            proxy.set(Weather())

    # --- What holds ---

    def teardown(self) -> None:
        try:
            for proxy in self._proxies:
                proxy.set(Weather())
            for part in self._clients:
                part.may_end = part.lives == 0
            self._until(self._is_quiet)
            for part in (*self._clients, self._server):
                part.may_end = True
                self._submit(part, commands.Stop())
                self._until(lambda: part.engine is None)  # noqa: B023
            judge_parts(self._folder, (self._server, *self._clients), self._said, self._whispered)
            for part in self._clients:
                self._judge_files(part)
        finally:
            for part in (*self._clients, self._server):
                if part.engine is not None:
                    part.engine.submit(commands.Stop())
                    part.engine.join(STEP_S)
            for proxy in self._proxies:
                proxy.close()
            self._keys.__exit__(None, None, None)
            shutil.rmtree(self._folder)

    def _judge_files(self, part: Part) -> None:
        """What is saved is whole, and what its name says; nothing was whispered to somebody else."""
        for path in (self._folder / f"{part.name} saved").iterdir():
            assert path.suffix == ".bin", f"a part is left: {path.name}"
            original = self._folder / "chosen" / path.name.partition(" (")[0].removesuffix(".bin")
            assert path.read_bytes() == original.with_suffix(".bin").read_bytes(), path.name

    def _is_quiet(self) -> bool:
        """Nothing entered is open, everyone shows the same head, and every whisper is with its recipient."""
        parts = [part for part in self._clients if part.lives]
        if not all(self._is_connected(part) for part in parts) or not self._is_in(self._server):
            return False
        display = dict(self._server.display)
        away = {text for part in self._parts for text in (*part.refused, *part.unknown)}
        said = {text for texts in self._said.values() for text in texts} - away
        whispered = {text for texts in self._whispered.values() for text in texts} - away
        if not said <= set(display.values()) or any(part.open for part in self._parts):
            return False
        if any(display and max(display) not in dict(part.display) for part in parts):
            return False
        if any(list((self._folder / f"{part.name} saved").glob("*.part")) for part in parts):
            return False  # it is still coming
        # What a killed program sent before its end may be on its way, too.
        sent = {e.text for p in parts for e in p.events if isinstance(e, WhisperSent) and e.file is None}
        return whispered | sent <= {text for part in parts for _, text in part.mail}

    # --- Inside ---

    def _submit(self, part: Part, command: commands.Command) -> None:
        if part.engine is not None:
            part.engine.submit(command)

    def _is_in(self, part: Part) -> bool:
        return isinstance(self._last(part, Listening, Connected, Stopped), Listening | Connected)

    def _is_connected(self, part: Part) -> bool:
        return isinstance(self._last(part, Connected, Disconnected, Stopped), Connected)

    @staticmethod
    def _last(part: Part, *kinds: type[Any]) -> object:
        return next((event for event in reversed(part.events) if isinstance(event, kinds)), None)

    def _pump(self) -> None:
        for part in (self._server, *getattr(self, "_clients", ())):
            part.pump()
            found = self._last(part, Connected)
            if isinstance(found, Connected):
                self._ids[part.name] = found.you.id

    def _until(self, condition: Callable[[], object], parts: list[Part] | None = None) -> None:
        def holds() -> object:
            for part in parts or ():
                part.pump()
            if parts is None:
                self._pump()
            return condition()

        wait_until(holds, STEP_S, lambda: [(p.name, p.lives, p.events[-4:], p.open) for p in self._parts])

    @property
    def _parts(self) -> list[Part]:
        return [self._server, *getattr(self, "_clients", ())]


def walk(examples: int, steps: int, seed: int) -> None:
    """So many random walks; AssertionError with the shortest that breaks a promise."""
    run_state_machine_as_test(
        _seeded(seed),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def _seeded(number: int) -> type[RoomMachine]:
    machine = type("RoomMachine", (RoomMachine,), {})
    return seed(number)(machine)
