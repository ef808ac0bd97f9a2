"""The addresses of this computer, and under which address a stranger is counted.

Leaves addresses and invites as people write them to `target`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from netcore.net.target import join_address

THIS_COMPUTER: Final = "this computer"

# Networks between the programs of one computer: other people are seldom there.
_INNER_INTERFACE: Final = re.compile(
    r"(docker|br-|veth|virbr|vmnet|vboxnet|lxc|podman|cni|tailscale|tun|tap)"
)


# No dataclass: the first page loads this module, and `dataclasses` would take it milliseconds.
class Reach(NamedTuple):
    """One way to reach this server: the interface's name ("wlan0", "this computer"), and host:port."""

    interface: str
    address: str


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A peer's numeric address without its zone; an IPv4 address inside IPv6 comes out as IPv4."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def limit_key(host: str) -> str | None:
    """Under which key a peer's address is counted; None for this computer itself, which is exempt.

    IPv6 hosts own a whole /64 and choose addresses in it as they like, so the /64 counts as one.
    """
    address = ip_of(host)
    if address.is_loopback:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address)


def reaches(bind: str, port: int) -> tuple[Reach, ...]:
    """The ways to reach a server bound to `bind`, best first. May ask the system's resolver: no loop work."""
    address = ipaddress.ip_address(bind)
    if address.is_loopback:
        return (Reach(THIS_COMPUTER, join_address(bind, port)),)
    if not address.is_unspecified:
        found = [(name, ip) for name, ip in interface_addresses() if ip == bind]
        return (Reach(found[0][0] if found else "network", join_address(bind, port)),)
    loopback = "::1" if address.version == 6 else "127.0.0.1"
    reachable = [Reach(name, join_address(ip, port)) for name, ip in networks(address.version)]
    return (*reachable, Reach(THIS_COMPUTER, join_address(loopback, port)))


def networks(version: int) -> list[tuple[str, str]]:
    """(interface, address) of every network of IPv4 or IPv6 that this computer is on, best first."""
    here = {(name, ip) for name, ip in interface_addresses() if ipaddress.ip_address(ip).version == version}
    return sorted(here, key=_distance)


def _distance(found: tuple[str, str]) -> tuple[bool, bool, str, str]:
    """Sort key: real networks before inner ones, private ranges before others."""
    name, ip = found
    return (_INNER_INTERFACE.match(name) is not None, not ipaddress.ip_address(ip).is_private, name, ip)


def interface_addresses() -> list[tuple[str, str]]:
    """(interface, address) of every network this computer is on, loopback and link-local left out."""
    found = _of_linux() if sys.platform == "linux" else _of_resolver()
    return [(name, ip) for name, ip in found if _usable(ip)]


def _usable(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _of_linux() -> list[tuple[str, str]]:
    """IPv4 by the ioctl that `ifconfig` uses, IPv6 from the table that the kernel writes."""
    found: list[tuple[str, str]] = []
    if sys.platform == "linux":  # said again for the type checker: fcntl is not everywhere
        import fcntl

        get_interface_address = 0x8915  # SIOCGIFADDR of <linux/sockios.h>
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _, name in socket.if_nameindex():
                request = struct.pack("256s", name.encode()[:15])
                try:
                    answer = fcntl.ioctl(sock.fileno(), get_interface_address, request)
                except OSError:
                    continue  # the interface has no IPv4 address
                found.append((name, socket.inet_ntoa(answer[20:24])))
        table = Path("/proc/net/if_inet6")
        for line in table.read_text("ascii").splitlines() if table.exists() else ():
            digits, *_, name = line.split()
            found.append((name, str(ipaddress.IPv6Address(bytes.fromhex(digits)))))
    return found


def _of_resolver() -> Iterable[tuple[str, str]]:
    """Elsewhere the system's own name leads to its addresses, without the interfaces' names."""
    try:
        answers = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in answers:
        yield "network", str(address[0]).partition("%")[0]
