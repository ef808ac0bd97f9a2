"""Lesson 4: who hears what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import frames, pins, pointer, says
from netcore.lab.lessons.model import (
    Answer,
    Evidence,
    Hints,
    Lesson,
    Pointer,
    Prediction,
    Reading,
    Seen,
    Task,
)
from netcore.trace import FrameSeen
from netcore.wire.framing import FrameType


def to_all(seen: Sequence[Seen]) -> Evidence | None:
    for _, frame in frames(seen, "server", "in", FrameType.DIRECT):
        if says(frame, "say"):
            copies = [one for _, one in frames(seen, "server", "out", FrameType.ROOM)]
            if len({one.connection for one in copies}) >= 2:
                words = "One record came in, and Room records went out to everyone."
                return Evidence(
                    words, (pointer("server", frame), *(pointer("server", one) for one in copies[:3]))
                )
    return None


def _whisper(seen: Sequence[Seen]) -> tuple[FrameSeen, FrameSeen] | None:
    """The record with a whisper that came in at the server, and the one that went out, to nobody else."""
    for i, frame in frames(seen, "server", "in", FrameType.DIRECT):
        if says(frame, "send_whisper"):
            out = [
                one
                for j, one in frames(seen, "server", "out", FrameType.DIRECT)
                if j > i and says(one, "whisper")
            ]
            if len({one.connection for one in out}) == 1:
                return frame, out[0]
    return None


def to_one(seen: Sequence[Seen]) -> Evidence | None:
    found = _whisper(seen)
    if found is None:
        return None
    words = "One record in from Ada, one out to Ben, none to Cara."
    return Evidence(words, tuple(pointer("server", frame) for frame in found))


def whisper_pinned(seen: Sequence[Seen]) -> Evidence | None:
    found = _whisper(seen)
    if found is None:
        return None
    wanted = {pointer("server", frame) for frame in found}
    pinned: list[Pointer] = [one for one in pins(seen) if one in wanted]
    if not pinned:
        return None
    return Evidence(
        "The server opened its own seal; inside is one that it has no key for.", tuple(pinned[:1])
    )


LESSON: Final = Lesson(
    4,
    "Who hears what",
    "Say through whose sockets a whisper passes, and who can read it.",
    5,
    ("today",),
    (
        Prediction(
            "whisper",
            "Ada whispers to Ben. Through whose sockets does it pass, and who can read it?",
            (
                Answer(
                    "only Ada’s and Ben’s; only they can read it",
                    "There is no socket between Ada and Ben. Both are "
                    "connected to the server, and to nobody else.",
                ),
                Answer(
                    "the server’s too, and the server can read it",
                    "It passes there. But inside the server’s seal is another one, made for Ben’s key.",
                ),
                Answer(
                    "the server’s too, and only Ben can read it",
                    "Yes. The server passes on what it cannot open.",
                ),
                Answer(
                    "everybody’s",
                    "Room messages go to everyone. A whisper leaves the server through one socket.",
                ),
            ),
            frozenset({2}),
        ),
        Task(
            "everyone",
            "Let Ada say a line to everyone, and look at the Wire view of the server.",
            to_all,
            Hints(
                "One frame comes in. Count those that go out.",
                "Ada’s line",
                ("join Cara", "say Ada hello everyone"),
            ),
        ),
        Task(
            "to one",
            "Let Ada whisper to Ben.",
            to_one,
            Hints("/whisper Ben and what Ben is to hear.", "Ada’s line", ("whisper Ada Ben only you",)),
            "That was for everyone. Choose Ben first, or type /whisper Ben.",
        ),
        Task(
            "pin",
            "Pin the whisper at the server, and look at what the server could open of it.",
            whisper_pinned,
            Hints(
                "It is the last long Direct record from Ada. The server’s flask shows what it could open.",
                "tap",
                ("pin whisper",),
            ),
        ),
        Reading(
            "why",
            "All bytes go to the server, which passes them to whom they are for. The record is "
            "sealed to the server, the whisper inside it once more to Ben’s key. The server still "
            "sees who whispers to whom, when, and about how long.",
        ),
    ),
    "A whisper passed the server, which could not read it.",
    "7",
)
