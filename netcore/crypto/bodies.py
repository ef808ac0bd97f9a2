"""The bodies of the four handshake frames: fixed offsets, so there is no parser to bend (PROTOCOL §3).

Only lengths and the magic are looked at here; what the bytes prove is for exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netcore.errors import BadMagic

MAGIC: Final = b"LocalChat/1 sec\n"
"""Names version and suite. There is one of each, so there is nothing to talk down."""


def _cut(body: bytes, *sizes: int) -> list[bytes]:
    """`body` in pieces of these sizes, or BadMagic if it is not exactly their sum."""
    if len(body) != sum(sizes):
        raise BadMagic
    pieces, start = [], 0
    for size in sizes:
        pieces.append(body[start : start + size])
        start += size
    return pieces


@dataclass(frozen=True, slots=True)
class ClientHelloBody:
    """80 bytes.

    0        16                48                80
    +--------+-----------------+-----------------+
    | magic  | random          | x25519          |
    +--------+-----------------+-----------------+
    """

    magic: bytes
    random: bytes
    x25519: bytes

    def encode(self) -> bytes:
        return self.magic + self.random + self.x25519

    @classmethod
    def decode(cls, body: bytes) -> ClientHelloBody:
        """Raises BadMagic for another length or magic."""
        hello = cls(*_cut(body, 16, 32, 32))
        if hello.magic != MAGIC:
            raise BadMagic
        return hello


@dataclass(frozen=True, slots=True)
class ServerHelloBody:
    """1104 bytes.

    0       16       48       80            464         720          1104
    +-------+--------+--------+-------------+-----------+------------+
    | magic | random | x25519 | identity_n  | kex_n     | signature  |
    +-------+--------+--------+-------------+-----------+------------+
    '------------------ signed ------------------------'
    """

    magic: bytes
    random: bytes
    x25519: bytes
    identity_n: bytes
    kex_n: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """The first 720 bytes."""
        return self.magic + self.random + self.x25519 + self.identity_n + self.kex_n

    def encode(self) -> bytes:
        return self.signed + self.signature

    @classmethod
    def decode(cls, body: bytes) -> ServerHelloBody:
        """Raises BadMagic for another length or magic. The signature is not looked at."""
        hello = cls(*_cut(body, 16, 32, 32, 384, 256, 384))
        if hello.magic != MAGIC:
            raise BadMagic
        return hello


@dataclass(frozen=True, slots=True)
class ClientKeyExchangeBody:
    """288 bytes.

    0                       256               288
    +-----------------------+-----------------+
    | oaep_ct               | client_fin      |
    +-----------------------+-----------------+
    """

    oaep_ct: bytes
    client_fin: bytes

    def encode(self) -> bytes:
        return self.oaep_ct + self.client_fin

    @classmethod
    def decode(cls, body: bytes) -> ClientKeyExchangeBody:
        """Raises BadMagic for another length."""
        return cls(*_cut(body, 256, 32))


@dataclass(frozen=True, slots=True)
class ServerFinishedBody:
    """32 bytes: server_fin."""

    server_fin: bytes

    def encode(self) -> bytes:
        return self.server_fin

    @classmethod
    def decode(cls, body: bytes) -> ServerFinishedBody:
        """Raises BadMagic for another length."""
        return cls(*_cut(body, 32))
