"""Pictures that others sent, small in a transcript: judged by us before a decoder sees a byte of them.

A few hundred bytes can ask a decoder for gigabytes. So a file's size, its kind and the dimensions in its
header are looked at first; only PNG and GIF, which Tk itself can show, get any further.
"""

import struct
import tkinter as tk
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 8 * 2**20
MAX_PIXELS: Final = 16_000_000
ENDINGS: Final = (".png", ".gif")
"""Of names that may be pictures; what a file really is, its first bytes say."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_GIF: Final = (b"GIF87a", b"GIF89a")
_MOST_BLOCKS: Final = 10_000
_IMAGE, _EXTENSION = 0x2C, 0x21


class NoPicture(Exception):
    """It is not shown. The words say why."""


def may_be_picture(name: str, size_bytes: int) -> bool:
    """Whether to offer to show a file of this name."""
    return name.lower().endswith(ENDINGS) and 0 < size_bytes <= MAX_BYTES


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, by the header; of a GIF the larger of its screen's and its first image's.

    Raises NoPicture for what is no PNG or GIF, is cut off, has no pixels, or too many.
    """
    if len(data) > MAX_BYTES:
        raise NoPicture("It is too large to be shown here.")
    if data.startswith(_PNG):
        width, height = _png_size(data)
    elif data.startswith(_GIF):
        width, height = _gif_size(data)
    else:
        raise NoPicture("It is no PNG or GIF picture.")
    if not width or not height:
        raise NoPicture("It has no pixels.")
    if width * height > MAX_PIXELS:
        raise NoPicture(f"It has {width:,} × {height:,} pixels, too many to be shown here.")
    return width, height


def load(root: tk.Misc, path: Path, most_wide: int, most_high: int) -> tk.PhotoImage:
    """The picture, made smaller by a whole number until it fits. Raises NoPicture."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoPicture(f"It cannot be read ({error.strerror}).") from error
    width, height = picture_size(data)
    try:
        image = tk.PhotoImage(master=root, data=data)
    except tk.TclError:
        raise NoPicture("It is damaged.") from None
    times = max(1, -(-width // most_wide), -(-height // most_high))
    return image.subsample(times) if times > 1 else image


def _png_size(data: bytes) -> tuple[int, int]:
    # The first chunk is IHDR, of 13 bytes: length, type, width, height ...
    if len(data) < 33 or data[8:16] != b"\0\0\0\x0dIHDR":
        raise NoPicture("It is damaged.")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    if len(data) < 13:
        raise NoPicture("It is damaged.")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colours_bytes(flags)
    for _ in range(_MOST_BLOCKS):
        kind = data[at : at + 1]
        if kind == bytes([_IMAGE]) and len(data) >= at + 10:
            left, top, wide, high = struct.unpack_from("<HHHH", data, at + 1)
            return max(width, left + wide), max(height, top + high)
        if kind != bytes([_EXTENSION]):
            break
        at += 2
        while data[at : at + 1] not in (b"", b"\0"):
            at += 1 + data[at]
        at += 1
    raise NoPicture("It is damaged.")


def _colours_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
