"""The sealed files of a room on the disk."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netcore.store.blob_files import BlobFiles

BLOB = bytes(range(16))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize("system", ["POSIX", "Windows"])
@pytest.mark.parametrize(
    "use",
    [
        lambda files: files.write(BLOB, 0, b"of a member"),
        lambda files: files.write(BLOB, 1, b"of a member"),
        lambda files: files.read(BLOB, 0, 1),
        lambda files: files.sync(BLOB, new=False),
    ],
)
def test_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, use: Callable[[BlobFiles], object]
) -> None:
    """Whoever lays one into the folder must not choose what members read and write."""
    if system == "Windows":
        monkeypatch.delattr(os, "O_NOFOLLOW")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious, and as long as several chunks of a room")
    files = BlobFiles(tmp_path / "blobs", chunk_bytes=2)
    (tmp_path / "blobs").mkdir()
    link = tmp_path / "blobs" / BLOB.hex()
    link.symlink_to(elsewhere)
    with pytest.raises(OSError) as caught:
        use(files)
    assert caught.value.errno == errno.ELOOP
    assert files.size_bytes(BLOB) == os.lstat(link).st_size
    assert elsewhere.read_bytes() == b"precious, and as long as several chunks of a room"
    files.remove(BLOB)
    assert files.all() == set() and elsewhere.exists()
