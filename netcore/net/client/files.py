"""What a client has on the disk: its folder, its key, what it has read and written.

    data folder / clients / <nick> / lock         one process at a time
                                   / member.pem   who the person is, to every server
                                   / history.db   outbox and history, written under that key
                                   / parts        what could not be removed of files

The key is there before the history is, so a history without a key means that the key was lost. A new
one would come to all others as a stranger under a known name: so it is not made, and the person decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from netcore.crypto.identity import MEMBER_KEY_BITS, PrivateKey
from netcore.crypto.primitives import Random
from netcore.errors import KeyFileError, KeyFileMissing
from netcore.store.client_store import ClientStore
from netcore.store.folders import KEY_FILE, FolderLock, client_folder
from netcore.store.keys import read_key, write_new_key
from netcore.store.part_notes import PartNotes

STORE_FILE: Final = "history.db"
PARTS_FOLDER: Final = "parts"


class ClientFiles:
    """The folder of a nick, locked by this process."""

    def __init__(self, data_dir: Path, nick: str, random: Random) -> None:
        """Raises StorageError; then nothing is locked."""
        self._folder = client_folder(data_dir, nick)
        self._random = random
        self._lock = FolderLock(self._folder, f"\u201c{nick}\u201d")
        self._lock.acquire()
        self._store: ClientStore | None = None
        self._pem = b""  # the key file, as it is used

    def key(self) -> PrivateKey | None:
        """The person's key, or None if one may be made. Raises KeyFileError."""
        path, history = self._folder / KEY_FILE, self._folder / STORE_FILE
        pem = read_key(path)
        if pem is not None:
            self._pem = pem
            return PrivateKey.from_pem(pem, bits=MEMBER_KEY_BITS, path=str(path))
        if history.exists():
            raise KeyFileMissing(path=path, beside=history)
        return None

    def make_key(self) -> PrivateKey:
        """0.1 to 2 s: for a worker thread. Only a key that is on disk is used. Raises StorageError."""
        key = PrivateKey.generate(MEMBER_KEY_BITS, self._random)
        self._pem = key.to_pem()
        write_new_key(self._folder / KEY_FILE, self._pem)
        return key

    def check_key(self) -> None:
        """Whether the key in use is still the one on the disk. Raises KeyFileError if not."""
        path = self._folder / KEY_FILE
        pem = read_key(path)
        if pem is None:
            raise KeyFileMissing(path=path, beside=self._folder / STORE_FILE)
        if pem != self._pem:
            raise KeyFileError(path=path, why="it holds another key than at the start of the program")

    def open_store(self) -> ClientStore:
        """Outbox and history; only after the key is there. Raises StorageError."""
        self._store = ClientStore.open(self._folder / STORE_FILE, self._random)
        return self._store

    @property
    def parts(self) -> PartNotes:
        """What is to be removed of files."""
        return PartNotes(self._folder / PARTS_FOLDER)

    def close(self) -> None:
        """Closes the database and unlocks the folder. Idempotent."""
        if self._store is not None:
            self._store.close()
            self._store = None
        self._lock.release()
