"""Cells filled from the sandbox: its real rooms do what the grid's cells do, and come to the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netcore.lab.grid import ROWS, VERSIONS, CellOutcome
from netcore.lab.grid_live import Live, by_attack, by_person, orders_for
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell
from netcore.lab.lessons.model import OPENED_YESTERDAY, PINNED, SEARCHED, Seen
from netcore.lab.sandbox.old import LINE
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.net.api.events import Chat, Notice
from netcore.trace import Person
from tests.lab.sandbox.conftest import sandbox as sandbox
from tests.lab.sandbox.patience import finish
from tests.waiting import wait_until

SHOWN = [Cell(row.name, version) for row in ROWS for version in VERSIONS
         if orders_for(Cell(row.name, version)) is not None]  # fmt: skip


def filled(seen: Sequence[Seen], version: str) -> dict[Cell, CellOutcome]:
    """By all that was done in this room."""
    found: list[Live | None] = []
    for at, one in enumerate(seen):
        if isinstance(one.event, Attacked):
            found.append(by_attack(seen, at, version))
        elif isinstance(one.event, Person):
            found.append(by_person(seen, one.event))
    return dict(one for one in found if one is not None)


@pytest.mark.parametrize("cell", SHOWN, ids=lambda cell: f"{cell.row}, {cell.version}")
def test_what_the_sandbox_shows_is_what_the_grid_says(sandbox: Sandbox, cell: Cell) -> None:
    sandbox.begin(cell.version)
    finish(sandbox)
    orders = orders_for(cell)
    assert orders is not None
    run(sandbox, orders)
    finish(sandbox)

    def is_filled() -> bool:
        sandbox.look()
        return cell in filled(sandbox.recorded, cell.version)

    wait_until(is_filled, what=lambda: "\n".join(f"{one.at}: {one.event}" for one in sandbox.recorded[-12:]))
    cells = filled(sandbox.recorded, cell.version)
    assert list(cells) == [cell]
    outcome = cells[cell]
    assert outcome.verdict == pinned(*cell), outcome.sentence
    assert outcome.sentence.startswith("In the conversation: ") and outcome.sentence.endswith(".")
    assert outcome.evidence and outcome.passed


def test_most_attacks_can_be_shown_and_no_other_row_can() -> None:
    rows = {cell.row for cell in SHOWN}
    assert rows == {"flip", "replay", "swap", "drop", "listen", "known server", "first contact", "stolen key"}
    assert orders_for(Cell("slow member", "today")) is None
    assert orders_for(Cell("known server", "1.3")) is None


# --- What must not fill a cell: a story of version 1.2, told by hand ---


def ada_says(text: str) -> Seen:
    return Seen("Ada", Notice(LINE, f"Ada: {text}"))


def ben_shows(text: str) -> Seen:
    return Seen("Ben", Notice(LINE, text))


def attacked(attack: str, direction: str = "up") -> Seen:
    return Seen("tap", Attacked(1, attack, direction, 0, b"before", b"after"))  # type: ignore[arg-type]


def story(*seen: Seen, version: str = "1.2") -> str:
    """The verdict that comes of the attack in it, "" for none."""
    at = next(i for i, one in enumerate(seen) if isinstance(one.event, Attacked))
    live = by_attack(seen, at, version)
    return live[1].verdict if live is not None else ""


def test_an_attack_alone_fills_nothing() -> None:
    for attack in ("flip", "replay", "swap", "drop", "delay", "truncate", "inject", "own-keys", "cut"):
        for version in VERSIONS:
            assert story(ada_says("one"), attacked(attack), version=version) == ""


def test_what_arrived_unharmed_broke_nothing() -> None:
    assert story(ada_says("one"), attacked("flip"), ben_shows("Ada: one")) == ""
    assert story(ada_says("one"), attacked("drop"), ben_shows("Ada: one")) == ""
    assert story(ada_says("one"), ada_says("two"), attacked("swap"), ben_shows("Ada: one"),
                 ben_shows("Ada: two")) == ""
    assert story(ada_says("one"), ada_says("one"), ben_shows("Ada: one"), attacked("replay"),
                 ben_shows("Ada: one")) == "", "she has said it twice"


def test_what_ben_says_himself_is_nothing_that_came() -> None:
    assert story(ada_says("one"), attacked("flip"), ben_shows("Ben: one?")) == ""


def test_only_what_ada_sends_is_attacked_in_the_grid() -> None:
    assert story(ada_says("pay"), attacked("flip", "down"), ben_shows("Ada: qay")) == ""
    assert story(ada_says("pay"), attacked("flip"), ben_shows("Ada: qay")) == "broke"


def test_only_the_program_itself_says_that_a_tag_did_not_fit() -> None:
    """Somebody may talk of a MAC; that notices nothing."""
    seen = ada_says("pay"), attacked("flip"), ben_shows("Ada: qay"), ada_says("the MAC is ready")
    assert story(*seen) == "broke"
    assert story(ada_says("pay"), attacked("flip"), ben_shows("Ada: the MAC is ready")) == "broke"
    ended = Seen("server", Notice(LINE, "-- connection ended: MAC check failed"))
    assert story(ada_says("pay"), attacked("flip"), ended, version="1.3") == "held"


def test_a_version_that_there_is_not() -> None:
    assert story(ada_says("pay"), attacked("flip"), ben_shows("Ada: qay"), version="2.0") == ""


def test_a_search_counts_only_for_what_was_said() -> None:
    def search(word: str, found: int, version: str = "1.3") -> Person:
        return Person(1, 0, 0.0, SEARCHED, {"where": version, "word": word, "found": found})

    seen = [Seen("Ben", Chat(1, bytes(32), "Ada", "pineapple", 0, False, None)),
            Seen("tap", FrameTapped(1, "up", 0, None, b"pineapple"))]  # fmt: skip
    assert by_person(seen, search("Spinat", 0)) is None
    held, broke = by_person(seen, search("pineapple", 0)), by_person(seen, search("pineapple", 1, "1.1"))
    assert held is not None and (held[0], held[1].verdict) == (Cell("listen", "1.3"), "held")
    assert broke is not None and (broke[0], broke[1].verdict) == (Cell("listen", "1.1"), "broke")
    assert by_person(seen, search("pineapple", 0, "2.0")) is None


def test_a_time_machine_without_a_recording_says_nothing_of_the_version() -> None:
    data = {"recording": "1.3", "opened": False, "missing": "a recording of a connection’s beginning"}
    assert by_person([], Person(1, 0, 0.0, OPENED_YESTERDAY, data)) is None
    pin = {"at": "tap", "connection": 1, "direction": "up", "n": 1}
    assert by_person([], Person(1, 0, 0.0, PINNED, pin)) is None


