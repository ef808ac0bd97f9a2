"""Where the data folder lies on each system, and that nobody else reads it."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import AbstractContextManager, nullcontext
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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('XDG_DOWNLOAD_DIR="$HOME/Saved"', "Saved"),
        ('XDG_DOWNLOAD_DIR = "{home}/elsewhere"', "elsewhere"),
        ('XDG_DOWNLOAD_DIR="relative/is/ignored"', "Downloads"),
        ('#XDG_DOWNLOAD_DIR="$HOME/Saved"', "Downloads"),
        ('XDG_DESKTOP_DIR="$HOME/Saved"', "Downloads"),
        (None, "Downloads"),
    ],
)
def test_downloads_are_where_a_desktop_of_linux_says(
    line: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if line is not None:
        (tmp_path / "user-dirs.dirs").write_text(f"# written by the desktop\n{line.format(home=tmp_path)}\n")
    assert paths.downloads_folder() == tmp_path / expected


@pytest.mark.parametrize(
    ("value", "expected"), [("%HOME%/D", "D"), ("relative/is/ignored", "Downloads"), (None, "Downloads")]
)
def test_downloads_are_where_windows_says(
    value: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who moved them to another disk would look for a file there."""

    class Registry:
        HKEY_CURRENT_USER = 1

        def OpenKey(self, root: int, key: str) -> AbstractContextManager[str]:
            assert root == self.HKEY_CURRENT_USER
            return nullcontext(key.rpartition("\\")[2])

        def QueryValueEx(self, key: str, name: str) -> tuple[str, int]:
            if value is None or (key, name[:9]) != ("User Shell Folders", "{374DE290"):
                raise FileNotFoundError
            return value, 2

        def ExpandEnvironmentStrings(self, text: str) -> str:
            return text.replace("%HOME%", str(tmp_path))

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setitem(sys.modules, "winreg", Registry())
    assert paths.downloads_folder() == tmp_path / expected


def test_data_dir_overrides_and_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.data_folder(Path("a/b")) == tmp_path / "a" / "b"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
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
