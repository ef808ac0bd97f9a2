"""Tests of netcore/crypto, and the helpers they share."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator

from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from tests.keys import pem


def fixed_random(seed: str = "") -> Random:
    """A stream of bytes that is the same in each run: SHA-256 of seed and counter."""
    counter = 0

    def random(size: int) -> bytes:
        nonlocal counter
        output = b""
        while len(output) < size:
            output += hashlib.sha256(f"{seed}/{counter}".encode()).digest()
            counter += 1
        return output[:size]

    return random


@functools.cache
def private_key(name: str) -> PrivateKey:
    """The test key called `name`, parsed once."""
    return PrivateKey.from_pem(pem(name))


def flips(data: bytes, step: int = 1) -> Iterator[tuple[int, bytes]]:
    """(position, data with one bit flipped there) for each `step`th byte, the bit varying."""
    for position in range(0, len(data), step):
        changed = bytearray(data)
        changed[position] ^= 1 << (position % 8)
        yield position, bytes(changed)
