"""How much of the room's space each file takes, and which gives way when it is full (PROTOCOL §14.3).

    begun     takes a small part, whatever its size: a promise costs nothing, and neither does another key
    coming    takes its whole size, once some of it is here; so what goes on coming has its place
    still     is not shared, and does not come any more: it gives way when another file needs the place
    shared    takes its whole size, and never gives way

Of whoever holds most of what stands still the oldest goes first, as in mailboxes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence

from netcore import limits
from netcore.net.server.context import Context
from netcore.store.room_blobs import StoredBlob


def promised_bytes(size: int) -> int:
    """What a file of this size takes when it is begun."""
    return min(size, limits.PROMISED_FILE_BYTES)


class FileSpace:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, give_up: Callable[[Sequence[StoredBlob]], None]) -> None:
        """`give_up` forgets these files, so that another gets their place."""
        self._context = context
        self._give_up = give_up
        self._uncounted: dict[bytes, int] = {}  # bytes of what is only begun, beyond what it takes
        self._came_s: dict[bytes, float] = {}  # when it was begun, or some of it came; the last stands last

    def begin(self, blob: bytes, size: int) -> None:
        """There was place for `promised_bytes` of it."""
        self._uncounted[blob] = size - promised_bytes(size)
        self.came(blob)

    def came(self, blob: bytes) -> None:
        """Some of it came just now, or may come: so it does not stand still."""
        self._came_s.pop(blob, None)
        self._came_s[blob] = self._context.loop.now()

    def take_whole(self, blob: bytes, have_bytes: int) -> bool:
        """So much of it is here: once that is enough, it takes all of its size. False: there is no place."""
        if blob in self._uncounted and have_bytes >= limits.PROMISED_FILE_BYTES // 2:
            if not self.make_place(self._uncounted[blob], blob):
                return False
            del self._uncounted[blob]
        return True

    def forget(self, blob: bytes) -> None:
        self._uncounted.pop(blob, None)

    def forget_still(self) -> None:
        """Now and then: what has stood still for long needs no remembering."""
        now_s = self._context.loop.now()
        self._came_s = {
            blob: at_s for blob, at_s in self._came_s.items() if now_s - at_s < limits.STILL_FILE_S
        }

    def make_place(self, needed: int, for_blob: bytes = b"") -> bool:
        """Whether files may take so many bytes more. If need be others give way, but none of them in vain."""
        taken = self._context.log.files_bytes() - sum(self._uncounted.values())
        missing = taken + needed - self._context.config.options.max_room_files_bytes
        if missing <= 0:
            return True
        still: dict[bytes, deque[StoredBlob]] = {}  # by uploader
        held_bytes: Counter[bytes] = Counter()
        for stored in self._standing_still():
            if stored.blob != for_blob:
                still.setdefault(stored.uploader, deque()).append(stored)
                held_bytes[stored.uploader] += self._takes_bytes(stored)
        if held_bytes.total() < missing:
            return False
        given_up = []
        while missing > 0:
            most = max(held_bytes, key=lambda uploader: held_bytes[uploader])
            stored = still[most].popleft()
            held_bytes[most] -= self._takes_bytes(stored)
            missing -= self._takes_bytes(stored)
            given_up.append(stored)
        self._give_up(given_up)
        return True

    def _takes_bytes(self, stored: StoredBlob) -> int:
        return stored.size - self._uncounted.get(stored.blob, 0)

    def _standing_still(self) -> list[StoredBlob]:
        """What may give way, the oldest first.

        Of all that a member has begun only the file that came last is coming: a client sends one after the
        other, and who promises many should not keep them all by a chunk for each now and then. The host's own
        do not give way: it is the host's disk.
        """
        self.forget_still()
        unshared = {stored.blob: stored for stored in self._context.log.unshared_blobs()}
        coming = {
            unshared[blob].uploader: blob
            for blob in self._came_s
            if blob in unshared and not unshared[blob].whole
        }
        safe = {blob for blob in self._came_s if blob in unshared and unshared[blob].whole}
        safe.update(coming.values())
        return [
            stored
            for stored in unshared.values()
            if stored.blob not in safe and stored.uploader != self._context.host_id
        ]
