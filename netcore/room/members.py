"""Who is in the room (PROTOCOL §12.1). One entry for each key, whatever connection carries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from netcore import limits
from netcore.wire.codec import encode
from netcore.wire.messages import Person, Roster
from netcore.wire.names import fold_name, look_alike

# Of one person in a roster's JSON beside the name: {"id":"<43>","name":""}, and the name's quotes escaped.
_PERSON_BYTES = 64
_ROSTER_BYTES = 64


@dataclass(slots=True)
class MemberState:
    """A member that was admitted."""

    id: bytes
    name: str
    address: str
    since_ms: int

    @property
    def person(self) -> Person:
        return Person(self.id, self.name)


@dataclass(slots=True)
class _Part:
    """A part of the roster, in one JSON text that is encoded again only after a change in this part."""

    people: dict[bytes, Person] = field(default_factory=dict)
    size_bytes: int = _ROSTER_BYTES  # an upper bound of its JSON text
    encoded: bytes | None = None

    def has_room_for(self, person: Person) -> bool:
        return (
            len(self.people) < limits.ROSTER_PART_MEMBERS
            and self.size_bytes + _size(person) <= limits.MAX_JSON_BYTES
        )


class Members:
    """The members by id. The host is one of them, if the server joins it."""

    def __init__(self) -> None:
        self._members: dict[bytes, MemberState] = {}
        self._parts: list[_Part] = []
        self._part_of: dict[bytes, _Part] = {}

    def join(self, member: MemberState) -> MemberState | None:
        """Lets the member in. The entry that it replaces (an older connection of the key), if any."""
        before = self._members.get(member.id)
        if before is not None and before.name == member.name:
            self._members[member.id] = member  # its place in the roster stays
            return before
        if before is not None:
            self.leave(member.id)
        self._members[member.id] = member
        self._list(member.person)
        return before

    def leave(self, member_id: bytes) -> MemberState | None:
        """Takes the member out; None when it was not in."""
        member = self._members.pop(member_id, None)
        if member is not None:
            part = self._part_of.pop(member_id)
            part.size_bytes -= _size(part.people.pop(member_id))
            part.encoded = None
            if not part.people:
                self._parts.remove(part)
        return member

    def get(self, member_id: bytes) -> MemberState | None:
        return self._members.get(member_id)

    def named(self, name: str) -> MemberState | None:
        """The member of this name, upper and lower case being the same."""
        folded = fold_name(name)
        return next((one for one in self._members.values() if fold_name(one.name) == folded), None)

    def alike(self, name: str, besides: bytes) -> MemberState | None:
        """A member, other than `besides`, whose name is `name` or could be taken for it."""
        return next((one for one in self if one.id != besides and look_alike(one.name, name)), None)

    def roster_parts(self) -> tuple[bytes, ...]:
        """The roster as encoded Roster messages, each within MAX_JSON_BYTES. Without members, none."""
        return tuple(self._encoded(part) for part in self._parts)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[MemberState]:
        return iter(tuple(self._members.values()))

    def _list(self, person: Person) -> None:
        # The first part with room, so that parts do not stay half empty after many have left.
        part = next((one for one in self._parts if one.has_room_for(person)), None)
        if part is None:
            part = _Part()
            self._parts.append(part)
        part.people[person.id] = person
        part.size_bytes += _size(person)
        part.encoded = None
        self._part_of[person.id] = part

    @staticmethod
    def _encoded(part: _Part) -> bytes:
        if part.encoded is None:
            part.encoded = encode(Roster(tuple(part.people.values())))
        return part.encoded


def _size(person: Person) -> int:
    """At most this many bytes of a roster's JSON text."""
    return _PERSON_BYTES + len(person.name.encode())
