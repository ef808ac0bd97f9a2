"""Files on their way to the server, one after the other, whatever breaks in between (PROTOCOL §14.3).

    chosen -> on the disk here -> put_blob -> chunks read, hashed, sealed, sent -> the server has it all
                                                     a message that shares it, in the outbox <-'

Over each new connection the server says how far it is, and it goes on from there; after a restart, too, since
path, key and digests are kept. The last step is one transaction: the file leaves this list as its message
enters the outbox, so it is shared once.

Chunks are read in the worker pool, where a slow disk holds nobody up, ahead of what is sent. What they are is
put on the disk here (`Digests`), and then they are sealed, a frame of them in a turn of the loop: the next
one while the last is on its way. Little is under way at a time, and nothing while much waits to be sent: what
the person writes meanwhile goes ahead of the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.blob import chunk_count, digest_count
from netcore.errors import FileNotTaken, FileProblem, MessageError, SendingCancelled, StorageError
from netcore.net.api.events import Failed, FileQueued, FileRefused, Member, TransferState
from netcore.net.client.context import Context
from netcore.net.files.progress import Progress
from netcore.net.files.source import Source, choose
from netcore.net.speech import blob_error, shared_file
from netcore.store.client_store import Draft, StoredUpload
from netcore.store.paths import absolute
from netcore.wire.codes import BlobRefusal
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import BlobHave, DropBlob, File, PutBlob

EARLIER_IDS: Final = -(2**40)
"""Of files that an earlier run left: their local ids lie below those of its messages."""


@dataclass(slots=True, eq=False)
class _Upload:
    stored: StoredUpload
    local_id: int
    progress: Progress
    source: Source | None = None
    sealed: bytes = b""  # the chunks from `next` on, of one frame
    sealed_count: int = 0
    read: deque[bytes] = field(default_factory=deque)  # those behind them, not sealed yet
    reading: bool = False  # the pool is at work on those behind them
    asked: bool = False  # put_blob was said over this connection
    answered: bool = False
    paused: bool = False
    waits_for_disk: bool = False  # the server's
    next: int = 0  # chunk to send
    acknowledged: int = 0  # chunks

    @property
    def file(self) -> File:
        return self.stored.file

    @property
    def chunks(self) -> int:
        return chunk_count(self.file.size)

    @property
    def ready(self) -> int:
        """The first chunk that is not read."""
        return self.next + self.sealed_count + len(self.read)

    def go_back(self) -> None:
        """Nothing is ready any more."""
        self.sealed, self.sealed_count = b"", 0
        self.read.clear()

    @property
    def state(self) -> TransferState:
        if self.paused:
            return TransferState.PAUSED
        if not self.answered:
            return TransferState.WAITING
        return TransferState.CHECKING if self.acknowledged == self.chunks else TransferState.RUNNING


class Uploads:
    """Of one nick to one server. Thread: netcore-loop only."""

    def __init__(self, context: Context, share: Callable[[int, Draft], None]) -> None:
        """`share` gets the message that shares a file which the server has, with its local id."""
        self._context = context
        self._share = share
        self._queue: dict[bytes, _Upload] = {}  # by blob, in the order in which they were chosen
        self._chosen: deque[tuple[int, Path, Member | None]] = deque()  # the first is being looked at
        self._connected = False
        self._scheduled = False
        self._closed = False

    def load(self) -> None:
        """Go on with what the last run left."""
        for stored in self._context.store.uploads(self._context.server):
            self._add(stored, EARLIER_IDS - stored.upload_id)

    def send(self, local_id: int, path: Path, to: Member | None) -> None:
        """Send the file when its turn comes. Files keep the order in which they were chosen."""
        # The next run may be started in another folder.
        self._chosen.append((local_id, absolute(path), to))
        if len(self._chosen) == 1:
            self._look_at_next()

    def _look_at_next(self) -> None:
        if not self._chosen:
            return
        local_id, path, to = self._chosen[0]

        def found(looking: Future[File]) -> None:
            if self._closed:
                return
            self._chosen.popleft()
            self._look_at_next()
            context = self._context
            try:
                file = looking.result()
                to_id, to_name = (None, "") if to is None else (to.id, to.name)
                stored = context.store.add_upload(context.server, str(path), file, to_id, to_name)
            except (FileProblem, StorageError) as error:
                name = clean_file_name(path.name)
                context.emit(FileRefused("", name, True, error.code, str(error), local_id))
                if isinstance(error, StorageError):
                    context.emit(Failed(error))
                return
            self._add(stored, local_id)
            self._work()

        self._context.in_pool(lambda: choose(path, self._context.random), found)

    def _add(self, stored: StoredUpload, local_id: int) -> None:
        to = None if stored.to is None else Member(stored.to, stored.to_name)
        upload = _Upload(stored, local_id, Progress(stored.file, sending=True))
        self._queue[stored.file.blob] = upload
        shown = shared_file(stored.file)
        assert shown is not None
        self._context.emit(FileQueued(local_id, shown, to))
        self._tell(upload)

    def has(self, blob: bytes) -> bool:
        """Whether it is on its way to the server."""
        return blob in self._queue

    def pause(self, blob: bytes, paused: bool) -> None:
        upload = self._queue.get(blob)
        if upload is not None and upload.paused != paused:
            upload.paused = paused
            upload.asked = upload.answered = False  # how far the server has got is asked again
            upload.go_back()
            self._tell(upload)
            self._work()

    def cancel(self, blob: bytes) -> None:
        upload = self._queue.get(blob)
        if upload is not None:
            self._fail(upload, SendingCancelled(name=upload.file.name))

    # --- The connection -------------------------------------------------------------------------

    def connected(self) -> None:
        self._connected = True
        self._work()

    def disconnected(self) -> None:
        self._connected = False
        for upload in self._queue.values():
            if upload.asked:
                upload.asked = upload.answered = False
                self._tell(upload)

    def drained(self) -> None:
        """The send queue is empty again."""
        self._work()

    def server_replaced(self) -> None:
        """What waits was for the members of another server."""
        for upload in list(self._queue.values()):
            self._fail(upload, FileNotTaken(name=upload.file.name))

    def close(self) -> None:
        """The store is about to close. What is not sent is on the disk, and goes on with the next run."""
        self._closed = True
        for upload in self._queue.values():
            self._close_source(upload)

    # --- From the server ------------------------------------------------------------------------

    def on_have(self, have: BlobHave) -> None:
        """Raises MessageError for more than there is. Raises StorageError; then it is said again."""
        upload = self._queue.get(have.blob)
        if upload is None or not upload.asked:
            return
        if have.chunks > upload.chunks:
            raise MessageError(what="more of a file than there is")
        if have.chunks > digest_count(upload.stored.digests):
            # The store, or the server's, is a copy of another day. Under this key something was sealed of
            # which nothing is known here, so nothing more may be.
            self._fail(upload, FileNotTaken(name=upload.file.name))
            return
        if have.chunks == upload.chunks:
            self._finish(upload)
            return
        if not upload.answered:
            upload.answered = True
            if upload.next != have.chunks:
                upload.go_back()
            upload.next = upload.acknowledged = have.chunks
        upload.acknowledged = max(upload.acknowledged, have.chunks)
        self._tell(upload)
        self._work()

    def on_refused(self, blob: bytes, code: BlobRefusal) -> None:
        upload = self._queue.get(blob)
        if upload is None or not upload.asked:
            return
        if code is not BlobRefusal.LATER:
            self._fail(upload, blob_error(code, upload.file.name))
            return
        upload.asked = upload.answered = False
        upload.waits_for_disk = True
        self._tell(upload)
        self._context.call_later(limits.LATER_S, lambda: self._ask_again(upload))

    def _ask_again(self, upload: _Upload) -> None:
        upload.waits_for_disk = False
        self._work()

    # --- Inside ---------------------------------------------------------------------------------

    def _finish(self, upload: _Upload) -> None:
        context = self._context
        draft = context.store.share_upload(context.server, upload.stored, context.now_ms())
        upload.answered, upload.acknowledged = True, upload.chunks
        self._tell(upload)
        self._close_source(upload)
        del self._queue[upload.file.blob]
        self._share(upload.local_id, draft)
        self._work()

    def _fail(self, upload: _Upload, problem: FileProblem) -> None:
        self._context.store.drop_upload(upload.stored.upload_id)
        self._close_source(upload)
        del self._queue[upload.file.blob]
        self._context.send(DropBlob(upload.file.blob))
        self._context.emit(
            FileRefused(
                upload.file.blob.hex(),
                upload.file.name,
                True,
                problem.code,
                str(problem),
                upload.local_id,
            )
        )
        self._work()

    def _work(self) -> None:
        """Send a little of the first file that is not paused. Idempotent."""
        upload = next((one for one in self._queue.values() if not one.paused), None)
        if upload is None or not self._connected or self._closed or upload.waits_for_disk:
            return
        if not upload.asked:
            upload.asked = True
            self._context.send(PutBlob(upload.file.blob, upload.file.size))
        elif upload.answered:
            try:
                self._send_some(upload)
            except FileProblem as problem:
                self._fail(upload, problem)

    def _send_some(self, upload: _Upload) -> None:
        """A frame, and in the next turn, when it is on its way, the next is sealed."""
        self._seal_next(upload)
        in_flight = upload.next - upload.acknowledged
        may_follow = in_flight + upload.sealed_count <= limits.CHUNKS_IN_FLIGHT
        # What leads on if nothing is sent: what the pool reads, the server's next word, or `drained`.
        if upload.sealed and may_follow and self._context.takes_chunks():
            self._context.send_chunk(upload.file.blob, upload.next, upload.sealed)
            upload.next += upload.sealed_count
            upload.sealed, upload.sealed_count = b"", 0
            self._schedule()
        self._read_ahead(upload)

    def _seal_next(self, upload: _Upload) -> None:
        if not upload.sealed and upload.read:
            assert upload.source is not None  # from which they were read
            count = min(len(upload.read), limits.CHUNKS_PER_FRAME)
            upload.sealed = upload.source.seal(upload.next, [upload.read.popleft() for _ in range(count)])
            upload.sealed_count = count

    def _read_ahead(self, upload: _Upload) -> None:
        """Have the pool read the next few, unless enough are ready."""
        first = upload.ready
        last = min(first + (limits.CHUNKS_PER_READ if first else limits.CHUNKS_PER_JOB), upload.chunks)
        if upload.reading or first == last or len(upload.read) >= limits.CHUNKS_PER_READ // 2:
            return
        if upload.source is None:
            stored = upload.stored
            upload.source = Source(Path(stored.path), stored.file, stored.digests)
        source, upload.reading = upload.source, True

        def done(reading: Future[list[bytes]]) -> None:
            upload.reading = False
            if self._closed or self._queue.get(upload.file.blob) is not upload:
                return
            try:
                chunks = reading.result()
            except FileProblem as problem:
                self._fail(upload, problem)
                return
            if len(source.digests) > len(upload.stored.digests):
                upload.stored = self._context.store.upload_was_read(
                    upload.stored, source.file, source.digests
                )
            if first == upload.ready:  # not so when the server was asked again meanwhile
                upload.read.extend(chunks)
            self._work()

        self._context.in_pool(lambda: [source.read(index) for index in range(first, last)], done)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._context.call_later(0.0, self._on_next_turn)

    def _on_next_turn(self) -> None:
        self._scheduled = False
        self._work()

    def _tell(self, upload: _Upload) -> None:
        done_bytes = min(upload.file.size, upload.acknowledged * limits.CHUNK_BYTES)
        event = upload.progress.at(done_bytes, upload.state, self._context.loop.now())
        if event is not None:
            self._context.emit(event)

    @staticmethod
    def _close_source(upload: _Upload) -> None:
        if upload.source is not None:
            upload.source.close()
            upload.source = None
