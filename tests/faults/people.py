"""Programs under test as people use them: a headless server and headless clients, as processes.

Each reads lines and prints one JSON object a line. A thread per process collects what it prints;
tests wait for a condition on that, never for a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.waiting import WAIT_S, wait_until

ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]


class Person:
    """One `localchat.py ... --headless --json` that can be killed, frozen and started again."""

    def __init__(
        self, name: str, arguments: list[str], data_dir: Path, launcher: Sequence[str] = (sys.executable,)
    ) -> None:
        """`launcher` is what runs Python scripts: the interpreter, or something around it."""
        self.name = name
        self.data_dir = data_dir
        self._arguments = arguments
        self._launcher = launcher
        self.events: list[Event] = []  # of every life, in order
        self.life = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        command = [*self._launcher, str(ROOT / "localchat.py"), *self._arguments]
        command += ["--headless", "--json", "--data-dir", str(self.data_dir)]
        self.life += 1
        with open(self.data_dir.parent / f"{self.name}.stderr", "ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, bufsize=0, cwd=ROOT
            )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self.process, self.life), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes], life: int) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            # A process killed in the middle of a line leaves half of it; that was never shown.
            if line.endswith(b"\n"):
                self.events.append({**json.loads(line), "life": life})

    @property
    def ended(self) -> bool:
        """It came to its end by itself; `finish` tells how."""
        return self.process is not None and self.process.poll() is not None

    def of_kind(self, *kinds: str) -> list[Event]:
        return [event for event in list(self.events) if event["event"] in kinds]

    def wait_for(self, kind: str, timeout_s: float = WAIT_S, since: int = 0) -> Event:
        """The first event of this kind at or after index `since`."""

        def found() -> bool:
            return any(event["event"] == kind for event in self.events[since:])

        wait_until(found, timeout_s, lambda: f"{self.name} prints {kind}; last: {self.events[-3:]}")
        return next(event for event in self.events[since:] if event["event"] == kind)

    def type(self, line: str) -> None:
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def end_of_input(self) -> None:
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.close()

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone and all it printed is read."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self._gone()

    def finish(self, timeout_s: float = WAIT_S) -> int:
        """Wait for its own end; the exit code."""
        assert self.process is not None
        code = self.process.wait(timeout_s)
        self._gone()
        return code

    def _gone(self) -> None:
        assert self.process is not None and self._reader is not None
        self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process = None
