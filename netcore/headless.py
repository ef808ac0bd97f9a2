"""A room or a client without a window: lines in, lines out, an exit code.

The main thread prints events and obeys lines; the engine works on its own thread; a third one reads
standard input (`headless_input`). What lines look like, in and out, is in `headless_lines`.

Exit codes: 0 well, 1 a defect, 2 usage, files, or cannot listen, 3 not trusted, 4 refused by the
server (or, at the end of a pipe, one of its lines was, or was not kept), 5 cannot reach it, or it does not
acknowledge what was said.
"""

from __future__ import annotations

import contextlib
import errno
import getpass
import os
import queue
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from netcore import bootstrap, engine, headless_lines, headless_tools, headless_trace, limits, typed_lines
from netcore.ending_signals import Interrupt, catch_signals
from netcore.engine import (
    ClientConfig,
    Engine,
    Event,
    Member,
    ServerConfig,
    ServerOptions,
    start_client,
    start_server,
)
from netcore.errors import (
    BadName,
    HandshakeFailed,
    LocalChatError,
    NotAcknowledged,
    OutputFileError,
    ServerGone,
    StorageFull,
)
from netcore.headless_input import InputEnd, Line, is_terminal, no_input, read_in_thread
from netcore.headless_lines import Role
from netcore.options import Options
from netcore.room_words import (
    answering_line,
    banned_line,
    changed_lines,
    muted_line,
    muted_list,
    rules_lines,
)
from netcore.slash_commands import NETWORK, Word, help_lines
from netcore.store.paths import data_folder
from netcore.typed_commands import command_of
from netcore.typed_lines import Misunderstood, Order, Say
from netcore.wire.lines import KeyNotes, system_line
from netcore.wire.names import clean_name
from netcore.wire.texts import visible

DEFAULT_ROOM = "LocalChat"
DEFAULT_HOST_NICK = "Host"
DEFAULT_NICK = "Guest"
DEFAULT_BIND = "127.0.0.1"

REFUSED_LINES: Final = 4
NOT_AGAIN: Final = "It is not tried again."
MAX_GONE: Final = 200
_JOIN_S = 2.0


Inbox = queue.SimpleQueue[Event | Line | InputEnd | Interrupt]


def main(options: Options) -> int:
    """Run the role that the command line names until its end; the exit code."""
    data_dir = data_folder(options.data_dir)
    if options.role == "rooms":
        return headless_tools.rooms(data_dir, options.seconds, options.json)
    if options.role == "doctor":
        return headless_tools.doctor(options.address or "", options.json)
    role: Role = "server" if options.role == "server" else "client"
    inbox: Inbox = queue.SimpleQueue()
    runner = Runner(role, options.json, inbox, typed=is_terminal())
    catch_signals(inbox.put)
    try:
        files = headless_trace.open_files(options)
    except OutputFileError as error:
        return runner.cannot_begin(error)
    if role == "server":
        running = start_server(_server_config(options, data_dir), inbox.put)
    else:
        running = start_client(_client_config(options, data_dir), inbox.put)
    # A server in the background has the null device for its input, whose end means nothing.
    if not (role == "server" and no_input()):
        read_in_thread(runner.slots, inbox.put)
    if files:
        running.submit(engine.Record(True))
    with headless_trace.written_away(running.trace, files):
        return runner.run(running)


def _server_config(options: Options, data_dir: Path) -> ServerConfig:
    return ServerConfig(
        data_dir=data_dir,
        room=DEFAULT_ROOM if options.room is None else options.room,
        nick=DEFAULT_HOST_NICK if options.nick is None else options.nick,
        bind=DEFAULT_BIND if options.bind is None else options.bind,
        port=limits.DEFAULT_PORT if options.port is None else options.port,
        answering=not options.hidden,
        options=ServerOptions(max_members=options.members),
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

    def __init__(self, role: Role, as_json: bool, inbox: Inbox, typed: bool = False) -> None:
        """`typed`: the lines come from a person, who reads what is said about each; else from a pipe."""
        self._role: Role = role
        self._typed = typed
        self._as_json = as_json
        self._inbox = inbox
        self.slots = threading.Semaphore(limits.MAX_UNACKNOWLEDGED)
        self._engine: Engine | None = None
        self._code = 0
        self._members: dict[bytes, str] = {}  # the names of those who are here, by member_id
        self._gone: dict[str, None] = {}  # names of those who have left, the latest last
        self._notes = KeyNotes()  # for people; scripts are told the ids
        self._held: deque[str] = deque()  # lines that came before the room was open
        self._next_id = 1
        self._unacknowledged: set[int] = set()
        self._bind = DEFAULT_BIND  # where a room listens
        self._files: dict[str, headless_lines.Object] = {}  # those that were shared, by id
        self._whispered: set[str] = set()  # those that we whispered
        self._getting: set[str] = set()  # those on their way to us
        self._dropping: set[str] = set()  # those that we take back
        self._sending: set[str] = set()  # and from us
        self._room = engine.RoomChanged(False, False, 0, True)
        self._answering: engine.Answering | None = None
        self._banned: tuple[Member, ...] = ()
        self._muted: set[bytes] = set()
        self._compared: frozenset[bytes] = frozenset()
        self._ready = False  # has been in the room
        self._connected = False
        self._refused_lines = 0
        self._input_over = False
        self._quit_said = False
        self._stopping = False
        self._mute = sys.stdout is None  # nobody reads our output, or not any more
        self._give_up_s: float | None = None
        self._door_error: LocalChatError | None = None  # why the first connect failed, while it is retried

    def cannot_begin(self, error: LocalChatError) -> int:
        """Say why; the exit code."""
        self._print_error(error.code, str(error))
        self._flush()
        return error.exit_code

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
                    return self._code if self._stopping or self._code else self._unasked_end()
            self._quit_if_done()
            self._look_at_clock()

    # --- Events ---------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        match event:
            case engine.Listening():
                self._bind = event.address
                self._come(event.you)
                self._room = engine.RoomChanged(False, False, 0, event.kept)
                self._banned, self._muted = event.banned, set(event.muted)
            case engine.ReachChanged():
                self._bind = event.address
            case engine.Connected():
                for member_id in list(self._members):
                    self._leave(member_id)
                for member in event.members:
                    self._come(member)
            case engine.MemberJoined(member):
                self._come(member)
            case engine.Chat(file=engine.SharedFile() as file) | engine.WhisperReceived(
                file=engine.SharedFile() as file
            ):
                self._files[file.id] = headless_lines.offered(event, file)
            case engine.WhisperSent(file=engine.SharedFile() as file):
                self._whispered.add(file.id)
            case engine.FileTakenBack(file_id):
                if file_id not in self._files and file_id not in self._whispered:
                    return  # of an earlier run
                self._files.pop(file_id, None)
                self._whispered.discard(file_id)
                self._dropping.discard(file_id)
            case engine.HistoryOpened(_, messages, whispers):
                self._whispered |= {one.file.id for one in whispers if one.mine and one.file is not None}
                to_us = [whisper for whisper in whispers if not whisper.mine]
                earlier: list[engine.Chat | engine.OldWhisper] = [*messages, *to_us]
                for old in earlier:
                    if old.file is not None:
                        self._files[old.file.id] = headless_lines.offered(old, old.file)
        gives_up = isinstance(event, engine.Disconnected) and self._gives_up(event)
        # What is said of the end stands below; rules that are as one knows them are no news.
        if event != self._room and not (gives_up and not self._as_json):
            self._show(event)
        match event:
            case engine.Listening() | engine.Connected():
                self._enter()
            case engine.RoomChanged():
                self._room = event
            case engine.Answering():
                self._answering = event
            case engine.Banned(members):
                self._banned = members
            case engine.ComparedMembers(ids):
                self._compared = ids
            case engine.MemberLeft(member):
                self._leave(member.id)
                self._gone[member.name] = None
                while len(self._gone) > MAX_GONE:
                    del self._gone[next(iter(self._gone))]
            case engine.Pending(local_id):
                self._unacknowledged.add(local_id)  # those found from last time count too
            case engine.FileQueued(local_id, file):
                self._unacknowledged.add(local_id)
                self._sending.add(file.id)
            case engine.FileProgress(file_id, sending=sending):
                (self._sending if sending else self._getting).add(file_id)
            case engine.FileReceived(file_id):
                self._getting.discard(file_id)
            case engine.FileRefused(file_id, local_id=local_id):
                self._refused_lines += 1
                self._getting.discard(file_id)
                self._dropping.discard(file_id)
                self._sending.discard(file_id)
                if local_id is not None:
                    self._settled(local_id)
            case engine.Chat(local_id=local_id, file=shared) if local_id is not None:
                self._settled(local_id, shared)
            case engine.WhisperSent(local_id, file=shared):
                self._settled(local_id, shared)
            case engine.Refused(local_id):
                # One that was refused in an earlier run is no line of this one's. None is told twice.
                self._refused_lines += local_id in self._unacknowledged
                if self._role == "client":
                    self._submit(engine.Discard(local_id))
                if self._stopping and not self._typed and not self._code:
                    self._code = REFUSED_LINES  # by the end, whose reason is no matter: it was not kept
                self._settled(local_id)
            case engine.Disconnected():
                self._on_disconnected(event)
            case engine.TrustAsked():
                self._fail(headless_lines.question_error(event).exit_code)
            case engine.Failed(error) if not isinstance(error, StorageFull):
                self._fail(error.exit_code)
            case engine.Crashed(traceback):
                bootstrap.say(visible(traceback), end="")  # it may quote a peer
                self._code = 1

    def _come(self, member: Member) -> None:
        self._members[member.id] = member.name
        if not self._as_json:
            self._notes.add(member.id, member.name)

    def _leave(self, member_id: bytes) -> None:
        self._members.pop(member_id, None)
        self._notes.remove(member_id)

    def _enter(self) -> None:
        self._ready = self._connected = True
        self._give_up_s = self._door_error = None
        self._hope()
        held, self._held = self._held, deque()
        for text in held:
            self._obey(text)

    def _gives_up(self, event: engine.Disconnected) -> bool:
        """Whether this loss is the end of the run. At the door it may not be: a busy server, which does
        answer, sends some away."""
        at_the_door = not self._ready and isinstance(event.error, HandshakeFailed | ServerGone)
        return event.retry_in_s is None or not (self._ready or at_the_door)

    def _on_disconnected(self, event: engine.Disconnected) -> None:
        self._connected = False
        if self._gives_up(event):
            if not self._stopping:
                self._print_end(event.error, would_come_back=event.retry_in_s is not None)
            self._fail(event.error.exit_code)
        elif not self._ready:
            if self._give_up_s is None:
                self._give_up_s = time.monotonic() + limits.DOOR_S
            self._door_error = event.error

    def _settled(self, local_id: int, file: engine.SharedFile | None = None) -> None:
        if file is not None:
            self._sending.discard(file.id)
        if local_id in self._unacknowledged:
            self._unacknowledged.remove(local_id)
            self._hope()
            if local_id > 0:
                self.slots.release()

    def _unasked_end(self) -> int:
        """The exit code when the engine has ended without us and without a reason: never success."""
        self._show(engine.Crashed(""))
        self._flush()
        return 1

    # --- Lines ----------------------------------------------------------------------------------

    def _hold_or_obey(self, text: str) -> None:
        if self._ready:
            self._obey(text)
        else:
            self._held.append(text)

    def _obey(self, text: str) -> None:
        over = self._stopping or self._quit_said
        host = self._role == "server"
        banned = {member.id: member.name for member in self._banned}
        typed = None if over else typed_lines.read_line(
            text, self._members, host=host, gone=self._gone, banned=banned
        )
        match typed:
            case Say(said):
                self._send(lambda local_id: engine.Say(local_id, said))
                return
            case Order(Word.WHISPER, bytes(to), said):
                self._send(lambda local_id: engine.Whisper(local_id, to, said))
                return
            case Order(Word.FILE, whom, path):
                self._send(lambda local_id: engine.SendFile(local_id, Path(path), whom))
                return
            case Order():
                self._do(typed)
            case Misunderstood(fault, sentence):
                self._refused_lines += 1
                self._print_error(fault.value, sentence)
        self.slots.release()

    def _do(self, order: Order) -> None:
        command, member_id = command_of(order), order.member_id or b""
        if command is not None:
            self._submit(command)
        match order.word:
            case Word.MUTE | Word.UNMUTE:
                self._tell_muted(member_id, order.word is Word.MUTE)
            case Word.RULES:
                self._tell_rules()
            case Word.KEY:
                self._tell_key(member_id)
            case Word.CANCEL:
                self._cancel(order.text)
            case Word.REACH:
                self._submit(engine.SetReach(engine.bind_for(order.text == NETWORK, self._bind)))
            case Word.WHO:
                found = {"event": "members", **headless_lines.members_object(self._members)}
                self._print_object(found, [headless_lines.members_line(self._members, self._notes.note)])
            case Word.GET:
                self._get(order.text, order.folder)
            case Word.DROP:
                self._drop(order.text)
            case Word.FILES:
                files = list(self._files.values())
                self._print_object({"event": "files", "files": files}, headless_lines.files_lines(files))
            case Word.HELP:
                lines = help_lines(host=self._role == "server")
                self._print_object({"event": "help", "lines": lines}, lines)
            case Word.QUIT:
                self._quit_said = True  # what stands behind it in a pipe is not for the room
                self._end_input()
                if not self._connected:
                    self._stop()
            case Word.WHISPER | Word.FILE:
                raise AssertionError("it was sent")

    def _tell_muted(self, member_id: bytes, muted: bool) -> None:
        (self._muted.add if muted else self._muted.discard)(member_id)
        self._print_object(self._muted_object(), [muted_line(self._members.get(member_id, ""), muted)])

    def _muted_object(self) -> headless_lines.Object:
        names = {one: self._members.get(one, "") for one in sorted(self._muted)}
        return {"event": "muted", **headless_lines.members_object(names)}

    def _tell_rules(self) -> None:
        host = self._role == "server"
        if self._as_json:
            self._show(self._room)
            if host:
                self._show(engine.Banned(self._banned))
                self._print_object(self._muted_object(), [])
                self._show(self._answering or engine.Answering(False, 0))
            return
        lines = rules_lines(self._room, host)
        if host:
            lines += [banned_line(self._banned), muted_list(self._members, self._muted)]
            lines += [answering_line(self._answering)] if self._answering else []
        self._print_object({}, lines)

    def _tell_key(self, member_id: bytes) -> None:
        name, compared = self._members.get(member_id, ""), member_id in self._compared
        found = {"event": "key", "nick": name, "member_id": engine.fingerprint_text(member_id)}
        line = headless_lines.key_line(member_id, name, compared)
        self._print_object({**found, "compared": compared}, [line])

    def _cancel(self, typed: str) -> None:
        file_id = self._one_of(self._sending | self._getting, typed, "on its way")
        if file_id is not None:
            self._submit(engine.CancelFile(file_id))

    def _get(self, typed: str, folder: str) -> None:
        """Save the file whose id begins like this. Never guessed: an id that could be two is asked about."""
        file_id = self._one_of(self._files, typed)
        if file_id is not None:
            self._getting.add(file_id)
            self._submit(engine.GetFile(file_id, Path(folder) if folder else None))

    def _drop(self, typed: str) -> None:
        """Take a file back, or at the host down."""
        file_id = self._one_of({*self._files, *self._whispered}, typed)
        if file_id is not None:
            self._dropping.add(file_id)
            self._submit(engine.TakeBackFile(file_id))

    def _one_of(self, ids: Iterable[str], typed: str, where: str = "here") -> str | None:
        """The one id that begins like this. None: it is said why, and nothing is done."""
        fitting = [file_id for file_id in ids if file_id.startswith(typed.casefold())]
        if len(fitting) == 1:
            return fitting[0]
        self._refused_lines += 1
        which = f"More than one file {where} has" if fitting else f"No file {where} has"
        self._print_error("no_such_file", f"{which} an id that begins so. /files lists what was shared.")
        return None

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
        self._hope()

    def _hope(self) -> None:
        """After the end of input nobody may be there to end us. So what still waits for its acknowledgement,
        for a server that was lost or for room on a full disk, is given so long since something came on."""
        if self._input_over and self._ready:
            self._give_up_s = time.monotonic() + limits.RETRY_AFTER_INPUT_END_S

    def _look_at_clock(self) -> None:
        if self._give_up_s is not None and time.monotonic() >= self._give_up_s and not self._stopping:
            self._give_up_s = None
            if self._role == "server":
                self._fail(REFUSED_LINES)  # as the room closes it says of each line that it was not kept
                return
            error = self._door_error or NotAcknowledged(count=len(self._unacknowledged))
            self._print_end(error, would_come_back=error is self._door_error)
            self._fail(error.exit_code)

    def _quit_if_done(self) -> None:
        under_way = self._unacknowledged or self._getting or self._dropping
        if self._input_over and self._ready and not under_way and not self._stopping:
            if self._refused_lines and not self._typed:
                self._code = REFUSED_LINES
            self._stop()

    def _fail(self, code: int) -> None:
        if not self._stopping:
            self._code = code
            self._stop()

    def _stop(self) -> None:
        self._stopping = True
        self._submit(engine.Stop())

    # --- Printing -------------------------------------------------------------------------------

    def _show(self, event: Event) -> None:
        if self._as_json:
            self._print(headless_lines.as_json(event, self._role))
            return
        changed = self._changed(event)
        if changed is None:
            self._print(headless_lines.as_text(event, self._role, self._notes.note, self._columns()))
        elif changed:
            self._print_object({}, changed)

    def _changed(self, event: Event) -> list[str] | None:
        """The lines for people of an event that tells how things are: of what was not so before. None for
        the others."""
        match event:
            case engine.RoomChanged():
                return changed_lines(self._room, event, self._role == "server")
            case engine.Answering():
                return [] if self._answering is None else [answering_line(event)]
            case engine.ComparedMembers(ids):
                new = ids - self._compared if self._ready else frozenset()
                return [headless_lines.compared_line(self._members.get(one, "")) for one in sorted(new)]
        return None

    def _print_end(self, error: LocalChatError, would_come_back: bool) -> None:
        """Why the run ends; and where a window would come back by itself, that this does not."""
        self._print_error(error.code, f"{error} {NOT_AGAIN}" if would_come_back else str(error))

    def _print_error(self, code: str, message: str) -> None:
        self._print_object(headless_lines.error_object(code, message), [message])

    def _print_object(self, found: headless_lines.Object, lines: list[str]) -> None:
        if self._as_json:
            self._print(headless_lines.dump(found))
        else:
            self._print("\n".join(system_line(line, width=self._columns()) for line in lines))

    def _columns(self) -> int:
        """Of the terminal that shows our lines, so that we break them and not it; 0 for a pipe or a file."""
        if self._mute or not sys.stdout.isatty():
            return 0
        return shutil.get_terminal_size().columns

    def _print(self, line: str | None) -> None:
        if line is None or self._mute:
            return
        try:
            sys.stdout.write(line + "\n")
        except (OSError, ValueError) as error:
            self._be_mute(error)

    def _flush(self) -> None:
        if self._mute:
            return
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            self._be_mute(error)

    def _be_mute(self, error: Exception) -> None:
        """Nothing more can be printed. Whoever read us has gone: end quietly. Anything else is a reason."""
        self._mute = True
        # ValueError: the stream is closed. Windows says EINVAL of a pipe whose reader has gone.
        gone = isinstance(error, ValueError) or getattr(error, "errno", 0) in (errno.EPIPE, errno.EINVAL)
        # The interpreter flushes once more on its way out; that must not fail again.
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as null:
            os.dup2(null.fileno(), sys.stdout.fileno())
        if gone:
            self._stop()
        else:
            bootstrap.say(f"The output cannot be written ({getattr(error, 'strerror', None) or error}).")
            self._code = self._code or 2  # also while we stop: what was lost is a reason then, too
            if not self._stopping:
                self._stop()
