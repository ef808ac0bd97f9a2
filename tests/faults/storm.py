"""A seeded storm of faults over a real server and real clients, judged by `checker` (PROTOCOL §7).

    python -m tests.faults.storm --rounds 100 [--seed 1] [--clients 4]

One room lives through all rounds. A round: everyone types, one to three faults strike meanwhile,
everything is healed, and the room must become quiet: every text entered in the log, every display
at the head. After the last round the verdict is printed, with what was done. Exit 1 on any breach.
The history of a failing run stays in its folder, whose path is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from tests.faults.checker import Row, Verdict, judge
from tests.faults.people import Person, wait_until
from tests.faults.proxy import FaultProxy, Weather

NAMES = ("Ada", "Ben", "Chen", "Dora", "Eli", "Fay", "Gus", "Hal")
UNLIMITED = resource.RLIM_INFINITY


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Storm:
    """The cast and what was done to it. `close` ends every process it started."""

    def __init__(self, folder: Path, seed: int, clients: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.attempts: dict[str, list[str]] = {name: [] for name in NAMES[:clients]}
        self.maybe: set[str] = set()
        port = free_port()
        arguments = ["server", "--room", "Storm", "--nick", "Host", "--port", str(port)]
        self.server = self._person("server", arguments)
        self.server.start()
        self.invite = str(self.server.wait_for("listening", 60)["invite"])
        self.proxies = [FaultProxy(port) for _ in range(clients)]
        self.clients = [
            self._person(
                name,
                ["client", f"localchat://127.0.0.1:{proxy.port}/{fragment(self.invite)}", "--nick", name],
            )
            for name, proxy in zip(NAMES, self.proxies, strict=False)
        ]
        for client in self.clients:
            client.start()
        for client in self.clients:
            client.wait_for("connected", 60)

    def _person(self, name: str, arguments: list[str]) -> Person:
        data_dir = self.folder / name
        data_dir.mkdir()
        return Person(name, arguments, data_dir)

    # --- One round ---

    def round(self) -> None:
        strikes = self.random.sample(self.FAULTS, self.random.randint(1, 3))
        for strike in strikes:
            self.burst()
            self.faults[strike.__name__.removeprefix("fault_")] += 1
            strike(self)
        self.burst()
        self.heal()
        wait_until(self.calm, 90, f"the room never became quiet: {self.unquiet()}")

    def burst(self) -> None:
        """Everyone types a few lines at once."""
        for _ in range(self.random.randint(1, 4)):
            for client in self.clients:
                if client.process is None:
                    continue
                texts = self.attempts[client.name]
                text = f"{client.name} {len(texts) + 1}"
                texts.append(text)
                with contextlib.suppress(BrokenPipeError):
                    client.type(text)
        self.rest(0.02, 0.15)

    def rest(self, least_s: float, most_s: float) -> None:
        """Let the storm blow for a random moment: not waiting for anything, just the length of a fault."""
        time.sleep(self.random.uniform(least_s, most_s))

    def heal(self) -> None:
        for proxy in self.proxies:
            proxy.set(Weather())
        for person in (self.server, *self.clients):
            if person.process is None:
                person.start()

    # --- Faults ---

    def fault_kill_server(self) -> None:
        self.server.kill()
        self.rest(0.0, 0.5)
        self.server.start()

    def fault_stop_server(self) -> None:
        """An orderly end in the middle of a burst, and a start on the same port."""
        self.server.signal(signal.SIGTERM)
        self.server.finish()
        self.server.start()

    def fault_kill_client(self) -> None:
        client = self.random.choice([one for one in self.clients if one.process is not None])
        client.kill()
        shown = {str(event["text"]) for event in client.of_kind("said")}
        # What stood in the pipe and was never read died with the process.
        self.maybe.update(text for text in self.attempts[client.name] if text not in shown)
        client.start()

    def fault_freeze_server(self) -> None:
        self._freeze(self.server)

    def fault_freeze_client(self) -> None:
        self._freeze(self.random.choice([one for one in self.clients if one.process is not None]))

    def _freeze(self, person: Person) -> None:
        person.signal(signal.SIGSTOP)
        self.rest(0.1, 1.0)
        person.signal(signal.SIGCONT)

    def fault_cut(self) -> None:
        self.random.choice(self.proxies).cut()

    def fault_reset(self) -> None:
        for proxy in self.proxies:
            if self.random.random() < 0.6:
                proxy.reset()

    def fault_delay(self) -> None:
        self._weather(Weather(delay_s=self.random.uniform(0.05, 0.4)))

    def fault_slice(self) -> None:
        """One byte a piece: no read ever holds a whole frame."""
        self._weather(Weather(slice_bytes=1))

    def fault_blackhole(self) -> None:
        """Nothing comes through, nobody is told; then the connection is reset."""
        proxy = self.random.choice(self.proxies)
        proxy.set(Weather(silent=True))
        self.rest(0.2, 1.0)
        proxy.reset()
        proxy.set(Weather())

    def fault_flap(self) -> None:
        proxy = self.random.choice(self.proxies)
        for _ in range(3):
            proxy.set(Weather(open=False))
            proxy.cut()
            self.rest(0.05, 0.2)
            proxy.set(Weather())
            self.rest(0.05, 0.2)

    def fault_disk_full(self) -> None:
        """No file of the server may grow any more; then there is room again."""
        if self.server.process is None:
            return
        process = self.server.process.pid
        largest = max(path.stat().st_size for path in self.server.data_dir.rglob("*") if path.is_file())
        resource.prlimit(process, resource.RLIMIT_FSIZE, (min(largest, 4096), UNLIMITED))
        self.burst()
        self.rest(0.2, 0.6)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))

    def _weather(self, weather: Weather) -> None:
        self.random.choice(self.proxies).set(weather)
        self.rest(0.2, 0.6)

    FAULTS: tuple[Callable[[Storm], None], ...] = (
        fault_kill_server, fault_stop_server, fault_kill_client, fault_freeze_server, fault_freeze_client,
        fault_cut, fault_reset, fault_delay, fault_slice, fault_blackhole, fault_flap, fault_disk_full,
    )  # fmt: skip

    # --- Judging ---

    def log(self) -> list[Row]:
        """The rows of the room's database, read without disturbing the server that holds it."""
        [database] = self.server.data_dir.rglob("room.db")
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(database.parent, copy)
        with contextlib.closing(sqlite3.connect(copy / database.name)) as connection:
            return connection.execute("SELECT seq, text FROM messages ORDER BY seq").fetchall()

    def display(self, client: Person) -> list[Row]:
        return [(int(event["seq"]), str(event["text"])) for event in client.of_kind("said")]

    def acknowledged(self, client: Person) -> list[str]:
        return [str(event["text"]) for event in client.of_kind("said") if event["from"] == client.name]

    def unquiet(self) -> list[str]:
        """Who still lacks something that somebody entered."""
        wanted = {text for texts in self.attempts.values() for text in texts} - self.maybe
        return [
            f"{client.name} lacks {sorted(lacking)[:3]}"
            for client in self.clients
            if (lacking := wanted - {text for _, text in self.display(client)})
        ]

    def calm(self) -> bool:
        return not self.unquiet()

    def verdict(self) -> Verdict:
        heads = [max(self.display(client))[0] for client in self.clients]
        wait_until(lambda: len({max(self.display(c))[0] for c in self.clients}) == 1, 30, f"heads {heads}")
        self.server.signal(signal.SIGTERM)
        self.server.finish()
        return judge(
            self.attempts,
            {client.name: self.acknowledged(client) for client in self.clients},
            self.log(),
            {client.name: self.display(client) for client in self.clients},
            self.maybe,
        )

    def close(self) -> None:
        for person in (*self.clients, self.server):
            person.kill()
        for proxy in self.proxies:
            proxy.close()


def fragment(invite: str) -> str:
    return "#" + invite.partition("#")[2]


def main() -> int:
    parser = argparse.ArgumentParser(description="a seeded storm of faults")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4, choices=range(2, len(NAMES) + 1))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="localchat-storm-"))
    started = time.monotonic()
    storm = Storm(folder, options.seed, options.clients)
    verdict = None
    try:
        for number in range(1, options.rounds + 1):
            storm.round()
            if number % 10 == 0:
                print(f"round {number}: {sum(storm.faults.values())} faults", flush=True)
        verdict = storm.verdict()
        print(f"seed {options.seed}, {options.rounds} rounds in {time.monotonic() - started:.0f} s")
        print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(storm.faults.items())))
        print(f"messages: {sum(map(len, storm.attempts.values()))} entered, {len(storm.log())} in the log")
        print(", ".join(f"{field.name} {getattr(verdict, field.name)}" for field in fields(verdict)))
    finally:
        storm.close()
        if verdict is not None and verdict.passed:
            shutil.rmtree(folder)
        else:
            print(f"what each printed is kept in {folder}")
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
