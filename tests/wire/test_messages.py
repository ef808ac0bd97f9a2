"""Every message: its JSON, strictly, in its own direction only (PROTOCOL §6.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import given

from netcore import limits
from netcore.crypto.whispers import LEAST_C2_BYTES
from netcore.errors import MessageError
from netcore.wire.codec import decode_direct, decode_file, decode_from_client, decode_room, encode
from netcore.wire.messages import (
    ClientMessage,
    DirectMessage,
    Message,
    Person,
    RoomMessage,
    Roster,
    Say,
    SendWhisper,
    Whisper,
)
from tests.wire.examples import ANY_MESSAGE, CLASSES, page_examples

DECODERS: list[tuple[Callable[[bytes], Message], tuple[type[Message], ...]]] = [
    (decode_from_client, get_args(ClientMessage)),
    (decode_direct, get_args(DirectMessage)),
    (decode_room, get_args(RoomMessage)),
]
# §6.2: the keys that may be missing.
OPTIONAL = {("say", "file"), ("said", "file"), ("send_whisper", "blob"), ("whisper", "blob")}
EXAMPLES = {(raw := json.loads(text))["t"] + str(i): (text, raw) for i, text in enumerate(page_examples())}


def decode_somewhere(text: bytes) -> Message:
    """By the first decoder that knows its `t`."""
    name = json.loads(text)["t"]
    for decode, classes in DECODERS:
        if name in {cls.t for cls in classes}:
            return decode(text)
    raise AssertionError(name)


@given(ANY_MESSAGE)
def test_round_trip(message: Message) -> None:
    """A message is the same after the way through JSON, on each way it may take, and refused on others."""
    text = encode(message)
    assert text.endswith(b"\n") and text.count(b"\n") == 1
    for decode, classes in DECODERS:
        if type(message) in classes:
            assert decode(text[:-1]) == message
        else:
            with pytest.raises(MessageError):
                decode(text[:-1])


def test_the_page_shows_every_message() -> None:
    """§6.2: every message has an example."""
    assert {raw["t"] for _, raw in EXAMPLES.values()} == {cls.t for cls in CLASSES}


@pytest.mark.parametrize("text", [text for text, _ in EXAMPLES.values()], ids=EXAMPLES)
def test_the_page_s_examples_are_exact(text: bytes) -> None:
    """§6.2: the examples are what encode writes, key by key."""
    assert encode(decode_somewhere(text)) == text + b"\n"


def _places(value: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    found = [(value, key) for key in value if key != "t"]
    for inner in value.values():
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict):
                found += [(one, key) for key in one]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_missing_extra_and_wrong_fields_are_refused(name: str) -> None:
    """§6.1: a missing or an unknown key, a value of another kind, null where it is not named."""
    text = EXAMPLES[name][0]
    count = len(_places(json.loads(text)))
    for i in range(count):
        if _is_optional(text, i):
            assert decode_somewhere(_changed(text, i, lambda holder, key: holder.pop(key)))
        else:
            _refused_with(text, i, lambda holder, key: holder.pop(key))
        _refused_with(text, i, lambda holder, key: holder.update({"unknown": 1}))
        for strange in (None, 1.5, [None], {}, {"a": 1}, -1, "*" * 30_000, True, 2**53):
            before = json.loads(text)
            holder, key = _places(before)[i]
            same_kind = type(holder[key]) is type(strange) or (strange is None and key == "resume")
            # A value of the right kind may be good; of integers these two never are.
            if not same_kind or strange in (-1, 2**53):
                _refused_with(text, i, partial(_set, value=strange))


def _set(holder: dict[str, Any], key: str, value: object) -> None:
    holder[key] = value


def _is_optional(text: bytes, i: int) -> bool:
    value = json.loads(text)
    holder, key = _places(value)[i]
    return holder is value and (value["t"], key) in OPTIONAL


def _changed(text: bytes, i: int, change: Callable[[dict[str, Any], str], object]) -> bytes:
    value = json.loads(text)
    change(*_places(value)[i])
    return json.dumps(value, ensure_ascii=False).encode()


def _refused_with(text: bytes, i: int, change: Callable[[dict[str, Any], str], object]) -> None:
    with pytest.raises(MessageError):
        decode_somewhere(_changed(text, i, change))


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b'{"t":null}',
        b'{"t":1}',
        b'{"t":["say"]}',
        b'{"t":{"say":1}}',
        b'{"t":"nonsense"}',
        b'{"t":"PING"}',
        b'{"t":"ping","x":1}',
        b'{"T":"ping"}',
    ],
)
def test_unknown_messages_are_refused(text: bytes) -> None:
    """§6.1: an unknown `t` is a fault."""
    for decode, _ in DECODERS:
        with pytest.raises(MessageError):
            decode(text)


NO_SIZES = ("-1", "9007199254740992", "9223372036854775808", "1.5", "1e3", "true", '"5"', "null")


@pytest.mark.parametrize("size", NO_SIZES)
def test_sizes_of_files_that_are_none(size: str) -> None:
    """86 of a list of inputs that have gone wrong elsewhere: negative, 2^63, no count, where one is promised
    and where it is described."""
    put = '{"t":"put_blob","blob":"MDEyMzQ1Njc4OTo7PD0+Pw","size":SIZE}'
    hashed = "A" * 43
    file = f'{{"blob":"MDEyMzQ1Njc4OTo7PD0+Pw","name":"x","size":SIZE,"sha256":"{hashed}","k":"{hashed}"}}'
    say = '{"t":"say","stream":"AAECAwQFBgcICQoLDA0ODw","n":2,"text":"","file":' + file + "}"
    for text in (put, say):
        decode_from_client(text.replace("SIZE", "70000").encode())
        with pytest.raises(MessageError):
            decode_from_client(text.replace("SIZE", size).encode())
    decode_file(file.replace("SIZE", "0"))
    with pytest.raises(MessageError):
        decode_file(file.replace("SIZE", size))


def test_what_the_room_is_to_judge_comes_through() -> None:
    """§6.1 `asked`: a text that is too long or empty, or has NUL in it, is answered, not cut off."""
    for text in ("", "\0", "x" * 20_000, "\n" * 65):
        message = Say(bytes(16), 1, text)
        assert decode_from_client(encode(message)[:-1]) == message


def test_the_longest_messages_fit() -> None:
    """§6.1: 32,768 bytes hold the longest whisper, and a roster part of 200 longest names."""
    letter = "\U00020000"
    c2 = bytes(32 + 256 + 16_128)
    whisper = Whisper(bytes(32), bytes(16), 2**53 - 1, bytes(256), c2, 2**53 - 1)
    sent = SendWhisper(bytes(16), 2**53 - 1, bytes(32), bytes(16), 2**53 - 1, bytes(256), c2)
    person = Person(b"\xff" * 32, letter * limits.MAX_NAME_CHARS)
    roster = Roster((person,) * limits.ROSTER_PART_MEMBERS)
    for message in (whisper, roster):
        assert decode_direct(encode(message)[:-1]) == message
    assert decode_from_client(encode(sent)[:-1]) == sent


def test_the_bounds_of_a_sealed_whisper() -> None:
    """§6.2 c2: 544 bytes hold the empty text, 16,416 the longest of 4,000 code points."""
    assert LEAST_C2_BYTES == 544
    longest = 4 + 4 * limits.MAX_TEXT_CHARS
    assert 32 + 256 + longest + -longest % 256 == 16_416
    for size in (543, 16_417):
        sent = SendWhisper(bytes(16), 1, bytes(32), bytes(16), 1, bytes(256), bytes(size))
        with pytest.raises(MessageError):
            decode_from_client(encode(sent)[:-1])
