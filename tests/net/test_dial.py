"""Getting a connection: several addresses, none of them waited for."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Sequence

import pytest

from netcore import limits
from netcore.errors import CannotReach
from netcore.net import dial as dial_module
from netcore.net.dial import Address, Dial, look_up, why
from netcore.net.loop import Loop

Result = tuple[socket.socket | None, CannotReach | None]


def dialled(host: str, port: int) -> Result:
    """One dial on a loop of its own."""
    loop = Loop()
    results: list[Result] = []

    def done(sock: socket.socket | None, error: CannotReach | None) -> None:
        results.append((sock, error))
        loop.stop()

    loop.post(lambda: keep.append(Dial(loop, host, port, done)))
    keep: list[Dial] = []
    crashes: list[BaseException] = []
    loop.run(crashes.append)
    assert not crashes and len(results) == 1
    return results[0]


def addresses(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, int]) -> None:
    """What the look-up of any name gives."""
    known: Sequence[Address] = [(socket.AF_INET, one) for one in found]
    monkeypatch.setattr(dial_module, "look_up", lambda host, port: list(known))


@pytest.fixture
def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_listening_server_is_reached(listener: socket.socket) -> None:
    with listener:
        sock, error = dialled("127.0.0.1", listener.getsockname()[1])
        assert error is None and sock is not None
        with sock:
            assert sock.getpeername() == listener.getsockname()
            assert not sock.getblocking()


def test_nobody_there() -> None:
    """An error says what happened, the likely cause, and what to do."""
    sock, error = dialled("127.0.0.1", closed_port())
    assert sock is None and isinstance(error, CannotReach)
    assert "nobody listens there" in str(error) and error.exit_code == 5


def test_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up's failure is a sentence, too."""

    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    sock, error = dialled("no-such-host", 5050)
    assert sock is None and "name is not known" in str(error)


def test_the_second_address_is_tried_when_the_first_refuses(
    monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """All addresses of a name are tried."""
    with listener:
        addresses(monkeypatch, ("127.0.0.1", closed_port()), listener.getsockname())
        sock, _ = dialled("name", 1)
        assert sock is not None
        with sock:
            assert sock.getpeername() == listener.getsockname()


def test_an_address_without_an_answer_does_not_hold_the_next_up(
    monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """RFC 8305: the next address is tried after a head start, not after a timeout."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(listener)
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):  # a full backlog drops what comes, as a firewall does
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        addresses(monkeypatch, silent.getsockname(), listener.getsockname())
        sock, _ = dialled("name", 1)
        # Had it waited for the silent one, CONNECT_S would have ended it all before.
        assert sock is not None
        with sock:
            assert sock.getpeername() == listener.getsockname()


def test_no_answer_at_all_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """CONNECT_S is the bound for all addresses together."""
    monkeypatch.setattr(limits, "CONNECT_S", 0.2)
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        sock, error = dialled("127.0.0.1", silent.getsockname()[1])
        assert sock is None and "no answer" in str(error)


def test_a_cancelled_dial_says_nothing() -> None:
    loop = Loop()
    results: list[Result] = []

    def begin() -> None:
        dial = Dial(loop, "127.0.0.1", closed_port(), lambda *result: results.append(result))
        loop.call_later(0.0, dial.cancel)
        loop.call_later(0.2, loop.stop)

    loop.post(begin)
    loop.run(lambda error: pytest.fail(str(error)))
    assert results == []


def test_a_socket_connected_to_itself_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local port without a listener can be drawn as our own: a connection, but to nobody."""
    real = socket.socket
    port = closed_port()

    class Bound(real):  # type: ignore[misc,valid-type]
        """Draws the very port that it dials."""

        def connect_ex(self, address: tuple[str, int]) -> int:
            with contextlib.suppress(OSError):
                self.bind(address)
            return int(super().connect_ex(address))

    monkeypatch.setattr(socket, "socket", Bound)
    addresses(monkeypatch, ("127.0.0.1", port))
    sock, error = dialled("name", port)
    assert sock is None and "nobody listens" in str(error)


def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One broken family must not cost a wait for each of its addresses."""
    four = [(socket.AF_INET, 1, 6, "", (f"10.0.0.{i}", 1)) for i in range(2)]
    six = [(socket.AF_INET6, 1, 6, "", (f"::{i}", 1, 0, 0)) for i in range(2)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: six + four)
    assert [family for family, _ in look_up("x", 1)] == [socket.AF_INET6, socket.AF_INET] * 2


@pytest.mark.parametrize(
    "code",
    [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EIO],
)
def test_every_cause_is_a_clause(code: int) -> None:
    assert why(code).endswith((".", "?"))
