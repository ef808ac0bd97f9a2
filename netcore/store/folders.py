"""Which folder a room or a nick has, and that one process alone uses it.

A folder's name is a hash, never the name itself: no name can then climb out of the data folder, be a
device on Windows, or differ only in letters that the file system does not tell apart.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path

from netcore.errors import FolderInUse, FolderNotWritable
from netcore.wire.names import fold_name

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SERVERS_FOLDER = "servers"
KEY_FILE = "member.pem"  # in a client's folder: who the person is
HOST_KEY_FILE = "host.pem"  # in a room's folder: who its host is, as a member
_POLL_S = 0.01
# What a lock that is held is answered with. Anything else (a network's home without locks) is a fault.
# 0: Windows' C library has been seen to give no reason at all.
_HELD = (errno.EACCES, errno.EDEADLK, 0) if sys.platform == "win32" else (errno.EAGAIN, errno.EWOULDBLOCK)


def server_folder(data_dir: Path, room: str) -> Path:
    """The folder of the room called `room`, made if it is not there. Raises FolderNotWritable."""
    return _folder(data_dir / SERVERS_FOLDER, room)


def client_folder(data_dir: Path, nick: str) -> Path:
    """The folder of the person who is called `nick` here, made if it is not there."""
    return _folder(data_dir / "clients", nick)


def find_client_folder(data_dir: Path, nick: str) -> Path | None:
    """The folder of `nick` if that name has been used here; nothing is made."""
    return _find(data_dir / "clients", nick)


def find_server_folder(data_dir: Path, room: str) -> Path | None:
    """The folder of the room called `room` if it has been open here; nothing is made."""
    return _find(data_dir / SERVERS_FOLDER, room)


def _find(parent: Path, name: str) -> Path | None:
    # os.path's, which says no where a folder may not be looked into; Path's raises.
    if not os.path.isdir(parent):
        return None
    path = parent / _folder_name(name)
    return path if os.path.isdir(path) else None


def _folder_name(name: str) -> str:
    import hashlib  # 2 ms, and nobody has a folder yet in a first start

    return hashlib.sha256(fold_name(name).encode()).hexdigest()


def _folder(parent: Path, name: str) -> Path:
    path = parent / _folder_name(name)
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderNotWritable(path=path, why=error.strerror or error) from error
    return path


class FileLock:
    """A lock of the system on a file, for one holder; gone with the process that held it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Whether it is ours now; False when another holds it.

        Raises FolderNotWritable if the file cannot be opened, or its file system has no locks.
        """
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise FolderNotWritable(path=self.path, why=error.strerror or error) from error
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                # flock, not lockf: it also keeps out a second holder in this same process.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _HELD:
                return False
            why = f"it cannot be locked: {error.strerror or error}"
            raise FolderNotWritable(path=self.path, why=why) from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Lets go. The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is None:
            return
        if sys.platform == "win32":
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            msvcrt.locking(self._descriptor, msvcrt.LK_UNLCK, 1)
        os.close(self._descriptor)
        self._descriptor = None

    def wait(self, longest_s: float) -> bool:
        """`try_acquire` until it succeeds or the time is over. For locks that are held for milliseconds."""
        until = time.monotonic() + longest_s
        while not self.try_acquire():
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_S)
        return True


class FolderLock:
    """Keeps a second process (or a second engine of this one) out of a server's or a client's folder."""

    def __init__(self, path: Path, what: str = "") -> None:
        """`what`: the name or room that has the folder, for the sentence; a path is a hash."""
        self.path = path
        self._what = what or str(path)
        self._lock = FileLock(path / "lock")

    def acquire(self) -> None:
        """Raises FolderInUse when another holds it."""
        if not self._lock.try_acquire():
            raise FolderInUse(what=self._what)

    def release(self) -> None:
        self._lock.release()
