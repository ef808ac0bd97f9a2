"""The vector files against the real code (PROTOCOL §13): made anew, and run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from netcore.crypto.blob import BlobCipher
from netcore.crypto.identity import PublicKey
from netcore.crypto.whispers import open_whisper
from netcore.errors import BadChunk, MessageError, WhisperError
from netcore.session.base import ALERT_FRAME, OTHER_VERSION_FRAME
from netcore.session.events import Established, Event, FileChunkReceived
from netcore.session.table import State
from netcore.wire.codec import decode_direct, decode_from_client, decode_room, encode
from netcore.wire.messages import Message
from tests.session.pair import (
    Pair,
    clone,
    failures,
    feed_server,
    messages,
    new_client,
    new_server,
    private_key,
)
from tests.vectors import make, make_blob_messages


def load(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((make.FOLDER / name).read_text(encoding="utf-8"))
    return value


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in load(name)["cases"]]


@pytest.mark.parametrize("name", sorted(make.MAKERS))
def test_the_file_is_what_the_code_makes(name: str) -> None:
    """The same keys and randomness give the same bytes, to the last one."""
    assert (make.FOLDER / name).read_text(encoding="utf-8") == make.render(make.MAKERS[name]())


@pytest.mark.parametrize("case", cases("handshake_failures.json"))
def test_a_bad_handshake_ends(case: dict[str, Any]) -> None:
    """§3.5: the server answers 15 00 00 01 01 to all faults but another version, the client nothing."""
    frames = [bytes.fromhex(frame) for frame in case["frames"]]
    events: list[Event] = []
    if case["at"] == "server":
        server = new_server("vectors server")
        for frame in frames:
            before = len(failures(events))
            output = b"".join(server.take_output())
            events += feed_server(server, frame)
        assert before == 0, "it ended before the last frame"
        answers = {"alert": ALERT_FRAME, "other_version": OTHER_VERSION_FRAME}
        assert b"".join(server.take_output()) == answers[case["expect"]]
        assert list(answers.values()) == [bytes.fromhex("1500000101"), bytes.fromhex("1500000102")]
        assert output == b"" or output[0] == 0x02
        assert server.state is State.CLOSED
    else:
        client = new_client("vectors client")
        client.take_output()
        for frame in frames:
            assert not failures(events), "it ended before the last frame"
            client.take_output()
            events += client.receive_bytes(frame, 0.0)
        assert client.take_output() == []
        assert client.state is State.CLOSED
    assert len(failures(events)) == len(events) == 1
    assert not any(isinstance(event, Established) for event in events)


@pytest.fixture(scope="module")
def room_pair() -> Pair:
    return make.room_pair()


RECORD_FILES = ("records.json", "room_records.json", "files.json", "blob_messages.json")


@pytest.mark.parametrize("case", [case for name in RECORD_FILES for case in cases(name)])
def test_records(case: dict[str, Any], room_pair: Pair) -> None:
    """§5: `opened` frames are taken; the one after ends the connection, unanswered."""
    session = clone(room_pair.server if case["to"] == "server" else room_pair.client)
    frames = [bytes.fromhex(frame) for frame in case["frames"]]
    for frame in frames[: case["opened"]]:
        assert not failures(session.receive_bytes(frame, 0.0))
    events = [event for frame in frames[case["opened"] :] for event in session.receive_bytes(frame, 0.0)]
    if case["error"]:
        (failed,) = failures(events)
        assert events == [failed]
        # The file names the kind of error; ours says more exactly which check failed.
        assert case["error"] in [kind.__name__ for kind in type(failed.error).__mro__]
    else:
        assert events == []
    assert session.take_output() == []


# The record two ratchet steps on: no case may open it.
NEVER_TAKEN = {record["frame"] for record in load("room_records.json")["records"] if record["epoch"] == 3}


@pytest.mark.parametrize("name", ["records.json", "room_records.json", "blob_messages.json"])
def test_what_records_say(name: str, room_pair: Pair) -> None:
    """The plaintexts in the file are what comes out, texts whole and in order."""
    vectors = load(name)
    by_frame = {record["frame"]: record["plaintext"] for record in vectors["records"]}
    unseen = set(by_frame)
    for case in vectors["cases"]:
        session = clone(room_pair.server if case["to"] == "server" else room_pair.client)
        for frame in case["frames"][: case["opened"]]:
            received = messages(session.receive_bytes(bytes.fromhex(frame), 0.0))
            if frame in by_frame:
                assert b"".join(map(encode, received)).hex() == by_frame[frame]
                unseen.discard(frame)
    assert not unseen - NEVER_TAKEN


DECODERS: dict[str, Callable[[bytes], Message]] = {
    "to_server": decode_from_client,
    "direct": decode_direct,
    "room": decode_room,
}


def _texts(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in load("blob_messages.json")[kind]]


@pytest.mark.parametrize("case", _texts("good"))
def test_good_messages_about_files(case: dict[str, Any]) -> None:
    """§6.2: what is in them, and back to the same text."""
    message = DECODERS[case["in"]](case["text"].encode())
    assert message.t == json.loads(case["text"])["t"]
    assert json.loads(make.render(make_blob_messages.fields(message))) == case["fields"]
    assert encode(message).decode() == case["text"] + "\n"


@pytest.mark.parametrize("case", _texts("bad"))
def test_bad_messages_about_files(case: dict[str, Any]) -> None:
    """§6.1, §6.2: no message of ours, or not where it stands."""
    with pytest.raises(MessageError):
        DECODERS[case["in"]](case["text"].encode())


def _whispers(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in load("whispers.json")[kind]]


def _open(case: dict[str, Any]) -> str:
    return open_whisper(
        private_key(case["recipient"]),
        PublicKey(bytes.fromhex(case["sender"])),
        bytes.fromhex(case["server"]),
        bytes.fromhex(case["msg_id"]),
        case["counter"],
        bytes.fromhex(case["c1"]),
        bytes.fromhex(case["c2"]),
    )


@pytest.mark.parametrize("case", _whispers("good"))
def test_good_whispers(case: dict[str, Any]) -> None:
    """§10: who holds the recipient's key reads the text."""
    assert _open(case) == case["text"]


@pytest.mark.parametrize("case", _whispers("bad"))
def test_bad_whispers(case: dict[str, Any]) -> None:
    """§10: anything else is no whisper."""
    with pytest.raises(WhisperError):
        _open(case)


def _file_chunks(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in load("files.json")[kind]]


def _cipher(case: dict[str, Any]) -> BlobCipher:
    return BlobCipher(bytes.fromhex(case["k"]), bytes.fromhex(case["blob"]), case["size"])


@pytest.mark.parametrize("case", [case for case in _file_chunks("good") if not case.values[0]["by_rule"]])
def test_good_chunks(case: dict[str, Any]) -> None:
    """§14.1."""
    assert _cipher(case).open(case["index"], bytes.fromhex(case["sealed"])).hex() == case["plaintext"]


@pytest.mark.parametrize("case", _file_chunks("bad"))
def test_bad_chunks(case: dict[str, Any]) -> None:
    """§14.1: changed, moved, cut, or of another file."""
    with pytest.raises(BadChunk):
        _cipher(case).open(case["index"], bytes.fromhex(case["sealed"]))


def test_what_chunk_records_say(room_pair: Pair) -> None:
    """§14.2: blob, number and data come out as they went in."""
    for record in load("files.json")["records"]:
        if record["seq"] == 1:
            session = clone(room_pair.server if record["direction"] == "c2s" else room_pair.client)
            (event,) = session.receive_bytes(bytes.fromhex(record["frame"]), 0.0)
            blob, data = bytes.fromhex(record["blob"]), bytes.fromhex(record["data"])
            assert event == FileChunkReceived(blob, record["index"], data)


def test_a_whisper_of_a_file() -> None:
    """§14.1: it opens as such, and as no other."""
    case = load("files.json")["whisper"] | {"recipient": "member_ben"}
    server, sender = bytes.fromhex(case["server"]), PublicKey(bytes.fromhex(case["sender"]))
    place = bytes.fromhex(case["msg_id"]), case["counter"]
    sealed = bytes.fromhex(case["c1"]), bytes.fromhex(case["c2"])
    ben, blob = private_key("member_ben"), bytes.fromhex(case["blob"])
    assert open_whisper(ben, sender, server, *place, *sealed, blob) == case["text"]
    for other in (b"", bytes(16)):
        with pytest.raises(WhisperError):
            open_whisper(ben, sender, server, *place, *sealed, other)
