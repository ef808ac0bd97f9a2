"""The log file: found where the crash window says, readable, bounded, and not to be forged."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore import log_file

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    log_file.stop()


def start(folder: Path, verbose: bool = False) -> Path:
    """Begin to log; the file's path."""
    assert log_file.start(folder, verbose) is None
    path = log_file.path()
    assert path is not None
    return path


def test_lines_arrive_in_the_file(tmp_path: Path) -> None:
    assert log_file.path() is None
    path = start(tmp_path)
    assert path == tmp_path / "localchat.log"
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
    """What cannot be shown is cleaned again at each sink, the log file included."""
    path = start(tmp_path)
    log_file.log.info("refused %s", "eve\n2026-01-01 ERROR: all is lost\x1b[2J\u202e\udc80")
    text = path.read_text("utf-8")
    assert text.count("\n") == 1
    assert r"eve\n2026-01-01 ERROR: all is lost\x1b[2J\u202e\udc80" in text


def test_a_traceback_keeps_its_lines_and_forges_none(tmp_path: Path) -> None:
    """Each of its lines is indented, as no line of the log is: the words of an error may be a peer's."""
    path = start(tmp_path)
    try:
        raise ValueError("gone\n2026-01-01 12:00:00 1 Main ERROR localchat: all is lost\x1b[2J\r\u2028x")
    except ValueError as error:
        log_file.log.error("crash", exc_info=error)
    text = path.read_text("utf-8")
    assert "\n    ValueError: gone\n    2026-01-01" in text
    assert [line for line in text.splitlines() if not line.startswith("    ")] == text.splitlines()[:1]
    assert "\x1b" not in text


def test_the_file_is_turned_over_when_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most MAX_BYTES and one line, and one older file: a program left running fills no disk."""
    monkeypatch.setattr(log_file, "MAX_BYTES", 1000)
    path = start(tmp_path)
    for number in range(100):
        log_file.log.info("line %d", number)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["localchat.log", "localchat.log.1"]
    assert all(p.stat().st_size < 1200 for p in tmp_path.iterdir())
    assert path.read_text("utf-8").endswith("line 99\n")


def test_a_file_that_cannot_be_written_is_a_sentence_and_no_end(tmp_path: Path) -> None:
    """What cannot be logged now is counted, and told once there is room again."""
    folder = tmp_path / "missing"
    sentence = log_file.start(folder)
    assert sentence is not None and str(folder / "localchat.log") in sentence and "No such file" in sentence
    log_file.log.error("into nowhere")
    folder.mkdir()
    log_file.log.error("back")
    assert (folder / "localchat.log").read_text("utf-8").endswith(": back (1 earlier lines found no room)\n")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is neither removed nor renamed there")
def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    path = start(tmp_path)
    log_file.log.info("one")
    path.unlink()
    log_file.log.info("two")
    assert path.read_text("utf-8").endswith(": two\n")
    path.unlink()
    tmp_path.rmdir()
    log_file.log.info("three")
    tmp_path.mkdir()
    log_file.log.info("four")
    assert "four (1 earlier" in path.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files")
def test_a_full_disk_never_raises(tmp_path: Path) -> None:
    """Line after line, the first cut short; the end of the program included. It once ended the room."""
    code = (
        "import logging, resource, signal, sys; from pathlib import Path; from netcore import log_file;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "log_file.start(Path(sys.argv[1]));"
        "[log_file.log.warning('a line that is too long for the rest of the disk') for _ in range(5)];"
        "log_file.stop(); log_file.start(Path(sys.argv[1])); log_file.log.error('and on'); print('alive')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


@pytest.mark.parametrize("end", ["closed", "raises", "none"])
def test_a_standard_error_that_has_gone_never_raises(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = start(tmp_path, verbose=True)

    class Deaf(io.StringIO):
        def write(self, text: str) -> int:
            raise RecursionError

    stream = Deaf() if end == "raises" else io.StringIO()
    if end == "closed":
        stream.close()
    monkeypatch.setattr(sys, "stderr", None if end == "none" else stream)
    log_file.log.info("still written")
    assert "still written" in path.read_text("utf-8")


def test_what_cannot_be_put_into_words_never_raises(tmp_path: Path) -> None:
    class Wordless:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    path = start(tmp_path)
    log_file.log.info("%s", Wordless())
    log_file.log.info("%d", "no number")
    assert [line.rpartition(" ")[2] for line in path.read_text("utf-8").splitlines()] == [
        "RuntimeError", "TypeError",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize("what", ["link", "link on Windows", "pipe", "folder"])
def test_it_writes_into_nothing_but_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whoever lays a link into the folder must not choose which file of ours grows."""
    path, target = tmp_path / "localchat.log", tmp_path / "target"
    target.write_text("")
    if what.startswith("link"):
        path.symlink_to(target)
        if "Windows" in what:
            monkeypatch.delattr(os, "O_NOFOLLOW")
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert str(path) in str(log_file.start(tmp_path))
    log_file.log.error("nowhere")
    assert target.read_text() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is neither removed nor renamed there")
def test_two_windows_turn_one_file_over_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one goes on in the new file; it does not put it in place of the older one."""
    monkeypatch.setattr(log_file, "MAX_BYTES", 200)
    path = start(tmp_path)
    log_file.log.info("x" * 200)
    path.rename(f"{path}.1")
    path.write_text("of the other window\n")
    log_file.log.info("mine")
    assert path.read_text("utf-8").startswith("of the other window\n")
    assert path.read_text("utf-8").endswith(": mine\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """0600, whatever the folder's mode, the umask, or the mode of an older file."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        path = start(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        log_file.stop()
        path.chmod(0o644)
        log_file.start(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)
        log_file.stop()
