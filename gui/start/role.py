"""The first page: host a room, or join one. Remembers the last values and puts the cursor where a mistake is.

The page only collects: a wish goes out by `on_host` or `on_join`, and what comes of it comes back by `busy`,
`idle`, `problem` and `failure`. It stays on the screen until the room is open, so nothing typed is ever lost.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import NamedTuple

from gui.compat import COMMAND_WORD, mend_edit_shortcuts, press_on_return
from gui.look.look import Look
from gui.page import Page
from gui.remembered import Remembered
from gui.text.shown_text import shown
from gui.widgets.boxes import Card
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, LinkLabel, SegmentedChoice
from gui.widgets.disc import DiscView
from gui.widgets.fields import FieldError
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tile import Tile
from netcore.before_start import KnownRoom
from netcore.errors import BadName, BadPort, LocalChatError
from netcore.wire.names import clean_name

THIS_COMPUTER, LOCAL_NETWORK = "this", "network"
FIELDS = ("nick", "room", "port", "address")
BESIDE = 900  # the width from which the cards stand side by side
# What of the theme this page shows; a start makes these parts and no others.
THEME_PARTS = ("window.box", "window.Chosen.box", "window.Ghost.button", "window.Vertical.scrollbar",
               "surface.Tile.box", "surface.Primary.button", "surface.Plain.button", "surface.field",
               "surface.check", "surface.segment")
MOST_KNOWN = 3  # known rooms shown, the latest first


class HostWish(NamedTuple):
    nick: str
    room: str
    port: int
    local_network: bool
    keep_history: bool = True


class JoinWish(NamedTuple):
    nick: str
    address: str  # host[:port] or an invite, as typed


class RoleActions(NamedTuple):
    """What the page asks of the world outside it. `member_id(nick)` is b"" while that name has no key yet."""

    on_host: Callable[[HostWish], None]
    on_join: Callable[[JoinWish], None]
    on_cancel: Callable[[], None]
    on_demo: Callable[[], None]
    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    member_id: Callable[[str], bytes]
    address_for_others: Callable[[], str]


class RolePage(Page):
    """The role dialog, standing on the window colour."""

    def __init__(self, parent: tk.Misc, look: Look, last: Remembered, rooms: Sequence[KnownRoom],
                 actions: RoleActions) -> None:
        super().__init__(parent, "Window.TFrame")
        self._look = look
        self._actions = actions
        self._rooms = rooms
        self._nick = tk.StringVar(self, last.nick)
        self._room = tk.StringVar(self, last.room)
        self._port = tk.StringVar(self, str(last.port))
        self._address = tk.StringVar(self, last.address)
        self._keep = tk.BooleanVar(self, last.keep_history)
        self._texts = {"nick": self._nick, "room": self._room, "port": self._port, "address": self._address}
        self.fields: dict[str, ttk.Entry] = {}
        self.errors: dict[str, FieldError] = {}
        self.chosen = ""

        scrolled = ScrolledFrame(self, look, ground="Window.")
        scrolled.pack(fill="both", expand=True)
        page = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(page, padx=40, pady=(30, 20), expand=True)
        self._head(page)
        self._name_card(page)
        cards = self._both = ttk.Frame(page, style="Window.TFrame")
        look.pack(cards, fill="both", expand=True, pady=(16, 0))
        self._cards = {"host": Card(cards, look), "join": Card(cards, look)}
        self._stacked: bool | None = None
        self._stack()
        self.bind("<Configure>", lambda _: self._stack())
        look.on_change(self._stack)
        self._host_card(self._cards["host"], LOCAL_NETWORK if last.local_network else THIS_COMPUTER)
        self._join_card(self._cards["join"])
        self._foot(page)
        scrolled.adopt()
        self.busy_role = ""
        self._nick.trace_add("write", lambda *_: self._nick_changed())
        self._port.trace_add("write", lambda *_: self._show_reach())
        self._nick_changed()
        self._show_reach()
        self._choose_card(last.role if last.role in self._cards else "host")
        self._first = "nick" if not last.nick else "room" if self.chosen == "host" else "address"

    def focus_here(self) -> None:
        if not self.busy_role and all(not error.winfo_children() for error in self.errors.values()):
            self.fields[self._first].focus_set()
            self.fields[self._first].icursor("end")

    # --- what the person does ------------------------------------------------------------------------

    def host(self) -> None:
        """Open the room, if the fields can be used; else the cursor goes to the one that cannot."""
        if self.busy_role:
            return
        nick, room = self._clean("nick"), self._clean("room")
        port = self._port.get().strip()
        if nick and room and not (port.isascii() and port.isdecimal() and int(port) <= 65_535):
            self.problem("port", str(BadPort(port=shown(port))))
        elif nick and room:
            reach = self.reach.value == LOCAL_NETWORK
            self._actions.on_host(HostWish(nick, room, int(port), reach, self._keep.get()))

    def join(self) -> None:
        if self.busy_role:
            return
        nick, address = self._clean("nick"), self._address.get().strip()
        if nick and not address:
            self.problem("address", "Type the address that the host’s window shows, or paste the invite.")
        elif nick:
            self._actions.on_join(JoinWish(nick, address))

    def _clean(self, name: str) -> str:
        """The checked name in a field, or "" after the field has said what is wrong with it."""
        typed = (self._nick if name == "nick" else self._room).get()
        if not typed.strip():
            self.problem(name, "Others need a name for you." if name == "nick" else "A room needs a name.")
            return ""
        try:
            return clean_name(typed)
        except BadName as error:
            self.problem(name, str(error))
            return ""

    def _go(self, role: str) -> None:
        (self.host if role == "host" else self.join)()

    def escape(self) -> None:
        if self.busy_role:
            self._actions.on_cancel()

    # --- what the page shows -------------------------------------------------------------------------

    def busy(self, role: str, words: str) -> None:
        """The room is being opened ("host") or joined ("join"); the button becomes Cancel."""
        self.busy_role = role
        self._choose_card(role)
        for field in self.fields.values():
            field.state(["disabled"])
        line, button = self._line_and_button(role)
        line.configure(text=words, style="Waiting.TLabel")
        button.configure(text="Cancel", command=self._actions.on_cancel)
        button.focus_set()
        other = self.join_button if role == "host" else self.host_button
        other.state(["disabled"])

    def idle(self) -> None:
        """Back to the fields, as they were typed."""
        self.busy_role = ""
        for field in self.fields.values():
            field.state(["!disabled"])
        for role, text, command in (("host", "Open the room", self.host), ("join", "Join", self.join)):
            line, button = self._line_and_button(role)
            line["text"] = ""
            button.configure(text=text, command=command)
            button.state(["!disabled"])

    def problem(self, field: str, sentence: str, proposal: str = "") -> None:
        """Say what is wrong beside `field` and put the cursor there; a click takes `proposal`."""
        self.idle()
        self.errors[field].show(sentence, f"Use “{shown(proposal)}”" if proposal else "",
                                lambda: self._propose(field, proposal))
        self.fields[field].selection_range(0, "end")

    def failure(self, role: str, error: LocalChatError) -> None:
        """Something that belongs to no field: in the card, above its button."""
        self.idle()
        line, button = self._line_and_button(role)
        line.configure(text=str(error), style="Error.TLabel")
        button.focus_set()

    def _propose(self, field: str, proposal: str) -> None:
        self._texts[field].set(proposal)
        self.fields[field].focus_set()
        self.fields[field].icursor("end")

    def _line_and_button(self, role: str) -> tuple[ttk.Label, ttk.Button]:
        return (self._host_line, self.host_button) if role == "host" else (self._join_line, self.join_button)

    # --- building ------------------------------------------------------------------------------------

    def _head(self, page: ttk.Frame) -> None:
        look = self._look
        head = ttk.Frame(page, style="Window.TFrame")
        head.pack(fill="x")
        tile = Tile(head, look, "chat", "on_accent", "accent", "window")
        look.pack(tile, side="left", padx=(0, 16))
        words = ttk.Frame(head, style="Window.TFrame")
        words.pack(side="left", fill="x", expand=True)
        ttk.Label(words, text="LocalChat", style="Window.Hero.TLabel").pack(anchor="w")
        ttk.Label(words, text="An encrypted chat for this network. What you say is sealed, and kept.",
                  style="Window.Secondary.TLabel").pack(anchor="w")
        IconButton(head, look, "help", "Keys", self._actions.on_keys, ground="Window.", shortcut="F1").pack(
            side="right", anchor="n")
        self._theme = IconButton(head, look, "moon", DARK_TIP, self._actions.on_theme,
                                 ground="Window.", shortcut=f"{COMMAND_WORD}+D")
        self._theme.pack(side="right", anchor="n")

        def icon() -> None:
            dark = look.palette.dark
            self._theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)

        look.on_change(icon, owner=self._theme)
        icon()

    def _name_card(self, page: ttk.Frame) -> None:
        look = self._look
        card = Card(page, look, padding=(24, 12))
        look.pack(card, fill="x", pady=(22, 0))
        row = ttk.Frame(card)
        row.pack(fill="x")
        self._disc = DiscView(row, look, b"", "", 40)
        look.pack(self._disc, side="left", padx=(0, 16))
        ttk.Label(row, text="Your name", style="Strong.TLabel").pack(side="left")
        self._entry(row, "nick", width=20)
        look.pack(self.fields["nick"], side="left", padx=(13, 16))
        self._about_disc = ttk.Label(row, style="Small.TLabel", justify="left")
        self._about_disc.pack(side="left")
        look.pack(self._error(card, "nick"), anchor="w", padx=(53, 0))

    def _host_card(self, body: ttk.Frame, reach_now: str) -> None:
        look = self._look
        body.columnconfigure(0, weight=1)
        self._card_head(body, "host", "Host a room", "This computer becomes the server.")
        self._caption(body, "Room name", 1, 0)
        self._entry(body, "room")
        self.fields["room"].grid(row=2, column=0, columnspan=2, sticky="ew")
        self._error(body, "room").grid(row=3, column=0, columnspan=2, sticky="w")
        self._caption(body, "Who can reach it", 4, 0)
        self._caption(body, "Port", 4, 1)
        choices = [(THIS_COMPUTER, "This computer"), (LOCAL_NETWORK, "Local network")]
        self.reach = SegmentedChoice(body, look, choices, reach_now, command=lambda _: self._show_reach())
        look.grid(self.reach, row=5, column=0, sticky="w", padx=(3, 16))
        self._entry(body, "port", width=8, style="Mono.TEntry")
        self.fields["port"].grid(row=5, column=1, sticky="e")
        self._error(body, "port").grid(row=6, column=0, columnspan=2, sticky="w")
        reach = ttk.Frame(body)
        look.grid(reach, row=7, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(8, 0))
        self._reach_words = ttk.Label(reach, style="Small.TLabel", compound="left")
        self._reach_words.pack(side="left")
        self._reach_address = ttk.Label(reach, style="MonoSmall.TLabel")
        look.pack(self._reach_address, side="left", padx=(6, 0))
        self.keep_box = ttk.Checkbutton(body, text="Keep the history, also over a restart",
                                        variable=self._keep)
        look.grid(self.keep_box, row=8, column=0, columnspan=2, sticky="nw", padx=0, pady=(10, 0))
        self.keep_box.bind("<FocusIn>", lambda _: self._choose_card("host"))
        body.rowconfigure(8, weight=1)
        self._buttons(body, "host", "Open the room")

    def _join_card(self, body: ttk.Frame) -> None:
        look = self._look
        body.columnconfigure(0, weight=1)
        self._card_head(body, "join", "Join a room", "Someone else runs the server.")
        self._caption(body, "Address or invite", 1, 0)
        self._entry(body, "address", style="Mono.TEntry")
        self.fields["address"].grid(row=2, column=0, columnspan=2, sticky="ew")
        self._error(body, "address").grid(row=3, column=0, columnspan=2, sticky="w")
        if self._rooms:
            self._caption(body, "Rooms you know", 4, 0)
            rooms = ttk.Frame(body)
            look.grid(rooms, row=5, rowspan=3, column=0, columnspan=2, sticky="new", padx=(3, 3), pady=(4, 0))
            for room in self._rooms[:MOST_KNOWN]:
                self._known_room(rooms, room)
        else:
            nobody = ttk.Label(body, style="Small.TLabel", justify="left",
                               text="Ask the host for the invite: it holds the address and the fingerprint.")
            look.configure(nobody, wraplength=330)
            look.grid(nobody, row=4, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(16, 0))
        body.rowconfigure(8, weight=1)
        self._buttons(body, "join", "Join")

    def _known_room(self, rooms: ttk.Frame, room: KnownRoom) -> None:
        from gui.widgets.fingerprint_picture import FingerprintPicture  # not for somebody's first start

        look = self._look
        row = ttk.Frame(rooms, cursor="hand2")
        look.pack(row, fill="x", pady=(0, 8))
        picture = FingerprintPicture(row, look, room.fingerprint, cell=3)
        picture.pack(side="left")
        link = LinkLabel(row, look, shown(room.room) or "A room", lambda: self.take_address(room.address),
                         colour="ink", font="body")
        look.pack(link, side="left", padx=(10, 10))
        address = ttk.Label(row, text=shown(room.address), style="MonoSmall.TLabel")
        address.pack(side="right")
        for part in (row, picture, address):
            part.bind("<Button-1>", lambda _: self.take_address(room.address))
            part.bind("<Double-Button-1>", lambda _: self._go("join"))
        link.bind("<Double-Button-1>", lambda _: self._go("join"))

    def _card_head(self, body: ttk.Frame, icon: str, title: str, words: str) -> None:
        look = self._look
        head = ttk.Frame(body)
        look.grid(head, row=0, column=0, columnspan=2, sticky="w", padx=(3, 0))
        tile = ttk.Frame(head, style="Tile.Box.TFrame")
        look.pack(tile, side="left", padx=(0, 12))
        look.pack(ttk.Label(tile, style="Info.TLabel", image=look.icon(icon, "accent", 24)), padx=8, pady=8)
        texts = ttk.Frame(head)
        texts.pack(side="left")
        ttk.Label(texts, text=title, style="Heading.TLabel").pack(anchor="w")
        ttk.Label(texts, text=words, style="Small.TLabel").pack(anchor="w")

    def _caption(self, body: ttk.Frame, text: str, row: int, column: int) -> None:
        label = ttk.Label(body, text=text, style="SmallStrong.TLabel")
        self._look.grid(label, row=row, column=column, sticky="w", padx=(3, 0), pady=(16, 1))

    def _entry(self, parent: tk.Misc, name: str, width: int = 10, style: str = "TEntry") -> None:
        text = self._texts[name]
        font = self._look.fonts.mono if style.startswith("Mono") else self._look.fonts.body
        entry = ttk.Entry(parent, textvariable=text, width=width, style=style, font=font)
        self.fields[name] = entry
        role = {"room": "host", "port": "host", "address": "join"}.get(name)
        if role:
            entry.bind("<FocusIn>", lambda _: self._choose_card(role))
        mend_edit_shortcuts(entry)
        entry.bind("<Return>", lambda _: self._go(self.chosen))
        text.trace_add("write", lambda *_: self.errors[name].clear())

    def _error(self, parent: tk.Misc, name: str) -> FieldError:
        # In the cards a link stands beside the sentence, and the whole is as wide as a field.
        wrap = 400 if name == "nick" else 250
        self.errors[name] = FieldError(parent, self._look, self.fields[name], wrap=wrap)
        return self.errors[name]

    def _buttons(self, body: ttk.Frame, role: str, text: str) -> None:
        look = self._look
        line = ttk.Label(body, style="Waiting.TLabel", justify="left")
        look.configure(line, wraplength=350)
        look.grid(line, row=9, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(12, 0))
        button = ttk.Button(body, text=text, command=lambda: self._go(role))
        look.grid(button, row=10, column=0, columnspan=2, sticky="ew", pady=(8, 0))
        press_on_return(button)
        if role == "host":
            self.host_button, self._host_line = button, line
        else:
            self.join_button, self._join_line = button, line

    def _foot(self, page: ttk.Frame) -> None:
        look = self._look
        foot = ttk.Frame(page, style="Window.TFrame")
        look.pack(foot, fill="x", pady=(20, 0))
        demo = LinkLabel(foot, look, "Demo: four windows on this computer", self._actions.on_demo,
                         ground="Window.", colour="ink2", font="body")
        demo.configure(image=look.icon("play", "accent", 18), compound="left")
        demo.pack(side="left")
        ttk.Label(foot, text="F1 keys  ·  Ctrl + / −  size", style="Window.Muted.TLabel").pack(side="right")

    # --- what follows the fields ----------------------------------------------------------------------

    def _choose_card(self, role: str) -> None:
        """The card in use has the accent edge and the one primary button."""
        self.chosen = role
        for name, card in self._cards.items():
            card.set_kind("Chosen" if name == role else "")
        self.host_button["style"] = "Primary.TButton" if role == "host" else "TButton"
        self.join_button["style"] = "Primary.TButton" if role == "join" else "TButton"

    def _nick_changed(self) -> None:
        nick = self._nick.get().strip()
        known = self._actions.member_id(nick) if nick else b""
        self._disc.show(known, nick)
        someone = f"someone else called {shown(nick)[:16]} will look different."
        ending = someone if nick else "nobody can copy it."
        self._about_disc["text"] = f"The colour of your disc comes from your key:\n{ending}"

    def _show_reach(self) -> None:
        port = self._port.get().strip() or "0"
        shown_port = "a free port" if port == "0" else port
        if self.reach.value == THIS_COMPUTER:
            self._reach_words.configure(text="Only windows on this computer can join.",
                                        image=self._look.icon("monitor", "ink2", 18))
            self._reach_address["text"] = ""
            return
        host = self._actions.address_for_others()
        self._reach_words.configure(image=self._look.icon("wifi", "ink2", 18), text=(
            "Others will reach you at" if host else "No network is up: only this computer will reach it."))
        address = f"{host}, {shown_port}" if port == "0" else f"{host}:{port}"
        self._reach_address["text"] = address if host else ""

    def _stack(self) -> None:
        """The two cards side by side, or in a narrow window (a high zoom) one under the other."""
        look, stacked = self._look, 1 < self.winfo_width() < self._look.px(BESIDE)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        host, join = self._cards["host"], self._cards["join"]
        look.column(self._both, 0, weight=1, uniform="cards", minsize=300 if stacked else 412)
        look.column(self._both, 1, weight=0 if stacked else 1, uniform="" if stacked else "cards", minsize=0)
        look.grid(host, row=0, column=0, sticky="nsew", padx=(0, 0 if stacked else 8), pady=0)
        look.grid(join, row=int(stacked), column=int(not stacked), sticky="nsew",
                  padx=(0 if stacked else 8, 0), pady=(16 if stacked else 0, 0))

    def take_address(self, address: str) -> None:
        """Put a known room's address into its field."""
        self._address.set(address)
        self.fields["address"].focus_set()
        self.fields["address"].icursor("end")
