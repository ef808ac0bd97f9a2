"""Changes to the room's database apart from messages, which wait for the next commit (PROTOCOL §8.1).

They are seen at once by the methods that read, and become durable with the next `RoomLog.commit`, so that a
loop turn costs one fsync however much happens in it. If that commit meets a full disk they are not lost: they
wait, in order, and go with the first commit that works.

RoomChanges -> RoomBlobs         the files that members share
            -> RoomMailboxes     whispers that wait, and news of them
            -> RoomBook          people and their names, what the host has decided
            -> RoomLog           the messages, and `commit`
"""

from __future__ import annotations

import sqlite3
from typing import Any

from netcore.errors import StorageFull
from netcore.store.database import Database, storage_error


class RoomChanges:
    """The lowest part of RoomLog, which alone makes one."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self._replay_pending = False
        self.read_only_because: str | None = None  # a clause, while the disk is full

    @property
    def dirty(self) -> bool:
        """Whether there is something for the next commit, messages apart."""
        return bool(self._pending)

    def _change(self, sql: str, *values: Any) -> None:
        """Executes now, for who reads next; kept in `_pending` until a commit makes it durable."""
        self._pending.append((sql, values))
        try:
            self._db.begin()
            # After a commit that failed, all of them: who reads next is to see those before, too.
            for one, its_values in self._pending if self._replay_pending else self._pending[-1:]:
                self._db.execute(one, its_values)
            self._replay_pending = False
        except sqlite3.Error as error:
            self._give_up(storage_error(self._db.path, error))

    def _give_up(self, error: BaseException) -> None:
        """Back to the last commit. Raises `error` unless it is a full disk, which may pass."""
        self._db.rollback()
        self._replay_pending = True
        if not isinstance(error, StorageFull):
            raise error
        self.read_only_because = str(error.details["why"])
