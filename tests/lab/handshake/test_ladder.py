"""The steps of the handshake are those of the tables (PROTOCOL §3)."""

from __future__ import annotations

import pytest

from netcore.lab.handshake import ladder as module
from netcore.lab.handshake.ladder import Party, ladder
from netcore.lab.spans import frame_name
from netcore.session.table import CLIENT_TRANSITIONS, State
from netcore.wire.framing import FrameType
from tests.session.pair import Pair, private_key, welcome

STREAM = bytes(16)


def test_the_rungs_are_the_frames_of_the_protocol() -> None:
    names = "ClientHello ServerHello ClientKeyExchange ServerFinished Direct:auth Direct:welcome"
    assert [rung.name.replace(" ", "") for rung in ladder()] == names.split()
    assert [rung.sender for rung in ladder()] == [Party.CLIENT, Party.SERVER] * 3


def test_a_real_pair_goes_through_these_states() -> None:
    """Frame by frame, two sessions stand where the rungs say."""
    pair = Pair("ladder")
    for number, rung in enumerate(ladder(), 1):
        if number == 5:
            pair.client.authenticate(private_key("member_ada"), "Ada", STREAM, None)
        if number == 6:
            pair.server.admit()
            pair.server.send(welcome())
        pair.collect()
        assert {Party.CLIENT: pair.client.state, Party.SERVER: pair.server.state} == dict(rung.before), number
        link = pair.to_server if rung.sender is Party.CLIENT else pair.to_client
        assert link[0] == rung.type
        pair.step(len(pair.to_server), len(pair.to_client))
        assert {Party.CLIENT: pair.client.state, Party.SERVER: pair.server.state} == dict(rung.after), number


def test_another_table_gives_other_rungs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the order is written down a second time."""
    table = dict(CLIENT_TRANSITIONS)
    table[State.NOTHING_KNOWN, FrameType.SERVER_FINISHED] = table.pop(
        (State.NOTHING_KNOWN, FrameType.SERVER_HELLO)
    )
    monkeypatch.setattr(module, "TABLES", {**module.TABLES, Party.CLIENT: table})
    assert ladder.__wrapped__()[1].name == "ServerFinished"


@pytest.mark.parametrize(
    ("frame_type", "name"), [(0x01, "ClientHello"), (0x1B, "RoomKey"), (0x15, "Alert"), (0x99, "type 0x99")]
)
def test_names(frame_type: int, name: str) -> None:
    assert frame_name(frame_type) == name
