"""Lesson 8: the same bytes again are not the same message again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import ORDER, attacked_frame, attacks, pins, refusals, refused_frame
from netcore.lab.lessons.model import (
    Answer,
    Evidence,
    Hints,
    Lesson,
    Place,
    Pointer,
    Prediction,
    Reading,
    Seen,
    Task,
)


def _refused_after(seen: Sequence[Seen], *names: str) -> tuple[Pointer, ...] | None:
    """The frame of the first such attack that was refused: at the tap, and where it was refused."""
    for i, attack in attacks(seen, *names):
        at: Place = "Ada" if attack.direction == "down" else "server"
        refused = next(refusals(seen, at, ORDER, i), None)
        if refused is not None:
            return *attacked_frame(attack), *refused_frame(at, refused[1])
    return None


def replay_refused(seen: Sequence[Seen]) -> Evidence | None:
    found = _refused_after(seen, "replay", "duplicate")
    if found is None:
        return None
    return Evidence("The copy was refused: it is not the frame that comes next.", found)


def swap_refused(seen: Sequence[Seen]) -> Evidence | None:
    found = _refused_after(seen, "swap")
    return None if found is None else Evidence("The second came first, and was refused.", found)


def copy_pinned(seen: Sequence[Seen]) -> Evidence | None:
    found = _refused_after(seen, "replay", "duplicate")
    if found is None:
        return None
    pinned = [one for one in pins(seen) if one in found]
    return Evidence("The same bytes, twice on the wire.", tuple(pinned)) if pinned else None


LESSON: Final = Lesson(
    8,
    "Replay and order",
    "Say why a true copy of a true message is refused.",
    6,
    ("today",),
    (
        Prediction(
            "copy",
            "Mallory sends a record a second time. The same bytes, the right key, the right tag. "
            "Why is it refused?",
            (
                Answer("the tag has expired", "A tag knows no time, so it does not expire."),
                Answer(
                    "the server remembers old messages", "It need not remember any. One number is enough."
                ),
                Answer(
                    "it is not the frame that comes next on this connection",
                    "Yes. Both sides count, and the number is part of what is sealed.",
                ),
                Answer(
                    "the key has changed", "It is the same key. With another number it gives another result."
                ),
            ),
            frozenset({2}),
        ),
        Task(
            "replay",
            "Arm Replay for a record on its way to Ada, and let Ben say a line.",
            replay_refused,
            Hints("Down is from the server to Ada.", "replay", ("order /replay down", "say Ben once more")),
        ),
        Task(
            "pin",
            "Pin the frame that was sent twice.",
            copy_pinned,
            Hints("The tap’s table marks what it did.", "tap", ("pin attacked",)),
        ),
        Task(
            "swap",
            "Now arm Swap, and let Ben say two lines.",
            swap_refused,
            Hints(
                "Two frames are needed for that.",
                "swap",
                ("order /swap down", "say Ben first", "say Ben second"),
            ),
        ),
        Reading(
            "why",
            "Both sides count frames, and the number goes into nonce and stamp, never onto the "
            "wire. A copy is a frame with the wrong number. Drop, repeat and swap are all the "
            "same mistake: not the next one.",
        ),
    ),
    "A copy and a swap were refused, by one number that is never sent.",
    "5",
)
