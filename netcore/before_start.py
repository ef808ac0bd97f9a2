"""What the first page shows before anything runs: the settings, whose key is here, known rooms, our address.

The first door of the windows; `engine` is the second one, from the moment a role is chosen. Small blocking
file reads, on the caller's thread; nothing is made but the data folder itself. This module stands on the way
of every start: what only some starts need (keys, sockets) is imported where it is used, and what an engine
needs is not imported at all. The whole of it would keep the first page off the screen for 50 ms.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from netcore.bootstrap import SCRIPT as SCRIPT
from netcore.errors import StorageError
from netcore.net.client.known_rooms import KnownRoom as KnownRoom
from netcore.net.client.known_rooms import known_rooms as known_rooms
from netcore.store.folders import HOST_KEY_FILE, KEY_FILE, find_client_folder, find_server_folder
from netcore.store.paths import data_folder as data_folder
from netcore.store.paths import downloads_folder as downloads_folder
from netcore.store.settings import Settings

SETTINGS_FILE: Final = "settings.json"
EVERY_NETWORK: Final = "0.0.0.0"


def settings(data_dir: Path) -> Settings:
    """What the windows remember in this data folder."""
    return Settings(data_dir / SETTINGS_FILE)


def member_id_of(data_dir: Path, nick: str) -> bytes:
    """The id (32 bytes) of the key that `nick` has here; b"" when there is none, or none that can be read."""
    folder = find_client_folder(data_dir, nick)
    return b"" if folder is None else _id_in(folder / KEY_FILE)


def host_id_of(data_dir: Path, room: str) -> bytes:
    """The id (32 bytes) of the key of `room`'s host here; b"" when there is none that can be read."""
    folder = find_server_folder(data_dir, room)
    return b"" if folder is None else _id_in(folder / HOST_KEY_FILE)


def _id_in(path: Path) -> bytes:
    try:
        return _id_at(path) if os.path.exists(path) else b""
    except StorageError:
        return b""  # using this key will say what is wrong with the file


@lru_cache(maxsize=8)
def _id_at(path: Path) -> bytes:
    from netcore.crypto.identity import MEMBER_KEY_BITS, PrivateKey
    from netcore.store.keys import read_key

    pem = read_key(path)
    if pem is None:
        return b""
    return PrivateKey.from_pem(pem, bits=MEMBER_KEY_BITS, path=str(path)).public.fingerprint


def address_for_others() -> str:
    """Where others on the network would find a server of this computer; "" without a network."""
    from netcore.net.addresses import networks

    return next((address for _, address in networks(4)), "")
