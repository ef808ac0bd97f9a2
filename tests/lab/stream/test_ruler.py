"""What a reader of frames holds after each chunk, wherever the stream was cut (PROTOCOL §2)."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netcore.lab.stream.ruler import bytes_at, end_of, header_is_split, in_range, read_along
from netcore.trace import Chunk, FrameSeen
from netcore.wire.framing import SEALED_LENGTHS, FrameParser, FrameType, encode_frame

BODIES = (bytes(17), bytes(range(90)), bytes(40))


def stream(
    bodies: tuple[bytes, ...], sizes: list[int], start: int = 0
) -> tuple[list[Chunk], list[FrameSeen]]:
    """The frames of these bodies, cut into chunks of these sizes (the rest is one more)."""
    frames = [encode_frame(FrameType.DIRECT, body) for body in bodies]
    data = b"".join(frames)
    chunks: list[Chunk] = []
    at = 0
    for size in [*sizes, len(data)]:
        piece = data[at : at + size]
        if piece:
            chunks.append(Chunk(len(chunks) + 1, 1, 0.0, "in", start + at, piece, 65_536))
        at += len(piece)
    seen = []
    ends = [start, *(start + end for end in accumulate(map(len, frames)))]
    for n, raw in enumerate(frames):
        seen.append(FrameSeen(100 + n, 1, 0.0, "in", n, raw[0], ends[n], len(raw), 0, 0, raw, None, "", ""))
    return chunks, seen


def test_one_frame_over_three_chunks() -> None:
    chunks, frames = stream((bytes(17),), [2, 10])
    held = read_along(chunks, frames)
    assert [(line.buffer_bytes, line.rest_bytes, line.wanted_bytes) for line in held] == [
        (2, 2, None), (12, 12, 21), (21, 0, None),
    ]  # fmt: skip
    assert [len(line.frames) for line in held] == [0, 0, 1]


def test_three_frames_in_one_chunk() -> None:
    chunks, frames = stream(BODIES, [])
    (line,) = read_along(chunks, frames)
    assert line.frames == tuple(frames)
    assert line.rest_bytes == 0


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(0, 5_000))
def test_it_holds_what_the_real_parser_holds(sizes: list[int], start: int) -> None:
    """Cut anywhere: after each chunk as many bytes wait, and as many frames are whole, as in FrameParser."""
    chunks, frames = stream(BODIES, sizes, start)
    parser = FrameParser(SEALED_LENGTHS)
    lines = read_along(chunks, frames)
    assert len(lines) == len(chunks)
    for line, chunk in zip(lines, chunks, strict=True):
        parser.feed(chunk.data)
        assert line.buffer_bytes == parser.buffered_bytes
        whole = 0
        while parser.next() is not None:
            whole += 1
        assert len(line.frames) == whole
        assert line.rest_bytes == parser.buffered_bytes
    assert all(line.wanted_bytes in (None, 21, 94, 44) for line in lines)


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(0, 160), st.integers(0, 20))
def test_bytes_are_found_across_chunks(sizes: list[int], offset: int, length: int) -> None:
    chunks, _ = stream(BODIES, sizes)
    data = b"".join(chunk.data for chunk in chunks)
    assert bytes_at(chunks, offset, length) == data[offset : offset + length]


def test_a_gap_ends_what_is_found() -> None:
    chunks, _ = stream(BODIES, [10, 10, 10])
    assert len(bytes_at([chunks[0], *chunks[2:]], 5, 20)) == 5
    assert bytes_at(chunks[1:], 5, 4) == b""


def test_a_recording_that_began_in_the_middle_waits_for_a_border() -> None:
    chunks, frames = stream(BODIES, [8, 20, 30], start=1_000)
    late, seen = chunks[1:], frames[1:]
    held = read_along(late, seen)
    assert held[0].chunk is late[0]  # its last bytes belong to a frame that is known
    assert held[0].buffer_bytes == end_of(late[0]) - seen[0].offset
    assert read_along(late, []) == []


def test_what_is_held_is_known_where_the_frame_began_before_the_kept_chunks() -> None:
    chunks, frames = stream(BODIES, [10] * 30)
    whole = read_along(chunks, frames)
    for kept in range(1, len(chunks)):
        some = read_along(chunks[kept:], frames)
        assert [(line.buffer_bytes, line.rest_bytes) for line in some] == [
            (line.buffer_bytes, line.rest_bytes) for line in whole[kept:]
        ]


def test_nothing_is_read_along_nothing() -> None:
    assert read_along([], []) == []


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(0, 170), st.integers(0, 170))
def test_what_is_in_range_is_what_has_a_byte_there(sizes: list[int], start: int, end: int) -> None:
    chunks, _ = stream(BODIES, sizes)
    wanted = [chunk for chunk in chunks if chunk.offset < end and end_of(chunk) > start]
    assume(start < end)
    assert list(in_range(chunks, start, end)) == wanted


@pytest.mark.parametrize(("sizes", "split"), [([2], True), ([4], False), ([21, 3], True), ([21], False)])
def test_a_header_in_two_chunks(sizes: list[int], split: bool) -> None:
    chunks, frames = stream(BODIES, sizes)
    assert any(header_is_split(frame, chunks) for frame in frames) == split
