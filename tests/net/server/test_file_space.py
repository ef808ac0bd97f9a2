"""A room's space for files: promises are worth little, and what stands still gives way (PROTOCOL §14.3)."""

from __future__ import annotations

import pytest

from netcore import limits
from netcore.net.api.config import ServerOptions
from netcore.net.server.context import Context
from netcore.wire.codes import BlobRefusal, Refusal
from netcore.wire.messages import BlobHave, BlobRefused, DropBlob, Ping, Pong, PutBlob, Refused, Said
from tests.net.conftest import House, StartHouse, the_room
from tests.net.peer import Peer
from tests.net.server.test_blob_relay import Sealed, on_disk, refusal
from tests.waiting import wait_until

CHUNK = limits.CHUNK_BYTES
PROMISED = limits.PROMISED_FILE_BYTES
LARGE = bytes(60 * CHUNK)
"""Nearly twice what a promise takes."""


def room_for(size: int) -> ServerOptions:
    return ServerOptions(max_room_files_bytes=size)


def codes(peer: Peer, blob: bytes) -> list[BlobRefusal]:
    """What the peer has heard of this blob by now, if it was no."""
    peer.send(Ping())
    peer.wait_for(Pong)
    return [one.code for one in peer.received if isinstance(one, BlobRefused) and one.blob == blob]


def begun(house: House) -> set[bytes]:
    return house.call(lambda context: {stored.blob for stored in context.log.blobs()})


def share(peer: Peer, sealed: Sealed) -> None:
    peer.share(sealed.file)
    peer.wait_for(Said, file=sealed.file)


def test_promises_shut_nobody_out(house: House) -> None:
    """Members who promise all they may, and send nothing; somebody else shares a file meanwhile."""
    for number in range(2, 7):
        peer = house.join(number)
        assert [refusal(peer, limits.MAX_FILE_BYTES) for _ in range(2)] == [None, None]
        assert refusal(peer, 50 * 2**20) is None
    promised = house.call(lambda context: context.log.files_bytes())
    assert promised > house.config.options.max_room_files_bytes
    ada = house.join(0)
    sealed = Sealed(LARGE)
    sealed.put_whole(ada)
    share(ada, sealed)
    assert sealed.get(ada) == LARGE


def test_a_promise_takes_little_and_what_comes_takes_all(start_house: StartHouse) -> None:
    """Two are begun where one has place: whose first part comes first has it, and the other is told then."""
    house = start_house(options=room_for(len(LARGE) + PROMISED))
    ada, ben = house.join(0), house.join(1)
    first, second = Sealed(LARGE), Sealed(LARGE)
    assert first.put(ada, up_to=15) == second.put(ben, up_to=15) == 0
    assert codes(ada, first.blob) == codes(ben, second.blob) == []
    ada.send_chunk(first.blob, 15, first.chunks[15])
    ada.wait_for(BlobHave, blob=first.blob, chunks=16)
    ben.send_chunk(second.blob, 15, second.chunks[15])
    ben.wait_for(BlobRefused, blob=second.blob, code=BlobRefusal.ROOM_FULL)
    # Nothing more of it is taken, also when it is asked for again.
    ben.send_chunk(second.blob, 16, second.chunks[16])
    ben.send(PutBlob(second.blob, len(LARGE)))
    ben.send_chunk(second.blob, 16, second.chunks[16])
    assert codes(ben, second.blob) == [BlobRefusal.ROOM_FULL] * 2
    first.put_whole(ada)
    share(ada, first)
    assert first.get(ben) == LARGE
    # What the other had begun stands in nobody's way; and when there is place, it comes.
    ada.send(DropBlob(first.blob))
    wait_until(lambda: begun(house) == {second.blob})
    assert second.put(ben) == 16
    ben.wait_for(BlobHave, blob=second.blob, chunks=60)
    share(ben, second)


def put_some(peer: Peer, sealed: Sealed, count: int) -> None:
    """The first `count` chunks, a multiple of those after which the server says how far it is."""
    assert sealed.put(peer, up_to=count) == 0
    peer.wait_for(BlobHave, blob=sealed.blob, chunks=count)


def test_what_comes_and_what_is_shared_stays(start_house: StartHouse) -> None:
    """However much others want; they are told."""
    house = start_house(options=room_for(3 * len(LARGE)))
    ada, ben, chen = house.join(0), house.join(1), house.join(2)
    shared, coming, whole = Sealed(LARGE), Sealed(LARGE), Sealed(LARGE)
    shared.put_whole(ada)
    share(ada, shared)
    put_some(ada, coming, 32)
    whole.put_whole(ben)
    assert refusal(chen, CHUNK) is BlobRefusal.ROOM_FULL
    assert refusal(ben, CHUNK) is BlobRefusal.ROOM_FULL
    assert begun(house) == {shared.blob, coming.blob, whole.blob}
    assert coming.put(ada) == 32
    ada.wait_for(BlobHave, blob=coming.blob, chunks=60)
    share(ada, coming)
    share(ben, whole)


def test_what_stands_still_gives_way(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a minute without a chunk; of whoever holds most the oldest. Asked for again it begins anew."""
    house = start_house(options=room_for(3 * len(LARGE)))
    ada, ben, chen = house.join(0), house.join(1), house.join(2)
    old, young, alone, wanted = (Sealed(LARGE) for _ in range(4))
    old.put_whole(ada)  # and it is not shared
    put_some(ada, young, 48)
    put_some(ben, alone, 48)
    assert refusal(chen, len(LARGE)) is BlobRefusal.ROOM_FULL
    monkeypatch.setattr(limits, "STILL_FILE_S", 0.0)  # a minute later
    wanted.put_whole(chen)
    share(chen, wanted)
    assert begun(house) == {young.blob, alone.blob, wanted.blob}
    assert codes(ada, old.blob) == [BlobRefusal.LATER]
    assert codes(ada, young.blob) == codes(ben, alone.blob) == []
    wait_until(lambda: len(on_disk(house)) == 3)
    n = ada.share(old.file)
    assert ada.wait_for(Refused, n=n).code is Refusal.NO_FILE
    assert old.put(ada) == 0
    ada.wait_for(BlobHave, blob=old.blob, chunks=60)
    share(ada, old)
    assert {wanted.blob, old.blob} < begun(house) and len(begun(house)) == 3


def test_none_gives_way_in_vain(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for what would not have place all the same, nor where the disk is full."""
    house = start_house(options=room_for(4 * CHUNK))
    ada, ben = house.join(0), house.join(1)
    shared, still = Sealed(bytes(2 * CHUNK)), Sealed(bytes(2 * CHUNK))
    shared.put_whole(ada)
    share(ada, shared)
    still.put(ada, up_to=1)
    monkeypatch.setattr(limits, "STILL_FILE_S", 0.0)
    assert refusal(ben, 3 * CHUNK) is BlobRefusal.ROOM_FULL

    def on_a_full_disk(context: Context) -> BlobRefusal | None:
        context.log.read_only_because = "it is full"
        return the_room(house)._blobs._refusal(ben.id, CHUNK, CHUNK)

    assert house.call(on_a_full_disk) is BlobRefusal.LATER
    assert begun(house) == {shared.blob, still.blob}


def test_of_a_member_s_files_one_at_a_time_is_coming(start_house: StartHouse) -> None:
    """Or one that promises many could keep them all with a chunk now and then."""
    house = start_house(options=room_for(3 * len(LARGE)))
    ada, ben = house.join(0), house.join(1)
    files = [Sealed(LARGE) for _ in range(3)]
    for sealed in files:
        put_some(ada, sealed, 32)
    wanted = Sealed(LARGE)
    wanted.put_whole(ben)
    share(ben, wanted)
    assert begun(house) == {files[1].blob, files[2].blob, wanted.blob}
    assert [codes(ada, sealed.blob) for sealed in files] == [[BlobRefusal.LATER], [], []]


def test_after_a_restart_its_sender_has_a_minute(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHUNKS_PER_SYNC", 8)
    monkeypatch.setattr(limits, "CHUNKS_PER_NOTE", 8)
    options = room_for(len(LARGE))
    house = start_house(options=options)
    sealed = Sealed(LARGE)
    put_some(house.join(0), sealed, 32)
    wait_until(lambda: house.call(lambda context: context.log.blobs()[0].chunks) >= 16)
    house.stop()
    house = start_house(options=options)
    assert refusal(house.join(1), CHUNK) is BlobRefusal.ROOM_FULL
    ada = house.join(0)
    assert sealed.put(ada) >= 16
    ada.wait_for(BlobHave, blob=sealed.blob, chunks=60)
    share(ada, sealed)


def test_the_host_s_own_do_not_give_way(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STILL_FILE_S", 0.0)
    house = start_house(options=room_for(CHUNK))
    ada = house.join(0)
    blob = bytes(16)
    begin = house.call(lambda context: the_room(house)._blobs.begin(context.host_id, blob, CHUNK))
    assert begin is None
    assert refusal(ada, 1) is BlobRefusal.ROOM_FULL
    assert begun(house) == {blob}
