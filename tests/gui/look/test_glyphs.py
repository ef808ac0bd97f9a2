"""The cache of drawn glyphs: its size is told to Xft, and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gui.look.glyphs import CACHE_BYTES, room_for_glyphs


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("XENVIRONMENT", raising=False)


def test_the_size_stands_in_a_file_while_tk_is_made_and_nothing_stays(tmp_path: Path) -> None:
    with room_for_glyphs():
        words = Path(os.environ["XENVIRONMENT"]).read_text("ascii")
        assert words == f"Xft.maxglyphmemory: {CACHE_BYTES}\n"
    assert "XENVIRONMENT" not in os.environ
    assert list(tmp_path.iterdir()) == []


def test_a_persons_own_file_stays_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XENVIRONMENT", "/home/ada/.Xenv")
    with room_for_glyphs():
        assert os.environ["XENVIRONMENT"] == "/home/ada/.Xenv"
    assert os.environ["XENVIRONMENT"] == "/home/ada/.Xenv"


def test_no_room_on_the_disk_stops_no_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    with room_for_glyphs():
        assert "XENVIRONMENT" not in os.environ
