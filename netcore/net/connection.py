"""One TCP connection: a non-blocking socket with a send queue.

A non-blocking `send` takes what fits into the kernel's buffer, which may be less than all, or nothing.
So what is to be sent waits in a queue, and the loop is asked to say when the socket can take more,
but only while something waits: a socket that can take more is always "ready".

    send([a, b]) -> queue: a b -> end of the turn: one sendmsg([a, b]) -> empty, or wait for room

The queue holds the caller's bytes objects, not copies: one room record lies in 500 queues at once.
Leaves to its owner what the bytes mean, and how much may wait or how long.

The laboratory may have a connection recorded (`tape`), and may hold its bytes up in three ways: a knife at
the receiver (`cut_reading`), one at the sender (`cut_sending`), and `freeze`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, Protocol

from netcore import limits
from netcore.net.knife import SendKnife
from netcore.net.loop import Loop, Timer
from netcore.trace import Tape

_TRY_AGAIN: Final = (BlockingIOError, InterruptedError)
_HAS_SENDMSG: Final = hasattr(socket.socket, "sendmsg")  # not on Windows
_REST_READS: Final = 64  # of 64 KiB each: more than a kernel keeps for a connection, usually
_JOINED_BYTES: Final = 256 * 1024  # what one `send` of the queue is offered where there is no `sendmsg`

log = logging.getLogger("localchat.connection")


def _most_chunks() -> int:
    """IOV_MAX: how many pieces one `sendmsg` takes."""
    least = 16  # that POSIX promises
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            return max(least, os.sysconf("SC_IOV_MAX"))
    return least


MOST_CHUNKS: Final = _most_chunks()


class Owner(Protocol):
    """Who the connection belongs to. After `on_lost`, `drop` or `close_after_flush` no call comes."""

    def on_bytes(self, data: bytes) -> None:
        """What one read brought: at least 1 byte, at most READ_BYTES_PER_TURN; see `expect_files`."""

    def on_eof(self) -> None:
        """The other side has sent its last byte; it may still read. Comes once."""

    def on_lost(self, error: OSError) -> None:
        """The connection broke, or a callback of the owner raised; the socket is closed already."""

    def on_drained(self) -> None:
        """The send queue is empty again, after it had to wait or while reading was paused."""


class Connection:
    """Thread: netcore-loop only."""

    __slots__ = (
        "_chunks", "_closed", "_closing", "_cut_bytes", "_eof", "_flush_asked", "_frozen", "_knife", "_loop",
        "_on_closed", "_owner", "_paused", "_queue_only", "_read_bytes", "_resting", "_sock", "_timer",
        "_to_drain_bytes", "_waiting", "in_bytes", "last_in_s", "out_bytes", "progress_s", "queued_bytes",
        "tape",
    )  # fmt: skip

    def __init__(self, loop: Loop, sock: socket.socket, owner: Owner) -> None:
        """Takes over a connected socket and begins to read."""
        self._loop = loop
        self._sock = sock
        self._owner = owner
        self._chunks: deque[bytes | memoryview] = deque()
        self._flush_asked = False
        self._waiting = False
        self._paused = False
        self._eof = False
        self._closing = False
        self._closed = False
        self._on_closed: Callable[[], None] | None = None
        self._timer: Timer | None = None
        self._to_drain_bytes = limits.DRAIN_BYTES
        self._read_bytes = limits.READ_BYTES_PER_TURN
        self._cut_bytes: int | None = None  # at most so many, if the laboratory wants it so
        self._knife: SendKnife | None = None
        self._resting: Timer | None = None  # the knife's pause
        self._frozen = False
        self._queue_only = False  # nothing leaves but through the queue, if at all
        self.tape: Tape | None = None
        """Where the laboratory records this connection; None if nobody does."""
        self.queued_bytes = 0
        self.in_bytes = 0
        self.out_bytes = 0
        self.last_in_s = loop.turn_s
        """When bytes last came, or reading began again."""
        self.progress_s = loop.turn_s
        """When the kernel last took bytes, or the queue was last empty: the age of a stall."""
        sock.setblocking(False)
        # Nagle's algorithm would hold a short message back until the one before is acknowledged.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.watch(sock, self._on_event)

    @property
    def closed(self) -> bool:
        """The socket is closed."""
        return self._closed

    @property
    def paused(self) -> bool:
        return self._paused

    def send(self, chunks: list[bytes]) -> None:
        """Queue the chunks, to leave at the end of this turn. After a close: nothing happens."""
        if self._closing or self._closed:
            return
        if not self._chunks:
            self.progress_s = self._loop.turn_s
            if self._knife is not None and self._knife.joins:
                self._rest(self._knife)
        self._chunks.extend(chunks)
        for chunk in chunks:
            self.queued_bytes += len(chunk)
        self._ask_flush()

    def send_now(self, chunks: list[bytes]) -> bool:
        """Send at once, for who has all of a turn's output together; what is left over is queued.

        False when something waits in the queue now. A broadcast comes here once for each member and turn:
        `send` of the joined chunks takes 0.4 microseconds less than `sendmsg` of them.
        """
        if self._chunks or self._queue_only:
            self.send(chunks)
            return False
        data = b"".join(chunks)
        if not data:
            return True
        sent_bytes = self._hand_over(data)
        if sent_bytes == len(data):
            return True
        if sent_bytes is None:
            return False
        # The chunks, not what was joined of them: a room record lies in all slow members' queues at once.
        self._chunks.extend(chunks)
        self.queued_bytes = len(data)
        self._forget(sent_bytes)
        self.progress_s = self._loop.turn_s
        self._waiting = True
        self._set_interest()
        return False

    def expect_files(self, expected: bool) -> None:
        """Whether to read as much at a time as the largest frame of a file. Only while nothing else comes:
        whoever sends one would have many times as many words taken at once as others."""
        self._read_bytes = limits.FILE_READ_BYTES_PER_TURN if expected else limits.READ_BYTES_PER_TURN

    def pause(self) -> None:
        """Stop reading. The kernel's buffer fills, then the sender's: TCP itself holds them back."""
        self._paused = True
        self._set_interest()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.last_in_s = self._loop.turn_s
            self._set_interest()

    def read_rest(self) -> None:
        """Before this connection is given up: what its peer had sent already, which may be a goodbye.

        While reading is paused, or in the very turn in which the peer goes, it has not been read yet.
        """
        for _ in range(_REST_READS):
            if self._closed or self._closing or self._eof:
                return
            try:
                data = self._receive()
            except OSError:
                return
            if not data:
                return
            self._owner.on_bytes(data)

    def guard(self, fn: Callable[[], None]) -> None:
        """Run `fn`; if it raises, this connection ends (`on_lost`), and nothing else does."""
        try:
            fn()
        except Exception as fault:
            self.fault(fault)

    def fault(self, fault: Exception) -> None:
        """A defect of ours, met while serving this connection: it costs this connection only."""
        log.error("a connection was closed because of a fault of ours", exc_info=fault)
        if not self._closed:
            self._lose(ConnectionAbortedError("a fault in this program"))

    def drop(self) -> None:
        """Close now; what waits in the queue is lost."""
        if self._closed:
            return
        self._closed = self._queue_only = True
        for timer in (self._timer, self._resting):
            if timer is not None:
                timer.cancel()
        if self.tape is not None:
            self.tape.end()
        self._chunks.clear()
        self.queued_bytes = 0
        self._loop.unwatch(self._sock)
        self._sock.close()
        if self._on_closed is not None:
            # Not from inside the caller's frame: it may be counting its connections.
            self._loop.post(self._on_closed)

    def close_after_flush(self, deadline_s: float, on_closed: Callable[[], None] | None = None) -> None:
        """Send what is queued within `deadline_s` seconds, then end in order; then `on_closed`.

        In order: say that nothing follows (shutdown), and read what still comes for a moment. A close
        with unread bytes would reset the connection, and the peer could lose our last words.
        """
        if self._closed:
            if on_closed is not None:
                self._loop.post(on_closed)
            return
        self._on_closed = on_closed
        if self._closing:
            return
        self._closing = True
        self._queue_only = True
        self._timer = self._loop.call_later(deadline_s, self.drop)
        if self._frozen or self._knife is not None:
            self._knife, self._frozen = None, False
            self._switched()
        if not self._chunks:
            self._shut_down()

    # --- The laboratory ---

    @property
    def interest(self) -> str:
        """What the loop waits for on this socket: "r", "w", "rw" or ""."""
        return "" if self._closed else self._loop.interest_of(self._sock)

    def cut_reading(self, most_bytes: int | None) -> None:
        """From the next read on, take at most so many bytes (at least 1) at a time; None: what there is."""
        self._cut_bytes = None if most_bytes is None else max(1, most_bytes)

    def cut_sending(self, knife: SendKnife | None) -> None:
        """From the next system call on, send as the knife has it; None: all that waits, at once."""
        if not self._closing and not self._closed:
            self._knife = knife
            self._switched()

    def freeze(self, frozen: bool) -> None:
        """Neither read nor write until it is thawed; a close thaws it. What the kernel has, it delivers."""
        if not self._closing and not self._closed and frozen is not self._frozen:
            self._frozen = frozen
            self.last_in_s = self._loop.turn_s
            self._switched()

    def _switched(self) -> None:
        """What is queued goes on its way as the switches are now."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        held_up = self._frozen or self._knife is not None
        self._queue_only = held_up or self._closing or self._closed
        self._set_interest()
        self._ask_flush()

    def _rest(self, knife: SendKnife) -> None:
        """Nothing leaves until the knife's pause is over."""
        self._resting = self._loop.call_later(knife.pause_s, self._rested)
        self._set_interest()

    def _rested(self) -> None:
        self._resting = None
        self._set_interest()
        self._flush_guarded()

    def _tell_chunk_out(
        self, tape: Tape, offered: bytes | deque[bytes | memoryview], sent_bytes: int
    ) -> None:
        if isinstance(offered, bytes):
            tape.chunk_out(self.out_bytes, offered[:sent_bytes], len(offered))
            return
        pieces = list(islice(offered, MOST_CHUNKS)) if _HAS_SENDMSG else _up_to(offered, _JOINED_BYTES)
        taken = b"".join(_up_to(offered, sent_bytes))[:sent_bytes] if sent_bytes else b""
        tape.chunk_out(self.out_bytes, taken, sum(map(len, pieces)))

    # --- Inside ---

    def _ask_flush(self) -> None:
        if self._chunks and not self._flush_asked and not self._waiting:
            self._flush_asked = True
            self._loop.at_flush(self._flush_guarded)

    def _on_event(self, readable: bool, writable: bool) -> None:
        try:
            if writable:
                self._flush()
            if readable and not self._closed:
                self._read()
        except Exception as fault:
            self.fault(fault)

    def _read(self) -> None:
        """One read a turn: whoever sends much waits for the others between any two."""
        if self._paused and not self._closing:
            return
        try:
            data = self._sock.recv(self._read_bytes) if self._closing else self._receive()
        except _TRY_AGAIN:
            return
        except OSError as error:
            self._lose(error)
            return
        if self._closing:
            self._drain(len(data))
        elif data:
            self.last_in_s = self._loop.turn_s
            self._owner.on_bytes(data)
        else:
            self._eof = True
            self._set_interest()  # the end of a stream stays readable for ever
            self._owner.on_eof()

    def _receive(self) -> bytes:
        """One system call. Raises OSError."""
        asked_bytes = self._read_bytes if self._cut_bytes is None else min(self._cut_bytes, self._read_bytes)
        data = self._sock.recv(asked_bytes)
        if data and self.tape is not None:
            self.tape.chunk_in(self.in_bytes, data, asked_bytes)
        self.in_bytes += len(data)
        return data

    def _flush_guarded(self) -> None:
        self._flush_asked = False
        try:
            self._flush()
        except Exception as fault:
            self.fault(fault)

    def _flush(self) -> None:
        """One system call; then either all is gone or we wait until the socket takes more."""
        if self._closed or not self._chunks or self._frozen or self._resting is not None:
            return
        offered = self._chunks if self._knife is None else self._knife.piece_of(self._chunks)
        sent_bytes = self._hand_over(offered)
        if sent_bytes is None:
            return
        if sent_bytes:
            self.progress_s = self._loop.turn_s
        if sent_bytes == self.queued_bytes:
            self._chunks.clear()
            self.queued_bytes = 0
            if self._waiting or self._paused or self._closing:
                self._emptied()
        else:
            self._forget(sent_bytes)
            if self._knife is not None and sent_bytes:
                self._rest(self._knife)
            elif not self._waiting:
                self._waiting = True
                self._set_interest()

    def _hand_over(self, offered: bytes | deque[bytes | memoryview]) -> int | None:
        """The one exit to the socket, one system call: how many bytes the kernel took, 0 when it takes none
        just now, None when the connection is lost with this call.

        A queue goes as it is, by `sendmsg`; only where there is none are its first chunks joined.
        """
        try:
            if isinstance(offered, bytes):
                sent_bytes = self._sock.send(offered)
            elif sys.platform != "win32" and _HAS_SENDMSG:
                few = offered if len(offered) <= MOST_CHUNKS else islice(offered, MOST_CHUNKS)
                sent_bytes = self._sock.sendmsg(few)
            else:
                sent_bytes = self._sock.send(b"".join(_up_to(offered, _JOINED_BYTES)))
        except _TRY_AGAIN:
            sent_bytes = 0
        except OSError as error:
            self.read_rest()
            self._lose(error)
            return None
        if self.tape is not None:
            self._tell_chunk_out(self.tape, offered, sent_bytes)
        self.out_bytes += sent_bytes
        return sent_bytes

    def _forget(self, sent_bytes: int) -> None:
        """Take what was sent off the queue; of a chunk sent in part, keep a view of the rest."""
        self.queued_bytes -= sent_bytes
        while sent_bytes:
            first = self._chunks[0]
            if len(first) > sent_bytes:
                self._chunks[0] = memoryview(first)[sent_bytes:]
                return
            sent_bytes -= len(first)
            self._chunks.popleft()

    def _emptied(self) -> None:
        if self._waiting:
            self._waiting = False
            self._set_interest()
        if self._closing:
            self._shut_down()
        else:
            self._owner.on_drained()

    def _shut_down(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop()
            return
        if self._eof:
            self.drop()
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(limits.DRAIN_S, self.drop)
        self._set_interest()

    def _drain(self, dropped_bytes: int) -> None:
        self._to_drain_bytes -= dropped_bytes
        if not dropped_bytes:
            self._eof = True
        if self._chunks:
            self._set_interest()
        elif self._eof or self._to_drain_bytes <= 0:
            self.drop()

    def _set_interest(self) -> None:
        if not self._closed:
            # While closing we read to throw away, but only once our last words are out.
            read = not self._waiting if self._closing else not self._paused
            read, write = read and not self._eof, self._waiting and self._resting is None
            self._loop.interest(self._sock, read and not self._frozen, write and not self._frozen)

    def _lose(self, error: OSError) -> None:
        closing = self._closing
        if self.tape is not None:
            self.tape.end(error.strerror or str(error))
        self.drop()
        if not closing:
            self._owner.on_lost(error)


def _up_to(chunks: deque[bytes | memoryview], most_bytes: int) -> list[bytes | memoryview]:
    """The first chunks, at least one, of about `most_bytes` together."""
    few: list[bytes | memoryview] = []
    total = 0
    for chunk in chunks:
        few.append(chunk)
        total += len(chunk)
        if total >= most_bytes:
            break
    return few
