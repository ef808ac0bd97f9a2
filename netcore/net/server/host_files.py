"""The host's own files: it sends and gets like a member, but from disk to disk, without a connection.

    sent   read, hashed, sealed into the room's blobs -> a message of the host's shares it
    got    opened from the room's blobs into a part -> proved -> under its name

In slices, in the worker pool: a handshake waits for one of them at most, and after each the person may have
said that it is enough. A slice takes a fraction of a second, so nothing of this outlives the program; of one
that was killed the next start removes what it was saving.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netcore import limits
from netcore.crypto.blob import BlobCipher, chunk_count
from netcore.errors import (
    BadChunk,
    FileCancelled,
    FileDamaged,
    FileGone,
    FileNotSaved,
    FileNotTaken,
    FileProblem,
    SendingCancelled,
)
from netcore.net.api.commands import CancelFile, GetFile, PauseFile, SendFile
from netcore.net.api.events import FileQueued, FileReceived, FileRefused, Member, TransferState
from netcore.net.files.progress import Progress
from netcore.net.files.source import Source, choose
from netcore.net.files.target import Target, new_target
from netcore.net.server.blob_relay import BlobRelay
from netcore.net.server.context import Context
from netcore.net.speech import blob_error, blob_of, shared_file
from netcore.store.part_notes import PartNotes
from netcore.store.paths import downloads_folder
from netcore.wire.file_names import clean_file_name
from netcore.wire.messages import File

SLICE_CHUNKS: Final = 32


log = logging.getLogger("localchat.files")


@dataclass(slots=True, eq=False)
class _Transfer:
    file: File
    sending: bool
    progress: Progress
    slice: Callable[[int, int], None]
    """Does chunks first to last, and raises FileProblem or OSError: runs in the worker pool."""
    finish: Callable[[], Path | None]
    done: Callable[[Path | None], None]
    undo: Callable[[], None]
    local_id: int | None
    next: int = 0
    paused: bool = False
    busy: bool = False
    over: bool = False


class HostFiles:
    """Thread: netcore-loop only; slices alone run elsewhere."""

    def __init__(
        self,
        context: Context,
        relay: BlobRelay,
        parts: PartNotes,
        share: Callable[[int, Member | None, File], None],
    ) -> None:
        """`share(local_id, to, file)` says it, once the room has all of the file."""
        self._context = context
        self._relay = relay
        self._parts = parts
        self._share = share
        self._transfers: dict[bytes, _Transfer] = {}
        self._to_send: deque[tuple[SendFile, Member | None]] = deque()
        self._sending = False
        self._whispered: dict[bytes, File] = {}  # to the host, in this run

    def start(self) -> None:
        """A run that was killed may have left what it was saving."""
        try:
            self._parts.remove_left_over()
        except OSError as error:
            log.warning("what an earlier run was saving could not be removed: %s", error)

    def whispered(self, file: File) -> None:
        """A whisper to the host shares it."""
        self._whispered[file.blob] = file

    def pause(self, command: PauseFile) -> None:
        transfer = self._transfers.get(blob_of(command.id))
        if transfer is not None and transfer.paused != command.paused:
            transfer.paused = command.paused
            self._tell(transfer)
            self._go_on(transfer)

    def cancel(self, command: CancelFile) -> None:
        transfer = self._transfers.get(blob_of(command.id))
        if transfer is not None:
            self._cancel(transfer)

    def _cancel(self, transfer: _Transfer) -> None:
        why = SendingCancelled if transfer.sending else FileCancelled
        self._fail(transfer, why(name=transfer.file.name))

    def sends(self, blob: bytes) -> bool:
        """Whether it is on its way into the room."""
        transfer = self._transfers.get(blob)
        return transfer is not None and transfer.sending

    def stop(self) -> None:
        """The room closes: what is not finished is undone."""
        self._to_send.clear()
        for transfer in list(self._transfers.values()):
            self._cancel(transfer)

    # --- Out ------------------------------------------------------------------------------------

    def send(self, command: SendFile, to: Member | None) -> None:
        """Read the file, seal it into the room's, and share it, when those before it are done."""
        self._to_send.append((command, to))
        if not self._sending:
            self._send_next()

    def _send_next(self) -> None:
        self._sending = bool(self._to_send)
        if not self._to_send:
            return
        command, to = self._to_send.popleft()
        path, local_id, random = command.path, command.local_id, self._context.random

        def opened() -> tuple[File, Source]:
            file = choose(path, random)
            return file, Source(path, file)

        def ready(reading: Future[tuple[File, Source]]) -> None:
            try:
                file, source = reading.result()
            except FileProblem as problem:
                self._refused("", path.name, True, problem, local_id)
                self._send_next()
                return
            refusal = self._relay.begin(self._context.host_id, file.blob, file.size)
            if refusal is not None:
                source.close()
                self._refused(file.blob.hex(), file.name, True, blob_error(refusal, file.name), local_id)
                self._send_next()
                return
            self._begin_sending(file, source, local_id, to)

        self._context.in_pool(opened, ready)

    def _begin_sending(self, file: File, source: Source, local_id: int, to: Member | None) -> None:
        files, blob = self._relay.files, file.blob

        def seal(first: int, last: int) -> None:
            # The digests need not be kept: what this run does not finish is thrown away with its key.
            for index in range(first, last):
                files.write(blob, index, source.seal(index, (source.read(index),)))

        def finish() -> None:
            source.close()
            files.sync(blob, new=True)

        def done(path: Path | None) -> None:
            self._relay.finished(blob, chunk_count(file.size))
            self._share(local_id, to, source.file)
            self._send_next()

        def undo() -> None:
            source.close()
            self._relay.forget(blob)
            self._send_next()

        shown = shared_file(file)
        assert shown is not None
        self._context.emit(FileQueued(local_id, shown, to))
        progress = Progress(file, sending=True)
        self._start(_Transfer(file, True, progress, seal, finish, done, undo, local_id))

    # --- In -------------------------------------------------------------------------------------

    def get(self, command: GetFile) -> None:
        """Save a file of the room's."""
        context, blob = self._context, blob_of(command.id)
        known = self._transfers.get(blob)
        if known is not None:
            self.pause(PauseFile(command.id, False))
            return
        file = self._whispered.get(blob) or context.log.file_of(blob)
        stored = context.log.blob(blob)
        if file is None or stored is None or not stored.may_be_read_by(context.host_id):
            name = file.name if file is not None else command.id[:32]
            self._refused(command.id, name, False, FileGone(name=clean_file_name(name)))
            return
        target: Target | None = None
        noted: list[Path] = []

        def note(part: Path) -> None:
            self._drop_notes(noted)
            noted.append(part)
            self._parts.add(part)

        try:
            target = new_target(file, command.folder, command.name, note)
            self._parts.made(target.part)
        except (FileProblem, OSError) as error:
            if target is None or target.remove():
                self._drop_notes(noted)
            if isinstance(error, OSError):
                where = command.folder or downloads_folder()
                error = FileNotSaved(path=where, why=error.strerror or error)
            self._refused(command.id, file.name, False, error)
            return
        self._begin_getting(file, target)

    def _drop_notes(self, parts: list[Path]) -> None:
        with contextlib.suppress(OSError):  # the next start looks after them, too
            while parts:
                self._parts.drop(parts.pop())

    def _forget(self, target: Target) -> None:
        """It is saved, or nobody wants it any more."""
        if target.remove():
            self._drop_notes([target.part])

    def _begin_getting(self, file: File, target: Target) -> None:
        files, cipher = self._relay.files, BlobCipher(file.k, file.blob, file.size)

        def open_some(first: int, last: int) -> None:
            for index in range(first, last):
                try:
                    target.write(index, cipher.open(index, files.read(file.blob, index, 1)))
                except BadChunk:
                    raise FileDamaged(name=file.name) from None

        def done(path: Path | None) -> None:
            assert path is not None
            self._forget(target)
            self._context.emit(FileReceived(file.blob.hex(), path, file.sha256))

        def undo() -> None:
            self._forget(target)

        progress = Progress(file, sending=False)
        self._start(_Transfer(file, False, progress, open_some, target.finish, done, undo, None))

    # --- Both -----------------------------------------------------------------------------------

    def _start(self, transfer: _Transfer) -> None:
        self._transfers[transfer.file.blob] = transfer
        self._tell(transfer)
        self._go_on(transfer)

    def _go_on(self, transfer: _Transfer) -> None:
        if transfer.paused or transfer.busy or transfer.over:
            return
        transfer.busy = True
        first, chunks = transfer.next, chunk_count(transfer.file.size)
        last = min(first + SLICE_CHUNKS, chunks)

        def job() -> Path | None:
            transfer.slice(first, last)
            return transfer.finish() if last == chunks else None

        def done(future: Future[Path | None]) -> None:
            transfer.busy = False
            if transfer.over:
                transfer.undo()  # it was cancelled while this slice was at work
                return
            try:
                path = future.result()
            except FileProblem as problem:
                self._fail(transfer, problem)
                return
            except OSError:
                kind = FileNotTaken if transfer.sending else FileGone
                self._fail(transfer, kind(name=transfer.file.name))
                return
            transfer.next = last
            self._tell(transfer)
            if last < chunks:
                self._go_on(transfer)
                return
            del self._transfers[transfer.file.blob]
            transfer.over = True
            transfer.done(path)

        self._context.in_pool(job, done)

    def _fail(self, transfer: _Transfer, problem: FileProblem) -> None:
        transfer.over = True
        del self._transfers[transfer.file.blob]
        if not transfer.busy:
            transfer.undo()
        file = transfer.file
        self._refused(file.blob.hex(), file.name, transfer.sending, problem, transfer.local_id)

    def _refused(
        self, file_id: str, name: str, sending: bool, problem: FileProblem, local_id: int | None = None
    ) -> None:
        name = clean_file_name(name)
        self._context.emit(FileRefused(file_id, name, sending, problem.code, str(problem), local_id))

    def _tell(self, transfer: _Transfer) -> None:
        done_bytes = min(transfer.file.size, transfer.next * limits.CHUNK_BYTES)
        state = TransferState.PAUSED if transfer.paused else TransferState.RUNNING
        event = transfer.progress.at(done_bytes, state, self._context.loop.now())
        if event is not None:
            self._context.emit(event)
