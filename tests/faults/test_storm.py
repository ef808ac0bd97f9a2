"""A short storm in every test run; `make faults ROUNDS=100` is the long one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("stops, limits and ends programs by what POSIX has", allow_module_level=True)

from tests.faults.storm import run


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    """Nothing acknowledged is ever lost, whatever dies in between."""
    passed, report = run(tmp_path, seed=11, rounds=3, clients=3)
    assert passed, report
