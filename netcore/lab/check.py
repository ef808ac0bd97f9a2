"""`localchat.py lab check`: run the whole laboratory once, and compare with what it must come to.

Every cell of the grid is run on real sockets, every lesson's solution in a real room, every detective case is
played and judged. Nothing is taken from a recording. About a minute; 1 at the end if anything differs.

With `--report FILE` what was run is written as a lab report, too: the whole grid, and each lesson's frames.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from netcore.headless_lines import Object, dump
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import FULL_POINTS, MOST_PINS, Case, CaseAnswer, build, judge_answers
from netcore.lab.grid import COLUMNS, ROWS, VERSIONS, Grid, Version
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Lesson, Task, ticks
from netcore.lab.notebook import Notebook
from netcore.lab.report_file import save_report
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


@dataclass(slots=True)
class Total:
    """Of a part: how many are as they must be, of how many, and how long they took together."""

    right: int = 0
    of: int = 0
    seconds: float = 0.0


def main(as_json: bool, report: Path | None = None) -> int:
    """Print a line for each as soon as it is known, and the tables at the end; 1 if anything differs. Raises
    OutputFileError for a report that cannot be written, before anything is run."""
    notebook = Notebook()
    if report is not None:
        save_report(report, notebook, "", date.today())
    totals: dict[str, Total] = {}
    before_s = time.monotonic()
    for one in everything(notebook):
        total = totals.setdefault(one.part, Total())
        now_s = time.monotonic()
        total.seconds += now_s - before_s
        before_s = now_s
        total.of += 1
        total.right += one.good
        print(dump(_object(one)) if as_json else _line(one), flush=True)
    _print_totals(totals, notebook, as_json)
    if report is not None:
        save_report(report, notebook, "", date.today())
    return 0 if all(total.right == total.of for total in totals.values()) else 1


def _line(one: Checked) -> str:
    return f"{'ok ' if one.good else 'BAD'}  {one.part:6} {one.name:28} {one.outcome:18} {one.words}"


def _print_totals(totals: Mapping[str, Total], notebook: Notebook, as_json: bool) -> None:
    """The grid, and how many of each part are right."""
    whole = Total(
        sum(total.right for total in totals.values()),
        sum(total.of for total in totals.values()),
        sum(total.seconds for total in totals.values()),
    )
    if as_json:
        for part, total in totals.items():
            print(dump({"event": "total", "part": part, **_numbers(total)}))
        print(dump({"event": "checked", "bad": whole.of - whole.right, **_numbers(whole)}), flush=True)
        return
    widest = max(len(row.title) for row in ROWS)
    print(
        f"\n{'The grid':{widest}}  " + "  ".join(f"{COLUMNS[version][0]:17}" for version in VERSIONS).rstrip()
    )
    for row in ROWS:
        filled = [notebook.cells.get(Cell(row.name, version)) for version in VERSIONS]
        words = [one.outcome.verdict if one is not None else "" for one in filled]
        print(f"{row.title:{widest}}  " + "  ".join(f"{word:17}" for word in words).rstrip())
    bad = whole.of - whole.right
    print(f"\n{bad or 'none'} of these came out otherwise than it must\n")
    print(f"{'part':6}  {'right':>5}  {'of':>5}  {'seconds':>7}")
    for part, total in (*totals.items(), ("all", whole)):
        print(f"{part:6}  {total.right:5}  {total.of:5}  {total.seconds:7.0f}", flush=True)


def _numbers(total: Total) -> Object:
    return {"right": total.right, "of": total.of, "seconds": round(total.seconds, 1)}


def _object(one: Checked) -> Object:
    return {
        "event": one.part, "name": one.name, "outcome": one.outcome, "message": one.words, "good": one.good,
    }  # fmt: skip


def everything(notebook: Notebook) -> Iterator[Checked]:
    """In the notebook: the cells, and what each lesson was ticked by."""
    yield from grid(notebook)
    yield from lessons(notebook)
    yield from map(case, CASES)


def grid(notebook: Notebook) -> Iterator[Checked]:
    """All cells, row by row. Raises FolderNotWritable, or StageFault if a room itself fails."""
    with Grid() as cells:
        for row in ROWS:
            for version in VERSIONS:
                yield cell(cells, row.name, version, notebook)


def cell(cells: Grid, row: str, version: Version, notebook: Notebook) -> Checked:
    """Run one, and compare it with what is pinned."""
    outcome = cells.cell(row, version)
    notebook.fill(Cell(row, version), outcome)
    return Checked(
        "cell",
        f"{row}, {version}",
        outcome.verdict,
        outcome.sentence,
        outcome.verdict == pinned(row, version),
    )


def lessons(notebook: Notebook) -> Iterator[Checked]:
    """All of them, one after the other in one sandbox. Raises FolderNotWritable."""
    with closing(Sandbox()) as sandbox:
        for lesson in LESSONS:
            yield solution(sandbox, lesson)
            notebook.tick(lesson, ticks(lesson, sandbox.seen), sandbox.seen)


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
    judgement = judge_answers(one, seen, [CaseAnswer(one.verdict, pins, one.right)], asked_host=True)
    good = judgement.points == FULL_POINTS and seen == build(one, SEED)
    return Checked("case", f"{one.number} {one.title}", one.verdict.name.lower(), one.ending, good)
