"""The lessons' checks: what was asked ticks, also after mistakes; ordinary chat and silence do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcore.lab.handshake.questions import QUESTION
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import (
    Evidence,
    Hints,
    Lesson,
    Prediction,
    Seen,
    Task,
    step_evidence,
    ticks,
)
from netcore.lab.lessons.the_tag import pay_becomes_qay
from netcore.lab.tap_events import Overheard
from netcore.net.api.events import TrustAsked
from netcore.trace import Defence, FrameSeen, HandshakeValue
from netcore.wire.framing import FrameType
from tests.lab.lessons.traces import (
    answers,
    attacked,
    bare,
    chat,
    chunk,
    connected,
    disconnected,
    frame,
    invite_mismatch,
    ordinary_chat,
    person,
    pin,
    refused,
    shuffled_in,
    turn,
    typed,
)

OAEP = bytes([3, 0, 1, 32]) + b"\xab\xcd" + bytes(8)
HELLOS = (
    frame("Ada", "out", FrameType.CLIENT_HELLO, 0, connection=7),
    frame("Ada", "in", FrameType.SERVER_HELLO, 0, connection=7),
    frame("Ada", "out", FrameType.CLIENT_KEY_EXCHANGE, 1, connection=7, raw=OAEP),
    frame("Ada", "in", FrameType.SERVER_FINISHED, 1, connection=7),
)
SECRET = Seen("Ada", HandshakeValue(0, 7, 0.0, "ClientKeyExchange", "pre_secret", bytes(32), True, "f"))
FIRST_CONTACT = Seen("Ada", TrustAsked("127.0.0.1:5050", b"m" * 32, b"", 0, ""))
KEY_CHANGED = Seen("Ada", TrustAsked("127.0.0.1:5050", b"m" * 32, b"k" * 32, 1, "Lab"))

SOLUTIONS: dict[int, list[Seen]] = {
    1: [
        bare(b"{}{}", "JSONDecodeError: Extra data: line 1 column 3 (char 2)"),
        bare(b'{"te', "JSONDecodeError: Unterminated string starting at: line 1 column 2 (char 1)"),
    ],
    2: [
        chunk("Ada", "in", 5000, 2),
        chunk("Ada", "in", 5002, 98),
        frame("Ada", "in", FrameType.ROOM, 50, {"t": "said"}, offset=5000, chunk=2001),
        chunk("Ada", "in", 5100, 200),
        frame("Ada", "in", FrameType.ROOM, 51, {"t": "said"}, offset=5100, chunk=2003),
        frame("Ada", "in", FrameType.ROOM, 52, {"t": "said"}, offset=5200, chunk=2003),
        typed(2, "end", "5300"),
    ],
    3: [
        *(
            one
            for n in range(12)
            for one in (turn(c1=0, c2=90_000, c3=0), frame("Ben", "in", FrameType.ROOM, n, {"t": "said"}))
        ),
        turn(c1=0, c2=90_000, c3=0),
        turn(c1=0, c2=0, c3=0),
    ],
    4: [
        frame("server", "in", FrameType.DIRECT, 30, {"t": "say"}, connection=1),
        frame("server", "out", FrameType.ROOM, 30, {"t": "said"}, connection=1),
        frame("server", "out", FrameType.ROOM, 31, {"t": "said"}, connection=2),
        frame("server", "in", FrameType.DIRECT, 33, {"t": "send_whisper"}, connection=1),
        frame("server", "out", FrameType.DIRECT, 34, {"t": "whisper"}, connection=2),
        pin("server", 2, "out", 34),
    ],
    5: [
        bare(b'{"text": "pineapple"}'),
        pin("bare", 0, "in", 0),
        person("search", where="today", word="pineapple", found=0),
    ],
    6: [
        *HELLOS,
        SECRET,
        *(person("prediction", view="handshake", question=name, answer=(0,)) for name in QUESTION),
        typed(6, "digits", "AB cd"),
        person("checked", value="th2", matches=True),
    ],
    7: [
        typed(7, "bare", "qay"),
        attacked("flip", "up"),
        refused("server", Defence.TAG),
        disconnected("Ada"),
        connected("Ada"),
        chat("Ben", "pay Ben five", 90),
    ],
    8: [
        attacked("replay", "down", FrameType.ROOM, 60),
        refused("Ada", Defence.STAMP, 61),
        pin("tap", 1, "down", 60),
        attacked("swap", "down", FrameType.ROOM, 70),
        refused("Ada", Defence.STAMP, 70),
    ],
    9: [
        attacked("own-keys", "up"),
        *HELLOS[:2],
        refused("Ada", Defence.PINNED_KEY, 0, connection=7),
        KEY_CHANGED,
        FIRST_CONTACT,
        connected("Ada"),
        Seen("tap", Overheard(3, "up", "Ada", "nobody hears this")),
        person("observation", lesson=9, step="compare", answer="different"),
        disconnected("Ada", invite_mismatch()),
    ],
    10: [
        person("yesterday", recording="1.3", opened=True, missing=""),
        person("yesterday", recording="today", opened=False, missing="z"),
    ],
}
"""The tasks of each lesson, done; the questions are answered by `answers`."""

MISTAKES: list[Seen] = [
    attacked("flip", "down", FrameType.ROOM, 3),
    refused("Ada", Defence.STAMP, 3),
    attacked("drop", "up"),
    disconnected("Ada"),
    connected("Ada"),
    typed(2, "end", "17"),
    typed(6, "digits", "0300"),
    typed(7, "bare", "pax"),
    pin("server", 9, "in", 9),
    person("search", where="1.2", word="pineapple", found=1),
    person("checked", value="th2", matches=False),
    person("yesterday", recording="1.3", opened=False, missing="key"),
    person("yesterday", recording="today", opened=False, missing="pre_secret"),
    bare(b"x" * 3, "KeyError: 'username'", 900),
    FIRST_CONTACT,
]

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: str(one.number))


def tasks(lesson: Lesson) -> list[Task]:
    return [step for step in lesson.steps if isinstance(step, Task)]


def done_tasks(lesson: Lesson, seen: list[Seen]) -> list[str]:
    return [step.name for step in tasks(lesson) if step_evidence(lesson, step, seen) is not None]


def is_done(lesson: Lesson, seen: list[Seen]) -> bool:
    return None not in ticks(lesson, seen)


@lessons
def test_a_solution_ticks_every_step(lesson: Lesson) -> None:
    assert is_done(lesson, [*SOLUTIONS[lesson.number], *answers(lesson)])


@pytest.mark.parametrize("text", ["qay", " Qay ", "qay Ben five"])
def test_what_comes_out_may_be_typed_as_it_is_read(text: str) -> None:
    assert pay_becomes_qay([typed(7, "bare", text)]) is not None


@pytest.mark.parametrize("text", ["pay", "qa", "qayak", ""])
def test_another_word_does_not_come_out(text: str) -> None:
    assert pay_becomes_qay([typed(7, "bare", text)]) is None


@lessons
def test_nothing_done_ticks_nothing(lesson: Lesson) -> None:
    assert set(ticks(lesson, [])) == {None}


@lessons
def test_ordinary_chat_ticks_nothing(lesson: Lesson) -> None:
    assert set(ticks(lesson, ordinary_chat())) == {None}


@lessons
def test_mistakes_tick_nothing_and_take_nothing_away(lesson: Lesson) -> None:
    assert done_tasks(lesson, MISTAKES) == []
    solution = [*MISTAKES, *SOLUTIONS[lesson.number], *answers(lesson)]
    assert is_done(lesson, solution)
    assert is_done(lesson, [*solution, *MISTAKES])


@lessons
def test_other_peoples_chat_in_between_does_not_matter(lesson: Lesson) -> None:
    talk = [one for one in ordinary_chat() if not isinstance(one.event, FrameSeen)]
    talk = [one for one in talk if one.at in ("Ben", "server") and type(one.event).__name__ == "Chat"]
    assert is_done(lesson, shuffled_in([*SOLUTIONS[lesson.number], *answers(lesson)], talk))


@lessons
def test_every_event_of_a_solution_is_needed_somewhere(lesson: Lesson) -> None:
    """Else the trace above would not show what the checks ask for: each task has one event without which it
    is open."""
    solution = SOLUTIONS[lesson.number]
    needed: set[str] = set()
    for i in range(len(solution)):
        rest = [*solution[:i], *solution[i + 1 :]]
        needed |= {step.name for step in tasks(lesson)} - set(done_tasks(lesson, rest))
    # Lesson 3 counts: one frame or turn more or less is nothing to it.
    assert needed == {step.name for step in tasks(lesson)} or lesson.number == 3


@lessons
def test_a_tick_shows_what_proves_it(lesson: Lesson) -> None:
    for step in tasks(lesson):
        evidence = step_evidence(lesson, step, SOLUTIONS[lesson.number])
        assert isinstance(evidence, Evidence)
        assert evidence.words.endswith((".", "\u201d", "pineapple.")), evidence.words


@lessons
def test_questions_have_believable_answers_each_with_its_own_reply(lesson: Lesson) -> None:
    questions = [step for step in lesson.steps if isinstance(step, Prediction)]
    assert questions, "who has said what they expect sees it better"
    for question in questions:
        replies = [answer.reply for answer in question.answers]
        assert len(set(replies)) == len(replies) >= 3
        assert question.right <= set(range(len(replies)))
        assert question.right and len(question.right) < len(replies)
        for i, reply in enumerate(replies):
            assert reply.startswith("Yes") == (i in question.right), reply


@lessons
def test_a_wrong_answer_ticks_too_and_is_not_praised(lesson: Lesson) -> None:
    for step in lesson.steps:
        if isinstance(step, Prediction):
            wrong = min(set(range(len(step.answers))) - step.right)
            seen = [person("prediction", lesson=lesson.number, step=step.name, answer=(wrong,))]
            right = [person("prediction", lesson=lesson.number, step=step.name, answer=tuple(step.right))]
            evidence = step_evidence(lesson, step, seen)
            assert evidence is not None and evidence != step_evidence(lesson, step, right)
            # Locked: what is said later does not count.
            assert step_evidence(lesson, step, [*seen, *right]) == evidence


def test_they_are_ten_in_order_with_names_of_their_own() -> None:
    assert [lesson.number for lesson in LESSONS] == list(range(1, 11))
    for lesson in LESSONS:
        names = [step.name for step in lesson.steps]
        assert len(set(names)) == len(names)


def test_sentences_are_short() -> None:
    for lesson in LESSONS:
        texts = [lesson.goal, lesson.shown, *(step.text for step in lesson.steps)]
        for step in lesson.steps:
            if isinstance(step, Prediction):
                texts += [answer.reply for answer in step.answers]
        for text in texts:
            for sentence in text.replace(":", ".").replace("?", ".").replace(";", ".").split(". "):
                assert len(sentence.split()) <= 26, sentence


def test_own_keys_at_a_known_server_must_send_nothing_more() -> None:
    lesson = LESSONS[8]
    went_on = [*SOLUTIONS[9][:2], HELLOS[2], *SOLUTIONS[9][2:]]
    assert "known" in done_tasks(lesson, SOLUTIONS[9])
    assert "known" not in done_tasks(lesson, went_on)


def test_a_line_that_came_twice_is_not_whole_again() -> None:
    lesson = LESSONS[6]
    twice = [*SOLUTIONS[7], chat("Ben", "pay Ben five", 91)]
    assert "back" in done_tasks(lesson, SOLUTIONS[7])
    assert "back" not in done_tasks(lesson, twice)


def test_hints_end_in_what_the_laboratory_can_do() -> None:
    for lesson in LESSONS:
        for task in tasks(lesson):
            assert isinstance(task.hints, Hints) and task.hints.nudge
            assert replace(task.hints, nudge="") != task.hints
