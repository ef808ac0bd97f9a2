"""The recorder by itself: numbers and gaps, bounds, frames over chunks, and what it does not keep."""

from __future__ import annotations

import itertools
import queue
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore import trace
from netcore.trace import Chunk, Defence, Forgotten, FrameSeen, HandshakeValue, Recorder, Tape

MANY = 1_000_000


def recorder(most_events: int = MANY, most_bytes: int = MANY) -> Recorder:
    return Recorder(most_events, most_bytes, clock=itertools.count().__next__)


def test_numbers_count_all_and_a_gap_is_what_was_dropped() -> None:
    recorded = recorder(most_events=3)
    for _ in range(5):
        recorded.person("pin", {})
    first = recorded.drain()
    assert [event.number for event in first] == [3, 4, 5]
    assert trace.missing(first) == 2
    recorded.person("pin", {})
    assert trace.missing(recorded.drain(), last_number=5) == 0
    assert recorded.drain() == []


def test_bytes_are_bounded_too() -> None:
    recorded = recorder(most_bytes=10)
    tape = Tape(recorded, 1)
    for i in range(4):
        tape.chunk_in(4 * i, b"1234", 65_536)
    assert [event.number for event in recorded.drain()] == [3, 4]
    tape.chunk_in(16, bytes(11), 65_536)
    assert recorded.drain() == []
    tape.chunk_in(27, b"12345678", 65_536)
    assert [event.number for event in recorded.drain()] == [6]


def test_a_poller_takes_one_by_one() -> None:
    recorded = recorder()
    recorded.person("pin", {"frame": 3})
    event = recorded.get_nowait()
    assert (event.number, event.connection) == (1, 0)
    with pytest.raises(queue.Empty):
        recorded.get_nowait()


def test_two_threads_lose_nothing_and_number_nothing_twice() -> None:
    recorded = recorder()

    def tell() -> None:
        for _ in range(2_000):
            recorded.person("pin", {})

    threads = [threading.Thread(target=tell) for _ in range(3)]
    for thread in threads:
        thread.start()
    taken = []
    while any(thread.is_alive() for thread in threads):
        taken += recorded.drain()
    for thread in threads:
        thread.join()
    taken += recorded.drain()
    assert [event.number for event in taken] == list(range(1, 6_001))


@given(st.lists(st.integers(5, 40), min_size=1), st.data())
def test_frames_and_chunks_join(lengths: list[int], data: st.DataObject) -> None:
    """However the stream is cut: the chunks named hold the first and the last byte of the frame."""
    stream = b"".join(bytes([0x17]) * length for length in lengths)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=20)))
    edges = list(itertools.pairwise([0, *cuts, len(stream)]))
    recorded = recorder()
    tape = Tape(recorded, 1)
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    for n, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        tape.frame_out(n, start, stream[start : start + length], b"", b"plain", "IN_ROOM")
    cut = 0
    for start, end in edges:
        tape.chunk_in(start, stream[start:end], 65_536)
        tape.chunk_out(start, stream[start:end], len(stream) - start)
        while cut < len(lengths) and starts[cut] + lengths[cut] <= end:
            whole = stream[starts[cut] : starts[cut] + lengths[cut]]
            tape.frame_in(cut, 0x17, starts[cut], whole, "IN_ROOM", "IN_ROOM", sealed=True)
            tape.opened(b"plain")
            cut += 1
    events = recorded.drain()
    chunks = {event.number: event for event in events if isinstance(event, Chunk)}
    frames = [event for event in events if isinstance(event, FrameSeen)]
    for direction in ("in", "out"):
        mine = [frame for frame in frames if frame.direction == direction]
        assert [(frame.offset, frame.length) for frame in mine] == list(zip(starts, lengths, strict=True))
        for frame in mine:
            first, last = chunks[frame.first_chunk], chunks[frame.last_chunk]
            assert first.direction == last.direction == direction
            assert first.offset <= frame.offset < first.offset + len(first.data)
            assert last.offset < frame.offset + frame.length <= last.offset + len(last.data)
            assert frame.number > last.number and frame.plaintext == b"plain"


def test_a_chunk_from_before_the_recording_is_none() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1)
    tape.chunk_in(100, bytes(50), 65_536)
    tape.frame_in(7, 0x17, 90, bytes(60), "IN_ROOM", "IN_ROOM", sealed=False)
    frame = recorded.drain()[-1]
    assert isinstance(frame, FrameSeen)
    assert (frame.first_chunk, frame.last_chunk) == (0, 1)


def test_a_frame_that_never_left_is_not_told() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1)
    tape.frame_out(0, 0, bytes(10), b"", None, "IN_ROOM")
    tape.chunk_out(0, bytes(9), 10)
    assert [type(event) for event in recorded.drain()] == [Chunk]


def test_of_a_long_frame_4_kib_are_kept_and_its_length_is_exact() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1)
    tape.frame_out(0, 0, b"\x1a" * 4_090, b"s" * 16, None, "IN_ROOM")
    tape.chunk_out(0, bytes(4_106), 4_106)
    frame = recorded.drain()[-1]
    assert isinstance(frame, FrameSeen)
    assert (frame.length, frame.raw) == (4_106, b"\x1a" * 4_090 + b"s" * 6)


def _check() -> None:
    raise ValueError


def test_a_refusal_names_the_function_that_raised_it() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1)
    tape.frame_in(3, 0x17, 0, bytes(30), "IN_ROOM", "IN_ROOM", sealed=True)
    try:
        _check()
    except ValueError as error:
        tape.refused(Defence.TAG, "5.1", error)
    frame, refused = recorded.drain()
    assert isinstance(frame, FrameSeen) and frame.plaintext is None  # told before, as one that did not open
    assert isinstance(refused, trace.Refused)
    assert refused.n == 3
    assert (refused.function, refused.error) == (f"{__name__}._check", "ValueError")
    assert refused.line == _check.__code__.co_firstlineno + 1


def _secret(tape: Tape) -> None:
    tape.value("ClientHello", "x25519 private", b"SECRET", _check, secret=True)
    tape.value("ClientHello", "client_random", b"OPEN", _check)


def test_a_secret_needs_to_be_asked_for_and_can_be_forgotten() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1)
    _secret(tape)
    assert [event.name for event in recorded.drain() if isinstance(event, HandshakeValue)] == [
        "client_random"
    ]
    tape = Tape(recorded, 2, secrets=True)
    tape.begin("client", "127.0.0.1:1", b"", 0, 0, "NOTHING_KNOWN")
    _secret(tape)
    tape.forget_secrets()
    _secret(tape)
    events = recorded.drain()
    assert not any(isinstance(event, HandshakeValue) and event.secret for event in events)
    assert [event.connection for event in events if isinstance(event, Forgotten)] == [2, 2]
    assert trace.missing(events, last_number=1) == 0  # what is forgotten is no gap


def test_secrets_end_with_the_recording() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1, secrets=True)
    tape.begin("client", "127.0.0.1:1", b"", 0, 0, "NOTHING_KNOWN")
    _secret(tape)
    tape.end()
    tape.end()
    kinds = [type(event) for event in recorded.drain()]
    assert kinds == [trace.RecordingBegan, Forgotten, HandshakeValue, Forgotten, trace.RecordingEnded]
    assert not recorded.tapes


def test_no_secret_in_what_python_prints() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1, secrets=True)
    _secret(tape)
    tape.frame_out(0, 0, bytes(5), b"", b"PLAIN", "IN_ROOM")
    tape.chunk_out(0, bytes(5), 5)
    printed = repr(recorded.drain())
    assert "SECRET" not in printed and "PLAIN" not in printed


def test_a_turn_counts_and_begins_anew() -> None:
    recorded = recorder()
    tape = Tape(recorded, 1, queued_bytes=lambda: 300, interest=lambda: "rw")
    tape.begin("server", "127.0.0.1:1", b"", 0, 0, "NOTHING_KNOWN")
    tape.chunk_in(0, b"x", 1)
    recorded.records, recorded.commit_ms = 2, 1.5
    recorded.turn(4, 0.5)
    recorded.turn(0, None)
    first, second = [event for event in recorded.drain() if isinstance(event, trace.Turn)]
    assert (first.n, first.ready, first.reads, first.writes) == (1, 4, 1, 0)
    assert (first.commit_ms, first.records, first.next_timer_s) == (1.5, 2, 0.5)
    assert (dict(first.queues), dict(first.interest)) == ({1: 300}, {1: "rw"})
    assert (second.n, second.reads, second.commit_ms, second.records, second.next_timer_s) == (
        2,
        0,
        0.0,
        0,
        None,
    )
