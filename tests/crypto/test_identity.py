"""Identities and fingerprints: PROTOCOL §4."""

from __future__ import annotations

import base64
import hashlib
import math

import pytest
from Crypto.PublicKey import RSA
from hypothesis import given
from hypothesis import strategies as st

from netcore.crypto.identity import (
    PrivateKey,
    PublicKey,
    fingerprint_groups,
    fingerprint_text,
    oaep_decrypt,
    oaep_encrypt,
)
from netcore.errors import KeyFileError, MessageError
from tests.crypto import fixed_random, flips, private_key
from tests.keys import NAMES, pem

ADA = private_key("member_ada")
BEN = private_key("member_ben")
SERVER = private_key("server_identity")


# --- Public keys ----------------------------------------------------------------------------------


def odd_moduli() -> dict[str, bytes]:
    n = ADA.public.modulus
    return {
        "empty": b"",
        "255 bytes": n[1:],
        "257 bytes": b"\0" + n,
        "320 bytes": n + n[-64:],
        "512 bytes": n + n,
        "2048 bytes (16,384 bits)": n * 8,
        "top bit clear": bytes([n[0] & 0x7F]) + n[1:],
        "leading zero": b"\0" + n[1:],
        "even": n[:-1] + bytes([n[-1] ^ 1]),
        "zero": bytes(256),
        "one": bytes(255) + b"\1",
        "the DER of a key": ADA.public.spki_der,
        "the PEM of a private key": pem("member_ada"),
    }


@pytest.mark.parametrize("what", list(odd_moduli()))
def test_odd_public_keys_are_refused(what: str) -> None:
    """PROTOCOL §3.1: on the wire a public key is its raw modulus, top bit set, odd, e = 65537 implied."""
    with pytest.raises(MessageError):
        PublicKey(odd_moduli()[what])


def test_the_size_asked_for_is_the_size_taken() -> None:
    assert PublicKey.of_size(ADA.public.modulus, 2048) == ADA.public
    assert PublicKey.of_size(SERVER.public.modulus, 3072) == SERVER.public
    for key, bits in ((ADA, 3072), (SERVER, 2048)):
        with pytest.raises(MessageError):
            PublicKey.of_size(key.public.modulus, bits)


@pytest.mark.parametrize("name", NAMES)
def test_spki_is_what_openssl_writes(name: str) -> None:
    """PROTOCOL §11.1: `openssl pkey -pubin -outform der | sha256sum` agrees. The key's PEM holds the same
    algorithm and modulus, so each part is found where X.509 puts it."""
    public = private_key(name).public
    der = public.spki_der
    assert len(der) == {2048: 294, 3072: 422}[public.bits]
    assert der[4:19] == bytes.fromhex("300D06092A864886F70D0101010500")
    assert der[-5 - len(public.modulus) : -5] == public.modulus
    assert der[-5:] == bytes.fromhex("0203010001")
    assert public.fingerprint == hashlib.sha256(der).digest()


@pytest.mark.parametrize(
    ("key", "sha256sum"),
    [
        (SERVER, "ed6067bf18c358e66e78562ef1e1733619797c7237836cd21e084143fb9cded8"),
        (ADA, "fb6841df1d9fd82a9ffc2e3816f7709d1788e6e7bd2296e92a3e5a80624ff1af"),
    ],
    ids=["3072", "2048"],
)
def test_fingerprints_as_openssl_gave_them(key: PrivateKey, sha256sum: str) -> None:
    """Taken once from `openssl pkey -in KEY -pubout -outform der | sha256sum`."""
    assert key.public.fingerprint.hex() == sha256sum


# --- Fingerprints as text ---------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32))
def test_a_fingerprint_as_text(fingerprint: bytes) -> None:
    text = fingerprint_text(fingerprint)
    assert text == "SHA256:" + base64.b64encode(fingerprint).decode()[:43]
    groups = fingerprint_groups(fingerprint)
    assert [len(group) for group in groups] == [4] * 10 + [3]
    assert "SHA256:" + "".join(groups) == text


# --- Signatures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [ADA, SERVER], ids=["2048", "3072"])
def test_signature_holds_for_its_message_and_key_only(key: PrivateKey) -> None:
    signature = key.sign(b"message", fixed_random())
    assert len(signature) == len(key.public.modulus)
    assert key.public.verify(b"message", signature)
    assert not key.public.verify(b"messagf", signature)
    assert not key.public.verify(b"", signature)
    assert not BEN.public.verify(b"message", signature)
    for position, changed in flips(signature, step=5):
        assert not key.public.verify(b"message", changed), position
    for other in (b"", signature[:-1], signature + b"\0", b"\0" + signature, bytes(len(signature))):
        assert not key.public.verify(b"message", other)


def test_signature_comes_from_its_inputs_alone() -> None:
    """Randomness is an argument, so that vectors can be made again."""
    assert ADA.sign(b"m", fixed_random("a")) == ADA.sign(b"m", fixed_random("a"))
    assert ADA.sign(b"m", fixed_random("a")) != ADA.sign(b"m", fixed_random("b"))


# --- OAEP ---------------------------------------------------------------------------------------------


def test_oaep_opens_for_its_key_and_label_only() -> None:
    ciphertext = oaep_encrypt(ADA.public, b"secret", b"label", fixed_random())
    assert len(ciphertext) == 256
    assert oaep_decrypt(ADA, ciphertext, b"label") == b"secret"
    assert oaep_decrypt(ADA, ciphertext, b"Label") is None
    assert oaep_decrypt(BEN, ciphertext, b"label") is None
    for other in (b"", ciphertext[:-1], ciphertext + b"\0", bytes(256), b"\xff" * 256):
        assert oaep_decrypt(ADA, other, b"label") is None


# --- Key files ----------------------------------------------------------------------------------------


def test_generated_key_survives_its_pem() -> None:
    """A real generation, once: it must give a key of the size asked for, with e = 65537."""
    key = PrivateKey.generate(2048, fixed_random("generate"))
    again = PrivateKey.from_pem(key.to_pem(), bits=2048)
    assert again.public == key.public
    assert key.public.verify(b"m", again.sign(b"m", fixed_random()))
    assert PrivateKey.generate(2048, fixed_random("generate")).public == key.public


def test_pem_is_unencrypted_pkcs8() -> None:
    text = ADA.to_pem()
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert text.endswith(b"-----END PRIVATE KEY-----\n")


def public_pem() -> bytes:
    lines = base64.encodebytes(ADA.public.spki_der)
    return b"-----BEGIN PUBLIC KEY-----\n" + lines + b"-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\0" * 100,
        b"-----BEGIN PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem("member_ada")[:-200],
        pem("member_ada").replace(b"A", b"B", 40),
        b"ssh-rsa AAAA",
        b"ssh-rsa",
        public_pem(),
        ADA.public.spki_der,
        "\ufeffé".encode(),
    ],
)
def test_damaged_key_files_are_refused(damaged: bytes) -> None:
    """A damaged key is never silently replaced: refuse with the path and the way out."""
    with pytest.raises(KeyFileError) as refusal:
        PrivateKey.from_pem(damaged, path="/data/identity.pem")
    assert "/data/identity.pem" in str(refusal.value)


def test_any_changed_letter_of_a_key_file_is_noticed() -> None:
    """p, q, d and n are checked against each other; what remains must be the very same key."""
    good = pem("member_ada")
    start = good.index(b"\n") + 1
    for position in range(start, len(good) - 30, 61):
        changed = bytearray(good)
        changed[position] = ord("x") if changed[position] != ord("x") else ord("y")
        try:
            key = PrivateKey.from_pem(bytes(changed))
        except KeyFileError:
            continue
        assert key.to_pem() == ADA.to_pem(), position


def test_a_key_of_another_size_is_refused() -> None:
    with pytest.raises(KeyFileError, match="2048 bits instead of 3072"):
        PrivateKey.from_pem(pem("member_ada"), bits=3072)
    with pytest.raises(KeyFileError, match="3072 bits instead of 2048"):
        PrivateKey.from_pem(pem("server_identity"), bits=2048)


def test_a_key_with_another_exponent_is_refused() -> None:
    """PROTOCOL §3.1: e = 65537 implied; a key file with another one would make signatures nobody verifies."""
    key = RSA.import_key(pem("member_ada"))
    p, q = int(key.p), int(key.q)
    exponent = next(e for e in (17, 257, 19, 23) if (p - 1) % e and (q - 1) % e)
    private = pow(exponent, -1, math.lcm(p - 1, q - 1))
    odd = RSA.construct((p * q, exponent, private, p, q)).export_key(pkcs=8)
    with pytest.raises(KeyFileError):
        PrivateKey.from_pem(odd)


def test_a_private_key_does_not_print_its_secret() -> None:
    assert repr(ADA) == f"PrivateKey({fingerprint_text(ADA.public.fingerprint)})"
