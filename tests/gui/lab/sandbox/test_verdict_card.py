"""The verdict card: whatever became of an attack can be shown, and a frame that is looked at stays."""

from __future__ import annotations

import pytest

from gui.lab.sandbox.verdict_card import VerdictCard
from gui.window import Window
from netcore.lab.tap_events import Attacked
from netcore.lab.verdict import Outcome, Verdict


def card_of(window: Window) -> VerdictCard:
    return VerdictCard(window.root, window.look, lambda: None, lambda byte, bit: None, lambda: None)


def attack() -> Attacked:
    return Attacked(1, "flip", "up", 4, b"a", b"b")


def verdict(outcome: Outcome, heading: str) -> Verdict:
    return Verdict(outcome, heading, "did", ("happened",), "why")


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_has_its_look(window: Window, outcome: Outcome) -> None:
    card = card_of(window)
    assert card.tell(verdict(outcome, outcome.value), attack(), False)
    assert card.heading["text"] == outcome.value


def test_a_frame_that_is_looked_at_stays_until_another_attack(window: Window) -> None:
    card, first = card_of(window), attack()
    card.tell(verdict(Outcome.NOT_YET, "not yet"), first, False)
    card.show_frame("Direct 4", "", b"a")
    assert card.tell(verdict(Outcome.CAUGHT, "caught"), first, False)
    assert card.heading["text"] == "Direct 4"
    card.back.command()
    assert card.heading["text"] == "caught"
    assert not card.tell(verdict(Outcome.CAUGHT, "caught"), first, False), "that is no news"
    card.show_frame("Direct 4", "", b"a")
    card.tell(verdict(Outcome.NOT_YET, "the next"), attack(), False)
    assert card.heading["text"] == "the next"


def test_while_another_attack_waits_the_one_before_is_not_spoken_of(window: Window) -> None:
    card, first = card_of(window), attack()
    card.tell(verdict(Outcome.NOT_YET, "not yet"), first, False)
    card.wait("Armed: drop", "It waits.", first)
    assert not card.tell(verdict(Outcome.CAUGHT, "caught"), first, False)
    assert card.heading["text"] == "Armed: drop" and card.attack is None
