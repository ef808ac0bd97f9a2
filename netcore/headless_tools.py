"""The commands that print something and end: `rooms` lists what a search hears, `doctor` says why a room
cannot be reached. With `--json` each line is an object with the key `event`, as everywhere.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final

from netcore import bootstrap, engine
from netcore.engine import DoctorConfig, Engine, Event, FoundRoom, SearchConfig, fingerprint_text
from netcore.headless_lines import Object, dump, error_object
from netcore.wire.lines import counted, quoted_name, quoted_room, system_line

REACHED, NOT_REACHED = 0, 5
_JOIN_S: Final = 2.0
_MARKS: Final = {True: "ok  ", False: "BAD ", None: "    "}

Print = Callable[[Object, str], None]


class _Interrupted(Exception):
    """Ctrl+C, or a TERM signal."""


def rooms(data_dir: Path, seconds: float, as_json: bool) -> int:
    """Print each room when it is first heard, for so long; the exit code."""
    say = _printer(as_json)
    until_s = time.monotonic() + seconds
    told: set[tuple[bytes, str]] = set()
    with _running(engine.start_search(SearchConfig(data_dir))) as search:
        for event in _events(search, until_s):
            if isinstance(event, engine.RoomsFound):
                for room in event.rooms:
                    if (room.fingerprint, room.address) not in told:
                        told.add((room.fingerprint, room.address))
                        say(room_object(room), room_line(room))
            elif isinstance(event, engine.Failed | engine.Crashed):
                return _failed(event, say)
    if not told and not as_json:
        print(system_line("No room has answered. A room can also be joined by its address, or by an invite."))
    return 0


def doctor(target: str, as_json: bool) -> int:
    """Print each step when it is known, then cause and advice. 0 when a LocalChat of this version answers."""
    say = _printer(as_json)
    told: set[str] = set()
    with _running(engine.start_doctor(DoctorConfig(target))) as examination:
        for event in _events(examination, float("inf")):
            if isinstance(event, engine.Failed | engine.Crashed):
                return _failed(event, say)
            if not isinstance(event, engine.Examined):
                continue
            found = event.diagnosis
            for step in found.steps:
                if step.name not in told:
                    told.add(step.name)
                    words: Object = {"name": step.name.value, "passed": step.passed, "words": step.words}
                    say({"event": "step", **words}, f"{_MARKS[step.passed]}{step.words}")
            if event.done:
                commands = [one.command for one in found.commands]
                end: Object = {"works": found.works, "cause": found.cause, "advice": found.advice}
                listed = [f"On the host’s computer, {one.firewall}: {one.command}" for one in found.commands]
                say(
                    {"event": "diagnosis", **end, "commands": commands},
                    "\n".join([found.cause, found.advice, *listed]),
                )
                return REACHED if found.works else NOT_REACHED
    return NOT_REACHED


def room_object(room: FoundRoom) -> Object:
    """A room as scripts read it."""
    return {
        "event": "room",
        "name": room.name,
        "host": room.host,
        "address": room.address,
        "members": room.members,
        "fingerprint": fingerprint_text(room.fingerprint),
        "known": room.standing.is_known,
        "standing": room.standing.value,
    }


def room_line(room: FoundRoom) -> str:
    """A room as a person reads it."""
    members = counted(room.members, "member")
    who = f"{quoted_room(room.name)}, host {quoted_name(room.host)}, {members}"
    return f"{who}, at {room.address} ({room.standing.words}), {fingerprint_text(room.fingerprint)}"


def _printer(as_json: bool) -> Print:
    def say(found: Object, lines: str) -> None:
        print(dump(found) if as_json else "\n".join(map(system_line, lines.split("\n"))), flush=True)

    return say


def _failed(event: engine.Failed | engine.Crashed, say: Print) -> int:
    if isinstance(event, engine.Crashed):
        bootstrap.say(event.traceback, end="")
        return 1
    say(error_object(event.error.code, str(event.error)), str(event.error))
    return event.error.exit_code


def _events(running: Engine, until_s: float) -> Iterator[Event]:
    """What it tells until then."""
    while (left_s := until_s - time.monotonic()) > 0:
        # With a bound: on some systems a wait without one keeps signals out.
        with contextlib.suppress(queue.Empty):
            yield running.events.get(timeout=min(left_s, 0.25))


@contextlib.contextmanager
def _running(running: Engine) -> Iterator[Engine]:
    """Ends it in order, also at a signal, or when nobody reads the output any more."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise _Interrupted

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with contextlib.suppress(_Interrupted):
            yield running
    except BrokenPipeError:
        # The interpreter flushes once more on its way out; that must not fail again.
        with open(os.devnull, "wb") as null:
            os.dup2(null.fileno(), sys.stdout.fileno())
    finally:
        running.submit(engine.Stop())
        running.join(_JOIN_S)
