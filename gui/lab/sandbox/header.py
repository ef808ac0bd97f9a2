"""The line at the top of the sandbox: which view, which version of LocalChat, and what all windows have."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.views import CONVERSATION, VIEWS
from gui.look.look import Look
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, SegmentedChoice
from netcore.lab.sandbox.room import TODAY, VERSIONS

HEIGHT: Final = 64


@dataclass(frozen=True, slots=True)
class HeaderActions:
    """What its buttons do."""

    view: Callable[[str], None]
    version: Callable[[str], None]
    fold: Callable[[], None]
    """The lessons go, and come again."""
    save: Callable[[], None]
    theme: Callable[[], None]
    keys: Callable[[], None]
    leave: Callable[[], None]


class Header(ttk.Frame):
    """Packs itself; the choice of views stands in it, or below it where it has no room."""

    def __init__(self, parent: tk.Misc, look: Look, actions: HeaderActions) -> None:
        super().__init__(parent)
        self._look = look
        look.configure(self, height=HEIGHT)
        self.pack(fill="x")
        self.pack_propagate(False)
        look.pack(ttk.Label(self, image=look.icon("flask", "accent", 24)), side="left", padx=(24, 12))
        names = self._names = ttk.Frame(self)
        names.pack(side="left")
        ttk.Label(names, text="Laboratory", style="Title.TLabel").pack(anchor="w")
        ttk.Label(names, text="Real programs, on this computer only", style="Small.TLabel").pack(anchor="w")
        right = self._right = ttk.Frame(self)
        look.pack(right, side="right", padx=(8, 16))
        self.leave = ttk.Button(right, text="Leave", style="Small.Plain.TButton", command=actions.leave)
        look.pack(self.leave, side="right", padx=(8, 0))
        IconButton(right, look, "help", "Keys", actions.keys, shortcut="F1").pack(side="right")
        self.theme = IconButton(right, look, "moon", DARK_TIP, actions.theme)
        self.theme.pack(side="right")
        self.save = IconButton(right, look, "save", "Save the report…", actions.save)
        self.save.pack(side="right")
        room = self._room = ttk.Frame(right)
        room.pack(side="right")
        self.unfold = ttk.Button(room, text="Lessons", style="Small.Plain.TButton", command=actions.fold)
        look.pack(self.unfold, side="right", padx=(12, 8))
        self.versions = SegmentedChoice(
            room, look, [(one, one if one != TODAY else "Today") for one in VERSIONS], TODAY,
            command=actions.version)
        self.versions.pack(side="right")
        look.pack(ttk.Label(room, text="Version", style="Small.TLabel"), side="right", padx=(0, 8))
        self.views = SegmentedChoice(parent, look, [(name, place.word) for name, place in VIEWS.items()],
                                     CONVERSATION, command=actions.view)
        self._fits = (True, "")  # whether the title is there, and where the choice is
        for part in (self, right, self.views):
            part.bind("<Configure>", lambda _: self._fit(), add=True)
        look.on_change(self._restyle, owner=self)
        self._restyle()

    @property
    def view(self) -> str:
        """The name of the view that is shown."""
        return self.views.value

    def show_view(self, name: str) -> None:
        """Only the conversation has a version, and lessons beside it."""
        self.views.variable.set(name)
        if name == CONVERSATION:
            self._room.pack(side="right")
        else:
            self._room.pack_forget()
        self.update_idletasks()  # its new width says where the choice of views stands
        self._fit()

    def show_version(self, version: str) -> None:
        self.versions.variable.set(version)

    def _fit(self) -> None:
        """The choice of views goes below, and the title away, where there is no room for them."""
        look, choice, names = self._look, self.views, self._names
        room = self.winfo_width() - look.px(84) - self._right.winfo_reqwidth()
        named = room >= names.winfo_reqwidth()
        beside = room >= named * names.winfo_reqwidth() + choice.winfo_reqwidth() + look.px(40)
        fits = named, ("" if len(VIEWS) < 2 else "beside" if beside else "below")
        if self.winfo_width() <= 1 or fits == self._fits:
            return
        self._fits = fits
        names.pack_forget()
        choice.pack_forget()
        if named:
            names.pack(side="left")
        if fits[1] == "beside":
            look.pack(choice, in_=self, side="left", padx=(40, 0))
        elif fits[1]:
            look.pack(choice, after=self, anchor="w", padx=16, pady=(0, 10))

    def _restyle(self) -> None:
        dark = self._look.palette.dark
        self.theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)
