"""A text that is encrypted, and nothing else: no tag, nobody to notice.

A key stream is XORed onto the text, as counter mode does inside AES-EAX (PROTOCOL §5.1). So a bit that is
turned in what is hidden is turned in the text, at the same place.
"""

from __future__ import annotations

import hashlib
import os
from typing import Final

from netcore.crypto.primitives import Random

TEXT: Final = "pay Ben five"


class Exhibit:
    def __init__(self, random: Random = os.urandom) -> None:
        # Used for this one text: a key stream that served two would show the XOR of both.
        self._stream = hashlib.blake2b(key=random(32), digest_size=len(TEXT)).digest()
        self.sealed = _xor(TEXT.encode("ascii"), self._stream)

    def flip(self, byte: int, bit: int) -> None:
        """Turn one bit: byte from 0, bit 0 counts 1. Raises IndexError or ValueError."""
        changed = bytearray(self.sealed)
        changed[byte] ^= 1 << bit
        self.sealed = bytes(changed)

    def opened(self) -> str:
        """What comes out now."""
        return _xor(self.sealed, self._stream).decode("latin-1")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
