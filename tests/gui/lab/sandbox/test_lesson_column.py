"""The lessons' column with real rooms: hints that show where, a lesson that plays itself, progress."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator

import pytest

from gui.lab.handshake.view import HandshakeView
from gui.lab.sandbox import lesson_column
from gui.lab.sandbox.lesson_column import LessonColumn
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import NOTED, Evidence, Lesson, Task
from netcore.trace import Person
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.lab.sandbox.test_stillness import text_of

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: str(one.number))


def tasks(lesson: Lesson) -> Iterator[tuple[int, Task]]:
    for place, step in enumerate(lesson.steps):
        if isinstance(step, Task):
            yield place, step


def stand_at(column: LessonColumn, place: int) -> None:
    """As if the steps before were done."""
    assert column.course is not None
    column.course.at, column.course.hints = place, 0
    column.card = None
    column._rebuild()


@pytest.mark.parametrize("size", ["1280x820", "900x700"])
def test_where_lights_the_control_of_every_hint(laboratory: Laboratory, size: str) -> None:
    lab, page = laboratory, laboratory.page
    column = page.lessons
    lab.window.root.geometry(size)
    for lesson in LESSONS:
        column.open(lesson)
        lab.ready()
        for place, step in tasks(lesson):
            stand_at(column, place)
            lab.keyboard.focus(column.hint)
            column.hint.invoke()
            assert step.hints.nudge in text_of(column)
            page.spotlight.clear()
            lab.until(lambda: page.focus_get() is not None)
            column.hint.invoke()
            lab.until(lambda: page.spotlight.lit is not None)
            lit = page.spotlight.lit
            assert lit is not None, (lesson.number, step.name)
            lab.until(lit.winfo_viewable)
            lab.until(lambda lit=lit: page.focus_get() is lit)  # type: ignore[misc]
            assert len([side for side in page.spotlight._sides if side.winfo_manager()]) == 4
            assert column.hint["text"] == "Do it for me"


@lessons
def test_two_clicks_play_a_lesson_to_its_end(
    laboratory: Laboratory, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson_column, "PLAY_LOOK_MS", 20)
    monkeypatch.setattr(lesson_column, "READ_S", 0.0)
    monkeypatch.setattr(lesson_column, "READ_CHAR_S", 0.0)
    lab, page = laboratory, laboratory.page
    column = page.lessons
    column.rows[lesson.number - 1].invoke()
    column.player.invoke()
    lab.until(lambda: column.at == len(lesson.steps))
    lab.until(lambda: not is_playing(column))
    assert lesson.shown in text_of(column)
    assert "Do it yourself, and it counts" in text_of(column)
    assert lab.done == frozenset(), "what was played was not finished by anybody"
    assert not page.sandbox.trouble


def test_played_steps_have_time_to_be_read_and_a_lesson_takes_less_than_three_minutes() -> None:
    for lesson in LESSONS:
        reading_s = sum(lesson_column.READ_S + lesson_column.READ_CHAR_S * len(step.text)
                        for step in lesson.steps) * 2
        assert 20 < reading_s < 150, lesson.number


def is_playing(column: LessonColumn) -> bool:
    return column._playing is not None


def test_playing_can_be_stopped(laboratory: Laboratory) -> None:
    lab, column = laboratory, laboratory.page.lessons
    column.rows[0].invoke()
    lab.ready()
    column.player.invoke()
    assert is_playing(column)
    column.player.invoke()
    assert not is_playing(column) and column.at == 0
    column.show_list()
    assert column.rows[0].winfo_exists()


def test_a_lesson_that_is_over_shows_what_was_shown_and_keeps_a_note(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, page = laboratory, laboratory.page
    monkeypatch.setattr(page, "_tick", lambda: None)  # nothing was really done
    column = page.lessons
    lesson = LESSONS[9]
    column.open(lesson)
    lab.ready()
    column.ticks = tuple(Evidence(f"Proof {place}.") for place in range(len(lesson.steps)))
    assert column.course is not None
    column.course.hints_given = 1
    column.course.at = len(lesson.steps) - 1
    column.go_on()
    told = text_of(column)
    assert f"All {len(lesson.steps)} steps" in told and "one hint" in told and lesson.shown in told
    for place, _ in tasks(lesson):
        assert f"Proof {place}." in told
    assert 10 in lab.done
    column.note.insert(0, "z is gone")
    column._keep_note()
    lab.until(lambda: any(isinstance(one.event, Person) and one.event.what == NOTED
                          and one.event.data == {"lesson": 10, "text": "z is gone"}
                          for one in page.sandbox.seen))
    assert "Kept." in text_of(column)
    column.show_list()
    assert "2 of 10 finished." in text_of(column)


def test_what_is_typed_wrong_gets_its_answer_and_stays(laboratory: Laboratory) -> None:
    lab, column = laboratory, laboratory.page.lessons
    column.open(LESSONS[6])
    lab.ready()
    card = column.card
    assert card is not None and card.entry is not None
    card.entry.insert(0, "pax")
    lab.keyboard.focus(card.entry)
    card.entry.event_generate("<Return>")
    lab.until(lambda: "Turn the last bit of the first byte only." in text_of(column))
    column._rebuild()  # as when another step is ticked
    again = column.card
    assert again is not None and again is not card and again.entry is not None
    assert again.entry.get() == "pax"
    assert "Turn the last bit of the first byte only." in text_of(column)
    again.entry.delete(0, "end")
    again.entry.insert(0, "qay")
    lab.keyboard.focus(again.entry)
    again.entry.event_generate("<Return>")
    lab.until(lambda: column.ticks[0] is not None)
    assert "Turn the last bit of the first byte only." not in text_of(column)


def test_a_choice_that_is_not_locked_yet_stays(laboratory: Laboratory) -> None:
    lab, column = laboratory, laboratory.page.lessons
    column.open(LESSONS[4])
    lab.ready()
    stand_at(column, 1)  # several answers
    assert column.card is not None and column.card.lock is not None
    column.card.lock.invoke()
    assert "Choose an answer first." in text_of(column)
    column.card.choices[2].invoke()
    column.card.choices[4].invoke()
    column._rebuild()
    assert column.card.kept().chosen == (2, 4)


def test_two_fingerprints_side_by_side(laboratory: Laboratory) -> None:
    from gui.widgets.fingerprint_picture import FingerprintPicture, fingerprint_groups

    lab, page = laboratory, laboratory.page
    column = page.lessons
    column.open(LESSONS[8])
    lab.ready()
    page.lessons._actions.run(("new Ada", "order /own-keys", "reconnect Ada"))
    lab.until(lambda: not page.sandbox.busy and page._fingerprints()[0])
    stand_at(column, 3)
    shown, own = page._fingerprints()
    assert shown and own and shown != own

    def pictures(widget: tk.Misc) -> list[FingerprintPicture]:
        found = [child for child in widget.winfo_children() if isinstance(child, FingerprintPicture)]
        for child in widget.winfo_children():
            found += pictures(child)
        return found

    lab.until(lambda: len(pictures(column)) == 2 and all(one.winfo_ismapped() for one in pictures(column)))
    left, right = pictures(column)
    assert (left._fp, right._fp) == (shown, own)
    assert left.winfo_rooty() == right.winfo_rooty() and left.winfo_rootx() < right.winfo_rootx()
    told = text_of(column)
    for fingerprint in (shown, own):
        assert all(group in told for group in fingerprint_groups(fingerprint)[:2] if len(group) == 4)
    assert column.card is not None
    alike = next(button for button in column.card.controls if "alike" in str(button["text"]))
    alike.invoke()
    assert "Look again" in text_of(column)
    different = next(button for button in column.card.controls if "different" in str(button["text"]))
    different.invoke()
    lab.until(lambda: column.ticks[3] is not None)


@pytest.mark.parametrize("meeting", [(), ("new Ada", "reconnect Ada")], ids=["no question", "the host’s"])
def test_without_mallory_there_is_nothing_that_differs(
    laboratory: Laboratory, meeting: tuple[str, ...]
) -> None:
    lab, page = laboratory, laboratory.page
    column = page.lessons
    column.open(LESSONS[8])
    lab.ready()
    page.lessons._actions.run(meeting)
    lab.until(lambda: not page.sandbox.busy and bool(page._fingerprints()[0]) == bool(meeting))
    stand_at(column, 3)
    assert column.card is not None
    for words in ("different", "alike"):
        button = next(one for one in column.card.controls if words in str(one["text"]))
        button.invoke()
        assert "Mallory was not in between" in text_of(column)
    page.lessons._actions.run(("say Ben hello",))
    lab.until(lambda: not page.sandbox.busy)
    assert column.ticks[3] is None


def test_the_tap_s_pieces_tick_the_second_lesson(laboratory: Laboratory) -> None:
    """Split and join do what the two knives do, on the way."""
    lab, page = laboratory, laboratory.page
    column = page.lessons
    column.open(LESSONS[1])
    lab.ready()
    page.tap.choose("split")
    page.tap.way.variable.set("down")
    page.tap.option.insert(0, "2")
    page.tap.button.invoke()
    lab.ready()
    page.lessons._actions.run(("say Ben hello",))
    lab.until(lambda: column.ticks[1] is not None)
    lab.ready()
    page.tap.choose("join")
    page.tap.button.invoke()
    lab.ready()
    page.lessons._actions.run(("say Ben one", "say Ben two", "say Ben three"))
    lab.until(lambda: column.ticks[2] is not None)
    assert page.verdict.heading["text"] == "Nothing can notice"


def test_what_is_done_in_the_handshake_view_ticks_the_sixth_lesson(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    column = page.lessons
    column.open(LESSONS[5])
    lab.ready()
    assert column.card is not None
    column.card.controls[0].invoke()  # reconnect and record
    lab.until(lambda: column.ticks[0] is not None)
    lab.ready()
    stand_at(column, 2)
    assert column.card is not None
    column.card.controls[0].invoke()
    view = page.inside.windows["Ada"].view
    assert isinstance(view, HandshakeView)
    lab.until(lambda: view.recording is not None and view.recording.from_start and view.recording.done)
    assert column.ticks[2] is None and view.recording is not None
    while view.question.asking or view.step < view.recording.last_step:
        if view.question.asking:
            assert column.ticks[2] is None, "there is a question left"
            view.question.radios[0].invoke()  # right or wrong
            view.question._answer()
        else:
            view.next()
    lab.until(lambda: column.ticks[2] is not None)
    stand_at(column, 4)
    assert column.ticks[4] is None
    value = next(value for value in view.ledger.values if value.name == "th2")
    view._value_chosen(value)
    view.values.run_button.invoke()
    assert "It printed" in str(view.values.result["text"])
    lab.until(lambda: column.ticks[4] is not None)
