"""Files of ours that the person takes back: asked until the server says that it is done (PROTOCOL §14.4)."""

from __future__ import annotations

import pytest

from netcore.errors import StorageFull
from netcore.net.api.commands import TakeBackFile
from netcore.net.api.events import FileRefused, FileTakenBack
from netcore.store.client_store import ClientStore
from netcore.wire.codes import BlobRefusal
from netcore.wire.messages import BlobDropped, BlobRefused, DropBlob, File, Said
from tests.net.client.kit import ADA, RoomAtHand

FILE = File(b"f" * 16, "plan.pdf", 5, bytes(32), bytes(range(32)))
ASKED = DropBlob(FILE.blob)


def room_with_file(store: ClientStore | None = None) -> RoomAtHand:
    """Live, with a file of Ada's in the history, and cut off again."""
    at_hand = RoomAtHand(store)
    at_hand.go_live()
    at_hand.hear(Said(1, ADA, "Ada", b"s" * 16, 1, 1_000, "", FILE))
    at_hand.room.disconnected()
    at_hand.sent.clear()
    return at_hand


def next_run(at_hand: RoomAtHand) -> RoomAtHand:
    at_hand.room.close()
    later = RoomAtHand(at_hand.store)
    later.go_live(1)
    return later


@pytest.mark.parametrize("code", [None, BlobRefusal.GONE, BlobRefusal.CONFLICT])
def test_it_is_asked_again_in_the_next_run(code: BlobRefusal | None) -> None:
    """And after that no more, if the answer was one."""
    at_hand = room_with_file()
    at_hand.room.submit(TakeBackFile(FILE.blob.hex()))
    assert at_hand.sent == []
    later = next_run(at_hand)
    assert later.sent.count(ASKED) == 1
    later.hear(BlobDropped(FILE.blob, False) if code is None else BlobRefused(FILE.blob, code))
    if code is None:
        assert later.of(FileTakenBack) == [FileTakenBack(FILE.blob.hex(), False)]
    elif code is BlobRefusal.GONE:
        (refused,) = later.of(FileRefused)
        assert (refused.code, refused.name) == ("gone", FILE.name) and FILE.name in refused.sentence
        assert "nothing to take back" in refused.sentence, "and not to ask its sender, who asks"
    assert (ASKED in next_run(later).sent) is (code is BlobRefusal.CONFLICT)


def test_another_server_is_not_asked() -> None:
    at_hand = room_with_file()
    at_hand.room.submit(TakeBackFile(FILE.blob.hex()))
    at_hand.room.server_replaced()
    assert at_hand.of(FileRefused)[0].code == "gone"
    assert ASKED not in next_run(at_hand).sent


def test_a_full_disk_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked as soon as it can be, in this run at least; and being done it is done."""

    def full(*_: object) -> None:
        raise StorageFull(why="it is full")

    for name in ("add_take_back", "drop_take_back"):
        monkeypatch.setattr(ClientStore, name, full)
    at_hand = room_with_file()
    at_hand.room.submit(TakeBackFile(FILE.blob.hex()))
    at_hand.go_live(1)
    assert ASKED in at_hand.sent
    at_hand.hear(BlobDropped(FILE.blob, False))
    assert at_hand.of(FileTakenBack)
    assert ASKED not in next_run(at_hand).sent
