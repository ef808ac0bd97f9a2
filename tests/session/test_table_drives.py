"""The tables drive the states: a false value in any entry shows in what a session does (PROTOCOL §3, §5).

`LIVES` are whole lives of one end, told by what can be seen from outside. Under the true table all of them
pass; under a table with one false value at least one does not. So no state comes from anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import pytest

from netcore.crypto.room_keys import RoomSealer
from netcore.errors import LocalChatError
from netcore.session.base import Session
from netcore.session.client import ClientSession
from netcore.session.events import Established, Event, FileChunkReceived, Identified, PeerClosed
from netcore.session.server import ServerSession
from netcore.session.table import CLIENT_TRANSITIONS, SERVER_TRANSITIONS, Act, State, Step, Table
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType
from netcore.wire.messages import GetPage, Joined, Message, Ping, Pong
from tests.session.pair import (
    ROOM_STATE,
    STREAM,
    CountedRandom,
    Pair,
    failures,
    feed_server,
    messages,
    private_key,
    welcome,
)

ENDS: dict[str, tuple[type[Session], Table]] = {
    "client": (ClientSession, CLIENT_TRANSITIONS),
    "server": (ServerSession, SERVER_TRANSITIONS),
}
SAYS = [Ping(), GetPage(7)]
ANSWERS: list[Message] = [Pong(), ROOM_STATE]


class Life:
    """One pair on its way; each step checks what the one before must have led to."""

    def __init__(self) -> None:
        self.pair = Pair("life")
        self.room = RoomSealer(CountedRandom("room"))

    def handshake(self) -> None:
        pair = self.pair
        pair.handshake()
        assert [type(event) for event in pair.client_events] == [Established]
        assert [type(event) for event in pair.server_events] == [Established]

    def authenticate(self) -> None:
        pair = self.pair
        pair.client.authenticate(private_key("member_ada"), "Ada", STREAM, None)
        pair.deliver()
        assert [type(event) for event in pair.server_events] == [Established, Identified]

    def admit(self) -> None:
        pair = self.pair
        pair.server.admit()
        pair.server.send(welcome())
        pair.deliver()
        assert messages(pair.client_events) == [welcome()]

    def talk(self) -> None:
        """More than one frame of each type, so that each has to lead back into the room."""
        pair = self.pair
        for message in SAYS:
            pair.client.send(message)
            pair.deliver()
        assert messages(pair.server_events) == SAYS
        for message in ANSWERS:
            pair.server.send(message)
            pair.deliver()
        said = [Joined(bytes([i]) * 32, "Ben") for i in range(3)]
        for message in said:
            self.room.rotate()  # a RoomKey before each record
            pair.server.send_room(self.room.seal(encode(message)), self.room.key, False)
            pair.deliver()
        assert messages(pair.client_events) == [welcome(), *ANSWERS, *said]
        for index in range(2):
            pair.client.send_chunk(bytes(16), index, bytes(17))
            pair.server.send_chunk(bytes(16), index, bytes(17))
            pair.deliver()
        for events in (pair.client_events, pair.server_events):
            chunks = [event.index for event in events if isinstance(event, FileChunkReceived)]
            assert chunks == [0, 1]

    def reach(self, state: State) -> Life:
        """As far as the peers can come together in `state`."""
        steps = [self.handshake, self.authenticate, self.admit, self.talk]
        far = {State.KEYS_KNOWN: 1, State.MEMBER_KNOWN: 2, State.IN_ROOM: 4}
        for step in steps[: far.get(state, 0)]:
            step()
        return self


def is_dead(session: Session) -> None:
    """Nothing comes out any more, and nothing goes in."""
    session.take_output()
    assert session.state is State.CLOSED and session.deadline is None
    assert session.receive_bytes(b"\x15\0\0\1\1" * 3, 0.0) == session.receive_eof(0.0) == []
    assert session.timed_out(1e9) == []
    session.close(CloseCode.LEAVING)
    assert session.take_output() == []


def whole(role: str) -> None:
    Life().reach(State.IN_ROOM)


def not_before_admitted(role: str) -> None:
    """Between auth and `admit`, a member is no member yet: what it says breaks the protocol."""
    pair = Life().reach(State.MEMBER_KNOWN).pair
    pair.client.send(Ping())
    pair.deliver()
    assert len(failures(pair.server_events)) == 1


def half_way(life: Life, role: str) -> Session:
    """Both hellos known to `role`, and no keys."""
    pair = life.pair
    pair.collect()
    pair.server_events += feed_server(pair.server, pair.to_server)
    if role == "client":
        pair.client_events += pair.client.receive_bytes(b"".join(pair.server.take_output()), 0.0)
    assert not pair.client_events and not pair.server_events
    return end_of(pair, role)


def end_of(pair: Pair, role: str) -> Session:
    return pair.server if role == "server" else pair.client


def in_state(state: State, role: str) -> tuple[Pair, Session]:
    life = Life()
    if state is State.HELLO_KNOWN:
        return life.pair, half_way(life, role)
    return life.reach(state).pair, end_of(life.pair, role)


def alert_comes(state: State, role: str) -> None:
    _, session = in_state(state, role)
    assert len(failures(session.receive_bytes(b"\x15\0\0\1\1", 0.0))) == 1
    is_dead(session)


def close_comes(state: State, role: str) -> None:
    pair, session = in_state(state, role)
    end_of(pair, "client" if role == "server" else "server").close(CloseCode.LEAVING)
    pair.deliver()
    events: list[Event] = pair.server_events if role == "server" else pair.client_events
    assert [event for event in events if isinstance(event, PeerClosed)] == [
        PeerClosed(CloseCode.LEAVING, "")
    ]
    is_dead(session)


def we_close(state: State, role: str) -> None:
    _, session = in_state(state, role)
    session.take_output()
    session.close(CloseCode.LEAVING)
    assert session.take_output()
    is_dead(session)


def it_fails(state: State, role: str) -> None:
    _, session = in_state(state, role)
    assert len(failures(session.receive_eof(0.0))) == 1
    is_dead(session)


BEFORE_KEYS = (State.NOTHING_KNOWN, State.HELLO_KNOWN)
WITH_KEYS = (State.KEYS_KNOWN, State.MEMBER_KNOWN, State.IN_ROOM)


def lives_of(state: State, step: Step) -> list[Callable[[str], None]]:
    """Those that an entry for this state and step must show in."""
    ends: dict[Step, Callable[[State, str], None]] = {
        FrameType.ALERT: alert_comes,
        FrameType.CLOSE: close_comes,
        Act.CLOSE: we_close,
        Act.FAIL: it_fails,
    }
    return [partial(ends[step], state)] if step in ends else [whole, not_before_admitted]


ENTRIES = [
    pytest.param(role, state, step, id=f"{role}-{state.name}-{step.name}")
    for role, (_, table) in ENDS.items()
    for state, step in table
]


@pytest.mark.parametrize(("role", "state", "step"), ENTRIES)
def test_the_true_table_passes(role: str, state: State, step: Step) -> None:
    for life in lives_of(state, step):
        life(role)


@pytest.mark.parametrize("false", State, ids=lambda state: state.name)
@pytest.mark.parametrize(("role", "state", "step"), ENTRIES)
def test_no_false_value_passes(
    monkeypatch: pytest.MonkeyPatch, role: str, state: State, step: Step, false: State
) -> None:
    cls, table = ENDS[role]
    if table[state, step] is false:
        return
    monkeypatch.setattr(cls, "_TABLE", MappingProxyType({**table, (state, step): false}))
    with pytest.raises((AssertionError, ValueError, LocalChatError)):
        for life in lives_of(state, step):
            life(role)


def test_a_missing_act_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="authenticate while not begun"):
        Pair().client.authenticate(private_key("member_ada"), "Ada", STREAM, None)
