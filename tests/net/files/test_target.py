"""A file that is received: nothing under its name before it is whole and proved (PROTOCOL §14.1).

The numbers are those of a list of inputs that have gone wrong elsewhere."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from netcore.errors import FileDamaged, FileNotSaved
from netcore.net.files import target as target_module
from netcore.net.files.target import Target, new_target
from netcore.wire.messages import File
from tests.net.files.open_files import keep_open_files

CONTENT = os.urandom(150_000)


def file(content: bytes = CONTENT, name: str = "plan.pdf") -> File:
    return File(bytes(16), name, len(content), hashlib.sha256(content).digest(), bytes(32))


def fill(target: Target, content: bytes = CONTENT) -> None:
    for index in range(max(1, -(-len(content) // 65_536))):
        target.write(index, content[index * 65_536 :][:65_536])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, bytes(65_536)])
def test_it_gets_its_name_when_it_is_whole(tmp_path: Path, content: bytes) -> None:
    target = Target.create(file(content), tmp_path, "plan.pdf")
    assert names(tmp_path) == {"plan.pdf.part"}
    fill(target, content)
    assert names(tmp_path) == {"plan.pdf.part"}
    path = target.finish()
    assert names(tmp_path) == {"plan.pdf"} and path.read_bytes() == content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600  # 89


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    target = Target.create(file(), tmp_path, "plan.pdf")
    target.write(0, CONTENT[:65_536])
    os.truncate(target.part, 65_536 + 7)  # a chunk that was cut off in the middle
    target.close()
    again = Target(file(), target.part)
    assert again.chunks == 1
    for index in (1, 2):
        again.write(index, CONTENT[index * 65_536 :][:65_536])
    assert again.chunks == 3
    assert again.finish().read_bytes() == CONTENT


def test_it_is_hashed_as_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not read again at its end; of what an earlier run left, once."""
    target = Target.create(file(), tmp_path, "plan.pdf")
    read: list[int] = []

    def counted(descriptor: int, size: int) -> bytes:
        piece = real(descriptor, size)
        read.append(len(piece))
        return piece

    real = os.read
    monkeypatch.setattr(os, "read", counted)
    fill(target)
    assert target.finish().read_bytes() == CONTENT and not read
    target = Target.create(file(), tmp_path, "other.pdf")
    target.write(0, CONTENT[:65_536])
    target.close()
    again = Target(file(), target.part)
    for index in (1, 2):
        again.write(index, CONTENT[index * 65_536 :][:65_536])
    assert again.finish().read_bytes() == CONTENT and sum(read) == 65_536


def test_closed_while_it_is_written(tmp_path: Path) -> None:
    """By the network thread, while a worker is at it: no other file is written by its number."""
    target = Target.create(file(), tmp_path, "plan.pdf")
    target.write(0, CONTENT[:65_536])
    target.sync()
    target.remove()
    with open(tmp_path / "other", "wb+") as other:
        with pytest.raises(FileNotSaved):
            target.write(1, CONTENT[65_536:131_072])
        target.sync()
        other.seek(0)
        assert other.read() == b""
    assert names(tmp_path) == {"other"}


def test_removed_while_the_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows removes no open file: it goes when the wait is over, and nothing else of its name does."""
    keep_open_files(monkeypatch)
    waits, go_on = threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        waits.set()
        assert go_on.wait(60)

    monkeypatch.setattr(target_module, "sync", slow)
    target = Target.create(file(), tmp_path, "plan.pdf")
    target.write(0, CONTENT[:65_536])
    syncing = threading.Thread(target=target.sync)
    syncing.start()
    assert waits.wait(60)
    assert not target.remove() and names(tmp_path) == {"plan.pdf.part"}
    go_on.set()
    syncing.join(60)
    assert names(tmp_path) == set() and target.remove()
    target.part.write_bytes(b"precious")
    assert target.remove() and names(tmp_path) == {"plan.pdf.part"}


@pytest.mark.parametrize("came", [CONTENT[:-1] + b"\0", CONTENT[:100_000], CONTENT + b"more"])
def test_what_is_not_what_was_described_gets_no_name(tmp_path: Path, came: bytes) -> None:
    """86: the hash is of another, it is too short, or too long."""
    target = Target.create(file(), tmp_path, "plan.pdf")
    if came == CONTENT + b"more":
        wrong = file(came)
        target.file = File(bytes(16), "plan.pdf", len(CONTENT), wrong.sha256, bytes(32))
    fill(target, came)
    with pytest.raises(FileDamaged):
        target.finish()
    assert names(tmp_path) == {"plan.pdf.part"}
    target.remove()
    target.remove()
    assert names(tmp_path) == set()


# Windows lets not everybody make a link, and its pipes are in no folder.
KINDS = ["file", "folder", "a part"] + ([] if sys.platform == "win32" else ["link", "dangling link", "pipe"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    """85: whatever stands under the name; the new one gets a number."""
    folder, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b"precious")
    taken = folder / ("plan.pdf.part" if kind == "a part" else "plan.pdf")
    match kind:
        case "file" | "a part":
            taken.write_bytes(b"precious")
        case "link":
            taken.symlink_to(elsewhere)
        case "dangling link":
            taken.symlink_to(tmp_path / "nowhere")
        case "folder":
            taken.mkdir()
        case "pipe":
            os.mkfifo(taken)
    before = os.lstat(taken)
    target = Target.create(file(), folder, "plan.pdf")
    fill(target)
    assert target.finish() == folder / "plan (2).pdf"
    assert (folder / "plan (2).pdf").read_bytes() == CONTENT
    after = os.lstat(taken)
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
    assert elsewhere.read_bytes() == b"precious" and not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("links", [True, False])
def test_a_name_that_was_taken_meanwhile_is_not_taken_away(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the file system has no hard links."""
    if not links:

        def no_links(*_: object) -> None:
            raise OSError(errno.EPERM, "not here")

        monkeypatch.setattr(os, "link", no_links)
    target = Target.create(file(), tmp_path, "plan.pdf")
    fill(target)
    (tmp_path / "plan.pdf").write_bytes(b"precious")
    assert target.finish().name == "plan (2).pdf"
    assert (tmp_path / "plan.pdf").read_bytes() == b"precious"
    assert names(tmp_path) == {"plan.pdf", "plan (2).pdf"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize("system", ["POSIX", "Windows"])
def test_a_part_that_became_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    if system == "Windows":
        monkeypatch.delattr(os, "O_NOFOLLOW")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious")
    target = Target.create(file(), tmp_path, "plan.pdf")
    target.close()
    target.part.unlink()
    target.part.symlink_to(elsewhere)
    with pytest.raises(FileNotSaved):
        Target(file(), target.part)
    assert elsewhere.read_bytes() == b"precious"


@pytest.mark.parametrize(
    "name", ["../../x.pdf", "/etc/x.pdf", "C:\\x.pdf", "..\\x.pdf", "a/../x.pdf", "\0x.pdf"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """76 to 78: the sender's name, and one that the person typed."""
    folder = tmp_path / "deep" / "in"
    folder.mkdir(parents=True)
    for one in (new_target(file(name=name), folder, None), new_target(file(), folder, name)):
        assert one.part.parent == folder
        one.remove()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """88: before it begins if that can be seen, else as it comes; and nothing is left of it."""
    huge = File(bytes(16), "huge", 2**60, bytes(32), bytes(32))
    with pytest.raises(FileNotSaved, match="not enough room"):
        new_target(huge, tmp_path, None)
    target = Target.create(file(), tmp_path, "plan.pdf")

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(FileNotSaved, match="No space left"):
        target.write(0, CONTENT[:65_536])
    target.remove()
    assert names(tmp_path) == set()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotSaved):
        new_target(file(), tmp_path / "nowhere", None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody take away a file that is open")
@pytest.mark.parametrize("how", ["removed", "replaced", "linked"])
@pytest.mark.parametrize("when", ["while it grows", "when it is whole"])
def test_a_part_that_somebody_took_away_is_not_called_saved(tmp_path: Path, how: str, when: str) -> None:
    """What is written to an open file without a name is lost; and what has its name now is not ours, neither
    to be called the file, nor to be removed."""
    target = Target.create(file(), tmp_path, "plan.pdf")
    target.write(0, CONTENT[:65_536])
    if when == "when it is whole":
        target.write(1, CONTENT[65_536:131_072])
        target.write(2, CONTENT[131_072:])
    other = tmp_path / "other"
    other.write_bytes(b"somebody else's")
    os.replace(target.part, tmp_path / "moved")
    if how == "replaced":
        os.replace(other, target.part)
    elif how == "linked":
        target.part.symlink_to(other)
    with pytest.raises(FileNotSaved):
        if when == "when it is whole":
            target.finish()
        else:
            target.write(1, CONTENT[65_536:131_072])
    assert target.remove()
    assert not (tmp_path / "plan.pdf").exists()
    if how != "removed":
        assert target.part.read_bytes() == b"somebody else's"
