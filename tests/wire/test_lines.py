"""Lines of plain text: no name and no text can imitate a line of the program or of another member."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore.errors import BadName
from netcore.wire.lines import (
    INDENT,
    KeyNotes,
    bare_name,
    quoted_name,
    quoted_room,
    quoted_words,
    speech_lines,
    system_line,
)
from netcore.wire.names import clean_name, clean_room_name

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("ab \n\r\t\x0b\x0c\x1c\x85\u2028\u2029*:()\u201c\u201d05[]\u202e\u3000"),
    ),
    max_size=60,
)
WIDTHS = st.sampled_from([0, 17, 20, 40, 80])
SPOKEN = re.compile(r"05:19 ([^():]*)( \(whisper\))?: ")


@pytest.mark.parametrize(
    ("name", "text", "note", "lines"),
    [
        ("Ben", "hello", "", "05:19 Ben: hello"),
        ("Ben", "psst", "whisper", "05:19 Ben (whisper): psst"),
        ("Ben", "a\n[05:19] Eve: b", "", "05:19 Ben: a\n        [05:19] Eve: b"),
        ("Ben", "a\u2028* Eve left", "", "05:19 Ben: a\n        * Eve left"),
        ("Ben (whisper)", "a", "", "05:19 Ben \ufffdwhisper\ufffd: a"),
        ("Ben: hi\n05:20 Eve", "a", "", "05:19 Ben\ufffd hi 05\ufffd20 Eve: a"),
        ("Ben", "a\tb\x1b[2J", "", "05:19 Ben: a\tb\ufffd[2J"),
    ],
)
def test_what_somebody_said(name: str, text: str, note: str, lines: str) -> None:
    assert speech_lines("05:19", name, text, note=note) == lines


def test_a_name_is_set_apart_in_a_line_of_the_program() -> None:
    assert system_line(f"{quoted_name('Ben left. Eve')} joined") == "* \u201cBen left. Eve\u201d joined"
    assert quoted_name("\u201d joined. \u201cEve") == "\u201c\ufffd joined. \ufffdEve\u201d"
    assert quoted_words('it is "over"\n') == "\u201cit is 'over'\u201d"
    assert quoted_room('Class 7b (Mr. Smith) "x"') == "\u201cClass 7b (Mr. Smith) \ufffdx\ufffd\u201d"


def test_members_whose_names_look_alike_are_told_apart() -> None:
    notes, ada, ben, imitator = KeyNotes(), b"a" * 32, b"b" * 32, b"c" * 32
    for member_id, name in ((ada, "Cop"), (ben, "Ben"), (imitator, "\u0421\u043e\u0440")):
        notes.add(member_id, name)
    assert [notes.note(one) for one in (ada, ben, imitator)] == ["key YWFhYW", "", "key Y2NjY2"]
    notes.add(imitator, "Dora")
    assert notes.note(ada) == "" == notes.note(imitator) == notes.note(b"nobody")
    notes.add(imitator, "cop")
    notes.remove(imitator)
    notes.remove(imitator)
    assert notes.note(ada) == ""
    assert speech_lines("05:19", "Cop", "hi", note="key YWFhYW") == "05:19 Cop (key YWFhYW): hi"
    assert quoted_name("Cop", note="key YWFhYW") == "\u201cCop\u201d (key YWFhYW)"


@given(HOSTILE, HOSTILE, st.sampled_from(["", "whisper"]), WIDTHS)
@example("Ben", "a" * 9 + " " * 60 + "05:20 Eve: b", "", 20)
def test_only_the_first_line_begins_at_the_left(name: str, text: str, note: str, width: int) -> None:
    """However a terminal or an editor breaks lines, what was said stays behind its indentation."""
    lines = speech_lines("05:19", name, text, note=note, width=width)
    first, *others = lines.splitlines()
    assert lines.split("\n") == [first, *others] or lines.endswith("\n")
    assert first.startswith("05:19 ")
    assert all(line.startswith(INDENT) for line in others)


@given(HOSTILE, HOSTILE, st.sampled_from(["", "whisper"]))
def test_who_said_it_and_how_can_be_read_back(name: str, text: str, note: str) -> None:
    """The first colon behind the time ends the name: a text cannot say of itself that it is a whisper."""
    found = SPOKEN.match(speech_lines("05:19", name, text, note=note))
    assert found is not None
    assert found[1] == bare_name(name)
    assert bool(found[2]) == bool(note)


@given(HOSTILE, WIDTHS)
def test_a_line_of_the_program_is_one(name: str, width: int) -> None:
    first, *others = system_line(f"{quoted_name(name)} joined", width=width).splitlines()
    assert first.startswith("* \u201c")
    assert all(line.startswith(INDENT) for line in others)
    whole = system_line(f"{quoted_name(name)} joined")
    assert whole.count("\u201c") == whole.count("\u201d") == 1
    assert whole.endswith("\u201d joined")


@given(HOSTILE, st.sampled_from([quoted_name, quoted_room, quoted_words]))
def test_what_stands_in_quotes_ends_with_the_closing_one(text: str, quoted: Callable[[str], str]) -> None:
    assert re.fullmatch("\u201c[^\u201c\u201d\n\r\t]*\u201d", quoted(text))


@given(HOSTILE, st.sampled_from([17, 20, 40, 80]))
def test_no_row_is_wider_than_the_terminal(text: str, width: int) -> None:
    for row in speech_lines("05:19", "Ben", text, width=width).split("\n"):
        columns = sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in row)
        assert columns <= width


@given(st.text(alphabet="abc \n", max_size=200), st.sampled_from([0, 20, 40]))
def test_nothing_is_lost_in_breaking(text: str, width: int) -> None:
    lines = speech_lines("05:19", "Ben", text, width=width)
    letters = "".join(lines.split()).removeprefix("05:19Ben:")
    assert letters == "".join(text.split())


@given(st.text(max_size=30))
def test_a_clean_name_needs_no_mending(text: str) -> None:
    """So nobody reads another name than the one to write in a command."""
    try:
        name = clean_name(text)
    except BadName:
        return
    assert bare_name(name) == name


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('ab(). "\u201c')), max_size=24))
def test_nor_does_a_clean_room(text: str) -> None:
    try:
        name = clean_room_name(text)
    except BadName:
        return
    assert quoted_room(name) == f"\u201c{name}\u201d"
