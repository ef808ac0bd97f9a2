"""The handshake's arithmetic: PROTOCOL §3."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import fields, replace

import pytest
from Crypto.Cipher import PKCS1_OAEP, oaep
from Crypto.Hash import SHA1, SHA256
from Crypto.PublicKey import RSA

from netcore.crypto import exchange
from netcore.crypto.exchange import (
    MAGIC,
    ClientHelloBody,
    ClientKeyExchangeBody,
    KexKey,
    ServerFinishedBody,
    ServerHelloBody,
    X25519Share,
)
from netcore.crypto.identity import PublicKey
from netcore.errors import HandshakeFailed, KeyFileError, OtherVersion
from netcore.wire.framing import PRE_KEY_LENGTHS, FrameType, encode_frame
from tests.crypto import fixed_random, flips, private_key
from tests.keys import pem

IDENTITY = private_key("server_identity")
KEX = KexKey.from_pem(pem("kex"))
KEX_PUBLIC = PublicKey(KEX.modulus)


# --- Bodies ---------------------------------------------------------------------------------------


def client_hello() -> ClientHelloBody:
    return ClientHelloBody(MAGIC, b"r" * 32, b"x" * 32)


def server_hello() -> ServerHelloBody:
    return ServerHelloBody(MAGIC, b"r" * 32, b"x" * 32, b"i" * 384, b"k" * 256, b"s" * 384)


Body = ClientHelloBody | ServerHelloBody | ClientKeyExchangeBody | ServerFinishedBody
BODIES: dict[FrameType, Body] = {
    FrameType.CLIENT_HELLO: client_hello(),
    FrameType.SERVER_HELLO: server_hello(),
    FrameType.CLIENT_KEY_EXCHANGE: ClientKeyExchangeBody(b"o" * 256, b"f" * 32),
    FrameType.SERVER_FINISHED: ServerFinishedBody(b"f" * 32),
}


def test_magic() -> None:
    assert MAGIC == b"LocalChat/1 sec\n"
    assert len(MAGIC) == 16


@pytest.mark.parametrize("frame_type", list(BODIES))
def test_bodies_have_the_lengths_and_order_of_the_table(frame_type: FrameType) -> None:
    """PROTOCOL §3.1, the four messages."""
    body = BODIES[frame_type]
    encoded = body.encode()
    assert len(encoded) in PRE_KEY_LENGTHS[frame_type]
    assert encoded == b"".join(getattr(body, field.name) for field in fields(body))
    assert type(body).decode(encoded) == body
    for other in (encoded[:-1], encoded + b"\0", b""):
        with pytest.raises(HandshakeFailed):
            type(body).decode(other)


@pytest.mark.parametrize(
    ("magic", "error"),
    [
        (b"LocalChat/1 clr\n", OtherVersion),
        (b"LocalChat/2 sec\n", OtherVersion),
        (bytes(16), HandshakeFailed),
        (MAGIC.lower(), HandshakeFailed),
    ],
)
def test_another_magic_is_refused(magic: bytes, error: type[Exception]) -> None:
    """PROTOCOL §3.1: no negotiation; one suite per magic."""
    with pytest.raises(error):
        ClientHelloBody.decode(replace(client_hello(), magic=magic).encode())
    with pytest.raises(error):
        ServerHelloBody.decode(replace(server_hello(), magic=magic).encode())


# --- The signature of the server --------------------------------------------------------------------


def test_signature_input_is_as_written() -> None:
    """PROTOCOL §3.2: `"LocalChat/1 server signature\\0" || SHA256(ClientHello frame || body[0:720])`."""
    hello = server_hello()
    assert hello.signed == hello.encode()[:720]
    assert exchange.server_signature_input(b"CH", hello.signed) == (
        b"LocalChat/1 server signature\0" + hashlib.sha256(b"CH" + hello.encode()[:720]).digest()
    )


def made_hello() -> tuple[bytes, ServerHelloBody]:
    frame = encode_frame(FrameType.CLIENT_HELLO, client_hello().encode())
    share = X25519Share(fixed_random("share"))
    return frame, exchange.make_server_hello(frame, IDENTITY, KEX, share, fixed_random("hello"))


def test_server_hello_verifies_and_gives_both_keys() -> None:
    frame, hello = made_hello()
    assert hello.x25519 == X25519Share(fixed_random("share")).public
    identity, kex = exchange.verify_server_hello(frame, ServerHelloBody.decode(hello.encode()))
    assert (identity, kex) == (IDENTITY.public, KEX_PUBLIC)


def test_every_byte_of_both_hellos_is_signed() -> None:
    """PROTOCOL §3.2: it covers this connection's randoms, so it cannot be replayed."""
    frame, hello = made_hello()
    for position, changed in flips(frame):
        with pytest.raises(HandshakeFailed):
            exchange.verify_server_hello(changed, hello)
            pytest.fail(f"ClientHello byte {position}")
    for position, changed in flips(hello.encode()):
        # A flip in the digit of the magic is another version.
        with pytest.raises((HandshakeFailed, OtherVersion)):
            exchange.verify_server_hello(frame, ServerHelloBody.decode(changed))
            pytest.fail(f"ServerHello byte {position}")


def test_signature_of_another_identity_is_refused() -> None:
    frame, hello = made_hello()
    other = private_key("server_identity_2")
    with pytest.raises(HandshakeFailed):
        exchange.verify_server_hello(frame, replace(hello, identity_n=other.public.modulus))


@pytest.mark.parametrize("field", ["identity_n", "kex_n"])
@pytest.mark.parametrize("fault", ["even", "top bit clear"])
def test_keys_of_odd_shape_are_refused_even_if_signed(field: str, fault: str) -> None:
    """A hostile server signs what it likes; the shape is checked before any arithmetic with it."""
    frame, hello = made_hello()
    n = bytearray(getattr(hello, field))
    if fault == "even":
        n[-1] &= 0xFE
    else:
        n[0] &= 0x7F
    bent = replace(hello, identity_n=bytes(n)) if field == "identity_n" else replace(hello, kex_n=bytes(n))
    signature = IDENTITY.sign(exchange.server_signature_input(frame, bent.signed), fixed_random())
    with pytest.raises(HandshakeFailed):
        exchange.verify_server_hello(frame, replace(bent, signature=signature))


# --- The two secrets --------------------------------------------------------------------------------


def test_shares_agree_and_differ_from_others() -> None:
    ours, theirs, other = (X25519Share(fixed_random(seed)) for seed in "abc")
    assert ours.agree(theirs.public) == theirs.agree(ours.public)
    assert ours.agree(other.public) != ours.agree(theirs.public)


@pytest.mark.parametrize("peer", [b"", bytes(31), b"\x09" * 33], ids=len)
def test_a_share_of_another_length_fails_the_handshake(peer: bytes) -> None:
    with pytest.raises(HandshakeFailed):
        X25519Share(fixed_random()).agree(peer)


def test_pre_secret_arrives() -> None:
    secret = bytes(range(32))
    oaep_ct = exchange.seal_pre_secret(KEX_PUBLIC, secret, fixed_random())
    assert len(oaep_ct) == 256
    assert exchange.recover_pre_secret(KEX, oaep_ct, fixed_random()) == secret


def bad_ciphertexts() -> dict[str, bytes]:
    key = RSA.import_key(pem("kex"))
    label = b"LocalChat/1 kex"
    good = oaep.new(key, hashmod=SHA256, label=label, rand_func=fixed_random())
    cases = {f"{n} bytes inside": good.encrypt(b"p" * n) for n in (0, 31, 33, 190)}
    cases |= {
        "another label": oaep.new(key, hashmod=SHA256, label=b"LocalChat/1 kez").encrypt(b"p" * 32),
        "no label": oaep.new(key, hashmod=SHA256).encrypt(b"p" * 32),
        "SHA-1": oaep.new(key, hashmod=SHA1, label=label).encrypt(b"p" * 32),
        "SHA-1, old module": PKCS1_OAEP.new(key, label=label).encrypt(b"p" * 32),
        "random": fixed_random("x")(256),
        "zero": bytes(256),
        "one": bytes(255) + b"\1",
        "n - 1": (int(key.n) - 1).to_bytes(256, "big"),
        "n": KEX.modulus,
        "all ones": b"\xff" * 256,
        "one bit": next(changed for _, changed in flips(good.encrypt(b"p" * 32), 200)),
    }
    return cases


@pytest.mark.parametrize("what", list(bad_ciphertexts()))
def test_implicit_rejection(what: str) -> None:
    """PROTOCOL §3.4: OAEP failure, also a plaintext that is not 32 bytes, is answered by implicit
    rejection: go on with random bytes. They are drawn before the outcome is known."""
    substitute = b"\xa5" * 32
    drawn: list[int] = []

    def random(size: int) -> bytes:
        drawn.append(size)
        return substitute

    assert exchange.recover_pre_secret(KEX, bad_ciphertexts()[what], random) == substitute
    assert drawn == [32]


def test_good_and_bad_ciphertexts_draw_the_same_randomness() -> None:
    drawn: list[int] = []

    def random(size: int) -> bytes:
        drawn.append(size)
        return bytes(size)

    good = exchange.seal_pre_secret(KEX_PUBLIC, b"p" * 32, fixed_random())
    assert exchange.recover_pre_secret(KEX, good, random) == b"p" * 32
    assert drawn == [32]


def test_kex_key_is_rsa_2048_and_does_not_sign() -> None:
    """PROTOCOL §3.1: an RSA-2048 key-exchange key, OAEP only."""
    with pytest.raises(KeyFileError):
        KexKey(IDENTITY)
    assert not hasattr(KEX, "sign")


# --- The key schedule -------------------------------------------------------------------------------


def expand32(key: bytes, label: bytes) -> bytes:
    return hmac.new(key, label + b"\1", hashlib.sha256).digest()


def test_key_schedule_is_as_written() -> None:
    """PROTOCOL §3.3, computed here a second time from HMAC alone."""
    ch, sh, oaep_ct, cke, sf = b"CH", b"SH", b"O" * 256, b"CKE", b"SF"
    th2 = exchange.th2(ch, sh, oaep_ct)
    assert th2 == hashlib.sha256(ch + sh + oaep_ct).digest()
    z, pre_secret = b"z" * 32, b"p" * 32
    secrets = exchange.derive_secrets(th2, z, pre_secret)
    prk = hmac.new(th2, z + pre_secret, hashlib.sha256).digest()
    assert secrets.client_finished == expand32(prk, b"LocalChat/1 client finished")
    assert secrets.server_finished == expand32(prk, b"LocalChat/1 server finished")
    assert secrets.c2s == expand32(prk, b"LocalChat/1 c2s traffic")
    assert secrets.s2c == expand32(prk, b"LocalChat/1 s2c traffic")

    th3 = exchange.th3(ch, sh, cke)
    assert th3 == hashlib.sha256(b"CHSHCKE").digest()
    assert exchange.client_fin(b"k" * 32, th2) == hmac.new(b"k" * 32, th2, hashlib.sha256).digest()
    assert exchange.server_fin(b"k" * 32, th3) == hmac.new(b"k" * 32, th3, hashlib.sha256).digest()
    assert exchange.session_hash(ch, sh, cke, sf) == hashlib.sha256(b"CHSHCKESF").digest()

    keys = exchange.direction_keys(secrets.s2c)
    assert keys.key == expand32(secrets.s2c, b"LocalChat/1 key")
    assert keys.iv == expand32(secrets.s2c, b"LocalChat/1 iv")[:16]
    assert keys.stamp_key == expand32(secrets.s2c, b"LocalChat/1 stamp")
    assert keys.wrap_key == expand32(secrets.s2c, b"LocalChat/1 wrap")


def test_each_input_changes_every_secret() -> None:
    th2, z, pre_secret = b"t" * 32, b"z" * 32, b"p" * 32
    base = exchange.derive_secrets(th2, z, pre_secret)
    for other in (
        exchange.derive_secrets(b"T" + th2[1:], z, pre_secret),
        exchange.derive_secrets(th2, b"Z" + z[1:], pre_secret),
        exchange.derive_secrets(th2, z, b"P" + pre_secret[1:]),
    ):
        assert all(getattr(base, f.name) != getattr(other, f.name) for f in fields(base))
    values = [getattr(base, f.name) for f in fields(base)]
    assert len(set(values)) == 4


def test_check_fin() -> None:
    exchange.check_fin(b"f" * 32, b"f" * 32)
    for _, changed in flips(b"f" * 32):
        with pytest.raises(HandshakeFailed):
            exchange.check_fin(b"f" * 32, changed)


def test_client_auth_input() -> None:
    """PROTOCOL §4.2: `"LocalChat/1 client auth\\0" || session_hash || SHA256(modulus)`."""
    assert exchange.client_auth_input(b"h" * 32, b"n" * 256) == (
        b"LocalChat/1 client auth\0" + b"h" * 32 + hashlib.sha256(b"n" * 256).digest()
    )
