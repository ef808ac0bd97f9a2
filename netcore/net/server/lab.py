"""The host's laboratory: which connections are recorded, and which members are frozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netcore.net.api.commands import Freeze, Record
from netcore.net.api.events import Event, LabSwitches
from netcore.net.server.link import ServerLink


class HostLab:
    """Thread: netcore-loop only."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._links: set[ServerLink] = set()
        self._all = False
        self._recorded: set[bytes] = set()

    def submit(self, command: Record | Freeze) -> None:
        """Do what the host asks, also before the room is open."""
        match command:
            case Record(on, None):
                self._all = on
                if not on:
                    self._recorded.clear()
            case Record(on, bytes(member_id)):
                (self._recorded.add if on else self._recorded.discard)(member_id)
            case Freeze(member_id, frozen):
                self._freeze(member_id, frozen)
        for link in self._links:
            link.record(self._wants(link))
        self._tell()

    def _freeze(self, member_id: bytes, frozen: bool) -> None:
        for link in list(self._links):
            if member_id and link.member_id == member_id:
                link.connection.guard(partial(link.freeze, frozen))

    def received(self, link: ServerLink) -> None:
        """A new connection."""
        self._links.add(link)
        if self._all:
            link.record(True)

    def admitted(self, link: ServerLink) -> None:
        """It is known now whose it is."""
        if self._wants(link):
            link.record(True)

    def closed(self, link: ServerLink) -> None:
        """Its socket is closed."""
        self._links.discard(link)
        if link.frozen:
            self._tell()

    def _wants(self, link: ServerLink) -> bool:
        return self._all or link.member_id in self._recorded

    def _tell(self) -> None:
        frozen = frozenset(link.member_id for link in self._links if link.frozen)
        self._emit(LabSwitches(recording=self._all, recorded=frozenset(self._recorded), frozen=frozen))
