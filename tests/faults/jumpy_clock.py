"""Runs a Python program whose wall clock jumps when a test says so, in the middle of whatever it does.

    python -m tests.faults.jumpy_clock OFFSET_FILE PROGRAM [ARGUMENT ...]

OFFSET_FILE holds one signed 64-bit number of nanoseconds, which `set_offset` changes while the program
runs. `time.time` and `time.time_ns`, by which LocalChat knows the date, show the real time plus that.
The monotonic clock goes on as it does when the date of a real machine is set. It works on every system;
what it cannot reach is C code that asks the system for the date by itself, and LocalChat has none.
"""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
import time
from pathlib import Path
from typing import Final

_OFFSET: Final = struct.Struct("<q")


def set_offset(path: Path, seconds: float) -> None:
    """From now on the program's date is that far off (0 for right)."""
    data = _OFFSET.pack(int(seconds * 1e9))
    if not path.exists():
        path.write_bytes(data)
        return
    with path.open("r+b") as file:
        file.write(data)  # over the old one: the program has the file mapped


def _jump(path: Path) -> None:
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)
    real_ns = time.time_ns

    def time_ns() -> int:
        return real_ns() + int(_OFFSET.unpack(view[: _OFFSET.size])[0])

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9


if __name__ == "__main__":
    _jump(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
