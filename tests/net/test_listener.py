"""Opening the port, and what can be wrong with it."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from netcore import limits
from netcore.errors import AddressNotHere, ListenError, PortInUse, PortNotAllowed
from netcore.net import addresses, discovery
from netcore.net import addresses as addresses_module
from netcore.net import listener as listener_module
from netcore.net.addresses import default_address, interface_addresses, limit_key, networks, reaches
from netcore.net.client import examination
from netcore.net.listener import Listener
from netcore.net.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


class Door:
    """Notes who comes; the sockets are closed with it."""

    def __init__(self) -> None:
        self.socks: list[socket.socket] = []

    def __call__(self, sock: socket.socket, host: str, port: int) -> None:
        self.socks.append(sock)

    def close(self) -> None:
        for sock in self.socks:
            sock.close()


def turns(loop: Loop, count: int = 3) -> None:
    for _ in range(count):
        loop.call_later(0.0, lambda: None)
        loop._turn()


def test_port_zero_takes_a_free_one_and_it_is_free_again_after_close(loop: Loop) -> None:
    door = Door()
    first = Listener(loop, "127.0.0.1", 0, door)
    assert first.port > 0
    first.close()
    second = Listener(loop, "127.0.0.1", first.port, door)
    second.close()


def test_port_in_use(loop: Loop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            Listener(loop, "127.0.0.1", port, Door())


def test_address_of_another_machine(loop: Loop) -> None:
    with pytest.raises(AddressNotHere, match=r"192\.0\.2\.200"):
        Listener(loop, "192.0.2.200", 0, Door())


def test_not_an_address(loop: Loop) -> None:
    with pytest.raises(AddressNotHere):
        Listener(loop, "example", 0, Door())


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EACCES, PortNotAllowed), (10013, PortNotAllowed), (10048, PortInUse), (10049, AddressNotHere)],
)
def test_what_systems_call_it(number: int, kind: type[ListenError]) -> None:
    """As root every port may be opened, and Windows has numbers of its own."""
    assert type(listener_module._sentence(OSError(number, "why"), "127.0.0.1", 80)) is kind


def test_ipv6(loop: Loop) -> None:
    door = Door()
    listener = Listener(loop, "::1", 0, door)
    with socket.create_connection(("::1", listener.port)):
        turns(loop)
    assert len(door.socks) == 1
    listener.close()
    door.close()


def test_a_pause_leaves_strangers_in_the_queue(loop: Loop) -> None:
    door = Door()
    listener = Listener(loop, "127.0.0.1", 0, door)
    listener.pause()
    with socket.create_connection(("127.0.0.1", listener.port)):
        turns(loop)
        assert door.socks == []
        listener.resume()
        turns(loop)
        assert len(door.socks) == 1
    listener.close()
    door.close()


def test_accepts_are_bounded_in_a_turn(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ACCEPTS_PER_TURN", 4)
    door = Door()
    listener = Listener(loop, "127.0.0.1", 0, door)
    clients = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(6)]
    turns(loop, 1)
    assert len(door.socks) == 4
    turns(loop, 1)
    assert len(door.socks) == 6
    listener.close()
    for sock in clients:
        sock.close()
    door.close()


NO_DESCRIPTORS = """
import os, resource, socket, sys, time
from netcore.net.listener import Listener
from netcore.net.loop import Loop

loop = Loop()
accepted = []
listener = Listener(loop, "127.0.0.1", 0, lambda sock, host, port: accepted.append(sock))
clients = [socket.socket() for _ in range(20)]
for sock in clients:
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", listener.port))
lowest = os.dup(0); os.close(lowest)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 3, lowest + 3))
turns = 0
end = time.monotonic() + 0.5
while time.monotonic() < end:
    loop.call_later(0.05, lambda: None)
    loop._turn()
    turns += 1
assert len(accepted) == 3, accepted
assert turns < 100, turns
for sock in accepted:
    sock.close()
accepted.clear()
end = time.monotonic() + 10
while not accepted and time.monotonic() < end:
    loop.call_later(0.05, lambda: None)
    loop._turn()
assert accepted, "it does not recover"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_NOFILE")
def test_without_descriptors_accepting_rests_and_recovers() -> None:
    """EMFILE: a spare descriptor, and no spinning."""
    done = subprocess.run([sys.executable, "-c", NO_DESCRIPTORS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_under_which_address_a_stranger_is_counted(host: str, counted: str | None) -> None:
    """PROTOCOL §9: loopback is exempt from per-address limits; IPv6 counts per /64."""
    assert limit_key(host) == counted


def test_ways_to_reach_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        ("docker0", "172.17.0.1"),
        ("eth0", "20.0.0.7"),
        ("wlan0", "192.168.1.20"),
        ("wlan0", "fd00::7"),
    ]
    monkeypatch.setattr(addresses, "interface_addresses", lambda: found)
    monkeypatch.setattr(addresses, "default_address", lambda version: "")
    assert [(way.interface, way.address) for way in reaches("0.0.0.0", 5050)] == [
        ("wlan0", "192.168.1.20:5050"),
        ("eth0", "20.0.0.7:5050"),
        ("docker0", "172.17.0.1:5050"),
        ("this computer", "127.0.0.1:5050"),
    ]
    assert [way.address for way in reaches("::", 5050)] == ["[fd00::7]:5050", "[::1]:5050"]
    assert [way.address for way in reaches("192.168.1.20", 1)] == ["192.168.1.20:1"]
    assert [way.interface for way in reaches("127.0.0.1", 1)] == ["this computer"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_the_interfaces_of_this_machine_are_found() -> None:
    """Every machine has a loopback interface, so there is one to look for."""
    assert "127.0.0.1" in [ip for _, ip in addresses._of_linux()]


def test_elsewhere_the_resolver_knows_our_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", ("192.168.1.20", 0)), (10, 1, 6, "", ("fd00::7%eth0", 0, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert list(addresses._of_resolver()) == [("network", "192.168.1.20"), ("network", "fd00::7")]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_loopback_and_zoned_addresses_are_no_way_to_reach_us(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    found = [
        ("lo", "127.0.0.1"),
        ("lo", "::1"),
        ("eth0", "169.254.1.2"),
        ("eth0", "fe80::1"),
        ("eth0", "10.0.0.7"),
    ]
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(addresses, "_of_linux" if platform == "linux" else "_of_resolver", lambda: found)
    monkeypatch.setattr(addresses, "default_address", lambda version: "127.0.0.1" if version == 4 else "::1")
    assert interface_addresses() == [("eth0", "169.254.1.2"), ("eth0", "10.0.0.7")]


@pytest.mark.parametrize("answers", [[], [(2, 1, 6, "", ("127.0.1.1", 0))]])
def test_a_computer_whose_name_leads_nowhere_is_on_a_network(
    monkeypatch: pytest.MonkeyPatch, answers: list[object]
) -> None:
    """Or the doctor says that it is on none, and no search leaves it: where the resolver alone is asked."""

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return answers

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(addresses, "default_address", {4: "192.168.1.20", 6: ""}.__getitem__)
    assert interface_addresses() == [("network", "192.168.1.20")]
    assert [one.address for one in discovery.interfaces()] == ["192.168.1.20"]
    assert examination.look_here() == (("network", "192.168.1.20"),)


@pytest.mark.parametrize(
    ("default", "order"),
    [
        # The default route first; inner networks and tunnels never before a real one; link-local last.
        ("192.168.1.20", ["192.168.1.20", "10.0.0.5", "10.0.0.6", "20.0.0.7", "172.17.0.1", "169.254.9.9"]),
        ("20.0.0.7", ["20.0.0.7", "10.0.0.5", "10.0.0.6", "192.168.1.20", "172.17.0.1", "169.254.9.9"]),
        ("172.17.0.1", ["10.0.0.5", "10.0.0.6", "192.168.1.20", "20.0.0.7", "172.17.0.1", "169.254.9.9"]),
        # One that the system did not list.
        (
            "10.9.9.9",
            ["10.9.9.9", "10.0.0.5", "10.0.0.6", "192.168.1.20", "20.0.0.7", "172.17.0.1", "169.254.9.9"],
        ),
        ("127.0.0.1", ["10.0.0.5", "10.0.0.6", "192.168.1.20", "20.0.0.7", "172.17.0.1", "169.254.9.9"]),
    ],
)
def test_the_address_that_others_can_use_comes_first(
    monkeypatch: pytest.MonkeyPatch, default: str, order: list[str]
) -> None:
    """Where interfaces have names, and where they have none."""
    from netcore.net import addresses

    all_of = [
        ("docker0", "172.17.0.1"),
        ("eth0", "10.0.0.5"),
        ("eth0", "10.0.0.6"),
        ("eth1", "169.254.9.9"),
        ("wlan0", "20.0.0.7"),
        ("wlan0", "192.168.1.20"),
    ]
    monkeypatch.setattr(addresses, "default_address", lambda version: default)
    for found in (all_of, [("network", ip) for _, ip in all_of]):
        for source in ("_of_linux", "_of_resolver"):
            monkeypatch.setattr(addresses, source, lambda found=found: found)
        assert [ip for _, ip in networks(4)] == order
    monkeypatch.setattr(addresses, "interface_addresses", lambda: [("eth1", "169.254.9.9")])
    monkeypatch.setattr(addresses, "default_address", lambda version: "")
    assert [ip for _, ip in networks(4)] == ["169.254.9.9"], "link-local is better than nothing"


def test_the_default_route_is_asked_without_sending_anything() -> None:
    def no_route(ip: str) -> str:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    assert default_address(4, no_route) == ""
    asked: list[str] = []

    def route(ip: str) -> str:
        asked.append(ip)
        return "192.168.1.20"

    assert default_address(4, route) == "192.168.1.20" and asked == ["192.0.2.1"]
    assert addresses_module._route_to("127.0.0.1") == "127.0.0.1"


def test_interfaces_of_this_machine_are_addresses() -> None:
    for name, ip in interface_addresses():
        assert name and limit_key(ip) is not None
