"""A hundred members who come and go for minutes: does the server keep anything of those who have gone?

    python -m tests.faults.soak [--minutes 10] [--clients 100]

A real server process under its usual limits. All members live in one selector loop here, each on the real
session; they join, say, whisper, look back, leave in order, break off, and come back with the same key.
Printed each minute and at the end: members, messages, and the server's memory and descriptors when the
room is empty again, against those of a first round of everybody (a warm-up: what is made once is made
then). Exit 1 if a descriptor is left over, or memory has grown beyond what the log's caches explain.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import selectors
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from netcore.crypto.identity import PublicKey
from netcore.crypto.whispers import open_whisper, seal_whisper
from netcore.session.client import ClientSession
from netcore.session.events import Established, Event, Failed, MessageReceived, PeerClosed
from netcore.wire.codes import CloseCode
from netcore.wire.messages import (
    GetPage,
    GotWhisper,
    Live,
    Message,
    PageEnd,
    Ping,
    Pong,
    Said,
    Say,
    SendWhisper,
    Welcome,
    Whisper,
)
from tests.bench.member_keys import member_keys
from tests.faults.people import Person
from tests.keys.put import put_server_keys
from tests.waiting import wait_until

GROWTH_BAR_BYTES: Final = 16 * 2**20
STAY_S: Final = (2.0, 20.0)
AWAY_S: Final = (0.2, 4.0)
PAUSE_S: Final = (0.5, 6.0)  # between two things that a member does: a hundred of them do 30 a second


class Visitor:
    """One member, again and again. `tick` lets it do what its dice say."""

    def __init__(self, number: int, port: int, dice: random.Random, crowd: list[Visitor]) -> None:
        self.key = member_keys(number + 1)[number]
        self.id = self.key.public.fingerprint
        self._name = f"Member {number}"
        self._port = port
        self._dice = dice
        self._crowd = crowd
        self._stream = os.urandom(16)
        self._n = 0
        self._counter = 0
        self._identity: PublicKey | None = None
        self._last = 0
        self._act_s = time.monotonic() + dice.uniform(0, 3)
        self._leave_s = 0.0
        self._live = False
        self._session: ClientSession | None = None
        self.sock: socket.socket | None = None
        self.done: Counter[str] = Counter()

    def tick(self, selector: selectors.BaseSelector, now: float, may_come: bool) -> None:
        if now < self._act_s:
            return
        if self.sock is None:
            if may_come:
                self._come(selector, now)
        elif now > self._leave_s or not may_come:
            self._go(selector, now, politely=self._dice.random() < 0.5)
        elif self._live:
            self._act_s = now + self._dice.uniform(*PAUSE_S)
            self._do_something()

    def _come(self, selector: selectors.BaseSelector, now: float) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self._port), 10)
        self.sock.setblocking(False)
        self._session = ClientSession(self._trust, os.urandom, now)
        self._live = False
        self._leave_s = now + self._dice.uniform(*STAY_S)
        selector.register(self.sock, selectors.EVENT_READ, self)
        self.done["visits"] += 1
        self._flush()

    def _go(self, selector: selectors.BaseSelector, now: float, politely: bool) -> None:
        assert self.sock is not None and self._session is not None
        if politely:
            self._session.close(CloseCode.LEAVING)
            with contextlib.suppress(OSError):
                self._flush()
        selector.unregister(self.sock)
        self.sock.close()
        self.sock = self._session = None
        self._act_s = now + self._dice.uniform(*AWAY_S)

    def _do_something(self) -> None:
        assert self._session is not None and self._identity is not None
        self._n += 1
        chance = self._dice.random()
        if chance < 0.7:
            self._session.send(Say(self._stream, self._n, "soak " * self._dice.randint(1, 100)))
            self.done["messages"] += 1
        elif chance < 0.85:
            other = self._dice.choice([one for one in self._crowd if one is not self])
            self._counter += 1
            msg_id, at = os.urandom(16), time.time_ns() // 1_000 + self._counter
            sealed = seal_whisper(
                self.key, other.key.public, self._identity.modulus, msg_id, at, "psst", os.urandom
            )
            self._session.send(SendWhisper(self._stream, self._n, other.id, msg_id, at, *sealed))
            self.done["whispers"] += 1
        else:
            self._n -= 1
            self._session.send(GetPage(self._dice.randint(0, self._last)))
            self.done["looks back"] += 1
        self._flush()

    def read(self, selector: selectors.BaseSelector, now: float) -> None:
        assert self.sock is not None and self._session is not None
        try:
            data = self.sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        events = self._session.receive_bytes(data, now) if data else self._session.receive_eof(now)
        for event in events:
            if not self._take(event):
                self._go(selector, now, politely=False)
                return
        self._flush()

    def _take(self, event: Event) -> bool:
        """False when the connection is over."""
        assert self._session is not None
        match event:
            case Established():
                self._session.authenticate(self.key, self._name, self._stream, None)
            case MessageReceived(message):
                self._hear(self._session, message)
            case PeerClosed(code):
                self.done[f"closed: {code.name}"] += 1
                return False
            case Failed(error):
                self.done[f"failed: {error.code}"] += 1
                return False
        return True

    def _hear(self, session: ClientSession, message: Message) -> None:
        match message:
            case Welcome(last_n=last_n, head=head):
                self._n = last_n
                session.send(GetPage(max(0, head - 20)))
            case PageEnd(last=last) if not self._live:
                session.send(GetPage(last))
            case Live(head=head):
                self._live = True
                self._last = head
            case Said(seq=seq):
                self._last = max(self._last, seq)
            case Ping():
                session.send(Pong())
            case Whisper():
                self._read_whisper(session, message)

    def _read_whisper(self, session: ClientSession, whisper: Whisper) -> None:
        assert self._identity is not None
        sender = next(one for one in self._crowd if one.id == whisper.sender).key.public
        text = open_whisper(
            self.key, sender, self._identity.modulus, whisper.msg_id, whisper.counter, whisper.c1, whisper.c2
        )
        assert text == "psst"
        session.send(GotWhisper(whisper.sender, whisper.msg_id, True))
        self.done["whispers read"] += 1

    def _flush(self) -> None:
        assert self.sock is not None and self._session is not None
        data = b"".join(self._session.take_output())
        if data:
            # What a member says is far below the kernel's buffer: all or an error.
            with contextlib.suppress(OSError):
                self.sock.sendall(data)

    def _trust(self, identity: PublicKey) -> None:
        self._identity = identity


def usage(pid: int) -> tuple[int, int]:
    """Resident bytes and open descriptors."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(f"/proc/{pid}/fd"))


def run(folder: Path, minutes: float, clients: int, seed: int) -> tuple[bool, str]:
    """Whether the server let go of everything, and what was counted."""
    folder.mkdir(exist_ok=True)
    server = Person("server", ["server", "--room", "Soak", "--port", "0"], folder)
    put_server_keys(folder, "Soak")
    server.start()
    try:
        port = int(server.wait_for("listening", 60)["port"])
        assert server.process is not None
        pid = server.process.pid
        crowd: list[Visitor] = []
        dice = random.Random(seed)
        crowd += [Visitor(number, port, dice, crowd) for number in range(clients)]
        _visit(crowd, max(15.0, minutes * 6))
        before = _when_empty(server, pid)
        warm = sum((one.done for one in crowd), Counter[str]())
        started = time.monotonic()
        while (left_s := minutes * 60 - (time.monotonic() - started)) > 0:
            _visit(crowd, min(60.0, left_s))
            memory, descriptors = _when_empty(server, pid)
            print(f"{memory / 2**20:.1f} MiB, {descriptors} descriptors", flush=True)
        after = _when_empty(server, pid)
        done = sum((one.done for one in crowd), Counter[str]()) - warm
        grown = after[0] - before[0]
        passed = grown < GROWTH_BAR_BYTES and after[1] <= before[1]
        report = (
            f"{clients} clients, {minutes:g} minutes: "
            + ", ".join(f"{what} {count}" for what, count in sorted(done.items()))
            + f"\nmemory {before[0] / 2**20:.1f} -> {after[0] / 2**20:.1f} MiB, "
            f"descriptors {before[1]} -> {after[1]}, when the room is empty"
        )
        return passed, report
    finally:
        server.kill()


def _visit(crowd: list[Visitor], seconds: float) -> None:
    """Come and go for so long; at the end nobody is there."""
    with selectors.DefaultSelector() as selector:
        end_s = time.monotonic() + seconds
        while (now := time.monotonic()) < end_s or any(one.sock is not None for one in crowd):
            for found, _ in selector.select(0.02):
                found.data.read(selector, now)
            for one in crowd:
                one.tick(selector, now, may_come=now < end_s)


def _when_empty(server: Person, pid: int) -> tuple[int, int]:
    """Memory and descriptors once the server has seen everybody go."""

    def is_empty() -> bool:
        joined, left = (len(server.of_kind(kind)) for kind in ("member_joined", "member_left"))
        return joined == left

    wait_until(is_empty, 30, "everybody has left")
    fewest = usage(pid)[1]

    def settled() -> bool:
        nonlocal fewest
        now = usage(pid)[1]
        same, fewest = now == fewest, now
        return same

    wait_until(settled, 10, "the descriptors settle")
    return usage(pid)


def main() -> int:
    parser = argparse.ArgumentParser(description="a hundred members who come and go")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="localchat-soak-") as folder:
        passed, report = run(Path(folder) / "data", options.minutes, options.clients, options.seed)
    print(report)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
