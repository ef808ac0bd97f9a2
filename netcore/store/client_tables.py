"""What a client's database holds: its schema, and the values that go in and out (PROTOCOL §8.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from netcore import limits
from netcore.store.database import Migration
from netcore.store.soundness import (
    Conditions,
    all_of,
    blob,
    count,
    flag,
    null_or,
    one_of,
    path,
    refers,
    text,
)
from netcore.wire.codes import WhisperOutcome
from netcore.wire.messages import File

APPLICATION_ID: Final = 0x4C43_434C  # "LCCL" in the file's header

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        # `log` is the log being followed; (seq, row) the place in it; (stream, next_n) what goes out.
        """CREATE TABLE servers (id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE,
            room TEXT NOT NULL DEFAULT '', host_id BLOB NOT NULL DEFAULT x'', log INTEGER REFERENCES logs,
            seq INTEGER NOT NULL DEFAULT 0, row BLOB, stream BLOB NOT NULL, next_n INTEGER NOT NULL)""",
        # A log of our own numbering: a restored server may show an old log_id with other messages in it.
        """CREATE TABLE logs (id INTEGER PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers,
            log_id BLOB NOT NULL)""",
        """CREATE TABLE history (log INTEGER NOT NULL REFERENCES logs, seq INTEGER NOT NULL,
            sender BLOB NOT NULL, name TEXT NOT NULL, stream BLOB NOT NULL, n INTEGER NOT NULL,
            at INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (log, seq))""",
        """CREATE TABLE drafts (id INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL
            REFERENCES servers, stream BLOB NOT NULL, n INTEGER NOT NULL, text TEXT NOT NULL,
            at INTEGER NOT NULL, recipient BLOB, to_name TEXT NOT NULL, msg_id BLOB NOT NULL,
            counter INTEGER NOT NULL, c1 BLOB NOT NULL, c2 BLOB NOT NULL,
            refused TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE whispers (id INTEGER PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers,
            mine INTEGER NOT NULL, member_id BLOB NOT NULL, name TEXT NOT NULL, msg_id BLOB NOT NULL,
            text TEXT NOT NULL, at INTEGER NOT NULL, delivered INTEGER)""",
        "CREATE INDEX whispers_by_id ON whispers (server, msg_id)",
        """CREATE TABLE counters (server INTEGER NOT NULL REFERENCES servers, member_id BLOB NOT NULL,
            sent INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (server, member_id)) WITHOUT ROWID""",
        """CREATE TABLE pins (server INTEGER NOT NULL REFERENCES servers, folded TEXT NOT NULL,
            member_id BLOB NOT NULL, PRIMARY KEY (server, folded)) WITHOUT ROWID""",
        "CREATE TABLE keys (member_id BLOB PRIMARY KEY, modulus BLOB NOT NULL)",
    ),
    (
        # What became of a whisper of ours is a word of the protocol now: there are three of them.
        "ALTER TABLE whispers RENAME TO old_whispers",
        """CREATE TABLE whispers (id INTEGER PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers,
            mine INTEGER NOT NULL, member_id BLOB NOT NULL, name TEXT NOT NULL, msg_id BLOB NOT NULL,
            text TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT)""",
        """INSERT INTO whispers SELECT id, server, mine, member_id, name, msg_id, text, at,
            CASE delivered WHEN 1 THEN 'delivered' WHEN 0 THEN 'given_up' END FROM old_whispers""",
        "DROP TABLE old_whispers",
        "CREATE INDEX whispers_by_id ON whispers (server, msg_id)",
        # Messages under our key that this client did not write: a copy of it did, or the server lies.
        """CREATE TABLE not_ours (log INTEGER NOT NULL REFERENCES logs, seq INTEGER NOT NULL,
            PRIMARY KEY (log, seq)) WITHOUT ROWID""",
        # The members whose fingerprint the person has compared with what is on their own screen.
        "CREATE TABLE compared (member_id BLOB PRIMARY KEY) WITHOUT ROWID",
    ),
    (
        # JSON of the file that a message shares; NULL: it says `text`.
        "ALTER TABLE history ADD COLUMN file TEXT",
        "ALTER TABLE drafts ADD COLUMN file TEXT",
        "ALTER TABLE whispers ADD COLUMN file TEXT",
        # Files on their way to the server, which become drafts when it has them; and from it.
        """CREATE TABLE uploads (id INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL
            REFERENCES servers, path TEXT NOT NULL, file TEXT NOT NULL, digests BLOB NOT NULL,
            recipient BLOB, to_name TEXT NOT NULL)""",
        """CREATE TABLE downloads (id INTEGER PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers,
            file TEXT NOT NULL, part TEXT NOT NULL, whispered INTEGER NOT NULL)""",
    ),
    (
        # Files of ours that the person took back, until the server has said that they are.
        """CREATE TABLE take_backs (server INTEGER NOT NULL REFERENCES servers, blob BLOB NOT NULL,
            name TEXT NOT NULL, PRIMARY KEY (server, blob)) WITHOUT ROWID""",
    ),
)


# A message that is damaged says so in its place in the transcript.
SOUND: Final[Conditions] = {
    "servers": all_of(
        *(count("id"), blob("fingerprint", 32), text("room"), blob("host_id", 0, 32)),
        *(null_or("log", refers("log", "logs")), count("seq"), null_or("row", blob("row", 32))),
        *(blob("stream", 16), count("next_n", 1)),
    ),
    "logs": all_of(refers("server", "servers"), blob("log_id", 16)),
    "history": all_of(refers("log", "logs"), count("seq", 1)),
    "drafts": all_of(
        *(count("id", 1), refers("server", "servers"), count("n"), count("at"), text("to_name")),
        *(text("text"), f"length(text) <= {limits.MAX_TEXT_CHARS}", null_or("file", text("file"))),
        text("refused"),
        *(null_or("recipient", blob("recipient", 32)), count("counter"), blob("msg_id", 0, 16)),
        *(blob("stream", 0, 16), "(n = 0) = (length(stream) = 0)", blob("c1", 0, 256), blob("c2")),
        # A whisper that has its number is sealed, for somebody.
        "(n = 0 OR recipient IS NULL OR (length(msg_id) = 16 AND length(c1) = 256 AND counter > 0))",
        "(recipient IS NOT NULL OR length(msg_id) = 0)",
    ),
    "whispers": all_of(
        *(refers("server", "servers"), flag("mine"), blob("member_id", 32), text("name"), blob("msg_id", 16)),
        *(text("text"), count("at"), null_or("file", text("file"))),
        null_or("outcome", one_of("outcome", WhisperOutcome)),
    ),
    "counters": all_of(refers("server", "servers"), blob("member_id", 32), count("sent"), count("received")),
    "pins": all_of(refers("server", "servers"), text("folded"), blob("member_id", 32)),
    "keys": all_of(blob("member_id", 32), blob("modulus", 256)),
    "not_ours": all_of(refers("log", "logs"), count("seq", 1)),
    "compared": blob("member_id", 32),
    "uploads": all_of(
        *(refers("server", "servers"), path("path"), text("file"), blob("digests")),
        "length(digests) % 16 = 0",
        *(null_or("recipient", blob("recipient", 32)), text("to_name")),
    ),
    "downloads": all_of(refers("server", "servers"), text("file"), path("part"), flag("whispered")),
    "take_backs": all_of(refers("server", "servers"), blob("blob", 16), text("name")),
}


class Taken(Enum):
    """What a whisper that was opened is to a client (PROTOCOL §10.2)."""

    NEW = 1  # stored
    REPEATED = 2  # stored before: the same msg_id with the same text
    OUT_OF_ORDER = 3  # another one, with a counter that is not above the last: not stored


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client stands with one server."""

    room: str  # "" before the first welcome
    host_id: bytes  # b"" before the first welcome
    log_id: bytes | None  # None before the first log
    seq: int  # everything up to here is in the history, or known to be gone
    row: bytes | None  # row_hash of seq; None where that row was not received (a gap, a fresh start)
    stream: bytes  # 16
    next_n: int  # of the next draft


@dataclass(frozen=True, slots=True)
class Draft:
    """A message of ours that the server has not acknowledged. For the room: `to` None, the rest empty.

    A whisper that is not sealed yet: n is 0, stream, msg_id, counter, c1 and c2 are empty.
    """

    draft_id: int
    stream: bytes
    n: int
    text: str
    at_ms: int
    to: bytes | None
    to_name: str
    msg_id: bytes
    counter: int
    c1: bytes
    c2: bytes
    refused: str  # the refusal's code, "" while it waits
    file: File | None = None  # then the text is empty


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file of ours that is on its way to the server; `to` is None for the room."""

    upload_id: int
    path: str
    file: File
    digests: bytes
    """Of the chunks that have been read (crypto.blob.Digests). When they are all there, so is the SHA-256 in
    `file`."""
    to: bytes | None
    to_name: str


@dataclass(frozen=True, slots=True)
class StoredDownload:
    """A file that is on its way to us, and the path of what is here of it."""

    file: File
    part: str
    whispered: bool  # it was for us alone: the server may forget it when we have it


@dataclass(frozen=True, slots=True)
class StoredWhisper:
    """A whisper that was received, or sent and acknowledged (`mine`)."""

    mine: bool
    member_id: bytes  # the other one
    name: str
    msg_id: bytes
    text: str
    at_ms: int
    outcome: WhisperOutcome | None  # mine: what became of it; None: not known yet
    file: File | None = None  # then the text is empty
