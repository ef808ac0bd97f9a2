"""What the tap tells: a window, a script, or the laboratory. Frozen: they cross a thread.

Connections are counted from 1, the frames of a direction from 0. What a frame is called here is a chunk where
the tapped room has no frames; it has no type then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from netcore.errors import LocalChatError
from netcore.lab.orders import TapDirection
from netcore.net.api.events import Crashed as Crashed
from netcore.net.api.events import Failed as Failed
from netcore.net.api.events import Stopped as Stopped

How = Literal["client ended", "server ended", "cut", "unreachable", "stopped"]


@dataclass(frozen=True, slots=True)
class Tapping:
    """The port is open: clients that are given `address` come through here."""

    address: str


@dataclass(frozen=True, slots=True)
class ConnectionBegan:
    connection: int
    client: str
    own_keys: bool  # it is answered with our keys


@dataclass(frozen=True, slots=True)
class Armed:
    """An order waits: what comes from now on meets it."""

    attack: str


@dataclass(frozen=True, slots=True)
class FrameTapped:
    """A frame has come, as its sender sent it. `data` is all of it, header included."""

    connection: int
    direction: TapDirection
    n: int
    type: int | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attacked:
    """An order was carried out. `n` is the frame's that it was done to, None for a cut.

    `before` came from the sender, `after` went on to the receiver in its place.
    """

    connection: int
    attack: str
    direction: TapDirection | None
    n: int | None
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Overheard:
    """Words that we could read, since they were sealed for our keys."""

    connection: int
    direction: TapDirection
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ConnectionEnded:
    connection: int
    how: How


@dataclass(frozen=True, slots=True)
class NotDone:
    """An order that could not be carried out; what passed, passed unchanged."""

    error: LocalChatError


TapEvent = (
    Tapping | ConnectionBegan | Armed | FrameTapped | Attacked | Overheard | ConnectionEnded | NotDone
    | Failed | Crashed | Stopped
)  # fmt: skip
