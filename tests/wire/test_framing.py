"""Frames: PROTOCOL §2."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import FrameError
from netcore.wire.framing import (
    HEADER_BYTES,
    MAX_BODY_BYTES,
    PRE_KEY_LENGTHS,
    SEALED_LENGTHS,
    Frame,
    FrameParser,
    FrameType,
    encode_frame,
    encode_header,
)


def take_all(parser: FrameParser) -> list[Frame]:
    frames = []
    while (frame := parser.next()) is not None:
        frames.append(frame)
    return frames


def direct(body: bytes) -> bytes:
    return encode_frame(FrameType.DIRECT, body)


def test_layout_on_the_wire() -> None:
    """PROTOCOL §2: `type:u8 | length:u24be | body`."""
    assert encode_header(FrameType.ROOM, 0x2345) == bytes.fromhex("1A002345")
    assert encode_frame(FrameType.ALERT, b"\x01") == bytes.fromhex("1500000101")
    frame = Frame(FrameType.DIRECT, b"x" * 65_552)
    assert frame.header == bytes.fromhex("17010010")
    assert frame.raw == frame.header + frame.body


@pytest.mark.parametrize("length", [-1, MAX_BODY_BYTES + 1, 1 << 24])
def test_no_header_for_a_body_over_the_limit(length: int) -> None:
    """PROTOCOL §2: after keys, 65,592 at most."""
    with pytest.raises(ValueError):
        encode_header(FrameType.DIRECT, length)


def test_legal_lengths_are_those_of_the_table() -> None:
    """PROTOCOL §2, the table: one exact length each before keys exist; sealed ones start at a byte."""
    assert {t.value: (r.start, r.stop - 1) for t, r in PRE_KEY_LENGTHS.items()} == {
        0x01: (80, 80),
        0x02: (1104, 1104),
        0x03: (288, 288),
        0x04: (32, 32),
        0x15: (1, 1),
    }
    assert {t.value: (r.start, r.stop - 1) for t, r in SEALED_LENGTHS.items()} == {
        0x17: (17, 65_552),
        0x18: (56, 262_248),
        0x19: (17, 272),
        0x1A: (45, 65_552),
        0x1B: (52, 52),
    }


bodies = st.lists(
    st.one_of(
        st.tuples(st.just(FrameType.DIRECT), st.binary(min_size=17, max_size=300)),
        st.tuples(st.just(FrameType.CLOSE), st.binary(min_size=17, max_size=272)),
        st.tuples(st.just(FrameType.ROOM), st.binary(min_size=45, max_size=300)),
        st.tuples(st.just(FrameType.ROOM_KEY), st.binary(min_size=52, max_size=52)),
    ),
    max_size=8,
)


@given(bodies, st.data())
@settings(max_examples=150, deadline=None)
def test_any_cutting_of_the_stream_gives_the_same_frames(
    sent: list[tuple[FrameType, bytes]], data: st.DataObject
) -> None:
    """TCP keeps bytes and order, not the borders of writes."""
    stream = b"".join(encode_frame(t, b) for t, b in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    parser = FrameParser(SEALED_LENGTHS)
    got: list[Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        parser.feed(stream[start:end])
        got += take_all(parser)
    assert got == [Frame(t, b) for t, b in sent]
    assert parser.buffered_bytes == 0


@given(st.binary(max_size=200), st.integers(1, 7))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_legal_frames_or_one_error_that_stays(data: bytes, chunk: int) -> None:
    """PROTOCOL §2: nothing is parsed that a stranger can bend."""
    parser = FrameParser({**PRE_KEY_LENGTHS, FrameType.CLOSE: range(0, 20)})
    try:
        for start in range(0, len(data), chunk):
            parser.feed(data[start : start + chunk])
            for frame in take_all(parser):
                assert frame.raw in data
    except FrameError as error:
        assert parser.buffered_bytes == 0
        for call in (parser.next, lambda: parser.feed(b"")):
            with pytest.raises(FrameError) as again:
                call()
            assert str(again.value) == str(error)


@pytest.mark.parametrize(
    "header",
    [
        "17FFFFFF",
        "17010011",
        "17000010",
        "00000011",
        "18000010",
        "FF000001",
        "1900000F",
        "19000111",
        "1B000033",
    ],
)
def test_a_wrong_header_is_refused_before_any_body(header: str) -> None:
    """PROTOCOL §2: length is checked before anything is buffered."""
    parser = FrameParser(SEALED_LENGTHS)
    raw = bytes.fromhex(header)
    parser.feed(raw[:3])
    assert parser.next() is None
    parser.feed(raw[3:])
    with pytest.raises(FrameError):
        parser.next()


@pytest.mark.parametrize("frame_type", list(PRE_KEY_LENGTHS))
@pytest.mark.parametrize("off", [-1, 1])
def test_before_keys_one_length_only(frame_type: FrameType, off: int) -> None:
    """PROTOCOL §2: before keys exist each type has one exact legal length."""
    exact = PRE_KEY_LENGTHS[frame_type].start
    parser = FrameParser(PRE_KEY_LENGTHS)
    parser.feed(encode_frame(frame_type, bytes(exact)) + encode_header(frame_type, exact + off))
    assert parser.next() == Frame(frame_type, bytes(exact))
    with pytest.raises(FrameError):
        parser.next()


def test_what_is_legal_now_decides_not_what_was_when_the_bytes_came() -> None:
    """The frame that changes the state may arrive together with the first one of the new state."""
    parser = FrameParser({FrameType.SERVER_FINISHED: PRE_KEY_LENGTHS[FrameType.SERVER_FINISHED]})
    parser.feed(encode_frame(FrameType.SERVER_FINISHED, bytes(32)) + direct(b"d" * 17) + direct(b"e" * 17))
    assert parser.next() == Frame(FrameType.SERVER_FINISHED, bytes(32))
    parser.accept(SEALED_LENGTHS)
    assert parser.next() == Frame(FrameType.DIRECT, b"d" * 17)
    parser.accept({FrameType.CLOSE: SEALED_LENGTHS[FrameType.CLOSE]})
    with pytest.raises(FrameError):
        parser.next()


def test_the_cap_holds_whatever_accept_says() -> None:
    parser = FrameParser({FrameType.DIRECT: range(1, 1 << 24)})
    parser.feed(bytes.fromhex("17040069"))
    with pytest.raises(FrameError):
        parser.next()
    small = FrameParser(SEALED_LENGTHS, max_frame_bytes=HEADER_BYTES + 100)
    small.feed(direct(bytes(100)) + encode_header(FrameType.DIRECT, 101))
    assert small.next() == Frame(FrameType.DIRECT, bytes(100))
    with pytest.raises(FrameError):
        small.next()


def test_buffered_bytes_counts_what_waits() -> None:
    parser = FrameParser(SEALED_LENGTHS)
    parser.feed(direct(bytes(17)) + b"\x17\x00")
    assert parser.buffered_bytes == 23
    parser.next()
    assert parser.buffered_bytes == 2


def test_used_bytes_are_given_back() -> None:
    """A connection that lives a day must not keep what it has read."""
    parser = FrameParser(SEALED_LENGTHS)
    frame = direct(bytes(1000))
    parser.feed(frame[:500])
    for _ in range(1000):
        parser.feed(frame[500:] + frame[:500])
        assert parser.next() is not None
    assert parser.buffered_bytes == 500
    assert len(parser._buffer) < 2 * 65_536
