"""The primitives: with `eax`, the only importers of `Crypto.*` (PROTOCOL §3).

The library says no in many voices (ValueError, TypeError, IndexError). They end here: a failed check
is None or False, and each caller turns that into its one error, because a peer who could tell two
failures apart would learn something about the secret between them.

What the bytes mean is for the modules above. Nothing here keeps state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from Crypto.Cipher import oaep
from Crypto.Hash import SHA256
from Crypto.Protocol import DH
from Crypto.PublicKey import RSA
from Crypto.PublicKey.ECC import EccKey
from Crypto.Signature import pss

Random = Callable[[int], bytes]
"""Gives that many unpredictable bytes: os.urandom in production, a fixed stream in tests."""

RsaKey = RSA.RsaKey
X25519Key = EccKey
PUBLIC_EXPONENT: Final = 65537

SALT_BYTES: Final = 32
X25519_BYTES: Final = 32


# --- RSA keys -------------------------------------------------------------------------------------


def rsa_generate(bits: int, random: Random) -> RsaKey:
    """A new private key. Takes 0.1 to 4 s, most of it without the interpreter lock: use a worker."""
    return RSA.generate(bits, randfunc=random, e=PUBLIC_EXPONENT)


def rsa_public(modulus: bytes) -> RsaKey:
    """The public key of a modulus whose size, top bit and oddness the caller has checked."""
    # The library's own check repeats those and computes a gcd: half of the 0.16 ms this takes.
    return RSA.construct((int.from_bytes(modulus, "big"), PUBLIC_EXPONENT), consistency_check=False)


def rsa_from_pem(pem: bytes) -> RsaKey | None:
    """A whole, consistent private key with e = 65537; None for anything else. 20 to 60 ms."""
    try:
        key = RSA.import_key(pem)
    except (ValueError, TypeError, IndexError, KeyError):
        return None
    return key if key.has_private() and key.e == PUBLIC_EXPONENT else None


def rsa_to_pem(key: RsaKey) -> bytes:
    """Unencrypted PKCS#8: the file's mode (0600) is what protects it."""
    return bytes(key.export_key(format="PEM", pkcs=8)) + b"\n"


def rsa_modulus(key: RsaKey) -> bytes:
    """The modulus, big-endian, without leading zeros."""
    return int(key.n).to_bytes(key.size_in_bytes(), "big")


# --- RSASSA-PSS and RSAES-OAEP, both with SHA-256 and MGF1-SHA-256 (RFC 8017) -----------------------


def pss_sign(key: RsaKey, message: bytes, random: Random) -> bytes:
    """A signature as long as the modulus. The 32-byte salt is fresh each time."""
    return pss.new(key, salt_bytes=SALT_BYTES, rand_func=random).sign(SHA256.new(message))


def pss_verify(key: RsaKey, message: bytes, signature: bytes) -> bool:
    """Whether the owner of `key` signed exactly `message` with a salt of exactly 32 bytes."""
    try:
        pss.new(key, salt_bytes=SALT_BYTES).verify(SHA256.new(message), signature)
    except (ValueError, TypeError):
        return False
    return True


def oaep_encrypt(key: RsaKey, plaintext: bytes, label: bytes, random: Random) -> bytes:
    """A ciphertext as long as the modulus, of at most (modulus - 66) bytes."""
    return oaep.new(key, hashmod=SHA256, label=label, rand_func=random).encrypt(plaintext)


def oaep_decrypt(key: RsaKey, ciphertext: bytes, label: bytes) -> bytes | None:
    """The plaintext, or None whatever was wrong: to say which would be Manger's oracle."""
    try:
        return oaep.new(key, hashmod=SHA256, label=label).decrypt(ciphertext)
    except ValueError:
        return None


# --- X25519: a shared secret from two public shares (RFC 7748) --------------------------------------


def x25519_key(private: bytes) -> X25519Key:
    """The key pair of 32 random bytes."""
    return DH.import_x25519_private_key(private)


def x25519_public(key: X25519Key) -> bytes:
    """The 32 bytes to send."""
    return key.public_key().export_key(format="raw")


def x25519_private(key: X25519Key) -> bytes:
    """The 32 bytes that it was made of."""
    return bytes(key.seed)


def x25519_agree(key: X25519Key, peer: bytes) -> bytes | None:
    """The 32 shared bytes; None for a peer's point of low order, which would make them known to all."""
    try:
        public = DH.import_x25519_public_key(peer)
        return DH.key_agreement(kdf=bytes, eph_priv=key, eph_pub=public)
    except ValueError:
        return None
