"""The rules of the game, whatever somebody does in it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcore.crypto.identity import fingerprint_groups
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import (
    ANOTHER_FRAME,
    FULL_POINTS,
    MOST_PINS,
    MOST_TRIES,
    Case,
    CaseVerdict,
    Played,
)
from netcore.lab.cases.play import NO_PIN, TOO_MANY, Play
from netcore.lab.lessons.model import Pointer
from netcore.lab.throwaway import private_key
from netcore.trace import FrameSeen, HandshakeValue, Refused, StateChanged

every_case = pytest.mark.parametrize("case", CASES, ids=lambda one: str(one.number))


def frames(play: Play) -> list[Pointer]:
    """All that can be pinned."""
    return [
        Pointer(one.at, one.event.connection, one.event.direction, one.event.n)
        for one in play.seen
        if isinstance(one.event, FrameSeen)
    ]


def showing(case: Case, seed: int = 42) -> Pointer:
    """A frame that shows it, of those on the screen."""
    play = Play(case, seed)
    on_screen = frames(play)
    play.give_up()
    return min(play.proof & frozenset(on_screen), key=repr)


def wrong(verdict: CaseVerdict) -> CaseVerdict:
    return next(one for one in CaseVerdict if one is not verdict)


def test_nothing_is_judged_before_it_is_whole() -> None:
    case = CASES[6]
    play = Play(case, 42)
    assert play.missing(case.verdict, case.right) == NO_PIN
    with pytest.raises(ValueError):
        play.give(case.verdict, case.right)
    assert play.pin(frames(play)[0]) == ""
    assert play.missing(None, case.right) and play.missing(case.verdict, None)
    assert not play.missing(case.verdict, case.right)


def test_a_frame_too_many_is_not_pinned_and_a_pin_can_be_taken_away() -> None:
    play = Play(CASES[6], 42)
    some = frames(play)[: MOST_PINS + 1]
    for one in some[:MOST_PINS]:
        assert play.pin(one) == ""
    assert play.pin(some[-1]) == TOO_MANY
    assert play.pins == some[:MOST_PINS]
    play.pin(some[0])
    assert play.pin(some[-1]) == ""


@every_case
def test_what_our_program_found_is_shown_when_it_is_over(case: Case) -> None:
    play = Play(case, 42)
    hidden = (Refused, StateChanged, HandshakeValue)
    assert not any(isinstance(one.event, hidden) for one in play.seen)
    assert not play.proof
    play.give_up()
    assert any(isinstance(one.event, hidden) for one in play.seen)
    assert play.proof
    assert play.played == Played(case.number, 42, None, (), 0, 0)


@every_case
def test_a_second_try_wants_a_frame_that_was_not_pinned_and_gives_half(case: Case) -> None:
    play = Play(case, 42)
    play.ask_host()
    right = showing(case)
    other = next(one for one in frames(play) if one != right)
    play.pin(right)
    first = play.give(wrong(case.verdict), case.right)
    assert (first.points, first.try_again, play.over) == (0, True, False)
    assert play.missing(case.verdict, case.right) == ANOTHER_FRAME
    play.pin(other)
    play.pin(right)
    assert not play.missing(case.verdict, case.right), "another one in its place is another frame"
    play.pin(right)
    second = play.give(case.verdict, case.right)
    assert (second.points, play.over) == (FULL_POINTS // 2, True)
    assert play.played == Played(case.number, 42, case.verdict, (other, right), FULL_POINTS // 2, 2)


def test_the_host_must_be_asked_where_only_the_host_can_tell() -> None:
    for number in (3, 4, 13):
        case = CASES[number - 1]
        play = Play(case, 42)
        play.pin(showing(case))
        assert play.give(case.verdict, case.right).points == 0


def test_the_story_and_the_host_name_the_fingerprints_that_are_on_the_wire() -> None:
    for number, shown, read_out in ((3, "mallory", "server"), (4, "server_new", "server_new")):
        play = Play(CASES[number - 1], 42)
        assert " ".join(fingerprint_groups(private_key(shown).public.fingerprint)) in play.story
        assert " ".join(fingerprint_groups(private_key(read_out).public.fingerprint)) in play.ask_host()
    assert not any("{" in Play(case, 42).story + Play(case, 42).ask_host() for case in CASES)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("pin"), st.integers(0, 40)),
        st.tuples(st.just("ask"), st.just(0)),
        st.tuples(st.just("give"), st.integers(0, 11)),
    ),
    max_size=25,
)


@given(st.sampled_from(CASES), MOVES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_way_through_breaks_a_rule(case: Case, moves: list[tuple[str, int]]) -> None:
    play = Play(case, 42)
    all_frames = frames(play)
    given_pins: list[frozenset[Pointer]] = []
    for move, number in moves:
        match move:
            case "pin":
                play.pin(all_frames[number % len(all_frames)])
            case "ask":
                play.ask_host()
            case _:
                verdict, observation = list(CaseVerdict)[number // 4], number % 4
                if play.over or play.missing(verdict, observation):
                    with pytest.raises(ValueError):
                        play.give(verdict, observation)
                else:
                    given_pins.append(frozenset(play.pins))
                    play.give(verdict, observation)
        assert len(play.pins) <= MOST_PINS
    assert len(given_pins) <= MOST_TRIES
    if len(given_pins) == MOST_TRIES:
        assert given_pins[1] - given_pins[0]
    played = play.played
    assert played.tries == len(given_pins)
    assert played.points in ({0, FULL_POINTS} if played.tries < MOST_TRIES else {0, FULL_POINTS // 2})
    if played.points:
        assert played.verdict is case.verdict and frozenset(played.pins) & play.proof
