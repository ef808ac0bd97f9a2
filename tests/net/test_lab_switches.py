"""What the laboratory does to one connection: the two knives, freezing, and a tape; and that off is off."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from netcore import limits
from netcore.net import connection as connection_module
from netcore.net import knife as knife_module
from netcore.net.connection import Connection
from netcore.net.knife import MOST_PIECES, SendKnife
from netcore.trace import Chunk, RecordingEnded, Tape, TraceEvent, Turn
from tests.net.test_connection import Bench, Reader
from tests.net.test_connection import bench as bench


class Calls:
    """Every system call of a connection, as it was made: what was asked for, and what was sent when."""

    def __init__(self, connection: Connection) -> None:
        self.real = connection._sock
        self.sent: list[bytes] = []
        self.at_s: list[float] = []
        self.asked: list[int] = []
        connection._sock = self  # type: ignore[assignment]

    def send(self, data: bytes) -> int:
        taken = self.real.send(data)
        self.sent.append(bytes(data[:taken]))
        self.at_s.append(time.monotonic())
        return taken

    def sendmsg(self, chunks: list[bytes]) -> int:
        taken = self.real.sendmsg(chunks)
        self.sent.append(b"".join(chunks)[:taken])
        self.at_s.append(time.monotonic())
        return taken

    def recv(self, most_bytes: int) -> bytes:
        self.asked.append(most_bytes)
        return self.real.recv(most_bytes)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def __hash__(self) -> int:
        return hash(self.real)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self.real


def far_end(bench: Bench, size_bytes: int) -> bytes:
    data = b""
    while len(data) < size_bytes:
        data += bench.far.recv(65_536)
    return data


def test_the_receivers_knife_is_exact(bench: Bench) -> None:
    calls = Calls(bench.connection)
    bench.connection.cut_reading(3)
    bench.far.sendall(b"0123456789")
    bench.run_until(lambda: bench.owner.data == b"0123456789")
    assert bench.owner.notes == ["bytes"] * 4 and set(calls.asked) == {3}
    bench.connection.cut_reading(None)
    bench.far.sendall(bytes(100))
    bench.run_until(lambda: len(bench.owner.data) == 110)
    assert calls.asked[-1] == limits.READ_BYTES_PER_TURN and len(bench.owner.notes) == 5


def test_the_senders_knife_cuts_with_pauses(bench: Bench) -> None:
    calls = Calls(bench.connection)
    bench.connection.cut_sending(SendKnife.cut(4))
    bench.connection.send([b"0123456789", b"abc"])
    bench.run_until(lambda: not bench.connection.queued_bytes)
    assert calls.sent == [b"0123", b"4567", b"89", b"abc"]
    pauses = [after - before for before, after in zip(calls.at_s, calls.at_s[1:], strict=False)]
    assert all(pause >= knife_module.CUT_PAUSE_S for pause in pauses)
    assert far_end(bench, 13) == b"0123456789abc"


def test_a_long_frame_is_cut_into_64_pieces_at_most(bench: Bench) -> None:
    calls = Calls(bench.connection)
    bench.connection.cut_sending(SendKnife.cut(1))
    bench.connection.send([bytes(1_000), b"xy"])
    bench.run_until(lambda: not bench.connection.queued_bytes)
    assert [len(piece) for piece in calls.sent[:-2]] == [16] * 62 + [8]
    assert len(calls.sent) - 2 <= MOST_PIECES and calls.sent[-2:] == [b"x", b"y"]


def test_the_senders_knife_joins(bench: Bench) -> None:
    calls = Calls(bench.connection)
    bench.connection.cut_sending(SendKnife.join(0.05))
    for one in (b"one", b"two", b"three"):
        bench.connection.send([one])
        bench.turns(1)
    assert calls.sent == [] and not bench.connection.send_now([b"four"])
    bench.run_until(lambda: not bench.connection.queued_bytes)
    assert calls.sent == [b"onetwothreefour"]


def test_off_sends_what_waits_at_once(bench: Bench) -> None:
    calls = Calls(bench.connection)
    bench.connection.cut_sending(SendKnife.join(3_600.0))
    bench.connection.send([b"waits"])
    bench.turns()
    assert calls.sent == []
    bench.connection.cut_sending(None)
    bench.turns()
    assert calls.sent == [b"waits"]


def test_off_in_the_middle_of_a_pause_on_a_full_buffer(bench: Bench) -> None:
    """While the knife rests nobody waits for the socket; whoever takes the knife away begins to again."""
    connection = bench.connection
    connection.cut_sending(SendKnife.cut(1))
    connection.send([bytes(1_000_000)])
    bench.run_until(lambda: connection._waiting)
    taken = 0

    def rests() -> bool:
        nonlocal taken
        if connection._resting is None:
            taken += len(bench.far.recv(4_096))
        return connection._waiting and connection._resting is not None

    bench.run_until(rests)
    connection.cut_sending(None)
    reader = Reader(bench.far)
    bench.run_until(lambda: not connection.queued_bytes)
    connection.drop()
    reader.join(10)
    assert taken + len(reader.data) == 1_000_000


def test_off_makes_the_same_calls_as_never_on() -> None:
    """Byte by byte and turn by turn: a connection whose switches were off, and one that never had any."""
    made = []
    for touched in (False, True):
        bench = Bench()
        if touched:
            bench.connection.cut_reading(1)
            bench.connection.cut_sending(SendKnife.cut(1))
            bench.connection.freeze(True)
            bench.connection.freeze(False)
            bench.connection.cut_sending(None)
            bench.connection.cut_reading(None)
        bench.turns()
        calls = Calls(bench.connection)
        by_turn = []
        for n in range(6):
            if n == 3:
                bench.connection.send_now([b"now" * 100, b"!"])
            else:
                bench.connection.send([b"%d" % n, bytes(200)])
            bench.loop.call_later(0.0, lambda: None)
            bench.loop._turn()
            by_turn.append(list(calls.sent))
        assert not bench.connection._queue_only
        bench.turns(1)
        made.append((by_turn, calls.asked, bench.connection.interest))
        bench.loop.close()
        bench.far.close()
    assert made[0] == made[1] and made[0][2] == "r"


def test_frozen_neither_reads_nor_writes_and_loses_nothing(bench: Bench) -> None:
    connection = bench.connection
    connection.freeze(True)
    assert connection.interest == ""
    bench.far.sendall(b"hello")
    connection.send([b"queued"])
    assert not connection.send_now([b" and more"])
    bench.turns()
    assert (bench.owner.data, connection.queued_bytes, connection.out_bytes) == (b"", 15, 0)
    connection.pause()
    connection.resume()
    assert connection.interest == "", "backpressure thawed it"
    connection.freeze(False)
    bench.run_until(lambda: bench.owner.data == b"hello" and not connection.queued_bytes)
    assert far_end(bench, 15) == b"queued and more"


@pytest.mark.parametrize("switch", ["frozen", "cut", "join"])
def test_a_close_ends_every_switch(bench: Bench, switch: str) -> None:
    """The last words leave, whatever held them up."""
    connection, closed = bench.connection, []
    if switch == "frozen":
        connection.freeze(True)
    else:
        connection.cut_sending(SendKnife.cut(1) if switch == "cut" else SendKnife.join(3_600.0))
    connection.send([b"last words" * 200])
    bench.turns()
    connection.close_after_flush(limits.FLUSH_S, lambda: closed.append(True))
    reader = Reader(bench.far)
    bench.run_until(lambda: not connection.queued_bytes)
    reader.join(10)
    assert bytes(reader.data) == b"last words" * 200
    bench.far.close()
    bench.run_until(lambda: bool(closed))


def drain(bench: Bench) -> list[TraceEvent]:
    return bench.loop.recorder.drain()


NO_SENDMSG = pytest.mark.skipif(not connection_module._HAS_SENDMSG, reason="not on Windows")


@pytest.mark.parametrize(
    ("sendmsg", "offered_bytes"), [pytest.param(True, 800_000, marks=NO_SENDMSG), (False, 280_000)]
)
def test_a_tape_gets_every_chunk(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, sendmsg: bool, offered_bytes: int
) -> None:
    """Also where there is no `sendmsg`, and a queue is offered in part."""
    monkeypatch.setattr(connection_module, "_HAS_SENDMSG", sendmsg)
    connection = bench.connection
    bench.far.sendall(b"before")
    bench.run_until(lambda: bench.owner.data == b"before")
    tape = Tape(bench.loop.recorder, 1, queued_bytes=lambda: connection.queued_bytes)
    tape.begin("server", "here", b"", connection.in_bytes, connection.out_bytes, "IN_ROOM")
    connection.tape = tape
    bench.far.sendall(b"after")
    bench.run_until(lambda: bench.owner.data == b"beforeafter")
    big = [bytes([i]) * 40_000 for i in range(20)]
    connection.send(big)
    bench.turns(1)
    taken_first = connection.out_bytes
    assert connection.queued_bytes, "the kernel took it all: nothing was tried"
    reader = Reader(bench.far)
    bench.run_until(lambda: not connection.queued_bytes)
    assert connection.send_now([b"the", b"end"])
    connection.drop()
    reader.join(10)
    events = drain(bench)
    came = [one for one in events if isinstance(one, Chunk) and one.direction == "in"]
    assert [(one.offset, one.data, one.offered_bytes) for one in came] == [
        (6, b"after", limits.READ_BYTES_PER_TURN)
    ]
    gone = [one for one in events if isinstance(one, Chunk) and one.direction == "out"]
    offset = 0
    for one in gone:
        assert one.offset == offset and len(one.data) <= one.offered_bytes
        offset += len(one.data)
    assert (len(gone[0].data), gone[0].offered_bytes) == (taken_first, offered_bytes)
    assert b"".join(one.data for one in gone) == b"".join(big) + b"theend" == bytes(reader.data)
    turns = [one for one in events if isinstance(one, Turn)]
    assert sum(one.writes for one in turns) >= len(gone) - 2 and max(one.queues[1] for one in turns) > 0
    assert not bench.loop.recorder.tapes


def test_what_is_read_at_the_end_is_on_the_tape(bench: Bench) -> None:
    connection = bench.connection
    connection.tape = Tape(bench.loop.recorder, 1)
    connection.pause()
    bench.far.sendall(b"goodbye")
    bench.turns()
    connection.read_rest()
    (chunk,) = [one for one in drain(bench) if isinstance(one, Chunk)]
    assert (chunk.direction, chunk.offset, chunk.data) == ("in", 0, b"goodbye")


@pytest.mark.parametrize("most_bytes", [0, -1, 10**12])
def test_a_senseless_knife_is_a_knife(bench: Bench, most_bytes: int) -> None:
    """`recv(0)` would look like the end of the stream."""
    bench.connection.cut_reading(most_bytes)
    bench.far.sendall(b"hello")
    bench.run_until(lambda: bench.owner.data == b"hello")
    assert set(bench.owner.notes) == {"bytes"}


def test_a_reset_is_told_at_the_end_of_the_tape(bench: Bench) -> None:
    connection = bench.connection
    tape = Tape(bench.loop.recorder, 1)
    tape.begin("server", "here", b"", 0, 0, "IN_ROOM")
    connection.tape = tape
    bench.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.far.close()
    bench.run_until(lambda: connection.closed)
    (ended,) = [one for one in drain(bench) if isinstance(one, RecordingEnded)]
    assert ended.broke  # in the words of the system


def test_nothing_is_told_of_turns_while_nobody_records(bench: Bench) -> None:
    bench.far.sendall(b"x")
    bench.run_until(lambda: bench.owner.data == b"x")
    assert drain(bench) == []
