"""The rooms that this person has been in, for the role dialog: one line a server."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from netcore.store.known_servers import KnownServers

KNOWN_SERVERS_FILE: Final = "known_servers.json"


class KnownRoom(NamedTuple):
    """A server that was trusted. `address` is where it was met last, `room` its name then ("" if unknown)."""

    fingerprint: bytes  # 32
    room: str
    address: str


def known_servers(data_dir: Path) -> KnownServers:
    return KnownServers(data_dir / KNOWN_SERVERS_FILE)


def known_rooms(data_dir: Path) -> tuple[KnownRoom, ...]:
    """The latest first. Raises TrustFileError when the list is damaged."""
    return tuple(
        KnownRoom(one.fingerprint, one.room, one.addresses[-1])
        for one in known_servers(data_dir).all()
        if one.addresses
    )
