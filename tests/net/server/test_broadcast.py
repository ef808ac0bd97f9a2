"""What the room hears is sealed once, before the disk works, and sent after: never to the wrong people."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from netcore.crypto.room_keys import SealedRoom
from netcore.net.loop import Callback, Timer
from netcore.net.server.broadcast import Broadcast
from netcore.net.server.context import Context
from netcore.net.server.group_commit import MAX_BATCH_WAIT_S, GroupCommit, OutcomeHandler
from netcore.store.room_log import Attempt
from netcore.wire.messages import Said, Say
from tests.net.conftest import House, the_room
from tests.net.peer import Peer
from tests.session.pair import CountedRandom


@dataclass
class Listener:
    """Stands for a live member's link."""

    records: list[tuple[SealedRoom, bytes]] = field(default_factory=list)

    def broadcast(self, records: list[SealedRoom], key: bytes, ratcheted: bool) -> None:
        self.records += [(sealed, key) for sealed in records]


class Room:
    def __init__(self, members: int = 2) -> None:
        self.members = [Listener() for _ in range(members)]
        context = SimpleNamespace(random=CountedRandom("room"), live=self.members)
        self.broadcast = Broadcast(cast(Context, context))

    @property
    def heard(self) -> list[tuple[SealedRoom, bytes]]:
        """By the first member; all have heard the same objects."""
        first, *others = (member.records for member in self.members)
        assert all(len(first) == len(other) for other in others)
        assert all(mine[0] is yours[0] for other in others for mine, yours in zip(first, other, strict=True))
        return first


def test_what_was_prepared_is_sent_as_it_is() -> None:
    """PROTOCOL §5.2: "sealed once for all", and one bytes object for all."""
    room = Room(3)
    room.broadcast.seal_ahead([b"one\n", b"two\n"])
    assert room.heard == []
    room.broadcast.send([b"one\n", b"two\n"])
    ((sealed, _),) = room.heard
    assert (sealed.epoch, len(sealed.shared)) == (1, 4 + 12 + 8 + 16)
    assert sealed.shared[8:16] == bytes(8), "index 0: it was sealed only once"


def test_nothing_prepared_is_sent_twice() -> None:
    room = Room()
    room.broadcast.seal_ahead([b"one\n"])
    room.broadcast.send([b"one\n"])
    room.broadcast.send([])
    room.broadcast.send([b"one\n"])
    assert [sealed.shared[15] for sealed, _ in room.heard] == [0, 1]


def test_what_comes_after_the_preparation_follows_it() -> None:
    room = Room()
    room.broadcast.seal_ahead([b"one\n"])
    room.broadcast.send([b"one\n", b"the disk is full\n"])
    assert [len(sealed.shared) for sealed, _ in room.heard] == [4 + 12 + 4 + 16, 4 + 12 + 17 + 16]


def test_who_leaves_after_the_preparation_cannot_open_it() -> None:
    """PROTOCOL §5.2: "a fresh random key if somebody left ... so that who left hears no more"."""
    room = Room()
    room.broadcast.send([b"before\n"])
    room.broadcast.seal_ahead([b"one\n"])
    room.broadcast.lost_key_holder()
    room.broadcast.send([b"one\n"])
    (_, old_key), (sealed, new_key) = room.heard
    assert sealed.epoch == 2 and new_key != old_key


def test_all_records_of_a_turn_are_under_the_key_that_goes_with_them() -> None:
    """PROTOCOL §5.2: a RoomKey must be that of the record behind it."""
    room = Room()
    room.broadcast.seal_ahead([b"one\n"])
    room.broadcast.gained_member()
    room.broadcast.send([b"one\n", b"two\n"])
    assert {sealed.epoch for sealed, _ in room.heard} == {room.broadcast.epoch}
    assert len({key for _, key in room.heard}) == 1


def test_what_the_disk_refused_is_never_sent() -> None:
    """PROTOCOL §7.1: "acknowledges only what is on its disk"; a broadcast is the acknowledgement."""
    room = Room()
    room.broadcast.seal_ahead([b"joined\n", b"refused\n"])
    room.broadcast.send([b"joined\n"])
    ((sealed, _),) = room.heard
    assert len(sealed.shared) == 4 + 12 + 7 + 16


def test_an_empty_room_is_told_nothing() -> None:
    room = Room(0)
    room.broadcast.seal_ahead([b"one\n"])
    room.broadcast.send([b"one\n"])
    room.members.append(Listener())
    room.broadcast.send([b"two\n"])
    assert [sealed.shared[15] for sealed, _ in room.heard] == [0]


# --- The wait of a busy room ----------------------------------------------------------------------


def speak_in_one_turn(house: House, speakers: list[Peer], each: int) -> None:
    """All their messages are collected before the turn ends."""

    def collect(context: Context) -> None:
        for speaker in speakers:
            for _ in range(each):
                speaker.n += 1
                text = f"{speaker.name} {speaker.n}"
                the_room(house).on_message(context.links[speaker.id], Say(speaker.stream, speaker.n, text))

    house.call(collect)


def batch_wait_s(house: House) -> float:
    return house.call(lambda context: the_room(house)._group_commit._batch_wait_s)


def test_a_busy_room_waits_for_more_and_a_calm_one_does_not(house: House) -> None:
    """One commit, one seal and one send to each member for all that comes within the wait."""
    ada, ben = house.join(0), house.join(1)
    ada.say("one at a time")
    ben.wait_for(Said)
    assert batch_wait_s(house) == 0
    speak_in_one_turn(house, [ada, ben], 3)
    ben.wait_for(Said, text="Peer1 3")
    assert 0 < batch_wait_s(house) <= MAX_BATCH_WAIT_S
    ada.say("after the wait")
    ben.wait_for(Said, text="after the wait")
    assert batch_wait_s(house) == 0


def test_what_comes_within_the_wait_is_one_commit() -> None:
    """The first of them sets the timer; the commit is at the end of the turn in which that is due."""
    timers: list[tuple[float, Callback]] = []
    turn_end: list[Callback] = []

    def call_later(delay_s: float, fn: Callback) -> Timer:
        timers.append((delay_s, fn))
        return Timer(fn)

    loop = SimpleNamespace(call_later=call_later, at_turn_end=turn_end.append)
    commit = GroupCommit(cast(Context, SimpleNamespace(random=CountedRandom("room"), live=[], loop=loop)))
    commit._batch_wait_s = 0.003
    for n in (1, 2, 3):
        commit.attempt(Attempt(bytes(32), "Ada", bytes(16), n, "x"), cast(OutcomeHandler, None))
    ((delay_s, due),) = timers
    assert delay_s == 0.003 and not turn_end
    due()
    assert len(turn_end) == 1
    assert len(commit._attempts) == 3


def test_a_room_that_closes_does_not_wait(house: House) -> None:
    """What was collected is stored and told before the Close."""
    ada, ben = house.join(0), house.join(1)
    house.call(lambda context: setattr(the_room(house)._group_commit, "_batch_wait_s", 60.0))
    speak_in_one_turn(house, [ada], 1)
    house.stop()
    ben.wait_for(Said, text="Peer0 1")
