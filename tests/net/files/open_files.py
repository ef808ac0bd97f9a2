"""That Windows removes no file that is open, everywhere."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest


def keep_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on what this process has open cannot be removed, as on Windows."""
    if sys.platform == "win32":
        return
    real = os.unlink

    def unlink(path: Any, **options: Any) -> None:
        wanted = os.lstat(path, dir_fd=options.get("dir_fd"))
        if any(os.path.samestat(wanted, one) for one in _open_files()):
            raise PermissionError(errno.EACCES, "another process is using it")
        real(path, **options)

    monkeypatch.setattr(os, "unlink", unlink)


def _open_files() -> Iterator[os.stat_result]:
    for descriptor in range(3, 512):
        try:
            yield os.fstat(descriptor)
        except OSError:
            continue
