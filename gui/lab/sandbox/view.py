"""What a view of the sandbox is, beside the conversation, and what it may ask of the page around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from tkinter import ttk

from netcore.lab.cases.model import Played


@dataclass(frozen=True, slots=True)
class ViewActions:
    """What a view may ask of the page around it."""

    converse: Callable[[str, Sequence[str]], None]
    """Show the conversation in a room of this version, and have the laboratory carry out orders there."""
    points: Mapping[int, int]
    """The most that each of the detective's cases was solved with before."""
    on_points: Callable[[Mapping[int, int]], None]
    """One was solved with more."""
    on_played: Callable[[Played], None]
    """A case is over."""


class SandboxView(ttk.Frame):
    """Built when it is first opened, and kept until the page goes."""

    shortcuts: Mapping[str, Callable[[], object]] = {}
    """Keys of its own, by name as of compat.Shortcuts: of those that the page has in VIEW_KEYS."""

    def focus_here(self) -> None:
        """Put the keyboard where the person goes on."""

    def escape(self) -> None:
        """Esc, when nothing with the focus wanted it."""
