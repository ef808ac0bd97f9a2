"""What the host has decided, and what follows from it: who may come in, who may speak (PROTOCOL §4.3, §7.2).

Decisions only. The server closes the connections and tells people; the room's database keeps bans, mutes
and switches over a restart, and the server hands them in again at the start.
"""

from __future__ import annotations

from netcore import limits
from netcore.wire.codes import CloseCode, Refusal


class Moderation:
    """The rules of one room. Times are seconds of a monotonic clock. The host is never refused."""

    def __init__(self, host_id: bytes) -> None:
        self._host_id = host_id
        self._bans: dict[bytes, str] = {}  # key -> address that is banned with it, or ""
        self._kicked: dict[bytes, float] = {}  # key -> until when
        self._mutes: set[bytes] = set()
        self._next_at: dict[bytes, float] = {}  # slow mode: key -> when it may speak again
        self._granted: dict[bytes, float] = {}  # likewise, for what is being stored
        self.read_only = False
        self.slow_s = 0
        self.known_only = False

    def ban(self, member_id: bytes, address: str = "") -> None:
        """Refuses the key until `unban`, and with `address` every key that comes from there."""
        if member_id != self._host_id:
            self._bans[member_id] = address

    def unban(self, member_id: bytes) -> bool:
        """Whether it was banned."""
        return self._bans.pop(member_id, None) is not None

    def kick(self, member_id: bytes, now: float) -> None:
        """Refuses the key for KICK_REFUSES_S."""
        self._kicked = {key: until for key, until in self._kicked.items() if until > now}
        if member_id != self._host_id:
            self._kicked[member_id] = now + limits.KICK_REFUSES_S

    def mute(self, member_id: bytes, muted: bool) -> None:
        if muted and member_id != self._host_id:
            self._mutes.add(member_id)
        else:
            self._mutes.discard(member_id)

    def is_muted(self, member_id: bytes) -> bool:
        return member_id in self._mutes

    def set_switches(self, read_only: bool, slow_s: int, known_only: bool) -> None:
        self.read_only = read_only
        self.slow_s = max(0, slow_s)
        self.known_only = known_only
        self._next_at.clear()
        self._granted.clear()

    def is_excluded(self, member_id: bytes, now: float) -> bool:
        """Whether it was kicked or banned, and is to be heard no more."""
        return member_id in self._bans or self._kicked.get(member_id, now) > now

    def refusal_to_enter(
        self, member_id: bytes, address: str, now: float, is_known: bool = False
    ) -> CloseCode | None:
        """Why this key, from this address, is not let in; None when it is.

        `is_known`: it was in this room before, which "known members only" asks for.
        """
        if member_id == self._host_id:
            return None
        if member_id in self._bans:
            return CloseCode.BANNED
        if address and address in self._bans.values():
            return CloseCode.ADDRESS_BANNED
        if self._kicked.get(member_id, now) > now:
            return CloseCode.KICKED
        if self.known_only and not is_known:
            return CloseCode.KNOWN_ONLY
        return None

    def refusal_to_say(self, member_id: bytes, now: float) -> Refusal | None:
        """Why this member's message for the room is refused; None when it is not.

        In slow mode a None also counts, if `settle` says so: then the next message of this member must wait
        slow_s from now.
        """
        if member_id == self._host_id:
            return None
        if member_id in self._mutes:
            return Refusal.MUTED
        if self.read_only:
            return Refusal.READ_ONLY
        if self.slow_s:
            if self._next_at.get(member_id, now) > now or member_id in self._granted:
                return Refusal.SLOW_MODE
            self._granted[member_id] = now + self.slow_s
        return None

    def settle(self, stored: bool, now: float) -> None:
        """What `refusal_to_say` allowed is stored, or was not: then nobody's time was used up by it."""
        if stored and self._granted:
            self._forget_past(now)
            self._next_at |= self._granted
        self._granted.clear()

    def _forget_past(self, now: float) -> None:
        """Keeps the memory of slow mode to those who spoke within slow_s, once it has grown."""
        if len(self._next_at) >= limits.MAX_MEMBERS:
            self._next_at = {key: at for key, at in self._next_at.items() if at > now}
