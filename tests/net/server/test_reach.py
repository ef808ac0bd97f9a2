"""Where a room can be reached: chosen in the open room, and told when the computer's networks change."""

from __future__ import annotations

import socket
import sys

import pytest

from netcore.net import addresses
from netcore.net.addresses import FOR_THE_NETWORK, FOR_THIS_COMPUTER, NO_NETWORK, bind_for, reach_words
from netcore.net.api.commands import Say, SetReach
from netcore.net.api.events import Chat, Event, Notice, Reach, ReachChanged
from netcore.net.server import server
from netcore.wire.messages import Said
from tests.net.conftest import House, StartHouse

OTHER = "127.0.0.2"


def reaches(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 5).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "darwin", reason="there 127.0.0.2 is no address of the computer")
def test_the_reach_is_switched_while_members_stay(house: House) -> None:
    ada = house.join(0)
    house.submit(SetReach(OTHER))
    changed = house.wait(ReachChanged)
    assert (changed.address, changed.port) == (OTHER, house.port)
    assert changed.reaches == (Reach("this computer", f"{OTHER}:{house.port}"),)
    assert changed.invite == house.listening.invite.replace("127.0.0.1", OTHER)
    assert reaches(OTHER, house.port) and not reaches("127.0.0.1", house.port)
    house.submit(Say(1, "still here"))
    ada.wait_for(Said, text="still here")
    house.submit(SetReach("127.0.0.1"))
    assert house.wait(ReachChanged).invite == house.listening.invite
    house.join(1).say("came the old way")
    ada.wait_for(Said, text="came the old way")


def test_a_reach_that_cannot_be_had_changes_nothing(house: House) -> None:
    house.submit(SetReach("192.0.2.77"))  # not an address of this computer
    notice = house.wait(Notice)
    assert notice.code == "reach_unchanged" and "192.0.2.77" in notice.text
    house.join(0).say("come in")
    assert house.wait(Chat).text == "come in"
    assert not any(isinstance(event, ReachChanged) for event in house.events)


@pytest.mark.parametrize("bind", ["127.0.0.1", OTHER])
def test_each_wish_is_answered(house: House, monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    """Also when it is so already; and without a network, where it is reached as before by this computer."""
    monkeypatch.setattr(addresses, "reaches", lambda bind, port: house.listening.reaches)
    for _ in range(2):
        house.submit(SetReach(bind))
        changed = house.wait(ReachChanged)
        assert (changed.address, changed.reaches) == (bind, house.listening.reaches)


@pytest.mark.parametrize(("bind", "interface", "sentence"), [
    ("127.0.0.1", "this computer", FOR_THIS_COMPUTER), ("::1", "this computer", FOR_THIS_COMPUTER),
    ("0.0.0.0", "this computer", NO_NETWORK), ("0.0.0.0", "wlan0", FOR_THE_NETWORK),
    ("::", "wlan0", FOR_THE_NETWORK), ("10.0.0.7", "eth0", "Everyone who reaches 10.0.0.7 can join."),
])  # fmt: skip
def test_that_nobody_can_join_is_said_only_when_it_is_so(bind: str, interface: str, sentence: str) -> None:
    assert reach_words(bind, (Reach(interface, "x"),)) == sentence


@pytest.mark.parametrize(("bind", "network", "other"), [
    ("127.0.0.1", True, "0.0.0.0"), ("0.0.0.0", False, "127.0.0.1"), ("10.0.0.7", False, "127.0.0.1"),
    ("::1", True, "::"), ("::", False, "::1"),
])  # fmt: skip
def test_the_other_reach_is_of_the_same_ip(bind: str, network: bool, other: str) -> None:
    assert bind_for(network, bind) == other


def test_another_network_is_told_once_with_its_invite(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REACHES_EVERY_TICKS", 1)
    ways: list[tuple[Reach, ...]] = [(Reach("wlan0", "192.168.1.20:5050"),)]
    looks: list[str] = []

    def look(bind: str, port: int) -> tuple[Reach, ...]:
        looks.append(bind)
        if len(looks) == 3:
            raise OSError("no look this time")
        return ways[-1]

    monkeypatch.setattr(addresses, "reaches", look)
    house = start_house()
    ways.append((Reach("eth0", "10.0.0.5:5050"), ways[0][0]))
    changed = house.wait(ReachChanged)
    assert changed.reaches == ways[-1] and "10.0.0.5:5050" in changed.invite
    seen: list[Event] = []
    while len(looks) < 6:
        house.submit(Say(len(seen), "x"))
        seen.append(house.wait(Chat))
    assert sum(isinstance(event, ReachChanged) for event in house.events) == 1
