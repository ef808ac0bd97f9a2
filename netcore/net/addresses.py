"""The addresses of this computer, and under which address a stranger is counted.

Leaves addresses and invites as people write them to `target`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from netcore.net.target import join_address

THIS_COMPUTER: Final = "this computer"
FOR_THIS_COMPUTER: Final = "Only windows on this computer can join."
FOR_THE_NETWORK: Final = "Everyone on the same network can join."
NO_NETWORK: Final = "No network is up. As soon as one is, its address stands here and others can join."
UNNAMED: Final = "network"
"""The interface's name where the system tells none."""
_MOST_ADDRESSES: Final = 1_024

# Networks between the programs of one computer, and tunnels: other people are seldom there.
_INNER_INTERFACE: Final = re.compile(
    r"(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|tailscale|wg|zt|tun|tap|utun|ppp|bridge)"
)
# The same where interfaces have no names: what VirtualBox, libvirt, Docker and Tailscale take by themselves.
_INNER_NETWORKS: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("192.168.56.0/24", "192.168.122.0/24", "172.17.0.0/16", "100.64.0.0/10")
)
# Addresses for documentation (RFC 5737, RFC 3849). Nobody is there: the default route leads there.
_ELSEWHERE: Final = {4: "192.0.2.1", 6: "2001:db8::1"}


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


def is_this_computer(host: str) -> bool:
    """Whether a numeric address, or "localhost", leads nowhere else."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
        return (Reach(found[0][0] if found else UNNAMED, join_address(bind, port)),)
    loopback = "::1" if address.version == 6 else "127.0.0.1"
    reachable = [Reach(name, join_address(ip, port)) for name, ip in networks(address.version)]
    return (*reachable, Reach(THIS_COMPUTER, join_address(loopback, port)))


def reach_words(bind: str, reaches: Sequence[Reach]) -> str:
    """Who can join a server that listens on `bind` and can be reached so."""
    address = ipaddress.ip_address(bind)
    if address.is_loopback:
        return FOR_THIS_COMPUTER
    if all(reach.interface == THIS_COMPUTER for reach in reaches):
        return NO_NETWORK
    return FOR_THE_NETWORK if address.is_unspecified else f"Everyone who reaches {bind} can join."


def bind_for(network: bool, bind: str) -> str:
    """Where to listen instead of `bind`: for the local network, or for this computer only; of the same IP."""
    if ipaddress.ip_address(bind).version == 6:
        return "::" if network else "::1"
    return "0.0.0.0" if network else "127.0.0.1"


def networks(version: int) -> list[tuple[str, str]]:
    """(interface, address) of every network of IPv4 or IPv6 that this computer is on, best first.

    Best is the one that leads to the internet: it is a real one, and others are on it, too. Then the private
    ranges, then the rest; networks inside of this computer behind them, and at last link-local addresses,
    which a computer takes when nobody gives it another: good enough for two with one cable.
    """
    here = {(name, ip) for name, ip in interface_addresses() if ipaddress.ip_address(ip).version == version}
    default = default_address(version)

    def distance(found: tuple[str, str]) -> tuple[bool, bool, bool, bool, str, str]:
        name, ip = found
        address = ipaddress.ip_address(ip)
        return address.is_link_local, is_inner(name, ip), ip != default, not address.is_private, name, ip

    return sorted(here, key=distance)


def is_inner(interface: str, ip: str) -> bool:
    """Whether this is a network inside of this computer, or a tunnel: other people are seldom there."""
    if interface == UNNAMED:
        address = ipaddress.ip_address(ip)
        return any(address in one for one in _INNER_NETWORKS)
    return _INNER_INTERFACE.match(interface) is not None


def _route_to(ip: str) -> str:
    """The address from which a packet to `ip` would go. A UDP socket that is connected sends nothing."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((ip, 9))
        return str(sock.getsockname()[0])


def default_address(version: int, route_to: Callable[[str], str] = _route_to) -> str:
    """This computer's address on the network of its default route; "" when there is none."""
    try:
        return route_to(_ELSEWHERE[version]).partition("%")[0]
    except OSError:
        return ""


def interface_addresses() -> list[tuple[str, str]]:
    """(interface, address) of every network this computer is on, several for an interface if it has them.

    Left out: loopback, and link-local ones of IPv6, which mean nothing without the other computer's zone.
    """
    found = list(_of_linux() if sys.platform == "linux" else _of_resolver())
    listed = {ip for _, ip in found}
    # A computer whose own name leads to nothing is on the network of its default route all the same.
    defaults = [(UNNAMED, ip) for ip in map(default_address, (4, 6)) if ip and ip not in listed]
    return [(name, ip) for name, ip in dict.fromkeys(found + defaults) if _usable(ip)]


def _usable(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    is_zoned = address.version == 6 and address.is_link_local
    return not (address.is_loopback or address.is_unspecified or is_zoned)


def _of_linux() -> list[tuple[str, str]]:
    """IPv4 by the ioctl that `ifconfig` uses, IPv6 from the table that the kernel writes."""
    found = [(name, socket.inet_ntoa(entry[20:24])) for name, entry in linux_entries()]
    table = Path("/proc/net/if_inet6")
    for line in table.read_text("ascii").splitlines() if table.exists() else ():
        digits, *_, name = line.split()
        found.append((name, str(ipaddress.IPv6Address(bytes.fromhex(digits)))))
    return found


def linux_entries() -> list[tuple[str, bytes]]:
    """(interface, its `struct ifreq`) of every IPv4 address: 16 bytes of label, then a sockaddr_in."""
    found: list[tuple[str, bytes]] = []
    if sys.platform == "linux":  # said again for the type checker: fcntl is not everywhere
        import fcntl

        list_addresses = 0x8912  # SIOCGIFCONF of <linux/sockios.h>
        entry_bytes = 40 if struct.calcsize("P") == 8 else 32  # struct ifreq: 16 of name, then a sockaddr
        buffer = array("B", bytes(_MOST_ADDRESSES * entry_bytes))
        request = struct.pack("iP", len(buffer), buffer.buffer_info()[0])  # struct ifconf
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            used_bytes = struct.unpack("iP", fcntl.ioctl(sock.fileno(), list_addresses, request))[0]
        for start in range(0, used_bytes, entry_bytes):
            entry = buffer[start : start + entry_bytes].tobytes()
            label = entry[:16].partition(b"\0")[0].decode("ascii", "replace")
            found.append((label.partition(":")[0], entry))  # "eth0:1" is its second address
    return found


def _of_resolver() -> Iterable[tuple[str, str]]:
    """Elsewhere the system's own name leads to its addresses, without the interfaces' names."""
    try:
        answers = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in answers:
        yield UNNAMED, str(address[0]).partition("%")[0]
