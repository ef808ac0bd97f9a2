"""What may come in through the JSON edge, and what may not (PROTOCOL §6.1)."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore import limits
from netcore.errors import MessageError
from netcore.wire import strict_json as json_edge
from netcore.wire.strict_json import decode_object, encode_string


def nested(depth: int, inside: str = "") -> bytes:
    return ('{"a":' + "[" * depth + inside + "]" * depth + "}").encode()


BAD = {
    "not UTF-8": b'{"a":"\xff"}',
    "overlong": b'{"a":"\xc0\x80"}',
    "encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "UTF-32": '{"a":1}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "lone surrogate escape": b'{"a":"\\ud800"}',
    "lone low surrogate escape": b'{"a":"x\\udc00y"}',
    "lone surrogate as key": b'{"\\udfff":1}',
    "surrogates the wrong way round": b'{"a":"\\ude00\\ud83d"}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "-Infinity": b'{"a":-Infinity}',
    "1e400": b'{"a":1e400}',
    "fraction": b'{"a":1.0}',
    "exponent": b'{"a":1e3}',
    "21 digits": b'{"a":' + b"1" * 21 + b"}",
    "4,301 digits": b'{"a":' + b"1" * 4_301 + b"}",
    "leading zero": b'{"a":01}',
    "duplicate key": b'{"a":1,"a":2}',
    "duplicate key, escaped": b'{"a":1,"\\u0061":2}',
    "duplicate key further in": b'{"a":{"b":1,"b":1}}',
    "301 containers": nested(limits.MAX_JSON_CONTAINERS),
    "1,000 deep": nested(1_000),
    "5,000 deep": nested(5_000),
    "unclosed brackets": b"[" * limits.MAX_JSON_BYTES,
    "unclosed braces": b'{"a":' * 5_000,
    "many small arrays": b'{"a":[' + b"[]," * 400 + b"[]]}",
    "array on top": b"[]",
    "number on top": b"1",
    "string on top": b'"a"',
    "null on top": b"null",
    "nothing": b"",
    "blanks": b"   ",
    "two objects": b"{} {}",
    "garbage behind": b'{"a":1}x',
    "NUL behind": b'{"a":1}\0',
    "raw control": b'{"a":"\x01"}',
    "raw tab": b'{"a":"\t"}',
    "raw NUL": b'{"a":"\0"}',
    "single quotes": b"{'a':1}",
    "comma at the end": b'{"a":1,}',
    "comment": b'{"a":1/**/}',
    "one byte too long": b'{"a":"' + b"x" * (limits.MAX_JSON_BYTES - 7) + b'"}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_json_is_one_error(text: bytes) -> None:
    """§6.1: a receiver MUST refuse, as a fault: ..."""
    with pytest.raises(MessageError):
        decode_object(text)


GOOD = {
    "as long as it may be": b'{"a":"' + b"x" * (limits.MAX_JSON_BYTES - 8) + b'"}',
    "300 containers": nested(limits.MAX_JSON_CONTAINERS - 1),
    "20 digits": b'{"a":' + b"9" * 20 + b"}",
    "minus and 19 digits": b'{"a":-' + b"9" * 19 + b"}",
    "escaped pair": b'{"a":"\\ud83d\\ude00"}',
    "brackets in a string": b'{"a":"' + b"[" * 5_000 + b'"}',
    "quotes and brackets in a string": b'{"a":"' + b'\\"[\\\\' * 1_000 + b'"}',
    "10,000 keys' worth of blanks": b"{" + b" " * 10_000 + b"}",
    "escaped NUL": b'{"a":"\\u0000"}',
    "line separator": '{"a":"\u2028"}'.encode(),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_good_json(text: bytes) -> None:
    """The limits themselves are legal, and what merely looks dangerous is text."""
    assert decode_object(text) == json.loads(text)


def test_true_is_kept_apart_from_one() -> None:
    """§6.1: `true` is not 1 (the schema tells them apart by their type)."""
    assert type(decode_object(b'{"a":true}')["a"]) is bool


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_what_others_write_is_read(value: dict[str, object]) -> None:
    """§6.1: order of keys and white space are free; escapes are read too."""
    assert decode_object(json.dumps(value).encode()) == value
    assert decode_object(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(st.text())
def test_a_string_goes_as_itself(text: str) -> None:
    """§6.1: non-ASCII characters go as themselves; and nothing in it ends the line or the string."""
    written = encode_string(text)
    assert json.loads(written) == text
    assert "\n" not in written
    assert all(letter in written for letter in text if ord(letter) > 127)
    assert decode_object(b'{"a":' + written.encode() + b"}") == {"a": text}


def count_containers(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(count_containers, value.values()))
    return 1 + sum(map(count_containers, value)) if isinstance(value, list) else 0


@given(JSON)
def test_the_guard_counts_exactly(value: object) -> None:
    """Brackets in strings, behind any run of backslashes and quotes, are not counted; others all are."""
    assert json_edge._containers(json.dumps(value)) == count_containers(value)
    assert json_edge._containers(json.dumps(value, ensure_ascii=False)) == count_containers(value)


@given(st.text('\\"[{]}:,a', max_size=60))
def test_the_guard_counts_hostile_strings(text: str) -> None:
    assert json_edge._containers(json.dumps([text, [text]])) == 2


@given(st.binary(max_size=200) | st.text('{}[]":,\\u0d8e1-.tfn ', max_size=60).map(str.encode))
def test_any_bytes_give_an_object_or_the_one_error(text: bytes) -> None:
    """Nothing that a peer sends raises anything else, and what is accepted can be written again."""
    try:
        value = decode_object(text)
    except MessageError:
        return
    assert decode_object(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize("piece", [b'\\"', b"\\\\", b'"', b"[]", b"{}", b'{"a":', b"\\", b"\\u0000"])
def test_the_guard_is_fast_on_hostile_text(piece: bytes) -> None:
    """Linear time: no 32 KiB take the loop longer than a few milliseconds (a regex once took 19 s)."""
    text = (b'{"a":"' + piece * limits.MAX_JSON_BYTES)[: limits.MAX_JSON_BYTES]
    begun = time.perf_counter()
    with pytest.raises(MessageError):
        decode_object(text)
    assert time.perf_counter() - begun < 0.2
