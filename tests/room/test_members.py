"""Who is in the room, PROTOCOL §12.1."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from netcore import limits
from netcore.room.members import Members, MemberState
from netcore.wire.codec import decode_direct
from netcore.wire.messages import Person, Roster


def member(number: int, name: str = "") -> MemberState:
    return MemberState(number.to_bytes(32, "big"), name or f"member {number}", "127.0.0.1", 1_000 + number)


def listed(members: Members) -> set[Person]:
    """The people in the roster parts, read as a client reads them."""
    found: list[Person] = []
    for part in members.roster_parts():
        assert len(part) <= limits.MAX_JSON_BYTES
        message = decode_direct(part.removesuffix(b"\n"))
        assert isinstance(message, Roster)
        assert 0 < len(message.members) <= limits.ROSTER_PART_MEMBERS
        found += message.members
    assert len(found) == len(set(found))
    return set(found)


def people(members: Members) -> set[Person]:
    return {one.person for one in members}


def test_coming_and_going() -> None:
    members = Members()
    ada = member(1, "Ada")
    assert members.join(ada) is None
    assert members.get(ada.id) is ada
    assert members.named("ADA") is ada
    assert list(members) == [ada] and len(members) == 1
    assert members.leave(ada.id) is ada
    assert members.leave(ada.id) is None
    assert members.roster_parts() == () and list(members) == []


def test_a_newer_connection_of_the_same_key_replaces_the_older() -> None:
    """PROTOCOL §4.3: "the older one is closed with `replaced`; the room hears nothing of it"."""
    members = Members()
    old, new = member(1, "Ada"), member(1, "Ada")
    members.join(old)
    roster = members.roster_parts()
    assert members.join(new) is old
    assert members.get(old.id) is new
    assert len(members) == 1
    assert members.roster_parts() == roster


def test_a_newer_connection_may_bring_another_name() -> None:
    members = Members()
    members.join(member(1, "Ada"))
    members.join(member(1, "Adele"))
    assert listed(members) == {Person(member(1).id, "Adele")}
    assert members.named("Ada") is None


def test_a_name_that_looks_like_a_members_is_theirs() -> None:
    """PROTOCOL §6.4: two names that look alike do not stand side by side."""
    members = Members()
    cop = member(1, "Cop")
    members.join(cop)
    members.join(member(2, "Ben"))
    cyrillic = "\u0421\u043e\u0440"
    assert members.alike(cyrillic, member(3).id) is cop
    assert members.alike("COP", member(3).id) is cop
    assert members.alike(cyrillic, cop.id) is None
    assert members.alike("Ada", member(3).id) is None
    assert members.named(cyrillic) is None


def test_a_large_roster_fits_its_frames() -> None:
    """PROTOCOL §9: JSON texts are at most 32,768 bytes: 250 names of 24 four-byte letters would be 39 KB."""
    members = Members()
    for number in range(500):
        members.join(member(number, chr(0x20000 + number) * limits.MAX_NAME_CHARS))
    assert listed(members) == people(members)
    assert len(members) == 500


def test_a_part_is_encoded_again_only_when_it_changed() -> None:
    """Joins of a storm cost one part each, not the whole roster."""
    members = Members()
    for number in range(600):
        members.join(member(number))
    before = members.roster_parts()
    members.leave(member(0).id)
    after = members.roster_parts()
    assert [a is b for a, b in zip(before, after, strict=True)] == [False, True, True]


class RosterMachine(RuleBasedStateMachine):
    """Whatever comes and goes, the encoded roster names exactly the members."""

    def __init__(self) -> None:
        super().__init__()
        self.members = Members()
        self.expected: dict[bytes, str] = {}

    @rule(number=st.integers(0, 20), name=st.sampled_from(["Ada", "Ben", "名" * 24]))
    def join(self, number: int, name: str) -> None:
        new = member(number, name)
        self.members.join(new)
        self.expected[new.id] = name

    @rule(number=st.integers(0, 20))
    def leave(self, number: int) -> None:
        left = self.members.leave(member(number).id)
        assert (left is not None) == (self.expected.pop(member(number).id, None) is not None)

    @invariant()
    def roster_is_right(self) -> None:
        expected = {Person(key, name) for key, name in self.expected.items()}
        assert listed(self.members) == expected == people(self.members)


RosterMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestRoster = RosterMachine.TestCase
