"""The signals that end a program in a terminal: the first one in order, a second one of its kind at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

# SIGHUP: the terminal was closed; SIGBREAK: so was a console of Windows.
ENDING_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Interrupt: ...


def catch_signals(put: Callable[[Interrupt], None]) -> None:
    """From now on `put` is called, on the main thread, for the first of each. Thread: main."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        put(Interrupt())

    for number in ENDING_SIGNALS:
        # nohup lets a program outlive its terminal by having SIGHUP ignored.
        if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
