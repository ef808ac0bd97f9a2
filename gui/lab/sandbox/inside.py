"""The windows of the laboratory on the ends of the sandbox's room: one for an end, while its person looks.

What was recorded there before the window was opened comes first.
"""

from __future__ import annotations

import queue
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gui.file_dialogs import FileDialogs
from gui.lab.view import LabActions
from gui.lab.window import LabWindow
from gui.look.look import Look
from netcore.lab.lessons.model import Place
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.trace import TraceEvent

ONLY_TAP: Final = "Only the tap looks into the versions of the museum."


@dataclass(frozen=True, slots=True)
class InsideActions:
    """What the windows ask of the page around them."""

    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    to_front: Callable[[], None]
    """Back to the room."""
    say: Callable[[str], None]
    dialogs: FileDialogs


class Inside:
    """`open` shows an end's window, `feed` gives it what was recorded there since."""

    def __init__(self, parent: tk.Misc, look: Look, sandbox: Sandbox, actions: InsideActions) -> None:
        self._parent = parent
        self._look = look
        self._sandbox = sandbox
        self._actions = actions
        self.windows: dict[Place, LabWindow] = {}
        self._feeds: dict[Place, queue.SimpleQueue[TraceEvent]] = {}

    def open(self, at: Place, view: str = "wire") -> None:
        """In front, made if there is none yet."""
        if at in self.windows:
            self.windows[at].show()
            if view != "wire":
                self.windows[at].open_view(view)
            return
        sandbox, actions = self._sandbox, self._actions
        room = sandbox.today
        if room is None:
            actions.say(ONLY_TAP)
            return
        feed = self._feeds[at] = queue.SimpleQueue()
        for seen in sandbox.recorded:
            if seen.at == at and isinstance(seen.event, TraceEvent):
                feed.put(seen.event)
        chair = room.server if at == "server" else room.chairs[at]  # type: ignore[index]
        names = {room.member_id(name): name for name in room.chairs}
        self.windows[at] = LabWindow(self._parent.winfo_toplevel(), self._look, LabActions(
            feed.get_nowait, chair.submit, actions.on_theme, actions.on_keys, lambda: self._closed(at),
            name_of=lambda member_id: names.get(member_id, ""), room_window=actions.to_front,
            person=lambda what, data: sandbox.person(what, {"at": at, **data}), dialogs=actions.dialogs),
            f"{at} in the sandbox", at == "server", view)

    def feed(self, at: Place, event: TraceEvent) -> None:
        if at in self._feeds:
            self._feeds[at].put(event)

    def close(self) -> None:
        """All of them."""
        for window in list(self.windows.values()):
            if window.winfo_exists():
                window.close()

    def _closed(self, at: Place) -> None:
        self.windows.pop(at, None)
        self._feeds.pop(at, None)
