"""Makes the n-th call to the system fail: a socket's, a file's or the database's.

    with Breaker(n) as breaker: ...       breaker.broken says what it was, "" when n was never reached

Counted are the calls of the network threads and their workers only, not those of the test. The wake-up
socket pair of the loop is left alone: nothing outside this process can break it.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import socket
import sqlite3
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final
from unittest import mock
from weakref import WeakSet

_OS_ERRORS: Final[dict[str, tuple[type[OSError], int]]] = {
    "accept": (OSError, errno.EMFILE),
    "recv": (ConnectionResetError, errno.ECONNRESET),
    "send": (BrokenPipeError, errno.EPIPE),
    "sendmsg": (BrokenPipeError, errno.EPIPE),
    "connect_ex": (ConnectionRefusedError, errno.ECONNREFUSED),
    "bind": (OSError, errno.EADDRINUSE),
    "listen": (OSError, errno.EADDRINUSE),
    "shutdown": (OSError, errno.ENOTCONN),
    "setsockopt": (OSError, errno.EINVAL),
    "getpeername": (OSError, errno.ENOTCONN),
    "open": (OSError, errno.ENFILE),
    "read": (OSError, errno.EIO),
    "write": (OSError, errno.ENOSPC),
    "pread": (OSError, errno.EIO),
    "pwrite": (OSError, errno.ENOSPC),
    "ftruncate": (OSError, errno.EIO),
    "unlink": (OSError, errno.EIO),
    "fsync": (OSError, errno.EIO),
    "replace": (OSError, errno.ENOSPC),
    "rename": (OSError, errno.ENOSPC),
    "link": (OSError, errno.ENOSPC),
    "mkdir": (OSError, errno.ENOSPC),
}
_SOCKET_CALLS: Final = (
    "accept", "recv", "send", "sendmsg", "connect_ex", "bind", "listen", "shutdown", "setsockopt",
    "getpeername",
)  # fmt: skip
_FILE_CALLS: Final = (
    "open", "read", "write", "pread", "pwrite", "ftruncate", "unlink", "fsync", "replace", "rename", "link",
    "mkdir",
)  # fmt: skip


class Breaker:
    """`n` from 1. `full`: the database says that the disk is full; else that it cannot be written."""

    def __init__(self, n: int, *, full: bool = True) -> None:
        self.broken = ""
        self._left = n
        self._full = full
        self._lock = threading.Lock()  # the loop and its workers call at the same time
        self._patches = contextlib.ExitStack()
        self._pairs: WeakSet[socket.socket] = WeakSet()

    def __enter__(self) -> Breaker:
        for name in _SOCKET_CALLS:
            if hasattr(socket.socket, name):
                self._patch(socket.socket, name, self._failing_socket(name, getattr(socket.socket, name)))
        self._patch(socket, "socketpair", self._known_pair(socket.socketpair))
        for name in _FILE_CALLS:
            if hasattr(os, name):
                self._patch(os, name, self._failing_file(name, getattr(os, name)))
        self._patch(builtins, "open", self._failing_open(builtins.open))
        self._patch(sqlite3, "connect", self._failing_connect(sqlite3.connect))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patches.close()

    def disarm(self) -> None:
        """Whatever was not reached until now will not fail."""
        self._left = 0

    def _patch(self, owner: Any, name: str, fn: Callable[..., Any]) -> None:
        self._patches.enter_context(mock.patch.object(owner, name, fn))

    def _is_it(self, what: str) -> bool:
        if not threading.current_thread().name.startswith("netcore"):
            return False
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.broken = what
            return self._left == 0

    def _fail(self, name: str, what: str) -> None:
        if self._is_it(what):
            kind, number = _OS_ERRORS[name]
            raise kind(number, os.strerror(number))

    def _failing_socket(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(sock: socket.socket, *arguments: Any) -> Any:
            if sock not in self._pairs:
                self._fail(name, f"socket.{name}")
            return real(sock, *arguments)

        return call

    def _known_pair(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            pair = real(*arguments)
            self._pairs.update(pair)
            return pair

        return call

    def _failing_file(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._fail(name, f"os.{name}")
            return real(*arguments, **options)

        return call

    def _failing_open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """`open` itself, and reading from what is open without a buffer."""
        breaker = self

        class File(io.FileIO):
            def read(self, size: int | None = -1, /) -> bytes:
                breaker._fail("read", "file.read")
                return super().read(size) or b""

        def call(path: Any, mode: str = "r", buffering: int = -1, *rest: Any, **options: Any) -> Any:
            if not threading.current_thread().name.startswith("netcore"):
                return real(path, mode, buffering, *rest, **options)
            self._fail("open", "open")
            if buffering == 0:
                return File(path, mode, **options)
            return real(path, mode, buffering, *rest, **options)

        return call

    def _failing_connect(self, real: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        breaker = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
                breaker._fail_sql(sql)
                return super().execute(sql, *arguments)

            def executemany(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
                breaker._fail_sql(sql)
                return super().executemany(sql, *arguments)

        def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
            self._fail_sql("connect")
            return real(*arguments, **options, factory=Connection)

        return connect

    def _fail_sql(self, sql: str) -> None:
        if not self._is_it(f"sqlite {' '.join(sql.split()[:3])}"):
            return
        writes = sql.split()[0].upper() not in ("SELECT", "PRAGMA", "CONNECT")
        code, words = sqlite3.SQLITE_IOERR_READ, "disk I/O error"
        if writes:
            code = sqlite3.SQLITE_IOERR_FSYNC
        if writes and self._full:
            code, words = sqlite3.SQLITE_FULL, "database or disk is full"
        error = sqlite3.OperationalError(words)
        error.sqlite_errorcode = code
        raise error
