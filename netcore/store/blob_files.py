"""The sealed files of a room on the disk: one file for each blob, its chunks one behind the other.

    room's folder / blobs / <the blob's id in hex>

Which blobs there are, whose, and how much of each is durable is in the room's database (`room_blobs`). What
is written here is durable only after `sync`, which may take seconds: for a worker thread. All methods raise
OSError; a disk that fails for a file does not fail for the room.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

from netcore.store.atomic import open_no_link, sync, sync_folder

_HEX_DIGITS: Final = 32


class BlobFiles:
    """Calls for one blob come one at a time. `chunk_bytes` is the length of a sealed chunk, but the last."""

    def __init__(self, folder: Path, chunk_bytes: int) -> None:
        """The folder is made with the first blob."""
        self._folder = folder
        self._chunk_bytes = chunk_bytes

    def write(self, blob: bytes, index: int, data: bytes) -> None:
        """Chunks of the blob, from `index` on. On an error the file ends before them, as if nothing had been
        tried."""
        if index == 0:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = open_no_link(self._path(blob), os.O_WRONLY | (os.O_CREAT if index == 0 else 0))
        start = index * self._chunk_bytes
        try:
            os.lseek(descriptor, start, os.SEEK_SET)
            if os.write(descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, "no space left for all of it")
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, start)
            raise
        finally:
            os.close(descriptor)

    def read(self, blob: bytes, index: int, count: int) -> bytes:
        """`count` chunks, from `index` on; fewer bytes if the file ends before, or there is none."""
        descriptor = open_no_link(self._path(blob), os.O_RDONLY)
        try:
            os.lseek(descriptor, index * self._chunk_bytes, os.SEEK_SET)
            return os.read(descriptor, count * self._chunk_bytes)
        finally:
            os.close(descriptor)

    def sync(self, blob: bytes, *, new: bool) -> None:
        """What was written of the blob is durable from now on. `new`: so is its name, for the first time."""
        # Windows syncs only what is open for writing.
        descriptor = open_no_link(self._path(blob), os.O_RDWR)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync_folder(self._folder)

    def whole_chunks(self, blob: bytes) -> int:
        """How many chunks of full length are in the file, a shorter one at its end not counted."""
        return self.size_bytes(blob) // self._chunk_bytes

    def size_bytes(self, blob: bytes) -> int:
        """0 if there is no file."""
        try:
            return self._path(blob).lstat().st_size
        except FileNotFoundError:
            return 0

    def remove(self, blob: bytes) -> None:
        """Also if there is none. Windows refuses while somebody has it open, we or a virus scanner."""
        self._path(blob).unlink(missing_ok=True)

    def all(self) -> set[bytes]:
        """The ids of the blobs that have a file."""
        if not self._folder.is_dir():
            return set()
        names = [path.name for path in self._folder.iterdir()]
        found = set()
        for name in names:
            with contextlib.suppress(ValueError):
                if len(name) == _HEX_DIGITS:
                    found.add(bytes.fromhex(name))
        return found

    def _path(self, blob: bytes) -> Path:
        return self._folder / blob.hex()
