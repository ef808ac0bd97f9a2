"""Files in a storm: shared with all or whispered, while processes die and lines are cut (PROTOCOL §14).

Each file has a name and a content of its own, so what lies in a folder says what happened to it. A file
counts from the moment that its sender's program has told of it: from then on it is on that sender's disk.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.people import Event, Person

if TYPE_CHECKING:
    from tests.faults.storm import Storm

SIZES = (0, 1, 65_536, 65_537, 150_000, 400_000)
_SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody chose. `to` is "" for everyone."""

    name: str
    sender: str
    to: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """How many files broke each promise; all zero is a pass."""

    lost: int  # sent, and not with somebody who asked for it
    doubled: int  # shared twice, or saved more often than it was asked for
    damaged: int  # saved with another content
    partial: int  # a part left, when all was quiet
    strayed: int  # whispered, and offered to somebody else

    @property
    def passed(self) -> bool:
        return not any((self.lost, self.doubled, self.damaged, self.partial, self.strayed))


class Files:
    """The files of one storm."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self.sent: dict[str, Sent] = {}
        self._asked: dict[tuple[str, str], tuple[int, float]] = {}  # (reader, id) -> life, when
        self._asks: Counter[tuple[str, str]] = Counter()  # (reader, name); a frozen program reads all at once
        (storm.folder / "files").mkdir()

    def folder(self, person: Person) -> Path:
        folder = self._storm.folder / "files" / f"{person.name} saved"
        folder.mkdir(exist_ok=True)
        return folder

    def send_one(self) -> None:
        """Somebody shares a file, with everyone or with one other."""
        storm = self._storm
        client = storm.random.choice(storm.clients)
        to = storm.random.choice([one.name for one in storm.clients if one is not client] + [""] * 3)
        name = f"f{len(self.sent) + 1}.bin"
        content = storm.random.randbytes(storm.random.choice(SIZES))
        path = storm.folder / "files" / name
        path.write_bytes(content)
        self.sent[name] = Sent(name, client.name, to, content)
        storm.type(client, f"/file {path}" + (f" to {to}" if to else ""))

    def counted(self) -> dict[str, Sent]:
        """Those that their senders' programs have told of, and did not give back."""
        told: set[str] = set()
        for client in self._storm.clients:
            events = client.of_kind("file_progress", "file_sent")
            told |= {str(event["name"]) for event in events if event.get("sending", True)}
        return {name: sent for name, sent in self.sent.items() if name in told}

    def readers(self, sent: Sent) -> list[Person]:
        clients = self._storm.clients
        return [one for one in clients if (one.name == sent.to if sent.to else one.name != sent.sender)]

    def unquiet(self) -> list[str]:
        """Who still lacks a file; whoever was offered one and has not asked for it in this life, asks."""
        lacks = []
        for sent in self.counted().values():
            for reader in self.readers(sent):
                if (self.folder(reader) / sent.name).exists():
                    continue
                lacks.append(f"{reader.name} lacks {sent.name} of {sent.sender} (to {sent.to or 'all'})")
                self._ask(reader, sent)
        return lacks

    def _ask(self, reader: Person, sent: Sent) -> None:
        offer = next((one for one in offers(reader) if one["name"] == sent.name), None)
        ready = any(event["life"] == reader.life for event in reader.of_kind("connected", "history"))
        if offer is None or reader.ended or not ready:
            return
        file_id = str(offer["id"])
        life, asked_s = self._asked.get((reader.name, file_id), (0, 0.0))
        going_on = (self.folder(reader) / f"{sent.name}.part").exists()
        if life == reader.life and (going_on or time.monotonic() - asked_s < 10 * _SETTLE_S):
            return
        if going_on and time.monotonic() - asked_s < 20 * _SETTLE_S:
            return  # of its life before; it goes on by itself
        self._asked[reader.name, file_id] = reader.life, time.monotonic()
        self._asks[reader.name, sent.name] += 1
        self._storm.type(reader, f"/get {file_id} {self.folder(reader)}")

    def judge(self) -> FileVerdict:
        """When all is quiet."""
        lost = doubled = damaged = partial = strayed = 0
        counted = self.counted()
        for client in self._storm.clients:
            saved = {path.name: path.read_bytes() for path in self.folder(client).iterdir()}
            for sent in counted.values():
                is_reader = client in self.readers(sent)
                lost += is_reader and sent.name not in saved
                damaged += sent.name in saved and saved[sent.name] != sent.content
            partial += sum(name.endswith(".part") for name in saved)
            for name in counted:
                stem = name.removesuffix(".bin")
                copies = sum(one == name or one.startswith(f"{stem} (") for one in saved)
                doubled += max(0, copies - max(1, self._asks[client.name, name]))
            offered: dict[str, set[str]] = {}
            for one in offers(client):
                offered.setdefault(str(one["name"]), set()).add(str(one["id"]))
                sent = self.sent[str(one["name"])]
                strayed += bool(sent.to) and client.name not in (sent.to, sent.sender)
            doubled += sum(len(ids) - 1 for ids in offered.values())
        return FileVerdict(lost, doubled, damaged, partial, strayed)

    @property
    def bytes_saved(self) -> int:
        return sum(
            os.path.getsize(path) for one in self._storm.clients for path in self.folder(one).iterdir()
        )


def offers(person: Person) -> list[Event]:
    """All that it was offered, in this life and those before."""
    found = list(person.of_kind("file_offered"))
    for event in person.of_kind("history"):
        found += [{**one["file"]} for one in (*event["messages"], *event["whispers"]) if "file" in one]
    return found
