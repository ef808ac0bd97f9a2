"""What a view of the laboratory is, and what it may ask of the window around it.

A view is built when it is opened for the first time. What came before that is in the recording, what comes
later is given to `take`. It paints with lengths from `look.px`, colours from `look.palette`, and does so anew
in `repaint`.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tkinter import ttk

from gui.file_dialogs import FileDialogs
from gui.look.look import Look
from netcore.engine import Command, LabSwitches
from netcore.lab.recording import Recording
from netcore.limits import DEFAULT_PORT
from netcore.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class LabActions:
    """What the laboratory asks of the room's window beside it."""

    next_event: Callable[[], TraceEvent]
    """What was recorded next. Raises queue.Empty when there is nothing more for now."""
    submit: Callable[[Command], None]
    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    on_close: Callable[[], None]
    """The window is gone: the recording ends with it."""
    name_of: Callable[[bytes], str] = lambda _: ""
    """The name of the member with this id, "" for one that is not known."""
    show_line: Callable[[int], bool] = lambda _: False
    """Show the message with this number in the transcript; whether it stands there."""
    room_window: Callable[[], None] = lambda: None
    """Give the keyboard back to the room's window."""
    own_name: Callable[[], str] = lambda: ""
    """The name of the person at this window."""
    person: Callable[[str, Mapping[str, object]], None] = lambda _what, _data: None
    """Note what the person predicted, checked or pinned: the `what` and the data of a `Person` event."""
    port: int = DEFAULT_PORT
    """On which the recorded server listens. A member's connection tells it itself."""
    dialogs: FileDialogs = field(default_factory=FileDialogs)


@dataclass(frozen=True, slots=True)
class Lab:
    """What all views share: what was recorded, whose it is, and the way to the room and to other views."""

    recording: Recording
    actions: LabActions
    server: bool
    """Whether the recorded end is the server of the room; else it is a member's."""
    open_view: Callable[[str], LabView]
    """Show the view of this name (a key of `gui.lab.views.VIEWS`), and give it."""


class LabView(ttk.Frame):
    """One of the pictures that the row at the top of the laboratory chooses from."""

    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent)
        self.look = look
        self.lab = lab
        self.in_sight = False
        self.switches = LabSwitches()
        self.shortcuts: Mapping[str, Callable[[], object]] = {}  # by name, as of compat.Shortcuts
        look.on_change(self.repaint, owner=self)

    def take(self, events: Sequence[TraceEvent]) -> None:
        """What was recorded since, in order; the recording has it already. Called in sight and out of it."""

    def switched(self, switches: LabSwitches) -> None:
        """Which switches of the laboratory are on, told by the engine; also once when the view is built."""
        self.switches = switches

    def show_message(self, seq: int | None, text: str) -> bool:
        """Show how a message crossed; whether it is found. The Wire view's."""
        return False

    def repaint(self) -> None:
        """The zoom or the theme has changed."""

    def enter(self) -> None:
        """The view comes into sight. Called after `in_sight` is set."""

    def leave(self) -> None:
        """Another view takes its place, or the window closes."""

    def focus_here(self) -> None:
        """Put the keyboard where the person goes on."""

    def escape(self) -> None:
        """Esc, when nothing with the focus wanted it."""
