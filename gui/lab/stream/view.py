"""The Stream view: chunks above, frames below, on one ruler of bytes; and what two programs make of it.

The knife cuts this window's real connection: what one `recv` gives, or what leaves with one `send`. Beside
LocalChat, which keeps what is not whole, the museum's version 1.2 reads the same words without frames, over
a connection of this computer that is cut in the same way.
"""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from tkinter import ttk
from typing import Final

from gui.lab.empty import Empty
from gui.lab.paper import LEAST_MS
from gui.lab.stream.ribbon import Ribbon
from gui.lab.stream.rows import Row, Rows
from gui.lab.view import Lab, LabView
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.boxes import Pill, rule
from gui.widgets.buttons import SegmentedChoice
from gui.widgets.keyboard import give_keyboard
from gui.widgets.tooltip import Tooltip
from netcore.engine import CutReceiving, CutSending, JoinSending, LabSwitches
from netcore.lab.stream.bare import RECV_BYTES, BareChannel, BareReading, cut
from netcore.lab.stream.ruler import Held, read_along
from netcore.lab.stream.told import as_1_2_sends_it, as_text, ends_a_chunk, outcome, told
from netcore.trace import Chunk, Direction, FrameSeen, TraceEvent
from netcore.wire.lines import counted

KEPT: Final = 600
"""Chunks, frames and readings that can be looked at; the newest."""
READINGS_A_TURN: Final = 300
MOST_BYTES: Final = 65_536
MOST_DIGITS: Final = 9  # `int` raises for some thousand
MOST_MS: Final = 10_000
MOST_PIECES: Final = 64
NARROW: Final = 800
NARROWEST: Final = 560
NAIVE: Final = "Version 1.2, on the same words"
WAYS: Final = {"in": ("What comes in", "In"), "out": ("What goes out", "Out")}
WORDS: Final = {"in": "recv", "out": "send"}

NOTHING: Final = "Nothing has crossed yet."
NOTHING_WORDS: Final = "Say something in the room: each byte that comes or goes stands here."
NOT_SAID: Final = "Nobody has said anything yet, and all else 1.2 does not have."
AT_THE_SERVER: Final = "The knife is in a member’s window: it cuts that window’s own connection."
BAD_BYTES: Final = f"A number of bytes from 1 to {MOST_BYTES:,} goes here."
BAD_MS: Final = f"A number of milliseconds from 1 to {MOST_MS:,} goes here."
EITHER: Final = "Either cut or join: leave one of the two empty."


class StreamView(LabView):
    """`use_knife` and `as_it_comes` ask for what the buttons say."""

    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent, look, lab)
        self.connection = 0
        self.direction: Direction = "in"
        self.chunks: deque[Chunk] = deque(maxlen=KEPT)
        self.chunk_count = 0
        self.frames: deque[FrameSeen] = deque(maxlen=KEPT)
        self.readings: deque[BareReading] = deque(maxlen=KEPT)
        self.reading_count = 0
        self.texts_sent = self.texts_read = 0
        self._channel: BareChannel | None = None
        self._burst = bytearray()
        self._under_way: deque[Iterator[BareReading]] = deque()
        self._carrying: str | None = None
        self._refreshing: str | None = None
        self._channel_fault = ""
        self._shown_chunks = self._shown_readings = 0
        self.empty = Empty(self, look, "cable", NOTHING, NOTHING_WORDS)
        self._stacked: bool | None = None
        self._control()
        rule(self).pack(fill="x")
        self.body = ttk.Frame(self)
        self._ribbon()
        self._columns()
        self.bind("<Configure>", self._fit, add=True)
        self.bind("<Destroy>", self._destroyed, add=True)
        self.shortcuts = {"Alt+C": self.use_knife, "Alt+A": self.as_it_comes}
        self._show_knife()
        self._choose_newest()

    # --- building ------------------------------------------------------------------------------------

    def _control(self) -> None:
        look = self.look
        bar = ttk.Frame(self)
        bar.pack(fill="x")
        row = ttk.Frame(bar)
        look.pack(row, fill="x", padx=24, pady=9)
        self._beside = row
        self._below = ttk.Frame(bar)
        self.cut_button = ttk.Button(row, text="Cut", style="Primary.TButton", command=self.use_knife,
                                     compound="left", image=look.button_icon("scissors", "on_accent", 18))
        Tooltip(self.cut_button, look, "Cut this window’s real connection so", "Alt+C")
        self.off_button = ttk.Button(row, text="As it comes", style="Ghost.TButton", command=self.as_it_comes)
        Tooltip(self.off_button, look, "The knife away: the system decides again", "Alt+A")
        self.way = SegmentedChoice(row, look, [(way, words) for way, (words, _) in WAYS.items()], "in",
                                   command=lambda _: self._turn())
        self.way.pack(side="left")
        self._which = ttk.Menubutton(row, style="TMenubutton")
        self._which_menu = look.menu(self._which)
        # Filled when it opens: it is not to change under the pointer.
        self._which_menu.configure(postcommand=self._fill_menu)
        self._which.configure(menu=self._which_menu)
        Tooltip(self._which, look, "Whose connection")
        self._knife = ttk.Frame(bar)
        self._in = ttk.Frame(self._knife)
        self._out = ttk.Frame(self._knife)
        if self.lab.server:
            look.pack(ttk.Label(row, text=AT_THE_SERVER, style="Small.TLabel"), side="left", padx=(24, 0))
        else:
            self.cut_button.pack(side="right")
            look.pack(self.off_button, side="right", padx=(0, 6))
        self.recv_entry = self._number(self._in, "recv(", ") bytes at most", "What recv is asked for at most")
        self.piece_entry = self._number(self._out, "Cut every", "bytes", "Each send takes so many bytes")
        self.join_entry = self._number(self._out, "or join for", "ms",
                                       "What is said within this time leaves together")
        self._error = ttk.Label(bar, style="Error.TLabel")

    def _number(self, parent: ttk.Frame, before: str, after: str, tip: str) -> ttk.Entry:
        look = self.look
        label = ttk.Label(parent, text=before)
        look.pack(label, side="left", padx=(14, 4))
        Tooltip(label, look, tip)
        entry = ttk.Entry(parent, width=6, justify="right", style="Mono.TEntry", font=look.fonts.mono)
        entry.pack(side="left")
        look.pack(ttk.Label(parent, text=after), side="left", padx=(4, 0))
        entry.bind("<Return>", lambda _: self.use_knife())
        entry.bind("<KP_Enter>", lambda _: self.use_knife())
        return entry

    def _ribbon(self) -> None:
        holder = ttk.Frame(self.body)
        holder.pack(fill="x")
        bar = ttk.Scrollbar(holder, orient="horizontal", takefocus=False)
        self.ribbon = Ribbon(holder, self.look, bar.set)
        bar.configure(command=self.ribbon.xview)
        self.ribbon.pack(fill="x")
        bar.pack(fill="x")
        rule(self.body).pack(fill="x")

    def _columns(self) -> None:
        columns = self._sides = ttk.Frame(self.body)
        columns.pack(fill="both", expand=True)
        self._naive = ttk.Frame(columns)
        self._divide = ttk.Frame(columns, style="Line.TFrame", width=1, height=1)
        self._framed = ttk.Frame(columns)
        self.naive_pill, self._naive_code, self.naive_rows = self._column(self._naive, NAIVE)
        self.framed_pill, self._framed_code, self.framed_rows = self._column(self._framed, "LocalChat")

    def _column(self, side: ttk.Frame, title: str) -> tuple[Pill, ttk.Label, Rows]:
        look = self.look
        head = ttk.Frame(side)
        look.pack(head, fill="x", padx=24, pady=(10, 0))
        pill = Pill(head, "")
        pill.pack(side="right")
        ttk.Label(head, text=title, style="Heading.TLabel").pack(side="left")
        code = ttk.Label(side, style="MonoSmall.TLabel")
        look.pack(code, anchor="w", padx=24, pady=(0, 4))
        holder = ttk.Frame(side)
        holder.pack(fill="both", expand=True)
        bar = ttk.Scrollbar(holder, orient="vertical", takefocus=False)
        rows = Rows(holder, look, bar.set)
        bar.configure(command=rows.yview)
        bar.pack(side="right", fill="y")
        rows.pack(side="left", fill="both", expand=True)
        return pill, code, rows

    def _fit(self, event: tk.Event[tk.Misc] | None = None) -> None:
        if event is not None and event.widget is not self:
            return
        stacked = 1 < self.winfo_width() < self.look.px(NARROW)
        short = 1 < self.winfo_width() < self.look.px(NARROWEST)
        for way, (words, fewer) in WAYS.items():
            self.way.buttons[way]["text"] = fewer if short else words
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self._knife.pack_forget()
        if stacked:
            self.look.pack(self._knife, in_=self._below, side="left", padx=(10, 0), pady=(0, 9))
            self._below.pack(fill="x")
        else:
            self._below.pack_forget()
            self._knife.pack(in_=self._beside, side="left")
        parts = (self._naive, self._divide, self._framed)
        for part in parts:
            part.grid_forget()
        for index in range(3):
            self._sides.columnconfigure(index, weight=0, uniform="")
            self._sides.rowconfigure(index, weight=0, uniform="")
        for index in (0, 2):
            if stacked:
                self._sides.rowconfigure(index, weight=1, uniform="side")
            else:
                self._sides.columnconfigure(index, weight=1, uniform="side")
        (self._sides.columnconfigure if stacked else self._sides.rowconfigure)(0, weight=1)
        for index, part in enumerate(parts):
            part.grid(row=index if stacked else 0, column=0 if stacked else index, sticky="nsew")

    # --- which connection and which way --------------------------------------------------------------

    def _choose_newest(self) -> None:
        """A member's window has one connection at a time; a server stays with whom was chosen."""
        known = self.lab.recording.connections
        if not self.lab.server or self.connection not in known:
            newest = max(known, default=0)
            if newest != self.connection:
                self.choose(newest)
                return
        self._refresh()

    def choose(self, connection: int) -> None:
        self.connection = connection
        self._begin_anew()

    def _turn(self) -> None:
        self.direction = "out" if self.way.value == "out" else "in"
        self._begin_anew()

    def _begin_anew(self) -> None:
        """From what is kept of this connection and this direction."""
        recording = self.lab.recording
        self.chunks.clear()
        self.frames.clear()
        self._stop_naive()
        self._channel_fault = ""  # the next channel is another one
        self.readings.clear()
        self.reading_count = self.texts_sent = self.texts_read = self.chunk_count = 0
        self._shown_chunks = self._shown_readings = 0
        self._show_knife()
        self._add([*recording.chunks(self.connection, self.direction)])
        self._add([frame for frame in recording.frames
                   if frame.connection == self.connection and frame.direction == self.direction])
        self._refresh()

    def _fill_which(self) -> None:
        known = self.lab.recording.connections
        if not self.lab.server or not known:
            self._which.pack_forget()
            return
        self._which["text"] = self._label_of(self.connection)
        if not self._which.winfo_manager():
            self.look.pack(self._which, side="left", padx=(12, 0))

    def _fill_menu(self) -> None:
        self._which_menu.delete(0, "end")
        for number in self.lab.recording.connections:
            self._which_menu.add_command(label=self._label_of(number),
                                         command=lambda chosen=number: self.choose(chosen))  # type: ignore[misc]

    def _label_of(self, number: int) -> str:
        connection = self.lab.recording.connections.get(number)
        if connection is None:
            return "Nobody"
        name = self.lab.actions.name_of(connection.member_id) if connection.member_id else ""
        return shown(name or connection.peer) + ("" if connection.open else " (gone)")

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[TraceEvent]) -> None:
        mine = [event for event in events if isinstance(event, Chunk | FrameSeen)
                and event.connection == self.connection and event.direction == self.direction]
        known = self.lab.recording.connections
        if self.connection not in known if self.lab.server else max(known, default=0) != self.connection:
            self._choose_newest()
        elif mine:
            self._add(mine)
        if self._refreshing is None and self.in_sight:
            self._refreshing = self.after(LEAST_MS, self._refresh)

    def _add(self, events: Sequence[Chunk | FrameSeen]) -> None:
        for event in events:
            if isinstance(event, Chunk):
                if event.data:
                    self.chunks.append(event)
                    self.chunk_count += 1
            else:
                self.frames.append(event)
                self._pass_on(event)

    # --- version 1.2 ---------------------------------------------------------------------------------

    def _pass_on(self, frame: FrameSeen) -> None:
        """The same words, as 1.2 sends them: joined as the frames were joined, cut by the same knife."""
        lines = as_1_2_sends_it(frame, self._sender())
        self._burst += b"".join(lines)
        self.texts_sent += len(lines)
        knife = self.switches.receive_bytes if self.direction == "in" else None
        # A frame that ends inside a chunk is joined to the next one, and so are the bare texts; what a knife
        # has room for comes before.
        size = len(self._burst)
        if not ends_a_chunk(frame, self.chunks):
            size = size // knife * knife if knife else 0
        if not size:
            return
        data = bytes(self._burst[:size])
        del self._burst[:size]
        pieces, recv_bytes = [data], knife or RECV_BYTES
        if self.direction == "out" and self.switches.piece_bytes:
            pieces = cut(data, self.switches.piece_bytes, MOST_PIECES)
        try:
            if self._channel is None:
                self._channel = BareChannel()
        except OSError as error:
            self._channel_fault = f"This computer gives no sockets for it: {error}"
            return
        self._under_way.append(self._channel.carry(pieces, recv_bytes))
        if self._carrying is None:
            self._carrying = self.after(1, self._carry)

    def _sender(self) -> str:
        """Who says what goes this way without a name."""
        if not self.lab.server:
            return self.lab.actions.own_name()
        connection = self.lab.recording.connections.get(self.connection)
        return self.lab.actions.name_of(connection.member_id) if connection is not None else ""

    def _carry(self) -> None:
        """A bounded number of readings, then the window has its turn."""
        self._carrying = None
        left = READINGS_A_TURN
        while left and self._under_way:
            try:
                some = list(islice(self._under_way[0], left))
            except OSError as error:
                self._channel_fault = f"This computer did not carry it: {error}"
                self._under_way.clear()
                break
            for reading in some:
                self.readings.append(reading)
                self.reading_count += 1
                self.texts_read += not reading.error
            left -= len(some)
            if left:
                self._under_way.popleft()
        if self._under_way:
            self._carrying = self.after(1, self._carry)
        if self._refreshing is None and self.in_sight:
            self._refreshing = self.after(LEAST_MS, self._refresh)

    def _stop_naive(self) -> None:
        if self._carrying is not None:
            self.after_cancel(self._carrying)
            self._carrying = None
        self._under_way.clear()
        self._burst.clear()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    # --- what is shown -------------------------------------------------------------------------------

    def _refresh(self) -> None:
        if self._refreshing is not None:
            self.after_cancel(self._refreshing)
            self._refreshing = None
        self._fill_which()
        if not self.chunks:
            self.empty.show(self.body)
            return
        self.empty.give_way(self.body)
        word = WORDS[self.direction]
        held = read_along(list(self.chunks), list(self.frames))
        self.ribbon.show(list(self.chunks), list(self.frames), held[-1] if held else None,
                         self.chunk_count - len(self.chunks) + 1, word)
        self._show_framed(held, word)
        self._show_naive()

    def _show_framed(self, held: Sequence[Held], word: str) -> None:
        first = self.chunk_count - len(held) + 1
        rows = [Row(f"{word} {first + place}", f"buffer {counted(line.buffer_bytes, 'byte')}", told(line),
                    "check" if line.frames else "clock", "accent" if line.frames else "warn")
                for place, line in enumerate(held)]
        self.framed_rows.show(rows, self._dropped(self.chunk_count, self._shown_chunks))
        self._shown_chunks = self.chunk_count
        self._framed_code["text"] = f"buffer += sock.recv({self._asked() or '…'})  then whole frames only"
        coming = bool(held and held[-1].rest_bytes)
        count = sum(len(line.frames) for line in held)
        words = counted(count, "frame") + (", the next is coming" if coming else "")
        self.framed_pill.show(words, "Info")

    def _show_naive(self) -> None:
        first = self.reading_count - len(self.readings) + 1
        rows = [Row(f"recv {first + place}", as_text(reading.chunk), outcome(reading),
                    *(("cross", "danger") if reading.error else ("check", "accent")))
                for place, reading in enumerate(self.readings)]
        if not self.texts_sent:
            rows.append(Row("", "", NOT_SAID, "clock", "ink3"))
        if self._channel_fault:
            rows.append(Row("", "", self._channel_fault, "warning", "danger"))
        self.naive_rows.show(rows, self._dropped(self.reading_count, self._shown_readings))
        self._shown_readings = self.reading_count
        asked = self._asked() or RECV_BYTES
        self._naive_code["text"] = f'json.loads(sock.recv({asked}).decode("utf-8"))'
        whole = self.texts_read == self.texts_sent
        words = f"{self.texts_read:,} of {counted(self.texts_sent, 'message')}"
        if self.texts_sent:
            self.naive_pill.show(words, "Info" if whole else "Danger")
        else:
            self.naive_pill.show("no message yet")

    def _asked(self) -> int | None:
        """What recv is asked for, if the knife says so."""
        return self.switches.receive_bytes if self.direction == "in" else None

    @staticmethod
    def _dropped(now: int, before: int) -> int:
        """How many rows have left the kept ones since."""
        return max(0, now - KEPT) - max(0, before - KEPT)

    # --- the knife -----------------------------------------------------------------------------------

    def use_knife(self) -> None:
        """Cut as the fields say, from the next byte on."""
        if self.lab.server:
            return
        if self.direction == "in":
            count = self._read_number(self.recv_entry, MOST_BYTES, BAD_BYTES)
            if count is not None:
                self._complain("")
                self.lab.actions.submit(CutReceiving(count))
            return
        cut_bytes, join = self.piece_entry.get().strip(), self.join_entry.get().strip()
        if cut_bytes and join:
            self._complain(EITHER, self.join_entry)
        elif join:
            wait = self._read_number(self.join_entry, MOST_MS, BAD_MS)
            if wait is not None:
                self._complain("")
                self.lab.actions.submit(JoinSending(wait / 1000))
        else:
            count = self._read_number(self.piece_entry, MOST_BYTES, BAD_BYTES)
            if count is not None:
                self._complain("")
                self.lab.actions.submit(CutSending(count))

    def as_it_comes(self) -> None:
        """The knife of this direction away."""
        self._complain("")
        if not self.lab.server:
            self.lab.actions.submit(CutReceiving(None) if self.direction == "in" else CutSending(None))

    def _read_number(self, entry: ttk.Entry, most: int, sentence: str) -> int | None:
        text = entry.get().strip().replace(",", "")
        if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and 1 <= int(text) <= most:
            return int(text)
        self._complain(sentence, entry)
        return None

    def _complain(self, sentence: str, entry: ttk.Entry | None = None) -> None:
        for field in (self.recv_entry, self.piece_entry, self.join_entry):
            field.state(["invalid" if field is entry else "!invalid"])
        self._error["text"] = sentence
        if sentence:
            self.look.pack(self._error, anchor="w", padx=24, pady=(0, 8))
        else:
            self._error.pack_forget()
        if entry is not None:
            give_keyboard(entry)
            entry.selection_range(0, "end")

    def switched(self, switches: LabSwitches) -> None:
        super().switched(switches)
        self._show_knife()
        if self.in_sight:
            self._refresh()

    def _show_knife(self) -> None:
        """The fields of this direction, and whether its knife is on."""
        here, other = (self._in, self._out) if self.direction == "in" else (self._out, self._in)
        other.pack_forget()
        if not self.lab.server and not here.winfo_manager():
            here.pack(side="left")
        now = self.switches
        on = now.receive_bytes if self.direction == "in" else now.piece_bytes or now.join_s
        self.off_button.state(["!disabled" if on else "disabled"])

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self:
            return
        self._stop_naive()
        if self._refreshing is not None:
            self.after_cancel(self._refreshing)
            self._refreshing = None
        # With the laboratory its knives go, too.
        if self.switches.receive_bytes:
            self.lab.actions.submit(CutReceiving(None))
        if self.switches.piece_bytes or self.switches.join_s:
            self.lab.actions.submit(CutSending(None))

    # --- the rest ------------------------------------------------------------------------------------

    def repaint(self) -> None:
        self._stacked = None
        self._fit()

    def enter(self) -> None:
        self._choose_newest()

    def focus_here(self) -> None:
        if self.lab.server:
            give_keyboard(self.ribbon)
        else:
            give_keyboard(self.recv_entry if self.direction == "in" else self.piece_entry)
