"""What LocalChat stands on: is it here, and if not, put it in place without touching the system.

pycryptodome goes into a private virtual environment, `.venv` beside localchat.py or in the data folder
where that is not writable. So it also works under Pythons that are managed by the system's own packages
(PEP 668), and nothing outside these two folders changes. What pip cannot bring (tkinter, venv) is named
in one sentence. Pure standard library; no window here: `gui/setup_window.py` shows the same `Setup`.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from netcore.errors import FolderNotWritable, LocalChatError
from netcore.store.paths import data_folder

REQUIREMENT = "pycryptodome>=4.3,<5"  # the same as in pyproject.toml; a test compares them
OLDEST, TOO_NEW = (4, 3), (5,)
SCRIPT = Path(__file__).resolve().parent.parent / "localchat.py"
# Set for the process that we start again, so that a broken environment cannot make us start for ever.
RESTARTED = "LOCALCHAT_RESTARTED"

MISSING = "LocalChat needs the cryptography library pycryptodome (4.3 or newer), which this Python lacks."
NO_DISPLAY = (
    "There is no display here to open a window on; without one, use "
    "`localchat.py server --headless` or `localchat.py client HOST:PORT --headless`."
)


class InstallError(LocalChatError):
    """details: why (pip's own words, or the system's), command (what a person can run instead)."""

    sentence = (
        "pycryptodome could not be installed: {why}. Check that this computer reaches the internet and try "
        "again, or run it yourself: {command}"
    )
    code = "install"


class Setup:
    """The state of the one dependency, and the way to get it. One installation at a time."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()
        self._restarted = os.environ.pop(RESTARTED, None) is not None
        self.missing = not _is_here()

    # --- starting in the private environment -------------------------------------------------------

    def enter_private_python(self, argv: list[str]) -> None:
        """Start localchat.py again with `argv` in the private environment. Returns only if there is none."""
        python = next((found for place in self._places() if (found := _ready_python(place))), None)
        if python is None or self._restarted:
            return
        command = [str(python), str(SCRIPT), *argv]
        environment = {**os.environ, RESTARTED: "1"}
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # None under pythonw
                stream.flush()
        if os.name == "posix":
            os.execve(python, command, environment)
        # exec on Windows gives the console back before the program has ended; so wait for it here.
        sys.exit(subprocess.run(command, env=environment).returncode)

    def start_again(self, argv: list[str]) -> int:
        """After an installation: enter_private_python, or a sentence and the exit code 2."""
        self.enter_private_python(argv)
        return say(f"pycryptodome was installed but does not start. Try again: {self.install_command()}")

    def _places(self) -> list[Path]:
        places = [SCRIPT.parent / ".venv"]
        with contextlib.suppress(FolderNotWritable):  # then the place beside localchat.py is the only one
            places.append(data_folder(self._data_dir) / "venv")
        return places

    # --- installing --------------------------------------------------------------------------------

    def install(self, on_line: Callable[[str], object]) -> None:
        """Make the environment and put pycryptodome into it; blocks. `on_line` gets each line of progress.

        Raises InstallError. Call it from a worker thread under a window.
        """
        self._cancelled.clear()
        if importlib.util.find_spec("ensurepip") is None:
            raise InstallError(why=package_sentence("venv"), command=self.install_command())
        place = next((place for place in self._places() if _is_writable(place.parent)), None)
        if place is None:
            raise InstallError(why=f"{SCRIPT.parent} is not writable", command=self.install_command())
        on_line(f"A private place for it: {place}")
        python = _python_in(place)
        # A folder left by an interrupted try, or by a Python that has gone since, is made anew.
        if not (python.exists() and self._run([str(python), "-I", "-m", "pip", "--version"], _ignore) == 0):
            base = getattr(sys, "_base_executable", None) or sys.executable
            self._must_run([base, "-I", "-m", "venv", "--clear", str(place)], on_line)
        quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--retries", "2"]
        self._must_run([str(python), "-I", "-m", "pip", "install", *quiet, REQUIREMENT], on_line)
        self._restarted = False  # what did not work before may work now

    def cancel(self) -> None:
        """End a running installation; `install` then raises InstallError. For any thread."""
        self._cancelled.set()
        if self._process is not None:
            self._process.terminate()

    def install_command(self) -> str:
        """What a person types to install from a terminal."""
        where = [] if self._data_dir is None else ["--data-dir", str(self._data_dir)]
        return shlex.join([sys.executable or "python3", str(SCRIPT), "--install", *where])

    def _must_run(self, command: list[str], on_line: Callable[[str], object]) -> None:
        lines: list[str] = []

        def note(line: str) -> None:
            lines.append(line)
            on_line(line)

        if self._run(command, note) != 0:
            # pip follows its verdict with hints and notices, so the last line alone will not do.
            errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it gave no reason"]
            verdict = errors[-1].removeprefix("ERROR: ").rstrip(".")
            why = "it was stopped" if self._cancelled.is_set() else verdict
            raise InstallError(why=why, command=self.install_command())

    def _run(self, command: list[str], on_line: Callable[[str], object]) -> int:
        # PIP_USER from a person's own settings would send it out of the environment again.
        environment = {**os.environ, "PIP_USER": "0", "PYTHONIOENCODING": "utf-8"}
        if self._cancelled.is_set():
            return 1
        try:
            with subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            ) as process:
                self._process = process
                if self._cancelled.is_set():  # it came between the check above and the start
                    process.terminate()
                for line in process.stdout or ():
                    if line.strip():
                        on_line(line.strip())
            return process.returncode
        except OSError as error:
            on_line(f"{command[0]}: {error.strerror}")
            return 1
        finally:
            self._process = None

    # --- in a terminal -----------------------------------------------------------------------------

    def offer_in_terminal(self, argv: list[str]) -> int:
        """Ask, install, start again with `argv`; without a terminal name the command. Gives an exit code."""
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
            return say(f"{MISSING} Install it with: {self.install_command()}")
        # Standard output belongs to the program's own lines, so all this goes to standard error.
        say(f"{MISSING} Install it now, into a folder of LocalChat's own? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return say("Nothing was installed.")
        return self.install_in_terminal() or self.start_again(argv)

    def install_in_terminal(self) -> int:
        """Install with progress on standard error. Gives an exit code: 0, or 2 after a sentence."""
        if not self.missing:
            say("Everything is in place.")
            return 0
        try:
            self.install(say)
        except InstallError as error:
            return say(str(error))
        say("Installed.")
        return 0


def say(sentence: str, end: str = "\n") -> int:
    """Print to standard error, which may not exist (pythonw). Gives 2, the exit code of what cannot start."""
    if sys.stderr is not None:
        print(sentence, end=end, file=sys.stderr, flush=True)
    return 2


def why_no_window() -> str | None:
    """A sentence when no window can open here; None when one may. (The display itself is asked by Tk.)"""
    needs_x11 = sys.platform not in ("win32", "darwin")
    return NO_DISPLAY if needs_x11 and not os.environ.get("DISPLAY") else None


# Package names per system, found by the package tool that is there.
PACKAGES = {
    "apt": ("sudo apt install", {"tkinter": "python3-tk", "venv": "python3-venv"}),
    "dnf": ("sudo dnf install", {"tkinter": "python3-tkinter", "venv": "python3-libs"}),
    "pacman": ("sudo pacman -S", {"tkinter": "tk", "venv": "python"}),
    "zypper": ("sudo zypper install", {"tkinter": "python3-tk", "venv": "python3-base"}),
    "apk": ("sudo apk add", {"tkinter": "python3-tkinter", "venv": "python3"}),
}


def package_sentence(part: str) -> str:
    """One sentence that says how to get `part` ("tkinter" or "venv"), which pip cannot bring."""
    lacks = f"This Python ({sys.executable}) has no {part}"
    if sys.platform == "win32":
        return f"{lacks}; install Python anew from https://www.python.org/downloads/ with every part ticked"
    if sys.platform == "darwin":
        brew = f"brew install python-tk@{sys.version_info.major}.{sys.version_info.minor}"
        other = f", or run: {brew}" if shutil.which("brew") and part == "tkinter" else ""
        return f"{lacks}; install Python from https://www.python.org/downloads/, which brings it{other}"
    for tool, (command, packages) in PACKAGES.items():
        if shutil.which(tool):
            # A package of the system serves the system's Python, not one that was built by hand.
            own = "" if sys.base_prefix == "/usr" else ", and start LocalChat with /usr/bin/python3"
            return f"{lacks}; run: {command} {packages[part]}{own}"
    return f"{lacks}; install your system's package for it, and try again"


def _is_here() -> bool:
    if importlib.util.find_spec("Crypto") is None:
        return False
    # By name, since only netcore/crypto imports the library itself; this is its version and nothing more.
    # The long dead pycrypto has the same package name, and is found out by its number.
    return _fits(getattr(importlib.import_module("Crypto"), "version_info", ())[:2])


def _fits(version: tuple[int, ...]) -> bool:
    return OLDEST <= tuple(version) < TOO_NEW


def _python_in(place: Path) -> Path:
    if os.name != "posix":
        # pythonw stays pythonw: a double-clicked window opens no console behind it.
        name = Path(sys.executable or "python.exe").name
        return place / "Scripts" / (name if name == "pythonw.exe" else "python.exe")
    return place / "bin" / "python"


def _ready_python(place: Path) -> Path | None:
    """The environment's Python if the requirement is met there. Reads names only, to start fast."""
    python = _python_in(place)
    if not (python.exists() and (place / "pyvenv.cfg").exists()):
        return None
    for pattern in ("lib/python*/site-packages", "Lib/site-packages"):
        for info in place.glob(f"{pattern}/pycryptodome-*.dist-info"):
            number = re.match(r"pycryptodome-(\d+)\.(\d+)", info.name)
            if number and _fits((int(number[1]), int(number[2]))):
                return python
    return None


def _is_writable(folder: Path) -> bool:
    # Asked by doing: os.access knows neither read-only mounts nor the access lists of Windows.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _ignore(line: str) -> None:
    """For output that says nothing to the person."""
