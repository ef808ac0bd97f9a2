"""Messages to JSON texts and back, and the hash that names a row (PROTOCOL §6.1, §8.2, §14.1)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, get_args

from netcore.errors import BadJson, MessageError
from netcore.wire.messages import ClientMessage, DirectMessage, File, Message, RoomMessage, Said
from netcore.wire.schema import MessageSchema, build, schema_of, write
from netcore.wire.strict_json import decode_object


def _table(union: Any) -> Mapping[str, MessageSchema]:
    return {cls.t: schema_of(cls) for cls in get_args(union)}


_FROM_CLIENT = _table(ClientMessage)
_DIRECT = _table(DirectMessage)
_ROOM = _table(RoomMessage)
_FILE = schema_of(File)
_ALL = {schema.cls: schema for table in (_FROM_CLIENT, _DIRECT, _ROOM) for schema in table.values()}


def encode(message: Message) -> bytes:
    """A message to its JSON text, with the newline that separates texts in a record."""
    return (write(_ALL[type(message)], message) + "\n").encode("utf-8")


def _decode(table: Mapping[str, MessageSchema], text: bytes) -> Any:
    value = decode_object(text)
    name = value.pop("t", None)
    schema = table.get(name) if type(name) is str else None
    if schema is None:
        raise MessageError(what="an unknown kind of message")
    return build(schema, value)


def decode_from_client(text: bytes) -> ClientMessage:
    """One JSON text of a client's Direct record. Raises MessageError."""
    message: ClientMessage = _decode(_FROM_CLIENT, text)
    return message


def decode_direct(text: bytes) -> DirectMessage:
    """One JSON text of a server's Direct record. Raises MessageError."""
    message: DirectMessage = _decode(_DIRECT, text)
    return message


def decode_room(text: bytes) -> RoomMessage:
    """One JSON text of a Room record. Raises MessageError."""
    message: RoomMessage = _decode(_ROOM, text)
    return message


def encode_file(file: File) -> str:
    """A file as a whisper carries it, and as it is kept: one JSON object."""
    return write(_FILE, file)


def decode_file(text: str) -> File:
    """Raises MessageError for anything that `encode_file` does not write."""
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError:
        raise MessageError(what="a file that is not UTF-8") from None
    file: File = build(_FILE, decode_object(raw))
    return file


def split_texts(plaintext: bytes) -> list[bytes]:
    """The JSON texts of a record, without their newlines; the last must be ended by one."""
    if not plaintext.endswith(b"\n"):
        raise BadJson(what="a record whose last text is not ended")
    return plaintext[:-1].split(b"\n")


def row_hash(log_id: bytes, row: Said) -> bytes:
    """32 bytes that name one row of one log (PROTOCOL §8.2), by which a client resumes."""
    name, text, file = row.name.encode(), row.text.encode(), row.file
    # Another beginning, so that no text of the one kind can be taken for a file of the other.
    prefix = b"LocalChat/1 row\n"
    if file is not None:
        prefix = b"LocalChat/1 row of a file\n"
        text = file.blob + file.size.to_bytes(8, "big") + file.sha256 + file.k + file.name.encode()
    return sha256(
        prefix
        + log_id
        + row.seq.to_bytes(8, "big")
        + row.sender
        + row.stream
        + row.n.to_bytes(8, "big")
        + row.at.to_bytes(8, "big")
        + len(name).to_bytes(4, "big")
        + name
        + text
    ).digest()
