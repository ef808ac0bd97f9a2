"""The two packets by which rooms are found on a local network (PROTOCOL §15).

    query   0        16      32                                            272
            +--------+-------+----------------------------------------------+
            | magic  | token | zeros                                        |
            +--------+-------+----------------------------------------------+

    answer  0        16      32             64     66        68
            +--------+-------+--------------+------+---------+-----+------+-----+------+
            | magic  | token | fingerprint  | port | members | len | room | len | host |
            +--------+-------+--------------+------+---------+-----+------+-----+------+

Bytes in, values out, no socket. An answer is never longer than its query, so nobody can have a room flood
a third party with more than they send themselves. And an answer is a claim: anybody can make one, so what
it says is for display, and who the server is shows at the connection.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final, NamedTuple

from netcore import limits
from netcore.wire.names import could_be_name, could_be_room_name

QUERY_MAGIC: Final = b"LocalChat/1 ask\n"
ANSWER_MAGIC: Final = b"LocalChat/1 ans\n"
TOKEN_BYTES: Final = 16
FINGERPRINT_BYTES: Final = 32
_HEAD_BYTES: Final = 16 + TOKEN_BYTES + FINGERPRINT_BYTES + 2 + 2
_MAX_NAME_BYTES: Final = 4 * limits.MAX_NAME_CHARS
MAX_ANSWER_BYTES: Final = _HEAD_BYTES + 2 * (1 + _MAX_NAME_BYTES)
QUERY_BYTES: Final = 272
"""More than the longest answer, and far below what any network carries in one piece."""
MAX_MEMBERS_TOLD: Final = 65_535


class RoomAnswer(NamedTuple):
    """What a room says of itself. Where it is, the packet's source says and nothing in the packet."""

    fingerprint: bytes  # 32
    port: int  # TCP, 1..65535
    members: int  # 1..65535, the host among them
    room: str
    host: str  # the host's name in the room


def encode_query(token: bytes) -> bytes:
    """`token`: 16 random bytes, by which the asker knows the answers to its own question."""
    return (QUERY_MAGIC + token).ljust(QUERY_BYTES, b"\0")


def decode_query(packet: bytes) -> bytes | None:
    """The token, or None for anything that is not a query to the last byte."""
    token = packet[16 : 16 + TOKEN_BYTES]
    return token if len(packet) == QUERY_BYTES and packet == encode_query(token) else None


def encode_answer(token: bytes, answer: RoomAnswer) -> bytes:
    """At most MAX_ANSWER_BYTES, for names that the room's own rules allow."""
    members = min(answer.members, MAX_MEMBERS_TOLD)
    head = ANSWER_MAGIC + token + answer.fingerprint + answer.port.to_bytes(2, "big")
    names = (name.encode() for name in (answer.room, answer.host))
    return head + members.to_bytes(2, "big") + b"".join(bytes([len(name)]) + name for name in names)


def decode_answer(packet: bytes, token: bytes) -> RoomAnswer | None:
    """What it claims; None for another token, a wrong byte anywhere, or names that are none."""
    if not _HEAD_BYTES + 4 <= len(packet) <= MAX_ANSWER_BYTES or packet[:16] != ANSWER_MAGIC:
        return None
    if not compare_digest(packet[16:32], token):
        return None
    port, members = int.from_bytes(packet[64:66], "big"), int.from_bytes(packet[66:68], "big")
    room_end = _HEAD_BYTES + 1 + packet[_HEAD_BYTES]
    if room_end >= len(packet) or room_end + 1 + packet[room_end] != len(packet):
        return None
    try:
        room, host = packet[_HEAD_BYTES + 1 : room_end].decode(), packet[room_end + 1 :].decode()
    except UnicodeDecodeError:
        return None
    if not (port and members and could_be_room_name(room) and could_be_name(host)):
        return None
    return RoomAnswer(packet[32:64], port, members, room, host)
