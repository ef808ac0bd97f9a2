"""Lesson 6: RSA carries one small secret; AES does the talking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.handshake.questions import QUESTION
from netcore.lab.lessons.found import frames, pointer, typed
from netcore.lab.lessons.model import (
    CHECKED,
    PREDICTED,
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
from netcore.trace import FrameSeen, HandshakeValue, Person
from netcore.wire.framing import HEADER_BYTES, FrameType

NUMBER: Final = 6
_HANDSHAKE: Final = (
    FrameType.CLIENT_HELLO, FrameType.SERVER_HELLO, FrameType.CLIENT_KEY_EXCHANGE, FrameType.SERVER_FINISHED,
)  # fmt: skip


def recorded(seen: Sequence[Seen]) -> Evidence | None:
    """A whole handshake of Ada's, with its secrets."""
    for one in seen:
        event = one.event
        if one.at == "Ada" and isinstance(event, HandshakeValue) and event.secret:
            found = _handshake(seen, event.connection)
            if found is not None:
                return Evidence("A whole handshake, with the values that are usually forgotten.", found)
    return None


def _handshake(seen: Sequence[Seen], connection: int) -> tuple[Pointer, ...] | None:
    pointers: dict[int, Pointer] = {}
    for one in seen:
        event = one.event
        if one.at == "Ada" and isinstance(event, FrameSeen) and event.connection == connection:
            pointers.setdefault(event.type, Pointer("Ada", connection, event.direction, event.n))
    return tuple(pointers[kind] for kind in _HANDSHAKE) if pointers.keys() >= set(_HANDSHAKE) else None


def first_digits(seen: Sequence[Seen]) -> Evidence | None:
    """The first four hex digits of oaep_ct, which stands at the front of ClientKeyExchange."""
    answers = typed(seen, NUMBER, "digits")
    for _, frame in frames(seen, "Ada", "out", FrameType.CLIENT_KEY_EXCHANGE):
        if frame.raw[HEADER_BYTES : HEADER_BYTES + 2].hex() in answers:
            words = "Right: there oaep_ct begins, behind the four bytes of the header."
            return Evidence(words, (pointer("Ada", frame),))
    return None


def checked(seen: Sequence[Seen]) -> Evidence | None:
    for one in seen:
        match one.event:
            case Person(what=what, data={"value": str(value), "matches": True}) if what == CHECKED:
                return Evidence(f"{value}: computed from the bytes on the wire, and it is the same.")
    return None


def all_asked(seen: Sequence[Seen]) -> Evidence | None:
    """Each of the stepper's questions was answered before the answer was shown, so each step was seen."""
    asked = set()
    for one in seen:
        match one.event:
            case Person(what=what, data={"view": "handshake", "question": str(name)}) if what == PREDICTED:
                asked.add(name)
    if not asked >= QUESTION.keys():
        return None
    return Evidence(f"All {len(QUESTION)} questions answered, each before its answer was shown.")


LESSON: Final = Lesson(
    NUMBER,
    "Carrying a key with RSA",
    "Say what RSA does in this conversation, and what it does not.",
    8,
    ("today",),
    (
        Task(
            "record",
            "Let Ada connect again, with her handshake recorded: Reconnect and record.",
            recorded,
            Hints(
                "The values of the running connection were forgotten. A new one can keep them.",
                "Reconnect and record",
                ("record Ada",),
            ),
        ),
        Prediction(
            "eavesdropper",
            "Mallory has all the bytes of the handshake. What can Mallory compute?",
            (
                Answer(
                    "pre_secret",
                    "It went through the wire wrapped with the server’s public key. Only "
                    "the private key unwraps it, and that never left the server.",
                ),
                Answer(
                    "z", "z needs one of the two private halves. Only the public halves were on the wire."
                ),
                Answer("client_random, by guessing", "There is nothing to guess: it went in the clear."),
                Answer(
                    "neither pre_secret nor z",
                    "Yes. Mallory has both randoms and both shares, and can compute neither "
                    "of the two secrets.",
                ),
            ),
            frozenset({3}),
        ),
        Task(
            "steps",
            "Open Ada’s Handshake view, go through it step by step, and answer all that it asks.",
            all_asked,
            Hints(
                "The flask beside Ada’s name opens it. There, the right arrow is one step further.",
                "Handshake",
                ("step through Ada",),
            ),
        ),
        Task(
            "digits",
            "Find ClientKeyExchange in the tap, and in it oaep_ct. Type its first four hex digits.",
            first_digits,
            Hints(
                "The first four bytes of a frame are its header. oaep_ct follows.",
                "tap",
                ("show oaep_ct",),
            ),
            "Not those. Mind the four bytes of header.",
            typed=True,
        ),
        Task(
            "check",
            "Choose a value in the Handshake view, and compute it yourself: run the lines under it.",
            checked,
            Hints(
                "th2 is a good one: a hash of what was on the wire. Go to the third message, and choose it.",
                "Handshake",
                ("check th2",),
            ),
        ),
        Reading(
            "why",
            "The client wraps 32 random bytes with the server’s public key; only the private key "
            "unwraps them. They are mixed with the secret of X25519 and with a hash of all that "
            "was said. RSA carried one small secret; AES does the talking.",
        ),
    ),
    "A secret travelled in front of everyone’s eyes, and nobody else has it.",
    "3.3",
)
