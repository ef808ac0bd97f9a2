"""Smooth shapes by coverage, icons on a 24 grid, 528 discs, the fingerprint's walk."""

import base64
import hashlib
import tkinter as tk

import pytest

from gui.look import icons, paint
from gui.look.discs import DiscShape, disc_shape, initial
from gui.look.look import ZOOM_STEPS, Look
from gui.look.paint import Layer
from gui.look.palette import DISCS
from gui.look.theme import Painter, outlined
from gui.widgets.fingerprint_picture import (
    COLUMNS,
    ROWS,
    FingerprintPicture,
    cells_png,
    fingerprint_groups,
    fingerprint_text,
    oklch,
    visit_colours,
    walk,
)


def pixel(image: tk.PhotoImage, x: int, y: int) -> str:
    return "#{:02X}{:02X}{:02X}".format(*image.get(x, y))


def test_a_rounded_box_has_ground_corners_a_line_and_a_filling(root: tk.Tk) -> None:
    data = paint.rounded_box(60, 40, [Layer(0, 8, "#112233"), Layer(1, 7, "#EEDDCC")], "#FFFFFF")
    image = tk.PhotoImage(master=root, data=data)
    assert (image.width(), image.height()) == (60, 40)
    for x, y in ((0, 0), (59, 0), (0, 39), (59, 39)):
        assert pixel(image, x, y) == "#FFFFFF"
    for x, y in ((30, 0), (30, 39), (0, 20), (59, 20)):
        assert pixel(image, x, y) == "#112233"
    assert pixel(image, 30, 20) == "#EEDDCC"
    between = image.get(2, 2)  # On the curve: neither colour alone.
    assert between not in ((255, 255, 255), (17, 34, 51), (238, 221, 204))
    assert image.get(57, 37) == between == image.get(57, 2) == image.get(2, 37)


@pytest.mark.parametrize("zoom", ZOOM_STEPS)
def test_an_outline_is_seen_at_every_zoom(root: tk.Tk, zoom: int) -> None:
    """At 80 % the lines around fields and buttons once fell between two pixels."""
    box = Painter(root, zoom / 100).box(outlined("#FFFFFF", "#FF0000"), "#00FF00")
    row = [box.get(x, box.height() // 2) for x in range(box.width())]
    line = [x for x, colour in enumerate(row) if colour == (255, 0, 0)]
    assert line and len(line) % 2 == 0 and row[line[0] - 1] == (0, 255, 0)
    inside = row[line[len(line) // 2 - 1] + 1 : line[len(line) // 2]]
    assert inside and set(inside) == {(255, 255, 255)}


def test_a_shared_stencil_keeps_colours_apart(root: tk.Tk) -> None:
    first = tk.PhotoImage(master=root, data=paint.rounded_box(40, 30, [Layer(0, 5, "#FF0000")], "#FFFFFF"))
    second = tk.PhotoImage(master=root, data=paint.rounded_box(40, 30, [Layer(0, 5, "#00FF00")], "#000000"))
    assert (pixel(first, 20, 15), pixel(second, 20, 15)) == ("#FF0000", "#00FF00")
    assert (pixel(first, 0, 0), pixel(second, 0, 0)) == ("#FFFFFF", "#000000")


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("bottom", [False, True])
def test_a_band_ends_round_at_its_outer_corner_only(root: tk.Tk, right: bool, bottom: bool) -> None:
    image = tk.PhotoImage(master=root, data=paint.corner(12, "#102030", "#FFFFFF", right, bottom))
    outer = (11 if right else 0, 11 if bottom else 0)
    inner = (0 if right else 11, 0 if bottom else 11)
    assert pixel(image, *outer) == "#FFFFFF"
    assert pixel(image, *inner) == "#102030"


def test_every_icon_stays_on_its_grid_and_has_ink(root: tk.Tk) -> None:
    for name in icons.ICONS:
        lines, dots = icons.shapes(name)
        half = icons.STROKE / 2
        for line in lines:
            for x, y in line:
                assert half - 0.01 <= x <= 24 - half + 0.01 and half - 0.01 <= y <= 24 - half + 0.01, name
        for x, y, radius in dots:
            assert radius <= x <= 24 - radius and radius <= y <= 24 - radius, name
        image = tk.PhotoImage(master=root, data=icons.icon_png(name, "#000000", 24))
        seen = [not image.transparency_get(x, y) for x in range(24) for y in range(24)]
        assert 3 <= sum(seen) < 500, name


def test_there_are_528_looks_and_the_segment_never_has_the_hue_of_its_disc() -> None:
    """Hue by fingerprint byte 0 mod 12, another hue (byte 1, 11 ways), four corners (byte 2)."""
    looks = {disc_shape(bytes((a, b, c))) for a in range(24) for b in range(22) for c in range(8)}
    assert len(looks) == 528
    assert all(shape.hue != shape.segment_hue for shape in looks)
    assert disc_shape(b"") == DiscShape(0, 1, 0)


@pytest.mark.parametrize(("corner", "point"), [(0, (9, 9)), (1, (26, 9)), (2, (26, 26)), (3, (9, 26))])
def test_a_disc_is_cut_in_the_named_corner(root: tk.Tk, corner: int, point: tuple[int, int]) -> None:
    data = paint.disc(36, DISCS[0][0], DISCS[5][1], corner)
    image = tk.PhotoImage(master=root, data=data)
    assert image.transparency_get(0, 0)
    assert not image.transparency_get(18, 18)
    assert pixel(image, 17, 17) == DISCS[0][0]
    assert pixel(image, *point) == DISCS[5][1]
    assert pixel(image, 35 - point[0], 35 - point[1]) == DISCS[0][0]


@pytest.mark.parametrize(("name", "letter"), [
    ("ada", "A"), ("美玲", "美"), ("ßen", "ß"), ("", "?"), ("e\u0301va", "E\u0301"), ("\u202eben", "B"),
])
def test_the_initial_of_a_name(name: str, letter: str) -> None:
    assert initial(name) == letter


def test_the_walk_moves_diagonally_lowest_bits_first_and_stops_at_the_walls() -> None:
    path = walk(bytes([0b11]))  # Right and down once, then three times left and up.
    assert path.start == (8, 4)
    assert path.end == (6, 2)
    cells = {(9, 5): 1, (8, 4): 1, (7, 3): 1, (6, 2): 1}
    assert path.cells == tuple(cells.get((x, y), 0) for y in range(ROWS) for x in range(COLUMNS))
    cornered = walk(b"\xff" * 32)
    assert cornered.end == (16, 8)
    assert cornered.cells[-1] == 128 - 7
    assert sum(walk(hashlib.sha256(b"x").digest()).cells) == 128


def test_a_fingerprint_is_written_as_openssh_does() -> None:
    fp = hashlib.sha256(b"key").digest()
    groups = fingerprint_groups(fp)
    assert fingerprint_text(fp) == "SHA256:" + "".join(groups)
    assert [len(group) for group in groups] == [4] * 10 + [3]
    assert base64.b64decode("".join(groups) + "=") == fp


def test_visits_grow_lighter_and_the_two_hues_are_far_apart() -> None:
    assert oklch(1.0, 0.0, 0.0) == "#FFFFFF"
    assert oklch(0.6279553639214311, 0.2576833038053608, 29.23) in ("#FF0000", "#FC0A00", "#FD0000")
    for byte in range(0, 256, 17):
        colours = visit_colours(bytes((byte, 255 - byte)) + bytes(30))
        weights = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(paint.rgb, colours)]
        assert weights == sorted(weights)


def test_two_fingerprints_give_two_pictures_and_both_scale(root: tk.Tk, look: Look) -> None:
    one, two = hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()
    assert cells_png(one, 7) != cells_png(two, 7)
    picture = FingerprintPicture(root, look, one, 7)
    assert int(picture.cget("width")) == 17 * 7 + 10
    look.set_zoom(200)
    assert int(picture.cget("width")) == 2 * (17 * 7 + 10)
