"""Which files the room has: whose each is, how much of it is here, which message shares it (PROTOCOL §14.4).

    begun by its uploader -> chunks come -> all of them are durable -> a stored message shares it
                                                                       with the room: `seq` of that message
                                                                       with one member: `reader`

What nobody shared is forgotten after an hour; what was, with its message, or 30 days later if the message was
a whisper. What is taken back before is remembered as such for as long, so that those who come later hear it.
Hours and days are of the room's age. The bytes lie in `blob_files`; whoever forgets a row here removes its
file (`take_forgotten`), and what was left over is removed at the next start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from netcore import limits
from netcore.store.database import Database
from netcore.store.room_changes import RoomChanges

_UNNAMED_MS: Final = int(limits.UNNAMED_BLOB_S * 1000)
_WHISPERED_MS: Final = int(limits.WHISPERED_BLOB_S * 1000)
_COLUMNS: Final = "blob, uploader, size, chunks, whole, seq, reader"


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """`chunks`: how many of the first ones are durable. `whole`: all of them."""

    blob: bytes
    uploader: bytes
    size: int
    chunks: int
    whole: bool
    seq: int | None
    reader: bytes | None

    @property
    def is_shared(self) -> bool:
        return self.seq is not None or self.reader is not None

    def may_be_read_by(self, member_id: bytes) -> bool:
        """Whether this member may get it now."""
        if not self.whole:
            return False
        return self.seq is not None or member_id in (self.reader, self.uploader if self.reader else None)


def _stored(row: Any) -> StoredBlob:
    blob, uploader, size, chunks, whole, seq, reader = row
    return StoredBlob(blob, uploader, size, chunks, bool(whole), seq, reader)


class RoomBlobs(RoomChanges):
    """A part of RoomLog, which alone makes one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._forgotten: list[bytes] = []

    def blob(self, blob: bytes) -> StoredBlob | None:
        row = self._db.row(f"SELECT {_COLUMNS} FROM blobs WHERE blob = ?", blob)
        return _stored(row) if row else None

    def blobs(self) -> tuple[StoredBlob, ...]:
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM blobs ORDER BY blob")
        return tuple(map(_stored, rows))

    def files_bytes(self, uploader: bytes | None = None) -> int:
        """What all files, or those of one member, have been promised of the disk."""
        sql = "SELECT sum(size) FROM blobs WHERE ?1 IS NULL OR uploader = ?1"
        return int(self._db.row(sql, uploader)[0] or 0)

    def unshared_blobs(self) -> tuple[StoredBlob, ...]:
        """The files that nobody has shared yet; first those of which nothing has become durable for long."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM blobs WHERE seq IS NULL AND reader IS NULL ORDER BY age_ms, blob"
        )
        return tuple(map(_stored, rows))

    def open_blobs(self, uploader: bytes) -> int:
        """How many files of the member nobody has shared yet."""
        sql = "SELECT count(*) FROM blobs WHERE uploader = ? AND seq IS NULL AND reader IS NULL"
        return int(self._db.row(sql, uploader)[0])

    def begin_blob(self, blob: bytes, uploader: bytes, size: int, age_ms: int) -> None:
        self._change(
            "INSERT INTO blobs (blob, uploader, size, age_ms) VALUES (?, ?, ?, ?)",
            *(blob, uploader, size, age_ms),
        )

    def set_chunks(self, blob: bytes, chunks: int, whole: bool, age_ms: int) -> None:
        """So many chunks are durable."""
        self._change(
            "UPDATE blobs SET chunks = ?, whole = ?, age_ms = ? WHERE blob = ?",
            *(chunks, int(whole), age_ms, blob),
        )

    def forget_blob(self, blob: bytes) -> None:
        self._change("DELETE FROM blobs WHERE blob = ?", blob)
        self._forgotten.append(blob)

    def take_back(self, stored: StoredBlob, by_host: bool, age_ms: int) -> None:
        """Forget a blob that is shared, and remember that."""
        self.forget_blob(stored.blob)
        self._change(
            "INSERT OR REPLACE INTO taken_back VALUES (?, ?, ?, ?, ?, ?)",
            *(stored.blob, stored.uploader, stored.seq, stored.reader, int(by_host), age_ms),
        )
        self._change(
            """DELETE FROM taken_back WHERE blob IN (SELECT blob FROM taken_back WHERE seq IS NULL
                ORDER BY age_ms DESC LIMIT -1 OFFSET ?)""",
            limits.MAX_WHISPERED_TAKEN_BACK,
        )

    def taken_back(self, member_id: bytes) -> tuple[tuple[bytes, bool], ...]:
        """Of what this member could have got or has shared, the last that was taken back; whether the host
        took back what was another's."""
        rows = self._db.rows(
            """SELECT blob, by_host FROM taken_back WHERE seq IS NOT NULL OR ? IN (reader, uploader)
                ORDER BY age_ms DESC LIMIT ?""",
            *(member_id, limits.MAX_TOLD_TAKEN_BACK),
        )
        return tuple((blob, bool(by_host)) for blob, by_host in rows)

    def expire_blobs(self, age_ms: int) -> None:
        """Forgets what nobody shared in time, and what was whispered long ago."""
        self._change("DELETE FROM taken_back WHERE seq IS NULL AND age_ms < ?", age_ms - _WHISPERED_MS)
        rows = self._db.rows(
            """SELECT blob FROM blobs WHERE seq IS NULL AND age_ms <
                CASE WHEN reader IS NULL THEN ? ELSE ? END""",
            *(age_ms - _UNNAMED_MS, age_ms - _WHISPERED_MS),
        )
        for (blob,) in rows:
            self.forget_blob(blob)

    def take_forgotten(self) -> list[bytes]:
        """The blobs that were forgotten since the last call, whose files may go once that is durable."""
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    # --- Inside of a commit ---------------------------------------------------------------------

    def _may_share(self, blob: bytes, uploader: bytes, size: int | None = None) -> bool:
        """Whether a message of this member may share it: it is theirs, whole, and not shared yet."""
        found = self.blob(blob)
        if found is None or found.uploader != uploader or not found.whole or found.is_shared:
            return False
        return size is None or size == found.size

    def _share(
        self, blob: bytes, age_ms: int, *, seq: int | None = None, reader: bytes | None = None
    ) -> None:
        """A message that shares it is stored in this commit."""
        self._db.execute(
            "UPDATE blobs SET seq = ?, reader = ?, age_ms = ? WHERE blob = ?", (seq, reader, age_ms, blob)
        )

    def _forget_now(self, blob: bytes) -> None:
        self._db.execute("DELETE FROM blobs WHERE blob = ?", (blob,))
        self._forgotten.append(blob)

    def _forget_shared_before(self, first: int) -> None:
        """The messages before `first` are removed from the log in this commit."""
        for (blob,) in self._db.rows("SELECT blob FROM blobs WHERE seq < ?", first):
            self._forget_now(blob)
        self._db.execute("DELETE FROM taken_back WHERE seq < ?", (first,))
