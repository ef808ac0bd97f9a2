"""Lesson 2: a frame says how long it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import frames, header_was_split, pointer, typed
from netcore.lab.lessons.model import (
    Answer,
    Evidence,
    Hints,
    Lesson,
    Place,
    Prediction,
    Reading,
    Seen,
    Task,
)
from netcore.trace import FrameSeen
from netcore.wire.framing import HEADER_BYTES, FrameType

NUMBER: Final = 2
_AT: Final[Place] = "Ada"


def split_header(seen: Sequence[Seen]) -> Evidence | None:
    for _, frame in frames(seen, _AT, "in"):
        # A room key has no plaintext; that it was taken, what follows shows.
        taken = frame.plaintext is not None or frame.type == FrameType.ROOM_KEY
        if taken and header_was_split(seen, _AT, frame):
            words = f"Frame {frame.n} was taken whole, though its header came in two chunks."
            return Evidence(words, (pointer(_AT, frame),))
    return None


def two_in_a_chunk(seen: Sequence[Seen]) -> Evidence | None:
    """Two with messages in them: a room key often comes in one chunk with what it opens."""
    before: FrameSeen | None = None
    for _, frame in frames(seen, _AT, "in"):
        if frame.plaintext is None:
            continue
        if before is not None and frame.first_chunk and frame.first_chunk == before.first_chunk:
            words = f"One chunk held the frames {before.n} and {frame.n}."
            return Evidence(words, (pointer(_AT, before), pointer(_AT, frame)))
        before = frame
    return None


def end_of_a_frame(seen: Sequence[Seen]) -> Evidence | None:
    """The number typed is where a frame ends: its offset, 4 bytes of header, and the length in it."""
    answers = typed(seen, NUMBER, "end")
    for _, frame in frames(seen, _AT, "in"):
        end = frame.offset + frame.length
        if str(end) in answers:
            body = frame.length - HEADER_BYTES
            words = f"Right: it begins at {frame.offset}, has 4 + {body} bytes, and ends at {end}."
            return Evidence(words, (pointer(_AT, frame),))
    return None


LESSON: Final = Lesson(
    NUMBER,
    "Framing",
    "Cut frames out of chunks by hand.",
    6,
    ("today",),
    (
        Prediction(
            "half a header",
            "The chunk is 1a 00: two bytes, the first half of a header. What can the receiver do?",
            (
                Answer(
                    "take it for an empty frame",
                    "It cannot know that yet. The length has three bytes, and only one of them has come.",
                ),
                Answer(
                    "call recv() until four bytes have come",
                    "Then it would hang while nothing comes, and with it everybody whom this thread serves.",
                ),
                Answer(
                    "keep both bytes and go back to select",
                    "Yes. What is not whole is kept; the next chunk goes on where this one ended.",
                ),
                Answer(
                    "throw them away",
                    "The stream has no second copy of them. All that follows would be read "
                    "in the wrong place.",
                ),
            ),
            frozenset({2}),
        ),
        Task(
            "split",
            "Set the receiver’s knife to 2 bytes, and let Ben say something to Ada’s room.",
            split_header,
            Hints(
                "A header has four bytes. Two recv() of two bytes each: that splits it.",
                "knife at Ada",
                ("knife recv 2", "say Ben hello"),
            ),
            "No header was split yet. Try 2 or 3 bytes.",
        ),
        Task(
            "many",
            "Now the other way: take the knife away, and make several frames arrive in one chunk.",
            two_in_a_chunk,
            Hints(
                "If the sender joins them, they leave together.",
                "joined frames",
                (
                    "knife off",
                    "whisper Ben Ada hello",  # from now on he knows her key, and asks nobody for it
                    "knife join",
                    "say Ben one",
                    "whisper Ben Ada two",
                    "knife send",
                ),
            ),
        ),
        Task(
            "end",
            "Choose a frame and read its header: one byte of type, three of length. At which "
            "offset does the frame end? Type the number.",
            end_of_a_frame,
            Hints(
                "The length counts the body only, without the four bytes of the header.",
                "typed answer",
                ("show end",),
            ),
            "Not yet: where it begins, plus 4, plus the length from the header.",
            typed=True,
        ),
        Reading(
            "why",
            "A frame says its own length, so the borders travel with the data. The receiver keeps "
            "what is not whole yet and goes on. The length is judged before anything is kept: a "
            "stranger cannot make us hold 16 MiB.",
        ),
    ),
    "Frames came out whole, however the stream was cut.",
    "2",
)
