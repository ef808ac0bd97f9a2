"""Whispers on their way through the worker pool, one at a time, at a client and at the host (PROTOCOL §10).

    add(item) -> waiting -> job_for(item) -> worker pool, 1 to 3 ms -> done(item, future) -> remove(item)

Sealed one at a time, because the counter in a whisper must not be overtaken: a recipient takes one that
is not above the last for a repetition. Opened one at a time, because whispers are shown in the order in
which they came, and confirmed in the order in which they are shown.

Leaves to its owner whose keys they are, which counter comes next, and what is stored and told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Generic, NamedTuple, Protocol, TypeVar

from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.crypto.whispers import MSG_ID_BYTES, open_whisper, seal_whisper
from netcore.errors import MessageError, WhisperError
from netcore.wire.codec import decode_file, encode_file
from netcore.wire.messages import File
from netcore.wire.texts import opened_text

Item = TypeVar("Item")
Result = TypeVar("Result")


class InPool(Protocol):
    """`Loop.in_pool`, with the owner's guard around `done`."""

    def __call__(self, job: Callable[[], Result], done: Callable[[Future[Result]], None], /) -> None: ...


class Sealed(NamedTuple):
    """A whisper as it is sent."""

    msg_id: bytes  # 16
    counter: int
    c1: bytes
    c2: bytes


class Received(Protocol):
    """What opening needs of a whisper that came."""

    @property
    def msg_id(self) -> bytes: ...
    @property
    def counter(self) -> int: ...
    @property
    def c1(self) -> bytes: ...
    @property
    def c2(self) -> bytes: ...
    @property
    def blob(self) -> bytes | None: ...


class Opened(NamedTuple):
    """What a whisper says, or the file that it shares; then the text is empty."""

    text: str
    file: File | None


class WhisperQueue(Generic[Item, Result]):
    """Thread: netcore-loop only; the jobs alone run elsewhere.

    An item stays in the queue until its owner removes it. So what could not be stored waits, and its turn
    comes again with the next `work`.
    """

    def __init__(
        self,
        in_pool: InPool,
        job_for: Callable[[Item], Callable[[], Result] | None],
        done: Callable[[Item, Future[Result]], None],
        *,
        in_order: bool,
    ) -> None:
        """`job_for` gives what is to run in the worker pool; None while the item must wait (for a key).

        `in_order`: then all wait behind it. Otherwise the first that need not wait is taken.
        `done` gets the completed future, unless the item was removed meanwhile, and removes the item.
        """
        self._in_pool = in_pool
        self._job_for = job_for
        self._done = done
        self._in_order = in_order
        self._waiting: deque[Item] = deque()
        self._working = False
        self._closed = False

    def __len__(self) -> int:
        """How many wait, the one in the worker pool included."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[Item]:
        """Those that wait, in their order."""
        return iter(self._waiting)

    def add(self, item: Item) -> None:
        self._waiting.append(item)
        self.work()

    def remove(self, item: Item) -> None:
        """It is done with. ValueError if it is not here."""
        self._waiting.remove(item)

    def clear(self) -> list[Item]:
        """Forget all that wait, and give them. What is in the worker pool comes to nothing."""
        items = list(self._waiting)
        self._waiting.clear()
        return items

    def close(self) -> None:
        """Results of the worker pool come too late from now on."""
        self._closed = True

    def work(self) -> None:
        """Begin with the next one, unless one is in the worker pool. Idempotent."""
        if self._working or self._closed:
            return
        for item in self._waiting:
            job = self._job_for(item)
            if job is not None:
                self._begin(item, job)
                return
            if self._in_order:
                return

    def _begin(self, item: Item, job: Callable[[], Result]) -> None:
        self._working = True

        def done(future: Future[Result]) -> None:
            self._working = False
            if self._closed:
                return
            if item in self._waiting:
                self._done(item, future)
            self.work()

        self._in_pool(job, done)


def seal_job(
    sender: PrivateKey,
    recipient: PublicKey,
    server_modulus: bytes,
    counter: int,
    text: str,
    random: Random,
    file: File | None = None,
) -> Callable[[], Sealed]:
    """Seals `text`, or what describes `file`, under a fresh msg_id; see `seal_whisper`. `random` is called in
    the worker pool, too."""
    msg_id = random(MSG_ID_BYTES)
    what, blob = (text, b"") if file is None else (encode_file(file), file.blob)

    def job() -> Sealed:
        c1, c2 = seal_whisper(sender, recipient, server_modulus, msg_id, counter, what, random, blob)
        return Sealed(msg_id, counter, c1, c2)

    return job


def open_job(
    recipient: PrivateKey, sender: PublicKey, server_modulus: bytes, whisper: Received
) -> Callable[[], Opened]:
    """Opens a whisper, if what is in it may be said, or describes the blob that it names. Raises WhisperError
    otherwise; see `open_whisper`."""

    def job() -> Opened:
        blob = whisper.blob or b""
        sealed = whisper.msg_id, whisper.counter, whisper.c1, whisper.c2
        text = open_whisper(recipient, sender, server_modulus, *sealed, blob)
        if not blob:
            return Opened(opened_text(text), None)
        try:
            file = decode_file(text)
        except MessageError:
            raise WhisperError from None
        if file.blob != blob:
            raise WhisperError
        return Opened("", file)

    return job
