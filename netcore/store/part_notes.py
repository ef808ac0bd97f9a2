"""Which parts of files the host is saving, so that those of a program that was killed do not stay for ever.

    room's folder / parts / <any name>     the path of one part, and which file it is: device and inode

A note is on the disk before its part is made, and goes when the part is saved or removed. What a note still
names at the next start was left over, and is removed; but only if it is the file that was made then: somebody
else may have put another one there meanwhile. A client needs none of this, since its store knows its parts.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from netcore.store.atomic import replace_file


class PartNotes:
    """For one thread at a time. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first note."""
        self._folder = folder

    def add(self, name: str, part: Path) -> None:
        """The part is about to be made. `name`: what the note is called, letters and digits."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        replace_file(self._folder / name, os.fsencode(part))

    def made(self, name: str, part: Path) -> None:
        """It is there now."""
        found = os.lstat(part)
        replace_file(
            self._folder / name, os.fsencode(part) + f"\0{found.st_dev} {found.st_ino}".encode("ascii")
        )

    def drop(self, name: str) -> None:
        """The part is saved, or removed. Also if there is no note."""
        (self._folder / name).unlink(missing_ok=True)

    def remove_left_over(self) -> None:
        """Remove what an earlier run left, as far as it can be removed."""
        if not self._folder.is_dir():
            return
        for note in list(self._folder.iterdir()):
            part, _, made = note.read_bytes().partition(b"\0")
            with contextlib.suppress(FileNotFoundError, ValueError):
                found = os.lstat(part)
                is_made = f"{found.st_dev} {found.st_ino}".encode("ascii") == made
                # Killed right behind the making: nothing was written then.
                is_empty = not made and found.st_size == 0
                if stat.S_ISREG(found.st_mode) and (is_made or is_empty):
                    os.unlink(part)
            note.unlink()
