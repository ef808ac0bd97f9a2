"""The tables of the look-alikes: sound in themselves, and what reading does with any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.wire import skeleton
from netcore.wire.skeleton import reading, strokes, without_accents

TABLES = (skeleton._LATIN, skeleton._OTHERS)


def test_each_letter_is_read_in_one_way_and_that_is_final() -> None:
    chars = [char for table in TABLES for chars in table.values() for char in chars]
    assert len(chars) == len(set(chars))
    letters = {char for table in TABLES for letters in table for char in letters}
    assert letters.isdisjoint(chars)


def test_each_letter_can_be_met_in_nfd() -> None:
    """A character that NFD takes apart would never be found."""
    for table in TABLES:
        for chars in table.values():
            assert unicodedata.is_normalized("NFD", chars)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("\u0421\u0415\u0420\u0412\u0415\u0420", "CEPBEP"),
        ("\u03a5\u03bf\u03c5", "You"),
        ("\u0397\u03b7", "Hn"),  # the two cases of one letter
        ("\u0391\u0301", "A\u0301"),
        ("\u0138\u0399\u0406\u04c0", "kIII"),
        ("i\u0307\u0301", "i\u0301"),
        ("Ada 7", "Ada 7"),
        ("\u05d3\u05e0\u05d4", "\u05d3\u05e0\u05d4"),
    ],
)
def test_a_name_is_read_as_it_is_drawn(name: str, read: str) -> None:
    assert reading(name) == read


def test_strokes_are_few() -> None:
    assert strokes("AI1l0O rn vv m w") == "a|||oo m w m w"


@given(st.text())
def test_reading_twice_changes_nothing(text: str) -> None:
    assert reading(reading(text)) == reading(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
def test_plain_letters_are_read_as_they_are(text: str) -> None:
    assert reading(text) == text


def test_accents_go_and_letters_stay() -> None:
    assert without_accents("Y\u00f3u \u0142") == "You \u0142"
