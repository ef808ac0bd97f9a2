"""Names of files that others send, made safe to save under (PROTOCOL §14.1).

What a name may do depends on the system that it comes to: `..\\x` is a harmless name on Linux and a way out
of the folder on Windows, where `aux.txt` is a device. One file is handed on from one to the other, so a name
is made safe for all of them, wherever this runs. Pure; whether a file of that name exists already is for who
saves.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from netcore.wire.names import joins
from netcore.wire.texts import BLANK

MAX_NAME_CHARS: Final = 120
MAX_NAME_BYTES: Final = 200  # of UTF-8; with " (99)" and ".part" it stays below the 255 of most file systems
_MAX_ENDING_CHARS: Final = 16
NAMELESS: Final = "file"

_SEPARATORS: Final = re.compile(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]")
# Of Windows; the colon would name a stream of another file there.
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\uff1a]')
_UNSEEN: Final = BLANK - {" "}
# The word before the first dot, as Windows reads it: any of these is a device, whatever follows.
_DEVICE: Final = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])")
# A folder does something because a file of this name, or this ending, lies in it.
_ACTS: Final = re.compile(
    r"(desktop|autorun|folder)\.(ini|inf|htt)$"
    r"|\.(lnk|url|scf|pif|desktop|website|library-ms|searchconnector-ms|appref-ms)$",
    re.IGNORECASE,
)


def clean_file_name(name: str) -> str:
    """A name of 1 to 120 characters (200 bytes in UTF-8) that is one file in the folder where it is saved, on
    any system; the same again if it was one already."""
    cleaned = _cleaned(name)
    # What is put at its ends can make it too long by a letter or two, and is then not to be put there twice.
    while (again := _cleaned(cleaned)) != cleaned:
        cleaned = again
    return cleaned


def _cleaned(name: str) -> str:
    name = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode("utf-8"))
    name = _SEPARATORS.split(name)[-1]
    around = zip(" " + name, name, name[1:] + " ", strict=False)
    name = "".join(char for before, char, after in around if _may_show(char) or joins(before, char, after))
    name = _trim(_FORBIDDEN.sub("_", name))
    name = _trim(_shorten(name)) or NAMELESS
    if _DEVICE.fullmatch(name.split(".")[0].rstrip(" ").upper()):
        name = "_" + name
    if _ACTS.search(name):
        name += "_"
    return name


def numbered(name: str, number: int) -> str:
    """`plan.pdf` as `plan (2).pdf`, for when the first is taken; of 1 it is the name itself."""
    if number < 2:
        return name
    stem, ending = _split(name)
    return f"{stem} ({number}){ending}"


def _may_show(char: str) -> bool:
    # Letters that this Python does not know yet (Cn) may be ones; controls, surrogates, private ones may not.
    return char not in _UNSEEN and unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cf")


def _trim(name: str) -> str:
    """No dot or space at the ends, and no dash at the beginning, which a command would take for an option."""
    return re.sub(" +", " ", name).rstrip(". ").lstrip(".- ~")


def _shorten(name: str) -> str:
    stem, ending = _split(name)
    stem = stem[: MAX_NAME_CHARS - len(ending) - 2]
    most_bytes = MAX_NAME_BYTES - len(ending.encode()) - 2
    return stem.encode()[:most_bytes].decode("utf-8", "ignore") + ending


def _split(name: str) -> tuple[str, str]:
    """The name, and its ending with the dot; "" for one that is none, being too long or all there is."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _MAX_ENDING_CHARS or " " in ending:
        return name, ""
    return stem, dot + ending
