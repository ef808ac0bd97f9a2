"""The whole life of a connection as two tables: which step may be taken when, and where it leads
(PROTOCOL §3, §5).

    NOTHING_KNOWN --hello--> HELLO_KNOWN --proof--> KEYS_KNOWN --auth--> MEMBER_KNOWN --> IN_ROOM
          |                       |                     |                     |              |
          '-----------------------'------- Alert, Close, any fault -----------'--------------'--> CLOSED

A state is named by what is known when it is entered. The key of a table is (state, step): a step is the
type of a frame that came, or an act of this side. Its value is the state once the step has been found good,
and no session takes its next state from anywhere else. What is not in the table is not legal: there is no
default, no option, and nothing that is accepted "for now".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from netcore import limits
from netcore.errors import TransitionError
from netcore.wire.framing import PRE_KEY_LENGTHS, SEALED_LENGTHS, FrameType


class State(Enum):
    """What is known of the other side. The value completes the sentence "the connection was ..."."""

    NOTHING_KNOWN = "not begun"
    HELLO_KNOWN = "half way through the handshake"
    KEYS_KNOWN = "encrypted, but without a member"
    MEMBER_KNOWN = "waiting for the room"
    IN_ROOM = "in the room"
    CLOSED = "closed"


class Act(Enum):
    """A step that this side takes by itself."""

    AUTHENTICATE = "authenticate"
    """Client: it has said and proved who it is."""
    ADMIT = "admit"
    """Server: the room takes the member."""
    CLOSE = "close"
    """We end it on purpose."""
    FAIL = "fail"
    """Something is wrong: the peer broke a rule, sent its last byte without a Close, or was too late."""


Step = FrameType | Act
Table = Mapping[tuple[State, Step], State]

_ENDS: Final[Table] = {
    (state, act): State.CLOSED
    for state in State
    if state is not State.CLOSED
    for act in (Act.CLOSE, Act.FAIL)
}
"""Either side may end it at any time. Nothing leads out of CLOSED."""

SERVER_TRANSITIONS: Final[Table] = MappingProxyType(
    {
        (State.NOTHING_KNOWN, FrameType.CLIENT_HELLO): State.HELLO_KNOWN,
        (State.NOTHING_KNOWN, FrameType.ALERT): State.CLOSED,
        (State.HELLO_KNOWN, FrameType.CLIENT_KEY_EXCHANGE): State.KEYS_KNOWN,
        (State.HELLO_KNOWN, FrameType.ALERT): State.CLOSED,
        (State.KEYS_KNOWN, FrameType.DIRECT): State.MEMBER_KNOWN,
        (State.KEYS_KNOWN, FrameType.CLOSE): State.CLOSED,
        (State.MEMBER_KNOWN, Act.ADMIT): State.IN_ROOM,
        (State.MEMBER_KNOWN, FrameType.CLOSE): State.CLOSED,
        (State.IN_ROOM, FrameType.DIRECT): State.IN_ROOM,
        (State.IN_ROOM, FrameType.FILE_CHUNK): State.IN_ROOM,
        (State.IN_ROOM, FrameType.CLOSE): State.CLOSED,
        **_ENDS,
    }
)

CLIENT_TRANSITIONS: Final[Table] = MappingProxyType(
    {
        (State.NOTHING_KNOWN, FrameType.SERVER_HELLO): State.HELLO_KNOWN,
        (State.NOTHING_KNOWN, FrameType.ALERT): State.CLOSED,
        (State.HELLO_KNOWN, FrameType.SERVER_FINISHED): State.KEYS_KNOWN,
        (State.HELLO_KNOWN, FrameType.ALERT): State.CLOSED,
        (State.KEYS_KNOWN, Act.AUTHENTICATE): State.MEMBER_KNOWN,
        (State.KEYS_KNOWN, FrameType.CLOSE): State.CLOSED,
        (State.MEMBER_KNOWN, FrameType.DIRECT): State.IN_ROOM,
        (State.MEMBER_KNOWN, FrameType.CLOSE): State.CLOSED,
        (State.IN_ROOM, FrameType.DIRECT): State.IN_ROOM,
        (State.IN_ROOM, FrameType.ROOM): State.IN_ROOM,
        (State.IN_ROOM, FrameType.ROOM_KEY): State.IN_ROOM,
        (State.IN_ROOM, FrameType.FILE_CHUNK): State.IN_ROOM,
        (State.IN_ROOM, FrameType.CLOSE): State.CLOSED,
        **_ENDS,
    }
)

_AUTH_LENGTHS: Final[Mapping[FrameType, range]] = MappingProxyType(
    {
        FrameType.DIRECT: range(1 + 16, limits.MAX_AUTH_RECORD_BYTES + 1),
        FrameType.CLOSE: SEALED_LENGTHS[FrameType.CLOSE],
    }
)

LENGTHS: Final[Mapping[State, Mapping[FrameType, range]]] = MappingProxyType(
    {
        State.NOTHING_KNOWN: PRE_KEY_LENGTHS,
        State.HELLO_KNOWN: PRE_KEY_LENGTHS,
        # Somebody with keys but without a name is still a stranger: it gets little of our memory.
        State.KEYS_KNOWN: _AUTH_LENGTHS,
        State.MEMBER_KNOWN: SEALED_LENGTHS,
        State.IN_ROOM: SEALED_LENGTHS,
        State.CLOSED: MappingProxyType({}),
    }
)
"""Body lengths in bytes that a frame may have in each state: what the parser is told."""


def after_frame(table: Table, state: State, frame_type: FrameType) -> State:
    """Where a good frame of this type leads. Raises TransitionError if the peer may not send it now."""
    try:
        return table[state, frame_type]
    except KeyError:
        raise TransitionError(what=f"a {frame_type.name} frame", state=state.value) from None


def after_act(table: Table, state: State, act: Act) -> State:
    """Where an act of ours leads. Raises ValueError if it has no place here: a fault of ours."""
    try:
        return table[state, act]
    except KeyError:
        raise ValueError(f"{act.value} while {state.value}") from None
