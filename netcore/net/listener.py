"""The listening socket: opens the port, accepts strangers a few at a time, survives a lack of descriptors.

A listening socket with a waiting connection stays readable until that connection is accepted. When the
process may open no more descriptors, `accept` fails and the connection keeps waiting: a loop that just
tries again uses a whole core for nothing. So one descriptor is kept in reserve: it is given up to accept
one stranger, who is closed at once, and then accepting rests for a moment.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable
from typing import Final

from netcore import limits
from netcore.errors import AddressNotHere, ListenError, PortInUse, PortNotAllowed
from netcore.net.loop import Loop, Timer

_NO_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_WSAEACCES: Final = 10013  # Windows: also for a port that somebody else holds exclusively
_WSAEADDRINUSE: Final = 10048
_WSAEADDRNOTAVAIL: Final = 10049
# select() of Windows takes 512 sockets; the listener, the wake-up and some air are among them.
_MOST_SOCKETS_WINDOWS: Final = 480

OnAccept = Callable[[socket.socket, str, int], None]

log = logging.getLogger("localchat.listener")


class Listener:
    """Thread: netcore-loop only."""

    def __init__(self, loop: Loop, bind: str, port: int, on_accept: OnAccept) -> None:
        """Opens `port` (0: a free one) on the numeric `bind`; `on_accept(socket, its host, its port)`.

        Raises ListenError or one of its kinds. The address decides between IPv4 and IPv6; "::" takes
        IPv6 only, so that it means the same on every system.
        """
        self._loop = loop
        self._on_accept = on_accept
        self._sock = _open(bind, port)
        self._spare: int | None = None
        self._resting: Timer | None = None
        self._paused = False
        self._closed = False
        self.bind = bind
        self.port: int = self._sock.getsockname()[1]
        self._take_spare()
        loop.watch(self._sock, self._on_ready)

    def pause(self) -> None:
        """Accept nobody for now; strangers wait in the system's queue."""
        if not self._paused:
            self._paused = True
            self._set_interest()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self._set_interest()

    def close(self) -> None:
        """The port is free again; those in the system's queue are turned away by it."""
        if self._closed:
            return
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
        self._loop.unwatch(self._sock)
        self._sock.close()
        if self._spare is not None:
            os.close(self._spare)

    def _on_ready(self, readable: bool, writable: bool) -> None:
        for _ in range(limits.ACCEPTS_PER_TURN):
            if self._paused or self._closed or self._resting is not None:
                return
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _NO_DESCRIPTORS:
                    self._rest(error)
                    return
                # The stranger was gone before we came to the door (ECONNABORTED and its kin).
                continue
            if sys.platform == "win32" and len(self._loop) >= _MOST_SOCKETS_WINDOWS:
                sock.close()
                continue
            self._on_accept(sock, str(address[0]), int(address[1]))

    def _rest(self, error: OSError) -> None:
        log.warning("accepting rests: %s", error.strerror)
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
            with contextlib.suppress(OSError):
                self._sock.accept()[0].close()
        self._take_spare()
        self._resting = self._loop.call_later(limits.ACCEPT_REST_S, self._go_on)
        self._set_interest()

    def _go_on(self) -> None:
        self._resting = None
        if self._spare is None:
            self._take_spare()
        self._set_interest()

    def _take_spare(self) -> None:
        with contextlib.suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _set_interest(self) -> None:
        if not self._closed:
            accepting = not self._paused and self._resting is None
            self._loop.interest(self._sock, read=accepting, write=False)


def _open(bind: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(bind).version == 6 else socket.AF_INET
    except ValueError:
        raise AddressNotHere(address=bind, port=port) from None
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _sentence(error, bind, port) from error
    try:
        if sys.platform == "win32":
            # On Windows REUSEADDR lets any program take over a port that is in use; this forbids it.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Elsewhere it lets us come back at once, though old connections are still being buried.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((bind, port))
        sock.listen(limits.LISTEN_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise _sentence(error, bind, port) from error
    return sock


def _sentence(error: OSError, bind: str, port: int) -> ListenError:
    number = error.errno
    if number in (errno.EADDRINUSE, _WSAEADDRINUSE):
        return PortInUse(address=bind, port=port)
    if number in (errno.EACCES, errno.EPERM, _WSAEACCES):
        return PortNotAllowed(address=bind, port=port)
    if number in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, _WSAEADDRNOTAVAIL):
        return AddressNotHere(address=bind, port=port)
    return ListenError(address=bind, port=port, why=error.strerror or str(error))
