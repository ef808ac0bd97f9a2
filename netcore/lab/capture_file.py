"""Captures in files: one that grows while a recording goes on, and a whole one at once.

What stands in them is made in `pcapng`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from netcore.lab.pcapng import Capture, capture_bytes
from netcore.lab.wireshark import wireshark_command
from netcore.limits import DEFAULT_PORT
from netcore.trace import Role, TraceEvent


class CaptureWriter:
    """Writes what happens into a file that is open, and flushes it with each `take`: call it every second.

    A packet is in the file 0.5 s later at the soonest, see `pcapng.HOLD_S`. Every method raises OSError where
    the file cannot be written; what is in it then is a capture up to there.
    """

    def __init__(
        self,
        file: BinaryIO,
        role: Role,
        port: int = DEFAULT_PORT,
        with_texts: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`port` is the server's, `clock` that of the recorder."""
        self._file = file
        self._clock = clock
        self._capture = Capture(role, time.time() - clock(), port, with_texts)
        self._write(self._capture.begin())

    def take(self, events: Iterable[TraceEvent]) -> None:
        """All that came since, in order; also none, so that what waited gets into the file."""
        self._write(self._capture.take(events, self._clock()))

    def close(self) -> None:
        """The rest, and the file is closed, also where the rest cannot be written."""
        with self._file:
            self._write(self._capture.end())

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()


def save_capture(
    path: Path,
    events: Iterable[TraceEvent],
    role: Role,
    port: int = DEFAULT_PORT,
    with_texts: bool = False,
) -> str:
    """Write a whole file of these events; gives the command that opens it, to copy. Raises OSError."""
    path.write_bytes(capture_bytes(events, role, time.time() - time.monotonic(), port, with_texts))
    return wireshark_command(path, port)
