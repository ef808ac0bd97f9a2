"""Whispers of and to the host, whatever its clock and its life do (PROTOCOL §7.4, §10.2)."""

from __future__ import annotations

import os
import time

import pytest

from netcore.crypto.identity import PrivateKey
from netcore.crypto.whispers import seal_whisper
from netcore.net.api.commands import MarkCompared, Whisper
from netcore.net.api.events import ComparedMembers, Notice, WhisperReceived
from netcore.net.api.events import WhisperDone as WhisperDoneEvent
from netcore.wire.codes import WhisperOutcome
from netcore.wire.messages import GotWhisper, SendWhisper, WhisperDone, WhisperStored
from netcore.wire.messages import Whisper as WhisperMessage
from tests.keys import pem
from tests.net.conftest import House, StartHouse
from tests.net.peer import Peer, key

HOST = PrivateKey.from_pem(pem("member_host"))


def send(ada: Peer, text: str, msg_id: bytes, counter: int) -> WhisperOutcome:
    """A whisper of Ada's to the host; what she hears became of it."""
    assert ada.identity is not None
    c1, c2 = seal_whisper(
        ada.private, HOST.public, ada.identity.modulus, msg_id, counter, text, os.urandom
    )
    ada.n += 1
    ada.send(SendWhisper(ada.stream, ada.n, HOST.public.fingerprint, msg_id, counter, c1, c2))
    ada.wait_for(WhisperStored, n=ada.n)
    return ada.wait_for(WhisperDone, msg_id=msg_id).outcome


def test_a_clock_that_was_ahead_and_a_restart_cost_no_whisper(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counter is above the last, in the host's next life too: so the reader shows what it confirms."""
    house = start_house()
    ada = house.join(0, "Ada")
    ahead_ns = time.time_ns() + 2 * 3_600 * 10**9
    with monkeypatch.context() as clock:
        clock.setattr(time, "time_ns", lambda: ahead_ns)
        house.submit(Whisper(1, ada.id, "two hours ahead"))
        counters = [ada.wait_for(WhisperMessage).counter]
    ada.leave()
    house.stop()
    house = start_house()
    ada = house.join(0, "Ada")
    for number in (1, 2, 3):
        house.submit(Whisper(number, ada.id, "set right"))
    while len(counters) < 4:
        whisper = ada.wait_for(WhisperMessage)
        if whisper.counter not in counters:  # the first was not confirmed, so it comes again
            counters.append(whisper.counter)
    assert counters == sorted(counters)


def test_the_host_hears_that_a_whisper_was_not_shown(house: House) -> None:
    """PROTOCOL §7.4: `not_shown` is not `delivered`."""
    ada = house.join(0, "Ada")
    house.submit(Whisper(1, ada.id, "psst"))
    whisper = ada.wait_for(WhisperMessage)
    ada.send(GotWhisper(whisper.sender, whisper.msg_id, False))
    assert house.wait(WhisperDoneEvent) == WhisperDoneEvent(1, WhisperOutcome.NOT_SHOWN)


def test_the_host_confirms_only_what_it_shows(start_house: StartHouse) -> None:
    """PROTOCOL §10.2: a repetition was shown; another one with an old counter is told to both."""
    house = start_house()
    ada = house.join(0, "Ada")
    delivered, not_shown = WhisperOutcome.DELIVERED, WhisperOutcome.NOT_SHOWN
    assert send(ada, "one", b"1" * 16, 10) is delivered
    assert send(ada, "older", b"2" * 16, 9) is not_shown
    assert house.wait(Notice).code == "whisper_out_of_order"
    ada.leave()
    house.stop()
    house = start_house()
    ada = house.join(0, "Ada")
    assert send(ada, "one", b"1" * 16, 10) is delivered, "it was shown by the run before"
    assert send(ada, "older", b"3" * 16, 10) is not_shown
    assert send(ada, "two", b"4" * 16, 11) is delivered
    assert house.wait(WhisperReceived).text == "two"
    assert [event.text for event in house.events if isinstance(event, WhisperReceived)] == ["two"]


def test_a_whisper_that_does_not_open_is_told_to_the_host_and_the_next_one_opens(house: House) -> None:
    ada = house.join(0, "Ada")
    right, ada.private = ada.private, key(5)  # signs with another key than the one that it has shown
    assert send(ada, "forged", b"1" * 16, 10) is WhisperOutcome.NOT_SHOWN
    assert "Ada" in house.wait(Notice).text
    ada.private = right
    assert send(ada, "fine", b"2" * 16, 11) is WhisperOutcome.DELIVERED
    assert house.wait(WhisperReceived).text == "fine"



def test_whom_the_host_has_compared_is_kept_and_told(start_house: StartHouse) -> None:
    house = start_house()
    ada = house.join(0, "Ada")
    house.submit(MarkCompared(ada.id, True))
    assert house.wait(ComparedMembers).member_ids == {ada.id}
    ada.leave()
    house.stop()
    assert start_house().wait(ComparedMembers).member_ids == {ada.id}
