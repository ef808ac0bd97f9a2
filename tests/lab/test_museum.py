"""The four ancestors, each as real processes: that they work, end in order, and have the faults they name."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.PublicKey import RSA

from tests.killing import SIGNALS
from tests.lab.museum_process import HOME, Process
from tests.test_architecture import imports_of
from tests.waiting import wait_until

VERSIONS = ("v1_0", "v1_1", "v1_2", "v1_3")
MUSEUM = HOME / "netcore" / "lab" / "museum"
READY = "listening 127.0.0.1:"

Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(version, *arguments)` starts a process; none outlives the test."""
    processes: list[Process] = []

    def start(version: str, *arguments: str) -> Process:
        processes.append(Process(version, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.clean_up()


def address_of(server: Process) -> str:
    wait_until(lambda: server.lines, what="the line with the port")
    assert server.lines[0].startswith(READY)
    return server.lines[0].removeprefix("listening ")


def room(start: Start, version: str) -> tuple[Process, Process, Process]:
    """A server, and Ada and Ben in its room: each has been heard there."""
    server = start(version, "server", "--port", "0")
    address = address_of(server)
    people = []
    for name in ("Ada", "Ben"):
        people.append(start(version, "client", address, "--name", name))
        people[-1].say(f"{name} is here")
        heard = partial(hears, server, f"{name} is here")
        wait_until(heard, what=f"{name} is heard")
    return server, people[0], people[1]


def hears(process: Process, end: str) -> bool:
    return any(line.endswith(end) for line in process.lines)


def source(version: str) -> Path:
    return MUSEUM / f"{version}.py"


# --- Each of them -------------------------------------------------------------------------------


def test_these_are_all() -> None:
    assert tuple(sorted(path.stem for path in MUSEUM.glob("v*.py"))) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_read_in_one_sitting(version: str) -> None:
    assert len(source(version).read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("version", VERSIONS)
def test_it_shares_no_code(version: str) -> None:
    """Neither with today's protocol nor with the other versions, not even the errors and limits."""
    names = set(imports_of(source(version).read_text("utf-8"), f"netcore.lab.museum.{version}"))
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | {"Crypto"}
    assert version == "v1_3" or not any(name.startswith("Crypto") for name in names)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_what_one_says_the_other_hears(start: Start, version: str) -> None:
    server, ada, ben = room(start, version)
    prefix = {"v1_1": ""}.get(version, "Ada: ")
    ada.say("Grüß dich, 世界 🙂")
    ben.wait_for(f"{prefix}Grüß dich, 世界 🙂")
    server.wait_for(f"{prefix}Grüß dich, 世界 🙂")
    assert not any("世界" in line for line in ada.lines)  # not back to the one who said it


@pytest.mark.parametrize("how", ["end of input", *SIGNALS])
@pytest.mark.parametrize("version", VERSIONS)
def test_both_roles_end_in_order(start: Start, version: str, how: str) -> None:
    server, ada, ben = room(start, version)
    for process in (ada, server):  # the server while Ben is still there
        if how == "end of input":
            process.end_input()
        else:
            process.signal(getattr(signal, how))
        assert process.end() == (0, "")
    wait_until(lambda: ben.tries_to_say("is anybody there?"))
    code, words = ben.end()
    assert code == 1 and is_one_sentence(words, version)


def is_one_sentence(words: str, version: str) -> bool:
    return words.startswith(f"localchat {version[1:].replace('_', '.')}: ") and words.count("\n") == 1


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "address", ["192.0.2.1:80", "0.0.0.0:80", "[::1]:80", "example.org:80", "128.0.0.1:1"]
)
def test_it_goes_nowhere_else(start: Start, version: str, address: str) -> None:
    code, words = start(version, "client", address).end()
    assert code == 1 and is_one_sentence(words, version)


# --- What each names as missing ------------------------------------------------------------------


def test_1_0_answers_the_last_only(start: Start) -> None:
    server, ada, ben = room(start, "v1_0")
    server.say("who is there?")
    ben.wait_for("who is there?")
    ben.say("Ben")
    wait_until(partial(hears, server, ": Ben"))
    ada.end_input()
    assert ada.end() == (0, "")
    assert ada.lines == []


def stranger(server: Process) -> socket.socket:
    host, _, port = address_of(server).rpartition(":")
    return socket.create_connection((host, int(port)), 30)


def test_1_0_has_no_borders(start: Start) -> None:
    server = start("v1_0", "server")
    with stranger(server) as sock:
        sock.sendall(b"hello" + b"how are you?")
        wait_until(partial(hears, server, ": hellohow are you?"))
        sock.sendall("Zoë".encode()[:3])
        wait_until(lambda: any("-- cannot read this: 'utf-8' codec" in line for line in server.lines))


def test_1_1_hides_a_letter_that_was_cut(start: Start) -> None:
    server = start("v1_1", "server")
    with stranger(server) as sock:
        sock.sendall("Zoë".encode()[:3])
        server.wait_for("Zo\ufffd")


def test_1_2_takes_a_chunk_for_a_message(start: Start) -> None:
    server, ada, ben = room(start, "v1_2")
    message = b'{"username": "Ben", "text": "it is me"}'
    with stranger(server) as sock:
        sock.sendall(message + message)
        ben.wait_for("-- not a message: JSONDecodeError('Extra data: line 1 column 40 (char 39)')")
        sock.sendall(message[:31])
        wait_until(lambda: any("Unterminated string" in line for line in ada.lines))
        sock.sendall(message[31:])
        wait_until(lambda: sum("not a message" in line for line in ada.lines) == 3)
        assert "Ben: it is me" not in ada.lines
        sock.sendall(message)
        ada.wait_for("Ben: it is me")  # and Ben himself reads what he never said
        ben.wait_for("Ben: it is me")


def piece(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def key_piece(sock: socket.socket, key: bytes) -> bytes:
    """What a client of 1.3 answers to the server's public key."""
    with sock.makefile("rb") as file:
        public = RSA.import_key(file.read(int.from_bytes(file.read(3), "big")))
    return piece(PKCS1_OAEP.new(public).encrypt(key))


def test_1_3_takes_a_whole_connection_sent_again(start: Start) -> None:
    server = start("v1_3", "server")
    key, nonce = bytes(32), bytes(16)
    message = b'{"username": "Ada", "text": "pay Ben 10"}'
    ciphertext, tag = AES.new(key, AES.MODE_EAX, nonce).encrypt_and_digest(message)
    recorded = b""
    for times in (1, 2):
        with stranger(server) as sock:
            recorded = recorded or key_piece(sock, key) + piece(nonce + tag + ciphertext)
            sock.sendall(recorded)
            wait_until(lambda times=times: server.lines.count("Ada: pay Ben 10") == times)  # type: ignore[misc]


def test_1_3_who_sends_no_key_silences_nobody(start: Start) -> None:
    server, ada, ben = room(start, "v1_3")
    with stranger(server) as sock:
        sock.sendall(key_piece(sock, b"short") + piece(bytes(33)))
        wait_until(lambda: any("Incorrect AES key length" in line for line in server.lines))
        ada.say("one")
        ben.wait_for("Ada: one")
        ada.say("two")
        ben.wait_for("Ada: two")
