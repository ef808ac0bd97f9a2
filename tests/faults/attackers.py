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
from collections.abc import Callable
from typing import Final

from netcore.crypto.exchange import MAGIC
from netcore.wire.framing import FrameType, encode_frame
from netcore.wire.messages import GetPage, Live, PageEnd, Say, Slowed
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


KINDS: Final[dict[str, Callable[[int, float], str]]] = {
    "slow_reader": slow_reader,
    "flood": flood,
    "slowloris": slowloris,
    "half_open": half_open,
    "connections": connections,
    "handshakes": handshakes,
    "descriptors": half_open,
    "garbage": garbage,
}


if __name__ == "__main__":
    os.nice(10)
    print(KINDS[sys.argv[1]](int(sys.argv[2]), time.monotonic() + float(sys.argv[3])))
