"""Every command of the README is run, every picture and file that it names is there.

A command that is added later must be given a way to run it in HOW, or this fails.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.waiting import wait_until

HOME = Path(__file__).resolve().parent.parent
README = (HOME / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines() if line]
DEADLINE_S = 60.0

Environment = dict[str, str]


@pytest.fixture
def port() -> int:
    """A free port of this computer, to stand for the README's 5050."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def home(tmp_path: Path) -> Environment:
    """A person who never started LocalChat, and sits at no screen. `python3` is the Python of the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {
        **kept,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


class Running:
    """A command of the README, started by the shell as a reader would; ended with all it started."""

    def __init__(self, command: str, environment: Environment) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, shell=True, cwd=HOME, env=environment, text=True, bufsize=1, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, what: str, ready: Callable[[], bool]) -> None:
        """Poll until `ready()`. The program must not end before."""

        def is_ready() -> bool:
            ended = self.process.poll() is not None  # asked first: what it said at its end counts
            if ready():
                return True
            assert not ended, f"ended before {what}: {self.lines}"
            return False

        wait_until(is_ready, DEADLINE_S, lambda: f"{what} in {self.lines}")

    def says(self, text: str) -> None:
        self.wait_for(repr(text), lambda: any(text in line for line in self.lines))

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ends(self) -> int:
        if self.process.stdin is not None:
            self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return code


@contextmanager
def running(command: str, environment: Environment) -> Iterator[Running]:
    started = Running(command, environment)
    try:
        yield started
    finally:
        # The group is ours alone (start_new_session), and what the command started is in it too.
        with suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGKILL)
        started.process.wait()
    assert not any("Traceback" in line for line in started.lines), started.lines


@contextmanager
def screen(environment: Environment) -> Iterator[Environment]:
    """The environment with a screen of its own in it."""
    reader, writer = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[writer], stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield {**environment, "DISPLAY": f":{numbers.readline().strip()}"}
    finally:
        xvfb.terminate()
        xvfb.wait()


# --- one way to run for each command ------------------------------------------------------------------


def opens_windows(least: int) -> Callable[[str, Environment, int], None]:
    def run(command: str, environment: Environment, port: int) -> None:
        with screen(environment) as seen, running(command, seen) as program:
            program.wait_for(f"{least} windows", lambda: len(windows(seen)) >= least)

    return run


def windows(environment: Environment) -> set[str]:
    """The ids of the visible windows with a title. Without a window manager these are the programs' own."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "."], env=environment, capture_output=True, text=True
    )
    return set(found.stdout.split())


def make_knows_it(command: str, environment: Environment, port: int) -> None:
    """The tests cannot run the tests; make can say that it would."""
    words = ["make", "-n", *command.split()[1:]]
    done = subprocess.run(words, cwd=HOME, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert "pytest" in done.stdout


def hosts_a_room(command: str, environment: Environment, port: int) -> None:
    with running(command, environment) as server:
        server.says(str(port))
        assert server.ends() == 0


def in_a_room(talk: Callable[[Running], None]) -> Callable[[str, Environment, int], None]:
    """Run the command against a room, and let `talk` use it; it must end well."""

    def run(command: str, environment: Environment, port: int) -> None:
        host = f"python3 localchat.py server --headless --json --nick Host --bind 127.0.0.1 --port {port}"
        with running(host, environment) as server:
            server.says("listening")
            with running(command, environment) as client:
                talk(client)
                assert client.ends() == 0, client.lines
            server.says("member_left")
            server.says("said")

    return run


def speaks(client: Running) -> None:
    client.type("hello from the README")
    client.says("hello from the README")


def speaks_json(client: Running) -> None:
    speaks(client)
    events = [json.loads(line)["event"] for line in client.lines]
    assert events[0] == "connected"
    assert "said" in events


def lists_rooms(command: str, environment: Environment, port: int) -> None:
    """Nobody is asked here but this computer, on a port where nobody listens."""
    with running(command, {**environment, "LOCALCHAT_DISCOVERY": f"127.0.0.1:{port}"}) as search:
        search.says("No room has answered")
        assert search.ends() == 0


def examines_a_room(command: str, environment: Environment, port: int) -> None:
    host = f"python3 localchat.py server --headless --json --nick Host --bind 127.0.0.1 --port {port}"
    with running(host, environment) as server:
        server.says("listening")
        with running(command, environment) as doctor:
            doctor.says("Nothing is wrong with the way")
            assert doctor.ends() == 0


SERVER = "python3 localchat.py server --headless"
CLIENT = "python3 localchat.py client 127.0.0.1:5050 --headless"

HOW: dict[str, Callable[[str, Environment, int], None]] = {
    "python3 localchat.py": opens_windows(1),
    "python3 localchat.py demo": opens_windows(4),
    "make test": make_knows_it,
    f"{SERVER} --room Class --nick Teacher --port 5050": hosts_a_room,
    f"{CLIENT} --nick Ada --accept-new": in_a_room(speaks),
    f"{CLIENT} --json --nick Logger --accept-new": in_a_room(speaks_json),
    "python3 localchat.py rooms": lists_rooms,
    "python3 localchat.py doctor 127.0.0.1:5050": examines_a_room,
    f'echo "The break is over" | {CLIENT} --nick Bell --accept-new': in_a_room(lambda client: None),
}


@pytest.mark.processes
@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_does_what_the_readme_says(command: str, home: Environment, port: int) -> None:
    """Every command in it is run by a test."""
    assert command in HOW, f"say in HOW how to run this command of the README: {command}"
    HOW[command](command.replace("5050", str(port)), home, port)


def test_no_way_to_run_is_left_over() -> None:
    assert set(HOW) == set(COMMANDS)
    assert {"python3 localchat.py", "make test"} <= set(COMMANDS)


def test_the_command_line_is_the_one_of_the_program() -> None:
    """Each option in the README's table is one that the program has, and the other way round."""
    table = next(block for language, block in BLOCKS if "role dialog" in block)
    helps = ""
    for role in ([], ["server"], ["client"], ["demo"], ["rooms"], ["doctor"], ["tap"], ["lab"]):
        words = [sys.executable, "localchat.py", *role, "--help"]
        helps += subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=True).stdout
    options = re.compile(r"--[a-z]+(?:-[a-z]+)*")
    assert set(options.findall(table)) | {"--install"} == set(options.findall(helps))


def test_every_picture_and_file_it_names_is_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    files = re.findall(r"`((?:netcore|gui|tests)/[\w./]*|[\w.]+\.py|LICENSE)`", README)
    assert [name for name in [*pictures, *files] if not (HOME / name).exists()] == []
