"""The rooms of the museum: its own servers and clients, on threads of theirs, in the same chairs as today.

The clients of 1.2 have a knife: what Ada sends can be held back and sent together, and Ben can read a few
bytes at a time. What Ben's program makes of each chunk is told, as `bare`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from netcore.lab.lessons.model import Place, Seen
from netcore.lab.museum import v1_0, v1_1, v1_2, v1_3
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.room import START_S, Room, Who
from netcore.lab.sandbox.script import Script, pause, until
from netcore.lab.stream.bare import RECV_BYTES, BareReading, read_chunk
from netcore.lab.tap_events import ConnectionBegan
from netcore.lab.throwaway import rsa_key
from netcore.net.api.events import Notice

LINE: Final = "museum"
"""The code of a `Notice` whose text a window of that version shows."""
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
        return v1_3.Server(0, show, rsa_key("server_kex"))
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


class OldRoom(Room):
    def __init__(self, version: str, gathering: Gathering) -> None:
        super().__init__(version, gathering)
        self.server: OldServer | None = None
        self.chairs: dict[Who, OldClient] = {}
        self._came = 0

    def open(self) -> Script:
        yield from self.start()
        if not self.tap_address:
            return
        # Ben first: 1.0 answers the newest alone, and Ada is who speaks.
        self.sit_down("Ben")
        self.sit_down("Ada")
        yield from until(lambda: self._came > 0, START_S)
        yield from pause(SETTLE_S)

    def _start_server(self) -> Script:
        self.server = start_server(self.version, self._shower("server"))
        self.server_address = f"127.0.0.1:{self.server.port}"
        yield

    def close(self) -> None:
        for client in self.chairs.values():
            client.close()
        self.chairs.clear()
        self._close_tap()
        if self.server is not None:
            self.server.close()

    def sit_down(self, name: Who, target: str = "", nick: str = "", show: Show | None = None) -> None:
        """Connected on return, `way_of` them unless a `target` is given, under their own name unless they ask
        for another `nick`. `show` takes the place of their window."""
        show = show or self._shower(name)
        self.chairs[name] = self._client(name, target or self.way_of(name), nick or name, show)

    def say(self, name: Who, text: str) -> None:
        with contextlib.suppress(OSError, KeyError):  # the connection has ended, as its window shows
            self.chairs[name].say(text)
            self._gathering.put(name, Notice(LINE, f"{name}: {text}"))

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

    def saw(self, seen: Seen) -> None:
        super().saw(seen)
        if isinstance(seen.event, ConnectionBegan):
            self._came += 1

    def _client(self, name: Who, address: str, nick: str, show: Show) -> OldClient:
        if self.version == "1.2":
            return KnifeClient(address, nick, show, lambda one: self._read(name, one))
        clients: Mapping[str, Callable[[str, str, Show], OldClient]] = {
            "1.0": v1_0.Client, "1.1": v1_1.Client, "1.3": v1_3.Client,
        }  # fmt: skip
        return clients[self.version](address, nick, show)

    def _read(self, name: Who, reading: BareReading) -> None:
        if name == "Ben":
            self._gathering.put("bare", reading)

    def _shower(self, at: Place) -> Show:
        return lambda line: self._gathering.put(at, Notice(LINE, line))
