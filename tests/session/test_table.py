"""The transition tables: what has no entry ends the connection (PROTOCOL §2, §3.4, §5)."""

from __future__ import annotations

import pytest

from netcore.errors import TransitionError
from netcore.session.events import Event
from netcore.session.table import (
    CLIENT_TRANSITIONS,
    LENGTHS,
    SERVER_TRANSITIONS,
    Act,
    State,
    after_frame,
)
from netcore.wire.framing import FrameType, encode_frame
from tests.session.pair import STREAM, Pair, clone, failures, feed_server, private_key, welcome

TABLES = {"server": SERVER_TRANSITIONS, "client": CLIENT_TRANSITIONS}
LIVING = [state for state in State if state is not State.CLOSED]


def reach(state: State, role: str) -> Pair:
    """A pair whose `role` is in `state`."""
    pair = Pair("reach")
    pair.collect()
    session = pair.server if role == "server" else pair.client
    while session.state is not state:
        before = pair.client.state, pair.server.state
        pair.step(9999, 9999)
        pair.collect()
        if before == (pair.client.state, pair.server.state):
            _push(pair)
    pair.to_client = pair.to_server = b""
    return pair


def _push(pair: Pair) -> None:
    """The steps that the owners take."""
    if pair.client.state is State.KEYS_KNOWN:
        pair.client.authenticate(private_key("member_ada"), "Ada", STREAM, None)
    else:
        pair.server.admit()
        pair.server.send(welcome())
    pair.collect()


@pytest.fixture(scope="module")
def reached() -> dict[tuple[State, str], Pair]:
    return {(state, role): reach(state, role) for state in LIVING for role in TABLES}


@pytest.mark.parametrize("role", TABLES)
@pytest.mark.parametrize("state", LIVING, ids=lambda state: state.name)
@pytest.mark.parametrize("frame_type", FrameType, ids=lambda frame_type: frame_type.name)
def test_a_frame_without_an_entry_ends_it(
    reached: dict[tuple[State, str], Pair], role: str, state: State, frame_type: FrameType
) -> None:
    """In every state each type that is not in the table fails, with no other event and no answer
    but, from a server without keys, the Alert."""
    if (state, frame_type) in TABLES[role]:
        return
    pair = reached[state, role].clone()
    lengths = LENGTHS[state].get(frame_type)
    frame = encode_frame(frame_type, bytes(lengths.start if lengths else 17))
    events: list[Event]
    if role == "server":
        events = feed_server(pair.server, frame)
        output = b"".join(pair.server.take_output())
        assert pair.server.state is State.CLOSED
    else:
        events = pair.client.receive_bytes(frame, 0.0)
        output = b"".join(pair.client.take_output())
        assert pair.client.state is State.CLOSED
    assert len(failures(events)) == len(events) == 1
    without_keys = state in (State.NOTHING_KNOWN, State.HELLO_KNOWN)
    assert output == (b"\x15\0\0\1\1" if role == "server" and without_keys else b"")


def test_a_missing_entry_is_the_error() -> None:
    with pytest.raises(TransitionError, match="ROOM frame while the connection was not begun"):
        after_frame(SERVER_TRANSITIONS, State.NOTHING_KNOWN, FrameType.ROOM)


def test_no_way_leads_out_of_closed() -> None:
    assert all(state is not State.CLOSED for table in TABLES.values() for state, _ in table)


def test_every_allowed_type_has_a_length() -> None:
    """A type that the table allows and the parser refuses would be a dead letter."""
    for table in TABLES.values():
        for state, step in table:
            assert isinstance(step, Act) or step in LENGTHS[state]


def test_only_the_directions_of_the_page() -> None:
    """§2: ServerHello, ServerFinished, Room and RoomKey never go to a server; two never to a client."""
    to_server = {step for _, step in SERVER_TRANSITIONS if isinstance(step, FrameType)}
    to_client = {step for _, step in CLIENT_TRANSITIONS if isinstance(step, FrameType)}
    only_client = {FrameType.SERVER_HELLO, FrameType.SERVER_FINISHED, FrameType.ROOM, FrameType.ROOM_KEY}
    assert not to_server & only_client
    assert to_client == set(FrameType) - {FrameType.CLIENT_HELLO, FrameType.CLIENT_KEY_EXCHANGE}
    assert to_server == set(FrameType) - only_client


def test_clones_part_ways(reached: dict[tuple[State, str], Pair]) -> None:
    """The helper itself: what happens to a clone does not happen to its original."""
    pair = reached[State.IN_ROOM, "client"]
    twin = clone(pair.client)
    twin.receive_bytes(b"\x17\0\0\x11" + bytes(17), 0.0)
    assert (twin.state, pair.client.state) == (State.CLOSED, State.IN_ROOM)
