"""What is acknowledged is on the disk first: proven by the order of the system calls.

Killing a process cannot show it, since what a dead process has written lives on in the kernel; only a
power cut would tell. So the calls of real programs are traced (by strace), and of one message we look for

    recvfrom   it came in                         (the client: a wake-up from the thread that reads lines)
    pwrite64   its page is written to the -wal
    fdatasync  the -wal is on the disk
    send       only now anything leaves through a TCP socket
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from netcore.net.client.files import STORE_FILE
from netcore.net.server.files import LOG_FILE
from tests.faults.people import Person
from tests.keys import pem
from tests.keys.put import put_member_key, put_server_keys
from tests.waiting import wait_until

TRACED = "trace=pwrite64,fdatasync,fsync,recvfrom,sendmsg,sendto,write"
_SYNC = re.compile(r"(?:fdatasync|fsync)\(\d+<(?P<path>[^>]*)>\)\s*=\s*0")
_SEND = re.compile(r"(?:sendmsg|sendto|write)\(\d+<TCP")
_WRITE = re.compile(r"pwrite64\(\d+<(?P<path>[^>]*)>,")


def broken_order(calls: Sequence[str], text: str, wal: str) -> str | None:
    """What is wrong with one thread's calls around the storing of `text` in the file that ends with `wal`."""

    def of_wal(pattern: re.Pattern[str], call: str) -> bool:
        match = pattern.search(call)
        return match is not None and match["path"].endswith(wal)

    written = next((i for i, call in enumerate(calls) if text in call and of_wal(_WRITE, call)), None)
    if written is None:
        return "it was never written"
    came = max((i for i in range(written) if "recvfrom(" in calls[i]), default=0)
    left = next((i for i in range(came, len(calls)) if _SEND.search(calls[i])), None)
    if left is None:
        return "nothing was sent after it came"
    if not any(of_wal(_SYNC, call) for call in calls[written:left]):
        return f"sent before it was on the disk: {calls[came : left + 1]}"
    return None


W = 'pwrite64(5</x/room.db-wal>, "..a text..", 4096, 56) = 4096'
S = "fdatasync(5</x/room.db-wal>) = 0"
T = "sendmsg(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, ...) = 60"
R = 'recvfrom(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "...", 65536, 0, NULL, NULL) = 60'


@pytest.mark.parametrize(
    ("calls", "right"),
    [
        ([T, R, W, S, T], True),
        ([R, W, T, S], False),
        ([R, T, W, S], False),
        ([R, S, W, T], False),
        ([R, W, T], False),
        ([R, W, S.replace("= 0", "= -1 EIO"), T], False),
        ([R, W, S.replace("room.db-wal", "other.db-wal"), T], False),
        ([R, S, T], False),
        ([R, W, S], False),
    ],
)
def test_a_wrong_order_is_seen(calls: list[str], right: bool) -> None:
    assert (broken_order(calls, "a text", "room.db-wal") is None) is right


def calls_around(folder: Path, text: str) -> list[str]:
    """The calls of the thread that wrote `text`: strace keeps a file for each."""
    for trace in folder.iterdir():
        calls = trace.read_text(errors="replace").splitlines()
        if any(text in call and _WRITE.search(call) for call in calls):
            return calls
    return []


def traced(name: str, arguments: list[str], folder: Path) -> Person:
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is missing: install Debian's package strace (tests/setup_dev.sh does).")
    data_dir, traces = folder / name, folder / f"{name}.calls"
    data_dir.mkdir()
    traces.mkdir()
    how = (strace, "-ff", "--seccomp-bpf", "-qq", "-yy", "-s", "70000", "-e", TRACED, "-e", "signal=none")
    return Person(name, arguments, data_dir, (*how, "-o", str(traces / "of"), sys.executable))


@pytest.mark.skipif(sys.platform != "linux", reason="strace is a program of Linux")
def test_on_the_disk_before_it_is_sent(tmp_path: Path) -> None:
    """The server commits (WAL, synchronous=FULL) and only then seals Room records; a client has a message
    on disk before it shows as pending, so before it is sent (PROTOCOL §7.1)."""
    server = traced("server", ["server", "--room", "Traced", "--port", "0"], tmp_path)
    put_server_keys(server.data_dir, "Traced")
    client = None
    texts = [f"durable text {number}" for number in range(5)]
    try:
        server.start()
        invite = str(server.wait_for("listening", 60)["invite"])
        client = traced("client", ["client", invite, "--nick", "Ada"], tmp_path)
        put_member_key(client.data_dir, "Ada", pem("member_ada"))
        client.start()
        client.wait_for("connected", 60)
        for count, text in enumerate(texts, 1):
            client.type(text)
            # One at a time, so that each has a turn of the loop, and an acknowledgement, of its own.
            wait_until(lambda: len(client.of_kind("said")) == count, 60, text)  # noqa: B023
        client.end_of_input()
        assert client.finish(60) == 0
        server.end_of_input()
        assert server.finish(60) == 0
    finally:
        for person in (server, client):
            if person is not None:
                person.kill()
    for name, wal in (("server", f"{LOG_FILE}-wal"), ("client", f"{STORE_FILE}-wal")):
        for text in texts:
            calls = calls_around(tmp_path / f"{name}.calls", text)
            assert broken_order(calls, text, wal) is None
