"""Scripts: what takes several steps and must not block, since a window waits for nobody.

A script is a generator. Where it yields it is gone on with when more has been seen, or a little later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

Script = Iterator[None]


def until(condition: Callable[[], bool], longest_s: float) -> Script:
    """Go on when it is so, or when the time is over."""
    end = time.monotonic() + longest_s
    while not condition() and time.monotonic() < end:
        yield


def pause(seconds: float) -> Script:
    yield from until(lambda: False, seconds)
