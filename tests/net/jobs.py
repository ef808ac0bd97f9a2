"""What a pool of workers does with a job, without a thread: the tests run it when they want it run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def run_job(job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
    """As `Loop.in_pool` does: `done` gets the future, with the result or with what was raised."""
    future: Future[T] = Future()
    try:
        future.set_result(job())
    except Exception as error:
        future.set_exception(error)
    done(future)
