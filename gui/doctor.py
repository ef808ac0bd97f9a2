"""The connection doctor's window: one look after another, then the cause and what to do about it.

Opened from a failed join ("What is wrong?") and by a host ("Nobody can connect?"). What is looked at, and
every sentence, is the engine's; here it is shown, and can be copied to be sent to somebody who helps.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from gui.look.look import Look
from gui.poller import EventPoller
from gui.text.shown_text import shown
from gui.widgets.buttons import CopyButton
from gui.widgets.command_line import CommandLine
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.engine import Diagnosis, DoctorConfig, Engine, Event, Examined, Failed, Stop, start_doctor

GUEST_TITLE, HOST_TITLE = "What is wrong?", "Nobody can connect?"
LOOKING = "Looking…"
WIDTH = 560
MARKS = {True: ("check", "accent"), False: ("cross", "danger"), None: ("info", "ink3")}


class DoctorWindow(tk.Toplevel):
    """Examines `target` (host[:port] or an invite) at once. Esc or Close takes it away, and ends the look."""

    def __init__(self, parent: tk.Misc, look: Look, target: str, *, is_ours: bool = False) -> None:
        super().__init__(parent, background=look.palette.window)
        self._look, self._target, self._is_ours = look, target, is_ours
        self._engine: Engine | None = None
        self._poller: EventPoller[Event] | None = None
        self.diagnosis = Diagnosis(())
        self.problem = ""
        title = HOST_TITLE if is_ours else GUEST_TITLE
        self.title(f"LocalChat: {title}")
        foot = ttk.Frame(self, style="Window.TFrame")
        foot.pack(side="bottom", fill="x")
        scrolled = ScrolledFrame(self, look, ground="Window.")
        scrolled.pack(fill="both", expand=True)
        self._body = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(self._body, padx=32, pady=(20, 8), anchor="nw", fill="x")
        self._scrolled = scrolled
        close = ttk.Button(foot, text="Close", style="Window.Primary.TButton", command=self.destroy)
        self.again_button = ttk.Button(foot, text="Look again", style="Window.TButton", command=self.examine)
        self.copy_button = CopyButton(foot, look, self.as_text, "Copy all", ground="Window.")
        look.pack(close, side="right", padx=(8, 29), pady=12)
        look.pack(self.again_button, side="right", pady=12)
        look.pack(self.copy_button, side="left", padx=(29, 0), pady=12)
        self.bind("<Escape>", self._escape)
        self.bind("<Destroy>", self._destroyed, add=True)
        close.bind("<Return>", self._escape)
        height = min(look.px(560), self.winfo_screenheight() * 9 // 10)
        self.geometry(f"{min(look.px(WIDTH + 80), self.winfo_screenwidth())}x{height}")
        close.focus_set()
        self.examine()

    def examine(self) -> None:
        """Look once more from the beginning."""
        self._stop()
        self.diagnosis, self.problem = Diagnosis(()), ""
        self._engine = start_doctor(DoctorConfig(self._target, self._is_ours))
        self._poller = EventPoller(self, self._engine.events.get_nowait, self._take, only_last=(Examined,))
        self._poller.start()
        self.again_button.state(["disabled"])
        self._show()

    def as_text(self) -> str:
        """All of it, for somebody who helps from afar."""
        marks = {True: "ok  ", False: "BAD ", None: "    "}
        found = self.diagnosis
        lines = [f"LocalChat, {self._target}", *(marks[step.passed] + step.words for step in found.steps)]
        lines += [line for line in (found.cause, found.advice, self.problem) if line]
        return "\n".join(lines + [f"{self._whose}{one.firewall}: {one.command}" for one in found.commands])

    @property
    def _whose(self) -> str:
        return "" if self._is_ours else "On the host’s computer, "

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Examined):
                self.diagnosis = event.diagnosis
            elif isinstance(event, Failed):
                self.problem = str(event.error)
        self._show()
        if self.diagnosis.cause or self.problem:
            self._stop()
            self.again_button.state(["!disabled"])

    def _show(self) -> None:
        look, body, found = self._look, self._body, self.diagnosis
        for child in body.winfo_children():
            child.destroy()
        title = HOST_TITLE if self._is_ours else GUEST_TITLE
        ttk.Label(body, text=title, style="Window.Title.TLabel").pack(anchor="w")
        ttk.Label(body, text=shown(self._target), style="Window.MonoSmall.TLabel").pack(anchor="w")
        if not found.cause and not self.problem:
            self._words(LOOKING, "Window.Secondary.TLabel", (12, 0))
        for words, style, gap in ((found.cause or self.problem, "Window.Strong.TLabel", 12),
                                  (found.advice, "Window.TLabel", 4)):
            if words:
                self._words(words, style, (gap, 0))
        above = ""
        for one in found.commands:
            if one.firewall != above:
                self._words(f"{self._whose}{one.firewall}:", "Window.SmallStrong.TLabel", (10, 2))
            above = one.firewall
            line = CommandLine(body, look, one.command, ground="Window.")
            look.pack(line, fill="x", pady=(0, 2))
        for number, step in enumerate(found.steps):
            icon, colour = MARKS[step.passed]
            row = ttk.Frame(body, style="Window.TFrame")
            look.pack(row, fill="x", pady=(16 if number == 0 else 6, 0))
            sign = ttk.Label(row, image=look.icon(icon, colour, 18), style="Window.TLabel")
            look.pack(sign, side="left", anchor="n", padx=(0, 10))
            text = ttk.Label(row, text=shown(step.words), style="Window.Secondary.TLabel", justify="left")
            look.configure(text, wraplength=WIDTH - 40)
            text.pack(side="left", anchor="w")
        self._scrolled.adopt()

    def _words(self, text: str, style: str, pady: tuple[int, int]) -> None:
        label = ttk.Label(self._body, text=shown(text), style=style, justify="left")
        self._look.configure(label, wraplength=WIDTH)
        self._look.pack(label, anchor="w", pady=pady)

    # --- the end -------------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._poller is not None:
            self._poller.stop()
        if self._engine is not None:
            self._engine.submit(Stop())
        self._engine = self._poller = None

    def _escape(self, _event: tk.Event[tk.Misc]) -> str:
        self.destroy()
        return "break"

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._stop()
