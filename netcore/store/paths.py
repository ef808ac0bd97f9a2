"""Where LocalChat keeps its files. What lies in there is the business of those who put it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from netcore.errors import FolderNotWritable


def absolute(path: Path) -> Path:
    """`path` as a person typed it, from the root: ~ is the home folder, and what begins nowhere begins in the
    folder that the program was started in.

    Where there is no such home or folder, `path` itself: whoever opens it is told that it is not there.
    """
    try:
        return path.expanduser().absolute()
    except (OSError, RuntimeError):  # the second is pathlib's, of ~nobody
        return path


def data_folder(override: Path | None = None) -> Path:
    """The data folder, absolute, made if it is not there: `override` (--data-dir), else the system's place.

    On POSIX a new folder is 0700, for it will hold private keys; one that exists keeps its mode.
    Raises FolderNotWritable when it cannot be made.
    """
    folder = absolute(override or _usual_place())
    if not folder.is_absolute():  # or it would be made wherever we happen to be
        raise FolderNotWritable(path=folder, why="there is no such home or folder to begin in")
    try:
        # mkdir's mode does not reach the parents it makes; those hold no secrets.
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderNotWritable(path=folder, why=error.strerror or error) from error
    return folder


def downloads_folder() -> Path:
    """Where the person's browser puts what it saves; it need not be there."""
    if sys.platform not in ("win32", "darwin"):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        try:
            lines = (config / "user-dirs.dirs").read_text("utf-8").splitlines()
        except (OSError, ValueError):
            lines = []
        for line in lines:
            name, _, value = line.partition("=")
            chosen = value.strip().strip('"').replace("$HOME", str(Path.home()))
            if name.strip() == "XDG_DOWNLOAD_DIR" and Path(chosen).is_absolute():
                return Path(chosen)
    return Path.home() / "Downloads"


def _usual_place() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "LocalChat"
    elif sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LocalChat"
    else:
        # The XDG specification: a relative path in the variable is to be ignored.
        xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
        return (xdg if xdg.is_absolute() else Path.home() / ".local" / "share") / "localchat"
