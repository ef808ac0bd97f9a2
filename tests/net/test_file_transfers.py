"""Files from disk to disk, over real sockets: through cuts, restarts and changes of mind (PROTOCOL §14)."""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest

from netcore import limits
from netcore.engine import (
    CancelFile,
    Chat,
    ClientConfig,
    Connected,
    Disconnected,
    Engine,
    Event,
    FileProgress,
    FileQueued,
    FileReceived,
    FileRefused,
    FileTakenBack,
    GetFile,
    HistoryOpened,
    Listening,
    MemberJoined,
    PauseFile,
    RetryNow,
    SendFile,
    ServerConfig,
    ServerOptions,
    SharedFile,
    Stop,
    Stopped,
    TakeBackFile,
    TransferState,
    WhisperReceived,
    WhisperSent,
    start_client,
    start_server,
)
from netcore.net.client.files import STORE_FILE
from netcore.net.server.files import BLOBS_FOLDER
from netcore.store.client_store import ClientStore
from netcore.store.folders import client_folder, server_folder
from tests.faults.proxy import FaultProxy
from tests.keys import pem
from tests.net.client.kit import put_key, put_server_keys
from tests.waiting import WAIT_S, wait_until

T = TypeVar("T", bound=Event)
CONTENT = os.urandom(3_000_001)


class Actor:
    """One engine, its events in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.heard: list[Event] = []

    def wait(self, kind: type[T], fits: Callable[[T], bool] = lambda event: True) -> T:
        end_s = time.monotonic() + WAIT_S
        while True:
            try:
                event = self.engine.events.get(timeout=max(0.01, end_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__}; heard {self.heard[-5:]}") from None
            self.heard.append(event)
            if isinstance(event, kind) and fits(event):
                return event

    def submit(self, command: Any) -> None:
        self.engine.submit(command)

    def stop(self) -> None:
        if not any(isinstance(event, Stopped) for event in self.heard):
            self.submit(Stop())
            self.wait(Stopped)
        assert self.engine.join(WAIT_S)


class Stage:
    """A room and its members on this disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.actors: list[Actor] = []
        self.port = 0
        self.out = home / "downloads"
        self.out.mkdir()
        put_server_keys(home, "Lab")

    def room(self, **options: Any) -> Actor:
        config = ServerConfig(self.home, "Lab", "Host", port=self.port, options=ServerOptions(**options))
        actor = self._add(start_server(config))
        self.port = actor.wait(Listening).port
        return actor

    def join(self, nick: str, port: int | None = None) -> Actor:
        put_key(self.home, nick, f"member_{nick.lower()}")
        target = f"127.0.0.1:{port or self.port}"
        actor = self._add(start_client(ClientConfig(self.home, nick, target, accept_new=True)))
        actor.wait(Connected)
        return actor

    def _add(self, engine: Engine) -> Actor:
        self.actors.append(Actor(engine))
        return self.actors[-1]

    def file(self, content: bytes = CONTENT, name: str = "plan.pdf") -> Path:
        path = self.home / name
        path.write_bytes(content)
        return path

    @property
    def saved(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def blobs(self) -> list[Path]:
        return list((server_folder(self.home, "Lab") / BLOBS_FOLDER).glob("*"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    for actor in stage.actors:
        actor.stop()


def shared(actor: Actor) -> SharedFile:
    file = actor.wait(Chat, lambda chat: chat.file is not None).file
    assert file is not None
    return file


def member_id(actor: Actor) -> bytes:
    return next(event for event in actor.heard if isinstance(event, Connected)).you.id


@pytest.mark.parametrize("content", [b"", b"hello", CONTENT])
def test_a_file_goes_to_everyone_who_asks(stage: Stage, content: bytes) -> None:
    """From a member, to another and the host; nobody gets anything without asking."""
    host, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(7, stage.file(content)))
    queued = ada.wait(FileQueued)
    assert (queued.local_id, queued.file.size) == (7, len(content))
    mine = ada.wait(Chat)
    assert (mine.local_id, mine.file, mine.text) == (7, queued.file, "")
    for actor in (ben, host):
        file = shared(actor)
        assert stage.saved == {}
        actor.submit(GetFile(file.id, stage.out))
        received = actor.wait(FileReceived)
        assert received.path == stage.out / "plan.pdf" and received.sha256 == sha256(content).digest()
        assert stage.saved == {"plan.pdf": content}
        received.path.unlink()
    last = [event for event in ada.heard if isinstance(event, FileProgress)][-1]
    assert (last.done, last.sending) == (len(content), True)


def test_the_host_sends_like_a_member(stage: Stage) -> None:
    host, ben = stage.room(), stage.join("Ben")
    host.submit(SendFile(3, stage.file()))
    assert host.wait(Chat).local_id == 3
    ben.submit(GetFile(shared(ben).id, stage.out))
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": CONTENT}


def test_whispered_files_are_their_reader_s(stage: Stage) -> None:
    """From member to member, to the host, and from the host."""
    host, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    host_id = next(event for event in ben.heard if isinstance(event, Connected)).host_id
    ways = [(ada, ben, member_id(ben)), (ada, host, host_id), (host, ben, member_id(ben))]
    for sender, reader, to_id in ways:
        sender.submit(SendFile(1, stage.file(), to_id))
        assert sender.wait(WhisperSent).file is not None
        whisper = reader.wait(WhisperReceived)
        assert whisper.file is not None and whisper.text == ""
        reader.submit(GetFile(whisper.file.id, stage.out))
        reader.wait(FileReceived).path.unlink()
    ben.submit(SendFile(1, stage.file(), member_id(ben)))
    assert ben.wait(FileRefused).code == "to_self"
    # What its only reader has, the server need not keep.
    wait_until(lambda: len(stage.blobs()) <= 1)


def test_through_cuts_on_both_sides(stage: Stage) -> None:
    """It goes on where it was; what arrives is what was sent, and nothing has its name before."""
    stage.room(file_bytes_per_s=4e6, file_burst_bytes=200_000)
    proxy = FaultProxy(stage.port)
    try:
        ada, ben = stage.join("Ada", proxy.port), stage.join("Ben", proxy.port)
        ada.submit(SendFile(1, stage.file()))
        ada.wait(FileProgress, lambda event: event.done > 500_000)
        proxy.reset()
        ada.wait(Disconnected)
        file = shared(ben)
        ben.submit(GetFile(file.id, stage.out))
        ben.wait(FileProgress, lambda event: event.done > 500_000)
        assert set(stage.saved) == {"plan.pdf.part"}
        proxy.cut()
        ben.wait(Disconnected)
        ben.wait(FileReceived)
        assert stage.saved == {"plan.pdf": CONTENT}
        restarts = [event.done for event in ben.heard if isinstance(event, FileProgress)]
        assert restarts == sorted(restarts), "it began again from an earlier place"
    finally:
        proxy.close()


def test_through_restarts_of_everyone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sender, server and receiver, each stopped in the middle: path, key and part are kept."""
    monkeypatch.setattr(limits, "CHUNKS_PER_SYNC", 2)
    slow = {"file_bytes_per_s": 3e6, "file_burst_bytes": 200_000}
    room, ada, ben = stage.room(**slow), stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file()))
    ada.wait(FileProgress, lambda event: event.done > 500_000)
    ada.stop()
    room.stop()
    room = stage.room(**slow)
    ada = stage.join("Ada")
    queued = next(event for event in ada.heard if isinstance(event, FileQueued))
    assert queued.local_id < -(2**39)
    assert ada.wait(Chat).local_id == queued.local_id
    file = shared(ben)
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileProgress, lambda event: event.done > 500_000)
    room.stop()
    ben.stop()
    assert set(stage.saved) == {"plan.pdf.part"}
    stage.room(**slow)
    ben = stage.join("Ben")
    assert any(isinstance(event, HistoryOpened) and event.messages[-1].file == file for event in ben.heard)
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": CONTENT}


def test_a_part_that_a_power_cut_damaged_is_got_again(stage: Stage) -> None:
    room = stage.room(file_bytes_per_s=3e6, file_burst_bytes=200_000)
    ada, ben = stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file()))
    ben.submit(GetFile(shared(ben).id, stage.out))
    ben.wait(FileProgress, lambda event: event.done > 500_000)
    room.stop()
    ben.stop()
    (part,) = stage.out.iterdir()
    part.write_bytes(bytes(part.stat().st_size))
    stage.room()
    stage.join("Ben").wait(FileReceived)
    assert stage.saved == {"plan.pdf": CONTENT}


def test_a_part_that_is_gone_is_not_missed(stage: Stage) -> None:
    """It may have got its name just as the last run ended: nothing is said, and the file can be had again."""
    room = stage.room(file_bytes_per_s=3e6, file_burst_bytes=200_000)
    ada, ben = stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file()))
    file = shared(ben)
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileProgress, lambda event: event.done > 200_000)
    room.stop()
    ben.stop()
    (part,) = stage.out.iterdir()
    part.rename(stage.out / "plan.pdf")
    stage.room()
    ben = stage.join("Ben")
    assert not any(isinstance(event, FileRefused | FileProgress) for event in ben.heard)
    ben.submit(GetFile(file.id, stage.out))
    assert ben.wait(FileReceived).path.name == "plan (2).pdf"


def test_pause_and_cancel_leave_nothing(stage: Stage) -> None:
    """On both sides, and at the server."""
    stage.room(file_bytes_per_s=2e6, file_burst_bytes=200_000)
    ada, ben = stage.join("Ada"), stage.join("Ben")
    path = stage.file()
    ada.submit(SendFile(1, path))
    file_id = ada.wait(FileProgress, lambda event: event.done > 200_000).id
    ada.submit(PauseFile(file_id, True))
    ada.wait(FileProgress, lambda event: event.state is TransferState.PAUSED)
    ada.submit(PauseFile(file_id, False))
    ada.wait(FileProgress, lambda event: event.state is TransferState.RUNNING)
    ada.submit(CancelFile(file_id))
    refused = ada.wait(FileRefused)
    assert (refused.code, refused.local_id, refused.sending) == ("cancelled", 1, True)
    assert "was not shared" in refused.sentence
    wait_until(lambda: stage.blobs() == [])
    ada.submit(SendFile(2, path))
    file = shared(ben)
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileProgress, lambda event: event.done > 200_000)
    ben.submit(PauseFile(file.id, True))
    ben.wait(FileProgress, lambda event: event.state is TransferState.PAUSED)
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileProgress, lambda event: event.state is TransferState.RUNNING)
    ben.submit(CancelFile(file.id))
    refused = ben.wait(FileRefused)
    assert refused.code == "cancelled" and "was not saved" in refused.sentence
    assert stage.saved == {}
    ben.submit(GetFile(file.id, stage.out, "my plan.pdf"))
    ben.wait(FileReceived)
    assert stage.saved == {"my plan.pdf": CONTENT}


def test_a_paused_file_may_lose_its_place_and_begins_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another needed it. It goes on as soon as there is place, and arrives whole."""
    monkeypatch.setattr(limits, "STILL_FILE_S", 0.0)
    stage.room(max_room_files_bytes=len(CONTENT), file_bytes_per_s=4e6, file_burst_bytes=200_000)
    ada, ben = stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file()))
    file_id = ada.wait(FileProgress, lambda event: event.done > 1_500_000).id
    ada.submit(PauseFile(file_id, True))
    ada.wait(FileProgress, lambda event: event.state is TransferState.PAUSED)
    ben.submit(SendFile(1, stage.file(CONTENT[::-1], "notes.pdf")))
    ben.submit(TakeBackFile(shared(ben).id))
    ada.wait(FileTakenBack)
    ada.submit(PauseFile(file_id, False))
    ben.submit(GetFile(shared(ben).id, stage.out))
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": CONTENT}


def test_a_shared_file_is_taken_back(stage: Stage) -> None:
    """By its sender and nobody else; those who come later hear it, too, and those who come back."""
    host, ada, ben, chen = stage.room(), stage.join("Ada"), stage.join("Ben"), stage.join("Chen")
    ada.submit(SendFile(1, stage.file()))
    file = shared(ben)
    chen.stop()
    ben.submit(TakeBackFile(file.id))
    assert ben.wait(FileRefused).code == "not_yours"
    ada.submit(TakeBackFile(file.id))
    for actor in (ada, ben, host):
        assert actor.wait(FileTakenBack) == FileTakenBack(file.id, False)
    wait_until(lambda: stage.blobs() == [])
    for actor in (ben, host):
        actor.submit(GetFile(file.id, stage.out))
        assert actor.wait(FileRefused).code == "gone"
    for late in ("Chen", "Dora"):
        assert FileTakenBack(file.id, False) in stage.join(late).heard
    host.stop()
    host = stage.room()
    assert host.wait(FileTakenBack).id == file.id
    ada.submit(TakeBackFile("00" * 16))
    assert ada.wait(FileRefused).code == "gone"
    assert stage.saved == {}


def test_a_file_that_is_taken_back_while_somebody_gets_it(stage: Stage) -> None:
    """By the host, and by its sender; nothing of it is left, and the sentence says why."""
    host = stage.room(file_bytes_per_s=2e6, file_burst_bytes=200_000)
    ada, ben = stage.join("Ada"), stage.join("Ben")
    for number, actor in enumerate((host, ada)):
        ada.submit(SendFile(number, stage.file()))
        file = shared(ben)
        ada.wait(Chat)
        ben.submit(GetFile(file.id, stage.out))
        ben.wait(FileProgress, lambda event: event.done > 200_000)
        actor.submit(TakeBackFile(file.id))
        refused = ben.wait(FileRefused)
        assert refused.code in ("taken_back", "gone") and "taken back" in refused.sentence
        assert ben.wait(FileTakenBack) == FileTakenBack(file.id, actor is host)
        assert stage.saved == {}


def test_what_is_not_shared_yet_is_cancelled(stage: Stage) -> None:
    host = stage.room(file_bytes_per_s=2e6, file_burst_bytes=200_000)
    ada = stage.join("Ada")
    ada.submit(SendFile(1, stage.file()))
    ada.submit(TakeBackFile(ada.wait(FileProgress, lambda event: event.done > 200_000).id))
    assert ada.wait(FileRefused).code == "cancelled"
    host.submit(SendFile(1, stage.file(CONTENT * 20)))
    host.submit(TakeBackFile(host.wait(FileQueued).file.id))
    refused = host.wait(FileRefused)
    assert refused.code == "cancelled" and "was not shared" in refused.sentence
    wait_until(lambda: stage.blobs() == [])


@pytest.mark.parametrize("restarted", [False, True])
def test_taking_back_is_asked_again_after_a_cut(stage: Stage, restarted: bool) -> None:
    """Also in the next run of the program; and once it is done, it is not asked any more."""
    room, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file(b"hello")))
    file = shared(ben)
    ada.wait(Chat)
    room.stop()
    ada.wait(Disconnected)
    ada.submit(TakeBackFile(file.id))
    if restarted:
        ada.stop()
    stage.room()
    if restarted:
        ada = stage.join("Ada")
    for actor in (ada, ben):
        actor.submit(RetryNow())
        assert actor.wait(FileTakenBack).id == file.id
    wait_until(lambda: stage.blobs() == [])
    ada.stop()
    store = ClientStore.open(client_folder(stage.home, "Ada") / STORE_FILE)
    assert store._db.rows("SELECT * FROM take_backs") == []
    store.close()


def test_a_whispered_file_is_taken_back(stage: Stage) -> None:
    """Also one whose reader is not here, and the host hears nothing of it."""
    host, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    ben_id = member_id(ben)
    ben.stop()
    ada.submit(SendFile(1, stage.file(b"hello"), ben_id))
    sent = ada.wait(WhisperSent).file
    assert sent is not None
    ada.submit(TakeBackFile(sent.id))
    ada.wait(FileTakenBack)
    ben = stage.join("Ben")
    assert ben.wait(WhisperReceived).file == sent
    assert FileTakenBack(sent.id, False) in ben.heard
    host.submit(SendFile(1, stage.file(b"hello")))
    host.wait(Chat)
    assert not any(isinstance(event, FileTakenBack) for event in host.heard)


def test_what_the_server_does_not_take_is_said(stage: Stage) -> None:
    stage.room(max_file_bytes=1_000)
    ada = stage.join("Ada")
    ada.submit(SendFile(1, stage.file()))
    refused = ada.wait(FileRefused)
    assert (refused.code, refused.local_id) == ("too_big", 1) and "plan.pdf" in refused.sentence
    ada.submit(SendFile(2, stage.home / "nowhere"))
    assert ada.wait(FileRefused).code == "file_unreadable"
    ada.submit(GetFile("00" * 16, stage.out))
    assert ada.wait(FileRefused).code == "gone"
    ada.submit(GetFile("no id", stage.out))
    assert ada.wait(FileRefused).code == "gone"
    assert stage.saved == {} and stage.blobs() == []


def test_a_file_that_changes_meanwhile_is_not_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHUNKS_PER_READ", 8)
    stage.room(file_bytes_per_s=2e6, file_burst_bytes=200_000)
    ada = stage.join("Ada")
    path = stage.file(os.urandom(2 * len(CONTENT)))  # more than is read ahead
    ada.submit(SendFile(1, path))
    ada.wait(FileProgress, lambda event: event.done > 200_000)
    path.write_bytes(os.urandom(2 * len(CONTENT) - 1))
    assert ada.wait(FileRefused).code == "file_changed"
    wait_until(lambda: stage.blobs() == [])


def test_a_server_that_changes_a_file_is_found_out(stage: Stage) -> None:
    """86: one bit on its disk; nothing is kept under any name, and the room goes on."""
    host, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file()))
    file = shared(ben)
    (blob,) = stage.blobs()
    data = bytearray(blob.read_bytes())
    data[1_000_000] ^= 1
    blob.write_bytes(data)
    for actor in (ben, host):
        if actor is host:
            shared(host)
        actor.submit(GetFile(file.id, stage.out))
        assert actor.wait(FileRefused).code == "damaged"
        assert stage.saved == {}


def test_two_files_of_one_name_get_two_names(stage: Stage) -> None:
    stage.room()
    ada, ben = stage.join("Ada"), stage.join("Ben")
    for number in range(2):
        ada.submit(SendFile(number, stage.file(str(number).encode())))
        ada.wait(Chat)
    files = [shared(ben), shared(ben)]
    for file in files:
        ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileReceived)
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": b"0", "plan (2).pdf": b"1"}


def test_files_keep_the_order_in_which_they_were_chosen(stage: Stage) -> None:
    """A small one does not overtake the large one before it, at a member or at the host."""
    host, ada = stage.room(), stage.join("Ada")
    large, small = stage.file(CONTENT, "large"), stage.file(b"x", "small")
    for actor in (ada, host):
        for number, path in enumerate((large, small, large)):
            actor.submit(SendFile(number, path))
        names = [actor.wait(Chat, lambda chat: chat.file is not None and chat.mine).file for _ in range(3)]
        assert [file.name for file in names if file is not None] == ["large", "small", "large"]


def test_no_path_is_made_of_a_member_s_name(stage: Stage) -> None:
    """84: where a file goes hangs on its own name and the reader's folder, and on nothing of who sent it."""
    stage.room()
    ada, ben = stage.join("Ada"), stage.join("Ben")
    before = set(stage.home.rglob("*"))
    ada.submit(SendFile(1, stage.file(b"hello")))
    file = shared(ben)
    ben.submit(GetFile(file.id, stage.out))
    assert ben.wait(FileReceived).path == stage.out / "plan.pdf"
    made = set(stage.home.rglob("*")) - before
    assert made and not [path for path in made if "ada" in path.name.lower()]


def test_an_offer_that_nobody_takes_costs_nothing(stage: Stage) -> None:
    """87: it stands in the history, and can be got later, from there, after a restart."""
    stage.room()
    ada, ben = stage.join("Ada"), stage.join("Ben")
    ada.submit(SendFile(1, stage.file(b"later")))
    file = shared(ben)
    ben.stop()
    ben = stage.join("Ben")
    ben.submit(GetFile(file.id, stage.out))
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": b"later"}


def test_an_earlier_client_store_goes_on(stage: Stage) -> None:
    """A store of before there were files: its history is there after the migration, and files go."""
    room, ada, ben = stage.room(), stage.join("Ada"), stage.join("Ben")
    ben.stop()
    (path,) = (one for one in stage.home.glob("clients/*/history.db") if _has(one, ben))
    connection = sqlite3.connect(path)
    with contextlib.closing(connection), connection:
        for table in ("uploads", "downloads", "take_backs"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("history", "drafts", "whispers"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN file")
        connection.execute("PRAGMA user_version = 2")
    ben = stage.join("Ben")
    room.wait(MemberJoined)
    ada.submit(SendFile(1, stage.file()))
    ben.submit(GetFile(shared(ben).id, stage.out))
    ben.wait(FileReceived)
    assert stage.saved == {"plan.pdf": CONTENT}


def _has(path: Path, actor: Actor) -> bool:
    return (path.parent / "member.pem").read_bytes() == pem("member_ben")
