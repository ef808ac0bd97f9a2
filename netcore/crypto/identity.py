"""Who somebody is: RSA keys and their fingerprints (PROTOCOL §4.1, §11.1).

An identity is an RSA key pair. On the wire its public half is the bare modulus:

    0                                256 (member, RSA-2048) or 384 (server, RSA-3072)
    +--------------------------------+
    | n, big-endian, top bit 1, odd  |       e = 65537 is understood
    +--------------------------------+

so no ASN.1 parser can be reached from the network, and no peer can make us work with a key of
16,384 bits. Where keys are kept is for netcore/store; whom to believe is for the session.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Final

from netcore.crypto import primitives
from netcore.crypto.primitives import Random, RsaKey
from netcore.errors import KeyFileError, MessageError

MEMBER_KEY_BITS: Final = 2048
SERVER_KEY_BITS: Final = 3072
MEMBER_MODULUS_BYTES: Final = MEMBER_KEY_BITS // 8
SERVER_MODULUS_BYTES: Final = SERVER_KEY_BITS // 8
MODULUS_BYTES: Final = (MEMBER_MODULUS_BYTES, SERVER_MODULUS_BYTES)
FINGERPRINT_BYTES: Final = 32

_FINGERPRINT_PREFIX: Final = "SHA256:"
_GROUP_CHARS: Final = 4


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half. Raises MessageError for a modulus that is not 256 or 384 bytes, odd, top bit set.

    Two keys are equal when their moduli are.
    """

    modulus: bytes
    _rsa: RsaKey = field(init=False, repr=False, compare=False)
    _spki_der: bytes = field(init=False, repr=False, compare=False)
    _fingerprint: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        n = self.modulus
        if len(n) not in MODULUS_BYTES or not n[0] & 0x80 or not n[-1] & 1:
            raise MessageError(what=f"{len(n) * 8} bits that are no RSA modulus")
        # Parsed and hashed once: a member's key is used again with each whisper, and the parse
        # alone costs as much as the verification.
        object.__setattr__(self, "_rsa", primitives.rsa_public(n))
        der = _spki_der(n)
        object.__setattr__(self, "_spki_der", der)
        object.__setattr__(self, "_fingerprint", hashlib.sha256(der).digest())

    @classmethod
    def of_size(cls, modulus: bytes, bits: int) -> PublicKey:
        """The key, if the modulus has exactly `bits` bits; else MessageError."""
        if len(modulus) * 8 != bits:
            raise MessageError(what=f"an RSA modulus of {8 * len(modulus)} bits instead of {bits}")
        return cls(modulus)

    @property
    def bits(self) -> int:
        """2048 or 3072."""
        return len(self.modulus) * 8

    @property
    def spki_der(self) -> bytes:
        """What `openssl pkey -pubin -outform der` writes: 294 or 422 bytes."""
        return self._spki_der

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of `spki_der`, 32 bytes. For a member it is also the member id."""
        return self._fingerprint

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is a PSS signature (SHA-256, salt 32) of this key over `message`."""
        return primitives.pss_verify(self._rsa, message, signature)


class PrivateKey:
    """Both halves. Compare `.public` when two must be compared; it never shows its secret in a repr."""

    __slots__ = ("_rsa", "public")

    def __init__(self, rsa: RsaKey) -> None:
        """For the constructors below. Raises MessageError if the size is not one of ours."""
        self._rsa = rsa
        self.public = PublicKey(primitives.rsa_modulus(rsa))

    @classmethod
    def generate(cls, bits: int, random: Random) -> PrivateKey:
        """A new key of 2048 or 3072 bits. Takes 0.1 to 4 s: for a worker thread."""
        return cls(primitives.rsa_generate(bits, random))

    @classmethod
    def from_pem(cls, pem: bytes, *, bits: int | None = None, path: str = "(in memory)") -> PrivateKey:
        """The key in `pem`. 20 to 60 ms, since p, q, d and n are checked against each other.

        Raises KeyFileError, naming `path`, for damage, a public key, or a size other than `bits`
        (without `bits`: other than 2048 and 3072).
        """
        rsa = primitives.rsa_from_pem(pem)
        if rsa is None:
            raise KeyFileError(path=path, why="not a whole RSA private key")
        sizes = (MEMBER_KEY_BITS, SERVER_KEY_BITS) if bits is None else (bits,)
        if rsa.size_in_bits() not in sizes:
            wanted = " or ".join(map(str, sizes))
            raise KeyFileError(path=path, why=f"a key of {rsa.size_in_bits()} bits instead of {wanted}")
        return cls(rsa)

    def to_pem(self) -> bytes:
        """Unencrypted PKCS#8 PEM text, ended by a newline."""
        return primitives.rsa_to_pem(self._rsa)

    def sign(self, message: bytes, random: Random) -> bytes:
        """PSS signature (SHA-256, salt 32), 256 or 384 bytes. 1 to 5 ms: for a worker thread."""
        return primitives.pss_sign(self._rsa, message, random)

    def __repr__(self) -> str:
        return f"PrivateKey({fingerprint_text(self.public.fingerprint)})"


def oaep_encrypt(public: PublicKey, plaintext: bytes, label: bytes, random: Random) -> bytes:
    """RSAES-OAEP (SHA-256): 256 or 384 bytes that only the owner of `public` opens."""
    return primitives.oaep_encrypt(public._rsa, plaintext, label, random)


def oaep_decrypt(private: PrivateKey, ciphertext: bytes, label: bytes) -> bytes | None:
    """The plaintext of any length, or None whatever was wrong. 1 to 5 ms: for a worker thread."""
    return primitives.oaep_decrypt(private._rsa, ciphertext, label)


def _spki_der(modulus: bytes) -> bytes:
    """SubjectPublicKeyInfo (RFC 5280, RFC 8017), built by hand since it has but one variable part.

    30 82 LLLL                                            SEQUENCE
       30 0D 06 09 2A 86 48 86 F7 0D 01 01 01 05 00          rsaEncryption, NULL
       03 82 LLLL 00                                         BIT STRING, no unused bits
          30 82 LLLL                                            SEQUENCE
             02 82 LLLL 00 n...                                    INTEGER, 00 keeps n positive
             02 03 01 00 01                                        INTEGER 65537
    """

    def element(tag: int, content: bytes) -> bytes:
        return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content

    key = element(0x30, element(0x02, b"\0" + modulus) + bytes.fromhex("0203010001"))
    algorithm = bytes.fromhex("300D06092A864886F70D0101010500")
    return element(0x30, algorithm + element(0x03, b"\0" + key))


def fingerprint_text(fingerprint: bytes) -> str:
    """`SHA256:` and 43 characters of base64 without padding, as OpenSSH writes them."""
    return _FINGERPRINT_PREFIX + base64.b64encode(fingerprint).decode("ascii").rstrip("=")


def fingerprint_groups(fingerprint: bytes) -> tuple[str, ...]:
    """The 43 characters in groups of 4 (the last has 3): easier to read aloud and compare."""
    text = fingerprint_text(fingerprint).removeprefix(_FINGERPRINT_PREFIX)
    return tuple(text[i : i + _GROUP_CHARS] for i in range(0, len(text), _GROUP_CHARS))
