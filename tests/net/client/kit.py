"""What the client tests stand on: a room under a loop that turns only when told, and a server that plays
from a script over a real socket."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.engine import Engine
from netcore.errors import StorageError
from netcore.net.api.events import Event
from netcore.net.client.context import Context
from netcore.net.client.room import ClientRoom
from netcore.net.loop import Loop, Timer
from netcore.session.events import Failed, Identified, MessageReceived, PeerClosed, Work
from netcore.session.server import ServerSession
from netcore.store.client_store import ClientStore
from netcore.store.folders import client_folder, server_folder
from netcore.store.part_notes import PartNotes
from netcore.wire.codes import CloseCode, History
from netcore.wire.messages import Auth, GetPage, Live, Message, PageEnd, Person, Roster, Said, Say, Welcome
from tests.keys import pem
from tests.waiting import WAIT_S

LOG = b"L" * 16
T = TypeVar("T")


@cache
def key(name: str) -> PrivateKey:
    return PrivateKey.from_pem(pem(name))


ADA, BEN, HOST = (key(f"member_{name}").public.fingerprint for name in ("ada", "ben", "host"))
SERVER = key("server_identity").public


class HandLoop:
    """Stands in for Loop: timers wait for `run_timers`, jobs for `run_jobs` (or run at once)."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.timers: list[tuple[float, Timer]] = []
        self.jobs: list[Callable[[], None]] = []

    def now(self) -> float:
        return self.seconds

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Timer:
        timer = Timer(fn)
        self.timers.append((delay_s, timer))
        return timer

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        def run() -> None:
            future: Future[T] = Future()
            try:
                future.set_result(job())
            except Exception as error:
                future.set_exception(error)
            done(future)

        self.jobs.append(run)

    def run_timers(self) -> list[float]:
        """Run what is due sometime; the delays that were asked for."""
        timers, self.timers = self.timers, []
        delays = []
        for delay_s, timer in timers:
            fn = timer._take()
            if fn is not None:
                delays.append(delay_s)
                fn()
        return delays

    def run_jobs(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


class RoomAtHand:
    """A ClientRoom of Ada's, in memory; what it sends and tells is noted."""

    def __init__(
        self,
        store: ClientStore | None = None,
        me: str = "ada",
        hold: Callable[[bool], None] = lambda held: None,
        send_chunk: Callable[[bytes, int, bytes], None] = lambda blob, index, data: None,
        parts: Path = Path("nowhere/parts"),
    ) -> None:
        self.loop = HandLoop()
        self.store = store or ClientStore.open(None)
        self.events: list[Event] = []
        self.sent: list[Message] = []
        self.storage_errors: list[Exception] = []
        self.me = key(f"member_{me}")
        context = Context(
            loop=cast(Loop, self.loop),
            store=self.store,
            parts=PartNotes(parts),
            server=SERVER.fingerprint,
            me=self.me,
            random=os.urandom,
            now_ms=lambda: 1_000_000,
            emit=self.events.append,
            send=self.sent.append,
            refused=lambda error: None,
            send_chunk=send_chunk,
            takes_chunks=lambda: True,
            hold=hold,
            guard=self._guard,
        )
        self.room = ClientRoom(context, "Ada")
        self.room.open("Lab")

    def _guard(self, fn: Callable[[], None]) -> None:
        try:
            fn()
        except StorageError as error:
            self.storage_errors.append(error)

    @property
    def stream(self) -> bytes:
        return self.store.place(SERVER.fingerprint).stream

    def hear(self, *messages: Message) -> None:
        """One read that brings these messages."""
        self.room.on_messages(list(messages))

    def connect(
        self, head: int = 0, last_n: int = 0, history: History = History.NEW, log: bytes = LOG
    ) -> None:
        """Up to welcome."""
        self.room.auth_fields()
        self.room.established(SERVER, first_contact=False)
        self.hear(Welcome("Lab", log, HOST, "Ada", last_n, head, history, 0))

    def go_live(self, head: int = 0, last_n: int = 0) -> None:
        """Connect with a log that needs no page, and let the pins of the roster reach the disk."""
        self.connect(head, last_n)
        self.live(head)
        self.loop.run_timers()

    def live(self, head: int) -> None:
        self.hear(*live(head))

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    def says(self) -> list[tuple[int, str]]:
        """(n, text) of every Say sent since the last call."""
        found = [(one.n, one.text) for one in self.sent if isinstance(one, Say)]
        self.sent.clear()
        return found

    def row(self, seq: int, n: int = 0, text: str = "", sender: bytes = BEN) -> Said:
        """A row: of Ada's stream when n is given, else somebody's."""
        if n:
            return Said(seq, ADA, "Ada", self.stream, n, 1_000 + seq, text or f"mine {n}")
        return Said(seq, sender, "Ben", b"B" * 16, seq, 1_000 + seq, text or f"row {seq}")


def live(head: int, after: int | None = None) -> Sequence[Message]:
    """The end of the page that reaches the head."""
    people = (Person(HOST, "Host"), Person(ADA, "Ada"), Person(BEN, "Ben"))
    return (PageEnd(head if after is None else after, head), Roster(people), Live(head, 3))


# --- Over a real socket -------------------------------------------------------------------------


class Peer:
    """One accepted connection: the server's session, played by hand with blocking calls."""

    def __init__(self, sock: socket.socket, identity: str) -> None:
        self.sock = sock
        self.sock.settimeout(WAIT_S)
        self.session = ServerSession(key(identity), KexKey.from_pem(pem("kex")), os.urandom, 0.0)
        self.auth: Auth | None = None
        self.inbox: list[Message] = []
        self.ended: object = None
        self.in_bytes = b""

    def _step(self) -> None:
        data = self.sock.recv(65_536)
        self.in_bytes += data
        events = self.session.receive_bytes(data, 0.0) if data else self.session.receive_eof(0.0)
        while events:
            event = events.pop(0)
            match event:
                case Work(job):
                    events += self.session.finish_work(job(), 0.0)
                case Identified(_, auth):
                    self.auth = auth
                    self.session.admit()
                case MessageReceived(message):
                    self.inbox.append(message)
                case PeerClosed() | Failed():
                    self.ended = event
        self.flush()

    def flush(self) -> None:
        for chunk in self.session.take_output():
            self.sock.sendall(chunk)

    def handshake(self) -> Auth:
        """The handshake, to the client's auth."""
        while self.auth is None:
            assert self.ended is None, self.ended
            self._step()
        return self.auth

    def end(self) -> object:
        """Read until the client ends; the event."""
        while self.ended is None:
            self._step()
        return self.ended

    def take(self, kind: type[T]) -> T:
        """The next message of this kind; others before it are dropped."""
        while True:
            while self.inbox:
                message = self.inbox.pop(0)
                if isinstance(message, kind):
                    return message
            assert self.ended is None, self.ended
            self._step()

    def send(self, *messages: Message) -> None:
        for message in messages:
            self.session.send(message)
        self.flush()

    def welcome(self, head: int = 0, last_n: int = 0, history: History = History.NEW) -> None:
        """Let the client in, and bring it to the head of an empty (or resumed) log."""
        self.send(Welcome("Lab", LOG, HOST, "Ada", last_n, head, history, 0))
        self.send(*live(head, self.take(GetPage).after))

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.session.close(code, reason)
        self.flush()
        self.sock.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        self.sock.close()


class ScriptedServer:
    """A listening socket; each connection is a Peer for the test to play."""

    def __init__(self, identity: str = "server_identity", port: int = 0) -> None:
        self.identity = identity
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(WAIT_S)
        self.port: int = self.listener.getsockname()[1]
        self.peers: list[Peer] = []

    def accept(self) -> Peer:
        sock, _ = self.listener.accept()
        self.peers.append(Peer(sock, self.identity))
        return self.peers[-1]

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for peer in self.peers:
            peer.sock.close()


def put_key(data_dir: Path, nick: str, name: str) -> None:
    """Spares the client the making of a key."""
    path = client_folder(data_dir, nick) / "member.pem"
    path.write_bytes(pem(name))
    path.chmod(0o600)


def put_server_keys(data_dir: Path, room: str, identity: str = "server_identity") -> None:
    """Spares a server the making of its lasting keys."""
    folder = server_folder(data_dir, room)
    for path, name in ((data_dir / "server_identity.pem", identity), (folder / "host.pem", "member_host")):
        path.write_bytes(pem(name))
        path.chmod(0o600)


class Ear:
    """Takes an engine's events in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.heard: list[Event] = []

    def wait_for(self, kind: type[T], timeout_s: float = WAIT_S) -> T:
        """The next event of this kind; those before it are kept in `heard`."""
        while True:
            try:
                event = self.engine.events.get(timeout=timeout_s)
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__}; heard {self.heard}") from None
            self.heard.append(event)
            if isinstance(event, kind):
                return event

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.heard if isinstance(event, kind)]


@contextlib.contextmanager
def in_thread(fn: Callable[[], None]) -> Any:
    """Run `fn` beside the block; its exception is raised at the end."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            fn()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(WAIT_S)
    if errors:
        raise errors[0]
