"""What a transcript is fed: plain values, one per message or line of news."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from gui.text.clock_words import hour

State = Literal["pending", "held", "delivered", "refused"]
"""held: a whisper that the server has and its reader has not yet."""


@dataclass(frozen=True, slots=True)
class WhisperInfo:
    """A message for one pair of eyes. to_me: whether it came to me, else I sent it to other_name."""

    to_me: bool
    other_name: str


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


def clock_time(at_ms: int) -> str:
    """Local time of day, "10:05"."""
    return hour(at_ms)


def speaker(item: ChatLine) -> str:
    """Who speaks, as the header of a message says it."""
    if item.whisper is None:
        return "You" if item.mine else item.name
    if item.whisper.to_me:
        return f"{item.name} whispers to you"
    return f"You whisper to {item.whisper.other_name}"


def copied(item: Item) -> str:
    """A message as it goes to the clipboard: the original text, with name and time."""
    if isinstance(item, ChatLine):
        return f"[{clock_time(item.at_ms)}] {speaker(item)}: {item.text}"
    if isinstance(item, SystemLine) and item.at_ms:
        return f"[{clock_time(item.at_ms)}] {item.text}"
    return item.text
