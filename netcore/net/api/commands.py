"""What a window or a script may ask of a running server or client. Frozen: they cross a thread.

`local_id` is the caller's own number for a message, by which later events speak of it; it is
never on the wire. The engine gives negative ones to messages it finds unsent from last time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Say:
    local_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Whisper:
    local_id: int
    to_id: bytes
    text: str


@dataclass(frozen=True, slots=True)
class SendFile:
    """Share a file with the room, or with one member. Answered with FileQueued or FileRefused."""

    local_id: int
    path: Path
    to_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class GetFile:
    """Save a file that was shared, by SharedFile.id, in this folder (None: the person's Downloads), under
    `name` if it is given; cleaned, and with a number if there is one already. Answered with FileReceived or
    FileRefused."""

    id: str
    folder: Path | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PauseFile:
    """A file that is sent or received rests until it is asked for again."""

    id: str
    paused: bool


@dataclass(frozen=True, slots=True)
class CancelFile:
    """A file that is sent or received is not, after all: nothing of it is left, here or at the server."""

    id: str


@dataclass(frozen=True, slots=True)
class TakeBackFile:
    """A file of yours, at the host any file, is not to be had any more: one that is on its way to the server,
    or one that is shared. Its message stays. Answered with FileTakenBack or FileRefused; if the server is
    out of reach, once it is not."""

    id: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Client: forget a message that was refused (the person has taken its text back, or does not care)."""

    local_id: int


@dataclass(frozen=True, slots=True)
class LoadEarlier:
    """Client and server: up to a page of messages before `before_seq`, as one EarlierLoaded event."""

    before_seq: int


@dataclass(frozen=True, slots=True)
class TrustServer:
    """Client: the answer yes to TrustAsked, for exactly this fingerprint."""

    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class RetryNow:
    """Client: do not wait for the end of the countdown."""


@dataclass(frozen=True, slots=True)
class MarkCompared:
    """Client and server: the person has (or has not) compared this member's fingerprint with its owner's
    screen. Kept; answered with ComparedMembers."""

    member_id: bytes
    compared: bool


@dataclass(frozen=True, slots=True)
class Kick:
    """Server: the member leaves and may come back after KICK_REFUSES_S."""

    member_id: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Ban:
    """Server: the key, and if asked its address, is refused until Unban; kept over restarts."""

    member_id: bytes
    reason: str
    address_too: bool


@dataclass(frozen=True, slots=True)
class Unban:
    member_id: bytes


@dataclass(frozen=True, slots=True)
class Mute:
    member_id: bytes
    muted: bool


@dataclass(frozen=True, slots=True)
class SetRoom:
    """Server: the room's switches; None leaves one as it is. slow_s is seconds between two messages of one
    member, MAX_SLOW_S at most, 0 for off."""

    read_only: bool | None = None
    slow_s: int | None = None
    known_only: bool | None = None


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """Server: the name is free for another key."""

    name: str


@dataclass(frozen=True, slots=True)
class SetReach:
    """Server: listen on another address, the port being the same; members stay. "127.0.0.1" is for this
    computer only, "0.0.0.0" for every network it is on. The answer is ReachChanged, or a Notice with the code
    `reach_unchanged`.
    """

    bind: str


# --- The laboratory -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Client and server: begin or end to record, without secrets. A client its own connection, and those that
    follow it. A server the connection of one member; with None all, and all that come."""

    on: bool
    member_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReconnectAndRecord:
    """Client: leave, and come again over a connection that is recorded from its first byte, with the secrets
    of its handshake. Until it ends, or ForgetSecrets. The only way to record secrets."""


@dataclass(frozen=True, slots=True)
class ForgetSecrets:
    """Client: drop what was recorded of secrets, as when the view of them closes."""


@dataclass(frozen=True, slots=True)
class CutReceiving:
    """Client: read at most so many bytes (at least 1) in one system call; None for as many as there are."""

    most_bytes: int | None


@dataclass(frozen=True, slots=True)
class CutSending:
    """Client: send in pieces of so many bytes (at least 1), with pauses; in larger ones where a frame would
    need more than 64. None for as much as the kernel takes. Takes the place of JoinSending."""

    piece_bytes: int | None


@dataclass(frozen=True, slots=True)
class JoinSending:
    """Client: send together what is said within so many seconds, 5 at most; None for at once. Takes the place
    of CutSending."""

    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Freeze:
    """Server: neither read from this member nor write to it, as if its network stood still. It is told so
    before. All limits count: it is sent away when nothing of its send queue moves for SEND_STALL_S, comes
    again, is not frozen then, and has lost nothing."""

    member_id: bytes
    frozen: bool


@dataclass(frozen=True, slots=True)
class SetAnswering:
    """Server: whether the room answers those who look for rooms. Told back as Answering."""

    on: bool


@dataclass(frozen=True, slots=True)
class Search:
    """Search for rooms: ask the local network from now on, or no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Close in order; Stopped is the last event. A second Stop changes nothing."""


Command = (
    Say | Whisper | SendFile | GetFile | PauseFile | CancelFile | TakeBackFile | Discard | LoadEarlier
    | TrustServer | RetryNow | MarkCompared | Kick | Ban | Unban | Mute | SetRoom | ReleaseName | SetReach
    | SetAnswering | Search | Record | ReconnectAndRecord | ForgetSecrets | CutReceiving | CutSending
    | JoinSending | Freeze | Stop
)  # fmt: skip
