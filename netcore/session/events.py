"""What a session tells its owner. The owner acts on events in the order they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netcore.errors import LocalChatError
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Auth, Message


@dataclass(frozen=True, slots=True)
class Work:
    """RSA arithmetic that would hold up the loop: run `job` anywhere, then `finish_work(result)`.

    The session takes in bytes meanwhile but goes no further; it has one job under way at most.
    """

    job: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Established:
    """Both Finished values hold. Server: wait for auth. Client: call `authenticate`."""

    session_hash: bytes  # 32 bytes


@dataclass(frozen=True, slots=True)
class Identified:
    """Server only: the client has proved that it holds the key behind `member_id`."""

    member_id: bytes
    auth: Auth


@dataclass(frozen=True, slots=True)
class MessageReceived:
    message: Message


@dataclass(frozen=True, slots=True)
class FileChunkReceived:
    """Sealed chunks of a file, one behind the other; `index` is the number of the first."""

    blob: bytes  # 16 bytes
    index: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """A Close record came: the other side ended on purpose. Nothing follows."""

    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The session is over: send what `take_output` still gives (an Alert at most), then drop it."""

    error: LocalChatError


Event = Work | Established | Identified | MessageReceived | FileChunkReceived | PeerClosed | Failed
