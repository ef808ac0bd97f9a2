"""How a program is ended from outside, and how one ends itself at once, as by kill -9."""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

if sys.platform == "win32":
    # There it is no signal that can be caught: the process is terminated, with this number as its exit code.
    _SIGNAL: Final = signal.SIGTERM
    KILLED: Final[int] = _SIGNAL
    SIGNALS: Final[tuple[str, ...]] = ()
else:
    _SIGNAL: Final = signal.SIGKILL
    KILLED: Final[int] = -_SIGNAL
    SIGNALS: Final[tuple[str, ...]] = ("SIGINT", "SIGTERM")
# KILLED: the return code of one that was killed. SIGNALS: by these it can be asked to end in order.


def kill_me() -> None:
    os.kill(os.getpid(), _SIGNAL)
