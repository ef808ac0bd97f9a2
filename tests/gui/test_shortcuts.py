"""Keys, pressed for real: each does what is ours and nothing else, under Caps Lock and in any script."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tkinter as tk
from pathlib import Path

import pytest

from gui.compat import Shortcuts, letter_of
from gui.keys_help import KEYS
from gui.page import Page
from gui.room.room_page import RoomPage
from gui.window import Window
from tests.gui.cast import BEN, Diary, listening
from tests.gui.keyboard import Keyboard, client, server, with_xdotool
from tests.gui.waiting import pump

SOURCES = sorted(Path(__file__).resolve().parents[2].glob("gui/**/*.py"))
WRITTEN = "one two\nthree four"


def write(page: RoomPage) -> tk.Text:
    """Put words into the composer, the cursor at their start: where most of Tk's own keys would do harm."""
    page.conversation.composer.field.value = WRITTEN
    text = page.conversation.composer.text
    text.mark_set("insert", "1.0")
    return text


@with_xdotool
def test_a_key_of_the_window_leaves_the_written_text_alone(keyboard: Keyboard) -> None:
    """Tk's own Ctrl+D in a text deletes a letter, its Ctrl+I writes a tab, and a field is asked first."""
    window = keyboard.window
    page = keyboard.show_server()
    text = write(page)
    before = window.look.palette
    keyboard.press("ctrl+d")
    keyboard.until(lambda: window.look.palette is not before)
    window.root.clipboard_clear()
    window.root.clipboard_append("nothing yet")
    keyboard.press("ctrl+i")
    keyboard.until(lambda: window.root.clipboard_get() == listening().invite)
    assert text.get("1.0", "end-1c") == WRITTEN
    assert str(text.index("insert")) == "1.0"


@with_xdotool
def test_caps_lock_takes_no_key_away(keyboard: Keyboard) -> None:
    window = keyboard.window
    text = write(keyboard.show_client())
    before = window.look.palette
    keyboard.press("Caps_Lock")
    try:
        keyboard.press("ctrl+d")
        keyboard.until(lambda: window.look.palette is not before)
        assert text.get("1.0", "end-1c") == WRITTEN
    finally:
        keyboard.press("Caps_Lock")


@with_xdotool
def test_a_key_is_found_by_its_place_where_it_writes_another_script(keyboard: Keyboard) -> None:
    window = keyboard.window
    text = write(keyboard.show_client())
    before = window.look.palette
    subprocess.run(["setxkbmap", "ru"], check=True, timeout=20)
    try:
        keyboard.press("ctrl+40")  # the key that says D on a keyboard with both scripts
        keyboard.until(lambda: window.look.palette is not before)
        keyboard.press("ctrl+38", "ctrl+53")  # select all, cut
        keyboard.until(lambda: text.get("1.0", "end-1c") == "")
    finally:
        subprocess.run(["setxkbmap", "us"], check=True, timeout=20)
    assert window.root.clipboard_get() == WRITTEN


@with_xdotool
@pytest.mark.parametrize("layout", ["us", "fr", "ir"])
def test_the_zoom_keys_are_found_under_every_layout(keyboard: Keyboard, layout: str) -> None:
    """A French keyboard writes à with the key of 0, a Persian one digits of its own."""
    window = keyboard.window
    keyboard.show_client()
    window.look.set_zoom(125)
    subprocess.run(["setxkbmap", layout], check=True, timeout=20)
    try:
        keyboard.press("ctrl+19")
        keyboard.until(lambda: window.look.zoom == 100)
        keyboard.press("ctrl+21")
        keyboard.until(lambda: window.look.zoom == 110)
    finally:
        subprocess.run(["setxkbmap", "us"], check=True, timeout=20)


def test_the_list_of_keys_names_the_keys_that_there_are(window: Window) -> None:
    """Every Ctrl and Alt key of it is one of a page or of the window, and each of those is in it."""
    pages = (client(window.root, Diary().actions(), window), server(window.root, Diary().actions(), window))
    window.show(pages[1], (1000, 680))
    there = {*window._shortcuts._actions, *pages[0].shortcuts}
    named = {key.replace("{C}", "Ctrl") for heading, keys in KEYS if "aboratory" not in heading
             for words, _ in keys for key in words.split(", ") if key.startswith(("{C}+", "Alt+", "F"))}
    zoom, of_text = {"Ctrl+Plus", "Ctrl+Minus", "Ctrl+0"}, {"Ctrl+C", "Ctrl+A"}
    assert named - zoom - of_text == there


@with_xdotool
def test_the_whole_conversation_is_copied_also_from_within_it(keyboard: Keyboard) -> None:
    window = keyboard.window
    page = keyboard.show_client()
    keyboard.focus(page.conversation.transcript.text)
    window.root.clipboard_clear()
    window.root.clipboard_append("nothing yet")
    keyboard.press("ctrl+shift+c")
    keyboard.until(lambda: "Ben: from Ben" in window.root.clipboard_get())


@with_xdotool
def test_a_letter_alone_is_not_one_with_a_modifier(keyboard: Keyboard) -> None:
    """M in the table mutes the chosen member; Alt+M hides the table and must mute nobody."""
    page = keyboard.show_server()
    page.table.tree.selection_set(BEN.id.hex())
    keyboard.focus(page.table.tree)
    keyboard.press("alt+m")
    keyboard.until(lambda: not page.table.winfo_ismapped())
    assert keyboard.diary.commands == []


def test_the_keys_of_a_page_go_with_it(window: Window) -> None:
    asked: list[str] = []
    page = Page(window.root)
    page.shortcuts = {"Alt+R": lambda: asked.append("the rules")}
    window.show(page, (400, 300))
    press(window, "<Alt-r>")
    window.show(Page(window.root), (400, 300))
    press(window, "<Alt-r>")
    assert asked == ["the rules"]


def press(window: Window, pattern: str) -> None:
    window.root.update()
    window.root.focus_force()
    pump(window.root, lambda: window.root.focus_get() is not None)
    window.root.event_generate(pattern)


def test_what_a_shortcut_takes_nobody_hears_after_it(root: tk.Tk) -> None:
    heard: list[str] = []
    text = tk.Text(root)
    text.pack()
    Shortcuts(text, {"Ctrl+K": lambda: heard.append("ours")})
    text.insert("1.0", "stays")
    text.mark_set("insert", "1.0")
    text.focus_force()
    pump(root, lambda: text.focus_get() is text)
    text.event_generate("<Control-k>")
    text.event_generate("<Control-Key-l>")
    assert heard == ["ours"]
    assert text.get("1.0", "end-1c") == "stays"


@pytest.mark.parametrize(("keysym", "keycode", "letter"), [
    ("d", 40, "d"), ("D", 40, "d"), ("q", 38, "q"),  # q: on a French keyboard, where an English one has A
    ("Cyrillic_ve", 40, "d"), ("Greek_delta", 40, "d"), ("idotless", 31, "i"),
    ("comma", 58, ""),  # a French keyboard has its M elsewhere
    ("1", 10, ""), ("Return", 36, ""), ("Control_L", 37, ""),
])
def test_the_letter_of_a_key(
    monkeypatch: pytest.MonkeyPatch, keysym: str, keycode: int, letter: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    event: tk.Event[tk.Misc] = tk.Event()
    event.keysym, event.keycode = keysym, keycode
    assert letter_of(event) == letter


@pytest.mark.parametrize(("keysym", "place", "option", "letter"), [
    ("d", 2, False, "d"), ("q", 0, False, "q"),  # q: on a French keyboard, where an English one has A
    ("Cyrillic_ve", 2, False, "d"), ("comma", 46, False, ""),
    ("dagger", 17, True, "t"), ("at", 37, True, "l"), ("mu", 46, True, "m"), ("Return", 36, False, ""),
])
def test_the_letter_of_a_key_on_a_mac(
    monkeypatch: pytest.MonkeyPatch, keysym: str, place: int, option: bool, letter: str
) -> None:
    """Tk has the key's place in the highest byte; with Option the sign is another than the key's own."""
    monkeypatch.setattr(sys, "platform", "darwin")
    event: tk.Event[tk.Misc] = tk.Event()
    event.keysym, event.keycode, event.state = keysym, place << 24 | ord("x"), 0x10 if option else 0
    assert letter_of(event) == letter


def test_keys_of_other_systems_have_one_place() -> None:
    """Alt, which macOS has none of, and Control with arrows, which is the system's there, stand in compat."""
    for path in SOURCES:
        if path.name != "compat.py":
            source = path.read_text("utf-8")
            assert not re.search(r"""["']<(Alt|Control)-|accelerator="(Alt|Ctrl)""", source), path


LETTER_PATTERN = re.compile(r"(^<|-)(Key-|KeyPress-)?[A-Za-z]>$")


def letter_patterns(source: str) -> list[str]:
    """The texts in `source` that would bind a letter's key by what it writes."""
    return [node.value for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            and LETTER_PATTERN.search(node.value)]


@pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_no_letter_is_bound_but_by_shortcuts(path: Path) -> None:
    """A binding of <Control-d> is dead under Caps Lock and under every layout of another script."""
    assert letter_patterns(path.read_text("utf-8")) == []


@pytest.mark.parametrize("source", ["'<Control-d>'", "f'<{COMMAND}-d>'", "'<Alt-Key-t>'", "'<m>'"])
def test_such_a_binding_would_be_seen(source: str) -> None:
    assert letter_patterns(source) != []
