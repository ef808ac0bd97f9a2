"""kill -9 in the middle of commits: what was told before is on the disk."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

from netcore.store.client_store import ClientStore
from netcore.store.room_log import RoomLog
from netcore.wire.codec import row_hash

ROUNDS = 10

SERVER = b"S" * 32
ROOM = """
import os, sys
from pathlib import Path
from netcore.store.room_log import *
from netcore.wire.codes import Refusal
log = RoomLog.open(Path(sys.argv[1]), os.urandom, max_messages=100_000)
n, stream = 0, os.urandom(16)
while True:
    turn = []
    for _ in range(1 + os.urandom(1)[0] % 20):
        n += 1
        turn.append(Attempt(b"a" * 32, "Ada", stream, n, Refusal.MUTED if n % 7 == 0 else f"{n} " * 50))
    outcomes = log.commit(turn, n)
    lines = [f"{o.said.seq} {o.said.n} {stream.hex()}" for o in outcomes if isinstance(o, Stored)]
    os.write(1, "".join(line + "\\n" for line in lines).encode())
"""
CLIENT = """
import os, sys
from pathlib import Path
from netcore.store.client_store import *
from netcore.wire.messages import Said
store = ClientStore.open(Path(sys.argv[1]))
server, log = b"S" * 32, b"L" * 16
if store.place(server).log_id is None: store.start_log(server, log, 0)
seq = store.place(server).seq
while True:
    draft = store.add_say(server, "hello", 1)
    os.write(1, f"draft {draft.draft_id}\\n".encode())
    if draft.n % 3 == 0:
        seq += 1
        said = Said(seq, b"a" * 32, "Ada", draft.stream, draft.n, 1, str(draft.draft_id))
        store.append(server, log, [said], [draft.draft_id])
        os.write(1, f"said {draft.draft_id}\\n".encode())
"""


def killed_output(code: str, path: Path, seed: int) -> list[str]:
    """The whole lines that the program wrote until it was killed, some time after its first line."""
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    output, out = bytearray(), process.stdout.fileno()
    began, ended = threading.Event(), threading.Event()

    def read() -> None:
        while chunk := os.read(out, 65_536):
            output.extend(chunk)
            began.set()
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert began.wait(60), "it never committed anything"
        assert not ended.wait(random.Random(seed).uniform(0, 0.15)), "it ended by itself"
    finally:
        process.kill()
        reader.join(60)
        process.stdout.close()
        process.wait(60)
    return output.decode().split("\n")[:-1]


def test_every_outcome_that_was_told_is_in_the_log(tmp_path: Path) -> None:
    """Promise: "nothing acknowledged is ever lost"; and seq has no hole and no n comes twice."""
    path = tmp_path / "room.db"
    told: dict[int, str] = {}
    for seed in range(ROUNDS):
        for line in killed_output(ROOM, path, seed):
            seq, _, rest = line.partition(" ")
            assert int(seq) not in told, "a seq that was told may not be given again"
            told[int(seq)] = rest
        log = RoomLog.open(path, os.urandom)
        rows = {row.seq: f"{row.n} {row.stream.hex()}" for row in log.read(0, 100_000)[1]}
        assert told.items() <= rows.items()
        assert list(rows) == list(range(1, log.head + 1))
        assert len(set(rows.values())) == len(rows)
        for stream in {row.split()[1] for row in rows.values()}:
            last = max(int(row.split()[0]) for row in rows.values() if row.endswith(stream))
            assert log.last_n(b"a" * 32, bytes.fromhex(stream)) >= last
        log.close()
    assert len(told) > ROUNDS


def test_a_message_is_a_draft_or_in_the_history_never_both_never_neither(tmp_path: Path) -> None:
    """A crash loses nothing typed and sent."""
    path = tmp_path / "client.db"
    drafts: set[int] = set()
    said: set[int] = set()
    for seed in range(ROUNDS):
        for line in killed_output(CLIENT, path, seed):
            kind, draft_id = line.split()
            (drafts if kind == "draft" else said).add(int(draft_id))
        store = ClientStore.open(path)
        waiting = {draft.draft_id for draft in store.unsent(SERVER)}
        history = store.history(SERVER, None, 1_000_000)
        shown = {int(row.text) for row in history}
        assert drafts <= waiting | shown
        assert said <= shown
        assert not waiting & shown
        place = store.place(SERVER)
        assert place.seq == len(history)
        assert place.row == (row_hash(b"L" * 16, history[-1]) if history else None)
        store.close()
    assert len(drafts) > ROUNDS and said
