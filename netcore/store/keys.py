"""Private key files: read with suspicion, written once, never overwritten.

What is inside, PEM text, is the business of netcore/crypto. A missing file is None and may be made; a
damaged one never is replaced, since a new key in its place would look like an attack to everyone else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import sys
from pathlib import Path

from netcore.errors import FolderNotWritable, KeyFileError
from netcore.store.atomic import file_error, patiently, sync_folder, write_aside

_MAX_BYTES = 65_536  # an RSA-3072 key is 2.5 KB of PEM
_log = logging.getLogger("localchat")


def read_key(path: Path) -> bytes | None:
    """The file's bytes, or None when there is no such file. Raises KeyFileError or FileNotPermitted.

    A file that others may read is put back to 0600, with a warning in the log: somebody may have
    copied it, but to refuse would not undo that.
    """
    try:
        # O_NONBLOCK: a pipe of this name must not make us wait. O_NOFOLLOW is not asked for: people
        # do keep keys elsewhere and link to them.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        if path.is_symlink():
            raise KeyFileError(path=path, why="it is a link to a file that is not there") from None
        return None
    except OSError as error:
        raise file_error(KeyFileError, path, error) from error
    try:
        _check(path, descriptor)
        pem = os.read(descriptor, _MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileError(path=path, why=error.strerror or error) from error
    finally:
        os.close(descriptor)
    if not pem:
        raise KeyFileError(path=path, why="it is empty")
    if len(pem) > _MAX_BYTES:
        raise KeyFileError(path=path, why="it is too large for a key")
    return pem


def _check(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(path=path, why="it is not a file")
    # On Windows the folder in the person's profile keeps others out.
    if sys.platform != "win32":
        if status.st_uid not in (os.geteuid(), 0):
            raise KeyFileError(path=path, why="it belongs to another user")
        if status.st_mode & 0o077:
            _log.warning("%s could be read by others; it is 0600 now", path)
            try:
                os.fchmod(descriptor, 0o600)
            except OSError as error:
                raise KeyFileError(path=path, why="others can read it, and that cannot be changed") from error


def write_new_key(path: Path, pem: bytes) -> None:
    """Puts a new key on the disk, 0600, durable on return; a crash leaves the whole file or none.

    Raises KeyFileError when there is a file already, FolderNotWritable when it cannot be written.
    """
    try:
        aside = write_aside(path, pem)
    except OSError as error:
        raise FolderNotWritable(path=path.parent, why=error.strerror or error) from error
    try:
        _name_once(aside, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise KeyFileError(path=path, why="another window has just made one; start again") from None
    except OSError as error:
        raise FolderNotWritable(path=path.parent, why=error.strerror or error) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _name_once(aside: Path, path: Path) -> None:
    """Gives the file its name. Raises FileExistsError if the name is taken."""
    if sys.platform == "win32":
        patiently(lambda: os.rename(aside, path))  # refuses to overwrite there
    else:
        try:
            os.link(aside, path)  # refuses to overwrite, which rename would not
        except FileExistsError:
            raise
        except OSError:
            # A file system without links (FAT on a stick). The folder's lock keeps others out meanwhile.
            if path.exists():
                raise FileExistsError from None
            os.rename(aside, path)
