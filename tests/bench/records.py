"""Records: what sealing and opening costs, beside the bare call into the library that does the arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable

from Crypto.Cipher import AES

from netcore.crypto.records import DirectOpener, DirectSealer
from netcore.crypto.room_keys import RoomSealer
from tests.bench.measure import Options, Result, Table

SIZES = ((100, "100 B"), (4_096, "4 KiB"), (65_500, "64 KiB"))
KEY, IV, HEADER = bytes(range(32)), bytes(16), b"\x17\0\0\0"


def us(fn: Callable[[], object], seconds: float) -> float:
    """Microseconds of one call, the best of five batches."""
    fn()
    best = float("inf")
    for _ in range(5):
        calls = 0
        start = time.process_time()
        while (took := time.process_time() - start) < seconds / 5:
            for _ in range(10):
                fn()
            calls += 10
        best = min(best, took / calls * 1e6)
    return best


def _bare(plaintext: bytes) -> bytes:
    cipher = AES.new(KEY, AES.MODE_EAX, nonce=IV, mac_len=16)
    cipher.update(HEADER)
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return bytes(ciphertext + tag)


def run(options: Options) -> Result:
    seconds = 0.05 if options.quick else 0.5
    table = Table(
        "Records: microseconds of CPU for one, and MB/s",
        ("plaintext", "seal us", "MB/s", "open us", "MB/s", "room seal us", "bare EAX us"),
        notes=["bare EAX: the same bytes by one call of pycryptodome, with nothing of ours around it"],
    )
    values = {}
    for size, name in SIZES:
        plaintext = bytes(size)
        seqs = iter(range(1 << 60))
        sealer, opener, room = DirectSealer(KEY, IV), DirectOpener(KEY, IV), RoomSealer(bytes)
        body = DirectSealer(KEY, IV).seal(0, HEADER, plaintext)
        figures = [
            us(lambda: sealer.seal(next(seqs), HEADER, plaintext), seconds),  # noqa: B023
            us(lambda: opener.open(0, HEADER, body), seconds),  # noqa: B023
            us(lambda: room.seal(plaintext), seconds),  # noqa: B023
            us(lambda: _bare(plaintext), seconds),  # noqa: B023
        ]
        seal, opened, sealed_for_room, bare = figures
        table.add(name, seal, size / seal, opened, size / opened, sealed_for_room, bare)
        values[name] = figures
    return Result([table], [], {"records_us": values})
