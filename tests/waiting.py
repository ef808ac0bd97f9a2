"""Waiting in a test: for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

WAIT_S = 60.0
"""Far more than anything here takes, also where ten programs share a processor: only a test that fails waits
so long."""

LOOK_S = 0.005


def wait_until(
    condition: Callable[[], object],
    timeout_s: float = WAIT_S,
    what: str | Callable[[], object] = "the condition",
) -> None:
    """Returns once `condition()` is true; between two looks it sleeps, so that what it waits for may run.

    AssertionError with `what` (or what that tells at the end) when it takes longer than `timeout_s`. A
    condition may work as well as look: pump a window, read a socket that does not block.
    """
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            raise AssertionError(f"not within {timeout_s:g} s: {what() if callable(what) else what}")
        time.sleep(LOOK_S)
