"""A file as both databases keep it: text, the JSON that `netcore.wire.codec.encode_file` writes."""

from __future__ import annotations

from netcore.errors import MessageError
from netcore.wire.codec import decode_file
from netcore.wire.messages import File


def file_of(column: object) -> File | None:
    """What the column holds; None for one that is empty, or damaged: then the message cannot be read."""
    if type(column) is not str:
        return None
    try:
        return decode_file(column)
    except MessageError:
        return None
