"""A word searched for in what passed the tap: as text, as UTF-16 and as base64. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from netcore.lab.tap_events import FrameTapped


def count_in(frames: Iterable[FrameTapped], word: str) -> int:
    """How often the word stands in these, written in three ways."""
    streams: dict[tuple[int, str], bytearray] = {}
    for frame in frames:
        streams.setdefault((frame.connection, frame.direction), bytearray()).extend(frame.data)
    return sum(stream.count(form) for stream in streams.values() for form in written(word))


def written(word: str) -> set[bytes]:
    """The word as UTF-8, as UTF-16, and as base64 at each of its three places."""
    plain = word.encode("utf-8")
    forms = {plain, word.encode("utf-16-le"), word.encode("utf-16-be")}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        # Only the characters that the word alone decides.
        start = -(-shift * 8 // 6)
        end = (shift + len(plain)) * 8 // 6
        forms.add(whole[start:end])
    return forms - {b""}  # of a word of one byte there may be no such character


def times_words(count: int) -> str:
    """"nowhere", "once", "3 times"."""
    return "nowhere" if not count else "once" if count == 1 else f"{count:,} times"
