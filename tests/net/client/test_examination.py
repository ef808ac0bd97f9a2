"""The doctor looks at real things on 127.0.0.1, and never further than it says."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from netcore import limits
from netcore.engine import Diagnosis, DoctorConfig, Examined, Failed, Stop, Stopped, start_doctor
from netcore.errors import BadAddress, CannotReach
from netcore.net import dial
from netcore.net.client import examination
from netcore.net.client.examination import shares_network
from netcore.net.dial import Unreachable, kind_of
from netcore.net.discovery import Interface
from tests.net.conftest import House
from tests.waiting import WAIT_S


def examine(target: str, is_ours: bool = False) -> Diagnosis:
    """What it says in the end; each look only adds to the one before."""
    engine = start_doctor(DoctorConfig(target, is_ours))
    told: list[Examined] = []
    try:
        while True:
            event = engine.events.get(timeout=WAIT_S)
            if isinstance(event, Failed):
                raise event.error
            assert isinstance(event, Examined), event
            told.append(event)
            if event.done:
                break
    finally:
        engine.submit(Stop())
        while not isinstance(engine.events.get(timeout=WAIT_S), Stopped):
            pass
        assert engine.join(WAIT_S)
    for before, after in pairwise(told):
        assert {step.name for step in before.diagnosis.steps} <= {step.name for step in after.diagnosis.steps}
        assert not before.diagnosis.cause
    return told[-1].diagnosis


def connection_and_answer(found: Diagnosis) -> list[tuple[str, bool | None]]:
    return [(one.name.value, one.passed) for one in found.steps if one.name.value in ("connection", "answer")]


@contextmanager
def stranger(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something that listens, and is no LocalChat."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                answer(sock)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(WAIT_S)


def test_a_room_that_answers(house: House) -> None:
    """Its key is proved and shown; nobody has joined."""
    found = examine(f"127.0.0.1:{house.port}")
    assert found.works and connection_and_answer(found) == [("connection", True), ("answer", True)]
    assert any("SHA256:" in step.words for step in found.steps)
    house.join(0, "Ada")
    assert [event for event in house.events if "Joined" in type(event).__name__] == []


@pytest.mark.parametrize(
    ("here", "cause"), [((("wlan0", "192.168.1.7"),), "this computer only"), ((), "on no network")]
)
def test_the_host_s_own_question(
    house: House, monkeypatch: pytest.MonkeyPatch, here: tuple[tuple[str, str], ...], cause: str
) -> None:
    monkeypatch.setattr(examination, "look_here", lambda: here)
    assert cause in examine(f"127.0.0.1:{house.port}", is_ours=True).cause


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = examine(f"127.0.0.1:{port}")
    assert not found.works and connection_and_answer(found) == [("connection", False)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "Another program than LocalChat"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "Another program than LocalChat"),
        (bytes.fromhex("1500000101"), "too much to do"),
        (bytes.fromhex("1500000102"), "another version of LocalChat"),
        (b"", "ends the connection"),
    ],
)
def test_something_else_answers(answer: bytes, cause: str) -> None:
    def say(sock: socket.socket) -> None:
        sock.recv(84, socket.MSG_WAITALL)
        sock.sendall(answer)

    with stranger(say) as port:
        found = examine(f"127.0.0.1:{port}")
    assert cause in found.cause and not found.works
    assert connection_and_answer(found) == [("connection", True), ("answer", False)]


def test_something_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HANDSHAKE_S", 0.2)

    def wait(sock: socket.socket) -> None:
        while sock.recv(1024):  # until the doctor has had enough
            pass

    with stranger(wait) as port:
        assert "does not speak" in examine(f"127.0.0.1:{port}").cause


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver is faked at its edge: nobody is asked."""
    monkeypatch.setattr(examination, "look_here", lambda: (("wlan0", "192.168.1.7"),))
    monkeypatch.setattr(examination, "look_up", lambda host, port: [])
    found = examine("no-such-computer")
    assert [step.passed for step in found.steps if step.name.value == "name"] == [False]
    assert "no-such-computer" in found.cause


@pytest.mark.parametrize("why", [Unreachable.TIMED_OUT, Unreachable.NO_ROUTE, Unreachable.NOT_ALLOWED])
def test_what_the_system_says_of_a_connection(why: Unreachable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faked at the edge, since nothing may leave this computer here."""

    class NoWay(dial.Dial):
        def __init__(self, loop: object, host: str, port: int, done: Callable[..., None]) -> None:
            done(None, CannotReach(address=host, why="?", kind=why))

    monkeypatch.setattr(examination, "Dial", NoWay)
    found = examine("192.0.2.7:5050")
    assert connection_and_answer(found) == [("connection", False)] and found.cause


def test_a_target_that_is_none_is_said_at_once() -> None:
    with pytest.raises(BadAddress):
        examine("300.1.1.1")


def test_it_can_be_stopped_half_way() -> None:
    """A window that is closed does not wait for it."""
    with stranger(lambda sock: None) as port:
        engine = start_doctor(DoctorConfig(f"127.0.0.1:{port}"))
        engine.submit(Stop())
        while not isinstance(engine.events.get(timeout=WAIT_S), Stopped):
            pass
        assert engine.join(WAIT_S)
        socket.create_connection(("127.0.0.1", port)).close()  # it may not have come so far


@pytest.mark.parametrize(
    ("addresses", "shares"),
    [
        (("192.168.1.20",), True),
        (("10.0.0.1",), False),
        (("10.0.0.1", "192.168.1.20"), True),
        (("fe80::1",), None),
        ((), None),
    ],
)
def test_whether_both_are_on_one_link(addresses: tuple[str, ...], shares: bool | None) -> None:
    here = (Interface("wlan0", "192.168.1.7", "255.255.255.0"), Interface("network", "10.0.0.9"))
    assert shares_network(addresses, here) is shares
    assert shares_network(addresses, here[1:]) is None


def test_error_numbers_have_kinds() -> None:
    numbers = {
        errno.ECONNREFUSED: Unreachable.REFUSED, errno.ETIMEDOUT: Unreachable.TIMED_OUT,
        errno.EHOSTUNREACH: Unreachable.NO_ROUTE, errno.ENETUNREACH: Unreachable.NO_ROUTE,
        errno.EACCES: Unreachable.NOT_ALLOWED, errno.EPERM: Unreachable.NOT_ALLOWED,
        errno.EIO: Unreachable.OTHER,
    }  # fmt: skip
    assert {number: kind_of(number) for number in numbers} == numbers
