"""Room records through the sessions: who gets which key when, and what nobody can forge (PROTOCOL §5.2)."""

from __future__ import annotations

import hashlib

import pytest

from netcore.crypto.room_keys import RoomSealer, SealedRoom, Stamper, room_key_frame, stamper
from netcore.errors import MessageError
from netcore.session.table import State
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Joined, Message, Ping, Slowed
from tests.session.pair import CountedRandom, Pair, clone, failures, joined, messages


def about(number: int) -> Joined:
    return Joined(bytes([number]) * 32, f"Guest {number}")


class Room:
    """A sealer that knows whether its key is one step on, as the server's turn does."""

    def __init__(self) -> None:
        self.sealer = RoomSealer(CountedRandom("room"))
        self.ratcheted = False

    def ratchet(self) -> None:
        self.sealer.ratchet()
        self.ratcheted = True

    def rotate(self) -> None:
        self.sealer.rotate()
        self.ratcheted = False

    def seal(self, *said: Message) -> SealedRoom:
        return self.sealer.seal(b"".join(map(encode, said)))

    def tell(self, pair: Pair, sealed: SealedRoom) -> None:
        pair.server.send_room(sealed, self.sealer.key, self.ratcheted)


def frame_types(data: bytes) -> list[int]:
    types = []
    while data:
        types.append(data[0])
        data = data[4 + int.from_bytes(data[1:4], "big") :]
    return types


def test_the_key_goes_ahead_once() -> None:
    """§5.2: RoomKey ahead of a record that the member could not open otherwise, and only then."""
    pair, room = joined(), Room()
    assert pair.server.room_epoch == 0
    for number in range(3):
        room.tell(pair, room.seal(about(number)))
    pair.collect()
    assert frame_types(pair.to_client) == [0x1B, 0x1A, 0x1A, 0x1A]
    pair.deliver()
    assert messages(pair.client_events) == [about(0), about(1), about(2)]
    assert pair.server.room_epoch == 1


def test_nothing_overtakes_a_record_and_a_record_overtakes_nothing() -> None:
    """§5.2: the stamp is over the number of the frame; what was queued before leaves before. The sealed bytes
    are the same object for every member."""
    pair, room = joined(), Room()
    room.tell(pair, room.seal(about(0)))
    pair.deliver()
    pair.server.send(Slowed())
    sealed = room.seal(about(1))
    room.tell(pair, sealed)
    room.rotate()
    room.tell(pair, room.seal(about(2)))
    pair.server.send(Slowed())
    chunks = pair.server.take_output()
    assert any(chunk is sealed.shared for chunk in chunks)
    pair.to_client += b"".join(chunks)
    assert frame_types(pair.to_client) == [0x17, 0x1A, 0x1B, 0x1A, 0x17]
    pair.deliver()
    assert messages(pair.client_events) == [about(0), Slowed(), about(1), about(2), Slowed()]
    pair.server.close(CloseCode.KICKED)
    pair.collect()
    room.tell(pair, room.seal(about(8)))
    assert pair.server.take_output() == [], "it is over"


def test_a_step_needs_no_word() -> None:
    """§5.2: epoch + 1 by the ratchet: members step by themselves; a newcomer is told."""
    old, new, room = joined(), joined(), Room()
    room.tell(old, room.seal(about(1)))
    room.ratchet()
    sealed = room.seal(about(2))
    for pair in (old, new):
        room.tell(pair, sealed)
        pair.collect()
    assert frame_types(old.to_client) == [0x1B, 0x1A, 0x1A]
    assert frame_types(new.to_client) == [0x1B, 0x1A]
    old.deliver()
    new.deliver()
    assert messages(old.client_events) == [about(1), about(2)]
    assert messages(new.client_events) == [about(2)]


@pytest.mark.parametrize("steps", [["rotate"], ["ratchet", "ratchet"], ["rotate", "ratchet"]])
def test_any_other_change_is_told(steps: list[str]) -> None:
    """A fresh key, and a step of a key that this member never had, come in a RoomKey."""
    pair, room = joined(), Room()
    room.tell(pair, room.seal(about(1)))
    for step in steps:
        getattr(room, step)()
    room.tell(pair, room.seal(about(2)))
    pair.collect()
    assert frame_types(pair.to_client) == [0x1B, 0x1A, 0x1B, 0x1A]
    pair.deliver()
    assert messages(pair.client_events) == [about(1), about(2)]


def test_a_told_key_serves_the_records_after_it() -> None:
    """send_room_key alone: the records of its epoch need no second one."""
    pair, room = joined(), Room()
    pair.server.send(Ping())
    pair.server.send_room_key(room.sealer.epoch, room.sealer.key)
    room.tell(pair, room.seal(about(1)))
    pair.collect()
    assert frame_types(pair.to_client) == [0x17, 0x1B, 0x1A]
    pair.deliver()
    assert messages(pair.client_events) == [Ping(), about(1)]


def test_a_step_from_nothing_is_told() -> None:
    """Who holds no key cannot step one, even into epoch 1."""
    pair, room = joined(), Room()
    room.ratcheted = True
    room.tell(pair, room.seal(about(1)))
    pair.deliver()
    assert messages(pair.client_events) == [about(1)]


def test_nothing_overtakes() -> None:
    """Texts that were queued before a Room record leave before it, and later ones after it."""
    pair, room = joined(), Room()
    pair.server.send(Ping())
    room.tell(pair, room.seal(about(1)))
    pair.server.send(Slowed())
    room.tell(pair, room.seal(about(2), about(3)))
    pair.server.send(Ping())
    pair.deliver()
    assert messages(pair.client_events) == [Ping(), about(1), Slowed(), about(2), about(3), Ping()]


def test_the_shared_bytes_are_not_copied() -> None:
    """One object in all queues: a slow member costs a pointer, not a copy (§5.2)."""
    room = Room()
    sealed = room.seal(about(1))
    for _ in range(2):
        pair = joined()
        room.tell(pair, sealed)
        chunks = pair.server.take_output()
        assert [chunk for chunk in chunks if chunk is sealed.shared]
        assert len(chunks) == 3 and len(chunks[-1]) == 16


def test_only_members_hear_the_room() -> None:
    """A session that is not in the room, or not any more, sends neither key nor record."""
    room = Room()
    stranger = Pair("stranger")
    stranger.handshake()
    gone = joined()
    gone.cut()
    for pair in (stranger, gone):
        room.tell(pair, room.seal(about(1)))
        pair.server.send_room_key(1, room.sealer.key)
        assert pair.server.take_output() == []


# --- What nobody can do -----------------------------------------------------------------------------


def fatal(pair: Pair, data: bytes) -> None:
    client = clone(pair.client)
    events = client.receive_bytes(data, 0.0) or client.receive_eof(0.0)
    (failed,) = failures(events)
    assert events == [failed] and not isinstance(failed.error, MessageError)
    assert client.state is State.CLOSED and client.take_output() == []


def test_every_byte_of_key_and_record() -> None:
    """§5.2: one changed byte of RoomKey or Room, stamp included, ends the connection."""
    pair, room = joined(), Room()
    room.tell(pair, room.seal(about(1)))
    data = b"".join(pair.server.take_output())
    key, record = data[:56], data[56:]
    for i in range(len(key)):
        fatal(pair, key[:i] + bytes([key[i] ^ 1]) + key[i + 1 :])
    assert pair.client.receive_bytes(key, 0.0) == []
    for i in range(len(record)):
        fatal(pair, record[:i] + bytes([record[i] ^ 1]) + record[i + 1 :])
    assert messages(pair.client.receive_bytes(record, 0.0)) == [about(1)]


def _s2c_keys(pair: Pair) -> tuple[Stamper, bytes]:
    return pair.server._stamp, pair.server._wrap_key


def test_a_member_cannot_forge_for_another() -> None:
    """§5.2: who holds the room key can seal; only the server can stamp for this member."""
    victim, room = joined(), Room()
    forger = Pair("forger")
    forger.join("member_ben")
    room.tell(victim, room.seal(about(1)))
    victim.deliver()
    forged = room.seal(Joined(bytes(32), "Host"))
    seq = victim.server._out_seq
    fatal(victim, forged.shared + _s2c_keys(forger)[0](seq, forged.digest))
    fatal(victim, forged.shared + bytes(16))
    good = forged.shared + _s2c_keys(victim)[0](seq, forged.digest)
    assert messages(clone(victim.client).receive_bytes(good, 0.0)) == [Joined(bytes(32), "Host")]


def test_another_member_s_record_moved_here() -> None:
    """The same record as it was stamped for somebody else, key and all."""
    one, room = joined(), Room()
    other = Pair("other")
    other.join("member_ben")
    room.tell(other, room.seal(about(1)))
    fatal(one, b"".join(other.server.take_output()))


def test_repeated_dropped_swapped() -> None:
    pair, room = joined(), Room()
    room.tell(pair, room.seal(about(0)))
    pair.deliver()
    records = []
    for number in (1, 2):
        room.tell(pair, room.seal(about(number)))
        records.append(b"".join(pair.server.take_output()))
    one, two = records
    fatal(pair, two)
    assert messages(pair.client.receive_bytes(one, 0.0)) == [about(1)]
    fatal(pair, one)


def test_an_epoch_does_not_go_back() -> None:
    """§5.2: the epoch of a RoomKey MUST be higher; the server itself could not bring an old key back."""
    pair, room = joined(), Room()
    room.tell(pair, room.seal(about(1)))
    pair.deliver()
    stamp, wrap_key = _s2c_keys(pair)
    seq = pair.server._out_seq
    fatal(pair, room_key_frame(1, bytes(32), seq, wrap_key, stamp))
    fatal(pair, room_key_frame(0, bytes(32), seq, wrap_key, stamp))
    assert clone(pair.client).receive_bytes(room_key_frame(9, bytes(32), seq, wrap_key, stamp), 0.0) == []


@pytest.mark.parametrize("plaintext", [encode(Ping()), b"{}\n", b"\n", encode(about(1))[:-1]])
def test_a_room_record_holds_room_messages(plaintext: bytes) -> None:
    """§6.2: a message in a record of the wrong kind is a fault, answered as §5.4 says."""
    pair, room = joined(), Room()
    room.tell(pair, room.sealer.seal(plaintext))
    pair.deliver()
    assert isinstance(failures(pair.client_events)[0].error, MessageError)
    assert messages(pair.client_events) == []
    assert len(pair.server_events) == 1


def test_stamps_are_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """§5.2, from the outside: BLAKE2b-16(stamp_key, seq || SHA256(header || body without the stamp))."""
    stamp_keys: list[bytes] = []

    def noted(stamp_key: bytes) -> Stamper:
        stamp_keys.append(stamp_key)
        return stamper(stamp_key)

    monkeypatch.setattr("netcore.session.server.stamper", noted)
    pair, room = Pair(), Room()
    pair.join()
    seq = pair.server._out_seq
    room.tell(pair, room.seal(about(1)))
    data = b"".join(pair.server.take_output())
    (stamp_key,), (_, wrap_key) = stamp_keys, _s2c_keys(pair)
    for i, frame in enumerate((data[:56], data[56:])):
        number = (seq + i).to_bytes(8, "big")
        digest = hashlib.sha256(frame[:-16]).digest()
        assert hashlib.blake2b(number + digest, digest_size=16, key=stamp_key).digest() == frame[-16:]
    pad = hashlib.blake2b(seq.to_bytes(8, "big"), digest_size=32, key=wrap_key).digest()
    assert bytes(a ^ b for a, b in zip(data[8:40], pad, strict=True)) == room.sealer.key
