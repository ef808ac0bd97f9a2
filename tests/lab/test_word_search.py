"""How often a word stands in what passed the tap."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.lab.tap_events import FrameTapped
from netcore.lab.word_search import count_in, times_words, written


def test_the_word_is_found_however_it_is_written() -> None:
    word = "pineapple"
    assert word.encode() in written(word)
    for before in ("", "a", "ab"):
        sealed = base64.b64encode((before + word + "!").encode())
        assert any(form in sealed for form in written(word)), before
    assert not any(form in bytes(1000) for form in written(word))


@given(st.text(min_size=1, max_size=3), st.binary(max_size=12))
def test_a_short_word_is_not_found_where_it_is_not(word: str, data: bytes) -> None:
    """Of one letter base64 shifted by one decides no character: nothing is looked for that is everywhere."""
    assert b"" not in written(word)
    found = count_in([FrameTapped(1, "up", 0, None, data)], word)
    assert (found > 0) == any(form in data for form in written(word))


@pytest.mark.parametrize(
    ("count", "words"), [(0, "nowhere"), (1, "once"), (2, "2 times"), (1500, "1,500 times")]
)
def test_a_count_in_words(count: int, words: str) -> None:
    assert times_words(count) == words
