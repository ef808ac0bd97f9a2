"""Smooth shapes as PNG bytes, made from arithmetic alone: Tk's own ovals and arcs are jagged on X11.

A pixel's coverage is `clamp(0.5 - signed distance to the shape)`. Nothing here knows Tk or the palette;
colours are "#RRGGBB", lengths are pixels on the screen.
"""

import itertools
import math
import struct
import zlib
from collections.abc import Sequence
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


def png(width: int, height: int, rows: Sequence[bytes], alpha: bool) -> bytes:
    """A PNG of `height` rows, each `width` pixels of 3 bytes, or 4 with alpha."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    data = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 1))
            + chunk(b"IEND", b""))


def coverage(distance: float) -> float:
    return 0.0 if distance >= 0.5 else 1.0 if distance <= -0.5 else 0.5 - distance


def _corner_distance(x: float, y: float, inset: float, radius: float) -> float:
    """Signed distance to a large rounded box, seen from its top left corner."""
    dx, dy = inset + radius - x, inset + radius - y
    if dx > 0 and dy > 0:
        return math.hypot(dx, dy) - radius
    return max(inset - x, inset - y)


def _layered(x: int, y: int, layers: Sequence[Layer], colours: Sequence[Rgb], ground: Rgb | None) -> bytes:
    """One pixel of layered boxes: 3 bytes on a ground, 4 without one."""
    covers: list[tuple[float, Rgb]] = []
    for index in range(len(layers) - 1, -1, -1):  # What lies under a fully covering layer does not show.
        inset, radius, _ = layers[index]
        cover = coverage(_corner_distance(x + 0.5, y + 0.5, inset, radius))
        if cover == 1.0:
            r, g, b = map(float, colours[index])
            opacity = 1.0
            break
        if cover:
            covers.append((cover, colours[index]))
    else:
        r, g, b = map(float, ground or (0, 0, 0))
        opacity = 1.0 if ground else 0.0
    for cover, colour in reversed(covers):
        rest = 1.0 - cover
        r, g, b = r * rest + colour[0] * cover, g * rest + colour[1] * cover, b * rest + colour[2] * cover
        opacity = opacity * rest + cover
    if ground:
        return bytes((round(r), round(g), round(b)))
    if opacity == 0.0:
        return b"\0\0\0\0"
    return bytes((round(r / opacity), round(g / opacity), round(b / opacity), round(opacity * 255)))


def rounded_box(width: int, height: int, layers: Sequence[Layer], ground: str | None) -> bytes:
    """A PNG of rounded boxes laid on one another, opaque on `ground`, else with alpha.

    Only half a corner is computed: a corner is the same across its diagonal, and the four are mirrored,
    with a row and a column repeated between them.
    """
    colours = [rgb(layer.colour) for layer in layers]
    base = rgb(ground) if ground else None
    size = min(math.ceil(max((layer.inset_px + layer.radius_px for layer in layers), default=0)),
               width // 2, height // 2)
    pixels = {(x, y): _layered(x, y, layers, colours, base) for y in range(size + 1) for x in range(y + 1)}
    rows: list[bytes] = []
    for y in range(size + 1):
        left = [pixels[min(x, y), max(x, y)] for x in range(size)]
        middle = pixels[y, size] * (width - 2 * size)
        rows.append(b"".join(left) + middle + b"".join(reversed(left)))
    centre = rows.pop()
    return png(width, height, rows + [centre] * (height - 2 * size) + rows[::-1], alpha=base is None)


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


def disc(size_px: int, colour: str, segment: str | None, corner_index: int) -> bytes:
    """A filled circle with alpha; `segment` colours what lies beyond a diagonal cut.

    corner_index: 0 top left, 1 top right, 2 bottom right, 3 bottom left.
    """
    main, dark = rgb(colour), rgb(segment or colour)
    sign_x = 1 if corner_index in (1, 2) else -1
    sign_y = 1 if corner_index in (2, 3) else -1
    radius = size_px / 2
    rows = []
    for y in range(size_px):
        row = bytearray()
        for x in range(size_px):
            dx, dy = x + 0.5 - radius, y + 0.5 - radius
            alpha = coverage(math.hypot(dx, dy) - radius)
            cut = coverage(radius * 0.3 - (dx * sign_x + dy * sign_y) * math.sqrt(0.5))
            row += bytes(round(m + (d - m) * cut) for m, d in zip(main, dark, strict=True))
            row.append(round(alpha * 255))
        rows.append(bytes(row))
    return png(size_px, size_px, rows, alpha=True)


Point = tuple[float, float]


def strokes(size_px: int, lines: Sequence[Sequence[Point]], dots: Sequence[tuple[float, float, float]],
            stroke_px: float, colour: str) -> bytes:
    """A PNG with alpha of round-ended polylines and filled dots (x, y, radius), in screen pixels."""
    cover = [0.0] * (size_px * size_px)
    half = stroke_px / 2

    def box(low: float, high: float, reach: float) -> range:
        return range(max(0, math.floor(low - reach)), min(size_px, math.ceil(high + reach) + 1))

    for line in lines:
        for (x1, y1), (x2, y2) in itertools.pairwise(line):
            dx, dy = x2 - x1, y2 - y1
            length2 = dx * dx + dy * dy or 1.0
            for y in box(min(y1, y2), max(y1, y2), half + 1):
                for x in box(min(x1, x2), max(x1, x2), half + 1):
                    px, py = x + 0.5 - x1, y + 0.5 - y1
                    along = min(1.0, max(0.0, (px * dx + py * dy) / length2))
                    value = coverage(math.hypot(px - along * dx, py - along * dy) - half)
                    if value > cover[y * size_px + x]:
                        cover[y * size_px + x] = value
    for cx, cy, radius in dots:
        for y in box(cy, cy, radius + 1):
            for x in box(cx, cx, radius + 1):
                value = coverage(math.hypot(x + 0.5 - cx, y + 0.5 - cy) - radius)
                cover[y * size_px + x] = max(cover[y * size_px + x], value)
    ink = bytes(rgb(colour))
    rows = [b"".join(ink + bytes((round(value * 255),)) for value in cover[y * size_px:(y + 1) * size_px])
            for y in range(size_px)]
    return png(size_px, size_px, rows, alpha=True)
