"""A handshake read from a recorder's events, whole and failed (PROTOCOL §3.5)."""

from __future__ import annotations

import pytest

from netcore.lab.handshake.ladder import Party
from netcore.lab.handshake.recorded import RecordedHandshake, read
from netcore.session.table import State
from netcore.trace import Defence, Forgotten, TraceEvent
from tests.lab.handshake.handshakes import ALERT, NAMES, refusal, tell, whole


def recorded(events: list[TraceEvent]) -> RecordedHandshake:
    recording = read(events)
    assert recording is not None
    return recording


@pytest.mark.parametrize("side", [Party.CLIENT, Party.SERVER])
def test_a_whole_one(side: Party) -> None:
    recording = recorded(tell(side))
    assert recording.done and recording.ending is None and recording.from_start and recording.secrets
    assert recording.side is side
    assert [crossed.name for crossed in recording.messages] == NAMES
    assert [crossed.length_bytes for crossed in recording.messages[:4]] == [84, 1108, 292, 36]
    assert recording.last_step == 6
    assert recording.messages[0].after_s == pytest.approx(0.02)
    assert recording.state(Party.CLIENT, 3) is State.HELLO_KNOWN
    assert recording.state(Party.SERVER, 3) is State.KEYS_KNOWN
    assert recording.state(Party.CLIENT, 6) is recording.state(Party.SERVER, 6) is State.IN_ROOM
    assert recording.values["c2s traffic"] == whole().client_secrets["c2s traffic"]
    assert ("z" in recording.values) == (side is Party.CLIENT)
    assert recording.values["auth"] == whole().plain["Direct: auth"]


def test_the_other_sides_half_is_a_gap() -> None:
    client, server = (recorded(tell(side)).values for side in (Party.CLIENT, Party.SERVER))
    assert "server_private" not in client
    assert client["client_private"] == whole().client_secrets["client_private"]
    assert "client_private" not in server
    assert server["server_private"] == whole().server_secrets["server_private"]


def test_without_secrets_there_are_the_public_values_only() -> None:
    recording = recorded(tell(Party.CLIENT, 4, secrets=False))
    assert not recording.secrets
    names = """client_random client_x25519 server_random server_x25519 identity_n kex_n signature oaep_ct
    client_fin th2 server_fin session_hash"""
    assert set(recording.values) == set(names.split())


def test_what_was_forgotten_is_gone() -> None:
    events = [*tell(Party.CLIENT), Forgotten(99, 7, 103.0)]
    recording = recorded(events)
    assert not recording.secrets
    assert recording.values == recorded(tell(Party.CLIENT, secrets=False)).values
    assert not {"z", "pre_secret", "PRK", "c2s traffic", "client_private"} & set(recording.values)


def test_what_did_not_begin_at_the_first_byte_says_so() -> None:
    assert not recorded(tell(Party.CLIENT, offset=500)).from_start
    assert read(tell(Party.CLIENT)[1:]) is None
    assert read([]) is None


def test_a_changed_key_stops_the_client_in_silence() -> None:
    recording = recorded(
        tell(Party.CLIENT, 2, refused=refusal(Defence.PINNED_KEY, "ServerKeyChanged"), closed=True)
    )
    assert recording.ending is not None
    assert recording.ending.by is Party.CLIENT
    assert "another key" in recording.ending.why
    assert "silence" in recording.ending.wire
    assert recording.ending.section == "PROTOCOL §3.4"
    assert recording.last_step == 3  # a step that no message shows
    assert recording.state(Party.CLIENT, 2) is State.NOTHING_KNOWN
    assert recording.state(Party.CLIENT, 3) is State.CLOSED
    assert recording.state(Party.SERVER, 3) is State.HELLO_KNOWN
    assert not recording.done


def test_a_first_meeting_is_told_from_a_changed_key() -> None:
    recording = recorded(
        tell(Party.CLIENT, 2, refused=refusal(Defence.PINNED_KEY, "UnknownServer"), closed=True)
    )
    assert recording.ending is not None
    assert "the person is asked" in recording.ending.why


def test_a_server_that_refuses_shows_five_bytes() -> None:
    """At the client: who stopped is known, why is not."""
    recording = recorded(
        tell(Party.CLIENT, 3, extra=[ALERT], refused=refusal(Defence.ALERT, "HandshakeFailed"), closed=True)
    )
    assert recording.ending is not None
    assert recording.ending.by is Party.SERVER
    assert "15 00 00 01 01" in recording.ending.wire
    assert "looks the same" in recording.ending.why
    assert recording.last_step == 4  # the Alert is the last step
    assert recording.messages[-1].name == "Alert" and recording.messages[-1].rung is None
    assert recording.state(Party.SERVER, 3) is State.HELLO_KNOWN  # it never took the key exchange
    assert recording.state(Party.SERVER, 4) is State.CLOSED


def test_the_same_at_the_server_says_why() -> None:
    refused = refusal(Defence.FINISHED, "HandshakeFailed")
    recording = recorded(tell(Party.SERVER, 3, extra=[ALERT], refused=refused, closed=True))
    assert recording.ending is not None
    assert recording.ending.by is Party.SERVER
    assert "Finished" in recording.ending.why
    assert "15 00 00 01 01" in recording.ending.wire


def test_a_client_that_hangs_up_is_answered_by_the_server() -> None:
    """At the server, of a client that met another key than it knows."""
    refused = refusal(Defence.NO_CLOSE, "HandshakeFailed")
    recording = recorded(tell(Party.SERVER, 2, extra=[ALERT], refused=refused, closed=True))
    assert recording.ending is not None
    assert recording.ending.by is Party.CLIENT
    assert recording.ending.wire.startswith("silence") and "15 00 00 01 01" in recording.ending.wire
    assert recording.state(Party.CLIENT, recording.last_step) is State.CLOSED


def test_a_cut_line_is_the_other_sides_silence() -> None:
    recording = recorded(
        tell(Party.CLIENT, 3, refused=refusal(Defence.NO_CLOSE, "ServerGone"), closed=True)
    )
    assert recording.ending is not None
    assert recording.ending.by is Party.SERVER
    assert "silence" in recording.ending.wire


@pytest.mark.parametrize("defence", list(Defence))
def test_every_defence_has_its_words(defence: Defence) -> None:
    recording = recorded(tell(Party.SERVER, 3, refused=refusal(defence, "SomeError"), closed=True))
    assert recording.ending is not None
    assert len(recording.ending.why.split()) >= 4, "not a clause"


def test_one_under_way_has_no_ending() -> None:
    recording = recorded(tell(Party.CLIENT, 3))
    assert recording.ending is None and not recording.done
    assert recording.last_step == 3
