"""IP packets that carry the bytes of a TCP stream, made up around them: RFC 791, 8200, 9293.

A program sees of TCP what `recv` gave and what `send` took; headers, segments and acknowledgements stay in
the kernel. Here they are made anew, whole and with right checksums, so that a packet analyser can read a
stream that was recorded above the socket.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

MAX_PAYLOAD_BYTES: Final = 65_495
"""What fits into one IPv4 packet of 65,535 bytes behind its two headers."""

_IPV4: Final = struct.Struct(">BBHHHBBH4s4s")
_IPV6: Final = struct.Struct(">IHBB16s16s")
_TCP: Final = struct.Struct(">HHIIBBHHH")
_TCP_NUMBER: Final = 6
_DONT_FRAGMENT: Final = 0x4000
_HOPS: Final = 64
_WINDOW: Final = 65_535
# On SYN: the longest segment, and a window 2^14 times what stands in the header, so that it is never full.
_SYN_OPTIONS: Final = struct.pack(">BBH", 2, 4, MAX_PAYLOAD_BYTES) + bytes([1, 3, 3, 14])


class Flag(IntFlag):
    FIN = 0x01
    SYN = 0x02
    PSH = 0x08
    ACK = 0x10


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A numeric address, IPv4 or IPv6, and a port."""

    host: str
    port: int


@dataclass(slots=True)
class _Side:
    endpoint: Endpoint
    next_seq: int


class TcpStream:
    """One connection whose two sides send bytes to each other; every call gives the packets for it.

    A side's sequence number is 1 more than the place of the byte in its stream, in this as in any capture
    whose SYN has the number 0.
    """

    def __init__(
        self, client: Endpoint, server: Endpoint, client_offset: int = 0, server_offset: int = 0
    ) -> None:
        """The offsets say how many bytes each side had sent before."""
        self._sides = {True: _Side(client, client_offset + 1), False: _Side(server, server_offset + 1)}

    def open(self) -> Iterator[bytes]:
        """SYN, SYN-ACK, ACK: only for a stream both offsets of which are 0."""
        for by_client, flags, seq, ack in (
            (True, Flag.SYN, 0, 0),
            (False, Flag.SYN | Flag.ACK, 0, 1),
            (True, Flag.ACK, 1, 1),
        ):
            yield self._packet(by_client, flags, seq, ack)

    def send(self, by_client: bool, offset: int, data: bytes) -> Iterator[bytes]:
        """The bytes of a stream from `offset` on, in as many packets as they need."""
        side = self._sides[by_client]
        for start in range(0, len(data), MAX_PAYLOAD_BYTES):
            payload = data[start : start + MAX_PAYLOAD_BYTES]
            side.next_seq = offset + start + 1
            yield self._said(by_client, Flag.PSH | Flag.ACK, payload)
            side.next_seq += len(payload)

    def close(self, by_client: bool) -> Iterator[bytes]:
        """FIN of both sides, the first by that one, and the last ACK."""
        for side in (by_client, not by_client):
            yield self._said(side, Flag.FIN | Flag.ACK)
            self._sides[side].next_seq += 1  # a FIN counts as a byte
        yield self._said(by_client, Flag.ACK)

    def _said(self, by_client: bool, flags: Flag, payload: bytes = b"") -> bytes:
        seq, ack = self._sides[by_client].next_seq, self._sides[not by_client].next_seq
        return self._packet(by_client, flags, seq, ack, payload)

    def _packet(self, by_client: bool, flags: Flag, seq: int, ack: int, payload: bytes = b"") -> bytes:
        source, target = self._sides[by_client].endpoint, self._sides[not by_client].endpoint
        options = _SYN_OPTIONS if Flag.SYN in flags else b""
        source_ip, target_ip = (ipaddress.ip_address(end.host) for end in (source, target))
        tcp_bytes = _TCP.size + len(options) + len(payload)

        def tcp(check: int) -> bytes:
            words = (_TCP.size + len(options)) // 4
            numbers = seq % 2**32, ack % 2**32
            header = _TCP.pack(source.port, target.port, *numbers, words << 4, flags, _WINDOW, check, 0)
            return header + options + payload

        addresses = source_ip.packed + target_ip.packed
        pseudo = addresses + struct.pack(">II", tcp_bytes, _TCP_NUMBER)
        segment = tcp(checksum(pseudo + tcp(0)))
        if source_ip.version == 6:
            return _IPV6.pack(6 << 28, tcp_bytes, _TCP_NUMBER, _HOPS, *_halves(addresses)) + segment

        def ipv4(check: int) -> bytes:
            total_bytes = _IPV4.size + tcp_bytes
            return _IPV4.pack(
                4 << 4 | _IPV4.size // 4, 0, total_bytes, 0, _DONT_FRAGMENT, _HOPS, _TCP_NUMBER, check,
                *_halves(addresses),
            )  # fmt: skip

        return ipv4(checksum(ipv4(0))) + segment


def _halves(addresses: bytes) -> tuple[bytes, bytes]:
    return addresses[: len(addresses) // 2], addresses[len(addresses) // 2 :]


def checksum(data: bytes) -> int:
    """RFC 1071: the complement of the one's complement sum of all 16-bit words.

    Such a sum is what is left of the whole number after division by 65,535, except that it is 0
    only of zeros.
    """
    if len(data) % 2:
        data += b"\0"
    number = int.from_bytes(data, "big")
    return 0xFFFF - (number % 0xFFFF or 0xFFFF if number else 0)
