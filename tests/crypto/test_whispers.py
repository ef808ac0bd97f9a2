"""Whispers: PROTOCOL §7."""

from __future__ import annotations

import hashlib

import pytest
from Crypto.Cipher import AES

from netcore.crypto.eax import Eax
from netcore.crypto.identity import PrivateKey, PublicKey, oaep_decrypt, oaep_encrypt
from netcore.crypto.whispers import open_whisper, seal_whisper
from netcore.errors import WhisperError
from tests.crypto import fixed_random, flips, private_key

ADA = private_key("member_ada")
BEN = private_key("member_ben")
CHEN = private_key("member_chen")
SERVER_N = private_key("server_identity").public.modulus
MSG_ID = bytes(range(16))
COUNTER = 1_800_000_000_000_000


def seal(text: str, seed: str = "") -> tuple[bytes, bytes]:
    return seal_whisper(ADA, BEN.public, SERVER_N, MSG_ID, COUNTER, text, fixed_random(seed))


def open_as(
    c1: bytes,
    c2: bytes,
    *,
    recipient: PrivateKey = BEN,
    sender: PublicKey = ADA.public,
    server_n: bytes = SERVER_N,
    msg_id: bytes = MSG_ID,
    counter: int = COUNTER,
) -> str:
    return open_whisper(recipient, sender, server_n, msg_id, counter, c1, c2)


def header() -> bytes:
    ids = ADA.public.fingerprint + BEN.public.fingerprint
    server = hashlib.sha256(SERVER_N).digest()
    return b"LocalChat/1 whisper\n" + server + ids + MSG_ID + COUNTER.to_bytes(8, "big")


@pytest.mark.parametrize("text", ["", "hi", "é€😀", "x" * 251, "x" * 252, "x" * 253, "😀" * 4000])
def test_round_trip(text: str) -> None:
    c1, c2 = seal(text)
    assert len(c1) == 256
    assert len(c2) % 256 == 32
    assert open_as(c1, c2) == text


def test_bytes_are_as_written() -> None:
    """PROTOCOL §10.1, taken apart here a second time."""
    c1, c2 = seal("hello")
    key = oaep_decrypt(BEN, c1, b"LocalChat/1 whisper")
    assert key is not None and len(key) == 32
    cipher = AES.new(key, AES.MODE_EAX, nonce=c2[:16], mac_len=16)
    cipher.update(header())
    plaintext = cipher.decrypt_and_verify(c2[16:-16], c2[-16:])
    assert plaintext[256:] == b"\0\0\0\5hello" + bytes(247)
    signed = b"LocalChat/1 whisper signature\n" + header() + hashlib.sha256(c1).digest() + b"hello"
    assert ADA.public.verify(signed, plaintext[:256])


def test_length_shows_to_within_256_bytes_only() -> None:
    sizes = {len(seal("x" * n)[1]) for n in range(0, 253, 36)}
    assert sizes == {16 + 256 + 256 + 16}


def test_every_flipped_byte_is_noticed() -> None:
    c1, c2 = seal("hello")
    for position, changed in flips(c2):
        with pytest.raises(WhisperError):
            open_as(c1, changed)
            pytest.fail(f"C2 byte {position}")
    for position, changed in flips(c1, step=3):
        with pytest.raises(WhisperError):
            open_as(changed, c2)
            pytest.fail(f"C1 byte {position}")


@pytest.mark.parametrize("cut", [0, 1, 16, 32, 255, 288, 543])
def test_cut_whispers_are_refused(cut: int) -> None:
    c1, c2 = seal("hello")
    with pytest.raises(WhisperError):
        open_as(c1, c2[:cut])
    with pytest.raises(WhisperError):
        open_as(c1[: min(cut, 255)], c2)


def test_each_part_of_the_header_binds() -> None:
    """PROTOCOL §10.1: header = server, from, to, msg_id, counter."""
    c1, c2 = seal("hello")
    with pytest.raises(WhisperError):
        open_as(c1, c2, recipient=CHEN)
    with pytest.raises(WhisperError):
        open_as(c1, c2, sender=CHEN.public)
    with pytest.raises(WhisperError):
        open_as(c1, c2, server_n=private_key("server_identity_2").public.modulus)
    with pytest.raises(WhisperError):
        open_as(c1, c2, msg_id=bytes(16))
    for counter in (COUNTER + 1, 0, -1, 2**64):
        with pytest.raises(WhisperError):
            open_as(c1, c2, counter=counter)
    with pytest.raises(WhisperError):
        open_as(c1, c2, msg_id=MSG_ID + b"\0")


# --- A sender, recipient or server that cheats ------------------------------------------------------


def opened(c1: bytes, c2: bytes, recipient: PrivateKey, associated: bytes) -> bytes:
    key = oaep_decrypt(recipient, c1, b"LocalChat/1 whisper")
    assert key is not None
    plaintext = Eax(key).open(c2[:16], associated, c2[16:])
    assert plaintext is not None
    return plaintext


def resealed(plaintext: bytes, key: bytes = b"k" * 32, c1: bytes | None = None) -> tuple[bytes, bytes]:
    """A whisper for Ben with any inside: what anyone can make who has Ben's public key."""
    c1 = c1 or oaep_encrypt(BEN.public, key, b"LocalChat/1 whisper", fixed_random("reseal"))
    return c1, bytes(16) + Eax(key).seal(bytes(16), header(), plaintext)


def signed(c1: bytes, body: bytes, by: PrivateKey = ADA) -> bytes:
    message = b"LocalChat/1 whisper signature\n" + header() + hashlib.sha256(c1).digest() + body
    return by.sign(message, fixed_random("sign"))


def padded(body: bytes) -> bytes:
    plaintext = len(body).to_bytes(4, "big") + body
    return plaintext + bytes(-len(plaintext) % 256)


def test_the_forging_helpers_make_a_good_whisper_when_nothing_is_forged() -> None:
    """Else the tests below could pass for a wrong reason."""
    c1, _ = resealed(b"")
    assert open_as(*resealed(signed(c1, b"hello") + padded(b"hello"))) == "hello"


def test_a_recipient_cannot_pass_a_whisper_on_as_the_senders() -> None:
    """Surreptitious forwarding: Chen seals what Ada signed for him again, now for Ben."""
    c1, c2 = seal_whisper(ADA, CHEN.public, SERVER_N, MSG_ID, COUNTER, "hello", fixed_random())
    to_chen = header().replace(BEN.public.fingerprint, CHEN.public.fingerprint)
    plaintext = opened(c1, c2, CHEN, to_chen)
    with pytest.raises(WhisperError):
        open_as(*resealed(plaintext))


def test_the_signature_binds_c1() -> None:
    """The same words under another key of the same recipient are another whisper."""
    c1, c2 = seal("hello")
    with pytest.raises(WhisperError):
        open_as(*resealed(opened(c1, c2, BEN, header())))


def test_nobody_else_signs_for_the_sender() -> None:
    c1, _ = resealed(b"")
    with pytest.raises(WhisperError):
        open_as(*resealed(signed(c1, b"hello", by=CHEN) + padded(b"hello")))
    with pytest.raises(WhisperError):
        open_as(*resealed(bytes(256) + padded(b"hello")))


@pytest.mark.parametrize(
    "inside",
    [
        padded(b"hello")[:-1] + b"\1",
        padded(b"hello") + bytes(256),
        padded(b"hello")[:-1],
        b"\0\0\1\0" + padded(b"hello")[4:],
        b"\xff\xff\xff\xff" + padded(b"hello")[4:],
        b"\0\0\0\4" + padded(b"hello")[4:],
        b"",
        bytes(3),
    ],
    ids=["mark", "more", "less", "over", "far over", "under", "none", "stub"],
)
def test_padding_has_one_form(inside: bytes) -> None:
    """PROTOCOL §10.1: `len:u32 || text || zeros to a multiple of 256`."""
    c1, _ = resealed(b"")
    with pytest.raises(WhisperError):
        open_as(*resealed(signed(c1, b"hello") + inside))


def test_text_is_strict_utf8() -> None:
    c1, _ = resealed(b"")
    for body in (b"\xff", b"\xed\xa0\x80", b"\xc0\x80"):
        with pytest.raises(WhisperError):
            open_as(*resealed(signed(c1, body) + padded(body)))
    with pytest.raises(WhisperError):
        seal("\ud800")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_the_key_inside_c1_has_32_bytes(size: int) -> None:
    """16 or 24 bytes would silently be AES-128 or AES-192."""
    c1 = oaep_encrypt(BEN.public, b"k" * size, b"LocalChat/1 whisper", fixed_random())
    with pytest.raises(WhisperError):
        open_as(c1, seal("hello")[1])


def test_a_key_of_another_label_is_none() -> None:
    c1 = oaep_encrypt(BEN.public, b"k" * 32, b"LocalChat/1 kex", fixed_random())
    body = signed(c1, b"hello") + padded(b"hello")
    with pytest.raises(WhisperError):
        open_as(*resealed(body, c1=c1))


def test_members_have_2048_bit_keys() -> None:
    server = private_key("server_identity")
    with pytest.raises(WhisperError):
        seal_whisper(server, BEN.public, SERVER_N, MSG_ID, 1, "x", fixed_random())
    with pytest.raises(WhisperError):
        seal_whisper(ADA, server.public, SERVER_N, MSG_ID, 1, "x", fixed_random())


def test_fresh_key_and_nonce_each_time() -> None:
    a, b = seal("hello", "a"), seal("hello", "b")
    assert a[0] != b[0]
    assert a[1][:16] != b[1][:16]
    assert seal("hello", "a") == a
