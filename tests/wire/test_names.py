"""Names, DESIGN §5: what a member or a room may be called."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore import limits
from netcore.errors import BadName
from netcore.wire.names import RESERVED, clean_name, could_be_name, fold_name, longest_match, propose_name

GOOD = [
    "Ada", "a", "7", "Ada Lovelace", "ben_2", "ben-the.second", "Zoë", "Łukasz", "Ñandú", "Đặng Văn",
    "Ιωάννα", "Дмитрий 2", "דנה", "علي", "अदिति", "มานี", "มะลิ้", "சிவா", "ქეთი", "Անի", "한나",
    "ひろ子", "田中さん", "タナカー", "佐々木", "x" * 24, "Ada2", "田中3", "\uff21da",
    "İpek", "straße",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_names_of_living_scripts_are_taken_as_they_are(name: str) -> None:
    """§5: "letters, digits, _ . - and single inner spaces"; "CJK scripts may mix"."""
    assert clean_name(name) == unicodedata.normalize("NFC", name)


# One line for each look-alike or trick: what it imitates, and how.
LOOK_ALIKES = {
    "\u0430da": "Cyrillic a in ada",
    "b\u0435n": "Cyrillic e",
    "\u0441hen": "Cyrillic c",
    "d\u043era": "Cyrillic o",
    "\u0440aul": "Cyrillic p",
    "ma\u0445": "Cyrillic x",
    "\u0455am": "Cyrillic s",
    "\u0456da": "Cyrillic i",
    "an\u0501": "Cyrillic d",
    "d\u03bfra": "Greek omicron",
    "\u0391da": "Greek capital alpha",
    "\u0392en": "Greek capital beta",
    "a\u03bda": "Greek nu for v",
    "\u057ditz": "Armenian s for u",
    "b\u0585b": "Armenian o",
    "b\u10ffb": "Georgian o",
    "b\u05e1b": "Hebrew samekh for o",
    "b\u0665b": "Arabic-Indic five for o",
    "b\u0b20b": "Oriya ttha for o",
    "b\u0c66b": "Telugu zero for o",
    "\u13aada": "Cherokee go for A",
    "\U0001d5ee\U0001d5f1\U0001d5ee": "mathematical bold ada",
    "\u24d0da": "circled a",
    "a\u00b2": "superscript two",
    "\u2167": "Roman numeral eight in one character",
    "a\u00aa\u1d48": "modifier letters",
    "ad\u01c3": "a click letter for !",
    "\u01c0vo": "a click letter for l",
    "ada\u02bc": "a modifier apostrophe",
    "ada\u3164": "Hangul filler, which shows nothing",
    "ada\uffa0": "half-width Hangul filler",
    "\u115fa": "Hangul choseong filler",
    "ada\u2800": "Braille blank",
    "ada\ufe0f": "variation selector 16",
    "ada\U000e0100": "variation selector 17",
    "ada\u180b": "Mongolian variation selector",
    "ada\u034f": "combining grapheme joiner",
    "ada\u17b5": "Khmer inherent vowel, invisible",
    "a\u200bda": "zero width space",
    "a\u200dda": "zero width joiner",
    "a\u2060da": "word joiner",
    "a\u00adda": "soft hyphen",
    "a\u00a0b": "no-break space",
    "a\u3000b": "ideographic space",
    "\u202eada": "right-to-left override",
    "ada\u200f": "right-to-left mark",
    "ada\u061c": "Arabic letter mark",
    "a\u2066da\u2069": "isolates",
    "ad\U000e0061": "tag character",
    "ada\ue000": "private use",
    "ada\u0378": "not assigned",
    "ada\x00": "NUL",
    "ada\x1b[2J": "an escape sequence",
    "ada\nserver": "a line end",
    "ada\x9b": "C1 control",
    "ada\ud800": "lone surrogate",
}


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=LOOK_ALIKES.values())
def test_look_alikes_and_invisible_characters_are_refused(name: str) -> None:
    """§5: "one script per name"; "Refuse invisible and direction-changing characters"."""
    with pytest.raises(BadName):
        clean_name(name)


@pytest.mark.parametrize(
    "name", ["Ada", "Ada Lovelace", "世界", "Ben.2", "Zo\u0378", "\u0378", "世\U000323b0"]
)
def test_what_another_computer_may_call_a_name(name: str) -> None:
    """PROTOCOL §6.4: "Characters that its own table does not know yet it lets pass for letters"."""
    assert could_be_name(name)


@pytest.mark.parametrize("name", [name for name in LOOK_ALIKES if "\u0378" not in name])
def test_the_same_look_alikes_are_refused_when_a_server_shows_them(name: str) -> None:
    assert not could_be_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " Ada", "Ada ", "x" * 25, "\u0378" * 25, "e\u0301", "You", "\u0378\n", ".\u0378", "\u0378\u202e"],
)
def test_what_no_server_writes_as_a_name(name: str) -> None:
    """Not as `clean_name` gives it, or against the rules in the characters that every table knows."""
    assert not could_be_name(name)


@given(st.text(max_size=30))
def test_a_clean_name_is_one_for_others(text: str) -> None:
    try:
        name = clean_name(text)
    except BadName:
        return
    assert could_be_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("ada", "\uff41\uff44\uff41"),  # full width
        ("Kim", "\u212aim"),  # Kelvin sign
        ("fina", "\ufb01na"),  # ligature
        ("stra\u00dfe", "STRASSE"),
        ("\u03a3ofia\u03c3"[:1], "\u03c2"),  # sigma and final sigma
        ("\u0130pek", "i\u0307pek"),  # one character that folds to two
        ("Zo\u00eb", "Zoe\u0308"),
    ],
)
def test_names_that_differ_in_form_only_are_one_name(one: str, other: str) -> None:
    """§5: "unique by NFKC + casefold"."""
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    "name", ["", " ", "   ", "_ada", ".ada", "-ada", "\u0301a", "*", "@ada", "/ada", "a/b"]
)
def test_a_name_begins_with_a_letter_or_digit_and_has_few_signs(name: str) -> None:
    """§5: "first a letter or digit; letters, digits, `_ . -` and single inner spaces"."""
    with pytest.raises(BadName):
        clean_name(name)


def test_length_is_counted_in_characters_after_nfc() -> None:
    """§5: "NFC, 1-24 characters"."""
    assert clean_name("e\u0301" * limits.MAX_NAME_CHARS) == "\u00e9" * limits.MAX_NAME_CHARS
    assert len(clean_name("x" * limits.MAX_NAME_CHARS)) == limits.MAX_NAME_CHARS
    with pytest.raises(BadName, match="longer than 24"):
        clean_name("x" * (limits.MAX_NAME_CHARS + 1))


def test_spaces_inside_are_single_and_outside_are_dropped() -> None:
    """§5: "single inner spaces"."""
    assert clean_name("  Ada Lovelace ") == "Ada Lovelace"
    with pytest.raises(BadName, match="two spaces"):
        clean_name("Ada  Lovelace")


def test_combining_marks_stand_on_letters_two_at_most() -> None:
    """§5: "combining marks only after a letter, two at most"."""
    two = "q\u0301\u0302"
    assert clean_name(two) == two
    for name in ("q\u0301\u0302\u0303", "7\u0301", "a \u0301b", "a_\u0301", "q\u20dd"):
        with pytest.raises(BadName):
            clean_name(name)


@pytest.mark.parametrize(
    "name", [*sorted(RESERVED), "Server", "EVERYONE", "\uff53\uff59\uff53\uff54\uff45\uff4d"]
)
def test_words_of_the_program_are_taken(name: str) -> None:
    """§5: "`server`, `everyone`, `all`, `system`, `you` are taken", in any form."""
    with pytest.raises(BadName, match="word of LocalChat"):
        clean_name(name)


def test_a_name_with_a_trailing_dot_is_refused() -> None:
    """Bad input 75: "own name with trailing dot/space"."""
    with pytest.raises(BadName, match="dot"):
        clean_name("Ada.")
    assert clean_name("Ada ") == "Ada"


def test_the_sentence_itself_is_safe_to_show() -> None:
    """Names are "cleaned at the edge and again at each sink"; an error message is a sink."""
    with pytest.raises(BadName) as caught:
        clean_name("\x1b]0;owned\x07\u202e\ud800" + "x" * 10_000)
    sentence = str(caught.value)
    sentence.encode()
    assert len(sentence) < 300
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in sentence)
    assert "\u202e" not in sentence


NAME_LIKE = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("aZé7_.- \u0301\u0430あ")), max_size=30
)


@given(NAME_LIKE)
@example("\u01c4\u0323")
@example("\u0345a")
def test_a_name_is_refused_or_clean(text: str) -> None:
    """Property: what is taken is NFC, short, printable, and is taken again unchanged."""
    try:
        name = clean_name(text)
    except BadName:
        return
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= limits.MAX_NAME_CHARS
    assert name.isprintable()
    assert not {unicodedata.category(char)[0] for char in name} - {"L", "M", "N", "P", "Z"}
    assert fold_name(name) not in RESERVED


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.sampled_from(GOOD), st.integers(1, 30))
def test_a_proposal_is_free_and_a_name(name: str, number_taken: int) -> None:
    """Name taken: "the field keeps the text and proposes one"."""
    taken: set[str] = set()
    for _ in range(number_taken):
        proposal = propose_name(name, taken)
        assert clean_name(proposal) == unicodedata.normalize("NFC", proposal)
        assert fold_name(proposal) not in taken
        taken.add(fold_name(proposal))


def test_proposals_count_on() -> None:
    assert propose_name("Ben", {"ben"}) == "Ben.2"
    assert propose_name("Ben.2", {"ben", "ben.2"}) == "Ben.3"
    assert propose_name("Ben", {"ben", "ben.2", "ben.3"}) == "Ben.4"


def test_in_commands_the_longest_name_wins() -> None:
    """§5: "In commands the longest matching member name wins"."""
    names = ["Ada", "Ada Lovelace", "Ben"]
    assert longest_match("Ada Lovelace hello there", names) == ("Ada Lovelace", "hello there")
    assert longest_match("Ada hello", names) == ("Ada", "hello")
    assert longest_match("ada lovelace", names) == ("Ada Lovelace", "")
    assert longest_match("Ada Lovelaces", names) == ("Ada", "Lovelaces")
    assert longest_match("Adam hello", names) is None
    assert longest_match("", names) is None
    assert longest_match("  BEN  two  spaces ", names) == ("Ben", "two  spaces")
    assert longest_match("Zoe\u0308 hi", ["Zo\u00eb"]) == ("Zo\u00eb", "hi")
