"""The bar at the top of a room's window: its sign, its name, the state of the line, the lock, the buttons.

The sign is the small fingerprint picture of the server's key. The lock opens a pop-up with the whole
fingerprint, to compare it with the one on somebody else's screen.
"""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from gui.compat import COMMAND_WORD
from gui.look.look import Look
from gui.room.fingerprint_popup import FingerprintPopup
from gui.room.system_lines import Mark
from gui.text.shown_text import shown
from gui.widgets.boxes import Pill
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, set_words
from gui.widgets.fingerprint_picture import FingerprintPicture, fingerprint_groups
from gui.widgets.tooltip import Tooltip

HEIGHT = 64
NARROW = 600  # below this width there is no sign
COMPARE = ("Every screen in this room shows the same fingerprint. If one differs, somebody sits in between: "
           "ask the host to read theirs aloud.")

# State of the connection: (dot, words)
STATES = {
    "connecting": ("warn", "Connecting…"),
    "connected": ("accent", "Connected"),
    "waiting": ("warn", "Waiting for the server"),
    "gone": ("danger", "Not connected"),
    "stopping": ("warn", "Closing…"),
}


class Header(ttk.Frame):
    """Title, subtitle, state and buttons: `on_theme` and `on_keys` are what every window has."""

    def __init__(self, parent: tk.Misc, look: Look, on_theme: Callable[[], None],
                 on_keys: Callable[[], None], on_lab: Callable[[], None]) -> None:
        super().__init__(parent)
        self._look = look
        self.fingerprint = b""
        self._popup: FingerprintPopup | None = None
        self._compact = False
        self._said = ("", "")  # the state, and the words in place of the usual ones

        look.configure(self, height=HEIGHT)
        self.pack_propagate(False)
        line = ttk.Frame(self, style="Line.TFrame")
        look.pack(line, side="bottom", fill="x")
        look.configure(line, height=1)
        self._sign_place = ttk.Frame(self)
        look.pack(self._sign_place, side="left", padx=(24, 12))
        self._sign: FingerprintPicture | None = None
        # Packed before the names: what does not fit is the end of a name, never a button.
        self.right = ttk.Frame(self)
        look.pack(self.right, side="right", padx=(8, 16))
        names = self._names = ttk.Frame(self)
        names.pack(side="left")
        first = ttk.Frame(names)
        first.pack(anchor="w")
        self._title = ttk.Label(first, style="Title.TLabel")
        self._title.pack(side="left")
        self._marks = ttk.Frame(first)
        look.pack(self._marks, side="left", padx=(10, 0))
        self._shown_marks: Sequence[Mark] = ()
        self._pills: list[Pill] = []  # one a mark, and one for those that do not fit
        self._fitting = -1
        self._subtitle = ttk.Label(names, style="Small.TLabel")
        self._subtitle.pack(anchor="w")
        self._names_shown = ("", "")
        self._title_tip = Tooltip(self._title, look, "")
        self._subtitle_tip = Tooltip(self._subtitle, look, "")
        self.lock = ttk.Button(self.right, style="Mono.Small.Plain.TButton", compound="left",
                               command=self.show_fingerprint)
        Tooltip(self.lock, look, "The fingerprint of this room’s key", f"{COMMAND_WORD}+L")
        self.buttons = ttk.Frame(self.right)
        self.buttons.pack(side="left")
        self.lab = IconButton(self.buttons, look, "flask", "The laboratory: see inside", on_lab,
                              shortcut="F2")
        self.lab.pack(side="left")
        self.theme = IconButton(self.buttons, look, "moon", DARK_TIP, on_theme, shortcut=f"{COMMAND_WORD}+D")
        self.theme.pack(side="left")
        self._help = IconButton(self.buttons, look, "help", "Keys", on_keys, shortcut="F1")
        self._help.pack(side="left")
        self._state = ttk.Label(self.right, style="Small.TLabel", compound="left")
        self.bind("<Configure>", lambda _: self._fit())
        self.right.bind("<Configure>", lambda _: self._fit_names())
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _fit(self) -> None:
        """In a narrow window the sign, and what has a key, make room for the name."""
        narrow = self._is_narrow()
        self._fit_names()
        if narrow and self._sign_place.winfo_manager():
            self._sign_place.pack_forget()
            self._help.pack_forget()
            self.lab.pack_forget()
            self._look.pack(self._names, side="left", padx=(24, 0))
        elif not narrow and not self._sign_place.winfo_manager():
            self._help.pack(side="left")
            self.lab.pack(side="left", before=self.theme)
            self._look.pack(self._names, side="left", padx=0)
            self._look.pack(self._sign_place, side="left", padx=(24, 12), before=self._names)

    def _is_narrow(self) -> bool:
        return 1 < self.winfo_width() < self._look.px(NARROW)

    def set_room(self, room: str, subtitle: str) -> None:
        self._names_shown = (shown(room), subtitle)
        self._title_tip.text, self._subtitle_tip.text = self._names_shown
        self._fit_names()

    def _fit_names(self) -> None:
        """As much of the names as there is room for: where one is cut it says so, and tells all under the
        pointer."""
        room = self.winfo_width() - self._sign_width() - self.right.winfo_reqwidth() - self._look.px(40)
        for label, name, font in zip((self._title, self._subtitle), self._names_shown,
                                     (self._look.fonts.title, self._look.fonts.small), strict=True):
            fitting = room if self.winfo_width() > 1 else sys.maxsize
            label["text"] = self._look.fonts.shortened(font, name, fitting)
        self._fit_marks()

    def _sign_width(self) -> int:
        return self._look.px(24 if self._is_narrow() else 17 * 3 + 28 + 24)

    def set_fingerprint(self, fingerprint: bytes) -> None:
        """The server's key, 32 bytes: its sign and the lock with its first two groups."""
        if fingerprint == self.fingerprint:
            return
        self.fingerprint = fingerprint
        if self._sign is not None:
            self._sign.destroy()
        self._sign = FingerprintPicture(self._sign_place, self._look, fingerprint, cell=3)
        self._sign.pack()
        self.lock["image"] = self._look.icon("lock", "accent", 18)
        self.set_compact(self._compact)
        self._look.pack(self.lock, side="left", before=self.buttons, padx=(0, 8))

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Chips beside the room's name, for the rules that are not the usual ones."""
        if marks == self._shown_marks:
            return
        self._shown_marks = marks
        for pill in self._pills:
            pill.destroy()
        self._pills = []
        for mark in marks:
            pill = Pill(self._marks, mark.text, mark.kind)
            Tooltip(pill, self._look, f"{mark.text}: {mark.tip}")
            self._pills.append(pill)
        self._more = Pill(self._marks, "")
        Tooltip(self._more, self._look, "\n".join(f"{mark.text}: {mark.tip}" for mark in marks))
        self._pills.append(self._more)
        self._fitting = -1
        self._fit_marks()

    def _fit_marks(self) -> None:
        """As many chips as there is room for, and the number of the others."""
        if not self._pills:
            return
        px, marks = self._look.px, self._pills[:-1]
        taken = (self._sign_width() + self._title.winfo_reqwidth() + self.right.winfo_reqwidth()
                 + px(36))
        room = self.winfo_width() - taken
        widths = [pill.winfo_reqwidth() + px(6) for pill in marks]
        fitting = len(marks)
        while fitting and sum(widths[:fitting]) + (px(40) if fitting < len(marks) else 0) > room:
            fitting -= 1
        if fitting == self._fitting or self.winfo_width() <= 1:
            return
        self._fitting = fitting
        for pill in self._pills:
            pill.pack_forget()
        self._more["text"] = f"+{len(marks) - fitting}"
        for pill in [*marks[:fitting], *([self._more] if fitting < len(marks) else [])]:
            self._look.pack(pill, side="left", padx=(0, 6))

    def set_compact(self, compact: bool) -> None:
        """The lock without its groups, and no words while all is well, for a narrow window."""
        self._compact = compact
        if self._said[0]:
            self.set_state(*self._said)
        groups = " ".join(fingerprint_groups(self.fingerprint)[:2]) if self.fingerprint else ""
        set_words(self.lock, "" if compact else groups)

    def set_state(self, state: str, words: str = "") -> None:
        """One of STATES; `words` in place of the usual ones."""
        self._said = (state, words)
        dot, usual = STATES[state]
        quiet = self._compact and state == "connected"
        self._state.configure(image=self._look.dot(dot, 10), text="" if quiet else words or usual)
        if not self._state.winfo_manager():
            before = self.lock if self.lock.winfo_manager() else self.buttons
            self._look.pack(self._state, side="left", before=before, padx=(0, 16))

    def show_fingerprint(self) -> None:
        """Open the pop-up under the lock, or close it again."""
        if self._popup is not None and self._popup.winfo_exists():
            self._popup.destroy()
        elif self.fingerprint:
            self._popup = FingerprintPopup(self.lock, self._look, self.fingerprint, "The key of this room",
                                           COMPARE)

    def _restyle(self) -> None:
        # A style belongs to a theme, and each palette and zoom has its own.
        ttk.Style(self).configure("Mono.Small.Plain.TButton", font=self._look.fonts.mono)
        dark = self._look.palette.dark
        self.theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)
        self._fit()
