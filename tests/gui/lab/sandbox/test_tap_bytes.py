"""The bytes at the tap: the difference lit, and a click or a key that chooses a bit."""

from __future__ import annotations

import tkinter as tk

import pytest

from gui.lab.sandbox.tap_bytes import TapBytes
from gui.look.look import Look
from tests.gui.waiting import Pump


class Bytes:
    def __init__(self, root: tk.Tk, look: Look, pump: Pump) -> None:
        self.chosen: list[tuple[int, int]] = []
        self.widget = TapBytes(root, look, lambda byte, bit: self.chosen.append((byte, bit)))
        self.widget.pack(fill="both", expand=True)
        root.geometry("1000x300+0+0")
        pump(lambda: self.widget.winfo_width() > 900)

    def lit(self) -> list[str]:
        text = self.widget.text
        ranges = text.tag_ranges("lit")
        return [text.get(start, end) for start, end in zip(ranges[::2], ranges[1::2], strict=True)]

    def click(self, sign: str) -> None:
        """On the first place where the dump says this."""
        text = self.widget.text
        place = text.search(sign, "1.0")
        box = text.bbox(place)
        assert box is not None
        text.event_generate("<Button-1>", x=box[0] + 2, y=box[1] + 2)


@pytest.fixture
def dump(root: tk.Tk, look: Look, pump: Pump) -> Bytes:
    return Bytes(root, look, pump)


def test_before_and_after_stand_side_by_side_with_the_difference_lit(dump: Bytes) -> None:
    dump.widget.show_pair(b"pay Ben five", b"qay Ben five")
    line = dump.widget.text.get("1.0", "1.end")
    assert line.count("0000") == 2 and "70 61 79" in line and "71 61 79" in line
    assert dump.lit() == ["70", "71"]
    titles = dump.widget.titles.get("1.0", "end-1c")
    assert titles.startswith("before: 12 bytes") and "after: 12 bytes" in titles
    assert titles.index("after") == line.rindex("0000"), "each title stands above its bytes"


def test_a_frame_that_was_left_out(dump: Bytes) -> None:
    dump.widget.show_pair(b"\x01\x02", b"")
    assert dump.lit() == ["01 02", "nothing"]


def test_a_difference_far_down_is_in_sight(dump: Bytes) -> None:
    before = bytes(2_000)
    dump.widget.show_pair(before, before[:1_500] + b"\x01" + before[1_501:])
    start = dump.widget.text.tag_ranges("lit")[0]
    assert dump.widget.text.bbox(start) is not None


@pytest.mark.parametrize("zoom", [100, 150])
def test_a_click_chooses_the_bit_to_flip(dump: Bytes, look: Look, pump: Pump, zoom: int) -> None:
    look.set_zoom(zoom)
    dump.widget.show_frame(bytes(range(0x30, 0x30 + 40)))
    pump()
    dump.click("4f")
    assert dump.chosen == [(0x4F - 0x30, 0)]
    assert [button["text"] for button in dump.widget.bits] == list("01001111")
    dump.widget.bits[1].invoke()  # bit 6
    assert dump.chosen[-1] == (0x4F - 0x30, 6)
    dump.click("ABC")  # among the letters
    assert dump.chosen[-1] == (0x41 - 0x30, 6)


def test_the_same_by_keys(dump: Bytes, pump: Pump) -> None:
    text = dump.widget.text
    dump.widget.show_frame(bytes(40))
    text.focus_force()
    pump(lambda: text.focus_get() is text)
    for key in ("<Right>", "<Right>", "<Down>", "<Left>", "<KeyPress-5>"):
        text.event_generate(key)
    assert dump.chosen[-1] == (dump.widget.per_line, 5)


def test_a_click_beside_the_bytes_chooses_nothing(dump: Bytes) -> None:
    dump.widget.show_pair(b"\x01\x02", b"\x01\x03")
    dump.click("0000")
    dump.widget.text.event_generate("<Button-1>", x=900, y=5)
    assert dump.chosen == []


def test_in_little_room_the_lines_are_shorter(dump: Bytes, root: tk.Tk, pump: Pump) -> None:
    dump.widget.show_pair(bytes(64), bytes(64))
    assert dump.widget.per_line == 16
    root.geometry("620x300")
    pump(lambda: dump.widget.per_line == 8)
    assert dump.widget.text.get("1.0", "end-1c").count("\n") == 8
