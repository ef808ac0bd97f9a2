"""A sandbox in a folder of the test's, and nothing left of it afterwards."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.lab.sandbox.folder import PREFIX
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.net.loop import THREAD_NAME


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """No room is open yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one = Sandbox()
    yield one
    one.close()
    assert list(tmp_path.glob(f"{PREFIX}*")) == [], "something stayed on the disk"
    left = [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]
    assert not left, "a network thread outlived its room"
