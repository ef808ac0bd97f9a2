"""A room or a client without a window: lines in, lines out, an exit code.

The main thread prints events and obeys lines; the engine works on its own thread; a third one reads
standard input (`headless_input`). What lines look like, in and out, is in `headless_lines`.

Exit codes: 0 well, 1 a defect, 2 usage, files, or cannot listen, 3 not trusted, 4 refused by the
server, 5 cannot reach it.
"""

from __future__ import annotations

import getpass
import io
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from netcore import engine, headless_lines, limits
from netcore.engine import ClientConfig, Engine, Event, Member, ServerConfig, start_client, start_server
from netcore.errors import BadName, HandshakeFailed, LocalChatError, ServerGone, StorageFull
from netcore.headless_input import InputEnd, Line, no_input, read_in_thread
from netcore.headless_lines import KickWish, Mistake, QuitWish, Role, SayWish, WhisperWish, WhoWish
from netcore.options import Options
from netcore.store.paths import data_folder
from netcore.wire.names import clean_name

DEFAULT_ROOM = "LocalChat"
DEFAULT_HOST_NICK = "Host"
DEFAULT_NICK = "Guest"
DEFAULT_BIND = "127.0.0.1"

_JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Interrupt: ...


Inbox = queue.SimpleQueue[Event | Line | InputEnd | Interrupt]


def main(options: Options) -> int:
    """Run the role that the command line names until its end; the exit code."""
    data_dir = data_folder(options.data_dir)
    role: Role = "server" if options.role == "server" else "client"
    inbox: Inbox = queue.SimpleQueue()
    runner = Runner(role, options.json, inbox)
    runner.catch_signals()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows fewer letters than the room shows the rest by number.
        sys.stdout.reconfigure(errors="backslashreplace")
    if role == "server":
        running = start_server(_server_config(options, data_dir), inbox.put)
    else:
        running = start_client(_client_config(options, data_dir), inbox.put)
    # A server in the background has the null device for its input, whose end means nothing.
    if not (role == "server" and no_input()):
        read_in_thread(runner.slots, inbox.put)
    return runner.run(running)


def _server_config(options: Options, data_dir: Path) -> ServerConfig:
    return ServerConfig(
        data_dir=data_dir,
        room=DEFAULT_ROOM if options.room is None else options.room,
        nick=DEFAULT_HOST_NICK if options.nick is None else options.nick,
        bind=DEFAULT_BIND if options.bind is None else options.bind,
        port=limits.DEFAULT_PORT if options.port is None else options.port,
    )


def _client_config(options: Options, data_dir: Path) -> ClientConfig:
    nick = _login_name() if options.nick is None else options.nick
    return ClientConfig(data_dir, nick, options.address or "", options.accept_new)


def _login_name() -> str:
    try:
        return clean_name(getpass.getuser())
    except (BadName, OSError, KeyError, ImportError):
        return DEFAULT_NICK


class Runner:
    """One run of a role on the main thread."""

    def __init__(self, role: Role, as_json: bool, inbox: Inbox) -> None:
        self._role: Role = role
        self._as_json = as_json
        self._inbox = inbox
        self.slots = threading.Semaphore(limits.MAX_UNACKNOWLEDGED)
        self._engine: Engine | None = None
        self._code = 0
        self._members: dict[bytes, Member] = {}
        self._held: deque[str] = deque()  # lines that came before the room was open
        self._next_id = 1
        self._unacknowledged: set[int] = set()
        self._ready = False  # has been in the room
        self._connected = False
        self._input_over = False
        self._quit_said = False
        self._stopping = False
        self._mute = False  # nobody reads our output any more
        self._give_up_s: float | None = None
        self._door_error: LocalChatError | None = None  # why the first connect failed, while it is retried

    def catch_signals(self) -> None:
        """SIGINT and SIGTERM end in order; a second one ends at once."""

        def interrupt(number: int, frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)
            self._inbox.put(Interrupt())

        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, interrupt)

    def run(self, running: Engine) -> int:
        """Until Stopped; the exit code."""
        self._engine = running
        while True:
            if self._inbox.empty():
                self._flush()  # once for all that came together: it takes longer than the line itself
            try:
                # With a bound: on some systems a wait without one keeps signals out.
                item = self._inbox.get(timeout=0.25)
            except queue.Empty:
                self._look_at_clock()
                continue
            if isinstance(item, Interrupt):
                self._stop()
            elif isinstance(item, InputEnd):
                self._end_input()
            elif isinstance(item, Line):
                self._hold_or_obey(item.text)
            else:
                self._on_event(item)
                # Not sooner: while nobody reads our output, a client reads nothing from its server either.
                running.taken()
                if isinstance(item, engine.Stopped):
                    running.join(_JOIN_S)
                    self._flush()
                    return self._code
            self._quit_if_done()

    # --- Events ---------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        shown = headless_lines.as_json if self._as_json else headless_lines.as_text
        self._print(shown(event, self._role))
        match event:
            case engine.Listening():
                self._members[event.you.id] = event.you
                self._enter()
            case engine.Connected():
                self._members = {member.id: member for member in event.members}
                self._enter()
            case engine.MemberJoined(member):
                self._members[member.id] = member
            case engine.MemberLeft(member):
                self._members.pop(member.id, None)
            case engine.Pending(local_id):
                self._unacknowledged.add(local_id)  # those found from last time count too
            case engine.Chat(local_id=local_id) if local_id is not None:
                self._settled(local_id)
            case engine.WhisperSent(local_id) | engine.Refused(local_id):
                self._settled(local_id)
            case engine.Disconnected():
                self._on_disconnected(event)
            case engine.TrustAsked():
                self._fail(headless_lines.question_error(event).exit_code)
            case engine.Failed(error) if not isinstance(error, StorageFull):
                self._fail(error.exit_code)
            case engine.Crashed(traceback):
                sys.stderr.write(traceback)
                self._code = 1

    def _enter(self) -> None:
        self._ready = self._connected = True
        self._give_up_s = self._door_error = None
        held, self._held = self._held, deque()
        for text in held:
            self._obey(text)

    def _on_disconnected(self, event: engine.Disconnected) -> None:
        self._connected = False
        at_the_door = not self._ready and isinstance(event.error, HandshakeFailed | ServerGone)
        if at_the_door and event.retry_in_s is not None:
            # Somebody answers, so it is worth a moment: a busy server sends some away.
            self._start_patience(limits.DOOR_S)
            self._door_error = event.error
        elif event.retry_in_s is None or not self._ready:
            if not self._stopping:
                self._print_error(event.error.code, str(event.error))
            self._fail(event.error.exit_code)
        elif self._input_over:
            self._start_patience(limits.RETRY_AFTER_INPUT_END_S)

    def _settled(self, local_id: int) -> None:
        if local_id in self._unacknowledged:
            self._unacknowledged.remove(local_id)
            if local_id > 0:
                self.slots.release()

    # --- Lines ----------------------------------------------------------------------------------

    def _hold_or_obey(self, text: str) -> None:
        if self._ready:
            self._obey(text)
        else:
            self._held.append(text)

    def _obey(self, text: str) -> None:
        over = self._stopping or self._quit_said
        wish = None if over else headless_lines.read_wish(text, self._members, self._role)
        match wish:
            case SayWish(said):
                self._send(lambda local_id: engine.Say(local_id, said))
                return
            case WhisperWish(to, said):
                self._send(lambda local_id: engine.Whisper(local_id, to.id, said))
                return
            case KickWish(member, reason):
                self._submit(engine.Kick(member.id, reason))
            case WhoWish():
                self._print_members()
            case QuitWish():
                self._quit_said = True  # what stands behind it in a pipe is not for the room
                self._end_input()
                if not self._connected:
                    self._stop()
            case Mistake(code, message):
                self._print_error(code, message)
        self.slots.release()

    def _send(self, command: Callable[[int], engine.Command]) -> None:
        local_id = self._next_id
        self._next_id += 1
        self._unacknowledged.add(local_id)
        self._submit(command(local_id))

    def _submit(self, command: engine.Command) -> None:
        if self._engine is not None:
            self._engine.submit(command)

    # --- The end --------------------------------------------------------------------------------

    def _end_input(self) -> None:
        self._input_over = True
        if self._ready and not self._connected:
            self._start_patience(limits.RETRY_AFTER_INPUT_END_S)

    def _start_patience(self, patience_s: float) -> None:
        if self._give_up_s is None:
            self._give_up_s = time.monotonic() + patience_s

    def _look_at_clock(self) -> None:
        if self._give_up_s is not None and time.monotonic() >= self._give_up_s:
            self._give_up_s = None
            if self._door_error is not None:
                self._print_error(self._door_error.code, str(self._door_error))
            self._fail(5)

    def _quit_if_done(self) -> None:
        if self._input_over and self._ready and not self._unacknowledged and not self._stopping:
            self._stop()

    def _fail(self, code: int) -> None:
        if not self._stopping:
            self._code = code
            self._stop()

    def _stop(self) -> None:
        self._stopping = True
        self._submit(engine.Stop())

    # --- Printing -------------------------------------------------------------------------------

    def _print_error(self, code: str, message: str) -> None:
        self._print_object(headless_lines.error_object(code, message), f"* {message}")

    def _print_members(self) -> None:
        names = [member.name for member in self._members.values()]
        self._print_object({"event": "members", "members": names}, f"* Here: {', '.join(names)}")

    def _print_object(self, found: headless_lines.Object, text: str) -> None:
        self._print(headless_lines.dump(found) if self._as_json else headless_lines.clean(text))

    def _print(self, line: str | None) -> None:
        if line is None or self._mute:
            return
        try:
            sys.stdout.write(line + "\n")
        except (BrokenPipeError, ValueError, AttributeError):
            self._be_mute()

    def _flush(self) -> None:
        if self._mute:
            return
        try:
            sys.stdout.flush()
        except (BrokenPipeError, ValueError, AttributeError):
            self._be_mute()

    def _be_mute(self) -> None:
        """Whoever read us has gone: end quietly."""
        self._mute = True
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            # The interpreter flushes once more on its way out; that must not fail again.
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
        self._stop()
