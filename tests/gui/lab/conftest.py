"""A window of the laboratory on the screen, fed from a queue that a test fills."""

from __future__ import annotations

import queue
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from gui.lab.view import LabActions
from gui.lab.window import LabWindow
from gui.look.look import Look
from netcore.engine import Command
from netcore.trace import TraceEvent
from tests.gui.cast import ADA, BEN, LAYLA
from tests.gui.waiting import Pump

NAMES = {member.id: member.name for member in (ADA, BEN, LAYLA)}


@dataclass
class LabDiary:
    """What the laboratory asked of the room beside it."""

    commands: list[Command] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    known_lines: set[int] = field(default_factory=set)
    person: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    closed: int = 0
    in_room: int = 0


class Laboratory:
    """`tell` events; `window` shows them."""

    def __init__(self, root: tk.Tk, look: Look, pump: Pump, server: bool, size: str) -> None:
        self.queue: queue.SimpleQueue[TraceEvent] = queue.SimpleQueue()
        self.diary = LabDiary()
        self.look = look
        self._pump = pump
        diary = self.diary

        def closed() -> None:
            diary.closed += 1

        def to_room() -> None:
            diary.in_room += 1

        def show_line(seq: int) -> bool:
            diary.lines.append(seq)
            return seq in diary.known_lines

        actions = LabActions(
            self.queue.get_nowait, diary.commands.append, look.toggle_theme, lambda: None, closed,
            name_of=lambda member_id: NAMES.get(member_id, ""), show_line=show_line, room_window=to_room,
            own_name=lambda: "Ada", person=lambda what, data: diary.person.append((what, data)), port=5050)
        self.window = LabWindow(root, look, actions, "Ada in Physics 10b", server)
        self.window.geometry(size)
        pump(self.window.winfo_viewable)

    def tell(self, events: Sequence[TraceEvent]) -> None:
        """Have the window take them, and show what they bring."""
        for event in events:
            self.queue.put(event)
        taken = self.window.recording
        last = events[-1].number
        self._pump(lambda: taken._next_number > last)
        self.settle()

    def settle(self) -> None:
        """Let what waits for a few milliseconds be done."""
        done: list[bool] = []
        self.window.after(60, done.append, True)
        self._pump(lambda: done)


OpenLab = Callable[..., Laboratory]


@pytest.fixture
def open_lab(root: tk.Tk, look: Look, pump: Pump) -> Iterator[OpenLab]:
    made: list[Laboratory] = []

    def run(server: bool = False, size: str = "1200x780+0+0") -> Laboratory:
        made.append(Laboratory(root, look, pump, server, size))
        return made[-1]

    yield run
    for one in made:
        if one.window.winfo_exists():
            one.window.destroy()


@pytest.fixture
def lab(open_lab: OpenLab) -> Laboratory:
    """A member's."""
    return open_lab()
