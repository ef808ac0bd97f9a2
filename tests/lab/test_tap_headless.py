"""The tap as scripts use it: a process, orders in, JSON lines out."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.tap_headless import WARNING, as_text
from tests.faults.people import ROOT, Person
from tests.killing import SIGNALS
from tests.lab.museum_process import Process
from tests.lab.test_tap import ONE, TWO, flipped, read
from tests.waiting import WAIT_S, wait_until

Start = Callable[..., Person]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(*arguments)` starts a tap; whatever it wrote to standard error is a failure."""
    people: list[Person] = []

    def start(*arguments: str) -> Person:
        data_dir = tmp_path / f"data{len(people)}"
        data_dir.mkdir()
        people.append(Person(f"tap{len(people)}", ["tap", *arguments], data_dir))
        people[-1].start()
        return people[-1]

    yield start
    for person in people:
        person.kill()
    assert "".join(path.read_text() for path in tmp_path.glob("*.stderr")) == ""


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        yield listener


def port_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


def dial(tap: Person) -> socket.socket:
    host, _, port = str(tap.wait_for("tapping")["address"]).rpartition(":")
    return socket.create_connection((host, int(port)), WAIT_S)


def bare(event: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in event.items() if key != "life"}


def test_it_tells_what_it_sees_and_does_what_it_is_told(start: Start, server: socket.socket) -> None:
    tap = start("--listen", "127.0.0.1:0", "--to", port_of(server))
    with dial(tap) as client, server.accept()[0] as peer:
        peer.settimeout(WAIT_S)
        tap.type("/flip up 5.1")
        tap.type("/flop up")  # what comes after it shows that it was read
        tap.wait_for("error")
        client.sendall(ONE + TWO)
        assert read(peer, len(ONE + TWO)) == flipped(ONE, 5, 2) + TWO
        tap.type("/cut")
        assert client.recv(1) == b""
        tap.type("/cut")
        wait_until(lambda: len(tap.of_kind("error")) == 2)
        tap.type("/quit")
        assert tap.finish() == 0
    assert [bare(event) for event in tap.events[1:]] == [
        bare(tap.of_kind("error")[0]),
        {"event": "frame", "connection": 1, "direction": "up", "n": 0, "type": 0x17, "length": 24},
        {"event": "attacked", "attack": "flip", "direction": "up", "n": 0},
        {"event": "frame", "connection": 1, "direction": "up", "n": 1, "type": 0x17, "length": 24},
        {"event": "attacked", "attack": "cut", "direction": None, "n": None},
        {"event": "ended", "connection": 1, "how": "cut"},
        bare(tap.of_kind("error")[1]),
    ]
    refused, missed = tap.of_kind("error")
    assert refused["code"] == "bad_order" and "“/flop up” is no order" in refused["message"]
    assert missed["code"] == "attack_missed" and "no such connection" in missed["message"]


@pytest.mark.parametrize("how", ["end of input", *SIGNALS])
def test_it_ends_in_order(start: Start, server: socket.socket, how: str) -> None:
    tap = start("--listen", "127.0.0.1:0", "--to", port_of(server))
    with dial(tap) as client, server.accept()[0] as peer:
        client.sendall(ONE)
        assert read(peer, len(ONE)) == ONE
        if how == "end of input":
            tap.end_of_input()
        else:
            tap.signal(getattr(signal, how))
        assert tap.finish() == 0
        assert client.recv(1) == b"" and peer.recv(1) == b""
    assert tap.of_kind("ended")[0]["how"] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--listen", "0.0.0.0:0", "--to", "127.0.0.1:5050"], "not_this_computer"),
        (["--listen", "127.0.0.1:0", "--to", "192.0.2.1:5050"], "not_this_computer"),
        (["--listen", "127.0.0.1:5051", "--to", "127.0.0.1:5051"], "bad_address"),
    ],
)
def test_where_it_does_not_go(start: Start, arguments: list[str], code: str) -> None:
    tap = start(*arguments)
    assert tap.finish() == 2
    assert [(event["event"], event["code"]) for event in tap.events] == [("error", code)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "localchat.py"), "tap", "--headless", *arguments]
    return subprocess.run(command, input="/quit\n", capture_output=True, encoding="utf-8", timeout=WAIT_S)


def test_insisting_is_possible_and_warned_of(tmp_path: Path) -> None:
    done = run("--data-dir", str(tmp_path), "--listen", "127.0.0.1:0", "--to", "192.0.2.1:1", "--anywhere")
    assert (done.returncode, done.stderr) == (0, WARNING + "\n")
    assert done.stdout.startswith("* Tapping: clients that are given 127.0.0.1:")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no hangup")
def test_under_nohup_it_outlives_its_terminal() -> None:
    words = "trap '' HUP; exec \"$0\" localchat.py tap --listen 127.0.0.1:0 --to 127.0.0.1:9 --headless"
    with subprocess.Popen(["sh", "-c", words, sys.executable], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as tap:  # fmt: skip
        assert tap.stdin is not None and tap.stdout is not None
        assert "Tapping" in tap.stdout.readline()
        tap.send_signal(signal.SIGHUP)
        tap.stdin.write("/drop up\n")
        tap.stdin.flush()
        assert "drop waits" in tap.stdout.readline()
        tap.communicate("/quit\n", WAIT_S)
        assert tap.returncode == 0


def test_people_read_names_instead_of_numbers() -> None:
    assert as_text(FrameTapped(1, "down", 4, 0x1B, b"x" * 56)) == "* 1: <- 4 RoomKey, 56 bytes"
    assert as_text(FrameTapped(2, "up", 0, None, b"xyz")) == "* 2: -> 0 a chunk, 3 bytes"
    assert as_text(Attacked(1, "flip", "up", 7, b"", b"")) == "* 1: -> 7 attacked: flip"
    assert as_text(Attacked(1, "cut", None, None, b"", b"")) == "* 1: attacked: cut"


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "a b:5"])
def test_an_address_that_is_none(tmp_path: Path, place: str) -> None:
    done = run("--data-dir", str(tmp_path), "--listen", place, "--to", "127.0.0.1:5050")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_a_museum_room_is_attacked_by_chunks(start: Start) -> None:
    """Version 1.2 shows a changed letter as if it had been written so."""
    museum = Process("v1_2", "server")
    people: list[Process] = [museum]
    try:
        wait_until(lambda: museum.lines)
        address = museum.lines[0].removeprefix("listening ")
        tap = start("--listen", "127.0.0.1:0", "--to", address, "--chunks")
        people.append(Process("v1_2", "client", str(tap.wait_for("tapping")["address"]), "--name", "Ada"))
        people[-1].say("I am here")
        museum.wait_for("Ada: I am here")
        tap.type("/flip up 29.0")
        tap.type("/what")
        tap.wait_for("error")
        people[-1].say("pay Ben 10")
        museum.wait_for("Ada: qay Ben 10")
        assert tap.wait_for("attacked")["attack"] == "flip"
        assert tap.of_kind("frame")[0]["type"] is None
    finally:
        for process in people:
            process.clean_up()
