"""Puts pycryptodome into a private environment, and says in one sentence what pip cannot bring.

Nothing outside that folder changes. Pure standard library; imported only when something is missing. No window
here: `gui/start/setup_window.py` shows the same `Installer`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from netcore import bootstrap
from netcore.errors import InstallError as InstallError

# What is installed, to the byte: pip takes no file with another digest, wherever it was pointed to. Wheels
# for the common systems, and the source for all others.
PINNED = """\
pycryptodome==4.4.0 \\
    --hash=sha256:99494a2ab8137a9a6967db30e21f54f6dfa70327d8e72863638dece6d6a16374 \\
    --hash=sha256:d6314c461a4bfcc341926daec45ef7c2b87668bcf9cd8bed81df906f4e8ed083 \\
    --hash=sha256:33e69ac53f745e5d1c8f06dc9b0d43a8236d2026f6de7a19e1a160aa307d933b \\
    --hash=sha256:32c1a3d98c93d92c2f2a45d6cc9c79fb8d7552aca1bd9a764209a3309bf6a7b1 \\
    --hash=sha256:b08782bf3133b08181cd720843ce05a73856c4d8fdf42eb3eef766e70bcf75c1 \\
    --hash=sha256:1f14824e99c1aedee8420fd10027ffa0c0fbf2913287c3cf002fd6e19eb5f934 \\
    --hash=sha256:30ed79eceb765717609f96232a156fc6ea8ae1cb91d1b995d52af75220a2b148 \\
    --hash=sha256:c5571df4f386ff4cdc0d5d0d040af9c0bdfc59ad587bf224063d873e07acbe61 \\
    --hash=sha256:56618bc56f3ddccfd30997c1b8edfcb3e2841f48af6fe963487255cd413e039e \\
    --hash=sha256:eab7620c60c85f3fa251d026ec06e094f036d96187bebb9752e46fbcebabbb55
"""
# Of what pip says when it does not reach its server. It goes on to name a cause that is none: that there is
# no such version.
NO_CONNECTION = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Max retries exceeded|ProxyError"
    r"|Failed to establish|name resolution|getaddrinfo failed|Network is unreachable|Connection refused"
)


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
        on_line(f"Installing into {place}")
        python = bootstrap.python_in(place)
        # What an interrupted try, a Python that has gone since or somebody else has left is made anew.
        whole = python.exists() and all(map(_belongs_to_us, (place, python)))
        if not (whole and self._run([str(python), "-I", "-m", "pip", "--version"], _ignore) == 0):
            base = getattr(sys, "_base_executable", None) or sys.executable
            self._must_run([base, "-I", "-m", "venv", "--clear", str(place)], on_line)
        quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--retries", "2"]
        with _written(PINNED, place) as pinned:
            pip = [str(python), "-I", "-m", "pip", "install", *quiet, "--require-hashes", "-r", str(pinned)]
            self._must_run(pip, on_line)
        _tighten(place)

    def cancel(self) -> None:
        """End a running installation; `install` then raises InstallError. For any thread."""
        self._cancelled.set()
        if self._process is not None:
            _end(self._process)

    def command(self) -> str:
        """What a person types to install from a terminal."""
        where = [] if self._data_dir is None else ["--data-dir", str(self._data_dir)]
        words = [sys.executable or "python3", str(bootstrap.SCRIPT), "--install", *where]
        return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)

    def _must_run(self, command: list[str], on_line: Callable[[str], object]) -> None:
        lines: list[str] = []

        def note(line: str) -> None:
            lines.append(line)
            on_line(line)

        if self._run(command, note) != 0:
            # pip follows its verdict with hints and notices, so the last line alone will not do.
            errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it gave no reason"]
            why = errors[-1].removeprefix("ERROR: ").rstrip(".")
            if self._cancelled.is_set():
                why = "it was stopped"
            elif any(NO_CONNECTION.search(line) for line in lines):
                why = "there is no connection to the server that has it"
            way_out = "Check that this computer reaches the internet and try again, or run it yourself: "
            raise InstallError(why, way_out, self.command(), "\n".join(lines))

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
                # A group of its own, so that what it starts in turn can be ended with it.
                start_new_session=True,
            ) as process:
                self._process = process
                try:
                    if self._cancelled.is_set():  # it came between the check above and the start
                        _end(process)
                    for line in process.stdout or ():
                        if line.strip():
                            on_line(line.strip())
                except BaseException:  # Ctrl+C in the terminal, which the group does not hear
                    _end(process)
                    raise
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
        bootstrap.say(f"{bootstrap.MISSING} Install it now, into a folder of LocalChat’s own? [y/N] ", end="")
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
    return f"{lacks}; install your system’s package for it, and try again"


def _end(process: subprocess.Popen[str]) -> None:
    """End it and what it has started: venv and pip work through children of their own."""
    if sys.platform == "win32":
        tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        flags = subprocess.CREATE_NO_WINDOW
        with contextlib.suppress(OSError):
            subprocess.run(tree, creationflags=flags, capture_output=True, check=False)
        process.terminate()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


@contextlib.contextmanager
def _written(text: str, folder: Path) -> Iterator[Path]:
    """A file with `text` for a while; pip takes digests from nowhere else."""
    descriptor, name = tempfile.mkstemp(prefix="requirements-", suffix=".txt", dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _tighten(place: Path) -> None:
    """Take what the launcher looks at out of others' hands: many systems let a group write by default."""
    if sys.platform != "win32":
        for path in bootstrap.guarded(place):
            with contextlib.suppress(OSError):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & ~0o022)


def _is_writable(folder: Path) -> bool:
    # Asked by doing: os.access knows neither read-only mounts nor the access lists of Windows.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _belongs_to_us(path: Path) -> bool:
    return sys.platform == "win32" or all(
        status.st_uid in (os.geteuid(), 0) for status in (os.lstat(path), os.stat(path))
    )


def _ignore(line: str) -> None:
    """For output that says nothing to the person."""
