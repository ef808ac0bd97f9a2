"""Unauthenticated connections: how many there may be, how fast they come, and whose handshake is next.

Until a connection has proved who it is, it can only cost us: a descriptor, a little memory, and one RSA
signature of milliseconds. Each of these has its limit here (PROTOCOL §9):

- an address may begin only so many handshakes at a time (this computer itself is exempt);
- at most `half_open` unauthenticated connections at once: then nobody is accepted, the rest waits in the
  system's queue, and the one that has owed us its next step for the longest time is evicted;
- signatures are made at a bounded rate; a connection that comes too early waits, and is forgotten when it
  ends. One handshake is one signature; what else it costs us is done at once, so that a handshake that has
  begun is not held up by those that begin.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Final, Protocol

from netcore import limits
from netcore.errors import ListenError
from netcore.net.addresses import limit_key
from netcore.net.api.config import ServerOptions
from netcore.net.listener import Listener
from netcore.net.loop import Callback, Loop, Timer
from netcore.room.buckets import AddressBuckets, TokenBucket

EVICT_AFTER_S: Final = 3.0
"""Without a step for this long, a connection may be evicted when others wait. An honest step takes 0.1 s, and
a second or two where everyone runs on one computer that is busy: put out after one, a crowd of 500 came back
so often that hardly anybody got in."""
CLOSING_PER_HALF_OPEN: Final = 4
"""For each that may be half-open, so many may still be closing; that takes half a second at most."""

log = logging.getLogger("localchat.reception")


class UnauthenticatedPeer(Protocol):
    """A connection that has not shown yet who it is."""

    @property
    def waited_since_s(self) -> float | None:
        """Since when it owes us its next step; None while it is we who work."""

    def evict(self) -> None:
        """End the connection. `Reception.ended` follows at once, `Reception.closed` soon."""


class Reception:
    """Thread: netcore-loop only."""

    def __init__(
        self,
        loop: Loop,
        options: ServerOptions,
        receive: Callable[[socket.socket, str, int], UnauthenticatedPeer],
    ) -> None:
        """`receive(socket, host, port)` makes the owner of a new connection."""
        self._loop = loop
        self._receive = receive
        self._max_half_open = options.half_open
        self._listener: Listener | None = None
        self._half_open: dict[UnauthenticatedPeer, None] = {}
        self._closing: set[UnauthenticatedPeer] = set()  # ended, but its last bytes still have to leave
        self._evict_timer: Timer | None = None
        self._addresses = AddressBuckets(
            1 / limits.HANDSHAKES_PER_ADDRESS_S, limits.HANDSHAKES_PER_ADDRESS_BURST
        )
        self._handshakes = TokenBucket(options.handshakes_per_s, options.handshakes_burst)
        self._pause_s = 1 / options.handshakes_per_s
        self._to_sign: dict[UnauthenticatedPeer, Callback] = {}  # in the order they came; all are half-open
        self._sign_timer: Timer | None = None

    def open(self, bind: str, port: int) -> int:
        """Take the port; which one it became. Nothing is accepted before `start`. Raises ListenError."""
        self._listener = Listener(self._loop, bind, port, self._on_accept)
        self._listener.pause()
        return self._listener.port

    def reopen(self, bind: str) -> None:
        """Listen on another address of the same port. Raises ListenError; then it listens as before.

        The old socket goes first, since two may not hold one port at overlapping addresses. Who waited in the
        system's queue for it is turned away, and comes again.
        """
        assert self._listener is not None  # it is open
        old = self._listener
        old.close()
        try:
            self._listener = Listener(self._loop, bind, old.port, self._on_accept)
        except ListenError:
            self._listener = Listener(self._loop, old.bind, old.port, self._on_accept)
            raise
        finally:
            self._accept_or_evict()

    def start(self) -> None:
        """Accept. What has come in the meantime waits in the system's queue."""
        self._accept_or_evict()

    def close(self) -> None:
        """Accept no more, and evict the half-open ones."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._evict_timer is not None:
            self._evict_timer.cancel()
        for peer in list(self._half_open):
            peer.evict()

    def authenticated(self, peer: UnauthenticatedPeer) -> None:
        """It is a member now: its place is free."""
        if self._half_open.pop(peer, self) is None:
            self._accept_or_evict()

    def ended(self, peer: UnauthenticatedPeer) -> None:
        """Its socket closes soon. For members: does nothing."""
        self._to_sign.pop(peer, None)
        if self._half_open.pop(peer, self) is None:
            self._closing.add(peer)
            self._accept_or_evict()

    def closed(self, peer: UnauthenticatedPeer) -> None:
        """Its socket is closed. For members: does nothing."""
        if peer in self._closing:
            self._closing.discard(peer)
            self._accept_or_evict()

    def sign_when_allowed(self, peer: UnauthenticatedPeer, sign: Callback) -> None:
        """Run `sign`, which costs a signature, as soon as the rate allows; never, if the peer ends before."""
        self._to_sign[peer] = sign
        if self._sign_timer is None:
            self._sign_next()

    def _sign_next(self) -> None:
        self._sign_timer = None
        while self._to_sign:
            if not self._handshakes.try_spend(1, self._loop.now()):
                self._sign_timer = self._loop.call_later(self._pause_s, self._sign_next)
                return
            first = next(iter(self._to_sign))
            self._to_sign.pop(first)()

    def _on_accept(self, sock: socket.socket, host: str, port: int) -> None:
        key = limit_key(host)
        if key is not None and not self._addresses.take(key, self._loop.now()):
            sock.close()
            return
        self._half_open[self._receive(sock, host, port)] = None
        self._accept_or_evict()

    def _accept_or_evict(self) -> None:
        """Accept while there are free places; at the limit stop, and evict the slowest when it is time."""
        if self._evict_timer is not None:
            self._evict_timer.cancel()
            self._evict_timer = None
        if self._listener is None:
            return
        has_place = len(self._half_open) < self._max_half_open
        if has_place and len(self._closing) < self._max_half_open * CLOSING_PER_HALF_OPEN:
            self._listener.resume()
            return
        self._listener.pause()
        if has_place:
            return  # `closed` comes here again
        slowest = min(self._half_open, key=_since)
        wait_s = _since(slowest) + EVICT_AFTER_S - self._loop.now()
        if wait_s > 0:
            self._evict_timer = self._loop.call_later(min(wait_s, EVICT_AFTER_S), self._accept_or_evict)
        else:
            log.info("too many unauthenticated connections: the slowest is closed")
            slowest.evict()


def _since(peer: UnauthenticatedPeer) -> float:
    since_s = peer.waited_since_s
    return float("inf") if since_s is None else since_s
