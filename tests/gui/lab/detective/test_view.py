"""Cases solved by hand, with real keys and clicks, and what is not told before they are."""

from __future__ import annotations

import re
import tkinter as tk
from collections.abc import Iterator
from functools import partial

import pytest

from gui.lab.detective.evidence import PIN, UNPIN
from gui.lab.detective.view import NOBODY_NOTICED
from gui.look.look import Look
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import ANOTHER_FRAME, FULL_POINTS, MOST_PINS, Case, Played, Verdict
from netcore.lab.cases.play import NO_PIN, TOO_MANY
from netcore.lab.lessons.model import Pointer
from netcore.lab.spans import BODY_LAYOUTS, FRAME_NAMES
from netcore.trace import Defence
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.detective.conftest import SEED, SOLVED, Detective, a_frame_that_shows_it
from tests.gui.mouse import click, click_row

VERDICTS = list(Verdict)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda one: str(one.number))


# --- by hand -----------------------------------------------------------------------------------------


@with_xdotool
@pytest.mark.parametrize("number", [7, 10])
def test_a_case_by_mouse_alone(detective: Detective, number: int) -> None:
    """An attack, seen by comparing both ends, and an honest talk that only looks like one."""
    view, case = detective.view, CASES[number - 1]
    click(view.list.buttons[number])
    detective.until(lambda: view.play is not None and view.evidence.winfo_viewable())
    assert (detective.play.case, detective.play.seed) == (case, SEED)
    shows = a_frame_that_shows_it(case)
    click_row(view.evidence.tables[shows.at], detective.row_of(shows))
    click(view.evidence.pin)
    detective.until(lambda: detective.play.pins == [shows])
    if number == 7:
        other = Pointer("server" if shows.at == "Ada" else "Ada", shows.connection,
                        "out" if shows.direction == "in" else "in", shows.n)
        click_row(view.evidence.tables[other.at], detective.row_of(other))
        click(view.evidence.compare.buttons["0"])
        detective.until(lambda: ", 1 is not as in pin 1" in view.evidence.words["text"])
        text = view.evidence.detail.dump.text
        marked = [tag for tag in text.tag_names() if tag.startswith("marked") and text.tag_ranges(tag)]
        assert len(marked) == 1
        assert len(text.tag_ranges(marked[0])) == 4, "as digits and as a letter"
    click(view.answer.verdicts[VERDICTS.index(case.verdict)])
    click(view.answer.observations[case.right])
    detective.until(lambda: view.answer.give.instate(["!disabled"]))
    click(view.answer.give)
    detective.until(lambda: detective.play.over)
    assert view.answer.outcome["text"] == "Solved"
    assert case.ending in detective.texts()
    assert detective.played == [Played(number, SEED, case.verdict, (shows,), FULL_POINTS, 1)]
    assert detective.saved == [{**SOLVED, number: FULL_POINTS}]
    click(view.answer.links[0])
    detective.until(lambda: view.evidence.chosen == sorted(
        detective.play.proof, key=lambda one: (one.at, one.connection, one.n))[0])
    click(view.back)
    detective.until(view.list.winfo_viewable)
    assert "3 of 16 solved" in detective.texts()


@with_xdotool
def test_a_case_by_keyboard_alone(detective: Detective) -> None:
    """Number 14: down the list, to the last frame, pinned, said, and on to the next case."""
    view, press, root = detective.view, detective.keyboard.press, detective.window.root
    detective.keyboard.focus(view.list.buttons[1])
    press(*["Down"] * 13, "Return")
    detective.until(lambda: view.play is not None and root.focus_get() is view.evidence.tables["Ada"].tree)
    assert detective.play.case.number == 14
    press("End", "space")
    detective.until(lambda: detective.play.pins)
    press("Return")
    detective.until(lambda: root.focus_get() is view.evidence.detail.dump.text)
    press("Right", "Right", "Escape")
    detective.until(lambda: root.focus_get() is view.evidence.tables["Ada"].tree)
    press("alt+v")
    detective.until(lambda: root.focus_get() is view.answer.verdicts[0])
    press("Down", "space", "Tab", "Tab", "Down", "space", "Tab", "Tab", "Tab")
    detective.until(lambda: root.focus_get() is view.answer.give)
    press("Return")
    detective.until(lambda: detective.play.over and root.focus_get() is view.answer.next)
    assert view.answer.outcome["text"] == "Solved"
    press("Return")
    detective.until(lambda: detective.play.case.number == 15)


@with_xdotool
def test_the_host_and_both_ends_by_keyboard(detective: Detective) -> None:
    view, root = detective.view, detective.window.root
    detective.open(5)
    detective.keyboard.focus(view.ask)
    detective.keyboard.press("space")
    detective.until(lambda: detective.play.asked_host)
    assert "disc looks different" in "".join(detective.texts())
    detective.keyboard.focus(view.evidence.tables["Ada"].tree)
    detective.keyboard.press("Home", "Right")
    detective.until(lambda: root.focus_get() is view.evidence.tables["server"].tree)
    assert view.evidence.chosen is not None and view.evidence.chosen.at == "server"


def test_what_is_compared_is_said_also_when_one_is_shorter(detective: Detective) -> None:
    view = detective.view
    detective.open(14)
    capture = view.evidence.captures["Ada"]
    hello, answer, *_ = (capture.pointer(row) for row in capture.rows)
    for pin in (hello, answer):
        view._pin(pin)
    view.evidence.compare.buttons["0"].invoke()
    view.evidence.choose(hello)
    assert view.evidence.words["text"] == "84 bytes, all as in pin 1."
    view.evidence.compare.buttons["1"].invoke()
    assert view.evidence.words["text"].endswith(" are not as in pin 2, which has 1,024 more: underlined.")
    view.evidence.detail.step_layer(-1)
    view.evidence.detail.step_layer(-1)
    assert view.evidence.words["text"] == "Compare with pin 2 in the frame, the record or the JSON."


# --- the rules ---------------------------------------------------------------------------------------


def answer(detective: Detective, verdict: Verdict, observation: int) -> None:
    view = detective.view
    view.answer.verdicts[VERDICTS.index(verdict)].invoke()
    view.answer.observations[observation].invoke()
    view.answer.give.invoke()
    detective.window.root.update()


def test_a_second_try_wants_another_frame_and_counts_half(detective: Detective) -> None:
    view, case = detective.view, CASES[8]
    detective.open(9)
    shows = a_frame_that_shows_it(case)
    assert NO_PIN in detective.texts()
    view._pin(shows)
    answer(detective, Verdict.HONEST, 3)
    assert not detective.play.over
    assert f"Not so. {case.observations[3].reply}" in detective.texts()
    assert not detective.played
    answer(detective, case.verdict, case.right)
    assert not detective.play.over and ANOTHER_FRAME in detective.texts()
    assert view.answer.give.instate(["disabled"])
    view._pin(Pointer("Ada", 1, "in", 0))
    answer(detective, case.verdict, case.right)
    assert view.answer.outcome["text"] == "Solved, second try"
    assert f"{FULL_POINTS // 2} of {FULL_POINTS} points" in detective.texts()
    assert (detective.played[0].points, detective.played[0].tries) == (FULL_POINTS // 2, 2)


def test_the_end_can_be_seen_after_a_try(detective: Detective) -> None:
    view, case = detective.view, CASES[8]
    detective.open(9)
    assert not view.answer.give_up.winfo_manager()
    view._pin(Pointer("Ada", 1, "in", 0))
    answer(detective, Verdict.OPEN, 0)
    view.answer.give_up.invoke()
    assert view.answer.outcome["text"] == "Not solved" and case.ending in detective.texts()
    assert detective.played[0].points == 0 and not detective.saved


def test_a_case_whose_end_was_seen_gives_no_points(detective: Detective) -> None:
    view, case = detective.view, CASES[13]
    for _ in range(2):
        detective.open(14)
        view._pin(a_frame_that_shows_it(case))
        answer(detective, case.verdict, case.right)
        assert view.answer.outcome["text"] == "Solved"
        view.answer.again.invoke()
        assert (detective.play.case, detective.play.seed) == (case, SEED)
    assert len(detective.played) == 1
    view._pin(a_frame_that_shows_it(case))
    answer(detective, case.verdict, case.right)
    view.answer.other.invoke()
    assert detective.play.case is case and detective.play.seed != SEED


def test_a_pin_too_many_is_not_set(detective: Detective) -> None:
    view = detective.view
    detective.open(7)
    capture = view.evidence.captures["Ada"]
    some = [capture.pointer(row) for row in capture.rows[: MOST_PINS + 1]]
    for one in some:
        view._pin(one)
    assert detective.play.pins == some[:-1] and TOO_MANY in detective.texts()
    view.evidence.choose(some[0])
    assert view.evidence.pin["text"] == UNPIN
    view.answer.unpins[0].invoke()
    assert detective.play.pins == some[1:-1] and view.evidence.pin["text"] == PIN


# --- what is told, and when --------------------------------------------------------------------------

NAMES = {name.casefold() for name in FRAME_NAMES.values()} | {
    field.name.casefold() for layout in BODY_LAYOUTS.values() for field in layout} | {"json"}
DEFENCES = [one.value for one in Defence if not any(one.value.casefold() in name for name in NAMES)]
TOLD = re.compile("|".join(["stopped by", "stopped it", "caught by", "refused", "shows it:",
                            *map(re.escape, DEFENCES)]), re.IGNORECASE)
STYLES = re.compile(r"\b(?:Danger|Warn|Alarm|Error\w*|Waiting)\.")


def styles_of(widget: tk.Misc) -> Iterator[str]:
    for child in widget.winfo_children():
        if "style" in child.keys() and child.winfo_manager():  # noqa: SIM118
            yield str(child.cget("style"))
        yield from styles_of(child)


@every_case
def test_no_defence_is_named_and_nothing_is_coloured_before_the_verdict(detective: Detective, case: Case
                                                                       ) -> None:
    view = detective.view
    detective.open(case.number)
    view.ask_host()
    for capture in view.evidence.captures.values():
        for row in capture.rows:
            view.evidence.choose(capture.pointer(row))
            told = [text for text in detective.texts() if TOLD.search(text)]
            assert not told
    assert not [style for style in styles_of(view) if STYLES.search(style)]
    view._give_up()
    shown = "\n".join(detective.texts())
    assert case.ending in shown and "shows it:" in shown and f"§{case.section}" in shown


ASKED = "Ada’s program: asked its person about the key (PROTOCOL §11.2)"


@pytest.mark.parametrize(("number", "words"), [
    (5, [ASKED, NOBODY_NOTICED]), (6, [ASKED, "The server: no Close (PROTOCOL §3.5)"]), (8, []),
    (9, ["Ada’s program: stamp (PROTOCOL §5.2)"])])
def test_the_end_says_which_defence_acted(detective: Detective, number: int, words: list[str]
                                           ) -> None:
    detective.open(number)
    detective.view._give_up()
    assert detective.view.answer.acted == words
    assert set(words) <= set(detective.texts())


def test_some_defences_have_names_that_would_be_seen() -> None:
    assert len(DEFENCES) > 8 and TOLD.search("stopped by: stamp")


# --- the list, sizes ---------------------------------------------------------------------------------


def test_the_keyboard_brings_a_case_into_sight_with_its_story(detective: Detective) -> None:
    shown = detective.view.list
    detective.window.root.geometry("900x420")
    detective.until(lambda: detective.window.root.winfo_height() == 420)
    for number in (*range(1, 17), 7, 2):
        shown.focus_here(number)
        row = shown.buttons[number].master
        detective.until(lambda: True)
        top = row.winfo_rooty() - shown.winfo_rooty()
        assert top >= 0 and top + row.winfo_height() <= shown.winfo_height(), number


def test_a_seed_that_is_none_is_said(detective: Detective) -> None:
    view = detective.view
    view.list.seed.delete(0, "end")
    view.list.seed.insert(0, "many")
    view.list.buttons[1].invoke()
    assert view.play is None and "Write a number from 0 to 999,999." in detective.texts()
    view.list.roll.invoke()
    view.list.buttons[1].invoke()
    assert view.play is not None


@pytest.mark.parametrize(("size", "zoom"), [
    ("800x650", 100), ("1280x820", 150), ("1600x1200", 200), ("480x650", 100)])
def test_everything_can_be_reached_in_a_small_window(detective: Detective, size: str, zoom: int) -> None:
    view, root = detective.view, detective.window.root
    look: Look = detective.window.look
    look.set_zoom(zoom)
    root.geometry(f"{size}+0+0")
    width = int(size.partition("x")[0])
    detective.until(lambda: view.winfo_width() == width)
    detective.open(7)
    detective.until(view.parts.winfo_viewable)
    shown = ((view.evidence.pin, "bytes"), (view.evidence.compare, "bytes"), (view.answer.give, "answer"),
             (view.ask, "frames"), (view.evidence.tables["Ada"], "frames"))
    for widget, part in shown:
        view.parts.buttons[part].invoke()
        detective.until(partial(_whole, widget, root))


def _whole(widget: tk.Misc, root: tk.Misc) -> bool:
    right = widget.winfo_rootx() + widget.winfo_width()
    return bool(widget.winfo_viewable() and right <= root.winfo_rootx() + root.winfo_width()
                and widget.winfo_width() >= widget.winfo_reqwidth())


def test_the_chosen_frame_stays_in_sight_when_there_is_less_room(detective: Detective) -> None:
    view = detective.view
    detective.open(14)
    table = view.evidence.tables["Ada"]
    detective.until(table.winfo_viewable)
    table.select(table._whole_lines() - 1)
    before = table._whole_lines()
    view.ask_host()
    detective.until(lambda: table._whole_lines() < before)
    assert table.selected is not None
    assert table.top <= table.selected < table.top + table._whole_lines()
