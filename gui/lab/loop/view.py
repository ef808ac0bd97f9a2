"""The Loop view of a server: one thread and many sockets, live or turn by turn through what was recorded.

Stepping goes through the recording; the loop itself is never held up. What can be held up is one member, by
freezing it: then its queue grows, and the times beside it show that nobody else waits.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from itertools import islice
from tkinter import ttk
from typing import Final

from gui.lab.empty import Empty
from gui.lab.loop.sockets import SocketList
from gui.lab.loop.strip import TURNS, Strip
from gui.lab.loop.words import HARD_BYTES, STALL_S, Socket, amount, limit, moved, parts, seconds, why
from gui.lab.view import Lab, LabView
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.boxes import Card, rule
from gui.widgets.buttons import IconButton
from gui.widgets.keyboard import give_keyboard
from netcore.engine import Freeze, LabSwitches
from netcore.lab.deliveries import Deliveries
from netcore.trace import RecordingEnded, TraceEvent, Turn
from netcore.wire.lines import counted

PAINT_MS: Final = 100
PARTS: Final = 6  # of a turn, see `words.parts`
SIDE: Final = 290
LEAST_SHARE: Final = 0.05  # of a gauge: less is not seen
FOLD_PARTS: Final = 860  # below this width the parts of a turn stand in two rows
FOLD_SIDE: Final = 660  # below this width what is about the chosen socket stands under the list
NOTHING: Final = ("No turn was recorded yet",
                  "A turn is one round of the loop. It begins when a member sends something.")
NOBODY: Final = "Nobody is chosen. Go through the sockets with the arrow keys."
ABOUT_FREEZE: Final = ("Freeze stops reading from one member and writing to it, as if its network stood "
                       "still. Its window says so. What the room says waits in its queue, and only there.")
ENDS: Final = (f"At {limit(HARD_BYTES)}, or after {STALL_S:.0f} s without progress, the connection is closed "
               "with too_slow. The member comes back by itself and catches up: nothing is lost. PROTOCOL §9")


class LoopView(LabView):
    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent, look, lab)
        self.deliveries = Deliveries()
        self.at: int | None = None  # the `n` of the turn that is looked at, None while live
        self._moved: dict[int, tuple[int, float]] = {}  # of each connection: its queue, and since when so
        self._painting: str | None = None
        self.empty = Empty(self, look, "refresh", *NOTHING)
        self.body = ttk.Frame(self)
        self._top()
        rule(self.body).pack(fill="x")
        self._build_below()
        self.shortcuts = {"Alt+Left": lambda: self.step(-1), "Alt+Right": lambda: self.step(1),
                          "Alt+L": self.live}
        self.bind("<Configure>", lambda event: self._fit() if event.widget is self else None)
        self.bind("<Destroy>", self._destroyed, add=True)
        self.deliveries.take(lab.recording.frames)
        self._note(lab.recording.turns)
        self._paint()

    # --- parts ---------------------------------------------------------------------------------------

    def _top(self) -> None:
        look = self.look
        top = ttk.Frame(self.body)
        look.pack(top, fill="x", padx=24, pady=(10, 8))
        head = ttk.Frame(top)
        head.pack(fill="x")
        self._heading = ttk.Label(head, style="Heading.TLabel")
        self._heading.pack(side="left")
        self.live_button = ttk.Button(head, text="Live", style="Small.Plain.TButton", command=self.live)
        self.live_button.pack(side="right")
        for icon, tip, step, key in (("chevron_right", "The next turn", 1, "Alt+Right"),
                                     ("chevron_left", "The turn before", -1, "Alt+Left")):
            button = IconButton(head, look, icon, tip, lambda step=step: self.step(step),  # type: ignore[misc]
                                shortcut=key)
            button.pack(side="right")
        self._place = ttk.Label(head, style="Muted.TLabel")
        look.pack(self._place, side="right", padx=(0, 12))
        boxes = self._parts = ttk.Frame(top)
        look.pack(boxes, fill="x", pady=(8, 8))
        self._cards: list[Card] = []
        self._boxes: list[tuple[ttk.Label, ttk.Label, ttk.Label]] = []
        for _ in range(PARTS):
            card = Card(boxes, look, ground="", padding=(10, 6))
            self._cards.append(card)
            line = ttk.Frame(card)
            line.pack(fill="x")
            name = ttk.Label(line, style="Strong.TLabel")
            name.pack(side="left")
            number = ttk.Label(line, style="MonoSmall.TLabel")
            number.pack(side="right")
            words = ttk.Label(card, style="Muted.TLabel")
            words.pack(anchor="w")
            self._boxes.append((name, number, words))
        self._place_parts(PARTS)
        self.strip = Strip(top, look, self._pick)
        self.strip.pack(fill="x")
        for key, step in (("<Left>", -1), ("<Right>", 1)):
            self.strip.bind(key, lambda _, step=step: self.step(step))  # type: ignore[misc]
        self.strip.bind("<End>", lambda _: self.live())

    def _place_parts(self, columns: int) -> None:
        """What a turn did, in rows of so many."""
        for number, card in enumerate(self._cards):
            row, column = divmod(number, columns)
            self._parts.columnconfigure(number, weight=int(number < columns),
                                        uniform="part" if number < columns else "")
            self.look.grid(card, row=row, column=column, sticky="nsew", padx=(0 if column == 0 else 8, 0),
                           pady=(0 if row == 0 else 8, 0))

    def _build_below(self) -> None:
        look = self.look
        self.below = ttk.Frame(self.body)
        self.below.pack(fill="both", expand=True)
        self.below.rowconfigure(0, weight=1)
        self.below.columnconfigure(0, weight=1)
        self.sockets = SocketList(self.below, look, lambda _: self._paint(), self.freeze)
        self.sockets.grid(row=0, column=0, sticky="nsew")
        self._side = ttk.Frame(self.below, style="Window.TFrame")
        look.configure(self._side, width=SIDE, height=230)
        self._side.pack_propagate(False)
        rule(self._side).pack(side="left", fill="y")
        side = ttk.Frame(self._side, style="Window.TFrame")
        look.pack(side, fill="both", expand=True, padx=20, pady=14)
        self.name = ttk.Label(side, style="Window.Heading.TLabel")
        self.name.pack(anchor="w")
        self.why = ttk.Label(side, style="Window.Small.TLabel", justify="left")
        look.pack(self.why, anchor="w", pady=(6, 10))
        self.freeze_button = ttk.Button(side, style="Window.Small.Plain.TButton", command=self._freeze_chosen)
        self.freeze_button.pack(anchor="w")
        self._gauges = ttk.Frame(side, style="Window.TFrame")
        look.pack(self._gauges, fill="x", pady=(10, 0))
        self._gauge_rows = [self._gauge(words) for words in ("Queue", "Without progress")]
        meanwhile = ttk.Label(side, text="Meanwhile, the others", style="Window.SmallStrong.TLabel")
        look.pack(meanwhile, anchor="w", pady=(10, 2))
        self.others = ttk.Label(side, style="Window.Small.TLabel", justify="left")
        self.others.pack(anchor="w")
        self._about = ttk.Label(side, style="Window.Muted.TLabel", justify="left")
        look.pack(self._about, anchor="w", pady=(14, 0))
        for label in (self.why, self._about, self.others):
            look.configure(label, wraplength=SIDE - 48)

    def _gauge(self, words: str) -> tuple[ttk.Label, ttk.Progressbar]:
        row = ttk.Frame(self._gauges, style="Window.TFrame")
        row.pack(fill="x")
        ttk.Label(row, text=words, style="Window.Small.TLabel").pack(side="left")
        value = ttk.Label(row, style="Window.SmallStrong.TLabel")
        value.pack(side="right")
        bar = ttk.Progressbar(self._gauges, maximum=1.0)
        self.look.pack(bar, fill="x", pady=(2, 8))
        return value, bar

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[TraceEvent]) -> None:
        self.deliveries.take(events)
        self._note([event for event in events if isinstance(event, Turn)])
        for event in events:
            if isinstance(event, RecordingEnded):
                self._moved.pop(event.connection, None)
        if self._painting is None and self.in_sight:
            self._painting = self.after(PAINT_MS, self._paint)

    def _note(self, turns: Sequence[Turn]) -> None:
        """Since when nothing of each queue has moved: it grows by what is said, and shrinks by progress."""
        for turn in turns:
            for connection, queued in turn.queues.items():
                before, since = self._moved.get(connection, (0, turn.at_s))
                self._moved[connection] = (queued, turn.at_s if moved(before, queued) else since)

    def _stuck_s(self, turn: Turn, connection: int) -> float:
        """How long, at the end of that turn, nothing of the queue had moved; as far as turns are kept."""
        queued = turn.queues[connection]
        _, since = self._moved.get(connection, (0, turn.at_s))
        if since > turn.at_s:  # it has moved since that turn, so the turns before it say it
            since = turn.at_s
            kept = self.lab.recording.turns
            place = next((at for at, one in enumerate(kept) if one.n == turn.n), 0)
            for earlier in reversed(list(islice(kept, place))):
                if moved(earlier.queues.get(connection, 0), queued):
                    break
                queued, since = earlier.queues[connection], earlier.at_s
        return round(max(0.0, turn.at_s - since)) if turn.queues[connection] else 0

    def switched(self, switches: LabSwitches) -> None:
        super().switched(switches)
        if self.in_sight:
            self._paint()

    # --- which turn ----------------------------------------------------------------------------------

    def _shown(self) -> tuple[list[Turn], Turn | None, int | None]:
        """The turns of the strip, the one before them, and the place of the one that is looked at."""
        turns = self.lab.recording.turns
        end = len(turns)
        if self.at is not None:
            place = next((at for at, turn in enumerate(turns) if turn.n == self.at), None)
            if place is None:
                self.at = None  # it is not kept any more
            else:
                end = min(len(turns), max(place + TURNS // 2, TURNS))
        start = max(0, end - TURNS)
        shown_turns = list(islice(turns, start, end))
        before = turns[start - 1] if start else None
        chosen = next((at for at, turn in enumerate(shown_turns) if turn.n == self.at), None)
        return shown_turns, before, chosen

    def step(self, step: int) -> str:
        """A turn further or back in the recording."""
        turns, _, chosen = self._shown()
        if turns:
            if chosen is None:
                chosen = len(turns)
            place = chosen + step
            if place >= len(turns):
                self.live()
            else:
                self._pick(max(0, place))
        return "break"

    def _pick(self, place: int) -> None:
        turns, _, _ = self._shown()
        self.at = turns[place].n
        self._paint()

    def live(self) -> str:
        """Back to the newest turn, and on with it."""
        self.at = None
        self._paint()
        return "break"

    # --- painting ------------------------------------------------------------------------------------

    def _paint(self) -> None:
        self._painting = None
        turns, before, chosen = self._shown()
        if not turns:
            self.empty.show(self.body)
            return
        self.empty.give_way(self.body)
        place = len(turns) - 1 if chosen is None else chosen
        turn = turns[place]
        last = turns[place - 1] if place else before
        self._heading["text"] = "The last turn of the loop" if chosen is None else "One turn of the loop"
        back = "" if chosen is None else f", {self.lab.recording.turns[-1].n - turn.n:,} back"
        self._place["text"] = f"turn {turn.n:,}{back}"
        self.live_button.state(["disabled" if chosen is None else "!disabled"])
        after_s = None if last is None or last.n != turn.n - 1 else turn.at_s - last.at_s
        for (name, number, words), told in zip(self._boxes, parts(turn, after_s), strict=True):
            for label, text in zip((name, number, words), told, strict=True):
                if label["text"] != text:
                    label["text"] = text
        self.strip.show(turns, before, chosen)
        sockets = [self._socket(turn, connection) for connection in sorted(turn.queues)]
        self.sockets.show(sockets, self.deliveries.last)
        self._show_chosen(sockets, turn)

    def _socket(self, turn: Turn, number: int) -> Socket:
        connection = self.lab.recording.connections.get(number)
        member_id = connection.member_id if connection else b""
        name = self.lab.actions.name_of(member_id) if member_id else ""
        queued = turn.queues[number]
        return Socket(number, name or (connection.peer if connection else "") or f"#{number}", member_id,
                      turn.interest.get(number, ""), queued, member_id in self.switches.frozen)

    def _show_chosen(self, sockets: Sequence[Socket], turn: Turn) -> None:
        chosen = next((one for one in sockets if one.connection == self.sockets.chosen), None)
        if chosen is None:
            self.name["text"], self.why["text"], self._about["text"] = "One member", NOBODY, ABOUT_FREEZE
            self.freeze_button.pack_forget()
            self._gauges.pack_forget()
        else:
            self.name["text"] = shown(chosen.name) + (" is frozen" if chosen.frozen else "")
            self.why["text"] = why(chosen)
            self.freeze_button["text"] = f"{'Thaw' if chosen.frozen else 'Freeze'} {shown(chosen.name)}"
            self._about["text"] = ENDS if chosen.frozen or chosen.queued_bytes else ABOUT_FREEZE
            if not self.freeze_button.winfo_manager():
                self.freeze_button.pack(anchor="w", after=self.why)
                self.look.pack(self._gauges, fill="x", pady=(10, 0), after=self.freeze_button)
            (queue, queue_bar), (stuck, stuck_bar) = self._gauge_rows
            queue["text"] = f"{amount(chosen.queued_bytes)} of {limit(HARD_BYTES)}"
            # So that even a little shows.
            share = chosen.queued_bytes / HARD_BYTES
            queue_bar["value"] = max(LEAST_SHARE, share) if share else 0
            stuck_s = self._stuck_s(turn, chosen.connection)
            stuck["text"] = f"{stuck_s:.0f} of {STALL_S:.0f} s"
            stuck_bar["value"] = stuck_s / STALL_S
        slow = [one.connection for one in sockets if one.frozen] or \
            ([chosen.connection] if chosen is not None else [])
        took = self.deliveries.others(slow)
        self.others["text"] = "Nothing was said yet." if took is None else (
            f"Delivered in {seconds(took[0])} (median), {seconds(took[1])} at worst, of the last "
            f"{counted(len(self.deliveries.all), 'delivery', 'deliveries')}.")

    # --- freezing ------------------------------------------------------------------------------------

    def freeze(self, connection: int) -> None:
        """Freeze the member of this connection, or thaw it."""
        known = self.lab.recording.connections.get(connection)
        if known is not None and known.member_id:
            frozen = known.member_id in self.switches.frozen
            self.lab.actions.submit(Freeze(known.member_id, not frozen))

    def _freeze_chosen(self) -> None:
        if self.sockets.chosen is not None:
            self.freeze(self.sockets.chosen)

    # --- the rest ------------------------------------------------------------------------------------

    def enter(self) -> None:
        self._paint()

    def focus_here(self) -> None:
        give_keyboard(self.sockets.canvas)

    def escape(self) -> None:
        self.live()

    def _fit(self) -> None:
        if self.winfo_width() <= 1:
            return
        self._place_parts(PARTS // 2 if self.winfo_width() < self.look.px(FOLD_PARTS) else PARTS)
        if self.winfo_width() < self.look.px(FOLD_SIDE):
            self._side.grid(row=1, column=0, sticky="nsew")
        else:
            self._side.grid(row=0, column=1, sticky="nsew")

    def repaint(self) -> None:
        self._fit()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self and self._painting is not None:
            self.after_cancel(self._painting)
