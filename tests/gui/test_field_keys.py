"""Real keys and the mouse in a field, and in the transcript beside it."""

from __future__ import annotations

import subprocess
import tkinter as tk
from tkinter import ttk

import pytest

from netcore.limits import MAX_TEXT_CHARS
from tests.gui.cast import BEN, said
from tests.gui.keyboard import Keyboard, with_xdotool
from tests.gui.room.pages import under_field


@with_xdotool
@pytest.mark.parametrize(("before", "after", "key", "left"), [
    ("one two", "", "ctrl+BackSpace", "one "), ("one two  ", "", "ctrl+BackSpace", "one "),
    ("one two!?", "", "ctrl+BackSpace", "one two"), ("one\n", "", "ctrl+BackSpace", "one"),
    ("hi \U0001f642\U0001f642", " x", "ctrl+BackSpace", "hi  x"), ("", "x", "ctrl+BackSpace", "x"),
    ("one", " two three", "ctrl+Delete", "one three"), ("one", "\ntwo", "ctrl+Delete", "onetwo"),
    ("x", "", "ctrl+Delete", "x"),
])
def test_a_word_goes_with_one_key(
    keyboard: Keyboard, before: str, after: str, key: str, left: str
) -> None:
    page = keyboard.show_client()
    field = page.conversation.composer.field
    field.value = after
    field.text.mark_set("insert", "1.0")
    field.text.insert("insert", before)  # the cursor stays behind it
    keyboard.press(key, "z")
    keyboard.until(lambda: "z" in field.value)
    assert field.value.replace("z", "") == left


@with_xdotool
def test_a_word_goes_in_an_entry_too(keyboard: Keyboard) -> None:
    page = keyboard.show_client()
    entry = ttk.Entry(page)
    entry.pack()
    entry.insert(0, "one two three")
    entry.icursor(7)
    keyboard.focus(entry)
    keyboard.press("ctrl+BackSpace")
    keyboard.until(lambda: entry.get() == "one  three")
    keyboard.press("ctrl+Delete")
    keyboard.until(lambda: entry.get() == "one ")


@with_xdotool
def test_undo_takes_back_a_word_at_a_time_and_never_what_was_there(keyboard: Keyboard) -> None:
    page = keyboard.show_client()
    keyboard.type(page, "one two three")
    field = page.conversation.composer.field
    keyboard.press("ctrl+z")
    keyboard.until(lambda: field.value != "one two three")
    assert field.value.startswith("one two")


@with_xdotool
def test_the_right_button_opens_a_menu_that_cuts_and_pastes(keyboard: Keyboard) -> None:
    page = keyboard.show_client()
    keyboard.type(page, "some words")
    text = page.conversation.composer.text
    text.tag_add("sel", "1.0", "1.4")
    keyboard.until(text.winfo_viewable)
    x, y = text.winfo_rootx() + 5, text.winfo_rooty() + 5
    subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "3"], check=True, timeout=20)
    keyboard.until(lambda: any(isinstance(child, tk.Menu) and child.winfo_viewable()
                               for child in text.winfo_children()))
    menu = next(child for child in text.winfo_children() if isinstance(child, tk.Menu))
    labels = [menu.entrycget(index, "label") for index in (0, 1, 2, 4)]
    assert labels == ["Cut", "Copy", "Paste", "Select all"]
    keyboard.press("Down", "Return")
    keyboard.until(lambda: page.conversation.composer.written() == " words")
    assert text.clipboard_get() == "some"


@with_xdotool
def test_what_is_typed_after_a_click_in_the_transcript_comes_into_the_composer(keyboard: Keyboard) -> None:
    page = keyboard.show_client()
    page.take([said(2, BEN, "more")])
    page.conversation.composer.field.value = "half "
    keyboard.focus(page.conversation.transcript.text)
    keyboard.press("a", "space")
    keyboard.until(lambda: page.conversation.composer.written() == "half a ")
    keyboard.focus(page.conversation.transcript.text)
    keyboard.press("ctrl+a", "Down")
    page.clipboard_clear()
    page.clipboard_append("and a paste")
    keyboard.press("ctrl+v")
    keyboard.until(lambda: page.conversation.composer.written() == "half a and a paste")
    keyboard.focus(page.conversation.transcript.text)
    keyboard.press("ctrl+b", "Down")
    assert page.conversation.composer.written() == "half a and a paste", "a command is no sign"


@with_xdotool
def test_a_paste_that_no_message_holds_is_refused_with_the_reason(keyboard: Keyboard) -> None:
    """300 kB in one line hold Tk up for seconds."""
    page = keyboard.show_client()
    keyboard.type(page, "draft ")
    text = page.conversation.composer.text
    text.clipboard_clear()
    text.clipboard_append("x" * 300_000)
    keyboard.press("ctrl+v")
    keyboard.until(lambda: "Too long to paste: 300,000 characters" in under_field(page))
    assert page.conversation.composer.written() == "draft "
    text.clipboard_clear()
    text.clipboard_append("x" * MAX_TEXT_CHARS)
    keyboard.press("ctrl+v")
    keyboard.until(lambda: len(page.conversation.composer.written()) == MAX_TEXT_CHARS + 6)
