"""`localchat.py rooms` and `localchat.py doctor`: what they print, for people and scripts; how they end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netcore import headless_tools
from netcore.engine import FoundRoom, Standing
from netcore.net.client.known_rooms import known_servers
from netcore.options import Options, parse
from tests.keys.put import put_server_keys
from tests.net.searching import port as port
from tests.stranger.processes import Program
from tests.waiting import WAIT_S

SCRIPT = Path(__file__).parent.parent / "localchat.py"


def run(*arguments: str, data_dir: Path) -> tuple[int, str]:
    command = [sys.executable, str(SCRIPT), *arguments, "--data-dir", str(data_dir)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=WAIT_S
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_rooms_and_doctor_meet_a_real_room(tmp_path: Path, port: int) -> None:
    put_server_keys(tmp_path, "Lab")
    client = tmp_path / "client"
    with Program("server", "--port", "0", "--room", "Lab", "--nick", "Teacher", data_dir=tmp_path) as program:
        told = program.wait("listening")
        address = f"127.0.0.1:{told['port']}"
        code, output = run("rooms", "--json", "--seconds", "1.5", data_dir=client)
        assert code == 0 and objects(output) == [
            {
                "event": "room", "name": "Lab", "host": "Teacher", "address": address, "members": 1,
                "fingerprint": told["fingerprint"], "known": False, "standing": "new",
            }
        ]  # fmt: skip
        code, output = run("rooms", "--seconds", "1", data_dir=client)
        assert code == 0 and output.startswith("* “Lab”, host “Teacher”, 1 member, at " + address)
        known_servers(client).accept(bytes(32), address, "Lab", 1)
        (room,) = objects(run("rooms", "--json", "--seconds", "1", data_dir=client)[1])
        assert (room["known"], room["standing"]) == (False, "changed")
        code, output = run("doctor", address, "--json", data_dir=client)
        *steps, end = objects(output)
        assert code == 0 and end["works"] and end["event"] == "diagnosis"
        passed = {step["name"]: step["passed"] for step in steps}
        assert passed["connection"] is passed["answer"] is True
        assert set(end) == {"event", "works", "cause", "advice", "commands"}
        code, output = run("doctor", address, data_dir=client)
        assert code == 0 and told["fingerprint"] in output and "Nothing is wrong" in output
        assert program.stop()[0] == 0


def test_where_nobody_is(tmp_path: Path, port: int) -> None:
    code, output = run("rooms", "--seconds", "0.3", data_dir=tmp_path)
    assert code == 0 and "No room has answered" in output
    assert run("rooms", "--json", "--seconds", "0.3", data_dir=tmp_path) == (0, "")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    code, output = run("doctor", f"127.0.0.1:{closed}", data_dir=tmp_path)
    assert code == 5 and "BAD" in output
    code, output = run("doctor", "300.1.1.1", "--json", data_dir=tmp_path)
    assert code == 2 and objects(output)[0]["code"] == "bad_address"
    (tmp_path / "known_servers.json").write_text("{")
    code, output = run("rooms", "--json", "--seconds", "2", data_dir=tmp_path)
    assert code == 2 and objects(output)[0]["code"] == "trust_file"


def test_a_room_for_people() -> None:
    room = FoundRoom("Lab", "Ada", "1.2.3.4:5", 2, bytes(32), Standing.NAMESAKE)
    assert headless_tools.room_line(room) == (
        "“Lab”, host “Ada”, 2 members, at 1.2.3.4:5 (another key than you know), "
        "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rooms", Options(role="rooms", headless=True)),
        ("rooms --json --seconds 5", Options(role="rooms", headless=True, json=True, seconds=5.0)),
        ("doctor 1.2.3.4:5 --json", Options(role="doctor", address="1.2.3.4:5", headless=True, json=True)),
        ("server --headless --hidden", Options(role="server", headless=True, hidden=True)),
    ],
)
def test_the_command_line(line: str, expected: Options) -> None:
    assert parse(line.split()) == expected


@pytest.mark.parametrize(
    "line", ["rooms --seconds 0", "rooms --seconds nan", "rooms --seconds -1", "rooms --seconds 1e9",
             "doctor", "server --hidden", "rooms --nick Ada"],
)  # fmt: skip
def test_usage_errors(line: str) -> None:
    with pytest.raises(SystemExit) as end:
        parse(line.split())
    assert end.value.code == 2
