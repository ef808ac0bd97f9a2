"""Two sessions and the link between them, in memory: whatever a network does, a test does here.

    pair = Pair()
    pair.join()                       handshake, auth, welcome
    pair.client.send(Ping())
    pair.deliver(piece_bytes=1)       as small as TCP may cut it

`Pair` runs the server's jobs where they come up. The links are byte strings that a test may change
before they are delivered. All randomness is counted, so two pairs of one seed say the same bytes.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.session.base import Session
from netcore.session.client import ClientSession
from netcore.session.events import Event, Failed, MessageReceived, Work
from netcore.session.server import ServerSession
from netcore.wire.codes import History
from netcore.wire.messages import Message, RoomState, Welcome
from tests.keys import pem

S = TypeVar("S", bound=Session)

STREAM = bytes(range(16))
LOG_ID = bytes(range(16, 32))


class CountedRandom:
    """Bytes for tests that look random: block i is SHA-256("<seed> <i>"), and each draw takes new blocks."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._blocks = 0
        self.draws: list[bytes] = []

    def __call__(self, length: int) -> bytes:
        output = b""
        while len(output) < length:
            output += hashlib.sha256(f"{self._seed} {self._blocks}".encode()).digest()
            self._blocks += 1
        self.draws.append(output[:length])
        return output[:length]


@lru_cache
def private_key(name: str) -> PrivateKey:
    return PrivateKey.from_pem(pem(name))


@lru_cache
def kex_key(name: str = "kex") -> KexKey:
    return KexKey.from_pem(pem(name))


def trust_all(_: PublicKey) -> None:
    """A check_server that says yes."""


def welcome(name: str = "Ada") -> Welcome:
    host = private_key("member_host").public.fingerprint
    return Welcome("Lab", LOG_ID, host, name, 0, 0, History.NEW, 1_700_000_000_000)


ROOM_STATE = RoomState(read_only=False, muted=False, slow_s=0, kept=True)


def new_client(
    seed: str = "client", check_server: Callable[[PublicKey], None] = trust_all, now: float = 0.0
) -> ClientSession:
    return ClientSession(check_server, CountedRandom(seed), now)


def new_server(seed: str = "server", now: float = 0.0, kex: str = "kex") -> ServerSession:
    return ServerSession(private_key("server_identity"), kex_key(kex), CountedRandom(seed), now)


def feed_server(server: ServerSession, data: bytes, now: float = 0.0) -> list[Event]:
    """receive_bytes, and whatever jobs that brings; Work events are not among the result."""
    return _work_off(server, server.receive_bytes(data, now), now)


def _work_off(server: ServerSession, events: list[Event], now: float) -> list[Event]:
    done: list[Event] = []
    while events:
        event, *events = events
        if isinstance(event, Work):
            events += server.finish_work(event.job(), now)
        else:
            done.append(event)
    return done


def clone(session: S) -> S:
    """A copy that goes its own way: thousands of tests then share one handshake."""
    twin = copy.copy(session)
    for attribute in ("_events", "_texts", "_chunks"):
        setattr(twin, attribute, list(getattr(session, attribute)))
    parser = copy.copy(session._parser)
    parser._buffer = bytearray(parser._buffer)
    twin._parser = parser
    if isinstance(twin, ClientSession):
        twin._room = copy.copy(twin._room)
    if twin._sealer is not None:
        twin._sealer = copy.copy(twin._sealer)
    return twin


def messages(events: list[Event]) -> list[Message]:
    return [event.message for event in events if isinstance(event, MessageReceived)]


def failures(events: list[Event]) -> list[Failed]:
    return [event for event in events if isinstance(event, Failed)]


class Pair:
    """A client, a server, a link each way, and all events of both."""

    def __init__(
        self,
        seed: str = "pair",
        check_server: Callable[[PublicKey], None] = trust_all,
    ) -> None:
        self.now = 0.0
        self.client = new_client(seed + " client", check_server)
        self.server = new_server(seed + " server")
        self.client_events: list[Event] = []
        self.server_events: list[Event] = []
        self.to_server = b""
        self.to_client = b""

    def collect(self) -> None:
        """Both ends put what they have to say on the links."""
        self.to_server += b"".join(self.client.take_output())
        self.to_client += b"".join(self.server.take_output())

    def step(self, to_server: int, to_client: int) -> None:
        """At most that many bytes of each link arrive."""
        data, self.to_server = self.to_server[:to_server], self.to_server[to_server:]
        self.server_events += feed_server(self.server, data, self.now)
        data, self.to_client = self.to_client[:to_client], self.to_client[to_client:]
        self.client_events += self.client.receive_bytes(data, self.now)

    def deliver(self, piece_bytes: int = 65_536) -> None:
        """All arrives, in pieces of that size, and what is answered to it, until both are silent."""
        self.collect()
        while self.to_server or self.to_client:
            self.step(piece_bytes, piece_bytes)
            self.collect()

    def flights(self) -> list[bytes]:
        """Play the handshake; its four frames, as they crossed."""
        frames = []
        for _ in range(2):
            self.collect()
            frames.append(self.to_server)
            self.step(9999, 0)
            self.collect()
            frames.append(self.to_client)
            self.step(0, 9999)
        return frames

    def handshake(self, piece_bytes: int = 65_536) -> None:
        self.deliver(piece_bytes)

    def join(self, member: str = "member_ada", piece_bytes: int = 65_536) -> None:
        """All the way into the room; the events so far are forgotten."""
        self.handshake(piece_bytes)
        self.client.authenticate(private_key(member), "Ada", STREAM, None)
        self.deliver(piece_bytes)
        self.server.admit()
        self.server.send(welcome())
        self.server.send(ROOM_STATE)
        self.deliver(piece_bytes)
        self.client_events.clear()
        self.server_events.clear()

    def cut(self) -> None:
        """The connection is gone; what was on its way is lost."""
        self.to_server = self.to_client = b""
        self.server_events += self.server.receive_eof(self.now)
        self.client_events += self.client.receive_eof(self.now)

    def clone(self) -> Pair:
        twin = copy.copy(self)
        twin.client, twin.server = clone(self.client), clone(self.server)
        twin.client_events, twin.server_events = list(self.client_events), list(self.server_events)
        return twin


@lru_cache
def _joined() -> Pair:
    pair = Pair("joined")
    pair.join()
    return pair


def joined() -> Pair:
    """A pair whose client is in the room; made once, cloned often."""
    return _joined().clone()
