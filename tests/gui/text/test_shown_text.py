"""What cannot be shown is refused at the edge and cleaned again at each sink."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gui.text import shown_text
from gui.text.arabic import has_rtl, shape, visual
from gui.text.markup import MAX_PIECES, Piece, hard_wrapped, pieces_of_lines
from gui.text.shown_text import shown


@given(st.text())
def test_nothing_invisible_or_turning_is_left(text: str) -> None:
    for clean in (shown(text), shown(text, lines=True)):
        for char in clean:
            if char != "\n":
                assert unicodedata.category(char) not in ("Cc", "Cs")
                assert char not in "\u202e\u2066\u200b\u3164"
    assert "\n" not in shown(text)


def test_line_ends_tabs_and_tricks() -> None:
    assert shown("a\r\nb\rc\u2028d", lines=True) == "a\nb\nc\nd"
    assert shown("a\nb\tc") == "a b c"
    assert shown("user\u202etxt.exe\0") == "usertxt.exe"
    assert shown("\ud800") == "\ufffd"
    assert shown("e" + "\u0301" * 40) == "e" + "\u0301" * 4
    assert shown("a\u3164b") == "a b"
    family = "\U0001f468\u200d\U0001f469"
    assert shown(family) == family


def test_an_old_tk_on_x11_gets_no_astral_character() -> None:
    """On X11 a Tk before 8.6.11 dies of characters above U+FFFF: they are replaced there."""
    assert shown_text._clean("a\U0001f642b", False, astral=False) == "a\ufffdb"


def test_arabic_letters_join() -> None:
    assert shape("سلام") == "\ufeb3\ufefc\ufee1"  # seen initial, lam-alef final, meem isolated
    assert shape("دار") == "\ufea9\ufe8d\ufead"  # letters that never reach over stay apart
    assert visual("سلام") == "\ufee1\ufefc\ufeb3"


def test_runs_are_turned_and_numbers_and_latin_are_not() -> None:
    assert visual("abc שלום def") == "abc םולש def"
    assert visual("שלום 12.5 ab") == "ab 12.5 םולש"
    assert visual("see (שלום) ok") == "see (םולש) ok"
    assert visual("שלום (abc) 10:05") == "10:05 (abc) םולש"
    assert visual("plain") == "plain"
    assert not has_rtl("plain é 美 \U0001f642")


@given(st.text(st.sampled_from("אבג ab12.,")))
def test_turning_loses_no_character(text: str) -> None:
    assert sorted(visual(text)) == sorted(text)


def test_code_between_backticks_and_fences() -> None:
    assert pieces_of_lines("a `b` c") == [[Piece("a ", False), Piece("b", True), Piece(" c", False)]]
    assert pieces_of_lines("a ` b") == [[Piece("a ` b", False)]]
    assert pieces_of_lines("```py\nx = 1\n\n```\nend") == [
        [Piece("x = 1", True)], [Piece(" ", True)], [Piece("end", False)]]
    assert pieces_of_lines("```\nnever closed") == [[Piece("``", False), Piece("`", False)],
                                                    [Piece("never closed", False)]]


def test_a_line_of_many_pieces_stays_plain() -> None:
    """Few tags a line (Tk is quadratic in them)."""
    line = "`a` " * 200
    assert pieces_of_lines(line) == [[Piece(line, False)]]
    assert all(len(pieces) <= MAX_PIECES for pieces in pieces_of_lines("`a` " * 11))


@given(st.lists(st.builds(Piece, st.text(min_size=1), st.booleans()), min_size=1), st.integers(1, 9))
def test_hard_wrapping_keeps_every_character_and_the_limit(line: list[Piece], limit: int) -> None:
    wrapped = hard_wrapped(line, limit)
    assert "".join(text for part in wrapped for text, _ in part) == "".join(text for text, _ in line)
    assert all(sum(len(text) for text, _ in part) <= limit for part in wrapped)
