"""Whatever members do with a room's space: it is kept to, and nobody loses what comes or is shared."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from netcore import limits
from netcore.net.api.config import ServerOptions
from netcore.net.server.context import Context
from netcore.net.server.file_space import FileSpace, promised_bytes
from netcore.store.room_blobs import StoredBlob
from netcore.store.room_log import RoomLog

CHUNK = limits.CHUNK_BYTES
STEP = 8  # chunks, after which a sender hears how far the server is
ROOM_CHUNKS = 200


@dataclass(slots=True)
class File:
    member: bytes
    chunks: int
    have: int = 0
    came_s: float = 0.0
    refused: bool = False
    shared: bool = False

    @property
    def whole(self) -> bool:
        return self.have == self.chunks


class Room:
    """What the relay does with FileSpace, without chunks; and what must hold."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.log = RoomLog.open(None, os.urandom)
        self.files: dict[bytes, File] = {}
        self.last: dict[bytes, bytes] = {}  # by member, of what is not whole
        context = SimpleNamespace(
            log=self.log,
            loop=SimpleNamespace(now=lambda: self.now_s),
            config=SimpleNamespace(options=ServerOptions(max_room_files_bytes=ROOM_CHUNKS * CHUNK)),
            host_id=b"h" * 32,
        )
        self.space = FileSpace(cast(Context, context), self.give_up)

    def give_up(self, given_up: Sequence[StoredBlob]) -> None:
        for stored in given_up:
            file = self.files.pop(stored.blob)
            lately = self.now_s - file.came_s < limits.STILL_FILE_S
            assert not file.shared, "what is shared stays"
            assert not (lately and (file.whole or self.last.get(file.member) == stored.blob)), "it was coming"
            self.log.forget_blob(stored.blob)
            self.space.forget(stored.blob)

    def begin(self, member: bytes, chunks: int) -> None:
        if not self.space.make_place(promised_bytes(chunks * CHUNK)):
            return
        blob = os.urandom(16)
        self.log.begin_blob(blob, member, chunks * CHUNK, int(self.now_s * 1000))
        self.space.begin(blob, chunks * CHUNK)
        self.files[blob] = File(member, chunks, came_s=self.now_s)
        self.last[member] = blob

    def come(self, blob: bytes) -> None:
        file = self.files[blob]
        if file.refused or file.whole:
            return
        file.have = min(file.chunks, file.have + STEP)
        file.came_s, self.last[file.member] = self.now_s, blob
        self.space.came(blob)
        if file.have == file.chunks:
            self.log.set_chunks(blob, file.chunks, True, int(self.now_s * 1000))
        else:
            file.refused = not self.space.take_whole(blob, file.have * CHUNK)

    def share(self, blob: bytes) -> None:
        if self.files[blob].whole:
            self.log._share(blob, int(self.now_s * 1000), seq=1)
            self.files[blob].shared = True

    def check(self) -> None:
        assert {stored.blob for stored in self.log.blobs()} == self.files.keys()
        assert sum(file.have for file in self.files.values()) <= ROOM_CHUNKS, "on the disk"


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 3), st.integers(1, ROOM_CHUNKS + 10)),
        st.tuples(st.just("come"), st.integers(0, 20), st.integers(1, 30)),
        st.tuples(st.just("share"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 61]), st.just(0)),
    ),
    max_size=60,
)


@given(ACTS)
@settings(max_examples=150, deadline=None)
def test_the_space_is_kept_to_and_nothing_that_comes_is_lost(acts: list[tuple[str, int, int]]) -> None:
    room = Room()
    for act, one, other in acts:
        blobs = list(room.files)
        if act == "begin":
            room.begin(bytes([one + 1]) * 32, other)
        elif act == "wait":
            room.now_s += one
        elif blobs and act == "share":
            room.share(blobs[one % len(blobs)])
        elif blobs:
            for _ in range(other):
                if blobs[one % len(blobs)] in room.files:
                    room.come(blobs[one % len(blobs)])
        room.check()


def test_a_refused_claim_takes_nothing_from_others() -> None:
    """And once there is place, it is taken."""
    room = Room()
    room.begin(b"a" * 32, 150)
    room.begin(b"b" * 32, 150)
    first, second = room.files
    for _ in range(2):
        room.come(first)
        room.come(second)
    assert (room.files[first].refused, room.files[second].refused) == (False, True)
    for _ in range(20):
        room.come(first)
    assert room.files[first].whole and room.files.keys() == {first, second}
    room.log.forget_blob(first)
    room.space.forget(first)
    assert room.space.take_whole(second, 16 * CHUNK)
