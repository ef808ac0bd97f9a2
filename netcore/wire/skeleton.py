"""How a name looks, whatever its letters are: the tables of the look-alikes (PROTOCOL §6.4).

The idea is the skeleton of Unicode Technical Standard 39, section 4: each letter is read as the Latin
one it is drawn like, and two names that read alike pass for one another. The tables are our own
extract of its confusables.txt, cut to the letters that a name may have: Greek, Cyrillic and Armenian ones
(and rare Latin, Georgian ones) against Latin; what looks alike within CJK; and, within Thai and the
scripts of India, the spellings that are drawn as one. A few small letters that are drawn like Latin
capitals (m, t and k in Cyrillic) stand here and not there. Cherokee letters have no place in a name at
all.

Leaves to `names` what it is compared for.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# A Latin letter, or letters, and what is drawn like it. Upper and lower case look like different letters
# (Greek eta like H and n), so names are read before their case is folded.
_LATIN: Final = {
    "A": "ΑА", "B": "ΒВꞴ", "C": "СϹ", "E": "ΕЕ", "F": "ϜꞘ", "G": "Ԍ", "H": "ΗН", "I": "ΙІӀƖ", "J": "ͿЈꞲ",
    "K": "ΚК", "L": "Լ", "M": "ΜМϺ", "N": "Ν", "O": "ΟОՕ", "P": "ΡР", "R": "Ʀ", "S": "ЅՏ", "T": "ΤТ",
    "U": "Ս", "V": "Ѵ", "W": "Ԝ", "X": "ΧХꞳ", "Y": "ΥУҮ", "Z": "Ζ",
    "a": "αаɑ", "b": "вЬьƄƅʙ", "c": "сϲᴄ", "d": "ԁ", "e": "еҽꬲ", "f": "քẝꞙꬵ", "g": "ɡցƍᶃ", "h": "һհнʜ",
    "i": "ιіıɩɪꙇ", "j": "јϳյȷ", "k": "κкĸᴋ", "l": "ӏ", "m": "мᴍʍ", "n": "ηոռƞ", "o": "οоσօჿᴏᴑꬽ", "p": "ρр",
    "q": "ԛգզ", "r": "гᴦꭇꭈ", "s": "ѕꜱƽ", "t": "τтᴛ", "u": "υսʋᴜꞟꭎꭒ", "v": "νѵᴠ", "w": "ωԝѡաɯᴡꞷꙍ",
    "x": "χхꭓꭕ", "y": "γуүყɣʏᶌỿꭚ", "z": "ᴢ",
    "ß": "βꞵ", "Þ": "Ϸ", "þ": "ϸƿ", "Đ": "ÐƉ", "Ɛ": "Ԑ", "ɛ": "εєԑꞓ", "Ə": "Ә", "ə": "әǝ",
    "Ɔ": "Ͻ", "ɔ": "ͻᴐ", "Γ": "Г", "Λ": "ЛɅ", "Π": "П", "Φ": "ФՓ", "Ψ": "Ѱ", "Ɵ": "ΘѲӨ", "ɵ": "θѳө",
    "π": "пᴨ", "φ": "фɸ", "ψ": "ѱ", "Ʃ": "Σ", "δ": "ծẟ", "3": "ЗӠƷȜз", "2": "Ƨ", "5": "Ƽ",
    "AE": "ÆӔ", "ae": "æӕ", "OE": "Œ", "oe": "œ", "AA": "Ꜳ", "aa": "ꜳ", "AO": "Ꜵ", "ao": "ꜵ", "AU": "Ꜷ",
    "au": "ꜷ", "AV": "ꜸꜺ", "av": "ꜹꜻ", "AY": "Ꜽ", "ay": "ꜽ", "OO": "Ꝏ", "oo": "ꝏ", "dz": "ʣ", "ls": "ʪ",
    "lz": "ʫ", "ts": "ʦ", "bl": "Ыы", "lO": "Ю", "lo": "ю",
}  # fmt: skip
# Accents that one takes for each other, after NFD; and letters of Chinese and Japanese.
_OTHERS: Final = {
    "\u0327": "\u0321\u0326\u0339", "\u0328": "\u0322\u0345", "\u0306": "\u030c\u0311", "\u0303": "\u0342",
    "\u0304": "\u0305", "\u0308": "\u030b", "\u0331": "\u0320", "\u0335": "\u0336", "\u0338": "\u0337",
    "\u0313": "\u0315",
    "ヘ": "へ", "リ": "り", "ノ": "丿", "ー": "一ᅳ", "ニ": "二", "ハ": "八", "カ": "力", "ト": "卜",
    "ロ": "口囗", "タ": "夕", "エ": "工", "イ": "亻", "土": "士", "戸": "戶", "く": "𡿨", "丨": "ᅵ",
}  # fmt: skip
# A letter, and the spellings that are drawn like it. After NFD.
_SPELLINGS: Final = {
    "แ": "เเ", "आ": "अा", "ऑ": "अॉ अाॅ", "ऒ": "अाॆ अॊ", "ओ": "अाे अो", "औ": "अाै अौ", "ऄ": "अॆ",
    "ऍ": "एॅ", "ऎ": "एॆ", "ऐ": "एे", "ई": "र्इ", "আ": "অা", "ৠ": "ঋৃ", "ਆ": "ਅਾ", "ਐ": "ਅੈ",
    "ਔ": "ਅੌ", "ਇ": "ੲਿ", "ਈ": "ੲੀ", "ਏ": "ੲੇ", "ਉ": "ੳੁ", "ਊ": "ੳੂ", "ਓ": "ੳੋ", "આ": "અા",
    "ઑ": "અાૅ અૉ", "ઓ": "અાે અો", "ઔ": "અાૈ અૌ", "ઍ": "અૅ", "એ": "અે", "ઐ": "અૈ", "ଆ": "ଅା",
    "ஊ": "உள", "ௌ": "ெள", "ౠ": "ఋా", "ౡ": "ఌా", "ఔ": "ఒౌ", "ఓ": "ఒౕ", "మ": "వు", "హ": "వా",
    "ూ": "ుా", "ౄ": "ృా", "ೡ": "ಌಾ", "ഈ": "ഇൗ", "ഐ": "എെ", "ഓ": "ഒാ", "ഔ": "ഒൗ", "ഊ": "ഉൗ",
    "ൈ": "െെ", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൺ": "ണ്", "ཨོཾ": "ༀ", "က": "ဂာ",
    "ဟ": "ပာ", "ဩ": "သြ", "អ": "ឣ",
}  # fmt: skip

_READ_AS: Final = {
    ord(char): letters for table in (_LATIN, _OTHERS) for letters, chars in table.items() for char in chars
}
_ONE_SPELLING: Final = {
    unicodedata.normalize("NFD", spelling): unicodedata.normalize("NFD", letter)
    for letter, spellings in _SPELLINGS.items()
    for spelling in spellings.split()
}
# The longest first, so that what begins alike is read whole. A pattern as text, which `re` compiles for the
# first name that may need it: half a millisecond that a start can do without.
_SPELLED: Final = "|".join(sorted(_ONE_SPELLING, key=len, reverse=True))
# A dot over i and j is there already.
_DOTTED: Final = re.compile("(?<=[ij])\u0307")
# What only a close look tells apart, also within Latin.
_SAME_STROKES: Final = str.maketrans({"I": "|", "l": "|", "1": "|", "0": "o", "\u00b7": "."})


def reading(name: str) -> str:
    """`name` with each letter as the Latin one (or the first of its group) that it looks like, in NFD.

    Its case stays. Two names are drawn alike, nearly or wholly, if their readings are equal.
    """
    if name.isascii():
        return name
    letters = unicodedata.normalize("NFD", name)
    letters = re.sub(_SPELLED, lambda found: _ONE_SPELLING[found[0]], letters)
    return unicodedata.normalize("NFD", _DOTTED.sub("", letters.translate(_READ_AS)))


def strokes(name: str) -> str:
    """The reading of `name`, in lower case, where I, l and 1 are one, and 0 and o, rn and m, vv and w."""
    lower = reading(name).translate(_SAME_STROKES).casefold()
    return lower.replace("rn", "m").replace("vv", "w")


def without_accents(name: str) -> str:
    """`name` in NFD, without the marks that stand over, under or through letters."""
    return "".join(char for char in unicodedata.normalize("NFD", name) if unicodedata.category(char) != "Mn")
