"""Direct and Close records: PROTOCOL §5."""

from __future__ import annotations

import pytest
from Crypto.Cipher import AES
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.crypto.blob import SEALED_CHUNK_BYTES
from netcore.crypto.eax import Eax
from netcore.crypto.exchange import DirectionKeys, direction_keys
from netcore.crypto.records import CHUNK_HEAD_BYTES, DirectOpener, DirectSealer, decode_close, encode_close
from netcore.errors import MessageError, RecordError
from netcore.limits import CHUNKS_PER_FRAME
from netcore.wire.framing import MAX_BODY_BYTES, MAX_RECORD_BYTES, SEALED_LENGTHS, FrameType, encode_header
from tests.crypto import flips

C2S: DirectionKeys = direction_keys(b"c" * 32)
S2C: DirectionKeys = direction_keys(b"s" * 32)
TEXT = b'{"t":"say","text":"hello"}\n'
HEADER = encode_header(FrameType.DIRECT, len(TEXT) + 16)


def sealer() -> DirectSealer:
    return DirectSealer(C2S.key, C2S.iv)


def opener() -> DirectOpener:
    return DirectOpener(C2S.key, C2S.iv)


def test_layout_and_nonce_are_as_written() -> None:
    """PROTOCOL §5.1: nonce = `iv XOR (8 zero bytes || seq:u64be)`, associated data = the 4 header bytes,
    16-byte tag at a fixed offset. Computed here a second time."""
    for seq in (0, 1, 255, 2**32, 2**64 - 1):
        pad = bytes(8) + seq.to_bytes(8, "big")
        nonce = bytes(a ^ b for a, b in zip(C2S.iv, pad, strict=True))
        cipher = AES.new(C2S.key, AES.MODE_EAX, nonce=nonce, mac_len=16)
        cipher.update(HEADER)
        ciphertext, tag = cipher.encrypt_and_digest(TEXT)
        assert sealer().seal(seq, HEADER, TEXT) == ciphertext + tag


def test_records_in_order_come_through() -> None:
    sealing, opening = sealer(), opener()
    for seq in range(20):
        assert opening.open(seq, HEADER, sealing.seal(seq, HEADER, TEXT)) == TEXT


@pytest.mark.parametrize("size", [1, 15, 16, 17, 65_536])
def test_sizes(size: int) -> None:
    plaintext = b"p" * size
    header = encode_header(FrameType.DIRECT, size + 16)
    body = sealer().seal(0, header, plaintext)
    assert len(body) == size + 16
    assert len(body) in SEALED_LENGTHS[FrameType.DIRECT]
    assert opener().open(0, header, body) == plaintext


def test_every_flipped_byte_is_noticed() -> None:
    """PROTOCOL §5.1: edited headers and bodies end as one failed check."""
    body = sealer().seal(7, HEADER, TEXT)
    for position, changed in flips(body):
        with pytest.raises(RecordError):
            opener().open(7, HEADER, changed)
            pytest.fail(f"body byte {position}")
    for position, changed in flips(HEADER):
        with pytest.raises(RecordError):
            opener().open(7, changed, body)
            pytest.fail(f"header byte {position}")


@pytest.mark.parametrize("length", range(0, 18))
def test_short_bodies_are_refused(length: int) -> None:
    body = sealer().seal(0, HEADER, TEXT)
    with pytest.raises(RecordError):
        opener().open(0, HEADER, body[:length])


def test_an_empty_record_is_refused() -> None:
    """PROTOCOL §5.1: plaintext is one or more JSON texts; none is no record."""
    header = encode_header(FrameType.DIRECT, 16)
    with pytest.raises(RecordError):
        opener().open(0, header, Eax(C2S.key).seal(C2S.iv, header, b""))


def test_a_short_tag_is_not_enough() -> None:
    """EAX's receiver decides the tag length; a library left alone would take 2 bytes."""
    cipher = AES.new(C2S.key, AES.MODE_EAX, nonce=C2S.iv, mac_len=2)
    cipher.update(HEADER)
    ciphertext, tag = cipher.encrypt_and_digest(TEXT)
    for body in (ciphertext + tag, ciphertext + tag + bytes(14)):
        with pytest.raises(RecordError):
            opener().open(0, HEADER, body)


def test_replay_reorder_drop() -> None:
    """PROTOCOL §5.1: replay, reorder and drop all end as one failed check."""
    sealing = sealer()
    bodies = [sealing.seal(seq, HEADER, TEXT) for seq in range(4)]
    assert len(set(bodies)) == 4
    for seq, body in enumerate(bodies):
        for at in range(4):
            if at == seq:
                assert opener().open(at, HEADER, body) == TEXT
            else:
                with pytest.raises(RecordError):
                    opener().open(at, HEADER, body)


def test_reflection() -> None:
    """What we sent, sent back to us: the directions have different keys."""
    body = sealer().seal(0, HEADER, TEXT)
    with pytest.raises(RecordError):
        DirectOpener(S2C.key, S2C.iv).open(0, HEADER, body)


def test_a_direct_record_does_not_pass_for_a_close() -> None:
    body = sealer().seal(0, HEADER, TEXT)
    with pytest.raises(RecordError):
        opener().open(0, encode_header(FrameType.CLOSE, len(body)), body)


def test_a_nonce_is_never_used_twice() -> None:
    """A fault of our own must end before the bytes exist: two texts under one nonce show their XOR."""
    sealing = sealer()
    sealing.seal(0, HEADER, TEXT)
    sealing.seal(5, HEADER, TEXT)
    for seq in (0, 4, 5, -1, 2**64):
        with pytest.raises(ValueError, match="nonce"):
            sealing.seal(seq, HEADER, TEXT)
    sealing.seal(6, HEADER, TEXT)


@pytest.mark.parametrize("size", [0, 65_537])
def test_no_record_that_no_peer_would_take(size: int) -> None:
    with pytest.raises(ValueError):
        sealer().seal(0, HEADER, bytes(size))


# --- Close ------------------------------------------------------------------------------------------


@given(st.integers(0, 255), st.text(max_size=100).map(lambda text: text * 3))
@settings(max_examples=60, deadline=None)
def test_close_round_trip(code: int, reason: str) -> None:
    """PROTOCOL §5.3: `code:u8, reason <= 255 bytes`; what is longer is cut between letters."""
    plaintext = encode_close(code, reason)
    assert len(plaintext) <= 256
    back_code, back = decode_close(plaintext)
    assert back_code == code
    assert reason.startswith(back)
    if len(reason.encode()) <= 255:
        assert back == reason


def test_close_sealed_fills_its_frame_at_most() -> None:
    plaintext = encode_close(1, "\u20ac" * 100)
    assert len(plaintext) == 256  # 85 letters of 3 bytes
    body = sealer().seal(0, encode_header(FrameType.CLOSE, 272), plaintext)
    assert len(body) in SEALED_LENGTHS[FrameType.CLOSE]
    for position, changed in flips(body):
        with pytest.raises(RecordError):
            opener().open(0, encode_header(FrameType.CLOSE, 272), changed)
            pytest.fail(f"byte {position}")


@pytest.mark.parametrize("plaintext", [b"", b"\1" + b"r" * 256, b"\1\xff", b"\1\xed\xa0\x80", b"\1\xc3"])
def test_bad_close_plaintexts(plaintext: bytes) -> None:
    with pytest.raises(MessageError):
        decode_close(plaintext)


def test_largest_record_fills_the_largest_frame() -> None:
    assert MAX_RECORD_BYTES == 65_536 + 16
    assert MAX_BODY_BYTES == CHUNK_HEAD_BYTES + CHUNKS_PER_FRAME * SEALED_CHUNK_BYTES == 262_248
