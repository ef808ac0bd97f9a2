"""What the room's database holds: its schema, and the values that go in and out (PROTOCOL §7.1, §8.1)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from netcore.store.database import Migration
from netcore.store.soundness import (
    Conditions,
    all_of,
    blob,
    count,
    flag,
    is_bytes,
    is_count,
    null_or,
    one_of,
    text,
)
from netcore.wire.codes import Refusal, WhisperOutcome
from netcore.wire.messages import File, Said, is_c2_size

APPLICATION_ID: Final = 0x4C43_524C  # "LCRL" in the file's header

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
        # One row for each (member, stream) that ever sent something; never removed, since last_n is what
        # tells a repeated message from a new one.
        """CREATE TABLE streams (id INTEGER PRIMARY KEY, member_id BLOB NOT NULL, stream BLOB NOT NULL,
            last_n INTEGER NOT NULL, UNIQUE (member_id, stream))""",
        """CREATE TABLE messages (seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES streams,
            n INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL)""",
        "CREATE UNIQUE INDEX messages_by_stream ON messages (stream, n)",
        # Answers that are not in `messages`: a refusal by its code, or "" and a digest for a kept whisper.
        """CREATE TABLE answers (stream INTEGER NOT NULL REFERENCES streams, n INTEGER NOT NULL,
            code TEXT NOT NULL, at INTEGER NOT NULL, digest BLOB, PRIMARY KEY (stream, n)) WITHOUT ROWID""",
        """CREATE TABLE whispers (id INTEGER PRIMARY KEY, recipient BLOB NOT NULL, sender BLOB NOT NULL,
            msg_id BLOB NOT NULL, counter INTEGER NOT NULL, c1 BLOB NOT NULL, c2 BLOB NOT NULL,
            at INTEGER NOT NULL, UNIQUE (recipient, sender, msg_id))""",
        """CREATE TABLE reports (id INTEGER PRIMARY KEY, sender BLOB NOT NULL, recipient BLOB NOT NULL,
            msg_id BLOB NOT NULL, delivered INTEGER NOT NULL)""",
        "CREATE INDEX reports_by_sender ON reports (sender)",
        """CREATE TABLE people (member_id BLOB PRIMARY KEY, name TEXT NOT NULL, folded TEXT UNIQUE,
            modulus BLOB NOT NULL, last_seen_ms INTEGER NOT NULL)""",
        """CREATE TABLE bans (member_id BLOB PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL,
            reason TEXT NOT NULL, at INTEGER NOT NULL)""",
        "CREATE TABLE mutes (member_id BLOB PRIMARY KEY)",
    ),
    (
        # What was counted by the wall clock counts by the room's age from now on: each begins anew.
        "ALTER TABLE people RENAME COLUMN last_seen_ms TO seen_age_ms",
        "UPDATE people SET seen_age_ms = 0",
        "ALTER TABLE whispers ADD COLUMN age_ms INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # What became of a whisper is a word of the protocol now: there are three of them.
        "ALTER TABLE reports RENAME TO old_reports",
        """CREATE TABLE reports (id INTEGER PRIMARY KEY, sender BLOB NOT NULL, recipient BLOB NOT NULL,
            msg_id BLOB NOT NULL, outcome TEXT NOT NULL)""",
        """INSERT INTO reports SELECT id, sender, recipient, msg_id,
            CASE delivered WHEN 1 THEN 'delivered' ELSE 'given_up' END FROM old_reports""",
        "DROP TABLE old_reports",
        "CREATE INDEX reports_by_sender ON reports (sender)",
        # The host's own: what a client keeps in its store.
        """CREATE TABLE host_counters (member_id BLOB PRIMARY KEY, sent INTEGER NOT NULL DEFAULT 0,
            received INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
        """CREATE TABLE host_shown (sender BLOB NOT NULL, counter INTEGER NOT NULL, msg_id BLOB NOT NULL,
            PRIMARY KEY (sender, counter)) WITHOUT ROWID""",
        "CREATE TABLE host_compared (member_id BLOB PRIMARY KEY) WITHOUT ROWID",
    ),
    (
        # Files: `chunks` are durable; `seq` or `reader` says with whom a stored message shares it.
        """CREATE TABLE blobs (blob BLOB PRIMARY KEY, uploader BLOB NOT NULL, size INTEGER NOT NULL,
            chunks INTEGER NOT NULL DEFAULT 0, whole INTEGER NOT NULL DEFAULT 0, age_ms INTEGER NOT NULL,
            seq INTEGER, reader BLOB) WITHOUT ROWID""",
        "CREATE INDEX blobs_by_uploader ON blobs (uploader)",
        # JSON of the file that the message shares; NULL: it says `text`.
        "ALTER TABLE messages ADD COLUMN file TEXT",
        "ALTER TABLE whispers ADD COLUMN blob BLOB NOT NULL DEFAULT x''",
    ),
    (
        # Files that were shared and taken back, while their messages are still there.
        """CREATE TABLE taken_back (blob BLOB PRIMARY KEY, uploader BLOB NOT NULL, seq INTEGER,
            reader BLOB, by_host INTEGER NOT NULL, age_ms INTEGER NOT NULL) WITHOUT ROWID""",
    ),
)


# Messages, waiting whispers and keys are judged as they are read, one by one.
SOUND: Final[Conditions] = {
    # The rest of it tells how old the room is, which is begun anew when it makes no sense.
    "meta": all_of(
        f"(key <> 'log_id' OR {blob('value', 16)})",
        f"(key NOT IN ('read_only', 'slow_s', 'known_only') OR {count('value')})",
    ),
    "streams": count("last_n"),
    "people": all_of(
        *(blob("member_id", 32), text("name"), null_or("folded", text("folded"))),
        count("seen_age_ms"),
    ),
    "bans": all_of(blob("member_id", 32), text("name"), text("address"), text("reason"), count("at")),
    "mutes": blob("member_id", 32),
    "answers": all_of(
        count("n"), one_of("code", ("", *Refusal)), count("at"), null_or("digest", blob("digest", 16))
    ),
    "reports": all_of(count("id"), blob("sender", 32)),
    "host_counters": all_of(blob("member_id", 32), count("sent"), count("received")),
    "host_shown": all_of(blob("sender", 32), count("counter"), blob("msg_id", 16)),
    "host_compared": blob("member_id", 32),
    "blobs": all_of(
        *(blob("blob", 16), blob("uploader", 32), count("size"), count("chunks"), flag("whole")),
        *(count("age_ms"), null_or("seq", count("seq")), null_or("reader", blob("reader", 32))),
    ),
    "taken_back": all_of(
        *(blob("blob", 16), blob("uploader", 32), null_or("seq", count("seq"))),
        *(null_or("reader", blob("reader", 32)), flag("by_host"), count("age_ms")),
    ),
}

@dataclass(frozen=True, slots=True)
class HeldWhisper:
    """A whisper as its sender sealed it, kept until the recipient confirms it."""

    sender: bytes
    to: bytes
    msg_id: bytes
    counter: int
    c1: bytes
    c2: bytes
    at: int  # Unix ms of the server, set when it is stored
    blob: bytes = b""  # 16 bytes, of the file that it shares

    @property
    def size_bytes(self) -> int:
        """What it takes of the room's mailboxes."""
        return len(self.c1) + len(self.c2)

    @property
    def is_whole(self) -> bool:
        """Whether every field is one that its reader takes from the wire (PROTOCOL §6.2)."""
        ids = is_bytes(self.sender, 32) and is_bytes(self.to, 32) and is_bytes(self.msg_id, 16)
        sealed = is_bytes(self.c1, 256) and isinstance(self.c2, bytes)
        ids = ids and (self.blob == b"" or is_bytes(self.blob, 16))
        return ids and sealed and is_c2_size(len(self.c2)) and is_count(self.counter) and is_count(self.at)

    @property
    def digest(self) -> bytes:
        """16 bytes that tell whether a repeated whisper is the same one."""
        head = self.to + self.msg_id + self.counter.to_bytes(8, "big") + self.c1
        return sha256(head + self.c2 + self.blob).digest()[:16]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a member wants stored as number n of its stream: a text or a file for the room, a whisper, or
    (decided by the room already) a refusal, which uses up n like the others."""

    member_id: bytes
    name: str
    stream: bytes
    n: int
    what: str | File | HeldWhisper | Refusal


@dataclass(frozen=True, slots=True)
class Stored:
    said: Said


@dataclass(frozen=True, slots=True)
class Held:
    """The whisper waits from now on. `gave_up`: what had to go for it; its senders' reports are stored."""

    whisper: HeldWhisper
    at: int
    gave_up: tuple[HeldWhisper, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """It was stored before, as seq."""

    seq: int


@dataclass(frozen=True, slots=True)
class AgainHeld:
    """The whisper was stored before, at that time; it may have been delivered since."""

    at: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    code: Refusal


@dataclass(frozen=True, slots=True)
class TooManyStreams:
    """The member has begun STREAMS_PER_MEMBER of them, which no client does."""


Outcome = Stored | Held | Again | AgainHeld | NotTaken | TooManyStreams


@dataclass(frozen=True, slots=True)
class KnownPerson:
    id: bytes
    name: str
    modulus: bytes
    seen_age_ms: int  # the room's age when it was last here


@dataclass(frozen=True, slots=True)
class Ban:
    """`address` is "" when the key alone is banned."""

    member_id: bytes
    name: str
    address: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Switches:
    """The room's switches; slow_s is seconds between two messages of one member, 0 for off."""

    read_only: bool = False
    slow_s: int = 0
    known_only: bool = False


@dataclass(frozen=True, slots=True)
class WhisperReport:
    """For the sender of a whisper: what became of it."""

    to: bytes
    msg_id: bytes
    outcome: WhisperOutcome
