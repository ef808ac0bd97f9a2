"""What a member or a room may be called (PROTOCOL §6.4).

A name stands beside each message as the answer to "who says this?", so it must be readable, and must
not look like another. `clean_name` checks its letters, `fold_name` gives the form in which two names are
compared. Who owns which name is for the room; two names of one script that merely look alike (rn and m)
are told apart in the windows by the colour that comes from the key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

from netcore import limits
from netcore.errors import BadName
from netcore.wire.texts import BLANK, visible

RESERVED: Final = frozenset({"server", "everyone", "all", "system", "you"})
"""Folded names that nobody can take: commands and system lines use them."""

_JOINERS: Final = "_.- "
_MAX_MARKS: Final = 2
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
# Latin click letters are drawn as | and !, and have no capitals; they would pass for punctuation.
_NOT_FOR_NAMES: Final = frozenset(BLANK) | frozenset("\u01c0\u01c1\u01c2\u01c3")


def clean_name(text: str) -> str:
    """The name that `text` asks for, in NFC and without space around it. Raises BadName with a clause."""
    name = unicodedata.normalize("NFC", text.strip(" "))
    why = _fault(name)
    if why:
        raise BadName(name=visible(text[:_LONGEST_SHOWN], one_line=True), why=why)
    return name


@lru_cache(maxsize=4_096)
def could_be_name(text: str) -> bool:
    """Whether `text` may be a name as another computer has cleaned it.

    That one's Python may be newer, and know letters that ours does not: they pass for letters that stand
    in the name already.
    """
    letter = next(filter(_is_letter, text), "a")
    known = "".join(letter if unicodedata.category(char) == "Cn" else char for char in text)
    return text == unicodedata.normalize("NFC", text.strip(" ")) and not _fault(known)


def _fault(name: str) -> str:
    """The clause that says what is wrong with the name, or "" when it is good."""
    if not name:
        return "it is empty"
    if len(name) > limits.MAX_NAME_CHARS:
        return f"it is longer than {limits.MAX_NAME_CHARS} characters"
    if not (_is_letter(name[0]) or _is_digit(name[0])):
        return "it must begin with a letter or a digit"
    if name[-1] == ".":
        return "it must not end with a dot"
    if "  " in name:
        return "it has two spaces in a row"
    fault = _fault_of_characters(name)
    if fault:
        return fault
    if len(_scripts(name)) > 1:
        return "it mixes letters of different scripts, which could pass for another name"
    if fold_name(name) in RESERVED:
        return "it is a word of LocalChat itself"
    return ""


def _fault_of_characters(name: str) -> str:
    marks = _MAX_MARKS  # none may come before a letter
    for char in name:
        if _is_letter(char):
            marks = 0
        elif unicodedata.category(char) in ("Mn", "Mc") and char not in _NOT_FOR_NAMES and _script(char):
            marks += 1
            if marks > _MAX_MARKS:
                return "it has more accents or signs than its letters can carry"
        elif _is_digit(char) or char in _JOINERS:
            marks = _MAX_MARKS
        else:
            return "it may only have letters, digits, single spaces and _ . -"
    return ""


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] == "L" and char not in _NOT_FOR_NAMES and _script(char) in _SCRIPTS


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd" and (_script(char) in _SCRIPTS or _script(char) == "DIGIT")


def _script(char: str) -> str:
    """The first word of the character's name: its script, "DIGIT" or "COMBINING", or something else."""
    name = _PREFIXES.sub("", unicodedata.name(char, ""))
    word = re.split("[ -]", name, maxsplit=1)[0]
    return word if word in _SCRIPTS or word in ("DIGIT", "COMBINING") else ""


def _scripts(name: str) -> set[str]:
    """The scripts of the name. CJK ones, which one sentence mixes, count as one; 0-9 and accents as none."""
    found = {_script(char) for char in name} & _SCRIPTS
    return (found - _CJK) | ({"CJK"} if found & _CJK else set())


def fold_name(name: str) -> str:
    """The form in which two names are compared: NFKC, casefold, NFKC. Equal forms are the same name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Casefolding can leave a form that NFKC joins, and joining can bring back something to fold.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())


def propose_name(name: str, taken: Collection[str]) -> str:
    """A free name like `name` ("Ben.2"), or `name` itself if it is free; `taken` holds folded names."""
    if fold_name(name) not in taken:
        return name
    base = re.sub(r"\.[0-9]+$", "", name)
    number = 2
    while True:
        ending = f".{number}"
        proposal = base[: limits.MAX_NAME_CHARS - len(ending)].rstrip(_JOINERS) + ending
        if fold_name(proposal) not in taken:
            return proposal
        number += 1


def longest_match(text: str, names: Iterable[str]) -> tuple[str, str] | None:
    """The longest of `names` that `text` begins with, and what follows it; None when there is none.

    Upper and lower case are the same. For commands: "/whisper Ada Lovelace hello" is for Ada Lovelace,
    though there is an Ada too.
    """
    by_folded = {fold_name(name): name for name in names}
    text = text.lstrip()
    # A name has at most 24 characters, each of which one may have typed as a letter and its marks.
    for end in range(min(len(text), limits.MAX_NAME_CHARS * (1 + _MAX_MARKS)), 0, -1):
        if end == len(text) or text[end].isspace():
            name = by_folded.get(fold_name(text[:end]))
            if name is not None:
                return name, text[end:].strip()
    return None
