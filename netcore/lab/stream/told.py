"""What is said of each chunk: by a program that knows that TCP is a stream, and by one that does not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from netcore.lab.museum import v1_2
from netcore.lab.spans import frame_name
from netcore.lab.stream.bare import BareReading
from netcore.lab.stream.ruler import Held, end_of
from netcore.lab.summaries import messages_in
from netcore.trace import Chunk, FrameSeen
from netcore.wire.framing import HEADER_BYTES, FrameType

MOST_NAMED: Final = 3
MOST_CHARS: Final = 60
RETURN_SIGN: Final = "⏎"


def told(held: Held) -> str:
    """What a reader of frames does with what it holds."""
    if not held.frames:
        return _waits(held)
    words = ", ".join(_frame(frame) for frame in held.frames[:MOST_NAMED])
    if len(held.frames) > MOST_NAMED:
        words += f" and {len(held.frames) - MOST_NAMED} more"
    if held.rest_bytes:
        words += f"  ·  {held.rest_bytes:,} of the next stay{'' if held.rest_bytes > 1 else 's'}"
    return words


def _waits(held: Held) -> str:
    if held.wanted_bytes is None and held.rest_bytes < HEADER_BYTES:
        return f"{held.rest_bytes} of 4 header bytes: keep and wait"
    if held.wanted_bytes is None:
        return "its header came long before: keep and wait"
    return f"its header says 4 + {held.wanted_bytes - HEADER_BYTES:,} bytes: keep and wait"


def _frame(frame: FrameSeen) -> str:
    texts = [line for line in texts_of(frame).split(b"\n") if line]
    if texts:
        rest = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
        return f"frame {frame.n}: {gist(texts[0])}{rest}"
    return f"frame {frame.n}: {frame_name(frame.type)}"


def frame_title(frame: FrameSeen) -> str:
    """ "Frame 41  ·  Direct"."""
    return f"Frame {frame.n}  ·  {frame_name(frame.type)}"


def texts_of(frame: FrameSeen) -> bytes:
    """The JSON that it carried, each text ended by a newline; empty for a frame that carried none."""
    return (frame.plaintext or b"") if frame.type in (FrameType.DIRECT, FrameType.ROOM) else b""


def gist(text: bytes) -> str:
    """A message in a few words: what was said, or its kind."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(message, dict):
        return _short(str(message))
    if isinstance(message.get("text"), str):
        return f"“{_short(message['text'])}”"
    return _short(str(message.get("t", "a message")))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"


def outcome(reading: BareReading) -> str:
    """What version 1.2 made of a chunk."""
    return reading.error or _short(reading.line)


def as_1_2_sends_it(frame: FrameSeen, sender: str) -> list[bytes]:
    """Each line of the conversation that the frame carried, as version 1.2 sends it. `sender` said those that
    have no name. All else that crosses (proofs, pages, pings, whispers) 1.2 does not have."""
    lines: list[bytes] = []
    for message in messages_in(frame):
        text = message.get("text")
        if message.get("t") in ("say", "said") and isinstance(text, str) and text:
            lines.append(v1_2.to_bytes(str(message.get("name", sender)), text))
    return lines


def as_text(chunk: bytes) -> str:
    """A chunk as somebody would print it: half a letter is a question mark in a diamond."""
    return chunk.decode("utf-8", "replace").replace("\n", RETURN_SIGN)


def ends_a_chunk(frame: FrameSeen, chunks: Sequence[Chunk]) -> bool:
    """Whether the last byte of `frame` was the last one of its chunk: then nothing was joined to it."""
    end = end_of(frame)
    last = next((chunk for chunk in reversed(chunks) if end_of(chunk) <= end), None)
    return last is not None and end_of(last) == end
