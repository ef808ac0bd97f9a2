"""A fingerprint as words and as a picture that two people can compare across a room.

The picture is a walk in the manner of OpenSSH's drunken bishop: 128 two-bit moves from the middle of a
17 by 9 field. How often a cell was visited gives its lightness; two hues that come from the fingerprint
too slide into one another. The ground is dark in both themes, so two screens show the same.
"""

import base64
import math
import tkinter as tk
from collections.abc import Callable
from functools import lru_cache
from tkinter import ttk
from typing import Final, NamedTuple

from gui.look import paint
from gui.look.look import Look
from gui.look.paint import Layer, coverage

COLUMNS: Final = 17
ROWS: Final = 9
GROUND: Final = "#0B1715"
UNVISITED: Final = "#162623"
EDGE: Final = "#2B3A37"
STEPS: Final = 7


class Walk(NamedTuple):
    """cells: visits of each cell, row by row, COLUMNS * ROWS of them; start and end: (column, row)."""

    cells: tuple[int, ...]
    start: tuple[int, int]
    end: tuple[int, int]


def fingerprint_text(fp: bytes) -> str:
    """A 32-byte fingerprint as "SHA256:" and unpadded base64, as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(fp).decode().rstrip("=")


def fingerprint_groups(fp: bytes) -> list[str]:
    """The base64 of a fingerprint in groups of four characters (eleven, the last of three)."""
    text = base64.b64encode(fp).decode().rstrip("=")
    return [text[start:start + 4] for start in range(0, len(text), 4)]


def walk(fp: bytes) -> Walk:
    """The walk of a fingerprint: each byte is four moves, lowest bits first. Bit 0: right, bit 1: down."""
    column, row = start = COLUMNS // 2, ROWS // 2
    cells = [0] * (COLUMNS * ROWS)
    for byte in fp:
        for shift in (0, 2, 4, 6):
            move = byte >> shift
            column = min(COLUMNS - 1, max(0, column + (1 if move & 1 else -1)))
            row = min(ROWS - 1, max(0, row + (1 if move & 2 else -1)))
            cells[row * COLUMNS + column] += 1
    return Walk(tuple(cells), start, (column, row))


def oklch(lightness: float, chroma: float, hue_degrees: float) -> str:
    """An OKLCH colour as "#RRGGBB"; its chroma is lowered until the screen can show it."""
    while True:
        a = chroma * math.cos(math.radians(hue_degrees))
        b = chroma * math.sin(math.radians(hue_degrees))
        l3 = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        m3 = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        s3 = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
                  -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
                  -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3)
        if chroma < 0.005 or all(-0.001 <= part <= 1.001 for part in linear):
            return "#" + "".join(f"{_gamma(part):02X}" for part in linear)
        chroma -= 0.005


def _gamma(part: float) -> int:
    part = min(1.0, max(0.0, part))
    return round(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))


def visit_colours(fp: bytes) -> list[str]:
    """The colours of 1, 2 ... 7 and more visits."""
    first = fp[0] / 256 * 360
    turn = 70 + fp[1] / 255 * 220  # At least 70 degrees apart, either way round.
    if turn > 180:
        turn -= 360
    return [oklch(0.50 + 0.42 * step / (STEPS - 1), 0.16, first + turn * step / (STEPS - 1))
            for step in range(STEPS)]


def _square(cell_px: int, colour: str, mark: str, bright: bool) -> list[bytes]:
    """The pixel rows of one cell. mark: "", "start" (a ring) or "end" (a diamond)."""
    half = cell_px / 2
    gap = max(1.0, cell_px * 0.14) / 2
    radius = cell_px * 0.28 if cell_px >= 6 else 0.0
    box, ground = paint.rgb(colour), paint.rgb(GROUND)
    ink = paint.rgb("#0B1715" if bright else "#FFFFFF")
    if mark and cell_px < 6:
        box, mark = (255, 255, 255), ""
    rows = []
    for y in range(cell_px):
        row = bytearray()
        for x in range(cell_px):
            dx, dy = abs(x + 0.5 - half), abs(y + 0.5 - half)
            corner = half - gap - radius
            outside = math.hypot(max(dx - corner, 0), max(dy - corner, 0))
            cover = coverage(outside + min(max(dx, dy) - corner, 0) - radius)
            over = 0.0
            if mark == "start":
                over = coverage(abs(math.hypot(dx, dy) - cell_px * 0.22) - cell_px * 0.075)
            elif mark == "end":
                over = coverage((dx + dy - cell_px * 0.3) * math.sqrt(0.5))
            for part in range(3):
                base = ground[part] + (box[part] - ground[part]) * cover
                row.append(round(base + (ink[part] - base) * over))
        rows.append(bytes(row))
    return rows


@lru_cache(maxsize=256)
def cells_png(fp: bytes, cell_px: int) -> bytes:
    """The field of cells alone, COLUMNS * cell_px by ROWS * cell_px pixels."""
    path = walk(fp)
    colours = visit_colours(fp)
    squares: dict[tuple[int, str], list[bytes]] = {}
    rows: list[bytes] = []
    for row in range(ROWS):
        line = []
        for column in range(COLUMNS):
            visits = min(path.cells[row * COLUMNS + column], STEPS)
            # Where the walk ends on its start, the end is what tells more.
            mark = "end" if (column, row) == path.end else "start" if (column, row) == path.start else ""
            if (visits, mark) not in squares:
                colour = colours[visits - 1] if visits else UNVISITED
                squares[visits, mark] = _square(cell_px, colour, mark, visits >= 4)
            line.append(squares[visits, mark])
        rows.extend(b"".join(square[y] for square in line) for y in range(cell_px))
    return paint.png(COLUMNS * cell_px, ROWS * cell_px, rows, alpha=False)


class FingerprintPicture(tk.Canvas):
    """The picture as a widget. cell: pixels of a cell at 100 % (18 to compare, 7 in a card, 3 as a sign).

    ground: the palette role it stands on, for its rounded corners.
    """

    def __init__(self, parent: tk.Misc, look: Look, fp: bytes, cell: int = 18, *, ground: str = "surface",
                 on_click: Callable[[], object] | None = None) -> None:
        super().__init__(parent, borderwidth=0, highlightthickness=0)
        self._look, self._cell, self._ground = look, cell, ground
        self._fp = fp
        self._image = tk.PhotoImage(master=self)
        self.create_image(0, 0, image=self._image, anchor="nw")
        if on_click is not None:
            self.configure(cursor="hand2")
            self.bind("<Button-1>", lambda _event: on_click())
        look.on_change(self._redraw)
        self._redraw()

    def show(self, fp: bytes) -> None:
        """Show another fingerprint."""
        self._fp = fp
        self._redraw()

    def _redraw(self) -> None:
        look, cell_px = self._look, max(2, self._look.px(self._cell))
        pad = round(0.7 * cell_px)
        width, height = COLUMNS * cell_px + 2 * pad, ROWS * cell_px + 2 * pad
        radius = min(look.px(10), round(1.3 * cell_px))
        line = max(1, look.px(1))
        ground = look.palette.colour(self._ground)
        box = [Layer(0, radius, EDGE), Layer(line, radius - line, GROUND)]
        self._image.configure(data=paint.rounded_box(width, height, box, ground), width=width, height=height)
        cells = tk.PhotoImage(master=self, data=cells_png(self._fp, cell_px))
        self.tk.call(str(self._image), "copy", str(cells), "-to", pad, pad)
        self.configure(width=width, height=height, background=ground)


class FingerprintText(ttk.Frame):
    """SHA256 and the eleven groups, four in a row. `hidden`: the number of a group that is not shown."""

    def __init__(self, parent: tk.Misc, look: Look, fingerprint: bytes, ground: str = "",
                 hidden: int | None = None) -> None:
        super().__init__(parent, style=f"{ground}TFrame")
        ttk.Label(self, text="SHA256", style=f"{ground}Muted.TLabel").grid(row=0, column=0, sticky="w")
        for number, group in enumerate(fingerprint_groups(fingerprint)):
            text = "\N{BULLET}" * len(group) if number == hidden else group
            label = ttk.Label(self, text=text, style=f"{ground}MonoStrong.TLabel")
            look.grid(label, row=1 + number // 4, column=number % 4, sticky="w", padx=(0, 40), pady=2)
