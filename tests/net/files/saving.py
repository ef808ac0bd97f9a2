"""How the two roles save a file, step by step, for a program that is killed at each of its calls: it loads
little."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from netcore.net.files.target import Target
from netcore.store.client_store import ClientStore
from netcore.store.part_notes import PartNotes
from netcore.wire.messages import File

SERVER: Final = b"S" * 32
CONTENT: Final = bytes(range(256)) * 400
FILE: Final = File(bytes(16), "plan.pdf", len(CONTENT), hashlib.sha256(CONTENT).digest(), bytes(32))


def save_at_client(home: Path) -> Iterator[None]:
    """A download's life, as `downloads` does it, in steps."""
    store = ClientStore.open(home / "history.db")
    store.place(SERVER)
    yield
    target = Target.create(
        FILE,
        home / "out",
        "plan.pdf",
        lambda part: store.add_download(SERVER, FILE, str(part), False),
    )
    yield
    fill(target)
    target.finish()
    store.drop_download(SERVER, str(target.part))


def save_at_host(home: Path) -> Iterator[None]:
    """The same as `host_files` does it."""
    notes = PartNotes(home / "parts")
    yield
    target = Target.create(FILE, home / "out", "plan.pdf", notes.add)
    notes.made(target.part)
    yield
    fill(target)
    target.finish()
    notes.drop(target.part)


def fill(target: Target) -> None:
    for index in range(-(-len(CONTENT) // 65_536)):
        target.write(index, CONTENT[index * 65_536 :][:65_536])
