"""HKDF with SHA-256 (RFC 5869), from the standard library (PROTOCOL §3.3).

`extract` boils input of uneven quality down to one even 32-byte key; `expand` draws from it as many
independent keys as there are labels. Knowing one of them tells nothing about another.
"""

from __future__ import annotations

import hmac
from typing import Final

HASH_BYTES: Final = 32


def extract(salt: bytes, secret: bytes) -> bytes:
    """The pseudorandom key, 32 bytes."""
    return hmac.digest(salt or bytes(HASH_BYTES), secret, "sha256")


def expand(key: bytes, label: bytes, length_bytes: int = HASH_BYTES) -> bytes:
    """`length_bytes` (at most 8160) bytes that belong to `label` under `key`."""
    if not 0 <= length_bytes <= 255 * HASH_BYTES:
        raise ValueError(f"HKDF cannot give {length_bytes} bytes")
    output, block = b"", b""
    for counter in range(1, -(-length_bytes // HASH_BYTES) + 1):
        block = hmac.digest(key, block + label + bytes([counter]), "sha256")
        output += block
    return output[:length_bytes]
