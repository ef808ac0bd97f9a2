"""A real room answers searches on 127.0.0.1 (PROTOCOL §15)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netcore import limits
from netcore.engine import Answering, Chat, Say, SetAnswering, SetReach
from netcore.net import discovery
from netcore.wire.discovery import RoomAnswer, decode_answer, encode_query
from tests.net.conftest import House, StartHouse
from tests.net.searching import port as port
from tests.net.searching import searching
from tests.waiting import wait_until

TOKEN = bytes(range(16))


@contextmanager
def asker() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5.0)
        yield sock


def hears_nothing(sock: socket.socket) -> bool:
    sock.settimeout(0.2)
    try:
        sock.recvfrom(2_000)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(5.0)
    return False


def answer_from(sock: socket.socket, port: int) -> RoomAnswer:
    """The answer to a fresh question."""
    token = os.urandom(16)
    query = encode_query(token)
    sock.sendto(query, ("127.0.0.1", port))
    packet = sock.recvfrom(2_000)[0]
    answer = decode_answer(packet, token)
    assert answer is not None and len(packet) <= len(query)
    return answer


def test_an_answer_says_how_the_room_stands(port: int, start_house: StartHouse) -> None:
    house = start_house()
    assert house.wait(Answering) == Answering(True, port)
    house.join(0)
    with asker() as sock:
        answer = answer_from(sock, port)
        assert (answer.room, answer.host, answer.port, answer.members) == ("Room", "Host", house.port, 2)
        assert answer.fingerprint == house.listening.fingerprint
        house.join(1)
        assert answer_from(sock, port).members == 3


def test_a_search_finds_the_room(port: int, start_house: StartHouse, tmp_path: Path) -> None:
    house = start_house()
    with searching(tmp_path / "other") as search:
        (room,) = search.wait(bool)
    assert (room.name, room.address) == ("Room", f"127.0.0.1:{house.port}")


def test_garbage_gets_no_answer_and_the_room_goes_on(port: int, start_house: StartHouse) -> None:
    """One by one, and 65,507 bytes too."""
    house = start_house()
    house.wait(Answering)
    good = encode_query(TOKEN)
    with asker() as sock:
        for garbage in (
            b"", b"x", b"\xff" * 65_507, b"[" * 9_000, "?".encode("utf-16"), good[:-1], good + b"\0",
            good[:-1] + b"\1", good.replace(b"/1", b"/2"), bytes(272),
        ):  # fmt: skip
            sock.sendto(garbage, ("127.0.0.1", port))
        assert hears_nothing(sock)
        assert answer_from(sock, port).room == "Room"
    house.submit(Say(1, "still here"))
    house.wait(Chat, text="still here")


def test_twenty_answers_a_second(port: int, start_house: StartHouse) -> None:
    """A flood of queries gets what one second allows, and the room stays."""
    house = start_house()
    house.wait(Answering)
    with asker() as sock:
        began_s = time.monotonic()
        for _ in range(200):
            sock.sendto(encode_query(os.urandom(16)), ("127.0.0.1", port))
        answers = 0
        while not hears_nothing(sock):
            answers += 1
        took_s = time.monotonic() - began_s
    assert answers + 1 >= limits.DISCOVERY_ANSWERS_PER_S
    assert answers <= limits.DISCOVERY_ANSWERS_PER_S * (1 + took_s) + 1
    assert answers < 200


def test_a_question_that_comes_by_two_ways_gets_one_answer(port: int, start_house: StartHouse) -> None:
    """By the group and by broadcast; the next round of the same search is another one."""
    house = start_house()
    house.wait(Answering)
    with asker() as sock, asker() as other:
        for one in (sock, sock, other, sock):
            one.sendto(encode_query(TOKEN), ("127.0.0.1", port))
        for one in (sock, other):
            assert decode_answer(one.recvfrom(2_000)[0], TOKEN) is not None
            assert hears_nothing(one)
        sock.sendto(encode_query(TOKEN), ("127.0.0.1", port))  # looking for silence has taken 0.2 s
        assert decode_answer(sock.recvfrom(2_000)[0], TOKEN) is not None


def test_the_host_s_switch(port: int, start_house: StartHouse) -> None:
    """Off, the port is free again; on, it is taken again."""
    house = start_house()
    house.wait(Answering)
    with asker() as sock:
        house.submit(SetAnswering(False))
        assert house.wait(Answering) == Answering(False, 0)
        sock.sendto(encode_query(TOKEN), ("127.0.0.1", port))
        assert hears_nothing(sock)
        house.submit(SetAnswering(True))
        assert house.wait(Answering) == Answering(True, port)
        assert answer_from(sock, port).room == "Room"


@pytest.mark.parametrize("config", [{"answering": False}, {"laboratory": True}])
def test_a_hidden_room_says_nothing_from_the_start(
    port: int, start_house: StartHouse, config: dict[str, bool]
) -> None:
    """The laboratory's too: an exercise of one person is no room of the class."""
    house = start_house(**config)
    assert house.wait(Answering) == Answering(False, 0)
    with asker() as sock:
        sock.sendto(encode_query(TOKEN), ("127.0.0.1", port))
        assert hears_nothing(sock)


def test_without_a_port_the_room_is_as_it_was(port: int, start_house: StartHouse) -> None:
    """In use, or not permitted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        house = start_house()
        assert house.wait(Answering) == Answering(True, 0)
        house.join(0).say("hello")
        house.wait(Chat, text="hello")


def test_it_answers_where_the_room_is_open(port: int, start_house: StartHouse) -> None:
    """The reach changes: it asks anew whom to answer."""
    house = start_house(bind="0.0.0.0")
    house.wait(Answering)
    with asker() as sock:
        assert answer_from(sock, port).room == "Room"
        house.submit(SetReach("127.0.0.1"))
        house.wait(Answering)
        assert answer_from(sock, port).room == "Room"


def test_who_is_not_near_gets_no_answer(port: int, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision is asked for each packet; here it says no to everybody."""
    seen: list[str] = []

    def may_answer(source: str, *rest: object) -> bool:
        seen.append(source)
        return False

    house.wait(Answering)
    monkeypatch.setattr(discovery, "may_answer", may_answer)
    with asker() as sock:
        sock.sendto(encode_query(TOKEN), ("127.0.0.1", port))
        wait_until(lambda: seen == ["127.0.0.1"])
        assert hears_nothing(sock)


def test_the_port_is_free_after_the_room(port: int, start_house: StartHouse) -> None:
    house = start_house()
    house.wait(Answering)
    house.stop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", port))
