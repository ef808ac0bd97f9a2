"""What a server has on the disk: its folder, its keys, the room's log.

    data folder / server_identity.pem          who the server is: one for all rooms of this data folder
                / servers / <room> / lock      one process at a time
                                   / host.pem  the host's key as a member
                                   / room.db   the log
                                   / blobs     what members share, sealed
                                   / parts     which files the host is saving

Identity, host key, log: they are made in this order. So a key that is missing while what comes after it is
there was lost; a new one would be another server, or another host, under the old name. It is not made.

The key-exchange key is on no disk: it is made at each start, so that yesterday's recordings stay closed. Only
a room of the laboratory may find one ready, in `laboratory_kex.pem`, since its keys are known to all anyway.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netcore.crypto.blob import SEALED_CHUNK_BYTES
from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import MEMBER_KEY_BITS, SERVER_KEY_BITS, PrivateKey
from netcore.crypto.primitives import Random
from netcore.crypto.published import PUBLISHED
from netcore.errors import KeyFileError, KeyFileMissing, KeyFilePublished, StorageError
from netcore.net.api.config import ServerConfig
from netcore.store.blob_files import BlobFiles
from netcore.store.folders import HOST_KEY_FILE as HOST_KEY_FILE
from netcore.store.folders import SERVERS_FOLDER, FolderLock, server_folder
from netcore.store.keys import read_key, write_new_key
from netcore.store.part_notes import PartNotes
from netcore.store.room_log import RoomLog

IDENTITY_FILE: Final = "server_identity.pem"
LABORATORY_KEX_FILE: Final = "laboratory_kex.pem"
LOG_FILE: Final = "room.db"
BLOBS_FOLDER: Final = "blobs"
PARTS_FOLDER: Final = "parts"


@dataclass(frozen=True, slots=True)
class Keys:
    identity: PrivateKey
    host: PrivateKey
    kex: KexKey


class Files:
    """The folder of a room, held by this process alone, and its log."""

    def __init__(self, config: ServerConfig, random: Random) -> None:
        """Raises StorageError; then nothing is held."""
        self._data_dir = config.data_dir
        self._folder = server_folder(config.data_dir, config.room)
        self._laboratory = config.laboratory
        self._random = random
        self._lock = FolderLock(self._folder, f"The room \u201c{config.room}\u201d")
        self._lock.acquire()
        self._log: RoomLog | None = None
        self._log_file = self._folder / LOG_FILE if config.keep_history else None
        try:
            if self._log_file is None or os.path.lexists(self._log_file):
                self.open_log()  # what is wrong with it is told before anything else happens
        except StorageError:
            self._lock.release()
            raise

    def keys(self) -> Keys:
        """Read the keys, or make those that are not there yet: seconds, so for a worker thread.

        Raises KeyFileError or FolderNotWritable. A damaged or lost key is never replaced, and a published
        one taken in the laboratory only.
        """
        rooms = self._data_dir / SERVERS_FOLDER
        of_rooms = [path for name in (HOST_KEY_FILE, LOG_FILE) for path in sorted(rooms.glob(f"*/{name}"))]
        identity = self._key(self._data_dir / IDENTITY_FILE, SERVER_KEY_BITS, of_rooms)
        host = self._key(self._folder / HOST_KEY_FILE, MEMBER_KEY_BITS, [self._folder / LOG_FILE])
        return Keys(identity, host, self._kex())

    def _key(self, path: Path, bits: int, later_files: Iterable[Path]) -> PrivateKey:
        key = _key(path, bits, self._random, later_files)
        if key.public.fingerprint in PUBLISHED and not self._laboratory:
            raise KeyFilePublished(path=path)
        return key

    def _kex(self) -> KexKey:
        made_ahead = read_key(self._data_dir / LABORATORY_KEX_FILE) if self._laboratory else None
        return KexKey.generate(self._random) if made_ahead is None else KexKey.from_pem(made_ahead)

    @property
    def blobs(self) -> BlobFiles:
        """The files that members share."""
        return BlobFiles(self._folder / BLOBS_FOLDER, SEALED_CHUNK_BYTES)

    @property
    def parts(self) -> PartNotes:
        """What the host saves of them."""
        return PartNotes(self._folder / PARTS_FOLDER)

    def open_log(self) -> RoomLog:
        """The log; a new one is only made now, after the keys. Raises StorageError."""
        if self._log is None:
            self._log = RoomLog.open(self._log_file, self._random)
        return self._log

    def close(self) -> None:
        """Close the log and unlock the folder; idempotent."""
        if self._log is not None:
            self._log.close()
        self._lock.release()


def _key(path: Path, bits: int, random: Random, later_files: Iterable[Path]) -> PrivateKey:
    """`later_files` are only made once this key is there."""

    def load(pem: bytes) -> PrivateKey:
        return PrivateKey.from_pem(pem, bits=bits, path=str(path))

    # Looked for before the key: another room's server may be making both just now, the key first.
    beside = next((one for one in later_files if os.path.lexists(one)), None)
    pem = read_key(path)
    if pem is not None:
        return load(pem)
    if beside is not None:
        raise KeyFileMissing(path=path, beside=beside)
    made = PrivateKey.generate(bits, random)
    with contextlib.suppress(KeyFileError):
        write_new_key(path, made.to_pem())
        return made
    # Another room of this data folder has made one in the meantime: there is one for all.
    pem = read_key(path)
    if pem is None:
        raise KeyFileError(path=path, why="it came and went")
    return load(pem)
