"""The verdict on an attack, from real rooms: what the victims' own recorders and windows told."""

from __future__ import annotations

import pytest

from netcore.lab.lessons.model import Seen
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.lab.tap_events import Attacked
from netcore.lab.verdict import CHANGES_NOTHING, Outcome, Verdict, judge, last_attack
from netcore.trace import Defence, Refused
from tests.lab.sandbox.patience import finish
from tests.waiting import wait_until


def verdict(sandbox: Sandbox, outcome: Outcome) -> Verdict:
    """As soon as it is this one."""
    found: list[Verdict] = []

    def is_so() -> bool:
        sandbox.look()
        at = last_attack(sandbox.seen)
        if at is not None:
            found[:] = [judge(sandbox.seen, at, sandbox.version)]
        return bool(found) and found[0].outcome is outcome

    wait_until(is_so, what=lambda: found)
    return found[0]


@pytest.mark.parametrize(
    ("orders", "heading", "section"),
    [
        (("order /flip up", "say Ada pay Ben five"), "Caught by the tag", "5.1"),
        (("order /flip down", "say Ben pay Ada five"), "Caught by the stamp", "5.2"),
        (("order /cut",), "Caught: no Close", "5.3"),
        (("order /own-keys", "reconnect Ada"), "Caught by the pinned key", "11.2"),
        (("order /own-keys", "reconnect Ada", "trust Ada"), "Caught by the name", "12.2"),
    ],
)
def test_what_was_caught(sandbox: Sandbox, orders: tuple[str, ...], heading: str, section: str) -> None:
    sandbox.begin()
    run(sandbox, orders)
    finish(sandbox)
    wait_until(lambda: verdict(sandbox, Outcome.CAUGHT).heading == heading)
    found = verdict(sandbox, Outcome.CAUGHT)
    assert found.section == section
    assert found.happened and found.why


@pytest.mark.parametrize("defence", Defence)
def test_every_defence_has_its_words(defence: Defence) -> None:
    """Read from what an end may tell. The names of the defences alone make no sentence."""
    attack = Seen("tap", Attacked(1, "flip", "up", 2, b"\x17one", b"\x17two"))
    refused = Refused(1, 1, 0.0, "in", 2, defence, "5.1", "open", 1, "RecordError")
    told = judge([attack, Seen("server", refused)], 0)
    assert told.outcome is Outcome.CAUGHT
    assert told.heading.startswith(("Caught by the ", "Caught: ", "An Alert ended"))
    assert told.why.endswith(" The server noticed.") is (defence is not Defence.ALERT)
    assert len(told.why) > 40
    assert told.happened and told.happened[0].startswith(("The server ", "For the server "))


def test_an_alert_is_told_as_what_it_is(sandbox: Sandbox) -> None:
    """Five bytes that anybody can write, put in front of the ClientHello."""
    sandbox.begin()
    run(sandbox, ["order /inject up 1500000128", "reconnect Ada"])
    finish(sandbox)
    found = verdict(sandbox, Outcome.CAUGHT)
    assert found.heading == "An Alert ended the handshake"
    assert "The server was told by an Alert that the handshake failed." in found.happened
    assert "so can anybody on the way" in found.why and "noticed" not in found.why


def test_a_dropped_hello_shows_by_the_deadline_alone() -> None:
    told = judge([Seen("tap", Attacked(1, "drop", "up", 0, b"\x01one", b""))], 0)
    assert told.outcome is Outcome.NOT_YET and "deadline" in told.why


def test_a_dropped_frame_is_noticed_with_the_next(sandbox: Sandbox) -> None:
    sandbox.begin()
    run(sandbox, ["say Ben hello", "order /drop down", "say Ben one"])  # with the hello goes a new room key
    finish(sandbox)
    assert "Let somebody speak" in verdict(sandbox, Outcome.NOT_YET).why
    run(sandbox, ["say Ben two"])
    finish(sandbox)
    assert verdict(sandbox, Outcome.CAUGHT).section.startswith("5")


@pytest.mark.parametrize(
    ("orders", "outcome", "heading"),
    [
        (("order /delay up 0.2", "say Ada late"), Outcome.NOBODY, "Nothing can notice"),
        (
            ("new Ada", "order /own-keys", "reconnect Ada", "trust Ada"),
            Outcome.YOU_DECIDE, "No program can notice; you can",
        ),
    ],
)  # fmt: skip
def test_what_no_program_can_notice(
    sandbox: Sandbox, orders: tuple[str, ...], outcome: Outcome, heading: str
) -> None:
    sandbox.begin()
    run(sandbox, orders)
    finish(sandbox)
    assert verdict(sandbox, outcome).heading == heading


@pytest.mark.parametrize(("version", "outcome"), [("1.2", Outcome.NOBODY), ("1.3", Outcome.CAUGHT)])
def test_the_same_in_the_museum(sandbox: Sandbox, version: str, outcome: Outcome) -> None:
    sandbox.begin(version)
    run(sandbox, ["order /flip up", "say Ada pay Ben five"])
    finish(sandbox)
    assert verdict(sandbox, outcome).happened


@pytest.mark.parametrize(
    ("version", "attack", "why"),
    [
        ("1.2", "replay", "believes whatever comes"),
        ("1.2", "split", "believes whatever comes"),
        ("1.3", "replay", "checks each message by itself"),
        ("1.3", "split", CHANGES_NOTHING["split"]),
        ("1.2", "delay", CHANGES_NOTHING["delay"]),
    ],
)
def test_the_museum_is_told_to_lack_what_it_lacks(version: str, attack: str, why: str) -> None:
    """1.3 has a tag, and a length before each piece; delay is no attack on what is said anywhere."""
    seen = [Seen("tap", Attacked(1, attack, "up", 2, b"one", b"one"))]
    assert why in judge(seen, 0, version).why
