"""AES-256-EAX: hide and authenticate in one (Bellare, Rogaway, Wagner 2004; PROTOCOL §5.1).

EAX is counter mode for hiding, and three OMACs (CMAC, RFC 4493) under the same key for the tag, kept
apart by a first block that says which is which:

    N = OMAC(0, nonce)        H = OMAC(1, associated)        C = OMAC(2, ciphertext)
    ciphertext = plaintext XOR AES-CTR(starting at N)        tag = N XOR H XOR C

Why it is written out here, on the library's AES, instead of the library's EAX mode: that one derives
everything from the key anew in each call, and a room key or a connection's key serves thousands. What
depends on the key alone is computed once here. For 300 bytes that took 120 microseconds instead of
523 on one machine, and sealing is the largest part of what a message costs a server. The tests hold
it against published vectors and against the library's mode.
"""

from __future__ import annotations

import hmac
from typing import Final

from Crypto.Cipher import AES

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16

_BLOCK: Final = 16
_MASK: Final = (1 << 128) - 1
_NONCE, _ASSOCIATED, _CIPHERTEXT = range(3)


class Eax:
    """One key, ready to seal and open. Keeps nothing of what it sealed."""

    __slots__ = ("_after_tweak", "_block_cipher", "_key", "_only_tweak", "_whole", "_with_rest")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._block_cipher = AES.new(key, AES.MODE_ECB)  # single blocks only, as CMAC uses AES
        # RFC 4493's subkeys K1 and K2: what masks the last block, and so ends the chain.
        self._whole = _double(self._encrypt_block(0))
        self._with_rest = _double(self._whole)
        # The chain after the block that tells the three OMACs apart; and its end, if nothing follows.
        self._after_tweak = tuple(self._encrypt_block(which) for which in range(3))
        self._only_tweak = tuple(self._encrypt_block(which ^ self._whole) for which in range(3))

    def seal(self, nonce: bytes, associated: bytes, plaintext: bytes) -> bytes:
        """`ciphertext || tag[16]`. `associated` is authenticated, not hidden and not included.

        The same nonce must never be used twice under one key: EAX would then show the XOR of both
        plaintexts. Nothing here would notice; every caller says why its nonce is new.
        """
        start = self._omac(_NONCE, nonce)
        ciphertext = self._counter_mode(start, plaintext)
        tag = start ^ self._omac(_ASSOCIATED, associated) ^ self._omac(_CIPHERTEXT, ciphertext)
        return ciphertext + tag.to_bytes(TAG_BYTES, "big")

    def open(self, nonce: bytes, associated: bytes, sealed: bytes) -> bytes | None:
        """The plaintext, or None if any bit of key, nonce, `associated` or `sealed` is another one."""
        ciphertext, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        start = self._omac(_NONCE, nonce)
        wanted = start ^ self._omac(_ASSOCIATED, associated) ^ self._omac(_CIPHERTEXT, ciphertext)
        # All 16 bytes, in constant time, and before anything is decrypted: nobody sees a plaintext
        # that was not authentic.
        if not hmac.compare_digest(wanted.to_bytes(TAG_BYTES, "big"), tag):
            return None
        return self._counter_mode(start, ciphertext)

    def _counter_mode(self, start: int, data: bytes) -> bytes:
        return AES.new(self._key, AES.MODE_CTR, nonce=b"", initial_value=start).encrypt(data)

    def _omac(self, which: int, message: bytes) -> int:
        """CMAC of a block that holds the number `which`, followed by `message`."""
        if not message:
            return self._only_tweak[which]
        rest = len(message) % _BLOCK
        head, last = message[: -(rest or _BLOCK)], message[-(rest or _BLOCK) :]
        chain = self._after_tweak[which]
        if head:
            # CMAC without its end is CBC with everything but the last block thrown away.
            chaining = AES.new(self._key, AES.MODE_CBC, iv=chain.to_bytes(_BLOCK, "big"))
            chain = int.from_bytes(chaining.encrypt(head)[-_BLOCK:], "big")
        mask = self._with_rest if rest else self._whole
        padded = last + b"\x80" + bytes(_BLOCK - 1 - rest) if rest else last
        return self._encrypt_block(chain ^ mask ^ int.from_bytes(padded, "big"))

    def _encrypt_block(self, block: int) -> int:
        return int.from_bytes(self._block_cipher.encrypt(block.to_bytes(_BLOCK, "big")), "big")


def _double(block: int) -> int:
    """Times x in GF(2^128). The key-dependent branch is hidden as a multiplication: no timing to see."""
    return ((block << 1) & _MASK) ^ ((block >> 127) * 0x87)
