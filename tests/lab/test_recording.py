"""What is kept of a recording, and how frames and chunks find each other again."""

from __future__ import annotations

import pytest

from netcore.lab import recording
from netcore.lab.recording import Recording
from netcore.trace import (
    Chunk,
    Defence,
    Forgotten,
    FrameSeen,
    HandshakeValue,
    PeerKnown,
    Refused,
    TraceEvent,
)
from netcore.wire.messages import Ping
from tests.gui.cast import BEN
from tests.lab.scene import Scene, last_frame, said


def frames(events: list[TraceEvent]) -> list[FrameSeen]:
    return [event for event in events if isinstance(event, FrameSeen)]


def test_a_gap_in_the_numbers_is_counted_as_lost() -> None:
    scene, kept = Scene(), Recording()
    kept.take([*scene.begin(), *scene.say(1, "one")])
    assert kept.lost == 0
    scene.number += 7
    kept.take(scene.say(2, "two"))
    assert kept.lost == 7


def test_events_from_before_the_first_one_taken_are_not_lost() -> None:
    kept = Recording()
    kept.take(Scene(first_number=900).say(1, "one"))
    assert kept.lost == 0


def test_the_oldest_frames_go_and_are_counted() -> None:
    scene, kept = Scene(), Recording()
    kept.take(event for n in range(1, recording.MAX_FRAMES + 4) for event in scene.say(n, "x"))
    assert len(kept.frames) == recording.MAX_FRAMES
    assert kept.frames_dropped == 3
    assert kept.frames[0].n == 3


def test_a_long_frame_is_whole_again_from_its_chunks() -> None:
    scene, kept = Scene(), Recording()
    record = scene.room_record(*(said(n, "x" * 3_000) for n in range(1, 11)))
    events = scene.carried([scene.direct_record(False, Ping()), record], piece_bytes=1_000)
    kept.take(events)
    frame = last_frame(events)
    assert len(frame.raw) == 4_096 < frame.length == len(record[1])
    assert kept.whole(frame) == record[1]
    carriers = kept.chunks_of(frame)
    assert [carriers[0].number, carriers[-1].number] == [frame.first_chunk, frame.last_chunk]
    assert kept.frames_in(carriers[0]) == frames(events)


def test_of_a_frame_whose_chunks_are_gone_the_beginning_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_CHUNK_BYTES", 10_000)
    scene, kept = Scene(), Recording()
    record = scene.room_record(*(said(n, "x" * 3_000) for n in range(1, 11)))
    events = scene.carried([record], piece_bytes=1_000)
    kept.take(events)
    frame = last_frame(events)
    assert kept.whole(frame) == frame.raw
    assert sum(len(chunk.data) for chunk in kept.chunks(1, "in")) <= 10_000


def test_chunks_of_which_the_kernel_took_nothing_are_not_kept() -> None:
    kept = Recording()
    kept.take([Chunk(1, 1, 0.0, "out", 0, b"", 500)])
    assert list(kept.chunks(1, "out")) == []


def test_chunks_of_one_byte_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes far more memory than its byte."""
    monkeypatch.setattr(recording, "MAX_CHUNKS", 100)
    kept = Recording()
    kept.take(Chunk(n, 1, 0.0, "in", n - 1, b"x", 1) for n in range(1, 1_000))
    assert [chunk.number for chunk in kept.chunks(1, "in")] == list(range(900, 1_000))


def test_of_connections_that_have_gone_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is called upon by strangers all day long."""
    monkeypatch.setattr(recording, "MAX_CHUNKS", 50)
    kept = Recording()
    for number in range(1, 3 * recording.MAX_CONNECTIONS + 1):
        kept.take([
            Chunk(0, number, 0.0, "in", 0, b"GET / HTTP/1.1", 14),
            Refused(0, number, 0.0, "in", 0, Defence.LEGAL_LENGTH, "2", "f", 1, "FrameError"),
        ])  # fmt: skip
    assert len(kept.connections) == len(kept.beginnings) == len(kept.refused) == recording.MAX_CONNECTIONS
    assert len(kept._lanes) == 50


def test_what_shows_in_no_frame_is_kept_until_the_frames_are_cleared() -> None:
    scene, kept = Scene(), Recording()
    stopped = scene.stopped("ServerGone", Defence.NO_CLOSE, "5.3")
    kept.take([*scene.say(1, "x"), *stopped, *scene.ended("reset"), *scene.ended()])
    assert [type(event).__name__ for event in kept.unframed] == ["Refused", "RecordingEnded"]
    assert kept.unframed[0] is stopped[0] and not kept.refused
    kept.clear_frames()
    assert not kept.unframed


def test_a_handshake_is_kept_however_much_is_said_after_it() -> None:
    scene, kept = Scene(), Recording()
    beginning = [*scene.begin(), *scene.handshake(), *scene.welcome()]
    kept.take(beginning)
    for n in range(300):
        kept.take(scene.say(n + 1, "x"))
    assert kept.beginnings[1][:-1] == [event for event in beginning if not isinstance(event, Chunk)]
    assert isinstance(kept.beginnings[1][-1], FrameSeen)  # the first in the room
    assert kept.connections[1].state == "IN_ROOM"
    assert kept.connections[1].from_start


def test_a_handshake_is_kept_into_however_many_chunks_it_was_cut() -> None:
    scene, kept = Scene(), Recording()
    whole = [*scene.begin(), *scene.handshake(), *scene.welcome()]
    cut = [Chunk(0, 1, 0.0, "in", at, b"x", 1) for at in range(1_200)]
    kept.take([whole[0], *cut, *whole[1:]])
    assert kept.beginnings[1] == [event for event in whole if not isinstance(event, Chunk)]


def test_secrets_are_dropped_when_the_recorder_forgets_them() -> None:
    scene, kept = Scene(), Recording()
    public = HandshakeValue(50, 1, 0.0, "ClientHello", "client_random", b"1" * 32, False, "f")
    secret = HandshakeValue(51, 1, 0.0, "ServerHello", "z", b"2" * 32, True, "g")
    kept.take([*scene.begin(), public, secret, Forgotten(52, 1, 0.0)])
    assert public in kept.beginnings[1]
    assert secret not in kept.beginnings[1]


def test_a_member_is_known_when_it_has_proved_who_it_is() -> None:
    kept = Recording()
    kept.take([*Scene(server=True).begin("127.0.0.1:40000"), PeerKnown(9, 1, 0.0, BEN.id)])
    assert kept.connections[1].member_id == BEN.id
    assert kept.connections[1].peer == "127.0.0.1:40000"


def test_wiped_it_holds_nothing() -> None:
    scene, kept = Scene(), Recording()
    kept.take([*scene.begin(), *scene.handshake(), *scene.say(1, "one"), scene.turn({1: 5})])
    kept.wipe()
    assert not (kept.frames or kept.turns or kept.beginnings or kept.connections)
    assert not kept.chunks(1, "out")
