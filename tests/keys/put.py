"""Puts test keys where a program looks for its own, so that no test waits for them to be made."""

from __future__ import annotations

from pathlib import Path

from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE
from netcore.store.folders import KEY_FILE, client_folder, server_folder
from tests.keys import pem


def put_server_keys(data_dir: Path, room: str, identity: str = "server_identity") -> None:
    """The lasting keys of a server of `room`. `data_dir` exists."""
    _put(data_dir / IDENTITY_FILE, pem(identity))
    _put(server_folder(data_dir, room) / HOST_KEY_FILE, pem("member_host"))


def put_member_key(data_dir: Path, nick: str, key: bytes) -> None:
    """The key of the client `nick`, as PEM text."""
    _put(client_folder(data_dir, nick) / KEY_FILE, key)


def _put(path: Path, key: bytes) -> None:
    path.write_bytes(key)
    path.chmod(0o600)
