"""A log that cannot be read or written closes the room, and says why."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from netcore.crypto.identity import PrivateKey
from netcore.errors import LogFileError
from netcore.net.api.events import Crashed, Failed, Stopped
from netcore.net.server import server
from netcore.net.server.context import Context
from netcore.wire.codes import CloseCode
from netcore.wire.messages import GetKey, GetPage
from tests.keys import pem
from tests.net.conftest import House
from tests.net.peer import WAIT_S, Peer, key_id


def break_log(house: House) -> None:
    """From now on no person can be looked up and no message, nor noted who is here or what was confirmed."""

    def fails(*_: Any) -> NoReturn:
        raise LogFileError(path="room.db", why="disk I/O error")

    def patch(context: Context) -> None:
        context.log.person = fails  # type: ignore[method-assign, assignment]
        context.log.read = fails  # type: ignore[method-assign, assignment]
        context.log.seen = fails  # type: ignore[method-assign, assignment]
        context.log.confirm = fails  # type: ignore[method-assign, assignment]

    house.call(patch)


@pytest.mark.parametrize("how", ["asked", "looked back", "entered", "left", "in time", "opened"])
def test_a_failed_read_closes_the_room_not_one_connection(
    house: House, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing more may be acknowledged by a log that does not work; its members come back by themselves."""
    ada = house.join(1)
    leaving = house.join(2)
    break_log(house)
    if how == "asked":
        ada.send(GetKey(key_id(2)))
    elif how == "looked back":
        ada.send(GetPage(7))  # not one of the pages that are kept
    elif how == "entered":
        newcomer = Peer(house.port, leaving.private, "Cid")
        newcomer.handshake()
        newcomer.authenticate()
    elif how == "in time":
        monkeypatch.setattr(server, "EXPIRE_EVERY_TICKS", 2)
    elif how == "opened":
        ada.whisper(PrivateKey.from_pem(pem("member_host")), "to the host")
    else:
        leaving.leave()
    assert isinstance(house.wait(Failed).error, LogFileError)
    assert ada.wait_closed() is CloseCode.SHUTDOWN
    while not isinstance(house.events[-1], Stopped):
        house.events.append(house.engine.events.get(timeout=WAIT_S))
    assert not any(isinstance(event, Crashed) for event in house.events)
    assert sum(isinstance(event, Failed) for event in house.events) == 1
