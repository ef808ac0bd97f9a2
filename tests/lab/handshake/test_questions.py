"""Predictions: locked, each wrong answer with its reply, and nothing shown before (PROTOCOL §3)."""

from __future__ import annotations

import pytest

from netcore.lab.handshake.ladder import ladder
from netcore.lab.handshake.ledger import VALUE
from netcore.lab.handshake.questions import QUESTION, QUESTIONS, Predictions, Question


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_is_whole(question: Question) -> None:
    assert 3 <= len(question.answers) <= 4
    assert 0 <= question.right < len(question.answers)
    replies = [answer.reply for answer in question.answers]
    assert len(set(replies)) == len(replies)  # each has its own
    assert replies[question.right].startswith("Yes")
    assert not any(reply.startswith("Yes.") for i, reply in enumerate(replies) if i != question.right)
    for name in question.opens:
        assert VALUE[name].rung <= question.step, "what it opens is not there yet"


def test_every_step_has_a_question_and_no_value_waits_for_two() -> None:
    assert {question.step for question in QUESTIONS} == set(range(1, len(ladder()) + 1))
    opened = [name for question in QUESTIONS for name in question.opens]
    assert len(opened) == len(set(opened))
    assert [question.step for question in QUESTIONS] == sorted(question.step for question in QUESTIONS)


def test_an_answer_is_locked() -> None:
    predictions, z = Predictions(), QUESTION["z"]
    assert predictions.hidden("z") and predictions.hidden("c2s traffic")
    assert predictions.answer(z, 0)
    assert not predictions.answer(z, 2)
    assert predictions.chosen(z) == 0
    assert not predictions.hidden("z")
    assert not predictions.hidden("th2")  # nothing was asked of it


def test_a_skipped_one_stays_open_and_may_be_answered_later() -> None:
    predictions, z = Predictions(), QUESTION["z"]
    predictions.skip(z)
    assert predictions.hidden("z") and predictions.chosen(z) is None
    assert predictions.due(3) != z
    assert predictions.answer(z, 2)
    assert not predictions.hidden("z")
    predictions.skip(z)
    assert predictions.chosen(z) == 2


def test_what_is_due_comes_one_by_one() -> None:
    predictions = Predictions()
    assert predictions.due(0) is None
    asked = []
    for step in range(1, 7):
        while (question := predictions.due(step)) is not None:
            asked.append(question)
            predictions.answer(question, 0)
    assert tuple(asked) == QUESTIONS
    predictions.reset()
    assert predictions.due(1) is QUESTIONS[0]


def test_an_answer_that_is_none() -> None:
    with pytest.raises(ValueError, match="no answer 9"):
        Predictions().answer(QUESTION["z"], 9)
