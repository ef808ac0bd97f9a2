"""Our server as a process, and real clients of it: authenticated, encrypted, each checking what it hears.

The clients are `netcore.session.ClientSession`s on plain sockets in one selector loop. Each checks for
itself that every frame carries its own stamp under its own count, that the room key it holds is the right
one, and that the messages' seq goes on by one without a hole; `hearing` does once what is the same for all.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.net.server.files import IDENTITY_FILE
from netcore.session.events import Established, Event, Failed, MessageReceived, PeerClosed
from netcore.wire.codes import CloseCode
from netcore.wire.messages import GetPage, Live, PageEnd, Ping, Pong, Refused, Said, Say, Welcome
from tests.bench.crowd import START_S, Crowd, new_folder, stop
from tests.bench.hearing import BenchSession, Heard
from tests.bench.member_keys import member_keys
from tests.keys import pem
from tests.waiting import wait_until

ROOM: Final = "Bench"
SPEAKERS: Final = 2
"""A client keeps at most 32 messages unacknowledged, so 64 in flight are two speakers'."""
HANDSHAKES_AT_ONCE: Final = 24
"""While a room is filled for another measurement; `joins` lets all come at once."""
JOIN_S: Final = 120.0
_READ_BYTES: Final = 65_536
HOME: Final = Path(__file__).resolve().parent.parent.parent


def _trust(_: PublicKey) -> None:
    """The server is one that we have started ourselves."""


class Client:
    """One member on a plain socket. Raises AssertionError for anything that a good server never does."""

    __slots__ = (
        "_key", "_name", "_next_n", "_next_seq", "_out", "_selector", "_stream", "frozen", "heard", "live",
        "lost", "session", "sock",
    )  # fmt: skip

    def __init__(self, selector: selectors.BaseSelector, port: int, name: str, key: PrivateKey) -> None:
        self._selector = selector
        self._name = name
        self._key = key
        self._stream = os.urandom(16)
        self._next_n = 1
        self._next_seq = 0
        self._out: list[bytes] = []
        self.heard = 0
        self.live = False
        self.lost = False
        self.frozen = False
        self.sock = socket.create_connection(("127.0.0.1", port), 10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.session = BenchSession(_trust, os.urandom, time.monotonic())
        selector.register(self.sock, selectors.EVENT_READ, self)
        self.flush()

    def say(self, text: str) -> None:
        self.session.send(Say(self._stream, self._next_n, text))
        self._next_n += 1

    def freeze(self) -> None:
        """Read no more, as a suspended laptop does."""
        self.frozen = True
        self._selector.unregister(self.sock)

    def flush(self) -> None:
        data = b"".join([*self._out, *self.session.take_output()])
        self._out.clear()
        if data:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            if sent < len(data):
                self._out.append(data[sent:])

    def read(self) -> None:
        try:
            data = self.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        now = time.monotonic()
        events = self.session.receive_bytes(data, now) if data else self.session.receive_eof(now)
        for event in events:
            self._on_event(event)
        if events or not self.live:
            self.flush()

    def gave_up(self, now: float) -> bool:
        """Whether it was turned away on its way in, or has waited too long."""
        deadline = self.session.deadline
        return self.lost or (not self.live and deadline is not None and now >= deadline)

    def close(self) -> None:
        if not self.frozen:
            self._selector.unregister(self.sock)
        self.sock.close()

    def _on_event(self, event: Event) -> None:
        match event:
            case Established():
                self.session.authenticate(self._key, self._name, self._stream, None)
            case MessageReceived(Heard() as heard):
                self._on_room(heard)
            case MessageReceived(Welcome(head=head)):
                # As a client that has everything already: its history is not what is measured here.
                self.session.send(GetPage(head))
                self._next_seq = head + 1
            case MessageReceived(Said(seq=seq)) if not self.live:
                assert seq == self._next_seq, f"{self._name} reads {seq} after {self._next_seq - 1}"
                self._next_seq = seq + 1
            case MessageReceived(PageEnd()) if not self.live:
                # Once more than needed if `live` is still on its way: that page then says nothing new.
                self.session.send(GetPage(self._next_seq - 1))
            case MessageReceived(Live(head=head)):
                assert head + 1 == self._next_seq, (
                    f"{self._name} is live at {head}, but has {self._next_seq - 1}"
                )
                self.live = True
            case MessageReceived(Refused(code=code)):
                raise AssertionError(f"{self._name} was refused: {code}")
            case MessageReceived(Ping()):
                self.session.send(Pong())
            case PeerClosed() | Failed() if not self.live:
                self.lost = True
            case PeerClosed(code, reason):
                raise AssertionError(f"{self._name} was sent away: {CloseCode(code).name} {reason}")
            case Failed(error):
                raise AssertionError(f"{self._name}: {error}")

    def _on_room(self, heard: Heard) -> None:
        if heard.said:
            assert heard.first == self._next_seq, (
                f"{self._name} hears {heard.first} after {self._next_seq - 1}"
            )
            self._next_seq += heard.said
            self.heard += heard.said


class OurServer:
    """The server's process, its folder on the disk, and the port it listens on."""

    def __init__(self) -> None:
        self._folder = new_folder()
        data_dir = self._folder / "data"
        data_dir.mkdir(mode=0o700)
        # Making an RSA-3072 key takes seconds, and is no part of any measurement.
        (data_dir / IDENTITY_FILE).touch(mode=0o600)
        (data_dir / IDENTITY_FILE).write_bytes(pem("server_identity"))
        self.output = self._folder / "output"
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.run_server", str(data_dir), ROOM],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=HOME,
            )
        self.pid = self._process.pid
        self.port = 0
        try:
            wait_until(self._listens, START_S)
        except BaseException:
            self.close()
            raise

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"our server did not start: {self.output.read_text()}")
        for line in self.output.read_text().splitlines(keepends=True):
            if line.startswith('{"event": "listening"') and line.endswith("\n"):
                self.port = json.loads(line)["port"]
        return self.port != 0

    def close(self) -> None:
        stop(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)


class OurCrowd(Crowd):
    name = "LocalChat"

    def __init__(self) -> None:
        self.server = OurServer()
        self.pid = self.server.pid
        self._selector = selectors.DefaultSelector()
        self._made = 0
        self.receivers: list[Client] = []
        self._speakers: list[Client] = []
        self.redials = 0
        self._turn = 0
        try:
            self._speakers = self.join_all(SPEAKERS)
        except BaseException:
            self.close()
            raise

    def join_all(self, count: int, at_once: int = HANDSHAKES_AT_ONCE) -> list[Client]:
        """New members, all of them live when this returns."""
        first, self._made = self._made, self._made + count
        return self.join_as(range(first, first + count), at_once)

    def join_as(self, numbers: range, at_once: int) -> list[Client]:
        """These members, by their numbers. Who is not let in is dialled again, as a real client does it."""
        keys = member_keys(numbers.stop)
        clients: dict[int, Client] = {}
        waiting: list[int] = []
        redial: list[tuple[float, int]] = []
        unseen = deque(numbers)

        def dial(number: int) -> None:
            clients[number] = Client(self._selector, self.server.port, f"Member {number}", keys[number])
            waiting.append(number)

        end_s = time.monotonic() + JOIN_S
        while unseen or waiting or redial:
            now = time.monotonic()
            if now > end_s:
                raise TimeoutError(f"not all {len(numbers)} members are in after {JOIN_S:.0f} s")
            while redial and redial[0][0] <= now:
                dial(redial.pop(0)[1])
            if unseen and len(waiting) < at_once:
                dial(unseen.popleft())
            self.pump(0 if unseen and len(waiting) < at_once else 0.01)
            for number in [number for number in waiting if clients[number].gave_up(now)]:
                waiting.remove(number)
                clients[number].close()
                redial.append((now + limits.RETRY_FIRST_S, number))
                self.redials += 1
            waiting = [number for number in waiting if not clients[number].live]
        return list(clients.values())

    def grow(self, receivers: int) -> None:
        heard = self.heard
        new = self.join_all(receivers - len(self.receivers))
        for client in new:
            client.heard = heard
        self.receivers += new
        self.settle(0.3)

    def shrink(self, receivers: int) -> None:
        """Let the youngest receivers go until so many are left."""
        for client in self.receivers[receivers:]:
            client.close()
        del self.receivers[receivers:]
        self.settle(0.5)

    def say(self, count: int, text: bytes) -> None:
        words = text.decode()
        for _ in range(count):
            self._speakers[self._turn % SPEAKERS].say(words)
            self._turn += 1
        for speaker in self._speakers:
            speaker.flush()

    def pump(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            key.data.read()
        for speaker in self._speakers:
            speaker.flush()

    @property
    def heard(self) -> int:
        return min((client.heard for client in self.receivers if not client.frozen), default=0)

    @property
    def heard_by_all(self) -> int:
        return sum(client.heard for client in self.receivers)

    def close(self) -> None:
        for client in [*self.receivers, *self._speakers]:
            client.sock.close()
        self._selector.close()
        self.server.close()
