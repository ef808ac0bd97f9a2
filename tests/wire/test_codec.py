"""Texts in a record, and the hash that names a row (PROTOCOL §5.1, §8.2)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.errors import MessageError
from netcore.wire.codec import decode_file, encode, encode_file, row_hash, split_texts
from netcore.wire.messages import File, Message, Said
from tests.wire.examples import ANY_MESSAGE, FILES


@given(st.lists(ANY_MESSAGE, min_size=1, max_size=4))
def test_texts_come_apart_where_they_were_joined(messages: list[Message]) -> None:
    """§5.1: one or more JSON texts, each ended by a newline; none holds one."""
    texts = [encode(message) for message in messages]
    assert split_texts(b"".join(texts)) == [text[:-1] for text in texts]


@pytest.mark.parametrize("plaintext", [b"", b"{}", b'{"t":"ping"}\n{}', b"\n{}"])
def test_the_last_text_must_be_ended(plaintext: bytes) -> None:
    with pytest.raises(MessageError):
        split_texts(plaintext)


ROW = Said(7, bytes([1]) * 32, "Ada", bytes([2]) * 16, 3, 1_700_000_000_123, "Grüß dich")


def test_the_row_hash_is_as_the_page_says() -> None:
    """§8.2, byte by byte."""
    expected = hashlib.sha256(
        b"LocalChat/1 row\n"
        + bytes([9]) * 16
        + bytes([0, 0, 0, 0, 0, 0, 0, 7])
        + bytes([1]) * 32
        + bytes([2]) * 16
        + bytes([0, 0, 0, 0, 0, 0, 0, 3])
        + bytes.fromhex("0000018bcfe5687b")
        + bytes([0, 0, 0, 3])
        + b"Ada"
        + "Grüß dich".encode()
    ).digest()
    assert row_hash(bytes([9]) * 16, ROW) == expected


FILE = File(bytes([3]) * 16, "ä.txt", 70_000, bytes([4]) * 32, bytes([5]) * 32)


def test_the_row_hash_of_a_file_is_as_the_page_says() -> None:
    """§8.2, byte by byte."""
    expected = hashlib.sha256(
        b"LocalChat/1 row of a file\n"
        + bytes([9]) * 16
        + bytes([0, 0, 0, 0, 0, 0, 0, 7])
        + bytes([1]) * 32
        + bytes([2]) * 16
        + bytes([0, 0, 0, 0, 0, 0, 0, 3])
        + bytes.fromhex("0000018bcfe5687b")
        + bytes([0, 0, 0, 3])
        + b"Ada"
        + bytes([3]) * 16
        + bytes([0, 0, 0, 0, 0, 1, 0x11, 0x70])
        + bytes([4]) * 32
        + bytes([5]) * 32
        + "ä.txt".encode()
    ).digest()
    assert row_hash(bytes([9]) * 16, replace(ROW, text="", file=FILE)) == expected


@given(FILES)
def test_a_file_comes_back_as_it_was(file: File) -> None:
    """§14.1: the text of a whisper that shares it."""
    assert decode_file(encode_file(file)) == file


@pytest.mark.parametrize(
    "text", ["", "{}", "hello", '{"t":"ping"}', "\ud800", encode_file(FILE)[:-1] + ',"x":1}']
)
def test_what_is_no_file_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        decode_file(text)


def test_every_field_is_in_the_row_hash() -> None:
    """§8.2: another row has another hash, also when name and text share out the same letters otherwise."""
    shared = replace(ROW, text="", file=FILE)
    changes: list[dict[str, Any]] = [
        {"blob": bytes(16)}, {"name": "b"}, {"size": 6}, {"sha256": bytes(32)}, {"k": bytes(32)},
    ]  # fmt: skip
    others = [
        replace(ROW, seq=8),
        replace(ROW, sender=bytes(32)),
        replace(ROW, name="AdaG", text="rüß dich"),
        replace(ROW, stream=bytes(16)),
        replace(ROW, n=4),
        replace(ROW, at=0),
        replace(ROW, text=""),
        shared,
        *(replace(shared, file=replace(FILE, **change)) for change in changes),
    ]
    hashes = {row_hash(bytes(16), row) for row in [ROW, *others]} | {row_hash(bytes([1]) * 16, ROW)}
    assert len(hashes) == len(others) + 2
