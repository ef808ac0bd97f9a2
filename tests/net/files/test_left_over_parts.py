"""kill -9 while a file is being saved: no part is left that nobody knows, and nobody else's file is touched
(PROTOCOL §14.1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from netcore.engine import (
    CancelFile,
    Chat,
    FileProgress,
    FileReceived,
    FileRefused,
    GetFile,
    PauseFile,
    SendFile,
    TransferState,
)
from netcore.net.files.target import Target
from netcore.store.client_store import ClientStore
from netcore.store.folders import client_folder, server_folder
from netcore.store.part_notes import PartNotes
from tests.killing import KILLED
from tests.net.files.open_files import keep_open_files
from tests.net.files.saving import CONTENT, SERVER, fill
from tests.net.test_file_transfers import Stage, shared, stage

__all__ = ["stage"]

# Kills itself at the n-th of the calls by which a part comes to be and is noted.
SAVING: Final = """
import os, sqlite3, sys
from pathlib import Path
from tests.killing import kill_me
from netcore.net.files.target import Target
from tests.net.files.saving import save_at_client, save_at_host
left = int(sys.argv[3])
def counted(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            kill_me()
        done = real(*arguments, **options)
        left -= 1
        if left == 0:
            kill_me()
        return done
    return call
save = save_at_client if sys.argv[2] == "client" else save_at_host
steps = save(Path(sys.argv[1]))
next(steps)  # what is there once is there
for name in ("open", "fsync", "replace", "rename", "link", "unlink", "write"):
    setattr(os, name, counted(getattr(os, name)))
for _ in steps:
    pass
"""


def killed_at(home: Path, role: str, n: int) -> bool:
    """Whether the program was killed by its n-th call, before its end."""
    (home / "out").mkdir(parents=True)
    (home / "out" / "plan.pdf").write_bytes(b"precious")
    (home / "out" / "other.part").write_bytes(b"somebody else's")
    run = subprocess.run(
        [sys.executable, "-c", SAVING, str(home), role, str(n)], cwd=Path(__file__).parents[3]
    )
    assert run.returncode in (0, KILLED)
    return run.returncode != 0


def files(home: Path) -> set[str]:
    return {path.name for path in (home / "out").iterdir()}


OTHERS = {"plan.pdf", "other.part"}


@pytest.mark.parametrize("role", ["client", "host"])
def test_a_killed_program_leaves_no_part_that_the_next_does_not_know(tmp_path: Path, role: str) -> None:
    n = 1
    while killed_at(home := tmp_path / str(n), role, n):
        n += 1
        if role == "client":
            store = ClientStore.open(home / "history.db")
            for known in store.downloads(SERVER):
                if os.path.lexists(known.part):
                    target = Target(known.file, Path(known.part))
                    fill(target)
                    target.finish()
            store.close()
        else:
            PartNotes(home / "parts").remove_left_over()
            assert list((home / "parts").glob("[!.]*")) == []
        assert files(home) in (OTHERS, {*OTHERS, "plan (2).pdf"}), n
        assert (home / "out" / "plan.pdf").read_bytes() == b"precious"
    assert n > 8 and files(home) == {*OTHERS, "plan (2).pdf"}
    assert (home / "out" / "plan (2).pdf").read_bytes() == CONTENT


def test_a_part_that_is_another_by_now_is_left_alone(tmp_path: Path) -> None:
    """Somebody made a file of the part's name after ours was taken away; or before ours could be made."""
    notes = PartNotes(tmp_path / "parts")
    made, never_made, empty = (tmp_path / name for name in ("made.part", "never.part", "empty.part"))
    for part in (made, never_made, empty):
        notes.add(part)
    made.write_bytes(b"ours")
    notes.made(made)
    os.replace(made, tmp_path / "ours")  # it keeps its number, so the next one has another
    made.write_bytes(b"precious")
    never_made.write_bytes(b"precious")
    empty.touch()
    notes.add(tmp_path / "gone.part")
    notes.remove_left_over()
    assert made.read_bytes() == never_made.read_bytes() == b"precious"
    assert not empty.exists() and list((tmp_path / "parts").iterdir()) == []
    notes.remove_left_over()
    notes.drop(made)


@pytest.mark.parametrize("role", ["client", "host"])
def test_a_part_that_somebody_has_open_goes_with_the_next_start(
    stage: Stage, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an open file cannot be removed; also if the same file is got again in between."""
    keep_open_files(monkeypatch)
    host, ben = stage.room(file_bytes_per_s=2e6, file_burst_bytes=200_000), stage.join("Ben")
    host.submit(SendFile(1, stage.file()))
    file = shared(ben)
    host.wait(Chat)
    actor = ben if role == "client" else host
    actor.submit(GetFile(file.id, stage.out))
    actor.submit(PauseFile(file.id, True))
    actor.wait(FileProgress, lambda event: event.state is TransferState.PAUSED)
    (part,) = stage.out.iterdir()
    with part.open("rb"):
        actor.submit(CancelFile(file.id))
        assert actor.wait(FileRefused).code == "cancelled"
        actor.submit(GetFile(file.id, stage.out))
        actor.wait(FileReceived)
    assert set(stage.saved) == {"plan.pdf.part", "plan (2).pdf"}
    actor.stop()
    folder = client_folder(stage.home, "Ben") if role == "client" else server_folder(stage.home, "Lab")
    assert len(list((folder / "parts").iterdir())) == 1
    _ = stage.join("Ben") if role == "client" else stage.room()
    assert set(stage.saved) == {"plan (2).pdf"} and list((folder / "parts").iterdir()) == []


def test_one_that_cannot_be_removed_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_open_files(monkeypatch)
    notes = PartNotes(tmp_path / "parts")
    parts = [tmp_path / f"{number}.part" for number in range(5)]
    for part in parts:
        part.write_bytes(b"ours")
        notes.made(part)
    with parts[2].open("rb"), pytest.raises(PermissionError):
        notes.remove_left_over()
    assert [part.exists() for part in parts] == [False, False, True, False, False]
    notes.remove_left_over()
    assert list(tmp_path.iterdir()) == [tmp_path / "parts"] and list((tmp_path / "parts").iterdir()) == []


def test_both_roles_note_a_part_before_they_make_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the steps above do."""
    real, noted = os.open, []

    def open_it(path: Any, flags: int, *more: Any) -> int:
        if flags & os.O_EXCL and str(path).endswith(".part"):
            store = client_folder(stage.home, "Ben") / "history.db"
            notes = (server_folder(stage.home, "Lab") / "parts").glob("[!.]*")
            found = [store.read_bytes(), (store.parent / "history.db-wal").read_bytes()]
            noted.append(
                [str(path).encode() in one for one in (b"".join(found), *map(Path.read_bytes, notes))]
            )
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", open_it)
    host, ben = stage.room(), stage.join("Ben")
    host.submit(SendFile(1, stage.file(b"hello")))
    file = shared(ben)
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileReceived)
    host.wait(Chat)
    host.submit(GetFile(file.id, stage.out, "again.pdf"))
    host.wait(FileReceived)
    assert noted == [[True], [False, True]]
    assert list((server_folder(stage.home, "Lab") / "parts").iterdir()) == []
