"""Thousands of member keys in seconds, for measurements only: they protect nothing.

A key of its own costs half a second, and a member needs one of its own, since a second connection of the
same key takes the place of the first. So a few dozen primes are made once and multiplied in pairs: 70 of
them give 2,415 keys. Two such keys share a prime, and anybody who has both public keys can factor them by
one gcd: never do this for a key that matters.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Final

from Crypto.PublicKey import RSA

from netcore.crypto.identity import MEMBER_KEY_BITS, PrivateKey
from netcore.crypto.primitives import PUBLIC_EXPONENT
from tests.bench.measure import BUILD

_PRIMES: Final = 70
_ONE_PRIME: Final = ("openssl", "prime", "-generate", "-hex", "-bits", str(MEMBER_KEY_BITS // 2))
_FILE: Final = BUILD / "bench" / "primes.json"


def _primes(path: Path = _FILE) -> list[int]:
    if path.exists():
        return [int(text, 16) for text in json.loads(path.read_text())]
    primes: list[int] = []
    while len(primes) < _PRIMES:
        # With the two highest bits set, so the product of two has the top bit that a modulus must have.
        made = subprocess.run(_ONE_PRIME, check=True, capture_output=True).stdout
        prime = int(made, 16)
        if prime % PUBLIC_EXPONENT != 1 and prime not in primes:
            primes.append(prime)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([f"{prime:x}" for prime in primes]))
    return primes


def _keys() -> Iterator[PrivateKey]:
    for p, q in combinations(_primes(), 2):
        d = pow(PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
        yield PrivateKey(RSA.construct((p * q, PUBLIC_EXPONENT, d, p, q), consistency_check=False))


@lru_cache
def member_keys(count: int) -> list[PrivateKey]:
    """The first `count` keys, always the same ones on this machine."""
    keys = [key for key, _ in zip(_keys(), range(count), strict=False)]
    assert len(keys) == count
    return keys
