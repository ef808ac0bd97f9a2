"""The named fonts: a text cut to the room that there is for it."""

from __future__ import annotations

import pytest

from gui.look.look import Look


@pytest.mark.parametrize("text", ["", "i", "Physics", "Ms Okafor’s class of next year", "美玲" * 20])
def test_a_text_that_is_too_wide_ends_with_an_ellipsis(look: Look, text: str) -> None:
    fonts = look.fonts
    width = fonts.measure(fonts.title, text)
    assert fonts.shortened(fonts.title, text, width) == text
    for room_px in range(fonts.measure(fonts.title, text[:1] + "…"), width, 7):
        cut = fonts.shortened(fonts.title, text, room_px)
        assert cut.endswith("…") and text.startswith(cut[:-1])
        assert fonts.measure(fonts.title, cut) <= room_px
        longer = text[: len(cut)].rstrip() + "…"
        assert longer == cut or fonts.measure(fonts.title, longer) > room_px, "as much as there is room for"


def test_one_letter_at_least_stays(look: Look) -> None:
    assert look.fonts.shortened(look.fonts.body, "Physics", 1) == "P…"


def test_the_height_of_a_line_follows_the_zoom(look: Look) -> None:
    before = look.fonts.linespace(look.fonts.body)
    look.set_zoom(200)
    after = look.fonts.linespace(look.fonts.body)
    assert after == look.root.tk.call("font", "metrics", look.fonts.body, "-linespace")
    assert after > before
