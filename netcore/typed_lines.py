"""What a typed line asks for: the one reader of slash commands, for the windows and the command line.

Two rules come before comfort. What looks like a command is never said to the room unless it begins with
`//`. And whom a line addresses is not for others to choose: a name in quotes is that member's and nobody
else's; without quotes, if the line begins with more than one name, nothing is sent and the person is
asked. Nothing here is trusted to be unique: a hostile server may list one name twice.

Pure: lines and names in, a `Typed` out. What is done about it is the caller's.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from netcore import limits
from netcore.errors import BadName
from netcore.slash_commands import COMMANDS, OFF, ON, REACHES, SLOW_CHOICES_S, WORDS, Takes, Word
from netcore.wire.lines import quoted_name
from netcore.wire.names import clean_name, fold_name
from netcore.wire.texts import BLANK, visible

_SLASHES: Final = "/\uff0f"  # the second is what a Japanese or Chinese keyboard gives
_QUOTES: Final = '"\u201c\u201d\u201e\u00ab\u00bb\uff02'
_ID_PREFIX: Final = "@SHA256:"
_ID_BYTES: Final = 32
_MAX_NAMES_SHOWN: Final = 5
_NAMED: Final = (Takes.MEMBER, Takes.MEMBER_AND_TEXT, Takes.MEMBER_AND_REASON, Takes.BANNED)
_CHOICES: Final[Mapping[Takes, tuple[str, ...]]] = {
    Takes.REACH: REACHES,
    Takes.SWITCH: (ON, OFF),
    Takes.SLOW: (OFF, *(str(seconds) for seconds in SLOW_CHOICES_S if seconds)),
}
_TO: Final = " to "
# A name of 24 characters, each of which one may have typed as a letter and its marks.
_LONGEST_NAME: Final = 5 * limits.MAX_NAME_CHARS
_MOST_DIGITS: Final = 9


class Fault(StrEnum):
    """Stable words for scripts."""

    UNKNOWN_COMMAND = "unknown_command"
    HOST_ONLY = "host_only"
    NO_SUCH_MEMBER = "no_such_member"
    AMBIGUOUS_MEMBER = "ambiguous_member"
    MISSING = "missing"
    TOO_MUCH = "too_much"
    BAD_NAME = BadName.code


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """A command, whom it is about (None where it takes no member), and its text or reason; of /reach the one
    of REACHES, of a switch ON or OFF, of SLOW the seconds, of FREE the name; of FILE the path, of GET,
    DROP and CANCEL the file's id, and of GET its folder ("": the usual one)."""

    word: Word
    member_id: bytes | None = None
    text: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """Nothing is to be sent or done. `sentence` says why; `instead` are lines that would be understood."""

    fault: Fault
    sentence: str
    instead: tuple[str, ...] = ()


Typed = Say | Order | Misunderstood


def read_line(
    line: str,
    present: Mapping[bytes, str],
    *,
    host: bool,
    gone: Iterable[str] = (),
    banned: Mapping[bytes, str] | None = None,
) -> Typed | None:
    """What `line` asks for; None if there is nothing in it.

    `present` are the members' names by member_id; `gone` the names of those that were here before, so that
    a line begun for one of them does not reach somebody whose name begins alike. `banned` are the names of
    those whom the host may let in again.
    """
    start = _first_seen(line)
    if start == len(line):
        return None
    if line[start] not in _SLASHES:
        return Say(line)
    if line[start + 1 : start + 2] in tuple(_SLASHES):
        return Say(line[1:]) if start == 0 else Say(line)
    typed, rest = _split(line[start + 1 :])
    word = WORDS.get(typed.casefold())
    if word is None:
        return _unknown(typed, host)
    shape = COMMANDS[word]
    if shape.host_only and not host:
        return Misunderstood(Fault.HOST_ONLY, f"/{word} is for the host alone. Nothing was sent.")
    match shape.takes:
        case Takes.REACH | Takes.SWITCH:
            return _one_of(word, REACHES if shape.takes is Takes.REACH else (ON, OFF), rest)
        case Takes.SLOW:
            return _slow(rest)
        case Takes.NAME:
            return _any_name(word, rest)
        case Takes.PATH:
            return _with_path(rest, present, gone)
        case Takes.FILE | Takes.FILE_ID | Takes.TRANSFER:
            return _with_file(word, rest)
        case Takes.BANNED:
            return _with_member(word, rest, banned or {}, ())
        case Takes.MEMBER | Takes.MEMBER_AND_TEXT | Takes.MEMBER_AND_REASON:
            return _with_member(word, rest, present, gone)
    if _is_blank(rest):
        return Order(word)
    return Misunderstood(
        Fault.TOO_MUCH,
        f"/{word} stands alone. Nothing was sent. To say the line as it is, begin it with //.",
        (f"/{word}", "/" + line[start:]),
    )


def is_whisper(line: str) -> bool:
    """Whether the line, finished or not, is one that only one member will read."""
    start = _first_seen(line)
    if line[start : start + 1] not in tuple(_SLASHES):
        return False
    word = _split(line[start + 1 :])[0]
    return len(line) > start + 1 + len(word) and WORDS.get(word.casefold()) is Word.WHISPER


def complete(
    line: str, names: Collection[str], *, host: bool, banned: Collection[str] = ()
) -> list[str]:
    """The lines that TAB makes of `line`, in order: of an unfinished command, or an unfinished name.

    What follows such a line cannot change whom it addresses: a name is quoted where it must be.
    """
    start = _first_seen(line)
    if line[start : start + 1] not in tuple(_SLASHES) or line[start + 1 : start + 2] in tuple(_SLASHES):
        return []
    typed, rest = _split(line[start + 1 :])
    if len(line) == start + 1 + len(typed):  # no space behind the word yet
        return [
            f"/{word}" + ("" if shape.takes is Takes.NOTHING else " ")
            for word, shape in COMMANDS.items()
            if word.startswith(typed.casefold()) and (host or not shape.host_only)
        ]
    word = WORDS.get(typed.casefold())
    if word is None or (COMMANDS[word].host_only and not host):
        return []
    takes = COMMANDS[word].takes
    if takes in _CHOICES:
        return [f"/{word} {choice}" for choice in _CHOICES[takes] if choice.startswith(rest.casefold())]
    if takes not in _NAMED:
        return []
    if takes is Takes.BANNED:
        names = [name for name in banned if name]
    quoted = rest[:1] in tuple(_QUOTES)
    if quoted and any(char in _QUOTES for char in rest[1:]):
        return []  # the name is finished
    begun = fold_name(rest[1:] if quoted else rest)
    fitting = sorted((name for name in names if fold_name(name).startswith(begun)), key=fold_name)
    return [f"/{word} {_written(name, names)} " for name in fitting]


# --- Commands -----------------------------------------------------------------------------------


def _unknown(typed: str, host: bool) -> Misunderstood:
    words = [spelled for spelled, word in WORDS.items() if host or not COMMANDS[word].host_only]
    close = difflib.get_close_matches(typed.casefold()[:_LONGEST_NAME], words, n=2)
    meant = f" Did you mean {' or '.join(f'/{word}' for word in close)}?" if close else ""
    return Misunderstood(
        Fault.UNKNOWN_COMMAND,
        f"There is no command /{_short(typed)}.{meant} Nothing was sent. /help lists the commands; "
        "to say the line as it is, begin it with //.",
        tuple(f"/{word} " for word in close),
    )


def _one_of(word: Word, choices: tuple[str, ...], rest: str) -> Order | Misunderstood:
    asked = rest.strip().casefold()
    if asked in choices:
        return Order(word, text=asked)
    lines = tuple(f"/{word} {choice}" for choice in choices)
    return Misunderstood(Fault.MISSING, f"Write {' or '.join(lines)}. Nothing was sent.", lines)


def _slow(rest: str) -> Order | Misunderstood:
    asked = rest.strip().casefold()
    if asked == OFF:
        return Order(Word.SLOW, text="0")
    if asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS:
        seconds = int(asked)
        if seconds <= limits.MAX_SLOW_S:
            return Order(Word.SLOW, text=str(seconds))
    return Misunderstood(
        Fault.MISSING,
        f"How many seconds between two messages of a member? Write /slow and a whole number up to "
        f"{limits.MAX_SLOW_S}, or /slow {OFF}. Nothing was sent.",
        (f"/slow {OFF}",),
    )


def _any_name(word: Word, rest: str) -> Order | Misunderstood:
    """The whole rest is the name, in quotes or not: nobody here needs to have it."""
    if _is_blank(rest):
        return Misunderstood(Fault.MISSING, f"Which name? Write /{word} NAME. Nothing was sent.")
    quoted, behind = _quoted(rest)
    name = quoted if quoted is not None and _is_blank(behind) else rest
    try:
        return Order(word, text=clean_name(name.strip()))
    except BadName as error:
        return Misunderstood(Fault.BAD_NAME, f"{error} Nothing was sent.")


def _with_member(word: Word, rest: str, present: Mapping[bytes, str], gone: Iterable[str]) -> Typed:
    takes = COMMANDS[word].takes
    if _is_blank(rest):
        return Misunderstood(Fault.MISSING, f"Whom? Write /{word} {takes.usage}. Nothing was sent.")
    found = _member_of(word, rest, present, gone)
    if isinstance(found, Misunderstood):
        return found
    member_id, text = found
    if takes is Takes.MEMBER_AND_TEXT and _is_blank(text):
        return Misunderstood(
            Fault.MISSING, f"There is nothing to say in it. Write /{word} {takes.usage}. Nothing was sent."
        )
    if takes in (Takes.MEMBER, Takes.BANNED) and not _is_blank(text):
        return Misunderstood(
            Fault.TOO_MUCH,
            f"/{word} takes a name and nothing behind it. Nothing was sent.",
            (f"/{word} {_written(present[member_id], present.values())}",) if member_id in present else (),
        )
    return Order(word, member_id, text)


def _with_path(rest: str, present: Mapping[bytes, str], gone: Iterable[str]) -> Typed:
    """A path, in quotes or not, and to whom it goes. Whatever could be meant for one member alone goes to
    nobody else: a path that holds ` to ` must stand in quotes unless a member follows."""
    if _is_blank(rest):
        return Misunderstood(
            Fault.MISSING, f"Which file? Write /file {Takes.PATH.usage}. Nothing was sent."
        )
    path, behind = _quoted(rest)
    if path is None:
        if behind:
            return Misunderstood(Fault.MISSING, "The path has no closing quote. Nothing was sent.")
        path, to, name = rest.rpartition(_TO)
        if not to:
            return Order(Word.FILE, None, path_of(rest.strip()))
        path, behind = path.strip(), f"to {name}"
    if _is_blank(behind):
        return Order(Word.FILE, None, path_of(path))
    to, _, name = behind.strip().partition(" ")
    if to != "to" or _is_blank(name):
        return Misunderstood(
            Fault.TOO_MUCH, f"Write /file {Takes.PATH.usage}, the path in quotes. Nothing was sent."
        )
    found = _member_of(Word.FILE, name.strip(), present, gone)
    if isinstance(found, Misunderstood):
        sentence = f"{found.sentence} If \u201c to \u201d belongs to the path, put the path in quotes."
        return Misunderstood(found.fault, sentence)
    member_id, more = found
    if not _is_blank(more):
        return Misunderstood(Fault.TOO_MUCH, "Nothing may stand behind the name. Nothing was sent.")
    return Order(Word.FILE, member_id, path_of(path))


def _with_file(word: Word, rest: str) -> Typed:
    takes = COMMANDS[word].takes
    if _is_blank(rest):
        return Misunderstood(
            Fault.MISSING, f"Which file? Write /{word} {takes.usage}. Nothing was sent. /files lists them.",
            ("/files",),
        )
    file_id, folder = _split(rest)
    if takes is not Takes.FILE and not _is_blank(folder):
        return Misunderstood(Fault.TOO_MUCH, f"/{word} takes an id and nothing behind it. Nothing was sent.")
    quoted, behind = _quoted(folder)
    folder = quoted if quoted is not None and _is_blank(behind) else folder.strip()
    return Order(word, None, file_id, path_of(folder))


def path_of(text: str) -> str:
    """A path as a person wrote or pasted it, or the one that an address such as file:///home/ada/plan.pdf
    names. An address of another computer stays what it is: nothing is found under it."""
    if text[:7].casefold() != "file://":
        return text
    from urllib.parse import urlsplit  # slow to load, and few lines need it
    from urllib.request import url2pathname

    try:
        address = urlsplit(text)
        return url2pathname(address.path) if address.netloc.casefold() in ("", "localhost") else text
    except (OSError, ValueError):  # the first is Windows', where there is no drive in it
        return text


def _quoted(text: str) -> tuple[str | None, str]:
    """What stands in the quotes that `text` begins with, and what follows; None if it begins with none, and
    then what follows is `text` if the quotes are not closed, else nothing."""
    if text[:1] not in tuple(_QUOTES):
        return None, ""
    end = next((at for at, char in enumerate(text[1:], 1) if char in _QUOTES), None)
    return (None, text) if end is None else (text[1:end], text[end + 1 :])


def _member_of(
    word: Word, rest: str, present: Mapping[bytes, str], gone: Iterable[str]
) -> tuple[bytes, str] | Misunderstood:
    """The member that `rest` begins with, and what follows."""
    if rest[0] == "@":
        typed, text = _split(rest)
        member_id = _read_id(typed)
        return _no_such(word, typed, present) if member_id is None else (member_id, text)
    if rest[0] in _QUOTES:
        end = next((at for at, char in enumerate(rest[1:], 1) if char in _QUOTES), None)
        if end is None:
            return Misunderstood(Fault.MISSING, "The name has no closing quote. Nothing was sent.")
        typed, text = rest[1:end], rest[end + 1 :].lstrip()
        ids = _named(typed, present)
    else:
        by_name = _by_folded(present)
        fitting = [one for one in _beginnings(rest) if fold_name(one[0]) in by_name]
        ids = [member_id for begun, _ in fitting for member_id in _named(begun, present)]
        absent = next((name for name in gone if _fits(name, rest) and fold_name(name) not in by_name), None)
        if absent is not None and ids:
            return _absent(word, absent, [present[one] for one in ids])
        typed, text = fitting[0] if fitting else (rest, "")
    if len(ids) == 1:
        return ids[0], text
    return _ambiguous(word, ids, present) if ids else _no_such(word, typed, present)


def _named(typed: str, present: Mapping[bytes, str]) -> list[bytes]:
    """The members of this name; where there is one of just these letters, that one alone."""
    exact = unicodedata.normalize("NFC", typed.strip())
    ids = [member_id for member_id, name in present.items() if name == exact]
    if ids:
        return ids
    folded = fold_name(typed.strip())
    return [member_id for member_id, name in present.items() if fold_name(name) == folded]


def _beginnings(rest: str) -> Iterable[tuple[str, str]]:
    """All that could be the name at the beginning of `rest`, whole words, with what follows."""
    for end in range(1, min(len(rest), _LONGEST_NAME) + 1):
        if end == len(rest) or rest[end].isspace():
            yield rest[:end], rest[end:].lstrip()


def _fits(name: str, rest: str) -> bool:
    return any(fold_name(begun) == fold_name(name) for begun, _ in _beginnings(rest))


def _by_folded(present: Mapping[bytes, str]) -> dict[str, str]:
    return {fold_name(name): name for name in present.values()}


def _read_id(typed: str) -> bytes | None:
    """The member_id of @SHA256:..., as fingerprints are written; None if it is none."""
    letters = typed.removeprefix(_ID_PREFIX)
    if letters == typed:
        return None
    try:
        member_id = base64.b64decode(letters + "=", validate=True)
    except (ValueError, binascii.Error):
        return None
    # One id has one spelling.
    spelled = base64.b64encode(member_id).decode("ascii").rstrip("=")
    return member_id if len(member_id) == _ID_BYTES and spelled == letters else None


# --- Words for the person -----------------------------------------------------------------------


def _ambiguous(word: Word, ids: list[bytes], present: Mapping[bytes, str]) -> Misunderstood:
    names = [present[member_id] for member_id in ids]
    if len({fold_name(name) for name in names}) < len(names):
        return Misunderstood(
            Fault.AMBIGUOUS_MEMBER,
            f"More than one member is called {quoted_name(names[0])}. Nothing was sent. "
            f"Write {_ID_PREFIX} and the member’s key instead of the name.",
            tuple(f"/{word} {_ID_PREFIX}{base64.b64encode(one).decode('ascii').rstrip('=')} " for one in ids),
        )
    return Misunderstood(
        Fault.AMBIGUOUS_MEMBER,
        f"The line begins with the names of {_listed(names)}. Nothing was sent. "
        "Put the one you mean in quotes.",
        tuple(f'/{word} "{name}" ' for name in names),
    )


def _absent(word: Word, absent: str, names: list[str]) -> Misunderstood:
    return Misunderstood(
        Fault.AMBIGUOUS_MEMBER,
        f"The line begins with the name of {quoted_name(absent)}, who is not here now, and with that of "
        f"{_listed(names)}. Nothing was sent. Put the one you mean in quotes.",
        tuple(f'/{word} "{name}" ' for name in names),
    )


def _no_such(word: Word, typed: str, present: Mapping[bytes, str]) -> Misunderstood:
    by_folded = _by_folded(present)
    beginnings = [fold_name(begun) for begun, _ in _beginnings(typed)] or [""]
    # Of "/whisper Bne hello" only the beginning was meant for a name.
    close = {name: None for one in beginnings for name in difflib.get_close_matches(one, by_folded, n=2)}
    shown = typed if len(typed) <= limits.MAX_NAME_CHARS else _split(typed)[0]
    where = "banned" if COMMANDS[word].takes is Takes.BANNED else "in the room"
    return Misunderstood(
        Fault.NO_SUCH_MEMBER,
        f"Nobody called {quoted_name(_short(shown))} is {where}. Nothing was sent.",
        tuple(f"/{word} {_written(by_folded[one], present.values())} " for one in close)[:_MAX_NAMES_SHOWN],
    )


def _listed(names: list[str]) -> str:
    shown = [quoted_name(name) for name in names[:_MAX_NAMES_SHOWN]]
    if len(names) > len(shown):
        shown.append(f"{len(names) - len(shown)} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def _written(name: str, names: Iterable[str]) -> str:
    """`name` as a command takes it: in quotes if it has a space, or if another name begins with it."""
    folded = fold_name(name)
    if " " in name or any(fold_name(other).startswith(folded + " ") for other in names):
        return f'"{name}"'
    return name


def _short(text: str) -> str:
    return visible(text[: limits.MAX_NAME_CHARS], one_line=True)


def _split(text: str) -> tuple[str, str]:
    """The first word, and what follows it without the space between."""
    word = text.split(maxsplit=1)[0] if text[:1].strip() else ""
    return word, text[len(word) :].lstrip()


def _first_seen(line: str) -> int:
    return next((at for at, char in enumerate(line) if char not in BLANK), len(line))


def _is_blank(text: str) -> bool:
    return _first_seen(text) == len(text)
