"""One direction of a tapped connection, cut into what can be attacked: frames, or else chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from netcore.errors import FrameError
from netcore.wire.framing import PRE_KEY_LENGTHS, SEALED_LENGTHS, FrameParser, FrameType

_LENGTHS: Final[Mapping[FrameType, range]] = {**PRE_KEY_LENGTHS, **SEALED_LENGTHS}


@dataclass(frozen=True, slots=True)
class Piece:
    """`type` is the frame's, None for a chunk."""

    type: int | None
    data: bytes


class Cutter:
    """Takes bytes in any pieces. What it holds back, since it is not whole yet, is `rest`.

    It knows lengths and no keys. Bytes that are no frame of LocalChat/1 are given on as chunks, and so is all
    that comes behind them: it is the receiver who shall judge them.
    """

    def __init__(self, frames: bool) -> None:
        self._parser = FrameParser(_LENGTHS) if frames else None
        self._rest = bytearray()

    def cut(self, data: bytes) -> list[Piece]:
        if self._parser is None:
            return [Piece(None, data)]
        self._rest += data
        self._parser.feed(data)
        pieces = []
        try:
            while (frame := self._parser.next()) is not None:
                pieces.append(Piece(frame.type, frame.raw))
                del self._rest[: len(frame.raw)]
        except FrameError:
            self._parser = None
            pieces.append(Piece(None, self.take_rest()))
        return pieces

    def take_rest(self) -> bytes:
        rest = bytes(self._rest)
        self._rest.clear()
        return rest
