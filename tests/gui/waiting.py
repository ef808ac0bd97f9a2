"""Waiting in a test for what Tk has yet to do."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable


def until(root: tk.Misc, ready: Callable[[], bool], seconds: float = 10) -> None:
    """Let Tk work until `ready()`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        root.update()
