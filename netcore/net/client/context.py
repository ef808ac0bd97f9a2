"""What the parts of a client's room share: whose client it is, at which server, and the ways out.

`client` makes one for each server; `room`, `history`, `outbox` and `whispers` hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from netcore.errors import LocalChatError
from netcore.net.api.events import Event
from netcore.net.loop import Loop, Timer
from netcore.store.client_store import ClientStore
from netcore.store.part_notes import PartNotes
from netcore.wire.messages import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Thread: netcore-loop only. The same for the life of a client at one server, over all connections."""

    loop: Loop
    store: ClientStore
    parts: PartNotes
    """Of files that are not wanted any more, for the next run to remove."""
    server: bytes
    """The server's fingerprint, 32 bytes: what the store knows it by."""
    me: PrivateKey
    random: Random
    now_ms: Callable[[], int]
    """Unix time in milliseconds."""
    emit: Callable[[Event], None]
    """To the window."""
    send: Callable[[Message], None]
    """To the server; without a connection: nothing happens."""
    refused: Callable[[LocalChatError], None]
    """Something of the server's was not taken, and the connection goes on: for the laboratory."""
    send_chunk: Callable[[bytes, int, bytes], None]
    """A piece of a file to the server: blob, number, sealed data; without a connection: nothing happens."""
    takes_chunks: Callable[[], bool]
    """Whether there is a connection, and little waits in its send queue."""
    hold: Callable[[bool], None]
    """Whether to read nothing more from the server until what it sent of files is taken."""
    guard: Callable[[Callable[[], None]], None]
    """Runs what the loop calls back: what goes wrong in it ends the connection, not the program."""

    @property
    def member_id(self) -> bytes:
        """Our own, 32 bytes."""
        return self.me.public.fingerprint

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Timer:
        """Run `fn` once, guarded, `delay_s` seconds from now."""
        return self.loop.call_later(delay_s, lambda: self.guard(fn))

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `job` in the worker pool, then `done` on the loop, guarded."""
        self.loop.in_pool(job, lambda future: self.guard(lambda: done(future)))
