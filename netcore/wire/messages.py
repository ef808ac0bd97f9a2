"""The messages of LocalChat/1: one frozen dataclass each, and their JSON (PROTOCOL §6).

A field's `Annotated` codec says how it is checked and written, so this file is the schema:
a missing, extra or wrong field raises MessageError. Byte strings travel as base64 without
padding. `codec` reads and writes them. Leaves to `room` whether a text is allowed, and to
`session` when a message may come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from netcore import limits
from netcore.wire.codes import BlobRefusal, History, LeaveReason, Refusal, WhisperOutcome
from netcore.wire.schema import base64_bytes, boolean, integer, string, word

LARGEST_INT = 2**53 - 1  # what every JSON reader holds exactly


# --- Field types, by their names in PROTOCOL §6.2 -----------------------------------------------

Id = Annotated[bytes, base64_bytes(32)]  # member_id: SHA-256 of the member's SPKI DER
FromId = Annotated[bytes, base64_bytes(32, key="from")]
Modulus = Annotated[bytes, base64_bytes(256)]
Signature = Annotated[bytes, base64_bytes(256)]
Stream = Annotated[bytes, base64_bytes(16)]
MsgId = Annotated[bytes, base64_bytes(16)]
LogId = Annotated[bytes, base64_bytes(16)]
Hash = Annotated[bytes, base64_bytes(32)]
C1 = Annotated[bytes, base64_bytes(256)]
# Nonce and tag (32), signature (256), and length and text (4 + 0 to 16,000) padded to a multiple of 256.
_C2_BYTES = (32 + 256 + 256, 32 + 256 + 16_128)
C2 = Annotated[bytes, base64_bytes(*_C2_BYTES)]
Count = Annotated[int, integer(0, LARGEST_INT)]
Number = Annotated[int, integer(1, LARGEST_INT)]
Millis = Annotated[int, integer(0, LARGEST_INT)]  # Unix time
Name = Annotated[str, string(limits.MAX_NAME_CHARS)]
Asked = Annotated[str, string(limits.MAX_JSON_BYTES)]  # judged by the room, answered with a refusal
Text = Annotated[str, string(limits.MAX_TEXT_CHARS)]
Flag = Annotated[bool, boolean()]
BlobId = Annotated[bytes, base64_bytes(16)]
FileKey = Annotated[bytes, base64_bytes(32)]
FileName = Annotated[str, string(limits.MAX_FILE_NAME_CHARS)]


def is_c2_size(size_bytes: int) -> bool:
    """Whether a sealed whisper can be this long."""
    return _C2_BYTES[0] <= size_bytes <= _C2_BYTES[1]


class Message:
    """Base of all messages; `t` is the JSON `"t"`."""

    __slots__ = ()
    t: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Resume:
    """The last row that the client has: where it wants to go on."""

    log_id: LogId
    seq: Number
    row: Hash


@dataclass(frozen=True, slots=True)
class Person:
    id: Id
    name: Name


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody shares, in place of a text (PROTOCOL §14): what it is called there, how many bytes
    it has, their hash, and the blob that holds them, sealed under `k`."""

    blob: BlobId
    name: FileName
    size: Count
    sha256: Hash
    k: FileKey


# --- Client to server ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Auth(Message):
    """The first message (PROTOCOL §4.2): who I am, and the proof for this connection."""

    t: ClassVar[str] = "auth"
    key: Modulus
    sig: Signature
    name: Asked
    stream: Stream
    resume: Resume | None


@dataclass(frozen=True, slots=True)
class Say(Message):
    """Its text is empty if it shares a file."""

    t: ClassVar[str] = "say"
    stream: Stream
    n: Number
    text: Asked
    file: File | None = None


@dataclass(frozen=True, slots=True)
class SendWhisper(Message):
    t: ClassVar[str] = "send_whisper"
    stream: Stream
    n: Number
    to: Id
    msg_id: MsgId
    counter: Number
    c1: C1
    c2: C2
    blob: BlobId | None = None  # of the file that is shared in it


@dataclass(frozen=True, slots=True)
class GotWhisper(Message):
    """The server may forget it. `shown`: it is on disk and was shown, now or before."""

    t: ClassVar[str] = "got_whisper"
    sender: FromId
    msg_id: MsgId
    shown: Flag


@dataclass(frozen=True, slots=True)
class GetPage(Message):
    """Up to PAGE_MESSAGES messages with seq > after."""

    t: ClassVar[str] = "get_page"
    after: Count


@dataclass(frozen=True, slots=True)
class GetKey(Message):
    t: ClassVar[str] = "get_key"
    id: Id


@dataclass(frozen=True, slots=True)
class PutBlob(Message):
    """I want to send the chunks of a file of this size: how far have you got?"""

    t: ClassVar[str] = "put_blob"
    blob: BlobId
    size: Count


@dataclass(frozen=True, slots=True)
class GetBlob(Message):
    """Send me its chunks from number `first` on. Takes the place of one that was asked for before."""

    t: ClassVar[str] = "get_blob"
    blob: BlobId
    first: Count


@dataclass(frozen=True, slots=True)
class StopBlob(Message):
    """Send me no more of it."""

    t: ClassVar[str] = "stop_blob"
    blob: BlobId


@dataclass(frozen=True, slots=True)
class DropBlob(Message):
    """Forget it: its sender takes it back, or the only one it was for has it."""

    t: ClassVar[str] = "drop_blob"
    blob: BlobId


# --- Either direction ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ping(Message):
    t: ClassVar[str] = "ping"


@dataclass(frozen=True, slots=True)
class Pong(Message):
    t: ClassVar[str] = "pong"


# --- Server to one client -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome(Message):
    t: ClassVar[str] = "welcome"
    room: Name
    log_id: LogId
    host: Id
    name: Name
    last_n: Count  # of the stream that auth named
    head: Count  # seq of the newest message, 0 when there is none
    history: Annotated[History, word(History)]
    at: Millis


@dataclass(frozen=True, slots=True)
class Said(Message):
    """One message of the room. `at` is the server's clock, for display; order is `seq`."""

    t: ClassVar[str] = "said"
    seq: Number
    sender: FromId
    name: Name
    stream: Stream
    n: Number
    at: Millis
    text: Text  # empty if it shares a file
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Gap(Message):
    """Messages first..last are gone from the log (retention)."""

    t: ClassVar[str] = "gap"
    first: Number
    last: Number


@dataclass(frozen=True, slots=True)
class PageEnd(Message):
    """Ends the answer to get_page: its Said messages came before it, each a text of its own."""

    t: ClassVar[str] = "page_end"
    after: Count
    last: Count  # seq of the last message of the page; `after` when the page is empty


@dataclass(frozen=True, slots=True)
class Roster(Message):
    """A part of the member list; parts come before Live."""

    t: ClassVar[str] = "roster"
    members: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Live(Message):
    """You have everything up to head; from here on room records come."""

    t: ClassVar[str] = "live"
    head: Count
    members: Count


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """A message that was sent again: it is in the log as seq."""

    t: ClassVar[str] = "answer"
    stream: Stream
    n: Number
    seq: Number


@dataclass(frozen=True, slots=True)
class Refused(Message):
    t: ClassVar[str] = "refused"
    stream: Stream
    n: Number
    code: Annotated[Refusal, word(Refusal)]


@dataclass(frozen=True, slots=True)
class WhisperStored(Message):
    """The acknowledgement of a whisper: the server keeps it until the recipient has it."""

    t: ClassVar[str] = "whisper_stored"
    stream: Stream
    n: Number
    at: Millis


@dataclass(frozen=True, slots=True)
class Whisper(Message):
    """A whisper for you, as its sender sealed it."""

    t: ClassVar[str] = "whisper"
    sender: FromId
    msg_id: MsgId
    counter: Number
    c1: C1
    c2: C2
    at: Millis
    blob: BlobId | None = None


@dataclass(frozen=True, slots=True)
class WhisperDone(Message):
    """To the sender: what became of it."""

    t: ClassVar[str] = "whisper_done"
    to: Id
    msg_id: MsgId
    outcome: Annotated[WhisperOutcome, word(WhisperOutcome)]


@dataclass(frozen=True, slots=True)
class Key(Message):
    """A member's modulus; the client checks it against the id."""

    t: ClassVar[str] = "key"
    id: Id
    key: Modulus


@dataclass(frozen=True, slots=True)
class Slowed(Message):
    """You send faster than the room takes; the rest waits its turn, nothing is dropped."""

    t: ClassVar[str] = "slowed"


@dataclass(frozen=True, slots=True)
class Lab(Message):
    """What the host's laboratory does to this connection: `frozen`, nothing is read or written."""

    t: ClassVar[str] = "lab"
    frozen: Flag


@dataclass(frozen=True, slots=True)
class BlobHave(Message):
    """Of your blob, so many chunks are here; all of them: it is on the disk, and may be shared."""

    t: ClassVar[str] = "blob_have"
    blob: BlobId
    chunks: Count


@dataclass(frozen=True, slots=True)
class BlobRefused(Message):
    """Your blob is not taken (any further), or you do not get it."""

    t: ClassVar[str] = "blob_refused"
    blob: BlobId
    code: Annotated[BlobRefusal, word(BlobRefusal)]


# --- Server to everyone (Room records), the state and what is gone also to a newcomer -------------


@dataclass(frozen=True, slots=True)
class BlobDropped(Message):
    """A shared file was taken back, by whoever shared it or by the host; nobody gets it any more."""

    t: ClassVar[str] = "blob_dropped"
    blob: BlobId
    by_host: Flag  # another's


@dataclass(frozen=True, slots=True)
class Joined(Message):
    t: ClassVar[str] = "joined"
    id: Id
    name: Name


@dataclass(frozen=True, slots=True)
class Left(Message):
    t: ClassVar[str] = "left"
    id: Id
    name: Name
    reason: Annotated[LeaveReason, word(LeaveReason)]


@dataclass(frozen=True, slots=True)
class RoomState(Message):
    t: ClassVar[str] = "room_state"
    read_only: Flag
    muted: Flag  # you; false in a Room record
    slow_s: Count  # seconds between two messages of one member; 0 is off
    kept: Flag  # whether the room keeps its log over a restart


ClientMessage = (
    Auth | Say | SendWhisper | GotWhisper | GetPage | GetKey | PutBlob | GetBlob | StopBlob | DropBlob
    | Ping | Pong
)  # fmt: skip
DirectMessage = (
    Welcome | Said | Gap | PageEnd | Roster | Live | Answer | Refused | WhisperStored | Whisper
    | WhisperDone | Key | Slowed | Lab | BlobHave | BlobRefused | BlobDropped | RoomState | Ping
    | Pong
)  # fmt: skip
RoomMessage = Said | Joined | Left | RoomState | BlobDropped
