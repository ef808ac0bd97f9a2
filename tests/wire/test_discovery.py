"""The two packets of a search (PROTOCOL §15): what they are to the byte, and what else may come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.wire import discovery
from netcore.wire.discovery import (
    MAX_ANSWER_BYTES,
    QUERY_BYTES,
    RoomAnswer,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
)

TOKEN = bytes(range(16))
ANSWER = RoomAnswer(b"F" * 32, 5050, 12, "Room 12", "Frau Weiß")


def packet(answer: RoomAnswer = ANSWER, **pieces: bytes) -> bytes:
    """An answer with raw names in the place of its own."""
    names = {"room": answer.room.encode(), "host": answer.host.encode()} | pieces
    head = encode_answer(TOKEN, answer)[:68]
    return head + b"".join(bytes([len(names[key])]) + names[key] for key in ("room", "host"))


def test_both_packets_to_the_byte() -> None:
    assert encode_query(TOKEN) == b"LocalChat/1 ask\n" + TOKEN + bytes(240) and QUERY_BYTES == 272
    whole = (
        b"LocalChat/1 ans\n"
        + TOKEN
        + b"F" * 32
        + b"\x13\xba"
        + b"\x00\x0c"
        + b"\x07Room 12"
        + b"\x0aFrau Wei\xc3\x9f"
    )
    assert encode_answer(TOKEN, ANSWER) == packet() == whole
    assert decode_query(encode_query(TOKEN)) == TOKEN and decode_answer(whole, TOKEN) == ANSWER


def test_no_answer_is_longer_than_its_query() -> None:
    """Nobody gets more out of a room than they put in."""
    longest = RoomAnswer(bytes(32), 65_535, 10**9, "\U00020000" * 24, "\U00020000" * 24)
    assert len(encode_answer(TOKEN, longest)) == MAX_ANSWER_BYTES < QUERY_BYTES
    read = decode_answer(encode_answer(TOKEN, longest), TOKEN)
    assert read is not None and read.members == 65_535


DEEP = b"[" * 10_000
GARBAGE = {
    "nothing": b"",
    "65,507 bytes": b"\xff" * 65_507,
    "65,507 zeros": bytes(65_507),
    "text that is no JSON": b"hello",
    "JSON": json.dumps({"room": "x"}).encode(),
    "UTF-16": "LocalChat/1 ask\n".encode("utf-16"),
    "deep JSON": DEEP,
    "lone surrogates": b"\xed\xa0\x80" * 90,
    "272 zeros": bytes(272),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_packet(garbage: bytes) -> None:
    assert decode_query(garbage) is None and decode_answer(garbage, TOKEN) is None


def test_a_query_is_right_in_every_byte() -> None:
    good = encode_query(TOKEN)
    for place in (*range(16), *range(32, QUERY_BYTES)):
        assert decode_query(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]) is None
    for other in (good[:-1], good + b"\0", good.replace(b"/1", b"/2")):
        assert decode_query(other) is None


def test_an_answer_to_another_question_is_none() -> None:
    for place in range(16):
        other = TOKEN[:place] + bytes([TOKEN[place] ^ 1]) + TOKEN[place + 1 :]
        assert decode_answer(packet(), other) is None
    assert decode_answer(packet().replace(b"ans", b"ask"), TOKEN) is None
    assert decode_answer(packet().replace(b"/1", b"/2"), TOKEN) is None


@pytest.mark.parametrize(
    "bad",
    [
        packet()[:-1],
        packet() + b"\0",
        packet()[:68],
        packet()[:69],
        packet()[:68] + b"\xff" + packet()[69:],
        packet()[:68] + b"\x06" + packet()[69:],
        packet()[:68] + b"\x08" + packet()[69:],
        packet(ANSWER._replace(port=0)),
        packet(ANSWER._replace(members=0)),
    ],
)
def test_a_length_that_leads_astray_or_a_port_that_is_none(bad: bytes) -> None:
    """Port 0; 70000 does not fit in the field."""
    assert decode_answer(bad, TOKEN) is None


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\x1b[31mred",
        b"\x1b]0;title\x07",
        "abc\u202edef".encode(),
        "a\u2066b".encode(),
        b"a\0b",
        b"a\nb",
        b" a",
        "\u3164".encode(),
        "e\u0301".encode(),
        ("a" * 25).encode(),
        "\ud55c\uae00\u2800".encode(),
    ],
)
def test_a_name_that_is_none_is_no_answer(name: bytes) -> None:
    """Escape sequences, direction marks, controls, what cannot be seen, and UTF-8 that is not strict."""
    assert decode_answer(packet(room=name), TOKEN) is None
    assert decode_answer(packet(host=name), TOKEN) is None


def test_a_room_may_be_called_what_a_member_may_not() -> None:
    assert decode_answer(packet(room=b"Physics (2b)!"), TOKEN) is not None
    assert decode_answer(packet(host=b"Physics (2b)!"), TOKEN) is None


@given(st.binary(max_size=QUERY_BYTES + 8))
def test_any_bytes(data: bytes) -> None:
    """Never an exception; and what is taken is what our own would be."""
    assert decode_query(data) is None or encode_query(data[16:32]) == data
    whole = discovery.ANSWER_MAGIC + TOKEN + data
    for one in (data, whole):
        answer = decode_answer(one, TOKEN)
        assert answer is None or encode_answer(TOKEN, answer) == one


@given(
    st.binary(min_size=32, max_size=32), st.integers(1, 65_535), st.integers(1, 65_535),
    st.sampled_from(["Lab", "世界", "Грета", "A-1"]), st.sampled_from(["Ada", "李", "Zoë"]),
)  # fmt: skip
def test_there_and_back(fingerprint: bytes, port: int, members: int, room: str, host: str) -> None:
    answer = RoomAnswer(fingerprint, port, members, room, host)
    assert decode_answer(encode_answer(TOKEN, answer), TOKEN) == answer
