"""Where to go: `host[:port]`, `[v6]:port`, or an invite, as a person types or pastes it.

    localchat://192.168.1.20:5050/#0123456789abcdef0123456789abcdef
                host         port   first 16 bytes of the server's fingerprint, in hex

Decides nothing about trust; `client/trust.py` compares what an invite vouches for.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from netcore.errors import BadAddress, BadInvite, BadPort
from netcore.limits import DEFAULT_PORT

INVITE_PREFIX: Final = "localchat://"
# 128 bits: nobody finds a second key to it, and it still fits on a blackboard.
INVITE_FINGERPRINT_BYTES: Final = 16

_HOST_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
_MAX_HOST_CHARS: Final = 253
_INVITE_TAIL: Final = re.compile(r"/?#([0-9A-Fa-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """A place to dial. `invite_fp`: the first 16 bytes of the only fingerprint that is right, or None."""

    host: str
    port: int
    invite_fp: bytes | None = None

    @property
    def address(self) -> str:
        return join_address(self.host, self.port)


def join_address(host: str, port: int) -> str:
    """`host:port`, or `[v6]:port`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_target(text: str) -> Target:
    """Read an address or an invite. Raises BadAddress, BadPort or BadInvite."""
    text = text.strip()
    if text.lower().startswith(INVITE_PREFIX):
        return _parse_invite(text[len(INVITE_PREFIX) :])
    return _parse_address(text)


def format_invite(host: str, port: int, fingerprint: bytes) -> str:
    """The invite to the server with this fingerprint (32 bytes)."""
    shown = fingerprint[:INVITE_FINGERPRINT_BYTES].hex()
    return f"{INVITE_PREFIX}{join_address(host, port)}/#{shown}"


def _parse_invite(rest: str) -> Target:
    end = min((rest.find(sign) for sign in "/#" if sign in rest), default=len(rest))
    match = _INVITE_TAIL.fullmatch(rest[end:])
    if match is None:
        raise BadInvite(why="it does not end with # and the 32 letters and digits of a fingerprint")
    try:
        place = _parse_address(rest[:end])
    except (BadAddress, BadPort):
        raise BadInvite(why="the address in it is not whole") from None
    return Target(place.host, place.port, bytes.fromhex(match[1]))


def _parse_address(text: str) -> Target:
    if not text:
        raise BadAddress(address=text, why="it is empty")
    if "/" in text:
        raise BadAddress(address=text, why="only an invite has a / in it, and begins with localchat://")
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadAddress(address=text, why="an IPv6 address stands whole between [ and ]")
        return Target(_v6(host, text), _port(rest[1:]) if rest else DEFAULT_PORT)
    if text.count(":") > 1:
        # Without brackets, an IPv6 address cannot have a port behind it.
        return Target(_v6(text, text), DEFAULT_PORT)
    host, colon, port = text.partition(":")
    return Target(_host(host, text), _port(port) if colon else DEFAULT_PORT)


def _v6(host: str, text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise BadAddress(address=text, why="an IPv6 address looks like [fe80::1]") from None


def _host(host: str, text: str) -> str:
    if not host or len(host) > _MAX_HOST_CHARS or not _HOST_NAME.fullmatch(host):
        raise BadAddress(address=text, why="a host has letters, digits, dots and hyphens")
    if re.fullmatch(r"[0-9.]+", host):
        # The system would read 10.1 as 10.0.0.1, which nobody means.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadAddress(address=text, why="an IPv4 address has four numbers up to 255") from None
    return host.lower()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65_535):
        raise BadPort(port=text)
    return int(text)
