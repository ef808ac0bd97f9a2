"""People, keys and a diary of what a page asks of its window, for the tests of the pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from gui.room.room_page import WindowActions
from netcore.engine import Chat, Command, Connected, Listening, Member, Reach


def key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def person(name: str) -> Member:
    return Member(key(name), name)


ADA, BEN, LAYLA = person("Ada"), person("Ben"), person("Layla")
HOST = Member(key("Ms Okafor"), "Ms Okafor", is_host=True)
SERVER_KEY = key("the server")
NOON_MS = 1_760_436_000_000


@dataclass
class Diary:
    """What a page asked of its window."""

    commands: list[Command] = field(default_factory=list)
    left: int = 0
    closed: int = 0
    titles: int = 0

    def actions(self) -> WindowActions:
        def leave() -> None:
            self.left += 1

        def close() -> None:
            self.closed += 1

        def title() -> None:
            self.titles += 1

        return WindowActions(self.commands.append, lambda: None, lambda: None, leave, close, title,
                          lambda: NOON_MS)


def said(seq: int, who: Member, text: str, mine: bool = False, local_id: int | None = None) -> Chat:
    return Chat(seq, who.id, who.name, text, NOON_MS, mine, local_id)


def connected(*others: Member, missed: int = 0, first_contact: bool = False) -> Connected:
    return Connected("Physics 10b", ADA, HOST.id, SERVER_KEY, first_contact, (ADA, *others), missed)


def listening(kept: bool = True) -> Listening:
    reaches = (Reach("wlan0", "192.168.1.20:5050"), Reach("eth0", "10.0.0.7:5050"))
    invite = f"localchat://192.168.1.20:5050/#{SERVER_KEY[:16].hex()}"
    return Listening("0.0.0.0", 5050, "Physics 10b", HOST, SERVER_KEY, invite, reaches, kept, ())
