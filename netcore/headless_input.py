"""Reading standard input without getting in anyone's way.

A read cannot be interrupted on every system, so it has a thread to itself. At most 32 lines are in
flight between reading and acknowledgement: a million-line file is not read ahead of the room.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

# The longest text there may be is 16,000 bytes; a line that goes on is too long whatever follows.
_MAX_LINE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Line:
    text: str


@dataclass(frozen=True, slots=True)
class InputEnd: ...


Put = Callable[[Line | InputEnd], None]


def no_input() -> bool:
    """Whether standard input is closed or the null device, as with a program in the background."""
    if sys.stdin is None:
        return True
    try:
        status = os.fstat(sys.stdin.fileno())
        null = os.stat(os.devnull)
    except (OSError, ValueError):
        return True
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == null.st_rdev


def read_in_thread(slots: threading.Semaphore, put: Put) -> None:
    """Begin to read standard input. The thread does not keep the program from ending."""
    arguments = (_raw_input(), slots, put)
    threading.Thread(target=read_lines, args=arguments, name="stdin", daemon=True).start()


def _raw_input() -> Callable[[int], bytes | None]:
    """Reads of standard input below its buffer.

    At the end the reading thread is still inside a read. The buffer's lock, held by it for ever, would
    stop the interpreter from ending.
    """
    if sys.stdin is None:
        return lambda size: b""
    buffer = sys.stdin.buffer
    return buffer.raw.read if isinstance(buffer, io.BufferedReader) else buffer.read


def read_lines(read: Callable[[int], bytes | None], slots: threading.Semaphore, put: Put) -> None:
    """Post each line, then the end; wait for a free slot before each. Runs on a thread of its own.

    `read` gives up to so many bytes, none at the end. Of a line that never ends only the beginning is
    posted, which is long enough to be refused.
    """

    def post(line: bytes) -> None:
        slots.acquire()
        put(Line(line.decode("utf-8", "replace").rstrip("\r").removeprefix("\ufeff")))

    rest = b""
    skipping = False
    while chunk := read(_MAX_LINE_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if not skipping:
                post(line)
            skipping = False
        if len(rest) >= _MAX_LINE_BYTES and not skipping:
            post(rest)
            skipping = True
        if skipping:
            rest = b""
    if rest:
        post(rest)
    put(InputEnd())
