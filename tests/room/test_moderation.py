"""What the host decides (PROTOCOL §4.3, §7.2)."""

from __future__ import annotations

import pytest

from netcore import limits
from netcore.room.moderation import Moderation
from netcore.wire.codes import CloseCode, Refusal

HOST, ADA, BEN = b"h" * 32, b"a" * 32, b"b" * 32
HERE, THERE = "192.168.1.5", "192.168.1.6"


@pytest.fixture
def rules() -> Moderation:
    return Moderation(HOST)


def test_at_first_everyone_may(rules: Moderation) -> None:
    assert rules.refusal_to_enter(ADA, HERE, 0.0) is None
    assert rules.refusal_to_say(ADA, 0.0) is None


def test_a_ban_is_by_key_and_if_asked_by_address(rules: Moderation) -> None:
    """PROTOCOL §5.3: "the host refuses this key"; and, if it asks for that, the address."""
    rules.ban(ADA)
    assert rules.refusal_to_enter(ADA, THERE, 0.0) is CloseCode.BANNED
    assert rules.refusal_to_enter(BEN, HERE, 0.0) is None
    rules.ban(ADA, HERE)
    assert rules.refusal_to_enter(ADA, HERE, 0.0) is CloseCode.BANNED
    assert rules.refusal_to_enter(BEN, HERE, 0.0) is CloseCode.ADDRESS_BANNED
    assert rules.refusal_to_enter(BEN, THERE, 0.0) is None
    assert rules.unban(ADA)
    assert rules.refusal_to_enter(ADA, HERE, 0.0) is None and rules.refusal_to_enter(BEN, HERE, 0.0) is None
    assert not rules.unban(ADA)


def test_a_kick_refuses_the_key_for_a_minute(rules: Moderation) -> None:
    """PROTOCOL §4.3: "`kicked` (within 60 s after a kick)"."""
    rules.kick(ADA, 100.0)
    assert rules.refusal_to_enter(ADA, HERE, 100.0) is CloseCode.KICKED
    assert rules.refusal_to_enter(ADA, HERE, 100.0 + limits.KICK_REFUSES_S - 0.01) is CloseCode.KICKED
    assert rules.refusal_to_enter(ADA, HERE, 100.0 + limits.KICK_REFUSES_S) is None
    assert rules.refusal_to_enter(BEN, HERE, 100.0) is None


def test_known_members_only_closes_the_door_to_new_keys(rules: Moderation) -> None:
    """PROTOCOL §5.3: "the room takes no new keys"."""
    rules.set_switches(read_only=False, slow_s=0, known_only=True)
    assert rules.refusal_to_enter(ADA, HERE, 0.0) is CloseCode.KNOWN_ONLY
    assert rules.refusal_to_enter(ADA, HERE, 0.0, is_known=True) is None


def test_a_mute_and_a_read_only_room(rules: Moderation) -> None:
    rules.mute(ADA, True)
    assert rules.refusal_to_say(ADA, 0.0) is Refusal.MUTED and rules.is_muted(ADA)
    assert rules.refusal_to_say(BEN, 0.0) is None
    rules.mute(ADA, False)
    assert rules.refusal_to_say(ADA, 0.0) is None
    rules.set_switches(read_only=True, slow_s=0, known_only=False)
    assert rules.refusal_to_say(ADA, 0.0) is Refusal.READ_ONLY


def test_slow_mode_counts_for_each_member_from_its_last_message(rules: Moderation) -> None:
    rules.set_switches(read_only=False, slow_s=10, known_only=False)
    assert rules.refusal_to_say(ADA, 0.0) is None
    assert rules.refusal_to_say(ADA, 0.0) is Refusal.SLOW_MODE, "two in one transaction are two"
    rules.settle(True, 0.0)
    assert rules.refusal_to_say(ADA, 9.9) is Refusal.SLOW_MODE
    assert rules.refusal_to_say(BEN, 9.9) is None
    assert rules.refusal_to_say(ADA, 10.0) is None
    rules.set_switches(read_only=False, slow_s=0, known_only=False)
    assert rules.refusal_to_say(ADA, 10.0) is None


def test_only_a_stored_message_begins_the_wait(rules: Moderation) -> None:
    """PROTOCOL §7.2: "In slow mode only a stored message begins the wait"; not one that the disk refused."""
    rules.set_switches(read_only=False, slow_s=10, known_only=False)
    assert rules.refusal_to_say(ADA, 0.0) is None
    rules.settle(False, 0.0)
    assert rules.refusal_to_say(ADA, 2.0) is None
    rules.settle(True, 2.0)
    assert rules.refusal_to_say(ADA, 11.9) is Refusal.SLOW_MODE
    rules.settle(False, 11.9)  # what was stored before stays stored
    assert rules.refusal_to_say(ADA, 11.9) is Refusal.SLOW_MODE


def test_a_kicked_or_banned_member_is_excluded(rules: Moderation) -> None:
    rules.kick(ADA, 100.0)
    rules.ban(BEN)
    assert rules.is_excluded(ADA, 100.0) and rules.is_excluded(BEN, 1e9)
    assert not rules.is_excluded(ADA, 100.0 + limits.KICK_REFUSES_S) and not rules.is_excluded(HOST, 0.0)


def test_the_host_is_never_refused(rules: Moderation) -> None:
    rules.ban(HOST, HERE)
    rules.mute(HOST, True)
    rules.kick(HOST, 0.0)
    rules.set_switches(read_only=True, slow_s=100, known_only=True)
    assert rules.refusal_to_enter(HOST, HERE, 0.0) is None
    assert rules.refusal_to_say(HOST, 0.0) is None and rules.refusal_to_say(HOST, 0.0) is None


def test_slow_mode_forgets_those_who_spoke_long_ago(rules: Moderation) -> None:
    """A new key each minute must not fill the memory."""
    rules.set_switches(read_only=False, slow_s=1, known_only=False)
    for number in range(5_000):
        rules.refusal_to_say(number.to_bytes(32, "big"), float(number))
        rules.settle(True, float(number))
    assert len(rules._next_at) <= limits.MAX_MEMBERS
