"""Handshakes of real sessions, told by the real recorder (PROTOCOL §3)."""

from __future__ import annotations

import pytest

from netcore.crypto.identity import PublicKey
from netcore.errors import ServerKeyChanged
from netcore.lab.handshake.check_yourself import check_yourself
from netcore.lab.handshake.from_the_wire import from_the_wire
from netcore.lab.handshake.ladder import Party, ladder
from netcore.lab.handshake.ledger import VALUES
from netcore.lab.handshake.recorded import RecordedHandshake, read
from netcore.lab.recording import Recording
from netcore.trace import HandshakeValue, TraceEvent
from tests.session.recorded import CLIENT, SERVER, RecordedPair

ENDS = [(CLIENT, Party.CLIENT), (SERVER, Party.SERVER)]


def kept(pair: RecordedPair) -> Recording:
    recording = Recording()
    recording.take(pair.events(TraceEvent))
    return recording


def handshake(recording: Recording, connection: int) -> RecordedHandshake:
    found = read(recording.beginnings[connection])
    assert found is not None
    return found


def have(recorded: RecordedHandshake) -> dict[str, bytes]:
    return {**recorded.values, **recorded.frames(len(recorded.messages))}


@pytest.mark.parametrize("piece_bytes", [1, 65_536])
@pytest.mark.parametrize(("connection", "side"), ENDS)
def test_it_is_read_whole_at_both_ends(connection: int, side: Party, piece_bytes: int) -> None:
    pair = RecordedPair(secrets=True)
    pair.join(piece_bytes=piece_bytes)
    recorded = handshake(kept(pair), connection)
    assert recorded.done and recorded.secrets and recorded.side is side
    assert [crossed.rung for crossed in recorded.messages] == list(ladder())
    for step, rung in enumerate(ladder(), 1):
        assert {party: recorded.state(party, step) for party in rung.after} == dict(rung.after)


def test_both_ends_recorded_the_same_values() -> None:
    """All that both have, secrets too; and what only one has is its own half, or was never kept."""
    pair = RecordedPair(secrets=True).joined()
    recording = kept(pair)
    client, server = (handshake(recording, connection).values for connection in (CLIENT, SERVER))
    for name in set(client) & set(server):
        assert client[name] == server[name], name
    assert set(client) - set(server) <= {"client_private", "z", "pre_secret", "PRK"}
    assert set(server) - set(client) == {"server_private"}
    names = {value.name for value in VALUES}
    assert names - set(client) == {"server_private"}


@pytest.mark.parametrize("connection", [CLIENT, SERVER])
def test_what_the_frames_give_is_what_the_program_computed(connection: int) -> None:
    """The eavesdropper's values, from the capture alone, against those of the session itself."""
    pair = RecordedPair().joined()
    told = {event.name: event.value for event in pair.events(HandshakeValue, connection) if not event.secret}
    recorded = handshake(kept(pair), connection)
    derived = from_the_wire(recorded.frames(len(recorded.messages)))
    assert derived
    assert {name: told[name] for name in derived} == derived


@pytest.mark.parametrize(("connection", "least"), [(CLIENT, 12), (SERVER, 8)])
def test_every_snippet_of_a_real_connection_runs(connection: int, least: int) -> None:
    recorded = handshake(kept(RecordedPair(secrets=True).joined()), connection)
    real = have(recorded)
    snippets = {value.name: check_yourself(value.name, real) for value in VALUES}
    lines = {name: text for name, text in snippets.items() if text is not None}
    assert len(lines) >= least
    for text in lines.values():
        exec(text, {})
    assert "the same" in lines["session_hash"]


def test_a_changed_key_is_read_as_the_client_stopping_in_silence() -> None:
    def changed(_: PublicKey) -> None:
        raise ServerKeyChanged(address="here", fingerprint="x", known="y")

    pair = RecordedPair(check_server=changed, secrets=True)
    pair.handshake()
    pair.cut()
    recording = kept(pair)
    here, there = handshake(recording, CLIENT), handshake(recording, SERVER)
    assert here.ending is not None and there.ending is not None
    assert here.ending.by is there.ending.by is Party.CLIENT
    assert "another key" in here.ending.why and here.ending.section == "PROTOCOL §11.2"
    assert here.ending.wire == "silence, then the end of the stream"
    assert "does not say why" in there.ending.why  # the server cannot know
    assert here.last_step == 3


def test_a_bent_proof_is_five_bytes_and_only_the_server_knows_why() -> None:
    pair = RecordedPair(secrets=True)
    pair.collect()
    pair.step(65_536, 0)
    pair.collect()
    pair.step(0, 65_536)
    pair.collect()
    pair.to_server = pair.to_server[:-1] + bytes([pair.to_server[-1] ^ 1])
    pair.deliver()
    recording = kept(pair)
    here, there = handshake(recording, CLIENT), handshake(recording, SERVER)
    assert here.ending is not None and there.ending is not None
    assert here.ending.by is there.ending.by is Party.SERVER
    assert here.ending.wire == there.ending.wire == "five bytes: 15 00 00 01 01"
    assert "does not say why" in here.ending.why
    assert "Finished" in there.ending.why
