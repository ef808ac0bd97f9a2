"""Who is in the room, in the order in which windows show them: you, the host, then by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import lru_cache

from netcore.engine import Member
from netcore.wire.names import fold_name

GONE_KEPT = 100

# The whole list is sorted again for each that comes.
_folded = lru_cache(maxsize=2_048)(fold_name)


class Roster:
    """Members by id. Ids are 32 bytes; `you_id` and `host_id` are empty until known."""

    def __init__(self) -> None:
        self.you_id = b""
        self.host_id = b""
        self.compared: frozenset[bytes] = frozenset()  # whose fingerprint was compared
        self.banned: dict[bytes, str] = {}  # names, where they are known; the host's window alone knows
        self._members: dict[bytes, Member] = {}
        self._gone: deque[str] = deque(maxlen=GONE_KEPT)

    def set(self, members: Iterable[Member], you_id: bytes, host_id: bytes) -> None:
        """The whole list anew, as after a connect."""
        self.you_id, self.host_id = you_id, host_id
        before, self._members = self._members, {member.id: member for member in members}
        self._gone.extend(member.name for member in before.values() if member.id not in self._members)

    def join(self, member: Member) -> None:
        self._members[member.id] = member

    def leave(self, member_id: bytes) -> None:
        member = self._members.pop(member_id, None)
        if member is not None:
            self._gone.append(member.name)

    def get(self, member_id: bytes) -> Member | None:
        return self._members.get(member_id)

    def __contains__(self, member_id: object) -> bool:
        return member_id in self._members

    def __len__(self) -> int:
        return len(self._members)

    def sorted(self) -> list[Member]:
        """You first, then the host, then by name as names are compared (Ben and ben stand together)."""

        def place(member: Member) -> tuple[bool, bool, str, bytes]:
            return (member.id != self.you_id, member.id != self.host_id, _folded(member.name), member.id)

        return sorted(self._members.values(), key=place)

    def others(self) -> list[Member]:
        """Everyone but you: whom a whisper can go to."""
        return [member for member in self.sorted() if member.id != self.you_id]

    def names(self) -> dict[bytes, str]:
        """The name of each by id, you among them."""
        return {member.id: member.name for member in self._members.values()}

    def gone(self) -> tuple[str, ...]:
        """Names of those who have left, the last GONE_KEPT: a line begun for one must not reach another."""
        return tuple(self._gone)

    def role(self, member: Member) -> str:
        """The words under a name: "you", "host", "compared", some of them, or nothing."""
        words = {"you": member.id == self.you_id, "host": member.id == self.host_id,
                 "compared": member.id in self.compared}
        return " · ".join(word for word, applies in words.items() if applies)
