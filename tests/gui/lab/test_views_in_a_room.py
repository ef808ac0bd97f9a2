"""The Handshake and the Stream view beside a real room: real engines, sockets and windows."""

from __future__ import annotations

import subprocess
import sys
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from gui.lab.handshake.view import FORGOTTEN, RECONNECT, HandshakeView
from gui.lab.stream.view import StreamView
from gui.window import Window
from netcore.engine import Say
from netcore.lab.handshake.ledger import VALUE
from tests.gui.lab.handshake.test_handshake_view import answer, go_to, link_or_button
from tests.gui.lab.test_in_a_room import Room, join_here


@pytest.fixture
def room(window: Window) -> Iterator[Room]:
    made = Room(window)
    yield made
    made.end()


def test_reconnect_and_record_in_one_click_and_check_a_key(room: Room, tmp_path: Path) -> None:
    """Forgotten, as it should be; one click; back in the same room; z computed again by plain Python."""
    page = join_here(room, tmp_path / "host")
    lab = room.open_lab()
    view = lab.open_view("handshake")
    assert isinstance(view, HandshakeView)
    room.until(lambda: lab.recording.connections)
    room.until(lambda: view._empty is not None and FORGOTTEN in view._empty.text)
    assert view._empty is not None
    link_or_button(view._empty, RECONNECT).invoke()  # type: ignore[attr-defined]
    room.until(lambda: view.recording is not None and view.recording.done and view.recording.secrets)
    room.until(lambda: page.connected)
    assert room.window.page is page  # the same room, the same window
    view.next()
    answer(view, 1)
    go_to(view, 3)
    while view.question.asking:
        answer(view, 2)
    view.ledger._choose(VALUE["z"])
    assert "hidden" in view.values.said
    view.values.switch.invoke()
    done = subprocess.run([sys.executable, "-"], input=view.values.lines(), cwd=tmp_path, capture_output=True,
                          text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "the same z")
    room.say("still here")
    assert room.other is not None
    room.until(lambda: not page.conversation._pending)


def test_cut_into_seven_bytes_the_room_reads_on(room: Room, tmp_path: Path) -> None:
    page = join_here(room, tmp_path / "host")
    lab = room.open_lab()
    view = lab.open_view("stream")
    assert isinstance(view, StreamView)
    room.until(lambda: lab.recording.connections)
    view.recv_entry.insert(0, "7")
    view.cut_button.invoke()
    room.until(lambda: view.switches.receive_bytes == 7)
    room.until(lambda: any("7 bytes at a time" in words for words in words_on(page.header)))
    assert room.other is not None
    before = view.chunk_count
    room.other.engine.submit(Say(1, "Grüß dich aus dem Netz"))
    text = page.conversation.transcript.text
    room.until(lambda: text.search("Grüß dich aus dem Netz", "1.0"))
    room.until(lambda: view.frames and view.texts_sent and view.chunk_count > before + 10)
    assert all(len(chunk.data) <= 7 for chunk in list(view.chunks)[-10:])
    room.until(lambda: not view._under_way and view._carrying is None)
    assert any(reading.error for reading in view.readings)
    view.as_it_comes()
    room.until(lambda: view.switches.receive_bytes is None)
    room.other.engine.submit(Say(2, "and whole again"))
    room.until(lambda: len(view.chunks[-1].data) > 7)


def words_on(header: tk.Misc) -> list[str]:
    """All that stands in the room's header."""
    found: list[str] = []
    waiting = [header]
    while waiting:
        widget = waiting.pop()
        waiting.extend(widget.winfo_children())
        if isinstance(widget, ttk.Label | ttk.Button):
            found.append(str(widget["text"]))
    return found
