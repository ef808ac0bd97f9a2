"""The window of the laboratory: its views, its keys, its end."""

from __future__ import annotations

import subprocess
import sys
import tkinter as tk
from pathlib import Path

import pytest

from gui.lab.views import VIEWS
from gui.lab.window import LabWindow
from netcore.engine import LabSwitches
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.conftest import Laboratory, OpenLab
from tests.gui.room.pages import words
from tests.gui.waiting import Pump
from tests.lab.scene import Scene

HOME = Path(__file__).resolve().parents[3]


def test_nothing_of_it_is_loaded_before_it_is_opened() -> None:
    code = ("import sys, gui.app, gui.navigator, gui.room.client_window, gui.room.server_window\n"
            "print([name for name in sys.modules if name.startswith(('gui.lab', 'netcore.lab'))])")
    told = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_view_is_loaded_when_it_is_first_opened() -> None:
    code = ("import sys, gui.lab.window\n"
            "print([name for name in sys.modules if name.endswith('.view') and 'lab' in name])")
    told = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['gui.lab.view']"


def test_only_a_server_has_the_loop(open_lab: OpenLab) -> None:
    assert "loop" not in open_lab().window.choice.buttons
    assert "loop" in open_lab(server=True).window.choice.buttons


def test_the_row_of_views_is_in_order() -> None:
    order = ["wire", "handshake", "stream", "loop"]
    assert [name for name in order if name in VIEWS] == list(VIEWS)


def press(widget: tk.Misc, key: str) -> None:
    subprocess.run(["xdotool", "key", key], check=True, timeout=20)


@with_xdotool
def test_keys_go_through_the_views_zoom_and_close(open_lab: OpenLab, pump: Pump) -> None:
    lab = open_lab(server=True)
    window = lab.window
    window.focus_force()
    pump(lambda: window.focus_get() is not None)
    first = window.view
    press(window, "ctrl+Next")
    pump(lambda: window.view is not first)
    press(window, "ctrl+Prior")
    pump(lambda: window.view is first)
    lab.look.bind_zoom_keys()
    press(window, "ctrl+plus")
    pump(lambda: lab.look.zoom == 110)
    press(window, "F2")
    pump(lambda: lab.diary.in_room == 1)
    press(window, "ctrl+w")
    pump(lambda: not window.winfo_exists())
    assert lab.diary.closed == 1


def test_closed_it_polls_no_more_and_keeps_nothing(lab: Laboratory, pump: Pump) -> None:
    lab.tell([*Scene().begin(), *Scene(first_number=2).say(1, "hello")])
    recording = lab.window.recording
    lab.window.close()
    pump(lambda: not lab.window.winfo_exists())
    assert lab.diary.closed == 1
    assert not recording.frames
    lab.queue.put(Scene().say(1, "later")[0])
    pump()
    assert lab.queue.qsize() == 1


def test_frames_and_what_was_lost_are_counted(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    lab.tell(scene.say(1, "one"))
    pump(lambda: lab.window._count["text"] == "1 frame")
    scene.number += 5
    lab.tell(scene.say(2, "two"))
    pump(lambda: lab.window._count["text"] == "2 frames, 5 events lost")


def test_a_switch_that_acts_is_said_in_the_header_and_to_every_view(lab: Laboratory) -> None:
    lab.window.show_switches(LabSwitches(receive_bytes=47), ["Lab: reads 47 bytes at a time"])
    assert "Lab: reads 47 bytes at a time" in words(lab.window)
    assert lab.window.view is not None
    assert lab.window.view.switches.receive_bytes == 47
    lab.window.show_switches(LabSwitches(), [])
    assert not lab.window._badge.winfo_manager()


@pytest.mark.parametrize("badge", ["", "Lab: reads 47 bytes at a time  ·  Lab: secrets are recorded"])
@pytest.mark.parametrize("width", [480, 620, 720, 800, 970, 1200])
def test_in_any_width_the_header_keeps_its_views_and_its_badge(
    open_lab: OpenLab, pump: Pump, width: int, badge: str
) -> None:
    window = open_lab(server=True, size=f"{width}x700+0+0").window
    window.show_switches(LabSwitches(receive_bytes=47), badge.split("  ·  ") if badge else [])
    pump(lambda: window.winfo_width() == width and window.choice.winfo_viewable())
    pump()
    kept = [*window.choice.buttons.values(), window.theme, window._help, *([window._badge] if badge else [])]
    for widget in kept:
        assert widget.winfo_viewable() and widget.winfo_width() >= widget.winfo_reqwidth(), widget
        assert widget.winfo_rootx() + widget.winfo_width() <= window.winfo_rootx() + width, widget
    assert window.choice.winfo_rootx() + window.choice.winfo_width() <= window.theme.winfo_rootx()
    window.show_switches(LabSwitches(), [])
    pump(lambda: not window._badge.winfo_viewable())
    if width == 1200:
        assert window._whose.winfo_viewable() and window._count.winfo_viewable()


@pytest.mark.parametrize("zoom", [100, 200])
def test_it_follows_theme_and_zoom(lab: Laboratory, pump: Pump, zoom: int) -> None:
    lab.tell([*Scene().handshake()])
    lab.look.set_zoom(zoom)
    lab.look.set_palette("dark")
    pump()
    assert lab.window["background"] == lab.look.palette.window
    assert isinstance(lab.window, LabWindow)
