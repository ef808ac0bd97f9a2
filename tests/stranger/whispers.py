"""Whispers of LocalChat/1 as a stranger reads PROTOCOL §10. Imports nothing of netcore."""

from __future__ import annotations

import os
from dataclasses import dataclass

from Crypto.PublicKey import RSA

from tests.stranger import keys
from tests.stranger.keys import Draw
from tests.stranger.wire import Fault

WHISPER_LABEL = b"LocalChat/1 whisper"


@dataclass(frozen=True, slots=True)
class Whisper:
    """What both ends of a whisper know besides its text (§10.1)."""

    server: bytes
    sender: bytes
    recipient: bytes
    msg_id: bytes
    counter: int
    blob: bytes = b""  # of the file that it shares (§14.1)

    @property
    def header(self) -> bytes:
        """Never sent; `server`, `sender` and `recipient` are moduli."""
        ids = keys.fingerprint(self.sender) + keys.fingerprint(self.recipient)
        count = self.counter.to_bytes(8, "big")
        prefix = b"LocalChat/1 whisper of a file\n" if self.blob else b"LocalChat/1 whisper\n"
        return prefix + keys.sha256(self.server) + ids + self.msg_id + count + self.blob

    def _signed(self, c1: bytes, text: bytes) -> bytes:
        return b"LocalChat/1 whisper signature\n" + self.header + keys.sha256(c1) + text

    def seal(self, key: RSA.RsaKey, text: bytes, draw: Draw = os.urandom) -> tuple[bytes, bytes]:
        """c1 and c2, signed by `key`. Draws k, OAEP seed, salt, nonce in this order."""
        k = draw(32)
        c1 = keys.oaep_seal(self.recipient, k, WHISPER_LABEL, draw)
        inner = keys.sign(key, self._signed(c1, text), draw) + len(text).to_bytes(4, "big") + text
        nonce = draw(16)
        return c1, nonce + keys.eax_seal(k, nonce, self.header, inner + bytes(-len(inner) % 256))

    def open(self, key: RSA.RsaKey, c1: bytes, c2: bytes) -> str:
        """The text, or Fault."""
        k = keys.oaep_open(key, c1, WHISPER_LABEL)
        inner = keys.eax_open(k, c2[:16], self.header, c2[16:])
        length = int.from_bytes(inner[256:260], "big")
        text, padding = inner[260 : 260 + length], inner[260 + length :]
        if len(text) != length or len(padding) > 255 or len(inner) % 256 or any(padding):
            raise Fault("form of a whisper")
        keys.verify(self.sender, self._signed(c1, text), inner[:256])
        try:
            return text.decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise Fault("text of a whisper") from error
