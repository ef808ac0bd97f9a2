"""Looks for rooms on the local network while it is asked to (PROTOCOL §15).

A round: see which networks this computer is on and which servers are known (files and the resolver, so in
the worker pool), then one question to each place that `netcore/net/discovery.py` names. Answers come back
to the sockets that asked. Between rounds, and while nobody wants to know, nothing is sent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import NamedTuple

from netcore import limits
from netcore.crypto.primitives import Random
from netcore.errors import StorageError
from netcore.net import discovery
from netcore.net.api.commands import Command, Search
from netcore.net.api.config import SearchConfig
from netcore.net.api.events import Event, Failed, FoundRoom, RoomsFound
from netcore.net.client.found_rooms import FoundRooms
from netcore.net.client.known_rooms import known_servers
from netcore.net.discovery import Interface
from netcore.net.loop import Loop, Timer
from netcore.store.known_servers import KnownServer
from netcore.wire.discovery import MAX_ANSWER_BYTES, TOKEN_BYTES, decode_answer, encode_query


class _Around(NamedTuple):
    here: tuple[Interface, ...]
    known: tuple[KnownServer, ...]


class RoomSearch:
    """Thread: netcore-loop only."""

    def __init__(
        self,
        loop: Loop,
        config: SearchConfig,
        emit: Callable[[Event], None],
        random: Random = os.urandom,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._loop = loop
        self._config = config
        self._emit = emit
        self._random = random
        self._environment = environment
        self._asking = False
        self._token = b""
        self._rounds = 0
        self._timer: Timer | None = None
        self._looks = False
        self._around = _Around((), ())
        self._socks: dict[str, socket.socket] = {}  # by the address that they ask from
        self._found = FoundRooms()
        self._told: tuple[FoundRoom, ...] = ()
        self._told_s = float("-inf")
        self._tells = False

    def start(self) -> None:
        if self._config.asking:
            self._begin()

    def submit(self, command: Command) -> None:
        if isinstance(command, Search) and command.on != self._asking:
            (self._begin if command.on else self._end)()

    def hold(self, held: bool) -> None:
        """What is told is short, and the last of it says all."""

    def stop(self, done: Callable[[], None]) -> None:
        self._end()
        done()

    def close_files(self) -> None:
        """None is open."""

    # --- Asking ---

    def _begin(self) -> None:
        self._asking = True
        self._rounds = 0
        # Fresh for each search: an answer to another one, or to nobody's question, is none.
        self._token = self._random(TOKEN_BYTES)
        self._next_round()

    def _end(self) -> None:
        """The rows stay as they are: nobody has said that a room is gone."""
        self._asking = False
        if self._timer is not None:
            self._timer.cancel()
        for source in list(self._socks):
            self._close(source)

    def _next_round(self) -> None:
        self._rounds += 1
        pause_s = limits.DISCOVERY_AGAIN_S if self._rounds == 1 else limits.DISCOVERY_EACH_S
        self._timer = self._loop.call_later(pause_s, self._next_round)
        if not self._looks:
            self._looks = True
            self._loop.in_pool(self._look_around, self._ask)

    def _look_around(self) -> _Around:
        return _Around(discovery.interfaces(), known_servers(self._config.data_dir).all())

    def _ask(self, looked: Future[_Around]) -> None:
        self._looks = False
        if not self._asking:
            return
        try:
            self._around = looked.result()
        except OSError:
            pass  # no look at the networks this time: those of the last
        except StorageError as error:
            # Without the known servers a false room would look like a new one.
            self._end()
            self._emit(Failed(error))
            return
        self._found.begin_round()
        self._tell_soon()
        query = encode_query(self._token)
        wanted = discovery.targets(self._environment, self._around.here)
        for source in set(self._socks) - {target.source for target in wanted}:
            self._close(source)
        for target in wanted:
            sock = self._sock(target.source)
            if sock is not None:
                discovery.send(sock, query, target.host, target.port)

    def _sock(self, source: str) -> socket.socket | None:
        if source not in self._socks:
            try:
                sock = discovery.open_to_ask(source)
            except OSError:
                return None  # this network has gone, or may not be used: the others are asked
            self._socks[source] = sock
            self._loop.watch(sock, lambda readable, writable: self._read(sock))
        return self._socks[source]

    def _close(self, source: str) -> None:
        sock = self._socks.pop(source)
        self._loop.unwatch(sock)
        sock.close()

    # --- Hearing ---

    def _read(self, sock: socket.socket) -> None:
        for _ in range(limits.DISCOVERY_READS_PER_TURN):
            try:
                packet, (host, _) = sock.recvfrom(MAX_ANSWER_BYTES + 1)
            except BlockingIOError:
                break
            except OSError:
                continue  # news of a question that nobody took, or a packet that was too long (Windows)
            answer = decode_answer(packet, self._token)
            if answer is not None:
                self._found.add(answer, host, self._around.known)
                self._tell_soon()

    def _tell_soon(self) -> None:
        if not self._tells:
            self._tells = True
            wait_s = self._told_s + limits.DISCOVERY_TOLD_EACH_S - self._loop.now()
            if wait_s > 0:
                self._loop.call_later(wait_s, self._tell)
            else:
                self._loop.at_turn_end(self._tell)

    def _tell(self) -> None:
        self._tells = False
        rooms = self._found.rooms(one.address for one in self._around.here)
        if rooms != self._told:
            self._told, self._told_s = rooms, self._loop.now()
            self._emit(RoomsFound(rooms))
