"""The laboratory costs nothing until it is opened."""

from __future__ import annotations

import subprocess
import sys

from tests.message_path import HOME

LOADED = """
import sys
import {modules}
print([name for name in sys.modules if name.startswith("netcore.lab")])
"""


def loaded_after(modules: str) -> str:
    command = [sys.executable, "-c", LOADED.format(modules=modules)]
    return subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True).stdout.strip()


def test_neither_a_window_nor_a_terminal_loads_it() -> None:
    assert loaded_after("localchat, netcore.engine, netcore.headless, gui.navigator") == "[]"


def test_that_it_is_loaded_would_be_seen() -> None:
    assert loaded_after("netcore.lab.spans") == "['netcore.lab', 'netcore.lab.spans']"


def test_the_sandbox_loads_its_cases_when_the_detective_is_opened() -> None:
    loaded = loaded_after("gui.lab.sandbox.page")
    assert "netcore.lab.sandbox" in loaded and "netcore.lab.cases.all_cases" not in loaded
