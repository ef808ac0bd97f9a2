"""What a learner has done in the laboratory: what the report tells. Pure; for one thread.

    notebook.take(new, seen)           what was just seen, in a room of which `seen` is all so far
    notebook.tick(lesson, found, seen)
    notebook.attack(version, attack, verdict)
    notebook.fill(cell, outcome)

It outlives the rooms: whatever it keeps of a frame, it keeps as bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from netcore.lab.cases.model import Played
from netcore.lab.grid import CellOutcome
from netcore.lab.grid_runner import Cell
from netcore.lab.lessons.found import pinned
from netcore.lab.lessons.model import (
    OBSERVED,
    PREDICTED,
    SEARCHED,
    TYPED,
    Evidence,
    Lesson,
    Pointer,
    Seen,
)
from netcore.lab.stream.bare import BareReading
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.verdict import Verdict
from netcore.trace import FrameSeen, Person

MOST_BYTES: Final = 4096
"""Of a frame; its length is exact."""
MOST_KEPT: Final = 200
"""Attacks, pins and searches: more than a report can tell."""

_WAYS: Final = {"up": "towards the server", "down": "from the server", "in": "received", "out": "sent"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """`words`: which one it is. `data`: its first MOST_BYTES, b"" if it has gone. `length`: of all of it, in
    bytes. `is_frame`: they are a frame of PROTOCOL, and not a chunk of a room that has none."""

    words: str
    data: bytes
    length: int
    is_frame: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Why a step of a lesson is done, and the frames that prove it."""

    evidence: str
    frames: tuple[KeptFrame, ...]


@dataclass(frozen=True, slots=True)
class JudgedAttack:
    """An attack in the conversation, in a room of this version, and what became of it."""

    version: str
    attacked: Attacked
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Filled:
    """A cell of the grid. `live`: by what the learner did in the sandbox's conversation."""

    outcome: CellOutcome
    live: bool = False


@dataclass(frozen=True, slots=True)
class WordSearch:
    """How often a word was found in what passed the tap. `where`: in a room of which version."""

    where: str
    word: str
    found: int


StepKey = tuple[int, str]
"""A lesson's number, and the name of its step. Of the handshake's questions the number is 0."""


class Notebook:
    """By step, or in the order in which it was done, the newest last."""

    def __init__(self) -> None:
        self.predicted: dict[StepKey, tuple[int, ...]] = {}
        """The answers that were chosen first, by their places."""
        self.observed: dict[StepKey, str] = {}
        self.typed: dict[StepKey, str] = {}
        """What was typed last."""
        self.searches: list[WordSearch] = []
        self.ticks: dict[StepKey, Tick] = {}
        self.pins: list[KeptFrame] = []
        self.attacks: list[JudgedAttack] = []
        self.cells: dict[Cell, Filled] = {}
        self._told: tuple[Attacked | None, str] = (None, "")
        """By which attack a cell was filled last, and what was known of it."""
        self.played: list[Played] = []

    @property
    def is_empty(self) -> bool:
        return not (
            self.predicted or self.observed or self.typed or self.searches or self.ticks or self.pins
            or self.attacks or self.cells or self.played
        )  # fmt: skip

    def take(self, new: Sequence[Seen], seen: Sequence[Seen]) -> None:
        """What the person predicted, saw, typed, searched for and pinned. `new` is the end of `seen`."""
        for one in new:
            if isinstance(one.event, Person):
                self._person(one.event, seen)

    def _person(self, act: Person, seen: Sequence[Seen]) -> None:
        data = act.data
        step = _step(data)
        match act.what, data:
            case what, {"answer": tuple(answer)} if what == PREDICTED and step is not None:
                self.predicted.setdefault(step, tuple(int(index) for index in answer))
            case what, {"answer": str(words)} if what == OBSERVED and step is not None:
                self.observed[step] = words
            case what, {"text": str(text)} if what == TYPED and step is not None:
                self.typed[step] = text
            case what, {"where": str(where), "word": str(word), "found": int(found)} if what == SEARCHED:
                _keep(self.searches, WordSearch(where, word, found))
        pin = pinned(act)
        if pin is not None:
            frame = frame_at(seen, pin)
            # The same frame is pinned at both ends of a wire.
            if frame.data and all(frame.data != kept.data for kept in self.pins):
                _keep(self.pins, frame)

    def tick(self, lesson: Lesson, found: Sequence[Evidence | None], seen: Sequence[Seen]) -> None:
        """`found`: of each step of the lesson, why it is done, or None. What is proved once stays proved."""
        for step, evidence in zip(lesson.steps, found, strict=True):
            if evidence is not None and (lesson.number, step.name) not in self.ticks:
                frames = tuple(frame_at(seen, pointer) for pointer in evidence.frames)
                self.ticks[lesson.number, step.name] = Tick(evidence.words, frames)

    def attack(self, version: str, attacked: Attacked, verdict: Verdict) -> None:
        """Call again when more is known of the same attack."""
        made = JudgedAttack(version, attacked, verdict)
        if self.attacks and self.attacks[-1].attacked is attacked:
            self.attacks[-1] = made
        else:
            _keep(self.attacks, made)

    def fill(self, cell: Cell, outcome: CellOutcome, live: bool = False) -> None:
        """What came of this cell last."""
        self.cells[cell] = Filled(outcome, live)

    def fill_by_attack(self, attacked: Attacked, cell: Cell, outcome: CellOutcome) -> bool:
        """By an attack in the conversation; call again when more may be known of it. Whether it was news:
        what was run in the grid since then stays."""
        before, sentence = self._told
        kept = self.cells.get(cell)
        if attacked is before and (outcome.sentence == sentence or (kept is not None and not kept.live)):
            return False
        self._told = attacked, outcome.sentence
        self.fill(cell, outcome, live=True)
        return True


def words_of(pointer: Pointer) -> str:
    """Which frame is meant."""
    place = {"tap": "the tap", "server": "the server"}.get(pointer.at, pointer.at)
    return f"At {place}, connection {pointer.connection}, {_WAYS[pointer.direction]}: frame {pointer.n}"


def frame_at(seen: Sequence[Seen], pointer: Pointer) -> KeptFrame:
    """The frame that a pointer means, as far as it is there; without bytes if it has gone."""
    words = words_of(pointer)
    for one in seen:
        match one.event:
            case FrameSeen(connection=connection, direction=direction, n=n, raw=raw, length=length) if (
                one.at == pointer.at
            ):
                if (connection, direction, n) == (pointer.connection, pointer.direction, pointer.n):
                    return KeptFrame(words, raw[:MOST_BYTES], length, True)
            case FrameTapped(connection=connection, direction=direction, n=n, data=data) as tapped if (
                pointer.at == "tap"
            ):
                if (connection, direction, n) == (pointer.connection, pointer.direction, pointer.n):
                    return KeptFrame(words, data[:MOST_BYTES], len(data), tapped.type is not None)
            case BareReading(offset=offset, chunk=chunk) if pointer.at == "bare" and offset == pointer.n:
                words = f"At the program of version 1.2: the chunk from byte {offset}"
                return KeptFrame(words, chunk[:MOST_BYTES], len(chunk), False)
    return KeptFrame(words, b"", 0, False)


def _step(data: Mapping[str, object]) -> StepKey | None:
    match data:
        case {"lesson": int(number), "step": str(name)}:
            return number, name
        case {"view": "handshake", "question": str(name)}:
            return 0, name
    return None


def _keep(kept: list[T], one: T) -> None:
    kept.append(one)
    del kept[:-MOST_KEPT]
