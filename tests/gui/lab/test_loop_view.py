"""The Loop view: what the loop waits for, who is slow and why, turn by turn."""

from __future__ import annotations

import subprocess
import tkinter as tk

import pytest

from gui.lab.loop.strip import TURNS, heights
from gui.lab.loop.view import NOTHING, PAINT_MS, LoopView
from gui.lab.loop.words import HARD_BYTES, SOFT_BYTES, Socket, short_why, why
from netcore.engine import Freeze, LabSwitches
from netcore.trace import PeerKnown, RecordingEnded
from tests.gui.cast import ADA, BEN
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.conftest import Laboratory, OpenLab
from tests.gui.room.pages import words
from tests.gui.waiting import Pump
from tests.lab.scene import Scene, said


@pytest.fixture
def lab(open_lab: OpenLab) -> Laboratory:
    """The host's, with the loop in front."""
    made = open_lab(server=True)
    made.window.open_view("loop")
    return made


def loop(lab: Laboratory) -> LoopView:
    view = lab.window.view
    assert isinstance(view, LoopView)
    return view


def two_members(scene: Scene, lab: Laboratory) -> None:
    """Ada by connection 1, Ben by 2."""
    ben = Scene(server=True, connection=2, first_number=3)
    lab.tell([*scene.begin("10.0.0.2:40000"), PeerKnown(2, 1, 0.0, ADA.id), *ben.begin("10.0.0.3:40000"),
              PeerKnown(4, 2, 0.0, BEN.id)])
    scene.number = 5


def texts(canvas: tk.Canvas) -> list[str]:
    call, path = canvas.tk.call, str(canvas)
    return [str(call(path, "itemcget", item, "-text")) for item in canvas.find_all()
            if str(call(path, "type", item)) == "text"]


def paint(lab: Laboratory, pump: Pump) -> None:
    view = loop(lab)
    pump(lambda: view._painting is None)


def test_before_a_turn_it_says_what_one_is(lab: Laboratory) -> None:
    assert loop(lab).empty.text == " ".join(NOTHING)


def test_each_socket_is_a_row_with_what_waits_for_it_and_why(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 3 * 1024 * 1024}, {1: "r", 2: "w"}, ready=2, writes=5, commit_ms=5.8)])
    paint(lab, pump)
    view = loop(lab)
    shown = texts(view.sockets.canvas)
    for word in ("Ada", "Ben", "0 B", "3.0 MiB", "reads too slowly", "320 KiB", "4 MiB"):
        assert word in shown
    view.sockets.choose(1)
    assert view.name["text"] == "Ben"
    assert "Not read from until it has taken what waits" in str(view.why["text"])
    assert view._gauge_rows[0][0]["text"] == "3.0 MiB of 4 MiB"
    assert "5.8 ms" in words(view)


def test_time_without_progress_counts_while_a_queue_only_grows(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 100})])
    scene.now += 12
    lab.tell([scene.turn({1: 0, 2: 900})])
    paint(lab, pump)
    view = loop(lab)
    view.sockets.choose(1)
    assert view._gauge_rows[1][0]["text"] == "12 of 30 s"
    lab.tell([scene.turn({1: 0, 2: 500})])
    paint(lab, pump)
    assert view._gauge_rows[1][0]["text"] == "0 of 30 s"


def test_a_queue_that_begins_after_a_long_rest_has_waited_for_nothing_yet(
    lab: Laboratory, pump: Pump
) -> None:
    """As the server counts it: from when the queue began, not from the turn before that."""
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 0})])
    scene.now += 25
    lab.tell([scene.turn({1: 0, 2: 900})])
    paint(lab, pump)
    view = loop(lab)
    view.sockets.choose(1)
    assert view._gauge_rows[1][0]["text"] == "0 of 30 s"
    scene.now += 7
    lab.tell([scene.turn({1: 0, 2: 900})])
    paint(lab, pump)
    assert view._gauge_rows[1][0]["text"] == "7 of 30 s"


def test_an_earlier_turn_says_how_long_it_had_been_without_progress_then(
    lab: Laboratory, pump: Pump
) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    for queued in (0, 500, 900, 900, 300, 0):
        lab.tell([scene.turn({1: 0, 2: queued})])
        scene.now += 4
    paint(lab, pump)
    view = loop(lab)
    view.sockets.choose(1)
    said = []
    for _ in range(6):
        view.step(-1)
        said.append(str(view._gauge_rows[1][0]["text"]))
    assert said == [f"{seconds} of 30 s" for seconds in (0, 0, 8, 4, 0, 0)]


def test_how_far_back_a_turn_is_counts_from_the_newest(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0}) for _ in range(300)])
    paint(lab, pump)
    view = loop(lab)
    for _ in range(200):
        view.step(-1)
    assert view._place["text"] == "turn 101, 199 back"


def test_painted_anew_the_strip_says_the_same(lab: Laboratory, pump: Pump) -> None:
    """Also of the first turn shown: how long the loop had waited since the one before."""
    scene = Scene(server=True)
    two_members(scene, lab)
    for _ in range(TURNS + 1):
        scene.now += 5
        lab.tell([scene.turn({1: 0})])
    paint(lab, pump)
    strip = loop(lab).strip
    first = [strip.coords(item) for item in strip._bars[0]]
    strip._build()
    assert [strip.coords(item) for item in strip._bars[0]] == first


def test_stepping_goes_through_the_recording_while_it_goes_on(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: n}) for n in range(5)])
    paint(lab, pump)
    view = loop(lab)
    view.step(-1)
    assert view._place["text"] == "turn 5, 0 back"
    view.step(-1)
    assert [one.queued_bytes for one in view.sockets.sockets] == [3]
    lab.tell([scene.turn({1: 77})])
    paint(lab, pump)
    assert [one.queued_bytes for one in view.sockets.sockets] == [3]
    assert view._place["text"] == "turn 4, 2 back"
    view.live()
    assert [one.queued_bytes for one in view.sockets.sockets] == [77]


def test_sixty_turns_are_shown_and_older_ones_are_reached_by_stepping(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0}) for _ in range(150)])
    paint(lab, pump)
    view = loop(lab)
    assert len(view._shown()[0]) == TURNS
    for _ in range(100):
        view.step(-1)
    assert view.at == 51


@with_xdotool
def test_the_keyboard_chooses_freezes_and_steps(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 0}) for _ in range(3)])
    paint(lab, pump)
    view = loop(lab)

    def press(widget: tk.Misc, *keys: str) -> None:
        widget.focus_force()
        pump(lambda: widget.focus_get() is widget)
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=20)

    press(view.sockets.canvas, "Down")
    pump(lambda: view.sockets.chosen == 2)
    press(view.sockets.canvas, "f")
    pump(lambda: lab.diary.commands == [Freeze(BEN.id, True)])
    lab.window.show_switches(LabSwitches(frozen=frozenset([BEN.id])), ["Lab: 1 frozen"])
    assert view.freeze_button["text"] == "Thaw Ben"
    assert "frozen" in texts(view.sockets.canvas)
    press(view.sockets.canvas, "space")
    pump(lambda: lab.diary.commands[1:] == [Freeze(BEN.id, False)])
    press(view.strip, "Left")
    pump(lambda: view.at == 3)
    press(view.strip, "End")
    pump(lambda: view.at is None)
    press(view.sockets.canvas, "alt+Left", "alt+Left")
    pump(lambda: view.at == 2)
    press(view.sockets.canvas, "Escape")
    pump(lambda: view.at is None)


def test_a_click_on_freeze_freezes_that_row(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 0})])
    paint(lab, pump)
    canvas = loop(lab).sockets.canvas
    x, y = canvas.coords(canvas.find_withtag("switch")[1])
    canvas.event_generate("<ButtonPress-1>", x=int(x) - 5, y=int(y))
    assert lab.diary.commands == [Freeze(BEN.id, True)]


def test_beside_a_frozen_member_stand_the_others_delivery_times(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([*scene.say(1, "hello"), *scene.carried([scene.room_record(said(1, "hello"))])])
    ben = Scene(server=True, connection=2, first_number=scene.number)
    ben.now = scene.now + 20
    lab.tell(ben.said(1, "hello"))
    scene.number = ben.number
    view = loop(lab)
    lab.window.show_switches(LabSwitches(frozen=frozenset([BEN.id])), ["Lab: 1 frozen"])
    lab.tell([scene.turn({1: 0, 2: 300})])
    paint(lab, pump)
    assert str(view.others["text"]).startswith("Delivered in 10 ms (median), 10 ms at worst")


def test_it_paints_ten_times_a_second_at_most_and_not_out_of_sight(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    view = loop(lab)
    view.take([scene.turn({1: 0})])
    waiting = view._painting
    assert waiting is not None
    assert PAINT_MS >= 100
    view.take([scene.turn({1: 0})])
    assert view._painting == waiting
    pump(lambda: view._painting is None)
    lab.window.open_view("wire")
    view.take([scene.turn({1: 0})])
    assert view._painting is None


def test_a_connection_that_ended_has_no_row(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    two_members(scene, lab)
    lab.tell([scene.turn({1: 0, 2: 50})])
    after = Scene(first_number=scene.number + 1)
    lab.tell([RecordingEnded(scene.number, 2, scene.now), after.turn({1: 0})])
    paint(lab, pump)
    assert "Ben" not in texts(loop(lab).sockets.canvas)


def test_five_hundred_sockets_are_painted_as_far_as_they_are_seen(lab: Laboratory, pump: Pump) -> None:
    scene = Scene(server=True)
    lab.tell([scene.turn(dict.fromkeys(range(1, 501), 0))])
    paint(lab, pump)
    view = loop(lab)
    assert len(view.sockets.canvas.find_all()) < 40 * 12
    view.sockets.choose(499)
    assert "#500" in texts(view.sockets.canvas)


def socket(queued: int = 0, interest: str = "r", frozen: bool = False) -> Socket:
    return Socket(1, "Ben", BEN.id, interest, queued, frozen)


@pytest.mark.parametrize(("one", "sentence", "short"), [
    (socket(), "Nothing waits", ""),
    (socket(400, "rw"), "kernel’s buffer is full", "catching up"),
    (socket(0, ""), "faster than its share", "sends too fast"),
    (socket(SOFT_BYTES + 1, "w"), "must not ask faster", "reads too slowly"),
    (socket(HARD_BYTES, "", frozen=True), "Frozen from here", "frozen"),
])
def test_why_a_socket_is_slow(one: Socket, sentence: str, short: str) -> None:
    assert sentence in why(one)
    assert short_why(one) == short


def test_a_short_commit_is_seen_and_a_long_one_fits() -> None:
    scene = Scene()
    short = heights(scene.turn({}, commit_ms=1.0), 0.0)[2]
    long = heights(scene.turn({}, commit_ms=5_000.0), 0.0)[2]
    assert 0.08 <= short < long == 1.0
    assert heights(scene.turn({}, commit_ms=0.0), 0.0)[2] == 0.0


@pytest.mark.parametrize("width", [480, 620, 860, 1200])
def test_in_any_width_the_parts_of_a_turn_can_be_read(open_lab: OpenLab, pump: Pump, width: int) -> None:
    made = open_lab(server=True, size=f"{width}x700+0+0")
    made.window.open_view("loop")
    scene = Scene(server=True)
    made.tell([*scene.begin(), scene.turn({1: 0}, ready=2, writes=5, commit_ms=15.8)])
    view = loop(made)
    paint(made, pump)
    pump(lambda: view._cards[-1].winfo_viewable())
    pump()
    for name, number, told in view._boxes:
        assert told.winfo_width() >= told.winfo_reqwidth(), told["text"]
        assert number.winfo_rootx() >= name.winfo_rootx() + name.winfo_width(), name["text"]
