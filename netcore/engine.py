"""The door to all that runs: a window or a script starts a server or a client here, submits commands, takes
events.

    engine = start_client(ClientConfig(...))
    engine.submit(Say(1, "hello"))                      never blocks, from any thread
    event = engine.events.get()                         ... until Stopped
    engine.submit(Stop()); ...; engine.join(2.0)

The work happens on a thread of its own (`netcore-loop`). What it tells are frozen values on a queue;
nothing is shared. Stop order: submit(Stop()), take events until Stopped, then `join`.
"""

from __future__ import annotations

import importlib
import logging
import queue
import threading
import traceback
from collections.abc import Callable
from typing import Protocol

from netcore import limits
from netcore.crypto.identity import fingerprint_text as fingerprint_text
from netcore.errors import LocalChatError, at_an_end
from netcore.net.addresses import FOR_THE_NETWORK as FOR_THE_NETWORK
from netcore.net.addresses import FOR_THIS_COMPUTER as FOR_THIS_COMPUTER
from netcore.net.addresses import THIS_COMPUTER as THIS_COMPUTER
from netcore.net.addresses import bind_for as bind_for
from netcore.net.addresses import reach_words as reach_words
from netcore.net.api.commands import Ban as Ban
from netcore.net.api.commands import CancelFile as CancelFile
from netcore.net.api.commands import Command as Command
from netcore.net.api.commands import CutReceiving as CutReceiving
from netcore.net.api.commands import CutSending as CutSending
from netcore.net.api.commands import Discard as Discard
from netcore.net.api.commands import ForgetSecrets as ForgetSecrets
from netcore.net.api.commands import Freeze as Freeze
from netcore.net.api.commands import GetFile as GetFile
from netcore.net.api.commands import JoinSending as JoinSending
from netcore.net.api.commands import Kick as Kick
from netcore.net.api.commands import LoadEarlier as LoadEarlier
from netcore.net.api.commands import MarkCompared as MarkCompared
from netcore.net.api.commands import Mute as Mute
from netcore.net.api.commands import PauseFile as PauseFile
from netcore.net.api.commands import ReconnectAndRecord as ReconnectAndRecord
from netcore.net.api.commands import Record as Record
from netcore.net.api.commands import ReleaseName as ReleaseName
from netcore.net.api.commands import RetryNow as RetryNow
from netcore.net.api.commands import Say as Say
from netcore.net.api.commands import Search as Search
from netcore.net.api.commands import SendFile as SendFile
from netcore.net.api.commands import SetAnswering as SetAnswering
from netcore.net.api.commands import SetReach as SetReach
from netcore.net.api.commands import SetRoom as SetRoom
from netcore.net.api.commands import Stop as Stop
from netcore.net.api.commands import TakeBackFile as TakeBackFile
from netcore.net.api.commands import TrustServer as TrustServer
from netcore.net.api.commands import Unban as Unban
from netcore.net.api.commands import Whisper as Whisper
from netcore.net.api.config import ClientConfig as ClientConfig
from netcore.net.api.config import DoctorConfig as DoctorConfig
from netcore.net.api.config import SearchConfig as SearchConfig
from netcore.net.api.config import ServerConfig as ServerConfig
from netcore.net.api.config import ServerOptions as ServerOptions
from netcore.net.api.events import Answering as Answering
from netcore.net.api.events import Banned as Banned
from netcore.net.api.events import Chat as Chat
from netcore.net.api.events import ComparedMembers as ComparedMembers
from netcore.net.api.events import Connected as Connected
from netcore.net.api.events import Connecting as Connecting
from netcore.net.api.events import Crashed as Crashed
from netcore.net.api.events import Disconnected as Disconnected
from netcore.net.api.events import EarlierLoaded as EarlierLoaded
from netcore.net.api.events import Event as Event
from netcore.net.api.events import Examined as Examined
from netcore.net.api.events import Failed as Failed
from netcore.net.api.events import FileProgress as FileProgress
from netcore.net.api.events import FileQueued as FileQueued
from netcore.net.api.events import FileReceived as FileReceived
from netcore.net.api.events import FileRefused as FileRefused
from netcore.net.api.events import FileTakenBack as FileTakenBack
from netcore.net.api.events import FoundRoom as FoundRoom
from netcore.net.api.events import FrozenByHost as FrozenByHost
from netcore.net.api.events import Gone as Gone
from netcore.net.api.events import HistoryOpened as HistoryOpened
from netcore.net.api.events import HistoryReplaced as HistoryReplaced
from netcore.net.api.events import LabSwitches as LabSwitches
from netcore.net.api.events import Listening as Listening
from netcore.net.api.events import Member as Member
from netcore.net.api.events import MemberJoined as MemberJoined
from netcore.net.api.events import MemberLeft as MemberLeft
from netcore.net.api.events import MemberTraffic as MemberTraffic
from netcore.net.api.events import Notice as Notice
from netcore.net.api.events import OldWhisper as OldWhisper
from netcore.net.api.events import Pending as Pending
from netcore.net.api.events import Reach as Reach
from netcore.net.api.events import ReachChanged as ReachChanged
from netcore.net.api.events import Refused as Refused
from netcore.net.api.events import RoomChanged as RoomChanged
from netcore.net.api.events import RoomsFound as RoomsFound
from netcore.net.api.events import SharedFile as SharedFile
from netcore.net.api.events import Slowed as Slowed
from netcore.net.api.events import Standing as Standing
from netcore.net.api.events import Stopped as Stopped
from netcore.net.api.events import Traffic as Traffic
from netcore.net.api.events import TransferState as TransferState
from netcore.net.api.events import TrustAsked as TrustAsked
from netcore.net.api.events import WhisperDone as WhisperDone
from netcore.net.api.events import WhisperOutcome as WhisperOutcome
from netcore.net.api.events import WhisperReceived as WhisperReceived
from netcore.net.api.events import WhisperSent as WhisperSent
from netcore.net.doctor import Diagnosis as Diagnosis
from netcore.net.doctor import FirewallCommand as FirewallCommand
from netcore.net.doctor import Step as Step
from netcore.net.loop import THREAD_NAME, Loop
from netcore.trace import Recorder

log = logging.getLogger("localchat.engine")

Emit = Callable[[Event], None]


class Actor(Protocol):
    """What runs on the loop's thread: a server or a client."""

    def start(self) -> None:
        """Raises a LocalChatError when it cannot begin; `stop` is still called."""

    def submit(self, command: Command) -> None: ...

    def stop(self, done: Callable[[], None]) -> None:
        """Close in order, then `done`. Called once."""

    def hold(self, held: bool) -> None:
        """Whether too many events wait untaken: a client then reads nothing more from its server."""

    def close_files(self) -> None:
        """After a crash: let go of files and locks. May raise anything."""


class EventQueue:
    """The way out of an engine, for one thread that takes the events."""

    def __init__(self, taken: Callable[[], None]) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._taken = taken
        self.put = self._queue.put
        self.empty = self._queue.empty

    def get(self, timeout: float | None = None) -> Event:
        """The next one. Raises queue.Empty when none comes within `timeout` seconds."""
        event = self._queue.get(timeout=timeout)
        self._taken()
        return event

    def get_nowait(self) -> Event:
        """The next one. Raises queue.Empty when there is none."""
        event = self._queue.get_nowait()
        self._taken()
        return event


class Engine:
    """One server or one client on a thread of its own. `submit` and `join` are for any thread.

    A peer may bring more than a window can show. So what was told and not taken is counted, and a client
    reads from its server only while that is little. (A room cannot be held up for its host.)
    """

    def __init__(self, make: Callable[[Loop, Emit], Actor], on_event: Emit | None = None) -> None:
        """`make` runs on the loop's thread. `on_event`, called there too, takes the place of `events`; who
        gives one calls `taken` for each event."""
        self.events = EventQueue(self.taken)
        self._make = make
        self._on_event = on_event or self.events.put
        # Each is written by one thread alone: the loop's, and the one that takes the events.
        self._told = 0
        self._taken = 0
        self._held = False
        self._untold: list[Event] = []
        self._loop = Loop()
        self.trace: Recorder = self._loop.recorder
        """What the laboratory records; for one thread that takes it. Nothing until Record."""
        self._actor: Actor | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)

    def start(self) -> None:
        self._loop.post(self._begin)  # here, so that a command submitted next comes behind it
        self._thread.start()

    def submit(self, command: Command) -> None:
        """Hand a command over. Commands are obeyed in the order of the calls; after the end, none is."""
        self._loop.post(lambda: self._obey(command))

    def taken(self) -> None:
        """One more event was taken. Called by the thread that takes them."""
        self._taken += 1
        if self._held and self._untaken <= limits.MAX_UNTAKEN_EVENTS // 2:
            self._loop.post(self._hold)

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; False when it has not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- On the loop's thread -------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run(self._crashed)
        finally:
            self._tell()
            self._on_event(Stopped())

    def _emit(self, event: Event) -> None:
        """Tell it when this turn has sent what it has to send.

        An event wakes the thread that waits for it, and the two then hold each other up: one interpreter
        lock for both. So the members of a room come first, and the host's own screen after them.
        """
        if not self._untold:
            self._loop.at_flush(self._tell)
        self._untold.append(event)

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        self._told += len(untold)
        for event in untold:
            self._on_event(event)
        self._hold()

    @property
    def _untaken(self) -> int:
        return self._told - self._taken

    def _hold(self) -> None:
        """Begin to hold above the limit, end at half of it.

        After `_held` is set it is judged again: the last event may have been taken just before.
        """
        if self._actor is None:
            return
        if not self._held and self._untaken > limits.MAX_UNTAKEN_EVENTS:
            self._held = True
            self._actor.hold(True)
        if self._held and self._untaken <= limits.MAX_UNTAKEN_EVENTS // 2:
            self._held = False
            self._actor.hold(False)

    def _begin(self) -> None:
        self._actor = self._make(self._loop, self._emit)
        try:
            self._actor.start()
        except LocalChatError as error:
            self._emit(Failed(at_an_end(error)))
            self._stop()

    def _obey(self, command: Command) -> None:
        if isinstance(command, Stop):
            self._stop()
        elif self._actor is not None and not self._stopping:
            self._actor.submit(command)

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        if self._actor is None:
            self._loop.stop()
        else:
            self._actor.stop(self._loop.stop)

    def _crashed(self, error: BaseException) -> None:
        self._emit(Crashed("".join(traceback.format_exception(error))))  # told before anything else is tried
        log.critical("a defect ended the network thread", exc_info=error)
        if self._actor is not None:
            try:
                self._actor.close_files()
            except Exception:
                log.exception("the files could not be closed after it")


def load_ahead() -> None:
    """Import what `start_server` and `start_client` import, so that they begin at once. Otherwise nothing."""
    importlib.import_module("netcore.net.server.server")
    importlib.import_module("netcore.net.client.client")


def _started(make: Callable[[Loop, Emit], Actor], on_event: Emit | None) -> Engine:
    engine = Engine(make, on_event)
    engine.start()
    return engine


def start_server(config: ServerConfig, on_event: Emit | None = None) -> Engine:
    """Open a room. The first event is Listening, or Failed and Stopped."""
    from netcore.net.server.server import Server  # a client has no use for it, and starts sooner without

    return _started(lambda loop, emit: Server(loop, config, emit), on_event)


def start_client(config: ClientConfig, on_event: Emit | None = None) -> Engine:
    """Join a room. The first event is Connecting, or Failed and Stopped."""
    from netcore.net.client.client import Client

    return _started(lambda loop, emit: Client(loop, config, emit), on_event)


def start_search(config: SearchConfig, on_event: Emit | None = None) -> Engine:
    """Look for rooms, until Stop; `Search` pauses it. The events are RoomsFound, or Failed."""
    from netcore.net.client.search import RoomSearch

    return _started(lambda loop, emit: RoomSearch(loop, config, emit), on_event)


def start_doctor(config: DoctorConfig, on_event: Emit | None = None) -> Engine:
    """Find out why a room cannot be reached. The events are Examined, the last one `done`; or Failed."""
    from netcore.net.client.examination import Examination

    return _started(lambda loop, emit: Examination(loop, config, emit), on_event)
