"""The naive reader reads a real stream and raises what Python raises."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.lab.museum import v1_2
from netcore.lab.stream.bare import BareChannel, cut, read_chunk

SAYS = [v1_2.to_bytes("Ada", text) for text in ("Grüß dich", "Wer?")]


@pytest.fixture
def channel() -> Iterator[BareChannel]:
    made = BareChannel()
    yield made
    made.close()


def test_alone_each_message_is_read(channel: BareChannel) -> None:
    """Why it is believed: on a quiet computer it works."""
    readings = list(channel.carry(SAYS))
    assert [reading.error for reading in readings] == ["", ""]
    assert [reading.line for reading in readings] == ["Ada: Grüß dich", "Ada: Wer?"]


def test_two_in_one_chunk_are_extra_data(channel: BareChannel) -> None:
    (reading,) = channel.carry([b"".join(SAYS)])
    assert reading.error.startswith("JSONDecodeError: Extra data: line 1 column 41 (char 40)")
    assert reading.line == ""


def test_half_a_message_and_half_a_letter(channel: BareChannel) -> None:
    at = SAYS[0].index("ü".encode()) + 1
    readings = list(channel.carry([SAYS[0]], recv_bytes=at))
    assert [len(reading.chunk) for reading in readings[:1]] == [at]
    assert "UnicodeDecodeError" in readings[0].error and "unexpected end of data" in readings[0].error
    assert "invalid start byte" in readings[1].error
    whole = list(channel.carry([SAYS[1]], recv_bytes=12))
    assert "Unterminated string" in whole[0].error or "Expecting" in whole[0].error
    assert whole[0].offset == len(SAYS[0])


@given(st.binary(min_size=1, max_size=300), st.integers(1, 64), st.integers(1, 64))
def test_every_byte_comes_through_in_chunks_of_that_size(data: bytes, piece: int, recv: int) -> None:
    channel = BareChannel()
    try:
        readings = list(channel.carry(cut(data, piece, 64), recv))
    finally:
        channel.close()
    assert b"".join(reading.chunk for reading in readings) == data
    assert all(len(reading.chunk) <= recv for reading in readings)
    at = 0
    for reading in readings:
        assert reading.offset == at
        at += len(reading.chunk)


def test_more_than_a_kernel_holds(channel: BareChannel) -> None:
    text = json.dumps({"t": "x" * 8_000_000}).encode()
    readings = list(channel.carry([text], 65_536))
    assert sum(len(reading.chunk) for reading in readings) == len(text)
    assert all(reading.error for reading in readings)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: json.dumps(text).encode())
       | st.sampled_from([b"5", b"null", b"{}", b"[" * 100_000, SAYS[0], SAYS[0][:-1], SAYS[0] * 2]))
def test_what_is_raised_is_what_the_code_of_1_2_raises(chunk: bytes) -> None:
    """Its own way of showing an error wraps the same one."""
    reading = read_chunk(0, chunk)
    shown = v1_2.read_chunk(chunk)
    try:
        assert v1_2.from_bytes(chunk) == reading.line == shown and not reading.error
    except v1_2.NO_MESSAGE as error:
        assert reading.error == f"{type(error).__name__}: {error}" and reading.line == ""
        assert shown == f"-- not a message: {error!r}"


def test_a_defect_of_the_reader_is_not_hidden(channel: BareChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> str:
        raise AttributeError("no such thing")

    monkeypatch.setattr(v1_2, "from_bytes", broken)
    with pytest.raises(AttributeError):
        list(channel.carry([b"x"]))


@given(st.binary(max_size=500), st.integers(1, 100), st.integers(1, 64))
def test_a_cut_loses_nothing_and_is_bounded(data: bytes, piece: int, most: int) -> None:
    pieces = cut(data, piece, most)
    assert b"".join(pieces) == data
    assert len(pieces) <= most
    if len(data) <= piece * most:
        assert all(len(part) == piece for part in pieces[:-1])
