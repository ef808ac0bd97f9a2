"""What may be said and what may be a name, written a second time from netcore/PROTOCOL.md §6.3 and §6.4."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "netcore" / "PROTOCOL.md").read_text("utf-8")
_LIST = PAGE.split("judge alike: ")[1].split(". Everything else")[0]


def _codes(item: str) -> range:
    low, _, high = item.removeprefix("U+").partition("\u2013")
    return range(int(low, 16), int(high or low, 16) + 1)


UNSEEN = {chr(code) for item in _LIST.split(", ") for code in _codes(item)}
ROOM_SIGNS = set(PAGE.split("no two in a row, and ``")[1].split("``")[0])

CJK = ["BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA"]
_OTHER_SCRIPTS = PAGE.split("The scripts are ")[1].split(", and CJK")[0].split(", ")
VIRAMA_SCRIPTS = (
    PAGE.split("canonical combining class 9 of ")[1].split(". U+200D")[0].replace(" or ", ", ").split(", ")
)


def refusal(text: str) -> str | None:
    """§6.3: the first rule that the text breaks."""
    if len(text) > 4_000:
        return "too_long"
    if sum(char in "\n\u2028\u2029" for char in text) > 49:
        return "too_many_lines"
    if any(char not in "\t\n" and (char <= "\x1f" or "\x7f" <= char <= "\x9f") for char in text):
        return "bad_text"
    if UNSEEN.issuperset(text):
        return "empty"
    return None


def script(char: str) -> str:
    name = unicodedata.name(char, "")
    for prefix in ("FULLWIDTH ", "HALFWIDTH ", "EXTENDED "):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    word = re.split("[ -]", name)[0]
    return "CJK" if word in CJK else word


def kind(char: str) -> str:
    """letter, digit or mark; or none of these."""
    if char in UNSEEN or char in "\u01c0\u01c1\u01c2\u01c3\u0640":
        return ""
    category, listed = unicodedata.category(char), script(char) in [*_OTHER_SCRIPTS, "CJK"]
    if category[0] == "L" and listed:
        return "letter"
    if category == "Nd" and (listed or script(char) == "DIGIT"):
        return "digit"
    if category in ("Mn", "Mc") and (listed or script(char) == "COMBINING"):
        return "mark"
    return ""


def repaired(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip(" "))


def may_be_member(name: str) -> bool:
    """§6.4, a member's name, all but the words of the program."""
    if not 1 <= len(name) <= 24 or kind(name[0]) not in ("letter", "digit"):
        return False
    if ". " in name or name.endswith("."):
        return False
    scripts = {script(char) for char in name} & {*_OTHER_SCRIPTS, "CJK"}
    return len(scripts) <= 1 and _in_order(name, set("_-. "))


def may_be_room(name: str) -> bool:
    """§6.4, a room's name."""
    if not 1 <= len(name) <= 24 or not any(kind(char) in ("letter", "digit") for char in name):
        return False
    return _in_order(name, ROOM_SIGNS | {" "})


def _in_order(name: str, signs: set[str]) -> bool:
    return "  " not in name and all(_may_stand(name, at, signs) for at in range(len(name)))


def _may_stand(name: str, at: int, signs: set[str]) -> bool:
    char, before, after = name[at], name[:at], name[at + 1 :]
    if kind(char) in ("letter", "digit") or char in signs:
        return True
    on_letter = before != "" and kind(before[-1]) in ("letter", "mark")
    before_letter = after != "" and kind(after[0]) == "letter"
    if kind(char) == "mark":
        if not on_letter and before[-1:] != "\u200d":
            return False
        marks = [char]
        for other in reversed(before):
            if kind(other) in ("letter", "digit") or other in signs:
                break
            marks += [other] if kind(other) == "mark" else []
        return len(marks) <= 4 and [script(mark) for mark in marks].count("COMBINING") <= 2
    if char in "\u200c\u200d":
        return _joins(char, before, after, on_letter and before_letter)
    if not on_letter:
        return False
    if char in "'\u2019\u05f3" and script(before[-1]) == "HEBREW":
        return True
    if char == "\u0f0b" and script(before[-1]) == "TIBETAN":
        return True
    if not before_letter:
        return False
    around = {script(before[-1]), script(after[0])} - {"COMBINING"}
    return (
        char in "'\u2019\u02bc\u02bb\u00b7"
        or (char == "\u30fb" and around == {"CJK"})
        or (char in "\u05be\u05f4" and around == {"HEBREW"})
    )


def _joins(char: str, before: str, after: str, between_letters: bool) -> bool:
    def is_virama(text: str) -> bool:
        return unicodedata.combining(text) == 9

    def before_is(scripts: list[str]) -> bool:
        return before != "" and script(before[-1]) in scripts

    if before_is(VIRAMA_SCRIPTS) and is_virama(before[-1]):
        return True
    if char == "\u200d":
        return before_is(VIRAMA_SCRIPTS) and after != "" and is_virama(after[0])
    return between_letters and before_is(["ARABIC"]) and script(after[0]) == "ARABIC"
