"""The window of the laboratory: what really crosses the wire in the room beside it, in one of several views.

One belongs to a room's window. It takes what the recorder has seen in small portions, as the room's window
takes its own events, and hands it to the recording and to the views that were opened. When it closes, the
recorder is told to stop, and what was recorded is forgotten.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk
from typing import Final

from gui import compat
from gui.compat import COMMAND_WORD
from gui.lab.view import Lab, LabActions, LabView
from gui.lab.views import VIEWS
from gui.look.look import Look
from gui.poller import EventPoller
from gui.text.shown_text import shown
from gui.widgets.boxes import rule
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, SegmentedChoice
from netcore.engine import LabSwitches
from netcore.lab.recording import Recording
from netcore.trace import TraceEvent
from netcore.wire.lines import counted

SIZE: Final = (1200, 780)
LEAST_SIZE: Final = (480, 400)
HEADER_HEIGHT: Final = 64
COUNT_MS: Final = 250


class LabWindow(tk.Toplevel):
    """`whose`: "Ada in Physics 10b". server: whether the recorded end is the room's server."""

    def __init__(self, parent: tk.Misc, look: Look, actions: LabActions, whose: str, server: bool,
                 first_view: str = "wire") -> None:
        super().__init__(parent, background=look.palette.window)
        self.withdraw()
        self.title(f"Laboratory: {shown(whose)}")
        self._look = look
        self._actions = actions
        self.recording = Recording()
        self.lab = Lab(self.recording, actions, server, self.open_view)
        self.views: dict[str, LabView] = {}
        self.view: LabView | None = None
        self._words = {name: place.word for name, place in VIEWS.items() if server or not place.server_only}
        self.switches = LabSwitches()
        self._counting: str | None = None
        self._fitted: tuple[int, bool] | None = None
        self._header(shown(whose))
        self._rule = rule(self)
        self._rule.pack(fill="x")
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)
        self._shortcuts = compat.Shortcuts(self, {})
        self.bind("<Escape>", self._escape)
        self.bind("<Destroy>", self._destroyed, add=True)
        self.protocol("WM_DELETE_WINDOW", self.close)
        look.on_change(self._restyle, owner=self)
        self._restyle()
        wide, high = (min(look.px(length), int(screen * 0.95)) for length, screen in
                      zip(SIZE, (self.winfo_screenwidth(), self.winfo_screenheight()), strict=True))
        self.geometry(f"{wide}x{high}")
        self._poller = EventPoller[TraceEvent](self, actions.next_event, self._take)
        self._poller.start()
        view = self.open_view(first_view)
        self.deiconify()
        view.focus_here()

    # --- the header ----------------------------------------------------------------------------------

    def _header(self, whose: str) -> None:
        look = self._look
        header = ttk.Frame(self)
        look.configure(header, height=HEADER_HEIGHT)
        header.pack(fill="x")
        header.pack_propagate(False)
        flask = ttk.Label(header, image=look.icon("flask", "accent", 24))
        look.pack(flask, side="left", padx=(24, 12))
        self._right = ttk.Frame(header)
        look.pack(self._right, side="right", padx=(8, 16))
        self._names = ttk.Frame(header)
        self._title = ttk.Label(self._names, text="Laboratory", style="Title.TLabel")
        self._title.pack(anchor="w")
        self._whose = ttk.Label(self._names, text=whose, style="Small.TLabel")
        self.choice = SegmentedChoice(header, look, tuple(self._words.items()), next(iter(self._words)),
                                      command=self.open_view)
        self.choice.pack(side="left")
        self.theme = IconButton(self._right, look, "moon", DARK_TIP, self._actions.on_theme,
                                shortcut=f"{COMMAND_WORD}+D")
        self._help = IconButton(self._right, look, "help", "Keys", self._actions.on_keys, shortcut="F1")
        self._help.pack(side="right")
        self.theme.pack(side="right")
        self._count = ttk.Label(self._right, style="Small.TLabel", compound="left",
                                image=look.dot("accent", 10), text="Recording")
        self._below = ttk.Frame(self)  # where the badge stands if there is no room for it above
        self._badge = ttk.Label(self, style="Warn.Chip.TLabel")
        header.bind("<Configure>", lambda _: self._fit())

    def _fit(self) -> None:
        """The header with as much of it as there is room for. What is least needed goes first: the count,
        whose it is, the title; the badge goes into a line of its own."""
        width, px = self.winfo_width(), self._look.px
        if width <= 1:
            return

        def wide(widget: tk.Misc, beside: int) -> int:
            return widget.winfo_reqwidth() + px(beside)

        badge = wide(self._badge, 12) if self._badge["text"] else 0
        names = max(wide(self._title, 24), wide(self._whose, 24))
        room = width - (px(24 + 24 + 12) + wide(self.choice, 16) + wide(self.theme, 8)
                        + wide(self._help, 16))
        title = wide(self._title, 24)  # the choice stands further away from it
        needed = (names + badge + wide(self._count, 12), names + badge, title + badge, title)
        less = next((place for place, need in enumerate(needed) if need <= room), len(needed))
        if (less, bool(badge)) != self._fitted:
            self._fitted = (less, bool(badge))
            self._place(less, bool(badge))

    def _place(self, less: int, badge: bool) -> None:
        pack = self._look.pack
        for widget in (self._count, self._badge, self._below, self._whose, self._names):
            widget.pack_forget()
        if less < 4:
            pack(self._names, side="left", before=self.choice)
        if less < 2:
            pack(self._whose, anchor="w")
        pack(self.choice, side="left", padx=(40 if less < 4 else 16, 0))
        if less < 1:
            pack(self._count, side="right", padx=(0, 12))
        if badge and less < 3:
            pack(self._badge, in_=self._right, side="right", padx=(0, 12))
        elif badge:
            pack(self._below, fill="x", before=self._rule)
            pack(self._badge, in_=self._below, side="left", padx=16, pady=(0, 10))

    def show_switches(self, switches: LabSwitches, words: Sequence[str]) -> None:
        """Which switches of the laboratory are on; `words` say so in the header."""
        self.switches = switches
        self._badge["text"] = "  ·  ".join(words)
        self._fit()
        for view in self.views.values():
            view.switched(switches)

    def show_message(self, seq: int | None, text: str) -> None:
        """Show how a message crossed the wire: by its number in the log, or by its text while it has none."""
        self.show()
        view = self.open_view("wire")
        self.update_idletasks()
        # What the recorder has of it may not be taken yet.
        self._poller.drain()
        view.show_message(seq, text)

    def _show_count(self) -> None:
        self._counting = None
        count, dropped, lost = (self.recording.frame_count, self.recording.frames_dropped,
                                self.recording.lost)
        words = counted(count, "frame")
        if dropped:
            words += f", {dropped:,} dropped"
        self._count["text"] = words + (f", {lost:,} events lost" if lost else "")
        self._fit()

    # --- the views -----------------------------------------------------------------------------------

    def open_view(self, name: str) -> LabView:
        """Show the view of this name, built now if it was not opened before."""
        view = self.views.get(name)
        if view is None:
            view = self.views[name] = VIEWS[name].make(self.body, self._look, self.lab)
            view.switched(self.switches)
        if view is not self.view:
            if self.view is not None:
                self.view.in_sight = False
                self.view.pack_forget()
                self.view.leave()
            self.view = view
            self.choice.variable.set(name)
            view.in_sight = True
            view.pack(fill="both", expand=True)
            view.enter()
            self._shortcuts.set({**self._window_keys(), **view.shortcuts})
            if self.winfo_viewable():
                view.focus_here()
        return view

    def _step(self, step: int) -> None:
        names = list(self._words)
        self.open_view(names[(names.index(self.choice.value) + step) % len(names)])

    def _window_keys(self) -> dict[str, compat.Action]:
        keys: dict[str, compat.Action] = {
            "F1": self._actions.on_keys, "F2": self._actions.room_window, "Ctrl+D": self._actions.on_theme,
            "Ctrl+W": self.close, "Ctrl+Next": lambda: self._step(1), "Ctrl+Prior": lambda: self._step(-1),
        }
        return keys

    # --- events --------------------------------------------------------------------------------------

    def _take(self, events: Sequence[TraceEvent]) -> None:
        self.recording.take(events)
        for view in self.views.values():
            view.take(events)
        if self._counting is None:
            self._counting = self.after(COUNT_MS, self._show_count)

    # --- the rest ------------------------------------------------------------------------------------

    def show(self) -> None:
        """In front of the other windows, with the keyboard."""
        self.deiconify()
        self.lift()
        if self.view is not None:
            self.focus_force()
            self.view.focus_here()

    def close(self) -> None:
        self.destroy()

    def _escape(self, _event: tk.Event[tk.Misc]) -> None:
        if self.view is not None:
            self.view.escape()

    def _restyle(self) -> None:
        dark = self._look.palette.dark
        self.theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)
        compat.set_title_bar(self, dark)
        self.minsize(self._look.px(LEAST_SIZE[0]), self._look.px(LEAST_SIZE[1]))
        self._fit()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self:
            return
        self._poller.stop()
        if self._counting is not None:
            self.after_cancel(self._counting)
        if self.view is not None:
            self.view.in_sight = False
        self.recording.wipe()
        self._actions.on_close()
