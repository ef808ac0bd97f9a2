"""One line about a frame, for a table: its kind, what it carries, and which messages stand in it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from netcore.crypto.records import decode_chunk_head
from netcore.lab.spans import BODY_LAYOUTS
from netcore.trace import FrameSeen
from netcore.wire.codes import CloseCode
from netcore.wire.framing import PRE_KEY_LENGTHS, FrameType

MAX_MESSAGES: Final = 3
"""More messages of one record are counted only."""
MAX_CHARS: Final = 200
BLOB_CHARS: Final = 8
"""So much of a file's id is shown, as where files are listed."""

HANDSHAKE: Final = frozenset(PRE_KEY_LENGTHS)


def messages_in(frame: FrameSeen) -> list[Mapping[str, object]]:
    """The messages of an opened record, in order; [] for a frame without any."""
    if not frame.plaintext or frame.type in (FrameType.CLOSE, FrameType.FILE_CHUNK):
        return []
    found: list[Mapping[str, object]] = []
    for line in frame.plaintext.split(b"\n"):
        try:
            message = json.loads(line) if line else None
        except ValueError:
            continue
        if isinstance(message, dict):
            found.append(message)
    return found


def message_name(text: bytes) -> str:
    """What one JSON text is called: "said 42", "say 7", "welcome"; "JSON" for none of ours."""
    try:
        message = json.loads(text)
    except ValueError:
        return "JSON"
    if not isinstance(message, dict):
        return "JSON"
    t = str(message.get("t", "JSON"))
    number = {"say": message.get("n"), "said": message.get("seq")}.get(t)
    return t if number is None else f"{t} {number}"


def carries(frame: FrameSeen) -> str:
    """What is in it, in a few words: "said 42: hello", "oaep_ct, client_fin", "closed: 3 shutdown"."""
    if frame.plaintext is None:
        layout = BODY_LAYOUTS.get(frame.type, ())
        if frame.type == FrameType.ALERT:
            return "the handshake failed"
        if frame.type in HANDSHAKE or frame.type == FrameType.ROOM_KEY:
            return ", ".join(field.name for field in layout if field.name != "magic")
        return "did not open"
    if frame.type == FrameType.CLOSE:
        return _close(frame.plaintext)
    if frame.type == FrameType.FILE_CHUNK:
        return _chunk(frame.plaintext)
    messages = messages_in(frame)
    words = [_message(message) for message in messages[:MAX_MESSAGES]]
    if len(messages) > MAX_MESSAGES:
        words.append(f"and {len(messages) - MAX_MESSAGES} more")
    return ", ".join(words)[:MAX_CHARS]


def _close(plaintext: bytes) -> str:
    code = plaintext[0] if plaintext else 0
    try:
        name = CloseCode(code).name.lower()
    except ValueError:
        name = "unknown"
    reason = plaintext[1:].decode("utf-8", "replace")
    return f"close {code} {name}" + (f": {reason}" if reason else "")


def _chunk(head: bytes) -> str:
    blob, index = decode_chunk_head(head)
    return f"chunk {index} of file {blob.hex()[:BLOB_CHARS]}"


def _message(message: Mapping[str, object]) -> str:
    t = str(message.get("t", "?"))
    match t:
        case "say":
            return f"say {message.get('n')}: {message.get('text')}"
        case "said":
            return f"said {message.get('seq')}: {message.get('text')}"
        case "auth" | "welcome" | "joined" | "left":
            return f"{t}: {message.get('name')}"
        case "get_page" | "page_end":
            return f"{t} after {message.get('after')}"
        case "refused":
            return f"refused {message.get('n')}: {message.get('code')}"
        case "roster":
            members = message.get("members")
            return f"roster of {len(members) if isinstance(members, list) else 0}"
    return t
