"""What a member or a room may be called (PROTOCOL §6.4).

A name stands beside each message as the answer to "who says this?", so it must be readable, and must
not look like another. `clean_name` checks its characters, `fold_name` gives the form by which names are
kept, and `look_alike` says whether two pass for one another. Who owns which name is for the room.

Nobody is known by the name of a room (a room is its server's key), so those are freer: they mix scripts
and have more signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from netcore import limits
from netcore.errors import BadName
from netcore.wire.skeleton import reading, strokes, without_accents
from netcore.wire.texts import BLANK, visible

RESERVED: Final = frozenset({"server", "everyone", "all", "system", "you"})
"""Folded names that nobody can take, nor one that looks like them: commands and system lines use them."""

_JOINING_SIGNS: Final = "_.- "
_ROOM_SIGNS: Final = " !#%&'()*+,-./:;=?@[]_·–—’§€$£°№ªº"
"""All but quotes, which set a room's name apart in a sentence, and what only programmers write."""

# Signs inside a word, between two letters; with the scripts of those where it is not any.
_APOSTROPHES: Final = "'\u2019\u02bc\u02bb"
_INNER_SIGNS: Final = {
    **dict.fromkeys(_APOSTROPHES, ""),  # O'Brien
    "\u00b7": "",  # Llu·ís
    "\u30fb": "CJK",  # マリア・ガルシア
    "\u05be": "HEBREW",  # בן־גוריון
    "\u05f4": "HEBREW",
}
# Signs after a letter of their script, also at the end of a word.
_LATER_SIGNS: Final = {
    **dict.fromkeys("'\u2019\u05f3", "HEBREW"),  # ג׳ורג׳
    "\u0f0b": "TIBETAN",  # བསྟན་འཛིན
}
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_INDIC: Final = frozenset(
    {"BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "KANNADA", "MALAYALAM", "ORIYA", "SINHALA", "TAMIL"}
    | {"TELUGU"}
)
_VIRAMA: Final = 9
"""The canonical combining class of the signs that join consonants."""

_MAX_MARKS: Final = 2
_MAX_SIGNS_OF_SCRIPT: Final = 4
"""Tibetan stacks, and vowels with two signs above and one below in Khmer and Devanagari."""
_LONGEST_SHOWN: Final = 40

# The scripts in daily use (Unicode's recommended ones), by the first word of their characters' names.
_CJK: Final = frozenset({"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA"})
_SCRIPTS: Final = _CJK | {
    *("ARABIC", "ARMENIAN", "BENGALI", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN", "GREEK"),
    *("GUJARATI", "GURMUKHI", "HEBREW", "KANNADA", "KHMER", "LAO", "LATIN", "MALAYALAM", "MYANMAR"),
    *("ORIYA", "SINHALA", "TAMIL", "TELUGU", "THAANA", "THAI", "TIBETAN"),
}
# Words that stand before the script's own in a character's name.
_PREFIXES: Final = re.compile("^(?:FULLWIDTH|HALFWIDTH|EXTENDED) ")
# Latin click letters are drawn as | and !, and have no capitals; they would pass for punctuation. The
# Arabic tatweel only makes a word longer.
_NOT_FOR_NAMES: Final = BLANK | frozenset("\u01c0\u01c1\u01c2\u01c3\u0640")

# Where a name is cut, these go too: they need a letter behind them, or would make a gap.
_NOT_AT_END: Final = _JOINING_SIGNS + "".join(_INNER_SIGNS) + _JOINER + _NON_JOINER

# What a name is kept by knows no joiners, and one apostrophe.
_FOLDED_SIGNS: Final = str.maketrans(dict.fromkeys(_APOSTROPHES, "\u02bc") | {_JOINER: "", _NON_JOINER: ""})


# --- What may be a name -------------------------------------------------------------------------


def clean_name(text: str) -> str:
    """The name of a member that `text` asks for, in NFC and without space around it.

    Raises BadName with a clause that says what is wrong.
    """
    name = unicodedata.normalize("NFC", text.strip(" "))
    _raise_if(_fault(name), text)
    return name


def clean_room_name(text: str) -> str:
    """The same for the name of a room."""
    name = unicodedata.normalize("NFC", text.strip(" "))
    _raise_if(_fault_of_room(name), text)
    return name


@lru_cache(maxsize=4_096)
def could_be_name(text: str) -> bool:
    """Whether `text` may be a member's name as another computer has cleaned it.

    That one's Python may be newer, and know letters that ours does not: they pass for letters that stand
    in the name already.
    """
    return text == unicodedata.normalize("NFC", text.strip(" ")) and not _fault(_with_known_letters(text))


@lru_cache(maxsize=256)
def could_be_room_name(text: str) -> bool:
    """The same for the name of a room."""
    known = _with_known_letters(text)
    return text == unicodedata.normalize("NFC", text.strip(" ")) and not _fault_of_room(known)


def _with_known_letters(text: str) -> str:
    letter = next(filter(_is_letter, text), "a")
    unknown = (unicodedata.category(char) == "Cn" and char not in BLANK for char in text)
    return "".join(letter if new else char for char, new in zip(text, unknown, strict=True))


def _raise_if(why: str, text: str) -> None:
    if why:
        raise BadName(name=visible(text[:_LONGEST_SHOWN], one_line=True), why=why)


def _fault(name: str) -> str:
    """The clause that says what is wrong with a member's name, or "" when it is good."""
    fault = _fault_of_length(name)
    if fault:
        return fault
    if not (_is_letter(name[0]) or _is_digit(name[0])):
        return _fault_of_characters(name[0], _JOINING_SIGNS) or "it must begin with a letter or a digit"
    fault = _fault_of_characters(name, _JOINING_SIGNS)
    if fault:
        return fault
    # In "Ben left. Eve joined" Ben would seem to have left.
    if ". " in name or name[-1] == ".":
        return "a dot before a space or at the end would make a sentence of it"
    if len(_scripts(name)) > 1:
        return "it mixes letters of different scripts, which could pass for another name"
    # Nor with accents: nobody sees in a hurry that this is another you.
    if not (looks_of(name) | looks_of(without_accents(name))).isdisjoint(_RESERVED_LOOKS):
        return "it is, or looks like, a word of LocalChat itself"
    return ""


def _fault_of_room(name: str) -> str:
    fault = _fault_of_length(name) or _fault_of_characters(name, _ROOM_SIGNS)
    if not fault and not any(map(_is_letter, name)) and not any(map(_is_digit, name)):
        return "it has neither a letter nor a digit"
    return fault


def _fault_of_length(name: str) -> str:
    if not name:
        return "it is empty"
    if len(name) > limits.MAX_NAME_CHARS:
        return f"it is longer than {limits.MAX_NAME_CHARS} characters"
    return ""


def _fault_of_characters(name: str, signs: str) -> str:
    marks = own_signs = 0
    for at, char in enumerate(name):
        before, after = name[at - 1 : at], name[at + 1 : at + 2]
        if _is_letter(char) or _is_digit(char):
            marks = own_signs = 0
        elif _is_mark(char):
            if not (_is_letter(before) or _is_mark(before) or before == _JOINER):
                return "an accent or sign in it stands on no letter"
            marks += _script(char) == "COMBINING"
            own_signs += 1
            if marks > _MAX_MARKS or own_signs > _MAX_SIGNS_OF_SCRIPT:
                return "it has more accents or signs than its letters can carry"
        elif char == " " == after:
            return "it has two spaces in a row"
        elif char in (_JOINER, _NON_JOINER):
            if not joins(before, char, after):
                return f"it has an invisible character in it ({_code(char)})"
        elif char not in signs and not _is_sign_of_word(before, char, after):
            return _fault_of_sign(char)
    return ""


def _fault_of_sign(char: str) -> str:
    """Why this character has no place where it stands."""
    category = unicodedata.category(char)
    if char in _INNER_SIGNS or char in _LATER_SIGNS:
        return f"\u201c{char}\u201d belongs between two letters"
    if category[0] in "CZ" or char in BLANK:
        return f"it has an invisible character in it ({_code(char)})"
    if category[0] == "L" and char not in _NOT_FOR_NAMES and not _script(char):
        return f"\u201c{char}\u201d is not a letter that names can have"
    return f"\u201c{char}\u201d has no place in it"


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def joins(before: str, char: str, after: str) -> bool:
    """Whether this is a ZWJ or ZWNJ that does what the script around it needs it for (RFC 5892, appendix A,
    made simpler)."""
    if char not in (_JOINER, _NON_JOINER):
        return False
    script = _script(before)
    if script in _INDIC and before and unicodedata.combining(before) == _VIRAMA:
        return True
    if script == "ARABIC":
        return char == _NON_JOINER and _is_letter(after) and _script(after) == script
    # Bengali ra-yaphala: the joiner stands before the virama.
    return script in _INDIC and char == _JOINER and after != "" and unicodedata.combining(after) == _VIRAMA


def _is_sign_of_word(before: str, char: str, after: str) -> bool:
    if not (_is_letter(before) or _is_mark(before)):
        return False
    if char in _LATER_SIGNS and _script(before) == _LATER_SIGNS[char]:
        return True
    scripts = _INNER_SIGNS.get(char)
    if scripts is None or not _is_letter(after):
        return False
    return not scripts or _scripts(before + after) == {scripts}


def _is_letter(char: str) -> bool:
    return (
        char != ""
        and unicodedata.category(char)[0] == "L"
        and char not in _NOT_FOR_NAMES
        and _script(char) in _SCRIPTS
    )


def _is_mark(char: str) -> bool:
    """A combining mark: COMBINING ones stand on any letter, the others are signs of their script."""
    if char == "" or char in _NOT_FOR_NAMES or unicodedata.category(char) not in ("Mn", "Mc"):
        return False
    return _script(char) != ""


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd" and (_script(char) in _SCRIPTS or _script(char) == "DIGIT")


@lru_cache(maxsize=4_096)
def _script(char: str) -> str:
    """The first word of the character's name: its script, "DIGIT" or "COMBINING", or something else."""
    name = _PREFIXES.sub("", unicodedata.name(char, "")) if char else ""
    word = re.split("[ -]", name, maxsplit=1)[0]
    return word if word in _SCRIPTS or word in ("DIGIT", "COMBINING") else ""


def _scripts(name: str) -> set[str]:
    """The scripts of the name. CJK ones, which one sentence mixes, count as one; 0-9 and accents as none."""
    found = {_script(char) for char in name} & _SCRIPTS
    return (found - _CJK) | ({"CJK"} if found & _CJK else set())


# --- Which names are one ------------------------------------------------------------------------


def fold_name(name: str) -> str:
    """The form by which a name is kept and found: NFKC, casefold, NFKC; one apostrophe, no joiners.

    Folders and databases hold it, so it stays as it is. Whether two names may stand side by side is
    the stricter question of `look_alike`.
    """
    folded = unicodedata.normalize("NFKC", name.translate(_FOLDED_SIGNS)).casefold()
    # Casefolding can leave a form that NFKC joins, and joining can bring back something to fold.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    return folded.translate(_FOLDED_SIGNS)


@lru_cache(maxsize=4_096)
def looks_of(name: str) -> frozenset[str]:
    """What `name` can be taken for: its folded form, its Latin reading, and that by strokes alone.

    Two names pass for one another if they have a look in common. To be computed, not kept: the tables
    behind it may grow.
    """
    same_width = unicodedata.normalize("NFKC", name.translate(_FOLDED_SIGNS))
    return frozenset({fold_name(name), fold_name(reading(same_width)), strokes(same_width)})


def look_alike(one: str, other: str) -> bool:
    """Whether two names are the same, or could be taken for one another."""
    return not looks_of(one).isdisjoint(looks_of(other))


_RESERVED_LOOKS: Final = frozenset().union(*map(looks_of, RESERVED))


def propose_name(name: str, taken: Collection[str]) -> str:
    """A free name like `name` ("Ben.2"), or `name` itself if it is free; `taken` holds folded names."""
    if fold_name(name) not in taken:
        return name
    base = re.sub(r"\.[0-9]+$", "", name)
    number = 2
    while True:
        ending = f".{number}"
        proposal = base[: limits.MAX_NAME_CHARS - len(ending)].rstrip(_NOT_AT_END) + ending
        if fold_name(proposal) not in taken:
            return proposal
        number += 1
