"""How bytes that stand at fixed places are laid out: what a decoder cuts by, and what a view shows of it.

A layout is the fields of a body in their order. Whoever decodes the body keeps it beside the decoder
(wire/framing, crypto/bodies, records, room_keys, whispers) and `lab/spans` turns it into byte positions, so
that what is shown is what is read. Knows nothing of what the fields mean.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a run of bytes is, whatever its name: one colour each in a hex dump."""

    HEADER = "header"
    LENGTH = "length"
    FIELD = "field"
    KEY = "key"
    """A public key, a key share, a wrapped key."""
    SIGNATURE = "signature"
    CIPHERTEXT = "ciphertext"
    TAG = "tag"
    """A MAC over what was sent: of a record, or of the whole handshake."""
    STAMP = "stamp"
    JSON = "json"
    """What holds JSON together: brackets, quotes, commas, colons, spaces, the newline that ends a text."""
    JSON_KEY = "json_key"
    JSON_VALUE = "json_value"
    TEXT = "text"
    """What a person wrote."""
    PADDING = "padding"
    UNREAD = "unread"
    """What no decoder of ours reads."""


class Field(NamedTuple):
    """One field: its name in PROTOCOL, and its size in bytes, or None for what the other fields leave."""

    name: str
    size: int | None
    kind: Kind = Kind.FIELD


Layout = tuple[Field, ...]
"""At most one field has no size of its own."""


def sizes(layout: Layout, total_bytes: int) -> list[int] | None:
    """The size of each field when there are `total_bytes` in all; None if the layout does not fit them."""
    fixed_bytes = sum(field.size for field in layout if field.size is not None)
    rest_bytes = total_bytes - fixed_bytes
    has_rest = any(field.size is None for field in layout)
    if rest_bytes < 0 or (rest_bytes and not has_rest):
        return None
    return [rest_bytes if field.size is None else field.size for field in layout]


def cut(layout: Layout, data: bytes) -> list[bytes] | None:
    """The bytes of each field; None if the layout does not fit."""
    pieces_bytes = sizes(layout, len(data))
    if pieces_bytes is None:
        return None
    pieces, start = [], 0
    for piece_bytes in pieces_bytes:
        pieces.append(data[start : start + piece_bytes])
        start += piece_bytes
    return pieces
