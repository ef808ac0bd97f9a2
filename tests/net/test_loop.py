"""The event loop: turns, timers, wake-up, pool."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from netcore.net import loop as loop_module
from netcore.net.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    yield ours, theirs
    ours.close()
    theirs.close()


def run(loop: Loop) -> None:
    def crash(error: BaseException) -> None:
        raise error

    watchdog = loop.call_later(20, lambda: pytest.fail("the loop did not end"))
    loop.run(crash)
    watchdog.cancel()


def test_timers_run_in_order_of_time_then_of_making(loop: Loop) -> None:
    order: list[str] = []
    loop.call_later(0.02, lambda: order.append("late"))
    loop.call_later(0.0, lambda: order.append("first"))
    loop.call_later(0.0, lambda: order.append("second"))
    loop.call_later(0.03, loop.stop)
    run(loop)
    assert order == ["first", "second", "late"]


def test_a_cancelled_timer_does_not_run(loop: Loop) -> None:
    ran: list[str] = []
    timer = loop.call_later(0.0, lambda: ran.append("cancelled"))
    # One due timer may cancel another that is due in the same turn.
    loop.call_later(0.0, lambda: ran.append("kept"))
    timer.cancel()
    loop.call_later(0.01, loop.stop)
    run(loop)
    assert ran == ["kept"]


def test_post_wakes_a_sleeping_loop_from_another_thread(loop: Loop) -> None:
    """Commands go in by a deque and one byte on a socketpair."""
    got: list[int] = []

    def other() -> None:
        for number in range(10_000):
            loop.post(lambda number=number: got.append(number))  # type: ignore[misc]
        loop.post(loop.stop)

    thread = threading.Thread(target=other)
    loop.call_later(0.0, thread.start)
    run(loop)
    thread.join()
    assert got == list(range(10_000))


def test_post_after_the_end_changes_nothing(loop: Loop) -> None:
    """Another thread may not know yet: its call neither runs nor raises, though the sockets are closed."""
    ran: list[int] = []
    loop.post(loop.stop)
    run(loop)
    for number in range(3):
        loop.post(lambda number=number: ran.append(number))  # type: ignore[misc]
    loop.run(lambda error: pytest.fail(str(error)))
    assert ran == []


def test_a_turn_runs_only_what_was_posted_before_it(loop: Loop) -> None:
    """A callback that posts itself again must not keep the sockets waiting."""
    turns: list[str] = []
    posts = 0

    def again() -> None:
        nonlocal posts
        posts += 1
        turns.append("post")
        loop.at_turn_end(lambda: turns.append("end"))
        if posts < 3:
            loop.post(again)
        else:
            loop.call_later(0.0, loop.stop)

    loop.post(again)
    run(loop)
    assert turns == ["post", "end"] * 3


def test_turn_end_comes_before_flush_and_both_after_posts(loop: Loop) -> None:
    order: list[str] = []

    def turn() -> None:
        loop.at_flush(lambda: order.append("flush"))
        loop.at_turn_end(end)
        loop.post(loop.stop)
        order.append("post")

    def end() -> None:
        order.append("end")
        loop.at_flush(lambda: order.append("flush of the end"))
        loop.at_turn_end(lambda: order.append("next end"))

    loop.post(turn)
    run(loop)
    assert order == ["post", "end", "flush", "flush of the end", "next end"]


def test_a_socket_closed_by_an_earlier_callback_is_not_called(loop: Loop) -> None:
    """Both sockets are ready in the same turn; the first callback forgets the second's."""
    a, far_a = socket.socketpair()
    b, far_b = socket.socketpair()
    called: list[str] = []

    def watch(name: str, own: socket.socket, other: socket.socket) -> None:
        def on_event(readable: bool, writable: bool) -> None:
            called.append(name)
            own.recv(9)
            loop.unwatch(other)
            loop.call_later(0.01, loop.stop)

        loop.watch(own, on_event)

    watch("a", a, b)
    watch("b", b, a)
    far_a.send(b"x")
    far_b.send(b"x")
    run(loop)
    assert len(called) == 1
    for sock in (a, b, far_a, far_b):
        sock.close()


def test_a_resting_socket_is_not_called(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    events: list[tuple[bool, bool]] = []
    loop.watch(ours, lambda r, w: events.append((r, w)))
    loop.interest(ours, read=False, write=False)
    theirs.send(b"x")
    loop.call_later(0.02, loop.stop)
    run(loop)
    assert events == []


def test_write_interest(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    events: list[tuple[bool, bool]] = []

    def on_event(readable: bool, writable: bool) -> None:
        events.append((readable, writable))
        loop.stop()

    loop.watch(ours, on_event)
    loop.interest(ours, read=True, write=True)
    run(loop)
    assert events == [(False, True)]


def test_the_pool_works_elsewhere_and_answers_on_the_loop(loop: Loop) -> None:
    here = threading.get_ident()
    answers: list[object] = []

    def done(future: Future[int]) -> None:
        answers.append((future.result() != here, threading.get_ident() == here))
        loop.in_pool(fail, failed)

    def fail() -> int:
        raise ValueError("job")

    def failed(future: Future[int]) -> None:
        with pytest.raises(ValueError, match="job"):
            future.result()
        answers.append(("raised", threading.get_ident() == here))
        loop.stop()

    loop.in_pool(threading.get_ident, done)
    run(loop)
    assert answers == [(True, True), ("raised", True)]


def test_a_callback_that_raises_is_told_and_everything_is_closed(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """A crash of the network thread is visible, never a silent stop."""
    ours, theirs = pair
    loop = Loop()
    loop.watch(ours, lambda r, w: None)
    loop.post(lambda: [][1])
    crashes: list[BaseException] = []
    loop.run(crashes.append)
    assert [type(crash) for crash in crashes] == [IndexError]
    assert theirs.recv(1) == b""


def test_a_slow_callback_is_logged(
    loop: Loop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "SLOW_CALLBACK_S", -1.0)  # clocks can be coarse

    def slow() -> None:
        loop.stop()

    loop.post(slow)
    run(loop)
    assert any("slow held the loop up" in record.getMessage() for record in caplog.records)


def test_an_idle_loop_sleeps(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """No spinning: with nothing to do until a timer is due, it waits in `select`, once."""
    waits: list[float | None] = []
    select = loop._selector.select

    def noted(timeout_s: float | None = None) -> object:
        waits.append(timeout_s)
        return select(timeout_s)

    monkeypatch.setattr(loop._selector, "select", noted)
    loop.call_later(0.2, loop.stop)
    run(loop)
    # One wait may end a moment early: clocks and `select` round differently.
    assert len(waits) <= 3 and waits[0] is not None and waits[0] > 0.1
