"""Captures as they are written while the conversation goes on."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.lab import pcapng
from netcore.lab.pcapng import HOLD_S, Capture, capture_bytes
from netcore.trace import HandshakeValue, TraceEvent
from tests.lab.recording import Recorded, said


def recorded_events() -> list[TraceEvent]:
    recorded = Recorded().begin()
    recorded.join(100)
    recorded.tell_room(said(1))
    recorded.deliver(100)
    recorded.end()
    return recorded.events()


EVENTS = recorded_events()
WHOLE = capture_bytes(EVENTS, "client", 0.0)


def blocks(capture: bytes) -> list[int]:
    """The types of a file's blocks; their two lengths agree."""
    types = []
    while capture:
        block_type, length = struct.unpack_from("<II", capture)
        assert length % 4 == 0 and capture[length - 4 : length] == struct.pack("<I", length)
        types.append(block_type)
        capture = capture[length:]
    return types


def test_a_file_is_a_section_an_interface_and_packets() -> None:
    assert blocks(WHOLE)[:2] == [0x0A0D0D0A, 1]
    assert set(blocks(WHOLE)[2:]) == {6}


def test_an_empty_file_is_whole() -> None:
    assert blocks(capture_bytes([], "server", 0.0)) == [0x0A0D0D0A, 1]


@given(st.lists(st.integers(0, len(EVENTS)), max_size=12))
@settings(max_examples=30)
def test_written_in_pieces_it_is_the_same_file(cuts: list[int]) -> None:
    """However the events come: a frame's name finds its packet, as it waits HOLD_S for it."""
    capture = Capture("client", 0.0)
    written = capture.begin()
    start = 0
    for cut in [*sorted(cuts), len(EVENTS)]:
        written += capture.take(EVENTS[start:cut], EVENTS[cut - 1].at_s if cut else 0.0)
        start = cut
    assert written + capture.end() == WHOLE


def test_the_newest_packets_wait_for_their_names() -> None:
    capture = Capture("client", 0.0)
    head = capture.begin()
    last_s = EVENTS[-1].at_s
    early = capture.take(EVENTS, last_s)
    assert head + early != WHOLE
    assert head + early + capture.take([], last_s + HOLD_S) == WHOLE
    assert capture.end() == b""


def test_what_the_kernel_did_not_take_is_no_packet() -> None:
    recorded = Recorded().begin()
    recorded.join()
    packets = blocks(capture_bytes(recorded.events(), "client", 0.0))
    recorded.tape.chunk_out(10_000, b"", 500)
    assert blocks(capture_bytes(recorded.events(), "client", 0.0)) == packets


def test_no_secret_gets_into_a_capture() -> None:
    """What was recorded of keys for a view stays there, texts or not."""
    recorded = Recorded().begin(secrets=True)
    secret = bytes(range(100, 132))
    recorded.tape.value("ClientKeyExchange", "pre_secret", secret, recorded_events, secret=True)
    recorded.join()
    assert any(isinstance(event, HandshakeValue) for event in recorded.events())
    assert secret not in capture_bytes(recorded.events(), "client", 0.0, with_texts=True)


def test_a_connection_that_goes_on_has_no_end() -> None:
    """Recording was switched off: no FIN is made up."""
    recorded = Recorded().begin()
    recorded.join()
    before = blocks(capture_bytes(recorded.events(), "client", 0.0))
    recorded.end(closed=False)
    assert blocks(capture_bytes(recorded.events(), "client", 0.0)) == before


def test_a_comment_that_is_too_long_ends_with_a_whole_letter() -> None:
    """pcapng: a comment is UTF-8, and an option holds 65,535 bytes."""
    option = pcapng._option(1, "x" + "€" * 30_000)
    code, length = struct.unpack("<HH", option[:4])
    assert (code, length) == (1, 59_998)
    assert option[4 : 4 + length].decode("utf-8") == "x" + "€" * 19_999
