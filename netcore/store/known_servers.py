"""The servers that this person has accepted: known_servers.json (PROTOCOL §11.2).

Kept by fingerprint, with the addresses where it was met as attributes: on a local network addresses
change hands every day, a key does not. Several windows share the file, so it is read anew for each
question, and changed under a lock. Invites are judged elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from netcore.errors import FolderInUse, FolderNotWritable, TrustFileError
from netcore.store.atomic import file_error, patiently, replace_file
from netcore.store.folders import FileLock

_VERSION = 1
_MAX_BYTES = 8 * 2**20
# Of a laptop that meets its server in many places; the oldest address is forgotten first.
_MAX_ADDRESSES = 32
_LOCK_S = 5.0
# A reconnect storm need not write the file each time.
_NOTED_EACH_MS = 3_600_000


class KnownServer(NamedTuple):
    fingerprint: bytes  # 32
    addresses: tuple[str, ...]  # "host:port" where it was met, the latest last
    room: str
    first_seen_ms: int
    last_seen_ms: int


class Known(NamedTuple):
    """known: this key at this address. moved: a known key at a new address, worth a notice. new: neither.
    changed: the address belongs to another key (`entry` is that one), so everything stops."""

    kind: Literal["known", "moved", "new", "changed"]
    entry: KnownServer | None


_Table = dict[bytes, KnownServer]


_seen: set[Path] = set()
"""The files that were here in this process. One that is gone then was taken away, and is no empty list."""


class KnownServers:
    """Every method raises TrustFileError when the file is damaged, or gone since it was seen in this process:
    lost pins must not look like no pins. FileNotPermitted when it may not be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, fingerprint: bytes, address: str, now_ms: int) -> Known:
        """What is known of the server that shows `fingerprint` at `address`; a known one is noted as seen."""
        table = self._read()
        entry = table.get(fingerprint)
        if entry is not None:
            if address not in entry.addresses:
                return Known("moved", entry)
            if now_ms - entry.last_seen_ms > _NOTED_EACH_MS:
                self.touch(fingerprint, address, now_ms)
            return Known("known", entry)
        holder = _holder(table, address)
        return Known("new", None) if holder is None else Known("changed", holder)

    def accept(self, fingerprint: bytes, address: str, room: str, now_ms: int) -> None:
        """The person (or an invite) trusts this key here: from now on the address is this key's alone."""

        def change(table: _Table) -> None:
            old = table.get(fingerprint)
            self._give_address(table, fingerprint, address)
            addresses = _with_latest(old.addresses if old else (), address)
            since_ms = old.first_seen_ms if old else now_ms
            table[fingerprint] = KnownServer(fingerprint, addresses, room, since_ms, now_ms)

        self._change(change)

    def touch(self, fingerprint: bytes, address: str, now_ms: int, room: str | None = None) -> None:
        """A known server was met at `address` (which becomes its own); `room` when its name is now known."""

        def change(table: _Table) -> None:
            old = table.get(fingerprint)
            if old is None:
                return
            self._give_address(table, fingerprint, address)
            table[fingerprint] = old._replace(
                addresses=_with_latest(old.addresses, address),
                room=old.room if room is None else room,
                last_seen_ms=now_ms,
            )

        self._change(change)

    def forget(self, fingerprint: bytes) -> None:
        def change(table: _Table) -> None:
            table.pop(fingerprint, None)

        self._change(change)

    def all(self) -> tuple[KnownServer, ...]:
        """All known servers, the one met last first."""
        return tuple(sorted(self._read().values(), key=lambda entry: -entry.last_seen_ms))

    @staticmethod
    def _give_address(table: _Table, fingerprint: bytes, address: str) -> None:
        """Takes the address from every other key. The other stays known, at its other addresses."""
        for entry in list(table.values()):
            if entry.fingerprint != fingerprint and address in entry.addresses:
                rest = tuple(one for one in entry.addresses if one != address)
                table[entry.fingerprint] = entry._replace(addresses=rest)

    def _change(self, change: Callable[[_Table], None]) -> None:
        lock = FileLock(self._path.with_name(self._path.name + ".lock"))
        if not lock.wait(_LOCK_S):
            raise FolderInUse(what=self._path)
        try:
            table = self._read()  # under the lock: another window may have written since
            before = dict(table)
            change(table)
            if table != before:
                self._write(table)
        finally:
            lock.release()

    def _read(self) -> _Table:
        try:
            with patiently(lambda: self._path.open("rb")) as file:
                data = file.read(_MAX_BYTES + 1)
            _seen.add(self._path)
        except FileNotFoundError as error:
            if self._path in _seen:
                raise TrustFileError(path=self._path, why="it was there, and is gone") from error
            return {}
        except OSError as error:
            raise file_error(TrustFileError, self._path, error) from error
        try:
            return _parse(data)
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            raise TrustFileError(path=self._path, why="not a list of servers") from error

    def _write(self, table: _Table) -> None:
        servers = [
            {
                "fingerprint": entry.fingerprint.hex(),
                "addresses": list(entry.addresses),
                "room": entry.room,
                "first_seen_ms": entry.first_seen_ms,
                "last_seen_ms": entry.last_seen_ms,
            }
            for entry in table.values()
        ]
        text = json.dumps({"version": _VERSION, "servers": servers}, ensure_ascii=False, indent=1)
        try:
            replace_file(self._path, text.encode() + b"\n")
        except OSError as error:
            raise FolderNotWritable(path=self._path, why=error.strerror or error) from error
        _seen.add(self._path)


def _holder(table: _Table, address: str) -> KnownServer | None:
    return next((entry for entry in table.values() if address in entry.addresses), None)


def _with_latest(addresses: tuple[str, ...], address: str) -> tuple[str, ...]:
    return (*(one for one in addresses if one != address), address)[-_MAX_ADDRESSES:]


def _parse(data: bytes) -> _Table:
    """The table in the file's bytes. Raises ValueError, KeyError, TypeError or RecursionError."""
    if len(data) > _MAX_BYTES:
        raise ValueError("too large")
    value: Any = json.loads(data.decode("utf-8-sig"))
    if type(value) is not dict or value["version"] != _VERSION:
        raise ValueError("another version")
    table: _Table = {}
    for item in value["servers"]:
        entry = KnownServer(
            bytes.fromhex(item["fingerprint"]),
            tuple(_string(one) for one in item["addresses"]),
            _string(item["room"]),
            _count(item["first_seen_ms"]),
            _count(item["last_seen_ms"]),
        )
        if len(entry.fingerprint) != 32 or entry.fingerprint in table:
            raise ValueError("a fingerprint that is none, or twice")
        table[entry.fingerprint] = entry
    return table


def _string(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    value.encode("utf-8", "strict")  # a lone surrogate would end the window that shows it
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise TypeError("not a number")
    return value
