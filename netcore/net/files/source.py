"""A file that is sent: read and sealed chunk by chunk (PROTOCOL §14.1).

It is hashed as it is read. A chunk that is read again, after a cut or days later, must be what it was, or one
key would seal two plaintexts under one nonce, and the receiver would find another hash: a file that somebody
changes meanwhile ends the transfer. So does one of which the beginning was read as it was before a change and
the end as it was after: nobody ever had that file, though it would have a hash.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.blob import BLOB_ID_BYTES, KEY_BYTES, BlobCipher, Digests, chunk_count
from netcore.crypto.primitives import Random
from netcore.errors import FileChanged, FileTooBig, FileUnreadable
from netcore.net.files.memory import keep_freed_memory
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import File

MOST_BYTES: Final = 2**32
"""Beyond this nothing is even read; what a room takes, far less, is the server's to say."""
NOT_READ_YET: Final = bytes(32)
"""Stands for the SHA-256 of a file until it has been read to its end."""

NO_FILE: Final = "it is not a file"


def choose(path: Path, random: Random) -> File:
    """The file as it is now, with a new blob and key; its SHA-256 is NOT_READ_YET. It looks at a disk, so it
    is for a worker thread.

    Raises FileUnreadable or FileTooBig.
    """
    try:
        str(path).encode()  # or it could not be kept for the next run: its bytes are no text
        descriptor = _opener(str(path), os.O_RDONLY)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode):
                os.read(descriptor, 1)  # or a file that cannot be read would be found out in the middle
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        # Windows does not even open a folder, and says that it is not permitted.
        why = NO_FILE if os.path.isdir(path) else getattr(error, "strerror", None) or error
        raise FileUnreadable(path=path, why=why) from error
    if not stat.S_ISREG(found.st_mode):
        raise FileUnreadable(path=path, why=NO_FILE)
    if found.st_size > MOST_BYTES:
        raise FileTooBig(name=path.name)
    name = clean_file_name(path.name)
    return File(random(BLOB_ID_BYTES), name, found.st_size, NOT_READ_YET, random(KEY_BYTES))


class Source:
    """A chosen file, open while it is sent. One thread reads, one seals, and any may close it."""

    def __init__(self, path: Path, file: File, digests: bytes = b"") -> None:
        """`digests`: of the chunks that were read in earlier runs. Raises FileUnreadable."""
        keep_freed_memory()
        self._path = path
        self._file = file
        self._cipher = BlobCipher(file.k, file.blob, file.size)
        self._digests = Digests(digests)
        self._lock = threading.Lock()
        self._written_ns = 0  # when somebody last wrote to it, as its first chunk was read
        try:
            self._descriptor: int | None = _opener(str(path), os.O_RDONLY)
        except (OSError, ValueError) as error:
            raise FileUnreadable(path=path, why=getattr(error, "strerror", None) or error) from error

    @property
    def digests(self) -> bytes:
        """Of every chunk that was ever read: to be kept before one of them is sealed."""
        return self._digests.chunks

    @property
    def file(self) -> File:
        """With its SHA-256, once its last chunk has been read."""
        if self._digests.count < chunk_count(self._file.size):
            return self._file
        return replace(self._file, sha256=self._digests.sha256)

    def read(self, index: int) -> bytes:
        """The plaintext of chunk `index`: for a worker thread, above all when it is not the next, since all
        before it is then read again. Raises FileUnreadable, or FileChanged: it is not what it was."""
        if index != self._digests.count:
            self._read_up_to(index)
        plaintext = self._next()
        if self._digests.count == chunk_count(self._file.size) and self._was_written_to():
            # To what was read already? Only another look can tell; the time alone would refuse a mere copy.
            self._read_up_to(self._digests.count)
            if self._was_written_to():
                raise FileChanged(path=self._path)
        return plaintext

    def _read_up_to(self, count: int) -> None:
        """Find the first `count` chunks to be what they were."""
        self._digests.start_again()
        while self._digests.count < count:
            self._next()

    def _was_written_to(self) -> bool:
        try:
            with self._lock:
                if self._descriptor is None:
                    raise FileUnreadable(path=self._path, why="it has been closed")
                return os.fstat(self._descriptor).st_mtime_ns != self._written_ns
        except OSError as error:
            raise FileUnreadable(path=self._path, why=error.strerror or error) from error

    def seal(self, first: int, plaintexts: Sequence[bytes]) -> bytes:
        """The chunks from `first` on, one behind the other: `read` gave the plaintexts, and `digests` are
        kept. What makes their nonces safe is that they are then the same whenever they are sealed."""
        return self._cipher.seal_run(first, plaintexts)

    def _next(self) -> bytes:
        """The plaintext of the next chunk, found to be what it was."""
        path, size, index = self._path, self._file.size, self._digests.count
        start = index * limits.CHUNK_BYTES
        wanted = min(limits.CHUNK_BYTES, size - start)
        try:
            with self._lock:  # or its number could be another file's in the middle of this
                if self._descriptor is None:
                    raise FileUnreadable(path=path, why="it has been closed")
                if index == 0:
                    self._written_ns = os.fstat(self._descriptor).st_mtime_ns
                os.lseek(self._descriptor, start, os.SEEK_SET)
                # One byte more than the last one has: a file that has grown is another.
                plaintext = _read(self._descriptor, min(limits.CHUNK_BYTES, wanted + 1))
        except OSError as error:
            raise FileUnreadable(path=path, why=error.strerror or error) from error
        if len(plaintext) != wanted or not self._digests.add(plaintext):
            raise FileChanged(path=path)
        return plaintext

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)


def _opener(path: str, flags: int) -> int:
    # Not to wait for a writer, should it be a pipe.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _read(descriptor: int, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    pieces: list[bytes] = []
    while size:
        piece = os.read(descriptor, size)
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces) if len(pieces) != 1 else pieces[0]
