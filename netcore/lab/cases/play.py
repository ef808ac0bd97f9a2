"""One case while somebody plays it: what is pinned, what was asked, which answers were given.

The rules of the game: three pins at most; one verdict, and a second one only with another frame, for half the
points; what our own program found is shown when it is over, and not before.
"""

from __future__ import annotations

from typing import Final

from netcore.lab.cases.model import (
    ANOTHER_FRAME,
    MOST_PINS,
    Case,
    CaseAnswer,
    CaseVerdict,
    Judgement,
    Played,
    build,
    in_play,
    judge_answers,
    needs_another_frame,
    with_fingerprints,
)
from netcore.lab.lessons.model import Pointer, Seen

NO_PIN: Final = "Pin the frame that shows it."
TOO_MANY: Final = f"{MOST_PINS} pins are all there are. Take one away first."
NO_VERDICT: Final = "Choose what happened."
NO_OBSERVATION: Final = "Choose what shows it."
GIVEN_UP: Final = "Here is what had happened."


class Play:
    """A case with a seed, from the first look to the end. `judgement` is that of the last answer."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case = case
        self.seed = seed
        self.story = with_fingerprints(case.story)
        self.pins: list[Pointer] = []
        self.asked_host = False
        self.answers: list[CaseAnswer] = []
        self.judgement: Judgement | None = None
        self.over = False
        self._all = build(case, seed)
        self._judged_pins: tuple[Pointer, ...] = ()

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The capture as it may be shown now."""
        if not self.over:
            return in_play(self.case, self._all)
        return tuple(one for one in self._all if one.at in self.case.ends)

    @property
    def proof(self) -> frozenset[Pointer]:
        """The frames that show it, as far as they are shown; none before it is over."""
        if not self.over:
            return frozenset()
        return frozenset(one for one in self.case.proof(self._all) if one.at in self.case.ends)

    def pin(self, frame: Pointer) -> str:
        """Pin it, or take its pin away. Gives why not, or ""."""
        if self.over:
            return ""
        if frame in self.pins:
            self.pins.remove(frame)
        elif len(self.pins) == MOST_PINS:
            return TOO_MANY
        else:
            self.pins.append(frame)
        return ""

    def ask_host(self) -> str:
        """The host's word, which counts as evidence from now on."""
        self.asked_host = True
        return with_fingerprints(self.case.host_says)

    def missing(self, verdict: CaseVerdict | None, observation: int | None) -> str:
        """What an answer still needs, or ""."""
        if not self.pins:
            return NO_PIN
        if needs_another_frame(self.answers, self.pins):
            return ANOTHER_FRAME
        if verdict is None:
            return NO_VERDICT
        return NO_OBSERVATION if observation is None else ""

    def give(self, verdict: CaseVerdict, observation: int) -> Judgement:
        """Give a verdict. Raises ValueError for one that is not whole, or comes when it is over."""
        if self.over or self.missing(verdict, observation):
            raise ValueError("no answer is due")
        self.answers.append(CaseAnswer(verdict, frozenset(self.pins), observation))
        self._judged_pins = tuple(self.pins)
        self.judgement = judge_answers(self.case, self._all, self.answers, self.asked_host)
        self.over = not self.judgement.try_again
        return self.judgement

    def give_up(self) -> Judgement:
        """See the end without another try."""
        self.judgement = Judgement(0, GIVEN_UP, False)
        self.over = True
        return self.judgement

    @property
    def played(self) -> Played:
        """What came of it, for the report. When it is over."""
        verdict = self.answers[-1].verdict if self.answers else None
        points = self.judgement.points if self.judgement is not None else 0
        return Played(self.case.number, self.seed, verdict, self._judged_pins, points, len(self.answers))
