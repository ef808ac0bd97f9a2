"""The Handshake view as a learner uses it: questions first, nothing lost on the way back, secrets covered."""

from __future__ import annotations

import subprocess
import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import ttk

import pytest

from gui.lab.handshake import view as module
from gui.lab.handshake.ledger_paper import ASKED, SKIPPED
from gui.lab.handshake.view import FORGOTTEN, NOTHING, RECONNECT, RECONNECTING, HandshakeView
from gui.look.look import Look
from netcore.engine import ForgetSecrets, ReconnectAndRecord
from netcore.lab.handshake.check_yourself import run_lines
from netcore.lab.handshake.ladder import Party, State, ladder
from netcore.lab.handshake.ledger import VALUE, VALUES
from netcore.lab.handshake.questions import QUESTION, QUESTIONS
from netcore.trace import Defence, Forgotten, PeerKnown, TraceEvent
from tests.gui.cast import BEN
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.canvases import check_nothing_is_cut, words_on
from tests.gui.lab.conftest import Laboratory, OpenLab
from tests.gui.waiting import Pump
from tests.lab.handshake.handshakes import ALERT, refusal, tell, whole

Opened = Callable[..., tuple[Laboratory, HandshakeView]]


@pytest.fixture
def opened(open_lab: OpenLab, pump: Pump) -> Opened:
    """opened(events): a laboratory that has recorded these, and its view of the handshake."""

    def run(events: Sequence[TraceEvent] = (), server: bool = False,
            size: str = "1200x780+0+0") -> tuple[Laboratory, HandshakeView]:
        lab = open_lab(server, size)
        if events:
            lab.tell(events)
        view = lab.window.open_view("handshake")
        assert isinstance(view, HandshakeView)
        pump(view.winfo_viewable)
        return lab, view

    return run


def answer(view: HandshakeView, number: int) -> None:
    view.question.radios[number].invoke()
    assert view.question.answer_button is not None
    view.question.answer_button.invoke()


def go_to(view: HandshakeView, step: int) -> None:
    """As far as that, every question on the way answered well."""
    while view.step < step:
        while view.question.asking:
            assert view.question._question is not None
            answer(view, view.question._question.right)
        view.next()


def cell(view: HandshakeView, name: str, party: Party = Party.EAVESDROPPER) -> str:
    return view.ledger.cell(party, VALUE[name])


def link_or_button(parent: tk.Misc, text: str) -> tk.Misc:
    """What says this, anywhere in `parent`."""
    waiting = [parent]
    while waiting:
        widget = waiting.pop()
        waiting.extend(widget.winfo_children())
        if "text" in (widget.keys() or ()) and str(widget.cget("text")) == text:
            return widget
    raise AssertionError(f"nothing says {text!r}")


# --- the main path ---------------------------------------------------------------------------------------


@with_xdotool
def test_with_the_keyboard_alone(opened: Opened, pump: Pump) -> None:
    """Right, the question, Down, Space, Return, Right: real keys through the X server."""
    lab, view = opened(tell(Party.CLIENT))
    view.focus_here()
    view.next_button.focus_force()
    pump(lambda: view.focus_get() is view.next_button)

    def press(*keys: str) -> None:
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=20)

    press("Right")
    pump(lambda: view.step == 1 and view.question.asking)
    pump(lambda: view.focus_get() is view.question.radios[0])
    press("Right")  # a question stands before the next step
    press("Down")
    pump(lambda: view.focus_get() is view.question.radios[1])
    assert view.step == 1
    press("Up")
    pump(lambda: view.focus_get() is view.question.radios[0])
    press("Down")
    pump(lambda: view.focus_get() is view.question.radios[1])
    press("space")
    pump(lambda: view.question.choice.get() == 1)
    press("Return")
    pump(lambda: not view.question.asking)
    assert view.predictions.chosen(QUESTION["hello"]) == 1
    press("Right")
    pump(lambda: view.step == 2)
    press("Left")
    pump(lambda: view.step == 1)
    press("Home")
    pump(lambda: view.step == 0)
    press("F2")
    pump(lambda: lab.diary.in_room == 1)


def test_a_step_shows_its_message_and_what_is_known_then(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    assert view.step == 0
    assert not view.ledger.values
    go_to(view, 3)
    shown = words_on(view.lifelines)
    assert "ClientKeyExchange" in shown and "292 bytes" in shown
    assert "oaep_ct 256 · client_fin 32" in shown
    assert "1,108 bytes" in shown and "36 bytes" not in shown  # what is to come has no size yet
    names = [value.name for value in view.ledger.values]
    assert names[:3] == ["client_random", "client_private", "client_x25519"]
    assert cell(view, "client_random") == "seen"
    assert cell(view, "z", Party.CLIENT) == "knows"


def test_every_state_of_the_table_is_on_the_picture(opened: Opened) -> None:
    """And no other: the names come from where the program takes them."""
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 6)
    names = {rung.after[party].name for rung in ladder() for party in rung.after} | {"NOTHING_KNOWN"}
    on_it = [text for text in words_on(view.lifelines) if text in State.__members__]
    assert set(on_it) == names
    assert len(on_it) == 2 * len(names)  # each on both lines, and once


def test_the_cell_waits_for_the_answer(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 3)
    while view.question._question is not QUESTION["z"]:
        answer(view, QUESTION["pre_secret"].right)
    assert cell(view, "z") == cell(view, "PRK") == ASKED
    assert cell(view, "pre_secret") == "needs RSA key"
    view.next()
    assert view.step == 3, "a step without an answer"
    answer(view, 0)
    assert cell(view, "z") == "cannot know"
    said = "\n".join(str(label["text"]) for label in view.question._wrapping)
    assert QUESTION["z"].answers[0].reply in said  # its own reply
    assert QUESTION["z"].answers[2].text in said  # and what is right
    assert QUESTION["z"].why in said


def test_an_answer_is_locked(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    view.next()
    answer(view, 0)
    view.first()
    view.next()
    assert not view.question.asking
    assert view.predictions.chosen(QUESTION["hello"]) == 0


def test_a_question_can_be_skipped_and_answered_later(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    view.next()
    assert view.question.skip_button is not None
    view.question.skip_button.invoke()
    assert cell(view, "client_random") == SKIPPED
    link_or_button(view.question, "Answer it after all").event_generate("<Button-1>")
    assert view.question.asking
    answer(view, 1)
    assert cell(view, "client_random") == "seen"


def test_back_loses_nothing(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 4)
    before = {value.name: cell(view, value.name) for value in view.ledger.values}
    view.back()
    view.back()
    assert {value.name for value in view.ledger.values} < set(before)
    go_to(view, 4)
    assert {value.name: cell(view, value.name) for value in view.ledger.values} == before


def test_the_answer_has_the_primary_button_and_then_next_has_it(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    assert str(view.next_button["style"]) == "Primary.TButton"
    view.next()
    assert str(view.next_button["style"]) == "Plain.TButton"
    assert str(view.question.answer_button["style"]) == "Primary.TButton"  # type: ignore[index]
    answer(view, 1)
    assert str(view.next_button["style"]) == "Primary.TButton"


def test_play_goes_on_until_a_question_comes(
    opened: Opened, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PLAY_MS", 5)
    _, view = opened(tell(Party.CLIENT))
    view.play()
    pump(lambda: view._playing is None)
    assert view.step == 1 and view.question.asking
    for question in QUESTIONS:
        view.predictions.answer(question, 0)
    view._show()
    view.play()
    pump(lambda: view._playing is None)
    assert view.step == 6


# --- values ----------------------------------------------------------------------------------------------


def choose(view: HandshakeView, name: str) -> None:
    view.ledger._choose(VALUE[name])


def test_secrets_are_covered_until_somebody_asks(opened: Opened, pump: Pump) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 4)
    choose(view, "z")
    z = whole().client_secrets["z"]
    assert "32 bytes, hidden" in view.values.said
    assert view.values.lines() == ""
    assert z.hex(" ", -2) not in view.values.said and z.hex() not in view.values.said
    view.values.switch.invoke()
    assert z.hex(" ", -2) in view.values.said
    assert "projector" in view.values._warning.text
    view.leave()
    assert z.hex() not in view.values.said and not view.values._warning.text


def test_what_is_copied_runs(opened: Opened, tmp_path: Path) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 4)
    choose(view, "session_hash")  # nothing secret in it: no switch needed
    view.values.copy_button.invoke()
    lines = view.clipboard_get()
    assert lines == view.values.lines() != ""
    assert lines in view.values.said
    done = subprocess.run([sys.executable, "-"], input=lines, cwd=tmp_path, capture_output=True, text=True,
                          check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "the same session_hash")


def test_the_other_sides_half_is_a_gap_and_says_so(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 2)
    choose(view, "server_private")
    assert "only the server had it" in view.values.said


def test_arrow_keys_choose_a_line(opened: Opened, pump: Pump) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 1)
    view.ledger.focus_force()
    pump(lambda: view.focus_get() is view.ledger)
    for key, name in (("Down", "client_random"), ("Down", "client_private"), ("Up", "client_random")):
        view.ledger.event_generate(f"<{key}>")
        assert view.ledger.chosen is VALUE[name]
        assert view.values._value is VALUE[name]


def test_the_line_that_is_chosen_is_brought_into_sight(opened: Opened, pump: Pump) -> None:
    lab, view = opened(tell(Party.CLIENT))
    lab.window.geometry("1200x420")
    go_to(view, 4)
    pump(lambda: view.right._overflows())
    view.ledger.focus_force()
    pump(lambda: view.focus_get() is view.ledger)
    for number in range(len(view.ledger.values)):
        view.ledger.event_generate("<Down>")
        pump()
        top = view.ledger.winfo_rooty() + view.ledger.place_of(view.ledger.values[number])[0]
        bottom = view.ledger.winfo_rooty() + view.ledger.place_of(view.ledger.values[number])[1]
        canvas = view.right._canvas
        assert canvas.winfo_rooty() <= top and bottom <= canvas.winfo_rooty() + canvas.winfo_height(), number


def test_a_click_chooses_the_line_under_it(opened: Opened, look: Look) -> None:
    _, view = opened(tell(Party.CLIENT))
    go_to(view, 1)
    view.ledger.event_generate("<Button-1>", x=40, y=look.px(30 + 28 * 2 + 10))
    assert view.ledger.chosen is VALUE["client_x25519"]


# --- not recorded, forgotten, failed ---------------------------------------------------------------------


def test_nothing_yet(opened: Opened) -> None:
    _, view = opened()
    assert view._empty is not None and NOTHING in view._empty.text


def test_what_is_not_shown_is_not_stepped_through(opened: Opened) -> None:
    _, view = opened(tell(Party.CLIENT, offset=500))
    view.next()
    view.last()
    view.play()
    assert view.step == 0 and view._playing is None


def test_forgotten_it_is_read_anew_although_as_much_has_come_since(opened: Opened, pump: Pump) -> None:
    lab, view = opened(tell(Party.CLIENT))
    beginning = lab.window.recording.beginnings[7]
    lab.tell([Forgotten(99, 7, 103.0)])
    less = lab.window.recording.beginnings[7]
    assert len(less) < len(beginning)
    less += [PeerKnown(200, 7, 103.0, BEN.id)] * (len(beginning) - len(less))
    pump(lambda: view.recording is not None and not view.recording.secrets)


def test_what_somebody_sent_is_cleaned_before_it_stands_here(opened: Opened) -> None:
    _, view = opened()
    value = next(one for one in VALUES if not one.size_bytes)  # the JSON of the first record
    view.values.secrets.set(True)
    view.values.show(value, {value.name: "{\"name\": \"\u202eadA\"}".encode()}, Party.SERVER)
    assert "\u202e" not in view.values.said and "adA" in view.values.said


def test_recorded_too_late_it_says_that_the_values_are_forgotten(opened: Opened, pump: Pump) -> None:
    """One click reconnects, and the new handshake stands here by itself."""
    lab, view = opened(tell(Party.CLIENT, offset=500))
    assert view._empty is not None and FORGOTTEN in view._empty.text
    button = link_or_button(view._empty, RECONNECT)
    assert isinstance(button, ttk.Button)
    lab.window.focus_force()
    view.focus_here()
    pump(lambda: view.focus_get() is button)
    button.invoke()
    assert lab.diary.commands[-1] == ReconnectAndRecord()
    assert view._empty is not None and RECONNECTING in view._empty.text
    again = [replace(event, connection=8, number=event.number + 100) for event in tell(Party.CLIENT)]
    lab.tell(again)
    pump(lambda: view.recording is not None and view.recording.connection == 8)
    assert view.step == 0 and view.body.winfo_manager()
    assert [recording.done for recording in view.recordings] == [True, True]


def test_without_secrets_it_offers_to_record_them(opened: Opened) -> None:
    lab, view = opened(tell(Party.CLIENT, secrets=False))
    assert "Its secrets were used and forgotten" in view.banner.text
    link_or_button(view.banner, RECONNECT).event_generate("<Button-1>")
    assert lab.diary.commands[-1] == ReconnectAndRecord()


def test_what_the_recorder_forgets_is_gone_here_too(opened: Opened, pump: Pump) -> None:
    lab, view = opened(tell(Party.CLIENT))
    go_to(view, 4)
    choose(view, "z")
    view.values.switch.invoke()
    lab.tell([Forgotten(99, 7, 103.0)])
    pump(lambda: view.recording is not None and not view.recording.secrets)
    assert whole().client_secrets["z"].hex(" ", -2) not in view.values.said
    assert "Not recorded" in view.values.said


def test_with_the_window_the_secrets_go(opened: Opened) -> None:
    lab, view = opened(tell(Party.CLIENT))
    lab.window.close()
    assert ForgetSecrets() in lab.diary.commands
    assert not view.recordings


def test_a_changed_key_is_a_recording_too(opened: Opened) -> None:
    refused = refusal(Defence.PINNED_KEY, "ServerKeyChanged", "11.2")
    _, view = opened(tell(Party.CLIENT, 2, refused=refused, closed=True))
    go_to(view, 3)
    assert "This window stopped: the server shows another key" in view.banner.text
    assert "silence" in view.banner.text and "PROTOCOL §11.2" in view.banner.text
    shown = words_on(view.lifelines)
    assert shown.count("stopped here") == 1
    assert "ClientKeyExchange" not in shown  # nothing more was sent, and nothing is promised
    assert cell(view, "signature", Party.CLIENT) == "knows"
    assert view.next_button.instate(["disabled"])


def test_an_alert_is_five_bytes_and_no_reason(opened: Opened) -> None:
    refused = refusal(Defence.ALERT, "AlertReceived", "3.5")
    _, view = opened(tell(Party.CLIENT, 3, extra=[ALERT], refused=refused, closed=True))
    go_to(view, 4)
    assert "The server stopped: it does not say why" in view.banner.text
    assert "15 00 00 01 01" in words_on(view.lifelines)
    assert cell(view, "z", Party.SERVER) == "not reached"
    assert cell(view, "z", Party.CLIENT) == "knows"


def test_of_several_connections_one_is_chosen(opened: Opened, pump: Pump) -> None:
    first = tell(Party.CLIENT, 2, refused=refusal(Defence.PINNED_KEY, "UnknownServer", "11.1"), closed=True)
    second = [replace(event, connection=8, number=event.number + 100) for event in tell(Party.CLIENT)]
    _, view = opened([*first, *second])
    assert view.recording is not None and view.recording.connection == 8
    assert view._which.winfo_manager()
    labels = [str(view._which_menu.entrycget(i, "label")) for i in range(2)]
    assert labels[0].endswith("stopped by the client") and labels[1].endswith("in the room")
    view._which_menu.invoke(0)
    assert view.recording.connection == 7


def test_at_the_server_there_is_nothing_to_reconnect(opened: Opened) -> None:
    _, view = opened(tell(Party.SERVER, offset=500), server=True)
    assert view._empty is not None and FORGOTTEN in view._empty.text
    with pytest.raises(AssertionError):
        link_or_button(view._empty, RECONNECT)


def test_at_the_server_a_member_has_its_name(opened: Opened, pump: Pump) -> None:
    lab, view = opened(tell(Party.SERVER, secrets=False), server=True)
    lab.tell([PeerKnown(99, 7, 103.0, BEN.id)])
    view._show()
    assert "Ben" in words_on(view.lifelines)


def test_a_busy_room_is_not_read_again_and_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said after a handshake does not concern it."""
    lab, view = opened(tell(Party.CLIENT))
    read_again: list[int] = []
    monkeypatch.setattr(module, "read", lambda _: read_again.append(1))
    for _ in range(20):
        view._reread()
    assert read_again == []
    lab.tell([Forgotten(99, 7, 103.0)])
    view._reread()
    assert read_again == [1]


def test_at_the_server_the_members_handshake_is_whole(opened: Opened) -> None:
    _, view = opened(tell(Party.SERVER, secrets=False), server=True)
    go_to(view, 6)
    assert view.recording is not None and view.recording.done
    choose(view, "z")
    assert "Not recorded" in view.values.said


# --- size and theme --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zoom", "palette", "size"), [
    (100, "dark", "1200x780+0+0"), (200, "light", "1500x1100+0+0"), (100, "light", "620x700+0+0"),
])
def test_it_fits(opened: Opened, look: Look, pump: Pump, zoom: int, palette: str, size: str) -> None:
    """Nothing stands outside its canvas, at any zoom, in both themes, also narrow."""
    lab, view = opened(tell(Party.CLIENT), size=size)
    go_to(view, 3)
    look.set_palette(palette)
    look.set_zoom(zoom)
    lab.window.geometry(size)
    pump()
    for canvas in (view.lifelines, view.ledger):
        canvas.paint_now()
        check_nothing_is_cut(canvas, ("text", "image"))
    narrow = view.winfo_width() < look.px(module.NARROW)
    assert (view.right.winfo_y() > 0) == narrow  # below, or beside


def test_a_burst_is_read_once(opened: Opened, pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    _, view = opened(tell(Party.CLIENT))
    calls: list[int] = []
    real = view._reread

    def counted() -> None:
        calls.append(1)
        real()

    monkeypatch.setattr(view, "_reread", counted)
    for _ in range(50):
        view.take(tell(Party.CLIENT)[:1])
    pump(lambda: calls)
    pump(lambda: view._rereading is None)
    assert len(calls) == 1


# --- what the person did ---------------------------------------------------------------------------------


def test_an_answer_is_told_and_a_skipped_question_is_not(opened: Opened, pump: Pump) -> None:
    lab, view = opened(tell(Party.CLIENT))
    view.next()
    assert view.question.asking
    answer(view, 0)
    asked: dict[str, object] = {"view": "handshake", "question": "hello", "answer": (0,)}
    assert lab.diary.person == [("prediction", asked)]
    view.next()
    assert view.question.skip_button is not None
    view.question.skip_button.invoke()
    assert len(lab.diary.person) == 1


def test_the_lines_of_a_value_can_be_run_here(opened: Opened) -> None:
    lab, view = opened(tell(Party.CLIENT))
    go_to(view, 3)
    lab.diary.person.clear()
    view._value_chosen(VALUE["th2"])
    view.values.run_button.invoke()
    assert lab.diary.person == [("checked", {"value": "th2", "matches": True})]
    assert "It printed: " in str(view.values.result["text"])
    assert view.values.result.winfo_manager()
    view._value_chosen(VALUE["client_random"])
    assert not view.values.result.winfo_manager(), "that was about another value"


def test_lines_that_do_not_come_out_say_where_they_stop() -> None:
    assert run_lines("assert 1 == 2") == (False, "AssertionError")
    assert run_lines("print('the same')") == (True, "the same")
