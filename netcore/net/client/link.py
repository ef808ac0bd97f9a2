"""One connection from a client to its server: the socket, the session, and whether it is still alive.

Turns bytes into the session's events and messages into bytes, notices silence, and says exactly once
how it ended. Leaves to `room` what the messages mean, and to `client` whether to come back.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from netcore import limits
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.errors import LocalChatError, ServerGone, ServerSilent
from netcore.net import recording
from netcore.net.connection import Connection
from netcore.net.knife import SendKnife
from netcore.net.loop import Loop, Timer
from netcore.session.client import ClientSession
from netcore.session.events import (
    Established,
    Event,
    Failed,
    FileChunkReceived,
    MessageReceived,
    PeerClosed,
)
from netcore.session.table import State
from netcore.trace import Tape
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Message, Ping, Resume


class LinkOwner(Protocol):
    """After `on_link_failed` or `on_link_closed` no call comes."""

    def on_established(self, identity: PublicKey) -> None:
        """The server has proved its key: call `authenticate`."""

    def on_messages(self, received: list[Message]) -> None:
        """All that one read brought, in order; at least one. `welcome` is the first of a connection."""

    def on_chunks(self, chunks: list[FileChunkReceived]) -> None:
        """Pieces of files, after the messages of the same read."""

    def on_drained(self) -> None:
        """The send queue is empty again, after it had to wait."""

    def on_link_closed(self, code: CloseCode, reason: str) -> None:
        """The server ended it on purpose."""

    def on_link_failed(self, error: LocalChatError) -> None:
        """It broke, or the server broke the protocol."""


class ClientLink:
    """Thread: netcore-loop only."""

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        owner: LinkOwner,
        check_server: Callable[[PublicKey], None],
        random: Random,
        number: int = 0,
        tape: Tape | None = None,
    ) -> None:
        """Takes over a connected socket and begins the handshake. `check_server`: see ClientSession.

        `number`: what the laboratory calls it; `tape`: one of that number that has begun."""
        self._loop = loop
        self._owner = owner
        self._over = False
        self._flush_asked = False
        self._number = number
        self._session = ClientSession(check_server, random, loop.now(), tape)
        self._connection = Connection(loop, sock, self)
        if tape is not None:
            recording.attach(tape, self._session, self._connection)
        self._timer: Timer | None = None
        self._watch_clock()
        self._flush()

    def authenticate(self, key: PrivateKey, name: str, stream: bytes, resume: Resume | None) -> None:
        """Say who we are, once `on_established` was called."""
        self._session.authenticate(key, name, stream, resume)
        self._ask_flush()

    def send(self, message: Message) -> None:
        """Queue a message; it leaves at the end of this turn. After the end: nothing happens."""
        if not self._over:
            self._session.send(message)
            self._ask_flush()

    def send_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        """Queue chunks of a file, likewise."""
        if not self._over:
            self._session.send_chunk(blob, index, data)
            self._ask_flush()

    @property
    def queued_bytes(self) -> int:
        """What waits to be sent, as of the last turn."""
        return self._connection.queued_bytes

    def hold(self, held: bool) -> None:
        """Whether to read nothing. TCP then holds the server back, which sends us away in the end."""
        if held:
            self._connection.pause()
        else:
            self._connection.resume()

    def drop(self) -> None:
        """End it now, without a word, and without a call to the owner."""
        self._end()
        self._connection.drop()

    def fault(self, fault: Exception) -> None:
        """A defect of ours, met while serving this link: it costs the connection, and nothing else."""
        self._connection.fault(fault)

    def close(self, on_closed: Callable[[], None]) -> None:
        """Send what waits and a Close, within FLUSH_S; then `on_closed`."""
        self._end()
        self._session.close(CloseCode.LEAVING)
        self._connection.send(self._session.take_output())
        self._connection.close_after_flush(limits.FLUSH_S, on_closed)

    # --- The laboratory -------------------------------------------------------------------------

    def record(self, on: bool, address: str) -> None:
        """Begin or end to record it; idempotent. `address`: the server's."""
        if not on:
            recording.end(self._session, self._connection)
        elif self._session.tape is None and not self._over:
            tape = Tape(self._loop.recorder, self._number)
            recording.begin(tape, "client", address, b"", self._session, self._connection)

    def forget_secrets(self) -> None:
        if self._session.tape is not None:
            self._session.tape.forget_secrets()

    def cut_reading(self, most_bytes: int | None) -> None:
        self._connection.cut_reading(most_bytes)

    def cut_sending(self, knife: SendKnife | None) -> None:
        self._connection.cut_sending(knife)

    def refused(self, error: LocalChatError) -> None:
        """Something that the server sent was not taken, further up than the session."""
        self._session.refused(error)

    # --- What the connection tells --------------------------------------------------------------

    def on_bytes(self, data: bytes) -> None:
        before = self._session.in_chunk_bytes
        events = self._session.receive_bytes(data, self._loop.now())
        only_files = self._session.in_chunk_bytes - before == len(data)
        self._connection.expect_files(only_files)
        self._act(events)

    def on_eof(self) -> None:
        self._act(self._session.receive_eof(self._loop.now()))

    def on_lost(self, error: OSError) -> None:
        # Also after a fault of ours, which may be one in sealing: so nothing more is sealed.
        if not self._over:
            self._end()
            self._owner.on_link_failed(ServerGone())

    def on_drained(self) -> None:
        if not self._over:
            self._owner.on_drained()

    # --- Inside ---------------------------------------------------------------------------------

    def _act(self, events: list[Event]) -> None:
        """What one read, or the clock, brought: a step of the handshake, or messages and perhaps an end."""
        received = [event.message for event in events if isinstance(event, MessageReceived)]
        if received:
            self._owner.on_messages(received)
        chunks = [event for event in events if isinstance(event, FileChunkReceived)]
        if chunks and not self._over:
            self._owner.on_chunks(chunks)
        for event in events:
            if self._over:
                return
            match event:
                case Established():
                    identity = self._session.server_identity
                    assert identity is not None  # its signature was what was established
                    self._owner.on_established(identity)
                case PeerClosed(code, reason):
                    self._hang_up()
                    self._owner.on_link_closed(code, reason)
                case Failed(error):
                    self._hang_up()
                    self._owner.on_link_failed(error)
        if not self._over and self._session.state is not State.IN_ROOM:
            self._ask_flush()  # the session answers a handshake by itself

    def _hang_up(self) -> None:
        self._end()
        self._connection.send(self._session.take_output())
        self._connection.close_after_flush(limits.FLUSH_S)

    def _end(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()

    def _ask_flush(self) -> None:
        # Once a turn, so that what was sent in it is packed into few records.
        if not self._flush_asked:
            self._flush_asked = True
            self._loop.at_turn_end(lambda: self._connection.guard(self._flush))

    def _flush(self) -> None:
        self._flush_asked = False
        if not self._over:
            self._connection.send(self._session.take_output())
            # A server that asks (for pongs, say) and does not read must not fill our memory.
            if self._connection.queued_bytes > limits.SEND_QUEUE_HARD_BYTES:
                self._unreachable()

    def _unreachable(self) -> None:
        """The server does not read, or is not there: what is queued is of no use to anybody."""
        error = ServerSilent()
        self._session.refused(error)
        self.drop()
        self._owner.on_link_failed(error)

    # --- The clock ------------------------------------------------------------------------------

    def _watch_clock(self) -> None:
        deadline = self._session.deadline
        wait_s = limits.PING_S if deadline is None else max(0.0, deadline - self._loop.now())
        self._timer = self._loop.call_later(
            min(wait_s, limits.PING_S), lambda: self._connection.guard(self._clock)
        )

    def _clock(self) -> None:
        now = self._loop.now()
        self._act(self._session.timed_out(now))
        if self._over:
            return
        held = self._connection.paused
        silent_s = 0.0 if held else now - self._connection.last_in_s
        waiting_s = now - self._connection.progress_s if self._connection.queued_bytes else 0.0
        if silent_s >= limits.SILENT_GONE_S or waiting_s >= limits.SEND_STALL_S:
            self._unreachable()
            return
        # While held we cannot hear its pings; ours show it that we are here.
        if self._session.deadline is None and (held or silent_s >= limits.PING_S / 2):
            self.send(Ping())
        self._watch_clock()
