"""The first page: host a room, or join one. Remembers the last values and puts the cursor where a mistake is.

The page only collects: a wish goes out by `on_host` or `on_join`, and what comes of it comes back by
`show_busy`, `idle`, `problem` and `failure`. It stays on the screen until the room is open, so nothing
typed is ever lost.
"""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import TYPE_CHECKING, NamedTuple

from gui.compat import COMMAND_WORD, mend_edit_shortcuts, press_on_return
from gui.look.look import Look
from gui.page import Page
from gui.remembered import Remembered
from gui.text.shown_text import shown
from gui.widgets.boxes import Card
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, LinkLabel, SegmentedChoice
from gui.widgets.command_line import CommandLine
from gui.widgets.disc import DiscView
from gui.widgets.fields import FieldError
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tile import Tile
from netcore.before_start import KnownRoom
from netcore.errors import BadName, BadPort, FolderNotWritable, LocalChatError
from netcore.limits import DEFAULT_PORT
from netcore.wire.names import clean_name, clean_room_name

if TYPE_CHECKING:  # comes with the engine
    from gui.start.room_list import RoomList
    from netcore.engine import FoundRoom

THIS_COMPUTER, LOCAL_NETWORK = "this", "network"
FIELDS = ("nick", "room", "port", "address")
BESIDE = 900  # the width from which the cards stand side by side
# What of the theme this page shows; a start makes these parts and no others.
THEME_PARTS = ("window.box", "window.Chosen.box", "window.Ghost.button", "window.Vertical.scrollbar",
               "surface.Tile.box", "surface.Primary.button", "surface.Plain.button", "surface.field",
               "surface.check", "surface.segment")
DETAILS = "Details"
KNOWN_CAPTION, FOUND_CAPTION = "Rooms you know", "Rooms on this network"
LOOKING = "Looking for rooms on this network…"
RESTING = "Rooms are looked for while you are here"
START_LOOKING, STOP_LOOKING = "Look for rooms", "Don’t look"
WHAT_IS_WRONG = "What is wrong?"
# How to start with another data folder, as it is typed on this system.
OTHER_FOLDER = f"{'py' if sys.platform == 'win32' else 'python3'} localchat.py --data-dir FOLDER"
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
    """What the page asks of the world outside it.

    `member_id(nick)` and `host_id(room)` are b"" while there is no key of that name, or of that room's host.
    """

    on_host: Callable[[HostWish], None]
    on_join: Callable[[JoinWish], None]
    on_cancel: Callable[[], None]
    on_demo: Callable[[], None]
    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    member_id: Callable[[str], bytes]
    host_id: Callable[[str], bytes]
    address_for_others: Callable[[], str]
    on_find: Callable[[bool], None] = lambda wanted: None  # whether rooms are to be looked for
    on_doctor: Callable[[str], None] = lambda address: None  # why can this not be reached?
    on_lab: Callable[[], None] = lambda: None  # the laboratory, with a room of its own


class RolePage(Page):
    """The role dialog, standing on the window colour."""

    def __init__(self, parent: tk.Misc, look: Look, last: Remembered, rooms: Sequence[KnownRoom],
                 actions: RoleActions, guessed_nick: str = "") -> None:
        """`guessed_nick` stands in the field of a person who has given no name yet, to be typed over."""
        super().__init__(parent, "Window.TFrame")
        self._look = look
        self._actions = actions
        self._rooms = rooms
        self._nick = tk.StringVar(self, last.nick or guessed_nick)
        self._room = tk.StringVar(self, last.room)
        self._port = tk.StringVar(self, str(last.port))
        self._address = tk.StringVar(self, last.address)
        self._keep = tk.BooleanVar(self, last.keep_history)
        self._texts = {"nick": self._nick, "room": self._room, "port": self._port, "address": self._address}
        self._rooms_caption: ttk.Label | None = None
        self._known: ttk.Widget
        self.fields: dict[str, ttk.Entry] = {}
        self.errors: dict[str, FieldError] = {}
        self.chosen = ""
        self._by_row = False  # a click on a found room is changing the address
        self._in_cards: list[ttk.Label] = []  # words that wrap at a card's width

        scrolled = self._scrolled = ScrolledFrame(self, look, ground="Window.")
        scrolled.pack(fill="both", expand=True)
        page = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(page, padx=40, pady=(16, 8), expand=True)
        self._head(page)
        self._name_card(page)
        cards = self._both = ttk.Frame(page, style="Window.TFrame")
        look.pack(cards, fill="both", expand=True, pady=(16, 0))
        self._cards = {"host": Card(cards, look), "join": Card(cards, look)}
        self._stacked: bool | None = None
        self._on_top = last.role
        self._stack()
        self.bind("<Configure>", lambda _: self._stack())
        look.on_change(self._stack)
        self._host_card(self._cards["host"], LOCAL_NETWORK if last.local_network else THIS_COMPUTER)
        self._join_card(self._cards["join"])
        self._foot(page)
        scrolled.adopt()
        self.busy_role = ""
        self._command: CommandLine | None = None
        self._host_address: str | None = None  # not looked for yet
        self._found: RoomList | None = None  # made when a search has found something
        self.search_link: LinkLabel | None = None
        self.search_wanted = self._is_searching = False
        for text in (self._nick, self._room):
            text.trace_add("write", lambda *_: self._show_disc())
        self._port.trace_add("write", lambda *_: self._show_reach())
        self._show_reach()
        self._choose_card(last.role if last.role in self._cards else "host")
        self._first = "nick" if not last.nick else "room" if self.chosen == "host" else "address"

    def focus_here(self) -> None:
        if self.busy_role:
            self._line_and_button(self.busy_role)[1].focus_set()
        elif all(not error.winfo_children() for error in self.errors.values()):
            first = self.fields[self._first]
            if first.winfo_rooty() + first.winfo_height() > self.winfo_rooty() + self.winfo_height():
                first = self.fields["nick"]  # at a high zoom: what opens is the top of the page
            first.focus_set()
            first.icursor("end")
            if self._first == "nick":
                first.selection_range(0, "end")  # a login is seldom what others call a person

    # --- what the person does ------------------------------------------------------------------------

    def host(self) -> None:
        """Open the room, if the fields can be used; else the cursor goes to the one that cannot."""
        if self.busy_role:
            return
        nick, room = self._clean("nick"), self._clean("room")
        port = self._port.get().strip()
        is_port = port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65_535
        if nick and room and not is_port:
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
            return clean_name(typed) if name == "nick" else clean_room_name(typed)
        except BadName as error:
            self.problem(name, str(error))
            return ""

    def _go(self, role: str) -> None:
        (self.host if role == "host" else self.join)()

    def escape(self) -> None:
        if self.busy_role:
            self._actions.on_cancel()

    # --- what the page shows -------------------------------------------------------------------------

    def show_busy(self, role: str, words: str) -> None:
        """The room is being opened ("host") or joined ("join"); the button becomes Cancel."""
        self.busy_role = role
        self._choose_card(role)
        for field in self.fields.values():
            field.state(["disabled"])
        line, button = self._line_and_button(role)
        self._say(line, words, "Waiting.TLabel")
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
            self._say(line, "", "Waiting.TLabel")
            button.configure(text=text, command=command)
            button.state(["!disabled"])

    def problem(self, field: str, sentence: str, proposal: str = "") -> None:
        """Say what is wrong beside `field` and put the cursor there; a click takes `proposal`."""
        self.idle()
        if field == "port":
            self.show_details()
        words = f"Use “{shown(proposal)}”" if proposal else ""
        self.errors[field].show(sentence, words, lambda: self._propose(field, proposal))
        self.fields[field].selection_range(0, "end")
        self._scrolled.adopt()

    def unreachable(self, sentence: str) -> None:
        """The address leads to no room: say so there, and offer to find out why."""
        self.problem("address", sentence)
        address = self._address.get().strip()
        self.errors["address"].show(sentence, WHAT_IS_WRONG, lambda: self._actions.on_doctor(address))
        self.fields["address"].selection_range(0, "end")
        self._scrolled.adopt()

    def tell(self, role: str, words: str) -> None:
        """News that is no failure, in the card, above its button."""
        self._say(self._line_and_button(role)[0], words, "Waiting.TLabel")

    def failure(self, role: str, error: LocalChatError) -> None:
        """Something that belongs to no field: in the card, above its button."""
        self.idle()
        line, button = self._line_and_button(role)
        self._say(line, str(error), "Error.TLabel")
        if isinstance(error, FolderNotWritable):
            self._command = CommandLine(self._cards[role], self._look, OTHER_FOLDER)
            self._look.grid(self._command, row=11, column=0, columnspan=2, sticky="ew", pady=(4, 0))
        button.focus_set()

    def _say(self, line: ttk.Label, words: str, style: str) -> None:
        """The line above a card's button; without words it takes no room."""
        line.configure(text=shown(words), style=style)
        if self._command is not None:
            self._command.destroy()
            self._command = None
        if words:
            self._look.grid(line, row=10, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(10, 0))
        else:
            line.grid_remove()

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
        # The buttons before the words: what there is no room for wraps, and no button is cut off.
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
        words = ttk.Frame(head, style="Window.TFrame")
        words.pack(side="left", fill="x", expand=True)
        ttk.Label(words, text="LocalChat", style="Window.Hero.TLabel").pack(anchor="w")
        self._claim = ttk.Label(words, style="Window.Secondary.TLabel", justify="left",
                                text="An encrypted chat for this network. What you say is sealed, and kept.")
        self._claim.pack(anchor="w")

    def _name_card(self, page: ttk.Frame) -> None:
        look = self._look
        card = Card(page, look, padding=(24, 12))
        look.pack(card, fill="x", pady=(16, 0))
        row = self._name_row = ttk.Frame(card)
        row.pack(fill="x")
        self._disc = DiscView(row, look, b"", "", 40)
        look.pack(self._disc, side="left", padx=(0, 16))
        ttk.Label(row, text="Your name", style="Strong.TLabel").pack(side="left")
        self._entry(row, "nick", width=20)
        look.pack(self.fields["nick"], side="left", padx=(13, 16))
        self._about_disc = ttk.Label(card, style="Small.TLabel", justify="left")
        look.pack(self._error(card, "nick"), anchor="w", padx=(53, 0))

    def _host_card(self, body: ttk.Frame, reach_now: str) -> None:
        look = self._look
        body.columnconfigure(0, weight=1)
        self._card_head(body, "host", "Host a room", "This computer becomes the server.")
        self._caption(body, "Room name", 1, 0)
        self._entry(body, "room")
        self.fields["room"].grid(row=2, column=0, columnspan=2, sticky="ew")
        self._error(body, "room").grid(row=3, column=0, columnspan=2, sticky="w")
        self._caption(body, "Who can join", 4, 0)
        choices = [(LOCAL_NETWORK, "Local network"), (THIS_COMPUTER, "This computer only")]
        self.reach = SegmentedChoice(body, look, choices, reach_now, command=lambda _: self.find_address())
        look.grid(self.reach, row=5, column=0, sticky="w", padx=(3, 16))
        self._details_link = LinkLabel(body, look, DETAILS, self.show_details)
        look.grid(self._details_link, row=5, column=1, sticky="e", padx=(0, 3))
        self._reach_words = ttk.Label(body, style="Small.TLabel", compound="left", justify="left")
        look.configure(self._reach_words, wraplength=330)
        self._in_cards.append(self._reach_words)
        look.grid(self._reach_words, row=6, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(8, 0))
        self._details = ttk.Frame(body)
        port = ttk.Label(self._details, text="Port", style="SmallStrong.TLabel")
        look.pack(port, side="left", padx=(3, 8))
        self._entry(self._details, "port", width=8, style="Mono.TEntry")
        self.fields["port"].pack(side="left")
        self.free_port = LinkLabel(self._details, look, "Use a free port", lambda: self._propose("port", "0"))
        look.pack(self.free_port, side="left", padx=(8, 0))
        self._port_error = self._error(body, "port")
        self.keep_box = ttk.Checkbutton(body, text="Keep the history, also over a restart",
                                        variable=self._keep)
        look.grid(self.keep_box, row=9, column=0, columnspan=2, sticky="nw", padx=0, pady=(10, 0))
        self.keep_box.bind("<FocusIn>", lambda _: self._choose_card("host"))
        body.rowconfigure(9, weight=1)
        self._buttons(body, "host", "Open the room")

    def _join_card(self, body: ttk.Frame) -> None:
        look = self._look
        body.columnconfigure(0, weight=1)
        self._card_head(body, "join", "Join a room", "Someone else runs the server.")
        self._caption(body, "Address or invite", 1, 0)
        self._entry(body, "address", style="Mono.TEntry")
        self.fields["address"].grid(row=2, column=0, columnspan=2, sticky="ew")
        self.fields["address"].bind("<Down>", lambda _: self._to_found())
        self._error(body, "address").grid(row=3, column=0, columnspan=2, sticky="w")
        # Until a search finds something; then the whole list takes this place.
        if self._rooms:
            self._rooms_caption = self._caption(body, KNOWN_CAPTION, 4, 0)
            rooms = self._known = ttk.Frame(body)
            look.grid(rooms, row=5, rowspan=3, column=0, columnspan=2, sticky="new", padx=(3, 3), pady=(4, 0))
            for room in self._rooms[:MOST_KNOWN]:
                self._known_room(rooms, room)
        else:
            nobody = self._known = ttk.Label(
                body, style="Small.TLabel", justify="left",
                text="Ask the host for the invite: it holds the address and the fingerprint.")
            look.configure(nobody, wraplength=330)
            self._in_cards.append(nobody)
            look.grid(nobody, row=5, column=0, columnspan=2, sticky="w", padx=(3, 0), pady=(16, 0))
        body.rowconfigure(9, weight=1)
        self._buttons(body, "join", "Join")

    # --- rooms that a search finds ---------------------------------------------------------------------

    def offer_search(self, wanted: bool) -> None:
        """Rooms can be looked for from now on; `wanted`: whether the person wants it."""
        if self.search_link is None:
            self.search_link = LinkLabel(self._cards["join"], self._look, "", self._toggle_search)
            self._look.grid(self.search_link, row=4, column=1, sticky="se", padx=(0, 3), pady=(12, 1))
            self.search_link.lower(self.join_button)  # Tab comes to it where one reads it
            self._scrolled.adopt()
        self.search_wanted = wanted
        self.search_link["text"] = STOP_LOOKING if wanted else START_LOOKING
        self._name_list()

    def _toggle_search(self) -> None:
        self.offer_search(not self.search_wanted)
        self.tell("join", "")
        if not self.search_wanted:
            self.show_found(())
        self._actions.on_find(self.search_wanted)

    def _to_found(self) -> None:
        """From the field down to the first of the rooms that were found."""
        if self._found is not None and self._found.rows:
            self._found.rows[0].choose()

    @property
    def wants_rooms(self) -> bool:
        """Whether the person is about to join: the keyboard is in that form, and nothing is under way."""
        here = str(self.focus_get() or "")
        return self.search_wanted and not self.busy_role and here.startswith(str(self._cards["join"]))

    def show_searching(self, asking: bool) -> None:
        """Say whether somebody is being asked just now."""
        self._is_searching = asking
        self._name_list()

    def _name_list(self) -> None:
        if self._rooms_caption is None:
            self._rooms_caption = self._caption(self._cards["join"], "", 4, 0)
            self._look.grid(self._known, pady=(4, 0))  # the caption has the space above it
        known = KNOWN_CAPTION if self._rooms else RESTING if self.search_wanted else ""
        found = self._found is not None and self._found.has_found
        self._rooms_caption["text"] = FOUND_CAPTION if found else LOOKING if self._is_searching else known

    def show_found(self, found: Sequence[FoundRoom]) -> None:
        """The rooms that have answered; behind them the known ones that have not."""
        from gui.start.room_list import RoomList, rows_of  # comes with the engine

        if self._found is None:
            if not found:
                return
            body = self._cards["join"]
            self._known.grid_remove()
            self._found = RoomList(body, self._look, self._take_found, lambda: self._go("join"))
            self._look.grid(self._found, row=5, rowspan=5, column=0, columnspan=2, sticky="nsew",
                            padx=(0, 0), pady=(2, 0))
            self._found.lower(self.join_button)
            self._scrolled.adopt()
        self._found.show(rows_of(found, self._rooms))
        self._name_list()

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

    def _caption(self, body: ttk.Frame, text: str, row: int, column: int) -> ttk.Label:
        label = ttk.Label(body, text=text, style="SmallStrong.TLabel")
        self._look.grid(label, row=row, column=column, sticky="w", padx=(3, 0), pady=(12, 1))
        return label

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
        text.trace_add("write", lambda *_: self._changed(name))

    def _error(self, parent: tk.Misc, name: str) -> FieldError:
        in_card = name != "nick"
        self.errors[name] = FieldError(parent, self._look, self.fields[name], wrap=330 if in_card else 400,
                                       link_under=in_card,
                                       as_wide_as=self.fields["room"] if name == "port" else None)
        return self.errors[name]

    def _buttons(self, body: ttk.Frame, role: str, text: str) -> None:
        look = self._look
        line = ttk.Label(body, style="Waiting.TLabel", justify="left")
        look.configure(line, wraplength=330)
        self._in_cards.append(line)
        button = ttk.Button(body, text=text, command=lambda: self._go(role))
        look.grid(button, row=12, column=0, columnspan=2, sticky="ew", pady=(12, 0))
        press_on_return(button)
        if role == "host":
            self.host_button, self._host_line = button, line
        else:
            self.join_button, self._join_line = button, line

    def _foot(self, page: ttk.Frame) -> None:
        look = self._look
        foot = ttk.Frame(page, style="Window.TFrame")
        look.pack(foot, fill="x", pady=(14, 0))
        demo = LinkLabel(foot, look, "Demo: four windows on this computer", self._actions.on_demo,
                         ground="Window.", colour="ink2", font="body")
        demo.configure(image=look.icon("play", "accent", 18), compound="left")
        demo.pack(side="left")
        self.lab = LinkLabel(foot, look, "Explore the laboratory", self._actions.on_lab,
                             ground="Window.", colour="ink2", font="body")
        self.lab.configure(image=look.icon("flask", "accent", 18), compound="left")
        look.pack(self.lab, side="left", padx=(24, 0))
        ttk.Label(foot, text="F1 keys  ·  Ctrl + / −  size", style="Window.Muted.TLabel").pack(side="right")

    # --- what follows the fields ----------------------------------------------------------------------

    def _choose_card(self, role: str) -> None:
        """The card in use has the accent edge and the one primary button."""
        self.chosen = role
        for name, card in self._cards.items():
            card.set_kind("Chosen" if name == role else "")
        self.host_button["style"] = "Primary.TButton" if role == "host" else "TButton"
        self.join_button["style"] = "Primary.TButton" if role == "join" else "TButton"
        self._show_disc()

    def _show_disc(self) -> None:
        """The disc as the others will see it: a host's key belongs to the room, a member's to the name."""
        nick, room = self._nick.get().strip(), self._room.get().strip()
        if self.chosen == "host":
            known = self._actions.host_id(room) if room else b""
        else:
            known = self._actions.member_id(nick) if nick else b""
        self._disc.show(known, nick)
        someone = f"someone else called {shown(nick)[:16]} will look different."
        ending = someone if nick else "nobody can copy it."
        self._about_disc["text"] = f"The colour of your disc comes from your key:\n{ending}"

    def show_details(self) -> None:
        """Show the field of the port, which hardly anybody needs."""
        self._details_link.grid_remove()
        self._look.grid(self._details, row=7, column=0, columnspan=2, sticky="w", padx=0, pady=(8, 0))
        self._port_error.grid(row=8, column=0, columnspan=2, sticky="w")
        self.update_idletasks()  # what is not mapped yet cannot take the keyboard
        self.fields["port"].focus_set()

    def find_address(self) -> None:
        """Look where others would find this computer, and say so. Not for the first moment of a start."""
        self._host_address = self._actions.address_for_others()
        self._show_reach()

    def _show_reach(self) -> None:
        if self.reach.value == THIS_COMPUTER:
            icon, words = "monitor", "To try it out: only windows on this computer can join."
        else:
            where = "The room will show where they find this computer."
            if self._host_address:
                where = f"They will find this computer at {self._with_port(self._host_address)}."
            elif self._host_address is not None:
                where = "No network is up now; as soon as one is, others can join."
            icon, words = "wifi", f"For a class: everyone on the same network can join.\n{where}"
        self._reach_words.configure(text=words, image=self._look.icon(icon, "ink2", 18))

    def _with_port(self, host: str) -> str:
        port = self._port.get().strip()
        if port == str(DEFAULT_PORT):
            return host  # what joins without a port takes this one
        return f"{host}, at a free port" if port in ("", "0") else f"{host}:{port}"

    def _stack(self) -> None:
        """The two cards side by side; in a narrow window (a high zoom) the one used last over the other."""
        look, stacked = self._look, 1 < self.winfo_width() < self._look.px(BESIDE)
        self._claim.configure(wraplength=max(look.px(200), self.winfo_width() - look.px(260)))
        self._about_disc.configure(wraplength=max(look.px(200), self.winfo_width() - look.px(240)))
        if stacked == self._stacked:
            return
        self._stacked = stacked
        host, join = self._cards["host"], self._cards["join"]
        for words in self._in_cards:
            look.configure(words, wraplength=280 if stacked else 330)
        if stacked:
            look.pack(self._about_disc, after=self._name_row, side="top", anchor="w", padx=(56, 0),
                      pady=(4, 0))
        else:
            look.pack(self._about_disc, in_=self._name_row, side="left", anchor="center", padx=0, pady=0)
        look.column(self._both, 0, weight=1, uniform="cards", minsize=300 if stacked else 412)
        look.column(self._both, 1, weight=0 if stacked else 1, uniform="" if stacked else "cards", minsize=0)
        first, second = (join, host) if stacked and self._on_top == "join" else (host, join)
        look.grid(first, row=0, column=0, sticky="nsew", padx=(0, 0 if stacked else 8), pady=0)
        look.grid(second, row=int(stacked), column=int(not stacked), sticky="nsew",
                  padx=(0 if stacked else 8, 0), pady=(16 if stacked else 0, 0))
        first.lower(second)  # the order of Tab

    def _take_found(self, address: str) -> None:
        """A row of the list was chosen, and has the keyboard."""
        self._by_row = True
        self._address.set(address)
        self._by_row = False
        self.fields["address"].selection_clear()

    def _changed(self, name: str) -> None:
        """What is wrong in a field is not any more."""
        if self._by_row:
            self.errors[name].clear_later()
        else:
            self.errors[name].clear()

    def take_address(self, address: str) -> None:
        """Put a known room's address into its field."""
        self._address.set(address)
        self.fields["address"].focus_set()
        self.fields["address"].icursor("end")
