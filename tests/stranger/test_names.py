"""Ours judges texts and names as the page says (§6.3, §6.4): compared with what was written from it alone."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import BadName
from netcore.wire.names import clean_name, clean_room_name
from netcore.wire.texts import BLANK, check_text
from tests.stranger import names

# Few letters of each kind meet each rule often.
LETTERS = (
    "aZ7 .'_-\u0301\u0302\u00e9\u0430\u0412\u0639\u0644\u064e\u200c\u200d"
    "\u0915\u094d\u093c\u0940\u09b0\u09cd\u09af"
)
SIGNS = (
    '()!"#\u2019\u02bc\u02bb\u00b7\u201c\u2013\u3164\u200b\u0640'
    "\u30fb\u30a2\u6f22\u05d2\u05f3\u05f4\u05be\u0f56\u0f0b\u0f92"
)
CHARS = st.one_of(st.sampled_from(LETTERS), st.sampled_from(LETTERS + SIGNS), st.characters())
NAMES = st.lists(CHARS, max_size=26).map("".join)


def test_the_page_lists_what_cannot_be_seen() -> None:
    assert names.UNSEEN == BLANK


@settings(max_examples=500)
@given(NAMES)
def test_a_members_name(text: str) -> None:
    try:
        ours: str | None = clean_name(text)
    except BadName as error:
        if "word of LocalChat" in str(error):
            return
        ours = None
    repaired = names.repaired(text)
    assert ours == (repaired if names.may_be_member(repaired) else None)


@settings(max_examples=300)
@given(NAMES)
def test_a_rooms_name(text: str) -> None:
    try:
        ours: str | None = clean_room_name(text)
    except BadName:
        ours = None
    repaired = names.repaired(text)
    assert ours == (repaired if names.may_be_room(repaired) else None)


def test_every_character_of_the_scripts_alone() -> None:
    """As a whole name, and behind a letter. Beyond these come Chinese signs and what no name has."""
    for code in (*range(0x3100), *range(0xA640, 0xABFF), *range(0xFB00, 0x10000)):
        for text in (chr(code), "a" + chr(code)):
            repaired = unicodedata.normalize("NFC", text.strip(" "))
            try:
                clean_name(text)
                ours = True
            except BadName:
                ours = False
            assert ours == names.may_be_member(repaired), ascii(text)


@given(
    st.text(
        # No surrogates: they do not come through the JSON (§6.1).
        st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n\u2028\u2029\t\x00\u200b \U000e0001"))
    ),
    st.sampled_from(["", "\n" * 48, "\u3000" * 3_995, "\u2029" * 49]),
)
def test_a_text(text: str, ahead: str) -> None:
    ours = check_text(ahead + text)
    assert (None if ours is None else str(ours)) == names.refusal(ahead + text)
