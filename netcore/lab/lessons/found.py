"""Questions that lessons ask of what was seen. Pure; each gives what it found, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from netcore.lab.lessons.model import PINNED, TYPED, Place, Pointer, Seen
from netcore.lab.stream.bare import BareReading
from netcore.lab.stream.ruler import header_is_split
from netcore.lab.summaries import messages_in
from netcore.lab.tap_events import Attacked, Overheard
from netcore.net.api.events import Chat, Connected, Disconnected
from netcore.trace import Chunk, Defence, Direction, FrameSeen, Person, Refused, Turn
from netcore.wire.framing import FrameType

ORDER: Final = frozenset({Defence.STAMP, Defence.SEQUENCE, Defence.TAG})
"""What catches a frame at the wrong place: its number stands in the nonce of a Direct record (so the tag
fails) and in the stamp of a Room record."""


def frames(
    seen: Sequence[Seen], at: Place, direction: Direction, *types: FrameType
) -> Iterator[tuple[int, FrameSeen]]:
    """With the index of each in `seen`."""
    for i, one in enumerate(seen):
        event = one.event
        if one.at != at or not isinstance(event, FrameSeen) or event.direction != direction:
            continue
        if not types or event.type in types:
            yield i, event


def pointer(at: Place, frame: FrameSeen) -> Pointer:
    return Pointer(at, frame.connection, frame.direction, frame.n)


def attacks(seen: Sequence[Seen], *names: str) -> Iterator[tuple[int, Attacked]]:
    """Attacks of these names, with the index of each in `seen`."""
    for i, one in enumerate(seen):
        if isinstance(one.event, Attacked) and one.event.attack in names:
            yield i, one.event


def attacked_frame(attack: Attacked) -> tuple[Pointer, ...]:
    """The frame at the tap that it was done to; none for a cut."""
    if attack.n is None or attack.direction is None:
        return ()
    return (Pointer("tap", attack.connection, attack.direction, attack.n),)


def refusals(
    seen: Sequence[Seen], at: Place, defences: frozenset[Defence], after: int = -1
) -> Iterator[tuple[int, Refused]]:
    """What an end refused by one of these defences behind the index `after`, with the index of each."""
    for i, one in enumerate(seen[after + 1 :], after + 1):
        if one.at == at and isinstance(one.event, Refused) and one.event.defence in defences:
            yield i, one.event


def refused_frame(at: Place, refused: Refused) -> tuple[Pointer, ...]:
    """The frame that was refused; none where no frame shows it."""
    return () if refused.n is None else (Pointer(at, refused.connection, refused.direction, refused.n),)


def came_back(seen: Sequence[Seen], at: Place, after: int) -> int | None:
    """The index of the first Connected after a Disconnected after `after`."""
    gone = next((i for i in range(after + 1, len(seen)) if is_a(seen[i], at, Disconnected)), None)
    if gone is None:
        return None
    return next((i for i in range(gone + 1, len(seen)) if is_a(seen[i], at, Connected)), None)


def is_a(one: Seen, at: Place, kind: type) -> bool:
    return one.at == at and isinstance(one.event, kind)


def said_once(seen: Sequence[Seen], at: Place, text: str) -> bool:
    """Whether the room's member at `at` was shown this text exactly once, counted by its place in the log."""
    shown = [one.event for one in seen if one.at == at]
    return len({chat.seq for chat in shown if isinstance(chat, Chat) and chat.text == text}) == 1


def says(frame: FrameSeen, kind: str) -> list[Mapping[str, object]]:
    """The messages of this kind in a record that was opened."""
    return [message for message in messages_in(frame) if message.get("t") == kind]


def pins(seen: Sequence[Seen]) -> list[Pointer]:
    """The frames that the person pinned."""
    acts = (one.event for one in seen if isinstance(one.event, Person))
    return [pin for act in acts if (pin := pinned(act)) is not None]


def pinned(act: Person) -> Pointer | None:
    """The frame that a person pinned; None for anything else that a person did."""
    match act:
        case Person(
            what=what, data={"at": at, "connection": int(connection), "direction": direction, "n": int(n)}
        ) if what == PINNED:
            return Pointer(at, connection, direction, n)  # type: ignore[arg-type]
    return None


def typed(seen: Sequence[Seen], lesson: int, step: str) -> list[str]:
    """What was typed at a step, without spaces and in small letters."""
    found = []
    for one in seen:
        match one.event:
            case Person(what=what, data={"lesson": int(number), "step": str(name), "text": str(text)}):
                if (what, number, name) == (TYPED, lesson, step):
                    found.append("".join(text.split()).lower())
    return found


def bare_readings(seen: Sequence[Seen], fits: Callable[[BareReading], bool]) -> Iterator[BareReading]:
    for one in seen:
        if isinstance(one.event, BareReading) and fits(one.event):
            yield one.event


def bare_pointer(reading: BareReading) -> Pointer:
    """By its place in the stream, since that program knows no frames."""
    return Pointer("bare", 0, "in", reading.offset)


def chunks(seen: Sequence[Seen], at: Place, connection: int, direction: Direction) -> list[Chunk]:
    return [
        one.event
        for one in seen
        if one.at == at
        and isinstance(one.event, Chunk)
        and (one.event.connection, one.event.direction) == (connection, direction)
    ]


def header_was_split(seen: Sequence[Seen], at: Place, frame: FrameSeen) -> bool:
    """Whether the frame's header came in two chunks."""
    return header_is_split(frame, chunks(seen, at, frame.connection, frame.direction))


def turns(seen: Sequence[Seen], at: Place = "server") -> list[Turn]:
    return [one.event for one in seen if one.at == at and isinstance(one.event, Turn)]


def overheard(seen: Sequence[Seen]) -> list[Overheard]:
    return [one.event for one in seen if isinstance(one.event, Overheard)]
