"""The same chairs in one of the museum's rooms: its own server and clients, and the tap between.

The clients of 1.2 have a knife: what Ada sends can be held back and sent together, and Ben can read a few
bytes at a time. What Ben's program makes of each chunk is told, as `bare`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from netcore.crypto.primitives import rsa_from_pem
from netcore.lab.lessons.model import Place, Seen
from netcore.lab.museum import v1_0, v1_1, v1_2, v1_3
from netcore.lab.orders import Order
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.script import Script, pause, until
from netcore.lab.stream.bare import RECV_BYTES, read_chunk
from netcore.lab.stream.bare import Reading as BareReading
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import ConnectionBegan, Tapping
from netcore.lab.throwaway import pem
from netcore.net.api.events import Notice

LINE: Final = "museum"
"""The code of a `Notice` whose text a window of that version shows."""
START_S: Final = 5.0
SETTLE_S: Final = 0.15
"""For the two threads of a server of old to take in whoever has connected."""

Show = Callable[[str], None]


class OldServer(Protocol):
    port: int

    def close(self) -> None: ...


class OldClient(Protocol):
    def say(self, text: str) -> None: ...

    def close(self) -> None: ...


def start_server(version: str, show: Show) -> OldServer:
    if version == "1.3":
        return v1_3.Server(0, show, rsa_from_pem(pem("server_kex")))
    servers: Mapping[str, Callable[[int, Show], OldServer]] = {
        "1.0": v1_0.Server, "1.1": v1_1.Server, "1.2": v1_2.Server,
    }  # fmt: skip
    return servers[version](0, show)


class KnifeClient:
    """The client of 1.2, whose sends can be joined, and which reads as many bytes at a time as it is told."""

    def __init__(
        self, address: str, name: str, show: Show, on_reading: Callable[[BareReading], None]
    ) -> None:
        host, _, port = address.rpartition(":")
        self._name = name
        self._show = show
        self._on_reading = on_reading
        self.recv_bytes = RECV_BYTES
        self.joins = False
        self._joined: list[bytes] = []
        self._sock = socket.create_connection((host, int(port)))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        self._joined.append(v1_2.to_bytes(self._name, text))
        if not self.joins:
            self.send()

    def send(self) -> None:
        """What was said, in one call."""
        joined, self._joined = self._joined, []
        if joined:
            with contextlib.suppress(OSError):  # it has ended, as its window shows
                self._sock.sendall(b"".join(joined))

    def close(self) -> None:
        v1_2.end(self._sock)
        self._thread.join()

    def _read(self) -> None:
        offset = 0
        with contextlib.suppress(OSError):
            # Waits by looking only: the knife may be set while nothing comes.
            while self._sock.recv(1, socket.MSG_PEEK) and (chunk := self._sock.recv(self.recv_bytes)):
                self._show(v1_2.read_chunk(chunk))
                self._on_reading(read_chunk(offset, chunk))
                offset += len(chunk)


class OldRoom:
    def __init__(self, version: str, gathering: Gathering) -> None:
        self.version = version
        self._gathering = gathering
        self._server: OldServer | None = None
        self.chairs: dict[str, OldClient] = {}
        self.tap: RunningTap | None = None
        self.tap_address = ""
        self._came = 0

    def open(self) -> Script:
        self._server = start_server(self.version, self._shower("server"))
        self.tap = start_tap(
            TapConfig("127.0.0.1", 0, "127.0.0.1", self._server.port, frames=False),
            lambda event: self._gathering.put("tap", event),
        )
        yield from until(lambda: bool(self.tap_address), START_S)
        if not self.tap_address:
            return
        # Ben first: 1.0 answers the newest alone, and Ada is who speaks.
        self.chairs["Ben"] = self._client("Ben", f"127.0.0.1:{self._server.port}")
        self.chairs["Ada"] = self._client("Ada", self.tap_address)
        yield from until(lambda: self._came > 0, START_S)
        yield from pause(SETTLE_S)

    def close(self) -> None:
        for client in self.chairs.values():
            client.close()
        self.chairs.clear()
        if self.tap is not None:
            self.tap.stop()
            self.tap.join(1.0)
        if self._server is not None:
            self._server.close()

    def say(self, name: str, text: str) -> None:
        with contextlib.suppress(OSError, KeyError):  # the connection has ended, as its window shows
            self.chairs[name].say(text)
            self._gathering.put(_place(name), Notice(LINE, f"{name}: {text}"))

    def join_sending(self, joins: bool) -> None:
        for client in self.chairs.values():
            if isinstance(client, KnifeClient):
                client.joins = joins
                if not joins:
                    client.send()

    def cut_receiving(self, most_bytes: int | None) -> None:
        for client in self.chairs.values():
            if isinstance(client, KnifeClient):
                client.recv_bytes = most_bytes or RECV_BYTES

    def attack(self, order: Order) -> None:
        if self.tap is not None:
            self.tap.submit(order)

    def saw(self, seen: Seen) -> None:
        if isinstance(seen.event, Tapping):
            self.tap_address = seen.event.address
        elif isinstance(seen.event, ConnectionBegan):
            self._came += 1

    def _client(self, name: str, address: str) -> OldClient:
        show = self._shower(_place(name))
        if self.version == "1.2":
            return KnifeClient(address, name, show, lambda one: self._read(name, one))
        clients: Mapping[str, Callable[[str, str, Show], OldClient]] = {
            "1.0": v1_0.Client, "1.1": v1_1.Client, "1.3": v1_3.Client,
        }  # fmt: skip
        return clients[self.version](address, name, show)

    def _read(self, name: str, reading: BareReading) -> None:
        if name == "Ben":
            self._gathering.put("bare", reading)

    def _shower(self, at: Place) -> Show:
        return lambda line: self._gathering.put(at, Notice(LINE, line))


def _place(name: str) -> Place:
    return "Ada" if name == "Ada" else "Ben"
