"""Where a search for rooms asks, where a room listens for it, and whom it answers (PROTOCOL §15).

A search goes out from each of this computer's networks, to a multicast group that does not leave the link
and to the network's broadcast address, and to this computer itself. The variable LOCALCHAT_DISCOVERY puts
one address in the place of all that: then nothing is asked, and nothing is listened to, anywhere else.

Pure but for `interfaces`, `open_to_ask`, `open_to_answer`, `join_groups` and `send`; the last is the one
place where a search leaves this computer. The packets are `netcore/wire/discovery.py`'s.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from netcore import limits
from netcore.net.addresses import interface_addresses, is_inner, linux_entries

VARIABLE: Final = "LOCALCHAT_DISCOVERY"
GROUP: Final = "239.255.50.50"
"""In the block that stays inside an organisation (RFC 2365); a TTL of 1 keeps it on the link."""
LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"
PORTS: Final = range(limits.DEFAULT_PORT, limits.DEFAULT_PORT + limits.DISCOVERY_PORTS)
"""A room takes the first that is free: several on one computer are all found, and none has to share."""
_BIG_BROADCAST: Final = "255.255.255.255"


class Interface(NamedTuple):
    """One IPv4 network of this computer. netmask and broadcast: "" where the system does not tell."""

    name: str
    address: str
    netmask: str = ""
    broadcast: str = _BIG_BROADCAST  # "" on a network that has none


class Target(NamedTuple):
    """One place to ask: from our address `source` ("" lets the system choose) to host and port."""

    source: str
    host: str
    port: int


class Place(NamedTuple):
    """Where a room listens for searches: the first free one of `ports`; and whether it joins the group."""

    host: str
    ports: Sequence[int]
    groups: bool


# --- Pure -------------------------------------------------------------------------------------------


def chosen(environment: Mapping[str, str]) -> tuple[str, Sequence[int]] | None:
    """The one address that LOCALCHAT_DISCOVERY names, `ADDRESS` or `ADDRESS:PORT`. None if it is not set.

    For anything else than an IPv4 address ("off", a mistyped one) there are no ports: no search at all.
    """
    value = environment.get(VARIABLE, "").strip()
    if not value:
        return None
    host, colon, port = value.partition(":")
    try:
        address = str(ipaddress.IPv4Address(host))
    except ValueError:
        return "", ()
    if not colon:
        return address, PORTS
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5 and 1 <= int(port) <= 65_535
    return (address, (int(port),)) if is_port else ("", ())


def targets(environment: Mapping[str, str], here: Iterable[Interface]) -> tuple[Target, ...]:
    """Everywhere that one question goes: nothing is ever sent to any other place."""
    only = chosen(environment)
    if only is not None:
        host, ports = only
        source = LOOPBACK if host and ipaddress.IPv4Address(host).is_loopback else ""
        return tuple(Target(source, host, port) for port in ports)
    found = [Target(LOOPBACK, LOOPBACK, port) for port in PORTS]
    for one in here:
        if is_inner(one.name, one.address):
            continue  # virtual networks and tunnels: other people's ears, and no room of a class
        for host in (GROUP, one.broadcast):
            found += [Target(one.address, host, port) for port in PORTS if host]
    return tuple(dict.fromkeys(found))


def place_to_answer(environment: Mapping[str, str], bind: str) -> Place | None:
    """Where a room that is bound to `bind` listens; None if a search, which is IPv4, could not lead to it."""
    address = ipaddress.ip_address(bind)
    only = chosen(environment)
    if address.version == 6 or (only is not None and not only[1]):
        return None
    if only is not None:
        return Place(only[0], only[1], groups=False)
    if address.is_loopback:
        return Place(LOOPBACK, PORTS, groups=False)
    return Place(EVERYWHERE, PORTS, groups=True)


def may_answer(source: str, port: int, bind: str, here: Iterable[Interface]) -> bool:
    """Whether a query from there comes from one of our own links, on which the room can be reached.

    A room of this computer only answers this computer only; one on a certain address, that address's link.
    """
    address, bound = ipaddress.IPv4Address(source), ipaddress.IPv4Address(bind)
    if not port or address.is_unspecified or address.is_multicast:
        return False
    if bound.is_loopback or address.is_loopback:
        return address.is_loopback and (bound.is_loopback or bound.is_unspecified)
    near = (one for one in here if bound.is_unspecified or one.address == bind)
    return any(_is_on(address, one) for one in near)


def _is_on(address: ipaddress.IPv4Address, one: Interface) -> bool:
    if not one.netmask:
        # Where the system does not tell how large our network is, the answer's TTL of 1 bounds it.
        return address.is_private and ipaddress.IPv4Address(one.address).is_private
    network = ipaddress.IPv4Network((one.address, one.netmask), strict=False)
    # To a broadcast address that somebody wrote over their own, an answer would go to everybody.
    is_network_itself = network.prefixlen < 31 and address in (
        network.network_address,
        network.broadcast_address,
    )
    return address in network and not is_network_itself


# --- Sockets ----------------------------------------------------------------------------------------


def interfaces() -> tuple[Interface, ...]:
    """This computer's IPv4 networks, without loopback. May ask the system's resolver: no loop work."""
    return tuple(_of_linux() if sys.platform == "linux" else _of_others())


def _of_others() -> Iterable[Interface]:
    return (Interface(name, ip) for name, ip in interface_addresses() if ":" not in ip)


def _of_linux() -> Iterable[Interface]:
    found: list[Interface] = []
    if sys.platform == "linux":  # said again for the type checker: fcntl is not everywhere
        import fcntl

        flags_of, broadcast_of, netmask_of = 0x8913, 0x8919, 0x891B  # SIOCGIF… of <linux/sockios.h>
        is_up, has_broadcast, is_loopback = 0x1, 0x2, 0x8  # IFF_… of <linux/if.h>
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for name, entry in linux_entries():

                def ask(what: int, entry: bytes = entry) -> bytes:
                    return fcntl.ioctl(sock.fileno(), what, entry)

                try:
                    (flags,) = struct.unpack("H", ask(flags_of)[16:18])
                    if flags & is_loopback or not flags & is_up:
                        continue
                    netmask = socket.inet_ntoa(ask(netmask_of)[20:24])
                    broadcast = socket.inet_ntoa(ask(broadcast_of)[20:24]) if flags & has_broadcast else ""
                except OSError:
                    continue  # it has gone meanwhile
                found.append(Interface(name, socket.inet_ntoa(entry[20:24]), netmask, broadcast))
    return found


def open_to_ask(source: str) -> socket.socket:
    """A socket that asks from `source` and hears the answers. Raises OSError where that is not possible."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if source:
            sock.bind((source, 0))
        if source != LOOPBACK:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            if source:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    except OSError:
        sock.close()
        raise
    return sock


def open_to_answer(place: Place) -> socket.socket | None:
    """A socket on the first free port of `place`; None if none is free, or the system does not allow it."""
    for port in place.ports:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            if sys.platform == "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            # An answer does not leave the link, whatever address somebody wrote into the query.
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            sock.bind((place.host, port))
        except OSError:
            sock.close()
            continue
        return sock
    return None


def join_groups(sock: socket.socket, addresses: Iterable[str]) -> set[str]:
    """Hear the group on the interfaces that have these addresses; those where it could be had."""
    joined = set()
    for address in addresses:
        with contextlib.suppress(OSError):  # an interface without multicast, or in it already
            group = socket.inet_aton(GROUP) + socket.inet_aton(address)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
            joined.add(address)
    return joined


def send(sock: socket.socket, packet: bytes, host: str, port: int) -> None:
    """Send a query or an answer. What the system refuses (no way there, no permission) is as good as lost."""
    with contextlib.suppress(OSError):
        sock.sendto(packet, (host, port))
