"""The slash commands: the one table of what may be typed, in windows and on the command line.

A new command is a word and its line here; `typed_lines` reads it, completes it and lists it then. What is
done about it is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Word(StrEnum):
    """The commands, by the word that one types behind the slash."""

    WHISPER = "whisper"
    WHO = "who"
    FILE = "file"
    GET = "get"
    FILES = "files"
    DROP = "drop"
    KICK = "kick"
    BAN = "ban"
    MUTE = "mute"
    UNMUTE = "unmute"
    REACH = "reach"
    HELP = "help"
    QUIT = "quit"


class Takes(Enum):
    """What stands behind a command, as its line of help writes it."""

    NOTHING = ""
    MEMBER = "NAME"
    MEMBER_AND_TEXT = "NAME text"
    MEMBER_AND_REASON = "NAME [reason]"
    REACH = "network or computer"
    PATH = "PATH [to NAME]"
    FILE = "ID [FOLDER]"
    FILE_ID = "ID"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a command is written, and what it is for."""

    takes: Takes
    help: str
    host_only: bool = False
    aliases: tuple[str, ...] = ()


COMMANDS: Final[Mapping[Word, Shape]] = {
    Word.WHISPER: Shape(Takes.MEMBER_AND_TEXT, "say it to one member alone", aliases=("w", "msg")),
    Word.WHO: Shape(Takes.NOTHING, "list who is here"),
    Word.FILE: Shape(Takes.PATH, "share a file with everyone, or with one member"),
    Word.GET: Shape(Takes.FILE, "save a file that somebody shared"),
    Word.FILES: Shape(Takes.NOTHING, "list the files that were shared"),
    Word.DROP: Shape(Takes.FILE_ID, "take back a file of yours; the host any"),
    Word.KICK: Shape(Takes.MEMBER_AND_REASON, "remove a member for a minute", host_only=True),
    Word.BAN: Shape(Takes.MEMBER_AND_REASON, "refuse a member until you allow it again", host_only=True),
    Word.MUTE: Shape(Takes.MEMBER, "let a member read, but not write", host_only=True),
    Word.UNMUTE: Shape(Takes.MEMBER, "let a member write again", host_only=True),
    Word.REACH: Shape(Takes.REACH, "who can join: everyone on the network, or this computer", host_only=True),
    Word.HELP: Shape(Takes.NOTHING, "list the commands"),
    Word.QUIT: Shape(Takes.NOTHING, "leave the room"),
}
NETWORK: Final = "network"
COMPUTER: Final = "computer"
REACHES: Final = (NETWORK, COMPUTER)
"""What may stand behind /reach."""
WORDS: Final = {
    spelled: word for word, shape in COMMANDS.items() for spelled in (word.value, *shape.aliases)
}


def help_lines(*, host: bool) -> list[str]:
    """One line for each command, and one for what is none."""
    lines = [
        f"/{word} {shape.takes.value}".rstrip() + f": {shape.help}"
        for word, shape in COMMANDS.items()
        if host or not shape.host_only
    ]
    return [*lines, "//text: say a text that begins with /"]
