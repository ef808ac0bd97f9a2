"""A program that ends itself at once, as by kill -9: nothing of it runs any more, no `finally` either."""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

if sys.platform == "win32":
    # There it is no signal that can be caught: the process is terminated, with this number as its exit code.
    _SIGNAL: Final = signal.SIGTERM
    KILLED: Final[int] = _SIGNAL
else:
    _SIGNAL: Final = signal.SIGKILL
    KILLED: Final[int] = -_SIGNAL
"""The return code of such a process."""


def kill_me() -> None:
    os.kill(os.getpid(), _SIGNAL)
