"""What a case is, and how an answer is judged.

A case is announced as a game. It shows a capture, and asks whether somebody meddled. An answer has three
parts: a verdict, the frames that show it, and what is to be seen there. Whoever guesses one of them has not
solved it. Some captures look the same with an attack and without; then "cannot be decided" is right, or the
host must be asked, whose word comes another way.

While it is played, `in_play` takes out what our own program found: no defence is named, nothing is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, get_args

from netcore.crypto.identity import fingerprint_groups
from netcore.lab.cases.scene import Scene
from netcore.lab.lessons.model import Place, Pointer, Seen
from netcore.lab.throwaway import KeyName, private_key
from netcore.trace import HandshakeValue, Refused, StateChanged


class CaseVerdict(Enum):
    """The value is what is chosen from."""

    MEDDLED = "Somebody meddled with it"
    HONEST = "Nobody meddled with it"
    OPEN = "This cannot be decided from here; I would ask at the other end"


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
    finds the frames of which one must be pinned. `observations[right]` is the one that decides. In `story`
    and `host_says`, "{server}" stands for that key's fingerprint: see
    `with_fingerprints`."""

    number: int
    title: str
    story: str
    ends: tuple[Place, ...]
    play: Callable[[Scene], None]
    verdict: CaseVerdict
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
class CaseAnswer:
    verdict: CaseVerdict
    pins: frozenset[Pointer]
    observation: int


@dataclass(frozen=True, slots=True)
class Judgement:
    points: int  # of FULL_POINTS
    words: str
    try_again: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a case that is over: `verdict` and `pins` are those of the last of its `tries`; without
    any, the person gave up."""

    case: int
    seed: int
    verdict: CaseVerdict | None
    pins: tuple[Pointer, ...]
    points: int  # of FULL_POINTS
    tries: int


FULL_POINTS: Final = 4
MOST_PINS: Final = 3
"""Who pins everything has found nothing."""
MOST_TRIES: Final = 2
ANOTHER_FRAME: Final = "A second try needs another frame: what else is in the capture?"


def build(case: Case, seed: int) -> tuple[Seen, ...]:
    """The capture of both ends: the same bytes for the same seed, today and tomorrow."""
    scene = Scene(case.number, seed)
    case.play(scene)
    return scene.seen()


def in_play(case: Case, seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """What the detective gets: the ends that the case shows, without what our program made of it."""
    hidden = (Refused, StateChanged, HandshakeValue)
    return tuple(one for one in seen if one.at in case.ends and not isinstance(one.event, hidden))


def with_fingerprints(text: str) -> str:
    """A text of a case with the fingerprints that it names."""
    for name in get_args(KeyName):
        if f"{{{name}}}" in text:
            groups = fingerprint_groups(private_key(name).public.fingerprint)
            text = text.replace(f"{{{name}}}", " ".join(groups))
    return text


def needs_another_frame(answers: Sequence[CaseAnswer], pins: Iterable[Pointer]) -> bool:
    """Whether an answer with these pins would be no second try but the first one again."""
    return len(answers) == 1 and answers[0].pins.issuperset(pins)


def judge_answers(
    case: Case, seen: Sequence[Seen], answers: Sequence[CaseAnswer], asked_host: bool
) -> Judgement:
    """The judgement of the newest of `answers`. A second try counts half, and only with another frame."""
    answer = answers[-1]
    if len(answers) > MOST_TRIES:
        return Judgement(0, "Two tries were all. Here is what had happened.", False)
    if needs_another_frame(answers[:-1], answer.pins):
        return Judgement(0, ANOTHER_FRAME, False)
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
