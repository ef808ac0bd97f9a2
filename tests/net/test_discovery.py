"""Where a search asks and whom a room answers (PROTOCOL §15): pure, so nothing is sent here."""

from __future__ import annotations

import ipaddress
import socket
import sys

import pytest

from netcore.net import discovery
from netcore.net.discovery import (
    GROUP,
    LOOPBACK,
    PORTS,
    Interface,
    Place,
    Target,
    may_answer,
    place_to_answer,
    targets,
)

WLAN = Interface("wlan0", "192.168.1.7", "255.255.255.0", "192.168.1.255")
ETH = Interface("eth0", "10.20.30.40", "255.255.0.0", "10.20.255.255")
CABLE = Interface("eth1", "169.254.9.9", "255.255.0.0", "")
DOCKER = Interface("docker0", "172.17.0.1", "255.255.0.0", "172.17.255.255")
NAMELESS = Interface("network", "192.168.2.9")


def places(*here: Interface, **environment: str) -> set[tuple[str, str]]:
    return {(one.source, one.host) for one in targets(environment, here)}


def test_the_usual_search() -> None:
    """This computer; and from each network the group and that network's broadcast address."""
    assert places(WLAN, ETH) == {
        (LOOPBACK, LOOPBACK),
        ("192.168.1.7", GROUP), ("192.168.1.7", "192.168.1.255"),
        ("10.20.30.40", GROUP), ("10.20.30.40", "10.20.255.255"),
    }  # fmt: skip
    assert {one.port for one in targets({}, [WLAN])} == {5050, 5051, 5052, 5053}


def test_nobody_inside_this_computer_or_behind_a_tunnel_is_asked() -> None:
    tunnel = Interface("tun0", "10.8.0.2", "255.255.255.0", "")
    assert places(DOCKER, tunnel) == {(LOOPBACK, LOOPBACK)} == places()


def test_a_network_without_broadcast_is_asked_by_its_group() -> None:
    assert places(CABLE) == {(LOOPBACK, LOOPBACK), ("169.254.9.9", GROUP)}


def test_where_the_system_tells_no_masks_the_limited_broadcast_is_used() -> None:
    assert places(NAMELESS) >= {("192.168.2.9", "255.255.255.255"), ("192.168.2.9", GROUP)}


def test_the_group_is_for_one_site() -> None:
    assert ipaddress.ip_address(GROUP) in ipaddress.ip_network("239.255.0.0/16")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("127.0.0.1", [Target(LOOPBACK, "127.0.0.1", port) for port in PORTS]),
        (" 127.0.0.1:7 ", [Target(LOOPBACK, "127.0.0.1", 7)]),
        ("192.168.1.20", [Target("", "192.168.1.20", port) for port in PORTS]),
        ("off", []),
        ("localhost", []),
        ("::1", []),
        ("127.1", []),
        ("127.0.0.1:0", []),
        ("127.0.0.1:70000", []),
        ("127.0.0.1:", []),
        ("256.1.1.1", []),
    ],
)
def test_the_variable_leaves_no_other_target(value: str, expected: list[Target]) -> None:
    """A value that cannot be read is no search, and never the usual one."""
    assert list(targets({"LOCALCHAT_DISCOVERY": value}, [WLAN, ETH])) == expected


def test_an_empty_variable_is_none() -> None:
    assert targets({"LOCALCHAT_DISCOVERY": ""}, [WLAN]) == targets({}, [WLAN])


@pytest.mark.parametrize(
    ("bind", "place"),
    [
        ("0.0.0.0", Place("0.0.0.0", PORTS, True)),
        ("192.168.1.7", Place("0.0.0.0", PORTS, True)),
        ("127.0.0.1", Place(LOOPBACK, PORTS, False)),
        ("::", None),
        ("::1", None),
    ],
)
def test_where_a_room_listens(bind: str, place: Place | None) -> None:
    """A room of this computer only can hear this computer only; one of IPv6 cannot be found."""
    assert place_to_answer({}, bind) == place


def test_the_variable_holds_for_rooms_too() -> None:
    for bind in ("0.0.0.0", "192.168.1.7", "127.0.0.1"):
        assert place_to_answer({"LOCALCHAT_DISCOVERY": "127.0.0.1:77"}, bind) == Place(LOOPBACK, (77,), False)
        assert place_to_answer({"LOCALCHAT_DISCOVERY": "off"}, bind) is None


@pytest.mark.parametrize(
    ("source", "bind", "answered"),
    [
        ("192.168.1.20", "0.0.0.0", True),
        ("192.168.1.7", "0.0.0.0", True),
        ("10.20.1.1", "0.0.0.0", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("192.168.2.20", "0.0.0.0", False),
        ("8.8.8.8", "0.0.0.0", False),
        ("192.168.1.255", "0.0.0.0", False),
        ("192.168.1.0", "0.0.0.0", False),
        ("255.255.255.255", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("224.0.0.1", "0.0.0.0", False),
        (GROUP, "0.0.0.0", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.9.9.9", "127.0.0.1", True),
        ("192.168.1.20", "127.0.0.1", False),
        ("192.168.1.7", "127.0.0.1", False),
        ("192.168.1.20", "192.168.1.7", True),
        ("10.20.1.1", "192.168.1.7", False),
        ("127.0.0.1", "192.168.1.7", False),
    ],
)
def test_whom_a_room_answers(source: str, bind: str, answered: bool) -> None:
    """On-link sources only, and those to whom the room is open."""
    assert may_answer(source, 4000, bind, [WLAN, ETH]) is answered
    assert not may_answer(source, 0, bind, [WLAN, ETH])


def test_where_no_mask_is_known_private_addresses_pass() -> None:
    """An answer then leaves no link all the same: its TTL is 1."""
    assert may_answer("192.168.2.30", 4000, "0.0.0.0", [NAMELESS])
    assert not may_answer("8.8.8.8", 4000, "0.0.0.0", [NAMELESS])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        sock = discovery.open_to_answer(Place(LOOPBACK, [taken.getsockname()[1], 0], False))
    assert sock is not None
    with sock:
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 1
        assert not sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST)


def test_a_port_in_use_is_passed_over_and_none_is_no_search() -> None:
    """The app works, only nobody finds the room."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        assert discovery.open_to_answer(Place(LOOPBACK, [taken.getsockname()[1]], False)) is None
    assert discovery.open_to_answer(Place("192.0.2.1", [0], False)) is None


def test_asking_goes_one_hop() -> None:
    with discovery.open_to_ask("") as sock:
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 1
    with pytest.raises(OSError):
        discovery.open_to_ask("192.0.2.1")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_the_interfaces_of_linux_have_masks() -> None:
    for one in discovery.interfaces():
        network = ipaddress.IPv4Network((one.address, one.netmask), strict=False)
        assert not network.is_loopback and ipaddress.ip_address(one.address) in network
