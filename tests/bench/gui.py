"""The windows, on a screen of their own (Xvfb): how soon they stand, and whether they stutter in a flood."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.crowd import stop
from tests.bench.measure import Bar, Options, Result, Table, middle
from tests.bench.ours import HOME

BARE_TK: Final = "import tkinter; tkinter.Tk(className='LocalChat').mainloop()"
STARTS: Final = 5
START_S: Final = 20.0
FLOOD_S: Final = 20.0
MANY_MESSAGES: Final = 100_000
LAB_TIMER: Final = "lateness of that timer at 200 messages/s with the laboratory open,"
TIMER_NAME: Final = "lateness of a 10 ms timer at 1,000 messages/s,"

FLOODS: Final = {
    "costly": "under 8 members with messages that cost most to draw",
    "states": "under 50,000 slowed and room_state a second",
    "comings": "under 500 comings and goings a second in a room of 500",
}


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of programs that are to show themselves on a screen of their own."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=(write_end,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()
    try:
        yield os.environ | {"DISPLAY": f":{number}"}
    finally:
        stop(server)


def seconds_to_window(command: list[str], environment: dict[str, str]) -> float:
    """From the start of the process until its window is visible, give or take the 10 ms of one look."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    look = ["xdotool", "search", "--onlyvisible", "--class", "^LocalChat$"]
    try:
        while time.perf_counter() - start < START_S:
            if subprocess.run(look, env=environment, capture_output=True).stdout.strip():
                return time.perf_counter() - start
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with code {process.returncode}")
            time.sleep(0.005)
        raise TimeoutError(f"no window of {command} within {START_S:.0f} s")
    finally:
        stop(process)


def starts(environment: dict[str, str], times: int) -> tuple[list[float], list[float]]:
    """Seconds of the role dialog and of bare Tk, in turn. The first of each fills the disk's cache.

    The program as a double click starts it: with no arguments, which would have to be read.
    It also leaves the compiled sources behind, as a person's does, whatever the shell of this bench has set.
    """
    environment = {name: text for name, text in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    data_dir = tempfile.mkdtemp()
    environment["XDG_DATA_HOME"] = data_dir
    ours: list[float] = []
    bare: list[float] = []
    try:
        for _ in range(times + 1):
            ours.append(seconds_to_window([sys.executable, "localchat.py"], environment))
            bare.append(seconds_to_window([sys.executable, "-c", BARE_TK], environment))
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    return ours[1:], bare[1:]


def run(options: Options) -> Result:
    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing:
        return Result([Table("Windows", ("",), notes=[f"not measured: {', '.join(missing)} is missing"])])
    flood_s, messages = (2.0, 2_000) if options.quick else (FLOOD_S, MANY_MESSAGES)
    with screen() as environment:
        ours, bare = starts(environment, 1 if options.quick else STARTS)
        window = subprocess.run(
            [sys.executable, "-m", "tests.bench.gui_window", str(flood_s), str(messages)],
            env=environment,
            cwd=HOME,
            capture_output=True,
            text=True,
            check=False,
        )
        lab = subprocess.run(
            [sys.executable, "-m", "tests.bench.gui_lab", str(flood_s)],
            env=environment,
            cwd=HOME,
            capture_output=True,
            text=True,
            check=False,
        )
    for process in (window, lab):
        if process.returncode:
            raise RuntimeError(process.stderr)
    found: dict[str, float] = json.loads(window.stdout) | json.loads(lab.stdout)
    role_s, tk_s = middle(ours), middle(bare)
    assert role_s is not None and tk_s is not None
    table = Table("Windows (Xvfb)", ("what", "value"))
    table.add("start until the role dialog is visible, ms", role_s * 1000)
    table.add("start until a bare tkinter.Tk() is visible, ms", tk_s * 1000)
    table.add(f"{TIMER_NAME} p50, ms", found["late_p50_ms"])
    table.add(f"{TIMER_NAME} p99, ms", found["late_p99_ms"])
    table.add(f"{TIMER_NAME} worst, ms", found["late_worst_ms"])
    for flood, words in FLOODS.items():
        table.add(f"lateness of that timer {words}, p99, ms", found[f"{flood}_p99_ms"])
        table.add(f"lateness of that timer {words}, worst, ms", found[f"{flood}_worst_ms"])
    table.add(f"messages not yet shown after {flood_s:.0f} s of them", int(found["not_shown"]))
    table.add("5,000 messages of history shown, ms", found["history_ms"])
    table.add("4,000 characters pasted, ms", found["paste_ms"])
    table.add("memory of the empty window, MB", found["empty_kb"] / 1024)
    table.add("memory after the flood, MB", found["before_kb"] / 1024)
    table.add(f"memory after {int(found['messages']):,} further messages, MB", found["after_kb"] / 1024)
    table.add("a bare Toplevel with 5,000 rows and 4 KiB of hex, ms", found["bare_ms"])
    table.add("the laboratory opened, ms", found["lab_open_ms"])
    table.add("5,000 rows and a frame of 65,552 bytes opened in it, ms", found["lab_fill_ms"])
    table.add(f"{LAB_TIMER} p99, ms", found["lab_late_p99_ms"])
    table.add(f"{LAB_TIMER} worst, ms", found["lab_late_worst_ms"])
    table.add("the newest frame a row, p99, ms", found["lab_row_p99_ms"])
    opened_ms = found["lab_open_ms"] + found["lab_fill_ms"]
    bars = [
        Bar("role dialog visible: bare tkinter.Tk()", role_s / tk_s, 2.0, "x"),
        Bar("lateness of a 10 ms timer at 1,000 messages/s, p99", found["late_p99_ms"], 20, "ms"),
        Bar("lateness of a 10 ms timer at 1,000 messages/s, worst", found["late_worst_ms"], 60, "ms"),
        Bar("laboratory of the same content: bare Toplevel", opened_ms / found["bare_ms"], 2.0, "x"),
        Bar("5,000 rows and a frame of 65,552 bytes in the laboratory", found["lab_fill_ms"], 150, "ms"),
        Bar(f"{LAB_TIMER} p99", found["lab_late_p99_ms"], 20, "ms"),
        Bar(f"{LAB_TIMER} worst", found["lab_late_worst_ms"], 60, "ms"),
        Bar("the newest frame a row in the laboratory, p99", found["lab_row_p99_ms"], 100, "ms"),
        *(
            Bar(f"lateness of a 10 ms timer {words}, p99", found[f"{flood}_p99_ms"], 60, "ms")
            for flood, words in FLOODS.items()
        ),
    ]
    return Result([table], bars, {"gui": found | {"role_s": role_s, "tk_s": tk_s}})
