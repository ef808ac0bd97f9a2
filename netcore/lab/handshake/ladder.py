"""The steps of an honest handshake, read off the tables that drive the sessions (PROTOCOL §3).

Nothing here is written down a second time: which frame comes next, who sends it and where it leads both
sides is what `session.table` says. So a picture drawn from this cannot differ from the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from netcore.lab.spans import frame_name
from netcore.session.table import CLIENT_TRANSITIONS, SERVER_TRANSITIONS, Act, Step, Table
from netcore.session.table import State as State  # for who draws them
from netcore.wire.framing import FrameType


class Party(Enum):
    """Who may know a value."""

    CLIENT = "client"
    SERVER = "server"
    EAVESDROPPER = "eavesdropper"

    @property
    def other(self) -> Party:
        """The other end of the connection."""
        return Party.SERVER if self is Party.CLIENT else Party.CLIENT


TABLES: Final[Mapping[Party, Table]] = MappingProxyType(
    {Party.CLIENT: CLIENT_TRANSITIONS, Party.SERVER: SERVER_TRANSITIONS}
)

_SEALED_WORDS: Final[Mapping[Party, str]] = MappingProxyType(
    {Party.CLIENT: "auth", Party.SERVER: "welcome"}
)
"""The one message that the first sealed record of each side holds (PROTOCOL §4.2, §4.3)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One message of the handshake."""

    sender: Party
    type: FrameType
    name: str
    """ClientHello, "Direct: auth"."""
    before: Mapping[Party, State]
    """The state of each side when this message leaves: an act that stands before it has been taken."""
    after: Mapping[Party, State]
    """The state of each side once its receiver has found it good."""


def _onward(table: Table, state: State) -> tuple[Step, State]:
    """The one step out of `state` that leads nearer to the room."""
    (found,) = [
        (step, after)
        for (before, step), after in table.items()
        if before is state and after not in (state, State.CLOSED)
    ]
    return found


@lru_cache
def ladder() -> tuple[Rung, ...]:
    """The messages from the first to the one that brings the client into the room."""
    states = dict.fromkeys(TABLES, State.NOTHING_KNOWN)
    receiver = Party.SERVER  # a server says nothing before it is spoken to
    rungs = []
    while states[Party.CLIENT] is not State.IN_ROOM:
        sender = receiver.other
        if states[sender] is not State.IN_ROOM:
            act, after_act = _onward(TABLES[sender], states[sender])
            if isinstance(act, Act):
                states[sender] = after_act
        frame_type, after = _onward(TABLES[receiver], states[receiver])
        assert isinstance(frame_type, FrameType)
        before = MappingProxyType(dict(states))
        states[receiver] = after
        name = frame_name(frame_type)
        if frame_type is FrameType.DIRECT:
            name = f"{name}: {_SEALED_WORDS[sender]}"
        rungs.append(Rung(sender, frame_type, name, before, MappingProxyType(dict(states))))
        receiver = sender
    return tuple(rungs)
