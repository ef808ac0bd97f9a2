"""What a text may cost to draw."""

from __future__ import annotations

import pytest

from gui.text.cost import MAX_COST, shown_chars
from gui.text.markup import Piece, hard_wrapped

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
EUROPEAN = "The quick brown fox, съешь ещё этих булок, ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία. "


@pytest.mark.parametrize("text", ["", "x" * 4_000, (EUROPEAN * 60)[:4_000], FAMILY * 500, "我" * 4_000,
                                  "the same \U0001f642 " * 300])
def test_what_costs_little_is_shown_whole(text: str) -> None:
    assert shown_chars(text) == len(text)


@pytest.mark.parametrize(("text", "most"), [
    ("".join(chr(0x1F300 + number) for number in range(700)), 30),  # each a picture of its own
    ("".join(chr(0x4E00 + number) for number in range(4_000)), 600),
    ("صباح الخير " * 360, 2_000),
])
def test_what_costs_much_is_cut(text: str, most: int) -> None:
    assert 0 < shown_chars(text) <= most


def test_no_joined_emoji_is_cut() -> None:
    """Whatever stands before them, the cut is between two families, or behind the words."""
    for before in range(8):
        text = "x" * before + FAMILY * 10
        for most in range(MAX_COST // 10):
            cut = shown_chars(text, most)
            assert cut <= before or (cut - before) % len(FAMILY) == 0


def test_a_letter_keeps_its_marks_and_a_hand_its_colour() -> None:
    for text in ("a" + "\u0301" * 3, "\U0001f44d\U0001f3fd", "\u2764\ufe0f"):
        for most in range(500):
            assert shown_chars(text * 3, most) % len(text) == 0


def test_no_line_ends_within_a_joined_emoji() -> None:
    for before in range(len(FAMILY)):
        lines = hard_wrapped([Piece("x" * before, True), Piece(FAMILY * 300, False)], 500)
        texts = ["".join(piece.text for piece in line) for line in lines]
        assert "".join(texts) == "x" * before + FAMILY * 300
        assert all(len(text) <= 500 for text in texts)
        assert all(text.lstrip("x").startswith(FAMILY) and text.endswith(FAMILY) for text in texts)


def test_what_cannot_be_kept_together_is_cut() -> None:
    """Joiners without an end are no emoji; a line of them ends where it must."""
    lines = hard_wrapped([Piece("\u200d" * 1_200, False)], 500)
    assert [sum(len(piece.text) for piece in line) for line in lines] == [500, 500, 200]
