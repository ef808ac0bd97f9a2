"""The one door through which JSON from the network comes in (PROTOCOL §6.1). `schema` writes ours.

Strict on purpose. `json.loads` alone accepts UTF-16, lone surrogates, NaN, duplicate keys and
nesting deep enough to end some interpreters; each of those has crashed a chat somewhere.
Leaves to `messages` what the fields mean.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from netcore import limits
from netcore.errors import BadJson

JsonObject = dict[str, Any]


def decode_object(text: bytes) -> JsonObject:
    """One JSON text of at most MAX_JSON_BYTES to a dict. Raises BadJson on anything else."""
    if len(text) > limits.MAX_JSON_BYTES:
        raise BadJson(what="too long a JSON text")
    try:
        # Decoding first: given bytes, json.loads would guess UTF-16 and let surrogates pass.
        string = text.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise BadJson(what="bytes that are not UTF-8") from None
    # All brackets first, those in strings too: that is quick, and enough for all but a text full of them.
    brackets = string.count("{") + string.count("[")
    if brackets > limits.MAX_JSON_CONTAINERS and _containers(string) > limits.MAX_JSON_CONTAINERS:
        raise BadJson(what="too deep a JSON text")
    try:
        value = _DECODER.decode(string)
        # An escaped lone surrogate ("\ud800") parses, but no window, file or socket can take it.
        if "\\u" in string:
            string.encode("utf-8")
            json.dumps(value, ensure_ascii=False).encode("utf-8", "strict")
    except ValueError:
        raise BadJson(what="broken JSON") from None
    if not isinstance(value, dict):
        raise BadJson(what="JSON that is not an object")
    return value


def encode_string(text: str) -> str:
    """A string as JSON writes it, in quotes; non-ASCII letters go as themselves."""
    return _ENCODER.encode(text)


def _containers(string: str) -> int:
    """How many arrays and objects the text opens: an upper bound of its depth, in linear time.

    Brackets inside strings do not count: with escapes taken out, every second piece between
    quotes is outside a string.
    """
    outside = string.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    return sum(piece.count("{") + piece.count("[") for piece in outside)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> JsonObject:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _small_int(digits: str) -> int:
    # Twenty characters hold every 64-bit number; more is an attack on the parser.
    if len(digits) > 20:
        raise ValueError("number too long")
    return int(digits)


def _no_float(digits: str) -> NoReturn:
    raise ValueError("no message of LocalChat/1 has a fraction")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_duplicates,
    parse_constant=_no_constant,
    parse_int=_small_int,
    parse_float=_no_float,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
