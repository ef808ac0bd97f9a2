"""Lesson 7: what is encrypted can still be changed, unless something notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import (
    attacked_frame,
    attacks,
    came_back,
    refusals,
    refused_frame,
    said_once,
    typed,
)
from netcore.lab.lessons.model import Answer, Evidence, Hints, Lesson, Prediction, Reading, Seen, Task
from netcore.net.api.events import Chat
from netcore.trace import Defence
from netcore.wire.framing import FrameType

NUMBER: Final = 7


def pay_becomes_qay(seen: Sequence[Seen]) -> Evidence | None:
    """The word that comes out was typed, or the whole text."""
    if not {"qay", "qaybenfive"} & set(typed(seen, NUMBER, "bare")):
        return None
    return Evidence("One bit was turned, and a letter changed: nothing noticed.")


def caught_by_the_tag(seen: Sequence[Seen]) -> Evidence | None:
    for i, attack in attacks(seen, "flip"):
        if attack.direction == "up" and attack.before[:1] == bytes([FrameType.DIRECT]):
            refused = next(refusals(seen, "server", frozenset({Defence.TAG}), i), None)
            if refused is not None:
                words = (
                    "One bit was turned on the way. The server’s tag did not fit, and the connection ended."
                )
                return Evidence(words, (*attacked_frame(attack), *refused_frame("server", refused[1])))
    return None


def whole_again(seen: Sequence[Seen]) -> Evidence | None:
    for i, attack in attacks(seen, "flip"):
        refused = next(refusals(seen, "server", frozenset({Defence.TAG}), i), None)
        if attack.direction != "up" or refused is None:
            continue
        back = came_back(seen, "Ada", i)
        if back is None:
            continue
        for one in seen[refused[0] :]:
            if one.at == "Ben" and isinstance(one.event, Chat) and said_once(seen, "Ben", one.event.text):
                return Evidence(
                    f"Ada came back by herself, and Ben has the line once: \u201c{one.event.text}\u201d"
                )
    return None


LESSON: Final = Lesson(
    NUMBER,
    "The tag",
    "Say why a changed message does not arrive changed.",
    6,
    ("today",),
    (
        Task(
            "bare",
            "Here is a text that is encrypted, and nothing else. Turn one bit of its bytes so "
            "that \u201cpay\u201d comes out as another word, and type what comes out.",
            pay_becomes_qay,
            Hints(
                "p is 70 in hex, q is 71: they differ in one bit. Turn the last bit of the first byte.",
                "exhibit",
                ("exhibit flip 0.0",),
            ),
            "Turn the last bit of the first byte only.",
            typed=True,
        ),
        Prediction(
            "flip",
            "Now in the real room: one bit of Ada’s next line is turned on its way to the server. "
            "What will Ben see?",
            (
                Answer(
                    "garbage",
                    "One turned bit gives one wrong letter, as you have seen. And this program does not "
                    "show what it cannot trust.",
                ),
                Answer(
                    "the line with one wrong letter",
                    "That is what bare encryption gave. Here a tag of 16 bytes goes with every record.",
                ),
                Answer(
                    "the line, with a warning",
                    "A line that may be false is not shown at all. A warning is clicked away too easily.",
                ),
                Answer(
                    "nothing, until it comes again, whole",
                    "Yes. The record is refused, the connection ends, and Ada’s "
                    "program comes back and sends the line again.",
                ),
            ),
            frozenset({3}),
        ),
        Task(
            "attack",
            "Arm Flip for the next frame of Ada’s, and let Ada say a line.",
            caught_by_the_tag,
            Hints("Up is from Ada to the server.", "flip", ("order /flip up", "say Ada pay Ben five")),
            "Was it the other direction? What the server sends to all is caught by its stamp. Choose up.",
        ),
        Task(
            "back",
            "Watch Ada come back, and count the line in Ben’s window.",
            whole_again,
            Hints("It takes a second or so.", "Ben’s room", ()),
        ),
        Reading(
            "why",
            "Encryption alone hides; a flipped bit flips a letter, and nobody can see it. The tag "
            "is a checksum that only the keys can make, over text and header. One wrong bit ends "
            "the connection, unanswered. The client returns and sends the line again that was "
            "not acknowledged.",
        ),
    ),
    "One bit was turned; the tag caught it, and the line still arrived once.",
    "5.1",
)
