"""Right-to-left text for Tk on X11, which draws letters apart and left to right.

For display only: letters are replaced by their joined presentation forms and right-to-left runs are put in
the order the eye reads them. A simplified Unicode bidirectional algorithm: no embeddings (they are not
shown anyway), numbers kept left to right, brackets mirrored. The original text is what copies are made from.
"""

import unicodedata
from functools import cache
from typing import Final

_MIRRORED: Final = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))
_LAM: Final = "\u0644"
_ZWNJ: Final = "\u200c"


@cache
def _forms() -> dict[str, dict[str, str]]:
    """letter (or lam + alef) -> {"isolated", "final", "initial", "medial"} -> presentation form."""
    found: dict[str, dict[str, str]] = {}
    for first, last in ((0xFB50, 0xFDFF), (0xFE70, 0xFEFC)):
        for code in range(first, last + 1):
            kind, _, rest = unicodedata.decomposition(chr(code)).partition(" ")
            letters = "".join(chr(int(part, 16)) for part in rest.split())
            wanted = len(letters) == 1 or (len(letters) == 2 and letters[0] == _LAM and "\u0622" <= letters[1]
                                           <= "\u0627")
            if kind.startswith("<") and wanted:
                found.setdefault(letters, {}).setdefault(kind[1:-1], chr(code))
    return found


def has_rtl(text: str) -> bool:
    """Whether any character is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def shape(text: str) -> str:
    """Arabic letters in `text` as joined presentation forms, still in reading order."""
    forms = _forms()
    out: list[str] = []
    index = 0
    joins = False  # Whether the letter before reaches over to this one.
    while index < len(text):
        unit = text[index]
        if unit == _LAM and text[index:index + 2] in forms:
            unit = text[index:index + 2]
        index += len(unit)
        mine = forms.get(unit)
        if mine is None:
            if not unicodedata.combining(unit):
                joins = unit == "\u0640"  # A tatweel joins on both sides.
            if unit != _ZWNJ:
                out.append(unit)
            continue
        after = index
        while after < len(text) and unicodedata.combining(text[after]):
            after += 1
        following = forms.get(text[after], {}) if after < len(text) else {}
        reaches = "initial" in mine and ("final" in following or text[after:after + 1] == "\u0640")
        before = joins and "final" in mine
        form = ("medial" if reaches else "final") if before else ("initial" if reaches else "isolated")
        out.append(mine.get(form) or mine.get("isolated") or unit)
        joins = reaches
    return "".join(out)


def visual(line: str) -> str:
    """One line, shaped and put in the order a left-to-right drawer shows correctly."""
    if not has_rtl(line):
        return line
    text = shape(line)
    base = next((1 if kind in ("R", "AL") else 0 for kind in map(unicodedata.bidirectional, text)
                 if kind in ("L", "R", "AL")), 0)
    levels = _levels(text, base)
    clusters = _clusters(text, levels)
    for level in range(max(level for _, level in clusters), 0, -1):
        start = 0
        while start < len(clusters):
            end = start
            while end < len(clusters) and clusters[end][1] >= level:
                end += 1
            clusters[start:end] = clusters[start:end][::-1]
            start = end + 1
    return "".join(_MIRRORED.get(part, part) if level % 2 else part for part, level in clusters)


def _clusters(text: str, levels: list[int]) -> list[tuple[str, int]]:
    """Letters with the marks that sit on them, which must not come apart when a run is turned."""
    clusters: list[tuple[str, int]] = []
    for char, level in zip(text, levels, strict=True):
        if clusters and (unicodedata.combining(char) or char in "\u200d\ufe0f"):
            clusters[-1] = (clusters[-1][0] + char, clusters[-1][1])
        else:
            clusters.append((char, level))
    return clusters


def _levels(text: str, base: int) -> list[int]:
    """Embedding level of each character: even is left to right, odd right to left."""
    kinds = [_kind(char) for char in text]
    for index in range(1, len(text) - 1):  # 12.5 and 10:05 are one number.
        if text[index] in ".,:/-+" and kinds[index - 1] == kinds[index + 1] == "N":
            kinds[index] = "N"
    _pair_brackets(text, kinds, "R" if base else "L")
    strong = "R" if base else "L"
    for index, kind in enumerate(kinds):  # A number belongs to the script before it.
        if kind in "LR":
            strong = kind
        elif kind == "N" and strong == "L":
            kinds[index] = "L"
    index = 0
    while index < len(kinds):
        if kinds[index] != " ":
            index += 1
            continue
        end = index
        while end < len(kinds) and kinds[end] == " ":
            end += 1
        before = kinds[index - 1] if index else ("R" if base else "L")
        after = kinds[end] if end < len(kinds) else ("R" if base else "L")
        before, after = ("R" if side == "N" else side for side in (before, after))
        fill = before if before == after else ("R" if base else "L")
        kinds[index:end] = [fill] * (end - index)
        index = end
    table = {"L": 2 if base else 0, "R": 1, "N": 2}
    return [table[kind] for kind in kinds]


def _pair_brackets(text: str, kinds: list[str], base: str) -> None:
    """Give both brackets of a pair one direction, so that they enclose what they enclosed."""
    opened: list[int] = []
    for index, char in enumerate(text):
        if char in "([{":
            opened.append(index)
        elif char in ")]}" and opened and _MIRRORED[char] == text[opened[-1]]:
            start = opened.pop()
            inside = {kind for kind in kinds[start + 1:index] if kind in "LR"}
            if inside:
                before = next((kind for kind in reversed(kinds[:start]) if kind in "LR"), base)
                kinds[start] = kinds[index] = base if base in inside or before == base else before


def _kind(char: str) -> str:
    """L left to right, R right to left, N a number, space for what takes after its neighbours."""
    category = unicodedata.bidirectional(char)
    if category in ("R", "AL"):
        return "R"
    if category in ("EN", "AN"):
        return "N"
    return "L" if category == "L" else " "
