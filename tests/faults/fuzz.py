"""Bytes that nobody should send or leave in a file, thrown at everything that reads bytes from outside.

    python -m tests.faults.fuzz [--minutes 10] [--seed 1]

Good examples are bent: bits, bytes and pieces changed, doubled, cut out, swapped, taken from another, and
words put in that have hurt other programs. Each target says by an exception of its own kind that it does
not take them, or it takes them and what it made of them holds. Anything else is printed, and exit code 1.
Half of the time goes to `machine`: random walks through the life of a room.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

TOKENS: Final = (
    b"\x00", b"\xff", b"\x7f", b"\r\n", b"\n", b"\t", b"\x1b]52;c;aGk=\x07", b"\xc0\x80", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xcc\x81" * 12, b"\xf4\x8f\xbf\xbf",
    b"\\ud800", b"\\u0000", b'"', b'\\"', b"\\", b"{", b"[" * 400, b"]", b"}", b":", b",", b"null", b"true",
    b"NaN", b"-0", b"1e999", b"9" * 40, b"9223372036854775808", b"-1", b"0x10", b'"t":"say",', b"../", b"%s",
    b"localchat://", b"[::1]", b"#", b"/", b":65536", b"/whisper ", b"\xd9\xa1", b"A" * 5_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """`check` raises for a defect only. `weight`: how many inputs it gets for one of the slowest."""

    name: str
    examples: tuple[bytes, ...]
    check: Callable[[bytes, random.Random], None]
    weight: int = 20


def bend(dice: random.Random, examples: tuple[bytes, ...]) -> bytes:
    """One of the examples after one to six changes."""
    data = bytearray(dice.choice(examples))
    most = max(100_000, len(data))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        at = dice.randrange(len(data) + 1)
        end = min(len(data), at + dice.choice((1, 1, 2, 4, 16, 256)))
        match dice.randrange(8):
            case 0 if data:
                data[at % len(data)] ^= 1 << dice.randrange(8)
            case 1 if data:
                data[at % len(data)] = dice.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, dice.randrange(256)))
            case 2:
                del data[at:end]
            case 3:
                data[at:at] = data[at:end] * dice.choice((1, 2, 50))
            case 4:
                data[at:at] = dice.choice(TOKENS)
            case 5:
                data[at:end] = dice.choice(TOKENS)
            case 6:
                other = dice.choice(examples)
                start = dice.randrange(len(other) + 1)
                data[at:] = other[start:]
            case _:
                data[at:end] = dice.randbytes(end - at)
        del data[most:]
    return bytes(data)


@dataclass(slots=True)
class Tally:
    inputs: int = 0
    failures: int = 0


def run_target(target: Target, dice: random.Random, count: int, tally: Tally) -> None:
    """`count` inputs. What goes wrong is printed with the input, and counted."""
    for _ in range(count):
        data = bend(dice, target.examples)
        tally.inputs += 1
        try:
            target.check(data, dice)
        except Exception:
            tally.failures += 1
            if tally.failures <= 3:
                print(
                    f"{target.name} fails on {data[:2_000]!r} ({len(data)} bytes):\n{traceback.format_exc()}"
                )


def main() -> int:
    from tests.faults.fuzz_targets import targets
    from tests.faults.machine import walk

    parser = argparse.ArgumentParser(description="bent bytes for everything that reads them")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    walks = 0
    with targets() as found:
        tallies = {target.name: Tally() for target in found}
        end_s = time.monotonic() + options.minutes * 60
        while time.monotonic() < end_s:
            start_s = time.monotonic()
            for target in found:
                run_target(target, dice, 10 * target.weight, tallies[target.name])
            took_s = time.monotonic() - start_s
            start_s = time.monotonic()
            while time.monotonic() < min(end_s, start_s + took_s):
                walk(examples=1, steps=25, seed=dice.randrange(2**32))
                walks += 1
    for name, tally in tallies.items():
        print(f"{name:14} {tally.inputs:9,} inputs, {tally.failures} failures")
    print(f"{'machine':14} {walks:9,} walks through the life of a room, 0 broken promises")
    return 1 if any(tally.failures for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
