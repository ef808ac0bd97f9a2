"""`--trace`: the recorder's events as JSON lines, of real processes; and files that cannot be written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from netcore import headless_trace
from netcore.engine import fingerprint_text
from netcore.errors import OutputFileError
from netcore.headless_trace import TraceFile, line_of, written_away
from netcore.trace import Defence, Recorder, Tape, TraceEvent
from netcore.wire.framing import FrameType, frame_name
from tests.faults.people import ROOT
from tests.keys.put import put_server_keys
from tests.net.client.kit import key
from tests.test_headless import Stage, invite
from tests.test_headless import stage as stage
from tests.waiting import WAIT_S, wait_until

Line = dict[str, Any]


def lines(path: Path) -> list[Line]:
    """Those that are whole by now."""
    text = path.read_text("utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def of(found: list[Line], kind: str, **fields: object) -> list[Line]:
    return [one for one in found if one["event"] == kind and fields.items() <= one.items()]


def shape(frame: Line) -> tuple[object, ...]:
    return frame["n"], frame["type"], frame["offset"], frame["length"], frame.get("opened")


def test_a_room_and_a_client_write_what_happens(stage: Stage, tmp_path: Path) -> None:
    at_server, at_client = tmp_path / "server.jsonl", tmp_path / "client.jsonl"
    server = stage.person(
        "server", "server", "--room", "Lab", "--nick", "Host", "--port", "0", "--trace", str(at_server)
    )
    put_server_keys(server.data_dir, "Lab", "server_identity")
    server.start()
    server.wait_for("listening", WAIT_S)
    ada = stage.client("Ada", invite(server), "--trace", str(at_client))
    ada.wait_for("connected", WAIT_S)
    ada.type("the secret of the day")
    ada.wait_for("said", WAIT_S)
    # While both still run.
    wait_until(lambda: of(lines(at_client), "frame", type="Room", direction="in"))
    wait_until(lambda: of(lines(at_server), "frame", type="Room", direction="out"))
    ada.end_of_input()
    assert ada.finish() == 0
    server.type("/quit")
    assert server.finish() == 0
    client, host = lines(at_client), lines(at_server)
    (begun,) = of(client, "begin")
    (peer,) = of(host, "peer")
    assert peer["member_id"] == fingerprint_text(key("member_ada").public.fingerprint)
    assert (begun["role"], begun["in_offset"], begun["out_offset"]) == ("client", 0, 0)
    for sender, receiver in ((client, host), (host, client)):
        out = [shape(one) for one in of(sender, "frame", direction="out")]
        assert len(out) > 4 and out == [shape(one) for one in of(receiver, "frame", direction="in")]
    assert [one["after"] for one in of(client, "state")][-2:] == ["IN_ROOM", "CLOSED"]
    assert all(one["opened"] for one in of(client, "frame") if "opened" in one)
    assert {one["event"] for one in host} >= {"begin", "peer", "chunk", "frame", "state", "turn", "end"}
    assert client[-1]["event"] in ("end", "turn") and of(client, "end")
    for path in (at_client, at_server):
        text = path.read_text("utf-8")
        assert "secret of the day" not in text and b"secret of the day".hex() not in text


@pytest.mark.parametrize("role", [["server"], ["client", "127.0.0.1:1"]])
def test_a_path_that_cannot_be_written_ends_it_before_it_begins(role: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    command = [sys.executable, str(ROOT / "localchat.py"), *role, "--headless", "--json"]
    command += ["--data-dir", str(folder), "--trace", str(tmp_path / "nowhere" / "t.jsonl")]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60
    )
    (told,) = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2 and told["code"] == "output_file"
    assert "nowhere" in told["message"] and "cannot be written" in told["message"]
    assert done.stderr == "" and not list(folder.glob("**/*.pem"))


def recorder() -> Recorder:
    return Recorder(most_events=4, most_bytes=1_000)


def test_what_was_dropped_is_a_line(tmp_path: Path) -> None:
    path, recorded = tmp_path / "t.jsonl", recorder()
    tape = Tape(recorded, 3)
    with written_away(recorded, [TraceFile(path)]):
        for offset in range(0, 100, 10):
            tape.chunk_in(offset, bytes(10), 65_536)
    found = lines(path)
    counted = sum(one["count"] if one["event"] == "lost" else 1 for one in found)
    assert counted == 10 and of(found, "lost")
    last = found[-1]
    assert (last["number"], last["connection"], last["offset"], last["length"]) == (10, 3, 90, 10)


def test_no_file_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless_trace, "_write", lambda *_: pytest.fail("a thread, and no file"))
    with written_away(recorder(), []):
        pass


class FullDisk:
    """Takes once."""

    def __init__(self) -> None:
        self.taken = self.closed = 0

    def take(self, events: Iterable[TraceEvent]) -> None:
        self.taken += 1
        if self.taken > 1:
            raise OSError(28, "No space left on device")

    def close(self) -> None:
        self.closed += 1


def test_a_full_disk_ends_one_file_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headless_trace, "EVERY_S", 0.001)
    recorded, full, path = recorder(), FullDisk(), tmp_path / "t.jsonl"
    with written_away(recorded, [full, TraceFile(path)]):
        wait_until(lambda: full.closed)
        recorded.person("pin", {})
        Tape(recorded, 1).state("A", "B")
    assert (full.taken, full.closed) == (2, 1)
    assert [one["event"] for one in lines(path)] == ["state"]
    told = capsys.readouterr()
    assert (told.out + told.err).count("No space left on device") == 1


def test_secrets_and_values_have_no_line() -> None:
    recorded = Recorder(1_000, 1_000_000)
    tape = Tape(recorded, 1, secrets=True)
    tape.value("ClientHello", "x25519 private key", b"SECRET", recorder, secret=True)
    tape.value("ClientHello", "client_random", b"OPEN", recorder)
    recorded.person("pin", {})
    assert [line_of(event) for event in recorded.drain()] == [None, None, None]
    tape.frame_in(0, FrameType.DIRECT, 0, bytes(30), "IN_ROOM", "IN_ROOM", sealed=True)
    tape.opened(b"PLAIN")
    tape.refused(Defence.TAG, "5.1", ValueError())
    told = [line_of(event) for event in recorded.drain()]
    assert [one and one["event"] for one in told] == ["frame", "refused"]
    assert "PLAIN" not in json.dumps(told) and told[0] is not None and told[0]["opened"] is True


def test_frames_have_the_names_of_protocol() -> None:
    page = (ROOT / "netcore" / "PROTOCOL.md").read_text("utf-8")
    for frame_type in FrameType:
        assert f"| 0x{frame_type:02X} | {frame_name(frame_type)} |" in page


def test_the_error_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(OutputFileError, match=r"t\.jsonl"):
        TraceFile(tmp_path / "nowhere" / "t.jsonl")
