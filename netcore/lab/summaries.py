"""One line about a frame, for a table: its kind, what it carries, and which messages stand in it; and one
about what no frame shows. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final

from netcore.crypto.blob import SEALED_CHUNK_BYTES
from netcore.crypto.exchange import OTHER_VERSION_BODY
from netcore.crypto.records import decode_chunk_head
from netcore.lab.recording import Unframed
from netcore.lab.spans import BODY_LAYOUTS
from netcore.limits import AUTH_S, HANDSHAKE_S, SEND_STALL_S, SILENT_GONE_S
from netcore.trace import FrameSeen, RecordingEnded
from netcore.wire.codes import CloseCode
from netcore.wire.framing import CHUNK_HEAD_BYTES, HEADER_BYTES, PRE_KEY_LENGTHS, FrameType
from netcore.wire.lines import counted

MAX_MESSAGES: Final = 3
"""More messages of one record are counted only."""
MAX_CHARS: Final = 200
BLOB_CHARS: Final = 8
"""So much of a file's id is shown, as where files are listed."""

HANDSHAKE: Final = frozenset(PRE_KEY_LENGTHS)
_UNFRAMED: Final[Mapping[str, str]] = {
    "FrameError": "A header came whose type or length has no place here. Nothing behind it was read.",
    "HandshakeLate": f"There were no keys within {HANDSHAKE_S:g} s, and nobody waits longer.",
    "ClientLate": f"It had keys, and did not say who it is within {AUTH_S:g} s.",
    "ServerLate": f"It had proved its key, and did not let this member in within {AUTH_S:g} s.",
    "ClientSilent": f"It did not answer a ping within {SILENT_GONE_S:g} s.",
    "ServerSilent": f"Nothing came for {SILENT_GONE_S:g} s, or nothing was taken for {SEND_STALL_S:g} s.",
    "HandshakeFailed": "The stream ended before there were keys, and nothing had been said of an end.",
    "WhisperError": "A whisper did not open: it was not sealed for this member, or not by the one it names.",
    "ClientGone": "The stream ended without a Close: it was cut, and is not finished.",
    "ServerGone": "The stream ended without a Close: it was cut, and is not finished.",
}
"""By the error."""


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
            is_other = frame.raw[HEADER_BYTES:] == OTHER_VERSION_BODY
            return "another version of LocalChat" if is_other else "the handshake failed"
        if frame.type in HANDSHAKE or frame.type == FrameType.ROOM_KEY:
            return ", ".join(field.name for field in layout if field.name != "magic")
        return "did not open"
    if frame.type == FrameType.CLOSE:
        return _close(frame.plaintext)
    if frame.type == FrameType.FILE_CHUNK:
        return _pieces(frame)
    messages = messages_in(frame)
    words = [_message(message) for message in messages[:MAX_MESSAGES]]
    if len(messages) > MAX_MESSAGES:
        words.append(f"and {len(messages) - MAX_MESSAGES} more")
    return ", ".join(words)[:MAX_CHARS]


def unframed(event: Unframed) -> str:
    """What went wrong, where no frame shows it: a sentence."""
    if isinstance(event, RecordingEnded):
        return f"The connection broke ({event.broke}). No byte of the stream says so."
    return _UNFRAMED.get(event.error) or f"Something was not taken: {event.defence.value}."


def _close(plaintext: bytes) -> str:
    code = plaintext[0] if plaintext else 0
    try:
        name = CloseCode(code).name.lower()
    except ValueError:
        name = "unknown"
    reason = plaintext[1:].decode("utf-8", "replace")
    return f"close {code} {name}" + (f": {reason}" if reason else "")


def _pieces(frame: FrameSeen) -> str:
    assert frame.plaintext is not None
    blob, first = decode_chunk_head(frame.plaintext)
    data_bytes = frame.length - HEADER_BYTES - CHUNK_HEAD_BYTES
    last = first - 1 - (-data_bytes // SEALED_CHUNK_BYTES)
    which = f"chunk {first}" if last <= first else f"chunks {first} to {last}"
    return f"{which} of file {blob.hex()[:BLOB_CHARS]}"


def _message(message: Mapping[str, object]) -> str:
    t = str(message.get("t", "?"))
    match t:
        case "say":
            return f"say {message.get('n')}: {_words(message)}"
        case "said":
            return f"said {message.get('seq')}: {_words(message)}"
        case "lab":
            return "lab: frozen" if message.get("frozen") else "lab: thawed"
        case "get_blob":
            return f"get_blob {_blob(message)} from chunk {message.get('first')} on"
        case "blob_have":
            return f"blob_have {_blob(message)}: {_chunks(message.get('chunks'))}"
        case "put_blob" | "stop_blob" | "blob_refused":
            return f"{t} {_blob(message)}"
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


def _words(message: Mapping[str, object]) -> object:
    """What was said; of a file its name."""
    file = message.get("file")
    return f"file {file.get('name')}" if isinstance(file, dict) else message.get("text")


def _chunks(count: object) -> str:
    return counted(count, "chunk") if isinstance(count, int) else "?"


def _blob(message: Mapping[str, object]) -> str:
    """A file's id as everywhere else in the table: the JSON has it in base64."""
    try:
        return base64.b64decode(f"{message.get('blob')}==").hex()[:BLOB_CHARS]
    except ValueError:
        return "?"
