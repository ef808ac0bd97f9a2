"""A file that is sent: a chunk is sealed as what it was, whatever becomes of the file (PROTOCOL §14.1)."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netcore.crypto.blob import BlobCipher, digest_count
from netcore.errors import FileChanged, FileTooBig, FileUnreadable
from netcore.net.files import source
from netcore.net.files.source import NOT_READ_YET, Source, choose

CONTENT = os.urandom(150_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.pdf"
    path.write_bytes(CONTENT)
    return path


def sealed(one: Source, index: int) -> bytes:
    return one.seal(index, (one.read(index),))


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, bytes(65_536)])
def test_what_is_read_is_sealed_and_described(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    file = choose(path, os.urandom)
    assert (file.name, file.size, file.sha256) == ("plan.pdf", len(content), NOT_READ_YET)
    cipher = BlobCipher(file.k, file.blob, file.size)
    opened = Source(path, file)
    count = max(1, -(-len(content) // 65_536))
    chunks = []
    for index in range(count):
        assert opened.file.sha256 == NOT_READ_YET
        chunks.append(cipher.open(index, sealed(opened, index)))
        assert digest_count(opened.digests) == index + 1
    assert opened.file == replace(file, sha256=hashlib.sha256(content).digest())
    opened.close()
    opened.close()
    assert b"".join(chunks) == content


def test_each_file_has_a_key_of_its_own(path: Path) -> None:
    one, other = (choose(path, os.urandom) for _ in range(2))
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
    """One key would seal two plaintexts under one nonce: neither in this run, nor in the next, which has
    nothing but the digests."""
    opened = Source(path, file := choose(path, os.urandom))
    sealed(opened, chunk)
    path.write_bytes(changed)
    with pytest.raises(FileChanged):
        sealed(opened, chunk)
    opened.close()
    with pytest.raises(FileChanged):
        sealed(Source(path, file, opened.digests), chunk)


def test_what_was_never_read_may_be_another(path: Path) -> None:
    """What binds a chunk is that it was read: what lies behind it has not been sealed as anything."""
    opened = Source(path, file := choose(path, os.urandom))
    sealed(opened, 0)
    opened.close()
    changed = CONTENT[:70_000] + b"x" + CONTENT[70_001:]
    path.write_bytes(changed)
    again = Source(path, file, opened.digests)
    cipher = BlobCipher(file.k, file.blob, file.size)
    assert b"".join(cipher.open(index, sealed(again, index)) for index in range(3)) == changed
    assert again.file.sha256 == hashlib.sha256(changed).digest()


@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_a_file_that_is_rewritten_while_it_is_read_is_not_sent_torn(path: Path, chunk: int) -> None:
    """Half of the old one and half of the new one has a hash, too; and its size is right."""
    file = choose(path, os.urandom)
    opened = Source(path, file)
    for index in range(chunk):
        sealed(opened, index)
    rewrite(path, os.urandom(len(CONTENT)))
    if chunk:
        with pytest.raises(FileChanged):
            for index in range(chunk, 3):
                sealed(opened, index)
    else:
        for index in range(3):  # nothing of the old one has been read
            sealed(opened, index)
        assert opened.file.sha256 == hashlib.sha256(path.read_bytes()).digest()
    opened.close()


def test_a_file_that_is_only_touched_or_changed_behind_is_sent_as_it_is(path: Path) -> None:
    """An editor that saves the same once more is no reason to refuse it."""
    opened = Source(path, choose(path, os.urandom))
    sealed(opened, 0)
    rewrite(path, CONTENT)
    sealed(opened, 1)
    rewrite(path, changed := CONTENT[:140_000] + os.urandom(10_000))
    sealed(opened, 2)
    assert opened.file.sha256 == hashlib.sha256(changed).digest()
    opened.close()


def rewrite(path: Path, content: bytes) -> None:
    """In its place, at a later time, however coarse the system's clock."""
    before_ns = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(before_ns, before_ns + 10**9))


def test_it_goes_on_anywhere(path: Path) -> None:
    """After a cut at the chunk that the server wants, also at an earlier one; what lies before is looked at
    again, since it belongs to the same hash."""
    straight = Source(path, file := choose(path, os.urandom))
    expected = [sealed(straight, index) for index in range(3)]
    again = Source(path, file, straight.digests)
    assert [sealed(again, index) for index in (1, 2, 0, 2)] == [expected[index] for index in (1, 2, 0, 2)]
    assert again.file == straight.file and again.digests == straight.digests
    path.write_bytes(b"x" + CONTENT[1:])
    with pytest.raises(FileChanged):
        sealed(again, 1)
    straight.close()
    again.close()


def test_closed_while_it_is_sealed(path: Path) -> None:
    """By the network thread, while a worker is at it: no other file is read by its number."""
    opened = Source(path, choose(path, os.urandom))
    sealed(opened, 0)
    opened.close()
    with open(path.with_name("other"), "wb+"), pytest.raises(FileUnreadable):
        sealed(opened, 1)


def test_what_cannot_be_read_is_said(tmp_path: Path, path: Path) -> None:
    undecodable = tmp_path / "\udcfcbung.txt"  # of the byte FC, which is no UTF-8
    if sys.platform == "linux":
        undecodable.write_bytes(CONTENT)
    for wrong in (tmp_path / "none", tmp_path, tmp_path / "a\0b", undecodable):
        with pytest.raises(FileUnreadable):
            choose(wrong, os.urandom)
    file = choose(path, os.urandom)
    path.unlink()
    with pytest.raises(FileUnreadable):
        Source(path, file)


def test_a_folder_is_no_file_also_where_none_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows says that it is not permitted, as if the person could do something about it."""

    def not_permitted(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(source, "_opener", not_permitted)
    with pytest.raises(FileUnreadable, match="not a file"):
        choose(tmp_path, os.urandom)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileUnreadable):
        choose(tmp_path / "pipe", os.urandom)


def test_a_file_beyond_reason_is_not_even_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1_000)
    with pytest.raises(FileTooBig):
        choose(path, os.urandom)
