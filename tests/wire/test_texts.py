"""Texts, PROTOCOL §6.3: what may be said, and how any text is shown."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gui.text.shown_text import shown
from netcore import limits
from netcore.wire.codes import Refusal
from netcore.wire.texts import REFUSAL_SENTENCES, check_text, tidy_text, visible


@pytest.mark.parametrize(
    "text",
    [
        "hello", "x" * limits.MAX_TEXT_CHARS, "\n" * (limits.MAX_TEXT_LINES - 1) + "x", "a\tb\nc",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7", "مرحبا\u200f", "漢字",
        "\U0010ffff", "[[[[[[", "\u200d!", "e\u0301", "\u2764\ufe0f", "\u2028" * 49 + "x",
    ],
)  # fmt: skip
def test_ordinary_texts_are_taken(text: str) -> None:
    """§5: "Text 4,000 code points, 50 lines"; emoji, Arabic and CJK are ordinary."""
    assert check_text(text) is None


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", Refusal.EMPTY),
        ("   \n\t ", Refusal.EMPTY),
        ("\u200b\u2060\u3164\u2800\u00a0", Refusal.EMPTY),
        ("x" * (limits.MAX_TEXT_CHARS + 1), Refusal.TOO_LONG),
        (" " * (limits.MAX_TEXT_CHARS + 1), Refusal.TOO_LONG),
        ("\n" * limits.MAX_TEXT_LINES + "x", Refusal.TOO_MANY_LINES),
        ("\n" * 3_999, Refusal.TOO_MANY_LINES),
        ("a" + "\u2028" * limits.MAX_TEXT_LINES + "b", Refusal.TOO_MANY_LINES),
        ("a" + "\u2029\n" * (limits.MAX_TEXT_LINES // 2) + "b", Refusal.TOO_MANY_LINES),
        ("a\x85b", Refusal.BAD_TEXT),
        ("a\x0bb", Refusal.BAD_TEXT),
        ("a\x0cb", Refusal.BAD_TEXT),
        ("\ufe0f", Refusal.EMPTY),
        ("\U000e0fff\u2065\ufff0", Refusal.EMPTY),  # not assigned, and never to be seen
        ("\U00013441\U0001d173", Refusal.EMPTY),
        ("\x00" * 4_001, Refusal.TOO_LONG),
        ("\x00\n" * 50, Refusal.TOO_MANY_LINES),
        ("\x00 ", Refusal.BAD_TEXT),
        ("\U000e0100\u180b \u200d", Refusal.EMPTY),
        ("a\x00b", Refusal.BAD_TEXT),
        ("\x1b[31mred", Refusal.BAD_TEXT),
        ("a\rb", Refusal.BAD_TEXT),
        ("a\x7f", Refusal.BAD_TEXT),
        ("a\x9b31m", Refusal.BAD_TEXT),
        ("a\ud800", Refusal.BAD_TEXT),
    ],
)
def test_what_the_room_does_not_take(text: str, refusal: Refusal) -> None:
    """Bad inputs 45, 61, 63: NUL, empty, over-long, too many lines."""
    assert check_text(text) is refusal


@given(st.text(alphabet=st.sampled_from("ab\n\r\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e")))
def test_no_sink_makes_more_lines_of_a_text_than_were_counted(text: str) -> None:
    """§5: "50 lines", wherever it is shown."""
    text += "\u2028" * 45
    if check_text(text) is None:
        assert visible(text).count("\n") < limits.MAX_TEXT_LINES
        assert shown(text, lines=True).count("\n") < limits.MAX_TEXT_LINES
        assert len(text.splitlines()) <= limits.MAX_TEXT_LINES


def test_each_refusal_has_its_sentence() -> None:
    assert set(REFUSAL_SENTENCES) == set(Refusal)
    assert all(sentence.endswith(".") for sentence in REFUSAL_SENTENCES.values())


@given(st.text())
@example("\r\n\x85 \u2028\x00")
def test_a_tidied_text_is_never_refused_for_its_characters(text: str) -> None:
    """What a person pastes from elsewhere can be sent, if it is not too long or empty."""
    tidy = tidy_text(text)
    assert check_text(tidy) is not Refusal.BAD_TEXT
    assert tidy_text(tidy) == tidy


def test_line_ends_of_all_systems_are_one() -> None:
    assert tidy_text("a\r\nb\rc\nd\u2028e\x0bf\x0cg\x85h  \n ") == "a\nb\nc\nd\ne\nf\ng\nh"


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[38:2::255:0:0mred\x1b[m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\x", "x"),
        ("\x1b(Bx\x1b7\x1b=y", "xy"),
        ("a\x1b[0m\r\x1b[K\nb", "a\nb"),
        ("\x1b]never ended", "never ended"),
        ("a\x08\x7f\x00b", "ab"),
        ("\ufeffa", "a"),
        ("    indented", "    indented"),
        ("a\tb", "a\tb"),
        ("\ud83d\ude00\ud83d", "\U0001f600"),
        ("\x9bA", "A"),  # no sequence: a letter of Windows' code page gone astray
        ("it[31m", "it[31m"),
    ],
)
def test_what_was_pasted_is_said_as_it_was_meant(pasted: str, meant: str) -> None:
    assert tidy_text(pasted) == meant


@given(st.text(alphabet=st.sampled_from("\x1b\x9b\x9d[]\\\x07m0;P\r\n\x0b \ud83d\ude00\ufeff\u2028a")))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    tidy = tidy_text(text)
    assert tidy_text(tidy) == tidy
    assert check_text(tidy) is not Refusal.BAD_TEXT


HOSTILE = {
    "\x1b[31mred": "\ufffd[31mred",
    "\x1b]52;c;aGk=\x07": "\ufffd]52;c;aGk=\ufffd",  # OSC 52: writes the clipboard
    "\x1b]8;;http://x\x1b\\y": "\ufffd]8;;http://x\ufffd\\y",  # OSC 8: a link
    "\x9b31m": "\ufffd31m",
    "safe\roverwritten": "safe\noverwritten",
    "\u202egpj.exe": "gpj.exe",
    "a\u2066b\u2069\u200e\u200f\u061cc": "abc",
    "a\u2028b\u2029c\x85d": "a\nb\nc\nd",
    "a\x00b\ud800c": "a\ufffdb\ufffdc",
    "a\x08\x7f": "a\ufffd\ufffd",
    "z" + "\u0301" * 500 + "algo": "z" + "\u0301" * 8 + "algo",
}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_texts_lose_their_teeth(text: str) -> None:
    """Bad inputs 64, 68: "ANSI, \\r overwrite, OSC 52/OSC 8, C1 0x9b -> sanitised at sink"."""
    assert visible(text) == HOSTILE[text]


def test_harmless_texts_stay_as_they_are() -> None:
    for text in (
        "a\n\tb",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "می\u200cخواهم",
        "q\u0301\u0302",
        "\ufe0f",
    ):
        assert visible(text) is text


def test_one_line_is_one_line() -> None:
    """For titles and logs: newline and tab become spaces."""
    assert visible("a\n\tb\r\nc", one_line=True) == "a  b c"


BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x00\x1b\x9b\r\n\ud800\u202e\u0301\u0302")))
)
@example("\u0301" * 8 + "\u202e" + "\u0301" * 8)
@example("\r\u202e\n")
def test_nothing_that_acts_is_left(text: str) -> None:
    """Property: no control but newline and tab, no surrogate, no direction; and once is enough."""
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t" for char in shown
    )
    assert not BIDI.search(shown)
    assert visible(shown) == shown
    assert "\n" not in visible(text, one_line=True) and "\t" not in visible(text, one_line=True)


@pytest.mark.parametrize(
    "text",
    [
        *("\u0301" * 65_536, "\x1b" * 65_536, "\r" * 65_536, " " * 4_000, "\u200b" * 4_000),
        *("\x9d" * 65_536, "\x1b]" * 32_768, "\x1b]a" * 32_768, "\x1b[0" * 32_768, "\x9b0 " * 32_768),
        *("\ud800" * 65_536, "\x1b[" + "0" * 65_536),
    ],
    ids=lambda text: ascii(text[:6]),
)
def test_hostile_texts_cost_no_more_than_others(text: str) -> None:
    """A guard is tested with hostile input too: linear, far below a loop turn."""
    start_s = time.thread_time()
    visible(text)
    check_text(text)
    tidy_text(text)
    assert time.thread_time() - start_s < 2
