"""Waiting in a test for what Tk has yet to do."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

import pytest

from tests.waiting import WAIT_S

LOOK_AGAIN_MS = 5

# pump(condition, timeout_s) for one root: what the fixture of that name gives.
Pump: TypeAlias = Callable[..., None]


def pump(root: tk.Misc, condition: Callable[[], object] = lambda: True, timeout_s: float = WAIT_S) -> None:
    """Let Tk do all that it has to do, and go on until the condition holds; fail after `timeout_s`.

    Between events Tk's own loop sleeps, so other threads and processes have the processor.
    """
    root.update()
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout_s} s")
        root.tk.call("after", LOOK_AGAIN_MS, "")  # a timer with nothing to do, to wake the loop by
        root.tk.dooneevent()
    with suppress(tk.TclError):  # for the condition may have been that it is gone
        root.update()
