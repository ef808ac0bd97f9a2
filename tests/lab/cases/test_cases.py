"""The cases: the same bytes for the same seed, judged by what is in them, and never by which case it is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import (
    FULL_POINTS,
    MOST_PINS,
    Case,
    CaseAnswer,
    CaseVerdict,
    build,
    in_play,
    judge_answers,
)
from netcore.lab.lessons.model import Pointer, Seen
from netcore.lab.throwaway import private_key
from netcore.options import MAX_CASE
from netcore.trace import Chunk, Defence, FrameSeen, Refused
from netcore.wire.framing import FrameType
from tests.message_path import HOME

every_case = pytest.mark.parametrize("case", CASES, ids=lambda one: str(one.number))
SEEDS = (1, 42)


def frames(seen: tuple[Seen, ...], at: str, direction: str = "in") -> list[FrameSeen]:
    return [
        one.event
        for one in seen
        if one.at == at and isinstance(one.event, FrameSeen) and one.event.direction == direction
    ]


def refusals(seen: tuple[Seen, ...], at: str = "Ada") -> list[Defence]:
    return [one.event.defence for one in seen if one.at == at and isinstance(one.event, Refused)]


def right_answer(case: Case, seen: tuple[Seen, ...]) -> CaseAnswer:
    pins = frozenset(sorted(case.proof(seen), key=repr)[:MOST_PINS])
    return CaseAnswer(case.verdict, pins, case.right)


@every_case
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(case: Case) -> None:
    assert build(case, 42) == build(case, 42)
    assert build(case, 42) != build(case, 43)


DIGESTS = """
import hashlib
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import build
print([hashlib.sha256(repr(build(case, 42)).encode()).hexdigest() for case in CASES])
"""


def test_another_computer_makes_the_same_bytes() -> None:
    """Another process, whose strings hash differently."""
    digests = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS], cwd=HOME, capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert digests[0] == digests[1] and digests[0].count(",") == len(CASES) - 1


@every_case
@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_answer_is_right_at_any_seed(case: Case, seed: int) -> None:
    seen = build(case, seed)
    assert case.proof(seen), "nothing to pin"
    judgement = judge_answers(case, seen, [right_answer(case, seen)], asked_host=True)
    assert (judgement.points, judgement.words) == (FULL_POINTS, case.ending)


@every_case
def test_what_must_be_pinned_can_be_seen(case: Case) -> None:
    seen = build(case, 42)
    shown = {
        Pointer(one.at, one.event.connection, one.event.direction, one.event.n)
        for one in in_play(case, seen)
        if isinstance(one.event, FrameSeen)
    }
    assert case.proof(seen) & shown


@every_case
def test_no_guess_solves_it(case: Case) -> None:
    seen = build(case, 42)
    right = right_answer(case, seen)
    for verdict in CaseVerdict:
        if verdict is not case.verdict:
            wrong = CaseAnswer(verdict, right.pins, right.observation)
            assert judge_answers(case, seen, [wrong], asked_host=True).points == 0
    for other in range(len(case.observations)):
        if other != case.right:
            assert judge_answers(case, seen, [CaseAnswer(case.verdict, right.pins, other)], True).points == 0
    elsewhere = frozenset({Pointer("Ada", 99, "in", 99)})
    assert judge_answers(case, seen, [CaseAnswer(case.verdict, elsewhere, case.right)], True).points == 0
    everything = right.pins | {Pointer("Ada", 99, "in", n) for n in range(MOST_PINS)}
    assert judge_answers(case, seen, [CaseAnswer(case.verdict, everything, case.right)], True).points == 0


@every_case
def test_a_second_try_counts_half_and_needs_another_frame(case: Case) -> None:
    seen = build(case, 42)
    right = right_answer(case, seen)
    wrong = CaseAnswer(case.verdict, frozenset({Pointer("Ada", 99, "in", 99)}), case.right)
    assert judge_answers(case, seen, [wrong], True).try_again
    second = judge_answers(case, seen, [wrong, right], True)
    assert (second.points, second.try_again) == (FULL_POINTS // 2, False)
    other = CaseVerdict.HONEST if case.verdict is CaseVerdict.OPEN else CaseVerdict.OPEN
    same = CaseAnswer(other, right.pins, case.right)
    assert judge_answers(case, seen, [same, right], True).points == 0
    assert judge_answers(case, seen, [wrong, same, right], True).points == 0


@every_case
def test_nothing_of_ours_is_named_while_it_is_played(case: Case) -> None:
    shown = in_play(case, build(case, 42))
    assert not any(isinstance(one.event, Refused) for one in shown)
    assert {one.at for one in shown} <= set(case.ends)


@every_case
def test_observations_are_four_and_each_has_its_reply(case: Case) -> None:
    assert len({one.text for one in case.observations}) == len(case.observations) == 4
    assert all(one.reply for one in case.observations)


def test_they_are_sixteen_and_enough_of_them_are_honest() -> None:
    assert [case.number for case in CASES] == list(range(1, MAX_CASE + 1))
    honest = sum(case.verdict is CaseVerdict.HONEST for case in CASES)
    assert honest / len(CASES) >= 0.4
    assert sum(case.verdict is CaseVerdict.OPEN for case in CASES) == 2


# --- What really is in the captures -------------------------------------------------------------------


def of(number: int, seed: int = 42) -> tuple[Seen, ...]:
    return build(CASES[number - 1], seed)


EXPECTED = {
    1: [Defence.NO_CLOSE, Defence.PINNED_KEY],
    2: [Defence.NO_CLOSE],
    3: [Defence.NO_CLOSE, Defence.PINNED_KEY],
    7: [Defence.STAMP],
    8: [],
    9: [Defence.STAMP],
    10: [],
    11: [Defence.STAMP],
    12: [],
    13: [Defence.NO_CLOSE],
    14: [],
}


@pytest.mark.parametrize("number", EXPECTED)
def test_the_victims_own_program_found_what_the_case_says(number: int) -> None:
    found = refusals(of(number))
    if number in (1, 2, 3):
        # Yesterday's connection ended in order.
        assert found == [one for one in EXPECTED[number] if one is not Defence.NO_CLOSE]
    else:
        assert found == EXPECTED[number]


def test_after_another_key_not_one_byte_more() -> None:
    for number in (1, 3, 4):
        hello = [frame for frame in frames(of(number), "Ada", "out") if frame.connection == 2]
        assert [frame.type for frame in hello] == [FrameType.CLIENT_HELLO]


def test_only_kex_n_is_new_after_a_restart() -> None:
    first, second = (one.raw for one in frames(of(2), "Ada") if one.type == FrameType.SERVER_HELLO)
    identity, kex = slice(4 + 80, 4 + 80 + 384), slice(4 + 464, 4 + 464 + 256)
    assert first[identity] == second[identity] and first[kex] != second[kex]
    first, second = (one.raw for one in frames(of(1), "Ada") if one.type == FrameType.SERVER_HELLO)
    assert first[identity] != second[identity]


def test_mallorys_two_handshakes_have_two_client_randoms() -> None:
    for number, alike in ((5, False), (6, True)):
        seen = of(number)
        sent = [one.raw for one in frames(seen, "Ada", "out") if one.type == FrameType.CLIENT_HELLO]
        came = [one.raw for one in frames(seen, "server") if one.type == FrameType.CLIENT_HELLO]
        assert (sent[-1] in came) is alike


def test_one_bit_and_no_more_was_turned() -> None:
    seen = of(7)
    (sent,), (came,) = ([frames(seen, "server", "out")[-1].raw], [frames(seen, "Ada")[-1].raw])
    assert sum((a ^ b).bit_count() for a, b in zip(sent, came, strict=True)) == 1


def test_the_slow_one_came_in_about_thirty_chunks() -> None:
    seen = of(8)
    chunks = [one.event for one in seen if one.at == "Ada" and isinstance(one.event, Chunk)]
    assert sum(len(chunk.data) < 10 for chunk in chunks if chunk.direction == "in") >= 20
    opened = [one for one in frames(seen, "Ada") if one.type == FrameType.ROOM]
    assert len(opened) == 3 and all(one.plaintext for one in opened)


def test_the_alerts_are_the_same_bytes() -> None:
    false, true = (frames(of(number), "Ada")[-1].raw for number in (15, 16))
    assert false == true == bytes.fromhex("1500000101")
    assert not frames(of(15), "server", "out") or frames(of(15), "server", "out")[0].type != FrameType.ALERT


def test_the_host_reads_out_a_fingerprint_that_is_one() -> None:
    asked = [case for case in CASES if "{" in case.host_says]
    assert [case.number for case in asked] == [3, 4]
    for case in asked:
        name = case.host_says.partition("{")[2].partition("}")[0]
        assert private_key(name).public.fingerprint


def test_who_has_not_asked_the_host_cannot_know() -> None:
    for number in (3, 4, 13):
        case, seen = CASES[number - 1], of(number)
        assert judge_answers(case, seen, [right_answer(case, seen)], asked_host=False).points == 0


def test_who_comes_late_begins_at_the_front_of_an_epoch() -> None:
    """As in a real room (PROTOCOL §5.2): she cannot open what was said before her, and nothing is skipped."""
    rooms = [frame.raw for frame in frames(of(12), "Ada") if frame.type == FrameType.ROOM]
    places = [(int.from_bytes(raw[4:8], "big"), int.from_bytes(raw[8:16], "big")) for raw in rooms]
    epoch = places[0][0]
    assert epoch > 1 and places == [(epoch, index) for index in range(3)]
