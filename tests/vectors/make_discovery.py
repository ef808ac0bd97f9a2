"""The packets of discovery.json: what a search for rooms sends and hears, good and bad (PROTOCOL §15)."""

from __future__ import annotations

from typing import Any

from netcore.wire.discovery import RoomAnswer, encode_answer, encode_query
from tests.session.pair import private_key

TOKEN = bytes(range(16))


def make() -> dict[str, Any]:
    fingerprint = private_key("server_identity").public.fingerprint
    query = encode_query(TOKEN)
    good = RoomAnswer(fingerprint, 5050, 12, "Physics 2b", "Frau Weiß")
    answers = [
        good,
        good._replace(members=65_535, room="世界", host="李"),
        good._replace(port=65_535, members=1, room="\U00020000" * 24, host="\U00020001" * 24),
    ]
    return {
        "about": "Packets of a search for rooms (PROTOCOL 15). What is bad is ignored without a word.",
        "token": TOKEN,
        "query": query,
        "answers": [{**one._asdict(), "packet": encode_answer(TOKEN, one)} for one in answers],
        "bad_queries": _bad_queries(query),
        "bad_answers": _bad_answers(good),
    }


def _case(name: str, packet: bytes) -> dict[str, Any]:
    return {"name": name, "packet": packet}


def _bad_queries(query: bytes) -> list[dict[str, Any]]:
    return [
        _case("nothing", b""),
        _case("a byte short", query[:-1]),
        _case("a byte long", query + b"\0"),
        _case("padding not zero", query[:-1] + b"\x01"),
        _case("another version", query.replace(b"/1", b"/2")),
        _case("an answer's magic", query.replace(b"ask", b"ans")),
        _case("JSON", b'{"t":"ask"}'.ljust(len(query))),
    ]


def _bad_answers(good: RoomAnswer) -> list[dict[str, Any]]:
    packet = encode_answer(TOKEN, good)

    def named(room: str) -> bytes:
        return encode_answer(TOKEN, good._replace(room=room))

    return [
        _case("nothing", b""),
        _case("a byte short", packet[:-1]),
        _case("a byte long", packet + b"\0"),
        _case("another token", encode_answer(bytes(16), good)),
        _case("another version", packet.replace(b"/1", b"/2")),
        _case("a query's magic", packet.replace(b"ans", b"ask")),
        _case("port 0", encode_answer(TOKEN, good._replace(port=0))),
        _case("no members", encode_answer(TOKEN, good._replace(members=0))),
        _case("room's length past the end", packet[:68] + b"\xff" + packet[69:]),
        _case("no room", named("")),
        _case("room not UTF-8", packet.replace(b"Physics", b"Phys\xff\xfes")),
        _case("room with an encoded surrogate", packet.replace(b"Physics", b"Phy\xed\xa0\x80s")),
        _case("room with an escape sequence", named("\x1b[31mred")),
        _case("room with a direction mark", named("abc\u202edef")),
        _case("room with a zero byte", named("a\0b")),
        _case("room of 25 letters", named("a" * 25)),
        _case("host of a space", encode_answer(TOKEN, good._replace(host=" "))),
    ]
