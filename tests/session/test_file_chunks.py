"""FileChunk records over a connection (PROTOCOL §14.2)."""

from __future__ import annotations

import pytest

from netcore.errors import RecordError
from netcore.session.events import FileChunkReceived, MessageReceived
from netcore.session.table import State
from netcore.wire.framing import FrameType
from netcore.wire.messages import Ping, Pong
from tests.session.pair import Pair, failures, messages

BLOB = bytes(range(16))
DATA = bytes(range(256)) * 256 + bytes(16)  # the largest there is


@pytest.fixture
def pair() -> Pair:
    pair = Pair("chunks")
    pair.join()
    return pair


@pytest.mark.parametrize("piece_bytes", [1_000, 65_536])
def test_both_ways_and_in_order(pair: Pair, piece_bytes: int) -> None:
    """A chunk comes whole, between the messages that were sent before and after it."""
    for sender in (pair.client, pair.server):
        sender.send(Ping())
        sender.send_chunk(BLOB, 7, DATA)
        sender.send(Pong())
    pair.deliver(piece_bytes)
    expected = [MessageReceived(Ping()), FileChunkReceived(BLOB, 7, DATA), MessageReceived(Pong())]
    assert pair.client_events == pair.server_events == expected


def test_the_data_is_not_copied(pair: Pair) -> None:
    """One file lies in the queues of all who get it at once."""
    pair.server.send_chunk(BLOB, 0, DATA)
    assert pair.server.take_output()[1] is DATA


def test_how_much_of_what_came_is_of_files(pair: Pair) -> None:
    """It counts on another share than words do, also while a chunk is still coming."""
    pair.client.send(Ping())
    pair.client.send_chunk(BLOB, 0, DATA)
    pair.collect()
    frame_bytes = 4 + 40 + len(DATA)
    words = len(pair.to_server) - frame_bytes
    pair.step(words, 0)
    assert pair.server.in_chunk_bytes == 0
    for come in (1, 3, 1_000):
        pair.step(1, 0) if come == 1 else pair.step(come - 1, 0)
    assert pair.server.in_chunk_bytes == 1 + 2 + 999
    pair.deliver()
    assert pair.server.in_chunk_bytes == frame_bytes
    pair.client.send(Ping())
    pair.deliver()
    assert pair.server.in_chunk_bytes == frame_bytes
    assert len(messages(pair.server_events)) == 2


@pytest.mark.parametrize("place", [4, 20, 43, 44, -1])
def test_a_flipped_bit_ends_it_without_an_answer(pair: Pair, place: int) -> None:
    """§5.4: in the head, its tag, and the data, which has no tag of the connection's own."""
    pair.client.send_chunk(BLOB, 0, DATA)
    pair.collect()
    changed = bytearray(pair.to_server)
    changed[place] ^= 1
    pair.to_server = bytes(changed)
    pair.deliver()
    (failed,) = failures(pair.server_events)
    assert isinstance(failed.error, RecordError)
    assert pair.server.state is State.CLOSED and pair.to_client == b""


def test_before_it_is_in_the_room_nobody_sends_one() -> None:
    pair = Pair("chunks")
    pair.handshake()
    pair.client.send_chunk(BLOB, 0, DATA)
    assert pair.client.take_output() == []


def test_its_number_is_counted_with_the_others(pair: Pair) -> None:
    """§5: none can be left out."""
    for index in (0, 1):
        pair.client.send_chunk(BLOB, index, DATA)
    first, second = pair.client.take_output()[:2], pair.client.take_output()
    assert first[0][0] == FrameType.FILE_CHUNK and not second
    pair.client.send_chunk(BLOB, 2, DATA)
    pair.to_server = b"".join(first)
    pair.deliver()
    (failed,) = failures(pair.server_events)
    assert isinstance(failed.error, RecordError)
    assert [event for event in pair.server_events if isinstance(event, FileChunkReceived)] == [
        FileChunkReceived(BLOB, 0, DATA)
    ]
