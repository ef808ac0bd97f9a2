"""`.ci/run` repeats the failed tests that share a screen or start processes, by name, and no others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
TAKEN_ALONG = (".ci/run", "pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/marks.py")

# The tests of that house. All but `fine` fail at their first run; `never` fails at the second too.
TRIES = '''
import subprocess, sys
from pathlib import Path
import pytest

def passes_again(name):
    seen = Path(__file__).with_name(name + ".seen")
    ran_before = seen.exists()
    seen.touch()
    return ran_before

@pytest.fixture
def display():
    return ":7"

class Program:
    def __init__(self):
        subprocess.run([sys.executable, "-c", ""], check=True)
'''
SCREEN = 'def test_screen(display):\n    assert passes_again("screen")\n'
PROCESS = 'def test_process():\n    Program()\n    assert passes_again("process")\n'
BY_HAND = '@pytest.mark.processes\ndef test_by_hand():\n    assert passes_again("by_hand")\n'
PURE = 'def test_pure():\n    assert passes_again("pure")\n'
NEVER = "def test_never(display):\n    assert False\n"
FINE = "def test_fine():\n    pass\n"


def ci(folder: Path, *tests: str) -> tuple[int, str]:
    """Exit code and output of `.ci/run` over a house that has these tests only."""
    for name in TAKEN_ALONG:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(HOME / name, folder / name)
    (folder / "Makefile").write_text("check:\n")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (folder / "tests" / "test_x.py").write_text("\n\n".join((TRIES, *tests)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    no_workers = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}  # they take seconds to start
    done = subprocess.run([folder / ".ci" / "run"], capture_output=True, text=True, env=kept | no_workers)
    return done.returncode, done.stdout + done.stderr


def verdicts(output: str) -> list[str]:
    """pytest's closing lines, without their times."""
    return re.findall(r"^((?:\d+ \w+(?:, )?)+) in [\d.]+s", output, re.MULTILINE)


def test_marked_tests_are_repeated_by_name(tmp_path: Path) -> None:
    code, output = ci(tmp_path, FINE, SCREEN, PROCESS, BY_HAND)
    assert code == 0, output
    names = [f"tests/test_x.py::test_{name}" for name in ("screen", "process", "by_hand")]
    assert "\n".join(["Repeated:", *names, ""]) in output
    assert verdicts(output) == ["3 failed, 1 passed", "3 passed"]


def test_a_pure_test_is_red_at_once(tmp_path: Path) -> None:
    """Whatever else failed. The last word is pytest's."""
    code, output = ci(tmp_path, FINE, PURE, SCREEN)
    assert code == 1 and "Repeated" not in output
    assert verdicts(output) == verdicts(output.splitlines()[-1]) == ["2 failed, 1 passed"]


def test_what_fails_twice_is_red(tmp_path: Path) -> None:
    code, output = ci(tmp_path, FINE, NEVER, SCREEN)
    assert code == 1
    assert "Repeated:\ntests/test_x.py::test_never\ntests/test_x.py::test_screen\n" in output
    assert verdicts(output) == ["2 failed, 1 passed", "1 failed, 1 passed"]


def test_what_cannot_be_collected_is_red(tmp_path: Path) -> None:
    """Here: a mark that nobody registered."""
    code, output = ci(tmp_path, FINE, "@pytest.mark.scren\n" + FINE)
    assert code > 1 and "'scren' not found" in output and "Repeated" not in output
