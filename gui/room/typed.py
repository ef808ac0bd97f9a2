"""What is written in the composer, read: the words under the field, and the lines offered instead.

`netcore/typed_lines.py` says what a line asks for; here stands what a person sees of that while typing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from gui.text.shown_text import shown
from netcore.slash_commands import COMMANDS, WORDS
from netcore.typed_lines import Fault, Misunderstood, Say, complete, is_whisper, path_of, read_line

TAB: Final = "  ·  Tab completes"
LITERAL: Final = "The second / and what follows is said as it stands"
UNKNOWN: Final = "There is no such command  ·  a line that begins with // is said as it stands"

_BLANK_LINES: Final = re.compile(r"\A(?:[^\S\n]*\n)+")
_COMMAND_AND_NAME: Final = re.compile(r"\s*\S+\s*(\"[^\"]*\"|\S*)\s*")
_MOST_SHOWN: Final = 6
MOST_FILES: Final = 20


def trimmed(text: str) -> str:
    """`text` without blank lines at its ends and space at its end; the first line keeps its indentation."""
    return _BLANK_LINES.sub("", text).rstrip()


def hint(line: str, names: Collection[str], host: bool, banned: Collection[str] = ()) -> str:
    """The line of help for a command that is being written; empty when `line` is none."""
    typed = line.lstrip()
    if not typed.startswith(("/", "\uff0f")):
        return ""
    if typed[1:2] in ("/", "\uff0f"):
        return LITERAL
    options = complete(line, names, host=host, banned=banned)
    tab = TAB if options and options != [line] else ""
    word, space, _ = typed[1:].partition(" ")
    known = WORDS.get(word.casefold())
    if known is not None and (space or len(options) < 2) and (host or not COMMANDS[known].host_only):
        usage = f"/{known} {COMMANDS[known].takes.usage}".rstrip()
        return f"{usage}: {COMMANDS[known].help}{tab}"
    if options:
        return "   ".join(option.strip() for option in options[:_MOST_SHOWN]) + tab
    return UNKNOWN


def taken_up(line: str, fault: Fault, instead: str) -> str:
    """`instead`, with what the person had written behind the part that it mends."""
    if not instead.endswith(" "):
        return instead
    if fault is Fault.UNKNOWN_COMMAND:
        return instead + line.lstrip().partition(" ")[2].lstrip()
    name = instead.partition(" ")[2].strip().strip('"')
    rest = line.lstrip().partition(" ")[2].lstrip()
    if rest.casefold().startswith(name.casefold()):
        return instead + rest[len(name):].lstrip()
    found = _COMMAND_AND_NAME.match(line)
    return instead + (line[found.end():] if found else "")


def can_be_said(line: str, fault: Misunderstood) -> bool:
    """Whether to offer saying a misunderstood line to everyone: never one that was meant for one member."""
    return fault.fault in (Fault.UNKNOWN_COMMAND, Fault.HOST_ONLY, Fault.TOO_MUCH) and not is_whisper(line)


def literally(text: str) -> str:
    """The line that says `text`: with one more / in front, where the line would be read as a command."""
    return text if read_line(text, {}, host=True) == Say(text) else "/" + text.lstrip()


def common_beginning(options: Sequence[str]) -> str:
    """What all of these lines begin with; "" of none."""
    if not options:
        return ""
    first, last = min(options), max(options)
    same = next((at for at, char in enumerate(first) if last[at:at + 1] != char), len(first))
    return first[:same]


def pasted_files(text: str) -> list[Path]:
    """The files that a text names and nothing else, a path or an address of each a line; [] for any other."""
    lines = text.strip().splitlines()
    if not 0 < len(lines) <= MOST_FILES or len(text) > MOST_FILES * 1_000:
        return []
    try:
        paths = [Path(path_of(line.strip().strip('"'))) for line in lines]
        return paths if all(path.is_absolute() and path.is_file() for path in paths) else []
    except (OSError, ValueError):
        return []  # no name that the system takes


def option_words(option: str) -> str:
    """A line on offer, as the words of a link."""
    return shown(option.strip())
