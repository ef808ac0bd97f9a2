"""What a case is, and how an answer is judged.

A case is announced as a game. It shows a capture, and asks whether somebody meddled. An answer has three
parts: a verdict, the frames that show it, and what is to be seen there. Whoever guesses one of them has not
solved it. Some captures look the same with an attack and without; then "cannot be decided" is right, or the
host must be asked, whose word comes another way.

While it is played, `in_play` takes out what our own program found: no defence is named, nothing is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from netcore.lab.cases.scene import Scene
from netcore.lab.lessons.model import Place, Pointer, Seen
from netcore.trace import HandshakeValue, Refused, StateChanged


class Verdict(Enum):
    """The value is what is chosen from."""

    MEDDLED = "Somebody meddled with it"
    HONEST = "Nobody meddled with it"
    OPEN = "This cannot be decided from here"


@dataclass(frozen=True, slots=True)
class Observation:
    """One of several that may be chosen. `reply` is said to whoever chose it, once the case is over."""

    text: str
    reply: str
    needs_host: bool = False
    """It can be seen only after the host was asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """`story` is told first; `ends` are those whose side of the wire is shown. `play` acts it out, `proof`
    finds the frames of which one must be pinned. `observations[right]` is the one that decides."""

    number: int
    title: str
    story: str
    ends: tuple[Place, ...]
    play: Callable[[Scene], None]
    verdict: Verdict
    observations: tuple[Observation, ...]
    right: int
    proof: Callable[[Sequence[Seen]], frozenset[Pointer]]
    host_says: str
    """The host's answer, when asked."""
    ending: str
    """What had happened, for everyone, when it is over."""
    section: str
    """Of PROTOCOL.md."""


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    pins: frozenset[Pointer]
    observation: int


@dataclass(frozen=True, slots=True)
class Judgement:
    points: int  # of FULL_POINTS
    words: str
    try_again: bool


FULL_POINTS: Final = 4
MOST_PINS: Final = 3
"""Who pins everything has found nothing."""
MOST_TRIES: Final = 2


def build(case: Case, seed: int) -> tuple[Seen, ...]:
    """The capture of both ends: the same bytes for the same seed, today and tomorrow."""
    scene = Scene(case.number, seed)
    case.play(scene)
    return scene.seen()


def in_play(case: Case, seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """What the detective gets: the ends that the case shows, without what our program made of it."""
    hidden = (Refused, StateChanged, HandshakeValue)
    return tuple(one for one in seen if one.at in case.ends and not isinstance(one.event, hidden))


def judge(case: Case, seen: Sequence[Seen], answers: Sequence[Answer], asked_host: bool) -> Judgement:
    """The judgement of the newest of `answers`. A second try counts half, and only with another frame."""
    answer = answers[-1]
    if len(answers) > MOST_TRIES:
        return Judgement(0, "Two tries were all. Here is what had happened.", False)
    if len(answers) == MOST_TRIES and answer.pins == answers[0].pins:
        return Judgement(0, "A second try needs another frame: what else is in the capture?", False)
    again = len(answers) < MOST_TRIES
    if answer.verdict is not case.verdict:
        return Judgement(0, f"Not so. {case.observations[answer.observation].reply}", again)
    if len(answer.pins) > MOST_PINS or not answer.pins & case.proof(seen):
        return Judgement(0, "That may be, but the frames that you pinned do not show it.", again)
    if answer.observation != case.right:
        return Judgement(0, case.observations[answer.observation].reply, again)
    if case.observations[case.right].needs_host and not asked_host:
        return Judgement(0, "How do you know? Only the host could tell you that.", again)
    points = FULL_POINTS if len(answers) == 1 else FULL_POINTS // 2
    return Judgement(points, case.ending, False)
