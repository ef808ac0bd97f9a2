"""Reading standard input without getting in anyone's way.

A read cannot be interrupted on every system, so it has a thread to itself. At most 32 lines are in
flight between reading and acknowledgement: a million-line file is not read ahead of the room.
"""

from __future__ import annotations

import io
import locale
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


def is_terminal() -> bool:
    """Whether standard input is a terminal, where a person types."""
    try:
        return sys.stdin is not None and _is_terminal(sys.stdin.fileno())
    except (OSError, ValueError):
        return False


def no_input() -> bool:
    """Whether standard input is closed or the null device, as with a program in the background."""
    if sys.stdin is None:
        return True
    try:
        descriptor = sys.stdin.fileno()
        is_device = stat.S_ISCHR(os.fstat(descriptor).st_mode)
        return is_device and not _is_terminal(descriptor) and _is_null(descriptor)
    except (OSError, ValueError):
        return True


if sys.platform == "win32":
    import ctypes
    import msvcrt

    def _is_terminal(descriptor: int) -> bool:
        # isatty says yes to the null device, too; only a console has a mode.
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        return bool(ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(ctypes.c_ulong())))

    def _is_null(descriptor: int) -> bool:
        return True  # what else is a device and no console; a serial line is nothing to chat by

else:

    def _is_terminal(descriptor: int) -> bool:
        return os.isatty(descriptor)

    def _is_null(descriptor: int) -> bool:
        return os.fstat(descriptor).st_rdev == os.stat(os.devnull).st_rdev


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
        put(Line(_decoded(line).rstrip("\r").removeprefix("\ufeff")))

    rest = b""
    skipping = False
    while chunk := _next(read):
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


def _next(read: Callable[[int], bytes | None]) -> bytes | None:
    try:
        return read(_MAX_LINE_BYTES)
    except OSError:  # a terminal that was closed; on Windows a pipe whose writer has gone
        return None


def _decoded(line: bytes) -> str:
    """UTF-8 whatever the system, so that one script works on all; else what an old program here writes."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(locale.getencoding(), "replace")
