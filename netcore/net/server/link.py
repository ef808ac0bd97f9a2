"""One client's connection, seen from the server: its socket, its session, and how it ends.

Turns bytes into the session's events, passes messages to the room through `backpressure`, and ends the
connection where it costs too much (PROTOCOL §5.4, §9): too much waits for it or nothing of that moves; it is
silent, also when it is asked (ping); it has lasted a day and needs fresh keys.

What the messages mean is the room's; `LinkOwner` is all that a link asks of it. A fault of ours while
serving this connection ends this one alone (`Connection.guard`, where the loop calls past the connection).
"""

from __future__ import annotations

import logging
import socket
from concurrent.futures import Future
from typing import Protocol

from netcore import limits
from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from netcore.crypto.room_keys import SealedRoom
from netcore.errors import ClientSilent, LocalChatError, OtherVersion
from netcore.net import recording
from netcore.net.connection import Connection
from netcore.net.loop import Loop, Timer
from netcore.net.server.backpressure import Backpressure, PauseReason
from netcore.net.target import join_address
from netcore.room.buckets import Share
from netcore.room.in_flight import InFlight
from netcore.session.events import (
    Established,
    Event,
    Failed,
    FileChunkReceived,
    Identified,
    MessageReceived,
    PeerClosed,
    Work,
)
from netcore.session.server import ServerSession
from netcore.session.table import State
from netcore.trace import Tape
from netcore.wire.codes import CloseCode, LeaveReason
from netcore.wire.messages import Auth, Lab, Message, Ping, Pong, Slowed

log = logging.getLogger("localchat.server")


class LinkOwner(Protocol):
    """What a link asks of the room that it leads to."""

    def on_handshake(self, link: ServerLink, work: Work) -> None:
        """A handshake begins, and costs us a signature: call `link.do(work)` when the rate allows it."""

    def on_identified(self, link: ServerLink, member_id: bytes, auth: Auth) -> None:
        """It has proved its key. Answer with `link.admit` or `link.close`."""

    def on_other_version(self, link: ServerLink) -> None:
        """It speaks another version of LocalChat, and is being sent away."""

    def on_message(self, link: ServerLink, message: Message) -> None:
        """A member says or asks something."""

    def on_chunk(self, link: ServerLink, blob: bytes, index: int, data: bytes) -> None:
        """A piece of a file has come."""

    def on_drained(self, link: ServerLink) -> None:
        """The send queue of a member that gets a file is empty."""

    def on_output(self, link: ServerLink) -> None:
        """Something waits in its session: call `link.flush()` at the end of this turn."""

    def on_gone(self, link: ServerLink, reason: LeaveReason) -> None:
        """It is over. Comes once, whatever ended it."""

    def on_closed(self, link: ServerLink) -> None:
        """Its socket is closed. Comes once, after `on_gone`."""


class ServerLink:
    """Thread: netcore-loop only."""

    __slots__ = (
        "_answer_by_s", "_deadline", "_loop", "_output_told", "_owner", "_pinged_s", "_pings", "_working",
        "address", "backpressure", "connection", "frozen", "gets_files", "host", "in_flight", "live",
        "member_id", "moved_s", "number", "over", "pongs", "sends_files", "session",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        address: tuple[str, int],
        owner: LinkOwner,
        keys: tuple[PrivateKey, KexKey],
        random: Random,
        share: Share,
    ) -> None:
        """`address`: the peer's; `keys`: our identity and key-exchange key; `share`: counts until `admit`."""
        now = loop.now()
        self._loop = loop
        self._owner = owner
        self.host = address[0]
        self.address = join_address(*address)
        self.member_id = b""
        """Empty until the room has admitted it."""
        self.number = loop.recorder.next_connection()
        """What the laboratory calls it."""
        self.frozen = False  # by the host's laboratory
        self.live = False
        """Whether it has reached the head of the log and gets Room records."""
        self.over = False
        self.sends_files = False
        self.gets_files = False
        self.in_flight = InFlight()
        self.pongs = 0
        self._pings = 0
        self.moved_s = now
        self._working = False
        self._pinged_s = now
        self._answer_by_s: float | None = None
        self._output_told = False
        self.session = ServerSession(*keys, random, now)
        self.connection = Connection(loop, sock, self)
        self.backpressure = Backpressure(loop, self.connection, share, self._on_message, self._tell_slowed)
        self._deadline: Timer | None = None
        self._watch_deadline()

    # --- The room sends ---

    def admit(self, member_id: bytes, share: Share) -> None:
        """It is a member now, with what that member may still send."""
        self.member_id = member_id
        self.backpressure.inbox.share = share
        if self.session.tape is not None:
            self.session.tape.peer_known(member_id)
        self.session.admit()

    def send(self, message: Message) -> None:
        """Queue a message for this member; it leaves at the end of the turn."""
        if not self.over:
            self.session.send(message)
            self.has_output()

    def send_text(self, encoded: bytes) -> None:
        """Likewise, encoded already."""
        if not self.over:
            self.session.send_text(encoded)
            self.has_output()

    def send_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        """Send chunks of a file, behind all that waits, at once."""
        if not self.over:
            self.session.send_chunk(blob, index, data)
            self.flush()

    def ping(self) -> int:
        """`pongs` will be this when the member has read all that was sent before."""
        self.send(Ping())
        if self._pings == self.pongs:
            self._await_pong()
        self._pings += 1
        return self._pings

    def _await_pong(self) -> None:
        """It must come in time: also while we hold the member back, and see nothing of it but that.

        A pong stands behind what the member had sent before, which we may be slow to take. All that it may
        have under way takes less than LONGEST_BACKLOG_S; whoever sends more is held to that.
        """
        now = self._loop.now()
        self._pinged_s = now
        backlog_s = min(self.backpressure.inbox.backlog_s(now), limits.LONGEST_BACKLOG_S)
        self._answer_by_s = now + limits.SILENT_GONE_S + backlog_s

    def has_output(self) -> None:
        if not self._output_told:
            self._output_told = True
            self._owner.on_output(self)

    def broadcast(self, records: list[SealedRoom], key: bytes, ratcheted: bool) -> None:
        """Room records, the same objects for every member. The hot path: keep it short."""
        try:
            for sealed in records:
                self.session.send_room(sealed, key, ratcheted)
            self.flush()
        except Exception as fault:
            self.connection.fault(fault)

    def flush(self) -> None:
        """Hand what waits in the session to the socket."""
        self._output_told = False
        if not self.connection.send_now(self.session.take_output()):
            self._close_if_too_slow()

    def _close_if_too_slow(self) -> None:
        if self.connection.queued_bytes > limits.SEND_QUEUE_HARD_BYTES and not self.over:
            self.close(CloseCode.TOO_SLOW, LeaveReason.LOST)

    def close(self, code: CloseCode, reason: LeaveReason = LeaveReason.LOST, words: str = "") -> None:
        """Tell the peer why (an Alert, if it has no keys yet), and end in order."""
        if self.over:
            return
        self.session.close(code, words)
        self._finish(reason)

    def evict(self) -> None:
        """End an unauthenticated connection; it may come again."""
        self.close(CloseCode.RECONNECT)

    def do(self, work: Work) -> None:
        """Run the session's job in the worker pool."""
        if self.over:
            return
        self._loop.in_pool(work.job, self._on_work_done)

    @property
    def waited_since_s(self) -> float | None:
        """Since when the peer owes us its next step; None while it is we who work."""
        return None if self._working else self.moved_s

    def tick(self, now: float) -> None:
        """Once a second: silence, stall, age."""
        if self.over:
            return
        connection = self.connection
        if connection.queued_bytes and now - connection.progress_s > limits.SEND_STALL_S:
            self.close(CloseCode.TOO_SLOW)
        elif self.session.life_is_over(now):
            self.close(CloseCode.RECONNECT)
        elif self.member_id:
            self._look_whether_it_lives(now)

    def _look_whether_it_lives(self, now: float) -> None:
        paused_for = self.backpressure.paused_for
        if PauseReason.QUEUE in paused_for:
            # A ping would stand behind all that waits. Whether that moves is what counts (see `tick`).
            if self._answer_by_s is not None:
                self._await_pong()
            return
        silent_s = 0.0 if paused_for else now - self.connection.last_in_s
        is_overdue = self._answer_by_s is not None and now > self._answer_by_s
        if silent_s > limits.SILENT_GONE_S or is_overdue:
            self.connection.guard(self.connection.read_rest)  # it may have said goodbye
            if not self.over:
                log.info("%s does not answer any more", self.address)
                self.session.refused(ClientSilent())
                self._finish(LeaveReason.LOST, at_once=True)
        elif (
            self._answer_by_s is None
            and now - self._pinged_s > limits.PING_S
            and (paused_for or silent_s > limits.PING_S)
        ):
            self.ping()

    # --- The laboratory ---

    def record(self, on: bool) -> None:
        """Begin or end to record it; idempotent."""
        if not on:
            recording.end(self.session, self.connection)
        elif self.session.tape is None and not self.connection.closed:
            tape = Tape(self._loop.recorder, self.number)
            recording.begin(tape, "server", self.address, self.member_id, self.session, self.connection)

    def freeze(self, frozen: bool) -> None:
        """As if its network stood still; the member is told before, or behind what it has missed."""
        if self.over or frozen is self.frozen:
            return
        self.frozen = frozen
        self.send(Lab(frozen))
        if frozen:
            self.flush()
        self.connection.freeze(frozen)

    def refused(self, error: LocalChatError) -> None:
        """Something that this member sent was not taken, further up than its session."""
        self.session.refused(error)

    # --- The connection calls ---

    def on_bytes(self, data: bytes) -> None:
        now = self._loop.turn_s
        if self.sends_files:
            self._on_bytes_of_files(data, now)
        else:
            self.backpressure.inbox.charge(len(data), now)
            self._handle(self.session.receive_bytes(data, now))
        self.backpressure.pause_if_due()

    def _on_bytes_of_files(self, data: bytes, now: float) -> None:
        """Of what came, pieces of files are booked on their own share."""
        before = self.session.in_chunk_bytes
        events = self.session.receive_bytes(data, now)
        of_files = self.session.in_chunk_bytes - before
        inbox = self.backpressure.inbox
        if of_files < len(data):
            inbox.charge(len(data) - of_files, now)
        inbox.charge_files(of_files, now)
        self.connection.expect_files(of_files == len(data))
        self._handle(events)

    def on_eof(self) -> None:
        self._handle(self.session.receive_eof(self._loop.turn_s))

    def on_lost(self, error: OSError) -> None:
        self._finish(LeaveReason.LOST, at_once=True)

    def on_drained(self) -> None:
        self.backpressure.resume(PauseReason.QUEUE)
        self.has_output()  # a page may have waited for this
        if self.gets_files:
            self._owner.on_drained(self)

    # --- Inside ---

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            if self.over:
                break
            if not isinstance(event, MessageReceived):
                self.backpressure.deliver()  # what was said before the Close
                self._on_event(event)
            elif isinstance(event.message, Pong) and self.pongs < self._pings:
                self._on_message(event.message)  # we asked for it, so it costs nothing
            else:
                self.backpressure.inbox.put(event.message)
        self.backpressure.deliver()
        if events:
            self.moved_s = self._loop.turn_s
        if not self.over and not self.member_id:
            # A handshake's answers; a member's leave when the room says so, many at once.
            self.connection.send(self.session.take_output())

    def _on_event(self, event: Event) -> None:
        match event:
            case Work():
                self._on_work(event)
            case Established():
                self._watch_deadline()
            case Identified(member_id, auth):
                self._stop_deadline()
                self._owner.on_identified(self, member_id, auth)
            case FileChunkReceived(blob, index, data):
                self._owner.on_chunk(self, blob, index, data)
            case PeerClosed(code):
                self._finish(LeaveReason.LEFT if code is CloseCode.LEAVING else LeaveReason.LOST)
            case Failed(error):
                self._on_failed(error)

    def _on_message(self, message: Message) -> None:
        match message:
            case Ping():
                self.send(Pong())
            case Pong():
                self.pongs += 1
                self._answer_by_s = None
                if self.pongs < self._pings:
                    self._await_pong()
                self._owner.on_message(self, message)
            case _:
                self._owner.on_message(self, message)

    def _tell_slowed(self) -> None:
        self.send(Slowed())

    def _on_work(self, work: Work) -> None:
        self._working = True
        if self.session.state is State.NOTHING_KNOWN:
            self._owner.on_handshake(self, work)
        else:
            self.do(work)  # it has begun, so it need not wait for the rate again

    def _on_work_done(self, work: Future[object]) -> None:
        def finish() -> None:
            self._working = False
            self.moved_s = self._loop.turn_s
            self._handle(self.session.finish_work(work.result(), self._loop.turn_s))

        if not self.over:
            self.connection.guard(finish)

    def _on_failed(self, error: LocalChatError) -> None:
        log.info("%s: %s", self.address, error.code)
        self._finish(LeaveReason.LOST)
        if isinstance(error, OtherVersion):
            self._owner.on_other_version(self)

    def _finish(self, reason: LeaveReason, at_once: bool = False) -> None:
        if self.over:
            return
        self.over = True
        self.backpressure.stop()
        self._stop_deadline()
        if at_once:
            self.connection.drop()
        else:
            self.connection.send(self.session.take_output())
        self.connection.close_after_flush(limits.FLUSH_S, lambda: self._owner.on_closed(self))
        self._owner.on_gone(self, reason)

    def _watch_deadline(self) -> None:
        """The session's deadlines are absolute: a byte a second buys no time."""
        self._stop_deadline()
        deadline = self.session.deadline
        if deadline is not None:
            self._deadline = self._loop.call_later(deadline - self._loop.now(), self._on_deadline)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        self.connection.guard(lambda: self._handle(self.session.timed_out(self._loop.now())))
