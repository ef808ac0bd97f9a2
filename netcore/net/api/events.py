"""What a running server or client tells its window or script. Frozen: they cross a thread.

Times `at_ms` are Unix milliseconds of the server's clock, for display. Ids and fingerprints are
32 bytes. Texts and names are as the network gave them: every sink cleans what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from netcore.errors import LocalChatError
from netcore.net.addresses import Reach as Reach
from netcore.net.doctor import Diagnosis as Diagnosis
from netcore.wire.codes import WhisperOutcome as WhisperOutcome


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room. `address` and `since_ms` are known to the server alone."""

    id: bytes
    name: str
    is_host: bool = False
    address: str = ""
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that a message shares. `id` is what commands call it by; `name` is safe to save under."""

    id: str
    name: str
    size: int  # bytes


class TransferState(StrEnum):
    """Where a file on its way stands."""

    WAITING = "waiting"  # for the connection, the server's disk, or the transfer before it
    RUNNING = "running"
    PAUSED = "paused"  # by the person
    CHECKING = "checking"  # all is here: its hash is compared, or the server makes it durable


# --- Server -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listening:
    """The port is open. `reaches` is best first; the invite carries the first."""

    address: str
    port: int
    room: str
    you: Member
    fingerprint: bytes
    invite: str
    reaches: tuple[Reach, ...]
    kept: bool  # the log is kept over a restart
    banned: tuple[Member, ...]
    muted: tuple[bytes, ...] = ()  # ids of the members who were muted in earlier runs


@dataclass(frozen=True, slots=True)
class ReachChanged:
    """After Listening: the server listens on another `address`, or this computer's networks have changed."""

    address: str
    port: int
    invite: str
    reaches: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class MemberTraffic:
    id: bytes
    in_bytes: int
    out_bytes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Once a second while it changes: bytes on the wire since each member's connection began."""

    members: tuple[MemberTraffic, ...]
    in_bytes: int
    out_bytes: int
    epoch: int  # of the room key


@dataclass(frozen=True, slots=True)
class Banned:
    """The whole list, after each change."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """Whether the host wants searches for rooms answered, and the UDP port where that happens; 0: nowhere."""

    wanted: bool
    port: int


# --- Client -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connecting:
    address: str
    attempt: int  # 1 for the first


@dataclass(frozen=True, slots=True)
class TrustAsked:
    """First contact (`known` empty) or a changed key. The client waits for TrustServer or Stop."""

    address: str
    shown: bytes
    known: bytes
    known_since_ms: int
    known_room: str


@dataclass(frozen=True, slots=True)
class Connected:
    """In the room, with everything said so far received. Comes again after each reconnect."""

    room: str
    you: Member
    host_id: bytes
    fingerprint: bytes
    first_contact: bool
    members: tuple[Member, ...]  # you among them
    missed: int  # messages received since the last Connected, 0 the first time


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone. `retry_in_s` counts down to the next attempt; None: it does not come back."""

    error: LocalChatError
    retry_in_s: float | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A line worth showing that is no error: a known server at a new address, say."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A message of yours is on its way, and kept for that: by a client on its disk; by a server, which has
    none to keep it on while it is full, in memory. `to` is None for the room."""

    local_id: int
    text: str
    at_ms: int
    to: Member | None
    file: SharedFile | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of yours was not taken. The text stays yours: show it with the reason."""

    local_id: int
    text: str
    code: str
    sentence: str
    to: Member | None


@dataclass(frozen=True, slots=True)
class OldWhisper:
    """A whisper of an earlier day: to you, or `mine` to the member, acknowledged then."""

    mine: bool
    member: Member
    text: str
    at_ms: int
    file: SharedFile | None = None


@dataclass(frozen=True, slots=True)
class HistoryOpened:
    """Before the first connection: what this client has of the room from earlier days.

    `whispers` are those since the first of `messages`; a window sorts them in by `at_ms`.
    """

    room: str
    messages: tuple[Chat, ...]
    whispers: tuple[OldWhisper, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryReplaced:
    """The server's log is another one than yesterday's: what is on the screen is kept apart."""


@dataclass(frozen=True, slots=True)
class Slowed:
    """You send faster than the room takes; what you wrote waits its turn."""


# --- A search for rooms ---------------------------------------------------------------------------


class Standing(StrEnum):
    """What this person knows of the key that a found room claims."""

    KNOWN = "known"
    MOVED = "moved"  # a known key at an address where it was not met before
    NEW = "new"
    NAMESAKE = "namesake"  # a known room has this name, and another key
    CHANGED = "changed"  # a known server has this address, and another key

    @property
    def is_known(self) -> bool:
        return self in (Standing.KNOWN, Standing.MOVED)

    @property
    def is_other_key(self) -> bool:
        """A server that this person knows has the room's name or address, and another key."""
        return self in (Standing.NAMESAKE, Standing.CHANGED)

    @property
    def words(self) -> str:
        """As a person reads it."""
        if self.is_known:
            return "known" if self is Standing.KNOWN else "known, new address"
        return "another key than you know" if self.is_other_key else "new"


@dataclass(frozen=True, slots=True)
class FoundRoom:
    """What somebody at `address` says of a room there. A claim: the connection shows whose key it is."""

    name: str
    host: str
    address: str  # host:port; where the answer came from
    members: int
    fingerprint: bytes
    standing: Standing


@dataclass(frozen=True, slots=True)
class RoomsFound:
    """The whole list, after each change: known servers first."""

    rooms: tuple[FoundRoom, ...]


# --- The connection doctor ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Examined:
    """After each step: all that is known by now. `done`: it ends with the cause and the advice."""

    diagnosis: Diagnosis
    done: bool


# --- Both ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberJoined:
    member: Member


@dataclass(frozen=True, slots=True)
class MemberLeft:
    member: Member
    reason: str  # left, lost, kicked, banned


@dataclass(frozen=True, slots=True)
class Chat:
    """A message of the room: committed, in order. For one of yours, `local_id` says which."""

    seq: int
    member_id: bytes
    name: str
    text: str
    at_ms: int
    mine: bool
    local_id: int | None = None
    file: SharedFile | None = None  # then there is no text


@dataclass(frozen=True, slots=True)
class Gone:
    """Messages first..last are not in the log any more."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class EarlierLoaded:
    """The answer to LoadEarlier, oldest first; empty when there is nothing earlier, or (at a client) when
    the server that has it is out of reach."""

    messages: tuple[Chat, ...]


@dataclass(frozen=True, slots=True)
class WhisperReceived:
    member: Member
    text: str
    at_ms: int
    file: SharedFile | None = None


@dataclass(frozen=True, slots=True)
class WhisperSent:
    """The server has your whisper and keeps it until the recipient has it."""

    local_id: int
    to: Member
    text: str
    at_ms: int
    file: SharedFile | None = None


@dataclass(frozen=True, slots=True)
class WhisperDone:
    """What became of a whisper of yours: shown to its recipient, or why not."""

    local_id: int
    outcome: WhisperOutcome


@dataclass(frozen=True, slots=True)
class FileQueued:
    """A file of yours is read, and on its way from here on, also over a restart. `to` is None for the room.
    It is shared, as a message of yours with this `local_id`, once the server has all of it."""

    local_id: int
    file: SharedFile
    to: Member | None


@dataclass(frozen=True, slots=True)
class FileProgress:
    """Of a file on its way, to the server or from it. `left_s` is None while nobody can say."""

    id: str
    name: str
    sending: bool
    done: int  # bytes; of a file that is sent, those that the server has
    size: int
    bytes_per_s: float
    left_s: float | None
    state: TransferState


@dataclass(frozen=True, slots=True)
class FileReceived:
    """It is whole, what its sender said it is, and on your disk."""

    id: str
    path: Path
    sha256: bytes


@dataclass(frozen=True, slots=True)
class FileTakenBack:
    """A file that was shared is not to be had any more: whoever shared it took it back, or the host
    (`by_host`) what was another's. Told once a run, perhaps before its message is shown."""

    id: str
    by_host: bool


@dataclass(frozen=True, slots=True)
class FileRefused:
    """It is not sent, not received, or not taken back; of one that is not sent or received nothing is left.
    `local_id` is that of SendFile; `id` is "" if it was not even read."""

    id: str
    name: str
    sending: bool
    code: str
    sentence: str
    local_id: int | None = None


@dataclass(frozen=True, slots=True)
class ComparedMembers:
    """The members whose fingerprint was compared: the whole list, at the start if any, and after each change.

    Until then a whisper is closed to the server only if it told the truth about whose key is whose.
    """

    member_ids: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class RoomChanged:
    read_only: bool
    muted: bool  # you
    slow_s: int
    kept: bool
    known_only: bool = False  # the server's window alone knows, and
    disk_full: bool = False  # why it is read_only, whatever the switch says


@dataclass(frozen=True, slots=True)
class LabSwitches:
    """Which switches of the laboratory are on, after each change. None, False and empty: off."""

    recording: bool = False  # at a server: of all connections
    recorded: frozenset[bytes] = frozenset()  # server: ids of members that are recorded by themselves
    secrets: bool = False  # client: those of this connection are kept
    receive_bytes: int | None = None  # client: CutReceiving
    piece_bytes: int | None = None  # client: CutSending
    join_s: float | None = None  # client: JoinSending
    frozen: frozenset[bytes] = frozenset()  # server: ids of members


@dataclass(frozen=True, slots=True)
class FrozenByHost:
    """Client: the host's laboratory holds this connection still, or (False) does so no more."""

    frozen: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on, or (StorageFull) not now: the sentence says what to do. Stopped may follow."""

    error: LocalChatError


@dataclass(frozen=True, slots=True)
class Crashed:
    """A defect of ours in the network thread. Stopped follows."""

    traceback: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The last event of all: sockets and files are closed, the thread is about to end."""


Event = (
    Listening | ReachChanged | Answering | Traffic | Banned | RoomsFound | Connecting | TrustAsked | Connected
    | Disconnected | Notice | Pending | Refused | HistoryOpened | HistoryReplaced | Slowed | MemberJoined
    | MemberLeft | Chat | Gone | EarlierLoaded | WhisperReceived | WhisperSent | WhisperDone | FileQueued
    | FileProgress | FileReceived | FileTakenBack | FileRefused | ComparedMembers | RoomChanged | Examined
    | LabSwitches | FrozenByHost | Failed | Crashed | Stopped
)  # fmt: skip
