"""Lesson 1: TCP carries a stream of bytes, not messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import bare_pointer, bare_readings
from netcore.lab.lessons.model import (
    Answer,
    Evidence,
    Hints,
    Lesson,
    Prediction,
    Reading,
    Seen,
    Task,
)
from netcore.wire.lines import counted

_UNFINISHED: Final = ("Unterminated string", "Expecting", "UnicodeDecodeError")


def two_in_one(seen: Sequence[Seen]) -> Evidence | None:
    reading = next(bare_readings(seen, lambda one: "Extra data" in one.error), None)
    if reading is None:
        return None
    words = f"Two messages were in one chunk of {counted(len(reading.chunk), 'byte')}: {reading.error}."
    return Evidence(words, (bare_pointer(reading),))


def one_in_pieces(seen: Sequence[Seen]) -> Evidence | None:
    unfinished = bare_readings(
        seen, lambda one: "Extra data" not in one.error and any(word in one.error for word in _UNFINISHED)
    )
    reading = next(unfinished, None)
    if reading is None:
        return None
    return Evidence(f"A chunk ended inside a message: {reading.error}.", (bare_pointer(reading),))


LESSON: Final = Lesson(
    1,
    "A stream, not messages",
    "Say what send() and recv() promise, and what they do not.",
    5,
    ("1.2",),
    (
        Reading(
            "room",
            "This room is version 1.2. It sends each message as JSON. What one recv() gives is "
            "called a chunk here, and whoever reads takes a chunk for a message. It works. Or it "
            "seems to.",
        ),
        Prediction(
            "how often",
            "Ada calls send() three times, one line each. How often will recv() return at Ben’s end?",
            (
                Answer(
                    "3 times",
                    "That is what it looks like on a quiet computer. Nobody has promised it: TCP "
                    "does not know where one send() ended and the next began.",
                ),
                Answer(
                    "once",
                    "It can be once, when all three have arrived before Ben asks. It can also be more often.",
                ),
                Answer(
                    "anything from once to once for every byte",
                    "Yes. recv() gives what is there, at least one byte. More is not promised.",
                ),
                Answer(
                    "at least 3 times",
                    "The system may put together what was sent apart. Then three calls of "
                    "send() come out of one recv().",
                ),
            ),
            frozenset({2}),
        ),
        Task(
            "join",
            "Switch the sender’s knife to Join and let Ada say three lines. Watch what Ben’s "
            "program makes of them.",
            two_in_one,
            Hints(
                "What if all three lines have arrived before Ben asks?",
                "sender’s knife",
                ("knife join", "say Ada one", "say Ada two", "say Ada three", "knife send"),
            ),
            "The knife is off, so each line went alone. Set it to Join first.",
        ),
        Task(
            "cut",
            "Set the receiver’s knife to 5 bytes and let Ada say: Zoë \U0001f642",
            one_in_pieces,
            Hints(
                "recv(5) gives at most five bytes. The message has more.",
                "receiver’s knife",
                ("knife off", "knife recv 5", "say Ada Zoë \U0001f642"),
            ),
            "No chunk has ended inside a message yet. Make the pieces smaller.",
        ),
        Reading(
            "why",
            "TCP carries bytes in order and knows no messages. Where your send() ended is not on "
            "the wire. The receiver gets whatever has arrived. That it worked was luck: "
            "inside one quiet computer each message mostly travels alone.",
        ),
    ),
    "Two messages in one chunk, and one message in many: both broke a program that takes a chunk "
    "for a message.",
    "2",
)
