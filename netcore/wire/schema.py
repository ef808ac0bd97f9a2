"""How one field, and one message, is read from JSON and written to it (PROTOCOL §6.1).

A `FieldCodec` is a reader that checks and a writer; a `MessageSchema` is a dataclass with the codecs of
its fields. `messages` declares the messages in these terms.

Reading goes over JSON's values (`strict_json` makes them); writing goes straight to JSON's text, since a
schema knows all of it but the values: two thirds of the time of a dict for `json` to write.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, get_args, get_origin, get_type_hints

from netcore.errors import MessageError
from netcore.wire.strict_json import encode_string

_ID_BYTES: Final = 32
_IDS_KEPT: Final = 1_024
"""Ids and streams stand in every message of a member: known ones take 0.1 microseconds, others 1."""


@dataclass(frozen=True, slots=True)
class FieldCodec:
    """How one field is read from JSON's value and written as JSON's text; `key` when it is not its name."""

    read: Callable[[Any], Any]
    write: Callable[[Any], str]
    key: str = ""


def _bad() -> MessageError:
    return MessageError(what="a field of the wrong type")


def integer(low: int, high: int) -> FieldCodec:
    def read(value: Any) -> int:
        # type(), not isinstance(): true is an int to Python.
        if type(value) is not int or not low <= value <= high:
            raise _bad()
        return value

    return FieldCodec(read, str)


def string(longest: int) -> FieldCodec:
    def read(value: Any) -> str:
        if type(value) is not str or len(value) > longest:
            raise _bad()
        return value

    return FieldCodec(read, encode_string)


def boolean() -> FieldCodec:
    def read(value: Any) -> bool:
        if type(value) is not bool:
            raise _bad()
        return value

    return FieldCodec(read, lambda value: "true" if value else "false")


def write_b64(value: bytes) -> str:
    return f'"{_spell(value)}"'


def _spell(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).rstrip(b"=").decode("ascii")


def base64_bytes(low: int, high: int | None = None, key: str = "") -> FieldCodec:
    top = low if high is None else high

    def parse(value: str) -> bytes:
        try:
            raw = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
        except (ValueError, binascii.Error):
            raise _bad() from None
        # One value has one spelling: the spare bits of the last letter must be zero.
        if not low <= len(raw) <= top or _spell(raw) != value:
            raise _bad()
        return raw

    write = write_b64
    if top <= _ID_BYTES:
        parse, write = lru_cache(_IDS_KEPT)(parse), lru_cache(_IDS_KEPT)(write)

    def read(value: Any) -> bytes:
        if type(value) is not str or len(value) > top * 4 // 3 + 3:
            raise _bad()
        return parse(value)

    return FieldCodec(read, write, key)


def word(enum: type[StrEnum]) -> FieldCodec:
    def read(value: Any) -> StrEnum:
        if type(value) is not str:
            raise _bad()
        try:
            return enum(value)
        except ValueError:
            raise _bad() from None

    return FieldCodec(read, lambda value: encode_string(value.value))


@dataclass(frozen=True, slots=True)
class MessageSchema:
    """A class, and for each field its JSON key and codec."""

    cls: type
    parts: tuple[tuple[str, FieldCodec], ...]
    keys: frozenset[str]
    values: Callable[[Any], tuple[Any, ...]]
    """The fields' values, in their order."""
    template: str
    """The JSON text, with %s where a value stands."""
    optional: str = ""
    """The field that may be None: then its key is not there."""
    full: MessageSchema | None = None
    """The schema for a message that has it."""


def schema_of(cls: type) -> MessageSchema:
    """A field with a default (None) is one whose key may be missing; a class has one at most."""
    hints = get_type_hints(cls, include_extras=True)
    codecs: dict[str, FieldCodec] = {}
    optional = ""
    for field in fields(cls):
        if field.default is MISSING:
            codecs[field.name] = _codec(hints[field.name])
        else:
            assert not optional
            optional = field.name
    if not optional:
        return _schema(cls, codecs)
    wanted = get_args(hints[optional])[0]
    own = next((one for one in getattr(wanted, "__metadata__", ()) if isinstance(one, FieldCodec)), None)
    full = _schema(cls, codecs | {optional: own or _nested(schema_of(wanted))})
    return replace(_schema(cls, codecs), optional=optional, full=full)


def _schema(cls: type, codecs: Mapping[str, FieldCodec]) -> MessageSchema:
    parts = tuple((codec.key or name, codec) for name, codec in codecs.items())
    constant = [f'"t":{encode_string(cls.t)}'] if hasattr(cls, "t") else []
    template = ",".join(constant + [f'"{key}":%s' for key, _ in parts])
    keys = frozenset(key for key, _ in parts)
    return MessageSchema(cls, parts, keys, _values(tuple(codecs)), "{" + template + "}")


def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)  # of one name it gives the value, not a tuple
    return lambda value: tuple(getattr(value, name) for name in names)


def _codec(hint: Any) -> FieldCodec:
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, FieldCodec):
            return extra
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        item = _nested(schema_of(arguments[0]))

        def read_list(value: Any) -> tuple[Any, ...]:
            if type(value) is not list:
                raise _bad()
            return tuple(map(item.read, value))

        return FieldCodec(read_list, lambda value: f"[{','.join(map(item.write, value))}]")
    optional = _nested(schema_of(arguments[0]))
    return FieldCodec(
        lambda value: None if value is None else optional.read(value),
        lambda value: "null" if value is None else optional.write(value),
    )


def _nested(schema: MessageSchema) -> FieldCodec:
    return FieldCodec(lambda value: build(schema, value), lambda value: write(schema, value))


def build(schema: MessageSchema, value: Any) -> Any:
    if type(value) is not dict:
        raise _bad()
    if value.keys() != schema.keys:
        if schema.full is None or value.keys() != schema.full.keys:
            raise MessageError(what="missing or unknown fields")
        schema = schema.full
    return schema.cls(*[codec.read(value[key]) for key, codec in schema.parts])


def write(schema: MessageSchema, value: Any) -> str:
    """The JSON text of `value`, of the schema's class."""
    if schema.full is not None and getattr(value, schema.optional) is not None:
        schema = schema.full
    parts = zip(schema.parts, schema.values(value), strict=True)
    return schema.template % tuple([codec.write(one) for (_, codec), one in parts])
