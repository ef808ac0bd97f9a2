"""The log file: what a person sends along when something broke. Standard `logging`, set up once.

Holds what happened to the program, never what people wrote nor any key. Several windows of one data
folder write to the same file, so each line carries its process.

A log never raises, whatever becomes of it: a full disk, a folder that has gone, a closed standard error.
What it tells of is always worth more than the telling. Lines that found no place are counted, and the
number is told once there is room again.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

ErrorInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

FILE_NAME = "localchat.log"
MAX_BYTES = 1_000_000  # weeks of ordinary use, small enough to mail; one older file is kept beside it
LINE = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("localchat")


def start(folder: Path, verbose: bool = False) -> str | None:
    """Begin to log into `folder`, with `verbose` to standard error too. Never raises.

    Gives a sentence when the file cannot be written; lines are then tried again one by one. A second call
    moves the log to the new folder.
    """
    stop()
    file = _RotatingFile(folder / FILE_NAME)
    handlers: list[logging.Handler] = [file]
    if verbose and sys.stderr is not None:  # None under pythonw
        handlers.append(_StandardError())
    for handler in handlers:
        handler.setFormatter(_OneLine(LINE))
        log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False
    return file.problem()


def path() -> Path | None:
    """The file being written to; None before `start` and after `stop`."""
    return next((h.path for h in log.handlers if isinstance(h, _RotatingFile)), None)


def stop() -> None:
    """Close the log file."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def open_private(path: Path) -> int:
    """A descriptor that appends to `path`, 0600: who was in which room is nobody else's business.

    Never through a link, nor into anything but a file. Raises OSError.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    # O_NONBLOCK: a pipe of this name must not make us wait for its reader.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows
        raise OSError(errno.ELOOP, "it is a link")
    descriptor = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a file")
    except BaseException:
        os.close(descriptor)
        raise
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # somebody else's file, perhaps; it can still be written to
            os.fchmod(descriptor, 0o600)  # of an older one
    return descriptor


class _RotatingFile(logging.Handler):
    # Not a FileHandler: its buffer keeps what a full disk refused, and fails again at each later step,
    # `tell` and `close` included. A line here is one write, done or given up.

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._descriptor: int | None = None
        self._lost = 0  # lines since the last one that was written
        self._cut = False  # the last one was written in part

    def problem(self) -> str | None:
        """Why nothing can be written just now, as a sentence; None when it can."""
        try:
            self._open_if_needed()
        except OSError as error:
            return f"The log file {self.path} cannot be written ({error.strerror or error})."
        return None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:
            line = f"a line of {record.name} could not be put into words: {type(error).__name__}"
        try:
            self._write(line)
        except OSError:
            self._lost += 1

    def close(self) -> None:
        self.acquire()
        try:
            self._let_go()
        finally:
            self.release()
        super().close()

    def _write(self, line: str) -> None:
        descriptor = self._open_if_needed()
        if self._cut:
            line = "\n" + line
        if self._lost:
            line = f"{line} ({self._lost} earlier lines found no room)"
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        written = os.write(descriptor, data)
        self._cut = written < len(data)
        self._lost = self._lost + 1 if self._cut else 0

    def _open_if_needed(self) -> int:
        """The descriptor of the file that has our name now. Raises OSError."""
        if self._descriptor is not None:
            status = os.fstat(self._descriptor)
            if not self._has_our_name(status):
                self._let_go()  # removed, or turned over by another window
            elif status.st_size > MAX_BYTES:
                self._let_go()
                # Windows does not rename a file that another window has open; then it grows until its turn.
                with contextlib.suppress(OSError):
                    os.replace(self.path, f"{self.path}.1")
        if self._descriptor is None:
            self._descriptor = open_private(self.path)
            self._cut = False
        return self._descriptor

    def _has_our_name(self, status: os.stat_result) -> bool:
        try:
            return os.path.samestat(status, os.lstat(self.path))
        except OSError:
            return False

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


class _StandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # it may be closed or gone; the file has the line, too
            print(self.format(record), file=sys.stderr, flush=True)


class _OneLine(logging.Formatter):
    """Keeps a peer's text from forging lines, and from steering the terminal that shows the log."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: ErrorInfo) -> str:
        """An error's words may be a peer's: each line is indented, as a line of the log never is."""
        return "\n".join(f"    {_printable(line)}" for line in super().formatException(ei).split("\n"))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
