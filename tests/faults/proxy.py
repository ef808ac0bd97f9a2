"""A TCP proxy that does to a connection what bad networks do. Loopback only; one thread.

Faults are set from any thread with `set`; they hold for what is connected and what will be.
`cut`, `reset` and `blackhole_now` act once, on the connections of the moment.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to bytes. `slice_bytes` 0 sends as much as it can; `open` False refuses newcomers."""

    delay_s: float = 0.0
    slice_bytes: int = 0
    bytes_per_s: float = 0.0
    silent: bool = False
    open: bool = True


@dataclass(slots=True)
class _Half:
    """One direction: what came in from `source` and waits to leave through `sink`."""

    source: socket.socket
    sink: socket.socket
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    ended: bool = False
    next_send_s: float = 0.0


class FaultProxy:
    """Listens on 127.0.0.1 and forwards to a port there. `close` ends the thread and all sockets."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.weather = Weather()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._pairs: dict[socket.socket, tuple[_Half, _Half]] = {}
        self._orders: deque[str] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._thread.start()

    def set(self, weather: Weather) -> None:
        self.weather = weather

    def cut(self) -> None:
        """End every connection as a pulled plug would once noticed: FIN to both sides."""
        self._orders.append("cut")

    def reset(self) -> None:
        """End every connection with RST."""
        self._orders.append("reset")

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        with contextlib.closing(self._listener):
            while not self._stop.is_set():
                self._turn()
            self._end_all(reset=False)

    def _turn(self) -> None:
        # A few dozen sockets at most, so the selector is made anew each turn: nothing to keep in step.
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            now = time.monotonic()
            due = 0.05
            for halves in self._pairs.values():
                for half in halves:
                    if not half.ended and len(half.waiting) < 64 and not self.weather.silent:
                        selector.register(half.source, selectors.EVENT_READ, half)
                    if half.waiting:
                        due = min(due, max(0.0005, max(half.waiting[0][0], half.next_send_s) - now))
            for key, _ in selector.select(due):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.data)
        while self._orders:
            self._end_all(reset=self._orders.popleft() == "reset")
        for one, other in list({id(pair): pair for pair in self._pairs.values()}.values()):
            if not (self._write(one) and self._write(other)):
                self._end(one, reset=False)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if not self.weather.open:
            client.close()
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream_port), 2)
        except OSError:
            client.close()
            return
        client.setblocking(False)
        server.setblocking(False)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (_Half(client, server), _Half(server, client))
        self._pairs[client] = pair

    def _read(self, half: _Half) -> None:
        try:
            data = half.source.recv(16_384)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            half.waiting.append((time.monotonic() + self.weather.delay_s, data))
        else:
            half.ended = True

    def _write(self, half: _Half) -> bool:
        """Send what is due; False when the pair is over."""
        weather = self.weather
        if weather.silent:
            return True
        now = time.monotonic()
        while half.waiting and half.waiting[0][0] <= now and half.next_send_s <= now:
            due, data = half.waiting.popleft()
            piece = data[: weather.slice_bytes] if weather.slice_bytes else data
            try:
                sent = half.sink.send(piece)
            except BlockingIOError:
                sent = 0
            except OSError:
                return False
            if sent < len(data):
                half.waiting.appendleft((due, data[sent:]))
            if weather.bytes_per_s and sent:
                half.next_send_s = now + sent / weather.bytes_per_s
            if sent < len(piece):
                break
        if half.ended and not half.waiting:
            with contextlib.suppress(OSError):
                half.sink.shutdown(socket.SHUT_WR)
            return not self._both_ended(half)
        return True

    def _both_ended(self, half: _Half) -> bool:
        one, other = self._pairs.get(half.source) or self._pairs[half.sink]
        return one.ended and other.ended and not one.waiting and not other.waiting

    def _end(self, half: _Half, *, reset: bool) -> None:
        for end in (half.source, half.sink):
            self._pairs.pop(end, None)
            if reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

    def _end_all(self, *, reset: bool) -> None:
        for one, _ in list(self._pairs.values()):
            self._end(one, reset=reset)
