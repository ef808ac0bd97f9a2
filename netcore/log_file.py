"""The log file: what a person sends along when something broke. Standard `logging`, set up once.

Holds what happened to the program, never what people wrote or any key. Several windows of one data
folder write to the same file, so each line carries its process.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

from netcore.errors import FolderNotWritable

FILE_NAME = "localchat.log"
MAX_BYTES = 1_000_000  # weeks of ordinary use, and small enough to mail; one older file is kept beside it
LINE = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("localchat")


def start(folder: Path, verbose: bool = False) -> Path:
    """Begin to log into `folder`, with `verbose` to standard error too. Gives the file's path.

    Raises FolderNotWritable. A second call moves the log to the new folder.
    """
    path = folder / FILE_NAME
    handlers: list[logging.Handler] = []
    try:
        handlers.append(_SharedFile(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8"))
    except OSError as error:
        raise FolderNotWritable(path=folder, why=error.strerror or error) from error
    if verbose and sys.stderr is not None:  # None under pythonw
        handlers.append(logging.StreamHandler())
    stop()
    for handler in handlers:
        handler.setFormatter(_OneLine(LINE))
        log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False
    return path


def stop() -> None:
    """Close the log file."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


class _SharedFile(logging.handlers.RotatingFileHandler):
    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            # Windows does not rename a file that another window has open. Its turn to rotate will come;
            # until then the file grows, and nothing is lost. The base class has closed the stream.
            self.stream = self._open()


class _OneLine(logging.Formatter):
    """Keeps a peer's text from forging lines or steering the terminal that shows the log."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in record.message)
        return super().formatMessage(record)
