"""A part of the fault-n loop in every test run; `make faults` fails every single call."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.breaker import Breaker
from tests.faults.file_play import FilePlay
from tests.faults.nth_failure import quick_keys, run, try_nth
from tests.faults.play import Play


@pytest.mark.parametrize("full", [True, False])
def test_no_failing_call_loses_anything_or_leaks(tmp_path: Path, full: bool) -> None:
    """Nothing acknowledged is ever lost. The steps differ, so that other calls are met."""
    broken = run(tmp_path, every=61 if full else 67, full=full, first=5)
    assert broken.total() > 10


@pytest.mark.parametrize("full", [True, False])
def test_no_failing_call_breaks_a_file(tmp_path: Path, full: bool) -> None:
    """PROTOCOL §14: at its sender, its reader and the server: no part under a name, nothing shared twice or
    lost, and each refusal a sentence. The first calls are those of the session above."""
    broken = run(tmp_path, every=83 if full else 89, full=full, first=1, script=FilePlay)
    assert broken.total() > 8


def test_a_damaged_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FilePlay.judge

    def judge(play: FilePlay) -> None:
        (tmp_path / "play" / "Ben-out" / "a1.bin").write_bytes(b"half of it")
        real(play)

    monkeypatch.setattr(FilePlay, "judge", judge)
    with quick_keys(), pytest.raises(AssertionError, match="not what was shared"):
        try_nth(tmp_path / "play", 10**9, full=True, script=FilePlay)


def test_a_broken_promise_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that could not fail would prove nothing: lose one message on the way to Ben's display."""
    real = Play.judge

    def judge(play: Play) -> None:
        play.ben.events = [event for event in play.ben.events if getattr(event, "seq", 0) != 2]
        real(play)

    monkeypatch.setattr(Play, "judge", judge)
    with quick_keys(), pytest.raises(AssertionError, match="missing=1"):
        try_nth(tmp_path / "play", 10**9, full=True)


def test_only_the_program_is_broken() -> None:
    """The test's own thread opens what it likes."""
    with Breaker(1) as breaker:
        Path(__file__).read_bytes()
    assert breaker.broken == ""
