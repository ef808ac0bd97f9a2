"""Lines of plain text out of what members chose: names and texts that cannot imitate the lines around.

For whatever is built of letters alone, without fonts and colours to set its parts apart: a terminal, a
copy to the clipboard, an export. Three rules hold for every text and every name:

- a line of the program itself begins with `* `, and a name stands in it in quotes, which no name has;
- what somebody said begins with the time, the name, and a colon, which no name has;
- all other lines of it are indented, also where a terminal of known width would break them.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator
from typing import Final

from netcore.errors import QUOTES, SINGLE_QUOTES
from netcore.wire.names import looks_of
from netcore.wire.texts import REPLACEMENT, visible

INDENT: Final = "        "
SYSTEM: Final = "* "
_TAB_COLUMNS: Final = 4
_KEY_LETTERS: Final = 6
# What no name has (PROTOCOL §6.4): standing in one that an old log holds, it could seem to end it.
_NOT_IN_ROOM_NAMES: Final = str.maketrans(dict.fromkeys(QUOTES, REPLACEMENT))
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys(QUOTES + "()[]:*<>", REPLACEMENT))


def bare_name(name: str) -> str:
    """`name` on one line, without the signs that set names apart."""
    return visible(name, one_line=True).translate(_NOT_IN_NAMES)


def quoted_name(name: str, *, note: str = "") -> str:
    """`name` as it stands in a sentence of ours: \u201cBen\u201d joined. `note` as for `speech_lines`."""
    return f"\u201c{bare_name(name)}\u201d" + (f" ({note})" if note else "")


def quoted_room(name: str) -> str:
    """The same for a room, whose name may have more signs, but no quotes."""
    return f"\u201c{visible(name, one_line=True).translate(_NOT_IN_ROOM_NAMES)}\u201d"


def quoted_words(text: str) -> str:
    """The same for what somebody wrote, such as the reason of a removal: inside, quotes are single ones."""
    return f"\u201c{visible(text, one_line=True).strip().translate(SINGLE_QUOTES)}\u201d"


def counted(count: int, thing: str, things: str = "") -> str:
    """1 byte, 1,200 bytes. `things`: more than one of it, where that is not the word with an s."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def size_words(size_bytes: int) -> str:
    """1 byte, 12 bytes, 1.5 KB, 20 MB."""
    if size_bytes < 1_000:
        return counted(size_bytes, "byte")
    size, unit = size_bytes / 1_000, "KB"
    for larger in ("MB", "GB"):
        if size < 1_000:
            break
        size, unit = size / 1_000, larger
    return f"{size:.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"


class KeyNotes:
    """What tells a member from another one here whose name looks alike: a note, such as "key uU0n+A".

    A room takes no such two, but another server may, and names may be older than that rule. The letters are
    the first of the fingerprint's.
    """

    def __init__(self) -> None:
        self._looks: dict[bytes, frozenset[str]] = {}
        self._holders: dict[str, set[bytes]] = {}

    def add(self, member_id: bytes, name: str) -> None:
        """The member is here, under this name. Some 30 microseconds."""
        self.remove(member_id)
        self._looks[member_id] = looks = looks_of(name)
        for look in looks:
            self._holders.setdefault(look, set()).add(member_id)

    def remove(self, member_id: bytes) -> None:
        """It is not here, or not any more."""
        for look in self._looks.pop(member_id, ()):
            holders = self._holders[look]
            holders.discard(member_id)
            if not holders:
                del self._holders[look]

    def note(self, member_id: bytes) -> str:
        """Empty when no other name here looks like that member's."""
        if all(len(self._holders[look]) == 1 for look in self._looks.get(member_id, ())):
            return ""
        return f"key {base64.b64encode(member_id).decode('ascii')[:_KEY_LETTERS]}"


def system_line(text: str, *, width: int = 0) -> str:
    """A line of the program itself. With `width`, the columns of a terminal, broken and indented to fit."""
    return _laid_out(SYSTEM + visible(text, one_line=True), width)


def speech_lines(clock: str, name: str, text: str, *, note: str = "", width: int = 0) -> str:
    """What `name` said: "05:19 Ben (whisper): the text", and its further lines, indented.

    `note` is a word of ours, such as whisper, or of `KeyNotes`. `width` as in `system_line`.
    """
    marked = f"{bare_name(name)} ({note})" if note else bare_name(name)
    return _laid_out(f"{clock} {marked}: {visible(text)}", width)


def _laid_out(text: str, width: int) -> str:
    # Narrower than this nothing can be laid out; a terminal of unknown width has 0.
    room = width - len(INDENT) if width > 2 * len(INDENT) else 0
    rows: list[str] = []
    for line in text.split("\n"):
        if room:
            line = line.expandtabs(_TAB_COLUMNS)
        for row in _rows(line, width if not rows else room, room):
            rows.append(INDENT + row if rows else row)
    return "\n".join(rows)


def _rows(line: str, first: int, later: int) -> Iterator[str]:
    """`line` in rows of at most so many columns, at spaces where there are some; 0 is no limit."""
    room, row, columns = first, "", 0
    for char in line:
        needed = _columns(char)
        if later and columns + needed > room:
            space = row.rfind(" ") + 1
            end = space if space > len(row) // 2 else len(row)
            yield row[:end]
            row, room = row[end:], later
            columns = sum(map(_columns, row))
        row += char
        columns += needed
    yield row


def _columns(char: str) -> int:
    """The most columns that a terminal gives the character: too many only breaks a line early."""
    return 2 if ord(char) >= 0x1F000 or unicodedata.east_asian_width(char) in "WFA" else 1
