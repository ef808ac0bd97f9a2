"""`localchat.py lab check`: run the whole laboratory once, and compare with what it must come to.

Every cell of the grid is run on real sockets, every lesson's solution in a real room, every detective case is
played and judged. Nothing is taken from a recording. About two minutes; 1 at the end if anything differs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from netcore.headless_lines import Object, dump
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import FULL_POINTS, MOST_PINS, Answer, Case, build, judge
from netcore.lab.grid import ROWS, VERSIONS, Grid, Version
from netcore.lab.grid_pinned import pinned
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Lesson, Task
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.lab.sandbox.script import wait

SEED: Final = 42
TASK_S: Final = 20.0
"""Far more than a task's orders take."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One line: a cell, a lesson or a case, what it came to, and whether that is what it must."""

    part: str
    name: str
    outcome: str
    words: str
    good: bool


def main(as_json: bool) -> int:
    """Print a line for each as soon as it is known, and the tables at the end; 1 if anything differs."""
    start_s = time.monotonic()
    bad = 0
    for one in everything():
        bad += not one.good
        if as_json:
            print(dump(_object(one)), flush=True)
        else:
            print(
                f"{'ok ' if one.good else 'BAD'}  {one.part:6} {one.name:28} {one.outcome:18} {one.words}",
                flush=True,
            )
    took_s = time.monotonic() - start_s
    if as_json:
        print(dump({"event": "checked", "bad": bad, "seconds": round(took_s, 1)}))
    else:
        print(f"\n{bad or 'none'} of these came out otherwise than it must; {took_s:.0f} s")
    return 1 if bad else 0


def _object(one: Checked) -> Object:
    return {
        "event": one.part, "name": one.name, "outcome": one.outcome, "message": one.words, "good": one.good,
    }  # fmt: skip


def everything() -> Iterator[Checked]:
    yield from grid()
    yield from lessons()
    yield from map(case, CASES)


def grid() -> Iterator[Checked]:
    with Grid() as cells:
        for row in ROWS:
            for version in VERSIONS:
                yield cell(cells, row.name, version)


def cell(cells: Grid, row: str, version: Version) -> Checked:
    outcome = cells.cell(row, version)
    return Checked(
        "cell",
        f"{row}, {version}",
        outcome.verdict,
        outcome.sentence,
        outcome.verdict == pinned(row, version),
    )


def lessons() -> Iterator[Checked]:
    with closing(Sandbox()) as sandbox:
        for lesson in LESSONS:
            yield solution(sandbox, lesson)


def solution(sandbox: Sandbox, lesson: Lesson) -> Checked:
    """The lesson's own hints carried out, in a room made for it."""
    sandbox.begin(lesson.rooms[0])
    open_tasks: list[str] = []
    if not wait(lambda: not sandbox.busy, TASK_S, sandbox.look):
        open_tasks.append("the room")
    for task in (step for step in lesson.steps if isinstance(step, Task)):
        run(sandbox, task.hints.orders)
        if not wait(partial(_is_done, sandbox, task), TASK_S, sandbox.look):
            open_tasks.append(task.name)
    words = (
        lesson.shown if not open_tasks else f"not ticked: {', '.join(open_tasks)}. {sandbox.trouble}".rstrip()
    )
    outcome = "open" if open_tasks else "all ticked"
    return Checked("lesson", f"{lesson.number} {lesson.title}", outcome, words, not open_tasks)


def _is_done(sandbox: Sandbox, task: Task) -> bool:
    return not sandbox.busy and task.check(sandbox.seen) is not None


def case(one: Case) -> Checked:
    """Played twice: the same bytes; and judged as it should be with the right answer."""
    seen = build(one, SEED)
    pins = frozenset(sorted(one.proof(seen), key=repr)[:MOST_PINS])
    judgement = judge(one, seen, [Answer(one.verdict, pins, one.right)], asked_host=True)
    good = judgement.points == FULL_POINTS and seen == build(one, SEED)
    return Checked("case", f"{one.number} {one.title}", one.verdict.name.lower(), one.ending, good)
