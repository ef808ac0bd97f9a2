"""Lessons 1 and 9 from the list to their end, by mouse alone and by keyboard alone: real events of X.

The hand knows where things are on the screen and sees what the window says; it calls nothing of the page.
"""

from __future__ import annotations

import subprocess
import tkinter as tk

import pytest

from gui.lab.sandbox.step_card import StepCard
from netcore.lab.lessons.all_lessons import LESSONS
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.lab.sandbox.test_stillness import text_of

pytestmark = with_xdotool


class Hand:
    """On the mouse, or on the keys of a laboratory."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab = lab
        self.page = lab.page
        self.column = lab.page.lessons

    # --- the mouse ---

    def click(self, widget: tk.Misc) -> None:
        self.lab.until(lambda: widget.winfo_viewable() and not self.page.sandbox.busy)
        x = widget.winfo_rootx() + min(widget.winfo_width() // 2, 30)
        y = widget.winfo_rooty() + widget.winfo_height() // 2
        done: list[object] = []
        tag = widget.bind("<ButtonRelease-1>", done.append, add=True)
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], check=True, timeout=20)
        self.lab.until(lambda: done or not widget.winfo_exists())
        if widget.winfo_exists():
            widget.unbind("<ButtonRelease-1>", tag)

    def click_button(self, words: str) -> None:
        """Of the step's card."""
        self.click(next(one for one in self.card.controls if words in str(one["text"])))

    # --- the keys ---

    def press(self, *keys: str) -> None:
        self.lab.until(lambda: not self.page.sandbox.busy)
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=20)

    def press_until_focus(self, key: str, widget: tk.Misc, most: int = 40) -> None:
        """Press this key until the widget has the keyboard."""
        for _ in range(most):
            if self.page.focus_get() is widget:
                return
            before = self.page.focus_get()
            subprocess.run(["xdotool", "key", key], check=True, timeout=20)
            self.lab.until(lambda before=before: self.page.focus_get() is not before)  # type: ignore[misc]
        assert self.page.focus_get() is widget, f"{key} does not lead there"

    def press_button(self, words: str) -> None:
        """Of the step's card: there by Tab, and pressed."""
        button = next(one for one in self.card.controls if words in str(one["text"]))
        self.press_until_focus("Tab", button)
        self.press("space")

    def next_by_key(self) -> None:
        place = self.column.at
        self.lab.until(lambda: self.page.focus_get() is self.column.next)
        self.press("Return")
        self.lab.until(lambda: self.column.at == place + 1)

    # --- what is seen ---

    @property
    def card(self) -> StepCard:
        assert self.column.card is not None
        return self.column.card

    def ticked(self, place: int) -> None:
        self.lab.until(lambda: self.column.ticks[place] is not None and not self.page.sandbox.busy)

    def next_by_mouse(self) -> None:
        place = self.column.at
        self.lab.until(lambda: self.column.next.instate(["!disabled"]))
        self.click(self.column.next)
        self.lab.until(lambda: self.column.at == place + 1)

    def finished(self, number: int) -> None:
        assert LESSONS[number - 1].shown in text_of(self.column)
        assert number in self.lab.done

    def composer(self, name: str) -> tk.Text:
        conversation = self.page.chairs[name].conversation
        assert conversation is not None
        return conversation.composer.text


@pytest.fixture
def hand(laboratory: Laboratory) -> Hand:
    return Hand(laboratory)


def test_the_first_lesson_by_mouse(hand: Hand) -> None:
    hand.click(hand.column.rows[0])
    hand.lab.until(lambda: hand.column.lesson is LESSONS[0])
    hand.next_by_mouse()
    hand.click(hand.card.choices[0])
    assert hand.card.lock is not None
    hand.click(hand.card.lock)
    hand.ticked(1)
    assert "That is what it looks like on a quiet computer." in text_of(hand.column)
    hand.next_by_mouse()
    for words in ("Join what is said", "Ada says three lines", "Send it now"):
        hand.click_button(words)
    hand.ticked(2)
    hand.next_by_mouse()
    for words in ("5 bytes", "Ada says"):
        hand.click_button(words)
    hand.ticked(3)
    hand.next_by_mouse()
    hand.next_by_mouse()
    hand.finished(1)


def test_the_first_lesson_by_keyboard(hand: Hand) -> None:
    hand.lab.keyboard.focus(hand.column.rows[0])  # where it is when the laboratory opens
    hand.press("Return")
    hand.lab.until(lambda: hand.column.lesson is LESSONS[0])
    hand.next_by_key()
    hand.lab.until(lambda: hand.page.focus_get() is hand.card.choices[0])
    hand.press("Down", "Down", "space", "Return")
    hand.ticked(1)
    assert "Yes. recv() gives what is there" in text_of(hand.column)
    hand.next_by_key()
    hand.press_button("Join what is said")
    hand.press_until_focus("F6", hand.composer("Ada"))
    for line in ("one", "two", "three"):
        hand.press(*line, "Return")
        hand.lab.until(lambda: hand.composer("Ada").get("1.0", "end-1c") == "")
    hand.press_until_focus("F6", hand.card.controls[0])
    hand.press_button("Send it now")
    hand.ticked(2)
    hand.next_by_key()
    hand.press_button("5 bytes")
    hand.press_until_focus("F6", hand.composer("Ada"))
    hand.press(*"hello", "Return")
    hand.ticked(3)
    hand.press_until_focus("F6", hand.column.next)
    hand.next_by_key()
    hand.next_by_key()
    hand.finished(1)


def test_the_ninth_lesson_by_mouse(hand: Hand) -> None:
    page = hand.page
    hand.click(hand.column.rows[8])
    hand.lab.until(lambda: hand.column.lesson is LESSONS[8])
    hand.click(page.tap.tiles["own-keys"])
    hand.click(page.tap.button)
    hand.click_button("Let Ada connect again")
    hand.ticked(0)
    hand.next_by_mouse()
    hand.click(hand.card.choices[2])
    assert hand.card.lock is not None
    hand.click(hand.card.lock)
    hand.ticked(1)
    hand.next_by_mouse()
    for words in ("A new Ada", "Mallory waits", "She connects"):
        hand.click_button(words)
    hand.lab.until(lambda: "has never met this key" in text_of(page.chairs["Ada"]))
    hand.click(page.chairs["Ada"].believe)
    hand.lab.until(lambda: page.sandbox.today is not None and page.sandbox.today.is_inside("Ada"))
    hand.click_button("Ada says a line")
    hand.ticked(2)
    assert "nobody hears this" in text_of(hand.column)
    hand.next_by_mouse()
    hand.click_button("different")
    hand.ticked(3)
    hand.next_by_mouse()
    for words in ("A new Ada", "Mallory waits", "with the invite"):
        hand.click_button(words)
    hand.ticked(4)
    hand.next_by_mouse()
    hand.next_by_mouse()
    hand.finished(9)


def test_the_ninth_lesson_by_keyboard(hand: Hand) -> None:
    page = hand.page
    hand.lab.keyboard.focus(hand.column.rows[0])
    hand.press_until_focus("Tab", hand.column.rows[8])
    hand.press("Return")
    hand.lab.until(lambda: hand.column.lesson is LESSONS[8])
    hand.press_until_focus("F6", page.tap.tiles["flip"])
    hand.press_until_focus("Tab", page.tap.tiles["own-keys"])
    hand.press("space", "Return")
    hand.lab.until(lambda: page.verdict.heading["text"] == "Armed: own-keys")
    hand.press_until_focus("F6", hand.card.controls[0])
    hand.press_button("Let Ada connect again")
    hand.ticked(0)
    hand.next_by_key()
    hand.press("space", "Return")
    hand.ticked(1)
    assert "Mallory’s signature is perfect" in text_of(hand.column).replace("'", "’")
    hand.next_by_key()
    for words in ("A new Ada", "Mallory waits", "She connects"):
        hand.press_button(words)
    hand.lab.until(lambda: "has never met this key" in text_of(page.chairs["Ada"]))
    hand.press_until_focus("Tab", page.chairs["Ada"].believe)
    hand.press("Return")
    hand.lab.until(lambda: page.sandbox.today is not None and page.sandbox.today.is_inside("Ada"))
    hand.press_until_focus("F6", hand.composer("Ada"))
    hand.press(*"psst", "Return")
    hand.ticked(2)
    hand.press_until_focus("F6", hand.column.next)
    hand.next_by_key()
    hand.press_button("different")
    hand.ticked(3)
    hand.next_by_key()
    for words in ("A new Ada", "Mallory waits", "with the invite"):
        hand.press_button(words)
    hand.ticked(4)
    hand.next_by_key()
    hand.next_by_key()
    hand.finished(9)
