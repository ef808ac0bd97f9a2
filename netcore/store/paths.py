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
    """Where the person's browser puts what it saves, also if they moved it; it need not be there."""
    chosen = _chosen_downloads()
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / "Downloads"


def _chosen_downloads() -> str:
    """As the desktop's settings say; "" where they say nothing."""
    if sys.platform == "win32":
        import winreg

        # Under this number Windows keeps the place of Downloads (FOLDERID_Downloads).
        key = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
        name = "{374DE290-123F-4565-9164-39C4925E467B}"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as folders:
                return winreg.ExpandEnvironmentStrings(str(winreg.QueryValueEx(folders, name)[0]))
        except OSError:
            return ""
    elif sys.platform == "darwin":
        return ""
    else:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        try:
            lines = (config / "user-dirs.dirs").read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return ""
        found = ""
        for line in lines:
            name, _, value = line.partition("=")
            if name.strip() == "XDG_DOWNLOAD_DIR":
                found = value.strip().strip('"').replace("$HOME", str(Path.home()))
        return found


def _usual_place() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "LocalChat"
    elif sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LocalChat"
    else:
        # The XDG specification: a relative path in the variable is to be ignored.
        xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
        return (xdg if xdg.is_absolute() else Path.home() / ".local" / "share") / "localchat"
