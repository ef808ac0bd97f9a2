"""The client: from a target to a room, and back into it whenever the connection breaks.

    start -> (key) -> dialling -> handshake -> in the room -.
                         ^            |                     | lost
                         |            v unknown key         v
                         +------- asking <--        waiting (full jitter, 0.5 to 30 s)
                         '----------------------------------'

Coordinates and decides; the parts do the work: `dial` gets a socket, `link` speaks over it, `trust`
believes or not, `room` is the conversation. Close codes say whether to come back (PROTOCOL §5.3);
what is refused once is not tried again by itself.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future

from netcore import limits
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.errors import (
    CannotReach,
    ConnectionProblem,
    HandshakeFailed,
    LocalChatError,
    PeerError,
    StorageError,
    StorageFull,
    TrustError,
    at_an_end,
)
from netcore.net.api.commands import (
    Command,
    ReconnectAndRecord,
    RetryNow,
    Say,
    SendFile,
    TrustServer,
    Whisper,
)
from netcore.net.api.config import ClientConfig
from netcore.net.api.events import (
    Connecting,
    Disconnected,
    Event,
    Failed,
    FileRefused,
    HistoryReplaced,
    Refused,
)
from netcore.net.client.close_codes import error_of_close
from netcore.net.client.context import Context
from netcore.net.client.files import ClientFiles
from netcore.net.client.known_rooms import known_servers
from netcore.net.client.lab import LabCommand, MemberLab
from netcore.net.client.link import ClientLink
from netcore.net.client.room import ClientRoom
from netcore.net.client.trust import Trust
from netcore.net.dial import Dial
from netcore.net.loop import Loop, Timer
from netcore.net.target import parse_target
from netcore.session.events import FileChunkReceived
from netcore.store.client_store import ClientStore
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Message, Welcome
from netcore.wire.names import clean_name

log = logging.getLogger("localchat.client")


class Client:
    """One nick at one target. Thread: netcore-loop only."""

    def __init__(
        self,
        loop: Loop,
        config: ClientConfig,
        emit: Callable[[Event], None],
        random: Random = os.urandom,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is Unix time in seconds. Opens nothing yet."""
        self._loop = loop
        self._config = config
        self._emit = emit
        self._random = random
        self._clock = clock
        self._files: ClientFiles | None = None
        self._store: ClientStore | None = None
        self._key: PrivateKey | None = None
        self._room: ClientRoom | None = None
        self._dial: Dial | None = None
        self._link: ClientLink | None = None
        self._retry: Timer | None = None
        self._attempt = 0
        self._failures = 0  # in a row, for the back-off
        self._live_since: float | None = None
        self._was_live = False  # over an earlier connection
        self._stopped = False
        self._held = False
        self._held_for_files = False

    def start(self) -> None:
        """Open the files and begin to connect. Raises InputError or StorageError; then only `stop`."""
        self._target = parse_target(self._config.target)
        self._nick = clean_name(self._config.nick)
        self._files = files = ClientFiles(self._config.data_dir, self._nick, self._random)
        known = known_servers(self._config.data_dir)
        self._lab = MemberLab(self._loop.recorder, self._target.address, self._emit)
        self._trust = Trust(
            known, self._target, self._config.accept_new, self._now_ms, self._config.laboratory
        )
        key = files.key()
        if key is None:
            self._announce()
            self._loop.in_pool(files.make_key, self._made_key)
            return
        self._store = files.open_store()
        self._announce()
        self._have_key(key)

    def submit(self, command: Command) -> None:
        """Do what the person asks. What does not fit the moment is ignored, or refused with a reason."""
        if self._stopped:
            return
        if isinstance(command, ReconnectAndRecord):
            self._reconnect_and_record()
        elif isinstance(command, LabCommand):
            self._lab.submit(command, self._link)
        elif isinstance(command, TrustServer):
            if self._trust.pin(command.fingerprint):
                self._connect()
        elif isinstance(command, RetryNow):
            if self._idle():
                self._connect()
        elif self._room is not None:
            try:
                self._room.submit(command)
            except StorageError as error:
                self._storage_failed(error)
        elif isinstance(command, SendFile):
            sentence = "There is no room yet: wait until you are connected, then send it again."
            name, local_id = command.path.name, command.local_id
            self._emit(FileRefused("", name, True, "not_connected", sentence, local_id))
        elif isinstance(command, Say | Whisper):
            sentence = "There is no room yet: wait until you are connected, then send it again."
            self._emit(Refused(command.local_id, command.text, "not_connected", sentence, None))

    def hold(self, held: bool) -> None:
        """Whether to read nothing more from the server until what it sent is taken."""
        self._held = held
        self._hold_link()

    def _hold_for_files(self, held: bool) -> None:
        self._held_for_files = held
        self._hold_link()

    def _hold_link(self) -> None:
        # One that came in while events wait: not sooner, for it has a deadline.
        if self._link is not None and self._room is not None and self._room.entered:
            self._link.hold(self._held or self._held_for_files)

    def stop(self, done: Callable[[], None]) -> None:
        """Send Close, close the files, then `done`. At most FLUSH_S and DRAIN_S later."""
        if self._stopped:
            return
        self._stopped = True
        if self._retry is not None:
            self._retry.cancel()
        if self._dial is not None:
            self._dial.cancel()

        def close_files() -> None:
            self.close_files()
            done()

        if self._link is not None:
            self._link.close(close_files)
        else:
            close_files()

    def close_files(self) -> None:
        """Closes the database and unlocks the folder; what was acknowledged is on disk. Idempotent."""
        if self._room is not None:
            self._room.close()
        if self._files is not None:
            self._files.close()
            self._files = None

    # --- The key --------------------------------------------------------------------------------

    def _made_key(self, making: Future[PrivateKey]) -> None:
        if self._stopped or self._files is None:
            return
        try:
            key = making.result()
            self._store = self._files.open_store()
            self._have_key(key)
        except StorageError as problem:
            self._emit(Failed(at_an_end(problem)))
            self.stop(self._loop.stop)

    def _have_key(self, key: PrivateKey) -> None:
        self._key = key
        expected = self._trust.expected()
        if expected is not None:
            self._room = self._make_room(*expected)
        self._begin_dial()

    def _make_room(self, fingerprint: bytes, room_name: str) -> ClientRoom:
        # All come before any room.
        assert self._store is not None and self._key is not None and self._files is not None
        context = Context(
            loop=self._loop,
            store=self._store,
            parts=self._files.parts,
            server=fingerprint,
            me=self._key,
            random=self._random,
            now_ms=self._now_ms,
            emit=self._emit,
            send=self._send,
            refused=self._refused,
            send_chunk=self._send_chunk,
            takes_chunks=self._takes_chunks,
            hold=self._hold_for_files,
            guard=self._guard,
        )
        room = ClientRoom(context, self._nick)
        room.open(room_name)
        return room

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    def _send(self, message: Message) -> None:
        if self._link is not None:
            self._link.send(message)

    def _refused(self, error: LocalChatError) -> None:
        if self._link is not None:
            self._link.refused(error)

    def _send_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        if self._link is not None:
            self._link.send_chunk(blob, index, data)

    def _takes_chunks(self) -> bool:
        return self._link is not None and self._link.queued_bytes < limits.CHUNK_QUEUE_BYTES

    # --- Connecting -----------------------------------------------------------------------------

    def _idle(self) -> bool:
        busy = self._link is not None or self._dial is not None or self._trust.question is not None
        return self._key is not None and not busy

    def _connect(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._announce()
        self._begin_dial()

    def _announce(self) -> None:
        self._attempt += 1
        self._emit(Connecting(self._target.address, self._attempt))

    def _begin_dial(self) -> None:
        self._dial = Dial(self._loop, self._target.host, self._target.port, self._dialled)

    def _dialled(self, sock: socket.socket | None, error: CannotReach | None) -> None:
        self._dial = None
        if sock is not None:
            self._link = self._lab.new_link(
                lambda number, tape: ClientLink(
                    self._loop, sock, self, self._trust.check, self._random, number, tape
                )
            )
        elif error is not None:
            self._lost(error)

    def _reconnect_and_record(self) -> None:
        """Also while a question about the server is open: what led to it is recorded when it comes again."""
        self._lab.ask_for_secrets()
        if self._key is None:
            return  # it dials when it has one
        if self._link is not None:
            self._link.close(lambda: None)
            self._close_room()
        if self._dial is None:
            self._connect()

    # --- What the link tells --------------------------------------------------------------------

    def on_established(self, identity: PublicKey) -> None:
        assert self._link is not None and self._key is not None  # it is the link that calls
        try:
            if self._files is not None:
                self._files.check_key()
            self._trust.established(identity.fingerprint)
            room = self._enter_room(identity)
            stream, resume = room.auth_fields()
        except StorageError as error:
            self._storage_failed(error)
            return
        self._link.authenticate(self._key, self._nick, stream, resume)

    def _enter_room(self, identity: PublicKey) -> ClientRoom:
        if self._room is not None and self._room.fingerprint != identity.fingerprint:
            self._room.server_replaced()
            self._room = None
            self._emit(HistoryReplaced())
        if self._room is None:
            self._room = self._make_room(identity.fingerprint, "")
        self._room.established(identity, self._trust.first_contact and not self._was_live)
        if self._trust.notice is not None:
            self._emit(self._trust.notice)
        return self._room

    def on_messages(self, received: list[Message]) -> None:
        assert self._room is not None  # entered before anything was received
        try:
            self._room.on_messages(received)
            if isinstance(received[0], Welcome):
                self._trust.welcomed(self._room.fingerprint, received[0].room)
        except Exception as error:
            self._went_wrong(error)
        if self._room.live and self._live_since is None:
            self._live_since = self._loop.now()
        if self._held or self._held_for_files:
            self._hold_link()

    def on_chunks(self, chunks: list[FileChunkReceived]) -> None:
        room = self._room
        assert room is not None  # entered before anything was received
        self._guard(lambda: room.on_chunks(chunks))

    def on_drained(self) -> None:
        room = self._room
        if room is not None:
            self._guard(room.drained)

    def on_link_closed(self, code: CloseCode, reason: str) -> None:
        if self._link is not None:
            self._lost(error_of_close(code, reason, self._nick), code.comes_back)

    def on_link_failed(self, error: LocalChatError) -> None:
        if self._link is None:
            return
        if isinstance(error, TrustError) and self._trust.question is not None:
            self._close_room()
            self._emit(self._trust.question)
        else:
            self._lost(error)

    # --- Losing and returning -------------------------------------------------------------------

    def _guard(self, fn: Callable[[], None]) -> None:
        """Run what the server's messages led to, by a timer or the worker pool."""
        try:
            fn()
        except Exception as error:
            self._went_wrong(error)

    def _went_wrong(self, error: Exception) -> None:
        """While a message was handled, or its consequences: it ends this connection, and nothing else.

        Not left to the connection's own guard, which knows faults of ours alone: here the kind of the error
        decides what the person is told. And timers and the worker pool may outlive their connection.
        """
        if isinstance(error, StorageError):
            self._storage_failed(error)
        elif isinstance(error, PeerError | TrustError):
            self._leave(error)
        elif self._link is not None:
            self._link.fault(error)
        else:
            log.error("a fault of ours, after the connection had ended", exc_info=error)

    def _storage_failed(self, error: StorageError) -> None:
        """What came cannot be kept, so it must not be shown: leave, and come again for it."""
        self._emit(Failed(error))
        self._leave(error)

    def _leave(self, error: LocalChatError) -> None:
        if self._link is not None:
            self._link.refused(error)
            self._link.drop()
            self._lost(error)

    def _close_room(self) -> None:
        self._link = None
        self._lab.lost_link()
        if self._room is not None:
            self._was_live = self._was_live or self._room.live
            self._room.disconnected()
        if self._live_since is not None and self._loop.now() - self._live_since >= limits.STABLE_AFTER_S:
            self._failures = 0
        self._live_since = None

    def _lost(self, error: LocalChatError, comes_back: bool | None = None) -> None:
        self._close_room()
        if self._stopped:
            return
        if comes_back is None:
            comes_back = self._comes_back(error)
        if not comes_back:
            self._emit(Disconnected(error, None))
            return
        delay_s = backoff_s(self._failures, self._random)
        self._failures += 1
        self._retry = self._loop.call_later(delay_s, self._connect)
        self._emit(Disconnected(error, delay_s))

    def _comes_back(self, error: LocalChatError) -> bool:
        if isinstance(error, PeerError):
            # A stranger on this port stays one. A server that was right before has had bad luck. And an
            # Alert or a late answer proves nothing: a server with too much to do gives them, too.
            return self._was_live or isinstance(error, HandshakeFailed)
        return isinstance(error, ConnectionProblem | StorageFull)


def backoff_s(failures: int, random: Random) -> float:
    """How long to wait after so many failures in a row: anything up to a bound that doubles, 0.5 to 30 s.

    The full range, since clients that lost the same server must not return at the same moment.
    """
    bound_s = min(limits.RETRY_LONGEST_S, limits.RETRY_FIRST_S * 2.0 ** min(failures, 16))
    return bound_s * int.from_bytes(random(4), "big") / 2**32
