"""Smooth shapes as PNG bytes, made from arithmetic alone: Tk's own ovals and arcs are jagged on X11.

A pixel's coverage is `clamp(0.5 - signed distance to the shape)`. Nothing here knows Tk or the palette;
colours are "#RRGGBB", lengths are pixels on the screen.
"""

import itertools
import math
import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

Rgb = tuple[int, int, int]


class Layer(NamedTuple):
    """A rounded box laid on the ones before it: `inset_px` from the edge, corners of `radius_px`."""

    inset_px: float
    radius_px: float
    colour: str


def rgb(colour: str) -> Rgb:
    """The three bytes of "#RRGGBB"."""
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way (0 to 1) from the first to the second."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_file(width: int, height: int, colour_type: int, chunks: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + chunks + _chunk(b"IEND", b"")


def png(width: int, height: int, rows: Sequence[bytes], alpha: bool) -> bytes:
    """A PNG of `height` rows, each `width` pixels of 3 bytes, or 4 with alpha."""
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return _png_file(width, height, 6 if alpha else 2, _chunk(b"IDAT", data))


def coverage(distance: float) -> float:
    return 0.0 if distance >= 0.5 else 1.0 if distance <= -0.5 else 0.5 - distance


def _corner_distance(x: float, y: float, inset: float, radius: float) -> float:
    """Signed distance to a large rounded box, seen from its top left corner."""
    dx, dy = inset + radius - x, inset + radius - y
    if dx > 0 and dy > 0:
        return math.hypot(dx, dy) - radius
    return max(inset - x, inset - y)


@lru_cache(maxsize=512)
def _stencil(shape: tuple[tuple[float, float], ...], width: int, height: int,
             ) -> tuple[tuple[tuple[float, ...], ...], bytes]:
    """What layered boxes of this shape look like whatever their colours.

    Returns the distinct mixtures (shares of ground, first layer, second ...) and a PNG's compressed pixels,
    one byte each, that index them. Only half a corner is computed: a corner is the same across its
    diagonal, the four are mirrored, and a row and a column are repeated between them.
    """
    size = min(math.ceil(max(inset + radius for inset, radius in shape)), width // 2, height // 2)
    mixtures: dict[tuple[float, ...], int] = {}

    def index(x: int, y: int) -> int:
        shares = [1.0] + [0.0] * len(shape)
        for number, (inset, radius) in enumerate(shape, 1):
            # In 24ths: no eye sees the step, and the mixtures stay under a palette's 256.
            cover = round(coverage(_corner_distance(x + 0.5, y + 0.5, inset, radius)) * 24) / 24
            if cover:
                shares = [share * (1.0 - cover) for share in shares]
                shares[number] = cover
        return mixtures.setdefault(tuple(shares), len(mixtures))

    half = {(x, y): index(x, y) for y in range(size + 1) for x in range(y + 1)}
    rows: list[bytes] = []
    for y in range(size + 1):
        left = bytes(half[min(x, y), max(x, y)] for x in range(size))
        rows.append(b"\0" + left + bytes([half[y, size]]) * (width - 2 * size) + left[::-1])
    centre = rows.pop()
    data = b"".join(rows + [centre] * (height - 2 * size) + rows[::-1])
    return tuple(mixtures), zlib.compress(data, 1)


def rounded_box(width: int, height: int, layers: Sequence[Layer], ground: str) -> bytes:
    """A PNG of rounded boxes laid on one another, opaque on `ground`.

    It has a palette: controls share few shapes and differ in colours, so mostly only the palette is made.
    """
    shape = tuple((layer.inset_px, layer.radius_px) for layer in layers)
    mixtures, pixels = _stencil(shape, width, height)
    colours = [rgb(ground), *(rgb(layer.colour) for layer in layers)]
    table = b"".join(
        bytes(round(sum(share * colour[part] for share, colour in zip(mixture, colours, strict=True)))
              for part in range(3))
        for mixture in mixtures)
    return _png_file(width, height, 3, _chunk(b"PLTE", table) + _chunk(b"IDAT", pixels))


def filled(width: int, height: int, colour: str, line: str = "", line_px: int = 0) -> bytes:
    """A plain rectangle, with a line of another colour along its bottom if `line_px` is not 0."""
    row = bytes(rgb(colour)) * width
    rows = [row] * (height - line_px)
    if line_px:
        rows += [bytes(rgb(line)) * width] * line_px
    return png(width, height, rows, alpha=False)


def corner(radius_px: int, colour: str, ground: str, right: bool, bottom: bool) -> bytes:
    """A square of one rounded corner: the end of a band, opaque."""
    back, front = rgb(ground), rgb(colour)
    rows = []
    for y in range(radius_px):
        row = []
        for x in range(radius_px):
            cover = coverage(_corner_distance(x + 0.5, y + 0.5, 0, radius_px))
            row.append(bytes(round(b + (f - b) * cover) for b, f in zip(back, front, strict=True)))
        rows.append(b"".join(reversed(row) if right else row))
    return png(radius_px, radius_px, rows[::-1] if bottom else rows, alpha=False)


@lru_cache(maxsize=64)
def _disc_stencil(size_px: int, corner_index: int) -> tuple[tuple[tuple[float, float], ...], bytes]:
    """A disc whatever its colours: the distinct (share of the segment, opacity), and the indexing pixels."""
    sign_x = 1 if corner_index in (1, 2) else -1
    sign_y = 1 if corner_index in (2, 3) else -1
    radius = size_px / 2
    mixtures: dict[tuple[float, float], int] = {}
    rows = bytearray()
    for y in range(size_px):
        rows.append(0)
        for x in range(size_px):
            dx, dy = x + 0.5 - radius, y + 0.5 - radius
            alpha = round(coverage(math.hypot(dx, dy) - radius) * 16) / 16
            cut = round(coverage(radius * 0.3 - (dx * sign_x + dy * sign_y) * math.sqrt(0.5)) * 8) / 8
            rows.append(mixtures.setdefault((cut, alpha) if alpha else (0.0, 0.0), len(mixtures)))
    return tuple(mixtures), zlib.compress(bytes(rows), 1)


def disc(size_px: int, colour: str, segment: str | None, corner_index: int) -> bytes:
    """A filled circle with alpha; `segment` colours what lies beyond a diagonal cut.

    corner_index: 0 top left, 1 top right, 2 bottom right, 3 bottom left.
    """
    mixtures, pixels = _disc_stencil(size_px, corner_index)
    main, dark = rgb(colour), rgb(segment or colour)
    table = b"".join(bytes(round(m + (d - m) * cut) for m, d in zip(main, dark, strict=True))
                     for cut, _ in mixtures)
    opacity = bytes(round(alpha * 255) for _, alpha in mixtures)
    chunks = _chunk(b"PLTE", table) + _chunk(b"tRNS", opacity) + _chunk(b"IDAT", pixels)
    return _png_file(size_px, size_px, 3, chunks)


Point = tuple[float, float]


def strokes(size_px: int, lines: Sequence[Sequence[Point]], dots: Sequence[tuple[float, float, float]],
            stroke_px: float) -> bytes:
    """The opacity of each pixel of a square with round-ended polylines and filled dots (x, y, radius)."""
    cover = bytearray(size_px * size_px)
    pieces = [(start, end, stroke_px / 2) for line in lines for start, end in itertools.pairwise(line)]
    pieces += [((x, y), (x, y), radius) for x, y, radius in dots]

    def near(low: float, high: float) -> range:
        """The pixels whose middle lies between the two."""
        return range(max(0, math.ceil(low - 0.5)), min(size_px, math.floor(high - 0.5) + 1))

    for (x1, y1), (x2, y2), radius in pieces:
        dx, dy, reach = x2 - x1, y2 - y1, radius + 0.5
        length2 = dx * dx + dy * dy or 1.0
        for y in near(min(y1, y2) - reach, max(y1, y2) + reach):
            for x in near(min(x1, x2) - reach, max(x1, x2) + reach):
                px, py = x + 0.5 - x1, y + 0.5 - y1
                along = (px * dx + py * dy) / length2
                along = 0.0 if along < 0.0 else 1.0 if along > 1.0 else along
                distance = math.hypot(px - along * dx, py - along * dy)
                if distance < reach:
                    value = round(coverage(distance - radius) * 255)
                    if value > cover[y * size_px + x]:
                        cover[y * size_px + x] = value
    return bytes(cover)


def tinted(size_px: int, opacities: bytes, colour: str) -> bytes:
    """A PNG of one colour with these opacities."""
    rows = b"".join(b"\0" + opacities[start:start + size_px] for start in range(0, len(opacities), size_px))
    # The pixels index a palette that has the colour at every opacity.
    chunks = _chunk(b"PLTE", bytes(rgb(colour)) * 256) + _chunk(b"tRNS", bytes(range(256)))
    return _png_file(size_px, size_px, 3, chunks + _chunk(b"IDAT", zlib.compress(rows, 1)))
