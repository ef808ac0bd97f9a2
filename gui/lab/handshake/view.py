"""The Handshake view: a recorded handshake that can be stepped through, and who knows what after each step.

The left side is the picture, the right side asks, tells and shows values. Nothing that was shown goes away:
a step back hides no line of what was learned before it, and each value can be computed again elsewhere.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk
from typing import Final

from gui.compat import FIELD_CLASSES
from gui.lab.empty import Empty
from gui.lab.handshake.ledger_paper import LedgerPaper
from gui.lab.handshake.lifelines import Lifelines
from gui.lab.handshake.question_card import QuestionCard
from gui.lab.handshake.value_panel import ValuePanel
from gui.lab.view import Lab, LabView
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import IconButton
from gui.widgets.keyboard import give_keyboard, has_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tooltip import Tooltip
from netcore.engine import ForgetSecrets, ReconnectAndRecord
from netcore.lab.handshake.ladder import Party, ladder
from netcore.lab.handshake.ledger import Value, values_after
from netcore.lab.handshake.questions import SKIPPED, Predictions, Question
from netcore.lab.handshake.recorded import RecordedHandshake, read
from netcore.lab.lessons.model import CHECKED, PREDICTED
from netcore.trace import Chunk, Forgotten, TraceEvent, Turn

LEFT: Final = 620
NARROW: Final = 960
"""Below this width the two sides stand one above the other."""
NARROWEST: Final = 560
"""Below this width a few words are left out."""
PLAY_MS: Final = 1_600
REREAD_MS: Final = 100
PAD: Final = 24

FORGOTTEN: Final = "These values were forgotten, as they should be."
RECONNECT: Final = "Reconnect and record"
FORGOTTEN_WORDS: Final = (
    "This connection is older than its recording. What its keys were made of is nowhere any more, not even "
    "in this program. Reconnect and record? It leads back into this room.")
FORGOTTEN_AT_THE_SERVER: Final = (
    "Whoever is here came before the recording. The next handshake with this room is recorded from its "
    "first byte on.")
PUBLIC_ONLY: Final = ("Only what crosses the wire was recorded of this connection. Its secrets were used and "
                      "forgotten.")
RECONNECTING: Final = "Reconnecting…"
RECONNECTING_WORDS: Final = "The new handshake stands here as soon as it is through."
NOTHING: Final = "No handshake yet."
NOTHING_WORDS: Final = "As soon as somebody connects, it stands here message by message."


class HandshakeView(LabView):
    """Home, Left, Right and Space step through it; Up and Down choose a value."""

    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent, look, lab)
        self.recordings: list[RecordedHandshake] = []
        self.recording: RecordedHandshake | None = None
        self.step = 0
        self._known: dict[int, tuple[int, RecordedHandshake | None]] = {}  # how many events it was read from
        self._seen: dict[int, Predictions] = {}  # by connection: what was answered of it
        self._playing: str | None = None
        self._rereading: str | None = None
        self._stacked: bool | None = None
        self._nothing = Empty(self, look, "link", NOTHING, NOTHING_WORDS)
        self._forgotten = (
            Empty(self, look, "clock", FORGOTTEN, FORGOTTEN_AT_THE_SERVER) if lab.server else
            Empty(self, look, "clock", FORGOTTEN, FORGOTTEN_WORDS, action=RECONNECT, command=self.reconnect))
        self._reconnecting = Empty(self, look, "refresh", RECONNECTING, RECONNECTING_WORDS)
        self._empty: Empty | None = self._nothing  # the one that is shown
        self.body = ttk.Frame(self)
        self._left()
        self._right()
        self.bind("<Configure>", self._fit, add=True)
        self.bind("<Destroy>", self._destroyed, add=True)
        self.shortcuts = {
            "Home": lambda: self._key(self.first), "Left": lambda: self._key(self.back),
            "Right": lambda: self._key(self.next), "End": lambda: self._key(self.last),
            "space": lambda: self._key(self.play, buttons=True),
        }
        self._reread()

    # --- building ------------------------------------------------------------------------------------

    def _left(self) -> None:
        look = self.look
        self._left_side = ttk.Frame(self.body)
        bar = ttk.Frame(self._left_side)
        bar.pack(side="bottom", fill="x")
        rule(self._left_side).pack(side="bottom", fill="x")
        row = ttk.Frame(bar)
        look.pack(row, fill="x", padx=(12, 16), pady=9)
        self.first_button = IconButton(row, look, "rewind", "To the beginning", self.first, shortcut="Home")
        self.first_button.pack(side="left")
        self.back_button = IconButton(row, look, "chevron_left", "One step back", self.back, shortcut="Left")
        self.back_button.pack(side="left")
        self.next_button = ttk.Button(row, text="Next", command=self.next, compound="left",
                                      image=look.button_icon("chevron_right", "ink2", 18),
                                      style="Plain.TButton")
        look.pack(self.next_button, side="left", padx=4)
        Tooltip(self.next_button, look, "One message further", "Right")
        self.play_button = IconButton(row, look, "play", "Go on by itself", self.play, shortcut="Space")
        self.play_button.pack(side="left")
        self._which = ttk.Menubutton(row, style="TMenubutton")
        self._which_menu = look.menu(self._which)
        self._which.configure(menu=self._which_menu)
        Tooltip(self._which, look, "Which connection")
        self._position = ttk.Label(row, style="SmallStrong.TLabel")
        look.pack(self._position, side="left", padx=(12, 0))
        self._when = ttk.Label(row, style="Small.TLabel")
        look.pack(self._when, side="left", padx=(12, 0))
        Tooltip(self._when, look, "Since the recording of this connection began")
        holder = ttk.Frame(self._left_side)
        holder.pack(fill="both", expand=True)
        self.lifelines = Lifelines(holder, look)
        bar_y = ttk.Scrollbar(holder, orient="vertical", command=self.lifelines.yview, takefocus=False)

        def scrolled(first: float, last: float) -> None:
            bar_y.set(first, last)
            if float(first) <= 0 and float(last) >= 1:  # Tk hands over words
                bar_y.pack_forget()
            elif not bar_y.winfo_manager():
                bar_y.pack(side="right", fill="y", before=self.lifelines)

        self.lifelines.configure(yscrollcommand=scrolled)
        self.lifelines.pack(side="left", fill="both", expand=True)

    def _right(self) -> None:
        look = self.look
        self._line = ttk.Frame(self.body, style="Line.TFrame", width=1, height=1)
        self.right = ScrolledFrame(self.body, look)
        inner = self.right.inner
        self.banner = Banner(inner, look)
        look.pack(self.banner, fill="x", padx=PAD, pady=(10, 0))
        self._no_predictions = Predictions()
        self.question = QuestionCard(inner, look, self._no_predictions, self._answered)
        look.pack(self.question, fill="x", padx=PAD, pady=(6, 0))
        head = ttk.Frame(inner)
        look.pack(head, fill="x", padx=PAD, pady=(12, 4))
        self._after = ttk.Label(head, style="Muted.TLabel")
        self._after.pack(side="right", anchor="s")
        ttk.Label(head, text="Who knows what now", style="Heading.TLabel").pack(side="left")
        self.ledger = LedgerPaper(inner, look, self._value_chosen, self._hidden)
        look.pack(self.ledger, fill="x", padx=PAD)
        self.values = ValuePanel(inner, look, lambda _: None, self._checked)
        look.pack(self.values, fill="x", padx=PAD, pady=(16, 12))
        self.right.adopt()

    def _fit(self, event: tk.Event[tk.Misc] | None = None) -> None:
        if event is not None and event.widget is not self:
            return
        self._say_position()
        stacked = 1 < self.winfo_width() < self.look.px(NARROW)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        body = self.body
        for part in (self._left_side, self._line, self.right):
            part.grid_forget()
        for index in range(3):
            body.columnconfigure(index, weight=0, uniform="")
            body.rowconfigure(index, weight=0, uniform="")
        if stacked:
            body.columnconfigure(0, weight=1)
            body.rowconfigure(0, weight=1, uniform="half")
            body.rowconfigure(2, weight=1, uniform="half")
            places = ((0, 0), (1, 0), (2, 0))
        else:
            body.rowconfigure(0, weight=1)
            body.columnconfigure(0, weight=31, uniform="side")
            body.columnconfigure(2, weight=29, uniform="side")
            places = ((0, 0), (0, 1), (0, 2))
        for part, (row, column) in zip((self._left_side, self._line, self.right), places, strict=True):
            part.grid(row=row, column=column, sticky="nsew")

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[TraceEvent]) -> None:
        # Out of sight only what must go is heard of.
        forgotten = False
        for event in events:
            if isinstance(event, Forgotten):
                # Read anew even where as much has come since as went with it.
                forgotten = True
                self._known.pop(event.connection, None)
        news = self.in_sight and any(not isinstance(event, Turn | Chunk) for event in events)
        if self._rereading is None and (forgotten or news):
            self._rereading = self.after(REREAD_MS, self._reread)

    def _reread(self) -> None:
        """From the recording, all handshakes whose beginning it has."""
        self._rereading = None
        before = {recording.connection: recording for recording in self.recordings}
        self.recordings = self._read_changed()
        newest = self._newest()
        if self.recording is None or (newest is not None and newest.connection not in before
                                      and newest.connection != self.recording.connection):
            self._choose(newest)
        else:
            now = next((r for r in self.recordings if r.connection == self._shown), None)
            if now is not None and now != self.recording:
                self.recording = now
                self.step = min(self.step, now.last_step)
                self._show()
        if self.recording is None:
            self._show()
        if self.recordings != list(before.values()):
            self._fill_which()

    def _read_changed(self) -> list[RecordedHandshake]:
        """All that are there; read anew are those whose beginning has grown, or lost its secrets."""
        kept: dict[int, tuple[int, RecordedHandshake | None]] = {}
        for connection, events in self.lab.recording.beginnings.items():
            size, recording = self._known.get(connection, (0, None))
            kept[connection] = (size, recording) if size == len(events) else (len(events), read(events))
        self._known = kept
        return [recording for _, recording in kept.values() if recording is not None]

    def _newest(self) -> RecordedHandshake | None:
        """The last one that was recorded from its first byte; else the last one."""
        whole = [recording for recording in self.recordings if recording.from_start] or self.recordings
        return whole[-1] if whole else None

    @property
    def _shown(self) -> int:
        return self.recording.connection if self.recording is not None else 0

    def _choose(self, recording: RecordedHandshake | None) -> None:
        self._stop_playing()
        self.recording = recording
        self.step = 0
        self.values.hide_secrets()
        self.ledger.choose(None)
        self._show()
        self._fill_which()

    def _fill_which(self) -> None:
        if len(self.recordings) < 2:
            self._which.pack_forget()
            return
        self._which_menu.delete(0, "end")
        for recording in self.recordings:
            self._which_menu.add_command(label=self._label_of(recording),
                                         command=lambda chosen=recording: self._choose(chosen))  # type: ignore[misc]
        if self.recording is not None:
            self._which["text"] = f"Connection {self.recording.connection}"
        if not self._which.winfo_manager():
            self._which.pack(side="right", before=self._position)  # it may not be cut, the words may

    def _label_of(self, recording: RecordedHandshake) -> str:
        end = ("recorded in its middle" if not recording.from_start else "in the room" if recording.done
               else f"stopped by the {recording.ending.by.value}" if recording.ending is not None
               else "under way")
        return f"Connection {recording.connection}, {shown(recording.peer)}: {end}"

    # --- what is shown -------------------------------------------------------------------------------

    @property
    def predictions(self) -> Predictions:
        """What was answered of the connection that is shown."""
        return self._seen.setdefault(self._shown, Predictions())

    def _hidden(self, name: str) -> bool:
        return self.predictions.hidden(name)

    def _show(self) -> None:
        recording = self.recording
        if recording is None or not recording.from_start:
            self._show_empty(recording)
            return
        if self._empty is not None:
            self._empty.give_way(self.body)
            self._empty = None
        self.lifelines.show(recording, self.step, self._names(recording))
        good = recording.good_messages(self.step)
        asked = self._asked(recording)
        self.question.predictions(self.predictions)
        self.question.show(asked or self._told(good))
        self._after["text"] = self._after_words(recording)
        values = [] if good == 0 else list(values_after(good))
        ended = recording.ending is not None and self.step >= recording.last_step
        self.ledger.show(values, good, frozenset(asked.opens) if asked is not None else frozenset(),
                         recording.ending.by if ended and recording.ending is not None else None)
        self._show_value(self.ledger.chosen)
        self._show_ending(recording)
        self._show_position(recording, asked)
        self.right.adopt()

    def _show_empty(self, recording: RecordedHandshake | None) -> None:
        nothing = recording is None and not self.lab.recording.connections
        self._instead(self._nothing if nothing else self._forgotten)

    def _instead(self, empty: Empty) -> None:
        if self._empty is not None and self._empty is not empty:
            self._empty.pack_forget()
        self._empty = empty
        empty.show(self.body)

    def _names(self, recording: RecordedHandshake) -> dict[Party, str]:
        connection = self.lab.recording.connections.get(recording.connection)
        member_id = connection.member_id if connection is not None else b""
        there = self.lab.actions.name_of(member_id) if member_id else ""
        return {recording.side: "this window", recording.side.other: shown(there or recording.peer)}

    def _asked(self, recording: RecordedHandshake) -> Question | None:
        """The question that stands before the next step."""
        if recording.good_messages(self.step) < min(self.step, len(ladder())):
            return None  # it went wrong: there is no honest next step to predict
        return self.predictions.due(recording.good_messages(self.step))

    def _told(self, good: int) -> Question | None:
        """The last question of this step that was dealt with."""
        dealt = self.predictions.at(good)
        return dealt[-1] if dealt else None

    def _after_words(self, recording: RecordedHandshake) -> str:
        if self.step == 0:
            return "before the first message"
        if self.step <= len(recording.messages):
            return f"after {recording.messages[self.step - 1].name}"
        return "after the end"

    def _show_value(self, value: Value | None) -> None:
        recording = self.recording
        if recording is not None:
            have = {**recording.values, **recording.frames(len(recording.messages))}
            self.values.show(value, have, recording.side)

    def _show_ending(self, recording: RecordedHandshake) -> None:
        ending = recording.ending
        if ending is not None and self.step >= recording.last_step:
            who = "This window" if ending.by is recording.side else f"The {ending.by.value}"
            where = f"  ({ending.section})" if ending.section else ""
            text = f"{who} stopped: {ending.why}{where}. The wire showed {ending.wire}."
            self.banner.show("Danger", text, icon="cross")
        elif not recording.secrets and not self.lab.server:
            self.banner.show("Info", PUBLIC_ONLY, action=RECONNECT, command=self.reconnect)
        elif not recording.secrets:
            self.banner.show("Info", PUBLIC_ONLY)
        else:
            self.banner.hide()

    def _show_position(self, recording: RecordedHandshake, asked: Question | None) -> None:
        self._say_position()
        if 0 < self.step <= len(recording.messages):
            after_ms = recording.messages[self.step - 1].after_s * 1000
            self._when["text"] = f"+{after_ms:,.0f} ms"
        else:
            self._when["text"] = ""
        at_end = self.step >= recording.last_step
        primary = asked is None and not at_end
        self.next_button.configure(
            style="Primary.TButton" if primary else "Plain.TButton",
            image=self.look.button_icon("chevron_right", "on_accent" if primary else "ink2", 18))
        self.next_button.state(["disabled" if at_end and asked is None else "!disabled"])
        for button in (self.first_button, self.back_button):
            button.state(["disabled" if self.step == 0 else "!disabled"])
        self.play_button.state(["disabled" if at_end else "!disabled"])

    def _say_position(self) -> None:
        if self.recording is not None:
            narrow = 1 < self.winfo_width() < self.look.px(NARROWEST)
            words = "" if narrow else "Step "
            self._position["text"] = f"{words}{self.step} of {self.recording.last_step}"

    def _value_chosen(self, value: Value) -> None:
        self._show_value(value)
        self.right.adopt()
        self.right.see(self.ledger, *self.ledger.place_of(value))

    # --- stepping ------------------------------------------------------------------------------------

    def first(self) -> None:
        self._go(0)

    def back(self) -> None:
        self._go(self.step - 1)

    def next(self) -> None:
        """One message on, unless a question stands before it: then to the question."""
        self._stop_playing()
        self._next()

    def _next(self) -> bool:
        """Whether it went on."""
        recording = self.recording
        if recording is None or not recording.from_start:
            return False
        if self._asked(recording) is not None:
            self._to_question()
            return False
        if self.step >= recording.last_step:
            return False
        self._set_step(self.step + 1)
        if self.question.asking:
            self._to_question()
        return True

    def _to_question(self) -> None:
        """Unless it has come by itself while somebody writes in another window."""
        if self._playing is None or has_keyboard(self.winfo_toplevel()):
            self.question.focus_here()

    def last(self) -> None:
        """As far as the questions let it."""
        self._stop_playing()
        while self._next():
            pass

    def _go(self, step: int) -> None:
        self._stop_playing()
        if self.recording is not None and self.recording.from_start:
            self._set_step(max(0, min(step, self.recording.last_step)))

    def _set_step(self, step: int) -> None:
        self.step = step
        self._show()

    def play(self) -> None:
        """Go on by itself until a question comes, or stop that."""
        if self._playing is not None:
            self._stop_playing()
        elif self._next() and self.recording is not None and self.step < self.recording.last_step:
            self._playing = self.after(PLAY_MS, self._play_on)
            self.play_button.set_icon("pause", "Stop here")

    def _play_on(self) -> None:
        if self._next() and self.recording is not None and self.step < self.recording.last_step:
            self._playing = self.after(PLAY_MS, self._play_on)
        else:
            self._stop_playing()

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self.after_cancel(self._playing)
            self._playing = None
        self.play_button.set_icon("play", "Go on by itself")

    def _answered(self, question: Question, number: int) -> None:
        """An answer was locked, or a question skipped."""
        if number != SKIPPED:
            self.lab.actions.person(
                PREDICTED, {"view": "handshake", "question": question.name, "answer": (number,)})
        self._show()
        if self.question.asking:
            self.question.focus_here()
        else:
            give_keyboard(self.next_button)

    def _checked(self, value: str, matches: bool) -> None:
        """A value was computed again."""
        self.lab.actions.person(CHECKED, {"value": value, "matches": matches})

    def _key(self, action: object, buttons: bool = False) -> None:
        """A key of the view, unless what has the focus wants it. buttons: it would press one, too."""
        focus = self.focus_get()
        kind = focus.winfo_class() if focus is not None else ""
        if kind in FIELD_CLASSES or (buttons and kind in ("TButton", "TRadiobutton", "TCheckbutton",
                                                          "TMenubutton", "TLabel")):
            return
        assert callable(action)
        action()

    # --- the rest ------------------------------------------------------------------------------------

    def reconnect(self) -> None:
        """A new connection to the same room, whose handshake is recorded with its secrets."""
        self.lab.actions.submit(ReconnectAndRecord())
        if self._empty is not None:
            self._instead(self._reconnecting)
        else:
            self.banner.show("Info", f"{RECONNECTING} {RECONNECTING_WORDS}", icon="refresh")

    def repaint(self) -> None:
        self._stacked = None
        self._fit()
        self._show()

    def enter(self) -> None:
        self._reread()

    def leave(self) -> None:
        self._stop_playing()
        self.values.hide_secrets()

    def focus_here(self) -> None:
        if self.question.asking:
            self.question.focus_here()
        elif self.body.winfo_manager():
            give_keyboard(self.next_button)
        elif self._empty is not None:
            self._empty.focus_here()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self:
            return
        if any(recording.secrets for recording in self.recordings):
            self.lab.actions.submit(ForgetSecrets())
        self.recordings, self.recording = [], None
        self._known.clear()
        for timer in (self._playing, self._rereading):
            if timer is not None:
                self.after_cancel(timer)
        self._playing = self._rereading = None
