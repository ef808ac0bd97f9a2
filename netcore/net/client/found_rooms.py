"""The rooms that a search has found, as a list with an end (PROTOCOL §15). Pure: rounds are counted.

An answer is a claim. One row for each fingerprint and address; so many rows in all and of one host, those
of known servers before all others; and beside each what this person knows of that key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from netcore import limits
from netcore.net.api.events import FoundRoom, Standing
from netcore.net.target import join_address
from netcore.store.known_servers import KnownServer
from netcore.wire.discovery import RoomAnswer
from netcore.wire.names import fold_name

_LOOPBACK = "127.0.0.1"
_Key = tuple[bytes, str]


def standing_of(fingerprint: bytes, address: str, room: str, known: Collection[KnownServer]) -> Standing:
    """What the list of known servers says of such a claim. The key at the connection decides."""
    entry = next((one for one in known if one.fingerprint == fingerprint), None)
    if entry is not None:
        return Standing.KNOWN if address in entry.addresses else Standing.MOVED
    if any(address in one.addresses for one in known):
        return Standing.CHANGED
    folded = fold_name(room)
    return Standing.NAMESAKE if any(fold_name(one.room) == folded for one in known) else Standing.NEW


class FoundRooms:
    """Fed with answers and rounds; `rooms` is what to show."""

    def __init__(self) -> None:
        self._rows: dict[_Key, FoundRoom] = {}
        self._hosts: dict[_Key, tuple[str, int]] = {}  # where a row's answer came from, and its port
        self._heard: dict[_Key, int] = {}  # the round
        self._round = 0

    def begin_round(self) -> None:
        """Another question goes out: who has not answered the last few is gone."""
        self._round += 1
        for key, heard in list(self._heard.items()):
            if self._round - heard > limits.DISCOVERY_ROUNDS_KEPT:
                self._forget(key)

    def add(self, answer: RoomAnswer, source: str, known: Collection[KnownServer]) -> None:
        """An answer that came from the address `source`."""
        address = join_address(source, answer.port)
        key = (answer.fingerprint, address)
        standing = standing_of(answer.fingerprint, address, answer.room, known)
        if key not in self._rows and not self._make_room(source, standing):
            return
        self._rows[key] = FoundRoom(
            answer.room, answer.host, address, answer.members, answer.fingerprint, standing
        )
        self._hosts[key] = (source, answer.port)
        self._heard[key] = self._round

    def rooms(self, own_addresses: Iterable[str] = ()) -> tuple[FoundRoom, ...]:
        """The rows, known servers first, otherwise as they came.

        A room on this computer answers by each way to it: by 127.0.0.1 it is left out while it also did by
        one of `own_addresses`, which is of use to others too.
        """
        own = set(own_addresses)
        outside = {
            (key[0], port) for key, (host, port) in self._hosts.items() if host in own and host != _LOOPBACK
        }
        shown = [
            row
            for key, row in self._rows.items()
            if self._hosts[key][0] != _LOOPBACK or (key[0], self._hosts[key][1]) not in outside
        ]
        return tuple(sorted(shown, key=lambda row: not row.standing.is_known))

    def _make_room(self, source: str, standing: Standing) -> bool:
        """Whether one more row fits. A known server's takes the place of the newest that is not."""
        of_host = [key for key, (host, _) in self._hosts.items() if host == source]
        if len(of_host) < limits.MAX_FOUND_ROOMS_PER_HOST and len(self._rows) < limits.MAX_FOUND_ROOMS:
            return True
        crowd = of_host if len(of_host) >= limits.MAX_FOUND_ROOMS_PER_HOST else list(self._rows)
        unknown = [key for key in crowd if not self._rows[key].standing.is_known]
        if not standing.is_known or not unknown:
            return False
        self._forget(unknown[-1])
        return True

    def _forget(self, key: _Key) -> None:
        for table in (self._rows, self._hosts, self._heard):
            table.pop(key, None)
