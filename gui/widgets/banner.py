"""A line of news in the window, which says what happened and what can be done about it."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Final

from gui.look.look import Look
from gui.look.theme_styles import control_prefix
from gui.text.shown_text import shown
from gui.widgets.boxes import Card
from gui.widgets.buttons import LinkLabel
from gui.widgets.tooltip import Tooltip

SLIM: Final = 380  # below this width what can be done about it stands under the words


class Banner(ttk.Frame):
    """One line of news in the window: kind "Info", "Warn" or "Danger"; hidden until `show`.

    Give its place with `look.pack`/`look.grid` once, then `show` and `hide` it.
    """

    _ICONS: Final = {"Info": ("info", "accent"), "Warn": ("clock", "warn"), "Danger": ("warning", "danger")}

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "") -> None:
        super().__init__(parent, style="TFrame" if not control_prefix(ground) else "Window.TFrame")
        self._look = look
        self._ground = control_prefix(ground)
        self._box: ttk.Frame | None = None
        self._words: ttk.Label | None = None
        self._action: ttk.Label | None = None
        self.bind("<Configure>", self._fit, add=True)
        self.configure(height=1)
        look.on_change(self._recolour)

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return str(self._words.cget("text")) if self._words is not None else ""

    def show(self, kind: str, text: str, *, icon: str = "", action: str = "",
             command: Callable[[], object] | None = None, closable: bool = False) -> None:
        """Say `text`; `action` becomes a link that runs `command`; closable adds a cross."""
        self.hide()
        look, (default_icon, colour) = self._look, self._ICONS[kind]
        box = self._box = Card(self, look, ground=self._ground, kind=kind, padding=(15, 7))
        box.pack(fill="both", expand=True)
        picture = look.icon(icon or default_icon, colour, 20)
        ttk.Label(box, image=picture, style=f"{kind}.TLabel").pack(side="left")
        if closable:
            cross = LinkLabel(box, look, "", self.hide, ground=f"{kind}.", colour=colour)
            cross.configure(image=look.icon("cross", colour, 16))
            look.pack(cross, side="right", padx=(12, 0))
            Tooltip(cross, look, "Close")
        if action and command is not None:
            self._action = LinkLabel(box, look, action, command, ground=f"{kind}.", colour=colour)
            look.pack(self._action, side="right", padx=(16, 4))
        self._words = ttk.Label(box, text=shown(text), style=f"{kind}.Small.TLabel",
                                foreground=look.palette.ink)
        look.pack(self._words, side="left", padx=(12, 0), pady=5, fill="x", expand=True)
        self._fit()

    def hide(self) -> None:
        """Take the line away. Does nothing while hidden."""
        if self._box is not None:
            self._box.destroy()
            self._box = self._words = self._action = None
            # A frame that lost its last child keeps its size; ask for the smallest.
            self.configure(height=1)

    def _recolour(self) -> None:
        if self._words is not None:
            self._words.configure(foreground=self._look.palette.ink)

    def _fit(self, _event: object = None) -> None:
        if self._words is not None and self._box is not None and self.winfo_width() > 1:
            slim = self.winfo_width() < self._look.px(SLIM)
            if self._action is not None and slim and self._action.pack_info()["side"] == "right":
                # Below the words, which would have no room beside it.
                self._look.pack(self._action, side="bottom", anchor="w", padx=(32, 4), before=self._words)
            others = sum(child.winfo_reqwidth() + self._look.px(20) for child in self._box.winfo_children()
                         if child is not self._words and not (slim and child is self._action))
            room = self.winfo_width() - others - self._look.px(44)
            self._words.configure(wraplength=max(self._look.px(160), room))
