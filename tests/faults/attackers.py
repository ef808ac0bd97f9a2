"""One attacker in a process of its own, against a server on this computer.

    python -m tests.faults.attackers KIND PORT SECONDS

Bounded in connections and time. It runs at a low priority: a real attacker brings cores of its own and
would not take them from the server, as this one does. Ends with one line that says what it did.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from netcore.crypto.blob import BlobCipher, chunk_count
from netcore.crypto.exchange import MAGIC
from netcore.limits import CHUNK_BYTES, CHUNKS_IN_FLIGHT, CHUNKS_PER_WORD
from netcore.wire.framing import FrameType, encode_frame
from netcore.wire.messages import (
    BlobHave,
    BlobRefused,
    DropBlob,
    File,
    GetBlob,
    GetPage,
    Live,
    PageEnd,
    PutBlob,
    Said,
    Say,
    Slowed,
)
from tests.net.peer import Peer, key

FIRST_KEY: Final = 20
"""Those before it are the honest members'."""
HELLO: Final = encode_frame(FrameType.CLIENT_HELLO, MAGIC + os.urandom(64))
GARBAGE: Final = (
    b"GET / HTTP/1.1\r\nHost: room\r\n\r\n",
    bytes.fromhex("1603010200010001fc0303") + os.urandom(500),
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"NICK ada\r\nUSER ada 0 * :ada\r\n",
    b"\n" * 10_000,
    b"\x01\xff\xff\xff" + os.urandom(4_000),
    b"\x17\x00\x10\x00" + os.urandom(4_096),
    os.urandom(9_000),
)
BAD_TEXTS: Final = (
    b"[" * 30_000 + b"\n",
    b'{"t":"say","n":1' + b"0" * 5_000 + b"}\n",
    b'{"t":"say","t":"say"}\n',
    b'{"t":"ping","x":"\\ud800"}\n',
    b'{"t":"get_page","after":true}\n',
    b'{"t":"get_page","after":NaN}\n',
    b"\xff\xfe" + '{"t":"ping"}'.encode("utf-16-le") + b"\n",
    b'"' + b'\\"' * 16_000 + b'"\n',
)


def enter(peer: Peer) -> Peer:
    """Join without the past, while others go on talking."""
    peer.knock()
    assert peer.welcome is not None, peer.closed
    after = peer.welcome.head
    while not any(isinstance(one, Live) for one in peer.received):
        peer.send(GetPage(after))
        after = peer.wait_for(PageEnd, after=after).last
    return peer


def _open(port: int, number: int = 0) -> socket.socket | None:
    """A connection from another of this computer's 127.x.x.x; None when the server's queue is full."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.bind((f"127.0.{number // 250 % 250}.{number % 250 + 1}", 0))
    try:
        sock.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass  # it is on its way
    except OSError:
        sock.close()
        return None
    return sock


def _keep_open(port: int, most: int, end_s: float, each_second: bytes) -> str:
    """Up to `most` connections at a time, opened anew when closed; each sends so much once a second."""
    socks: dict[socket.socket, int] = {}
    opened = 0
    while time.monotonic() < end_s:
        while len(socks) < most:
            sock = _open(port, opened)
            opened += 1
            if sock is None:
                break
            socks[sock] = 0
        for sock in list(socks):
            try:
                if each_second:
                    sock.send(each_second[socks[sock] % len(each_second) :][:1])
                    socks[sock] += 1
                if not sock.recv(100):
                    raise ConnectionResetError
            except (BlockingIOError, InterruptedError):
                continue
            except OSError:
                sock.close()
                del socks[sock]
        time.sleep(1 if each_second else 0.05)  # its own pace
    for sock in socks:
        sock.close()
    return f"{opened} connections opened, {most} at a time"


def slowloris(port: int, end_s: float) -> str:
    return _keep_open(port, 64, end_s, HELLO)


def half_open(port: int, end_s: float) -> str:
    return _keep_open(port, 500, end_s, b"")


def connections(port: int, end_s: float) -> str:
    """2,000 at once, each closed as soon as it stands."""
    socks = [sock for number in range(2_000) if (sock := _open(port, number)) is not None]
    for sock in socks:
        sock.close()
    time.sleep(max(0.0, end_s - time.monotonic()))
    return f"{len(socks)} connections in a burst"


def handshakes(port: int, end_s: float) -> str:
    """Each makes the server sign, and goes."""
    done = 0
    with selectors.DefaultSelector() as selector:
        number = 0
        while time.monotonic() < end_s:
            while len(selector.get_map()) < 40 and (sock := _open(port, number)) is not None:
                number += 1
                selector.register(sock, selectors.EVENT_WRITE)
            for found, events in selector.select(0.05):
                beginner = found.fileobj
                assert isinstance(beginner, socket.socket)
                try:
                    if events & selectors.EVENT_WRITE:
                        beginner.send(HELLO)
                        selector.modify(beginner, selectors.EVENT_READ)
                        continue
                    done += len(beginner.recv(2_000)) > 1_000
                except OSError:
                    pass
                selector.unregister(beginner)
                beginner.close()
        for left in list(selector.get_map().values()):
            assert isinstance(left.fileobj, socket.socket)
            left.fileobj.close()
    return f"{number} handshakes begun, {done} signatures got"


def slow_reader(port: int, end_s: float) -> str:
    """Eight members that ask for the past again and again, and never read it."""
    peers = [Peer(port, key(FIRST_KEY + i), f"Slow{i}", receive_buffer=4_096) for i in range(8)]
    asked = 0
    for peer in peers:
        enter(peer)
        peer.sock.setblocking(False)
    while time.monotonic() < end_s:
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.send(GetPage(0))
                asked += 1
        time.sleep(0.05)
    return f"{len(peers)} members asked for {asked} pages, and read none"


def flood(port: int, end_s: float) -> str:
    """One member that talks as fast as the line takes."""
    peer = enter(Peer(port, key(FIRST_KEY), "Flood"))
    peer.sock.settimeout(0.05)
    said = 0
    while time.monotonic() < end_s:
        for _ in range(50):
            peer.n += 1
            peer.session.send(Say(peer.stream, peer.n, "flood " * 20))
        said += 50
        data = b"".join(peer.session.take_output())
        while data and time.monotonic() < end_s:
            with contextlib.suppress(TimeoutError):
                data = data[peer.sock.send(data) :]
            with contextlib.suppress(TimeoutError):
                peer.read()
    told = sum(isinstance(one, Slowed) for one in peer.received)
    return f"{said} messages pushed, {len(peer.texts)} messages heard, told {told} times to slow down"


def garbage(port: int, end_s: float) -> str:
    """What is no LocalChat, and JSON that is none, from a member with keys."""
    sent = closed = 0
    while time.monotonic() < end_s:
        for data in GARBAGE:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as sock:
                sock.sendall(data)
                sent += 1
                while sock.recv(1_000):
                    pass
        for i, text in enumerate(BAD_TEXTS):
            peer = Peer(port, key(FIRST_KEY + i), f"Bad{i}")
            with contextlib.suppress(OSError, AssertionError):
                enter(peer)
                peer.session.send_text(text)
                peer.flush()
                sent += 1
                peer.wait_closed()
                closed += 1
            peer.sock.close()
    return f"{sent} pieces of garbage, {closed} times put out as a member"


def uploads(port: int, end_s: float) -> str:
    """Four members that send one file after the other, as fast as they may, share each, and take it back."""
    senders = [_Sender(enter(Peer(port, key(FIRST_KEY + i), f"Up{i}"))) for i in range(4)]
    while time.monotonic() < end_s:
        for sender in senders:
            sender.go_on()
    sent_mib = sum(sender.sent for sender in senders) * CHUNK_BYTES / 2**20
    return f"{sent_mib:.0f} MiB of files sent by {len(senders)}"


class _Sender:
    """Sends what the server has place for, and never waits for it."""

    def __init__(self, peer: Peer) -> None:
        self.sent = 0  # chunks
        self._peer = peer
        self._unsent = b""
        peer.sock.setblocking(False)
        self._begin()

    def _begin(self) -> None:
        size = 20 * 2**20
        self._blob, k = os.urandom(16), os.urandom(32)
        self._file = File(self._blob, "noise.bin", size, bytes(32), k)
        self._chunk = BlobCipher(k, self._blob, size).seal(0, bytes(CHUNK_BYTES))
        self._next = self._have = 0
        self._chunks = chunk_count(size)
        self._peer.session.send(PutBlob(self._blob, size))

    def go_on(self) -> None:
        peer = self._peer
        with contextlib.suppress(BlockingIOError):
            peer.read()
        for one in peer.received:
            if isinstance(one, BlobHave) and one.blob == self._blob:
                self._have = one.chunks
            elif isinstance(one, BlobRefused) and one.blob == self._blob:
                self._begin()
        peer.received.clear()
        if self._have == self._chunks:
            peer.n += 1
            peer.session.send(Say(peer.stream, peer.n, "", self._file))
            peer.session.send(DropBlob(self._blob))
            self._begin()
        while self._next < min(self._chunks, self._have + CHUNKS_IN_FLIGHT) and len(self._unsent) < 2**20:
            peer.session.send_chunk(self._blob, self._next, self._chunk)
            self._next += 1
            self.sent += 1
            self._unsent += b"".join(peer.session.take_output())
        self._unsent += b"".join(peer.session.take_output())
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[peer.sock.send(self._unsent) :] if self._unsent else b""


def downloads(port: int, end_s: float) -> str:
    """Four members that ask for the same file again and again, from its beginning, as fast as it comes."""
    peers = [enter(Peer(port, key(FIRST_KEY + i), f"Down{i}")) for i in range(4)]
    blob = _shared(peers[0], 4 * 2**20)
    asked = 0
    for peer in peers:
        peer.sock.setblocking(False)
    while time.monotonic() < end_s:
        for peer in peers:
            with contextlib.suppress(BlockingIOError):
                if asked < len(peers) or len(peer.chunks) >= chunk_count(4 * 2**20) // 2:
                    peer.chunks.clear()
                    peer.send(GetBlob(blob, 0))
                    asked += 1
                peer.read()
            peer.received.clear()
    return f"{asked} times asked for a file of 4 MiB"


def abandoned(port: int, end_s: float) -> str:
    """A member that begins files and drops them, or leaves them half; and comes again when put out."""
    begun = 0
    while time.monotonic() < end_s:
        peer = enter(Peer(port, key(FIRST_KEY), "Half"))
        with contextlib.suppress(OSError, AssertionError):
            while time.monotonic() < end_s:
                blob = os.urandom(16)
                peer.send(PutBlob(blob, 10 * 2**20))
                peer.send_chunk(blob, 0, bytes(CHUNK_BYTES + 16))
                begun += 1
                if begun % 3:
                    peer.send(DropBlob(blob))
                peer.sock.settimeout(0.01)
                with contextlib.suppress(TimeoutError):
                    peer.read()
                peer.received.clear()
        peer.sock.close()
    return f"{begun} files begun, none finished"


def bad_chunks(port: int, end_s: float) -> str:
    """Members that send chunks out of order, twice, of nothing, behind the end, and of a wrong length."""
    sent = closed = turn = 0
    begun = [os.urandom(16) for _ in range(4)]  # the same each time: a member may have begun only so many
    while time.monotonic() < end_s:
        peer = enter(Peer(port, key(FIRST_KEY + turn % 4), f"Bad{turn % 4}"))
        last = begun[turn % 4]
        turn += 1
        with contextlib.suppress(OSError, AssertionError):
            blob = os.urandom(16)
            peer.send(PutBlob(blob, 3 * CHUNK_BYTES))
            for index in (2, 0, 0, 1, 1, 2**60, 3, 0):
                peer.send_chunk(blob, index, bytes(CHUNK_BYTES + 16))
                sent += 1
            for _ in range(50):
                peer.send_chunk(os.urandom(16), 0, bytes(1_000))
                sent += 1
            peer.send(DropBlob(blob), PutBlob(last, 3 * CHUNK_BYTES))
            peer.wait_for(BlobHave, blob=last)  # a chunk of what the server does not know yet is passed over
            peer.send_chunk(last, 0, bytes(17))
            peer.wait_closed()
            closed += 1
        peer.sock.close()
    return f"{sent} chunks that fit nowhere, {closed} times put out"


def quota(port: int, end_s: float) -> str:
    """Six members that promise all the room has, again and again: files that are never sent."""
    peers = [enter(Peer(port, key(FIRST_KEY + i), f"Full{i}")) for i in range(6)]
    refused: Counter[str] = Counter()
    taken = 0
    for peer in peers:
        peer.sock.settimeout(0.02)
    while time.monotonic() < end_s:
        for peer in peers:
            with contextlib.suppress(TimeoutError):
                peer.send(*(PutBlob(os.urandom(16), 90 * 2**20) for _ in range(5)))
                peer.read()
            taken += sum(isinstance(one, BlobHave) for one in peer.received)
            refused.update(one.code.value for one in peer.received if isinstance(one, BlobRefused))
            peer.received.clear()
    told = ", ".join(f"{count} {code}" for code, count in sorted(refused.items()))
    return f"{taken} files of 90 MiB promised, refused: {told}"


def _shared(peer: Peer, size_bytes: int) -> bytes:
    """A file that the room has, from this peer: its blob."""
    blob, k = os.urandom(16), os.urandom(32)
    chunk = BlobCipher(k, blob, size_bytes).seal(0, bytes(CHUNK_BYTES))
    peer.send(PutBlob(blob, size_bytes))
    peer.wait_for(BlobHave, blob=blob)
    for index in range(chunk_count(size_bytes)):
        peer.send_chunk(blob, index, chunk)
        if (index + 1) % CHUNKS_PER_WORD == 0:
            peer.wait_for(BlobHave, blob=blob, chunks=index + 1)
    peer.share(File(blob, "noise.bin", size_bytes, bytes(32), k))
    peer.wait_for(Said)
    return blob


KINDS: Final[dict[str, Callable[[int, float], str]]] = {
    "slow_reader": slow_reader,
    "flood": flood,
    "slowloris": slowloris,
    "half_open": half_open,
    "connections": connections,
    "handshakes": handshakes,
    "descriptors": half_open,
    "garbage": garbage,
    "uploads": uploads,
    "downloads": downloads,
    "abandoned": abandoned,
    "bad_chunks": bad_chunks,
    "quota": quota,
}


if __name__ == "__main__":
    os.nice(10)
    print(KINDS[sys.argv[1]](int(sys.argv[2]), time.monotonic() + float(sys.argv[3])))
