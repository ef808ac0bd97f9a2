"""The handshake's arithmetic: how two strangers come to share secrets (PROTOCOL §3).

    ClientHello  ->                 random and X25519 share of the client
                 <-  ServerHello    the same of the server, both its RSA keys, its signature over all this
    ClientKeyEx. ->                 pre_secret for the RSA key, and a proof that all was seen alike
                 <-  ServerFinished the server's proof

Two secrets enter the keys. `pre_secret` travels under RSA-OAEP: only the server opens it. `z` comes
from the two X25519 shares, made for this connection and forgotten with it: a recording stays closed
even if the RSA key leaks later. The signature covers both randoms, so it is good for this connection
only; the salt of the key schedule is the hash of all bytes so far, so one changed bit anywhere gives
other keys on the two sides, and the proofs do not match.

The byte layout of the four bodies is in `bodies`. Which message may come when, deadlines, and what a
failure looks like to the peer (always the same) are for netcore/session.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Final

from netcore.crypto import hkdf, primitives

# The bodies under their short names too, so that a session needs one door to the handshake.
from netcore.crypto.bodies import MAGIC as MAGIC
from netcore.crypto.bodies import ClientHelloBody as ClientHelloBody
from netcore.crypto.bodies import ClientKeyExchangeBody as ClientKeyExchangeBody
from netcore.crypto.bodies import ServerFinishedBody as ServerFinishedBody
from netcore.crypto.bodies import ServerHelloBody as ServerHelloBody
from netcore.crypto.eax import KEY_BYTES, NONCE_BYTES
from netcore.crypto.identity import (
    SERVER_KEY_BITS,
    PrivateKey,
    PublicKey,
    oaep_decrypt,
    oaep_encrypt,
)
from netcore.crypto.primitives import Random
from netcore.errors import BadFinished, BadShare, BadSignature, KeyFileError, MessageError
from netcore.layout import Field, Layout

ALERT_BODY: Final = b"\x01"
"""The one code for every failure before keys exist that has to do with anything secret."""
OTHER_VERSION_BODY: Final = b"\x02"
"""The code for a ClientHello of another version: it says no more than that ClientHello's magic does."""
ALERT_LAYOUT: Final[Layout] = (Field("code", len(ALERT_BODY)),)

RANDOM_BYTES: Final = 32
PRE_SECRET_BYTES: Final = 32
KEX_KEY_BITS: Final = 2048

_SIGNATURE_PREFIX: Final = b"LocalChat/1 server signature\0"
_KEX_LABEL: Final = b"LocalChat/1 kex"
_LABEL_PREFIX: Final = b"LocalChat/1 "


# --- The server shows who it is ---------------------------------------------------------------------


def server_signature_input(client_hello_frame: bytes, signed: bytes) -> bytes:
    """What the identity key signs. `signed` is the first 720 bytes of the ServerHello body.

    The client's random is in it, so no signature made for one connection serves another.
    """
    return _SIGNATURE_PREFIX + hashlib.sha256(client_hello_frame + signed).digest()


def make_server_hello(
    client_hello_frame: bytes, identity: PrivateKey, kex: KexKey, share: X25519Share, random: Random
) -> ServerHelloBody:
    """The signed ServerHello body. `share` is fresh for this connection. 3 to 5 ms: for a worker."""
    unsigned = ServerHelloBody(
        magic=MAGIC,
        random=random(RANDOM_BYTES),
        x25519=share.public,
        identity_n=identity.public.modulus,
        kex_n=kex.modulus,
        signature=b"",
    )
    signature = identity.sign(server_signature_input(client_hello_frame, unsigned.signed), random)
    return replace(unsigned, signature=signature)


def verify_server_hello(client_hello_frame: bytes, hello: ServerHelloBody) -> tuple[PublicKey, PublicKey]:
    """The server's identity and its key-exchange key, both of good shape, after the signature held.

    Raises BadSignature. Whether that identity is the right one is for the caller to decide.
    """
    try:
        identity = PublicKey.of_size(hello.identity_n, SERVER_KEY_BITS)
        kex = PublicKey.of_size(hello.kex_n, KEX_KEY_BITS)
    except MessageError:
        raise BadSignature from None
    if not identity.verify(server_signature_input(client_hello_frame, hello.signed), hello.signature):
        raise BadSignature
    return identity, kex


# --- The two secrets --------------------------------------------------------------------------------


class X25519Share:
    """One side's half of the Diffie-Hellman exchange: made for one connection, used once, dropped."""

    __slots__ = ("_key", "public")

    def __init__(self, random: Random) -> None:
        self._key = primitives.x25519_key(random(primitives.X25519_BYTES))
        self.public = primitives.x25519_public(self._key)

    def private_bytes(self) -> bytes:
        """32 bytes, for the recorder alone, where a person asked for them."""
        return primitives.x25519_private(self._key)

    def agree(self, peer: bytes) -> bytes:
        """z, 32 bytes. Raises BadShare for a point of low order, whose z anyone can compute."""
        z = primitives.x25519_agree(self._key, peer)
        if z is None:
            raise BadShare
        return z


class KexKey:
    """The server's RSA-2048 key for this handshake only: never signs, never written to disk.

    A key that both signed and opened what strangers send could be made to help a forger.
    """

    __slots__ = ("_private", "modulus")

    def __init__(self, private: PrivateKey) -> None:
        """Raises KeyFileError for a key that is not RSA-2048."""
        if private.public.bits != KEX_KEY_BITS:
            raise KeyFileError(path="(in memory)", why="not a key-exchange key")
        self._private = private
        self.modulus = private.public.modulus

    @classmethod
    def generate(cls, random: Random) -> KexKey:
        """A new one. Takes 0.1 to 2 s: for a worker thread."""
        return cls(PrivateKey.generate(KEX_KEY_BITS, random))

    @classmethod
    def from_pem(cls, pem: bytes) -> KexKey:
        """A fixed one, for tests and vectors. Raises KeyFileError."""
        return cls(PrivateKey.from_pem(pem, bits=KEX_KEY_BITS))

    def open(self, oaep_ct: bytes) -> bytes | None:
        """What was sealed for this key, or None whatever was wrong."""
        return oaep_decrypt(self._private, oaep_ct, _KEX_LABEL)


def seal_pre_secret(kex: PublicKey, pre_secret: bytes, random: Random) -> bytes:
    """oaep_ct, 256 bytes. `pre_secret` is 32 fresh random bytes."""
    return oaep_encrypt(kex, pre_secret, _KEX_LABEL, random)


def recover_pre_secret(kex_private: KexKey, oaep_ct: bytes, random: Random) -> bytes:
    """Always 32 bytes: the client's pre_secret, or random ones when `oaep_ct` is bad in any way.

    Implicit rejection. A server that answered bad padding otherwise than a bad proof would be the
    oracle that opens recorded ciphertexts (Bleichenbacher 1998, Manger 2001). So nothing is said
    here; the keys come out unequal, and the proofs fail as they do for any other fault.
    """
    # Drawn before the decryption, so that good and bad ciphertexts take the same steps.
    substitute = random(PRE_SECRET_BYTES)
    opened = kex_private.open(oaep_ct)
    return opened if opened is not None and len(opened) == PRE_SECRET_BYTES else substitute


# --- The key schedule -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandshakeSecrets:
    """Four independent keys of 32 bytes each."""

    client_finished: bytes
    server_finished: bytes
    c2s: bytes
    s2c: bytes


@dataclass(frozen=True, slots=True)
class DirectionKeys:
    """What seals the frames of one direction. stamp_key and wrap_key serve only server to client."""

    key: bytes
    iv: bytes
    stamp_key: bytes
    wrap_key: bytes


def transcript_hash(*pieces: bytes) -> bytes:
    """SHA-256 of the pieces in a row. Frames are whole, with headers, as they were on the wire."""
    return hashlib.sha256(b"".join(pieces)).digest()


def th2(client_hello: bytes, server_hello: bytes, oaep_ct: bytes) -> bytes:
    """All that was said before the keys: both Hello frames and the 256 bytes of oaep_ct."""
    return transcript_hash(client_hello, server_hello, oaep_ct)


def th3(client_hello: bytes, server_hello: bytes, client_key_exchange: bytes) -> bytes:
    """The three frames before ServerFinished."""
    return transcript_hash(client_hello, server_hello, client_key_exchange)


def session_hash(
    client_hello: bytes, server_hello: bytes, client_key_exchange: bytes, server_finished: bytes
) -> bytes:
    """All four frames: the name of this connection, which the client signs to show who it is."""
    return transcript_hash(client_hello, server_hello, client_key_exchange, server_finished)


def derive_secrets(th2: bytes, z: bytes, pre_secret: bytes) -> HandshakeSecrets:
    """PRK = HKDF-Extract(salt = th2, z || pre_secret), then one Expand per label.

    z and pre_secret have 32 bytes each, so their border is not in doubt.
    """
    prk = hkdf.extract(th2, z + pre_secret)
    return HandshakeSecrets(
        client_finished=hkdf.expand(prk, _LABEL_PREFIX + b"client finished"),
        server_finished=hkdf.expand(prk, _LABEL_PREFIX + b"server finished"),
        c2s=hkdf.expand(prk, _LABEL_PREFIX + b"c2s traffic"),
        s2c=hkdf.expand(prk, _LABEL_PREFIX + b"s2c traffic"),
    )


def client_fin(client_finished: bytes, th2: bytes) -> bytes:
    """The client's proof, 32 bytes."""
    return hmac.digest(client_finished, th2, "sha256")


def server_fin(server_finished: bytes, th3: bytes) -> bytes:
    """The server's proof, 32 bytes."""
    return hmac.digest(server_finished, th3, "sha256")


def check_fin(expected: bytes, received: bytes) -> None:
    """Raises BadFinished unless both are equal. The comparison takes the same time either way."""
    if not hmac.compare_digest(expected, received):
        raise BadFinished


def direction_keys(secret: bytes) -> DirectionKeys:
    """The keys of one direction from its traffic secret (c2s or s2c)."""
    return DirectionKeys(
        key=hkdf.expand(secret, _LABEL_PREFIX + b"key", KEY_BYTES),
        iv=hkdf.expand(secret, _LABEL_PREFIX + b"iv", NONCE_BYTES),
        stamp_key=hkdf.expand(secret, _LABEL_PREFIX + b"stamp", KEY_BYTES),
        wrap_key=hkdf.expand(secret, _LABEL_PREFIX + b"wrap", KEY_BYTES),
    )


def client_auth_input(session_hash: bytes, modulus: bytes) -> bytes:
    """What a member signs in `auth`: good on this connection only, so no server can pass it on."""
    return b"LocalChat/1 client auth\0" + session_hash + hashlib.sha256(modulus).digest()
