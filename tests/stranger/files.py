"""Files of LocalChat/1 as a stranger reads PROTOCOL §14. Imports nothing of netcore."""

from __future__ import annotations

from dataclasses import dataclass

from tests.stranger import keys
from tests.stranger.keys import Direction
from tests.stranger.wire import FILE_CHUNK, Fault, Frame

CHUNK = 65_536
TOGETHER = 4  # chunks in a frame, at most


@dataclass(frozen=True, slots=True)
class Blob:
    """A file under its key (§14.1)."""

    k: bytes
    blob: bytes
    size: int

    @property
    def chunks(self) -> int:
        """How many; an empty file has one."""
        return -(-self.size // CHUNK) or 1

    def _sealed_with(self, i: int) -> tuple[bytes, bytes]:
        last = bytes([i == self.chunks - 1])
        header = b"LocalChat/1 file\n" + self.blob + last + self.size.to_bytes(8, "big")
        return bytes(8) + i.to_bytes(8, "big"), header

    def seal(self, i: int, plaintext: bytes) -> bytes:
        """Sealed chunk i."""
        return keys.eax_seal(self.k, *self._sealed_with(i), plaintext)

    def open(self, i: int, sealed: bytes) -> bytes:
        """Chunk i, or Fault."""
        if not 0 <= i < self.chunks or len(sealed) != min(CHUNK, self.size - i * CHUNK) + 16:
            raise Fault("number or length of a chunk")
        return keys.eax_open(self.k, *self._sealed_with(i), sealed)


def seal_chunks(direction: Direction, blob: bytes, i: int, data: bytes) -> bytes:
    """A FileChunk frame (§14.2); `data` are the sealed chunks from i on."""
    header = bytes([FILE_CHUNK]) + (40 + len(data)).to_bytes(3, "big")
    place = blob + i.to_bytes(8, "big")
    head = keys.eax_seal(direction.key, direction.nonce(), header + keys.sha256(data), place)
    direction.seq += 1
    return header + head + data


def open_chunks(direction: Direction, frame: Frame) -> list[tuple[bytes, int, bytes]]:
    """Blob, number and data of each chunk of a FileChunk frame, or Fault."""
    head, data = frame.body[:40], frame.body[40:]
    place = keys.eax_open(direction.key, direction.nonce(), frame.header + keys.sha256(data), head)
    direction.seq += 1
    first, step = int.from_bytes(place[16:], "big"), CHUNK + 16
    return [(place[:16], first + i, data[i * step :][:step]) for i in range(-(-len(data) // step))]
