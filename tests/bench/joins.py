"""Joins: how long until a whole class is in the room, and what those feel who are there already.

Cold: the members come for the first time, all at once. Storm: all connections break, and all come back at
once. The clients' own half of the handshakes is worked off by one process on the same machine, so the
server is not alone in what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from tests.bench.measure import Bar, Options, Result, Table, cpu_s, middle
from tests.bench.ours import HOME, SPEAKERS, Client, OurCrowd

PROBE_KEY = 2_400
"""A number that no other client of these runs has."""


@dataclass(frozen=True, slots=True)
class Joined:
    members: int
    how: str  # cold, storm
    seconds: float
    server_cpu_s: float
    worst_stall_ms: float
    redials: int


class Probe:
    """`probe` as a process; see there."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.probe", str(port), str(PROBE_KEY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HOME,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "live\n":
            raise RuntimeError("the probe did not get into the room")

    def stop(self) -> list[tuple[float, float]]:
        """(when, ms) of everything that it said."""
        delays: list[tuple[float, float]] = json.loads(self._process.communicate(timeout=10)[0])
        return delays


def join(crowd: OurCrowd, numbers: range, how: str) -> tuple[Joined, list[Client]]:
    probe = Probe(crowd.server.port)
    time.sleep(0.3)
    start, start_s, cpu_before = time.time(), time.perf_counter(), cpu_s(crowd.pid)
    redials_before = crowd.redials
    clients = crowd.join_as(numbers, at_once=len(numbers))
    took_s, used_s, end = time.perf_counter() - start_s, cpu_s(crowd.pid) - cpu_before, time.time()
    stalls = [ms for at, ms in probe.stop() if start <= at <= end]
    return Joined(
        len(numbers), how, took_s, used_s, max(stalls, default=0.0), crowd.redials - redials_before
    ), clients


def run(options: Options) -> Result:
    found: list[Joined] = []
    for run in range(options.runs):
        # 500 take a while: once is enough, and no bar depends on it.
        for members in (20,) if options.quick else (100, 500) if run == 0 else (100,):
            crowd = OurCrowd()
            try:
                numbers = range(SPEAKERS, SPEAKERS + members)
                cold, clients = join(crowd, numbers, "cold")
                for client in clients:
                    client.close()
                storm, clients = join(crowd, numbers, "storm")
                found += [cold, storm]
                for client in clients:
                    client.close()
            finally:
                crowd.close()
    table = Table(
        f"Joins, all at once (median of {options.runs})",
        (
            "members",
            "how",
            "seconds until all are in",
            "server CPU s",
            "worst stall of a member ms",
            "dialled again",
        ),
    )
    for members, how in dict.fromkeys((one.members, one.how) for one in found):
        runs = [one for one in found if (one.members, one.how) == (members, how)]
        table.add(
            members,
            how,
            middle([one.seconds for one in runs]),
            middle([one.server_cpu_s for one in runs]),
            middle([one.worst_stall_ms for one in runs]),
            middle([one.redials for one in runs]),
        )
    hundred = [one for one in found if one.members == 100]
    bars = [
        Bar("100 joins, cold", middle([one.seconds for one in hundred if one.how == "cold"]), 1.5, "s"),
        Bar("100 joins, storm", middle([one.seconds for one in hundred if one.how == "storm"]), 1.5, "s"),
        Bar(
            "worst stall of a member during 100 joins",
            middle([one.worst_stall_ms for one in hundred]),
            50,
            "ms",
        ),
    ]
    return Result([table], bars, {"joins": [asdict(one) for one in found]})
