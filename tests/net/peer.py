"""A client for tests: a ClientSession on a blocking socket. Says and hears what a test wants, in its order.

    peer = Peer(port, key(0), "Ada")
    peer.join()                        handshake, auth, pages, live
    peer.say("hello")
    said = peer.wait_for(Said, text="hello")

It is not the real client: it keeps nothing, answers pings only while it waits, and never comes back.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeVar

from Crypto.PublicKey import RSA

from netcore.crypto.blob import apart
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.whispers import open_whisper, seal_whisper
from netcore.errors import LocalChatError
from netcore.session.client import ClientSession
from netcore.session.events import Established, Failed, FileChunkReceived, MessageReceived, PeerClosed
from netcore.wire.codes import CloseCode
from netcore.wire.messages import (
    File,
    GetPage,
    GotWhisper,
    Live,
    Message,
    PageEnd,
    Person,
    Ping,
    Pong,
    Resume,
    Roster,
    Said,
    Say,
    SendWhisper,
    Welcome,
    Whisper,
)
from tests.keys import pem
from tests.waiting import WAIT_S

_RSA_2048 = ("kex", "member_ada", "member_ben", "member_chen", "member_dora", "member_host")

M = TypeVar("M", bound=Message)


@lru_cache
def _primes() -> list[int]:
    keys = [RSA.import_key(pem(name)) for name in _RSA_2048]
    return [int(prime) for key in keys for prime in (key.p, key.q)]


@lru_cache
def key(number: int) -> PrivateKey:
    """Member key 0 to 59: products of the primes of the fixed test keys, since making one takes a second."""
    pairs = [pair for pair in combinations(range(len(_primes())), 2) if pair[0] // 2 != pair[1] // 2]
    p, q = (_primes()[index] for index in pairs[number])
    d = pow(65_537, -1, (p - 1) * (q - 1))
    return PrivateKey(RSA.construct((p * q, 65_537, d, p, q), consistency_check=False))


def key_id(number: int) -> bytes:
    return key(number).public.fingerprint


class Peer:
    """One member. `received` holds all messages, `closed` the Close, `failed` the session's error."""

    def __init__(self, port: int, private: PrivateKey, name: str, receive_buffer: int | None = None) -> None:
        self.private = private
        self.id = private.public.fingerprint
        self.name = name
        self.stream = os.urandom(16)
        self.n = 0
        self.received: list[Message] = []
        self.chunks: list[FileChunkReceived] = []
        self.closed: tuple[CloseCode, str] | None = None
        self.failed: LocalChatError | None = None
        self.established = False
        self.identity: PublicKey | None = None
        self.welcome: Welcome | None = None
        self.sock = socket.socket()
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(WAIT_S)
        self.sock.connect(("127.0.0.1", port))
        self.session = ClientSession(self._check, os.urandom, time.monotonic())
        self._unread = 0
        self.flush()

    # --- Coming in ---

    def handshake(self) -> None:
        self.read_until(lambda: self.established, "the handshake")

    def authenticate(self, resume: Resume | None = None) -> None:
        self.session.authenticate(self.private, self.name, self.stream, resume)
        self.flush()

    def knock(self, resume: Resume | None = None) -> None:
        """Up to the answer: `welcome`, or `closed` with the reason."""
        self.handshake()
        self.authenticate(resume)
        self.read_until(lambda: self.closed is not None or self._has(Welcome), "an answer")
        self.welcome = next((one for one in self.received if isinstance(one, Welcome)), None)

    def join(self, after: int = 0, resume: Resume | None = None) -> Peer:
        """All the way to live, with everything said after seq `after`."""
        self.knock(resume)
        assert self.welcome is not None, self.closed
        while True:
            self.send(GetPage(after))
            end = self.wait_for(PageEnd, after=after)
            after = end.last
            if after >= self.welcome.head:
                break
        self.wait_for(Live)
        return self

    # --- Talking ---

    def send(self, *messages: Message) -> None:
        for message in messages:
            self.session.send(message)
        self.flush()

    def say(self, text: str) -> int:
        """Returns n."""
        self.n += 1
        self.send(Say(self.stream, self.n, text))
        return self.n

    def whisper(self, to: PrivateKey, text: str, blob: bytes = b"") -> bytes:
        """Returns the msg_id. With `blob`, `text` is to describe that file."""
        assert self.identity is not None
        self.n += 1
        msg_id = os.urandom(16)
        c1, c2 = seal_whisper(
            self.private, to.public, self.identity.modulus, msg_id, self.n, text, os.urandom, blob
        )
        to_id = to.public.fingerprint
        self.send(SendWhisper(self.stream, self.n, to_id, msg_id, self.n, c1, c2, blob or None))
        return msg_id

    def share(self, file: File) -> int:
        """Says it to the room. Returns n."""
        self.n += 1
        self.send(Say(self.stream, self.n, "", file))
        return self.n

    def send_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        self.session.send_chunk(blob, index, data)
        self.flush()

    def open(self, whisper: Whisper, sender: PublicKey) -> str:
        """The text, confirmed."""
        assert self.identity is not None
        text = open_whisper(
            self.private,
            sender,
            self.identity.modulus,
            whisper.msg_id,
            whisper.counter,
            whisper.c1,
            whisper.c2,
        )
        self.send(GotWhisper(whisper.sender, whisper.msg_id, True))
        return text

    def wait_for(self, kind: type[M], **fields: Any) -> M:
        """The next message of that kind with these fields; what came before it is passed over."""
        found: list[M] = []

        def look() -> bool:
            while self._unread < len(self.received):
                message = self.received[self._unread]
                self._unread += 1
                if isinstance(message, kind) and all(getattr(message, k) == v for k, v in fields.items()):
                    found.append(message)
                    return True
            return False

        self.read_until(look, f"{kind.__name__} {fields}")
        return found[0]

    def wait_closed(self) -> CloseCode:
        """Read to the Close."""
        self.read_until(lambda: self.closed is not None, "a Close")
        assert self.closed is not None
        return self.closed[0]

    @property
    def texts(self) -> list[str]:
        """What was said in the room, in the order in which it came."""
        return [one.text for one in self.received if isinstance(one, Said)]

    @property
    def roster(self) -> set[str]:
        parts = [one for one in self.received if isinstance(one, Roster)]
        people: list[Person] = [person for part in parts for person in part.members]
        return {person.name for person in people}

    # --- Leaving ---

    def leave(self) -> None:
        self.session.close(CloseCode.LEAVING)
        self.flush()
        self.sock.close()

    def vanish(self) -> None:
        """Gone, without a goodbye."""
        self.sock.close()

    def reset(self) -> None:
        """Gone with an RST, as when the machine has restarted."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # --- Bytes ---

    def flush(self) -> None:
        data = b"".join(self.session.take_output())
        if data:
            self.sock.sendall(data)

    def read_until(self, condition: Callable[[], bool], what: str) -> None:
        end_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < end_s, f"{self.name} waited for {what}"
            assert self.failed is None, f"{self.name}, waiting for {what}: {self.failed!r}"
            assert self.closed is None, f"{self.name}, waiting for {what}: {self.closed}"
            self.read()

    def read(self) -> None:
        """One `recv`, and what it brings."""
        data = self.sock.recv(65_536)
        now = time.monotonic()
        for event in self.session.receive_bytes(data, now) if data else self.session.receive_eof(now):
            match event:
                case Established():
                    self.established = True
                case MessageReceived(Ping()):
                    self.session.send(Pong())
                case MessageReceived(message):
                    self.received.append(message)
                case FileChunkReceived(blob, first, data):
                    for index, one in enumerate(apart(data), first):
                        self.chunks.append(FileChunkReceived(blob, index, one))
                case PeerClosed(code, reason):
                    self.closed = code, reason
                case Failed(error):
                    self.failed = error
        self.flush()

    def _has(self, kind: type[Message]) -> bool:
        return any(isinstance(one, kind) for one in self.received)

    def _check(self, identity: PublicKey) -> None:
        self.identity = identity
