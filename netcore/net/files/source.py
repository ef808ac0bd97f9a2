"""A file that is sent: read, described, and sealed chunk by chunk (PROTOCOL §14.1).

It is read twice: once to describe it, before anything leaves, and then chunk by chunk as it is sent. What
is sealed must be what was described, or one key would seal two plaintexts under one nonce, and the receiver
would find another hash. So the file is hashed again as it is sent, and at each chunk the hash must be what
it was: a file that somebody changes meanwhile ends the transfer, however many days lie between.
"""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.blob import BLOB_ID_BYTES, KEY_BYTES, BlobCipher, Digests
from netcore.crypto.primitives import Random
from netcore.errors import FileChanged, FileTooBig, FileUnreadable
from netcore.net.files.memory import keep_freed_memory
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import File

MOST_BYTES: Final = 2**32
"""Beyond this nothing is even read; what a room takes, far less, is the server's to say."""


@dataclass(frozen=True, slots=True)
class Described:
    """A file with its key, and what each of its chunks is: all that a sender needs to go on at any time."""

    path: Path
    file: File
    digests: bytes


def describe(path: Path, random: Random) -> Described:
    """Read the whole file, draw its blob and key: up to seconds, so for a worker thread.

    Raises FileUnreadable or FileTooBig.
    """
    digests = Digests()
    try:
        with open(path, "rb", buffering=0, opener=_opener) as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise FileUnreadable(path=path, why="it is not a file")
            if found.st_size > MOST_BYTES:
                raise FileTooBig(name=path.name)
            while piece := _read(stream.fileno(), limits.CHUNK_BYTES):
                digests.add(piece)
                if digests.size_bytes > MOST_BYTES:
                    raise FileTooBig(name=path.name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileUnreadable(path=path, why=getattr(error, "strerror", None) or error) from error
    if not digests.size_bytes:
        digests.add(b"")
    name = clean_file_name(path.name)
    file = File(random(BLOB_ID_BYTES), name, digests.size_bytes, digests.sha256, random(KEY_BYTES))
    return Described(path, file, digests.chunks)


class Source:
    """A described file, open while it is sent. One thread reads, one seals, and any may close it."""

    def __init__(self, described: Described) -> None:
        """Raises FileUnreadable."""
        keep_freed_memory()
        self._described = described
        file = described.file
        self._cipher = BlobCipher(file.k, file.blob, file.size)
        self._digests = Digests()
        self._lock = threading.Lock()
        try:
            self._descriptor: int | None = _opener(str(described.path), os.O_RDONLY)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise FileUnreadable(path=described.path, why=why) from error

    def read(self, index: int) -> bytes:
        """The plaintext of chunk `index`: for a worker thread, above all when it is not the next, since all
        before it is then read again. Raises FileUnreadable, or FileChanged: it is not what was described."""
        if index != self._digests.count:
            self._digests = Digests()
            while self._digests.count < index:
                self._next()
        return self._next()

    def seal(self, index: int, plaintext: bytes) -> bytes:
        """Chunk `index`, of which `read` gave the plaintext: what makes its nonce safe is that it is then the
        same whenever it is sealed."""
        return self._cipher.seal(index, plaintext)

    def _next(self) -> bytes:
        """The plaintext of the next chunk, found to be what was described."""
        path, size, index = self._described.path, self._described.file.size, self._digests.count
        start = index * limits.CHUNK_BYTES
        wanted = min(limits.CHUNK_BYTES, size - start)
        try:
            with self._lock:  # or its number could be another file's in the middle of this
                if self._descriptor is None:
                    raise FileUnreadable(path=path, why="it has been closed")
                os.lseek(self._descriptor, start, os.SEEK_SET)
                # One byte more than the last one has: a file that has grown is another.
                plaintext = _read(self._descriptor, min(limits.CHUNK_BYTES, wanted + 1))
        except OSError as error:
            raise FileUnreadable(path=path, why=error.strerror or error) from error
        self._digests.add(plaintext)
        if len(plaintext) != wanted or not self._digests.agrees_with(self._described.digests):
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
