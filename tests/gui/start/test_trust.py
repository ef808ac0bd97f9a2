"""The trust question: the default is no, and a changed key asks for what only a reader of it can type."""

from __future__ import annotations

import tkinter as tk
from datetime import date

import pytest

from gui.compat import return_presses_buttons
from gui.look.look import Look
from gui.start.trust import TrustPage
from gui.widgets.fingerprint_picture import fingerprint_groups
from netcore.engine import TrustAsked
from tests.gui.cast import NOON_MS, key
from tests.gui.room.pages import words
from tests.gui.waiting import Pump

SHOWN, KNOWN = key("shown"), key("known")


class Answers:
    def __init__(self) -> None:
        self.given: list[str] = []

    def page(self, root: tk.Tk, look: Look, pump: Pump, changed: bool) -> TrustPage:
        asked = TrustAsked("10.0.0.7:5050", SHOWN, KNOWN if changed else b"", NOON_MS, "Chess club")
        page = TrustPage(root, look, asked, lambda: self.given.append("yes"), lambda: self.given.append("no"),
                         date(2025, 12, 1))
        page.pack(fill="both", expand=True)
        pump()
        root.focus_force()
        page.focus_here()
        pump()
        return page


def test_first_contact_default_is_no(root: tk.Tk, look: Look, pump: Pump) -> None:
    answers = Answers()
    page = answers.page(root, look, pump, changed=False)
    pump(lambda: page.focus_get() is page.refuse)
    page.refuse.event_generate("<Return>")
    pump()
    assert answers.given == ["no"]


@pytest.mark.parametrize("which", ["refuse", "trust"])
def test_enter_answers_though_the_page_is_gone_by_then(
    root: tk.Tk, look: Look, pump: Pump, which: str
) -> None:
    """As in the program: the answer takes the page away, and every button of it hears Enter."""
    return_presses_buttons(root)
    answers = Answers()
    page = answers.page(root, look, pump, changed=False)
    button = getattr(page, which)
    button.configure(command=page.destroy)
    button.focus_force()
    pump()
    button.event_generate("<Return>")
    pump()
    assert not page.winfo_exists()


def test_first_contact_yes_takes_one_deliberate_press(root: tk.Tk, look: Look, pump: Pump) -> None:
    answers = Answers()
    page = answers.page(root, look, pump, changed=False)
    page.trust.invoke()
    page.trust.invoke()
    assert answers.given == ["yes"]


def test_esc_is_no(root: tk.Tk, look: Look, pump: Pump) -> None:
    answers = Answers()
    answers.page(root, look, pump, changed=True).escape()
    assert answers.given == ["no"]


def test_a_changed_key_asks_for_what_stands_on_the_hosts_screen_alone(
    root: tk.Tk, look: Look, pump: Pump
) -> None:
    """Hard stop, both fingerprints side by side, default No. What is to be typed is not on this screen."""
    answers = Answers()
    page = answers.page(root, look, pump, changed=True)
    assert page.answer is not None
    assert page.trust.instate(["disabled"])
    first = fingerprint_groups(SHOWN)[1]
    assert first not in " ".join(words(page))
    assert fingerprint_groups(SHOWN)[0] in words(page)
    for typed in ("", first[:3], first.swapcase(), fingerprint_groups(KNOWN)[1], first + "x",
                  fingerprint_groups(SHOWN)[0]):
        page.answer.delete(0, "end")
        page.answer.insert(0, typed)
        page.answer.focus_set()
        pump()
        page.answer.event_generate("<Return>")
        pump()
        assert page.trust.instate(["disabled"]), typed
    assert page.answer.instate(["invalid"])
    assert answers.given == []
    page.answer.delete(0, "end")
    page.answer.insert(0, first)
    pump()
    page.trust.invoke()
    assert answers.given == ["yes"]


def test_it_says_whose_key_it_was_and_since_when(root: tk.Tk, look: Look, pump: Pump) -> None:
    page = Answers().page(root, look, pump, changed=True)
    assert "“Chess club” at 10.0.0.7:5050" in str(page.subtitle["text"])
    assert "14 October" in str(page.subtitle["text"])


def test_the_two_choices_are_never_out_of_the_window(root: tk.Tk, look: Look, pump: Pump) -> None:
    """The text scrolls, the buttons stay: the choice is never cut off."""
    root.geometry("620x420")
    page = Answers().page(root, look, pump, changed=True)
    look.set_zoom(200)
    pump()
    for button in (page.trust, page.refuse):
        bottom = button.winfo_rooty() + button.winfo_height()
        assert bottom <= root.winfo_rooty() + root.winfo_height()
        assert button.winfo_rootx() >= root.winfo_rootx()
        right = button.winfo_rootx() + button.winfo_width()
        assert right <= root.winfo_rootx() + root.winfo_width()


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize(("width", "zoom"), [(824, 100), (824, 150), (824, 200), (640, 100), (380, 100)])
def test_no_line_is_cut_off_at_the_side(
    root: tk.Tk, look: Look, pump: Pump, changed: bool, width: int, zoom: int
) -> None:
    """Also when the zoom changes while the question stands there."""
    root.geometry(f"{width}x700")
    page = Answers().page(root, look, pump, changed)
    look.set_zoom(zoom)
    pump(lambda: page.winfo_width() == width)
    pictures = [page._second] if width == 824 else []
    labels = [*pictures, *page._beside_tile, page._words, *((page._ask,) if changed else ())]
    for label in labels:
        assert label.winfo_rootx() + label.winfo_reqwidth() <= root.winfo_rootx() + width, str(label)
