"""Files: one sent and one got, then five at once, beside the same bytes through Python's `ssl`; and what chat
feels meanwhile.

Clients are `localchat.py client --headless`, each a process; the server is that of the other parts, without
limits. Speeds are those of files alone, as the `ssl` copy has the machine to itself; five more run while one
member chats. A machine that others share changes its speed by a third within minutes: so a transfer is
compared with the copies of its own round.

A file is read, sealed, stored and made durable on the way in, proved and made durable on the way out; the
`ssl` copy is read, sent over one TLS connection, written and made durable. Both ways through one machine.

The arithmetic alone says what can be reached at all: sealing (which is AES twice) or opening, and every
SHA-256 of it, at all that take part, spread evenly over all cores with nothing else to do.
"""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from netcore.crypto.blob import BLOB_ID_BYTES, CHUNK_BYTES, KEY_BYTES, BlobCipher
from netcore.net.files.memory import keep_freed_memory
from netcore.wire.messages import Said
from tests.bench.crowd import new_folder
from tests.bench.measure import Bar, Options, Result, Table, cpu_s, middle, percentile
from tests.bench.member_keys import member_keys
from tests.bench.ours import OurServer
from tests.bench.peers import make_certificate
from tests.faults.people import Event, Person
from tests.keys.put import put_member_key
from tests.net.peer import Peer

WAIT_S: Final = 120.0
AT_ONCE: Final = 5
ROUNDS: Final = 5
MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Copied:
    """`cpu_s`: of all processes that took part; `server_cpu_s`: of the server among them."""

    what: str
    bytes: int
    seconds: float
    cpu_s: float
    server_cpu_s: float

    @property
    def mb_per_s(self) -> float:
        return self.bytes / MB / self.seconds

    @property
    def cpu_ms_per_mb(self) -> float:
        return 1_000 * self.cpu_s / (self.bytes / MB)


class Members:
    """`count` headless clients in the room."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        self.people: list[Person] = []
        for number, key in enumerate(member_keys(count)):
            nick = f"File{number}"
            data_dir = folder / nick
            data_dir.mkdir()
            put_member_key(data_dir, nick, key.to_pem())
            arguments = ["client", f"127.0.0.1:{port}", "--nick", nick, "--accept-new"]
            person = Person(nick, arguments, data_dir)
            person.start()
            self.people.append(person)
        for person in self.people:
            person.wait_for("connected", WAIT_S)

    def cpu_s(self) -> float:
        return sum(cpu_s(one.process.pid) for one in self.people if one.process is not None)

    def close(self) -> None:
        for person in self.people:
            person.kill()


class Chat:
    """While it is open, a member that says something every 20 ms and times its echo: on the disk of the
    server and back, in the room that the files are in."""

    def __init__(self, port: int) -> None:
        self._peer = Peer(port, member_keys(AT_ONCE + 1)[AT_ONCE], "Chatter")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self.echoes_ms: list[float] = []

    def __enter__(self) -> Chat:
        self._peer.join()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(WAIT_S)
        self._peer.leave()

    def _talk(self) -> None:
        while not self._over.wait(0.02):
            text, start_s = f"still here {time.monotonic_ns()}", time.perf_counter()
            self._peer.say(text)
            self._peer.wait_for(Said, text=text)
            self.echoes_ms.append((time.perf_counter() - start_s) * 1_000)


def _each(people: list[Person], lines: list[str], answer: str) -> list[Event]:
    """Type a line to each, and wait until each has this answer."""
    marks = [len(person.events) for person in people]
    for person, line in zip(people, lines, strict=True):
        person.type(line)
    return [
        person.wait_for(answer, WAIT_S, since=mark) for person, mark in zip(people, marks, strict=True)
    ]


def transfer(
    server: OurServer, folder: Path, members: Members, size: int, count: int, beside: str = ""
) -> list[Copied]:
    """`count` members each send a file, then each gets that of the next; `beside` what else, for the name."""
    people = members.people[:count]
    paths = []
    for person in people:
        paths.append(folder / f"{person.name}-{count}-{time.monotonic_ns()}.bin")
        paths[-1].write_bytes(os.urandom(size))
    found = []
    pid = server.pid
    name = ("one file" if count == 1 else f"{count} files at once") + beside

    def timed(what: str, lines: list[str], answer: str) -> list[Event]:
        start_s, cpu, server_cpu = time.perf_counter(), members.cpu_s() + cpu_s(pid), cpu_s(pid)
        answers = _each(people, lines, answer)
        took_s = time.perf_counter() - start_s
        used_s = members.cpu_s() + cpu_s(pid) - cpu
        found.append(Copied(f"{name}, {what}", size * count, took_s, used_s, cpu_s(pid) - server_cpu))
        return answers

    sent = timed("sent", [f"/file {path}" for path in paths], "file_sent")
    ids = [str(event["id"]) for event in sent]
    for person in people:
        for file_id in ids:
            _until_known(person, file_id)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    wanted = ids[1:] + ids[:1]
    got = timed("got", [f"/get {file_id} {out}" for file_id in wanted], "file_received")
    for event, path in zip(got, paths[1:] + paths[:1], strict=True):
        expected = hashlib.sha256(path.read_bytes()).hexdigest()
        if event["sha256"] != expected:
            raise AssertionError(f"{path.name} came as another file")
        Path(str(event["path"])).unlink()
    for path in paths:
        path.unlink()
    return found


def _until_known(person: Person, file_id: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not any(event["id"] == file_id for event in person.of_kind("file_offered", "file_sent")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{person.name} heard nothing of a file")
        time.sleep(0.01)


_RECEIVER: Final = """
import os, socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    raw, _ = listener.accept()
    with context.wrap_socket(raw, server_side=True) as sock, open(sys.argv[3], "wb") as file:
        left = int(sys.argv[4])
        while left:
            data = sock.recv(65536)
            left -= len(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
        sock.sendall(b"k")
        sys.stdin.readline()
"""


def ssl_copy(folder: Path, size: int) -> Copied:
    """The same number of bytes through one TLS connection, disk to disk."""
    key, certificate = make_certificate(folder)
    path, target = folder / "ssl.bin", folder / "ssl.out"
    path.write_bytes(os.urandom(size))
    receiver = subprocess.Popen(
        [sys.executable, "-c", _RECEIVER, str(certificate), str(key), str(target), str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert receiver.stdout is not None
    port = int(receiver.stdout.readline())
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    start_s, own_cpu, its_cpu = time.perf_counter(), time.process_time(), cpu_s(receiver.pid)
    plain = socket.create_connection(("127.0.0.1", port))
    with context.wrap_socket(plain) as sock, open(path, "rb") as file:
        while data := file.read(65_536):
            sock.sendall(data)
        if sock.recv(1) != b"k":
            raise RuntimeError("the copy did not arrive")
        took_s = time.perf_counter() - start_s
        used_s = time.process_time() - own_cpu + cpu_s(receiver.pid) - its_cpu
    receiver.communicate("", timeout=10)
    path.unlink()
    target.unlink()
    return Copied("ssl over a socket", size, took_s, used_s, 0.0)


def arithmetic(size: int) -> list[Copied]:
    """What sending and getting cost without disks, sockets and Python between the calls."""
    keep_freed_memory()
    plaintext, cores = os.urandom(CHUNK_BYTES), len(os.sched_getaffinity(0))
    count = -(-size // CHUNK_BYTES)
    cipher = BlobCipher(os.urandom(KEY_BYTES), os.urandom(BLOB_ID_BYTES), count * CHUNK_BYTES)
    sealed = cipher.seal(0, plaintext)

    def timed(what: str, seal: bool, hashes: int) -> Copied:
        start_s = time.process_time()
        for _ in range(count):
            if seal:
                cipher.seal(0, plaintext)
            else:
                cipher.open(0, sealed)
            for _ in range(hashes):
                hashlib.sha256(sealed).digest()
        used_s = time.process_time() - start_s
        return Copied(f"the arithmetic alone, {what}", count * CHUNK_BYTES, used_s / cores, used_s, 0.0)

    # The whole, and each FileChunk at both ends.
    return [timed("sent", True, 3), timed("got", False, 3)]


def run(options: Options) -> Result:
    size = 5_000_000 if options.quick else 50_000_000
    found: list[Copied] = []
    ratios: dict[str, list[float]] = {}
    rounds = 1 if options.quick else ROUNDS
    echoes: list[float] = []
    quiet: list[float] = []
    folder = new_folder()
    server = OurServer()
    members = None
    try:
        members = Members(folder, server.port, AT_ONCE)
        for _ in range(rounds):
            copies = [ssl_copy(folder, size)]
            others = arithmetic(size)
            others += transfer(server, folder, members, size, 1)
            copies.append(ssl_copy(folder, size))
            others += transfer(server, folder, members, size // 2, AT_ONCE)
            copies.append(ssl_copy(folder, size))
            with Chat(server.port) as chat:
                time.sleep(1.0)
            quiet += chat.echoes_ms
            with Chat(server.port) as chat:
                others += transfer(server, folder, members, size // 2, AT_ONCE, " beside chat")
            echoes += chat.echoes_ms
            base = middle([one.mb_per_s for one in copies]) or 1.0
            for one in others:
                ratios.setdefault(one.what, []).append(one.mb_per_s / base)
            found += [*copies, *others]
    finally:
        if members is not None:
            members.close()
        server.close()
    table = Table(
        f"Files of {size / MB:.0f} MB, five of half of it (medians of {rounds} rounds)",
        ("what", "MB/s", "CPU ms per MB", "of it the server", "speed: of the round's ssl copies"),
    )
    names = dict.fromkeys(one.what for one in found)
    by_name = {name: [one for one in found if one.what == name] for name in names}
    bars: list[Bar] = []
    for name, runs in by_name.items():
        speed = middle([one.mb_per_s for one in runs]) or 0.0
        ratio = middle(ratios.get(name, []))
        if ratio and "file" in name and "beside" not in name:
            bars.append(Bar(f"the ssl copy is as fast as so many: {name}", 1 / ratio, 2, "x"))
        server_ms = middle([1_000 * one.server_cpu_s / (one.bytes / MB) for one in runs])
        cost = middle([one.cpu_ms_per_mb for one in runs])
        table.add(name, speed, cost, server_ms if "file" in name else None, ratio)
    p99 = percentile(echoes, 99) if echoes else None
    table.notes.append(
        f"an echo in the room meanwhile: p50 {percentile(echoes, 50):.1f} ms, p99 {p99 or 0:.1f} ms of "
        f"{len(echoes)}; without files p99 {percentile(quiet, 99):.1f} ms"
    )
    bars.append(Bar("p99 of an echo during five transfers", p99, 50, "ms"))
    return Result([table], bars, {"files": [asdict(one) for one in found], "echoes_ms": echoes})
