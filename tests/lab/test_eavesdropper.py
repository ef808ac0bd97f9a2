"""What can be seen without a key stands in the raw bytes; what cannot be seen makes no difference to them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netcore.lab.eavesdropper import HEAD_BYTES, Claims, OnWire, claims
from netcore.trace import FrameSeen, TraceEvent
from netcore.wire.codec import encode
from netcore.wire.framing import FrameType
from netcore.wire.messages import GetPage, Ping, Said
from tests.lab.scene import Scene, said

CLIENT, SERVER = "10.0.0.2:40000", "10.0.0.1:5050"


def on_wire(events: Sequence[TraceEvent]) -> list[OnWire]:
    """What crossed, cut by the 4 header bytes alone: from the recorder only the raw bytes are taken."""
    return [OnWire(event.at_s, event.direction == "out", event.raw[:HEAD_BYTES],
                   4 + int.from_bytes(event.raw[1:4], "big"))
            for event in events if isinstance(event, FrameSeen)]


def heard(events: Sequence[TraceEvent]) -> Claims:
    return claims(on_wire(events), CLIENT, SERVER, "10:00:00.000")


def test_way_length_type_and_counters_can_be_seen() -> None:
    scene = Scene()
    scene.room.ratchet()
    scene.room_record(said(1, "before"))
    events = scene.said(2, "hello")
    length = next(event.length for event in events if isinstance(event, FrameSeen))
    assert heard(events).can_see == (
        f"{SERVER} sends to {CLIENT}", f"{length} bytes at 10:00:00.000", "type 1a, Room, epoch 2, index 1")


def test_the_handshake_shows_which_server_it_is_and_no_key() -> None:
    events = Scene().handshake()
    wire = on_wire(events)
    lists = [claims(wire[: n + 1], CLIENT, SERVER) for n in range(4)]
    assert any("which server it is" in words for words in lists[1].can_see)
    assert any("pre_secret" in words for words in lists[2].cannot_see)
    assert all(one.cannot_see for one in lists)


def test_a_record_of_the_fitting_length_before_it_gives_the_speaker_away() -> None:
    scene = Scene()
    events = [*scene.say(1, "hello there"), *scene.said(1, "hello there")]
    assert any("this client said it" in words for words in heard(events).can_guess)


@pytest.mark.parametrize("apart", ["too long ago", "too short", "nothing before"])
def test_without_it_the_speaker_is_not_guessed(apart: str) -> None:
    scene = Scene()
    before = scene.say(1, "x" if apart == "too short" else "hello there") if apart != "nothing before" else []
    if apart == "too long ago":
        scene.now += 60
    text = "hello there" if apart != "too short" else "a text that is a hundred letters longer than that" * 4
    events = [*before, *scene.said(1, text)]
    assert not any("this client said it" in words for words in heard(events).can_guess)


def test_a_new_epoch_tells_that_somebody_came_or_went() -> None:
    scene = Scene()
    first = [*scene.room_key(), *scene.said(1, "one")]
    scene.room.ratchet()
    came = [*first, *scene.said(2, "two")]
    assert any(words.startswith("somebody came") for words in heard(came).can_guess)
    scene.room.rotate()
    went = [*came, *scene.room_key()]
    assert any(words.startswith("somebody left") for words in heard(went).can_guess)
    assert not any(words.startswith("somebody") for words in heard(first).can_guess)


def test_a_ping_is_known_by_its_length_alone() -> None:
    assert any("ping" in words for words in heard(Scene().direct(True, Ping())).can_guess)
    assert not any("ping" in words for words in heard(Scene().direct(True, GetPage(0))).can_guess)


def chunk(file_bytes: int, at_s: float = 0.0) -> OnWire:
    """A piece of a file of that many bytes, on its way to the server."""
    length = 4 + 40 + file_bytes + 16 * -(-file_bytes // 65_536)
    return OnWire(at_s, True, bytes([FrameType.FILE_CHUNK, *(length - 4).to_bytes(3, "big")]), length)


def test_how_large_a_file_is_can_be_guessed_and_its_name_not() -> None:
    """PROTOCOL §14: all chunks but the last are full, and the data is the same on each way."""
    under_way = claims([chunk(65_536), chunk(65_536)], CLIENT, SERVER)
    assert under_way.can_guess == ("this client sends a file: 131,072 bytes so far",)
    ended = claims([chunk(9), chunk(65_536), chunk(100)], CLIENT, SERVER)
    assert ended.can_guess[0] == "this client sends a file: 65,636 bytes so far"
    assert "it ends here" in ended.can_guess[1]
    several = claims([chunk(4 * 65_536), chunk(65_536 + 100)], CLIENT, SERVER)
    assert several.can_guess[0] == f"this client sends a file: {5 * 65_536 + 100:,} bytes so far"
    assert "it ends here" in several.can_guess[1]
    assert len(claims([chunk(4 * 65_536)], CLIENT, SERVER).can_guess) == 1
    assert any("the same bytes on each way" in words for words in ended.can_see)
    assert "its name" in ended.cannot_see


@pytest.mark.parametrize("other", ["words", "speaker", "number of messages"])
def test_what_cannot_be_seen_makes_no_difference_to_what_can(other: str) -> None:
    """Two records of one length that differ in just that lead to the same claims, byte for byte."""
    pair = {
        "words": ([said(1, "meet me at noon")], [said(1, "stay away today")]),
        "speaker": ([said(1, "meet me at noon", "Ada")], [said(1, "meet me at noon", "Ben")]),
        "number of messages": ([said(1, "x" * (_bytes_of(said(1, "")) + 2))], [said(1, "a"), said(2, "b")]),
    }[other]
    one, two = Scene(), Scene()
    first = one.carried([one.room_record(*pair[0])])
    second = two.carried([two.room_record(*pair[1])])
    assert heard(first) == heard(second)
    raw_one, raw_two = (next(e.raw for e in events if isinstance(e, FrameSeen)) for events in (first, second))
    assert raw_one[:HEAD_BYTES] == raw_two[:HEAD_BYTES]
    assert raw_one != raw_two


def _bytes_of(message: Said) -> int:
    return len(encode(message))


def test_an_alert_says_of_another_version_and_of_nothing_else() -> None:
    """PROTOCOL §3.5: 01 for whatever failed, 02 for a magic of another version."""
    said = {code: claims([OnWire(0.0, False, bytes.fromhex(f"15000001{code}"), 5)], CLIENT, SERVER)
            for code in ("01", "02")}
    assert "that the handshake failed, and never why" in said["01"].can_see
    assert "what was wrong" in said["01"].cannot_see
    assert "that the server is of another version" in said["02"].can_see
    assert said["02"].cannot_see == ("which version",)


def test_no_word_of_a_message_stands_in_what_the_claims_are_made_from() -> None:
    events = Scene().said(1, "hello")
    assert all(b"hello" not in one.head for one in on_wire(events))
    assert "a single word of it" in heard(events).cannot_see
