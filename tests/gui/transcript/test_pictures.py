"""Pictures are judged by their headers before a decoder sees a byte."""

from __future__ import annotations

import base64
import struct
import tkinter as tk
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.transcript.pictures import MAX_BYTES, NoPicture, load, may_be_picture, picture_size

GIF = base64.b64decode("R0lGODlhAwACAIAAAP8AAAAAACH5BAAAAAAALAAAAAADAAIAAAIDhG8FADs=")


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """A grey picture; `rows`: fewer than it says it has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = (b"\0" + bytes(width)) * (height if rows is None else rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_sizes_are_those_of_the_header() -> None:
    assert picture_size(png(640, 400)) == (640, 400)
    assert picture_size(GIF) == (3, 2)
    assert picture_size(png(4_000, 4_000, rows=0)) == (4_000, 4_000)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no PNG"),
        (b"\xff\xd8\xff\xe0 a JPEG", "no PNG"),
        (b"GIF88a" + bytes(20), "no PNG"),
        (b"<svg/>", "no PNG"),
        (png(4_001, 4_000, rows=0), "too many"),
        (png(60_000, 60_000, rows=0), "too many"),
        (png(0, 5, rows=0), "no pixels"),
        (png(5, 5)[:20], "damaged"),
        (GIF[:8], "damaged"),
        (GIF[:12], "damaged"),
        (GIF[:6] + struct.pack("<HH", 60_000, 60_000) + GIF[10:], "too many"),
        # An image larger than the screen that it is on.
        (GIF[:32] + struct.pack("<HH", 60_000, 60_000) + GIF[36:], "too many"),
        (png(5, 5) + bytes(MAX_BYTES), "too large"),
    ],
)
def test_what_is_not_shown(data: bytes, why: str) -> None:
    with pytest.raises(NoPicture, match=why):
        picture_size(data)


BEGINNINGS = [b"", b"GIF89a", b"GIF87a", b"\x89PNG\r\n\x1a\n", GIF, png(2, 2)]


@given(st.binary(max_size=300), st.sampled_from(BEGINNINGS))
def test_no_bytes_are_a_fault_of_ours(tail: bytes, head: bytes) -> None:
    try:
        width, height = picture_size(head + tail)
    except NoPicture:
        return
    assert 0 < width * height <= 16_000_000


def test_it_is_made_to_fit(root: tk.Tk, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png(900, 40))
    image = load(root, path, 320, 240)
    assert (image.width(), image.height()) == (300, 14)
    path.write_bytes(GIF)
    assert load(root, path, 320, 240).width() == 3


@pytest.mark.parametrize("content", [b"", png(5, 5)[:60], GIF[:36], png(17_000, 1_000, rows=1)])
def test_what_tk_cannot_read_is_said(root: tk.Tk, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(NoPicture):
        load(root, path, 320, 240)
    with pytest.raises(NoPicture):
        load(root, tmp_path / "none", 320, 240)


def test_what_is_offered_to_be_shown() -> None:
    assert may_be_picture("a.PNG", 5) and may_be_picture("b.gif", MAX_BYTES)
    others = [("a.jpg", 5), ("png", 5), ("a.png", 0), ("a.png", MAX_BYTES + 1)]
    assert not any(may_be_picture(name, size) for name, size in others)
