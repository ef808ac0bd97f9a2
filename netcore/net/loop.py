"""The event loop: one thread that waits for many sockets, timers and other threads at once.

A turn of the loop, over and over:

    select     sleep until a socket is ready, a timer is due, or another thread has posted something
    I/O        the callbacks of the ready sockets
    timers     those that are due
    posted     what other threads (the window, the worker pool) asked for
    turn end   what a turn collects and does once (`at_turn_end`): commit, seal, broadcast
    flush      one system call per socket that has something to send (`at_flush`)

A turn runs only what was ready when its part began. What a callback adds to a part that has begun
waits for the next turn, so that nobody can keep a turn from ending.

Callbacks must not block: everybody waits meanwhile. Arithmetic of milliseconds goes to the worker
pool (`in_pool`). Leaves to `connection` how bytes go through a socket.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from netcore import limits
from netcore.trace import Recorder

THREAD_NAME: Final = "netcore-loop"
WORKERS: Final = 2
SLOW_CALLBACK_S: Final = 0.1
"""A callback that takes longer than this held everybody up: it is logged."""

Callback = Callable[[], None]
OnEvent = Callable[[bool, bool], None]
T = TypeVar("T")

log = logging.getLogger("localchat.loop")


class Timer:
    """One call in the future."""

    __slots__ = ("_fn",)

    def __init__(self, fn: Callback) -> None:
        self._fn: Callback | None = fn

    def cancel(self) -> None:
        """It will not run. Idempotent; after it has run: nothing happens."""
        self._fn = None

    def _take(self) -> Callback | None:
        fn, self._fn = self._fn, None
        return fn


class _Watch:
    """What we wait for on one socket: `events` is 0 when it rests, or is watched no more."""

    __slots__ = ("events", "on_event")

    def __init__(self, on_event: OnEvent) -> None:
        self.on_event = on_event
        self.events = 0


class Loop:
    """Thread: all but `post` and `now` belongs to the thread that calls `run`, named THREAD_NAME."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self.turn_s = clock()
        """The time when this turn's I/O began: good enough for bookkeeping, and free."""
        self._selector = selectors.DefaultSelector()
        self._watches: dict[socket.socket, _Watch] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_numbers = itertools.count()
        self._posted: deque[Callback] = deque()
        self._turn_end: list[Callback] = []
        self._flushes: list[Callback] = []
        self._pool: ThreadPoolExecutor | None = None
        self.recorder = Recorder(limits.TRACE_BUFFER_EVENTS, limits.TRACE_BUFFER_BYTES, clock)
        """Of the connections on this loop; it hears of each turn while one of them is recorded."""
        self._running = True
        self._closed = False
        # select() can only wait for sockets, so another thread wakes it with a byte through this pair.
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        self._wake_sent = False
        self.watch(self._wake_receiver, self._on_wake)

    # --- Sockets ---

    def watch(self, sock: socket.socket, on_event: OnEvent) -> None:
        """Call `on_event(readable, writable)` whenever `sock` can be read; `interest` changes that."""
        self._watches[sock] = _Watch(on_event)
        self.interest(sock, read=True, write=False)

    def interest(self, sock: socket.socket, read: bool, write: bool) -> None:
        """What to wait for. Neither is allowed: the socket rests, and not even its end is noticed."""
        watch = self._watches[sock]
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        if events == watch.events:
            return
        if not events:
            self._selector.unregister(sock)
        elif not watch.events:
            self._selector.register(sock, events, watch)
        else:
            self._selector.modify(sock, events, watch)
        watch.events = events

    def interest_of(self, sock: socket.socket) -> str:
        """What we wait for on this watched socket: "r", "w", "rw" or ""."""
        events = self._watches[sock].events
        return ("r" if events & selectors.EVENT_READ else "") + (
            "w" if events & selectors.EVENT_WRITE else ""
        )

    def unwatch(self, sock: socket.socket) -> None:
        """Forget the socket; to be called before it is closed. If it is not watched: nothing happens."""
        watch = self._watches.pop(sock, None)
        if watch is not None and watch.events:
            watch.events = 0
            self._selector.unregister(sock)

    def __len__(self) -> int:
        """How many sockets are watched, our own one included."""
        return len(self._watches)

    # --- Later, and elsewhere ---

    def call_later(self, delay_s: float, fn: Callback) -> Timer:
        """Run `fn` once, `delay_s` seconds from now or a little later."""
        timer = Timer(fn)
        heapq.heappush(self._timers, (self.now() + delay_s, next(self._timer_numbers), timer))
        return timer

    def post(self, fn: Callback) -> None:
        """Thread-safe: run `fn` on the loop soon. After the loop has ended: nothing happens."""
        self._posted.append(fn)
        # The flag spares a system call while a wake-up is already on its way. The loop lowers it
        # before it looks into the deque, so what was appended while it stood is seen.
        if not self._wake_sent:
            self._wake_sent = True
            with contextlib.suppress(OSError):
                self._wake_sender.send(b"!")

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `job` in the worker pool, then `done(future)` on the loop.

        The future is complete then: its `result()` never waits; it returns, or raises what the job raised.
        """
        if self._closed:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="netcore-worker")

        def finished(future: Future[T]) -> None:
            if not future.cancelled():  # as `close` does to those that had not begun
                self.post(lambda: done(future))

        self._pool.submit(job).add_done_callback(finished)

    def at_turn_end(self, fn: Callback) -> None:
        """Run `fn` once at the end of this turn; called from a turn's end, at the end of the next."""
        self._turn_end.append(fn)

    def at_flush(self, fn: Callback) -> None:
        """Run `fn` once after this turn's end; called from a flush, after the next turn's end."""
        self._flushes.append(fn)

    # --- Running ---

    def run(self, on_crash: Callable[[BaseException], None]) -> None:
        """Turn until `stop`. Then, or after a callback raised (`on_crash` is told), everything is closed."""
        try:
            while self._running:
                self._turn()
        except Exception as error:
            on_crash(error)
        finally:
            self.close()

    def stop(self) -> None:
        """End after this turn. From another thread: `post(loop.stop)`."""
        self._running = False

    def close(self) -> None:
        """Close every socket still watched, and the loop's own. `run` does it. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._pool is not None:
            # A key generation cannot be interrupted; the process may outlive us by its length.
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._selector.close()
        for sock in [*self._watches, self._wake_sender]:
            sock.close()
        self._watches.clear()
        self._timers.clear()
        self._posted.clear()
        self._turn_end.clear()
        self._flushes.clear()

    def _turn(self) -> None:
        ready = self._selector.select(self._select_timeout_s())
        self.turn_s = self.now()
        for key, events in ready:
            watch = key.data
            # An earlier callback of this turn may have closed this socket, or lost interest in it.
            events &= watch.events
            if events:
                readable = bool(events & selectors.EVENT_READ)
                self._call(watch.on_event, readable, bool(events & selectors.EVENT_WRITE))
        self._run_timers()
        for _ in range(len(self._posted)):
            self._call(self._posted.popleft())
        ending, self._turn_end = self._turn_end, []
        for fn in ending:
            self._call(fn)
        flushes, self._flushes = self._flushes, []
        for fn in flushes:
            fn()
        if self.recorder.tapes:
            self.recorder.turn(len(ready), self._select_timeout_s())

    def _select_timeout_s(self) -> float | None:
        if self._posted or self._turn_end or self._flushes or not self._running:
            return 0.0
        while self._timers and self._timers[0][2]._fn is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - self.now())

    def _run_timers(self) -> None:
        due: list[Timer] = []
        now = self.now()
        while self._timers and self._timers[0][0] <= now:
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:
            fn = timer._take()
            if fn is not None:
                self._call(fn)

    def _call(self, fn: Callable[..., None], *arguments: Any) -> None:
        start_s = self.now()
        fn(*arguments)
        took_s = self.now() - start_s
        if took_s > SLOW_CALLBACK_S:
            log.warning("%s held the loop up for %.0f ms", getattr(fn, "__qualname__", fn), took_s * 1000)

    def _on_wake(self, readable: bool, writable: bool) -> None:
        # The bytes first, then the flag, then (in this same turn) the deque: see `post`.
        with contextlib.suppress(BlockingIOError):
            while self._wake_receiver.recv(4096):
                pass
        self._wake_sent = False
