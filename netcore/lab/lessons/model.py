"""What a lesson is: a goal, and steps that tick themselves.

A lesson is data. What a step asks for is a `Check`: a pure function of all that was seen since the lesson
began. It is asked anew after each event, so nothing is used up, order does not matter where it need not, and
a mistake from before takes nothing away. What it gives is `Evidence`, the frames that prove it, and never
`True` alone: a tick can be clicked, and shows them.

    Task         do something; ticked when its check finds what was done
    Prediction   say what you expect, before it is shown; ticked by any answer, and each has its own reply
    Reading      a few sentences; ticked by Next
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from netcore.lab.handshake.questions import Answer as Answer
from netcore.lab.orders import TapDirection
from netcore.lab.stream.bare import BareReading
from netcore.lab.tap_events import TapEvent
from netcore.net.api import events as room_events
from netcore.trace import Direction, Person, TraceEvent

PREDICTED: Final = "prediction"
OBSERVED: Final = "observation"
PINNED: Final = "pin"
TYPED: Final = "typed"
SEARCHED: Final = "search"
CHECKED: Final = "checked"
OPENED_YESTERDAY: Final = "yesterday"
NOTED: Final = "note"
"""The `what` of a `Person`, and its data: PREDICTED and OBSERVED {lesson, step, answer}, in a view of the
laboratory PREDICTED {view, question, answer}; PINNED {at, connection, direction, n}; TYPED {lesson, step,
text}; SEARCHED {where, word, found}; CHECKED {value, matches}; OPENED_YESTERDAY {recording, opened, missing};
NOTED {lesson, text}."""

Place = Literal["server", "Ada", "Ben", "Cara", "tap", "bare", "person"]
"""Who saw it. `bare` is the program of version 1.2 that reads chunks as if they were messages."""


LabEvent = TraceEvent | TapEvent | BareReading | room_events.Event
"""What may be seen in the laboratory: by a recorder, at the tap, by the bare reader, in a window."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of the laboratory, and where it was seen. They come in the order in which they happened."""

    at: Place
    event: LabEvent


@dataclass(frozen=True, slots=True)
class Pointer:
    """A frame, or a chunk where there are no frames, that a tick shows when it is clicked."""

    at: Place
    connection: int
    direction: Direction | TapDirection
    n: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a step is done, in a sentence, and the frames that prove it."""

    words: str
    frames: tuple[Pointer, ...] = ()


Check = Callable[[Sequence[Seen]], Evidence | None]


@dataclass(frozen=True, slots=True)
class Hints:
    """From a nudge to doing it. Who asks for the last one sees the step marked as shown."""

    nudge: str
    control: str
    """The name of the control that lights up."""
    orders: tuple[str, ...]
    """What the laboratory does itself, one after the other; see `netcore.lab.sandbox.orders`."""


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    text: str
    check: Check
    hints: Hints
    off_track: str = ""
    """What is said when something else was done, with a button that goes back."""
    typed: bool = False
    """Whether the person types an answer."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """`right` are the indices of the right answers: several where several may be chosen."""

    name: str
    text: str
    answers: tuple[Answer, ...]
    right: frozenset[int]


@dataclass(frozen=True, slots=True)
class Reading:
    name: str
    text: str


Step = Task | Prediction | Reading
Room = Literal["today", "1.2", "1.3"]


@dataclass(frozen=True, slots=True)
class Lesson:
    number: int
    title: str
    goal: str
    """What you can do afterwards."""
    minutes: int
    rooms: tuple[Room, ...]
    """Which versions it is about; the first is running when it begins."""
    steps: tuple[Step, ...]
    shown: str
    """What you have seen, when all is ticked. A line for the report."""
    section: str
    """Of PROTOCOL.md, for whoever wants to know more."""


def answered(seen: Sequence[Seen], lesson: int, step: str, what: str = PREDICTED) -> tuple[int, ...] | None:
    """The indices that the person chose first, which are locked; None before."""
    for one in seen:
        match one.event:
            case Person(what=found, data={"lesson": int(number), "step": str(name), "answer": answer}):
                if (found, number, name) == (what, lesson, step) and isinstance(answer, tuple):
                    return tuple(int(index) for index in answer)
    return None


def step_evidence(lesson: Lesson, step: Step, seen: Sequence[Seen]) -> Evidence | None:
    """Whether a step is done, from all that was seen since the lesson began."""
    match step:
        case Task():
            return step.check(seen)
        case Prediction():
            chosen = answered(seen, lesson.number, step.name)
            if chosen is None:
                return None
            good = frozenset(chosen) == step.right
            return Evidence("You said so before you saw it." if good else "You said what you expected.")
        case Reading():
            read = answered(seen, lesson.number, step.name, OBSERVED)
            return None if read is None else Evidence("Read.")


def ticks(lesson: Lesson, seen: Sequence[Seen]) -> tuple[Evidence | None, ...]:
    """One for each step, in order. A later step may be done before an earlier one."""
    return tuple(step_evidence(lesson, step, seen) for step in lesson.steps)


def of_person(what: str, data: Mapping[str, object]) -> Callable[[Seen], bool]:
    """Whether it is a person's act of this kind, with at least this data."""

    def fits(one: Seen) -> bool:
        event = one.event
        return isinstance(event, Person) and event.what == what and data.items() <= event.data.items()

    return fits
