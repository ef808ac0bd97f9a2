"""Which parts of files are to be removed by a later run, so that none stays for ever.

    room's or nick's folder / parts / <any name>    path of a part, and which file it is: device and inode

A host notes each of its parts. The note is on the disk before the part is made, and goes when the part is
saved or removed; so a program that is killed leaves both. A client's store knows its parts, and goes on with
them: it notes only those that nobody wants any more and that could not be removed at once.

What a note still names at the next start was left over, and is removed; but only if it is the file that was
made then: somebody else may have put another one there meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from netcore.store.atomic import replace_file


class PartNotes:
    """For one thread at a time. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first note."""
        self._folder = folder

    def add(self, part: Path) -> None:
        """The part is about to be made."""
        self._write(part, b"")

    def made(self, part: Path) -> None:
        """It is there now."""
        self._write(part, b"\0" + _which(os.lstat(part)))

    def drop(self, part: Path) -> None:
        """The part is saved, or removed. Also if there is no note."""
        self._note(part).unlink(missing_ok=True)

    def remove_left_over(self) -> None:
        """Remove what an earlier run left. What cannot be removed keeps its note, and the rest goes on: an
        OSError is raised at the end."""
        if not self._folder.is_dir():
            return
        problem: OSError | None = None
        for note in list(self._folder.iterdir()):
            try:
                part, _, made = note.read_bytes().partition(b"\0")
                _remove(part, made)
                note.unlink()
            except OSError as error:
                problem = error
        if problem is not None:
            raise problem

    def _write(self, part: Path, made: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        replace_file(self._note(part), os.fsencode(part) + made)

    def _note(self, part: Path) -> Path:
        return self._folder / hashlib.sha256(os.fsencode(part)).hexdigest()[:32]


def _remove(part: bytes, made: bytes) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError):
        found = os.lstat(part)
        # Killed right behind the making: nothing was written then.
        is_ours = made == _which(found) if made else found.st_size == 0
        if part.endswith(b".part") and stat.S_ISREG(found.st_mode) and is_ours:
            os.unlink(part)


def _which(found: os.stat_result) -> bytes:
    return f"{found.st_dev} {found.st_ino}".encode("ascii")
