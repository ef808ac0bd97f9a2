"""LocalChat handed on: as one file, as a command, from a folder of any name, under flags of Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
ROOM = "Bu\u0308ro"  # as some systems write it, in two code points


def start(program: Path, folder: Path, *flags: str, **variables: str) -> str:
    """A room that hears the end of its input at once; what it says."""
    command = [sys.executable, *flags, str(program), "server", "--headless", "--room", ROOM, "--port", "0"]
    done = subprocess.run(
        [*command, "--data-dir", str(folder / "data \u00fc")], input=b"", cwd=folder, timeout=60,
        env={**os.environ, **variables}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return done.stdout.decode()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program in a folder with a space and an umlaut."""
    home = tmp_path / "pro gr\u00e4mm"
    for part in ("netcore", "gui"):
        shutil.copytree(HOME / part, home / part, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
    shutil.copy(HOME / "localchat.py", home)
    return home


@pytest.mark.parametrize("flag", ["-I", "-P", "-B"])
def test_it_starts_under_careful_flags_and_from_any_folder(copy: Path, tmp_path: Path, flag: str) -> None:
    """-I and -P keep the script's own folder out of the path; LANG=C knows no umlaut."""
    said = start(copy / "localchat.py", tmp_path, flag, LC_ALL="C", LANG="C")
    assert "The room \u201cB\u00fcro\u201d is open" in said


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_the_zipapp_starts_and_knows_what_to_start_again(copy: Path, tmp_path: Path) -> None:
    """The demo's windows and the private Python are started with the archive, which is no folder."""
    shutil.copy(HOME / "Makefile", copy)
    (copy / "gui" / "pictures").mkdir()
    subprocess.run(["make", "zipapp", f"PYTHON={sys.executable}"], cwd=copy, check=True, capture_output=True)
    archive = copy / "build" / "localchat.pyz"
    assert "is open" in start(archive, tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); from netcore import bootstrap as b; print(b.SCRIPT)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(archive)], capture_output=True, text=True, encoding="utf-8",
        check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert os.path.samefile(done.stdout.strip(), archive)


def test_the_commands_lead_to_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pip install .`: each entry point is called without arguments and reads the command line itself."""
    import localchat
    from netcore.options import VERSION

    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))
    names = project["project"]
    assert names["version"] == VERSION
    assert set(names["scripts"].values()) == set(names["gui-scripts"].values()) == {"localchat:main"}
    assert project["tool"]["setuptools"]["py-modules"] == ["localchat"]
    monkeypatch.setattr(sys, "argv", ["localchat", "--version"])
    with pytest.raises(SystemExit) as ended:
        localchat.main()
    assert ended.value.code == 0 and capsys.readouterr().out == f"LocalChat {VERSION}\n"
