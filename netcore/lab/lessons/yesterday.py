"""Lesson 10: a key that is stolen today, and what was said yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.model import (
    OPENED_YESTERDAY,
    Answer,
    Evidence,
    Hints,
    Lesson,
    Prediction,
    Reading,
    Seen,
    Task,
    of_person,
)


def old_version_opens(seen: Sequence[Seen]) -> Evidence | None:
    fits = of_person(OPENED_YESTERDAY, {"recording": "1.3", "opened": True})
    return Evidence("With the private key, all of it could be read.") if any(map(fits, seen)) else None


def today_stays_closed(seen: Sequence[Seen]) -> Evidence | None:
    fits = of_person(OPENED_YESTERDAY, {"recording": "today", "opened": False, "missing": "z"})
    if not any(map(fits, seen)):
        return None
    return Evidence("pre_secret was found. z was missing, and without it there is no key.")


LESSON: Final = Lesson(
    10,
    "Yesterday’s recording",
    "Say what a stolen key opens, and what it does not.",
    6,
    ("1.3", "today"),
    (
        Prediction(
            "which",
            "Mallory has recorded a conversation in version 1.3 and one of today, and now steals "
            "the server’s private keys. Which of the two can Mallory read?",
            (
                Answer("both", "Today’s needs a second secret, and neither side has kept its half of it."),
                Answer(
                    "only that of version 1.3",
                    "Yes. There the key itself was carried by RSA, and by nothing else.",
                ),
                Answer(
                    "neither",
                    "In 1.3 the key that everything was sealed with went over the wire, wrapped "
                    "with RSA. Whoever has the private key unwraps it.",
                ),
                Answer(
                    "only today’s", "It is the other way round: today’s needs more than the private keys."
                ),
            ),
            frozenset({1}),
        ),
        Task(
            "old",
            "Say something in version 1.3, and give the time machine the server’s private key.",
            old_version_opens,
            Hints(
                "The recording is at the tap already.",
                "time machine",
                ("room 1.3", "say Ada see you at five", "open 1.3"),
            ),
        ),
        Task(
            "today",
            "Now the same today, with both private keys of the server.",
            today_stays_closed,
            Hints(
                "The time machine says how far it came.",
                "time machine",
                ("room today", "say Ada see you at five", "open today"),
            ),
        ),
        Reading(
            "why",
            "With the key the machine does unwrap pre_secret. It lacks z, whose two private "
            "halves were thrown away when the connection was made. That is forward secrecy: what "
            "is not kept cannot be stolen.",
        ),
    ),
    "The same theft opened version 1.3, and not today’s.",
    "3.3",
)
