"""The search for rooms as a stranger reads PROTOCOL §15. Imports nothing of netcore."""

from __future__ import annotations

import struct
from typing import NamedTuple

ASK, ANS = b"LocalChat/1 ask\n", b"LocalChat/1 ans\n"


class Claim(NamedTuple):
    fingerprint: bytes
    port: int
    members: int
    room: str
    host: str


def query(token: bytes) -> bytes:
    return struct.pack("16s16s240x", ASK, token)


def read_query(packet: bytes) -> bytes | None:
    """The token of a good query."""
    if len(packet) != 272 or not packet.startswith(ASK) or any(packet[32:]):
        return None
    return packet[16:32]


def answer(token: bytes, claim: Claim) -> bytes:
    packed = struct.pack(">16s16s32sHH", ANS, token, claim.fingerprint, claim.port, claim.members)
    for name in (claim.room.encode("utf-8"), claim.host.encode("utf-8")):
        packed += struct.pack("B", len(name)) + name
    return packed


def read_answer(packet: bytes, token: bytes) -> Claim | None:
    """What an answer to our own question claims; names are judged by their length and what §6.4 lets a
    client judge: no control and no sign that cannot be seen."""
    if len(packet) > 262:
        return None
    try:
        magic, back, fingerprint, port, members = struct.unpack_from(">16s16s32sHH", packet)
        rest, names = packet[68:], []
        for _ in range(2):
            length = rest[0]
            if len(rest) <= length:
                return None
            names.append(rest[1 : 1 + length].decode("utf-8", "strict"))
            rest = rest[1 + length :]
    except (struct.error, IndexError, UnicodeDecodeError):
        return None
    fits = all(0 < len(name) <= 24 and name == name.strip(" ") and name.isprintable() for name in names)
    if magic != ANS or back != token or rest or not (port and members and fits):
        return None
    return Claim(fingerprint, port, members, names[0], names[1])
