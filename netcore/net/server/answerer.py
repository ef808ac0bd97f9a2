"""The room's answers to whoever looks for rooms (PROTOCOL §15).

One UDP socket on the loop. It answers queries that are whole, that come from a link of this computer on
which the room can be reached, and so many a second; to everything else it is silent. Where it cannot be
opened (no free port, no permission) the room is not found by a search, and is otherwise as it was.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from netcore import limits
from netcore.net import discovery
from netcore.net.discovery import Interface
from netcore.net.loop import Loop
from netcore.room.buckets import TokenBucket
from netcore.wire.discovery import QUERY_BYTES, RoomAnswer, decode_query, encode_answer

log = logging.getLogger("localchat.answerer")


class Answerer:
    """Thread: netcore-loop only."""

    def __init__(
        self, loop: Loop, describe: Callable[[], RoomAnswer], environment: Mapping[str, str] = os.environ
    ) -> None:
        """`describe` says how the room stands now."""
        self._loop = loop
        self._describe = describe
        self._environment = environment
        self._sock: socket.socket | None = None
        self._bind = ""
        self._groups = False
        self._joined: set[str] = set()
        self._here: tuple[Interface, ...] = ()
        self._looks = False
        self._answered: dict[tuple[bytes, str, int], float] = {}  # the questions just answered, and when
        self._bucket = TokenBucket(limits.DISCOVERY_ANSWERS_PER_S, limits.DISCOVERY_ANSWERS_PER_S)

    @property
    def port(self) -> int:
        """The UDP port that it listens on; 0 while it does not."""
        return 0 if self._sock is None else int(self._sock.getsockname()[1])

    def open(self, bind: str) -> None:
        """Answer for a room that listens on `bind`. What was open before is closed."""
        self.close()
        place = discovery.place_to_answer(self._environment, bind)
        if place is None:
            return
        self._sock = discovery.open_to_answer(place)
        if self._sock is None:
            log.info("no port to answer searches on: the room is found by its address only")
            return
        self._bind, self._groups = bind, place.groups
        self._loop.watch(self._sock, lambda readable, writable: self._read())
        self.look()

    def look(self) -> None:
        """See which networks this computer is on by now, in the worker pool."""
        if self._sock is not None and not self._looks:
            self._looks = True
            self._loop.in_pool(discovery.interfaces, self._on_interfaces)

    def close(self) -> None:
        """Answer nobody any more. Idempotent."""
        if self._sock is not None:
            self._loop.unwatch(self._sock)
            self._sock.close()
            self._sock = None
            self._joined.clear()

    def _on_interfaces(self, looked: Future[tuple[Interface, ...]]) -> None:
        self._looks = False
        if self._sock is None:
            return
        try:
            self._here = looked.result()
        except OSError as error:
            log.info("no look at this computer’s networks: %s", error)
            return
        if self._groups:
            addresses = {one.address for one in self._here}
            self._joined &= addresses
            self._joined |= discovery.join_groups(self._sock, addresses - self._joined)

    def _read(self) -> None:
        for _ in range(limits.DISCOVERY_READS_PER_TURN):
            if self._sock is None:
                return
            try:
                packet, (host, port) = self._sock.recvfrom(QUERY_BYTES + 1)
            except BlockingIOError:
                return
            except OSError:
                continue  # one that was too long (Windows), or news of an answer that nobody took
            token = decode_query(packet)
            if token is None or not discovery.may_answer(host, port, self._bind, self._here):
                continue
            if self._has_just_been_answered((token, host, port)):
                continue
            if not self._bucket.try_spend(1, self._loop.now()):
                continue  # it asks again
            self._answered[token, host, port] = self._loop.now()
            discovery.send(self._sock, encode_answer(token, self._describe()), host, port)

    def _has_just_been_answered(self, question: tuple[bytes, str, int]) -> bool:
        """One question reaches us by the group and by broadcast; each must not cost an answer."""
        if len(self._answered) >= limits.DISCOVERY_QUESTIONS_KEPT:
            self._answered.clear()
        at_s = self._answered.get(question, float("-inf"))
        return self._loop.now() - at_s < limits.DISCOVERY_SAME_QUESTION_S
