"""What the tap can be told to do, and how it is typed. Each order is carried out once, on one connection.

    /flip up [BYTE.BIT]     turn one bit of the next frame: byte from 0, bit 0 to 7 (bit 0 counts 1)
    /drop down              leave the next frame out
    /duplicate down         pass the next frame on twice
    /replay down            pass the next frame on, and a copy of it a little later
    /swap down              let the next two frames change places
    /delay up SECONDS       hold the next frame back, and what follows it
    /split up [BYTE]        pass the next frame on in two pieces, half a second apart
    /join up                hold the next frame, and pass it on together with the one behind it
    /truncate up            pass on only the first half of the next frame
    /inject down HEX        put these bytes in front of the next frame
    /cut                    end the newest connection, without a word
    /own-keys               answer the next client with keys of our own
    /disarm                 take back what waits for its frame
    /quit

`up` is from the client to the server, `down` from the server to the client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from netcore import limits
from netcore.errors import BadOrder

TapDirection = Literal["up", "down"]

LONGEST_DELAY_S: Final = 600.0
MOST_INJECTED_BYTES: Final = 4 + limits.MAX_FRAME_BODY_BYTES

_COUNT: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_BIT: Final = re.compile(r"([0-9]{1,6})\.([0-7])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOrder:
    """It waits for the next frame that fits: of this direction, longer than `beyond_bytes`, and if they are
    given, of this type and this connection."""

    attack: ClassVar[str]
    direction: TapDirection
    only: int | None = None
    connection: int | None = None
    beyond_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip(FrameOrder):
    """Without `byte`: the one in the middle of the frame. `bit` 0 counts 1, bit 7 counts 128."""

    attack: ClassVar[str] = "flip"
    byte: int | None = None
    bit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(FrameOrder):
    attack: ClassVar[str] = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(FrameOrder):
    attack: ClassVar[str] = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(FrameOrder):
    attack: ClassVar[str] = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(FrameOrder):
    attack: ClassVar[str] = "swap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(FrameOrder):
    attack: ClassVar[str] = "delay"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(FrameOrder):
    """Changes no byte. The first piece ends before `byte`; without it, in the middle."""

    attack: ClassVar[str] = "split"
    byte: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(FrameOrder):
    """Changes no byte."""

    attack: ClassVar[str] = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(FrameOrder):
    attack: ClassVar[str] = "truncate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject(FrameOrder):
    attack: ClassVar[str] = "inject"
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Without `connection`: the newest one."""

    attack: ClassVar[str] = "cut"
    connection: int | None = None


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Used up by the first client whose handshake with us succeeds: one that asks its person first hangs up,
    and must find the same keys when it comes again."""

    attack: ClassVar[str] = "own-keys"


@dataclass(frozen=True, slots=True)
class Disarm:
    """Nothing waits any more. What has been begun goes on."""


@dataclass(frozen=True, slots=True)
class Quit: ...


Order = FrameOrder | Cut | OwnKeys | Disarm
Typed = Order | Quit

_USAGE: Final = {
    "/flip": "/flip up, or /flip up BYTE.BIT such as /flip up 12.0",
    "/drop": "/drop up, or /drop down",
    "/duplicate": "/duplicate up, or /duplicate down",
    "/replay": "/replay up, or /replay down",
    "/swap": "/swap up, or /swap down",
    "/delay": f"/delay up SECONDS, at most {LONGEST_DELAY_S:.0f}",
    "/split": "/split up, or /split up BYTE such as /split up 12",
    "/join": "/join up, or /join down",
    "/truncate": "/truncate up, or /truncate down",
    "/inject": "/inject up HEX, such as /inject down 15000001ff",
    "/cut": "/cut, with nothing behind it",
    "/own-keys": "/own-keys, with nothing behind it",
    "/disarm": "/disarm, with nothing behind it",
    "/quit": "/quit, with nothing behind it",
}


def read_order(line: str) -> Typed:
    """What a typed line means. Raises BadOrder."""
    word, *rest = line.split() or [""]
    if word not in _USAGE:
        raise BadOrder(order=line.strip(), why="the orders are " + " ".join(_USAGE))
    order = _read(word, rest)
    if order is None:
        raise BadOrder(order=line.strip(), why=f"write {_USAGE[word]}")
    return order


def _read(word: str, rest: list[str]) -> Typed | None:
    match word, rest:
        case "/cut", []:
            return Cut()
        case "/own-keys", []:
            return OwnKeys()
        case "/disarm", []:
            return Disarm()
        case "/quit", []:
            return Quit()
        case _, ["up" | "down" as direction, *more]:
            return _read_frame_order(word, "up" if direction == "up" else "down", more)
    return None


def _read_frame_order(word: str, direction: TapDirection, more: list[str]) -> FrameOrder | None:
    match word, more:
        case "/flip", []:
            return Flip(direction=direction)
        case "/flip", [place] if (found := _BIT.fullmatch(place)) is not None:
            return Flip(direction=direction, byte=int(found[1]), bit=int(found[2]))
        case "/drop", []:
            return Drop(direction=direction)
        case "/duplicate", []:
            return Duplicate(direction=direction)
        case "/replay", []:
            return Replay(direction=direction)
        case "/swap", []:
            return Swap(direction=direction)
        case "/delay", [number]:
            seconds = _seconds(number)
            return None if seconds is None else Delay(direction=direction, seconds=seconds)
        case "/split", []:
            return Split(direction=direction)
        case "/split", [number] if _COUNT.fullmatch(number):
            return Split(direction=direction, byte=int(number))
        case "/join", []:
            return Join(direction=direction)
        case "/truncate", []:
            return Truncate(direction=direction)
        case "/inject", [_, *_]:
            data = _hex("".join(more))
            return None if data is None else Inject(direction=direction, data=data)
    return None


def _seconds(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text, re.ASCII):
        return None
    seconds = float(text)
    return seconds if 0 < seconds <= LONGEST_DELAY_S else None


def _hex(text: str) -> bytes | None:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if 0 < len(data) <= MOST_INJECTED_BYTES else None
