"""Files at the server: taken in chunks, kept sealed, shared once, handed out, forgotten (PROTOCOL §14)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from netcore import limits
from netcore.crypto.blob import BlobCipher, chunk_bytes, chunk_count
from netcore.net.api.commands import Ban, Mute, TakeBackFile
from netcore.net.api.config import ServerOptions
from netcore.net.api.events import Chat, FileRefused, FileTakenBack, MemberJoined
from netcore.net.server.files import BLOBS_FOLDER
from netcore.net.speech import shared_file
from netcore.store.blob_files import BlobFiles
from netcore.store.folders import server_folder
from netcore.store.room_log import RoomLog
from netcore.wire.codec import encode_file
from netcore.wire.codes import BlobRefusal, CloseCode, Refusal
from netcore.wire.messages import (
    BlobDropped,
    BlobHave,
    BlobRefused,
    DropBlob,
    File,
    GetBlob,
    Live,
    Ping,
    Pong,
    PutBlob,
    Refused,
    Said,
    StopBlob,
    Whisper,
    WhisperStored,
)
from tests.net.conftest import House, StartHouse, the_room
from tests.net.files.open_files import keep_open_files
from tests.net.peer import Peer, key
from tests.waiting import wait_until

SMALL = b"a small file"
LARGE = os.urandom(2_000_000)


class Sealed:
    """A file as its sender holds it."""

    def __init__(self, content: bytes, name: str = "plan.pdf") -> None:
        self.content = content
        self.blob, k = os.urandom(16), os.urandom(32)
        self.file = File(self.blob, name, len(content), hashlib.sha256(content).digest(), k)
        cipher = BlobCipher(k, self.blob, len(content))
        self.chunks = [
            cipher.seal(i, content[i * 65_536 :][: chunk_bytes(len(content), i)])
            for i in range(chunk_count(len(content)))
        ]

    def put(self, peer: Peer, *, up_to: int | None = None) -> int:
        """Ask, and send what is missing, as a client does. How many chunks were there at first."""
        peer.send(PutBlob(self.blob, len(self.content)))
        have = first = peer.wait_for(BlobHave, blob=self.blob).chunks
        sent = have
        end = len(self.chunks) if up_to is None else up_to
        while sent < end:
            while sent < min(end, have + limits.CHUNKS_IN_FLIGHT):
                until = min(end, have + limits.CHUNKS_IN_FLIGHT, sent + limits.CHUNKS_PER_FRAME)
                several = self.chunks[sent:until]
                peer.send_chunk(self.blob, sent, b"".join(several))
                sent += len(several)
            if sent < end:
                have = peer.wait_for(BlobHave, blob=self.blob).chunks
        return first

    def put_whole(self, peer: Peer) -> None:
        if self.put(peer) < len(self.chunks):
            peer.wait_for(BlobHave, blob=self.blob, chunks=len(self.chunks))

    def get(self, peer: Peer, first: int = 0) -> bytes:
        """What the peer gets of it from chunk `first` on, opened."""
        peer.chunks.clear()
        peer.send(GetBlob(self.blob, first))
        peer.read_until(lambda: len(peer.chunks) >= len(self.chunks) - first, "all chunks")
        assert [chunk.index for chunk in peer.chunks] == list(range(first, len(self.chunks)))
        cipher = BlobCipher(self.file.k, self.blob, len(self.content))
        return b"".join(cipher.open(chunk.index, chunk.data) for chunk in peer.chunks)


def folder_of(house: House) -> Path:
    return server_folder(house.config.data_dir, house.config.room) / BLOBS_FOLDER


def on_disk(house: House) -> list[bytes]:
    found = []
    for path in folder_of(house).glob("*"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # it is being removed; on Windows, too
            found.append(path.read_bytes())
    return sorted(found)


@pytest.mark.parametrize("content", [b"", SMALL, bytes(65_536), bytes(65_537), LARGE])
def test_a_file_goes_from_one_member_to_another(house: House, content: bytes) -> None:
    """Sent, shared with the room, got by whoever wants it; the server keeps nothing but what was sealed."""
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(content)
    sealed.put_whole(ada)
    ada.share(sealed.file)
    said = ben.wait_for(Said)
    assert (said.text, said.file) == ("", sealed.file)
    assert sealed.get(ben) == content
    assert sealed.get(ada) == content  # its sender may get it, too
    assert on_disk(house) == [b"".join(sealed.chunks)]
    assert house.wait(Chat).file == shared_file(sealed.file)
    # Who comes later reads of it in the log.
    (row,) = [one for one in house.join(2).received if isinstance(one, Said)]
    assert row.file == sealed.file


def dropped(peer: Peer) -> list[tuple[bytes, bool]]:
    return [(one.blob, one.by_host) for one in peer.received if isinstance(one, BlobDropped)]


def test_a_shared_file_that_is_taken_back_is_said_to_all(house: House) -> None:
    """By its sender alone; to those who come later, too, before `live`, as long as its message is there."""
    ada, ben = house.join(0), house.join(1)
    sealed, other = Sealed(SMALL), Sealed(SMALL)
    for one in (sealed, other):
        one.put_whole(ada)
        ada.share(one.file)
        ben.wait_for(Said, file=one.file)
    ben.send(DropBlob(sealed.blob))
    ben.wait_for(BlobRefused, blob=sealed.blob, code=BlobRefusal.GONE)
    assert len(on_disk(house)) == 2
    ada.send(DropBlob(sealed.blob))
    for peer in (ada, ben):
        peer.wait_for(BlobDropped)
        assert dropped(peer) == [(sealed.blob, False)]
    assert house.wait(FileTakenBack) == FileTakenBack(sealed.blob.hex(), False)
    wait_until(lambda: on_disk(house) == [b"".join(other.chunks)])
    ben.send(GetBlob(sealed.blob, 0))
    ben.wait_for(BlobRefused, blob=sealed.blob, code=BlobRefusal.GONE)
    ada.send(DropBlob(sealed.blob))
    ada.wait_for(BlobRefused, blob=sealed.blob, code=BlobRefusal.GONE)
    chen = house.join(2)
    assert dropped(chen) == [(sealed.blob, False)]
    assert [type(one) for one in chen.received if isinstance(one, BlobDropped | Live)] == [BlobDropped, Live]
    assert any(isinstance(one, Said) and one.file == sealed.file for one in chen.received)


def test_a_whispered_file_that_is_taken_back_is_said_to_two(house: House) -> None:
    ada, ben, chen = house.join(0), house.join(1), house.join(2)
    sealed = Sealed(SMALL)
    sealed.put_whole(ada)
    ada.whisper(key(1), encode_file(sealed.file), sealed.blob)
    ben.wait_for(Whisper)
    ada.send(DropBlob(sealed.blob))
    for peer in (ada, ben):
        peer.wait_for(BlobDropped, blob=sealed.blob)
    chen.send(Ping())
    chen.wait_for(Pong)
    assert dropped(chen) == []
    for number, told in ((0, True), (1, True), (3, False)):
        assert dropped(house.join(number)) == ([(sealed.blob, False)] if told else [])
    # The reader who has it says so by the same message; that is no taking back.
    second = Sealed(SMALL)
    ada = house.join(0)
    ben = house.join(1)
    second.put_whole(ada)
    ada.whisper(key(1), encode_file(second.file), second.blob)
    ben.wait_for(Whisper, blob=second.blob)
    ben.send(DropBlob(second.blob))
    wait_until(lambda: on_disk(house) == [])
    ada.send(Ping())
    ada.wait_for(Pong)
    assert [blob for blob, _ in dropped(ada)] == [sealed.blob]


def test_the_host_takes_down_any_file(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    shared, whispered = Sealed(SMALL), Sealed(SMALL)
    for one in (shared, whispered):
        one.put_whole(ada)
    ada.share(shared.file)
    ada.whisper(key(1), encode_file(whispered.file), whispered.blob)
    ben.wait_for(Whisper)
    for one in (shared, whispered):
        house.submit(TakeBackFile(one.blob.hex()))
        for peer in (ada, ben):
            peer.wait_for(BlobDropped, blob=one.blob, by_host=True)
    wait_until(lambda: on_disk(house) == [])
    house.submit(TakeBackFile(shared.blob.hex()))
    assert house.wait(FileRefused).code == "gone"


def test_it_goes_on_at_any_chunk(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(LARGE)
    sealed.put_whole(ada)
    ada.share(sealed.file)
    ben.wait_for(Said)
    assert sealed.get(ben, first=20) == LARGE[20 * 65_536 :]
    assert sealed.get(ben, first=len(sealed.chunks) - 1) == LARGE[(len(sealed.chunks) - 1) * 65_536 :]


def test_sending_goes_on_after_a_cut(house: House) -> None:
    """Over a new connection from where it was, in the same run of the server."""
    ada = house.join(0, "Ada")
    sealed = Sealed(LARGE)
    sealed.put(ada, up_to=20)
    blobs = the_room(house)._blobs
    # A reset throws away what the server has not read yet.
    wait_until(lambda: house.call(lambda context: blobs._uploads[sealed.blob].have))
    ada.reset()
    again = house.join(0, "Ada")
    assert 0 < sealed.put(again) <= 20
    again.wait_for(BlobHave, chunks=len(sealed.chunks))
    again.share(sealed.file)
    again.wait_for(Said)
    assert sealed.get(again) == LARGE


def test_sending_goes_on_after_a_restart(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the last chunk that was noted as durable, whatever else is in the file."""
    monkeypatch.setattr(limits, "CHUNKS_PER_SYNC", 4)
    monkeypatch.setattr(limits, "CHUNKS_PER_NOTE", 8)
    house = start_house()
    ada = house.join(0, "Ada")
    sealed = Sealed(LARGE)
    sealed.put(ada, up_to=10)
    wait_until(lambda: house.call(lambda context: context.log.blobs()[0].chunks) >= 8)
    ada.vanish()
    house.stop()
    house = start_house()
    ada = house.join(0, "Ada")
    assert 8 <= sealed.put(ada) <= 10
    ada.wait_for(BlobHave, chunks=len(sealed.chunks))
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ada) == LARGE
    house.stop()
    house = start_house()
    ben = house.join(1)
    assert sealed.get(ben) == LARGE


def test_the_log_is_not_told_of_each_wait_for_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit of the log is waited for by all."""
    monkeypatch.setattr(limits, "CHUNKS_PER_SYNC", 4)
    monkeypatch.setattr(limits, "CHUNKS_PER_NOTE", 16)
    notes, set_chunks = [], RoomLog.set_chunks

    def noting(self: RoomLog, blob: bytes, chunks: int, whole: bool, age_ms: int) -> None:
        notes.append((chunks, whole))
        set_chunks(self, blob, chunks, whole, age_ms)

    monkeypatch.setattr(RoomLog, "set_chunks", noting)
    sealed = Sealed(bytes(40 * 65_536))
    sealed.put_whole(house.join(0))
    assert notes[-1] == (40, True)
    counts = [0] + [chunks for chunks, whole in notes if not whole]
    assert 1 < len(counts) <= 3
    assert all(after - before >= 16 for before, after in pairwise(counts))


def test_a_slow_sender_hears_how_far_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each piece if those take long, or its person would see nothing move."""
    monkeypatch.setattr(limits, "SLOW_WORD_S", 0.0)
    ada = house.join(0)
    sealed = Sealed(LARGE)
    sealed.put(ada, up_to=1)
    ada.wait_for(BlobHave, blob=sealed.blob, chunks=1)


def test_a_fast_sender_is_not_interrupted_by_each_piece(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SLOW_WORD_S", 100.0)
    ada = house.join(0)
    sealed = Sealed(LARGE)
    sealed.put_whole(ada)
    told = [one.chunks for one in ada.received if isinstance(one, BlobHave)]
    assert told[0] == 0 and told[-1] == len(sealed.chunks)
    assert all(after - before >= limits.CHUNKS_PER_WORD for before, after in pairwise(told[:-1]))


def test_what_a_power_cut_left_is_not_counted_on(start_house: StartHouse) -> None:
    """A file that is longer than what was durable is written again from there; a shared one that is not
    whole any more is gone, and nobody gets half of it."""
    house = start_house()
    ada = house.join(0, "Ada")
    begun, whole = Sealed(LARGE), Sealed(SMALL)
    begun.put(ada, up_to=3)
    ada.send(Ping())
    ada.wait_for(Pong)
    whole.put_whole(ada)
    ada.share(whole.file)
    ada.wait_for(Said)
    house.stop()
    (folder_of(house) / whole.blob.hex()).write_bytes(b"".join(whole.chunks)[:-1])
    (folder_of(house) / (b"x" * 16).hex()).write_bytes(b"of a run that never noted it")
    house = start_house()
    ada = house.join(0, "Ada")
    assert begun.put(ada) == 0
    ada.wait_for(BlobHave, chunks=len(begun.chunks))
    ada.share(begun.file)
    ada.wait_for(Said, file=begun.file)
    assert begun.get(ada) == LARGE
    ada.send(GetBlob(whole.blob, 0))
    assert ada.wait_for(BlobRefused).code is BlobRefusal.GONE
    wait_until(lambda: len(on_disk(house)) == 1)


# --- Who may share and get what -------------------------------------------------------------------


def test_a_file_that_somebody_has_open_is_removed_once_it_is_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an open file cannot be removed: it is tried again. What is sent anew meanwhile stays."""
    keep_open_files(monkeypatch)
    ada = house.join(0)
    files = [Sealed(SMALL), Sealed(SMALL)]
    for one in files:
        one.put_whole(ada)
        ada.share(one.file)
        ada.wait_for(Said, file=one.file)
    paths = [folder_of(house) / one.blob.hex() for one in files]
    with paths[0].open("rb"), paths[1].open("rb"):
        for one in files:
            ada.send(DropBlob(one.blob))
            ada.wait_for(BlobDropped, blob=one.blob)
        ada.send(PutBlob(files[1].blob, len(SMALL)))
        ada.wait_for(BlobHave, blob=files[1].blob, chunks=0)
        house.call(lambda context: the_room(house).tick())
        assert sorted(folder_of(house).iterdir()) == sorted(paths)
    wait_until(lambda: list(folder_of(house).iterdir()) == [paths[1]])
    house.call(lambda context: the_room(house).tick())
    assert files[1].put(ada) == 0
    ada.wait_for(BlobHave, blob=files[1].blob, chunks=1)
    ada.share(files[1].file)
    ada.wait_for(Said, file=files[1].file)
    assert files[1].get(ada) == SMALL


def test_a_file_that_somebody_has_open_is_removed_by_a_later_start(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an open file cannot be removed; nothing else waits for that."""
    keep_open_files(monkeypatch)
    house = start_house()
    sealed = Sealed(LARGE)
    ada = house.join(0)
    sealed.put_whole(ada)
    ada.share(sealed.file)
    ada.wait_for(Said)
    house.stop()
    (shared,) = folder_of(house).iterdir()
    shared.write_bytes(b"not whole any more")
    stray = folder_of(house) / ("ab" * 16)
    stray.write_bytes(b"of nobody")
    with stray.open("rb"):
        house = start_house()
        ada = house.join(0)
        ada.send(GetBlob(sealed.blob, 0))
        assert ada.wait_for(BlobRefused).code is BlobRefusal.GONE, "it looked at the others all the same"
        # By their names: while the test reads one, Windows does not remove it.
        wait_until(lambda: list(folder_of(house).iterdir()) == [stray])
        house.stop()
    house = start_house()
    wait_until(lambda: list(folder_of(house).iterdir()) == [])


def test_only_a_whole_file_of_ones_own_is_shared_and_once(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    begun, whole = Sealed(LARGE), Sealed(SMALL)
    begun.put(ada, up_to=1)
    whole.put_whole(ada)
    n = ada.share(begun.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    n = ada.share(Sealed(SMALL).file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    wrong_size = File(whole.blob, "x", 1, whole.file.sha256, whole.file.k)
    n = ada.share(wrong_size)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    n = ben.share(whole.file)
    assert ben.wait_for(Refused, n=n).code is Refusal.NO_FILE
    ada.share(whole.file)
    ada.wait_for(Said)
    n = ada.share(whole.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE


@pytest.mark.parametrize("name", ["", "a\nb", "a\0", "\x1b[2Jx", "x\x85"])
def test_a_name_that_no_one_can_show_is_refused(house: House, name: str) -> None:
    ada = house.join(0)
    sealed = Sealed(SMALL, name)
    sealed.put_whole(ada)
    n = ada.share(sealed.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.BAD_TEXT


def test_nobody_gets_what_is_not_shared(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(SMALL)
    sealed.put_whole(ada)
    for peer, blob, first in [(ben, sealed.blob, 0), (ada, sealed.blob, 0), (ben, bytes(16), 0)]:
        peer.send(GetBlob(blob, first))
        assert peer.wait_for(BlobRefused, blob=blob).code is BlobRefusal.GONE
    ada.share(sealed.file)
    ben.wait_for(Said)
    ben.send(GetBlob(sealed.blob, 1))  # behind its end
    assert ben.wait_for(BlobRefused).code is BlobRefusal.GONE


def test_a_whispered_file_is_for_its_reader(house: House) -> None:
    ada, ben, chen = house.join(0), house.join(1), house.join(2)
    sealed = Sealed(LARGE)
    sealed.put_whole(ada)
    ada.whisper(key(1), encode_file(sealed.file), sealed.blob)
    ada.wait_for(WhisperStored)
    whisper = ben.wait_for(Whisper)
    assert whisper.blob == sealed.blob
    chen.send(GetBlob(sealed.blob, 0))
    assert chen.wait_for(BlobRefused).code is BlobRefusal.GONE
    assert sealed.get(ben) == LARGE
    # Nor can it be shared with the room as well, or taken away by others.
    n = ada.share(sealed.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    chen.send(DropBlob(sealed.blob), Ping())
    chen.wait_for(Pong)
    assert len(on_disk(house)) == 1
    ben.send(DropBlob(sealed.blob))
    wait_until(lambda: on_disk(house) == [])


def test_a_whisper_of_no_file_is_refused(house: House) -> None:
    ada, _ = house.join(0), house.join(1)
    sealed = Sealed(SMALL)
    ada.whisper(key(1), encode_file(sealed.file), sealed.blob)
    assert ada.wait_for(Refused).code is Refusal.NO_FILE


def test_a_whisper_that_is_given_up_takes_its_file_along(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    ben.vanish()
    sealed = Sealed(SMALL)
    sealed.put_whole(ada)
    ada.whisper(key(1), encode_file(sealed.file), sealed.blob)
    ada.wait_for(WhisperStored)
    house.submit(Ban(ada.id, "", False))
    wait_until(lambda: on_disk(house) == [])


def test_a_blob_is_one_member_s(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(LARGE)
    sealed.put(ada, up_to=1)
    ben.send(PutBlob(sealed.blob, len(LARGE)))
    assert ben.wait_for(BlobRefused).code is BlobRefusal.CONFLICT
    ada.send(PutBlob(sealed.blob, len(LARGE) + 1))
    assert ada.wait_for(BlobRefused).code is BlobRefusal.CONFLICT
    ben.send_chunk(sealed.blob, 1, sealed.chunks[1])
    ben.send(Ping())
    ben.wait_for(Pong)
    assert house.call(lambda context: the_room(house)._blobs._uploads[sealed.blob].have) == 1


# --- What cannot be a file ------------------------------------------------------------------------


def test_chunks_that_are_not_the_next_are_passed_over(house: House) -> None:
    """86: out of order, twice, behind the end, of nothing that was asked for."""
    ada = house.join(0)
    sealed = Sealed(bytes(200_000))
    ada.send(PutBlob(sealed.blob, 200_000))
    ada.wait_for(BlobHave)
    for index in (1, 3, 0, 0, 2, 1, 2, 3, 3, 4, 2**63):
        ada.send_chunk(sealed.blob, index, sealed.chunks[min(index, 3)])
    ada.send_chunk(bytes(16), 0, sealed.chunks[0])
    ada.wait_for(BlobHave, chunks=4)
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ada) == bytes(200_000)


def test_several_chunks_come_in_one_frame(house: House) -> None:
    """§14.2: as many as a frame holds; where the first is not the next, all are passed over."""
    ada = house.join(0)
    sealed = Sealed(bytes(350_000))
    ada.send(PutBlob(sealed.blob, 350_000))
    ada.wait_for(BlobHave)
    for first, last in ((1, 3), (0, 1), (0, 4), (1, 5), (5, 6)):
        ada.send_chunk(sealed.blob, first, b"".join(sealed.chunks[first:last]))
    ada.wait_for(BlobHave, chunks=6)
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ada) == bytes(350_000) and sealed.get(ada, first=3) == bytes(350_000)[3 * 65_536 :]


@pytest.mark.parametrize("length", [65_551 * 2, 65_552 * 3, 65_552 * 2 + 16])
def test_more_or_less_than_whole_chunks_ends_the_connection(house: House, length: int) -> None:
    ada = house.join(0)
    ada.send(PutBlob(b"b" * 16, 131_073))
    ada.wait_for(BlobHave)
    ada.send_chunk(b"b" * 16, 0, bytes(length))
    assert ada.wait_closed() is CloseCode.PROTOCOL


@pytest.mark.parametrize("length", [17, 65_551, 65_552])
def test_a_chunk_of_another_length_ends_the_connection(house: House, length: int) -> None:
    """86: a file that is longer or shorter than was said."""
    ada, ben = house.join(0), house.join(1)
    ada.send(PutBlob(b"b" * 16, 100))
    ada.wait_for(BlobHave)
    ada.send_chunk(b"b" * 16, 0, bytes(length))
    assert ada.wait_closed() is CloseCode.PROTOCOL
    ben.say("the others go on")
    ben.wait_for(Said)


# --- Limits -----------------------------------------------------------------------------------------

SMALL_LIMITS = ServerOptions(max_file_bytes=1_000, max_member_files_bytes=2_000, max_room_files_bytes=3_000)


def refusal(peer: Peer, size: int) -> BlobRefusal | None:
    blob = os.urandom(16)
    peer.send(PutBlob(blob, size), Ping())
    peer.wait_for(Pong)
    refused = [one for one in peer.received if isinstance(one, BlobRefused) and one.blob == blob]
    return refused[0].code if refused else None


def test_sizes_are_limited(start_house: StartHouse) -> None:
    """Judged before anything is stored: of a file, of a member's, of the room's."""
    house = start_house(options=SMALL_LIMITS)
    ada, ben = house.join(0), house.join(1)
    assert refusal(ada, 1_001) is BlobRefusal.TOO_BIG
    assert refusal(ada, 2**53 - 1) is BlobRefusal.TOO_BIG
    assert on_disk(house) == []
    for _ in range(2):
        Sealed(bytes(1_000)).put_whole(ada)
    assert refusal(ada, 1) is BlobRefusal.MEMBER_FULL
    assert refusal(ben, 1_000) is None
    assert refusal(ben, 1) is BlobRefusal.ROOM_FULL
    assert len(on_disk(house)) == 2


def test_files_begun_are_limited(house: House) -> None:
    """87: a thousand offers."""
    ada = house.join(0)
    assert [refusal(ada, 1) for _ in range(limits.MAX_OPEN_BLOBS + 1)] == [
        *[None] * limits.MAX_OPEN_BLOBS,
        BlobRefusal.TOO_MANY,
    ]


def test_the_muted_send_no_files(house: House) -> None:
    ada = house.join(0)
    house.wait(MemberJoined)
    house.submit(Mute(ada.id, True))
    wait_until(lambda: house.call(lambda context: context.moderation.is_muted(ada.id)))
    assert refusal(ada, 1) is BlobRefusal.MUTED


def test_dropping_makes_room(start_house: StartHouse) -> None:
    house = start_house(options=SMALL_LIMITS)
    ada = house.join(0)
    first, second = Sealed(bytes(1_000)), Sealed(bytes(1_000))
    for sealed in (first, second):
        sealed.put_whole(ada)
        ada.share(sealed.file)
        ada.wait_for(Said)
    assert refusal(ada, 1) is BlobRefusal.MEMBER_FULL
    ada.send(DropBlob(first.blob))
    wait_until(lambda: len(on_disk(house)) == 1)
    assert refusal(ada, 1_000) is None
    ada.send(GetBlob(first.blob, 0))
    assert ada.wait_for(BlobRefused, blob=first.blob).code is BlobRefusal.GONE


def test_a_message_that_is_removed_takes_its_file_along(house: House) -> None:
    """Retention, of the log and of the file, is one."""
    ada = house.join(0)
    sealed = Sealed(SMALL)
    sealed.put_whole(ada)
    ada.share(sealed.file)
    ada.wait_for(Said)
    house.call(lambda context: setattr(context.log, "_max_messages", 1))
    for number in range(2):
        ada.say(str(number))
        ada.wait_for(Said, text=str(number))
    wait_until(lambda: on_disk(house) == [])
    ada.send(GetBlob(sealed.blob, 0))
    assert ada.wait_for(BlobRefused).code is BlobRefusal.GONE


def test_what_nobody_shared_is_forgotten_after_an_hour(house: House) -> None:
    ada = house.join(0)
    begun, whole, shared = Sealed(LARGE), Sealed(SMALL), Sealed(SMALL)
    begun.put(ada, up_to=2)
    whole.put_whole(ada)
    shared.put_whole(ada)
    ada.share(shared.file)
    ada.wait_for(Said)

    def later(seconds: float) -> None:
        def age(context: Any) -> None:
            context.age_clock._lived_ms += int(seconds * 1000)
            the_room(house)._blobs.expire()

        house.call(age)

    later(limits.UNNAMED_BLOB_S - 60)
    ada.send(Ping())
    ada.wait_for(Pong)
    assert len(on_disk(house)) == 3
    later(120)
    wait_until(lambda: on_disk(house) == [b"".join(shared.chunks)])
    # What is asked for again begins anew.
    assert begun.put(ada, up_to=0) == 0


# --- A disk that is full or fails -------------------------------------------------------------------


def test_a_full_disk_is_answered_later_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = house.join(0)
    sealed = Sealed(LARGE)
    write = BlobFiles.write
    left = [20]

    def full(self: BlobFiles, blob: bytes, index: int, data: bytes) -> None:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        write(self, blob, index, data)

    monkeypatch.setattr(BlobFiles, "write", full)
    ada.send(PutBlob(sealed.blob, len(LARGE)))
    ada.wait_for(BlobHave)
    for index, chunk in enumerate(sealed.chunks):
        ada.send_chunk(sealed.blob, index, chunk)
    assert ada.wait_for(BlobRefused).code is BlobRefusal.LATER
    ada.say("chat goes on")
    ada.wait_for(Said)
    left[0] = 1_000
    assert sealed.put(ada) == 20
    ada.wait_for(BlobHave, chunks=len(sealed.chunks))
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ada) == LARGE


def test_a_disk_that_cannot_be_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed fsync: what is not known to be durable is asked for again, counts as coming when it comes
    again, and nothing is called whole."""
    ada = house.join(0)
    sealed = Sealed(LARGE)
    sync = BlobFiles.sync

    def failing(self: BlobFiles, blob: bytes, *, new: bool) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(BlobFiles, "sync", failing)
    sealed.put(ada)
    assert ada.wait_for(BlobRefused).code is BlobRefusal.LATER
    upload = the_room(house)._blobs._uploads[sealed.blob]
    assert house.call(lambda _: (upload.have, upload.came)) == (0, 0)
    n = ada.share(sealed.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    monkeypatch.setattr(BlobFiles, "sync", sync)
    assert sealed.put(ada) == 0
    ada.wait_for(BlobHave, chunks=len(sealed.chunks))


def test_what_was_removed_from_the_disk_is_begun_anew(house: House) -> None:
    """The folder of files is emptied by somebody while a file comes: it was answered `later` for ever."""
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(LARGE)
    sealed.put(ada, up_to=12)
    wait_until(lambda: list(map(len, on_disk(house))) == [12 * 65_552], what="twelve chunks")
    (path,) = folder_of(house).iterdir()
    path.unlink()
    ada.send_chunk(sealed.blob, 12, sealed.chunks[12])
    assert ada.wait_for(BlobRefused, blob=sealed.blob).code is BlobRefusal.LATER
    assert sealed.put(ada) == 0
    ada.wait_for(BlobHave, blob=sealed.blob, chunks=len(sealed.chunks))
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ben) == LARGE


def test_the_disk_is_waited_for_for_one_file_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said waits for the same disk, and so behind one of them at most. The name of a file is made
    durable with its first bytes, and not again."""
    sync, waits = BlobFiles.sync, threading.Event()
    asked: list[tuple[bytes, bool]] = []

    def slow(self: BlobFiles, blob: bytes, *, new: bool) -> None:
        asked.append((blob, new))
        assert waits.wait(20)
        sync(self, blob, new=new)

    monkeypatch.setattr(BlobFiles, "sync", slow)
    large = Sealed(bytes((limits.CHUNKS_PER_SYNC + 1) * 65_536))
    small = [Sealed(SMALL), Sealed(SMALL + b"!")]
    ada, ben, cid = house.join(0), house.join(1), house.join(2)
    large.put(ada)
    wait_until(lambda: asked)
    for peer, sealed in zip((ben, cid), small, strict=True):
        sealed.put(peer)
    blobs = the_room(house)._blobs
    wait_until(lambda: house.call(lambda context: len(blobs._to_sync)) == 2)
    assert asked == [(large.blob, True)]
    waits.set()
    for peer, sealed in zip((ada, ben, cid), (large, *small), strict=True):
        peer.wait_for(BlobHave, chunks=len(sealed.chunks))
    assert asked == [(large.blob, True), (small[0].blob, True), (small[1].blob, True), (large.blob, False)]


# --- Chat comes first -------------------------------------------------------------------------------


def test_stopping_is_heard(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    sealed = Sealed(os.urandom(20_000_000))
    sealed.put_whole(ada)
    ada.share(sealed.file)
    ben.wait_for(Said)
    ben.send(GetBlob(sealed.blob, 0))
    ben.read_until(lambda: len(ben.chunks) > 2, "some chunks")
    ben.send(StopBlob(sealed.blob), Ping())
    ben.wait_for(Pong)
    so_far = len(ben.chunks)
    assert so_far < len(sealed.chunks)
    ben.send(Ping())
    ben.wait_for(Pong)
    assert len(ben.chunks) == so_far


def test_files_are_not_charged_like_words(house: House) -> None:
    """Two megabytes would be a minute of words; and who sends them may still speak at once."""
    ada = house.join(0)
    sealed = Sealed(LARGE)
    sealed.put_whole(ada)
    assert house.call(lambda context: context.links[ada.id].backpressure.inbox.share.bytes.wait_s(1e9)) == 0
    for number in range(10):
        ada.say(str(number))
    for number in range(10):
        ada.wait_for(Said, text=str(number))


def test_a_member_s_files_have_a_share_of_their_own(start_house: StartHouse) -> None:
    """Who sends faster is not read from for a while, and hears no `slowed`; all of it arrives."""
    house = start_house(options=ServerOptions(file_bytes_per_s=2_000_000.0, file_burst_bytes=300_000))
    ada = house.join(0)
    sealed = Sealed(LARGE[:700_000])
    before_s = house.call(lambda context: context.loop.now())
    sealed.put_whole(ada)
    ada.share(sealed.file)
    ada.wait_for(Said)
    assert sealed.get(ada) == LARGE[:700_000]
    took_s = house.call(lambda context: context.loop.now()) - before_s
    assert took_s > (2 * 700_000 - 2 * 300_000) / 2_000_000 * 0.9


def test_words_are_read_a_little_at_a_time_and_pieces_of_files_much(house: House) -> None:
    """Or who sends files could have many times as many words taken at once as others."""
    ada = house.join(0)

    def most_bytes() -> int:
        return house.call(lambda context: context.links[ada.id].connection._read_bytes)

    assert most_bytes() == limits.READ_BYTES_PER_TURN
    Sealed(LARGE).put_whole(ada)
    assert most_bytes() == limits.FILE_READ_BYTES_PER_TURN > limits.READ_BYTES_PER_TURN
    ada.send(Ping())
    ada.wait_for(Pong)
    assert most_bytes() == limits.READ_BYTES_PER_TURN


def test_chunks_that_nobody_asked_for_are_charged_like_words(house: House) -> None:
    """Or a member could make us read without end."""
    ada = house.join(0)
    for index in range(4):
        ada.send_chunk(bytes(16), index, bytes(65_552))
    wait_until(lambda: bool(house.call(lambda context: context.links[ada.id].backpressure.paused_for)))


def test_many_senders_take_turns(house: House) -> None:
    """A turn of the loop takes a few chunks and no more, however many send; nobody is left out."""
    peers = [house.join(number) for number in range(8)]
    files = [Sealed(LARGE[: 600_000 + number]) for number in range(8)]
    for peer, sealed in zip(peers, files, strict=True):
        peer.send(PutBlob(sealed.blob, len(sealed.content)))
        peer.wait_for(BlobHave)
    for index in range(10):
        for peer, sealed in zip(peers, files, strict=True):
            peer.send_chunk(sealed.blob, index, sealed.chunks[index])
    for peer, sealed in zip(peers, files, strict=True):
        peer.wait_for(BlobHave, chunks=10)
        peer.share(sealed.file)
        peer.wait_for(Said, file=sealed.file)
    assert sorted(on_disk(house)) == sorted(b"".join(sealed.chunks) for sealed in files)
    blobs = the_room(house)._blobs
    assert house.call(lambda context: (blobs._turns, blobs._uploads)) == (type(blobs._turns)(), {})
