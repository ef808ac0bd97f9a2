"""Where a room can be reached: chosen in the open room, and told when the computer's networks change."""

from __future__ import annotations

import socket
import sys

import pytest

from netcore.net import addresses
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
    house.submit(SetReach("127.0.0.1"))  # where it is
    house.submit(Say(1, "nothing to tell"))
    house.wait(Chat)
    assert not any(isinstance(event, ReachChanged) for event in house.events)


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
