"""What can be typed to the tap, and what is said of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.errors import BadOrder
from netcore.lab import orders
from netcore.lab.orders import (
    MOST_INJECTED_BYTES,
    Cut,
    Delay,
    Disarm,
    Drop,
    Duplicate,
    Flip,
    Inject,
    Join,
    OwnKeys,
    Quit,
    Replay,
    Split,
    Swap,
    Truncate,
    Typed,
    read_order,
)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("/flip up", Flip(direction="up")),
        ("/flip down 12.7", Flip(direction="down", byte=12, bit=7)),
        ("  /flip   up  0.0 ", Flip(direction="up", byte=0, bit=0)),
        ("/drop down", Drop(direction="down")),
        ("/duplicate down", Duplicate(direction="down")),
        ("/replay down", Replay(direction="down")),
        ("/swap down", Swap(direction="down")),
        ("/delay up 2", Delay(direction="up", seconds=2.0)),
        ("/delay up 0.25", Delay(direction="up", seconds=0.25)),
        ("/split up", Split(direction="up")),
        ("/split down 12", Split(direction="down", byte=12)),
        ("/join down", Join(direction="down")),
        ("/truncate up", Truncate(direction="up")),
        ("/inject down 15000001ff", Inject(direction="down", data=b"\x15\0\0\1\xff")),
        ("/inject up 15 00 00 01 FF", Inject(direction="up", data=b"\x15\0\0\1\xff")),
        ("/cut", Cut()),
        ("/own-keys", OwnKeys()),
        ("/disarm", Disarm()),
        ("/quit", Quit()),
    ],
)
def test_each_order(line: str, order: Typed) -> None:
    assert read_order(line) == order


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("", "the orders are /flip"),
        ("hello", "the orders are /flip"),
        ("/fl1p up", "the orders are /flip"),
        ("/FLIP up", "the orders are /flip"),
        ("/flip", "write /flip up"),
        ("/flip left", "write /flip up"),
        ("/flip up 12", "BYTE.BIT"),
        ("/flip up 12.8", "BYTE.BIT"),
        ("/flip up -1.0", "BYTE.BIT"),
        ("/flip up 1.0 1.0", "BYTE.BIT"),
        ("/flip up ١.٠", "BYTE.BIT"),
        ("/drop", "write /drop up"),
        ("/drop up now", "write /drop up"),
        ("/delay up", "SECONDS"),
        ("/delay up 0", "SECONDS, at most 600"),
        ("/delay up 601", "SECONDS, at most 600"),
        ("/delay up nan", "SECONDS"),
        ("/delay up 1e9", "SECONDS"),
        ("/inject down", "HEX"),
        ("/inject down xy", "HEX"),
        ("/inject down 123", "HEX"),
        ("/inject down " + "00" * (MOST_INJECTED_BYTES + 1), "HEX"),
        ("/split up -1", "BYTE"),
        ("/join", "write /join up"),
        ("/cut up", "nothing behind it"),
        ("/own-keys now", "nothing behind it"),
        ("/quit 1", "nothing behind it"),
    ],
)
def test_what_is_no_order(line: str, hint: str) -> None:
    with pytest.raises(BadOrder) as refused:
        read_order(line)
    assert hint in str(refused.value) and "nothing was attacked" in str(refused.value)


@given(st.text() | st.builds(" ".join, st.lists(st.sampled_from([*orders._USAGE, "up", "1.0", "ff"]))))
def test_any_line_is_an_order_or_refused(line: str) -> None:
    try:
        read_order(line)
    except BadOrder as error:
        assert str(error)


def test_each_order_is_described_for_who_types_it() -> None:
    assert orders.__doc__ is not None
    described = {line.split()[0] for line in orders.__doc__.splitlines() if line.startswith("    /")}
    assert described == set(orders._USAGE)
