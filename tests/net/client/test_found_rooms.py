"""The list of found rooms: claims beside what is known, and an end to it (PROTOCOL §15)."""

from __future__ import annotations

import pytest

from netcore import limits
from netcore.net.api.events import Standing
from netcore.net.client.found_rooms import FoundRooms, standing_of
from netcore.store.known_servers import KnownServer
from netcore.wire.discovery import RoomAnswer

OURS, OTHER = b"o" * 32, b"x" * 32
KNOWN = [KnownServer(OURS, ("192.168.1.20:5050",), "Physics", 1, 2)]


def answer(
    number: int = 0, room: str = "Lab", fingerprint: bytes | None = None, port: int = 5050
) -> RoomAnswer:
    key = number.to_bytes(32, "big") if fingerprint is None else fingerprint
    return RoomAnswer(key, port, 3, room, "Ada")


@pytest.mark.parametrize(
    ("fingerprint", "address", "room", "standing"),
    [
        (OURS, "192.168.1.20:5050", "Physics", Standing.KNOWN),
        (OURS, "192.168.1.20:5050", "Renamed", Standing.KNOWN),
        (OURS, "10.0.0.9:5050", "Physics", Standing.MOVED),
        (OTHER, "192.168.1.20:5050", "Anything", Standing.CHANGED),
        (OTHER, "10.0.0.9:5050", "physics", Standing.NAMESAKE),
        (OTHER, "10.0.0.9:5050", "Chess", Standing.NEW),
    ],
)
def test_what_is_known_of_a_claim(fingerprint: bytes, address: str, room: str, standing: Standing) -> None:
    """The same name with another key, a known key elsewhere, an address whose key was another."""
    assert standing_of(fingerprint, address, room, KNOWN) is standing


def test_in_words() -> None:
    words = {standing: standing.words for standing in Standing}
    assert words[Standing.KNOWN] == "known" and words[Standing.NEW] == "new"
    assert words[Standing.CHANGED] == words[Standing.NAMESAKE] == "another key than you know"


def test_one_row_for_each_key_and_address() -> None:
    """The address is the packet's source, whatever stands in it."""
    rooms = FoundRooms()
    rooms.add(answer(1), "192.168.1.5", [])
    rooms.add(answer(1)._replace(members=4), "192.168.1.5", [])
    rooms.add(answer(1), "192.168.1.6", [])
    rooms.add(answer(2), "192.168.1.5", [])
    rooms.add(answer(1, port=6000), "192.168.1.5", [])
    listed = [(row.address, row.members, row.fingerprint[-1]) for row in rooms.rooms()]
    assert listed == [
        ("192.168.1.5:5050", 4, 1), ("192.168.1.6:5050", 3, 1), ("192.168.1.5:5050", 3, 2),
        ("192.168.1.5:6000", 3, 1),
    ]  # fmt: skip


def test_the_list_has_an_end_and_known_servers_a_place() -> None:
    """10,000 servers, from one address and from many."""
    rooms = FoundRooms()
    for number in range(10_000):
        rooms.add(answer(number), "192.168.1.5", KNOWN)
    assert len(rooms.rooms()) == limits.MAX_FOUND_ROOMS_PER_HOST
    for number in range(10_000):
        rooms.add(answer(number), f"10.0.{number // 250}.{number % 250}", KNOWN)
    assert len(rooms.rooms()) == limits.MAX_FOUND_ROOMS == 64
    rooms.add(answer(fingerprint=OURS), "192.168.1.20", KNOWN)
    rooms.add(answer(fingerprint=OURS, port=6000), "192.168.1.5", KNOWN)
    shown = rooms.rooms()
    assert len(shown) == 64 and [row.standing for row in shown[:3]] == [
        Standing.KNOWN, Standing.MOVED, Standing.NEW
    ]  # fmt: skip


def test_known_rows_alone_do_not_grow_without_end_either() -> None:
    rooms = FoundRooms()
    for number in range(10_000):
        rooms.add(answer(fingerprint=OURS), f"10.0.{number // 250}.{number % 250}", KNOWN)
    assert len(rooms.rooms()) == 64


def test_who_is_silent_goes_and_who_answers_stays() -> None:
    rooms = FoundRooms()
    rooms.add(answer(1), "192.168.1.5", [])
    rooms.add(answer(2), "192.168.1.6", [])
    for _ in range(limits.DISCOVERY_ROUNDS_KEPT):
        rooms.begin_round()
        rooms.add(answer(1), "192.168.1.5", [])
        assert len(rooms.rooms()) == 2
    rooms.begin_round()
    assert [row.address for row in rooms.rooms()] == ["192.168.1.5:5050"]


def test_a_room_of_this_computer_is_listed_once() -> None:
    """It answers by loopback and by our own address; the latter is of use to others too."""
    rooms = FoundRooms()
    rooms.add(answer(1), "127.0.0.1", [])
    assert [row.address for row in rooms.rooms(["192.168.1.7"])] == ["127.0.0.1:5050"]
    rooms.add(answer(1), "192.168.1.7", [])
    assert [row.address for row in rooms.rooms(["192.168.1.7"])] == ["192.168.1.7:5050"]
    rooms.add(answer(1, port=6000), "127.0.0.1", [])
    assert len(rooms.rooms(["192.168.1.7"])) == 2
    # Somebody else who claims the same key takes nothing away.
    rooms.add(answer(2), "127.0.0.1", [])
    rooms.add(answer(2), "192.168.1.99", [])
    assert len(rooms.rooms(["192.168.1.7"])) == 4
