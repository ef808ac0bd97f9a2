"""Abuse, measured: what two honest members feel while somebody attacks their server (PROTOCOL §9).

    python -m tests.faults.abuse [--seconds 10] [--only flood slowloris ...]

For each attack a fresh server process. Two members who are in the room already talk in turns, five times a
second each, as fast as the room lets anybody; what is measured is from one's `send` to the other's screen.
Printed: half of all round trips are faster than p50, all but one in a hundred than p99; the server's memory
before, at most, and its share of one core. Exit 1 when p99 or memory is over its bar, or the server ended.

`late` is how late this computer wakes a program that sleeps, in the same time: nine times of ten less than
that. A round trip has at least four such moments, so where it is much, p99 is what other programs cost.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netcore.wire.messages import Said
from tests.faults.attackers import KINDS, enter
from tests.faults.people import ROOT, Person
from tests.keys.put import put_server_keys
from tests.net.peer import Peer, key
from tests.waiting import wait_until

P99_BAR_S: Final = 0.2
MEMORY_BAR_BYTES: Final = 96 * 2**20
"""Growth. What eight members who never read may make the server hold: 4 MiB each in their queues, and air."""
EACH_S: Final = 0.2
PAST: Final = 120  # messages of 4,000 letters in the log, for those who ask for the past


@dataclass(frozen=True, slots=True)
class Measured:
    attack: str
    round_trips_s: Sequence[float]
    memory_before: int
    memory_most: int
    cpu_share: float  # of one core
    late_s: Sequence[float]  # after each sleep
    told: str  # by the attacker

    def at(self, share: float) -> float:
        return _at(share, self.round_trips_s)

    @property
    def passed(self) -> bool:
        grown = self.memory_most - self.memory_before
        return self.at(0.99) < P99_BAR_S and grown < MEMORY_BAR_BYTES

    def __str__(self) -> str:
        return (
            f"{self.attack:12} p50 {self.at(0.5) * 1e3:6.1f} ms   p99 {self.at(0.99) * 1e3:6.1f} ms   "
            f"n {len(self.round_trips_s):3}   late {_at(0.9, self.late_s) * 1e3:5.1f} ms   "
            f"memory {self.memory_before / 2**20:5.1f} -> "
            f"{self.memory_most / 2**20:5.1f} MiB   cpu {self.cpu_share:4.0%}   {self.told}"
        )


def _at(share: float, values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(attack: str, seconds: float, folder: Path) -> Measured:
    """`attack` is a kind of attackers.KINDS, or "calm" for none."""
    folder.mkdir()
    server = Person("server", ["server", "--room", "Abuse", "--port", "0"], folder)
    put_server_keys(folder, "Abuse")
    server.start()
    attacker: subprocess.Popen[str] | None = None
    try:
        port = int(server.wait_for("listening", 30)["port"])
        for number in range(PAST):
            server.type(f"{number} " + "x" * 3_990)
        wait_until(lambda: len(server.of_kind("said")) == PAST, 60, "the past is said")
        ada, ben = (enter(Peer(port, key(number), name)) for number, name in enumerate(("Ada", "Ben")))
        _talk(ada, ben, 2.0)  # until everything that is made once is made
        assert server.process is not None
        pid = server.process.pid
        if attack == "descriptors":
            most = len(os.listdir(f"/proc/{pid}/fd")) + 10
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        memory = _memory(pid)
        if attack != "calm":
            command = [sys.executable, "-m", "tests.faults.attackers", attack, str(port), str(seconds)]
            attacker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        cpu_s, start_s = _cpu_s(pid), time.monotonic()
        # An attacker needs a second to get going; the memory is looked at after every message.
        trips, late, most_memory = _talk(ada, ben, seconds + 1, pid)
        cpu_share = (_cpu_s(pid) - cpu_s) / (time.monotonic() - start_s)
        told = attacker.communicate(timeout=30)[0].strip() if attacker is not None else ""
        assert server.process.poll() is None, "the server ended"
        ada.leave()
        ben.leave()
        return Measured(attack, trips, memory, most_memory, cpu_share, late, told)
    finally:
        if attacker is not None and attacker.poll() is None:
            attacker.kill()
            attacker.wait()
        server.kill()


def _talk(
    ada: Peer, ben: Peer, seconds: float, pid: int | None = None
) -> tuple[list[float], list[float], int]:
    """Round trips, and how late each sleep ended, in seconds; the most memory seen meanwhile."""
    trips: list[float] = []
    late: list[float] = []
    most = 0
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for speaker, listener in ((ada, ben), (ben, ada)):
            start_s = time.monotonic()
            text = f"{speaker.name} {speaker.n}"
            speaker.say(text)
            listener.wait_for(Said, text=text)
            speaker.wait_for(Said, text=text)
            trips.append(time.monotonic() - start_s)
            most = max(most, _memory(pid) if pid is not None else 0)
            asleep_s = time.monotonic()
            pause_s = max(0.0, start_s + EACH_S / 2 - asleep_s)
            time.sleep(pause_s)  # their pace
            late.append(time.monotonic() - asleep_s - pause_s)
    return trips, late, most


def _memory(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description="what honest members feel under abuse")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", nargs="+", choices=["calm", *KINDS], default=["calm", *KINDS])
    options = parser.parse_args()
    passed = True
    with tempfile.TemporaryDirectory(prefix="localchat-abuse-") as folder:
        for attack in options.only:
            measured = measure(attack, options.seconds, Path(folder) / attack)
            print(f"{measured}{'' if measured.passed else '   OVER THE BAR'}", flush=True)
            passed = passed and measured.passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
