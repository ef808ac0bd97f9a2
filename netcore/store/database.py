"""One SQLite file: opened with care, migrated, written in whole transactions (PROTOCOL §7.1, §8.5).

Both databases of LocalChat, the room's log and a client's store, stand on this. What it promises:

- A file that is not ours, or not whole, or with values that cannot be there (`soundness`), is refused with
  its path and left byte for byte as it is. It is judged through a read-only connection, since closing a
  writing one would already change it.
- A new file appears under its name only when it is complete (built aside, then renamed). So a file of
  zero length is damage, never a beginning; SQLite alone would take it for an empty database.
- `transaction()` is durable when it returns: write-ahead log, synchronous=FULL, fsync before COMMIT ends;
  and what was written is still found under the file's name. An open file lives on when its name is removed
  or given to another, but only until it is closed: to hold it is not to have kept it.
- A full disk is StorageFull and leaves the file as before the transaction; anything else that the disk
  does wrong is LogFileError, after which this object must not be used (after a failed fsync nobody
  knows what is on the disk).

There is one connection, and it holds the file exclusively: SQLite before 3.51.3 can damage a write-ahead
log that two connections reset at the same moment.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from netcore.errors import (
    FileNotPermitted,
    FolderInUse,
    FolderNotWritable,
    LogFileError,
    LogFileGone,
    StorageError,
    StorageFull,
)
from netcore.store.atomic import file_error, patiently, sync_folder
from netcore.store.soundness import Conditions

Migration = Sequence[str]
"""The statements that lead from one schema version to the next."""

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
# quick_check reads every page: about 1 s a GiB from the page cache (measured 0.25 s for 250 MiB), but ten
# times that from a slow disk. A file above this is judged by its header, its length and its schema alone.
QUICK_CHECK_BYTES = 256 * 2**20
# The second one: SQLite's words may quote a damaged file's, which are no text, and then Python stumbles.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
# SHMSIZE: to look at a file with a write-ahead log, SQLite makes a small file beside it.
_FULL_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
_IN_USE_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Database:
    """A connection for one thread at a time. `path` None: in memory, gone with the process."""

    def __init__(
        self,
        path: Path | None,
        application_id: int,
        migrations: Sequence[Migration],
        sound: Conditions = MappingProxyType({}),
    ) -> None:
        """Opens or makes the file. `sound`: what every row of it must meet, in the newest schema.

        Raises LogFileError, FileNotPermitted, FolderInUse, FolderNotWritable or StorageFull.
        """
        self.path = path
        self.closed = False
        self._names: dict[Path, os.stat_result] = {}
        """The files that we write, each as it was when it was first seen under its name."""
        if path is not None:
            if not _exists(path):
                _make(path, application_id, migrations)
            _judge(path, application_id, len(migrations), sound)
        try:
            self._connection = _connect(str(path) if path else ":memory:")
            try:
                migrate(self._connection, application_id, migrations)
            except BaseException:
                # Or whoever tries again would find the file held, by an object that nobody has.
                self._connection.close()
                raise
        except _ERRORS as error:
            _raise(path, error)
        self.check_names()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement, inside a transaction or not. Raises sqlite3.Error: for use under `transaction`."""
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for each row of values, like `execute`."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows of a query. Raises LogFileError if the file cannot be read."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except _ERRORS as error:
            _raise(self.path, error)

    def row(self, sql: str, *values: Any) -> Any:
        """The first row of a query as a tuple, or None."""
        try:
            return self._connection.execute(sql, values).fetchone()
        except _ERRORS as error:
            _raise(self.path, error)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def begin(self) -> None:
        """Opens the transaction if none is open. What follows is seen by reads, and kept by `commit`."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Durable on return. Under `transaction`, which also answers for errors."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Back to the last commit. SQLite has done it by itself after some errors."""
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when left. Joins the transaction that `begin` opened.

        Raises StorageFull (nothing was stored, try again later) or LogFileError; LogFileGone when it was
        stored in a file that nobody will find again.
        """
        try:
            self.begin()
            yield
            self.commit()
            self.check_names()
        except _ERRORS as error:
            self.rollback()
            _raise(self.path, error)
        except BaseException:
            self.rollback()
            raise

    def check_names(self) -> None:
        """Raises LogFileGone when another file, or none, is where ours was opened. 2 microseconds."""
        if self.path is None:
            return
        for path in (self.path, _beside(self.path, "-wal")):
            known = self._names.get(path)
            try:
                found = path.stat()
            except FileNotFoundError:
                if known is not None:
                    raise LogFileGone(path=path) from None
            except OSError as error:
                raise LogFileError(path=path, why=error.strerror or error) from error
            else:
                if not os.path.samestat(found, known or found):
                    raise LogFileGone(path=path)
                self._names[path] = found

    def close(self) -> None:
        """Rolls back what was not committed, moves the write-ahead log into the file, and lets go of it."""
        self.rollback()
        self._connection.close()
        self.closed = True


def _exists(path: Path) -> bool:
    try:
        if path.exists():
            return True
    except OSError as error:
        raise file_error(LogFileError, path, error) from error
    if _beside(path, "-wal").exists():
        # Without the file its log is worthless to SQLite, which would delete it.
        raise LogFileError(path=path, why="the file is missing, though its companion ending in -wal is there")
    return False


def _make(path: Path, application_id: int, migrations: Sequence[Migration]) -> None:
    """Builds the empty database aside, and gives it its name once it is whole and on the disk."""
    aside = _beside(path, "-new")
    try:
        for left_over in (aside, _beside(aside, "-wal"), _beside(aside, "-journal")):
            left_over.unlink(missing_ok=True)  # from a process that died just here; nothing was in it
        aside.touch(mode=0o600)
        connection = _connect(str(aside))
        try:
            migrate(connection, application_id, migrations)
        finally:
            connection.close()  # which empties the write-ahead log into the file
        patiently(lambda: os.rename(aside, path))
        sync_folder(path.parent)
    except _ERRORS as error:
        _raise(path, error)
    except OSError as error:
        raise FolderNotWritable(path=path.parent, why=error.strerror or error) from error


def _judge(path: Path, application_id: int, version: int, sound: Conditions) -> None:
    """Raises LogFileError if the file is not a whole database of ours, without changing a byte of it."""
    log = _beside(path, "-wal")
    try:
        header = _header(path)
        size = path.stat().st_size
        has_log = log.exists() and log.stat().st_size > 0
    except OSError as error:
        raise file_error(LogFileError, path, error) from error
    if not header:
        raise LogFileError(path=path, why="it is empty, of zero bytes")
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise LogFileError(path=path, why="it is not a database")
    if int.from_bytes(header[68:72], "big") != application_id:
        raise LogFileError(path=path, why="it belongs to another program or another part of LocalChat")
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    # With a log beside it, a file may rightly be shorter: a process died while copying the log into it.
    if not has_log and size < page_bytes * int.from_bytes(header[28:32], "big"):
        raise LogFileError(path=path, why="its end is missing")
    # immutable leaves no file beside it, but does not look at a log; so only where there is none.
    how = "mode=ro" if has_log else "immutable=1"
    connection = None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=0)
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found > version:
            raise LogFileError(path=path, why="it was written by a newer LocalChat")
        if found < 1:
            raise LogFileError(path=path, why="it was never finished")
        if size <= QUICK_CHECK_BYTES:
            connection.text_factory = bytes  # what it finds wrong may quote the damage, which is no text
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != b"ok":
                raise LogFileError(path=path, why="it is damaged inside")
            # An older schema is judged when it has become the newest, at the next start.
            for table, condition in sound.items() if found == version else ():
                row = connection.execute(f"SELECT 1 FROM {table} WHERE NOT coalesce({condition}, 0) LIMIT 1")
                if row.fetchone() is not None:
                    raise LogFileError(path=path, why=f"it is damaged inside, in {table}")
    except _ERRORS as error:
        _raise(path, error)
    finally:
        if connection is not None:
            connection.close()


def _header(path: Path) -> bytes:
    if not path.is_file():
        raise LogFileError(path=path, why="it is not a file")
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)


def _connect(name: str) -> sqlite3.Connection:
    # timeout 0: whoever holds the file holds it for hours. isolation_level None: no BEGIN but ours.
    connection = sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        # A damaged text is not to make the rows around it unreadable.
        connection.text_factory = _text
        # Before anything is read, so that the lock is taken at once and no -shm file is needed.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        # Of macOS, where fsync leaves the bytes in the drive's own cache; no other system has the word.
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute("PRAGMA checkpoint_fullfsync=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, application_id: int, migrations: Sequence[Migration]) -> None:
    """Leads the schema to the newest version in one transaction."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == len(migrations):
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
        for migration in migrations[found:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={application_id:d}")
        connection.execute(f"PRAGMA user_version={len(migrations):d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _raise(path: Path | None, error: Exception) -> NoReturn:
    raise storage_error(path, error) from error


def storage_error(path: Path | None, error: Exception) -> StorageError:
    """The error of ours that says what SQLite's says."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in _FULL_CODES:
        return StorageFull(why=str(error))
    if code in _IN_USE_CODES:
        return FolderInUse(what=path)
    if path is not None and not _permitted(path):
        return FileNotPermitted(path=path)
    return LogFileError(path=path or "(in memory)", why=str(error))


def _permitted(path: Path) -> bool:
    """Whether we may use the file and its folder. SQLite's own words for a lack of rights name damage."""
    may_make = os.access(path.parent, os.R_OK | os.W_OK | os.X_OK)
    return may_make and (not os.path.exists(path) or os.access(path, os.R_OK | os.W_OK))
