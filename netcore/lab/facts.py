"""What the bytes of a field say, in words: a number, a name, a letter. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from netcore.lab.layers import TEXT
from netcore.lab.spans import FRAME_NAMES, Span, frame_name
from netcore.layout import Kind
from netcore.trace import FrameSeen
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType
from netcore.wire.lines import counted

MAX_CHARS: Final = 120

NUMBERS: Final = frozenset({"length", "epoch", "index", "i"})


def as_letters(data: bytes) -> str:
    """As beside a hex dump: each byte as ASCII has it, a dot for what is no visible sign."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data)


def facts(frame: FrameSeen, layer: str, span: Span, data: bytes) -> list[tuple[str, str]]:
    """(what, value) about the bytes `data` of a field in the layer of this key."""
    found: list[tuple[str, str]] = []
    if layer == TEXT:
        return _letter(span.name, data)
    if span.kind in (Kind.JSON_VALUE, Kind.TEXT):  # first: a key of JSON can have any name
        found.append(("is", _short(data.decode("utf-8", "replace"))))
    elif span.name == "type":
        known = data[:1] and data[0] in FRAME_NAMES
        found.append(("is", frame_name(data[0]) if known else "no type of LocalChat/1"))
    elif span.name in NUMBERS:
        unit = " bytes of body" if span.name == "length" else ""
        found.append(("is", f"{int.from_bytes(data, 'big'):,}{unit}"))
    elif span.name == "code" and frame.type == FrameType.CLOSE and data:
        names = {code.value: code.name.lower() for code in CloseCode}
        found.append(("is", f"{data[0]}, {names.get(data[0], 'unknown')}"))
    elif span.name == "magic":
        found.append(("is", repr(data.decode("ascii", "replace"))))
    if span.kind in (Kind.STAMP, Kind.TAG) and frame.plaintext is not None:
        # The nonce of a Room record is its epoch and index, so its tag is bound to those instead.
        if span.kind is Kind.STAMP or frame.type != FrameType.ROOM:
            found.append(("seq, never sent", str(_seq(frame))))
        found.append(("check", "held" if frame.direction == "in" else "made here"))
    return found


def _seq(frame: FrameSeen) -> int:
    """Sealed frames are counted from 0 in their direction; of the four before keys, two go each way."""
    return frame.n - 2


def _letter(name: str, data: bytes) -> list[tuple[str, str]]:
    if len(name) != 1:
        return []
    escaped = data.startswith(b"\\")
    return [("letter", name if name.isprintable() else repr(name)), ("code point", f"U+{ord(name):04X}"),
            ("called", unicodedata.name(name, "no name")),
            ("takes", f"{counted(len(data), 'byte')}{' as an escape' if escaped else ''}")]


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARS else text[:MAX_CHARS] + "…"
