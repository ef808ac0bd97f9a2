"""Finding a room: from the question to the first row, and from the start of a program to its first line.

On this computer alone, so of the network only the stack is in it: what is measured is how soon we ask, how
soon a room answers, and how soon a list is told.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.bench.crowd import new_folder
from tests.bench.measure import Bar, Options, Result, Table, middle
from tests.bench.ours import HOME, OurServer
from tests.net.searching import searching

ROUNDS: Final = 10
BAR_MS: Final = 1_000


def search_ms(folder: Path, port: int) -> float:
    """A search that a window begins, until the room is in its list."""
    start_s = time.perf_counter()
    with searching(folder) as search:
        search.wait(lambda rooms: any(room.address.endswith(f":{port}") for room in rooms))
        return (time.perf_counter() - start_s) * 1_000


def program_ms(folder: Path, port: int) -> float:
    """`localchat.py rooms`, until it has printed the room."""
    command = [sys.executable, str(HOME / "localchat.py"), "rooms", "--json", "--data-dir", str(folder)]
    start_s = time.perf_counter()
    with subprocess.Popen([*command, "--seconds", "30"], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        heard = any(f":{port}" in line for line in program.stdout)
        took_s = time.perf_counter() - start_s
        program.terminate()
    if not heard:
        raise RuntimeError("the room was not found")
    return took_s * 1_000


def run(options: Options) -> Result:
    folder = new_folder()
    server = OurServer()
    try:
        rounds = 2 if options.quick else ROUNDS
        searches = [search_ms(folder, server.port) for _ in range(rounds)]
        programs = [program_ms(folder, server.port) for _ in range(rounds)]
    finally:
        server.close()
    table = Table(f"Finding a room on this computer ({rounds} times)", ("what", "median ms", "worst ms"))
    table.add("a search, to its first row", middle(searches), max(searches))
    table.add("`localchat.py rooms`, to its first line", middle(programs), max(programs))
    bars = [Bar("time to the first row of a search", middle(searches), BAR_MS, "ms")]
    return Result([table], bars, {"search_ms": searches, "program_ms": programs})
