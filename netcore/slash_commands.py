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
    KICK = "kick"
    HELP = "help"
    QUIT = "quit"
    DROP = "drop"
    CANCEL = "cancel"
    KEY = "key"
    COMPARED = "compared"
    RULES = "rules"
    BAN = "ban"
    BAN_ADDRESS = "banaddress"
    UNBAN = "unban"
    MUTE = "mute"
    UNMUTE = "unmute"
    READ_ONLY = "readonly"
    SLOW = "slow"
    CLOSED = "closed"
    HIDDEN = "hidden"
    FREE = "free"
    REACH = "reach"


class Takes(Enum):
    """What stands behind a command; `usage` is that as its line of help writes it."""

    NOTHING = ("nothing", "")
    MEMBER = ("a member", "NAME")
    MEMBER_AND_TEXT = ("a member and a text", "NAME text")
    MEMBER_AND_REASON = ("a member and why", "NAME [reason]")
    BANNED = ("somebody who is banned", "NAME")
    NAME = ("any name", "NAME")
    SWITCH = ("a switch", "on or off")
    SLOW = ("a time", "SECONDS or off")
    REACH = ("a reach", "network or computer")
    PATH = ("a file of ours", "PATH [to NAME]")
    FILE = ("a shared file", "ID [FOLDER]")
    FILE_ID = ("one shared file", "ID")
    TRANSFER = ("a file on its way", "ID")

    @property
    def usage(self) -> str:
        return self.value[1]


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
    Word.KICK: Shape(Takes.MEMBER_AND_REASON, "remove a member for a minute", host_only=True),
    Word.HELP: Shape(Takes.NOTHING, "list the commands"),
    Word.QUIT: Shape(Takes.NOTHING, "leave the room"),
    Word.DROP: Shape(Takes.FILE_ID, "take back a file of yours; the host any"),
    Word.CANCEL: Shape(Takes.TRANSFER, "give up a file that is on its way"),
    Word.KEY: Shape(Takes.MEMBER, "show a member’s fingerprint, to compare it"),
    Word.COMPARED: Shape(Takes.MEMBER, "you have compared it, and it is the same"),
    Word.RULES: Shape(Takes.NOTHING, "tell the room’s rules"),
    Word.BAN: Shape(Takes.MEMBER_AND_REASON, "refuse a member until you allow it again", host_only=True),
    Word.BAN_ADDRESS: Shape(
        Takes.MEMBER_AND_REASON, "refuse a member, and whoever comes from the same address", host_only=True
    ),
    Word.UNBAN: Shape(Takes.BANNED, "lift a ban", host_only=True),
    Word.MUTE: Shape(Takes.MEMBER, "let a member read, but not write", host_only=True),
    Word.UNMUTE: Shape(Takes.MEMBER, "let a member write again", host_only=True),
    Word.READ_ONLY: Shape(Takes.SWITCH, "only the host writes to the room", host_only=True),
    Word.SLOW: Shape(Takes.SLOW, "how long a member waits between two messages", host_only=True),
    Word.CLOSED: Shape(Takes.SWITCH, "only those come in who were here before", host_only=True),
    Word.HIDDEN: Shape(Takes.SWITCH, "do not answer those who look for rooms", host_only=True),
    Word.FREE: Shape(Takes.NAME, "let another key take a name", host_only=True),
    Word.REACH: Shape(Takes.REACH, "who can join: everyone on the network, or this computer", host_only=True),
}
ON: Final = "on"
OFF: Final = "off"
SLOW_CHOICES_S: Final = (0, 10, 30, 60, 300)
"""Those that are offered; any whole number up to limits.MAX_SLOW_S can be typed. 0 is off."""
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
        f"/{word} {shape.takes.usage}".rstrip() + f": {shape.help}"
        for word, shape in COMMANDS.items()
        if host or not shape.host_only
    ]
    return [*lines, "//text: say a text that begins with /"]
