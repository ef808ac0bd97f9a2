"""A museum version as a person starts it: a process, its lines in and its lines out."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.waiting import wait_until

HOME = Path(__file__).resolve().parents[2]


class Process:
    """`python -m netcore.lab.museum.VERSION ARGUMENTS`. `lines` grows while it prints."""

    def __init__(self, version: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"netcore.lab.museum.{version}", *arguments],
            cwd=HOME,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def tries_to_say(self, line: str) -> bool:
        """Whether it has ended, and so does not hear it."""
        with contextlib.suppress(OSError):  # BrokenPipeError, or on Windows an argument that is not valid
            self.say(line)
        return self._process.poll() is not None

    def wait_for(self, line: str) -> None:
        wait_until(lambda: line in self.lines, what=lambda: f"{line!r} among {self.lines}")

    def end_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Its exit code and what it wrote to standard error, once it has ended by itself."""
        code = self._process.wait(30)
        self._reader.join(30)
        assert self._process.stderr is not None
        return code, self._process.stderr.read()

    def clean_up(self) -> None:
        self._process.kill()
        self._process.wait(30)
        self._reader.join(30)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
