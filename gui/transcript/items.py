"""What a transcript is fed: plain values, one per message or line of news."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from gui.text.clock_words import hour
from netcore.wire.lines import quoted_name, speech_lines, system_line

State = Literal["pending", "held", "delivered", "refused"]
"""held: a whisper that the server has and its reader has not yet."""


@dataclass(frozen=True, slots=True)
class WhisperInfo:
    """A message for one pair of eyes. to_me: whether it came to me, else I sent it to other_name."""

    to_me: bool
    other_name: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that a message shares, as it stands: `about` says its size and kind, `note` what became of it,
    `actions` the words that may be pressed, `menu` those that stand in the context menu alone."""

    name: str
    about: str
    actions: tuple[str, ...] = ()
    note: str = ""
    menu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message. key: what `update_state` will call it; author_id: 32 bytes, gives the disc its look;
    at_ms: Unix time; reason: why it was refused, or what a held one waits for, shown beside it."""

    key: Hashable
    author_id: bytes
    name: str
    text: str
    at_ms: int
    mine: bool = False
    whisper: WhisperInfo | None = None
    state: State = "delivered"
    reason: str = ""
    file: FileView | None = None
    """What it shares; `text` is then what is copied of it."""


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A line of news in a style no message can imitate. icon: a name of gui.look.icons."""

    icon: str
    text: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class DayLine:
    """The line where a day begins: "Tuesday 14 October"."""

    text: str


@dataclass(frozen=True, slots=True)
class AwayLine:
    """What happened while the reader was away."""

    text: str


Item = ChatLine | SystemLine | DayLine | AwayLine


def speaker(item: ChatLine) -> tuple[str, str, str]:
    """Who speaks, as the header of a message says it: words of ours, a member's name, words of ours."""
    if item.whisper is None:
        return ("You", "", "") if item.mine else ("", item.name, "")
    if item.whisper.to_me:
        return ("", item.name, " whispers to you")
    return ("You whisper to ", item.whisper.other_name, "")


def copied(item: Item) -> str:
    """An item as it goes to the clipboard: a message in its original words, with name and time.

    Nobody's text or name can look like a line of ours or of somebody else there.
    """
    if isinstance(item, ChatLine):
        note = ""
        if item.whisper is not None:
            note = "whisper" if item.whisper.to_me else f"whisper to {quoted_name(item.whisper.other_name)}"
        name = "You" if item.mine else item.name
        return speech_lines(hour(item.at_ms), name, item.text, note=note)
    if isinstance(item, SystemLine) and item.at_ms:
        return system_line(f"{hour(item.at_ms)} {item.text}")
    return system_line(item.text)
