"""What a view of the sandbox is, beside the conversation, and what it may ask of the page around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tkinter import ttk

from netcore.lab.notebook import Notebook


@dataclass(frozen=True, slots=True)
class ViewActions:
    """What a view may ask of the page around it."""

    converse: Callable[[str, Sequence[str]], None]
    """Show the conversation in a room of this version, and have the laboratory carry out orders there."""
    notebook: Notebook
    """What was done so far. Views write into it, too."""
    save_report: Callable[[], None]
    """Ask for a name and a file, and write what was done."""
    points: Mapping[int, int] = field(default_factory=dict)
    """The most that each of the detective's cases was solved with before."""
    on_points: Callable[[Mapping[int, int]], None] = lambda _: None
    """One was solved with more."""


class SandboxView(ttk.Frame):
    """Built when it is first opened, and kept until the page goes."""

    shortcuts: Mapping[str, Callable[[], object]] = {}
    """Keys of its own, by name as of compat.Shortcuts: of those that the page has in VIEW_KEYS."""

    def focus_here(self) -> None:
        """Put the keyboard where the person goes on."""

    def noted(self) -> None:
        """The notebook has something new, from the conversation."""

    def escape(self) -> None:
        """Esc, when nothing with the focus wanted it."""
