"""The views of the sandbox's page, in the order of their row. Each is imported when it is first opened.

The first is the conversation, the page's own. A view more is a line in VIEWS, and a folder in gui/lab.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gui.lab.sandbox.view import SandboxView, ViewActions
from gui.look.look import Look

CONVERSATION: Final = "conversation"
DETECTIVE: Final = "detective"

MakeView = Callable[[tk.Misc, Look, ViewActions], SandboxView]


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A place in the row: its word, and how its view is made; the conversation is there already."""

    word: str
    make: MakeView | None = None


def _grid(parent: tk.Misc, look: Look, actions: ViewActions) -> SandboxView:
    from gui.lab.grid.view import GridView

    return GridView(parent, look, actions)


def _detective(parent: tk.Misc, look: Look, actions: ViewActions) -> SandboxView:
    from gui.lab.detective.view import DetectiveView

    return DetectiveView(parent, look, actions.points, actions.on_points, actions.notebook.played.append)


VIEWS: Final[Mapping[str, ViewEntry]] = {
    CONVERSATION: ViewEntry("Conversation"),
    "grid": ViewEntry("The grid", _grid),
    DETECTIVE: ViewEntry("Detective", _detective),
}
