"""A room full of clients in one process: some speak, the rest listen and count.

`Crowd` is what the measurements see; `PeerCrowd` is one over TLS for the servers of `peers`. The one for
ours is in `ours`: its clients also check what they hear.
"""

from __future__ import annotations

import contextlib
import selectors
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.measure import BUILD
from tests.bench.peers import END, Peer
from tests.waiting import wait_until

START_S: Final = 60.0
STOP_S: Final = 5.0
READ_BYTES: Final = 262_144
_JOIN_TOGETHER: Final = 100
_TLS_RECORD_BYTES: Final = 2_000
"""ngIRCd reads 2,048 bytes at a time, and leaves the rest of a longer TLS record lying until more comes."""
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Crowd(ABC):
    """A running server and its clients. Receivers count what they hear; speakers are beside them."""

    name: str
    pid: int

    @abstractmethod
    def grow(self, receivers: int) -> None:
        """Let receivers join until there are that many, and hear out what that made everyone hear."""

    @abstractmethod
    def say(self, count: int, text: bytes) -> None:
        """Queue the text `count` times."""

    @abstractmethod
    def pump(self, timeout_s: float) -> None:
        """Send and receive what is possible; wait for at most `timeout_s`."""

    @property
    @abstractmethod
    def heard(self) -> int:
        """How many messages every receiver has heard."""

    @property
    @abstractmethod
    def heard_by_all(self) -> int:
        """How many messages all receivers have heard, added up."""

    @abstractmethod
    def close(self) -> None: ...

    def settle(self, seconds: float) -> None:
        """Pump for a while, so that what came before is not measured."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.pump(0.02)


class PeerCrowd(Crowd):
    def __init__(self, peer: Peer) -> None:
        self.name = peer.name
        self._peer = peer
        self._folder = new_folder()
        self._port = free_port()
        self._process = peer.start(self._folder, self._port)
        self.pid = self._process.pid
        self._selector = selectors.DefaultSelector()
        self._counts: dict[ssl.SSLSocket, int] = {}
        self._unsent = b""
        try:
            wait_until(self._answers, START_S)
            (self._sender,) = self._join([0])
        except BaseException:
            self.close()
            raise
        self._sender.setblocking(False)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} did not start: {(self._folder / 'output').read_text()}")
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True

    def grow(self, receivers: int) -> None:
        numbers = range(len(self._counts) + 1, receivers + 1)
        for start in range(0, len(numbers), _JOIN_TOGETHER):
            for sock in self._join(numbers[start : start + _JOIN_TOGETHER]):
                sock.setblocking(False)
                self._selector.register(sock, selectors.EVENT_READ)
                self._counts[sock] = self.heard
            self.pump(0)  # or the others' queues fill with news of who came
        self.settle(0.3)

    def _join(self, numbers: Sequence[int]) -> list[ssl.SSLSocket]:
        socks = [self._peer.enter(self._port, number) for number in numbers]
        for sock, number in zip(socks, numbers, strict=True):
            self._peer.finish(sock, number)
        return socks

    def say(self, count: int, text: bytes) -> None:
        self._unsent += self._peer.message(text) * count

    def pump(self, timeout_s: float) -> None:
        with contextlib.suppress(*_WOULD_BLOCK):
            while self._unsent:
                self._unsent = self._unsent[self._sender.send(self._unsent[:_TLS_RECORD_BYTES]) :]
        for key, _ in self._selector.select(timeout_s):
            sock = key.fileobj
            assert isinstance(sock, ssl.SSLSocket)
            self._counts[sock] += self._read(sock)
        self._read(self._sender)

    def _read(self, sock: ssl.SSLSocket) -> int:
        heard = 0
        while True:
            try:
                data = sock.recv(READ_BYTES)
            except _WOULD_BLOCK:
                return heard
            if not data:
                raise RuntimeError(f"{self.name} closed a connection")
            heard += data.count(END)

    @property
    def heard(self) -> int:
        return min(self._counts.values(), default=0)

    @property
    def heard_by_all(self) -> int:
        return sum(self._counts.values())

    def close(self) -> None:
        for sock in self._counts:
            sock.close()
        self._selector.close()
        stop(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)


def new_folder() -> Path:
    """A fresh folder on the disk that the project is on: a log in memory would be stored for nothing."""
    home = BUILD / "bench"
    home.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=home))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
