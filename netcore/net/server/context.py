"""What the parts of a running server share: the keys, the log, who is here, and the end if the log fails.

reception -> link -> room -> admission                     who may come in
                          -> group_commit -> broadcast     what is said: stored, sealed, sent
                                          -> pages         what was said before
                          -> whisper_relay                 what one member says to another
                          -> blob_relay                    the files that they share
                          -> host                          the host, a member without a connection
                          -> decisions                     kick, ban, mute, and the room's switches
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import MEMBER_KEY_BITS, PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.errors import MessageError, StorageError
from netcore.net.api.config import ServerConfig
from netcore.net.api.events import Event, Member
from netcore.net.loop import Loop
from netcore.net.server.link import ServerLink
from netcore.room.age_clock import AgeClock
from netcore.room.buckets import Shares
from netcore.room.members import Members
from netcore.room.moderation import Moderation
from netcore.store.room_log import RoomLog
from netcore.wire.messages import RoomState

T = TypeVar("T")


class LogGuard:
    """`with context.log_guard:` around what uses the room's log. If the log fails, the room closes.

    There are two guards because there are two kinds of failure. A fault of ours while we serve a connection
    costs that connection (`Connection.guard`). A log that fails costs the room, whoever's message met it:
    nothing may be acknowledged any more. So this one stands inside of the other.
    """

    __slots__ = ("_on_fatal",)

    def __init__(self, on_fatal: Callable[[StorageError], None]) -> None:
        self._on_fatal = on_fatal

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if isinstance(error, StorageError):
            self._on_fatal(error)
            return True
        return False


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True, eq=False)
class Context:
    """Thread: netcore-loop only."""

    loop: Loop
    config: ServerConfig
    emit: Callable[[Event], None]
    random: Random
    identity: PrivateKey
    kex: KexKey
    host_key: PrivateKey
    log: RoomLog
    log_guard: LogGuard
    members: Members
    moderation: Moderation
    shares: Shares
    age_clock: AgeClock
    host_id: bytes = field(init=False)
    links: dict[bytes, ServerLink] = field(default_factory=dict)
    """The connection of each member that is in the room, by member id."""
    last_addresses: OrderedDict[bytes, str] = field(default_factory=OrderedDict)
    """Where a key came from last, as bans count it; the latest last."""
    live: list[ServerLink] = field(default_factory=list)
    """Those that have everything up to the head of the log: they get Room records."""

    def __post_init__(self) -> None:
        self.host_id = self.host_key.public.fingerprint

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """As `Loop.in_pool`, for a `done` that uses the room's log."""

        def guarded(future: Future[T]) -> None:
            with self.log_guard:
                done(future)

        self.loop.in_pool(job, guarded)

    @property
    def host_name(self) -> str:
        return self.config.nick

    def now_ms(self) -> int:
        """Unix time, for display. Order, timeouts and what lapses never use it."""
        return unix_ms()

    def age_ms(self) -> int:
        """The room's age, by which names and waiting whispers lapse."""
        return self.age_clock.age_ms(self.loop.now())

    def member(self, member_id: bytes) -> Member:
        """Somebody who is here, or was, as events show them."""
        here = self.members.get(member_id)
        if here is not None:
            is_host = member_id == self.host_id
            return Member(member_id, here.name, is_host, here.address, here.since_ms)
        known = self.log.person(member_id)
        return Member(member_id, known.name if known else "")

    def public_key(self, member_id: bytes) -> PublicKey | None:
        """The key of somebody who was in this room. None for a damaged row, too: who is given a key that is
        not the member's breaks off, and comes back to ask for it again."""
        known = self.log.person(member_id)
        try:
            public = PublicKey.of_size(known.modulus, MEMBER_KEY_BITS) if known is not None else None
        except (MessageError, TypeError):
            return None
        return public if public is not None and public.fingerprint == member_id else None

    def room_state(self, member_id: bytes | None = None) -> RoomState:
        """The room's switches as this member meets them; None: as everyone does."""
        moderation = self.moderation
        muted = member_id is not None and moderation.is_muted(member_id)
        read_only = moderation.read_only or self.log.read_only_because is not None
        return RoomState(read_only, muted, moderation.slow_s, self.log.kept)
