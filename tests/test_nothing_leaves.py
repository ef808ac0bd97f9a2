"""Nothing that is run from here (tests, targets of the Makefile, the CI script) can search the network: each
sets LOCALCHAT_DISCOVERY to this computer, and with it there is no other target."""

from __future__ import annotations

import ast
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from netcore.net import discovery
from netcore.net.discovery import Interface, targets

HOME = Path(__file__).resolve().parent.parent
ELSEWHERE = {**os.environ, "LOCALCHAT_DISCOVERY": "255.255.255.255"}
HERE = [Interface("eth0", "192.168.1.7", "255.255.255.0", "192.168.1.255"), Interface("network", "10.1.2.3")]


def test_with_our_environment_every_target_is_this_computer() -> None:
    asked = targets(os.environ, HERE)
    assert asked and all(ipaddress.ip_address(one.host).is_loopback for one in asked)
    assert all(ipaddress.ip_address(one.source).is_loopback for one in asked)
    for bind in ("0.0.0.0", "127.0.0.1", "192.168.1.7"):
        place = discovery.place_to_answer(os.environ, bind)
        assert place is not None and ipaddress.ip_address(place.host).is_loopback and not place.groups


def test_whatever_the_caller_s_environment_says() -> None:
    """The tools are started as `python -m tests.…`, and that imports this package first."""
    code = "import os, tests; print(os.environ['LOCALCHAT_DISCOVERY'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, env=ELSEWHERE, capture_output=True, text=True
    )
    assert done.stdout.strip() == "127.0.0.1", done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_every_target_of_the_makefile_gets_it() -> None:
    """Also where the caller has set something else."""
    show = "show-discovery: ; @printf '%s' \"$$LOCALCHAT_DISCOVERY\""
    done = subprocess.run(
        ["make", "-s", "--eval", show, "show-discovery"],
        cwd=HOME,
        env=ELSEWHERE,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "127.0.0.1", done.stderr


def test_the_ci_script_sets_it_before_anything_else() -> None:
    lines = [
        line for line in (HOME / ".ci" / "run").read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    assert [line.partition("  #")[0] for line in lines[:2]] == [
        "set -euo pipefail",
        "export LOCALCHAT_DISCOVERY=127.0.0.1",
    ]


def test_no_process_is_started_from_here_without_it() -> None:
    """An environment for a process is made from ours, never from nothing; nor is the variable set or taken
    away in it, but to an address of this computer."""
    bare = [
        f"{path.name}:{node.value.lineno}"
        for path in sorted((HOME / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "env" and isinstance(node.value, ast.Dict)
        if not any(key is None for key in node.value.keys)
    ]
    assert bare == []


def test_the_guard_sees_a_packet_to_elsewhere() -> None:
    """The one in conftest.py: nothing is sent here either."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with pytest.raises(AssertionError, match="from a test"):
            discovery.send(sock, b"x", discovery.GROUP, 5050)
        with pytest.raises(AssertionError, match="group"):
            discovery.join_groups(sock, ["192.168.1.7"])


def test_there_is_one_place_that_sends() -> None:
    """`discovery.send`: every other socket of ours speaks TCP."""
    found = [
        path.relative_to(HOME).as_posix()
        for path in sorted((HOME / "netcore").rglob("*.py"))
        if ".sendto(" in path.read_text("utf-8")
    ]
    assert found == ["netcore/net/discovery.py"]
