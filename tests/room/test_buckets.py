"""Token buckets, PROTOCOL §9: "20, then 5 a second", "10, then one per 3 s"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.room.buckets import AddressBuckets, Shares, TokenBucket


def test_a_burst_is_free_and_the_next_one_waits_its_turn() -> None:
    """PROTOCOL §9: "each costs a token: 20, then 5 a second"."""
    bucket = TokenBucket(5, 20)
    for _ in range(20):
        bucket.spend(1, 100.0)
    assert bucket.wait_s(100.0) == 0
    bucket.spend(1, 100.0)
    assert bucket.wait_s(100.0) == pytest.approx(0.2)
    assert bucket.wait_s(100.1) == pytest.approx(0.1)
    assert bucket.wait_s(100.2) == 0


def test_debt_is_paid_at_the_rate() -> None:
    bucket = TokenBucket(32_768, 131_072)
    bucket.spend(131_072 + 65_536, 0.0)
    assert bucket.wait_s(0.0) == pytest.approx(2.0)


def test_what_can_be_turned_away_is_not_charged() -> None:
    bucket = TokenBucket(1 / 3, 10)
    assert [bucket.try_spend(1, 0.0) for _ in range(11)] == [True] * 10 + [False]
    assert not bucket.try_spend(1, 2.9)
    assert bucket.try_spend(1, 3.01)


def test_a_rest_does_not_save_up_beyond_the_burst() -> None:
    bucket = TokenBucket(5, 20)
    bucket.spend(20, 0.0)
    bucket.spend(20, 1_000_000.0)
    assert bucket.wait_s(1_000_000.0) == 0
    bucket.spend(5, 1_000_000.0)
    assert bucket.wait_s(1_000_000.0) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 5)), max_size=50))
def test_nobody_gets_more_than_burst_and_rate(spends: list[tuple[float, float]]) -> None:
    """Property: who rests as told has, after any time t, spent at most burst + rate * t + one amount."""
    bucket = TokenBucket(5, 20)
    now = spent = 0.0
    for pause, amount in spends:
        now += pause + bucket.wait_s(now + pause)
        bucket.spend(amount, now)
        spent += amount
        assert spent <= 20 + 5 * now + 5 + 1e-6


def test_addresses_do_not_pay_for_each_other() -> None:
    buckets = AddressBuckets(1 / 3, 10)
    assert [buckets.take("a", 0.0) for _ in range(11)] == [True] * 10 + [False]
    assert buckets.take("b", 0.0)


def test_many_addresses_are_forgotten_within_bounds() -> None:
    """Memory is bounded, whatever comes."""
    buckets = AddressBuckets(1 / 3, 10, max_addresses=100)
    for number in range(10_000):
        buckets.take(f"address {number}", 0.0)
    assert len(buckets) <= 100
    for _ in range(100):
        buckets.take("one more", 1_000.0)  # a long time later all others are full again
    assert len(buckets) == 1


def test_a_full_bucket_is_forgotten_but_an_empty_one_is_not() -> None:
    buckets = AddressBuckets(1 / 3, 10)
    for _ in range(10):
        buckets.take("flooder", 0.0)
    for number in range(50):
        buckets.take(f"visitor {number}", 1.0)
    assert not buckets.take("flooder", 1.0)


def test_a_share_is_found_again_as_it_was_left() -> None:
    """PROTOCOL §9: "Tokens are the member's, not the connection's"."""
    shares = Shares((5, 20), (32_768, 131_072))
    share = shares.claim(b"ada")
    share.messages.spend(20, 100.0)
    share.bytes.spend(200_000, 100.0)
    shares.release(b"ada", share, 100.0)
    again = shares.claim(b"ada")
    assert not again.messages.try_spend(1, 100.0) and again.messages.try_spend(1, 100.2)
    assert again.wait_s(100.2, 0) == pytest.approx((200_000 - 131_072) / 32_768 - 0.2)
    assert shares.claim(b"ben").messages.try_spend(20, 100.0)


def test_shares_are_kept_until_they_are_full_and_within_bounds() -> None:
    """Memory is bounded, whatever comes."""
    shares = Shares((5, 20), (32_768, 131_072), max_kept=100)
    for number in range(1_000):
        member_id = number.to_bytes(32, "big")
        share = shares.claim(member_id)
        share.messages.spend(20, 0.0)
        shares.release(member_id, share, 0.0)
    assert len(shares) == 100
    shares.release(b"ben", shares.claim(b"ben"), 4.01)  # now all are full again, and such are not kept
    assert len(shares) == 0
