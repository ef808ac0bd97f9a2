"""Lesson 9: a perfect signature, of the wrong person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import attacks, frames, overheard, pointer
from netcore.lab.lessons.model import (
    OBSERVED,
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
from netcore.net.api.events import Connected, Disconnected, TrustAsked
from netcore.trace import Defence, Refused
from netcore.wire.framing import FrameType

NUMBER: Final = 9


def known_server_stops(seen: Sequence[Seen]) -> Evidence | None:
    """A key that Ada does not know, at an address that she knows; after it not one byte of hers."""
    for i, one in enumerate(seen):
        event = one.event
        if one.at != "Ada" or not isinstance(event, Refused) or event.defence is not Defence.PINNED_KEY:
            continue
        hello = [
            f
            for j, f in frames(seen, "Ada", "in", FrameType.SERVER_HELLO)
            if f.connection == event.connection and j < i
        ]
        more = [f for _, f in frames(seen, "Ada", "out") if f.connection == event.connection]
        asked = any(is_known_key_question(other) for other in seen)
        if hello and asked and all(f.type == FrameType.CLIENT_HELLO for f in more):
            words = "Ada’s program stopped after ServerHello, and sent nothing more."
            return Evidence(words, (pointer("Ada", hello[0]),))
    return None


def is_known_key_question(one: Seen) -> bool:
    return one.at == "Ada" and isinstance(one.event, TrustAsked) and bool(one.event.known)


def mallory_reads(seen: Sequence[Seen]) -> Evidence | None:
    """Accepted without comparing, and a line that the tap could open."""
    armed = next(attacks(seen, "own-keys"), None)
    asked = next(
        (
            i
            for i, one in enumerate(seen)
            if one.at == "Ada" and isinstance(one.event, TrustAsked) and not one.event.known
        ),
        None,
    )
    if armed is None or asked is None:
        return None
    came_in = any(one.at == "Ada" and isinstance(one.event, Connected) for one in seen[asked:])
    lines = overheard(seen)
    if not came_in or not lines:
        return None
    return Evidence(f"Mallory read: \u201c{lines[0].text}\u201d. Nothing in Ada’s program could notice.")


def compared(seen: Sequence[Seen]) -> Evidence | None:
    """The person said what they saw when they compared: two that are not alike."""
    fits = of_person(OBSERVED, {"lesson": NUMBER, "step": "compare", "answer": "different"})
    return (
        Evidence("The fingerprint Ada was shown is not the one in the host’s window.")
        if any(map(fits, seen))
        else None
    )


def invite_stops(seen: Sequence[Seen]) -> Evidence | None:
    for one in seen:
        if (
            one.at == "Ada"
            and isinstance(one.event, Disconnected)
            and one.event.error.code == "invite_mismatch"
        ):
            return Evidence("The invite names the host’s fingerprint, so Ada’s program compared by itself.")
    return None


LESSON: Final = Lesson(
    NUMBER,
    "The man in the middle",
    "Say what a signature proves, and what only a fingerprint can.",
    3,
    ("today",),
    (
        Task(
            "known",
            "Ada has been in this room before. Let Mallory answer with keys of his own, and let Ada connect.",
            known_server_stops,
            Hints("The tap has a tile for that: Own keys.", "own keys", ("order /own-keys", "reconnect Ada")),
        ),
        Prediction(
            "first",
            "Now somebody who has never been here. Mallory answers again. What can the program notice?",
            (
                Answer(
                    "a bad signature", "Mallory’s signature is perfect. It is Mallory’s, with Mallory’s key."
                ),
                Answer(
                    "a failed handshake",
                    "Mallory plays the server’s part to the end, with a key of his own. Every step fits.",
                ),
                Answer("nothing", "Yes. The program has never seen the right key, so it cannot miss it."),
                Answer(
                    "that answers come slowly",
                    "They come a millisecond later. The network does that by itself.",
                ),
            ),
            frozenset({2}),
        ),
        Task(
            "accept",
            "Let a new Ada connect through Mallory and accept without comparing. Then say something.",
            mallory_reads,
            Hints(
                "The question has a button that says you compared. Press it without doing so.",
                "trust",
                ("new Ada", "order /own-keys", "reconnect Ada", "trust Ada", "say Ada nobody hears this"),
            ),
        ),
        Task(
            "compare",
            "Compare the fingerprint that Ada was shown with the one in the host’s window. What do you see?",
            compared,
            Hints(
                "The two pictures help. One letter that differs is enough; that none does, only the last "
                "one tells.",
                "fingerprints",
                ("show fingerprints",),
            ),
        ),
        Task(
            "invite",
            "Give a new Ada the host’s invite instead, and let Mallory try again.",
            invite_stops,
            Hints(
                "The invite is in the host’s window, with a button that copies it.",
                "invite",
                ("new Ada", "order /own-keys", "invite Ada"),
            ),
        ),
        Reading(
            "why",
            "Mallory’s signature is perfect: it is Mallory’s. Only a fingerprint that came "
            "another way tells you whose key it is. After the first meeting the program "
            "remembers. The first meeting is yours.",
        ),
    ),
    "A known server and an invite stopped Mallory; at the first meeting only a person can.",
    "11.1",
)
