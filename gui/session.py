"""From the role page to a room and back: starts the engine, shows what its first events say, ends it.

Errors on the way in go back to the role page, beside the field they belong to. From the moment the room is
open, its page takes the events.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import date

from gui import demo
from gui.app import HOST_SIZE, ROLE_SIZE, ROOM_SIZE, TRUST_SIZE, Window
from gui.client_window import ClientWindow, WindowDoor
from gui.first_values import is_loopback, login_name, rooms_and_problem
from gui.poller import EventPoller
from gui.refusals import show_refusal
from gui.role import HostWish, JoinWish, RoleDoor, RolePage
from gui.server_window import ServerWindow
from gui.shown_text import shown
from gui.trust import TrustPage
from netcore.engine import (
    EVERY_NETWORK,
    ClientConfig,
    Command,
    Connected,
    Connecting,
    Crashed,
    Disconnected,
    Engine,
    Event,
    Failed,
    HistoryOpened,
    Listening,
    ServerConfig,
    Stop,
    Stopped,
    TrustAsked,
    TrustServer,
    address_for_others,
    member_id_of,
    start_client,
    start_server,
)
from netcore.errors import BadName, LocalChatError, NameRefused, NameTaken
from netcore.wire.names import clean_name

STOP_S = 3.0
JOIN_S = 1.0
CHECK_MS = 25
LOOPBACK = "127.0.0.1"
USUAL_ROOM = "Our room"


class NetworkCrash(Exception):
    """A defect in the network thread, with that thread's traceback as its text."""


class Session:
    """One window's way through its pages."""

    def __init__(self, window: Window, on_open: Callable[[Listening], None] | None = None) -> None:
        """`on_open` is told when a room hosted here is open."""
        self._window = window
        self._on_open = on_open
        self._engine: Engine | None = None
        self._poller: EventPoller[Event] | None = None
        self._role: RolePage | None = None
        self._room: ClientWindow | ServerWindow | None = None
        self._trust: TrustPage | None = None
        self._role_name = ""
        self._nick = ""
        self._early: list[Event] = []  # what comes before the room's page is there
        self._then_close = False
        self._stop_at: float | None = None
        self._next: Callable[[], None] | None = None  # what waits for the engine before to be gone
        window.on_close = self.close
        window.root.bind("<Destroy>", self._destroyed, add=True)

    # --- the first page ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the role page, and go on by itself when the command line has said enough."""
        options, last = self._window.options, self._window.last
        nick = options.nick or last.nick or login_name()
        if options.role == "server":
            room = options.room or last.room or USUAL_ROOM
            bind = options.bind or (EVERY_NETWORK if last.local_network else LOOPBACK)
            port = last.port if options.port is None else options.port
            self._window.save(role="host", nick=nick, room=room, port=port,
                              local_network=not is_loopback(bind))
            self.show_role()
            self._host(HostWish(nick, room, port, bind == EVERY_NETWORK), bind)
        elif options.role == "client":
            self._window.save(role="join", nick=nick, address=options.address or last.address)
            self.show_role()
            if options.address and nick:
                self._join(JoinWish(nick, options.address))
        else:
            if not last.nick:
                self._window.last.nick = nick
            self.show_role()

    def show_role(self) -> None:
        """The first page, with the values of last time."""
        self._room = self._trust = None
        window = self._window
        rooms, problem = rooms_and_problem(window.data_dir)
        door = RoleDoor(
            self._host, self._join, self._cancel, self._demo, window.toggle_theme, window.show_keys,
            lambda nick: member_id_of(window.data_dir, nick), address_for_others,
        )
        self._role = RolePage(window.root, window.look, window.last, rooms, door)
        window.show(self._role, ROLE_SIZE)
        if problem is not None:
            self._role.failure("join", problem)

    def _host(self, wish: HostWish, bind: str = "") -> None:
        bind = bind or (EVERY_NETWORK if wish.local_network else LOOPBACK)
        if not self._names_are_good(wish.nick, wish.room):
            return
        self._nick, self._role_name = wish.nick, "host"
        self._window.save(role="host", nick=wish.nick, room=wish.room, port=wish.port,
                          local_network=not is_loopback(bind), keep_history=wish.keep_history)
        if self._wait_for_the_last(lambda: self._host(wish, bind)):
            return
        self._busy("Opening the room. The first time its keys are made, which takes a moment…")
        self._run(start_server(ServerConfig(self._window.data_dir, wish.room, wish.nick, bind, wish.port,
                                            wish.keep_history)))

    def _join(self, wish: JoinWish) -> None:
        if not self._names_are_good(wish.nick):
            return
        self._nick, self._role_name = wish.nick, "join"
        self._window.save(role="join", nick=wish.nick, address=wish.address)
        self._busy("Connecting…")
        if self._wait_for_the_last(lambda: self._join(wish)):
            return
        config = ClientConfig(self._window.data_dir, wish.nick, wish.address, self._window.options.accept_new)
        self._run(start_client(config))

    def _wait_for_the_last(self, then: Callable[[], None]) -> bool:
        """Whether an engine is still closing its files, which the next one may need; `then` runs after it."""
        if self._engine is not None:
            self._next = then
        return self._engine is not None

    def _names_are_good(self, nick: str, room: str = "") -> bool:
        """Names from the command line have not been through the page's fields."""
        for field, name in (("nick", nick), ("room", room)):
            try:
                if name:
                    clean_name(name)
            except BadName as error:
                if self._role is not None:
                    self._role.problem(field, str(error))
                return False
        return True

    def _busy(self, words: str) -> None:
        if self._role is not None:
            self._role.busy(self._role_name, words)

    def _demo(self) -> None:
        demo.start_beside(self._window.options.data_dir)

    def _cancel(self) -> None:
        self._next = None
        self._stop_engine()
        if self._role is not None:
            self._role.idle()

    # --- the engine ----------------------------------------------------------------------------------

    def _run(self, engine: Engine) -> None:
        self._early = []
        self._stop_at = None
        self._engine = engine
        self._poller = EventPoller(self._window.root, engine.events.get_nowait, self._take)
        self._poller.start()

    def _submit(self, command: Command) -> None:
        if self._engine is not None:
            self._engine.submit(command)

    def _take(self, events: Sequence[Event]) -> None:
        run: list[Event] = []
        for event in events:
            if isinstance(event, Crashed):
                self._window.crash.report(NetworkCrash(event.traceback))
            elif isinstance(event, Stopped):
                self._give(run)
                self._stopped()
                return
            elif self._stop_at is None:
                if self._room is None:
                    self._on_the_way(event)
                elif isinstance(event, Disconnected) and isinstance(event.error, NameTaken | NameRefused):
                    self._refused(event.error)
                elif isinstance(event, TrustAsked):
                    self._ask_trust(event)
                else:
                    run.append(event)
        self._give(run)

    def _give(self, run: list[Event]) -> None:
        if run and self._room is not None:
            self._room.take(run)

    def _on_the_way(self, event: Event) -> None:
        """An event while no room is open yet."""
        self._early.append(event)
        if isinstance(event, Listening | Connected | HistoryOpened):
            self._enter(server=isinstance(event, Listening))
        elif isinstance(event, Connecting):
            again = f" (try {event.attempt})" if event.attempt > 1 else ""
            self._busy(f"Connecting to {shown(event.address)}{again}…")
        elif isinstance(event, TrustAsked):
            self._ask_trust(event)
        elif isinstance(event, Disconnected):
            # Also when the engine would try again: nobody is in a room yet, so the person decides about it.
            self._refused(event.error)
        elif isinstance(event, Failed):
            self._refused(event.error)

    def _enter(self, server: bool) -> None:
        """The room is open: its page, and what has been said so far."""
        window = self._window
        door = WindowDoor(self._submit, window.toggle_theme, window.show_keys, self._leave, self.close,
                          window.retitle)
        if server:
            self._room = ServerWindow(window.root, window.look, door)
        else:
            you_id = member_id_of(window.data_dir, self._nick)
            self._room = ClientWindow(window.root, window.look, door, you_id)
        self._role = self._trust = None
        early, self._early = self._early, []
        size, name = (HOST_SIZE, "server_size") if server else (ROOM_SIZE, "client_size")
        window.show(self._room, size, name)
        self._room.take([event for event in early if not isinstance(event, TrustAsked)])
        if self._on_open is not None:
            for event in early:
                if isinstance(event, Listening):
                    self._on_open(event)
        self._room.seen()
        window.retitle()

    def _refused(self, error: LocalChatError) -> None:
        """The way in has ended: back to the role page, the sentence beside the field that it is about."""
        self._stop_engine()
        if self._role is None:
            self.show_role()
        assert self._role is not None
        show_refusal(self._role, self._role_name, self._nick, error)

    # --- trust ---------------------------------------------------------------------------------------

    def _ask_trust(self, asked: TrustAsked) -> None:
        window = self._window
        self._role = self._room = None
        self._early = []
        self._trust = TrustPage(window.root, window.look, asked, lambda: self._trusted(asked),
                                self._distrusted, date.today())
        window.show(self._trust, TRUST_SIZE)

    def _trusted(self, asked: TrustAsked) -> None:
        self.show_role()
        self._busy(f"Connecting to {shown(asked.address)}…")
        self._submit(TrustServer(asked.shown))

    def _distrusted(self) -> None:
        self._stop_engine()
        self.show_role()

    # --- the end -------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """From a room back to the role page, once the engine has closed everything."""
        if self._engine is None:
            self.show_role()
        else:
            self._begin_stop()

    def _stop_engine(self) -> None:
        """End an engine that has opened no room; its remaining events say nothing new."""
        self._begin_stop()

    def close(self) -> None:
        """End the program: in order if the engine obeys, after STOP_S in any case."""
        self._then_close = True
        if self._engine is None:
            self._window.destroy()
        else:
            self._begin_stop()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._window.root and self._poller is not None:
            self._poller.stop()  # its next turn would find no Tk

    def _begin_stop(self) -> None:
        if self._engine is None or self._stop_at is not None:
            return
        self._engine.submit(Stop())
        self._stop_at = time.monotonic() + STOP_S
        self._window.root.after(CHECK_MS, self._check_stop, self._engine)

    def _check_stop(self, engine: Engine) -> None:
        if engine is not self._engine or self._stop_at is None:
            return
        if time.monotonic() > self._stop_at:
            self._stopped()
        else:
            self._window.root.after(CHECK_MS, self._check_stop, engine)

    def _stopped(self) -> None:
        engine, poller = self._engine, self._poller
        was_asked = self._stop_at is not None
        self._engine = self._poller = self._stop_at = None
        if poller is not None:
            poller.stop()
        if engine is not None:
            engine.join(JOIN_S)
        after, self._next = self._next, None
        if self._then_close:
            self._window.destroy()
        elif after is not None:
            after()
        elif self._room is not None and (was_asked or self._room_is_over()):
            self.show_role()

    def _room_is_over(self) -> bool:
        """A hosted room that stopped by itself; one that failed stays on the screen with the reason."""
        return isinstance(self._room, ServerWindow) and not self._room.ended
