"""Every action of a file with real keys: in the transcript, and in the rows of those on their way."""

from __future__ import annotations

import subprocess
import tkinter as tk
from pathlib import Path
from tkinter import filedialog

import pytest

from gui.look.look import Look
from gui.room import shared_files
from gui.room.client_window import ClientWindow
from gui.room.room_page import RoomPage
from gui.room.shared_files import FileAction
from netcore.engine import (
    CancelFile,
    FileReceived,
    FileRefused,
    FileTakenBack,
    GetFile,
    PauseFile,
    TakeBackFile,
    TransferState,
)
from tests.gui.cast import ADA, BEN, Diary, connected
from tests.gui.keyboard import Keyboard, with_xdotool
from tests.gui.room.pages import Show, lines
from tests.gui.room.test_files import PICTURE, PLAN, pictures, progress, shares, shown
from tests.gui.transcript.test_pictures import png
from tests.gui.waiting import Pump


class Reading:
    """A hand on the keys of a page whose last message shares a file."""

    def __init__(self, keyboard: Keyboard, page: RoomPage) -> None:
        self._keyboard, self._page = keyboard, page
        self.text = page.conversation.transcript.text
        self.menu = page.conversation.transcript.reader.menu
        keyboard.press("F6")
        keyboard.until(lambda: page.focus_get() is self.text)
        keyboard.press("Up")
        keyboard.until(lambda: self.text.tag_ranges("sel") != ())

    def choose(self, word: str, opens: str = "Return") -> None:
        """Open the menu of the marked message and walk to this word."""
        self._keyboard.press(opens)
        self._keyboard.until(self.menu.winfo_viewable)
        for _ in range(12):
            here = self.menu.index("active")
            if here is not None and self.menu.type(here) == "command" and (
                    self.menu.entrycget(here, "label") == word):
                break
            self._keyboard.press("Down")
            self._keyboard.until(lambda here=here: self.menu.index("active") != here)  # type: ignore[misc]
        self._keyboard.press("Return")
        self._keyboard.until(lambda: not self.menu.winfo_viewable())
        self._keyboard.until(lambda: self._page.focus_get() is self.text)


def move_mouse(x: int, y: int) -> None:
    subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True, timeout=20)


def note_opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that are opened from now on."""
    opened: list[Path] = []

    def note(folder: Path) -> bool:
        opened.append(folder)
        return True

    monkeypatch.setattr(shared_files, "open_folder", note)
    return opened


@with_xdotool
def test_saved_paused_and_cancelled(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The keyboard stays in the transcript, and the file marked, from one action to the next."""
    page = keyboard.show_client(BEN)
    page.take([shares(PLAN)])
    commands = keyboard.diary.commands
    reading = Reading(keyboard, page)
    reading.choose("Save")
    keyboard.until(lambda: commands == [GetFile(PLAN.id, None, None)])
    page.take([progress(PLAN)])
    reading.choose("Pause", "shift+F10")
    keyboard.until(lambda: commands[1:] == [PauseFile(PLAN.id, True)])
    page.take([progress(PLAN, TransferState.PAUSED)])
    assert "·  paused" in shown(page)
    reading.choose("Go on", "Menu")
    keyboard.until(lambda: commands[2:] == [PauseFile(PLAN.id, False)])
    page.take([progress(PLAN)])
    reading.choose("Cancel", "space")
    keyboard.until(lambda: commands[3:] == [CancelFile(PLAN.id)])
    page.take([FileRefused(PLAN.id, "plan.pdf", False, "cancelled", "It was cancelled.")])
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda **more: str(tmp_path / "mine.pdf"))
    reading.choose("Save as…")
    keyboard.until(lambda: commands[4:] == [GetFile(PLAN.id, tmp_path, "mine.pdf")])
    opened = note_opened(monkeypatch)
    page.take([FileReceived(PLAN.id, tmp_path / "mine.pdf", bytes(32))])
    reading.choose("Open folder")
    keyboard.until(lambda: opened == [tmp_path])
    reading.choose("Copy message")
    keyboard.until(lambda: "plan.pdf" in page.clipboard_get())


@with_xdotool
def test_a_mouse_that_lies_there_chooses_nothing(keyboard: Keyboard) -> None:
    """The menu comes up under it; the keys begin at the first word all the same."""
    page = keyboard.show_client(BEN)
    page.take([shares(PLAN)])
    reading = Reading(keyboard, page)
    keyboard.press("Return")
    keyboard.until(reading.menu.winfo_viewable)
    x, y = reading.menu.winfo_rootx() + 20, reading.menu.winfo_rooty() + reading.menu.winfo_height() - 12
    keyboard.press("Escape")
    keyboard.until(lambda: not reading.menu.winfo_viewable())
    before = page.winfo_pointerxy()
    move_mouse(x, y)
    entered: list[object] = []
    reading.menu.bind("<Enter>", entered.append, add=True)
    keyboard.press("Return")
    keyboard.until(lambda: bool(entered))
    keyboard.until(lambda: reading.menu.index("active") == 0)
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands == [GetFile(PLAN.id, None, None)])
    move_mouse(*before)  # without a window manager the keyboard goes with it


@with_xdotool
def test_a_picture_is_shown_and_hidden(keyboard: Keyboard, tmp_path: Path) -> None:
    page = keyboard.show_client(BEN)
    path = tmp_path / "circuit.png"
    path.write_bytes(png(900, 40))
    page.take([shares(PICTURE)])
    reading = Reading(keyboard, page)
    reading.choose("Show")
    keyboard.until(lambda: keyboard.diary.commands == [GetFile(PICTURE.id, None, None)])
    page.take([FileReceived(PICTURE.id, path, bytes(32))])
    keyboard.until(lambda: len(pictures(page)) == 1)
    reading.choose("Hide")
    keyboard.until(lambda: pictures(page) == [])
    reading.choose("Show")
    keyboard.until(lambda: len(pictures(page)) == 1)


@with_xdotool
def test_one_s_own_is_taken_back(keyboard: Keyboard) -> None:
    """Asked in place, with the same keys; Keep it is there as well."""
    page = keyboard.show_client(BEN)
    page.take([shares(PICTURE, ADA)])
    reading = Reading(keyboard, page)
    reading.choose("Take it back")
    keyboard.until(lambda: "Take it back? Then nobody can save it any more." in shown(page))
    reading.choose("Keep it")
    keyboard.until(lambda: "Then nobody" not in shown(page))
    reading.choose("Take it back")
    reading.choose("Take it back")
    keyboard.until(lambda: keyboard.diary.commands == [TakeBackFile(PICTURE.id)])


@with_xdotool
def test_the_host_takes_down_what_a_member_shared(keyboard: Keyboard) -> None:
    page = keyboard.show_server(BEN)
    page.take([shares(PLAN)])
    reading = Reading(keyboard, page)
    reading.choose("Take it down")
    reading.choose("Take it down")
    keyboard.until(lambda: keyboard.diary.commands == [TakeBackFile(PLAN.id)])
    page.take([FileTakenBack(PLAN.id, True)])
    assert "·  you took it down" in shown(page)


@with_xdotool
def test_the_rows_of_files_on_their_way(keyboard: Keyboard) -> None:
    """F6 and Tab lead to pause and cancel; when its row is gone one goes on writing."""
    page = keyboard.show_client(BEN)
    page.take([progress(PICTURE, sending=True)])
    (row,) = page.conversation.transfers._rows.values()
    keyboard.until(row.cancel.winfo_viewable)
    keyboard.press("F6", "F6")
    keyboard.until(lambda: page.focus_get() is row.pause)
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands == [PauseFile(PICTURE.id, True)])
    keyboard.press("Tab")
    keyboard.until(lambda: page.focus_get() is row.cancel)
    keyboard.press("Tab")
    keyboard.until(lambda: page.focus_get() is page.conversation.composer.to_button)
    keyboard.press("shift+Tab", "Return")
    keyboard.until(lambda: keyboard.diary.commands[1:] == [CancelFile(PICTURE.id)])
    page.take([FileRefused(PICTURE.id, "circuit.png", True, "cancelled", "It was cancelled.")])
    keyboard.until(lambda: page.focus_get() is page.conversation.composer.text)
    keyboard.type(page, "go on")


def test_each_action_does_something(
    root: tk.Tk, look: Look, diary: Diary, show: Show, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of those that have a word: a command, a change of the row, a folder."""
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda **more: str(tmp_path / "mine.pdf"))
    opened = note_opened(monkeypatch)
    for action in FileAction:
        page = ClientWindow(root, look, diary.actions())
        show(page, "900x700")
        page.take([connected(BEN), shares(PICTURE, ADA)])
        path = tmp_path / "circuit.png"
        path.write_bytes(png(30, 30))
        if action in (FileAction.OPEN_FOLDER, FileAction.HIDE):
            page.take([FileReceived(PICTURE.id, path, bytes(32))])
        if action is FileAction.HIDE:
            page.conversation.files.press(("said", 0, 2), FileAction.SHOW)
        if action is FileAction.CANCEL:
            page.take([progress(PICTURE)])
        if action is FileAction.KEEP:
            page.conversation.files.press(("said", 0, 2), FileAction.TAKE_BACK)
        before = (len(diary.commands), len(opened), shown(page), pictures(page))
        page.conversation.files.press(("said", 0, 2), action)
        assert before != (len(diary.commands), len(opened), shown(page), pictures(page)), action
        page.destroy()


def test_a_picture_that_was_cancelled_is_not_shown_by_a_later_save(
    page: ClientWindow, pump: Pump, tmp_path: Path
) -> None:
    """Only Show shows."""
    path = tmp_path / "circuit.png"
    path.write_bytes(png(30, 30))
    page.take([shares(PICTURE)])
    page.conversation.files.press(("said", 0, 2), "Show")
    page.take([progress(PICTURE), FileRefused(PICTURE.id, "circuit.png", False, "cancelled", "Cancelled.")])
    page.conversation.files.press(("said", 0, 2), "Save")
    page.take([FileReceived(PICTURE.id, path, bytes(32))])
    assert pictures(page) == [] and "Show" in shown(page)


def test_what_went_wrong_has_another_sign_than_what_one_wanted(page: ClientWindow) -> None:
    page.take([shares(PLAN), FileRefused(PLAN.id, "plan.pdf", False, "cancelled", "It was cancelled.")])
    page.take([FileRefused(PLAN.id, "plan.pdf", False, "damaged", "It came damaged.")])
    book = page.conversation.transcript._book
    icons = {row.entry.item.text: row.entry.item.icon for row in book.rows  # type: ignore[union-attr]
             if row.kind == "system" and row.entry is not None}
    assert (icons["It was cancelled."], icons["It came damaged."]) == ("info", "warning")
    assert any("It came damaged." in line for line in lines(page))


def test_a_question_stays_while_the_file_comes(page: ClientWindow) -> None:
    """Progress is told several times a second, and takes no words from under the pointer."""
    page.take([shares(PLAN, ADA), progress(PLAN)])
    page.conversation.files.press(("said", 0, 2), "Take it back")
    page.take([progress(PLAN, done=60_000)])
    assert "Take it back? Then nobody can save it any more.   Take it back   Keep it" in shown(page)
    page.conversation.files.press(("said", 0, 2), "Keep it")
    assert "being saved" in shown(page)
