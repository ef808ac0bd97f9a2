"""Room records, stamps and room keys: PROTOCOL §5."""

from __future__ import annotations

import hashlib
import struct

import pytest
from Crypto.Cipher import AES
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.crypto import hkdf
from netcore.crypto.eax import Eax
from netcore.crypto.exchange import direction_keys
from netcore.crypto.room_keys import RoomOpener, RoomSealer, SealedRoom, room_key_frame, stamper
from netcore.errors import RecordError
from netcore.wire.framing import SEALED_LENGTHS, Frame, FrameParser, FrameType
from tests.crypto import fixed_random, flips

TEXT = b'{"t":"say","text":"hello"}\n'


class Member:
    """One connection as the server keeps it, and the client at its other end."""

    def __init__(self, name: str) -> None:
        keys = direction_keys(hashlib.sha256(name.encode()).digest())
        self.stamp, self.wrap_key = stamper(keys.stamp_key), keys.wrap_key
        self.opener = RoomOpener(keys.stamp_key, self.wrap_key)
        self.sent = 0
        self.received = 0

    def key_frame(self, sealer: RoomSealer) -> Frame:
        raw = room_key_frame(sealer.epoch, sealer.key, self.sent, self.wrap_key, self.stamp)
        self.sent += 1
        return parsed(raw)

    def room_frame(self, sealed: SealedRoom) -> Frame:
        raw = sealed.shared + self.stamp(self.sent, sealed.digest)
        self.sent += 1
        return parsed(raw)

    def take(self, frame: Frame) -> None:
        self.opener.take_key(self.received, frame.header, frame.body)
        self.received += 1

    def open(self, frame: Frame) -> bytes:
        plaintext = self.opener.open(self.received, frame.header, frame.body)
        self.received += 1
        return plaintext

    def told(self, sealer: RoomSealer) -> Member:
        self.take(self.key_frame(sealer))
        return self


def parsed(raw: bytes) -> Frame:
    """The frame as it comes out of the wire floor, which must find our header legal."""
    parser = FrameParser(SEALED_LENGTHS)
    parser.feed(raw)
    frame = parser.next()
    assert frame is not None and frame.raw == raw and parser.buffered_bytes == 0
    return frame


def room() -> RoomSealer:
    return RoomSealer(fixed_random("room"))


def refused(member: Member, frame: Frame) -> None:
    """The frame fails, and the opener is as it was."""
    before = [getattr(member.opener, slot) for slot in RoomOpener.__slots__]
    with pytest.raises(RecordError):
        member.open(frame)
    assert [getattr(member.opener, slot) for slot in RoomOpener.__slots__] == before


# --- The bytes --------------------------------------------------------------------------------------


def test_room_record_is_as_written() -> None:
    """PROTOCOL §5.2: `epoch:u32 | index:u64 | ciphertext | tag[16] | stamp[16]`; nonce =
    `epoch || 4 zero bytes || index`; stamp over `seq:u64be || SHA256(header || body without stamp)`."""
    sealer = room()
    for index in range(3):
        sealed = sealer.seal(TEXT)
        header = b"\x1a" + (4 + 8 + len(TEXT) + 16 + 16).to_bytes(3, "big")
        cipher = AES.new(sealer.key, AES.MODE_EAX, nonce=struct.pack(">I4xQ", 1, index), mac_len=16)
        cipher.update(header)
        ciphertext, tag = cipher.encrypt_and_digest(TEXT)
        assert sealed.shared == header + struct.pack(">IQ", 1, index) + ciphertext + tag
        assert sealed.digest == hashlib.sha256(sealed.shared).digest()
        assert sealed.epoch == 1
    expected = hashlib.blake2b((9).to_bytes(8, "big") + sealed.digest, key=b"k" * 32, digest_size=16)
    assert stamper(b"k" * 32)(9, sealed.digest) == expected.digest()


def test_room_key_is_as_written() -> None:
    """PROTOCOL §5.2: wrapped = key XOR keyed BLAKE2b (32 bytes, key = wrap_key) of `seq:u64be`;
    stamped likewise, over `seq || SHA256(header || epoch || wrapped)`."""
    raw = room_key_frame(3, b"K" * 32, 5, b"w" * 32, stamper(b"s" * 32))
    assert len(raw) == 56
    pad = hashlib.blake2b((5).to_bytes(8, "big"), key=b"w" * 32, digest_size=32).digest()
    wrapped = bytes(a ^ b for a, b in zip(b"K" * 32, pad, strict=True))
    front = bytes.fromhex("1B000034") + (3).to_bytes(4, "big") + wrapped
    message = (5).to_bytes(8, "big") + hashlib.sha256(front).digest()
    assert raw == front + hashlib.blake2b(message, key=b"s" * 32, digest_size=16).digest()


def test_ratchet_is_as_written() -> None:
    """PROTOCOL §5.2: `key' = Expand(key, "LocalChat/1 room next", 32)`."""
    sealer = room()
    key = sealer.key
    sealer.ratchet()
    assert sealer.key == hkdf.expand(key, b"LocalChat/1 room next", 32)
    assert sealer.epoch == 2


@pytest.mark.parametrize("size", [1, 65_508])
def test_sizes(size: int) -> None:
    sealer = room()
    ada = Member("ada").told(sealer)
    assert ada.open(ada.room_frame(sealer.seal(b"p" * size))) == b"p" * size


@pytest.mark.parametrize("size", [0, 65_509])
def test_no_record_that_no_frame_would_hold(size: int) -> None:
    with pytest.raises(ValueError):
        room().seal(bytes(size))


def test_an_empty_record_is_refused() -> None:
    """The least Room record holds one byte, also when the server itself seals less."""
    sealer = room()
    ada = Member("ada").told(sealer)
    header = bytes.fromhex("1A00002C")
    body = struct.pack(">IQ", 1, 0)
    body += Eax(sealer.key).seal(struct.pack(">I4xQ", 1, 0), header, b"")
    with pytest.raises(RecordError):
        ada.opener.open(1, header, body + ada.stamp(1, hashlib.sha256(header + body).digest()))


def test_sealed_once_for_all() -> None:
    """PROTOCOL §5.2: one shared `bytes` object sits in all send queues; only the stamps differ."""
    sealer = room()
    members = [Member(name).told(sealer) for name in ("ada", "ben", "chen")]
    sealed = sealer.seal(TEXT)
    frames = [member.room_frame(sealed) for member in members]
    assert len({frame.body[:-16] for frame in frames}) == 1
    assert len({frame.body[-16:] for frame in frames}) == 3
    assert [m.open(f) for m, f in zip(members, frames, strict=True)] == [TEXT] * 3


# --- What an outsider can do ------------------------------------------------------------------------


def test_every_flipped_byte_of_a_room_record_is_noticed() -> None:
    sealer = room()
    ada = Member("ada").told(sealer)
    frame = ada.room_frame(sealer.seal(TEXT))
    for position, changed in flips(frame.body):
        with pytest.raises(RecordError):
            ada.opener.open(ada.received, frame.header, changed)
            pytest.fail(f"body byte {position}")
    for position, changed in flips(frame.header):
        with pytest.raises(RecordError):
            ada.opener.open(ada.received, changed, frame.body)
            pytest.fail(f"header byte {position}")
    assert ada.open(frame) == TEXT


def test_every_flipped_byte_of_a_room_key_is_noticed() -> None:
    ada = Member("ada")
    frame = ada.key_frame(room())
    for position, changed in flips(frame.body):
        with pytest.raises(RecordError):
            ada.opener.take_key(0, frame.header, changed)
            pytest.fail(f"body byte {position}")
    for position, changed in flips(frame.header):
        with pytest.raises(RecordError):
            ada.opener.take_key(0, changed, frame.body)
            pytest.fail(f"header byte {position}")
    assert ada.opener.epoch == 0
    ada.take(frame)
    assert ada.opener.epoch == 1


@pytest.mark.parametrize("length", [*range(0, 46), 51, 53])
def test_bodies_of_other_lengths_are_refused(length: int) -> None:
    """The frame parser lets none of these through; the opener does not rely on it."""
    sealer = room()
    ada = Member("ada").told(sealer)
    body = (b"\0\0\0\2" * 20)[:length]
    stamped = body[:-16] + ada.stamp(1, hashlib.sha256(b"head" + body[:-16]).digest())
    with pytest.raises(RecordError):
        ada.opener.open(1, b"head", stamped)
    with pytest.raises(RecordError):
        ada.opener.take_key(1, b"head", stamped)


def test_replay_reorder_and_drop_fail_at_the_stamp() -> None:
    """PROTOCOL §5.2: one seq per direction counts every frame, so each place takes one frame only."""
    sealer = room()
    ada = Member("ada").told(sealer)
    first, second, third = (ada.room_frame(sealer.seal(TEXT)) for _ in range(3))
    refused(ada, second)
    refused(ada, third)
    assert ada.open(first) == TEXT
    refused(ada, first)
    refused(ada, third)
    assert ada.open(second) == TEXT


def test_a_room_key_frame_is_good_once() -> None:
    sealer = room()
    ada = Member("ada")
    frame = ada.key_frame(sealer)
    ada.take(frame)
    with pytest.raises(RecordError):
        ada.take(frame)


# --- What a member can do who holds the room key ----------------------------------------------------


def forged(sealer_key: bytes, epoch: int, index: int, plaintext: bytes) -> SealedRoom:
    """What anyone with the room key can seal, at any place."""
    forger = RoomSealer(lambda size: sealer_key)
    forger._epoch, forger._index = epoch, index
    return forger.seal(plaintext)


def test_a_member_cannot_forge_on_another_members_connection() -> None:
    """PROTOCOL §5.2: a member who knows the room key still cannot forge, replay or reorder on another
    member's connection."""
    sealer = room()
    ada, mallory = Member("ada").told(sealer), Member("mallory").told(sealer)
    false = forged(sealer.key, 1, 0, b'{"t":"say","from":"ben"}\n')
    refused(ada, mallory.room_frame(false))
    refused(ada, parsed(false.shared + bytes(16)))
    true = sealer.seal(TEXT)
    refused(ada, mallory.room_frame(true))
    # The stamp of a true record does not fit a false one, whatever its EAX tag.
    refused(ada, parsed(false.shared + ada.room_frame(true).body[-16:]))


def test_the_stamp_covers_the_body_not_the_tag() -> None:
    """PROTOCOL §5.2: to someone who holds the key CMAC is no hash, so the bytes themselves are hashed."""
    sealer = room()
    ada = Member("ada").told(sealer)
    frame = ada.room_frame(sealer.seal(TEXT))
    changed = bytearray(frame.body)
    changed[12] ^= 1
    same_tag = Frame(frame.type, bytes(changed))
    assert same_tag.body[-32:] == frame.body[-32:]
    refused(ada, same_tag)


def test_a_room_key_for_one_member_is_not_one_for_another() -> None:
    sealer = room()
    ada, ben = Member("ada"), Member("ben")
    with pytest.raises(RecordError):
        ada.take(ben.key_frame(sealer))


def test_a_room_record_stamp_is_none_for_a_room_key() -> None:
    """Both kinds use one stamp key and one count; the header in the hash keeps them apart."""
    sealer = room()
    ada = Member("ada")
    frame = ada.key_frame(sealer)
    with pytest.raises(RecordError):
        ada.opener.take_key(0, b"\x1a" + frame.header[1:], frame.body)


def test_wrapping_pads_differ_by_seq() -> None:
    """PROTOCOL §5.2: a one-time pad since seq never repeats."""
    first = room_key_frame(1, bytes(32), 0, b"w" * 32, stamper(b"s" * 32))[8:40]
    second = room_key_frame(1, bytes(32), 1, b"w" * 32, stamper(b"s" * 32))[8:40]
    assert first != second


# --- Epochs -----------------------------------------------------------------------------------------


def test_no_key_no_record() -> None:
    ada = Member("ada")
    refused(ada, ada.room_frame(room().seal(TEXT)))
    zero = Member("zero")
    refused(zero, zero.room_frame(forged(bytes(32), 0, 0, TEXT)))


def test_members_step_by_themselves_when_somebody_joins() -> None:
    """PROTOCOL §5.2: one step that members take by themselves when epoch + 1 arrives without a RoomKey."""
    sealer = room()
    ada = Member("ada").told(sealer)
    for epoch in range(2, 6):
        sealer.ratchet()
        for _ in range(2):
            assert ada.open(ada.room_frame(sealer.seal(TEXT))) == TEXT
        assert ada.opener.epoch == epoch


@pytest.mark.parametrize("steps", [2, 3, 1000])
def test_a_leap_of_epochs_is_fatal(steps: int) -> None:
    """PROTOCOL §5.2: any other epoch is fatal."""
    sealer = room()
    ada = Member("ada").told(sealer)
    for _ in range(steps):
        sealer.ratchet()
    refused(ada, ada.room_frame(sealer.seal(TEXT)))


@pytest.mark.parametrize("epoch", [0, 3, 2**32 - 1])
def test_another_epoch_is_fatal_even_under_the_key_we_hold(epoch: int) -> None:
    sealer = room()
    ada = Member("ada").told(sealer)
    refused(ada, ada.room_frame(forged(sealer.key, epoch, 0, TEXT)))


def test_an_earlier_epoch_is_fatal() -> None:
    sealer = room()
    ada = Member("ada").told(sealer)
    old = sealer.seal(TEXT)
    sealer.ratchet()
    ada.open(ada.room_frame(sealer.seal(TEXT)))
    refused(ada, ada.room_frame(old))


def test_a_step_counts_only_if_its_record_opens() -> None:
    """Else one bad record, though refused, would leave the member a key ahead."""
    sealer = room()
    ada = Member("ada").told(sealer)
    good = sealer.seal(TEXT)
    refused(ada, ada.room_frame(forged(b"?" * 32, 2, 0, TEXT)))
    ada.received = ada.sent
    assert ada.open(ada.room_frame(good)) == TEXT
    assert ada.opener.epoch == 1


def test_who_left_cannot_open_what_comes() -> None:
    """PROTOCOL §5.2: after anyone left, a fresh random key; not the next step of the old one."""
    sealer = room()
    ada, gone = Member("ada").told(sealer), Member("gone").told(sealer)
    sealer.rotate()
    sealed = sealer.seal(TEXT)
    refused(gone, gone.room_frame(sealed))
    ada.told(sealer)
    assert ada.open(ada.room_frame(sealed)) == TEXT


def test_a_newcomer_opens_nothing_recorded_before() -> None:
    """PROTOCOL §5.2: the newcomer gets only key', so it opens nothing recorded before."""
    sealer = room()
    before = sealer.seal(b"before")
    sealer.ratchet()
    after = sealer.seal(b"after")
    new = Member("new").told(sealer)
    refused(new, new.room_frame(before))
    new.received = new.sent
    assert new.open(new.room_frame(after)) == b"after"
    # Nor by the key itself, past all checks of the opener.
    cheat = Member("cheat")
    cheat.opener._epoch, cheat.opener._key = 1, sealer.key
    refused(cheat, cheat.room_frame(before))


def test_a_room_key_must_be_a_later_one() -> None:
    sealer = room()
    for _ in range(4):
        sealer.rotate()
    ada = Member("ada").told(sealer)
    for epoch in (0, 4, 5):
        raw = room_key_frame(epoch, b"k" * 32, ada.sent, ada.wrap_key, ada.stamp)
        with pytest.raises(RecordError):
            ada.take(parsed(raw))
    assert ada.opener.epoch == 5
    assert ada.open(ada.room_frame(sealer.seal(TEXT))) == TEXT


def test_index_only_counts_up() -> None:
    """Even the server, by a fault, must not make us take a record under a nonce that was used."""
    sealer = room()
    ada = Member("ada").told(sealer)
    assert ada.open(ada.room_frame(forged(sealer.key, 1, 7, TEXT))) == TEXT
    for index in (0, 6, 7):
        frame = ada.room_frame(forged(sealer.key, 1, index, TEXT))
        refused(ada, frame)
        ada.received = ada.sent
    assert ada.open(ada.room_frame(forged(sealer.key, 1, 9, TEXT))) == TEXT
    sealer.ratchet()
    assert ada.open(ada.room_frame(sealer.seal(TEXT))) == TEXT


@given(st.lists(st.sampled_from(["say", "join", "leave"]), max_size=25))
@settings(max_examples=40, deadline=None)
def test_any_course_of_a_room(steps: list[str]) -> None:
    """Everyone in the room opens everything said while they are in it, and nobody else anything."""
    sealer = room()
    inside = [Member("0").told(sealer)]
    outside: list[Member] = []
    keys_seen = {sealer.key}
    for number, step in enumerate(steps, 1):
        if step == "join":
            sealer.ratchet()
            inside.append(Member(str(number)).told(sealer))
            inside[0].open(inside[0].room_frame(sealer.seal(TEXT)))
            for member in inside[1:-1]:
                member.open(member.room_frame(sealer.seal(TEXT)))
        elif step == "leave" and len(inside) > 1:
            outside.append(inside.pop())
            sealer.rotate()
            for member in inside:
                member.told(sealer)
        else:
            sealed = sealer.seal(TEXT)
            assert [member.open(member.room_frame(sealed)) for member in inside] == [TEXT] * len(inside)
            for member in outside:
                refused(member, member.room_frame(sealed))
                member.received = member.sent
        keys_seen.add(sealer.key)
    assert len(keys_seen) == sealer.epoch


def test_type_bytes_agree_with_the_wire_floor() -> None:
    """netcore/crypto says the two type bytes again, since it must not import netcore/wire."""
    ada = Member("ada")
    sealer = room()
    assert ada.key_frame(sealer).type is FrameType.ROOM_KEY
    assert ada.room_frame(sealer.seal(TEXT)).type is FrameType.ROOM
