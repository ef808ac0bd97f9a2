"""`--capture`: what real processes write, as Wireshark reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from netcore.lab.spans import FRAME_NAMES
from netcore.wire.framing import HEADER_BYTES
from tests.faults.people import ROOT
from tests.keys.put import put_server_keys
from tests.lab.test_capture import assert_no_complaint, frames_found
from tests.lab.tshark import packets
from tests.test_headless import Stage, invite
from tests.test_headless import stage as stage
from tests.waiting import WAIT_S, wait_until

TYPES = {name: int(frame_type) for frame_type, name in FRAME_NAMES.items()}


def frames_traced(path: Path) -> list[tuple[int, int]]:
    """(type, length of the body) of each frame, as `--trace` tells it."""
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [(TYPES[one["type"]], one["length"] - HEADER_BYTES) for one in lines if one["event"] == "frame"]


def test_a_room_and_a_client_are_captured_while_they_run(stage: Stage, tmp_path: Path) -> None:
    """Also to a port of the system's choice; and a program that is killed leaves a whole file."""
    files = {role: (tmp_path / f"{role}.pcapng", tmp_path / f"{role}.jsonl") for role in ("server", "client")}

    def asked_for(role: str) -> list[str]:
        path, trace = files[role]
        return ["--capture", str(path), "--trace", str(trace)]

    server = stage.person(
        "server", "server", "--room", "Lab", "--nick", "Host", "--port", "0", *asked_for("server")
    )
    put_server_keys(server.data_dir, "Lab", "server_identity")
    server.start()
    port = server.wait_for("listening", WAIT_S)["port"]
    ours = ("-d", f"tcp.port=={port},localchat")  # any port may be another protocol's to Wireshark
    ada = stage.client("Ada", invite(server), *asked_for("client"))
    ada.wait_for("connected", WAIT_S)
    ada.type("the secret of the day")
    ada.wait_for("said", WAIT_S)
    for path, _ in files.values():
        wait_until(lambda path=path: b": Room, " in path.read_bytes())  # type: ignore[misc]
    ada.end_of_input()
    assert ada.finish() == 0
    wait_until(lambda: b": Close, " in files["server"][0].read_bytes())
    wait_until(lambda: '"event": "end"' in files["server"][1].read_text("utf-8"))
    server.kill()
    for path, trace in files.values():
        capture = path.read_bytes()
        found = frames_found(capture, *ours)
        assert len(found) > 10 and sorted(found) == sorted(frames_traced(trace))
        assert_no_complaint(capture, options=ours)
        assert len(packets(capture, "frame.number", only="tcp.flags.syn == 1")) == 2
        assert b"secret of the day" not in capture
    assert len(packets(files["client"][0].read_bytes(), "frame.number", only="tcp.flags.fin == 1")) == 2


def test_a_recording_of_two_who_come_and_go(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "server.pcapng"
    server = stage.person("server", "server", "--room", "Lab", "--port", "0", "--capture", str(path))
    put_server_keys(server.data_dir, "Lab", "server_identity")
    server.start()
    server.wait_for("listening", WAIT_S)
    for nick in ("Ada", "Ben"):
        member = stage.client(nick, invite(server))
        member.wait_for("connected", WAIT_S)
        member.type("hello")
        member.wait_for("said", WAIT_S)
        member.end_of_input()
        assert member.finish() == 0
    server.type("/quit")
    assert server.finish() == 0
    capture = path.read_bytes()
    streams = packets(capture, "tcp.stream", "tcp.flags.str", only="tcp.flags.syn == 1 || tcp.flags.fin == 1")
    assert sorted(row["tcp.stream"][0] for row in streams) == ["0"] * 4 + ["1"] * 4
    assert_no_complaint(capture)


def test_a_path_that_cannot_be_written_ends_it_before_it_begins(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "localchat.py"), "server", "--headless", "--json"]
    command += ["--data-dir", str(tmp_path / "data"), "--capture", str(tmp_path / "nowhere" / "a.pcapng")]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60
    )
    (told,) = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2 and told["code"] == "output_file" and "a.pcapng" in told["message"]


def test_nothing_of_it_is_loaded_if_it_is_not_asked_for() -> None:
    code = """
import sys
from netcore import headless_trace
from netcore.options import Options
headless_trace.open_files(Options())
print([name for name in sys.modules if name.startswith("netcore.lab")])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
