"""One line about each frame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcore.crypto.records import encode_chunk_head, encode_close
from netcore.errors import FrameError, LocalChatError, WhisperError
from netcore.lab.facts import facts
from netcore.lab.layers import JSON, RECORD, TEXT, layers_of, lettered, text_layers
from netcore.lab.spans import Span, frame_name, spans_of_frame
from netcore.lab.summaries import carries, message_name, messages_in, unframed
from netcore.layout import Kind
from netcore.session.defences import DEFENCES
from netcore.trace import Defence, FrameSeen, Refused
from netcore.wire.framing import FrameType
from netcore.wire.messages import BlobHave, File, GetBlob, Joined, Lab, Ping, Say, StopBlob
from tests.gui.cast import BEN
from tests.lab.scene import Scene, last_frame, said


def test_messages_are_told_by_their_number_and_text() -> None:
    scene = Scene()
    assert carries(last_frame(scene.say(7, "hello"))) == "say 7: hello"
    many = scene.carried([scene.room_record(*(said(n, "x") for n in range(1, 6)))])
    assert carries(last_frame(many)) == "said 1: x, said 2: x, said 3: x, and 2 more"
    assert carries(last_frame(scene.carried([scene.room_record(Joined(BEN.id, "Ben"))]))) == "joined: Ben"
    file = File(bytes(range(16)), "notes.txt", 5, bytes(32), bytes(32))
    for message, words in (
        (Say(b"s" * 16, 4, "", file), "say 4: file notes.txt"),
        (GetBlob(bytes(range(16)), 7), "get_blob 00010203 from chunk 7 on"),
        (BlobHave(bytes(range(16)), 3), "blob_have 00010203: 3 chunks"),
        (StopBlob(bytes(range(16))), "stop_blob 00010203"),
        (Lab(True), "lab: frozen"), (Lab(False), "lab: thawed"),
    ):
        assert carries(last_frame(scene.direct(True, message))) == words


def test_an_alert_says_whether_the_version_is_another() -> None:
    ping = last_frame(Scene().direct(True, Ping()))
    alerts = [replace(ping, type=FrameType.ALERT, plaintext=None, raw=bytes.fromhex(f"15000001{code}"))
              for code in ("01", "02")]
    assert [carries(alert) for alert in alerts] == ["the handshake failed", "another version of LocalChat"]


@pytest.mark.parametrize("error", [
    *(cls for cls, (defence, _) in DEFENCES.items() if defence in (Defence.DEADLINE, Defence.NO_CLOSE)),
    FrameError, WhisperError])
def test_what_shows_in_no_frame_has_a_sentence_of_its_own(error: type[LocalChatError]) -> None:
    event = Refused(1, 1, 0.0, "in", None, DEFENCES[error][0], "5.3", "f", 1, error.__name__)
    assert unframed(event).endswith(".") and not unframed(event).startswith("Something was not taken")
    assert unframed(replace(event, error="New")) == f"Something was not taken: {event.defence.value}."


def test_before_keys_the_fields_are_named() -> None:
    frames = [event for event in Scene().handshake() if isinstance(event, FrameSeen)]
    told = [(frame_name(frame.type), carries(frame)) for frame in frames]
    assert told[0] == ("ClientHello", "client_random, client_x25519")
    assert told[3] == ("ServerFinished", "server_fin")


def test_a_close_says_why_and_what_did_not_open_says_so() -> None:
    frame = last_frame(Scene().direct(True, Ping()))
    closed = replace(frame, type=int(FrameType.CLOSE), plaintext=encode_close(4, "be nice"))
    assert carries(closed) == "close 4 kicked: be nice"
    head = encode_chunk_head(bytes(range(16)), 7)
    piece = replace(frame, type=int(FrameType.FILE_CHUNK), plaintext=head, length=44 + 65_552)
    assert carries(piece) == "chunk 7 of file 00010203" and messages_in(piece) == []
    assert carries(replace(piece, length=44 + 2 * 65_552 + 17)) == "chunks 7 to 9 of file 00010203"
    assert carries(replace(frame, plaintext=None)) == "did not open"


@pytest.mark.parametrize(("text", "name"), [(b'{"t":"say","n":3}', "say 3"), (b'{"t":"ping"}', "ping"),
                                            (b"[1]", "JSON"), (b"{", "JSON")])
def test_a_message_has_a_short_name(text: bytes, name: str) -> None:
    assert message_name(text) == name


def test_the_bytes_of_a_field_are_told_as_what_they_mean() -> None:
    scene = Scene()
    frame = last_frame(scene.said(1, "ü"))
    told = {span.name: facts(frame, RECORD, span, frame.raw[span.start : span.end])
            for span in spans_of_frame(frame.raw)}
    assert told["type"] == [("is", "Room")]
    assert told["length"] == [("is", f"{frame.length - 4} bytes of body")]
    assert told["epoch"] == [("is", "1")]
    assert ("seq, never sent", str(frame.n - 2)) in told["stamp"]
    letters = lettered(text_layers(layers_of(frame, frame.raw, ())[-1])[0])
    assert ("code point", "U+00FC") in facts(frame, TEXT, letters.spans[0], letters.data)
    assert ("takes", "2 bytes") in facts(frame, TEXT, letters.spans[0], letters.data)
    assert JSON not in told


def test_a_key_of_json_is_not_taken_for_a_field_of_the_frame() -> None:
    """Whatever somebody calls it: its value is text, and no number in network byte order."""
    frame = last_frame(Scene().said(1, "hello"))
    for name in ("length", "epoch", "index", "i", "type", "magic"):
        assert facts(frame, JSON, Span(0, 2, name, Kind.JSON_VALUE), b"12") == [("is", "12")]
