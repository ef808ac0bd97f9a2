"""Scripts: what takes several steps and must not block, since a window waits for nobody.

A script is a generator. Where it yields it is gone on with when more has been seen, or a little later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

Script = Iterator[None]

LOOK_S: Final = 0.005


def until(condition: Callable[[], object], longest_s: float) -> Script:
    """Go on when it is so, or when the time is over."""
    end = time.monotonic() + longest_s
    while not condition() and time.monotonic() < end:
        yield


def pause(seconds: float) -> Script:
    yield from until(lambda: False, seconds)


def finish(script: Script, look: Callable[[], object]) -> None:
    """The whole script at once, for whoever may block. `look` takes in what has been seen meanwhile."""
    for _ in script:
        look()
        time.sleep(LOOK_S)


def wait(condition: Callable[[], object], longest_s: float, look: Callable[[], object]) -> bool:
    """Whether it has come true in time, for whoever may block."""
    look()
    finish(until(condition, longest_s), look)
    return bool(condition())
