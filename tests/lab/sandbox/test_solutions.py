"""Each lesson's scripted solution, carried out in a real sandbox: all its tasks tick."""

from __future__ import annotations

from functools import partial

import pytest

from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Lesson, Seen, Task
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.sandbox import Sandbox
from tests.lab.sandbox.patience import finish
from tests.waiting import wait_until


def ticked(sandbox: Sandbox, task: Task) -> bool:
    sandbox.look()
    return task.check(sandbox.seen) is not None


def told(task: Task, seen: list[Seen]) -> str:
    return f"{task.name}\n" + "\n".join(f"{one.at} {one.event!r:.160}" for one in seen[-60:])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"{lesson.number} {lesson.title}")
def test_the_solution_ticks(sandbox: Sandbox, lesson: Lesson) -> None:
    sandbox.begin(lesson.rooms[0])
    finish(sandbox)
    for task in (step for step in lesson.steps if isinstance(step, Task)):
        run(sandbox, task.hints.orders)
        finish(sandbox)
        tick = partial(ticked, sandbox, task)
        wait_until(tick, what=partial(told, task, sandbox.seen))


@pytest.mark.parametrize("version", ["today", "1.2", "1.3"])
def test_ordinary_chat_ticks_nothing(sandbox: Sandbox, version: str) -> None:
    sandbox.begin(version)
    run(sandbox, ["say Ada hello", "say Ben hello, Ada", "say Ada how are you?", "say Ben fine"])
    finish(sandbox)
    for lesson in LESSONS:
        if version in lesson.rooms:
            done = [
                step.name for step in lesson.steps if isinstance(step, Task) and step.check(sandbox.seen)
            ]
            # Lesson 4 begins with a line to everyone, so that a line does it is right.
            assert done == (["everyone"] if lesson.number == 4 else []), lesson.title
