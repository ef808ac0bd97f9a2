"""The log file: found where the crash window says, readable, bounded, and not to be forged."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore import log_file
from netcore.errors import FolderNotWritable


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    log_file.stop()


def test_lines_arrive_in_the_file(tmp_path: Path) -> None:
    assert log_file.path() is None
    path = log_file.start(tmp_path)
    assert log_file.path() == path == tmp_path / "localchat.log"
    log_file.log.getChild("net").info("listening on port %d", 5050)
    log_file.log.getChild("net").debug("a detail")
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("INFO localchat.net: listening on port 5050")


def test_verbose_also_tells_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--verbose`."""
    log_file.start(tmp_path)
    log_file.log.info("quiet")
    assert capsys.readouterr().err == ""
    log_file.start(tmp_path, verbose=True)
    log_file.log.debug("a detail")
    assert "a detail" in capsys.readouterr().err


def test_a_peer_cannot_forge_a_line_or_steer_a_terminal(tmp_path: Path) -> None:
    """What cannot be shown is ... cleaned again at each sink (... log ...)."""
    path = log_file.start(tmp_path)
    log_file.log.info("refused %s", "eve\n2026-01-01 ERROR: all is lost\x1b[2J\u202e\udc80")
    text = path.read_text("utf-8")
    assert text.count("\n") == 1
    assert r"eve\n2026-01-01 ERROR: all is lost\x1b[2J\u202e\udc80" in text


def test_a_traceback_keeps_its_lines(tmp_path: Path) -> None:
    path = log_file.start(tmp_path)
    try:
        raise KeyError("gone")
    except KeyError as error:
        log_file.log.error("crash", exc_info=error)
    assert "\nKeyError: 'gone'\n" in path.read_text("utf-8")


def test_the_file_is_turned_over_when_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most MAX_BYTES and one line, and one older file: a program left running fills no disk."""
    monkeypatch.setattr(log_file, "MAX_BYTES", 1000)
    path = log_file.start(tmp_path)
    for number in range(100):
        log_file.log.info("line %d", number)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["localchat.log", "localchat.log.1"]
    assert all(p.stat().st_size < 1200 for p in tmp_path.iterdir())
    assert path.read_text("utf-8").endswith("line 99\n")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable, match="LocalChat cannot write to"):
        log_file.start(tmp_path / "missing")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """0600, whatever the folder's mode, the umask, or the mode of an older file."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        path = log_file.start(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        log_file.stop()
        path.chmod(0o644)
        log_file.start(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)
        log_file.stop()
