"""What the parts of a running server share: the keys, the log, who is here. No behaviour of its own.

reception -> server_link -> server (the coordinator) -> server_entry    who may come in
                                                     -> turn            what is said, stored, broadcast
                                                     -> server_pages    what was said before
                                                     -> server_host     the host's own voice
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from netcore.net.api.config import ServerConfig
from netcore.net.api.events import Event, Member
from netcore.net.loop import Loop
from netcore.net.server.link import Link
from netcore.room.buckets import Shares
from netcore.room.members import Members
from netcore.room.moderation import Moderation
from netcore.store.room_log import RoomLog
from netcore.wire.messages import RoomState


@dataclass(slots=True, eq=False)
class Hall:
    """Thread: netcore-loop only."""

    loop: Loop
    config: ServerConfig
    emit: Callable[[Event], None]
    random: Random
    identity: PrivateKey
    kex: KexKey
    host_key: PrivateKey
    log: RoomLog
    members: Members
    moderation: Moderation
    shares: Shares
    links: dict[bytes, Link] = field(default_factory=dict)
    """The connection of each member that is in the room, by member id."""
    live: list[Link] = field(default_factory=list)
    """Those that have everything up to the head of the log: they get Room records."""

    @property
    def host_name(self) -> str:
        return self.config.nick

    @property
    def host_id(self) -> bytes:
        return self.host_key.public.fingerprint

    def now_ms(self) -> int:
        """Unix time, for display and for what is kept over a restart; order and timeouts never use it."""
        return time.time_ns() // 1_000_000

    def member(self, member_id: bytes) -> Member:
        """Somebody who is here, or was, as events show them."""
        here = self.members.get(member_id)
        if here is not None:
            is_host = member_id == self.host_id
            return Member(member_id, here.name, is_host, here.address, here.since_ms)
        known = self.log.person(member_id)
        return Member(member_id, known.name if known else "")

    def room_state(self, member_id: bytes | None = None) -> RoomState:
        """The room's switches as this member meets them; None: as everyone does."""
        moderation = self.moderation
        muted = member_id is not None and moderation.is_muted(member_id)
        read_only = moderation.read_only or self.log.read_only_because is not None
        return RoomState(read_only, muted, moderation.slow_s, self.log.kept)
