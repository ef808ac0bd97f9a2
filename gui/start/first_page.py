"""The way into a room as far as the first page: its values, the command line, what it asks for, and refusals.

What comes after it is given by its maker, `gui/app.py`: this module imports no other page and no network.
"""

from __future__ import annotations

import getpass
import tkinter as tk
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gui.start.role_page import HostWish, JoinWish, RoleActions, RolePage
from gui.window import Window
from netcore.before_start import (
    EVERY_NETWORK,
    KnownRoom,
    address_for_others,
    host_id_of,
    known_rooms,
    member_id_of,
)
from netcore.errors import (
    BadAddress,
    BadInvite,
    BadName,
    BadPort,
    CannotReach,
    FolderInUse,
    ListenError,
    LocalChatError,
    NameRefused,
    NameTaken,
    PeerError,
    StorageError,
    TrustError,
)
from netcore.wire.names import clean_name, clean_room_name

if TYPE_CHECKING:  # come with the engine
    from gui.start.room_search import RoomSearch
    from netcore.engine import FoundRoom

SIZE = (920, 696)  # at 100 %: with room for a sentence under a field
LOOPBACK = "127.0.0.1"
USUAL_ROOM = "Our room"
BEFORE_THE_REST_MS = 20  # the first page is drawn by then
BETWEEN_STEPS_MS = 5
STEP_S = 0.01


class RoomOpener(Protocol):
    """What hosts or joins a room for this page, and shows it."""

    def host(self, wish: HostWish, bind: str) -> None:
        """Open the room on the address `bind`."""

    def join(self, wish: JoinWish) -> None:
        """Connect to a room."""

    def cancel(self) -> None:
        """Neither, for the person has thought better of it."""


class FirstPage:
    """The role page of one window: now on the screen, now waiting for its room to end."""

    def __init__(self, window: Window, make_opener: Callable[[FirstPage], RoomOpener],
                 load_ahead: Callable[[], Iterator[None]], on_demo: Callable[[], None],
                 on_doctor: Callable[[str], None] = lambda address: None,
                 on_lab: Callable[[FirstPage], None] = lambda first: None) -> None:
        """`make_opener` is called when a room is wanted; `load_ahead` loads in steps what that will need."""
        self._window = window
        self._make_opener = make_opener
        self._load_ahead = load_ahead
        self._on_demo, self._on_doctor, self._on_lab = on_demo, on_doctor, on_lab
        self._page: RolePage | None = None
        self._role_name = ""
        self._nick = ""
        self._made_opener: RoomOpener | None = None
        self._search: RoomSearch | None = None  # made once there is time for it
        self._step_id = self._judges = ""
        window.root.bind("<Destroy>", self._destroyed, add=True)

    def begin(self) -> None:
        """Show the page, and go on by itself when the command line has said enough."""
        options, last = self._window.options, self._window.last
        nick = options.nick or last.nick or login_name()
        given = options.nick or last.nick  # a guess is not remembered: nobody has said it
        if options.role == "server":
            room = options.room or last.room or USUAL_ROOM
            port = last.port if options.port is None else options.port
            local_network = not is_loopback(options.bind) if options.bind else last.local_network
            self._window.save(role="host", nick=given, room=room, port=port, local_network=local_network)
            self._role_name = "host"
            self.show("Opening the room…")
            self._host(HostWish(nick, room, port, local_network, last.keep_history))
        elif options.role == "client":
            self._window.save(role="join", nick=given, address=options.address or last.address)
            self._role_name = "join"
            joins = bool(options.address and nick)
            self.show("Connecting…" if joins else "")
            if joins:
                self._join(JoinWish(nick, options.address or ""))
        else:
            self.show()
        self._step_id = self._window.root.after(BEFORE_THE_REST_MS, self._take_a_step, self._get_ready())

    def show(self, busy: str = "") -> None:
        """Put the page on the screen, with the values of last time; busy with these words from the first."""
        window = self._window
        rooms, problem = rooms_and_problem(window.data_dir)
        actions = RoleActions(
            self._host, self._join, self._cancel, self._on_demo, window.toggle_theme, window.show_keys,
            lambda nick: member_id_of(window.data_dir, nick), lambda room: host_id_of(window.data_dir, room),
            address_for_others, self._find, self._on_doctor, lambda: self._on_lab(self),
        )
        guess = "" if window.last.nick else login_name()
        self._page = RolePage(window.root, window.look, window.last, rooms, actions, guess)
        if busy:
            self._page.show_busy(self._role_name, busy)
        window.show(self._page, SIZE)
        if self._step_id:
            self._page.find_address()
        if problem is not None:
            self._page.failure("join", problem)
        if self._search is not None:
            self._page.offer_search(window.last.find_rooms)

    def _get_ready(self) -> Iterator[None]:
        """Make and load what the next page needs, while the person reads; in steps, so that no key waits."""
        while self._window.look.go_on(STEP_S):
            yield
        if self._page is not None and self._is_shown():
            self._page.find_address()
        yield
        yield from self._load_ahead()
        yield
        self._get_search_ready()

    # --- rooms on the network ------------------------------------------------------------------------

    def _get_search_ready(self) -> None:
        from gui.start.room_search import RoomSearch  # with the engine, which is loaded by now

        window = self._window
        self._search = RoomSearch(window.root, window.data_dir, self._show_found, self._search_failed)
        for event in ("<FocusIn>", "<FocusOut>"):
            window.root.bind(event, lambda _: self._judge_soon(), add=True)
        if self._page is not None and self._is_shown():
            self._page.offer_search(window.last.find_rooms)
        self._judge_search()

    def _judge_soon(self) -> None:
        """Where the keyboard has gone is known when Tk is idle."""
        if not self._judges:
            self._judges = self._window.root.after_idle(self._judge_search)

    def _judge_search(self) -> None:
        """Ask the network only while the person is about to join."""
        self._judges = ""
        if self._search is None:
            return
        if self._page is None or not self._is_shown():
            self._search.stop()
            return
        self._search.ask(self._page.wants_rooms)
        self._page.show_searching(self._search.asking)

    def _find(self, wanted: bool) -> None:
        """The person's switch."""
        self._window.save(find_rooms=wanted)
        self._judge_search()

    def _show_found(self, rooms: Sequence[FoundRoom]) -> None:
        if self._page is not None and self._is_shown():
            self._page.show_found(rooms)

    def _search_failed(self, error: LocalChatError) -> None:
        if self._search is not None:
            self._search.stop()
        if self._page is not None and self._is_shown():
            self._page.offer_search(False)  # the person may try it again
            self._page.tell("join", str(error))

    def _take_a_step(self, work: Iterator[None]) -> None:
        for _ in work:
            self._step_id = self._window.root.after(BETWEEN_STEPS_MS, self._take_a_step, work)
            break

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self._window.root:
            return
        for waiting in (self._step_id, self._judges):
            if waiting:
                self._window.root.after_cancel(waiting)  # it would find no Tk
        if self._search is not None:
            self._search.stop()

    def busy(self, words: str) -> None:
        """Say how far the way in has come."""
        if self._page is not None and self._is_shown():
            self._page.show_busy(self._role_name, words)
            self._judge_soon()

    def refused(self, error: LocalChatError) -> None:
        """The way in has ended: the sentence stands beside the field that it is about."""
        if not self._is_shown():
            self.show()
        assert self._page is not None
        show_refusal(self._page, self._role_name, self._nick, error)

    def tell(self, words: str) -> None:
        """Say what came of the room that was hosted."""
        if self._page is not None:
            self._page.tell("host", words)

    def _is_shown(self) -> bool:
        return self._page is not None and self._window.page is self._page

    # --- what the person does ------------------------------------------------------------------------

    def _host(self, wish: HostWish) -> None:
        if not self._names_are_good(wish.nick, wish.room):
            return
        self._nick, self._role_name = wish.nick, "host"
        self._window.save(role="host", nick=wish.nick, room=wish.room, port=wish.port,
                          local_network=wish.local_network, keep_history=wish.keep_history)
        self._opener().host(wish, self._bind_for(wish))

    def _bind_for(self, wish: HostWish) -> str:
        """Where to listen: on the command line's address, unless the person has chosen the other reach."""
        bind = self._window.options.bind
        if bind and is_loopback(bind) != wish.local_network:
            return bind
        return EVERY_NETWORK if wish.local_network else LOOPBACK

    def _join(self, wish: JoinWish) -> None:
        if not self._names_are_good(wish.nick):
            return
        self._nick, self._role_name = wish.nick, "join"
        self._window.save(role="join", nick=wish.nick, address=wish.address)
        self._opener().join(wish)

    def _names_are_good(self, nick: str, room: str = "") -> bool:
        """Names from the command line have not been through the page's fields."""
        for field, name, clean in (("nick", nick, clean_name), ("room", room, clean_room_name)):
            try:
                if name:
                    clean(name)
            except BadName as error:
                if self._page is not None:
                    self._page.problem(field, str(error))
                return False
        return True

    def _opener(self) -> RoomOpener:
        if self._made_opener is None:
            self._made_opener = self._make_opener(self)
        return self._made_opener

    def _cancel(self) -> None:
        self._opener().cancel()
        if self._page is not None:
            self._page.idle()


def rooms_and_problem(data_dir: Path) -> tuple[Sequence[KnownRoom], LocalChatError | None]:
    """The rooms that were trusted here; none, and the reason, when their list cannot be read."""
    try:
        return known_rooms(data_dir), None
    except StorageError as error:
        return (), error


def login_name() -> str:
    """The person's name on this computer, if it can be a name here."""
    try:
        return clean_name(getpass.getuser())
    except (BadName, OSError, KeyError, ImportError):
        return ""


def is_loopback(bind: str) -> bool:
    return bind.startswith("127.") or bind == "::1"


def show_refusal(page: RolePage, role: str, nick: str, error: LocalChatError) -> None:
    """The sentence beside the field that it is about, else in the card. role: "host" or "join"."""
    if isinstance(error, NameTaken | NameRefused | BadName):
        is_room = role == "host" and error.details.get("name") != nick
        page.problem("room" if is_room else "nick", str(error), str(error.details.get("suggestion", "")))
    elif isinstance(error, ListenError):
        page.problem("port", str(error))
    elif isinstance(error, FolderInUse):
        page.problem("room" if role == "host" else "nick", str(error))
    elif isinstance(error, CannotReach | PeerError):
        page.unreachable(str(error))
    elif isinstance(error, BadAddress | BadPort | BadInvite | TrustError):
        page.problem("address", str(error))
    else:
        page.failure(role, error)
