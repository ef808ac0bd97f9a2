"""Keys of LocalChat/1 as a stranger reads PROTOCOL §3, §4 and §5. Imports nothing of netcore."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.Hash import SHA1, SHA256
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key, key_agreement
from Crypto.PublicKey import RSA
from Crypto.Signature import pss

from tests.keys import pem
from tests.stranger import wire
from tests.stranger.wire import CLOSE, DIRECT, ROOM, ROOM_KEY, Fault, Frame, Message

MAGIC = b"LocalChat/1 sec\n"
SERVER_SIGNATURE = b"LocalChat/1 server signature\0"
CLIENT_AUTH = b"LocalChat/1 client auth\0"
KEX_LABEL = b"LocalChat/1 kex"
_SPKI = {
    256: bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100"),
    384: bytes.fromhex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100"),
}
Draw: TypeAlias = Callable[[int], bytes]


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts put one after another."""
    return hashlib.sha256(b"".join(parts)).digest()


@cache
def private(name: str) -> RSA.RsaKey:
    """A key of tests/keys."""
    return RSA.import_key(pem(name))


def modulus(key: RSA.RsaKey) -> bytes:
    """The bare modulus, big-endian, as long as the key (§3.1)."""
    return int(key.n).to_bytes(key.size_in_bytes(), "big")


def public_key(bare: bytes) -> RSA.RsaKey:
    """The key of a bare modulus; Fault if its top bit is 0 or it is even."""
    if not bare[0] & 0x80 or not bare[-1] & 1:
        raise Fault("shape of a modulus")
    return RSA.construct((int.from_bytes(bare, "big"), 65_537), consistency_check=False)


def fingerprint(bare: bytes) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo (§11.1)."""
    return sha256(_SPKI[len(bare)], bare, bytes.fromhex("0203010001"))


def sign(key: RSA.RsaKey, message: bytes, draw: Draw = os.urandom) -> bytes:
    """RSASSA-PSS, SHA-256, salt of 32 bytes."""
    return pss.new(key, salt_bytes=32, rand_func=draw).sign(SHA256.new(message))


def verify(bare: bytes, message: bytes, signature: bytes) -> None:
    """Fault unless `signature` is by the key of this modulus."""
    try:
        pss.new(public_key(bare), salt_bytes=32).verify(SHA256.new(message), signature)
    except (ValueError, TypeError) as error:
        raise Fault("signature") from error


def oaep_seal(
    bare: bytes, secret: bytes, label: bytes, draw: Draw = os.urandom, old_hash: bool = False
) -> bytes:
    """RSAES-OAEP with SHA-256 (with SHA-1 if `old_hash`: wrong here)."""
    return PKCS1_OAEP.new(
        public_key(bare), hashAlgo=SHA1 if old_hash else SHA256, label=label, randfunc=draw
    ).encrypt(secret)


def oaep_open(key: RSA.RsaKey, sealed: bytes, label: bytes) -> bytes:
    """Exactly 32 bytes: what was sealed, or fresh random ones, without saying which (§3.4)."""
    secret = os.urandom(32)
    try:
        opened = PKCS1_OAEP.new(key, hashAlgo=SHA256, label=label).decrypt(sealed)
    except ValueError:
        return secret
    return opened if len(opened) == 32 else secret


def x25519_share(private: bytes) -> bytes:
    """The public share of a private X25519 key of 32 bytes."""
    return import_x25519_private_key(private).public_key().export_key(format="raw")


def x25519(private: bytes, share: bytes) -> bytes:
    """z of §3.3; Fault if it is all zero."""
    try:
        z = key_agreement(
            static_priv=import_x25519_private_key(private), static_pub=import_x25519_public_key(share),
            kdf=lambda secret: secret,
        )  # fmt: skip
    except ValueError as error:
        raise Fault("x25519 share") from error
    if z == bytes(32):
        raise Fault("x25519 share")
    return bytes(z)


def hkdf_extract(salt: bytes, material: bytes) -> bytes:
    """RFC 5869 §2.2."""
    return hmac.digest(salt, material, "sha256")


def hkdf_expand(prk: bytes, label: bytes, length: int) -> bytes:
    """RFC 5869 §2.3."""
    block, out = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + label + bytes([count]), "sha256")
        out += block
    return out[:length]


def eax_seal(key: bytes, nonce: bytes, header: bytes, plaintext: bytes) -> bytes:
    """AES-256-EAX: ciphertext || tag."""
    cipher = AES.new(key, AES.MODE_EAX, nonce=nonce, mac_len=16)
    cipher.update(header)
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return ciphertext + tag


def eax_open(key: bytes, nonce: bytes, header: bytes, sealed: bytes) -> bytes:
    """The plaintext, or Fault."""
    cipher = AES.new(key, AES.MODE_EAX, nonce=nonce, mac_len=16)
    cipher.update(header)
    try:
        return cipher.decrypt_and_verify(sealed[:-16], sealed[-16:])
    except ValueError as error:
        raise Fault("record does not open") from error


def _header(kind: int, length: int) -> bytes:
    return bytes([kind]) + length.to_bytes(3, "big")


@dataclass(slots=True)
class Direction:
    """One direction's keys and its count of frames (§3.3, §5)."""

    key: bytes
    iv: bytes
    stamp_key: bytes
    wrap_key: bytes
    seq: int = 0

    @classmethod
    def of(cls, traffic: bytes) -> Direction:
        """Everything that grows from a traffic secret."""
        key, iv, stamp, wrap = (
            hkdf_expand(traffic, b"LocalChat/1 " + label, length)
            for label, length in ((b"key", 32), (b"iv", 16), (b"stamp", 32), (b"wrap", 32))
        )
        return cls(key, iv, stamp, wrap)

    def nonce(self) -> bytes:
        """Of the next frame."""
        # Every frame takes its own seq, so under one key no nonce comes twice.
        return bytes(a ^ b for a, b in zip(self.iv, bytes(8) + self.seq.to_bytes(8, "big"), strict=True))

    def seal(self, plaintext: bytes, kind: int = DIRECT) -> bytes:
        """A Direct or Close frame."""
        header = _header(kind, len(plaintext) + 16)
        sealed = eax_seal(self.key, self.nonce(), header, plaintext)
        self.seq += 1
        return header + sealed

    def open(self, frame: Frame) -> bytes:
        """The plaintext of a Direct or Close frame, or Fault."""
        assert frame.type in (DIRECT, CLOSE)
        plaintext = eax_open(self.key, self.nonce(), frame.header, frame.body)
        self.seq += 1
        return plaintext

    def stamp(self, shared: bytes) -> bytes:
        """The stamp over a Room or RoomKey frame without its stamp."""
        data = self.seq.to_bytes(8, "big") + sha256(shared)
        return hashlib.blake2b(data, key=self.stamp_key, digest_size=16).digest()

    def stamped(self, shared: bytes) -> bytes:
        """The whole frame, counted."""
        frame = shared + self.stamp(shared)
        self.seq += 1
        return frame

    def wrap(self, room_key: bytes) -> bytes:
        """A room key for this member as this frame; the same again takes it off."""
        pad = hashlib.blake2b(self.seq.to_bytes(8, "big"), key=self.wrap_key, digest_size=32).digest()
        return bytes(a ^ b for a, b in zip(room_key, pad, strict=True))

    def room_key_frame(self, epoch: int, room_key: bytes) -> bytes:
        """A RoomKey frame."""
        return self.stamped(_header(ROOM_KEY, 52) + epoch.to_bytes(4, "big") + self.wrap(room_key))


def seal_room(room_key: bytes, epoch: int, index: int, plaintext: bytes) -> bytes:
    """A Room frame without its stamp: the same for all members."""
    header = _header(ROOM, 12 + len(plaintext) + 32)
    nonce = epoch.to_bytes(4, "big") + bytes(4) + index.to_bytes(8, "big")
    place = epoch.to_bytes(4, "big") + index.to_bytes(8, "big")
    return header + place + eax_seal(room_key, nonce, header, plaintext)


def step_room_key(room_key: bytes) -> bytes:
    """The next epoch's key if somebody came and nobody left."""
    return hkdf_expand(room_key, b"LocalChat/1 room next", 32)


@dataclass(slots=True)
class RoomReader:
    """What a client holds to open Room records (§5.2)."""

    direction: Direction
    epoch: int = 0
    key: bytes = b""
    last_index: int = -1

    def take_key(self, frame: Frame) -> None:
        """A RoomKey frame."""
        self._check_stamp(frame)
        epoch = int.from_bytes(frame.body[:4], "big")
        if epoch <= self.epoch:
            raise Fault("epoch of a room key")
        self.epoch, self.key, self.last_index = epoch, self.direction.wrap(frame.body[4:36]), -1
        self.direction.seq += 1

    def open(self, frame: Frame) -> bytes:
        """The plaintext of a Room frame."""
        self._check_stamp(frame)
        epoch, index = int.from_bytes(frame.body[:4], "big"), int.from_bytes(frame.body[4:12], "big")
        if not self.key:
            raise Fault("no room key yet")
        if epoch == self.epoch:
            if index <= self.last_index:
                raise Fault("index of a room record")
            key = self.key
        elif epoch == self.epoch + 1:
            key = step_room_key(self.key)
        else:
            raise Fault("epoch of a room record")
        nonce = frame.body[:4] + bytes(4) + frame.body[4:12]
        plaintext = eax_open(key, nonce, frame.header, frame.body[12:-16])
        self.epoch, self.key, self.last_index = epoch, key, index
        self.direction.seq += 1
        return plaintext

    def _check_stamp(self, frame: Frame) -> None:
        if not hmac.compare_digest(self.direction.stamp(frame.header + frame.body[:-16]), frame.body[-16:]):
            raise Fault("stamp")


@dataclass(slots=True)
class Schedule:
    """All that follows from the frames of a handshake and its two secrets (§3.3)."""

    hello: bytes
    server_hello: bytes
    oaep_ct: bytes
    z: bytes
    pre_secret: bytes
    prk: bytes = field(init=False)
    th2: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.th2 = sha256(self.hello, self.server_hello, self.oaep_ct)
        self.prk = hkdf_extract(self.th2, self.z + self.pre_secret)

    def secret(self, label: str) -> bytes:
        """X(label)."""
        return hkdf_expand(self.prk, b"LocalChat/1 " + label.encode(), 32)

    @property
    def client_fin(self) -> bytes:
        """The client's proof."""
        return hmac.digest(self.secret("client finished"), self.th2, "sha256")

    @property
    def key_exchange(self) -> bytes:
        """The ClientKeyExchange frame."""
        return Frame(0x03, self.oaep_ct + self.client_fin).wire

    @property
    def th3(self) -> bytes:
        """The transcript up to the client's proof."""
        return sha256(self.hello, self.server_hello, self.key_exchange)

    @property
    def server_fin(self) -> bytes:
        """The server's proof."""
        return hmac.digest(self.secret("server finished"), self.th3, "sha256")

    @property
    def session_hash(self) -> bytes:
        """What a client's auth is bound to."""
        return sha256(self.hello, self.server_hello, self.key_exchange, Frame(0x04, self.server_fin).wire)

    def directions(self) -> tuple[Direction, Direction]:
        """Client to server, server to client."""
        return Direction.of(self.secret("c2s traffic")), Direction.of(self.secret("s2c traffic"))


def server_signature_input(hello: bytes, body: bytes) -> bytes:
    """What the identity key signs (§3.2)."""
    return SERVER_SIGNATURE + sha256(hello, body[:720])


def row_hash(log_id: bytes, said: Message) -> bytes:
    """§8.2."""
    name, text = wire.string(said, "name").encode(), wire.string(said, "text").encode()
    sender, stream = wire.unb64(wire.string(said, "from")), wire.unb64(wire.string(said, "stream"))
    seq, n, at = (wire.integer(said, key).to_bytes(8, "big") for key in ("seq", "n", "at"))
    place = log_id + seq + sender + stream + n + at
    prefix = b"LocalChat/1 row\n"
    if isinstance(file := said.get("file"), dict):
        prefix, size = b"LocalChat/1 row of a file\n", wire.integer(file, "size").to_bytes(8, "big")
        blob, hashed, k = (wire.unb64(wire.string(file, key)) for key in ("blob", "sha256", "k"))
        text = blob + size + hashed + k + wire.string(file, "name").encode()
    return sha256(prefix, place, len(name).to_bytes(4, "big"), name, text)
