"""The real program as a process of its own: its JSON lines as they come. Imports nothing of netcore."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.waiting import WAIT_S

ROOT = Path(__file__).parent.parent.parent


class Program:
    """`localchat.py ROLE --headless --json ...`, ended at the end of the block."""

    def __init__(self, *arguments: str, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "localchat.py"), *arguments, "--headless", "--json",
             "--data-dir", str(data_dir)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", cwd=data_dir,
        )  # fmt: skip
        self.seen: list[dict[str, Any]] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait(self, event: str, **fields: object) -> dict[str, Any]:
        """The next line of this event with these fields; those before it are in `seen`."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {fields} in {self.seen}") from None
            assert line is not None, f"no {event} {fields} in {self.seen}"
            found: dict[str, Any] = json.loads(line)
            self.seen.append(found)
            if found["event"] == event and fields.items() <= found.items():
                return found

    def write(self, line: str) -> None:
        """A line of standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def rest(self) -> tuple[int, str]:
        """Waits for the end by itself: exit code and standard error; all lines are in `seen` then."""
        while (line := self._lines.get(timeout=WAIT_S)) is not None:
            self.seen.append(json.loads(line))
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        return self.process.wait(WAIT_S), errors

    def stop(self) -> tuple[int, str]:
        """Ends it in order: exit code and standard error."""
        if self.process.poll() is None:
            if sys.platform == "win32":  # where no signal asks for that; the end of input does
                assert self.process.stdin is not None
                self.process.stdin.close()
            else:
                self.process.terminate()
        return self.rest()

    def log(self) -> str:
        """Its log file."""
        path = self.data_dir / "localchat.log"
        return path.read_text("utf-8") if path.exists() else ""

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT_S)
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                pipe.close()
