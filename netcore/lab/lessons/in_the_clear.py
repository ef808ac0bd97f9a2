"""Lesson 5: what whoever listens gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import bare_pointer, bare_readings, pins
from netcore.lab.lessons.model import (
    SEARCHED,
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
from netcore.lab.tap_events import FrameTapped
from netcore.trace import Person

SECRET_WORD: Final = "pineapple"


def word_is_there(seen: Sequence[Seen]) -> Evidence | None:
    """A chunk of version 1.2 with the word in it was pinned: at the tap, or where Ben's program reads."""
    pinned = pins(seen)
    word = SECRET_WORD.encode()
    there = [bare_pointer(reading) for reading in bare_readings(seen, lambda one: word in one.chunk)]
    for one in seen:
        match one.event:
            case FrameTapped(connection, direction, n, type=None, data=data) if word in data:
                there.append(Pointer("tap", connection, direction, n))
    found = next((one for one in there if one in pinned), None)
    if found is None:
        return None
    return Evidence(f"There it stands, for everyone on the way: {SECRET_WORD}.", (found,))


def word_is_not_there(seen: Sequence[Seen]) -> Evidence | None:
    for one in seen:
        match one.event:
            case Person(what=what, data={"where": "today", "word": word, "found": found}):
                if (what, word, found) == (SEARCHED, SECRET_WORD, 0):
                    return Evidence("Searched as plain text, as UTF-16 and as base64: it is nowhere.")
    return None


LESSON: Final = Lesson(
    5,
    "In the clear",
    "Say what somebody on the way learns, with encryption and without.",
    5,
    ("1.2", "today"),
    (
        Task(
            "clear",
            f"In version 1.2, let Ada say the word {SECRET_WORD}. Find it in the tap and pin the chunk.",
            word_is_there,
            Hints(
                "The column at the right of the hex shows bytes as letters.",
                "tap",
                ("room 1.2", f"say Ada {SECRET_WORD}", f"pin word {SECRET_WORD}"),
            ),
        ),
        Prediction(
            "today",
            "Now the same word in today’s room. What does somebody on the way still get? Choose "
            "all that is so.",
            (
                Answer("the text", "The text is sealed. What is on the wire looks like noise."),
                Answer("the names", "Names travel inside the seal, as the text does."),
                Answer("the addresses", "Yes: without addresses no packet would arrive."),
                Answer("how long it is", "Yes. A seal hides what is said, not how much."),
                Answer("when it was said", "Yes. Whoever sees the bytes pass has a clock."),
                Answer(
                    "who probably spoke",
                    "Yes: one record goes up from one address, and at once records go down to all.",
                ),
            ),
            frozenset({2, 3, 4, 5}),
        ),
        Task(
            "search",
            f"Change to today’s room, let Ada say {SECRET_WORD} again, and search the tap’s capture for it.",
            word_is_not_there,
            Hints(
                "The search field takes the word, and looks for it in three ways of writing.",
                "search",
                ("room today", f"say Ada {SECRET_WORD}", f"search {SECRET_WORD}"),
            ),
            "That search was in version 1.2. Change to today’s room first.",
        ),
        Reading(
            "why",
            "Everyone on the way can copy every byte. Encryption changes what they can read, not "
            "that they see it. Sizes, times and addresses stay visible.",
        ),
    ),
    "The same word was readable in 1.2, and nowhere to be found today.",
    "5",
)
