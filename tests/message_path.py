"""Which functions one real message passes: at its sender, at the server, at another member.

    python -m tests.message_path          prints the way through the files, role by role

A server and two clients in this process, each on a network thread of its own, with Python's profiler hook on
all three. What recurs by the clock (a tick, a ping) would be mixed in now and then, so several messages are
said one after the other, and the shortest way counts.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Final

from netcore.engine import (
    Chat,
    ClientConfig,
    Connected,
    Engine,
    Listening,
    Say,
    ServerConfig,
    Stop,
    start_client,
    start_server,
)
from tests.net.client.kit import Ear, put_key, put_server_keys

HOME: Final = Path(__file__).resolve().parent.parent
ROLES: Final = ("sender", "server", "receiver")
_MESSAGES: Final = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function of ours."""

    file: str  # as seen from the top of the repository
    function: str


def files(calls: list[Call]) -> list[str]:
    """The files of a way, each once, in the order in which they are first passed."""
    return list(dict.fromkeys(call.file for call in calls))


def moves(calls: list[Call]) -> int:
    """How often the next call is in another file than the one before."""
    return sum(one.file != other.file for one, other in pairwise(calls))


def trace_a_message() -> dict[str, list[Call]]:
    """For each role the calls that a message costs on its network thread, in order."""
    heard: dict[int, list[Call]] = {}
    listening = False
    ours = f"{HOME}{os.sep}netcore{os.sep}"

    def hook(frame: FrameType, event: str, argument: object) -> None:
        if listening and event == "call" and frame.f_code.co_filename.startswith(ours):
            file = Path(frame.f_code.co_filename).relative_to(HOME).as_posix()
            heard.setdefault(threading.get_ident(), []).append(Call(file, frame.f_code.co_qualname))

    found: dict[str, list[list[Call]]] = {role: [] for role in ROLES}
    threading.setprofile(hook)
    try:
        with _room() as engines:
            ears = {role: Ear(engine) for role, engine in engines.items()}
            for number in range(_MESSAGES):
                heard.clear()
                listening = True
                engines["sender"].submit(Say(number, f"message {number}"))
                for role in ROLES:
                    while ears[role].wait_for(Chat).text != f"message {number}":
                        pass
                    _finish_turn(engines[role])
                listening = False
                for role, engine in engines.items():
                    thread = engine._thread.ident
                    assert thread is not None
                    found[role].append(heard[thread])
    finally:
        threading.setprofile(None)
    return {role: min(some, key=len) for role, some in found.items()}


def _finish_turn(engine: Engine) -> None:
    """Wait until the loop is at rest: what is posted now runs in the turn after."""
    for _ in range(2):
        passed = threading.Event()
        engine._loop.post(passed.set)
        assert passed.wait(30)


@contextmanager
def _room() -> Iterator[dict[str, Engine]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines: dict[str, Engine] = {}

        def stop_all() -> None:
            for engine in engines.values():
                engine.submit(Stop())
            for engine in engines.values():
                assert engine.join(30)

        stack.callback(stop_all)
        put_server_keys(folder / "server", "Lab")
        engines["server"] = start_server(ServerConfig(folder / "server", "Lab", "Ms Okafor", port=0))
        port = Ear(engines["server"]).wait_for(Listening).port
        for role, nick in (("sender", "Ada"), ("receiver", "Ben")):
            put_key(folder / role, nick, f"member_{nick.lower()}")
            config = ClientConfig(folder / role, nick, f"127.0.0.1:{port}", accept_new=True)
            engines[role] = start_client(config)
            Ear(engines[role]).wait_for(Connected)
        yield engines


if __name__ == "__main__":
    for role, calls in trace_a_message().items():
        print(f"{role}: {len(calls)} calls in {len(files(calls))} files, {moves(calls)} moves between files")
        before = ""
        for call in calls:
            if call.file != before:
                print(f"  {call.file}")
                before = call.file
            print(f"      {call.function}")
