"""How one field is read: each codec takes its values in one spelling, and nothing else (PROTOCOL §6.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.errors import MessageError
from netcore.wire.codes import LeaveReason
from netcore.wire.schema import FieldCodec, base64_bytes, boolean, integer, string, word, write_b64

STRANGE: list[Any] = [None, True, False, 0, 1, -1, "", "x", [], {}, ["x"], {"x": 1}, 1.0]


def refuses(codec: FieldCodec, value: Any) -> bool:
    try:
        codec.read(value)
    except MessageError:
        return True
    return False


def test_integer_takes_its_range_and_no_bool() -> None:
    """§6.1: `true` is not 1."""
    codec = integer(0, 10)
    assert [value for value in [*STRANGE, 10, 11, 2**63] if not refuses(codec, value)] == [0, 1, 10]
    assert refuses(codec, True) and refuses(codec, False)


def test_boolean_takes_no_number() -> None:
    assert [value for value in STRANGE if not refuses(boolean(), value)] == [True, False]
    assert refuses(boolean(), 1) and refuses(boolean(), 0)


def test_string_counts_code_points() -> None:
    codec = string(3)
    assert codec.read("\U0001f600" * 3) == "\U0001f600" * 3
    assert refuses(codec, "abcd")
    assert [value for value in STRANGE if not refuses(codec, value)] == ["", "x"]


def test_word_takes_the_words_of_its_enum() -> None:
    codec = word(LeaveReason)
    assert codec.read("lost") is LeaveReason.LOST
    assert codec.write(LeaveReason.LOST) == '"lost"'
    assert all(refuses(codec, value) for value in [*STRANGE, "LOST", "lost ", "LeaveReason.LOST"])


@given(st.binary(max_size=40))
def test_base64_round_trip(raw: bytes) -> None:
    """§6.1: base64 without padding."""
    codec = base64_bytes(0, 40)
    text = json.loads(codec.write(raw))
    assert "=" not in text and codec.read(text) == raw


@given(st.text("AQgwBCab+/=-_ \n", max_size=12))
def test_base64_has_one_spelling(text: str) -> None:
    """§6.1: in its one canonical spelling: what is accepted is what we would write."""
    codec = base64_bytes(0, 40)
    try:
        raw = codec.read(text)
    except MessageError:
        return
    assert json.loads(write_b64(raw)) == text


@pytest.mark.parametrize(
    "text", ["AB", "AA==", "A", "AAAA\n", " AAAA", "AA A", "-_-_", "AAAA=", "ÄÄ", "A" * 9, "AA\0A"]
)
def test_other_spellings_are_refused(text: str) -> None:
    assert refuses(base64_bytes(1, 6), text)


def test_base64_keeps_its_size() -> None:
    codec = base64_bytes(16)
    spelt = {size: json.loads(write_b64(bytes(size))) for size in (15, 16, 17)}
    assert refuses(codec, spelt[15]) and refuses(codec, spelt[17])
    assert codec.read(spelt[16]) == bytes(16)
    assert all(refuses(codec, value) for value in STRANGE)
