"""The folder of a sandbox: temporary, and gone from the disk when it is closed.

Also when nobody closes it: a program that ends removes it, and what a killed one left behind is removed by
the next one that comes. Whether a folder is still in use, the lock on a file in it says, which is gone with
its process. That file goes last: what cannot be removed, as on Windows while it is open, the next one finds.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Final

from netcore.errors import FolderNotWritable
from netcore.store.folders import FileLock

PREFIX: Final = "localchat-lab-"
LOCK_FILE: Final = "in-use"


class SandboxFolder:
    """Raises FolderNotWritable."""

    def __init__(self) -> None:
        remove_left_behind()
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        except OSError as error:
            raise FolderNotWritable(path=Path(tempfile.gettempdir()), why=error.strerror or error) from error
        lock = FileLock(self.path / LOCK_FILE)
        lock.try_acquire()
        self._end = weakref.finalize(self, _remove, lock)  # at the end of the program if not before

    def close(self) -> None:
        """Idempotent."""
        self._end()


def remove_left_behind() -> None:
    """The folders of programs that did not come to remove them. What cannot be removed stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not (path / LOCK_FILE).exists():
            continue  # just being made, or not ours
        lock = FileLock(path / LOCK_FILE)
        try:
            if lock.try_acquire():
                _remove(lock)
        except FolderNotWritable:
            continue  # another person's


def _remove(lock: FileLock) -> None:
    """The folder in which we hold this lock, or as much of it as can be removed."""
    folder = lock.path.parent
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path != lock.path:
                shutil.rmtree(path, ignore_errors=True)
        is_empty = list(folder.iterdir()) == [lock.path]
        lock.release()  # or Windows would not remove its file
        if is_empty:
            shutil.rmtree(folder)
    lock.release()
