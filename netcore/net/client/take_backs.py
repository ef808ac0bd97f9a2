"""Files of ours that the person takes back, and those of which we hear that they were (PROTOCOL §14.4).

What is asked while the server is out of reach, or as the connection breaks, is asked again over the next one,
until the server has said that it is done; but not over a restart.
"""

from __future__ import annotations

from typing import Final, TypeVar

from netcore import limits
from netcore.errors import FileGone, FileNotYours, FileProblem
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
        self._asked: dict[bytes, File] = {}
        self._shown: dict[bytes, File] = {}  # ours, of messages that are only shown, and kept nowhere here
        self._told: dict[bytes, None] = {}
        self._connected = False

    def shown(self, file: File) -> None:
        """A file of ours, of a message from before the history that is kept here."""
        _remember(self._shown, file.blob, file)

    def take_back(self, blob: bytes, file_id: str) -> None:
        """Only what we shared is ours to take back."""
        context = self._context
        file = context.store.own_file(context.server, blob, context.member_id) or self._shown.get(blob)
        if file is None:
            found = context.store.shared_file(context.server, blob)
            unknown = FileGone(name=file_id[:32])
            self._refuse(file_id, unknown if found is None else FileNotYours(name=found[0].name))
            return
        self._asked[blob] = file
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
        self._asked.pop(dropped.blob, None)
        if dropped.blob not in self._told:
            _remember(self._told, dropped.blob, None)
            self._context.emit(FileTakenBack(dropped.blob.hex(), dropped.by_host))

    def on_refused(self, blob: bytes, code: BlobRefusal) -> None:
        file = self._asked.get(blob)
        if file is not None and code is BlobRefusal.GONE:
            del self._asked[blob]
            self._refuse(blob.hex(), FileGone(name=file.name))

    def _refuse(self, file_id: str, problem: FileProblem) -> None:
        name = clean_file_name(str(problem.details["name"]))
        self._context.emit(FileRefused(file_id, name, True, problem.code, str(problem)))


def _remember(kept: dict[bytes, T], blob: bytes, what: T) -> None:
    kept[blob] = what
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
