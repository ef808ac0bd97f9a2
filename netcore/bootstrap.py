"""What LocalChat stands on: is pycryptodome here, in this Python or in a private environment of ours?

The environment is `.venv` beside localchat.py, or `venv` in the data folder where that is not writable. So it
also works under Pythons that are managed by the system's own packages (PEP 668). This module is on the way of
every start and imports little; how the environment is made stands in `netcore/installer.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import re
import stat
import sys
from pathlib import Path

from netcore.errors import FolderNotWritable
from netcore.store.paths import data_folder

OLDEST, TOO_NEW = (4, 3), (5,)  # the same as in pyproject.toml; a test compares them
_HOME = Path(__file__).resolve().parent.parent
SCRIPT = _HOME if _HOME.is_file() else _HOME / "localchat.py"  # what Python starts; a zipapp is one file
# Set for the process that we start again, so that a broken environment cannot make us start for ever.
RESTARTED = "LOCALCHAT_RESTARTED"

MISSING = "LocalChat needs the cryptography library pycryptodome (4.3 or newer), which this Python lacks."
NO_DISPLAY = (
    "There is no display here to open a window on; without one, use "
    "`localchat.py server --headless` or `localchat.py client HOST:PORT --headless`."
)
NO_DISPLAY_LAB = (
    "There is no display here to open the laboratory on; without one, use `localchat.py lab check` or "
    "`localchat.py tap --headless`."
)


def is_here() -> bool:
    """Whether this Python has pycryptodome in the right range of versions."""
    if importlib.util.find_spec("Crypto") is None:
        return False
    # By name, since only netcore/crypto imports the library itself; this is its version and nothing more.
    # The long dead pycrypto has the same package name, and is found out by its number.
    return _fits(getattr(importlib.import_module("Crypto"), "version_info", ())[:2])


def enter_private_python(data_dir: Path | None, argv: list[str]) -> None:
    """Start localchat.py again with `argv` in the private environment. Comes back only if there is none."""
    python = next((found for place in places(data_dir) if (found := _ready_python(place))), None)
    # Looked at once: after an installation, what did not work before may work now.
    if os.environ.pop(RESTARTED, None) or python is None:
        return
    command = [str(python), str(SCRIPT), *argv]
    environment = {**os.environ, RESTARTED: "1"}
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None under pythonw
            stream.flush()
    if os.name == "posix":
        os.execve(python, command, environment)
    import subprocess

    # exec on Windows gives the console back before the program has ended; so wait for it here.
    sys.exit(subprocess.run(command, env=environment).returncode)


def places(data_dir: Path | None) -> list[Path]:
    """Where the private environment may lie, the first choice first."""
    found = [SCRIPT.parent / ".venv"]
    with contextlib.suppress(FolderNotWritable):  # then the place beside localchat.py is the only one
        found.append(data_folder(data_dir) / "venv")
    return found


def python_in(place: Path) -> Path:
    """Where an environment at `place` has its Python."""
    if os.name != "posix":
        # pythonw stays pythonw: a double-clicked window opens no console behind it.
        name = Path(sys.executable or "python.exe").name
        return place / "Scripts" / (name if name == "pythonw.exe" else "python.exe")
    return place / "bin" / "python"


def prepare_output() -> None:
    """Pipes and files are UTF-8 on every system, unless the person has said what they are. A terminal that
    knows fewer letters than what is printed shows the rest by number. Before anything is printed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            chosen = stream.isatty() or "PYTHONIOENCODING" in os.environ
            stream.reconfigure(encoding=None if chosen else "utf-8", errors="backslashreplace")


def say(sentence: str, end: str = "\n") -> int:
    """Print to standard error, which may not exist (pythonw). Gives 2, the exit code of what cannot start."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            print(sentence, end=end, file=sys.stderr, flush=True)
    return 2


def message_box(sentence: str) -> None:
    """Show it in a box of the system's own, where there is one without tkinter: on Windows."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, sentence, "LocalChat", 0x10)  # with the sign of an error


def why_no_window(role: str = "") -> str | None:
    """A sentence when no window can open here; None when one may. (The display itself is asked by Tk.)"""
    needs_x11 = sys.platform not in ("win32", "darwin")
    return no_display(role) if needs_x11 and not os.environ.get("DISPLAY") else None


def no_display(role: str = "") -> str:
    """What to do without a display, for who wanted this role."""
    return NO_DISPLAY_LAB if role in ("lab", "tap") else NO_DISPLAY


def _fits(version: tuple[int, ...]) -> bool:
    return OLDEST <= tuple(version) < TOO_NEW


def _ready_python(place: Path) -> Path | None:
    """The environment's Python if the requirement is met there, and nobody else could have put in what is
    started. Reads names only, to start fast."""
    python = python_in(place)
    if not (os.path.exists(python) and os.path.exists(place / "pyvenv.cfg")):
        return None
    for info in site_packages(place, "pycryptodome-*.dist-info"):
        number = re.match(r"pycryptodome-(\d+)\.(\d+)", info.name)
        if number and _fits((int(number[1]), int(number[2]))):
            return python if all(map(only_ours, guarded(place))) else None
    return None


def site_packages(place: Path, pattern: str = "") -> list[Path]:
    """The environment's folder of libraries, or what in it has such a name."""
    found = (place.glob(f"{lib}/site-packages/{pattern}") for lib in ("lib/python*", "Lib"))
    return [path for paths in found for path in paths]


def guarded(place: Path) -> list[Path]:
    """What must be in no other hands for the environment at `place` to be safe to start."""
    python = python_in(place)
    libraries = [path for root in site_packages(place) for path in (root.parent, root, root / "Crypto")]
    return [place, place / "pyvenv.cfg", python.parent, python, *libraries]


def only_ours(path: Path) -> bool:
    """Whether only this user (or root) could have changed the file or folder; for a link, also its end."""
    if sys.platform == "win32":
        return True  # there the folder in the person's profile keeps others out
    try:
        statuses = [os.lstat(path), os.stat(path)]
    except OSError:
        return False
    # A link's own mode says nothing.
    return all(
        status.st_uid in (os.geteuid(), 0) and (stat.S_ISLNK(status.st_mode) or not status.st_mode & 0o022)
        for status in statuses
    )
