"""Opening, refusing, migrating a database file: whatever became of it on the disk."""

from __future__ import annotations

import os
import random as seeded
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netcore.errors import (
    FileNotPermitted,
    FolderInUse,
    FolderNotWritable,
    LogFileError,
    LogFileGone,
    StorageError,
    StorageFull,
)
from netcore.store import database as database_module
from netcore.store.database import Database, Migration, storage_error
from netcore.store.room_log import Attempt, RoomLog
from tests.killing import KILLED

APPLICATION = 0x7465_7374
FIRST: Migration = ("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",)
SECOND: Migration = (
    "ALTER TABLE notes ADD COLUMN at INTEGER NOT NULL DEFAULT 0",
    "UPDATE notes SET at = id * 10",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


def filled(path: Path, rows: int = 300, migrations: tuple[Migration, ...] = (FIRST,)) -> Path:
    database = Database(path, APPLICATION, migrations)
    with database.transaction():
        for number in range(rows):
            database.execute("INSERT INTO notes (text) VALUES (?)", (f"note {number} " + "x" * 400,))
    database.close()
    return path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def refused(path: Path, why: str) -> LogFileError:
    """Opening is refused with the path in the sentence, and no byte in the folder changes."""
    before = snapshot(path.parent)
    with pytest.raises(LogFileError, match=why) as caught:
        Database(path, APPLICATION, (FIRST,))
    assert str(path) in str(caught.value)
    assert "move it away" in str(caught.value)
    assert snapshot(path.parent) == before
    return caught.value


def test_a_new_file_is_whole_from_its_first_moment(path: Path) -> None:
    """A file of zero length must never be of our making, else it could not be told from damage."""
    database = Database(path, APPLICATION, (FIRST,))
    assert path.stat().st_size > 0
    database.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_settings_that_durability_hangs_on(path: Path) -> None:
    """Committed with synchronous=FULL (WAL); one exclusive connection."""
    database = Database(path, APPLICATION, (FIRST,))
    with database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('x')")
    assert database.row("PRAGMA synchronous") == (2,)
    assert database.row("PRAGMA journal_mode") == ("wal",)
    assert database.row("PRAGMA locking_mode") == ("exclusive",)
    database.close()


def test_a_left_over_of_a_killed_first_start_does_not_matter(path: Path) -> None:
    path.with_name("notes.db-new").write_bytes(b"")
    path.with_name("notes.db-new-wal").write_bytes(b"half")
    Database(path, APPLICATION, (FIRST,)).close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_zero_length_is_damage(path: Path) -> None:
    """SQLite opens it without error as an empty database; here it is refused."""
    path.write_bytes(b"")
    refused(path, "zero bytes")


@pytest.mark.parametrize("content", [b"hello", b"x" * 8192, b"SQLite format 3\x00", os.urandom(4096)])
def test_garbage_is_refused(path: Path, content: bytes) -> None:
    """Garbage."""
    path.write_bytes(content)
    refused(path, "not a database")


def test_a_foreign_database_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE urls (url TEXT)")
    connection.commit()
    connection.close()
    refused(path, "another program")


def test_a_client_store_is_no_room_log(path: Path) -> None:
    filled(path)
    with pytest.raises(LogFileError, match="another part"):
        RoomLog.open(path, os.urandom)


@pytest.mark.parametrize("keep", [100, 4096, 4097, 0.5, 0.9, -1])
def test_a_truncated_file_is_refused(path: Path, keep: float) -> None:
    """Truncated anywhere, by a page or by a byte."""
    size = filled(path).stat().st_size
    os.truncate(path, int(size + keep if keep < 0 else size * keep if keep < 1 else keep))
    refused(path, "end is missing")


def test_damage_in_the_middle_is_found(path: Path) -> None:
    """`PRAGMA quick_check` finds it."""
    size = filled(path).stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(seeded.Random(1).randbytes(4096))
    refused(path, "damaged|malformed")


def test_damage_that_quotes_itself_is_found(path: Path) -> None:
    """quick_check names what is wrong by the file's own words, and in a damaged file these are no text."""
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = 1")
    for schema in (b"CREATE TABLE notes (id INTEGER PRIMARY KEY, text)",
                   b"CREATE TABLE notes (id INTEGER PRIMARY KEY, t\xff\xfet NOT NULL)"):  # fmt: skip
        connection.execute("UPDATE sqlite_schema SET sql = CAST(? AS TEXT) WHERE name = 'notes'", (schema,))
        connection.commit()
        connection.close()
        connection = sqlite3.connect(path)
        if b"NOT" not in schema:
            connection.execute("UPDATE notes SET text = NULL WHERE id = 7")
            connection.execute("PRAGMA writable_schema = 1")
    connection.close()
    refused(path, "damaged inside")


def test_an_error_that_quotes_damage_is_a_refusal(path: Path) -> None:
    """"malformed database schema (...)" names the table, whose name is no text any more."""
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = 1")
    connection.execute("UPDATE sqlite_schema SET name = CAST(? AS TEXT), sql = 'no SQL'", (b"n\xff\xfe",))
    connection.commit()
    connection.close()
    with closing(sqlite3.connect(path)) as connection, pytest.raises(UnicodeDecodeError):
        connection.execute("SELECT * FROM sqlite_schema").fetchall()
    refused(path, "codec can.t decode")


def test_the_check_is_bounded_by_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check at the start is bounded by size: above it a damaged page is met when it is read."""
    size = filled(path).stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(seeded.Random(1).randbytes(4096))
    monkeypatch.setattr(database_module, "QUICK_CHECK_BYTES", size - 1)
    database = Database(path, APPLICATION, (FIRST,))
    with pytest.raises(LogFileError):
        database.rows("SELECT * FROM notes")
    database.close()


def test_a_folder_or_a_pipe_is_no_file(path: Path) -> None:
    path.mkdir()
    refused(path, "not a file")
    path.rmdir()
    if sys.platform != "win32":
        os.mkfifo(path)
        with pytest.raises(LogFileError, match="not a file"):
            Database(path, APPLICATION, (FIRST,))


def test_a_log_without_its_file_is_not_thrown_away(path: Path) -> None:
    """SQLite would delete the orphaned -wal, and with it what was acknowledged."""
    path.with_name("notes.db-wal").write_bytes(b"x" * 100)
    refused(path, "missing")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable):
        Database(tmp_path / "not there" / "notes.db", APPLICATION, (FIRST,))


def test_a_second_process_is_kept_out(path: Path) -> None:
    """Two servers of one room would give one seq twice."""
    database = Database(path, APPLICATION, (FIRST,))
    with database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('x')")
    code = (
        "import sys; from pathlib import Path; from netcore.store.database import Database\n"
        "from netcore.errors import FolderInUse\n"
        "from tests.store.test_database import APPLICATION, FIRST\n"
        "try: Database(Path(sys.argv[1]), APPLICATION, (FIRST,))\n"
        "except FolderInUse: sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], timeout=60).returncode == 7
    with pytest.raises(FolderInUse):
        Database(path, APPLICATION, (FIRST,))
    assert database.rows("SELECT text FROM notes") == [("x",)]
    database.close()
    Database(path, APPLICATION, (FIRST,)).close()


def test_an_old_schema_is_led_to_the_newest(path: Path) -> None:
    """All of a migration or nothing."""
    filled(path, rows=3)
    database = Database(path, APPLICATION, (FIRST, SECOND))
    assert database.rows("SELECT id, at FROM notes") == [(1, 10), (2, 20), (3, 30)]
    assert database.row("PRAGMA user_version") == (2,)
    database.close()
    Database(path, APPLICATION, (FIRST, SECOND)).close()


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    filled(path, rows=3)
    broken: Migration = (*SECOND, "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(LogFileError):
        Database(path, APPLICATION, (FIRST, broken))
    database = Database(path, APPLICATION, (FIRST,))
    assert database.row("PRAGMA user_version") == (1,)
    assert len(database.rows("SELECT id, text FROM notes")) == 3
    with pytest.raises(LogFileError):
        database.rows("SELECT at FROM notes")
    database.close()


def test_an_opening_that_fails_lets_go_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries again must not find the file in use, though the first error is still being shown."""
    filled(path, rows=3)

    def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(database_module, "migrate", failing)
        with pytest.raises(LogFileError) as caught:
            Database(path, APPLICATION, (FIRST,))
    assert caught.value.__traceback__ is not None
    Database(path, APPLICATION, (FIRST,)).close()


def test_a_newer_schema_is_refused(path: Path) -> None:
    """A later version may keep what this one would not understand."""
    filled(path, migrations=(FIRST, SECOND))
    refused(path, "newer LocalChat")


def test_a_transaction_is_whole_or_not_at_all(path: Path) -> None:
    database = Database(path, APPLICATION, (FIRST,))
    with pytest.raises(ZeroDivisionError), database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('half')")
        _ = 1 // 0
    assert database.rows("SELECT * FROM notes") == []
    with pytest.raises(LogFileError), database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('half')")
        database.execute("INSERT INTO notes (text) VALUES (NULL)")
    assert database.rows("SELECT * FROM notes") == []
    database.close()


def take_away(path: Path, what: str) -> None:
    if what == "removed":
        path.unlink()
    elif what == "replaced":
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
    elif what == "folder moved":
        path.parent.rename(path.parent.with_name("elsewhere"))
    else:
        path.with_name(path.name + "-wal").unlink()


@pytest.mark.parametrize("what", ["removed", "replaced", "folder moved", "write-ahead log removed"])
def test_a_file_that_is_no_longer_under_its_name(tmp_path: Path, what: str) -> None:
    """An open file takes writes when nobody will ever find them again; that is not keeping them."""
    path = tmp_path / "folder" / "notes.db"
    path.parent.mkdir()
    database = Database(filled(path), APPLICATION, (FIRST,))
    with database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('kept')")
    try:
        take_away(path, what)
    except PermissionError:
        # Windows takes no open file away, and lets nobody do so.
        assert sys.platform == "win32"
        with database.transaction():
            database.execute("INSERT INTO notes (text) VALUES ('kept, too')")
        database.close()
        database = Database(path, APPLICATION, (FIRST,))
        assert ("kept, too",) in database.rows("SELECT text FROM notes")
        database.close()
        return
    with pytest.raises(LogFileGone, match="removed, moved or replaced"):
        database.check_names()
    with pytest.raises(LogFileGone), database.transaction():
        database.execute("INSERT INTO notes (text) VALUES ('lost')")
    database.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_IOERR_WRITE, StorageFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StorageFull),
        (sqlite3.SQLITE_IOERR_FSYNC, LogFileError),
        (sqlite3.SQLITE_IOERR_READ, LogFileError),
        (sqlite3.SQLITE_CORRUPT, LogFileError),
        (sqlite3.SQLITE_BUSY, FolderInUse),
    ],
)
def test_each_fault_of_the_disk_has_its_error(code: int, kind: type[StorageError]) -> None:
    """A full disk passes; after a failed fsync the database is used no more."""
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorcode = code
    assert type(storage_error(Path("x.db"), error)) is kind


def test_a_lack_of_rights_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says "disk I/O error" or "unable to open" of it, in which nobody sees the remedy."""
    path = tmp_path / "room.db"
    path.touch()
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    assert type(storage_error(path, error)) is LogFileError
    monkeypatch.setattr(os, "access", lambda where, how: where != path)
    assert type(storage_error(path, error)) is FileNotPermitted


@pytest.fixture
def crashed(tmp_path: Path) -> Iterator[Path]:
    """A room's folder as kill -9 leaves it: the messages are in the -wal alone."""
    path = tmp_path / "room.db"
    code = (
        "import os, sys; from pathlib import Path\n"
        "from netcore.store.room_log import Attempt, RoomLog\n"
        "from tests.killing import kill_me\n"
        "log = RoomLog.open(Path(sys.argv[1]), os.urandom)\n"
        "for n in range(1, 51): log.commit([Attempt(b'a'*32, 'Ada', b's'*16, n, f'text {n}')], n)\n"
        "kill_me()\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], timeout=60).returncode == KILLED
    assert path.with_name("room.db-wal").stat().st_size > 0
    yield path


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of POSIX")
def test_the_disk_is_full_when_a_killed_process_starts_again(crashed: Path) -> None:
    """It says that the disk is full, not that the file is damaged and could be moved away."""
    code = (
        "import os, resource, sys; from pathlib import Path\n"
        "from netcore.errors import StorageFull; from netcore.store.room_log import RoomLog\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))\n"
        "try: RoomLog.open(Path(sys.argv[1]), os.urandom)\n"
        "except StorageFull: sys.exit(28)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(crashed)], timeout=60).returncode == 28
    log = RoomLog.open(crashed, os.urandom)
    assert log.head == 50
    log.close()


def test_the_log_of_a_killed_process_is_recovered(crashed: Path) -> None:
    """A -wal left by kill -9 holds what was acknowledged."""
    log = RoomLog.open(crashed, os.urandom)
    assert log.head == 50
    log.commit([Attempt(b"a" * 32, "Ada", b"s" * 16, 51, "text 51")], 51)
    assert [said.text for said in log.read(0, 100)[1]] == [f"text {n}" for n in range(1, 52)]
    log.close()


def test_a_refused_file_keeps_its_log_too(crashed: Path) -> None:
    """Left as it is: closing must not copy the -wal into a file that was refused."""
    before = snapshot(crashed.parent)
    with pytest.raises(LogFileError):
        Database(crashed, APPLICATION, (FIRST,))
    assert snapshot(crashed.parent) == before
    with crashed.open("r+b") as file:
        file.seek(4096)  # all but the first page; those in the -wal are not read from here
        file.write(b"\xff" * (crashed.stat().st_size - 4096))
    files = ("room.db", "room.db-wal")
    before = {name: crashed.with_name(name).read_bytes() for name in files}
    with pytest.raises(LogFileError):
        RoomLog.open(crashed, os.urandom)
    assert {name: crashed.with_name(name).read_bytes() for name in files} == before
