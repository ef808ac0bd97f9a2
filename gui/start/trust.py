"""The question of trust: a server met for the first time, or one whose key has changed. The default is no.

A page of the one window. Nothing has been sent to the server when it is shown, and the client waits for as
long as it takes. A changed key asks for four characters of the new fingerprint that this page does not show:
to type them one has to have them from the host's screen.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from datetime import date
from tkinter import ttk

from gui.compat import press_on_return
from gui.look.look import Look
from gui.page import Page
from gui.text import clock_words
from gui.text.quoted import quoted_room
from gui.text.shown_text import shown
from gui.widgets.boxes import Card
from gui.widgets.fingerprint_picture import FingerprintPicture, FingerprintText, fingerprint_groups
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tile import Tile
from netcore.engine import TrustAsked

FIRST_TITLE = "You have not connected to this server before"
FIRST_WORDS = ("Nothing has been sent yet. Compare this with the picture and the letters on the host’s "
               "screen: if they match, nobody sits between you. You are asked once; then the key is known.")
CHANGED_TITLE = "The key of this server has changed"
CHANGED_WORDS = ("Either the host set the server up anew, or someone in between is answering in "
                 "its place. Nothing has been sent yet. Only the host can tell you which it is.")
ASK_HOST = ("Ask the host for the second group of the fingerprint: it stands behind the lock at the top of "
            "the host’s window, and is hidden here. To trust the new key, type it:")
WRONG = "These are not the four characters. Capitals count."
ASKED_GROUP = 1  # counted from 0: the host's header shows the first two
PICTURE_CELL = 18
WRAP = 760
NARROW = 480  # below this width the margins are smaller
BESIDE = 780  # the width from which two pictures stand side by side


class TrustPage(Page):
    """`on_trust()` and `on_leave()` are the two ways out; Esc is the second."""

    def __init__(self, parent: tk.Misc, look: Look, asked: TrustAsked, on_trust: Callable[[], None],
                 on_leave: Callable[[], None], today: date) -> None:
        super().__init__(parent)
        self.asked = asked
        self._look = look
        self._on_trust = on_trust
        self._on_leave = on_leave
        self._today = today
        self.changed = bool(asked.known)
        self.title = CHANGED_TITLE if self.changed else FIRST_TITLE
        self.answer: ttk.Entry | None = None

        self._head()
        self._foot()
        scrolled = ScrolledFrame(self, look)
        scrolled.pack(fill="both", expand=True)
        self._body(scrolled.inner)
        scrolled.adopt()
        self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Wrap what would be cut off; the second picture under the first where both do not fit."""
        look, px = self._look, self._look.px
        width = self.winfo_width() if self.winfo_width() > 1 else px(WRAP + 64)
        for label in self._beside_tile:
            label.configure(wraplength=max(px(160), width - px(32 + 48 + 16 + 24)))
        side = 32 if width >= px(NARROW) else 16
        room = min(px(WRAP), width - 2 * px(side) - px(14))
        self._words.configure(wraplength=max(px(180), room))
        look.pack(self._words, padx=side)
        look.pack(self._sides, padx=(side, 0))
        if self.changed:
            self._ask.configure(wraplength=max(px(180), room - px(110)))
            look.pack(self._asking, padx=side)
        under = width < px(BESIDE)
        gap = 16 if self.changed else 24
        look.grid(self._second, row=int(under), column=int(not under), sticky="nw",
                  padx=(0 if under else gap, 0), pady=(16 if under else 0, 0))

    def focus_here(self) -> None:
        self.refuse.focus_set()

    def _head(self) -> None:
        look, ground = self._look, "Danger." if self.changed else "Info."
        head = ttk.Frame(self, style=f"{ground}TFrame")
        head.pack(fill="x")
        line = tk.Frame(self, borderwidth=0)
        look.configure(line, height=1)
        line.pack(fill="x")

        def colour() -> None:
            line.configure(background=look.palette.danger_edge if self.changed else look.palette.soft_edge)

        colour()
        look.on_change(colour, owner=line)
        tile = (Tile(head, look, "warning", "on_strong", "danger", "danger_soft") if self.changed
                else Tile(head, look, "key", "on_accent", "accent", "soft"))
        look.pack(tile, side="left", padx=(32, 16), pady=24)
        words = ttk.Frame(head, style=f"{ground}TFrame")
        words.pack(side="left", fill="x", expand=True)
        title = ttk.Label(words, text=CHANGED_TITLE if self.changed else FIRST_TITLE, justify="left",
                          style=f"{ground}Title.TLabel")
        title.pack(anchor="w")
        self.subtitle = ttk.Label(words, text=self._where(), style=f"{ground}Secondary.TLabel",
                                  justify="left")
        self.subtitle.pack(anchor="w")
        self._beside_tile = (title, self.subtitle)

    def _where(self) -> str:
        address = shown(self.asked.address)
        if not self.changed:
            return f"{address} shows a key that you have not met before."
        since = clock_words.day(self.asked.known_since_ms, self._today)
        room = f"{quoted_room(self.asked.known_room)} at " if self.asked.known_room else ""
        return f"{room}{address} is not showing the key you accepted on {since}."

    def _body(self, body: ttk.Frame) -> None:
        look = self._look
        words = self._words = ttk.Label(body, text=CHANGED_WORDS if self.changed else FIRST_WORDS,
                                        justify="left")
        look.pack(words, anchor="w", padx=32, pady=(20, 16))
        sides = self._sides = ttk.Frame(body)
        look.pack(sides, anchor="w", padx=32)
        if self.changed:
            since = clock_words.day(self.asked.known_since_ms, self._today)
            self._side(sides, self.asked.known, f"Known since {since}", "check", "accent", "", 0)
            self._side(sides, self.asked.shown, "Shown just now", "warning", "danger", "Alarm", 1)
            self._question(body)
        else:
            self._side(sides, self.asked.shown, "Shown just now", "key", "accent", "", 0)
            how = self._second = ttk.Frame(sides)
            for number, line in enumerate((
                "Look at the host’s window: the same picture stands beside the invite there.",
                "Not in the same room? Let the host read the first groups aloud, by telephone for example.",
                "An invite carries the fingerprint: who joins with one is not asked.",
            )):
                step = ttk.Label(how, text=f"{number + 1}", style="Chip.TLabel")
                look.grid(step, row=number, column=0, sticky="n", pady=(0, 16))
                text = ttk.Label(how, text=line, style="Secondary.TLabel", justify="left")
                look.configure(text, wraplength=270)
                look.grid(text, row=number, column=1, sticky="w", padx=(12, 0), pady=(0, 16))

    def _side(self, sides: ttk.Frame, fingerprint: bytes, title: str, icon: str, colour: str, kind: str,
              column: int) -> None:
        look = self._look
        card = Card(sides, look, ground="", kind=kind, padding=14)
        if column:
            self._second = card
        else:
            card.grid(row=0, column=0, sticky="n")
        role = "ErrorStrong" if kind else "AccentStrong"
        label = ttk.Label(card, text=title, style=f"{role}.TLabel", compound="left",
                          image=look.icon(icon, colour, 18))
        look.pack(label, anchor="w", pady=(0, 8))
        FingerprintPicture(card, look, fingerprint, cell=PICTURE_CELL).pack(anchor="w")
        hidden = ASKED_GROUP if self.changed and fingerprint == self.asked.shown else None
        text = FingerprintText(card, look, fingerprint, hidden=hidden)
        look.pack(text, anchor="w", pady=(10, 0))

    def _question(self, body: ttk.Frame) -> None:
        look = self._look
        ask = self._asking = ttk.Frame(body)
        look.pack(ask, anchor="w", padx=32, pady=(18, 16))
        self._ask = ttk.Label(ask, text=ASK_HOST, style="Secondary.TLabel", justify="left")
        self._ask.grid(row=0, column=0, sticky="w")
        self._typed_text = tk.StringVar(self)
        self.answer = ttk.Entry(ask, style="Mono.TEntry", width=6, font=look.fonts.mono,
                                textvariable=self._typed_text)
        look.grid(self.answer, row=0, column=1, padx=(12, 0))
        self._wrong = ttk.Label(ask, style="Error.TLabel")
        self._wrong.grid(row=1, column=0, columnspan=2, sticky="w")
        self._typed_text.trace_add("write", lambda *_: self._typed())
        self.answer.bind("<Return>", lambda _: self._try())

    def _foot(self) -> None:
        look = self._look
        foot = ttk.Frame(self, style="Window.TFrame")
        foot.pack(side="bottom", fill="x")
        line = ttk.Frame(foot, style="Line.TFrame")
        look.configure(line, height=1)
        line.pack(fill="x")
        words = "Esc keeps the old key and does not connect" if self.changed else "Esc does not connect"
        self.refuse = ttk.Button(foot, text="Do not connect", style="Window.Primary.TButton",
                                 command=self.escape)
        look.pack(self.refuse, side="right", padx=(6, 29), pady=14)
        self.trust = ttk.Button(foot, style="Window.TButton", command=self._try,
                                text="Trust the new key" if self.changed else "They match: connect")
        look.pack(self.trust, side="right", pady=14)
        if self.changed:
            self.trust.state(["disabled"])
        # Packed last: it is what a narrow window can do without.
        hint = ttk.Label(foot, text=words, style="Window.Muted.TLabel")
        look.pack(hint, side="left", padx=32, pady=14)
        for button in (self.refuse, self.trust):
            press_on_return(button)
            button.bind("<Left>", lambda _: self.trust.focus_set())
            button.bind("<Right>", lambda _: self.refuse.focus_set())

    # --- the answer ----------------------------------------------------------------------------------

    def _agrees(self) -> bool:
        asked = fingerprint_groups(self.asked.shown)[ASKED_GROUP]
        return self.answer is None or self.answer.get().strip() == asked

    def _typed(self) -> None:
        assert self.answer is not None
        typed = self.answer.get().strip()
        wrong = len(typed) >= 4 and not self._agrees()
        self.answer.state(["invalid" if wrong else "!invalid"])
        self._wrong["text"] = WRONG if wrong else ""
        self.trust.state(["!disabled" if self._agrees() else "disabled"])

    def _try(self) -> None:
        if self._agrees():
            self.trust.state(["disabled"])
            self._on_trust()

    def escape(self) -> None:
        """The answer no: nothing is stored and nothing is sent."""
        self._on_leave()
