"""A computer's clock that jumps makes nothing lapse (PROTOCOL §7.4, §12.2)."""

from __future__ import annotations

import time

import pytest

from netcore.net.server import server
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Whisper, WhisperStored
from tests.net.conftest import House, StartHouse
from tests.net.peer import key, key_id
from tests.waiting import wait_until

DAY_S = 86_400


class Clock:
    """The wall clock of this process; the monotonic one goes on undisturbed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0
        real_ns = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: real_ns() + self.ahead_s * 1_000_000_000)


@pytest.mark.parametrize("ahead_s", [40 * DAY_S, -50 * 365 * DAY_S])
def test_a_clock_that_jumps_costs_nobody_a_name_or_a_whisper(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch, ahead_s: int
) -> None:
    """40 days ahead, and before 1980; while the room is open, and when it is opened by such a clock."""
    clock = Clock(monkeypatch)
    monkeypatch.setattr(server, "EXPIRE_EVERY_TICKS", 2)
    house = start_house()
    house.join(0, "Ada").leave()
    ben = house.join(1, "Ben")
    ben.whisper(key(0), "for when you are back")
    ben.wait_for(WhisperStored)
    clock.ahead_s = ahead_s
    look_again(house)
    refused_as_ada(house)
    house.stop()
    house = start_house()  # by the wrong clock
    refused_as_ada(house)
    look_again(house)
    clock.ahead_s = 0
    look_again(house)
    house.stop()
    house = start_house()
    refused_as_ada(house)
    ada = house.join(0, "Ada")
    (held,) = [one for one in ada.received if isinstance(one, Whisper)]
    assert ada.open(held, key(1).public) == "for when you are back"


def look_again(house: House) -> None:
    """A round of looking for what has lapsed, and one more."""
    age_ms = house.call(lambda context: context.log.age()[0])
    wait_until(lambda: house.call(lambda context: context.log.age()[0]) > age_ms + 2_500)


def refused_as_ada(house: House) -> None:
    stranger = house.peer(2, "Ada")
    stranger.knock()
    assert stranger.closed is not None and stranger.closed[0] is CloseCode.NAME_TAKEN
    assert house.call(lambda context: len(context.log.held_for(key_id(0)))) == 1
