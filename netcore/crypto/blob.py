"""Files: sealed by their sender before they leave, in chunks (PROTOCOL §14.1).

    chunk i of n      AES-256-EAX(k, nonce = 8 zero bytes || i: u64, associated, plaintext[i * 65,536 ...])
    associated        "LocalChat/1 file\\n" || blob[16] || last: u8 || size: u64

Each chunk opens alone, so that a transfer can go on anywhere and what was opened can be written at once;
and none can be moved (its number is the nonce), taken from another file (k, and the blob's id), or left off
at the end (`last`, and the size): STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as in age, with EAX.

What makes the nonce safe: k is drawn for one file, and chunk i of it is one plaintext for ever. A file on a
disk may change between two tries to send it. So before a sender seals a chunk for the first time, it keeps
what the SHA-256 of the file is at the end of that chunk (`Digests`), where it outlives the program; and it
seals nothing else as that chunk.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Final

from netcore import limits
from netcore.crypto.eax import KEY_BYTES as KEY_BYTES
from netcore.crypto.eax import NONCE_BYTES, TAG_BYTES, Eax
from netcore.errors import BadChunk

BLOB_ID_BYTES: Final = 16
CHUNK_BYTES: Final = limits.CHUNK_BYTES
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
_DIGEST_BYTES: Final = 16
_ASSOCIATED: Final = struct.Struct(">17s16s?Q")
_LABEL: Final = b"LocalChat/1 file\n"


def chunk_count(size_bytes: int) -> int:
    """How many chunks a file of that size has: at least one, since an empty file has an end, too."""
    return max(1, -(-size_bytes // CHUNK_BYTES))


def chunk_bytes(size_bytes: int, index: int) -> int:
    """The length of the plaintext of chunk `index`, which is one of `chunk_count`."""
    return min(CHUNK_BYTES, size_bytes - index * CHUNK_BYTES)


def sealed_bytes(size_bytes: int) -> int:
    """The length of all sealed chunks together."""
    return size_bytes + chunk_count(size_bytes) * TAG_BYTES


def chunks_in(size_bytes: int, first: int, data_bytes: int) -> int | None:
    """How many sealed chunks `data_bytes` of a blob are, from chunk `first` on; None if no number has that
    length, or the file has not so many."""
    count = -(-data_bytes // SEALED_CHUNK_BYTES)
    if not 0 < count <= chunk_count(size_bytes) - first:
        return None
    last = chunk_bytes(size_bytes, first + count - 1) + TAG_BYTES
    return count if data_bytes == (count - 1) * SEALED_CHUNK_BYTES + last else None


def apart(data: bytes) -> list[bytes]:
    """The sealed chunks that a FileChunk carries; a wrong length shows in the last."""
    return [data[start : start + SEALED_CHUNK_BYTES] for start in range(0, len(data), SEALED_CHUNK_BYTES)]


class BlobCipher:
    """Seals and opens the chunks of one file; for one thread at a time."""

    __slots__ = ("_blob", "_chunks", "_cipher", "_size_bytes")

    def __init__(self, k: bytes, blob: bytes, size_bytes: int) -> None:
        """`k`: 32 bytes, `blob`: 16, both drawn for this file alone."""
        self._cipher = Eax(k)
        self._blob = blob
        self._size_bytes = size_bytes
        self._chunks = chunk_count(size_bytes)

    def seal(self, index: int, plaintext: bytes) -> bytes:
        """16 bytes longer than `plaintext`, which must be what this chunk has been whenever it was sealed.

        ValueError for a number or a length that the chunk does not have: a fault of ours.
        """
        return self.seal_run(index, (plaintext,))

    def seal_run(self, first: int, plaintexts: Sequence[bytes]) -> bytes:
        """As `seal`: the chunks from `first` on, one behind the other as a FileChunk carries them."""
        pieces: list[bytes] = []
        for index, plaintext in enumerate(plaintexts, first):
            if not 0 <= index < self._chunks or len(plaintext) != chunk_bytes(self._size_bytes, index):
                raise ValueError(f"chunk {index} of {len(plaintext)} bytes")
            pieces += self._cipher.seal_apart(_nonce(index), self._associated(index), plaintext)
        return b"".join(pieces)

    def open(self, index: int, sealed: bytes) -> bytes:
        """The plaintext. Raises BadChunk if anything at all is not as it was sealed."""
        if not 0 <= index < self._chunks or len(sealed) != chunk_bytes(self._size_bytes, index) + TAG_BYTES:
            raise BadChunk
        plaintext = self._cipher.open(_nonce(index), self._associated(index), sealed)
        if plaintext is None:
            raise BadChunk
        return plaintext

    def _associated(self, index: int) -> bytes:
        return _ASSOCIATED.pack(_LABEL, self._blob, index == self._chunks - 1, self._size_bytes)


def _nonce(index: int) -> bytes:
    return index.to_bytes(NONCE_BYTES, "big")


class Digests:
    """The SHA-256 of a file as it grows, and what it was at the end of each chunk.

    One hash does for both: at the end of chunk i it is that of all chunks up to i, so a file of which it is
    the same there has the same chunk i.
    """

    __slots__ = ("_count", "_known", "_whole")

    def __init__(self, known: bytes = b"") -> None:
        """`known`: the `chunks` of when it was last read, as far as that went."""
        self._known = bytearray(known)
        self.start_again()

    def start_again(self) -> None:
        """With the first chunk. What is known of them all stays."""
        self._whole, self._count = hashlib.sha256(), 0

    def add(self, plaintext: bytes) -> bool:
        """The next chunk, 65,536 bytes but for the last. False: it or one before it was another when it was
        added first, so it must not be sealed; and there is no point in adding more."""
        self._whole.update(plaintext)
        digest, start = self._whole.digest()[:_DIGEST_BYTES], self._count * _DIGEST_BYTES
        self._count += 1
        if start == len(self._known):
            self._known += digest
        return self._known[start : start + _DIGEST_BYTES] == digest

    @property
    def count(self) -> int:
        """How many chunks were added since the start."""
        return self._count

    @property
    def sha256(self) -> bytes:
        """Of the whole file so far."""
        return self._whole.digest()

    @property
    def chunks(self) -> bytes:
        """16 bytes for each chunk that was ever added, to be kept beside the key."""
        return bytes(self._known)


def digest_count(digests: bytes) -> int:
    """Of how many chunks `digests` are (`Digests.chunks`)."""
    return len(digests) // _DIGEST_BYTES
