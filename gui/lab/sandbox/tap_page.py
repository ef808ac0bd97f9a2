"""The tap between separate windows: `localchat.py tap --listen 127.0.0.1:5051 --to 127.0.0.1:5050`.

Whoever is given its address comes through it. The verdict says what the tap can know: what it did, what came
back, which end hung up. Which defence held, the window of the attacked end says.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.tap_panel import CHOOSE_BIT, TapPanel, title_of
from gui.lab.sandbox.verdict_card import VerdictCard
from gui.look.look import Look
from gui.page import Page
from gui.poller import EventPoller
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, CopyButton, IconButton, LinkLabel, SegmentedChoice
from gui.widgets.keyboard import give_keyboard, has_keyboard
from netcore.errors import LocalChatError
from netcore.lab.orders import Quit, read_order
from netcore.lab.tap import is_this_computer, start_tap
from netcore.lab.tap_events import Attacked, Crashed, Failed, FrameTapped, TapEvent, Tapping
from netcore.lab.tap_headless import WARNING, config_of
from netcore.lab.tap_verdict import judge, last_attack
from netcore.options import Options

SIZE: Final = (920, 820)
VERDICT_HEIGHT: Final = 262
HEADER_HEIGHT: Final = 64
HIGH: Final = 700
"""From this height on the verdict stands below the tap."""
PARTS: Final = (("tap", "Tap"), ("verdict", "Verdict"))
JOIN_S: Final = 1.0
CHOOSE: Final = "1  Choose an attack.\n2  Arm it: it is carried out once, on the next frame of its direction."
WAITS: Final = "It waits for the next frame. What became of it will stand here."
MOST_EVENTS: Final = 20_000


class TapPage(Page):
    def __init__(self, parent: tk.Misc, look: Look, options: Options, on_theme: Callable[[], None],
                 on_keys: Callable[[], None], on_leave: Callable[[], None]) -> None:
        """Raises InputError for an address that is none."""
        config = config_of(options)
        super().__init__(parent)
        self.title = "Tap"
        self._look = look
        self._address = ""
        self._frames = config.frames
        self._events: list[TapEvent] = []
        header = ttk.Frame(self)
        look.configure(header, height=HEADER_HEIGHT)
        header.pack(fill="x")
        header.pack_propagate(False)
        look.pack(ttk.Label(header, image=look.icon("eye", "warn", 24)), side="left", padx=(24, 12))
        right = ttk.Frame(header)
        look.pack(right, side="right", padx=(8, 16))
        names = ttk.Frame(header)
        names.pack(side="left")
        ttk.Label(names, text="Tap", style="Title.TLabel").pack(anchor="w")
        self.where = ttk.Label(names, text="Opening…", style="Small.TLabel")
        self.where.pack(anchor="w")
        self.stop = ttk.Button(right, text="Stop the tap", style="Small.Danger.TButton", command=on_leave)
        look.pack(self.stop, side="right", padx=(8, 0))
        IconButton(right, look, "help", "Keys", on_keys, shortcut="F1").pack(side="right")
        self.theme = IconButton(right, look, "moon", DARK_TIP, on_theme)
        self.theme.pack(side="right")
        self.copy = CopyButton(right, look, lambda: self._address, "Copy")
        look.pack(self.copy, side="right", padx=(0, 8))
        rule(self).pack(fill="x")
        self.banner = Banner(self, look)
        look.pack(self.banner, fill="x", padx=16, pady=(8, 0))
        if not (is_this_computer(config.listen_host) and is_this_computer(config.to_host)):
            self.banner.show("Warn", WARNING, icon="warning")
        self.verdict = VerdictCard(self, look, lambda: None,
                                   lambda byte, bit: self.tap.choose_bit(byte, bit),
                                   lambda: self.tap.look_at_none(), VERDICT_HEIGHT)
        self.verdict.clear(hint=CHOOSE)
        self.tap = TapPanel(self, look, self._order, None, self._search, self._looked_at, None)
        self._row = ttk.Frame(self)
        self.parts = SegmentedChoice(self._row, look, PARTS, "tap", command=lambda _: self._part_chosen())
        self.parts.pack(side="left")
        self.news = LinkLabel(self._row, look, "", self._open_verdict)
        look.pack(self.news, side="left", padx=(16, 0))
        self._small: bool | None = None
        self.bind("<Configure>", lambda _: self._fit())
        self._running = start_tap(config)
        self._poller = EventPoller[TapEvent](self, self._running.events.get_nowait, self._take)
        self._poller.start()
        self.bind("<Destroy>", self._destroyed)
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _restyle(self) -> None:
        dark = self._look.palette.dark
        self.theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)
        self._fit()

    def _fit(self) -> None:
        """The verdict below the tap where there is the height; else one at a time, chosen in a row above."""
        small = 1 < self.winfo_height() < self._look.px(HIGH)
        if small != self._small:
            self._small = small
            if small:
                self.parts.variable.set("verdict" if has_keyboard(self.verdict) else "tap")
            self._show_parts()

    def _show_parts(self) -> None:
        for part in (self._row, self.verdict, self.tap):
            part.pack_forget()
        if not self._small:
            self.verdict.pack(side="bottom", fill="x")
            self.tap.pack(fill="both", expand=True)
            return
        self._look.pack(self._row, fill="x", padx=16, pady=8)
        if self.parts.value == "verdict":
            self.news["text"] = ""
            self.verdict.pack(fill="both", expand=True)
        else:
            self.tap.pack(fill="both", expand=True)

    def _part_chosen(self) -> None:
        """The keyboard does not stay in what has gone."""
        self._show_parts()
        if any(has_keyboard(part) for part in (self.tap, self.verdict, self.news)):
            shown = self.verdict.bytes
            if self.parts.value == "tap":
                self.focus_here()
            else:
                give_keyboard(shown.text if shown.has_bytes else self.parts.buttons["verdict"])

    def _open_verdict(self) -> None:
        self.parts.variable.set("verdict")
        self._part_chosen()

    def focus_here(self) -> None:
        give_keyboard(self.tap.tiles[self.tap.attack.get()])

    def _order(self, text: str) -> None:
        try:
            order = read_order(text)
        except LocalChatError as error:
            self.tap.say(str(error))
            return
        if not isinstance(order, Quit):
            self.verdict.wait(f"Armed: {text.removeprefix('/')}", WAITS, self._last_attack())
            self.tap.table.keep(None)
            self._running.submit(order)
            self.tap.say(f"Armed: {text.removeprefix('/')}.")

    def _take(self, events: Sequence[TapEvent]) -> None:
        for event in events:
            match event:
                case Tapping(address):
                    self._address = address
                    self.where["text"] = f"Clients that are given {address} come through here"
                case Failed(error):
                    self.banner.show("Danger", str(error))
                    self.where["text"] = "Not open"
                case Crashed(traceback):
                    raise RuntimeError(traceback)
                case _:
                    self._events.append(event)
                    self.tap.take(event)
        del self._events[: max(0, len(self._events) - MOST_EVENTS)]
        self._judge()

    def _last_attack(self) -> Attacked | None:
        return next((one for one in reversed(self._events) if isinstance(one, Attacked)), None)

    def _judge(self) -> None:
        at, attack = last_attack(self._events), self._last_attack()
        if at is not None and attack is not None:
            verdict = judge(self._events, at, self._frames)
            if self.verdict.tell(verdict, attack, False):
                self.tap.keep_in_sight(attack)
                if self._small and self.parts.value == "tap":
                    self.news["text"] = verdict.heading

    def _search(self, word: str) -> int:
        from netcore.lab.sandbox.sandbox import count_in

        return count_in((one for one in self._events if isinstance(one, FrameTapped)), word)

    def _looked_at(self, frame: FrameTapped | None) -> None:
        if frame is not None:
            title = title_of(frame, "the client")
            self.verdict.show_frame(title, CHOOSE_BIT, frame.data)

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._poller.stop()
            self._running.stop()
            self._running.join(JOIN_S)
