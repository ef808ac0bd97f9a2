"""Strangers: how many may stand half-way in the door, how fast they come, and whose handshake is next.

Until a connection has proved who it is, it can only cost us: a descriptor, a little memory, and one RSA
signature of milliseconds. Each of these has its limit here (PROTOCOL §9):

- an address may begin only so many handshakes at a time (this computer itself is exempt);
- at most `half_open` strangers at once: then nobody is accepted, the rest waits in the system's queue, and
  the one that has owed us its next step for the longest time is sent away;
- signatures are made at a bounded rate; who comes too early waits for its turn, and is forgotten with its
  connection. One handshake is one signature; what else it costs us is done at once, so that nobody who
  has begun is held up by those who begin.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Final, Protocol

from netcore import limits
from netcore.net.addresses import limit_key
from netcore.net.api.config import ServerOptions
from netcore.net.listener import Listener
from netcore.net.loop import Callback, Loop, Timer
from netcore.room.buckets import AddressBuckets, TokenBucket

PATIENCE_S: Final = 1.0
"""Who has made no step for this long may be sent away when others wait. An honest step takes 0.1 s."""
PARTING: Final = 4
"""For each that may be inside, so many may be on their way out; that takes half a second at most."""

log = logging.getLogger("localchat.reception")


class Stranger(Protocol):
    """A connection that has not shown yet who it is."""

    @property
    def waited_since_s(self) -> float | None:
        """Since when it owes us its next step; None while it is we who work."""

    def send_away(self) -> None:
        """End the connection. `Reception.over` follows at once, `Reception.closed` soon."""


class Reception:
    """Thread: netcore-loop only."""

    def __init__(
        self, loop: Loop, options: ServerOptions, receive: Callable[[socket.socket, str, int], Stranger]
    ) -> None:
        """`receive(socket, host, port)` makes the owner of a new connection."""
        self._loop = loop
        self._receive = receive
        self._most = options.half_open
        self._listener: Listener | None = None
        self._inside: dict[Stranger, None] = {}
        self._parting: set[Stranger] = set()  # over, but our last words are still on their way
        self._look_again: Timer | None = None
        self._addresses = AddressBuckets(
            1 / limits.HANDSHAKES_PER_ADDRESS_S, limits.HANDSHAKES_PER_ADDRESS_BURST
        )
        self._handshakes = TokenBucket(options.handshakes_per_s, options.handshakes_burst)
        self._pause_s = 1 / options.handshakes_per_s
        self._waiting: dict[Stranger, Callback] = {}  # the first to come first; all of them are inside
        self._next: Timer | None = None

    def open(self, bind: str, port: int) -> int:
        """Take the port; which one it became. Nobody is accepted before `begin`. Raises ListenError."""
        self._listener = Listener(self._loop, bind, port, self._on_accept)
        self._listener.pause()
        return self._listener.port

    def begin(self) -> None:
        """Accept. Who has come in the meantime waits in the system's queue."""
        self._make_room()

    def close(self) -> None:
        """Nobody comes in any more; those inside are sent away."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._look_again is not None:
            self._look_again.cancel()
        for stranger in list(self._inside):
            stranger.send_away()

    def known(self, stranger: Stranger) -> None:
        """It is a member now: its place is free."""
        if self._inside.pop(stranger, self) is None:
            self._make_room()

    def over(self, stranger: Stranger) -> None:
        """It has ended; its socket closes soon. Of members: nothing."""
        self._waiting.pop(stranger, None)
        if self._inside.pop(stranger, self) is None:
            self._parting.add(stranger)
            self._make_room()

    def closed(self, stranger: Stranger) -> None:
        """Its socket is closed. Of members: nothing."""
        if stranger in self._parting:
            self._parting.discard(stranger)
            self._make_room()

    def in_turn(self, stranger: Stranger, sign: Callback) -> None:
        """Run `sign`, which costs us a signature, as soon as the rate allows; never, if the stranger ends."""
        self._waiting[stranger] = sign
        if self._next is None:
            self._sign_next()

    def _sign_next(self) -> None:
        self._next = None
        while self._waiting:
            if not self._handshakes.try_spend(1, self._loop.now()):
                self._next = self._loop.call_later(self._pause_s, self._sign_next)
                return
            stranger = next(iter(self._waiting))
            self._waiting.pop(stranger)()

    def _on_accept(self, sock: socket.socket, host: str, port: int) -> None:
        key = limit_key(host)
        if key is not None and not self._addresses.take(key, self._loop.now()):
            sock.close()
            return
        self._inside[self._receive(sock, host, port)] = None
        self._make_room()

    def _make_room(self) -> None:
        """Hold the door open or shut, and send the slowest away when it must be shut."""
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None
        if self._listener is None:
            return
        if len(self._inside) < self._most and len(self._parting) < self._most * PARTING:
            self._listener.resume()
            return
        self._listener.pause()
        if len(self._inside) < self._most:
            return  # `closed` comes here again
        slowest = min(self._inside, key=_since)
        patience_s = _since(slowest) + PATIENCE_S - self._loop.now()
        if patience_s > 0:
            self._look_again = self._loop.call_later(min(patience_s, PATIENCE_S), self._make_room)
        else:
            log.info("too many strangers: the slowest is sent away")
            slowest.send_away()


def _since(stranger: Stranger) -> float:
    since_s = stranger.waited_since_s
    return float("inf") if since_s is None else since_s
