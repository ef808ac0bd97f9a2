"""Getting a TCP connection without waiting in anyone's way.

A name may stand for several addresses (IPv6 and IPv4, several cards), and some of them may lead
nowhere without saying so. So they are tried in turn, each with a head start of a quarter second
over the next, and the first that answers is taken (the idea of RFC 8305, "happy eyeballs").
The look-up of the name blocks, so it runs in the worker pool; the connects are non-blocking.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Final

from netcore import limits
from netcore.errors import CannotReach
from netcore.net.loop import Loop, Timer
from netcore.net.target import join_address

HEAD_START_S: Final = 0.25
_UNDER_WAY: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR, getattr(errno, "WSAEWOULDBLOCK", -1))

Address = tuple[int, tuple[object, ...]]
"""Family and socket address, as `getaddrinfo` gives them."""

Done = Callable[[socket.socket | None, CannotReach | None], None]


class Unreachable(StrEnum):
    """Why there is no connection; `CannotReach.details["kind"]`."""

    UNKNOWN_NAME = "unknown_name"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    NO_ROUTE = "no_route"
    NOT_ALLOWED = "not_allowed"
    OTHER = "other"


class Dial:
    """One attempt to reach `host:port`: `done(socket, None)` or `done(None, error)`, once, on the loop.

    Takes at most CONNECT_S after the look-up. The socket is non-blocking and not watched.
    """

    def __init__(self, loop: Loop, host: str, port: int, done: Done) -> None:
        self._loop = loop
        self._host = host
        self._port = port
        self._done: Done | None = done
        self._left: list[Address] = []
        self._trying: set[socket.socket] = set()
        self._last_errno = errno.ETIMEDOUT
        self._timers: list[Timer] = []
        loop.in_pool(lambda: look_up(host, port), self._looked_up)

    def cancel(self) -> None:
        """Give up; `done` is not called."""
        self._done = None
        self._clean_up()

    def _looked_up(self, looking: Future[list[Address]]) -> None:
        if self._done is None:
            return
        found = [] if looking.exception() is not None else looking.result()
        if not found:
            clause = "this name is not known here. Check the spelling, or use the IP address."
            self._fail(Unreachable.UNKNOWN_NAME, clause)
            return
        self._left = found
        self._timers.append(self._loop.call_later(limits.CONNECT_S, self._too_late))
        self._try_next()

    def _try_next(self) -> None:
        """Begin with the next address that the system lets us try at all."""
        while self._left and self._done is not None:
            family, address = self._left.pop(0)
            if self._begin(family, address):
                if self._left and self._done is not None:
                    self._timers.append(self._loop.call_later(HEAD_START_S, self._try_next))
                return
        if self._done is not None and not self._trying:
            self._fail(kind_of(self._last_errno), why(self._last_errno))

    def _begin(self, family: int, address: tuple[object, ...]) -> bool:
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self._last_errno = error.errno or errno.EIO
            return False
        sock.setblocking(False)
        try:
            code = sock.connect_ex(address)
        except OSError as error:
            code = error.errno or errno.EIO
        if code not in (0, *_UNDER_WAY):
            self._last_errno = code
            sock.close()
            return False
        self._trying.add(sock)
        self._loop.watch(sock, lambda readable, writable: self._answered(sock))
        self._loop.interest(sock, read=False, write=True)
        return True

    def _answered(self, sock: socket.socket) -> None:
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._forget(sock)
        if not code and _reached_itself(sock):
            code = errno.ECONNREFUSED
        if code:
            self._last_errno = code
            sock.close()
            self._try_next()
        elif self._done is not None:
            done, self._done = self._done, None
            self._clean_up()
            done(sock, None)

    def _too_late(self) -> None:
        self._fail(Unreachable.TIMED_OUT, why(errno.ETIMEDOUT))

    def _fail(self, kind: Unreachable, clause: str) -> None:
        done, self._done = self._done, None
        self._clean_up()
        if done is not None:
            address = join_address(self._host, self._port)
            done(None, CannotReach(address=address, why=clause, kind=kind))

    def _forget(self, sock: socket.socket) -> None:
        self._trying.discard(sock)
        self._loop.unwatch(sock)

    def _clean_up(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for sock in list(self._trying):
            self._forget(sock)
            sock.close()


def look_up(host: str, port: int) -> list[Address]:
    """The addresses of `host`, the families by turns; empty when the name is not known. Blocks."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses: list[Address] = [(family, address) for family, _, _, _, address in found]
    six = [one for one in addresses if one[0] == socket.AF_INET6]
    four = [one for one in addresses if one[0] == socket.AF_INET]
    first, second = (six, four) if addresses and addresses[0][0] == socket.AF_INET6 else (four, six)
    return [one for one in chain.from_iterable(zip_longest(first, second)) if one is not None]


_KINDS: Final = {
    Unreachable.REFUSED: ("ECONNREFUSED",),
    Unreachable.TIMED_OUT: ("ETIMEDOUT",),
    Unreachable.NO_ROUTE: ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN"),
    Unreachable.NOT_ALLOWED: ("EACCES", "EPERM"),
}
"""By the names of error numbers; Windows has its own for sockets, with WSA in front."""

_CLAUSES: Final = {
    Unreachable.REFUSED: (
        "nobody listens there. Is the server running, and is the port the one on the host’s screen?"
    ),
    Unreachable.TIMED_OUT: (
        "no answer. Is the address right, and does a firewall on the host let LocalChat in?"
    ),
    Unreachable.NO_ROUTE: "there is no way to that network. Are both computers in the same one?",
    Unreachable.NOT_ALLOWED: "this system does not allow it. A firewall on this computer may be in the way.",
}


def kind_of(code: int) -> Unreachable:
    """What the system's error number means."""
    for kind, names in _KINDS.items():
        if any(code in (getattr(errno, name, -1), getattr(errno, "WSA" + name, -1)) for name in names):
            return kind
    return Unreachable.OTHER


def why(code: int) -> str:
    """One clause for the person, from the system's error number."""
    return _CLAUSES.get(kind_of(code), f"{os.strerror(code)}.")


def _reached_itself(sock: socket.socket) -> bool:
    """Whether TCP connected the socket to itself.

    Dialling a local port that nobody listens on can draw that very port as our own: the two ends
    of a "simultaneous open" are then the same socket, and the server could not open its port again.
    """
    with contextlib.suppress(OSError):
        return bool(sock.getsockname() == sock.getpeername())
    return False
