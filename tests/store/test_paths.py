"""Where the data folder lies on each system, and that nobody else reads it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from netcore.errors import FolderNotWritable
from netcore.store import paths
from netcore.store.paths import absolute, data_folder


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, ".local/share/localchat"),
        ("linux", {"XDG_DATA_HOME": ""}, ".local/share/localchat"),
        ("linux", {"XDG_DATA_HOME": "relative/is/ignored"}, ".local/share/localchat"),
        ("linux", {"XDG_DATA_HOME": "{home}/xdg"}, "xdg/localchat"),
        ("darwin", {"XDG_DATA_HOME": "{home}/xdg"}, "Library/Application Support/LocalChat"),
        ("win32", {"APPDATA": "{home}/Roaming"}, "Roaming/LocalChat"),
        ("win32", {}, "AppData/Roaming/LocalChat"),
    ],
)
def test_each_system_has_its_place(
    platform: str, variables: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(home=tmp_path))
    assert paths.data_folder() == tmp_path / expected
    assert (tmp_path / expected).is_dir()


def test_data_dir_overrides_and_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.data_folder(Path("a/b")) == tmp_path / "a" / "b"


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_a_new_folder_is_for_its_owner_only(mask: int, tmp_path: Path) -> None:
    """Keys 0600 in a 0700 folder."""
    before = os.umask(mask)
    try:
        folder = paths.data_folder(tmp_path / "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="--data-dir"):
        paths.data_folder(tmp_path / "file" / "folder")


def test_a_typed_path_leads_somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was typed: a home that nobody has is no fault of the program's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert absolute(Path("plan.pdf")) == tmp_path / "plan.pdf"
    assert absolute(Path("~/plan.pdf")) == tmp_path / "home" / "plan.pdf"
    assert absolute(tmp_path / "plan.pdf") == tmp_path / "plan.pdf"
    nobody = Path("~nobody-is-called-so/plan.pdf")
    assert absolute(nobody).name == "plan.pdf"
    assert not absolute(nobody).exists()
    with pytest.raises(FolderNotWritable):
        data_folder(nobody)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps the folder that a program is in")
def test_a_relative_path_in_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert absolute(Path("plan.pdf")) == Path("plan.pdf")
    with pytest.raises(FolderNotWritable):
        data_folder(Path("data"))
