"""A seeded storm of faults over a real server and real clients, judged by `checker` (PROTOCOL §7).

    python -m tests.faults.storm --rounds 100 [--seed 1] [--clients 4]

One room lives through all rounds. A round: everyone types and whispers, one to three faults of `strikes`
hit meanwhile, everything is healed, and the room must become quiet: every text entered in the log, every
display at the head, every acknowledged whisper with its recipient. After the last round the verdict is
printed, with what was done. Exit 1 on any breach; what the programs printed then stays in its folder.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from netcore.net.client.files import STORE_FILE
from netcore.net.server.files import LOG_FILE
from tests.faults.checker import Mailbox, Row, Verdict, WhisperVerdict, judge, judge_whispers
from tests.faults.files import Files, FileVerdict
from tests.faults.jumpy_clock import set_offset
from tests.faults.people import Person
from tests.faults.proxy import FaultProxy, Weather
from tests.faults.strikes import STRIKES
from tests.keys.put import put_member_key, put_server_keys
from tests.net.peer import key
from tests.waiting import wait_until

NAMES: Final = ("Ada", "Ben", "Chen", "Dora", "Eli", "Fay", "Gus", "Hal")
NO_SERVER: Final = ("unreachable", "lost")
"""Nobody answered, or who did was gone before the client was in."""
DISK_FULL: Final = ("disk_full",)
QUIET_S: Final = 120.0
"""A room that has not become quiet by then never will: the longest back-off is 30 s."""


class Storm:
    """The cast and what was done to it. `close` ends every process it started."""

    def __init__(self, folder: Path, seed: int, clients: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.attempts: dict[str, list[str]] = {name: [] for name in NAMES[:clients]}
        self.whispers: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.unread: set[str] = set()  # stood in the input of a client that was killed, perhaps
        self.unshown: set[str] = set()  # whispers whose recipient was killed before it showed them
        self._whispered = 0
        self.files = Files(self)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        self.server = self._person(
            "server", ["server", "--room", "Storm", "--nick", "Host", "--port", str(port)]
        )
        put_server_keys(self.server.data_dir, "Storm")
        self.server.start()
        fragment = str(self.server.wait_for("listening", 60)["invite"]).partition("#")[2]
        self.proxies = [FaultProxy(port) for _ in range(clients)]
        self.clients: list[Person] = []
        for number, (name, proxy) in enumerate(zip(NAMES, self.proxies, strict=False)):
            target = f"localchat://127.0.0.1:{proxy.port}/#{fragment}"
            client = self._person(name, ["client", target, "--nick", name])
            put_member_key(client.data_dir, name, key(number).to_pem())
            self.clients.append(client)
            client.start()
        for client in self.clients:
            client.wait_for("connected", 60)

    def _person(self, name: str, arguments: list[str]) -> Person:
        data_dir = self.folder / name
        data_dir.mkdir()
        offset = self.folder / f"{name}.clock"
        set_offset(offset, 0)
        launcher = (sys.executable, "-m", "tests.faults.jumpy_clock", str(offset))
        return Person(name, arguments, data_dir, launcher)

    # --- One round ---

    def round(self) -> None:
        for strike in self.random.sample(STRIKES, self.random.randint(1, 3)):
            self.burst()
            self.files.send_one()
            self.faults[strike.__name__] += 1
            strike(self)
        self.burst()
        self.files.send_one()
        self.heal()
        wait_until(self._is_quiet, QUIET_S, "the room becomes quiet")

    def burst(self) -> None:
        """Everyone types a few lines at once, whispers among them."""
        for _ in range(self.random.randint(1, 3)):
            for client in self.clients:
                texts = self.attempts[client.name]
                texts.append(f"{client.name} {len(texts) + 1}")
                self.type(client, texts[-1])
                if self.random.random() < 0.5:
                    self._whisper(client)
        self.rest(0.02, 0.15)

    def _whisper(self, client: Person) -> None:
        to = self.random.choice([one for one in self.clients if one is not client]).name
        self._whispered += 1
        text = f"whisper {self._whispered}"
        self.whispers[client.name, to].append(text)
        self.type(client, f"/whisper {to} {text}")

    def type(self, client: Person, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            client.type(line)

    def rest(self, least_s: float, most_s: float) -> None:
        """Let the storm blow for a random moment: not waiting for anything, just the length of a fault."""
        time.sleep(self.random.uniform(least_s, most_s))

    def heal(self) -> None:
        for proxy in self.proxies:
            proxy.set(Weather())
        for person in (self.server, *self.clients):
            self.set_clock(person, 0)

    def _is_quiet(self) -> bool:
        self._start_again(self.server, DISK_FULL)
        for client in self.clients:
            self._start_again(client, NO_SERVER)
        return not self.unquiet()

    def _start_again(self, person: Person, why: tuple[str, ...]) -> None:
        """Who meets no server, or no room on the disk, at its start says so and ends: for this one reason."""
        if not person.ended:
            return
        person.finish()
        errors = [event["code"] for event in person.of_kind("error")]
        assert errors and errors[-1] in why, f"{person.name} ended: {person.events[-3:]}"
        if person is not self.server:
            self.note_killed(person)
        person.start()

    def set_clock(self, person: Person, offset_s: float) -> None:
        set_offset(self.folder / f"{person.name}.clock", offset_s)

    def note_killed(self, client: Person) -> None:
        """What stood in its input, never read, died with it. What it had on disk was perhaps never shown."""
        taken = {text for _, text in self.display(client)} | self.whispers_acknowledged(client)
        self.unread.update(text for text in self.attempts[client.name] if text not in taken)
        shown = {text for _, text in self.mail_shown(client)}
        for (sender, to), texts in self.whispers.items():
            if sender == client.name:
                self.unread.update(text for text in texts if text not in taken)
            if to == client.name:
                self.unshown.update(text for text in texts if text not in shown)

    # --- What the programs printed ---

    def display(self, client: Person) -> list[Row]:
        """What it showed: of the history that a new life begins with, only what is new."""
        rows: list[Row] = []
        known: set[Row] = set()
        for event in client.of_kind("said", "history"):
            said = [event] if event["event"] == "said" else event["messages"]
            said = [one for one in said if "file" not in one]
            new = [(int(one["seq"]), str(one["text"])) for one in said]
            rows += new if event["event"] == "said" else [row for row in new if row not in known]
            known.update(new)
        return rows

    def acknowledged(self, client: Person) -> list[str]:
        return [str(event["text"]) for event in client.of_kind("said") if event["from"] == client.name]

    def whispers_acknowledged(self, client: Person) -> set[str]:
        return {str(event["text"]) for event in client.of_kind("whisper_sent")}

    def mail_shown(self, client: Person) -> list[tuple[str, str]]:
        """The whispers it showed, and those in the history of a new life that it had not shown before."""
        mail: list[tuple[str, str]] = []
        for event in client.of_kind("whisper", "history"):
            if event["event"] == "whisper":
                mail.append((str(event["from"]), str(event["text"])))
            else:
                to_it = [one for one in event["whispers"] if "from" in one and "file" not in one]
                old = [(str(one["from"]), str(one["text"])) for one in to_it]
                mail += [one for one in old if one not in mail]
        return mail

    def unquiet(self) -> list[str]:
        """Who still lacks something that somebody entered, or that was acknowledged to somebody."""
        wanted = {text for texts in self.attempts.values() for text in texts} - self.unread
        lacks: list[str] = []
        for client in self.clients:
            lacking = wanted - {text for _, text in self.display(client)}
            sent = self.whispers_acknowledged(client)
            entered = [
                text for (who, _), texts in self.whispers.items() if who == client.name for text in texts
            ]
            open_whispers = [text for text in entered if text not in sent and text not in self.unread]
            # A whisper to somebody who is not in the room at that moment is refused at once.
            refused = sum(event["code"] == "no_such_member" for event in client.of_kind("error", "refused"))
            if len(open_whispers) > refused:
                lacking.update(open_whispers)
            shown = {text for _, text in self.mail_shown(client)} | self.unshown
            for other in self.clients:
                sent = self.whispers_acknowledged(other)
                lacking.update(
                    t for t in self.whispers[other.name, client.name] if t in sent and t not in shown
                )
            if lacking:
                lacks.append(f"{client.name} lacks {sorted(lacking)[:3]}")
        return lacks + self.files.unquiet()

    # --- What is on the disks ---

    def rows_on_disk(self, person: Person, name: str, sql: str) -> list[Any]:
        """From a copy of its database, so that it is not disturbed."""
        [database] = person.data_dir.rglob(name)
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(database.parent, copy)
        with contextlib.closing(sqlite3.connect(copy / database.name)) as connection:
            return connection.execute(sql).fetchall()

    def log(self) -> list[Row]:
        sql = "SELECT seq, text FROM messages WHERE file IS NULL ORDER BY seq"
        return self.rows_on_disk(self.server, LOG_FILE, sql)

    def mailbox(self, client: Person) -> Mailbox:
        sql = "SELECT name, text FROM whispers WHERE mine = 0 AND file IS NULL ORDER BY id"
        return Mailbox(self.rows_on_disk(client, STORE_FILE, sql), self.mail_shown(client))

    def _no_whisper_waits(self) -> bool:
        try:
            return not self.rows_on_disk(self.server, LOG_FILE, "SELECT id FROM whispers")
        except (sqlite3.DatabaseError, OSError):
            return False  # copied in the middle of a change

    # --- Judging ---

    def verdict(self) -> tuple[Verdict, WhisperVerdict, FileVerdict]:
        """Ends the programs in order first."""
        wait_until(lambda: len({self.display(c)[-1] for c in self.clients}) == 1, 60, "one head for all")
        wait_until(self._no_whisper_waits, 60, "all whispers are fetched")
        for person in (self.server, *self.clients):
            person.signal(signal.SIGTERM)
            person.finish()
        says = judge(
            self.attempts,
            {client.name: self.acknowledged(client) for client in self.clients},
            self.log(),
            {client.name: self.display(client) for client in self.clients},
            self.unread,
        )
        sent = {text for client in self.clients for text in self.whispers_acknowledged(client)}
        boxes = {client.name: self.mailbox(client) for client in self.clients}
        whispers = judge_whispers(self.whispers, sent, boxes, killed_before_shown=self.unshown)
        return says, whispers, self.files.judge()

    def report(self, says: Verdict, whispers: WhisperVerdict, files: FileVerdict) -> str:
        entered = sum(map(len, self.attempts.values()))
        sent = sum(len(self.whispers_acknowledged(client)) for client in self.clients)
        return "\n".join(
            (
                f"faults {self.faults.total()}: "
                + ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items())),
                f"messages: {entered} entered, {len(self.log())} in the log; {_numbers(says)}",
                f"whispers: {self._whispered} entered, {sent} acknowledged; {_numbers(whispers)}",
                f"files: {len(self.files.sent)} entered, {len(self.files.counted())} taken, "
                f"{self.files.bytes_saved} bytes saved; {_numbers(files)}",
            )
        )

    def close(self) -> None:
        for person in (*self.clients, self.server):
            person.kill()
            lines = "".join(json.dumps(event) + "\n" for event in person.events)
            (self.folder / f"{person.name}.events").write_text(lines)
        for proxy in self.proxies:
            proxy.close()


def _numbers(verdict: Verdict | WhisperVerdict | FileVerdict) -> str:
    return ", ".join(f"{field.name} {getattr(verdict, field.name)}" for field in fields(verdict))


def run(folder: Path, seed: int, rounds: int, clients: int) -> tuple[bool, str]:
    """Whether every promise held, and the report. AssertionError when the room does not become quiet."""
    started = time.monotonic()
    storm = Storm(folder, seed, clients)
    try:
        for number in range(1, rounds + 1):
            try:
                storm.round()
            except AssertionError as error:
                raise AssertionError(f"round {number} of seed {seed}: {error}: {storm.unquiet()}") from None
            if number % 10 == 0:
                took_s = time.monotonic() - started
                print(f"round {number}: {storm.faults.total()} faults, {took_s:.0f} s", flush=True)
        says, whispers, files = storm.verdict()
        head = f"seed {seed}: {rounds} rounds, {clients} clients, {time.monotonic() - started:.0f} s"
        passed = says.passed and whispers.passed and files.passed
        return passed, f"{head}\n{storm.report(says, whispers, files)}"
    finally:
        storm.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="a seeded storm of faults")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4, choices=range(2, len(NAMES) + 1))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="localchat-storm-"))
    passed = False
    try:
        passed, report = run(folder, options.seed, options.rounds, options.clients)
        print(report)
    finally:
        if passed:
            shutil.rmtree(folder)
        else:
            print(f"what each printed is kept in {folder}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
