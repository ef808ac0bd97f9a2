"""Capture files: what is in them, and when."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from netcore.lab.capture_file import CaptureWriter, save_capture
from netcore.lab.pcapng import HOLD_S, capture_bytes
from netcore.lab.wireshark import wireshark_command
from netcore.trace import TraceEvent
from tests.lab.recording import Recorded


@pytest.fixture
def events() -> list[TraceEvent]:
    recorded = Recorded().begin()
    recorded.join()
    recorded.end()
    return recorded.events()


def test_what_was_taken_is_in_the_file_at_once(tmp_path: Path, events: list[TraceEvent]) -> None:
    """Whoever reads it while it grows, and whoever finds it after a crash, has whole packets."""
    now = events[-1].at_s
    path = tmp_path / "a.pcapng"
    writer = CaptureWriter(path.open("wb"), "client", clock=lambda: now)
    header = path.read_bytes()
    assert header == capture_bytes([], "client", 0.0)
    writer.take(events)
    assert path.read_bytes() == header
    now += HOLD_S
    writer.take([])
    whole = path.read_bytes()
    assert len(whole) == len(capture_bytes(events, "client", 0.0))
    writer.close()
    assert path.read_bytes() == whole


def test_the_end_brings_the_rest(tmp_path: Path, events: list[TraceEvent]) -> None:
    path = tmp_path / "a.pcapng"
    file = path.open("wb")
    writer = CaptureWriter(file, "client", clock=lambda: events[-1].at_s)
    writer.take(events)
    writer.close()
    assert file.closed
    assert len(path.read_bytes()) == len(capture_bytes(events, "client", 0.0))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError):
        CaptureWriter(file, "client")


def test_a_window_saves_all_at_once(tmp_path: Path, events: list[TraceEvent]) -> None:
    path = tmp_path / "Ada's room.pcapng"
    assert save_capture(path, events, "client", 5055) == wireshark_command(path, 5055)
    wall_clock_s = time.time() - time.monotonic()
    assert len(path.read_bytes()) == len(capture_bytes(events, "client", wall_clock_s, 5055))
