"""The icons, stroked on a 24 by 24 grid, as PNG bytes at any size and in any colour.

Each icon is a line of text, parts parted by ";":
`L x y x y ...` a polyline, `A cx cy r from to` an arc (degrees, clockwise from the right),
`O cx cy r` a circle, `D cx cy r` a filled dot, `R x y width height r` a rounded box.
"""

import math
from functools import lru_cache
from typing import Final

from gui.look import paint

GRID: Final = 24
STROKE: Final = 1.9

ICONS: Final[dict[str, str]] = {
    "lock": "R 5.5 10.5 13 9.8 2; A 12 8 3.7 180 360; L 8.3 8 8.3 10.5; L 15.7 8 15.7 10.5; D 12 15.4 1.4",
    "unlocked": "R 5.5 10.5 13 9.8 2; A 12 7.4 3.7 180 345; L 8.3 7.4 8.3 10.5; D 12 15.4 1.4",
    "key": "O 7.6 16.4 3.6; L 10.2 13.8 19.6 4.4; L 16.4 7.6 19 10.2; L 13.4 10.6 15.6 12.8",
    "copy": "R 9 9 11.2 11.2 2.4; L 6 15 4.6 14.5 4 13.2 4 6 4.6 4.6 6 4 13.2 4 14.5 4.6 15 6",
    "clip": "L 17.4 8 17.4 15.4; A 12 15.4 5.4 0 180; L 6.6 15.4 6.6 6.6; A 10.2 6.6 3.6 180 360;"
            "L 13.8 6.6 13.8 15.2; A 12 15.2 1.8 0 180; L 10.2 15.2 10.2 8",
    "send": "L 21 3.2 14 20.8 10.4 13.6 3.2 10 21 3.2; L 21 3.2 10.4 13.6",
    "wifi": "A 12 18.6 4.4 222 318; A 12 18.6 8.8 224 316; A 12 18.6 13.2 226 314; D 12 18.6 1.5",
    "monitor": "R 3 4.5 18 12.2 2; L 8.4 20.3 15.6 20.3; L 12 16.7 12 20.3",
    "host": "D 12 10.4 1.9; L 12 12 12 21; A 12 10.4 4.6 -48 48; A 12 10.4 4.6 132 228;"
            "A 12 10.4 8.8 -48 48; A 12 10.4 8.8 132 228",
    "join": "L 14 3.8 18 3.8 19.6 4.4 20.2 6 20.2 18 19.6 19.6 18 20.2 14 20.2; L 3.8 12 14.6 12;"
            "L 10.4 7.6 14.8 12 10.4 16.4",
    "joined": "L 3.4 12 15.6 12; L 11.2 7.6 15.6 12 11.2 16.4; L 20 5 20 19",
    "left": "L 4 5 4 19; L 8.4 12 20.6 12; L 16.2 7.6 20.6 12 16.2 16.4",
    "flask": "L 8.6 3.4 15.4 3.4; L 10 3.4 10 9.4 4.6 18.4 4.8 19.9 6.2 20.6 17.8 20.6 19.2 19.9 19.4 18.4 "
             "14 9.4 14 3.4; L 7.4 15 16.6 15",
    "play": "L 7 4.4 19.4 12 7 19.6 7 4.4",
    "pause": "L 9 5 9 19; L 15 5 15 19",
    "step": "L 6 4.6 16 12 6 19.4 6 4.6; L 19 5 19 19",
    "stop": "R 5.4 5.4 13.2 13.2 2",
    "pulse": "L 2.4 12.4 6.8 12.4 9.8 4.4 14.2 19.6 17 12.4 21.6 12.4",
    "bulb": "A 12 9.6 6 135 405; L 7.8 13.8 9.4 16.6 14.6 16.6 16.2 13.8; L 9.8 19.2 14.2 19.2;"
            "L 11 21.6 13 21.6",
    "scissors": "O 6.4 6.8 2.8; O 6.4 17.2 2.8; L 8.7 8.4 20 17; L 8.7 15.6 20 7",
    "rewind": "L 11.4 6 5.4 12 11.4 18; L 18.6 6 12.6 12 18.6 18",
    "search": "O 10.6 10.6 6.6; L 15.4 15.4 20.6 20.6",
    "moon": "A 12 12 9 5 265; A 16.84 7.17 7 53.5 216.5",
    "sun": "O 12 12 4; L 12 2.4 12 4.6; L 12 19.4 12 21.6; L 2.4 12 4.6 12; L 19.4 12 21.6 12;"
           "L 5.2 5.2 6.8 6.8; L 17.2 17.2 18.8 18.8; L 5.2 18.8 6.8 17.2; L 17.2 6.8 18.8 5.2",
    "help": "O 12 12 9; A 12 9.7 2.7 180 392; L 14.3 11.1 12.5 12.4 12 13.7; D 12 16.9 1.25",
    "chevron": "L 6 9 12 15 18 9",
    "chevron_up": "L 6 15 12 9 18 15",
    "chevron_right": "L 9 6 15 12 9 18",
    "chevron_left": "L 15 6 9 12 15 18",
    "check": "L 4.4 12.6 9.4 17.6 19.6 6.8",
    "clock": "O 12 12 8.8; L 12 7 12 12 15.4 14",
    "cross": "L 6 6 18 18; L 18 6 6 18",
    "info": "O 12 12 9; L 12 11.2 12 16.6; D 12 7.7 1.25",
    "warning": "L 12 3.8 21.4 20 2.6 20 12 3.8; L 12 10 12 14; D 12 16.9 1.2",
    "user": "O 12 8 4; A 12 21.6 7.6 200 340",
    "users": "O 9 8.4 3.6; A 9 21 6.4 200 340; A 15.4 8.4 3.6 -80 80; A 16.4 21 5.6 275 340",
    "user_remove": "O 9.4 8 3.9; A 9.4 21.4 7.2 200 340; L 16.2 11 21.8 11",
    "user_add": "O 9.4 8 3.9; A 9.4 21.4 7.2 200 340; L 16.2 11 21.8 11; L 19 8.2 19 13.8",
    "arrow_down": "L 12 4.4 12 19.4; L 5.8 13.2 12 19.4 18.2 13.2",
    "arrow_up": "L 12 19.6 12 4.6; L 5.8 10.8 12 4.6 18.2 10.8",
    "arrow_right": "L 4.4 12 19.4 12; L 13.2 5.8 19.4 12 13.2 18.2",
    "arrow_left": "L 19.6 12 4.6 12; L 10.8 5.8 4.6 12 10.8 18.2",
    "eye": "A 12 17.5 11 210 330; A 12 6.5 11 30 150; O 12 12 2.9",
    "eye_off": "A 12 17.5 11 210 330; A 12 6.5 11 30 150; O 12 12 2.9; L 4.4 19.6 19.6 4.4",
    "gear": "O 12 12 3; O 12 12 6.8; L 12 5.2 12 2.6; L 12 18.8 12 21.4; L 5.2 12 2.6 12; L 18.8 12 21.4 12;"
            "L 7.2 7.2 5.4 5.4; L 16.8 16.8 18.6 18.6; L 7.2 16.8 5.4 18.6; L 16.8 7.2 18.6 5.4",
    "trash": "L 4 6.4 20 6.4; L 9 6.4 9 3.8 15 3.8 15 6.4; L 6 6.4 6.8 20.4 17.2 20.4 18 6.4;"
             "L 10 10.4 10 16.6; L 14 10.4 14 16.6",
    "save": "L 12 3.8 12 15; L 7.4 10.6 12 15.2 16.6 10.6; L 4 15.6 4 18.6 4.6 19.8 5.8 20.4 18.2 20.4 "
            "19.4 19.8 20 18.6 20 15.6",
    "file": "L 13.6 3.4 6.6 3.4 5.6 3.8 5.2 4.8 5.2 19.2 5.6 20.2 6.6 20.6 17.4 20.6 18.4 20.2 18.8 19.2 "
            "18.8 8.6 13.6 3.4; L 13.6 3.4 13.6 8.6 18.8 8.6",
    "refresh": "A 12 12 8 -20 160; A 12 12 8 160 300; L 20.2 3.6 19.6 9.2 14.2 8.4",
    "link": "A 8.4 15.6 4.4 45 270; A 15.6 8.4 4.4 225 450; L 9.4 14.6 14.6 9.4",
    "shield": "L 12 3 19.6 5.8 19.6 11.6 18.4 15.4 15.8 18.6 12 21 8.2 18.6 5.6 15.4 4.4 11.6 4.4 5.8 12 3",
    "chat": "L 8 4 16 4 18.6 4.8 20 7 20 13 18.6 15.2 16 16 12.6 16 8 20.2 8 16 5.4 15.2 4 13 4 7 5.4 4.8 "
            "8 4; D 12 8.6 1.6; L 12 9.6 12 12.2",
    "mute": "R 9.4 3 5.2 10.6 2.6; A 12 11.4 6.4 20 160; L 12 17.8 12 21; L 4.4 3.6 19.6 20.4",
    "ban": "O 12 12 8.8; L 5.8 5.8 18.2 18.2",
    "plus": "L 12 5 12 19; L 5 12 19 12",
    "minus": "L 5 12 19 12",
    "more": "D 5.4 12 1.5; D 12 12 1.5; D 18.6 12 1.5",
    "bolt": "L 13 2.8 4.6 13.6 11.4 13.6 10.6 21.2 19.4 10.2 12.4 10.2 13 2.8",
    "cable": "L 9 3.4 9 8; L 15 3.4 15 8; L 6 8 18 8 18 11.4 16.6 14.4 13.6 16 10.4 16 7.4 14.4 6 11.4 6 8;"
             "L 12 16 12 21",
}

_Shapes = tuple[list[list[tuple[float, float]]], list[tuple[float, float, float]]]


def _arc(cx: float, cy: float, radius: float, start: float, end: float) -> list[tuple[float, float]]:
    steps = max(2, math.ceil(abs(end - start) / 12))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(cx + radius * math.cos(a), cy + radius * math.sin(a)) for a in angles]


def _box(x: float, y: float, width: float, height: float, r: float) -> list[tuple[float, float]]:
    right, bottom = x + width, y + height
    line = (_arc(right - r, y + r, r, -90, 0) + _arc(right - r, bottom - r, r, 0, 90)
            + _arc(x + r, bottom - r, r, 90, 180) + _arc(x + r, y + r, r, 180, 270))
    return [*line, line[0]]


def shapes(name: str) -> _Shapes:
    """The polylines and dots of an icon on the 24 grid. KeyError for a name that is none."""
    lines: list[list[tuple[float, float]]] = []
    dots: list[tuple[float, float, float]] = []
    for part in ICONS[name].split(";"):
        kind, *rest = part.split()
        n = [float(word) for word in rest]
        if kind == "L":
            lines.append(list(zip(n[::2], n[1::2], strict=True)))
        elif kind == "A":
            lines.append(_arc(n[0], n[1], n[2], n[3], n[4]))
        elif kind == "O":
            lines.append(_arc(n[0], n[1], n[2], 0, 360))
        elif kind == "R":
            lines.append(_box(n[0], n[1], n[2], n[3], n[4]))
        else:
            dots.append((n[0], n[1], n[2]))
    return lines, dots


@lru_cache(maxsize=1024)
def icon_png(name: str, colour: str, size_px: int) -> bytes:
    """The icon in `colour` ("#RRGGBB") as a square PNG with alpha."""
    return paint.tinted(size_px, _opacities(name, size_px), colour)


@lru_cache(maxsize=256)
def _opacities(name: str, size_px: int) -> bytes:
    scale = size_px / GRID
    lines, dots = shapes(name)
    return paint.strokes(
        size_px,
        [[(x * scale, y * scale) for x, y in line] for line in lines],
        [(x * scale, y * scale, r * scale) for x, y, r in dots],
        max(1.0, STROKE * scale),
    )
