"""The Wire view: every frame that crossed, in a table, and the chosen one taken apart to the last byte.

What goes wrong without a frame (a deadline, a stream that ends without a Close) is a row, too.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from operator import attrgetter
from tkinter import ttk
from typing import Final

from gui.compat import ALT, ALT_WORD, COMMAND_WORD, bind_context_menu, pass_on_page_keys
from gui.lab.empty import Empty
from gui.lab.table import Cells, Column, RowsTable
from gui.lab.view import Lab, LabView
from gui.lab.wire.card import FieldCard
from gui.lab.wire.code_pane import CodePane
from gui.lab.wire.detail import Detail, Lit, in_short, literal, opened_in
from gui.lab.wire.rows import HANDSHAKE_KIND, NO_FRAME, Filter, FrameRow, Row, UnframedRow, WireRows
from gui.lab.wire.sides import Eavesdropper, Tcp, Why
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import Card, rule
from gui.widgets.buttons import IconButton, SegmentedChoice, set_words
from gui.widgets.keyboard import give_keyboard, has_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tooltip import Tooltip
from netcore.lab import eavesdropper
from netcore.lab.capture_file import save_capture
from netcore.lab.layers import TEXT
from netcore.lab.reasons import Reason, Source, of_refusal, reason_for, section, source_of
from netcore.lab.spans import FRAME_NAMES, spans_of_frame
from netcore.lab.summaries import messages_in
from netcore.layout import Kind
from netcore.trace import FrameSeen, PeerKnown, Refused, Role, TraceEvent

COLUMNS: Final = (
    Column("#0", "No.", 84), Column("time", "Time", 112), Column("peer", "Peer", 100),
    Column("kind", "Kind", 150), Column("bytes", "Bytes", 76, "e"),
    Column("carries", "Carries", 300, "w", stretch=True),
)
SERVER_PEER: Final = 138  # at a server it may be an address
ALL_PEERS: Final = "All peers"
ALL_KINDS: Final = "All kinds"
TABS: Final = "Slim.Window.TNotebook"
SHOW_CODE: Final = "Show its code"
NOTHING: Final = ("Nothing has crossed yet", "Say something: it appears here as it crosses the wire.")
NO_MATCH: Final = ("Nothing passes the filter", "What crossed is of another kind, or says something else.")
SHOW_ALL: Final = "Show everything"
CHOOSE: Final = ("Choose a frame", "Click a row, or go there with the arrow keys.")
BROKE: Final = "The connection broke"
BEFORE: Final = "That message crossed before the recording began, or is not kept any more."
SAVED: Final = "Saved to {path}: the real bytes in made-up packets. No key and no opened text is in it."
SAVED_WITH_TEXTS: Final = ("Saved to {path}: the real bytes in made-up packets, and what was opened of them. "
                           "No key is in it, but whoever gets the file reads every message in it.")
NOT_WRITTEN: Final = "{path} could not be written ({why}). Choose another folder."
NOT_SHOWN: Final = "That message is not in the conversation on the screen."
PAINT_MS: Final = 40
FILTER_MS: Final = 120
SIDE: Final = 322
CARD: Final = 224
SIDE_HEIGHT: Final = 120
FIRST_ROWS, FEW_ROWS = 6, 4
LOW: Final = 700  # below this height the table begins with few rows
FOLD_CARD: Final = 1150  # below this width the card about the lit field is a tab
LOW_CARD: Final = 600  # and below this height
FOLD_WORDS: Final = 970  # below this width Pause is its sign alone
FOLD_SIDES: Final = 800  # below this width the tabs stand under the bytes
FOLD_BAR: Final = {False: 640, True: 780}  # below this width the search is below the other filters
# Below these widths the table has no such column; at a member's window the peer is always the server.
LEAST: Final = {False: {"peer": 860, "time": 600}, True: {"time": 720}}
HEARD: Final = 400  # frames before the chosen one that an eavesdropper remembers


class WireView(LabView):
    """`take` adds rows; `show_message` finds one that was said."""

    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent, look, lab)
        self.rows = WireRows()
        self.paused = False
        self._clock_s = time.time() - time.monotonic()
        self._painting: str | None = None
        self._filtering: str | None = None
        self._dropped = 0
        self._reason: Reason | None = None
        self._refused: Refused | None = None
        self.ended: Empty | None = None
        self._folded = ""
        self._scale = look.scale
        self._to_fill: dict[str, Callable[[], object]] = {}  # of tabs that are not looked at, by their paths
        self._peers: dict[str, frozenset[int]] = {}  # by name: the connections that are or were theirs
        self._toolbar()
        rule(self).pack(fill="x")
        self.banner = Banner(self, look)
        look.pack(self.banner, fill="x", padx=16)
        self._panes = ttk.Panedwindow(self, orient="vertical")
        upper = ttk.Frame(self._panes)
        columns = [replace(one, width=SERVER_PEER) if lab.server and one.key == "peer" else one
                   for one in COLUMNS]
        self.table = RowsTable(upper, look, columns, self._cells, lambda _: self._open(self.chosen))
        look.pack(self.table, fill="both", expand=True, padx=(16, 4))
        self._panes.add(upper, weight=1)
        self._build_below()
        self._panes.add(self.below, weight=2)
        self.empty = Empty(self, look, "cable", *NOTHING)
        self.no_match = Empty(self, look, "search", *NO_MATCH, action=SHOW_ALL,
                              command=self._show_everything)
        self.table.tree.bind("<Return>", lambda _: self._into_bytes())
        for widget in (self.table.tree, self.detail.dump.text):
            # Their own arrow keys would take these, too.
            widget.bind(f"<{ALT}-Up>", lambda _: self._layer(-1))
            widget.bind(f"<{ALT}-Down>", lambda _: self._layer(1))
        bind_context_menu(self.table.tree, self._menu)
        self.shortcuts = {
            "Ctrl+F": self.find.focus_set, "Alt+P": self.pause, "Alt+W": self.show_code,
            "Alt+S": self.show_line, "Ctrl+S": self.save_capture,
            "Ctrl+Shift+S": self.save_with_texts,
        }
        self.bind("<Configure>", lambda event: self._fit() if event.widget is self else None)
        self.bind("<Destroy>", self._destroyed, add=True)
        recorded = (*lab.recording.frames, *lab.recording.unframed)
        self.rows.add(sorted(recorded, key=attrgetter("number")))
        self.repaint()
        self._show_rows()

    # --- parts ---------------------------------------------------------------------------------------

    def _toolbar(self) -> None:
        look = self.look
        bar = self._bar = ttk.Frame(self)
        look.pack(bar, fill="x", padx=(21, 13), pady=8)
        self.peer = tk.StringVar(self, ALL_PEERS)
        self.kind = tk.StringVar(self, ALL_KINDS)
        self._peer_box = ttk.Combobox(bar, textvariable=self.peer, state="readonly", width=9,
                                      font=look.fonts.body, postcommand=self._fill_peers)
        kinds = (ALL_KINDS, HANDSHAKE_KIND, *FRAME_NAMES.values(), NO_FRAME)
        self._kind_box = ttk.Combobox(bar, textvariable=self.kind, state="readonly", width=12,
                                      font=look.fonts.body, values=kinds)
        for box in (self._peer_box, self._kind_box):
            box.bind("<<ComboboxSelected>>", lambda _: self._filter_now())
        self.way = SegmentedChoice(bar, look, (("", "Both"), ("in", "In"), ("out", "Out")), "",
                                   command=lambda _: self._filter_now())
        self._glass = ttk.Label(bar, image=look.icon("search", "ink3", 18))
        self._found = tk.StringVar(self)
        self.find = ttk.Entry(bar, font=look.fonts.body, width=8, textvariable=self._found)
        Tooltip(self.find, look, "Find in what the frames carry", f"{COMMAND_WORD}+F")
        self._found.trace_add("write", lambda *_: self._filter_soon())  # typed, pasted, cut, undone
        self.find.bind("<Escape>", self._empty_find)
        self.find.bind("<Return>", lambda _: self.table.tree.focus_set())
        self._pause = ttk.Button(bar, style="Plain.TButton", compound="left", command=self.pause)
        Tooltip(self._pause, look, "Hold the table still; nothing is lost", "Alt+P")
        self._save = IconButton(bar, look, "save", "Save the capture for Wireshark; its menu: with texts",
                                self.save_capture, shortcut=f"{COMMAND_WORD}+S")
        bind_context_menu(self._save, self._save_menu)
        self._clear = IconButton(bar, look, "trash", "Clear the table", self.clear)
        self._place_toolbar(narrow=False)

    def _place_toolbar(self, narrow: bool) -> None:
        """All in one row, or the search and what stands before it in a row below."""
        grid, row = self.look.grid, int(narrow)
        self._kind_box.configure(width=9 if narrow else 12)
        if self.lab.server:
            self._peer_box.grid(row=0, column=0)
        grid(self._kind_box, row=0, column=1, padx=(6 if self.lab.server else 0, 0), sticky="w")
        grid(self.way, row=row, column=0 if narrow else 2, columnspan=2 if narrow else 1, sticky="w",
             padx=(0 if narrow else 10, 10), pady=(8 if narrow else 0, 0))
        grid(self._glass, row=row, column=3, padx=(0, 6), pady=(8 if narrow else 0, 0))
        grid(self.find, row=row, column=4, columnspan=4 if narrow else 1, sticky="ew",
             pady=(8 if narrow else 0, 0))
        grid(self._pause, row=0, column=5, padx=(6, 4))
        self._save.grid(row=0, column=6)
        self._clear.grid(row=0, column=7)
        self._bar.columnconfigure(4, weight=1)

    def _build_below(self) -> None:
        look = self.look
        self.below = ttk.Frame(self._panes)
        self.below.rowconfigure(0, weight=1)
        self.below.columnconfigure(0, weight=1)
        self.choose = Empty(self.below, look, "arrow_up", *CHOOSE)
        self.code = CodePane(self.below, look, self.hide_code)
        self.bytes = ttk.Frame(self.below)
        self.bytes.columnconfigure(0, weight=1)
        self.bytes.rowconfigure(0, weight=1)
        # Made in the order in which Tab goes through them.
        self.detail = Detail(self.bytes, look, self._lit)
        self.detail.grid(row=0, column=0, sticky="nsew")
        self._card_box = Card(self.bytes, look, ground="", padding=(16, 14))
        self.card = FieldCard(self._card_box, look, self.show_code)
        self.card.pack(fill="both", expand=True)
        self._side = ttk.Frame(self.bytes, style="Window.TFrame")
        rule(self._side).pack(side="left", fill="y")
        self.tabs = ttk.Notebook(self._side, style=TABS)
        look.pack(self.tabs, fill="both", expand=True, pady=(8, 0), padx=(6, 0))
        self.eavesdropper = Eavesdropper(self.tabs, look)
        self.why = Why(self.tabs, look, self.show_code)
        self.tcp = Tcp(self.tabs, look)
        self.field_tab = ScrolledFrame(self.tabs, look, ground="Window.")
        self.tab_card = FieldCard(self.field_tab.inner, look, self.show_code, style="Window.TFrame",
                                  ground="Window.")
        look.pack(self.tab_card, fill="both", expand=True, padx=20, pady=10)
        self.field_tab.adopt()
        for panel, words in ((self.field_tab, "Field"), (self.eavesdropper, "Eavesdropper"),
                             (self.why, "Why?"), (self.tcp, "TCP")):
            self.tabs.add(panel, text=words)
        self.tabs.hide(self.field_tab)
        self.tabs.bind("<<NotebookTabChanged>>", lambda _: self._fill_tab())
        for key, lines in (("Up", -1), ("Down", 1), ("Prior", -8), ("Next", 8)):
            self.tabs.bind(f"<{key}>", partial(self._scroll_tab, lines))
        pass_on_page_keys(self.tabs)
        look.configure(self._side, width=SIDE, height=SIDE_HEIGHT)
        self._side.pack_propagate(False)
        self.choose.grid(row=0, column=0, sticky="nsew")

    # --- rows ----------------------------------------------------------------------------------------

    def take(self, events: Sequence[TraceEvent]) -> None:
        dropped = self.rows.add(events)
        if dropped is not None:
            self._dropped += dropped
        # The last two change rows that stand there.
        known = any(isinstance(event, PeerKnown) for event in events)
        if dropped is not None or known or any(isinstance(event, Refused) for event in events):
            self._paint_soon()
        if known and self.peer.get() != ALL_PEERS:
            self._filter_soon()  # it may be a new connection of the one who is looked for

    def _paint_soon(self) -> None:
        if self._painting is None and self.in_sight and not self.paused:
            self._painting = self.after(PAINT_MS, self._paint)

    def _paint(self) -> None:
        self._painting = None
        if not self.paused and self.in_sight:
            self._show_rows()

    def _show_rows(self) -> None:
        dropped, self._dropped = self._dropped, 0
        self.table.set_rows(len(self.rows.shown), dropped)
        if self.rows.shown:
            if not self._panes.winfo_manager():
                self.empty.pack_forget()
                self.no_match.pack_forget()
                self._panes.pack(fill="both", expand=True)
                self.after_idle(self._place_sash)
        else:
            self._panes.pack_forget()
            here, other = (self.no_match, self.empty) if self.rows.rows else (self.empty, self.no_match)
            other.pack_forget()
            here.pack(fill="both", expand=True)

    def _place_sash(self) -> None:
        """As much of the table as a person needs to choose from; the rest is for the bytes."""
        if self.winfo_exists() and self._panes.winfo_manager():
            self.update_idletasks()
            rows = FEW_ROWS if self.winfo_height() < self.look.px(LOW) else FIRST_ROWS
            self.tk.call(str(self._panes), "sashpos", 0, self.table.height_of(rows))

    def _row_at(self, place: int | None) -> Row | None:
        """What stands at this place of the table, which hears with its next painting only what has gone at
        its beginning."""
        here = -1 if place is None else place - self._dropped
        return self.rows.shown[here] if 0 <= here < len(self.rows.shown) else None

    def _cells(self, index: int) -> Cells:
        row = self._row_at(index)
        if row is None:
            return Cells("", ())
        if isinstance(row, UnframedRow):
            when, who = self.clock(row.event.at_s), self.peer_name(row.event.connection)
            return Cells(" –", (when, who, row.kind, "", shown(row.carries)),
                         self.look.icon("cross", "danger", 16), "refused")
        frame = row.frame
        inward = frame.direction == "in"
        image = self.look.icon("arrow_left" if inward else "arrow_right", "accent", 16)
        refused = self.lab.recording.refused.get((frame.connection, frame.direction, frame.n))
        carries = row.carries if refused is None else f"stopped by: {refused.defence.value}"
        return Cells(f" {row.number:,}", (self.clock(frame.at_s), self.peer_name(frame.connection), row.kind,
                                          f"{frame.length:,}", shown(carries).replace("\n", " ⏎ ")), image,
                     "refused" if refused is not None else "")

    def clock(self, at_s: float) -> str:
        """When it was, by this computer's clock."""
        return datetime.fromtimestamp(self._clock_s + at_s).strftime("%H:%M:%S.%f")[:-3]

    def peer_name(self, number: int) -> str:
        if not self.lab.server:
            return "Server"
        connection = self.lab.recording.connections.get(number)
        name = self.lab.actions.name_of(connection.member_id) if connection and connection.member_id else ""
        return shown(name) if name else connection.peer if connection and connection.peer else f"#{number}"

    def pause(self) -> None:
        """Hold the table still, or go on: then everything that came meanwhile is there."""
        self.paused = not self.paused
        self._show_pause()
        if not self.paused:
            self._show_rows()

    def _show_pause(self) -> None:
        self._pause["image"] = self.look.button_icon("play" if self.paused else "pause", "ink2", 18)
        narrow = 1 < self.winfo_width() < self.look.px(FOLD_WORDS)
        set_words(self._pause, "" if narrow else "Go on" if self.paused else "Pause")

    def clear(self) -> None:
        """Begin with an empty table."""
        self.rows.clear()
        self.lab.recording.clear_frames()
        self._open(None)
        self._dropped = 0
        self.table.show_anew(0, None)
        self._show_rows()

    # --- the filter ----------------------------------------------------------------------------------

    def _fill_peers(self) -> None:
        """Whoever comes again has another connection, and whose it is shows only after its handshake."""
        before = self._peers.get(self.peer.get(), frozenset())
        self._peers = {}
        for number in self.lab.recording.connections:
            name = self.peer_name(number)
            self._peers[name] = self._peers.get(name, frozenset()) | {number}
        self._peer_box["values"] = (ALL_PEERS, *self._peers)
        if self.peer.get() != ALL_PEERS:  # an address that has got a name meanwhile
            self._peers.setdefault(self.peer.get(), before)

    def _filter_soon(self) -> None:
        if self._filtering is None:
            self._filtering = self.after(FILTER_MS, self._filter_now)

    def _filter_now(self) -> None:
        if self._filtering is not None:
            self.after_cancel(self._filtering)
            self._filtering = None
        ways = {"in": "in", "out": "out"}
        kind = self.kind.get()
        way = ways.get(self.way.value)
        self._fill_peers()
        wanted = Filter(None if self.peer.get() == ALL_PEERS else self._peers[self.peer.get()],
                        "" if kind == ALL_KINDS else kind,
                        None if way is None else ("in" if way == "in" else "out"), self.find.get().casefold())
        if wanted == self.rows.filter:
            return
        chosen = self.chosen
        self.rows.set_filter(wanted)
        self._dropped = 0  # the table begins anew with what is there now
        self.table.show_anew(len(self.rows.shown), self.rows.place_of(chosen))
        self._show_rows()

    def _empty_find(self, _event: object) -> str:
        if self.find.get():
            self.find.delete(0, "end")
            self._filter_now()
        else:
            self.table.tree.focus_set()
        return "break"

    # --- the chosen frame ----------------------------------------------------------------------------

    @property
    def chosen(self) -> Row | None:
        """The chosen row."""
        return self._row_at(self.table.selected)

    @property
    def row(self) -> FrameRow | None:
        """The same, if it is a frame's."""
        return self.chosen if isinstance(self.chosen, FrameRow) else None

    def _open(self, row: Row | None, layer: str = "") -> None:
        self.banner.hide()
        self.hide_code()
        if self.ended is not None:
            self.ended.destroy()
            self.ended = None
        if not isinstance(row, FrameRow):
            self.bytes.grid_remove()
            self.detail.show(None)
            self.choose.grid() if row is None else self._open_unframed(row)
            return
        frame = row.frame
        opened = opened_in(self.lab.recording, frame)
        self._refused = opened.refused
        self.choose.grid_remove()
        self.bytes.grid(row=0, column=0, sticky="nsew")
        self._to_fill[str(self.eavesdropper)] = partial(self._show_claims, frame, opened.raw)
        self._to_fill[str(self.tcp)] = partial(
            self.tcp.show, frame, opened.chunks, opened.neighbours, self.clock)
        self.detail.show(opened, layer)
        self._fill_tab()

    def _fill_tab(self) -> None:
        """The tab that is looked at. The others wait for that: each is some thirty widgets."""
        fill = self._to_fill.pop(self._tab(), None)
        if fill is not None:
            fill()

    def _open_unframed(self, row: UnframedRow) -> None:
        """There are no bytes to it: in their place its sentence, and the way to the code that stopped it."""
        self.choose.grid_remove()
        event = row.event
        if isinstance(event, Refused):
            self._refused = event
            self._reason = Reason(row.carries, event.section, event.function, "")
            where = f"PROTOCOL §{event.section}  {section(event.section)[0]}\n{_short(event.function)}()"
            self.ended = Empty(self.below, self.look, "cross", f"Stopped by: {event.defence.value}",
                               f"{row.carries}\n\n{where}", action=SHOW_CODE, command=self.show_code)
        else:
            self._refused = self._reason = None
            self.ended = Empty(self.below, self.look, "cross", BROKE, row.carries)
        self.ended.grid(row=0, column=0, sticky="nsew")

    def _show_claims(self, frame: FrameSeen, raw: bytes) -> None:
        """What crosses is given to the eavesdropper as bytes alone."""
        before = (one for one in reversed(self.lab.recording.frames)
                  if one.connection == frame.connection and one.number <= frame.number)
        heard = list(islice(before, HEARD))[::-1]
        wire = [eavesdropper.OnWire(one.at_s, (one.direction == "in") == self.lab.server,
                                    one.raw[: eavesdropper.HEAD_BYTES], one.length) for one in heard]
        connection = self.lab.recording.connections.get(frame.connection)
        other = connection.peer if connection and connection.peer else "the other computer"
        client, server = (other, "this computer") if self.lab.server else ("this computer", other)
        claims = eavesdropper.claims(wire, client, server, self.clock(frame.at_s)) if wire else \
            eavesdropper.Claims((), (), ())
        self.eavesdropper.show(raw, frame.length, spans_of_frame(raw), claims)

    def _lit(self, lit: Lit | None) -> None:
        opened = self.detail.opened
        if lit is None or opened is None:
            self.card.clear()
            self.tab_card.clear()
            self._to_fill.clear()
            return
        reason = reason_for(opened.frame.type, lit.span.name, Kind.TEXT if lit.layer.key == TEXT
                            else lit.span.kind)
        if self._folded == "none":
            self.card.show(opened.frame, lit, reason)
        self._to_fill[str(self.field_tab)] = partial(self.tab_card.show, opened.frame, lit, reason)
        if opened.refused is not None:
            # What stopped it is more to know than what its fields are for.
            words = f"This frame was not taken: {opened.refused.defence.value}."
            reason = Reason(words, opened.refused.section, opened.refused.function, "")
        self._reason = reason
        self._to_fill[str(self.why)] = partial(self._show_why, lit.span.name, reason)
        self._fill_tab()

    def _tab(self) -> str:
        """The path of the one that is looked at."""
        return str(self.tk.call(str(self.tabs), "select"))

    def _scroll_tab(self, lines: int, _event: object) -> str:
        panel = self.tabs.nametowidget(self._tab())
        assert isinstance(panel, ScrolledFrame)
        panel.scroll_lines(lines)
        return "break"

    def _show_why(self, name: str, reason: Reason) -> None:
        self.why.show(in_short(name), reason, section(reason.section)[0], self._source())

    def _source(self) -> Source | None:
        reason = self._reason
        if reason is None:
            return None
        if self._refused is not None:
            return of_refusal(self._refused)
        return source_of(reason.function, reason.line)

    # --- code, message, capture ----------------------------------------------------------------------

    def show_code(self) -> None:
        """The function that acts on the lit field, and its section of PROTOCOL, in place of the bytes."""
        opened = self.detail.opened
        if self._reason is None or (opened is None and self.ended is None):
            return
        about = ""
        if self._reason.section == "6.2" and opened is not None:
            first = next(iter(messages_in(opened.frame)), {})
            about = f"{first.get('t', '')}:"
        self._instead_of_code().grid_remove()
        self.code.grid(row=0, column=0, sticky="nsew")
        self.code.show(self._reason.function, self._source(), self._reason.section, about)

    def hide_code(self) -> None:
        if self.code.winfo_manager():
            had_keyboard = has_keyboard(self.code)
            self.code.grid_remove()
            self._instead_of_code().grid()
            if had_keyboard:
                self.focus_here() if self.ended is not None else give_keyboard(self.detail.dump.text)

    def _instead_of_code(self) -> ttk.Frame:
        return self.ended if self.ended is not None else self.bytes

    def show_message(self, seq: int | None, text: str) -> bool:
        """Choose the newest frame with the message of this number, or with one of ours of this text that has
        none yet, and show its letters; whether there is one."""
        self.lab.open_view("wire")
        found = next((row for row in reversed(self.rows.rows)
                      if isinstance(row, FrameRow) and _holds(row.frame, seq, text)), None)
        if found is None:
            self.banner.show("Info", BEFORE, closable=True)
            return False
        if self.rows.place_of(found) is None:
            self._show_everything()
        place = self.rows.place_of(found)
        self.table.set_rows(len(self.rows.shown))
        self._show_rows()
        self.update_idletasks()
        self.table.select(place)
        self._open(found, TEXT)
        give_keyboard(self.detail.dump.text)
        return True

    def _show_everything(self) -> None:
        self.peer.set(ALL_PEERS)
        self.kind.set(ALL_KINDS)
        self.way.variable.set("")
        self.find.delete(0, "end")
        self._filter_now()

    def show_line(self) -> None:
        """Show the chosen frame's message in the conversation."""
        row = self.row
        seq = None if row is None else self._seq(row.frame)
        if row is not None and (seq is None or not self.lab.actions.show_line(seq)):
            self.banner.show("Info", NOT_SHOWN, closable=True)

    def _seq(self, frame: FrameSeen) -> int | None:
        """The number, in the log, of the first message in this frame."""
        for message in messages_in(frame):
            if message.get("t") == "said":
                return _whole(message.get("seq"))
            if message.get("t") == "say":
                asked = (message.get("stream"), message.get("n"))
                for row in reversed(self.rows.rows):
                    for one in messages_in(row.frame) if isinstance(row, FrameRow) else ():
                        if one.get("t") == "said" and (one.get("stream"), one.get("n")) == asked:
                            return _whole(one.get("seq"))
        return None

    def save_with_texts(self) -> None:
        """As `save_capture`, for whoever asks: with what was opened of the records in the comments."""
        self.save_capture(with_texts=True)

    def save_capture(self, *, with_texts: bool = False) -> None:
        """Write what is kept of it as a file that Wireshark reads. Its comments hold no words of messages."""
        path = self.lab.actions.dialogs.save_as(self, "Save the capture", "localchat.pcapng",
                                                kinds=(("Capture", "*.pcapng"),))
        if path is None:
            return
        role: Role = "server" if self.lab.server else "client"
        try:
            command = save_capture(path, self.lab.recording.events(), role, self._port(), with_texts)
        except OSError as error:
            self.banner.show("Danger", NOT_WRITTEN.format(path=shown(str(path)), why=error.strerror or error),
                             closable=True)
            return
        kind, words = ("Warn", SAVED_WITH_TEXTS) if with_texts else ("Info", SAVED)
        self.banner.show(kind, words.format(path=shown(str(path))), icon="info", closable=True,
                         action="Copy the command for Wireshark", command=partial(self._copy, command))

    def _port(self) -> int:
        """The server's."""
        peer = next((one.peer for one in self.lab.recording.connections.values()), "")
        port = peer.rpartition(":")[2]
        return int(port) if port.isdigit() and not self.lab.server else self.lab.actions.port

    # --- keys, menu, sizes ---------------------------------------------------------------------------

    def _layer(self, step: int) -> str:
        self.detail.step_layer(step)
        return "break"

    def _into_bytes(self) -> str:
        if self.row is not None:
            give_keyboard(self.detail.dump.text)
        elif self.ended is not None:
            self.ended.focus_here()
        return "break"

    def _menu(self, event: tk.Event[tk.Misc]) -> str:
        if event.type is tk.EventType.ButtonPress:
            self.table._clicked(event)
        row = self.row
        if row is None:
            return "break"
        raw = self.lab.recording.whole(row.frame)
        menu = self.look.menu(self)
        menu.add_command(label="Show in the conversation", accelerator=f"{ALT_WORD}+S",
                         command=self.show_line,
                         state="normal" if self._seq(row.frame) is not None else "disabled")
        menu.add_separator()
        menu.add_command(label="Copy the frame as hex", command=partial(self._copy, raw.hex()))
        menu.add_command(label="Copy the frame as a Python literal",
                         command=partial(self._copy, literal(raw)))
        menu.tk_popup(event.x_root, event.y_root)
        return "break"

    def _save_menu(self, event: tk.Event[tk.Misc]) -> str:
        menu = self.look.menu(self)
        menu.add_command(label="Save the capture", accelerator=f"{COMMAND_WORD}+S", command=self.save_capture)
        menu.add_command(label="Save it with the texts, for anyone to read",
                         accelerator=f"{COMMAND_WORD}+Shift+S", command=self.save_with_texts)
        menu.tk_popup(event.x_root, event.y_root)
        return "break"

    def _copy(self, words: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(words)

    def focus_here(self) -> None:
        if not self.no_match.winfo_manager() or not self.no_match.focus_here():
            give_keyboard(self.table.tree)

    def escape(self) -> None:
        if self.code.winfo_manager():
            self.hide_code()
        else:
            self.table.tree.focus_set()

    def enter(self) -> None:
        self._paint()

    def _fit(self) -> None:
        px, width = self.look.px, self.winfo_width()
        if width <= 1:
            return
        self._show_pause()
        self._place_toolbar(narrow=width < px(FOLD_BAR[self.lab.server]))
        self.table.hide([key for key, least in LEAST[self.lab.server].items() if width < px(least)])
        low = self.winfo_height() < px(LOW_CARD)
        folded = "sides" if width < px(FOLD_SIDES) else "card" if low or width < px(FOLD_CARD) else "none"
        if folded == self._folded:
            return
        self._folded = folded
        if folded == "none":
            self.look.grid(self._card_box, row=0, column=1, sticky="new", padx=(0, 16), pady=(88, 0))
            self.look.column(self.bytes, 1, minsize=CARD)
            self.tabs.hide(self.field_tab)
        else:
            self._card_box.grid_remove()
            self.look.column(self.bytes, 1, minsize=0)
            self.tabs.add(self.field_tab)
        self._lit(self.detail.lit)
        if folded == "sides":
            self._side.grid(row=1, column=0, columnspan=3, sticky="nsew")
            self.bytes.rowconfigure(1, weight=1, uniform="bytes")
            self.bytes.rowconfigure(0, weight=2, uniform="bytes")
        else:
            self._side.grid(row=0, column=2, columnspan=1, sticky="nsew")
            self.bytes.rowconfigure(1, weight=0, uniform="")
            self.bytes.rowconfigure(0, weight=1, uniform="")

    def repaint(self) -> None:
        self._show_pause()
        if self.look.scale != self._scale and self._panes.winfo_manager():
            place = int(self.tk.call(str(self._panes), "sashpos", 0)) * self.look.scale / self._scale
            self.tk.call(str(self._panes), "sashpos", 0, round(place))
        self._scale = self.look.scale
        self.table.tag_colour("refused", "danger")
        px = self.look.px
        # Styles belong to the theme in use. Four tabs have to fit into the column.
        ttk.Style(self).configure(f"{TABS}.Tab", padding=(px(9), px(8), px(9), px(10)))
        self._folded = ""
        self._fit()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            for waiting in (self._painting, self._filtering):
                if waiting is not None:
                    self.after_cancel(waiting)


def _short(function: str) -> str:
    return function.removeprefix("netcore.")


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _holds(frame: FrameSeen, seq: int | None, text: str) -> bool:
    """Whether the message with this number is in the frame, or, without a number, a `say` of this text."""
    def fits(message: Mapping[str, object]) -> bool:
        if seq is not None:
            return message.get("t") == "said" and message.get("seq") == seq
        return message.get("t") == "say" and message.get("text") == text

    return any(fits(message) for message in messages_in(frame))
