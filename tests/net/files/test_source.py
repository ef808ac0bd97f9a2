"""A file that is sent: what is sealed is what was described, whatever becomes of it (PROTOCOL §14.1)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from netcore.crypto.blob import BlobCipher
from netcore.errors import FileChanged, FileTooBig, FileUnreadable
from netcore.net.files import source
from netcore.net.files.source import Source, describe

CONTENT = os.urandom(150_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.pdf"
    path.write_bytes(CONTENT)
    return path


def sealed(one: Source, index: int) -> bytes:
    return one.seal(index, one.read(index))


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, bytes(65_536)])
def test_what_is_described_is_sealed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    described = describe(path, os.urandom)
    file = described.file
    assert (file.name, file.size, file.sha256) == ("plan.pdf", len(content), hashlib.sha256(content).digest())
    cipher = BlobCipher(file.k, file.blob, file.size)
    opened = Source(described)
    chunks = [cipher.open(i, sealed(opened, i)) for i in range(max(1, -(-len(content) // 65_536)))]
    opened.close()
    opened.close()
    assert b"".join(chunks) == content


def test_each_file_has_a_key_of_its_own(path: Path) -> None:
    one, other = (describe(path, os.urandom).file for _ in range(2))
    assert one.k != other.k and one.blob != other.blob


@pytest.mark.parametrize(
    ("changed", "chunk"),
    [
        (CONTENT[:70_000] + b"x" + CONTENT[70_001:], 1),
        (CONTENT[:-1], 2),
        (CONTENT + b"x", 2),
        (b"", 0),
    ],
)
def test_a_file_that_has_changed_is_not_sealed(path: Path, changed: bytes, chunk: int) -> None:
    """One key would seal two plaintexts under one nonce; also when it changes after a chunk was sent."""
    opened = Source(described := describe(path, os.urandom))
    sealed(opened, chunk)
    path.write_bytes(changed)
    with pytest.raises(FileChanged):
        sealed(opened, chunk)
    opened.close()
    with pytest.raises(FileChanged):
        sealed(Source(described), chunk)


def test_it_goes_on_anywhere(path: Path) -> None:
    """After a cut at the chunk that the server wants, also at an earlier one; what lies before is looked at
    again, since it belongs to the same hash."""
    described = describe(path, os.urandom)
    straight = Source(described)
    expected = [sealed(straight, index) for index in range(3)]
    again = Source(described)
    assert [sealed(again, index) for index in (1, 2, 0, 2)] == [expected[index] for index in (1, 2, 0, 2)]
    path.write_bytes(b"x" + CONTENT[1:])
    with pytest.raises(FileChanged):
        sealed(again, 1)
    straight.close()
    again.close()


def test_closed_while_it_is_sealed(path: Path) -> None:
    """By the network thread, while a worker is at it: no other file is read by its number."""
    opened = Source(describe(path, os.urandom))
    sealed(opened, 0)
    opened.close()
    with open(path.with_name("other"), "wb+"), pytest.raises(FileUnreadable):
        sealed(opened, 1)


def test_what_cannot_be_read_is_said(tmp_path: Path, path: Path) -> None:
    for wrong in (tmp_path / "none", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(FileUnreadable):
            describe(wrong, os.urandom)
    described = describe(path, os.urandom)
    path.unlink()
    with pytest.raises(FileUnreadable):
        Source(described)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileUnreadable):
        describe(tmp_path / "pipe", os.urandom)


def test_a_file_beyond_reason_is_not_even_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1_000)
    with pytest.raises(FileTooBig):
        describe(path, os.urandom)
