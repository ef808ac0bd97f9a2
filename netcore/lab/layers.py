"""A frame taken apart, from the chunks of TCP that carried it to the letters of a text. Pure.

    TCP chunk  >  frame  >  record  >  JSON  >  text

Each layer is a run of bytes of the one before it, or, from record to JSON, what its ciphertext opened to: EAX
encrypts by counter mode, so byte i of the ciphertext is byte i of the plaintext. A byte is followed through
all layers, both ways, by adding or taking away where a layer begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netcore.lab.spans import (
    Span,
    Spans,
    frame_name,
    spans_of_frame,
    spans_of_letters,
    spans_of_plaintext,
)
from netcore.lab.summaries import HANDSHAKE, message_name
from netcore.layout import Kind
from netcore.trace import Chunk, FrameSeen
from netcore.wire.framing import HEADER_BYTES, FrameType

CHUNK: Final = "chunk"
FRAME: Final = "frame"
RECORD: Final = "record"
JSON: Final = "json"
TEXT: Final = "text"
CLOSE_REASON: Final = "reason"
_OPENED_TITLES: Final[Mapping[int, str]] = {FrameType.CLOSE: "Close", FrameType.FILE_CHUNK: "Head"}


@dataclass(frozen=True, slots=True)
class Layer:
    """key: one of the names above. begins: where its first byte stands in the layer outside."""

    key: str
    title: str
    data: bytes
    spans: Spans
    """Tile the data; may reach beyond it where only its beginning is kept."""
    begins: int = 0

    def span_at(self, byte: int) -> Span | None:
        return next((span for span in self.spans if span.start <= byte < span.end), None)


def layers_of(frame: FrameSeen, raw: bytes, chunks: Sequence[Chunk],
              neighbours: Sequence[FrameSeen] = ()) -> list[Layer]:
    """The layers of `frame`, outermost first, without its texts (see `text_layers`).

    raw: as much of the frame as there is. chunks: those that carried it, none if they are not kept.
    neighbours: the other frames that they carried.
    """
    layers = [_chunk_layer(frame, chunks, neighbours)] if chunks else []
    begins = frame.offset - chunks[0].offset if chunks else 0
    body = Span(HEADER_BYTES, frame.length, "body", Kind.CIPHERTEXT)
    header = tuple(span for span in spans_of_frame(raw) if span.end <= HEADER_BYTES)
    layers.append(Layer(FRAME, "Frame", raw, (*header, body), begins))
    name = frame_name(frame.type)
    sealed = frame.type not in HANDSHAKE
    layers.append(Layer(RECORD, f"{name} record" if sealed else name, raw, spans_of_frame(raw)))
    if frame.plaintext:
        title = _OPENED_TITLES.get(frame.type, "JSON")
        spans = spans_of_plaintext(frame.type, frame.plaintext)
        cipher = next((span.start for span in layers[-1].spans if span.kind is Kind.CIPHERTEXT), 0)
        layers.append(Layer(JSON, title, frame.plaintext, spans, cipher))
    return layers


def text_layers(json_layer: Layer) -> list[Layer]:
    """The texts in a record, in order: what persons wrote. Their letters are told by `lettered`."""
    plaintext = json_layer.data
    found = []
    for span in json_layer.spans:
        if span.kind is Kind.TEXT and span.name != CLOSE_REASON:
            first, end = plaintext.rfind(b"\n", 0, span.start) + 1, plaintext.find(b"\n", span.end)
            title = message_name(plaintext[first : end if end >= 0 else len(plaintext)])
            found.append(Layer(TEXT, title, plaintext[span.start : span.end], (), span.start))
    return found


def lettered(text: Layer) -> Layer:
    """A text with a span for each letter, which a record of sixteen long ones has no need of before it is
    looked at."""
    return text if text.spans else replace(text, spans=spans_of_letters(text.data))


def _chunk_layer(frame: FrameSeen, chunks: Sequence[Chunk], neighbours: Sequence[FrameSeen]) -> Layer:
    """All chunks of the frame in a row: which of their bytes are its own, and whose the others are."""
    start = chunks[0].offset
    data = b"".join(chunk.data for chunk in chunks)
    spans: list[Span] = []
    at = 0
    owners = sorted({frame.offset: frame, **{one.offset: one for one in neighbours}}.items())
    for offset, owner in owners:
        first, last = max(offset - start, at), min(offset + owner.length - start, len(data))
        if last <= first:
            continue
        if first > at:
            spans.append(Span(at, first, "another frame", Kind.UNREAD))
        kind = Kind.HEADER if owner is frame or owner.offset == frame.offset else Kind.CIPHERTEXT
        spans.append(Span(first, last, f"frame {owner.n}", kind))
        at = last
    if at < len(data):
        spans.append(Span(at, len(data), "another frame", Kind.UNREAD))
    title = "TCP chunk" if len(chunks) == 1 else f"{len(chunks)} TCP chunks"
    return Layer(CHUNK, title, data, tuple(spans))


def inwards(inner: Layer, byte: int) -> int:
    """The byte of `inner` that is `byte` of the layer outside; the nearest one if that is not in it."""
    return max(0, min(byte - inner.begins, len(inner.data) - 1))


def outwards(inner: Layer, byte: int) -> int:
    """The byte of the layer outside that is `byte` of `inner`."""
    return byte + inner.begins
