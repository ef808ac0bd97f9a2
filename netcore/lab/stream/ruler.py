"""Chunks and frames of one direction on one ruler of bytes (PROTOCOL §2).

    offset   0         47        94       141
    chunks   [ recv 1 ][ recv 2 ][ recv 3 ][ …
    frames   [  frame 41       ][  frame 42   …

TCP carries a stream of bytes and knows nothing of frames. What one system call gave is a chunk; its borders
come from timing and from whoever reads, and mean nothing. A reader that knows this keeps what is not whole
yet and waits. This module says what such a reader has in its hands after each chunk, from the real bytes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from netcore.trace import Chunk, FrameSeen
from netcore.wire.framing import HEADER_BYTES


@dataclass(frozen=True, slots=True)
class Held:
    """What the reader of frames has after a chunk."""

    chunk: Chunk
    buffer_bytes: int
    """What lay there from before, and this chunk."""
    frames: tuple[FrameSeen, ...]
    """What became whole with it."""
    rest_bytes: int
    """What stays for the next."""
    wanted_bytes: int | None
    """How long the frame that has begun will be, header and all; None as long as its header is not whole."""


def end_of(piece: Chunk | FrameSeen) -> int:
    """The offset behind its last byte."""
    return piece.offset + (len(piece.data) if isinstance(piece, Chunk) else piece.length)


def read_along(chunks: Sequence[Chunk], frames: Sequence[FrameSeen]) -> list[Held]:
    """One line for each chunk; both in order, of the same direction. Chunks before the first border that is
    known (the recording began in the middle of a frame) are left out."""
    border = _first_border(chunks, frames)
    if border is None:
        return []
    held: list[Held] = []
    waiting = [frame for frame in frames if end_of(frame) > border]
    taken = 0
    for chunk in chunks:
        end = end_of(chunk)
        if end <= border:
            continue
        whole: list[FrameSeen] = []
        buffer_bytes = end - border
        while taken < len(waiting) and end_of(waiting[taken]) <= end:
            whole.append(waiting[taken])
            border = end_of(waiting[taken])
            taken += 1
        header = bytes_at(chunks, border, min(HEADER_BYTES, end - border))
        wanted = HEADER_BYTES + int.from_bytes(header[1:], "big") if len(header) == HEADER_BYTES else None
        held.append(Held(chunk, buffer_bytes, tuple(whole), end - border, wanted))
    return held


def _first_border(chunks: Sequence[Chunk], frames: Sequence[FrameSeen]) -> int | None:
    if not chunks:
        return None
    start = chunks[0].offset
    for frame in frames:
        if end_of(frame) > start:
            return frame.offset  # it may have begun in a chunk that is not kept any more
    if frames:
        return end_of(frames[-1])
    return None if start else 0


def bytes_at(chunks: Sequence[Chunk], offset: int, length: int) -> bytes:
    """Up to `length` bytes of the stream from `offset` on, as far as the chunks have them in a row."""
    place = max(0, bisect_right(chunks, offset, key=attrgetter("offset")) - 1)
    found = b""
    for chunk in chunks[place:]:
        at = offset + len(found)
        if not chunk.offset <= at < end_of(chunk):
            break
        found += chunk.data[at - chunk.offset : at - chunk.offset + length - len(found)]
        if len(found) == length:
            break
    return found


def in_range(pieces: Sequence[Chunk | FrameSeen], start: int, end: int) -> Sequence[Chunk | FrameSeen]:
    """Those with a byte from offset `start` up to `end`: what a view has to draw. The pieces are in order."""
    first = bisect_right(pieces, start, key=end_of)
    last = bisect_left(pieces, end, key=attrgetter("offset"))
    return pieces[first:last]


def header_is_split(frame: FrameSeen, chunks: Sequence[Chunk]) -> bool:
    """Whether a chunk ended inside the 4 header bytes: then not even the length is known for a while."""
    inside = range(frame.offset + 1, frame.offset + HEADER_BYTES)
    return any(end_of(chunk) in inside for chunk in chunks)
