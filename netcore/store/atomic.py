"""Small files that are there whole or not at all, also after a crash."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from netcore.errors import FileNotPermitted, StorageError

if sys.platform == "darwin":
    import fcntl

T = TypeVar("T")

_PATIENCE_S: Final = 1.0
_AGAIN_S: Final = 0.01


def file_error(kind: type[StorageError], path: Path, error: OSError) -> StorageError:
    """The error of ours for a file that the system does not let us use: `kind` (details path, why) unless
    it is only a matter of rights."""
    if isinstance(error, PermissionError):
        return FileNotPermitted(path=path)
    return kind(path=path, why=error.strerror or error)


def open_no_link(path: Path, flags: int) -> int:
    """A descriptor of the file itself, bytes as they are, mode 0600 if it is made: never through a link that
    somebody laid at its name. Raises OSError."""
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows
        raise OSError(errno.ELOOP, "it is a link")
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o600)


def sync(descriptor: int) -> None:
    """Make what was written to an open file durable. Raises OSError."""
    if sys.platform == "darwin":
        # There fsync leaves the bytes in the drive's own cache.
        with contextlib.suppress(OSError):  # a network's file system knows only fsync
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` durable. Windows cannot and need not."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)


def patiently(call: Callable[[], T]) -> T:
    """What `call` returns, which gives a file its name, or opens one that is replaced. Raises OSError.

    Windows refuses the one while somebody has the file, or what it replaces, open (a virus scanner that looks
    at what is new, another window that reads), and the other in that very moment. There it is tried again,
    for a second at most.
    """
    if sys.platform == "win32":
        last_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < last_s:
            try:
                return call()
            except PermissionError:
                time.sleep(_AGAIN_S)
    return call()


def write_aside(path: Path, data: bytes) -> Path:
    """Writes `data` durably to a new file beside `path`, mode 0600, and returns its path. Raises OSError."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)  # of a dead process that had our number
    # O_EXCL: never through a link that somebody laid there.
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            sync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    return aside


def replace_file(path: Path, data: bytes) -> None:
    """Puts `data` in place of the file, mode 0600: a crash leaves the old or the new one. Raises OSError."""
    aside = write_aside(path, data)
    try:
        patiently(lambda: os.replace(aside, path))
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    sync_folder(path.parent)
