"""Lesson 3: one thread serves many sockets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.lessons.found import frames, pointer, turns
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
from netcore.trace import Turn
from netcore.wire.framing import FrameType

_TURNS: Final = 5
_FRAMES: Final = 10


def _waited(seen: Sequence[Seen]) -> tuple[int, int, int] | None:
    """The connection that had bytes waiting in the most turns, and the first and last index of that."""
    spans: dict[int, list[int]] = {}
    for i, one in enumerate(seen):
        if one.at == "server" and isinstance(one.event, Turn):
            for connection, queued_bytes in one.event.queues.items():
                if queued_bytes:
                    spans.setdefault(connection, []).append(i)
    if not spans:
        return None
    connection = max(spans, key=lambda number: len(spans[number]))
    span = spans[connection]
    return (connection, span[0], span[-1]) if len(span) >= _TURNS else None


def others_hear(seen: Sequence[Seen]) -> Evidence | None:
    waited = _waited(seen)
    if waited is None:
        return None
    connection, first, last = waited
    heard = [frame for i, frame in frames(seen, "Ben", "in", FrameType.ROOM) if first <= i <= last]
    if len(heard) < _FRAMES:
        return None
    words = f"While bytes waited for connection {connection}, Ben got {len(heard)} Room records."
    return Evidence(words, tuple(pointer("Ben", frame) for frame in heard[:3]))


def catches_up(seen: Sequence[Seen]) -> Evidence | None:
    if others_hear(seen) is None:
        return None
    waited = _waited(seen)
    assert waited is not None  # others_hear found it
    connection, _, last = waited
    after = [turn for turn in turns(seen[last + 1 :]) if connection in turn.queues]
    if not after or after[-1].queues[connection]:
        return None
    return Evidence(
        f"The send queue of connection {connection} is empty again, and nothing was lost on the way."
    )


LESSON: Final = Lesson(
    3,
    "One thread, many sockets",
    "Say why one slow member does not stop the others, and what it costs.",
    6,
    ("today",),
    (
        Prediction(
            "slow member",
            "Cara’s program stops reading. Ben goes on. What happens to Ben’s lines?",
            (
                Answer(
                    "they wait for Cara",
                    "They would if send() waited. Ours does not: it takes what fits and returns at once.",
                ),
                Answer("they come at once", "Yes. What Cara does not take waits in Cara’s own send queue."),
                Answer(
                    "they come, and Cara’s are lost",
                    "Nothing is lost. What Cara has not taken waits for Cara, up to a "
                    "limit; beyond it Cara comes back and reads it from the log.",
                ),
                Answer(
                    "a second thread is started for Cara",
                    "There is no thread for each member. One thread "
                    "asks select which sockets can make progress, and serves those.",
                ),
            ),
            frozenset({1}),
        ),
        Task(
            "freeze",
            "Freeze Cara in the Loop view, then let Ada say thirty lines.",
            others_hear,
            Hints(
                "The Loop view has a switch in each member’s row.",
                "freeze Cara",
                ("freeze Cara", "lines Ada 30"),
            ),
            "Nobody has bytes waiting. Freeze Cara first, and say more: the system’s own buffers "
            "take the first.",
        ),
        Prediction(
            "write interest",
            "A socket is nearly always ready to write: there is room in its buffer. What if we "
            "asked select about that all the time?",
            (
                Answer(
                    "select would wait until there is something to send",
                    "It knows nothing of what we want to send. It only says which sockets could take bytes.",
                ),
                Answer(
                    "select would return at once, for ever",
                    "Yes: the processor would be busy doing nothing. So we ask only while bytes wait.",
                ),
                Answer(
                    "messages would arrive sooner",
                    "They leave at once as it is. Asking more often would only keep the processor busy.",
                ),
            ),
            frozenset({1}),
        ),
        Task(
            "thaw",
            "Let Cara read again, and watch the queue.",
            catches_up,
            Hints("The same switch.", "freeze Cara", ("thaw Cara",)),
        ),
        Reading(
            "why",
            "The thread sleeps in select until any socket can make progress. send() takes what "
            "fits, and the rest waits in that member’s own queue, and select is asked about writing only "
            "while it waits. So a slow reader costs memory, up to a limit, and never the others’ time.",
        ),
    ),
    "One member stood still, and nobody else noticed.",
    "9",
)
