"""Files on their way from the server, one after the other, whatever breaks in between (PROTOCOL §14.3).

    asked for by the person -> a new part on the disk -> get_blob -> chunks, each proved by its tag
                                  the file, under a name of our own <- the whole, proved by its hash <-'

Chunks are opened as they come, and hashed and written in the worker pool, in their order, where a slow disk
holds nobody up; while many wait for that, nothing is read from the server. The disk is waited for now and
then, there too, so that little is left to wait for at the end.

Nothing comes without the person's word, and nothing that came is opened. Over each new connection, and after
a restart, it goes on behind the last chunk that is in the part.
"""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from netcore import limits
from netcore.crypto.blob import BlobCipher, apart, chunk_count
from netcore.errors import (
    BadChunk,
    FileCancelled,
    FileDamaged,
    FileDropped,
    FileGone,
    FileNotSaved,
    FileProblem,
    MessageError,
    StorageError,
    StorageFull,
)
from netcore.net.api.commands import GetFile
from netcore.net.api.events import Failed, FileReceived, FileRefused, TransferState
from netcore.net.client.context import Context
from netcore.net.files.progress import Progress
from netcore.net.files.target import Target, new_target
from netcore.net.speech import blob_error, blob_of
from netcore.wire.codes import BlobRefusal
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import DropBlob, File, GetBlob, StopBlob

log = logging.getLogger("localchat.files")


@dataclass(slots=True, eq=False)
class _Download:
    file: File
    target: Target
    whispered: bool
    progress: Progress
    cipher: BlobCipher
    next: int  # chunk to come
    written: int  # chunks, which are in the part
    from_earlier: bool  # some of it was written by an earlier run, and a power cut may have been between
    asked: bool = False  # get_blob was said over this connection
    paused: bool = False
    checking: bool = False
    waiting: deque[bytes] = field(default_factory=deque)  # opened chunks, from `written` up to `next`
    scheduled: bool = False  # they are given to the pool in this turn
    writing: bool = False  # the pool is at work on those from `written` on
    synced: int = 0  # chunks
    syncing: bool = False

    @property
    def chunks(self) -> int:
        return chunk_count(self.file.size)

    @property
    def state(self) -> TransferState:
        if self.checking:
            return TransferState.CHECKING
        if self.paused:
            return TransferState.PAUSED
        return TransferState.RUNNING if self.asked or self.writing else TransferState.WAITING


class Downloads:
    """Of one nick from one server. Thread: netcore-loop only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue: dict[bytes, _Download] = {}  # by blob, in the order in which they were asked for
        self._shown: dict[bytes, File] = {}  # files of messages that are only shown, and kept nowhere here
        self._connected = False
        self._held = False  # nothing is read from the server
        self._closed = False

    def load(self) -> None:
        """Go on with what the last run left."""
        context = self._context
        try:
            context.parts.remove_left_over()
        except OSError as error:
            log.warning("what an earlier run did not want any more could not be removed: %s", error)
        for stored in context.store.downloads(context.server):
            try:
                target = Target(stored.file, Path(stored.part))
            except FileNotSaved as problem:
                context.store.drop_download(context.server, stored.part)
                # A part that is gone was taken away, or got its name just as the last run ended.
                if Path(stored.part).exists():
                    self._tell_refused(stored.file, problem)
                continue
            self._add(stored.file, target, stored.whispered, from_earlier=True)

    def shown(self, file: File) -> None:
        """A file of a message from before the history that is kept here."""
        self._shown[file.blob] = file
        while len(self._shown) > limits.MAX_UNTAKEN_EVENTS:
            del self._shown[next(iter(self._shown))]

    def get(self, command: GetFile) -> None:
        """Begin, or go on with what was paused."""
        context, blob = self._context, blob_of(command.id)
        if blob in self._queue:
            self.pause(blob, False)
            return
        found = context.store.shared_file(context.server, blob)
        if found is None and blob in self._shown:
            found = self._shown[blob], False
        if found is None:
            problem: FileProblem = FileGone(name=command.id[:32])
            context.emit(FileRefused(command.id, command.id[:32], False, problem.code, str(problem)))
            return
        file, whispered = found
        noted: list[Path] = []

        def note(part: Path) -> None:
            """On the disk before the part is: what a killed run has made, the next one knows."""
            self._drop_notes(noted)
            context.store.add_download(context.server, file, str(part), whispered)
            noted.append(part)

        try:
            target = new_target(file, command.folder, command.name, note)
        except FileNotSaved as problem:
            self._drop_notes(noted)
            self._tell_refused(file, problem)
            return
        except StorageError as error:
            # Our own files' disk, not the one that the person chose: another folder would not help.
            self._tell_refused(file, error)
            context.emit(Failed(error))
            return
        self._add(file, target, whispered, from_earlier=False)
        self._work()

    def _drop_notes(self, parts: list[Path]) -> None:
        while parts:
            self._context.store.drop_download(self._context.server, str(parts.pop()))

    def _add(self, file: File, target: Target, whispered: bool, *, from_earlier: bool) -> None:
        download = _Download(
            file,
            target,
            whispered,
            Progress(file, sending=False),
            BlobCipher(file.k, file.blob, file.size),
            target.chunks,
            target.chunks,
            from_earlier,
        )
        self._queue[file.blob] = download
        self._tell(download)
        self._check_if_whole(download)

    def pause(self, blob: bytes, paused: bool) -> None:
        download = self._queue.get(blob)
        if download is None or download.paused == paused or download.checking:
            return
        download.paused = paused
        self._stop(download)
        self._tell(download)
        self._work()

    def cancel(self, blob: bytes) -> None:
        download = self._queue.get(blob)
        if download is not None and not download.checking:
            self._fail(download, FileCancelled(name=download.file.name))

    # --- The connection -------------------------------------------------------------------------

    def connected(self) -> None:
        self._connected = True
        self._work()

    def disconnected(self) -> None:
        self._connected = False
        for download in self._queue.values():
            if download.asked:
                download.asked = False
                self._tell(download)

    def server_replaced(self) -> None:
        """Another server has nothing of what is not here yet."""
        for download in list(self._queue.values()):
            if download.next < download.chunks:
                self._fail(download, FileGone(name=download.file.name))

    def close(self) -> None:
        """The store is about to close. Parts stay, and grow with the next run."""
        self._closed = True
        for download in self._queue.values():
            if not download.checking:
                download.target.close()

    # --- From the server ------------------------------------------------------------------------

    def on_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        """Raises MessageError for one behind a hole, or behind the last."""
        download = self._queue.get(blob)
        if download is None or not download.asked:
            return  # it was on its way when we said that we do not want it
        if index > download.next:
            raise MessageError(what="a piece of a file behind one that is missing")
        new = apart(data)[download.next - index :]  # the others, too
        if len(new) > download.chunks - download.next:
            raise MessageError(what="more of a file than there is")
        try:
            for sealed in new:
                download.waiting.append(download.cipher.open(download.next, sealed))
                download.next += 1
        except BadChunk as error:
            self._context.refused(error)
            self._fail(download, FileDamaged(name=download.file.name))
            return
        if download.next == download.chunks:
            download.asked = False
            self._work()
        self._hold_if_due()
        if not download.scheduled:  # behind all that this turn brings: one job for it, not one for each
            download.scheduled = True
            self._context.call_later(0.0, lambda: self._write_what_came(download))

    def on_refused(self, blob: bytes, code: BlobRefusal) -> None:
        download = self._queue.get(blob)
        if download is not None and download.asked:
            self._fail(download, blob_error(code, download.file.name))

    def on_dropped(self, blob: bytes) -> None:
        """Nobody gets it any more. What has come whole already is written and checked to its end."""
        download = self._queue.get(blob)
        if download is not None and download.next < download.chunks:
            self._fail(download, FileDropped(name=download.file.name))

    # --- Inside ---------------------------------------------------------------------------------

    def _work(self) -> None:
        """Ask for the first that waits. Idempotent."""
        if not self._connected or any(one.asked for one in self._queue.values()):
            return
        waiting = (one for one in self._queue.values() if not one.paused and one.next < one.chunks)
        download = next(waiting, None)
        if download is not None:
            download.asked = True
            self._context.send(GetBlob(download.file.blob, download.next))
            self._tell(download)

    def _stop(self, download: _Download) -> None:
        if download.asked:
            download.asked = False
            self._context.send(StopBlob(download.file.blob))

    def _write_what_came(self, download: _Download) -> None:
        download.scheduled = False
        if not self._is_over(download):
            self._write_some(download)

    def _write_some(self, download: _Download) -> None:
        """Have the pool write what has come, a few chunks at a time."""
        if download.writing or not download.waiting:
            return
        count = min(len(download.waiting), limits.CHUNKS_PER_JOB)
        chunks = [download.waiting.popleft() for _ in range(count)]
        self._hold_if_due()
        first, target = download.written, download.target
        download.writing = True

        def job() -> None:
            for index, plaintext in enumerate(chunks, first):
                target.write(index, plaintext)

        self._context.in_pool(job, lambda writing: self._written(download, count, writing))

    def _written(self, download: _Download, count: int, writing: Future[None]) -> None:
        download.writing = False
        if self._is_over(download):
            return
        try:
            writing.result()
        except FileNotSaved as problem:
            self._fail(download, problem)
            return
        download.written += count
        self._write_some(download)
        self._sync_if_due(download)
        self._tell(download)
        self._check_if_whole(download)

    def _is_over(self, download: _Download) -> bool:
        """It was given up, or the program ends, while the pool was at work for it."""
        return self._closed or self._queue.get(download.file.blob) is not download

    def _hold_if_due(self) -> None:
        """Read nothing from the server while much waits to be written."""
        waiting = sum(len(one.waiting) for one in self._queue.values())
        if not self._held and waiting >= limits.CHUNKS_IN_FLIGHT:
            self._held = True
        elif self._held and waiting <= limits.CHUNKS_PER_JOB:
            self._held = False
        else:
            return
        self._context.hold(self._held)

    def _sync_if_due(self, download: _Download) -> None:
        if not download.syncing and download.written - download.synced >= limits.CHUNKS_PER_SYNC:
            download.syncing, download.synced = True, download.written
            self._context.in_pool(download.target.sync, lambda syncing: self._synced(download, syncing))

    def _synced(self, download: _Download, syncing: Future[None]) -> None:
        download.syncing = False
        if self._is_over(download):
            return
        try:
            syncing.result()
        except OSError as error:  # told once: a later wait for the disk would hear nothing of it
            self._fail(download, FileNotSaved(path=download.target.part, why=error.strerror or error))
            return
        self._check_if_whole(download)

    def _check_if_whole(self, download: _Download) -> None:
        if download.written == download.chunks and not download.syncing:
            self._check(download)

    def _check(self, download: _Download) -> None:
        download.checking = True
        self._tell(download)
        self._context.in_pool(download.target.finish, lambda future: self._checked(download, future))

    def _checked(self, download: _Download, checking: Future[Path]) -> None:
        if self._closed:
            # Whatever came of it: the next run finds the part and checks it again, or finds none.
            return
        download.checking = False
        try:
            path = checking.result()
        except FileDamaged as problem:
            if download.from_earlier:
                # Perhaps a power cut took of the part what we believed to be there: once more, from 0.
                download.from_earlier, download.next, download.written, download.synced = False, 0, 0, 0
                self._work()
            else:
                self._fail(download, problem)
            return
        except FileNotSaved as problem:
            self._fail(download, problem)
            return
        del self._queue[download.file.blob]
        if download.whispered:
            self._context.send(DropBlob(download.file.blob))
        self._context.emit(FileReceived(download.file.blob.hex(), path, download.file.sha256))
        self._forget(download)
        self._work()

    def _fail(self, download: _Download, problem: FileProblem) -> None:
        self._stop(download)
        download.target.remove()
        del self._queue[download.file.blob]
        self._hold_if_due()
        self._tell_refused(download.file, problem)
        self._forget(download)
        self._work()

    def _forget(self, download: _Download) -> None:
        """It is saved, or not wanted any more. After the person was told: a store that fails does not make it
        untrue. What stays in there the next run finds no part for, and forgets."""
        part = download.target.part
        try:
            if not download.target.remove():
                self._context.parts.made(part)
        except OSError as error:
            log.warning("a part that nobody wants may stay: %s", error)
        try:
            self._context.store.drop_download(self._context.server, str(part))
        except StorageFull as error:
            self._context.emit(Failed(error))

    def _tell_refused(self, file: File, problem: FileProblem | StorageError) -> None:
        name = clean_file_name(file.name)
        self._context.emit(FileRefused(file.blob.hex(), name, False, problem.code, str(problem)))

    def _tell(self, download: _Download) -> None:
        done_bytes = min(download.file.size, download.written * limits.CHUNK_BYTES)
        event = download.progress.at(done_bytes, download.state, self._context.loop.now())
        if event is not None:
            self._context.emit(event)
