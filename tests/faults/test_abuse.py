"""Short attacks in every test run: the others go on talking, and memory stays bounded.

How fast they are heard is for `make abuse`, with its bar of 200 ms on a machine that does nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("what a process takes is read from Linux", allow_module_level=True)

from tests.faults.abuse import MEMORY_BAR_BYTES, measure

OF_FILES = ("uploads", "downloads", "abandoned", "bad_chunks", "quota")


@pytest.mark.parametrize(
    "attack", ["slow_reader", "flood", "handshakes", "descriptors", "garbage", *OF_FILES]
)
def test_the_attacker_alone_pays(tmp_path: Path, attack: str) -> None:
    """PROTOCOL §9. `measure` raises when a message of the two honest members is not heard, or one of them is
    sent away, or the server ends."""
    measured = measure(attack, 2.0, tmp_path / "data")
    assert measured.told, "the attacker never got going"
    assert measured.memory_most - measured.memory_before < MEMORY_BAR_BYTES, str(measured)
