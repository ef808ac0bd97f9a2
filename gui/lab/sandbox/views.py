"""The views of the sandbox's page, in the order of their row. Each is imported when it is first opened.

The first is the conversation, the page's own. A view more is a line in VIEWS, and a folder in gui/lab.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.look.look import Look

CONVERSATION: Final = "conversation"


@dataclass(frozen=True, slots=True)
class ViewActions:
    """What a view may ask of the page around it."""

    converse: Callable[[str, Sequence[str]], None]
    """Show the conversation in a room of this version, and have the laboratory carry out orders there."""


class SandboxView(ttk.Frame):
    """Built when it is first opened, and kept until the page goes."""

    def focus_here(self) -> None:
        """Put the keyboard where the person goes on."""


MakeView = Callable[[tk.Misc, Look, ViewActions], SandboxView]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the row: its word, and how its view is made; the conversation is there already."""

    word: str
    make: MakeView | None = None


VIEWS: Final[Mapping[str, Place]] = {
    CONVERSATION: Place("Conversation"),
}
