"""PROTOCOL §15, a second time: the vectors, the real room and the real search."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.keys.put import put_server_keys
from tests.net.searching import Room, free_udp_port, searching
from tests.stranger import discovery
from tests.stranger.discovery import Claim
from tests.stranger.processes import Program

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "discovery.json").read_text("utf-8"))
TOKEN = bytes.fromhex(VECTORS["token"])


def claim_of(case: dict[str, Any]) -> Claim:
    return Claim(
        bytes.fromhex(case["fingerprint"]), case["port"], case["members"], case["room"], case["host"]
    )


def test_the_good_packets() -> None:
    assert discovery.query(TOKEN).hex() == VECTORS["query"]
    assert discovery.read_query(bytes.fromhex(VECTORS["query"])) == TOKEN
    for case in VECTORS["answers"]:
        assert discovery.answer(TOKEN, claim_of(case)).hex() == case["packet"]
        assert discovery.read_answer(bytes.fromhex(case["packet"]), TOKEN) == claim_of(case)


@pytest.mark.parametrize("case", VECTORS["bad_queries"], ids=lambda case: case["name"])
def test_a_bad_query_is_none(case: dict[str, str]) -> None:
    assert discovery.read_query(bytes.fromhex(case["packet"])) is None


@pytest.mark.parametrize("case", VECTORS["bad_answers"], ids=lambda case: case["name"])
def test_a_bad_answer_is_none(case: dict[str, str]) -> None:
    assert discovery.read_answer(bytes.fromhex(case["packet"]), TOKEN) is None


def test_a_stranger_finds_the_real_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_udp_port()
    monkeypatch.setenv("LOCALCHAT_DISCOVERY", f"127.0.0.1:{port}")
    put_server_keys(tmp_path, "Lab")
    with Program("server", "--port", "0", "--room", "Lab", "--nick", "Teacher", data_dir=tmp_path) as program:
        told = program.wait("listening")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(20.0)
            sock.sendto(discovery.query(TOKEN), ("127.0.0.1", port))
            packet, address = sock.recvfrom(2_000)
        claim = discovery.read_answer(packet, TOKEN)
        assert claim is not None and address == ("127.0.0.1", port)
        assert (claim.room, claim.host, claim.port, claim.members) == ("Lab", "Teacher", told["port"], 1)
        assert program.stop()[0] == 0


def test_the_real_search_finds_a_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_udp_port()
    monkeypatch.setenv("LOCALCHAT_DISCOVERY", f"127.0.0.1:{port}")
    claim = Claim(b"S" * 32, 4242, 7, "世界", "李")
    room = Room(port, lambda token: [discovery.answer(token, claim)])
    with searching(tmp_path) as search:
        assert discovery.read_query(room.hear()) is not None
        (found,) = search.wait(bool)
    assert (found.name, found.host, found.members, found.fingerprint) == ("世界", "李", 7, b"S" * 32)
    assert found.address == "127.0.0.1:4242"
    room.sock.close()
