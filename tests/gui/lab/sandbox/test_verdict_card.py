"""The verdict card: whatever became of an attack, it can be shown."""

from __future__ import annotations

import pytest

from gui.lab.sandbox.verdict_card import VerdictCard
from gui.window import Window
from netcore.lab.tap_events import Attacked
from netcore.lab.verdict import Outcome, Verdict


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_has_its_look(window: Window, outcome: Outcome) -> None:
    card = VerdictCard(window.root, window.look, lambda: None, lambda _byte, _bit: None, lambda: None)
    verdict = Verdict(outcome, outcome.value, "did", ("happened",), "why")
    assert card.tell(verdict, Attacked(1, "flip", "up", 5, b"a", b"b"), may_repeat=False)
    assert card.heading["text"] == outcome.value
