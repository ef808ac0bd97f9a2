"""Puts pycryptodome into a private environment, and says in one sentence what pip cannot bring.

Nothing outside that folder changes. Pure standard library; imported only when something is missing. No window
here: `gui/start/setup_window.py` shows the same `Installer`.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from netcore import bootstrap
from netcore.errors import LocalChatError


class InstallError(LocalChatError):
    """details: why (pip's own words, or the system's), way_out (what the person can do; whole sentences)."""

    sentence = "pycryptodome could not be installed: {why}. {way_out}"
    code = "install"


class Installer:
    """Installs the one dependency. One installation at a time."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()

    def install(self, on_line: Callable[[str], object]) -> None:
        """Make the environment and put pycryptodome into it; blocks. `on_line` gets each line of progress.

        Raises InstallError. Call it from a worker thread under a window.
        """
        self._cancelled.clear()
        if importlib.util.find_spec("ensurepip") is None:
            raise InstallError(why=package_sentence("venv"), way_out="Then start LocalChat again.")
        places = bootstrap.places(self._data_dir)
        place = next((place for place in places if _is_writable(place.parent)), None)
        if place is None:
            way_out = "Choose a folder of yours with --data-dir."
            raise InstallError(why=f"no place is writable ({places[0].parent})", way_out=way_out)
        on_line(f"A private place for it: {place}")
        python = bootstrap.python_in(place)
        # A folder left by an interrupted try, or by a Python that has gone since, is made anew.
        if not (python.exists() and self._run([str(python), "-I", "-m", "pip", "--version"], _ignore) == 0):
            base = getattr(sys, "_base_executable", None) or sys.executable
            self._must_run([base, "-I", "-m", "venv", "--clear", str(place)], on_line)
        quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--retries", "2"]
        self._must_run([str(python), "-I", "-m", "pip", "install", *quiet, bootstrap.REQUIREMENT], on_line)

    def cancel(self) -> None:
        """End a running installation; `install` then raises InstallError. For any thread."""
        self._cancelled.set()
        if self._process is not None:
            self._process.terminate()

    def command(self) -> str:
        """What a person types to install from a terminal."""
        where = [] if self._data_dir is None else ["--data-dir", str(self._data_dir)]
        return shlex.join([sys.executable or "python3", str(bootstrap.SCRIPT), "--install", *where])

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
            way_out = "Check that this computer reaches the internet and try again, or run it yourself: "
            raise InstallError(why=why, way_out=way_out + self.command())

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

    def offer_in_terminal(self, argv: list[str]) -> int:
        """Ask, install, start again with `argv`; without a terminal name the command. Gives an exit code."""
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
            return bootstrap.say(f"{bootstrap.MISSING} Install it with: {self.command()}")
        # Standard output belongs to the program's own lines, so all this goes to standard error.
        bootstrap.say(f"{bootstrap.MISSING} Install it now, into a folder of LocalChat's own? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return bootstrap.say("Nothing was installed.")
        return self.install_in_terminal() or self.start_again(argv)

    def start_again(self, argv: list[str]) -> int:
        """After an installation: does not come back, or with the exit code 2 after a sentence."""
        bootstrap.enter_private_python(self._data_dir, argv)
        return bootstrap.say(f"pycryptodome was installed but does not start. Try again: {self.command()}")

    def install_in_terminal(self) -> int:
        """Install with progress on standard error. Gives an exit code: 0, or 2 after a sentence."""
        if bootstrap.is_here():
            bootstrap.say("Everything is in place.")
            return 0
        try:
            self.install(bootstrap.say)
        except InstallError as error:
            return bootstrap.say(str(error))
        bootstrap.say("Installed.")
        return 0


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


def _is_writable(folder: Path) -> bool:
    # Asked by doing: os.access knows neither read-only mounts nor the access lists of Windows.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _ignore(line: str) -> None:
    """For output that says nothing to the person."""
