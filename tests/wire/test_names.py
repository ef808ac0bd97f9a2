"""Names, PROTOCOL §6.4: what a member or a room may be called."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore import limits
from netcore.errors import BadName
from netcore.wire.names import (
    RESERVED,
    clean_name,
    clean_room_name,
    could_be_name,
    could_be_room_name,
    fold_name,
    look_alike,
    looks_of,
    propose_name,
)

GOOD = [
    "Ada", "a", "7", "Ada Lovelace", "ben_2", "ben-the.second", "Zoë", "Łukasz", "Ñandú", "Đặng Văn",
    "Ιωάννα", "Дмитрий 2", "דנה", "علي", "अदिति", "มานี", "มะลิ้", "சிவா", "ქეთი", "Անի", "한나",
    "ひろ子", "田中さん", "タナカー", "佐々木", "x" * 24, "Ada2", "田中3", "\uff21da",
    "İpek", "straße",
    "O'Brien", "D’Angelo", "Mary-Kate O'Neil", "Llu·ís", "Мар’яна", "Kaʻili", "Мар\u02bcяна", "N'Golo",
    "علی\u200cرضا", "ג׳ורג׳", "ג'ורג'", "בן־גוריון", "צה״ל",
    "マリア・ガルシア", "སྒྲོལ་མ", "ख़ाँ", "ម៉ាំ", "Հայկ և Անի",
    "শ্র\u09cd\u200dযা", "র\u200d\u09cdযাব", "ශ\u0dca\u200dරී", "സുനില\u0d4d\u200d", "Seán Ó Sé",
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
    "a\u200cda": "zero width non-joiner between Latin letters",
    "\u0639\u200d\u0644": "a joiner where letters join anyway",
    "\u0639\u200c": "a non-joiner at the end",
    "\u0639\u200c\u200c\u0644": "two of them",
    "\u0639\u0640\u0644\u06cc": "tatweel, which only makes a word longer",
    "\u0915\u200d\u0916": "a joiner without a virama",
    "\u13aa\u13c3": "Cherokee alone, which is drawn like capitals",
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
    [
        *("", " Ada", "Ada ", "x" * 25, "\u0378" * 25, "e\u0301", "You"),
        *("\u0378\n", "a\U000e0fff", ".\u0378", "\u0378\u202e"),
    ],
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
    four_of_its_script = "\u0f66\u0f92\u0fb2\u0f7c\u0f7e"
    assert clean_name(four_of_its_script) == four_of_its_script
    with pytest.raises(BadName):
        clean_name(four_of_its_script + "\u0f83")
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


@pytest.mark.parametrize("name", ["Ada.", "Ben left. Eve", "Dr. Ada", "a. b. c"])
def test_a_name_is_no_sentence(name: str) -> None:
    """Of "Ben left. Eve" one would read "Ben left. Eve joined"."""
    with pytest.raises(BadName, match="dot before a space or at the end"):
        clean_name(name)
    assert not could_be_name(name)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("", "it is empty"),
        ("Ada!", "\u201c!\u201d has no place in it"),
        ("@ada", "\u201c@\u201d has no place in it"),
        ('"Ada"', '\u201c"\u201d has no place in it'),
        ("Mr (Smith)", "\u201c(\u201d has no place in it"),
        ("_ada", "must begin with a letter or a digit"),
        ("'ada", "\u201c'\u201d belongs between two letters"),
        ("Ada'", "\u201c'\u201d belongs between two letters"),
        ("Ada''s", "\u201c'\u201d belongs between two letters"),
        ("a\u00b77", "\u201c\u00b7\u201d belongs between two letters"),
        ("Ada\u200b", "an invisible character in it (U+200B)"),
        ("a\u200dda", "an invisible character in it (U+200D)"),
        ("Ada\u3164", "an invisible character in it (U+3164)"),
        ("Ada\U0001f389", "\u201c\U0001f389\u201d has no place in it"),
        ("\u13aa", "\u201c\u13aa\u201d is not a letter that names can have"),
        ("Ad\u0430", "mixes letters of different scripts"),
        ("7\u0301", "stands on no letter"),
        ("q\u0301\u0302\u0303", "more accents or signs"),
        ("A  b", "two spaces in a row"),
        ("x" * 25, "longer than 24"),
        ("You", "a word of LocalChat itself"),
    ],
)
def test_the_sentence_names_the_real_fault(name: str, clause: str) -> None:
    with pytest.raises(BadName) as caught:
        clean_name(name)
    assert clause in str(caught.value)


ROOMS = [
    "Class 7b (Mr. Smith)", "7a/7b", "#general", "R&D", "Q: why?", "C++ & C#", "Русский A1", "Ben's room",
    "Physik, Raum 12", "[test]", "علی\u200cرضا", "Ada Lovelace", "1º B", "You", "All", "世界 – World",
]  # fmt: skip


@pytest.mark.parametrize("name", ROOMS)
def test_rooms_are_named_more_freely(name: str) -> None:
    assert clean_room_name(f" {name} ") == name
    assert could_be_room_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "()",
        "a  b",
        'the "room"',
        "\u201croom\u201d",
        "a\u202eb",
        "a\u200bb",
        "a\nb",
        "x" * 25,
        "a\u3164",
    ],
)
def test_what_no_room_is_called(name: str) -> None:
    """Quotes set a room's name apart in a sentence, so it has none."""
    with pytest.raises(BadName):
        clean_room_name(name)
    assert not could_be_room_name(name)


@given(st.text(max_size=30))
def test_every_members_name_could_be_a_rooms(text: str) -> None:
    try:
        name = clean_name(text)
    except BadName:
        return
    assert clean_room_name(name) == name and could_be_room_name(name)


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
    assert name.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert not {unicodedata.category(char)[0] for char in name} - {"L", "M", "N", "P", "Z", "C"}
    assert ". " not in name
    assert fold_name(name) not in RESERVED


# What passes for what, by the trick.
ALIKE = [
    ("You", "\u03a5\u03bf\u03c5"),  # Greek
    ("Cop", "\u0421\u043e\u0440"),  # Cyrillic
    ("ida", "\u0406\u0501\u0430"),  # Cyrillic, in the other case
    ("Toma", "\u0422\u043e\u043c\u0430"),  # small letters drawn like small capitals
    ("HANA", "\u0397\u0391\u039d\u0391"),
    ("Hana", "\u0397\u0391\u039d\u0391"),
    ("nava", "\u03b7\u03b1\u03bd\u03b1"),
    ("uno", "\u057d\u0578\u0585"),  # Armenian
    ("Kim", "\u212aim"),
    ("Al", "AI"),
    ("Ian", "lan"),
    ("Ada1", "Adal"),
    ("Bob", "B0b"),
    ("Bern", "Bem"),
    ("Nina", "Ni\u0307na"),
    ("Ay\u015fe", "Ay\u0219e"),
    ("Isil", "\u0131sil"),
    ("\u30ed\u30d3", "\u53e3\u30d3"),  # CJK: katakana ro and the sign for mouth
    ("\u0906\u0936\u093e", "\u0905\u093e\u0936\u093e"),  # Devanagari aa, and a with its sign
    ("\u0e41\u0e21", "\u0e40\u0e40\u0e21"),  # Thai ae, and e twice
    ("\u0641\u0639\u0644", "\u0641\u200c\u0639\u0644"),  # a joiner more
    ("O'Brien", "o\u2019brien"),
    ("Ka\u02bbili", "Ka'ili"),
    ("Ada", "ada"),
]
UNLIKE = [
    ("Ada", "Ben"), ("Ian", "Lan"), ("Ali", "All"), ("Zo\u00eb", "Zoe"), ("Nan", "Han"),
    ("Anna", "\u0410\u043d\u044f"),
    ("O'Brien", "OBrien"), ("\u0397\u03b1\u03bd\u03b1", "Hana"), ("\u041d\u0438\u043d\u0430", "Nina"),
    ("M\u00fcller", "Muller"),
    ("Ada.2", "Ada.3"), ("\u7530\u4e2d", "\u7530\u53e3"), ("Lena", "Lina"), ("Clara", "Dara"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_pass_for_one_another(one: str, other: str) -> None:
    """PROTOCOL §6.4: "if they have one of these three forms in common"."""
    assert look_alike(one, other) and look_alike(other, one)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_names_that_may_stand_side_by_side(one: str, other: str) -> None:
    assert not look_alike(one, other)


@pytest.mark.parametrize(
    "name",
    [
        "\u03a5\u03bf\u03c5",
        "AII",
        "a11",
        "Y\u00f3u",
        "\u03a5\u03bf\u03cd",
        "\u0430\u04cf\u04cf",
        "S\u1ebfrver",
    ],
)
def test_what_looks_like_a_word_of_the_program_is_taken_too(name: str) -> None:
    with pytest.raises(BadName, match="word of LocalChat"):
        clean_name(name)


@given(st.text(max_size=12), st.text(max_size=12))
def test_one_name_by_folding_is_one_by_looks(one: str, other: str) -> None:
    """The stricter rule takes in the older one."""
    if fold_name(one) == fold_name(other):
        assert look_alike(one, other)
    assert fold_name(one) in looks_of(one)
    assert look_alike(one, one.upper()) or fold_name(one) != fold_name(one.upper())


def test_the_folded_form_of_old_names_stays() -> None:
    """Folders are named by it: another form would lock people out of theirs."""
    for name, folded in {
        "Ada Lovelace": "ada lovelace",
        "Stra\u00dfe": "strasse",
        "\u0418\u0432\u0430\u043d": "\u0438\u0432\u0430\u043d",
        "\u0130pek": "i\u0307pek",
        "\uff21da": "ada",
        "\u0149a": "\u02bcna",
    }.items():
        assert fold_name(name) == folded


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
