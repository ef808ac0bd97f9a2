"""One connection over a socketpair: the send queue, reading, and ends of every kind."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from netcore import limits
from netcore.net import connection as connection_module
from netcore.net.connection import Connection
from netcore.net.loop import Loop


class Owner:
    """Notes what it is told; `act` runs with each note."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.data = b""
        self.act: Callable[[str], None] = lambda note: None

    def note(self, what: str) -> None:
        self.notes.append(what)
        self.act(what)

    def on_bytes(self, data: bytes) -> None:
        assert len(data) <= limits.READ_BYTES_PER_TURN
        self.data += data
        self.note("bytes")

    def on_eof(self) -> None:
        self.note("eof")

    def on_lost(self, error: OSError) -> None:
        self.note("lost")

    def on_drained(self) -> None:
        self.note("drained")


class Bench:
    """A loop with one TCP connection to ourselves; `far` is the other end, blocking."""

    def __init__(self) -> None:
        self.loop = Loop()
        # Small buffers, so that a few hundred KiB are more than the kernel takes.
        self.far = socket.socket()
        self.far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.far.connect(listener.getsockname())
            near, _ = listener.accept()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self.far.settimeout(10)
        self.owner = Owner()
        self.connection = Connection(self.loop, near, self.owner)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Turn the loop until `done()`; fails after 10 s."""
        end_s = self.loop.now() + 10
        while not done():
            assert self.loop.now() < end_s, self.owner.notes
            self.loop.call_later(0.01, lambda: None)
            self.loop._turn()

    def turns(self, count: int = 3) -> None:
        for _ in range(count):
            self.loop.call_later(0.0, lambda: None)
            self.loop._turn()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.loop.close()
    made.far.close()


class Reader(threading.Thread):
    """Reads the far end to its end of stream."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self.sock = sock
        self.data = bytearray()
        self.start()

    def run(self) -> None:
        while piece := self.sock.recv(65_536):
            self.data += piece


def test_bytes_come_in_and_go_out(bench: Bench) -> None:
    bench.far.sendall(b"hello")
    bench.run_until(lambda: bench.owner.data == b"hello")
    bench.connection.send([b"wor", b"ld"])
    bench.turns()
    assert bench.far.recv(99) == b"world"
    assert (bench.connection.in_bytes, bench.connection.out_bytes) == (5, 5)
    assert bench.owner.notes == ["bytes"]


def test_a_read_takes_more_where_files_are_expected(bench: Bench) -> None:
    """One read a turn, of 64 KiB, or of a whole frame of a file; never more than the laboratory allows."""
    asked: list[int] = []

    class Socket:
        def recv(self, most_bytes: int) -> bytes:
            asked.append(most_bytes)
            return b"x"

    sock, bench.connection._sock = bench.connection._sock, Socket()  # type: ignore[assignment]
    for expected, cut in ((False, None), (True, None), (True, 10), (False, 10), (False, None)):
        bench.connection.expect_files(expected)
        bench.connection.cut_reading(cut)
        bench.connection._on_event(True, False)
    bench.connection._sock = sock
    few, many = limits.READ_BYTES_PER_TURN, limits.FILE_READ_BYTES_PER_TURN
    assert asked == [few, many, 10, 10, few] and few == 65_536 and many == 4 + 262_248


def test_one_system_call_a_turn(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued in one turn leaves together at its end."""
    calls: list[int] = []
    hand_over = Connection._hand_over

    def counted(self: Connection, offered: bytes | deque[bytes | memoryview]) -> int | None:
        calls.append(1)
        return hand_over(self, offered)

    monkeypatch.setattr(Connection, "_hand_over", counted)
    for _ in range(50):
        bench.connection.send([b"a", b"b"])
    bench.turns()
    assert calls == [1]
    assert bench.far.recv(999) == b"ab" * 50


@pytest.mark.parametrize("most_chunks", [16, connection_module.MOST_CHUNKS])
def test_short_writes_lose_and_repeat_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, most_chunks: int
) -> None:
    """More than the kernel's buffer, in chunks of all sizes, more of them than one call takes."""
    monkeypatch.setattr(connection_module, "MOST_CHUNKS", most_chunks)
    chunks = [bytes([n % 251]) * (n * 7 % 3_000 + 1) for n in range(3_000)]
    bench.connection.send(chunks)
    bench.turns()
    assert bench.connection.queued_bytes > 0
    reader = Reader(bench.far)
    bench.run_until(lambda: bench.connection.queued_bytes == 0)
    assert bench.owner.notes == ["drained"]
    bench.connection.close_after_flush(1.0)
    bench.turns()
    reader.join(10)
    assert bytes(reader.data) == b"".join(chunks)
    assert bench.connection.out_bytes == len(reader.data)


def test_send_now_sends_at_once_and_queues_the_rest(bench: Bench) -> None:
    assert bench.connection.send_now([b"a", b"b"])
    assert bench.connection.send_now([])
    assert bench.far.recv(9) == b"ab"
    chunks = [bytes([n]) * 100_000 for n in range(12)]
    assert not bench.connection.send_now(chunks[:6])
    assert 0 < bench.connection.queued_bytes < 600_000
    assert bench.connection._chunks[-1] is chunks[5], "a slow member costs a pointer, not a copy"
    assert not bench.connection.send_now(chunks[6:])
    reader = Reader(bench.far)
    bench.run_until(lambda: bench.connection.queued_bytes == 0)
    assert bench.owner.notes == ["drained"]
    bench.connection.close_after_flush(1.0)
    bench.turns()
    reader.join(10)
    assert bytes(reader.data) == b"".join(chunks)
    assert bench.connection.out_bytes == 2 + len(reader.data)


def test_the_fallback_without_sendmsg(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_HAS_SENDMSG", False)
    chunks = [b"x" * 10_000, b"y" * 300_000, b"z"] * 5
    bench.connection.send(chunks)
    bench.connection.close_after_flush(10.0)
    reader = Reader(bench.far)
    bench.run_until(lambda: not reader.is_alive())
    assert bytes(reader.data) == b"".join(chunks)


def test_write_interest_only_while_something_waits(bench: Bench) -> None:
    """A socket with room is always writable: asking for that without need would spin."""
    interests: list[bool] = []
    interest = bench.loop.interest

    def spy(sock: socket.socket, read: bool, write: bool) -> None:
        interests.append(write)
        interest(sock, read, write)

    bench.loop.interest = spy  # type: ignore[method-assign]
    bench.connection.send([b"small"])
    bench.turns()
    assert interests == []
    bench.connection.send([b"x" * 1_000_000])
    bench.turns()
    assert interests == [True]
    reader = Reader(bench.far)
    bench.run_until(lambda: bench.connection.queued_bytes == 0)
    assert interests == [True, False]
    bench.connection.close_after_flush(1)
    bench.turns()
    reader.join(10)


def test_the_age_of_a_stall(bench: Bench) -> None:
    """PROTOCOL §9: close after 30 s without progress. Progress is bytes taken, not bytes queued."""
    bench.connection.send([b"x" * 1_000_000])
    bench.turns()
    stalled_s = bench.connection.progress_s
    bench.connection.send([b"more"])
    bench.turns()
    assert bench.connection.progress_s == stalled_s
    bench.far.recv(1_000_000)
    bench.run_until(lambda: bench.connection.progress_s > stalled_s)


def test_paused_reading_leaves_the_bytes_with_the_kernel(bench: Bench) -> None:
    bench.connection.pause()
    bench.far.sendall(b"later")
    bench.turns()
    assert bench.owner.notes == []
    bench.connection.resume()
    bench.run_until(lambda: bench.owner.data == b"later")


def test_a_paused_owner_is_told_when_the_queue_is_empty(bench: Bench) -> None:
    """Else an owner that paused because of a long queue would wait for ever."""
    bench.connection.pause()
    bench.connection.send([b"x"])
    bench.turns()
    assert bench.owner.notes == ["drained"]


def test_half_close(bench: Bench) -> None:
    """The other side may be done with sending and still read; it is told once, without spinning."""
    bench.far.shutdown(socket.SHUT_WR)
    bench.run_until(lambda: bench.owner.notes == ["eof"])
    bench.turns()
    assert bench.owner.notes == ["eof"]
    bench.connection.send([b"still here"])
    bench.turns()
    assert bench.far.recv(99) == b"still here"


def test_reset(bench: Bench) -> None:
    bench.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.far.close()
    bench.run_until(lambda: bench.owner.notes == ["lost"])
    assert bench.connection.closed
    bench.connection.send([b"into the void"])
    bench.turns()
    assert bench.owner.notes == ["lost"]


def test_sending_into_a_reset_is_a_loss_too(bench: Bench) -> None:
    bench.connection.pause()
    bench.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.far.close()
    bench.connection.send([b"x"])
    bench.run_until(lambda: bench.owner.notes == ["lost"])


def test_last_words_arrive_before_the_end(bench: Bench) -> None:
    """A flood while we close must not swallow the final message."""
    bench.far.sendall(b"f" * 40_000)
    closed: list[bool] = []
    bench.connection.send([b"last words"])
    bench.connection.close_after_flush(5.0, lambda: closed.append(True))
    bench.connection.send([b"nothing after it"])
    bench.turns()
    assert bench.far.recv(99) == b"last words"
    assert bench.far.recv(99) == b""
    assert not closed
    bench.far.close()
    bench.run_until(lambda: bool(closed))
    assert bench.connection.closed
    assert bench.owner.notes == []


def test_a_flood_does_not_keep_a_closing_connection_open(bench: Bench) -> None:
    """PROTOCOL §3.5: it reads and drops at most 64 KiB."""
    bench.connection.close_after_flush(5.0)
    with pytest.raises(OSError):
        bench.far.settimeout(0)
        while not bench.connection.closed:
            with contextlib.suppress(BlockingIOError):
                bench.far.send(b"f" * 65_536)
            bench.turns(1)
        bench.far.send(b"f")
        bench.far.send(b"f")
    assert bench.connection._to_drain_bytes <= 0


def test_the_drain_ends_by_its_clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DRAIN_S", 0.02)
    bench.connection.close_after_flush(5.0)
    bench.run_until(lambda: bench.connection.closed)


def test_a_peer_that_does_not_read_cannot_hold_a_close_up(bench: Bench) -> None:
    bench.connection.send([b"x" * 1_000_000])
    bench.turns()
    bench.connection.close_after_flush(0.02)
    bench.run_until(lambda: bench.connection.closed)


def test_half_closed_peer_still_gets_the_last_words(bench: Bench) -> None:
    bench.far.shutdown(socket.SHUT_WR)
    bench.connection.send([b"x" * 500_000])
    bench.connection.close_after_flush(10.0)
    reader = Reader(bench.far)
    bench.run_until(lambda: bench.connection.closed)
    reader.join(10)
    assert len(reader.data) == 500_000


def test_a_fault_of_ours_costs_this_connection_only(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """An exception in one handler; only that client is closed, and it is logged."""

    def act(note: str) -> None:
        if note == "bytes":
            raise KeyError("defect")

    bench.owner.act = act
    bench.far.sendall(b"x")
    bench.run_until(lambda: bench.owner.notes == ["bytes", "lost"])
    assert bench.connection.closed
    assert any(record.exc_info for record in caplog.records)
    assert bench.far.recv(1) == b""


def test_guard(bench: Bench) -> None:
    def defect() -> None:
        raise KeyError("defect")

    bench.connection.guard(defect)
    assert bench.owner.notes == ["lost"]


def test_drop_in_the_middle_of_a_read(bench: Bench) -> None:
    bench.owner.act = lambda note: bench.connection.drop()
    bench.far.sendall(b"x")
    bench.run_until(lambda: bench.connection.closed)
    bench.turns()
    assert bench.owner.notes == ["bytes"]
