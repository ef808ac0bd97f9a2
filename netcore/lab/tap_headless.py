"""The tap without a window: orders in on standard input, lines out, an exit code.

    $ localchat.py tap --listen 127.0.0.1:5051 --to 127.0.0.1:5050 --headless --json
    {"event": "tapping", "address": "127.0.0.1:5051"}
    {"event": "frame", "connection": 1, "direction": "up", "n": 0, "type": 1, "length": 84}

The main thread prints and obeys, a second one reads standard input, the tap has its own. The end of the input
ends the tap, unless there is none, as for a program in the background.

Exit codes: 0 well, 1 a defect, 2 usage, or cannot listen.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from typing import Final

from netcore import bootstrap
from netcore.ending_signals import Interrupt, catch_signals
from netcore.errors import BadOrder, BadPort
from netcore.headless_input import InputEnd, Line, no_input, read_in_thread
from netcore.headless_lines import Object, dump, error_object
from netcore.lab.orders import Quit, TapDirection, read_order
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import (
    Armed,
    Attacked,
    ConnectionBegan,
    ConnectionEnded,
    Crashed,
    Failed,
    FrameTapped,
    NotDone,
    Overheard,
    Stopped,
    TapEvent,
    Tapping,
)
from netcore.net.target import parse_target
from netcore.options import Options
from netcore.wire.framing import frame_name
from netcore.wire.lines import counted, system_line

WARNING: Final = (
    "This tap may lead to other computers. Attack only what belongs to you, with people who know of it."
)
_ARROWS: Final[Mapping[TapDirection, str]] = {"up": "->", "down": "<-"}
_LINES_AHEAD: Final = 32
_JOIN_S: Final = 2.0


Item = TapEvent | Line | InputEnd | Interrupt


def main(options: Options) -> int:
    """Run a tap until its end; the exit code. Raises InputError for an address that is none."""
    config = config_of(options)
    if config.anywhere:
        bootstrap.say(WARNING)
    inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
    catch_signals(inbox.put)
    slots = threading.Semaphore(_LINES_AHEAD)
    runner = Runner(start_tap(config, inbox.put), options.json, slots)
    if not no_input():
        read_in_thread(slots, inbox.put)
    return runner.run(inbox)


def config_of(options: Options) -> TapConfig:
    """Raises InputError. Whether the addresses are on this computer is judged when the tap starts."""
    host, _, port = (options.listen or "").rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65_535):
        raise BadPort(port=port)
    listen = parse_target(f"{host}:1")  # port 0, which takes a free one, is no target
    to = parse_target(options.to or "")
    return TapConfig(listen.host, int(port), to.host, to.port, not options.chunks, options.anywhere)


class Runner:
    """One run on the main thread."""

    def __init__(self, tap: RunningTap, as_json: bool, slots: threading.Semaphore) -> None:
        """`slots`: how many lines may be read ahead of us."""
        self._tap = tap
        self._as_json = as_json
        self._slots = slots
        self._code = 0

    def run(self, inbox: queue.SimpleQueue[Item]) -> int:
        """Until Stopped; the exit code."""
        while True:
            try:
                # With a bound: on some systems a wait without one keeps signals out.
                item = inbox.get(timeout=0.25)
            except queue.Empty:
                continue
            match item:
                case Line(text):
                    self._obey(text)
                    self._slots.release()
                case InputEnd() | Interrupt():
                    self._tap.stop()
                case Stopped():
                    self._tap.join(_JOIN_S)
                    return self._code
                case Failed(error):
                    self._code = error.exit_code
                    if self._as_json:
                        self._print(item)
                    else:
                        bootstrap.say(str(error))
                case Crashed(traceback):
                    self._code = 1
                    bootstrap.say(traceback, end="")
                case _:
                    self._print(item)

    def _obey(self, text: str) -> None:
        if not text.strip():
            return
        try:
            order = read_order(text)
        except BadOrder as error:
            self._print(NotDone(error))
            return
        if isinstance(order, Quit):
            self._tap.stop()
        else:
            self._tap.submit(order)

    def _print(self, event: TapEvent) -> None:
        line = as_json(event) if self._as_json else as_text(event)
        if line is None:
            return
        try:
            print(line, flush=True)
        except OSError:  # nobody reads it any more
            self._tap.stop()


def as_json(event: TapEvent) -> str | None:
    """The event's line for scripts; None for what scripts are not told."""
    found = _object(event)
    return None if found is None else dump(found)


def _object(event: TapEvent) -> Object | None:
    match event:
        case Tapping(address):
            return {"event": "tapping", "address": address}
        case FrameTapped(connection, direction, n, frame_type, data):
            place: Object = {"connection": connection, "direction": direction, "n": n}
            return {"event": "frame", **place, "type": frame_type, "length": len(data)}
        case Attacked(_, attack, direction, n):
            return {"event": "attacked", "attack": attack, "direction": direction, "n": n}
        case Overheard(connection, direction, name, text):
            place = {"connection": connection, "direction": direction}
            return {"event": "overheard", **place, "nick": name, "text": text}
        case ConnectionEnded(connection, how):
            return {"event": "ended", "connection": connection, "how": how}
        case NotDone(error) | Failed(error):
            return error_object(error.code, str(error))
    return None


def as_text(event: TapEvent) -> str | None:
    """The event's line for people."""
    match event:
        case Tapping(address):
            words = f"Tapping: clients that are given {address} come through here."
        case ConnectionBegan(connection, client, own_keys):
            words = f"{connection}: {client} has come{', and is answered with our keys' if own_keys else ''}."
        case Armed(attack):
            words = f"{attack} waits for what comes."
        case FrameTapped(connection, direction, n, frame_type, data):
            name = "a chunk" if frame_type is None else frame_name(frame_type)
            words = f"{connection}: {_ARROWS[direction]} {n} {name}, {counted(len(data), 'byte')}"
        case Attacked(connection, attack, direction, n):
            what = "" if direction is None else f" {_ARROWS[direction]} {n}"
            words = f"{connection}:{what} attacked: {attack}"
        case Overheard(connection, direction, name, text):
            words = f"{connection}: {_ARROWS[direction]} overheard, {name}: {text}"
        case ConnectionEnded(connection, how):
            words = f"{connection}: ended ({how})"
        case NotDone(error):
            words = str(error)
        case _:
            return None
    return system_line(words)
