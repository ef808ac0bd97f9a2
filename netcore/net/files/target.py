"""A file that is received: `<name>.part` until it is whole, durable and proved, then under its name
(PROTOCOL §14.1).

    plan.pdf.part      made new, for its owner alone; nothing that was there is opened or written over
      -> whole, its SHA-256 is what was described, on the disk
    plan.pdf           or `plan (2).pdf`: the name is given to it without taking it from another file

A name is cleaned before it comes here. Nothing is opened, shown or run by itself.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.blob import chunk_count
from netcore.errors import FileDamaged, FileNotSaved
from netcore.net.files.memory import keep_freed_memory
from netcore.store.atomic import open_no_link, patiently, sync, sync_folder
from netcore.store.paths import absolute, downloads_folder
from netcore.wire.file_names import clean_file_name, numbered
from netcore.wire.messages import File

Note = Callable[[Path], None]

PART: Final = ".part"
_MOST_NUMBERS: Final = 10_000
_READ_BYTES: Final = 2**20
# A file system without hard links says one of these.
_NO_LINKS: Final = frozenset(
    getattr(errno, name)
    for name in ("EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS")
    if hasattr(errno, name)
)


class Target:
    """Where a file goes. Its chunks are written in order, by one thread at a time; another may close, remove
    or sync it meanwhile."""

    def __init__(self, file: File, part: Path, descriptor: int | None = None) -> None:
        """Go on with a part that is there; `descriptor`: it is open already. Raises FileNotSaved."""
        keep_freed_memory()
        self.file = file
        self.part = part
        self._whole = hashlib.sha256()  # of the first `_hashed` chunks of the part
        self._hashed = 0
        self._lock = threading.Lock()  # a descriptor that is closed may be another file's at once
        self._unwanted = self._gone = False
        try:
            if descriptor is None:
                descriptor = open_no_link(part, os.O_RDWR)
            self._descriptor: int | None = descriptor
            self._opened = os.fstat(descriptor)
        except OSError as error:
            raise FileNotSaved(path=part, why=error.strerror or error) from error

    @classmethod
    def create(cls, file: File, folder: Path, name: str, note: Note = lambda part: None) -> Target:
        """A new part in `folder`, of a file that is to be called `name`, a clean one. Raises FileNotSaved.

        `note(part)` comes before anything is made: what a program leaves that is killed is known to the next.
        It may come again, with another path, when somebody else took the first one in between.
        """
        for number in range(1, _MOST_NUMBERS):
            path = folder / numbered(name, number)
            part = path.with_name(path.name + PART)
            try:
                if os.path.lexists(path) or os.path.lexists(part):
                    continue
                note(part)
                # O_EXCL: not what is there already, nor through a link that leads elsewhere.
                descriptor = open_no_link(part, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                continue
            except (OSError, ValueError) as error:
                raise FileNotSaved(path=folder, why=getattr(error, "strerror", None) or error) from error
            return cls(file, part, descriptor)
        raise FileNotSaved(path=folder, why="there are too many files of this name")

    @property
    def chunks(self) -> int:
        """How many whole chunks are in the part. What a power cut left of them is judged at the end."""
        assert self._descriptor is not None
        size = os.fstat(self._descriptor).st_size
        if size >= self.file.size and size:
            return chunk_count(self.file.size)
        return size // limits.CHUNK_BYTES

    def write(self, index: int, plaintext: bytes) -> None:
        """Raises FileNotSaved, with a full disk for one; then only `remove` is left.

        The file is hashed as it grows. What an earlier run left of it is read and hashed with the first
        chunk that comes behind: for a worker thread.
        """
        try:
            with self._lock:
                if self._descriptor is None:
                    raise FileNotSaved(path=self.part, why="it has been closed")
                self._check_name()
                if index != self._hashed:
                    self._hash_part(self._descriptor, index)
                os.lseek(self._descriptor, index * limits.CHUNK_BYTES, os.SEEK_SET)
                left: bytes | memoryview = plaintext
                while left:
                    left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            raise FileNotSaved(path=self.part, why=error.strerror or error) from error
        self._whole.update(plaintext)
        self._hashed += 1

    def sync(self) -> None:
        """What was written is durable from now on, unless the part is closed: waits for the disk, so for a
        worker. Raises OSError."""
        with self._lock:
            if self._descriptor is None:
                return
            descriptor = os.dup(self._descriptor)
        try:
            sync(descriptor)
        finally:
            with self._lock:
                os.close(descriptor)
                if self._unwanted:
                    self._unlink()

    def finish(self) -> Path:
        """Prove the whole, make it durable, and give it its name: for a worker, since it waits for the disk.

        Raises FileDamaged when it is not what was described; FileNotSaved.
        """
        chunks = chunk_count(self.file.size)
        try:
            with self._lock:
                assert self._descriptor is not None
                was_whole = self._hashed == chunks and os.fstat(self._descriptor).st_size == self.file.size
                os.ftruncate(self._descriptor, self.file.size)
                if not was_whole:
                    self._hash_part(self._descriptor, chunks)
            if self._whole.digest() != self.file.sha256:
                raise FileDamaged(name=self.file.name)
            self.sync()
            self.close()
            self._check_name()
            path = _give_name(self.part)
        except OSError as error:
            raise FileNotSaved(path=self.part, why=error.strerror or error) from error
        # It is there, whole, under its name: nothing that fails from now on makes that untrue.
        self.remove()
        with contextlib.suppress(OSError):  # some file systems cannot, for a folder
            sync_folder(path.parent)
        return path

    def _has_its_name(self) -> bool:
        """If not, what is written is lost, and what has the name is no file of ours. Raises OSError."""
        try:
            return os.path.samestat(os.lstat(self.part), self._opened)
        except FileNotFoundError:
            return False

    def _check_name(self) -> None:
        """Raises OSError."""
        if not self._has_its_name():
            raise OSError(errno.ENOENT, "somebody has moved or removed what was saved of it")

    def _hash_part(self, descriptor: int, chunks: int) -> None:
        """Hash the first `chunks` chunks as they are in the part. Raises OSError."""
        self._whole, self._hashed = hashlib.sha256(), chunks
        left_bytes = min(chunks * limits.CHUNK_BYTES, self.file.size)
        os.lseek(descriptor, 0, os.SEEK_SET)
        while left_bytes and (piece := os.read(descriptor, min(left_bytes, _READ_BYTES))):
            self._whole.update(piece)
            left_bytes -= len(piece)

    def close(self) -> None:
        """The part stays. Idempotent."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def remove(self) -> bool:
        """Nothing is to be left. Returns whether nothing is; idempotent.

        Windows removes no open file. If a sync has it open, it goes when that ends; if somebody else has (a
        virus scanner, say), it stays, and the caller notes it for a later run.
        """
        self.close()
        with self._lock:
            self._unwanted = True
            return self._unlink()

    def _unlink(self) -> bool:
        if not self._gone:  # or the name may be another file's by now
            with contextlib.suppress(OSError):
                if self._has_its_name():
                    self.part.unlink(missing_ok=True)
                self._gone = True
        return self._gone


def new_target(file: File, folder: Path | None, name: str | None, note: Note = lambda part: None) -> Target:
    """For a file that the person wants in `folder` (None: Downloads), under `name` (None: its sender's).

    Raises FileNotSaved, also when there is not enough room for all of it. `note`: see Target.create.
    """
    if folder is None:
        folder = downloads_folder()
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    folder = absolute(folder)
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < file.size:
            raise FileNotSaved(path=folder, why="there is not enough room for it")
    return Target.create(file, folder, clean_file_name(name or file.name), note)


def _give_name(part: Path) -> Path:
    """Give the part a name that nothing has: the one it is for, or the next number of it. Its own may stay.

    A program that was killed between the two has given it one already.
    """
    first = part.with_name(part.name.removesuffix(PART))
    for number in range(1, _MOST_NUMBERS):
        path = first.with_name(numbered(first.name, number))
        try:
            _move(part, path)
        except FileExistsError:
            if not os.path.samestat(os.lstat(part), os.lstat(path)):
                continue
        return path
    raise OSError(errno.EEXIST, "there are too many files of this name")


def _move(part: Path, path: Path) -> None:
    """Raises FileExistsError if there is anything at `path`."""
    if sys.platform == "win32":
        patiently(lambda: os.rename(part, path))  # which never takes the place of another file there
        return
    try:
        os.link(part, path)  # as `rename` does not do elsewhere: fail if the name is taken
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError from None
        os.rename(part, path)
