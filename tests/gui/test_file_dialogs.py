"""Where the dialogs for files begin: where this person was last, and never where the program was started."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import filedialog
from typing import Any

import pytest

from gui import file_dialogs
from gui.app import open_window
from gui.file_dialogs import FileDialogs
from gui.window import Window
from netcore.options import Options


class Asked:
    """What Tk's dialogs are asked for, and what a person answers."""

    def __init__(self) -> None:
        self.options: list[dict[str, Any]] = []
        self.answer: Any = ""

    def __call__(self, **options: Any) -> Any:
        self.options.append(options)
        return self.answer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    made = Asked()
    monkeypatch.setattr(filedialog, "asksaveasfilename", made)
    monkeypatch.setattr(filedialog, "askopenfilenames", made)
    monkeypatch.setattr(file_dialogs, "downloads_folder", lambda: tmp_path / "Downloads")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return made


def test_the_first_time_downloads_and_home(root: tk.Tk, asked: Asked, tmp_path: Path) -> None:
    dialogs = FileDialogs()
    assert dialogs.save_as(root, "Save as", "plan.pdf") is None
    (tmp_path / "Downloads").mkdir()
    assert dialogs.save_as(root, "Save as", "plan.pdf", replaces=False) is None
    assert dialogs.choose(root, "Share files") == []
    folders = [options["initialdir"] for options in asked.options]
    assert folders == [str(tmp_path / "home"), str(tmp_path / "Downloads"), str(tmp_path / "home")]
    assert [options.get("confirmoverwrite") for options in asked.options] == [True, False, None]


def test_then_the_folder_of_last_time_while_it_is_there(root: tk.Tk, asked: Asked, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    dialogs = FileDialogs(on_change=lambda saved, chosen: told.append((saved, chosen)))
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    asked.answer = str(one / "mine.pdf")
    assert dialogs.save_as(root, "Save as", "plan.pdf") == one / "mine.pdf"
    asked.answer = (str(two / "a"), str(two / "b"))
    assert dialogs.choose(root, "Share files") == [two / "a", two / "b"]
    asked.answer = ""
    dialogs.save_as(root, "Save as", "plan.pdf")
    dialogs.choose(root, "Share files")
    assert [options["initialdir"] for options in asked.options[2:]] == [str(one), str(two)]
    assert told == [(str(one), ""), (str(one), str(two))]
    two.rmdir()
    dialogs.choose(root, "Share files")
    assert asked.options[-1]["initialdir"] == str(tmp_path / "home")


def test_a_name_without_an_ending_gets_the_kind_s(root: tk.Tk, asked: Asked) -> None:
    FileDialogs().save_as(root, "Save the report", "report.html", kinds=(("Web page", "*.html"),))
    assert asked.options[0]["defaultextension"] == ".html"


def test_the_window_remembers_them_for_its_next_start(
    window: Window, asked: Asked, tmp_path: Path
) -> None:
    asked.answer = str(tmp_path / "mine.pdf")
    window.dialogs.save_as(window.root, "Save as", "plan.pdf")
    asked.answer = (str(tmp_path / "a"),)
    window.dialogs.choose(window.root, "Share files")
    again = open_window(Options(data_dir=window.data_dir))
    try:
        assert (again.dialogs.saved, again.dialogs.chosen) == (str(tmp_path), str(tmp_path))
    finally:
        again.destroy()
