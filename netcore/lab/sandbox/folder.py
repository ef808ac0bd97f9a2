"""The folder of a sandbox: temporary, and gone from the disk when it is closed.

Also when nobody closes it: a program that ends removes it, and what a killed one left behind is removed by
the next one that comes. Whether a folder is still in use, the lock on a file in it says, which is gone with
its process.
"""

from __future__ import annotations

import tempfile
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
            self._temporary = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        except OSError as error:
            raise FolderNotWritable(path=Path(tempfile.gettempdir()), why=error.strerror or error) from error
        self.path = Path(self._temporary.name)
        self._lock = FileLock(self.path / LOCK_FILE)
        self._lock.try_acquire()

    def close(self) -> None:
        """Idempotent."""
        self._lock.release()
        self._temporary.cleanup()


def remove_left_behind() -> None:
    """The folders of programs that did not come to remove them. What cannot be removed stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not (path / LOCK_FILE).exists():
            continue  # just being made, or not ours
        lock = FileLock(path / LOCK_FILE)
        try:
            if not lock.try_acquire():
                continue
        except FolderNotWritable:
            continue  # another person's
        lock.release()
        _remove(path)


def _remove(path: Path) -> None:
    import shutil  # nearly never is there anything to remove

    shutil.rmtree(path, ignore_errors=True)
