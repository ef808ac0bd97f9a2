"""The log file: what a person sends along when something broke. Standard `logging`, set up once.

Holds what happened to the program, never what people wrote nor any key. Several windows of one data
folder write to the same file, so each line carries its process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from netcore.errors import FolderNotWritable

FILE_NAME = "localchat.log"
MAX_BYTES = 1_000_000  # weeks of ordinary use, small enough to mail; one older file is kept beside it
LINE = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("localchat")


def start(folder: Path, verbose: bool = False) -> Path:
    """Begin to log into `folder`, with `verbose` to standard error too. Gives the file's path.

    Raises FolderNotWritable. A second call moves the log to the new folder.
    """
    stop()
    handlers: list[logging.Handler] = []
    try:
        handlers.append(_RotatingFile(folder / FILE_NAME, encoding="utf-8"))
    except OSError as error:
        raise FolderNotWritable(path=folder, why=error.strerror or error) from error
    if verbose and sys.stderr is not None:  # None under pythonw
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_OneLine(LINE))
        log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False
    return folder / FILE_NAME


def path() -> Path | None:
    """The file being written to; None before `start` and after `stop`."""
    return next((Path(h.baseFilename) for h in log.handlers if isinstance(h, _RotatingFile)), None)


def stop() -> None:
    """Close the log file."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


class _RotatingFile(logging.FileHandler):
    # Not logging.handlers.RotatingFileHandler: importing it brings socket and pickle into each start.

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and self.stream.tell() > MAX_BYTES:
            self.stream.close()
            # Windows does not rename a file that another window has open; then it grows until its turn.
            with contextlib.suppress(OSError):
                os.replace(self.baseFilename, self.baseFilename + ".1")
            self.stream = self._open()
        super().emit(record)

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    """0600, whatever the folder's mode: who was in which room, and when, is nobody else's business."""
    descriptor = os.open(path, flags, 0o600)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # somebody else's file, perhaps; it can still be written to
            os.fchmod(descriptor, 0o600)  # of an older one
    return descriptor


class _OneLine(logging.Formatter):
    """Keeps a peer's text from forging lines, and from steering the terminal that shows the log."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in record.message)
        return super().formatMessage(record)
