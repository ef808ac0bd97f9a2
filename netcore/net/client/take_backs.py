"""Files of ours that the person takes back, and those of which we hear that they were (PROTOCOL §14.4).

What is asked while the server is out of reach, or as the connection breaks, is asked again over the next one,
also in a later run, until the server has said that it is done. (Only on a disk that is full it is forgotten
with this run.)
"""

from __future__ import annotations

import contextlib
from typing import Final, TypeVar

from netcore import limits
from netcore.errors import FileAlreadyGone, FileNotYours, FileProblem, StorageFull
from netcore.net.api.events import FileRefused, FileTakenBack
from netcore.net.client.context import Context
from netcore.wire.codes import BlobRefusal
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import BlobDropped, DropBlob, File

T = TypeVar("T")

_REMEMBERED: Final = 4 * limits.MAX_TOLD_TAKEN_BACK
"""A server may name files without end."""


class TakeBacks:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: dict[bytes, str] = {}  # their names
        self._shown: dict[bytes, File] = {}  # ours, of messages that are only shown, and kept nowhere here
        self._told: dict[bytes, None] = {}
        self._connected = False

    def load(self) -> None:
        """Go on with what the last run left."""
        self._asked = self._context.store.take_backs(self._context.server)

    def shown(self, file: File) -> None:
        """A file of ours, of a message from before the history that is kept here."""
        _remember(self._shown, file.blob, file)

    def take_back(self, blob: bytes, file_id: str) -> None:
        """Only what we shared is ours to take back."""
        context = self._context
        file = context.store.own_file(context.server, blob, context.member_id) or self._shown.get(blob)
        if file is None:
            found = context.store.shared_file(context.server, blob)
            unknown = FileAlreadyGone(name=file_id[:32])
            self._refuse(file_id, unknown if found is None else FileNotYours(name=found[0].name))
            return
        self._asked[blob] = file.name
        with contextlib.suppress(StorageFull):
            context.store.add_take_back(context.server, blob, file.name)
        if self._connected:
            context.send(DropBlob(blob))

    def connected(self) -> None:
        self._connected = True
        for blob in self._asked:
            self._context.send(DropBlob(blob))

    def disconnected(self) -> None:
        self._connected = False

    def server_replaced(self) -> None:
        for blob in list(self._asked):
            self.on_refused(blob, BlobRefusal.GONE)

    def on_dropped(self, dropped: BlobDropped) -> None:
        self._done(dropped.blob)
        if dropped.blob not in self._told:
            _remember(self._told, dropped.blob, None)
            self._context.emit(FileTakenBack(dropped.blob.hex(), dropped.by_host))

    def on_refused(self, blob: bytes, code: BlobRefusal) -> None:
        name = self._asked.get(blob)
        if name is not None and code is BlobRefusal.GONE:
            self._done(blob)
            self._refuse(blob.hex(), FileAlreadyGone(name=name))

    def _done(self, blob: bytes) -> None:
        if self._asked.pop(blob, None) is not None:
            with contextlib.suppress(StorageFull):  # the next run asks once more
                self._context.store.drop_take_back(self._context.server, blob)

    def _refuse(self, file_id: str, problem: FileProblem) -> None:
        name = clean_file_name(str(problem.details["name"]))
        self._context.emit(FileRefused(file_id, name, True, problem.code, str(problem)))


def _remember(kept: dict[bytes, T], blob: bytes, what: T) -> None:
    kept[blob] = what
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
