"""A log that cannot be read or written closes the room, and says why."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from netcore.crypto.identity import PrivateKey
from netcore.errors import LogFileError, LogFileGone
from netcore.net.api.events import Crashed, Failed, Stopped
from netcore.net.server import server
from netcore.net.server.context import Context
from netcore.net.server.files import LOG_FILE
from netcore.store.folders import server_folder
from netcore.store.room_log import RoomLog
from netcore.wire.codes import CloseCode
from netcore.wire.messages import GetKey, GetPage, Said
from tests.keys import pem
from tests.net.conftest import House
from tests.net.peer import Peer, key_id
from tests.waiting import WAIT_S


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


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its name there")
@pytest.mark.parametrize(
    "how", ["file removed", "file replaced", "wal removed", "folder moved", "folder removed"]
)
def test_a_log_that_lost_its_name_acknowledges_nothing_more(house: House, tmp_path: Path, how: str) -> None:
    """PROTOCOL §7.1: "The server acknowledges only what is on its disk", where it will be found again."""
    ada = house.join(1)
    ada.say("before")
    ada.wait_for(Said)
    folder = server_folder(tmp_path, "Room")
    file = folder / LOG_FILE
    aside = tmp_path / "aside"
    if how == "file removed":
        file.rename(aside)
    elif how == "file replaced":
        os.link(file, aside)
        (tmp_path / "copy").write_bytes(file.read_bytes())
        (tmp_path / "copy").replace(file)
    elif how == "wal removed":
        file.with_name(LOG_FILE + "-wal").unlink()
    elif how == "folder moved":
        folder.rename(aside)
    else:
        shutil.rmtree(folder)
    error = house.wait(Failed).error  # within a second, though nobody says anything
    assert isinstance(error, LogFileGone) and LOG_FILE in str(error)
    with contextlib.suppress(OSError):
        ada.say("after")
    assert ada.wait_closed() is CloseCode.SHUTDOWN
    while not isinstance(house.events[-1], Stopped):
        house.events.append(house.engine.events.get(timeout=WAIT_S))
    assert ada.texts == ["before"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its name there")
def test_what_was_acknowledged_is_in_the_file_that_was_there(house: House, tmp_path: Path) -> None:
    """Also when it is moved away in the middle of the talk."""
    ada = house.join(1)
    folder, aside = server_folder(tmp_path, "Room"), tmp_path / "aside"
    for number in range(8):
        ada.say(f"line {number}")
        ada.wait_for(Said)
    folder.rename(aside)
    with contextlib.suppress(OSError):
        for number in range(8, 16):
            ada.say(f"line {number}")
    ada.wait_closed()
    house.wait(Failed)
    while not isinstance(house.events[-1], Stopped):
        house.events.append(house.engine.events.get(timeout=WAIT_S))
    log = RoomLog.open(aside / LOG_FILE, os.urandom)
    kept = [said.text for said in log.read(0, 100)[1]]
    log.close()
    assert ada.texts == kept[: len(ada.texts)] and len(ada.texts) >= 8
