"""One client's connection, seen from the server: its socket, its session, and what it may use up.

Turns bytes into the session's events, and holds this one connection to its limits (PROTOCOL §5, §9):

- who sends faster than its share is told so once; what it sent waits here, and nothing more is read;
- who does not read what we send is not read from either, and closed when too much waits or nothing moves;
- who is silent is asked (ping), then taken for gone; who stays for a day gets fresh keys.

What the messages mean is the room's: `link_room` is all that it asks of it. A fault while serving this
connection ends this one alone.
"""

from __future__ import annotations

import logging
import socket
from enum import Flag, auto

from netcore import limits
from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from netcore.crypto.room_keys import SealedRoom
from netcore.errors import LocalChatError
from netcore.net.connection import Connection
from netcore.net.loop import Loop, Timer
from netcore.net.server.link_owner import Room
from netcore.net.target import join_address
from netcore.room.buckets import Share
from netcore.room.in_flight import OnTheWay
from netcore.room.inbox import Inbox
from netcore.session.events import Established, Event, Failed, Identified, MessageReceived, PeerClosed, Work
from netcore.session.server import ServerSession
from netcore.session.table import State
from netcore.wire.codes import CloseCode, LeaveReason
from netcore.wire.messages import Message, Ping, Pong, Slowed

log = logging.getLogger("localchat.server")


class Hold(Flag):
    """Why this connection is not read from just now."""

    NOTHING = 0
    RATE = auto()  # it has used up its share
    QUEUE = auto()  # it does not take what we send


class Link:
    """Thread: netcore-loop only."""

    __slots__ = (
        "_deadline", "_holds", "_loop", "_output_told", "_pinged", "_pings", "_room", "_working", "address",
        "connection", "host", "inbox", "live", "mail", "member_id", "moved_s", "over", "pongs", "session",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        address: tuple[str, int],
        room: Room,
        keys: tuple[PrivateKey, KexKey],
        random: Random,
        share: Share,
    ) -> None:
        """`address` is the peer's; `keys` are our identity and key-exchange key; `share` is a stranger's."""
        now = loop.now()
        self._loop = loop
        self._room = room
        self.host = address[0]
        self.address = join_address(*address)
        self.member_id = b""
        """Empty until the room has admitted it."""
        self.live = False
        """Whether it has reached the head of the log and gets Room records."""
        self.over = False
        self.mail = OnTheWay()
        self.pongs = 0
        self._pings = 0
        self.inbox = Inbox(share)
        self.moved_s = now
        self._working = False
        self._holds = Hold.NOTHING
        self._pinged = False
        self._output_told = False
        self.session = ServerSession(*keys, random, now)
        self.connection = Connection(loop, sock, self)
        self._deadline: Timer | None = None
        self._watch_deadline()

    # --- The room speaks ---

    def admit(self, member_id: bytes, share: Share) -> None:
        """It is a member now, with what that member may still send."""
        self.member_id = member_id
        self.inbox.share = share
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

    def ping(self) -> int:
        """`pongs` will be this when the member has read all that was sent before."""
        self.send(Ping())
        self._pings += 1
        return self._pings

    def has_output(self) -> None:
        if not self._output_told:
            self._output_told = True
            self._room.on_output(self)

    def broadcast(self, records: list[SealedRoom], key: bytes, ratcheted: bool) -> None:
        """The turn's Room records, the same objects for every member. The hot path: keep it short."""
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
            self._watch_queue()

    def _watch_queue(self) -> None:
        if self.connection.queued_bytes > limits.SEND_QUEUE_HARD_BYTES and not self.over:
            self.close(CloseCode.TOO_SLOW, LeaveReason.LOST)

    def close(self, code: CloseCode, reason: LeaveReason = LeaveReason.LOST, words: str = "") -> None:
        """Tell the peer why (an Alert, if it has no keys yet), and end in order."""
        if self.over:
            return
        self.session.close(code, words)
        self._finish(reason)

    def send_away(self) -> None:
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

    @property
    def queue_is_long(self) -> bool:
        return self.connection.queued_bytes > limits.SEND_QUEUE_SOFT_BYTES

    def hold(self, why: Hold) -> None:
        """Do not read from it until that reason has passed."""
        self._holds |= why
        self.connection.pause()

    def tick(self, now: float) -> None:
        """Once a second: silence, stall, age."""
        if self.over:
            return
        connection = self.connection
        if connection.queued_bytes and now - connection.progress_s > limits.SEND_STALL_S:
            self.close(CloseCode.TOO_SLOW)
        elif self.session.life_is_over(now):
            self.close(CloseCode.RECONNECT)
        elif self.member_id and not self._holds:
            silent_s = now - connection.last_in_s
            if silent_s > limits.SILENT_GONE_S:
                log.info("%s has been silent for %.0f s", self.address, silent_s)
                self._finish(LeaveReason.LOST, at_once=True)
            elif silent_s <= limits.PING_S:
                self._pinged = False
            elif not self._pinged:
                self._pinged = True
                self.ping()

    # --- The connection speaks ---

    def on_bytes(self, data: bytes) -> None:
        now = self._loop.turn_s
        self.inbox.bill(len(data), now)
        self._handle(self.session.receive_bytes(data, now))
        self._set_pace()

    def on_eof(self) -> None:
        self._handle(self.session.receive_eof(self._loop.turn_s))

    def on_lost(self, error: OSError) -> None:
        self._finish(LeaveReason.LOST, at_once=True)

    def on_drained(self) -> None:
        self._release(Hold.QUEUE)
        self.has_output()  # a page may have waited for this

    # --- Inside ---

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            if self.over:
                break
            if not isinstance(event, MessageReceived):
                self._hand_on()  # what was said before the goodbye
                self._on_event(event)
            elif isinstance(event.message, Pong) and self.pongs < self._pings:
                self._on_message(event.message)  # we asked for it, so it costs nothing
            else:
                self.inbox.put(event.message)
        self._hand_on()
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
                self._room.on_identified(self, member_id, auth)
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
                self._room.on_message(self, message)
            case _:
                self._room.on_message(self, message)

    def _on_work(self, work: Work) -> None:
        self._working = True
        if self.session.state is State.NOTHING_KNOWN:
            self._room.on_handshake(self, work)
        else:
            self.do(work)  # it has had its turn

    def _on_work_done(self, result: object, error: BaseException | None) -> None:
        def finish() -> None:
            self._working = False
            self.moved_s = self._loop.turn_s
            if error is not None:
                raise error
            self._handle(self.session.finish_work(result, self._loop.turn_s))

        if not self.over:
            self.connection.guard(finish)

    def _on_failed(self, error: LocalChatError) -> None:
        log.info("%s: %s", self.address, error.code)
        self._finish(LeaveReason.LOST)

    def _finish(self, reason: LeaveReason, at_once: bool = False) -> None:
        if self.over:
            return
        self.over = True
        self.inbox.clear()  # never taken, so never acknowledged: its sender keeps it
        self._stop_deadline()
        if at_once:
            self.connection.drop()
        else:
            self.connection.send(self.session.take_output())
        self.connection.close_after_flush(limits.FLUSH_S, lambda: self._room.on_closed(self))
        self._room.on_gone(self, reason)

    # --- Its share ---

    def _hand_on(self) -> None:
        """What has arrived goes to the room, as far as the share lasts."""
        while not self.over and not self.queue_is_long:
            message = self.inbox.take(self._loop.turn_s)
            if message is None:
                break
            self._on_message(message)
        if self.inbox.must_tell():
            self.send(Slowed())

    def _set_pace(self) -> None:
        """Stop reading where a share is used up. TCP then holds the sender back; nothing is dropped."""
        if self.over:
            return
        wait_s = self.inbox.wait_s(self._loop.turn_s)
        if wait_s > 0 and Hold.RATE not in self._holds:
            self.hold(Hold.RATE)
            self._loop.call_later(wait_s, lambda: self.connection.guard(lambda: self._release(Hold.RATE)))
        if self.queue_is_long:
            self.hold(Hold.QUEUE)

    def _release(self, why: Hold) -> None:
        self._holds &= ~why
        if self.over:
            return
        self._hand_on()
        self._set_pace()
        if not self._holds and not self.over:
            self.connection.resume()

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
