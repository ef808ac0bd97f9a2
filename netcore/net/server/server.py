"""The server of one room, from the first file it opens to the last it closes.

start    lock the folder, open the log, take the port: what can go wrong is told at once
keys     read, or made in the worker pool (seconds, the first time); then `Listening`
running  `room`
stop     port closed -> Close to everyone -> what is queued leaves, within a second -> log closed
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

from netcore import limits
from netcore.crypto.primitives import Random
from netcore.errors import ListenError, LocalChatError, StorageError, at_an_end
from netcore.net import addresses
from netcore.net.api.commands import Command, Freeze, Record, SetAnswering, SetReach
from netcore.net.api.config import ServerConfig
from netcore.net.api.events import Answering, Event, Failed, Listening, Notice, Reach, ReachChanged
from netcore.net.loop import Loop, Timer
from netcore.net.server.answerer import Answerer
from netcore.net.server.context import Context, LogGuard, unix_ms
from netcore.net.server.files import Files, Keys
from netcore.net.server.lab import HostLab
from netcore.net.server.link import ServerLink
from netcore.net.server.reception import Reception
from netcore.net.server.room import ServerRoom
from netcore.net.target import format_invite
from netcore.room.age_clock import Age, AgeClock
from netcore.room.buckets import Shares
from netcore.room.members import Members
from netcore.room.moderation import Moderation
from netcore.store.room_log import RoomLog
from netcore.wire.discovery import RoomAnswer
from netcore.wire.names import clean_name, clean_room_name

if sys.platform != "win32":
    import resource

TICK_S: Final = 1.0
EXPIRE_EVERY_TICKS: Final = 600
REACHES_EVERY_TICKS: Final = 4
"""How often we look whether this computer has come to another network."""
# The most that is any use; and what macOS takes where its limit is said to be none.
_DESCRIPTORS: Final = (16_384, 10_240)

log = logging.getLogger("localchat.server")


class Server:
    """Thread: netcore-loop only."""

    def __init__(
        self, loop: Loop, config: ServerConfig, emit: Callable[[Event], None], random: Random = os.urandom
    ) -> None:
        """Opens nothing yet."""
        self._loop = loop
        self._config = config
        self._emit = emit
        self._random = random
        self._files: Files | None = None
        self._reception = Reception(loop, config.options, self._receive)
        self._lab = HostLab(emit)
        self._room: ServerRoom | None = None
        self._members = Members()
        self._answerer = Answerer(loop, self._describe)
        self._answering = config.answering and not config.laboratory
        self._log_guard = LogGuard(self._on_fatal)
        self._port = 0
        self._fingerprint = b""
        self._reaches: tuple[Reach, ...] = ()
        self._looks_for_reaches = False
        self._owes_reach = False  # a SetReach waits for its answer
        self._ticks = 0
        self._timer: Timer | None = None
        self._deadline: Timer | None = None
        self._done: Callable[[], None] | None = None
        self._failed = False
        self._stopping = False
        self._stopped = False

    def start(self) -> None:
        """Open the files and take the port. Raises InputError, StorageError or ListenError; then only `stop`.

        `Listening` follows when the keys are there; until then connections wait.
        """
        _set_process_limits()
        room, nick = clean_room_name(self._config.room), clean_name(self._config.nick)
        self._config = replace(self._config, room=room, nick=nick)
        files = self._files = Files(self._config, self._random)
        self._port = self._reception.open(self._config.bind, self._config.port)
        bind, port = self._config.bind, self._port
        self._loop.in_pool(lambda: (files.keys(), addresses.reaches(bind, port)), self._on_keys)

    def hold(self, held: bool) -> None:
        """The room goes on, however much its host's window has to show."""

    def submit(self, command: Command) -> None:
        """Do what the host asks. After a stop: nothing; before Listening: only what is for the laboratory."""
        if isinstance(command, Record | Freeze):
            self._lab.submit(command)
            return
        if self._room is None or self._stopping:
            return
        if isinstance(command, SetReach):
            self._set_reach(command.bind)
            return
        if isinstance(command, SetAnswering):
            self._answering = command.on
            self._answer()
            return
        with self._log_guard:
            self._room.submit(command)

    def stop(self, done: Callable[[], None]) -> None:
        """Close in order, then `done`. At most FLUSH_S + DRAIN_S later; idempotent."""
        self._done = done
        if self._stopped:
            done()
        elif not self._stopping:
            self._shut_down()

    def close_files(self) -> None:
        """Close the log and unlock the folder; idempotent. What was acknowledged is in there."""
        if self._files is not None:
            self._files.close()
            self._files = None

    # --- Beginning ---

    def _on_keys(self, made: Future[tuple[Keys, tuple[Reach, ...]]]) -> None:
        if self._stopping or self._files is None:
            return
        try:
            keys, ways = made.result()
        except LocalChatError as error:
            self._emit(Failed(error))
            self._shut_down()
            return
        with self._log_guard:
            self._open_room(self._files, self._files.open_log(), keys, ways)

    def _open_room(self, files: Files, room_log: RoomLog, keys: Keys, reaches: tuple[Reach, ...]) -> None:
        options = self._config.options
        context = Context(
            loop=self._loop,
            config=self._config,
            emit=self._emit,
            random=self._random,
            identity=keys.identity,
            kex=keys.kex,
            host_key=keys.host,
            log=room_log,
            log_guard=self._log_guard,
            members=self._members,
            moderation=Moderation(keys.host.public.fingerprint),
            shares=Shares(
                (options.messages_per_s, options.message_burst),
                (options.inbound_bytes_per_s, options.inbound_burst_bytes),
                files=(options.file_bytes_per_s, options.file_burst_bytes),
            ),
            age_clock=AgeClock(Age(*room_log.age()), self._loop.now(), unix_ms()),
        )
        self._room = ServerRoom(context, self._reception, self._lab, files)
        self._room.start()
        self._tell_listening(context, reaches)
        self._room.tell_start()
        self._reception.start()
        self._answer()
        self._timer = self._loop.call_later(TICK_S, self._tick)

    def _tell_listening(self, context: Context, reaches: tuple[Reach, ...]) -> None:
        assert self._room is not None
        config, fingerprint = self._config, context.identity.public.fingerprint
        self._fingerprint, self._reaches = fingerprint, reaches
        invite = self._invite()
        you = context.member(context.host_id)
        kept, banned, muted = (
            context.log.kept,
            self._room.decisions.banned(),
            tuple(sorted(context.log.mutes())),
        )
        where = (config.bind, self._port)
        self._emit(Listening(*where, config.room, you, fingerprint, invite, reaches, kept, banned, muted))

    def _invite(self) -> str:
        host, _, port = self._reaches[0].address.rpartition(":")
        return format_invite(host.strip("[]"), int(port), self._fingerprint)

    # --- Where it can be reached ---

    def _set_reach(self, bind: str) -> None:
        if bind != self._config.bind:
            try:
                self._reception.reopen(bind)
            except ListenError as error:
                text = f"{error} The room can be reached as before, and its members have noticed nothing."
                self._emit(Notice("reach_unchanged", text))
                return
            self._config = replace(self._config, bind=bind)
            self._answer()
        self._owes_reach = True
        self._look_for_reaches()

    def _answer(self) -> None:
        """Answer searches where the room can be reached by now, unless the host does not want it."""
        if self._answering:
            self._answerer.open(self._config.bind)
        else:
            self._answerer.close()
        self._emit(Answering(self._answering, self._answerer.port))

    def _describe(self) -> RoomAnswer:
        config = self._config
        return RoomAnswer(self._fingerprint, self._port, len(self._members), config.room, config.nick)

    def _look_for_reaches(self) -> None:
        """The ways to reach us by now. It may take a while, so in the worker pool; one look at a time."""
        if self._looks_for_reaches:
            return
        self._looks_for_reaches = True
        bind, port = self._config.bind, self._port

        def found(looked: Future[tuple[Reach, ...]]) -> None:
            self._looks_for_reaches = False
            try:
                reaches = looked.result()
            except OSError as error:
                log.info("no look at this computer’s networks: %s", error)
                return
            if self._stopping:
                return
            if bind != self._config.bind:
                self._look_for_reaches()  # it was another question
            elif reaches != self._reaches or self._owes_reach:
                self._reaches, self._owes_reach = reaches, False
                self._emit(ReachChanged(bind, port, self._invite(), reaches))

        self._loop.in_pool(lambda: addresses.reaches(bind, port), found)

    def _receive(self, sock: socket.socket, host: str, port: int) -> ServerLink:
        assert self._room is not None  # nobody is accepted before
        return self._room.receive(sock, host, port)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_S, self._tick)
        self._ticks += 1
        if self._room is not None:
            if self._ticks % REACHES_EVERY_TICKS == 0:
                self._look_for_reaches()
                self._answerer.look()
            with self._log_guard:
                self._room.tick()
                if self._ticks % EXPIRE_EVERY_TICKS == 1:
                    self._room.expire()

    # --- Ending ---

    def _on_fatal(self, error: StorageError) -> None:
        """The log is broken: what can no longer be stored must not be acknowledged. The server ends."""
        log.error("the room closes: %s", error)
        if not self._failed:
            self._failed = True  # what fails while it closes for that is not told again
            self._emit(Failed(at_an_end(error)))
        if not self._stopping:
            self._shut_down()

    def _shut_down(self) -> None:
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
        self._reception.close()
        self._answerer.close()
        if self._room is None:
            self._end()
            return
        # Every connection has its own deadlines; this one is for the case that one of them does not hold.
        self._deadline = self._loop.call_later(limits.FLUSH_S + limits.DRAIN_S + 0.2, self._end)
        self._room.close(self._end)

    def _end(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        if self._deadline is not None:
            self._deadline.cancel()
        self.close_files()
        # If the server ended by itself, nobody waits for that: the loop ends, too.
        (self._done or self._loop.stop)()


def _set_process_limits() -> None:
    """No memory image with keys in it after a crash; and descriptors for a full room."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for most in _DESCRIPTORS:
            wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
            if soft == resource.RLIM_INFINITY or soft >= wanted:
                return
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return
