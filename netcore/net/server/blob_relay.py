"""The files that members share: sealed chunks come in, lie on the disk, and go out again (PROTOCOL §14.3).

    put_blob -> blob_have -> chunks ... -> all durable -> blob_have -> a message may share it
    get_blob -> chunks ...

The server has no key to a whispered file and asks for none of the others: it keeps what it is given under the
blob's id. Chat comes first: chunks go out after all else of a turn, a few in each for all members together,
and to nobody for whom much waits already. As few are taken in: when many send at once, they take turns in
being read from. Each chunk, in or out, counts on its member's share.

What may be stored is judged before anything is: by the file's size, and by what the member's and the room's
files take already (`file_space`). A full disk answers `later`, and the sender, which has the file, goes on
where it was.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from netcore import limits
from netcore.crypto.blob import chunk_count, chunks_in, sealed_bytes
from netcore.net.api.events import FileTakenBack
from netcore.net.files.memory import keep_freed_memory
from netcore.net.loop import Timer
from netcore.net.server.backpressure import PauseReason
from netcore.net.server.context import Context
from netcore.net.server.file_space import FileSpace, promised_bytes
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.link import ServerLink
from netcore.store.blob_files import BlobFiles
from netcore.store.room_blobs import StoredBlob
from netcore.wire.codes import BlobRefusal, CloseCode
from netcore.wire.messages import BlobDropped, BlobHave, BlobRefused, DropBlob, GetBlob, PutBlob, StopBlob

log = logging.getLogger("localchat.files")


@dataclass(slots=True, eq=False)
class _Upload:
    """A blob of which chunks are missing, or not durable yet."""

    blob: bytes
    uploader: bytes
    size: int
    have: int  # chunks written
    durable: int = field(init=False)
    noted: int = field(init=False)  # of the durable ones, in the log
    told: int = 0
    told_s: float = 0.0
    came: int = 0  # how many there were when it was last seen not to stand still
    syncing: bool = False
    halted: bool = False
    """The disk did not take one, or the room has no place: nothing is taken until the sender asks again."""

    def __post_init__(self) -> None:
        self.durable = self.noted = self.have

    @property
    def chunks(self) -> int:
        return chunk_count(self.size)


@dataclass(slots=True, eq=False)
class _Get:
    """A blob on its way to a member."""

    blob: bytes
    size: int
    next: int  # chunk

    @property
    def chunks(self) -> int:
        return chunk_count(self.size)


class BlobRelay:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, group_commit: GroupCommit, files: BlobFiles) -> None:
        self._context = context
        self._group_commit = group_commit
        self._files = files
        self._space = FileSpace(context, self._give_up)
        keep_freed_memory()
        self._uploads: dict[bytes, _Upload] = {}
        self._gets: dict[ServerLink, _Get] = {}  # who is served next stands first
        self._turns: deque[ServerLink] = deque()  # senders that wait to be read from again
        self._unremoved: set[bytes] = set()  # files that somebody had open
        self._to_sync: deque[_Upload] = deque()
        self._disk_is_busy = False
        self._taken = 0  # FileChunk frames that came in this turn
        self._scheduled = False
        self._wake: Timer | None = None  # when somebody's share allows more

    def start(self) -> None:
        """What is in the folder and not in the log, or the other way round, was not finished last time."""
        room_log = self._context.log
        known = {stored.blob: stored for stored in room_log.blobs()}
        try:
            there = self._files.all()
        except OSError as error:
            log.warning("the folder of files cannot be read: %s", error)
            return
        for blob in there - known.keys():
            self._remove_file(blob)
        for stored in known.values():
            if not stored.is_shared:
                self._space.came(stored.blob)  # its sender is about to come again
            if not stored.whole:
                chunks = min(stored.chunks, self._files.whole_chunks(stored.blob))
                if chunks < stored.chunks:
                    room_log.set_chunks(stored.blob, chunks, False, self._context.age_ms())
            elif self._files.size_bytes(stored.blob) != sealed_bytes(stored.size):
                log.warning("a shared file is not whole on the disk any more, and is forgotten")
                room_log.forget_blob(stored.blob)

    # --- Coming in ------------------------------------------------------------------------------

    def put(self, link: ServerLink, asked: PutBlob) -> None:
        """How far we are with it, or why we do not take it."""
        stored = self._context.log.blob(asked.blob)
        if stored is None:
            refusal = self._refusal(link.member_id, asked.size, promised_bytes(asked.size))
            if refusal is not None:
                link.send(BlobRefused(asked.blob, refusal))
                return
            self._begin(link.member_id, asked)
        elif stored.uploader != link.member_id or stored.size != asked.size:
            link.send(BlobRefused(asked.blob, BlobRefusal.CONFLICT))
            return
        elif stored.whole:
            self._tell_whole(asked.blob, link.member_id, stored.chunks)
            return
        elif asked.blob not in self._uploads:
            self._uploads[asked.blob] = _Upload(asked.blob, stored.uploader, stored.size, stored.chunks)
        upload = self._uploads[asked.blob]
        upload.halted = False
        link.sends_files = True
        if upload.have < upload.chunks:
            self._tell(upload)
        elif not upload.syncing:
            self._sync(upload)  # told when it is durable

    def _refusal(self, member_id: bytes, size: int, needed: int) -> BlobRefusal | None:
        """Why no file of this size is begun; None: there is place for the bytes that it needs for now."""
        options, room_log = self._context.config.options, self._context.log
        if size > options.max_file_bytes:
            return BlobRefusal.TOO_BIG
        if self._context.moderation.is_muted(member_id):
            return BlobRefusal.MUTED
        if room_log.open_blobs(member_id) >= limits.MAX_OPEN_BLOBS:
            return BlobRefusal.TOO_MANY
        if room_log.files_bytes(member_id) + size > options.max_member_files_bytes:
            return BlobRefusal.MEMBER_FULL
        if room_log.read_only_because is not None:
            return BlobRefusal.LATER
        return None if self._space.make_place(needed) else BlobRefusal.ROOM_FULL

    def _begin(self, member_id: bytes, asked: PutBlob) -> None:
        self._note(asked.blob, member_id, asked.size)
        self._uploads[asked.blob] = _Upload(asked.blob, member_id, asked.size, 0)
        self._space.begin(asked.blob, asked.size)

    def _note(self, blob: bytes, member_id: bytes, size: int) -> None:
        self._context.log.begin_blob(blob, member_id, size, self._context.age_ms())
        self._unremoved.discard(blob)  # from now on it is wanted again
        self._group_commit.schedule()

    def _give_up(self, given_up: Sequence[StoredBlob]) -> None:
        """Another file gets their place; who sends one of them may begin anew."""
        for stored in given_up:
            self._context.log.forget_blob(stored.blob)
        self.remove_forgotten()

        def tell() -> None:
            for stored in given_up:
                link = self._context.links.get(stored.uploader)
                if link is not None and self._context.log.blob(stored.blob) is None:
                    link.send(BlobRefused(stored.blob, BlobRefusal.LATER))

        self._group_commit.after_commit(tell)

    # --- The host's own, which come through no connection ---

    @property
    def files(self) -> BlobFiles:
        return self._files

    def begin(self, member_id: bytes, blob: bytes, size: int) -> BlobRefusal | None:
        """Its chunks will be written; or why not."""
        refusal = self._refusal(member_id, size, size)
        if refusal is None:
            self._note(blob, member_id, size)
        return refusal

    def finished(self, blob: bytes, chunks: int) -> None:
        """All of them are durable."""
        self._context.log.set_chunks(blob, chunks, True, self._context.age_ms())
        self._group_commit.schedule()

    def forget(self, blob: bytes) -> None:
        """It comes to nothing."""
        self._context.log.forget_blob(blob)
        self.remove_forgotten()

    def on_chunk(self, link: ServerLink, blob: bytes, index: int, data: bytes) -> None:
        """The next ones are written; those that may have been on their way are passed over."""
        self._take_turns(link)
        upload = self._uploads.get(blob)
        if upload is None or upload.uploader != link.member_id or upload.halted:
            return  # it may have been on its way when it was refused or taken back
        if index != upload.have or index >= upload.chunks:
            return
        count = chunks_in(upload.size, index, len(data))
        if count is None:
            link.close(CloseCode.PROTOCOL)
            return
        try:
            self._files.write(blob, index, data)
        except OSError as error:
            self._halt(upload, error)
            return
        upload.have += count
        self._sync_if_due(upload)
        if upload.have - upload.came >= limits.CHUNKS_PER_WORD:
            upload.came = upload.have
            self._space.came(upload.blob)
        slow = self._context.loop.turn_s - upload.told_s >= limits.SLOW_WORD_S
        if (slow or upload.have - upload.told >= limits.CHUNKS_PER_WORD) and upload.have < upload.chunks:
            self._tell(upload)

    def _take_turns(self, link: ServerLink) -> None:
        """So many frames a turn and no more: who comes beyond that is read from in a later turn."""
        self._taken += 1
        self._schedule()
        backpressure = link.backpressure
        if self._taken >= limits.FILE_FRAMES_PER_TURN and PauseReason.FILES not in backpressure.paused_for:
            backpressure.pause(PauseReason.FILES)
            self._turns.append(link)

    def _halt(self, upload: _Upload, error: OSError) -> None:
        log.warning("a piece of a file could not be stored: %s", error)
        self._refuse_more(upload, BlobRefusal.LATER)
        if isinstance(error, FileNotFoundError):
            # Somebody has removed what there was of it: its sender begins anew.
            self.forget(upload.blob)

    def _refuse_more(self, upload: _Upload, why: BlobRefusal) -> None:
        upload.halted = True
        link = self._context.links.get(upload.uploader)
        if link is not None:
            link.send(BlobRefused(upload.blob, why))

    def _sync_if_due(self, upload: _Upload) -> None:
        if upload.have == upload.chunks or upload.have - upload.durable >= limits.CHUNKS_PER_SYNC:
            self._sync(upload)

    def _sync(self, upload: _Upload) -> None:
        """Wait for the disk, in the worker pool."""
        if not upload.syncing:
            upload.syncing = True
            self._to_sync.append(upload)
            self._sync_next()

    def _sync_next(self) -> None:
        """One wait at a time for all blobs together: the log's, and so whatever is said, waits behind it."""
        if self._disk_is_busy or not self._to_sync:
            return
        self._disk_is_busy = True
        upload = self._to_sync.popleft()
        have, new = upload.have, not upload.durable

        def synced(future: Future[None]) -> None:
            self._disk_is_busy = False
            with self._context.log_guard:
                self._synced(upload, have, future)
            self._sync_next()

        self._context.loop.in_pool(lambda: self._files.sync(upload.blob, new=new), synced)

    def _synced(self, upload: _Upload, have: int, future: Future[None]) -> None:
        upload.syncing = False
        if self._uploads.get(upload.blob) is not upload:
            return  # it was dropped meanwhile
        try:
            future.result()
        except OSError as error:
            upload.have = upload.came = upload.durable  # nobody knows what is on the disk of the rest
            self._halt(upload, error)
            return
        upload.durable = have
        whole = have == upload.chunks
        if whole or have - upload.noted >= limits.CHUNKS_PER_NOTE:
            upload.noted = have
            self._context.log.set_chunks(upload.blob, have, whole, self._context.age_ms())
            self._group_commit.schedule()
        if whole:
            del self._uploads[upload.blob]
            self._space.came(upload.blob)
            self._tell_whole(upload.blob, upload.uploader, have)
        else:
            self._sync_if_due(upload)

    def _tell(self, upload: _Upload) -> None:
        upload.told, upload.told_s = upload.have, self._context.loop.turn_s
        if not self._space.take_whole(upload.blob, upload.have * limits.CHUNK_BYTES):
            self._refuse_more(upload, BlobRefusal.ROOM_FULL)
            return
        link = self._context.links.get(upload.uploader)
        if link is not None:
            link.send(BlobHave(upload.blob, upload.have))

    def _tell_whole(self, blob: bytes, uploader: bytes, chunks: int) -> None:
        """Once the log says so on the disk, too: from then on it may be shared."""

        def tell() -> None:
            link = self._context.links.get(uploader)
            if link is not None:
                link.send(BlobHave(blob, chunks))

        self._group_commit.after_commit(tell)

    # --- Going out ------------------------------------------------------------------------------

    def get(self, link: ServerLink, asked: GetBlob) -> None:
        self._gets.pop(link, None)
        stored = self._context.log.blob(asked.blob)
        if stored is None or not stored.may_be_read_by(link.member_id) or asked.first >= stored.chunks:
            link.send(BlobRefused(asked.blob, BlobRefusal.GONE))
            return
        self._gets[link] = _Get(asked.blob, stored.size, asked.first)
        link.gets_files = True
        self._schedule()

    def stop(self, link: ServerLink, asked: StopBlob) -> None:
        get = self._gets.get(link)
        if get is not None and get.blob == asked.blob:
            del self._gets[link]

    def drop(self, link: ServerLink, asked: DropBlob) -> None:
        """The sender takes it back, or the only one it was for has it."""
        stored = self._context.log.blob(asked.blob)
        if stored is None or link.member_id not in (stored.uploader, stored.reader):
            link.send(BlobRefused(asked.blob, BlobRefusal.GONE))
        elif stored.is_shared and link.member_id == stored.uploader:
            self._take_back(stored, by_host=False)
        else:
            self.forget(asked.blob)

    def take_down(self, blob: bytes) -> bool:
        """The host wants it gone, whoever shared it; whether there is one."""
        stored = self._context.log.blob(blob)
        if stored is None or not stored.is_shared:
            return False
        self._take_back(stored, by_host=stored.uploader != self._context.host_id)
        return True

    def _take_back(self, stored: StoredBlob, *, by_host: bool) -> None:
        """Nobody gets it any more; all concerned hear that once it is on the disk."""
        context, told = self._context, BlobDropped(stored.blob, by_host)
        context.log.take_back(stored, by_host, context.age_ms())
        self.remove_forgotten()

        def tell() -> None:
            if stored.seq is not None:
                self._group_commit.announce(told)
            for member_id in () if stored.reader is None else (stored.uploader, stored.reader):
                link = context.links.get(member_id)
                if link is not None:
                    link.send(told)
            if stored.seq is not None or context.host_id in (stored.uploader, stored.reader):
                context.emit(FileTakenBack(stored.blob.hex(), by_host))

        self._group_commit.after_commit(tell)

    def wants_more(self, link: ServerLink) -> None:
        """Its send queue is empty again."""
        if link in self._gets:
            self._schedule()

    def gone(self, link: ServerLink) -> None:
        """The connection is over. What it was sending waits for the next one."""
        self._gets.pop(link, None)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._context.loop.at_flush(self._serve)

    def _serve(self) -> None:
        """After all else of a turn: a few chunks out, and a few senders are read from again."""
        self._scheduled = False
        self._taken = 0
        for _ in range(min(len(self._turns), limits.FILE_FRAMES_PER_TURN)):
            link = self._turns.popleft()
            link.connection.guard(lambda link=link: link.backpressure.resume(PauseReason.FILES))  # type: ignore[misc]
        for _ in range(limits.FILE_FRAMES_PER_TURN):
            ready = next((one for one in self._gets if self._takes_chunks(one)), None)
            if ready is None:
                break
            get = self._gets.pop(ready)
            ready.connection.guard(lambda link=ready, get=get: self._send_next(link, get))  # type: ignore[misc]
            if get.next < get.chunks and not ready.over:
                self._gets[ready] = get
        if self._turns or any(map(self._takes_chunks, self._gets)):
            self._schedule()

    def _takes_chunks(self, link: ServerLink) -> bool:
        if link.over or link.connection.queued_bytes >= limits.CHUNK_QUEUE_BYTES:
            return False
        wait_s = link.backpressure.inbox.share.files_wait_s(self._context.loop.turn_s)
        if wait_s > 0 and self._wake is None:
            self._wake = self._context.loop.call_later(wait_s, self._on_share_refilled)
        return wait_s <= 0

    def _on_share_refilled(self) -> None:
        self._wake = None
        self._schedule()

    def _send_next(self, link: ServerLink, get: _Get) -> None:
        index, count = get.next, min(limits.CHUNKS_PER_FRAME, get.chunks - get.next)
        get.next += count
        try:
            data = self._files.read(get.blob, index, count)
        except OSError as error:
            log.warning("a piece of a file could not be read: %s", error)
            data = b""
        if chunks_in(get.size, index, len(data)) != count:
            get.next = get.chunks
            link.send(BlobRefused(get.blob, BlobRefusal.GONE))
            return
        link.backpressure.inbox.share.spend_on_files(len(data), self._context.loop.turn_s)
        link.send_chunk(get.blob, index, data)

    # --- Being forgotten ------------------------------------------------------------------------

    def expire(self) -> None:
        """Now and then: what nobody shared, and what was whispered long ago."""
        self._space.forget_still()
        self._context.log.expire_blobs(self._context.age_ms())
        self.remove_forgotten()

    def tick(self) -> None:
        """Once a second: what the log has forgotten by itself, and the files that somebody had open."""
        self.remove_forgotten()
        for blob in list(self._unremoved):
            self._remove_file(blob)

    def remove_forgotten(self) -> None:
        """The files of what the log has forgotten, once it is durable that it has."""
        forgotten = self._context.log.take_forgotten()
        if not forgotten:
            return
        for blob in forgotten:
            self._uploads.pop(blob, None)
            self._space.forget(blob)
        self._group_commit.after_commit(lambda: self._remove(forgotten))

    def _remove(self, forgotten: list[bytes]) -> None:
        for blob in forgotten:
            # What a commit forgot that failed is there again.
            if self._context.log.blob(blob) is None:
                self._remove_file(blob)

    def _remove_file(self, blob: bytes) -> None:
        try:
            self._files.remove(blob)
            self._unremoved.discard(blob)
        except OSError as error:  # on Windows while it is open
            if blob not in self._unremoved:
                log.warning("a file could not be removed yet: %s", error)
            self._unremoved.add(blob)
