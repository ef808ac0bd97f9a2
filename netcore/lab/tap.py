"""The tap: somebody on the way between clients and their server, who watches, and attacks when told to.

    client --- 127.0.0.1:5051 [ listener | connection | connection ] --- 127.0.0.1:5050 server
                                 frames up, frames down, no keys

    tap = start_tap(TapConfig("127.0.0.1", 0, "127.0.0.1", 5050))
    tap.submit(Flip(direction="up"))          carried out once, on the next frame that fits
    event = tap.events.get()                  ... until Stopped
    tap.stop(); tap.join(2.0)

It is pointed at: only who is given its address comes through it. It listens and dials on this computer only,
unless `anywhere` insists. How bytes pass is in `relay`, keys of our own in `mallory`.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from netcore.crypto.primitives import Random
from netcore.errors import BadAddress, CannotReach, LocalChatError, NotThisComputer
from netcore.lab.mallory import Mallory, MalloryKeys
from netcore.lab.orders import Cut, Disarm, FrameOrder, Order, OwnKeys
from netcore.lab.relay import Relay, TapContext
from netcore.lab.tap_events import (
    Armed,
    ConnectionBegan,
    ConnectionEnded,
    Crashed,
    Failed,
    Stopped,
    TapEvent,
    Tapping,
)
from netcore.net.addresses import is_this_computer as is_this_computer
from netcore.net.dial import Dial
from netcore.net.listener import Listener
from netcore.net.loop import THREAD_NAME, Loop
from netcore.net.target import join_address

log = logging.getLogger("localchat.tap")


@dataclass(frozen=True, slots=True)
class TapConfig:
    """`frames` False: what is tapped is no LocalChat/1, so chunks are attacked. `keys` are made when they are
    first needed, which takes seconds, unless they are given."""

    listen_host: str
    listen_port: int
    to_host: str
    to_port: int
    frames: bool = True
    anywhere: bool = False
    keys: MalloryKeys | None = None


class Tap:
    """Thread: netcore-loop only."""

    def __init__(
        self, loop: Loop, config: TapConfig, emit: Callable[[TapEvent], None], random: Random = os.urandom
    ) -> None:
        self._loop = loop
        self._config = config
        self._emit = emit
        self._random = random
        self._context = TapContext(loop, emit, config.frames)
        self._listener: Listener | None = None
        self._dials: dict[int, tuple[Dial, socket.socket]] = {}
        self._open: dict[int, Relay | Mallory] = {}
        self._last_number = 0
        self._keys = config.keys
        self._making = False
        self._own_keys = False  # the next client is answered with them
        self._waiting: list[tuple[int, socket.socket]] = []  # for the keys to be made

    def start(self) -> None:
        """Raises ListenError, NotThisComputer or BadAddress."""
        config = self._config
        for host, port in ((config.listen_host, config.listen_port), (config.to_host, config.to_port)):
            if not config.anywhere and not is_this_computer(host):
                raise NotThisComputer(address=join_address(host, port))
        to_host = "127.0.0.1" if config.to_host == "localhost" else config.to_host
        if (config.listen_host, config.listen_port) == (to_host, config.to_port):
            address = join_address(config.to_host, config.to_port)
            raise BadAddress(address=address, why="the tap would lead to itself")
        self._listener = Listener(self._loop, config.listen_host, config.listen_port, self._on_accept)
        self._emit(Tapping(join_address(config.listen_host, self._listener.port)))

    def obey(self, order: Order) -> None:
        match order:
            case FrameOrder():
                self._context.orders.append(order)
                self._emit(Armed(order.attack))
            case Cut(connection):
                self._cut(connection)
            case OwnKeys():
                self._arm_own_keys()
            case Disarm():
                self._context.orders.clear()
                self._own_keys = False

    def stop(self) -> None:
        """Close all. What is queued leaves with the next flush, if the system takes it then. What still waits
        for its frame is told."""
        for order in self._context.orders:
            self._context.miss(order.attack, "the tap was stopped before a frame came")
        self._context.orders.clear()
        if self._listener is not None:
            self._listener.close()
        for dial, sock in self._dials.values():
            dial.cancel()
            sock.close()
        for _, sock in self._waiting:
            sock.close()
        self._dials.clear()
        self._waiting.clear()
        for one in list(self._open.values()):
            one.stop()

    # --- Orders ---------------------------------------------------------------------------------

    def _cut(self, connection: int | None) -> None:
        number = max(self._open, default=0) if connection is None else connection
        if number in self._open:
            self._open[number].cut()
        else:
            self._context.miss(Cut.attack, "there is no such connection")

    def _arm_own_keys(self) -> None:
        if not self._config.frames:
            self._context.miss(OwnKeys.attack, "this room does not speak LocalChat/1")
            return
        self._own_keys = True
        self._emit(Armed(OwnKeys.attack))
        if self._keys is None and not self._making:
            self._making = True
            self._loop.in_pool(lambda: MalloryKeys.generate(self._random), self._made_keys)

    def _made_keys(self, making: Future[MalloryKeys]) -> None:
        self._keys = making.result()
        waiting, self._waiting = self._waiting, []
        for number, sock in waiting:
            self._answer(number, sock)

    # --- Connections ----------------------------------------------------------------------------

    def _on_accept(self, sock: socket.socket, host: str, port: int) -> None:
        self._last_number += 1
        number = self._last_number
        self._emit(ConnectionBegan(number, join_address(host, port), self._own_keys))
        if self._own_keys:
            self._answer(number, sock)
            return

        def dialled(server: socket.socket | None, error: CannotReach | None) -> None:
            del self._dials[number]
            if server is None:
                sock.close()
                self._emit(ConnectionEnded(number, "unreachable"))
            else:
                self._open[number] = Relay(self._context, number, sock, server, self._on_ended)

        target = self._config.to_host, self._config.to_port
        self._dials[number] = Dial(self._loop, *target, dialled), sock

    def _answer(self, number: int, sock: socket.socket) -> None:
        """With our own keys, as soon as there are some."""
        if self._keys is None:
            self._waiting.append((number, sock))
            return
        target = self._config.to_host, self._config.to_port
        self._open[number] = Mallory(
            self._context, number, sock, target, self._keys, self._established, self._on_ended
        )

    def _established(self) -> None:
        self._own_keys = False

    def _on_ended(self, one: Relay | Mallory) -> None:
        self._open.pop(one.number, None)


class RunningTap:
    """A tap on a thread of its own. `submit`, `stop` and `join` are for any thread."""

    def __init__(self, config: TapConfig, on_event: Callable[[TapEvent], None] | None = None) -> None:
        """`on_event`, called on the tap's thread, takes the place of `events`."""
        self.events: queue.SimpleQueue[TapEvent] = queue.SimpleQueue()
        self._emit = on_event or self.events.put
        self._loop = Loop()
        self._tap = Tap(self._loop, config, self._emit)
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._thread.start()

    def submit(self, order: Order) -> None:
        self._loop.post(lambda: self._tap.obey(order))

    def stop(self) -> None:
        """Stopped follows. Idempotent."""
        self._loop.post(self._stop)

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; False when it has not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._loop.post(self._begin)
        try:
            self._loop.run(self._crashed)
        finally:
            self._emit(Stopped())

    def _begin(self) -> None:
        try:
            self._tap.start()
        except LocalChatError as error:
            self._emit(Failed(error))
            self._stop()

    def _stop(self) -> None:
        self._tap.stop()
        self._loop.at_flush(self._loop.stop)

    def _crashed(self, error: BaseException) -> None:
        log.critical("a defect ended the tap", exc_info=error)
        self._emit(Crashed("".join(traceback.format_exception(error))))


def start_tap(config: TapConfig, on_event: Callable[[TapEvent], None] | None = None) -> RunningTap:
    """Its first event is Tapping, or Failed and Stopped."""
    return RunningTap(config, on_event)
