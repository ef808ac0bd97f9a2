"""A member's messages at the pace of its share, PROTOCOL §9."""

from __future__ import annotations

from netcore.room.buckets import Share, TokenBucket
from netcore.room.inbox import Inbox
from netcore.wire.messages import GetKey, Message, Say

STREAM = b"s" * 16


def say(n: int) -> Say:
    return Say(STREAM, n, "x")


def inbox(burst: float = 20.0) -> Inbox:
    return Inbox(Share(TokenBucket(5, burst), TokenBucket(32_768, 131_072), (100_000, 200_000)))


def taken(box: Inbox, now: float) -> list[Message]:
    return list(iter(lambda: box.take(now), None))


def test_what_one_record_brought_is_billed_message_by_message() -> None:
    """PROTOCOL §9: "each costs a token: 20, then 5 a second | the rest of the record waits, in its order"."""
    box = inbox()
    says: list[Message] = [say(n) for n in range(1, 1_001)]
    for one in says:
        box.put(one)
    assert taken(box, 100.0) == says[:20]
    assert taken(box, 100.1) == []
    assert taken(box, 101.0) == says[20:25]
    assert len(box) == 975
    assert 0 < box.wait_s(101.0) <= 0.2
    box.clear()
    assert box.wait_s(101.0) == 0 and not len(box)


def test_bytes_are_a_debt() -> None:
    box = inbox()
    box.charge(131_072, 0.0)
    assert box.wait_s(0.0) == 0
    box.charge(32_768, 0.0)
    assert box.wait_s(0.0) == 1.0


def test_who_says_something_is_told_once_until_its_share_is_full_again() -> None:
    box = inbox(burst=1)
    for n in (1, 2, 3):
        box.put(say(n))
    box.charge(100, 0.0)
    assert taken(box, 0.0) == [say(1)]
    assert box.must_tell_slowed() and not box.must_tell_slowed()
    assert taken(box, 0.2) == [say(2)]
    box.charge(100, 0.2)
    assert not box.must_tell_slowed()
    assert taken(box, 0.4) == [say(3)]
    box.charge(100, 10.0)
    for n in (4, 5):
        box.put(say(n))
    assert taken(box, 10.0) == [say(4)]
    assert box.must_tell_slowed()


def test_who_only_asks_is_not_told() -> None:
    box = inbox(burst=1)
    box.put(GetKey(bytes(32)))
    box.put(GetKey(bytes(32)))
    assert taken(box, 0.0) == [GetKey(bytes(32))]
    assert len(box) == 1 and not box.must_tell_slowed()
