"""The connection doctor's window, and the two ways to it."""

from __future__ import annotations

import socket
import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gui import doctor
from gui.app import open_first_page
from gui.doctor import DoctorWindow
from gui.look.look import Look
from gui.room.addresses_panel import NOBODY
from gui.room.server_window import ServerWindow
from gui.start.first_page import show_refusal
from gui.start.role_page import WHAT_IS_WRONG, RolePage
from gui.widgets.buttons import LinkLabel
from gui.widgets.command_line import CommandLine
from gui.window import Window
from netcore.engine import Answering, Diagnosis, SetAnswering
from netcore.errors import BadAddress, CannotReach, HandshakeFailed, OtherVersion
from netcore.net.doctor import FirewallCommand, Step, StepName, commands_for
from netcore.room_words import NOT_ANSWERING, NOT_FOUND
from tests.gui.cast import Diary, listening
from tests.gui.room.pages import words
from tests.gui.waiting import Pump
from tests.waiting import wait_until

HURT = Diagnosis(
    (Step(StepName.NAME, True, "It is an address."), Step(StepName.CONNECTION, False, "Nothing came back."),
     Step(StepName.ISOLATION, None, "Guest networks keep their clients apart.")),
    "Its firewall drops what comes.", "Let it through.", (FirewallCommand("ufw", "sudo ufw allow 5050/tcp"),))


def links(widget: tk.Misc) -> list[LinkLabel]:
    found = [child for child in widget.winfo_children() if isinstance(child, LinkLabel)]
    return found + [link for child in widget.winfo_children() for link in links(child)]


def turn_until(root: tk.Misc, condition: Callable[[], object]) -> None:
    def turned() -> object:
        root.update()
        return condition()

    wait_until(turned)


def test_it_looks_and_says_what_is_wrong(root: tk.Tk, look: Look) -> None:
    """A port where nobody listens, on this computer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    window = DoctorWindow(root, look, f"127.0.0.1:{port}")
    assert window.again_button.instate(["disabled"])
    turn_until(root, lambda: window.diagnosis.cause)
    shown_words = " ".join(words(window))
    assert "is this computer itself" in shown_words and "nobody listens" in shown_words
    assert window.again_button.instate(["!disabled"]) and window._engine is None
    window.copy_button.invoke()
    copied = root.clipboard_get()
    assert "BAD " in copied and window.diagnosis.cause in copied and window.diagnosis.advice in copied
    first = window.diagnosis
    window.again_button.invoke()
    assert window.diagnosis.cause == ""
    turn_until(root, lambda: window.diagnosis.cause)
    assert window.diagnosis.cause == first.cause
    window.event_generate("<Escape>")
    root.update()
    assert not window.winfo_exists()


def test_a_target_that_is_none_is_said_too(root: tk.Tk, look: Look) -> None:
    window = DoctorWindow(root, look, "300.1.1.1")
    turn_until(root, lambda: window.problem)
    assert "not an address" in " ".join(words(window)) and "not an address" in window.as_text()
    window.destroy()


def test_closed_half_way_it_leaves_nothing(root: tk.Tk, look: Look) -> None:
    """The fixture fails the test for a thread or a timer that is left."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        window = DoctorWindow(root, look, f"127.0.0.1:{silent.getsockname()[1]}")
        turn_until(root, lambda: window.diagnosis.steps)
        window.destroy()
        root.update()


def test_steps_signs_and_the_command_to_copy(
    root: tk.Tk, look: Look, monkeypatch: pytest.MonkeyPatch, pump: Pump
) -> None:
    monkeypatch.setattr(DoctorWindow, "examine", lambda self: None)
    window = DoctorWindow(root, look, "10.0.0.7", is_ours=True)
    window.diagnosis = HURT
    window._show()
    pump()
    told = words(window)
    assert told[:1] == [doctor.HOST_TITLE] or doctor.HOST_TITLE in told
    for sentence in (HURT.cause, HURT.advice, "ufw:", *(step.words for step in HURT.steps)):
        assert sentence in told
    assert "ufw: sudo ufw allow 5050/tcp" in window.as_text()
    assert window.as_text().splitlines()[1:4] == [
        "ok  It is an address.", "BAD Nothing came back.", "    Guest networks keep their clients apart."
    ]
    window.destroy()


def test_several_commands_of_one_system_stand_under_its_name(
    root: tk.Tk, look: Look, monkeypatch: pytest.MonkeyPatch, pump: Pump
) -> None:
    """And on the ground of the window, without a strip of another colour around each."""
    monkeypatch.setattr(DoctorWindow, "examine", lambda self: None)
    window = DoctorWindow(root, look, "10.0.0.7")
    window.diagnosis = replace(HURT, commands=commands_for(False, "linux", 5050, ""))
    window._show()
    pump()
    told = words(window)
    assert told.count("On the host’s computer, Windows:") == 1
    lines = [child for child in window._body.winfo_children() if isinstance(child, CommandLine)]
    assert len(lines) == len(window.diagnosis.commands) == 5
    styles = {str(part["style"]) for line in lines for part in (line, *line.winfo_children())}
    assert all(style.startswith("Window.") for style in styles), styles
    window.destroy()


@pytest.mark.parametrize("error", [CannotReach(address="x", why="no."), HandshakeFailed(), OtherVersion()])
def test_a_failed_join_leads_there(window: Window, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(doctor, "DoctorWindow", lambda root, look, target: asked.append(target))
    open_first_page(window)
    page = window.page
    assert isinstance(page, RolePage)
    page._address.set("10.0.0.7:5050")
    show_refusal(page, "join", "Ada", error)  # type: ignore[arg-type]
    window.root.update()
    (link,) = [one for one in links(page) if str(one["text"]) == WHAT_IS_WRONG]
    link.event_generate("<Button-1>")
    assert asked == ["10.0.0.7:5050"]
    show_refusal(page, "join", "Ada", BadAddress(address="x", why="y"))
    window.root.update()
    assert WHAT_IS_WRONG not in [str(one["text"]) for one in links(page)], "there is nothing to examine"


def test_the_host_s_card_leads_there(root: tk.Tk, look: Look, pump: Pump) -> None:
    asked: list[str] = []
    page = ServerWindow(root, look, replace(Diary().actions(), on_doctor=asked.append))
    page.pack(fill="both", expand=True)
    page.take([listening()])
    pump()
    assert str(page.addresses.doctor_link["text"]) == NOBODY
    page.addresses.doctor_link.event_generate("<Button-1>")
    assert asked == ["192.168.1.20:5050"]


def test_the_host_s_switch_for_searches(root: tk.Tk, look: Look, pump: Pump, tmp_path: Path) -> None:
    diary = Diary()
    page = ServerWindow(root, look, diary.actions())
    page.pack(fill="both", expand=True)
    page.take([listening(), Answering(True, 5050)])
    page.toggle_room()
    pump()
    assert page.panel.answering.get() and "finds this one" in str(page.panel._answering_words["text"])
    page.panel.answering_switch.invoke()
    assert diary.commands == [SetAnswering(False)]
    page.take([Answering(False, 0)])
    assert not page.panel.answering.get() and str(page.panel._answering_words["text"]) == NOT_FOUND
    page.take([Answering(True, 0)])
    assert str(page.panel._answering_words["text"]) == NOT_ANSWERING
