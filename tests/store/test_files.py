"""Key files, folders and locks, known servers, settings."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest

from netcore.errors import (
    FileNotPermitted,
    FolderInUse,
    FolderNotWritable,
    KeyFileError,
    SettingsError,
    TrustFileError,
)
from netcore.store import atomic
from netcore.store.folders import FileLock, FolderLock, client_folder, server_folder
from netcore.store.keys import read_key, write_new_key
from netcore.store.known_servers import KnownServers
from netcore.store.settings import Settings

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and links")
PEM = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


# --- Keys ---------------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "identity.pem"


def test_a_missing_key_is_none_and_a_written_one_is_read(key: Path) -> None:
    assert read_key(key) is None
    write_new_key(key, PEM)
    assert read_key(key) == PEM
    assert [one.name for one in key.parent.iterdir()] == [key.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(key: Path) -> None:
    """Never regenerate silently."""
    write_new_key(key, PEM)
    with pytest.raises(KeyFileError):
        write_new_key(key, b"another")
    assert read_key(key) == PEM
    assert [one.name for one in key.parent.iterdir()] == [key.name]


@POSIX
def test_a_key_that_others_can_read_is_closed_with_a_warning(
    key: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A key of mode 0644."""
    write_new_key(key, PEM)
    key.chmod(0o644)
    with caplog.at_level(logging.WARNING, "localchat"):
        assert read_key(key) == PEM
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert str(key) in caplog.text


@pytest.mark.parametrize("content", [b"", b"x" * 70_000])
def test_an_empty_or_huge_key_file_is_refused_and_left(key: Path, content: bytes) -> None:
    """A key that was half written."""
    key.write_bytes(content)
    key.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        read_key(key)
    assert str(key) in str(caught.value)
    assert key.read_bytes() == content


@POSIX
def test_what_is_no_file_is_no_key(key: Path) -> None:
    """A directory, a pipe (which must not block), a link to nowhere."""
    key.mkdir()
    with pytest.raises(KeyFileError):
        read_key(key)
    with pytest.raises(KeyFileError):
        write_new_key(key, PEM)
    key.rmdir()
    os.mkfifo(key)
    with pytest.raises(KeyFileError):
        read_key(key)
    key.unlink()
    key.symlink_to(key.with_name("nowhere"))
    with pytest.raises(KeyFileError, match="link"):
        read_key(key)


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused(key: Path) -> None:
    write_new_key(key, PEM)
    os.chown(key, 12_345, -1)
    with pytest.raises(KeyFileError, match="another user"):
        read_key(key)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable):
        write_new_key(tmp_path / "no" / "key.pem", PEM)


def test_a_crash_before_the_name_leaves_no_key(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """O_EXCL, write, fsync, link, fsync of the folder: in this order. (Windows renames.)"""
    naming = "rename" if sys.platform == "win32" else "link"  # what refuses to overwrite
    steps: list[str] = []
    real_fsync, real_name = os.fsync, getattr(os, naming)

    def fsync(descriptor: int) -> None:
        steps.append("fsync file" if stat.S_ISREG(os.fstat(descriptor).st_mode) else "fsync folder")
        real_fsync(descriptor)

    def name(source: Path, target: Path) -> None:
        steps.append("name")
        assert Path(source).read_bytes() == PEM and not key.exists()
        real_name(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, naming, name)
    write_new_key(key, PEM)
    assert steps == ["fsync file", "name", *([] if sys.platform == "win32" else ["fsync folder"])]


@POSIX
def test_without_links_the_key_is_written_all_the_same(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: Path, target: Path) -> None:
        raise PermissionError("FAT has no links")

    monkeypatch.setattr(os, "link", link)
    write_new_key(key, PEM)
    assert read_key(key) == PEM
    with pytest.raises(KeyFileError):
        write_new_key(key, b"another")
    assert read_key(key) == PEM


def test_a_failed_replacement_leaves_the_old_file(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Disk full or a fault while writing: the old content, and nothing beside it."""
    atomic.replace_file(key, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
            patch.setattr(os, name, fail)
            atomic.replace_file(key, b"new")
        assert key.read_bytes() == b"old"
        assert [one.name for one in key.parent.iterdir()] == [key.name]


# --- Folders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "C:\\x", "CON", "a:stream", "", ".", "\u202e", "x" * 400]
)
def test_no_name_leads_out_of_the_data_folder(tmp_path: Path, name: str) -> None:
    """Folder names are the hex SHA-256 of the folded name, never the name."""
    for folder, parent in ((server_folder, "servers"), (client_folder, "clients")):
        path = folder(tmp_path, name)
        assert path.is_dir() and path.parent == tmp_path / parent
        assert len(path.name) == 64 and set(path.name) <= set("0123456789abcdef")


def test_names_that_are_one_name_have_one_folder(tmp_path: Path) -> None:
    assert client_folder(tmp_path, "ADA") == client_folder(tmp_path, "ada") != client_folder(tmp_path, "Ben")
    assert client_folder(tmp_path, "ada").name != server_folder(tmp_path, "ada").parent.name
    if sys.platform != "win32":
        assert stat.S_IMODE(client_folder(tmp_path, "ada").stat().st_mode) == 0o700


def test_a_folder_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "servers").write_text("")
    with pytest.raises(FolderNotWritable):
        server_folder(tmp_path, "room")


def test_not_permitted_is_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to move a good key away makes themselves a stranger."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        patch.setattr(Path, "open", refuse)
        for read in (lambda: read_key(tmp_path / "member.pem"), KnownServers(tmp_path / "known.json").all):
            with pytest.raises(FileNotPermitted, match="not permitted to use"):
                read()


@POSIX
def test_a_file_system_without_locks_is_not_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Homes on a network; nobody else has the folder open there."""

    def no_locks(*_: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(FolderNotWritable, match=r"cannot be locked: No locks available"):
        FolderLock(tmp_path).acquire()


def test_who_has_the_folder_is_called_by_name(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    with pytest.raises(FolderInUse, match="\u201cAda\u201d is already open in another"):
        FolderLock(tmp_path, "\u201cAda\u201d").acquire()
    lock.release()


def test_a_folder_has_one_holder(tmp_path: Path) -> None:
    """A lock file keeps two processes from one folder and says so."""
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.acquire()
    with pytest.raises(FolderInUse, match="is already open"):
        FolderLock(tmp_path).acquire()
    lock.release()
    lock.release()
    other = FolderLock(tmp_path)
    other.acquire()
    other.release()


def test_a_dead_holder_leaves_nothing(tmp_path: Path) -> None:
    """kill -9 releases the lock: it is the system's, not a file that says "locked"."""
    code = (
        "import sys, time; from pathlib import Path; from netcore.store.folders import FolderLock\n"
        "FolderLock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        # The lock must be kept although nothing refers to the FolderLock any more.
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(FolderInUse):
            FolderLock(tmp_path).acquire()
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()
    FolderLock(tmp_path).acquire()


# --- Known servers ------------------------------------------------------------------------------

ONE, TWO, THREE = b"1" * 32, b"2" * 32, b"3" * 32
HOME, SCHOOL = "192.168.1.5:5050", "10.0.0.7:5050"


@pytest.fixture
def servers(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "known_servers.json")


def test_the_four_answers(servers: KnownServers) -> None:
    """First contact; known; a known key at a new address; an unknown key at a known one (PROTOCOL §11.2)."""
    assert servers.check(ONE, HOME, 0).kind == "new"
    servers.accept(ONE, HOME, "Room 12", 1_000)
    servers.accept(TWO, SCHOOL, "Physics", 2_000)
    found = servers.check(ONE, HOME, 3_000)
    assert found.kind == "known" and found.entry is not None and found.entry.room == "Room 12"
    assert servers.check(THREE, "10.0.0.8:5050", 3_000).kind == "new"
    moved = servers.check(TWO, HOME, 3_000)
    assert moved.kind == "moved" and moved.entry is not None and moved.entry.fingerprint == TWO
    changed = servers.check(THREE, HOME, 3_000)
    assert changed.kind == "changed" and changed.entry is not None
    assert (changed.entry.fingerprint, changed.entry.first_seen_ms) == (ONE, 1_000)
    assert servers.check(THREE, HOME, 3_000) == changed, "to ask changes nothing"


def test_another_port_of_the_same_computer_is_another_address(servers: KnownServers) -> None:
    servers.accept(ONE, "127.0.0.1:5050", "Room", 1)
    assert servers.check(TWO, "127.0.0.1:5051", 2).kind == "new"


def test_after_a_yes_the_address_is_the_new_keys(servers: KnownServers) -> None:
    """API: "for a changed key after a person's yes, moves the address to the new key"."""
    servers.accept(ONE, HOME, "Room", 1_000)
    servers.accept(ONE, SCHOOL, "Room", 2_000)
    servers.accept(TWO, HOME, "Room", 3_000)
    assert servers.check(TWO, HOME, 4_000).kind == "known"
    assert servers.check(THREE, HOME, 4_000).kind == "changed"
    old = next(entry for entry in servers.all() if entry.fingerprint == ONE)
    assert old.addresses == (SCHOOL,) and old.first_seen_ms == 1_000
    assert servers.check(ONE, HOME, 4_000).kind == "moved", "the old key stays known"


def test_the_last_met_comes_first(servers: KnownServers) -> None:
    servers.accept(ONE, HOME, "One", 1_000)
    servers.accept(TWO, SCHOOL, "Two", 2_000)
    assert [entry.fingerprint for entry in servers.all()] == [TWO, ONE]
    servers.touch(ONE, HOME, 3_000, "Renamed")
    servers.touch(THREE, HOME, 4_000)
    assert [(entry.fingerprint, entry.room) for entry in servers.all()] == [(ONE, "Renamed"), (TWO, "Two")]
    servers.check(TWO, SCHOOL, 2_000 + 3_600_001)
    assert servers.all()[0].fingerprint == TWO
    servers.forget(TWO)
    assert [entry.fingerprint for entry in servers.all()] == [ONE]


def test_the_file_is_private_whole_and_readable(servers: KnownServers, tmp_path: Path) -> None:
    path = tmp_path / "known_servers.json"
    assert servers.all() == ()
    assert not path.exists()
    servers.accept(ONE, HOME, "Raum 12 – Ü", 1_000)
    assert json.loads(path.read_text("utf-8"))["servers"][0]["fingerprint"] == ONE.hex()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in tmp_path.iterdir()} == {"known_servers.json", "known_servers.json.lock"}


GOOD_ENTRY = {
    "fingerprint": ONE.hex(),
    "addresses": [HOME],
    "room": "Room",
    "first_seen_ms": 1,
    "last_seen_ms": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe[]",
        b"[]",
        b"null",
        b'{"version": 2, "servers": []}',
        b'{"version": 1}',
        b'{"version": 1, "servers": {"a": 1}}',
        b"[" * 100_000,
        *(
            json.dumps({"version": 1, "servers": [{**GOOD_ENTRY, **change}]}).encode()
            for change in (
                {"fingerprint": "12"},
                {"fingerprint": 12},
                {"addresses": [1]},
                {"room": None},
                {"room": "\ud800"},
                {"first_seen_ms": True},
                {"first_seen_ms": 1.5},
                {"last_seen_ms": -1},
            )
        ),
        json.dumps({"version": 1, "servers": [GOOD_ENTRY, GOOD_ENTRY]}).encode(),
    ],
)
def test_a_damaged_list_is_refused_and_left(servers: KnownServers, tmp_path: Path, content: bytes) -> None:
    """Taken as empty, it would trust every server anew."""
    path = tmp_path / "known_servers.json"
    path.write_bytes(content)
    for ask in (
        lambda: servers.check(ONE, HOME, 0),
        lambda: servers.accept(ONE, HOME, "Room", 0),
        servers.all,
    ):
        with pytest.raises(TrustFileError) as caught:
            ask()
        assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_window_sees_what_another_accepted(tmp_path: Path) -> None:
    """Two windows in turn: each writes on top of what the other wrote."""
    one, other = (KnownServers(tmp_path / "known_servers.json") for _ in range(2))
    for number in range(6):
        (one, other)[number % 2].accept(number.to_bytes(32, "big"), f"10.0.0.{number}:5050", "Room", number)
    assert len(one.all()) == len(other.all()) == 6
    assert one.check((5).to_bytes(32, "big"), "10.0.0.5:5050", 6).kind == "known"


def test_windows_that_accept_at_once_do_not_lose_each_others_yes(tmp_path: Path) -> None:
    """API: "re-read under a lock file before each write"."""
    path = tmp_path / "known_servers.json"

    def accept(number: int) -> None:
        own = KnownServers(path)
        for step in range(5):
            key = number * 5 + step
            own.accept(key.to_bytes(32, "big"), f"10.0.0.{key}:5050", "Room", key)

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(KnownServers(path).all()) == 30


def test_a_lock_that_is_held_too_long_is_said(
    servers: KnownServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netcore.store.known_servers._LOCK_S", 0.05)
    lock = FileLock(tmp_path / "known_servers.json.lock")
    assert lock.try_acquire()
    with pytest.raises(FolderInUse):
        servers.accept(ONE, HOME, "Room", 0)
    assert servers.check(ONE, HOME, 0).kind == "new", "to read needs no lock"
    lock.release()


# --- Settings -----------------------------------------------------------------------------------


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    assert settings.load() == {}
    values: dict[str, str | int | bool] = {"nick": "Zoë", "port": 5050, "dark": True}
    settings.save(values)
    loaded = settings.load()
    assert loaded == values and type(loaded["dark"]) is bool
    settings.save({"nick": "a\ud800"})
    assert settings.load() == {"nick": "a?"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff", b"[]", b"[" * 100_000, b"1" * 5_000),
        *(b'{"a": null}', b'{"a": 1.5}', b'{"a": []}', b'{"a": "\\ud800"}'),
    ],
)
def test_damaged_settings_are_said_with_path_and_reason(tmp_path: Path, content: bytes) -> None:
    """The message names the line."""
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings(path).load()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_what_an_editor_of_windows_has_saved_is_read(servers: KnownServers, tmp_path: Path) -> None:
    """It puts a byte order mark in front, and ends lines its own way."""
    servers.accept(ONE, HOME, "Room", 1)
    Settings(tmp_path / "settings.json").save({"nick": "Zoë"})
    before = servers.all()
    for name in ("known_servers.json", "settings.json"):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert servers.all() == before
    assert Settings(tmp_path / "settings.json").load() == {"nick": "Zoë"}


def test_the_line_of_the_mistake_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b'{\n"a": 1,\n"b" 2}')
    with pytest.raises(SettingsError, match="line 3"):
        Settings(path).load()


@pytest.mark.parametrize("how", [atomic.replace_file, write_new_key])
def test_a_file_that_somebody_looks_at_just_now_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[Path, bytes], None]
) -> None:
    """On Windows no file that is open can be replaced or renamed: by a virus scanner, or another window."""
    path, looks = tmp_path / "file", []

    def refused(real: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        def rename(source: Path, target: Path) -> None:
            looks.append(target)
            if len(looks) < 3:
                raise PermissionError(errno.EACCES, "Access is denied")
            real(source, target)

        return rename

    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setattr(os, "rename", refused(os.rename))
        patch.setattr(os, "replace", refused(os.replace))
        how(path, b"new")
    assert path.read_bytes() == b"new" and len(looks) == 3


def test_a_file_is_replaced_behind_its_reader(tmp_path: Path) -> None:
    """Where the system does not let that happen, when the reader is done."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with ThreadPoolExecutor() as pool, path.open("rb") as reader:
        replacing = pool.submit(atomic.replace_file, path, b"new")
        assert reader.read() == b"old"
        reader.close()
        replacing.result(60)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("read", [lambda path: KnownServers(path).all(), lambda path: Settings(path).load()])
def test_a_file_that_is_replaced_just_now_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object]
) -> None:
    """By another window: on Windows it cannot be opened in that moment."""
    path, real, looks = tmp_path / "file.json", Path.open, []
    path.write_text('{"version": 1, "servers": []}' if read(path) == () else "{}")
    expected = read(path)

    def refused(self: Path, *arguments: Any) -> Any:
        looks.append(self)
        if len(looks) < 3:
            raise PermissionError(errno.EACCES, "Access is denied")
        return real(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setattr(Path, "open", refused)
        assert read(path) == expected and len(looks) == 3


def test_what_is_not_permitted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not tried for ever; nothing is left of it."""
    path, tries = tmp_path / "file", []

    def refuse(source: Path, target: Path) -> NoReturn:
        tries.append(target)
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(atomic, "_PATIENCE_S", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):
            atomic.replace_file(path, b"new")
    assert len(tries) > 1 and list(tmp_path.iterdir()) == []
