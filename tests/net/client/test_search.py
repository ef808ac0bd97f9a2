"""A search over real sockets on 127.0.0.1: what goes out when, and what comes of answers (PROTOCOL §15)."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netcore import limits
from netcore.engine import Search, Standing
from netcore.errors import TrustFileError
from netcore.net.client.known_rooms import known_servers
from netcore.wire.discovery import RoomAnswer, decode_query, encode_answer
from tests.net.searching import Room, searching
from tests.net.searching import port as port

ANSWER = RoomAnswer(b"F" * 32, 5050, 2, "Lab", "Ada")
PLACE = "127.0.0.1:5050"


def says(*answers: RoomAnswer) -> Callable[[bytes], list[bytes]]:
    return lambda token: [encode_answer(token, answer) for answer in answers]


def test_a_room_is_found_by_its_source_within_a_second(tmp_path: Path, port: int) -> None:
    room = Room(port, says(ANSWER))
    began_s = time.monotonic()
    with searching(tmp_path) as search:
        query = room.hear()
        found = search.wait(lambda rooms: len(rooms) == 1)[0]
        took_s = time.monotonic() - began_s
    assert decode_query(query) is not None
    assert (found.name, found.host, found.address, found.members) == ("Lab", "Ada", PLACE, 2)
    assert (found.fingerprint, found.standing) == (b"F" * 32, Standing.NEW)
    assert took_s < limits.DISCOVERY_EACH_S, "found by a later question"
    room.sock.close()


def test_it_asks_only_while_somebody_wants_to_know(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DISCOVERY_AGAIN_S", 0.01)
    monkeypatch.setattr(limits, "DISCOVERY_EACH_S", 0.01)
    monkeypatch.setattr(limits, "DISCOVERY_ROUNDS_KEPT", 10_000)
    room = Room(port, says(ANSWER))
    with searching(tmp_path, asking=False) as search:
        with pytest.raises(queue.Empty):
            room.hear(0.2)
        search.engine.submit(Search(True))
        tokens = [room.hear()[16:32] for _ in range(5)]
        search.wait(lambda rooms: len(rooms) == 1)
        search.engine.submit(Search(False))
        with pytest.raises(queue.Empty):
            while True:  # what was under way
                room.hear(0.2)
        assert len(search.rooms) == 1, "the rows stay as they are"
        search.engine.submit(Search(True))
        again = room.hear()[16:32]
    assert len(set(tokens)) == 1 and again not in tokens
    room.sock.close()


def test_whatever_is_no_answer_changes_nothing(tmp_path: Path, port: int) -> None:
    """One after another, and then a true one."""
    good = ANSWER._replace(room="Good")

    def lies(token: bytes) -> list[bytes]:
        whole = encode_answer(token, ANSWER)
        return [
            b"", b"\xff" * 65_507, b"{}", "{}".encode("utf-16"), b"[" * 9_000,
            whole[:-1], whole + b"\0",
            encode_answer(bytes(16), ANSWER),
            encode_answer(token, ANSWER._replace(port=0)),
            encode_answer(token, ANSWER._replace(members=0)),
            whole.replace(b"Lab", b"\x1b[m"), whole.replace(b"Ada", b"A\0a"),
            whole.replace(b"Ada", b"\xed\xa0\x80"),
            encode_answer(token, ANSWER._replace(room="a\u202eb")),
            encode_answer(token, good),
        ]  # fmt: skip

    room = Room(port, lies)
    with searching(tmp_path) as search:
        room.hear()
        assert [one.name for one in search.wait(bool)] == ["Good"]
    room.sock.close()


def test_a_flood_of_rooms_is_a_short_list(tmp_path: Path, port: int) -> None:
    many = [ANSWER._replace(fingerprint=number.to_bytes(32, "big")) for number in range(2_000)]
    room = Room(port, says(*many))
    with searching(tmp_path) as search:
        room.hear()
        search.wait(lambda rooms: len(rooms) == limits.MAX_FOUND_ROOMS_PER_HOST)
    room.sock.close()


def test_known_servers_are_marked(tmp_path: Path, port: int) -> None:
    """And what another window learns meanwhile counts from the next question on."""
    known_servers(tmp_path).accept(b"K" * 32, PLACE, "Lab", 1)
    room = Room(port, says(ANSWER, ANSWER._replace(fingerprint=b"K" * 32)))
    with searching(tmp_path) as search:
        room.hear()
        rows = search.wait(lambda rooms: len(rooms) == 2)
        assert [row.standing for row in rows] == [Standing.KNOWN, Standing.CHANGED]
        known_servers(tmp_path).accept(b"F" * 32, "10.0.0.1:5050", "Lab", 2)
        while {row.standing for row in search.rooms} != {Standing.KNOWN, Standing.MOVED}:
            room.hear()  # a question that was asked before may still have the old list
            with contextlib.suppress(queue.Empty):
                search.take(0.2)
    before = (tmp_path / "known_servers.json").read_bytes()
    assert b"10.0.0.1" in before, "and a search writes nothing"
    room.sock.close()


def test_without_the_known_servers_there_is_no_list(tmp_path: Path, port: int) -> None:
    """A room with a false key would stand there as new."""
    (tmp_path / "known_servers.json").write_bytes(b"{")
    room = Room(port, says(ANSWER))
    with searching(tmp_path) as search, pytest.raises(TrustFileError):
        search.wait(bool)
    assert room.queries == []
    room.sock.close()


def test_nobody_there_is_no_error(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that nobody has (the system says so), and a variable that names nothing."""
    monkeypatch.setattr(limits, "DISCOVERY_AGAIN_S", 0.01)
    monkeypatch.setattr(limits, "DISCOVERY_EACH_S", 0.01)
    monkeypatch.setattr(limits, "DISCOVERY_ROUNDS_KEPT", 10_000)
    with searching(tmp_path) as search:
        room = Room(port, says(ANSWER))  # opened while it already asks
        room.hear()
        search.wait(bool)
    room.sock.close()
    monkeypatch.setenv("LOCALCHAT_DISCOVERY", "off")
    with searching(tmp_path) as search, pytest.raises(queue.Empty):
        search.take(0.3)
