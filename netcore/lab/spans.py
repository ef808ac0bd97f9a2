"""Which byte is what: named runs of bytes of a frame, a record, its JSON and text.

PROTOCOL §2, §3, §5, §6, §14.2.

    TCP chunk  >  frame  >  record  >  JSON  >  text
                  |         |          |        '- spans_of_letters
                  |         |          '---------- spans_of_json
                  |         '--------------------- spans_of_record, and spans_of_plaintext for both at once
                  '------------------------------- spans_of_frame

On every layer the spans lie one behind the other, from the first byte to the last, without a gap. Positions
are bytes, never letters: an "ü" is two, and where it was written as an escape it is six.

The places come from the layouts that the decoders cut by. Nothing here raises for any input: what is no
frame, no record or no JSON is `Kind.UNREAD`. Whether it is authentic is not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from netcore.crypto import exchange, records, room_keys
from netcore.layout import Field, Kind, Layout, sizes
from netcore.wire.framing import FRAME_NAMES as FRAME_NAMES
from netcore.wire.framing import HEADER_BYTES, HEADER_LAYOUT, FrameType
from netcore.wire.framing import frame_name as frame_name

BODY_LAYOUTS: Final[Mapping[int, Layout]] = MappingProxyType(
    {
        FrameType.CLIENT_HELLO: exchange.ClientHelloBody.LAYOUT,
        FrameType.SERVER_HELLO: exchange.ServerHelloBody.LAYOUT,
        FrameType.CLIENT_KEY_EXCHANGE: exchange.ClientKeyExchangeBody.LAYOUT,
        FrameType.SERVER_FINISHED: exchange.ServerFinishedBody.LAYOUT,
        FrameType.ALERT: exchange.ALERT_LAYOUT,
        FrameType.DIRECT: records.SEALED_LAYOUT,
        FrameType.FILE_CHUNK: records.CHUNK_LAYOUT,
        FrameType.CLOSE: records.SEALED_LAYOUT,
        FrameType.ROOM: room_keys.ROOM_LAYOUT,
        FrameType.ROOM_KEY: room_keys.ROOM_KEY_LAYOUT,
    }
)

_OPENED_LAYOUTS: Final[Mapping[int, Layout]] = MappingProxyType(
    {FrameType.CLOSE: records.CLOSE_LAYOUT, FrameType.FILE_CHUNK: records.CHUNK_HEAD_LAYOUT}
)
"""Of what is under the seal and no JSON."""

_UNREAD: Final = "unread"


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not including, `end`, by their name in PROTOCOL."""

    start: int
    end: int
    name: str
    kind: Kind


Spans = tuple[Span, ...]


def lay_out(layout: Layout, total_bytes: int, start: int = 0) -> Spans:
    """The fields of a body of `total_bytes`, from `start` on; one unread span if the layout does not fit.

    Fields of no bytes (the reason of a Close that gives none) have no span.
    """
    fields_bytes = sizes(layout, total_bytes)
    if fields_bytes is None:
        layout, fields_bytes = (Field(_UNREAD, None, Kind.UNREAD),), [total_bytes]
    spans = []
    for field, field_bytes in zip(layout, fields_bytes, strict=True):
        if field_bytes:
            spans.append(Span(start, start + field_bytes, field.name, field.kind))
        start += field_bytes
    return tuple(spans)


def spans_of_frame(raw: bytes) -> Spans:
    """Header and body of the frame that `raw` begins with; the first 4 bytes tell all of it.

    The spans reach as far as the length says, also where only the first bytes of a long frame were kept.
    """
    if len(raw) < HEADER_BYTES:
        return lay_out((), len(raw))
    length_bytes = int.from_bytes(raw[1:HEADER_BYTES], "big")
    body = lay_out(BODY_LAYOUTS.get(raw[0], ()), length_bytes, HEADER_BYTES)
    return lay_out(HEADER_LAYOUT, HEADER_BYTES) + body


def spans_of_frames(data: bytes) -> Spans:
    """Frames that stand one behind the other, each as by `spans_of_frame`; the last may not be whole."""
    spans: list[Span] = []
    start = 0
    while start < len(data):
        for span in spans_of_frame(data[start:]):
            spans.append(Span(start + span.start, start + span.end, span.name, span.kind))
        start = spans[-1].end
    return tuple(spans)


def spans_of_record(frame_type: int, plaintext: bytes) -> Spans:
    """The opened record: its JSON texts, named by their `t`, and the newlines; code and reason of a Close;
    blob and number of a FileChunk."""
    if frame_type in _OPENED_LAYOUTS:
        return lay_out(_OPENED_LAYOUTS[frame_type], len(plaintext))
    return tuple(_texts(plaintext))


def spans_of_plaintext(frame_type: int, plaintext: bytes) -> Spans:
    """The opened record down to the keys and values of its JSON."""
    spans: list[Span] = []
    for span in spans_of_record(frame_type, plaintext):
        if span.name == _NEWLINE or span.kind is not Kind.JSON:
            spans.append(span)
        else:
            spans += spans_of_json(plaintext[span.start : span.end], span.start)
    return tuple(spans)


def _texts(plaintext: bytes) -> Iterator[Span]:
    start = 0
    for text in plaintext.split(b"\n"):
        end = start + len(text)
        if text:
            names = [text[s.start : s.end] for s in spans_of_json(text) if _is_value_of_t(s)]
            yield Span(start, end, names[0].decode("utf-8", "replace") if names else _JSON, Kind.JSON)
        if end < len(plaintext):
            yield Span(end, end + 1, _NEWLINE, Kind.JSON)
        start = end + 1


def _is_value_of_t(span: Span) -> bool:
    return span.name == "t" and span.kind is Kind.JSON_VALUE


# --- JSON ---------------------------------------------------------------------------------------

_JSON: Final = "JSON"
_NEWLINE: Final = "newline"
_TEXT_KEY: Final = "text"  # under which `say` and `said` carry what a person wrote

# RFC 8259, byte by byte: quotes, backslashes and brackets are ASCII, and no byte of another letter looks
# like one in UTF-8. A whole string is one match, so that a bracket in it is none.
_TOKEN: Final = re.compile(
    rb"""(?P<space>[ \t\r\n]+)|(?P<mark>[][{}:,])|(?P<string>"(?:[^"\\]|\\.)*")|(?P<plain>[-+.\w]+)""",
    re.DOTALL,
)


class _Place:
    """An object or an array that is open, and how far it has been read."""

    def __init__(self, path: str, is_object: bool) -> None:
        self._path = path
        self._is_object = is_object
        self._items = 0
        self.key = ""
        self.awaits_key = is_object

    @property
    def name(self) -> str:
        """Of the value that stands here: `text`, `resume.seq`, `members[0].name`."""
        if not self._is_object:
            return f"{self._path}[{self._items}]"
        return (f"{self._path}.{self.key}" if self._path else self.key) or "value"

    def on_colon(self) -> None:
        self.awaits_key = False

    def on_comma(self) -> None:
        self._items += 1
        self.awaits_key = self._is_object


def spans_of_json(text: bytes, start: int = 0) -> Spans:
    """One JSON text whose first byte has the position `start`.

    A key and its value bear the name of the key, with the keys above it (`members[0].name`); the quotes
    around them are JSON's. The first byte that begins no token of JSON, and all behind it, is unread.
    """
    return tuple(_joined(_tokens(text, start), start, start + len(text)))


def _tokens(text: bytes, start: int) -> Iterator[Span]:
    places: list[_Place] = []
    read_to = 0
    for token in _TOKEN.finditer(text):
        if token.start() != read_to or not (places or token["mark"] == b"{" or token["space"]):
            return
        read_to = token.end()
        first, end = start + token.start(), start + token.end()
        if token["plain"]:
            yield Span(first, end, places[-1].name, Kind.JSON_VALUE)
        elif token["string"]:
            place = places[-1]
            kind = Kind.TEXT if place.name == _TEXT_KEY else Kind.JSON_VALUE
            if place.awaits_key:
                kind, place.key = Kind.JSON_KEY, token["string"][1:-1].decode("utf-8", "replace")
            yield Span(first, first + 1, _JSON, Kind.JSON)
            yield Span(first + 1, end - 1, place.name, kind)
            yield Span(end - 1, end, _JSON, Kind.JSON)
        else:
            yield Span(first, end, _JSON, Kind.JSON)
            match token["mark"]:
                case b"{" | b"[" as mark:
                    path = places[-1].name if places else ""
                    places.append(_Place(path, is_object=mark == b"{"))
                case b"}" | b"]":
                    places.pop()
                case b":":
                    places[-1].on_colon()
                case b",":
                    places[-1].on_comma()


def _joined(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Neighbours that are JSON's as one, none without bytes, and one unread span for what is left."""
    last: Span | None = None
    for span in spans:
        if span.start == span.end:
            continue
        if last is not None and last.kind is span.kind is Kind.JSON:
            last = Span(last.start, span.end, _JSON, Kind.JSON)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
        start = last.end
    if start < end:
        yield Span(start, end, _UNREAD, Kind.UNREAD)


# --- The letters of a text ------------------------------------------------------------------------

_LETTER: Final = re.compile(
    rb"(?P<escape>\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.)|[^\x80-\xbf][\x80-\xbf]{0,3}|.", re.DOTALL
)


def spans_of_letters(text: bytes, start: int = 0) -> Spans:
    """The letters of what stands between the quotes of a JSON string, each named by itself.

    A letter takes 1 to 4 bytes in UTF-8; as an escape (`\n`, `\u00fc`, a pair for what lies beyond U+FFFF)
    2, 6 or 12. A letter is a code point: some signs on the screen are several.
    """
    return tuple(_letter(found, start) for found in _LETTER.finditer(text))


def _letter(found: re.Match[bytes], start: int) -> Span:
    first, end = start + found.start(), start + found.end()
    try:
        letter = found[0].decode("utf-8")
        if found["escape"]:
            letter = json.loads(f'"{letter}"')
            letter.encode("utf-8")
    except ValueError:
        return Span(first, end, _UNREAD, Kind.UNREAD)
    return Span(first, end, letter, Kind.TEXT)
