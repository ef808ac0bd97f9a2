"""The files on their way, a row for each: how far, how fast; pause and cancel."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from tkinter import ttk
from typing import Final

from gui.look.look import Look
from gui.room.file_words import duration_words
from gui.text.shown_text import shown
from gui.widgets.timer import Timer
from gui.widgets.tooltip import Tooltip
from netcore.engine import CancelFile, Command, FileProgress, PauseFile, TransferState
from netcore.wire.lines import counted, size_words

MOST_CHARS: Final = 32
MOST_ROWS: Final = 4
"""Beside one another in time there are two at most; more only wait for their turn."""
STALLED_MS: Final = 5_000
"""So long nothing of a file has moved: its last speed is none any more. A chunk takes less at 14 KB/s."""


@dataclass(slots=True)
class _Row:
    frame: ttk.Frame
    name: ttk.Label
    bar: ttk.Progressbar
    words: ttk.Label
    pause: ttk.Button
    cancel: ttk.Button
    stall: Timer
    said: str = ""
    """What `name` says where there is room for it."""
    paused: bool = False
    stalled: bool = False


class Transfers(ttk.Frame):
    """`submit(command)` reaches the engine. Empty, and without height, while nothing is on its way.

    `on_left()`: the row that had the keyboard is gone.
    """

    def __init__(self, parent: tk.Misc, look: Look, submit: Callable[[Command], None],
                 on_left: Callable[[], object]) -> None:
        super().__init__(parent, height=1)
        self._look = look
        self._submit = submit
        self._on_left = on_left
        self._rows: dict[str, _Row] = {}
        self._latest: dict[str, FileProgress] = {}  # in the order in which they began
        self._more = ttk.Label(self, style="Muted.TLabel")
        self.columnconfigure(0, weight=1)

    def show(self, progress: FileProgress) -> None:
        """One that is on its way, as it stands."""
        self._latest[progress.id] = progress
        self._lay_out()
        row = self._rows.get(progress.id)
        if row is not None:
            row.stalled = False
            self._fill(row, progress)
            if progress.state is TransferState.RUNNING:
                row.stall.start(STALLED_MS, partial(self._stalled, row, progress))
            else:
                row.stall.stop()

    def _stalled(self, row: _Row, progress: FileProgress) -> None:
        """The news that did not come: whoever is at the other end, or the way there, says nothing."""
        row.stalled = True
        self._fill(row, progress)

    def over(self, file_id: str) -> None:
        """It has arrived, or will not."""
        if self._latest.pop(file_id, None) is not None:
            row = self._rows.pop(file_id, None)
            if row is not None:
                had_focus = str(self.focus_get() or "").startswith(f"{row.frame}.")
                row.frame.destroy()
                if had_focus:
                    self._on_left()
            self._lay_out()

    @property
    def first_button(self) -> ttk.Button | None:
        """Where the keyboard comes in; None while nothing is on its way."""
        return next((row.pause for row in self._rows.values()), None)

    def pause(self, file_id: str, paused: bool) -> None:
        """Have it wait, or go on."""
        self._submit(PauseFile(file_id, paused))

    def cancel(self, beginning: str) -> bool:
        """The one whose id begins like this; False if that is none, or more than one."""
        fitting = [file_id for file_id in self._latest if file_id.startswith(beginning.casefold())]
        if len(fitting) == 1:
            self._submit(CancelFile(fitting[0]))
        return len(fitting) == 1

    def _lay_out(self) -> None:
        shown_ids = list(self._latest)[:MOST_ROWS]
        for file_id in [one for one in self._rows if one not in shown_ids]:
            self._rows.pop(file_id).frame.destroy()
        for at, file_id in enumerate(shown_ids):
            if file_id not in self._rows:
                self._rows[file_id] = self._make(file_id)
            self._rows[file_id].frame.grid(row=at, column=0, sticky="ew", pady=self._look.px(2))
            self._fill(self._rows[file_id], self._latest[file_id])
        more = len(self._latest) - len(shown_ids)
        self._more.configure(text=counted(more, "more waits for its turn", "more wait for their turn"))
        if more:
            self._more.grid(row=MOST_ROWS, column=0, sticky="w")
        else:
            self._more.grid_forget()
        if not self._latest:
            self.configure(height=1)  # a frame that lost its last child keeps its size

    def _make(self, file_id: str) -> _Row:
        look = self._look
        frame = ttk.Frame(self)
        frame.columnconfigure(1, weight=1)
        name = ttk.Label(frame, style="TLabel")
        bar = ttk.Progressbar(frame, maximum=1.0)
        words = ttk.Label(frame, style="Muted.TLabel")
        row = _Row(frame, name, bar, words, ttk.Button(frame), ttk.Button(frame), Timer(frame))
        frame.bind("<Destroy>", lambda _: row.stall.stop())
        frame.bind("<Configure>", lambda _: self._fit(row))
        row.pause.configure(style="Small.Ghost.TButton", command=lambda: self._switch(file_id))
        row.cancel.configure(style="Small.Ghost.TButton", command=lambda: self._submit(CancelFile(file_id)),
                             image=look.button_icon("cross", "ink2", 16))
        Tooltip(row.pause, look, "Pause, or go on")
        Tooltip(row.cancel, look, "Cancel")
        look.grid(name, row=0, column=0, sticky="w", padx=(3, 10))
        look.grid(words, row=0, column=1, sticky="e", padx=(0, 6))
        look.grid(bar, row=1, column=0, columnspan=2, sticky="ew", padx=(3, 6), pady=(2, 0))
        row.pause.grid(row=0, column=2, rowspan=2)
        row.cancel.grid(row=0, column=3, rowspan=2)
        return row

    def _fill(self, row: _Row, progress: FileProgress) -> None:
        row.paused = progress.state is TransferState.PAUSED
        verb = "Sending" if progress.sending else "Saving"
        row.said = f"{verb} {_short(shown(progress.name))}"
        row.bar["value"] = progress.done / progress.size if progress.size else 1.0
        row.words["text"] = progress_words(progress, row.stalled)
        row.pause["image"] = self._look.button_icon("play" if row.paused else "pause", "ink2", 16)
        self._fit(row)

    def _fit(self, row: _Row) -> None:
        """The words are whole; the name ends in … where there is no room beside them."""
        px, wide = self._look.px, row.frame.winfo_width()
        others = row.words.winfo_reqwidth() + row.pause.winfo_reqwidth() + row.cancel.winfo_reqwidth()
        room = wide - others - px(3 + 10 + 6)
        fonts = self._look.fonts
        row.name["text"] = fonts.shortened(fonts.body, row.said, room) if wide > 1 else row.said

    def _switch(self, file_id: str) -> None:
        row = self._rows.get(file_id)
        if row is not None:
            self.pause(file_id, not row.paused)


def _short(name: str) -> str:
    """The beginning and the end of a long name: its ending says what it is."""
    return name if len(name) <= MOST_CHARS else f"{name[:MOST_CHARS - 9]}…{name[-8:]}"


def progress_words(progress: FileProgress, stalled: bool = False) -> str:
    """How far it is, and what it does: "12 MB of 40 MB  ·  3.1 MB/s  ·  9 s left"."""
    parts = [f"{size_words(progress.done)} of {size_words(progress.size)}"]
    match progress.state:
        case TransferState.PAUSED:
            parts.append("paused")
        case TransferState.WAITING:
            parts.append("waiting")
        case TransferState.CHECKING:
            parts.append("checking")
        case TransferState.RUNNING if stalled:
            parts.append("stalled")
        case TransferState.RUNNING:
            if progress.bytes_per_s:
                parts.append(f"{size_words(int(progress.bytes_per_s))}/s")
            if progress.left_s is not None:
                parts.append(f"{duration_words(progress.left_s)} left")
    return "  ·  ".join(parts)
