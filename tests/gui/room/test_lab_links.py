"""From a message to the laboratory and back, and what a room's page says of the laboratory's switches."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.room.client_window import FROZEN, FROZEN_MARK, ClientWindow
from gui.room.system_lines import lab_words
from netcore.engine import Chat, FrozenByHost, LabSwitches, Say, WhisperReceived
from tests.gui.cast import ADA, BEN, NOON_MS, Diary, connected, said
from tests.gui.room.pages import Show, words, write
from tests.gui.waiting import Pump

Asked = list[tuple[int | None, str]]


@pytest.fixture
def asked() -> Asked:
    """What was to be shown on the wire."""
    return []


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show, asked: Asked) -> ClientWindow:
    actions = replace(diary.actions(), on_wire=lambda seq, text: asked.append((seq, text)),
                      on_lab=lambda: asked.append((None, "the laboratory")))
    made = ClientWindow(root, look, actions)
    show(made, "900x700")
    made.take([connected(BEN), said(1, BEN, "hello"), said(2, BEN, "again")])
    return made


def at(page: ClientWindow, text: str, pump: Pump) -> tuple[int, int]:
    """Where these words stand."""
    view = page.conversation.transcript.text
    index = view.search(text, "1.0")
    pump(lambda: view.bbox(index) is not None)
    box = view.bbox(index)
    assert box is not None
    return box[0] + 3, box[1] + 3


def test_alt_and_a_click_shows_a_message_on_the_wire(page: ClientWindow, asked: Asked, pump: Pump) -> None:
    x, y = at(page, "again", pump)
    page.conversation.transcript.text.event_generate("<Alt-ButtonPress-1>", x=x, y=y)
    assert asked == [(2, "again")]


def test_so_does_its_menu(
    page: ClientWindow, asked: Asked, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tk.Menu, "tk_popup", lambda *_: None)
    x, y = at(page, "hello", pump)
    page.conversation.transcript.text.event_generate("<ButtonPress-3>", x=x, y=y)
    menu = page.conversation.transcript.reader.menu
    labels = [str(menu.entrycget(at, "label")) for at in range(int(menu.index("end") or 0) + 1)]
    menu.invoke(labels.index("Show on the wire"))
    assert asked == [(1, "hello")]


def test_a_whisper_is_not_looked_for_in_frames_that_nobody_can_open(
    page: ClientWindow, asked: Asked, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tk.Menu, "tk_popup", lambda *_: None)
    page.take([WhisperReceived(BEN, "for you alone", NOON_MS)])
    x, y = at(page, "for you alone", pump)
    view = page.conversation.transcript.text
    view.event_generate("<Alt-ButtonPress-1>", x=x, y=y)
    view.event_generate("<ButtonPress-3>", x=x, y=y)
    menu = page.conversation.transcript.reader.menu
    labels = [str(menu.entrycget(at, "label")) for at in range(int(menu.index("end") or 0) + 1)]
    menu.invoke(labels.index("Show on the wire (a whisper stays sealed)"))
    assert asked == []


def test_an_own_message_goes_by_its_text_until_it_has_a_number(
    page: ClientWindow, asked: Asked, diary: Diary, pump: Pump
) -> None:
    write(page, "mine", pump)
    x, y = at(page, "mine", pump)
    view = page.conversation.transcript.text
    view.event_generate("<Alt-ButtonPress-1>", x=x, y=y)
    (say,) = (command for command in diary.commands if isinstance(command, Say))
    page.take([Chat(3, ADA.id, ADA.name, "mine", NOON_MS, True, say.local_id)])
    pump()
    x, y = at(page, "mine", pump)
    view.event_generate("<Alt-ButtonPress-1>", x=x, y=y)
    assert asked == [(None, "mine"), (3, "mine")]
    assert page.conversation.show_message(3)
    assert view.get("sel.first", "sel.last") == "mine"


def test_a_message_is_brought_into_sight_by_its_number(page: ClientWindow, pump: Pump) -> None:
    page.take([said(seq, BEN, f"line {seq}") for seq in range(3, 120)])
    pump()
    view = page.conversation.transcript.text
    assert view.bbox(view.search("hello", "1.0")) is None
    assert page.conversation.show_message(1)
    pump(lambda: view.bbox(view.search("hello", "1.0")) is not None)
    assert not page.conversation.transcript.following
    assert not page.conversation.show_message(900)


def test_the_flask_and_f2_open_the_laboratory(page: ClientWindow, asked: Asked) -> None:
    page.header.lab.invoke()
    page.shortcuts["F2"]()
    assert asked == [(None, "the laboratory")] * 2


def test_in_a_narrow_window_f2_is_left(page: ClientWindow, root: tk.Tk, pump: Pump) -> None:
    root.geometry("560x600")
    pump(lambda: not page.header.lab.winfo_ismapped())
    root.geometry("900x700")
    pump(page.header.lab.winfo_ismapped)


def test_a_frozen_member_is_told_that_it_is_a_switch(page: ClientWindow) -> None:
    page.take([FrozenByHost(True)])
    assert FROZEN_MARK in words(page.header)
    assert page.banner.text == FROZEN
    page.take([FrozenByHost(False)])
    assert FROZEN_MARK not in words(page.header)
    assert page.banner.text == ""


@pytest.mark.parametrize(("switches", "told"), [
    (LabSwitches(recording=True), []),
    (LabSwitches(receive_bytes=1), ["Lab: reads 1 byte at a time"]),
    (LabSwitches(piece_bytes=8), ["Lab: sends pieces of 8 bytes"]),
    (LabSwitches(join_s=0.5), ["Lab: joins what is sent within 0.5 s"]),
    (LabSwitches(secrets=True), ["Lab: secrets are recorded"]),
])
def test_each_switch_that_acts_is_a_mark(page: ClientWindow, switches: LabSwitches, told: list[str]) -> None:
    assert lab_words(switches) == told
    page.take([switches])
    assert [mark for mark in words(page.header) if mark.startswith("Lab:")] == told
