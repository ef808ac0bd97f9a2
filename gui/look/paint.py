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


def _packed(data: bytes) -> bytes:
    """`data` compressed, in the tables of 4 KiB that these few bytes need: zlib's usual ones of 256 KiB take
    longer to lay out than everything else here."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 12, 4)
    return packer.compress(data) + packer.flush()


def png(width: int, height: int, rows: Sequence[bytes], alpha: bool) -> bytes:
    """A PNG of `height` rows, each `width` pixels of 3 bytes, or 4 with alpha."""
    data = _packed(b"".join(b"\0" + row for row in rows))
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
def _corner_cover(inset: float, radius: float, size: int) -> tuple[int, ...]:
    """How much a rounded box covers of each pixel of its corner, in 24ths; row y up to its pixel y.

    In 24ths: no eye sees the step, and the mixtures of a few boxes stay under a palette's 256.
    """
    cover = []
    for y in range(size + 1):
        dy = inset + radius - y - 0.5
        for x in range(y + 1):
            # Left of the diagonal, where the corner's circle begins at the upper edge before the left one.
            distance = math.hypot(inset + radius - x - 0.5, dy) - radius if dy > 0 else inset - x - 0.5
            cover.append(0 if distance >= 0.5 else 24 if distance <= -0.5 else round((0.5 - distance) * 24))
    return tuple(cover)


def _shares(covers: Sequence[int]) -> tuple[float, ...]:
    """How much is seen of the ground and of each box, where these 24ths of them lie on one another."""
    shares = [1.0] + [0.0] * len(covers)
    for number, cover in enumerate(covers, 1):
        if cover:
            shares = [share * (1.0 - cover / 24) for share in shares]
            shares[number] = cover / 24
    return tuple(shares)


@lru_cache(maxsize=512)
def _stencil(shape: tuple[tuple[float, float], ...], width: int, height: int,
             ) -> tuple[tuple[tuple[float, ...], ...], bytes]:
    """What layered boxes of this shape look like whatever their colours.

    Returns the distinct mixtures (shares of ground, first layer, second ...) and a PNG's compressed pixels,
    one byte each, that index them. Only half a corner is computed: a corner is the same across its
    diagonal, the four are mirrored, and a row and a column are repeated between them.
    """
    size = min(math.ceil(max(inset + radius for inset, radius in shape)), width // 2, height // 2)
    pixels = list(zip(*(_corner_cover(inset, radius, size) for inset, radius in shape), strict=True))
    mixtures: dict[tuple[float, ...], int] = {}
    indices = {covers: mixtures.setdefault(_shares(covers), len(mixtures))
               for covers in dict.fromkeys(pixels)}
    half = bytes(map(indices.__getitem__, pixels))
    lines = [half[y * (y + 1) // 2:(y + 1) * (y + 2) // 2] for y in range(size + 1)]
    rows: list[bytes] = []
    for y in range(size + 1):
        left = (lines[y] + bytes(lines[x][y] for x in range(y + 1, size)))[:size]
        rows.append(b"\0" + left + bytes([lines[size][y]]) * (width - 2 * size) + left[::-1])
    centre = rows.pop()
    return tuple(mixtures), _packed(b"".join(rows + [centre] * (height - 2 * size) + rows[::-1]))


def _mixed(shares: Sequence[float], colours: Sequence[Rgb]) -> bytes:
    red = green = blue = 0.0
    for share, colour in zip(shares, colours, strict=True):
        if share:
            red += share * colour[0]
            green += share * colour[1]
            blue += share * colour[2]
    return bytes((round(red), round(green), round(blue)))


def rounded_box(width: int, height: int, layers: Sequence[Layer], ground: str) -> bytes:
    """A PNG of rounded boxes laid on one another, opaque on `ground`.

    It has a palette: controls share few shapes and differ in colours, so mostly only the palette is made.
    """
    shape = tuple((layer.inset_px, layer.radius_px) for layer in layers)
    mixtures, pixels = _stencil(shape, width, height)
    colours = [rgb(ground), *(rgb(layer.colour) for layer in layers)]
    table = b"".join(_mixed(mixture, colours) for mixture in mixtures)
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
    radius, middle = size_px / 2, (size_px + 1) // 2
    # How far a pixel lies towards the corner is told by x + y, or what is left of them to the other side.
    cuts = [round(coverage(radius * 0.3 - (place + 1 - size_px) * math.sqrt(0.5)) * 8) / 8
            for place in range(2 * size_px - 1)]
    mixtures: dict[tuple[float, float], int] = {}
    rows = bytearray()
    for y in range(size_px):
        half = [round(coverage(math.hypot(x + 0.5 - radius, y + 0.5 - radius) - radius) * 16) / 16
                for x in range(middle)]
        down = y if corner_index in (2, 3) else size_px - 1 - y
        across = cuts[down:down + size_px]
        rows.append(0)
        for cut, alpha in zip(across if corner_index in (1, 2) else across[::-1],
                              half + half[:size_px - middle][::-1], strict=True):
            rows.append(mixtures.setdefault((cut, alpha) if alpha else (0.0, 0.0), len(mixtures)))
    return tuple(mixtures), _packed(bytes(rows))


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
    return _png_file(size_px, size_px, 3, chunks + _chunk(b"IDAT", _packed(rows)))
