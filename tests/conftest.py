"""For all tests: hypothesis judges what comes out, never how long it took on a busy machine; no packet leaves
this computer; and the marks by which `.ci/run` knows what to repeat."""

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import settings

from tests.marks import put_marks

settings.register_profile("localchat", deadline=None)
settings.load_profile("localchat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    put_marks(items)


@pytest.fixture(scope="session", autouse=True)
def _nothing_leaves_this_computer() -> Any:
    """A UDP packet to elsewhere, or joining a group (which the system tells the network), fails the test."""
    real_sendto, real_setsockopt = socket.socket.sendto, socket.socket.setsockopt

    def sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        if not ipaddress.ip_address(rest[-1][0]).is_loopback:
            raise AssertionError(f"a packet to {rest[-1]} from a test")
        return real_sendto(self, data, *rest)

    def setsockopt(self: socket.socket, level: int, option: int, *rest: Any) -> None:
        if (level, option) == (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP):
            raise AssertionError("a multicast group joined by a test")
        real_setsockopt(self, level, option, *rest)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "sendto", sendto)
    patch.setattr(socket.socket, "setsockopt", setsockopt)
    yield
    patch.undo()
