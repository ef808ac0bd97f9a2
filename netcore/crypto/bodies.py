"""The bodies of the four handshake frames: fixed offsets, so there is no parser to bend (PROTOCOL §3).

Only lengths and the magic are looked at here; what the bytes prove is for exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from netcore.errors import BadMagic, OtherVersion
from netcore.layout import Field, Kind, Layout, cut

MAGIC: Final = b"LocalChat/1 sec\n"
"""Names version and suite. There is one of each, so there is nothing to talk down."""

_FAMILY: Final = b"LocalChat/"
"""With this every version's magic begins."""


def _check_magic(magic: bytes) -> None:
    """Raises OtherVersion for a magic that is LocalChat's and not ours, BadMagic for any other."""
    if magic != MAGIC:
        raise OtherVersion if magic.startswith(_FAMILY) else BadMagic


def _cut(layout: Layout, body: bytes) -> list[bytes]:
    """The fields of `body`, or BadMagic if it is not exactly as long as they are."""
    pieces = cut(layout, body)
    if pieces is None:
        raise BadMagic
    return pieces


@dataclass(frozen=True, slots=True)
class ClientHelloBody:
    """80 bytes.

    0        16                48                80
    +--------+-----------------+-----------------+
    | magic  | random          | x25519          |
    +--------+-----------------+-----------------+
    """

    LAYOUT: ClassVar[Layout] = (
        Field("magic", len(MAGIC)),
        Field("client_random", 32),
        Field("client_x25519", 32, Kind.KEY),
    )
    magic: bytes
    random: bytes
    x25519: bytes

    def encode(self) -> bytes:
        return self.magic + self.random + self.x25519

    @classmethod
    def decode(cls, body: bytes) -> ClientHelloBody:
        """Raises BadMagic for another length or magic, OtherVersion for a magic of LocalChat's."""
        hello = cls(*_cut(cls.LAYOUT, body))
        _check_magic(hello.magic)
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

    LAYOUT: ClassVar[Layout] = (
        Field("magic", len(MAGIC)),
        Field("server_random", 32),
        Field("server_x25519", 32, Kind.KEY),
        Field("identity_n", 384, Kind.KEY),
        Field("kex_n", 256, Kind.KEY),
        Field("signature", 384, Kind.SIGNATURE),
    )
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
        """Raises as ClientHelloBody does. The signature is not looked at."""
        hello = cls(*_cut(cls.LAYOUT, body))
        _check_magic(hello.magic)
        return hello


@dataclass(frozen=True, slots=True)
class ClientKeyExchangeBody:
    """288 bytes.

    0                       256               288
    +-----------------------+-----------------+
    | oaep_ct               | client_fin      |
    +-----------------------+-----------------+
    """

    LAYOUT: ClassVar[Layout] = (
        Field("oaep_ct", 256, Kind.CIPHERTEXT),
        Field("client_fin", 32, Kind.TAG),
    )
    oaep_ct: bytes
    client_fin: bytes

    def encode(self) -> bytes:
        return self.oaep_ct + self.client_fin

    @classmethod
    def decode(cls, body: bytes) -> ClientKeyExchangeBody:
        """Raises BadMagic for another length."""
        return cls(*_cut(cls.LAYOUT, body))


@dataclass(frozen=True, slots=True)
class ServerFinishedBody:
    """32 bytes: server_fin."""

    LAYOUT: ClassVar[Layout] = (Field("server_fin", 32, Kind.TAG),)
    server_fin: bytes

    def encode(self) -> bytes:
        return self.server_fin

    @classmethod
    def decode(cls, body: bytes) -> ServerFinishedBody:
        """Raises BadMagic for another length."""
        return cls(*_cut(cls.LAYOUT, body))
