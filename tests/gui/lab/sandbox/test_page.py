"""The sandbox by hand: real rooms, real keys, and what the window says of them."""

from __future__ import annotations

import tempfile
import tkinter as tk
from pathlib import Path

import pytest

from gui.app import _show_laboratory, open_first_page, open_window
from gui.lab.sandbox.page import TAP_WIDTH, SandboxPage
from gui.start.role_page import RolePage
from gui.window import Window
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.sandbox.folder import PREFIX
from netcore.options import Options
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.room.pages import words
from tests.gui.waiting import pump


def text_of(widget: tk.Misc) -> str:
    return "\n".join(words(widget))


@with_xdotool
def test_from_the_first_attack_to_its_verdict_by_keyboard(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    lab.press(page.tap.tiles["flip"], "Return")
    lab.until(lambda: "Armed" in text_of(page.tap))
    lab.ready()
    lab.say("Ada", "pay")
    lab.until(lambda: page.verdict.heading["text"] == "Caught by the tag")
    lab.until(lambda: "Ada came back by herself" in text_of(page.verdict))
    lab.until(lambda: "pay" in lab.transcript("Ben"))
    assert "5.1" in text_of(page.verdict) and "Turned one bit" in text_of(page.verdict)
    text = page.verdict.bytes.text
    lit = text.tag_ranges("lit")
    assert len(lit) == 4, "one byte before, one after"
    assert text.get(*lit[:2]) != text.get(*lit[2:])
    page.verdict.again.invoke()
    lab.until(lambda: page.sandbox.version == "1.2" and page.sandbox.ready)
    lab.until(lambda: page.verdict.heading["text"] == "Nothing noticed")
    assert "qay Ben five" in lab.transcript("Ben")


def test_the_attacked_frame_stays_in_sight_with_its_verdict(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    table = page.tap.table

    def say(name: str, text: str) -> None:
        conversation = page.chairs[name].conversation
        assert conversation is not None
        conversation.composer.field.value = text
        conversation.composer.send_written()

    def attacked() -> int:
        return next(index for index in range(len(page.tap.rows)) if page.tap._cells(index).tag == "attacked")

    def in_sight(index: int) -> bool:
        return table.top <= index < table.top + table._whole_lines()

    page.tap.tiles["flip"].invoke()
    page.tap.button.invoke()
    lab.ready()
    say("Ada", "pay")
    lab.until(lambda: "Ada came back by herself" in text_of(page.verdict))
    for number in range(6):  # a new connection, and more on it than the table has lines
        say("Ben", f"hello {number}")
    lab.until(lambda: "hello 5" in lab.transcript("Ada"))
    lab.until(lambda: len(page.tap.rows) > attacked() + table._whole_lines())
    assert in_sight(attacked())
    page.tap.table.select(len(page.tap.rows) - 1)
    assert not in_sight(attacked()), "the person looks at another one"
    page.verdict.back.command()
    assert in_sight(attacked())
    table.scroll(len(page.tap.rows))
    say("Ben", "bye")
    lab.until(lambda: "bye" in lab.transcript("Ada"))
    assert in_sight(len(page.tap.rows) - 1), "who goes to the newest one follows it again"


@pytest.mark.parametrize(("zoom", "size"), [(100, "1280x704"), (100, "900x600"), (150, "1400x900"),
                                            (150, "1590x1060")])
def test_the_tap_has_room_for_two_frames_at_least(laboratory: Laboratory, zoom: int, size: str) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.look.set_zoom(zoom)
    lab.window.root.geometry(size)
    wide, high = map(int, size.split("x"))
    lab.until(lambda: (page.winfo_width(), page.winfo_height()) == (wide, high))
    tap = page.tap
    lab.until(lambda: tap.table.tree.winfo_height() >= tap.table.height_of(2))
    assert tap.lab.winfo_viewable() and tap.button.winfo_viewable()
    named = tap.head is not None and tap.head.winfo_viewable()
    assert named != (tap.table.tree.heading("kind")["text"] == "Mallory’s tap"), "named, and once"


@with_xdotool
def test_a_lesson_by_keyboard(laboratory: Laboratory) -> None:
    """Opened, ticked by what is done, gone on with by Next, and shown again by its tick."""
    lab, page = laboratory, laboratory.page
    column = page.lessons
    lab.press(column.rows[6], "Return")
    lab.until(lambda: column.lesson is not None and column.lesson.number == 7)
    lab.ready()
    assert column.next.instate(["disabled"])
    assert column.card is not None and column.card.turn is not None and column.card.entry is not None
    lab.press(column.card.turn, "Return")
    lab.until(lambda: "qay Ben five" in text_of(column))
    lab.keyboard.focus(column.card.entry)
    lab.keyboard.press("q", "a", "y", "Return")
    lab.until(lambda: column.ticks[0] is not None)
    lab.press(column.next, "Return")
    lab.until(lambda: column.at == 1)
    lab.press(column.card.choices[1], "space")
    assert column.card.lock is not None
    lab.press(column.card.lock, "Return")
    lab.until(lambda: column.ticks[1] is not None)
    assert "That is what bare encryption gave." in text_of(column), "a wrong answer has its own reply"
    lab.press(column.next, "Return")
    lab.until(lambda: column.at == 2)
    lab.press(page.tap.tiles["flip"], "Return")
    lab.until(lambda: "Armed" in text_of(page.tap))
    lab.ready()
    lab.say("Ada", "pay")
    lab.until(lambda: column.ticks[2] is not None and column.ticks[3] is not None)
    evidence = column.ticks[2]
    assert evidence is not None and evidence.frames
    page._evidence(evidence)
    assert evidence.words in text_of(page.verdict)
    for at in (3, 4, 5):
        lab.until(lambda: not column.next.instate(["disabled"]))
        lab.press(column.next, "Return")
        lab.until(lambda at=at: column.at == at)  # type: ignore[misc]
    assert lab.done == {3, 7}
    assert "the tag caught it" in text_of(column)


def test_hints_nudge_then_light_then_do_it(laboratory: Laboratory) -> None:
    lab, column = laboratory, laboratory.page.lessons
    column.rows[3].invoke()
    lab.ready()
    card = column.card
    assert card is not None and card.lock is not None
    card.choices[2].invoke()
    card.lock.invoke()
    lab.until(lambda: column.ticks[0] is not None)
    column.next.invoke()
    column.hint.invoke()
    assert "One frame comes in" in text_of(column)
    column.hint.invoke()
    assert column.card is not None
    assert any("Primary" in str(button["style"]) for button in column.card.controls)
    lab.until(lambda: lab.page.spotlight.lit is not None)
    column.hint.invoke()
    lab.until(lambda: column.ticks[1] is not None)
    column.next.invoke()
    lab.until(lambda: "(shown)" in text_of(column))


def test_the_man_in_the_middle_is_asked_about(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    page.tap.attack.set("own-keys")
    page.tap.button.invoke()
    lab.ready()
    page.lessons._actions.run(["reconnect Ada"])
    lab.until(lambda: "knows another key" in text_of(page.chairs["Ada"]))
    lab.until(lambda: page.verdict.heading["text"] == "Caught by the pinned key")
    page.chairs["Ada"].believe.event_generate("<Button-1>")
    lab.until(lambda: "knows another key" not in text_of(page.chairs["Ada"]))


@pytest.mark.parametrize("version", ["1.0", "1.2", "1.3"])
def test_the_same_people_in_an_old_version(laboratory: Laboratory, version: str) -> None:
    lab, page = laboratory, laboratory.page
    page.header.versions.buttons[version].invoke()
    lab.until(lambda: page.sandbox.version == version and page.sandbox.ready)
    lab.until(lambda: page.verdict.heading["text"] == "Nothing is attacked yet")
    conversation = page.chairs["Ada"].conversation
    assert conversation is not None
    conversation.composer.field.value = "pineapple"
    conversation.composer.send_written()
    lab.until(lambda: "pineapple" in lab.transcript("Ada"))
    if version != "1.0":
        lab.until(lambda: "pineapple" in lab.transcript("Ben"))
    lab.until(lambda: page.tap.rows)
    page.tap.word.insert(0, "pineapple")
    page.tap.search.invoke()
    assert ("nowhere" in text_of(page.tap)) == (version == "1.3")


def test_inside_of_any_end(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    for at in ("Ada", "Ben", "server"):
        page.inside.open(at)
    assert set(page.inside.windows) == {"Ada", "Ben", "server"}
    window = page.inside.windows["Ada"]
    lab.until(lambda: any(frame.type == 1 for frame in window.recording.frames))
    assert "loop" in page.inside.windows["server"].choice.buttons
    window.close()
    assert "Ada" not in page.inside.windows


def test_from_the_role_dialog_and_back(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    open_first_page(window)
    assert isinstance(window.page, RolePage)
    window.page.lab.event_generate("<Button-1>")
    pump(window.root, lambda: isinstance(window.page, SandboxPage))
    page = window.page
    assert isinstance(page, SandboxPage)
    pump(window.root, lambda: page.sandbox.ready)
    assert list(folder.glob(f"{PREFIX}*"))
    page.header.leave.invoke()
    pump(window.root, lambda: isinstance(window.page, RolePage))
    assert list(folder.glob(f"{PREFIX}*")) == []


def test_finished_lessons_are_kept_with_the_data_folder(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def opened(folder: str) -> tuple[Window, SandboxPage]:
        made = open_window(Options(role="lab", data_dir=tmp_path / folder))
        _show_laboratory(made, made.close)
        assert isinstance(made.page, SandboxPage)
        return made, made.page

    first, page = opened("one")
    page.lessons.done.add(7)
    page._lesson_done(LESSONS[6])
    first.destroy()
    again, page = opened("one")
    assert page.lessons.done == {7} and "1 of 10 finished." in text_of(page.lessons)
    again.destroy()
    elsewhere, page = opened("two")
    assert page.lessons.done == set()
    elsewhere.destroy()


@pytest.mark.parametrize("zoom", [100, 200])
def test_it_follows_theme_and_zoom_and_folds(laboratory: Laboratory, zoom: int) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.look.set_zoom(zoom)
    lab.window.look.set_palette("dark")
    lab.until(lambda: page.verdict.bytes.text["background"] == lab.window.look.palette.surface)
    page.fold()
    lab.until(lambda: not page.lessons.winfo_ismapped())
    page.fold()
    lab.until(page.lessons.winfo_ismapped)


def test_with_little_room_one_part_at_a_time(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    parts = {"Ada": page.chairs["Ada"], "tap": page.tap, "Ben": page.chairs["Ben"], "verdict": page.verdict}
    lab.until(lambda: all(part.winfo_ismapped() for part in parts.values()))
    conversation = page.chairs["Ada"].conversation
    assert conversation is not None
    composer = conversation.composer
    lab.until(lambda: composer.field.winfo_width() >= composer.winfo_width() - 20)  # a row of its own
    assert composer.button.winfo_y() > composer.field.winfo_y()
    lab.window.root.geometry("900x700")
    for name, part in parts.items():
        lab.until(page.parts.winfo_ismapped)
        page.parts.buttons[name].invoke()
        lab.until(part.winfo_ismapped)
        assert [other for other, one in parts.items() if one.winfo_ismapped()] == [name]
    lab.window.root.geometry("1280x820")
    lab.until(lambda: all(part.winfo_ismapped() for part in parts.values()))
    assert not page.parts.winfo_ismapped()


def test_beside_the_directions_the_field_gets_narrow_and_no_button(laboratory: Laboratory) -> None:
    lab, tap = laboratory, laboratory.page.tap
    lab.window.root.geometry("820x760")
    lab.page.parts.variable.set("tap")
    lab.until(lambda: lab.page._small and tap.winfo_viewable() and lab.page.winfo_width() == 820)
    whole = (tap.pin, tap.search, tap.way)
    lab.until(lambda: all(widget.winfo_width() >= widget.winfo_reqwidth() for widget in whole))
    assert tap.search.winfo_x() > tap.word.winfo_x()


def test_after_little_room_the_chairs_have_theirs_again(laboratory: Laboratory) -> None:
    lab, px = laboratory, laboratory.window.look.px
    ada, tap = lab.page.chairs["Ada"], lab.page.tap
    lab.window.root.geometry("900x820")
    lab.page.parts.variable.set("tap")
    lab.until(lambda: lab.page._small and tap.winfo_width() > px(500))
    lab.window.root.geometry("1280x820")
    lab.until(lambda: not lab.page._small and tap.winfo_width() == px(TAP_WIDTH))
    lab.until(lambda: ada.winfo_width() > px(280))
