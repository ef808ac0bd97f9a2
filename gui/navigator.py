"""From the first page to a room and back: starts the engine, shows what its first events say, ends it.

Errors on the way in go back to the first page. From the moment the room is open, its page takes the events.
"""

from __future__ import annotations

import ipaddress
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from gui.doctor import DoctorWindow
from gui.poller import EventPoller
from gui.room.client_window import ClientWindow
from gui.room.room_page import ONLY_LAST, WindowActions
from gui.room.server_window import ServerWindow
from gui.room.system_lines import lab_words
from gui.start.role_page import HostWish, JoinWish
from gui.start.trust import TrustPage
from gui.text.shown_text import shown
from gui.window import Window
from netcore.before_start import member_id_of
from netcore.engine import (
    Answering,
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
    LabSwitches,
    Listening,
    Notice,
    ReachChanged,
    Record,
    ServerConfig,
    ServerOptions,
    Stop,
    Stopped,
    TrustAsked,
    TrustServer,
    start_client,
    start_server,
)
from netcore.errors import LocalChatError, NameRefused, NameTaken
from netcore.limits import DEFAULT_PORT

if TYPE_CHECKING:  # comes when it is opened
    from gui.lab.window import LabWindow

# At 100 %.
ROOM_SIZE = (1000, 680)
HOST_SIZE = (1080, 700)
TRUST_SIZE = (824, 700)

STOP_S = 3.0
JOIN_S = 1.0
CHECK_MS = 25


class NetworkCrash(Exception):
    """A defect in the network thread, with that thread's traceback as its text."""


class WayIn(Protocol):
    """The first page, as the navigator needs it."""

    def show(self) -> None:
        """Put it on the screen again."""

    def busy(self, words: str) -> None:
        """Say how far the way in has come."""

    def refused(self, error: LocalChatError) -> None:
        """Say why the way in has ended."""

    def tell(self, words: str) -> None:
        """Say what came of the room that was hosted."""


class Navigator:
    """One window's way through its pages, from its first page on.

    Closing: Stop is submitted, events are taken until Stopped (STOP_S at most), then the network thread is
    joined and the window goes.
    """

    def __init__(self, window: Window, first: WayIn, on_open: Callable[[Listening], None] | None) -> None:
        """`on_open` is told when a room hosted here is open."""
        self._window = window
        self._first = first
        self._on_open = on_open
        self._engine: Engine | None = None
        self._poller: EventPoller[Event] | None = None
        self._room: ClientWindow | ServerWindow | None = None
        self._trust: TrustPage | None = None
        self._nick = ""
        self._early: list[Event] = []  # what comes before the room's page is there
        self._then_close = False
        self._stop_at: float | None = None
        self._check_id = ""
        self._next: Callable[[], None] | None = None  # what waits for the engine before to be gone
        self._join_wish: JoinWish | None = None
        self._lab: LabWindow | None = None
        self._switches = LabSwitches()
        self._port = DEFAULT_PORT  # of the room that is hosted here
        self._last_words = ""  # what the host has to know of a room that is closing
        window.look.finish()
        window.on_close = self.close
        window.root.bind("<Destroy>", self._destroyed, add=True)

    # --- the way in ----------------------------------------------------------------------------------

    def host(self, wish: HostWish, bind: str) -> None:
        """Open the room on the address `bind`."""
        if self._wait_for_the_last(lambda: self.host(wish, bind)):
            return
        self._first.busy("Opening the room. The first time its keys are made, which takes a moment…")
        self._nick = wish.nick
        allowed = ServerOptions(max_members=self._window.options.members)
        self._run(start_server(ServerConfig(self._window.data_dir, wish.room, wish.nick, bind, wish.port,
                                            wish.keep_history, allowed,
                                            answering=self._window.last.answer_searches)))

    def join(self, wish: JoinWish) -> None:
        self._first.busy("Connecting…")
        if self._wait_for_the_last(lambda: self.join(wish)):
            return
        self._nick, self._join_wish = wish.nick, wish
        config = ClientConfig(self._window.data_dir, wish.nick, wish.address, self._window.options.accept_new)
        self._run(start_client(config))

    def _join_again(self) -> None:
        """Into the same room, from its page."""
        wish = self._join_wish
        if wish is None:
            return
        if self._engine is None:
            self._show_first()
            self.join(wish)
        else:
            self._next = self._join_again
            self._begin_stop()

    def cancel(self) -> None:
        """The person has thought better of it."""
        self._next = None
        self._stop_engine()

    def _wait_for_the_last(self, then: Callable[[], None]) -> bool:
        """Whether an engine is still closing its files, which the next one may need; `then` runs after it."""
        if self._engine is not None:
            self._next = then
        return self._engine is not None

    def _show_first(self) -> None:
        self._close_lab()
        self._room = self._trust = None
        self._first.show()

    # --- the engine ----------------------------------------------------------------------------------

    def _run(self, engine: Engine) -> None:
        self._early = []
        self._stop_at = None
        self._switches = LabSwitches()
        self._engine = engine
        self._poller = EventPoller(self._window.root, engine.events.get_nowait, self._take,
                                   only_last=ONLY_LAST)
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
            elif isinstance(event, Notice) and event.code == "not_stored":
                self._last_words = event.text
            elif self._stop_at is None:
                if isinstance(event, Listening | ReachChanged):
                    self._port = event.port
                if isinstance(event, ReachChanged):
                    self._remember_reach(event)
                elif isinstance(event, Answering) and event.wanted != self._window.last.answer_searches:
                    self._window.save(answer_searches=event.wanted)
                if self._room is None:
                    self._on_the_way(event)
                elif isinstance(event, Disconnected) and isinstance(event.error, NameTaken | NameRefused):
                    self._refused(event.error)
                elif isinstance(event, TrustAsked):
                    self._ask_trust(event)
                else:
                    run.append(event)
        self._give(run)

    def _remember_reach(self, event: ReachChanged) -> None:
        """The next room is opened to those to whom this one is."""
        local_network = not ipaddress.ip_address(event.address).is_loopback
        if self._window.last.local_network != local_network:
            self._window.save(local_network=local_network)

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
            self._first.busy(f"Connecting to {shown(event.address)}{again}…")
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
        actions = WindowActions(self._submit, window.toggle_theme, window.show_keys, self._leave, self.close,
                                window.retitle, on_lab=self.open_lab, on_wire=self._show_on_wire,
                                on_switches=self._switched, on_again=self._join_again,
                                on_doctor=self._open_doctor, dialogs=window.dialogs)
        if server:
            self._room = ServerWindow(window.root, window.look, actions)
        else:
            you_id = member_id_of(window.data_dir, self._nick)
            self._room = ClientWindow(window.root, window.look, actions, you_id)
        self._trust = None
        early, self._early = self._early, []
        size, name = (HOST_SIZE, "server_size") if server else (ROOM_SIZE, "client_size")
        window.show(self._room, size, name, [event for event in early if not isinstance(event, TrustAsked)])
        if self._on_open is not None:
            for event in early:
                if isinstance(event, Listening):
                    self._on_open(event)
        self._room.seen()
        window.retitle()

    def _open_doctor(self, target: str) -> None:
        """Nobody can connect to the room that is hosted here."""
        DoctorWindow(self._window.root, self._window.look, target, is_ours=True)

    # --- the laboratory ------------------------------------------------------------------------------

    def open_lab(self) -> None:
        """Show the laboratory of the room that is open."""
        self._show_lab()

    def _show_lab(self) -> LabWindow | None:
        """It, in front, made if there is none yet; None without a room."""
        room, engine = self._room, self._engine
        if room is None or engine is None:
            return None
        if self._lab is None:
            # Nothing of it is loaded before somebody asks for it.
            from gui.lab.view import LabActions
            from gui.lab.window import LabWindow

            window = self._window
            actions = LabActions(
                engine.trace.get_nowait, self._submit, window.toggle_theme, window.show_keys,
                self._lab_closed, name_of=room.name_of, show_line=self._show_line,
                room_window=self._to_room, own_name=room.you, person=engine.trace.person,
                port=self._port, dialogs=window.dialogs)
            engine.trace.drain()  # what came after the last one was closed
            self._submit(Record(True))
            whose = f"{room.you()} in {room.title}" if room.you() else room.title
            self._lab = LabWindow(window.root, window.look, actions, whose, isinstance(room, ServerWindow))
            self._lab.show_switches(self._switches, lab_words(self._switches))
        else:
            self._lab.show()
        return self._lab

    def _switched(self, switches: LabSwitches) -> None:
        self._switches = switches
        if self._lab is not None:
            self._lab.show_switches(switches, lab_words(switches))
        elif self._engine is not None and not switches.recording:
            self._engine.trace.drain()  # nobody takes it any more

    def _show_on_wire(self, seq: int | None, text: str) -> None:
        lab = self._show_lab()
        if lab is not None:
            lab.show_message(seq, text)

    def _show_line(self, seq: int) -> bool:
        shown_there = self._room is not None and self._room.conversation.show_message(seq)
        if shown_there:
            self._to_room()
        return shown_there

    def _to_room(self) -> None:
        root = self._window.root
        root.lift()
        if self._room is not None:
            root.focus_force()
            self._room.focus_here()

    def _lab_closed(self) -> None:
        self._lab = None
        self._submit(Record(False))

    def _close_lab(self) -> None:
        if self._lab is not None:
            self._lab.close()

    def _refused(self, error: LocalChatError) -> None:
        """The way in has ended: back to the first page."""
        self._close_lab()
        self._stop_engine()
        self._room = self._trust = None
        self._first.refused(error)

    # --- trust ---------------------------------------------------------------------------------------

    def _ask_trust(self, asked: TrustAsked) -> None:
        window = self._window
        self._close_lab()
        self._room = None
        self._early = []
        self._trust = TrustPage(window.root, window.look, asked, lambda: self._trusted(asked),
                                self._distrusted, date.today())
        window.show(self._trust, TRUST_SIZE)

    def _trusted(self, asked: TrustAsked) -> None:
        self._show_first()
        self._first.busy(f"Connecting to {shown(asked.address)}…")
        self._submit(TrustServer(asked.shown))

    def _distrusted(self) -> None:
        self._stop_engine()
        self._show_first()

    # --- the end -------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """From a room back to the first page, once the engine has closed everything."""
        if self._engine is None:
            self._show_first()
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
        if event.widget is not self._window.root:
            return
        # The next turn of either would find no Tk.
        if self._poller is not None:
            self._poller.stop()
        if self._check_id:
            self._window.root.after_cancel(self._check_id)

    def _begin_stop(self) -> None:
        if self._engine is None or self._stop_at is not None:
            return
        self._engine.submit(Stop())
        self._stop_at = time.monotonic() + STOP_S
        self._check_id = self._window.root.after(CHECK_MS, self._check_stop, self._engine)

    def _check_stop(self, engine: Engine) -> None:
        if engine is not self._engine or self._stop_at is None:
            return
        if time.monotonic() > self._stop_at:
            self._stopped()
        else:
            self._check_id = self._window.root.after(CHECK_MS, self._check_stop, engine)

    def _stopped(self) -> None:
        engine, poller = self._engine, self._poller
        was_asked = self._stop_at is not None
        self._engine = self._poller = self._stop_at = None
        if poller is not None:
            poller.stop()
        if engine is not None:
            engine.join(JOIN_S)
        after, self._next = self._next, None
        words, self._last_words = self._last_words, ""
        if words:
            # Also in place of closing: who closes a window would not see it there. The next time it closes.
            self._then_close = False
            self._show_first()
            self._first.tell(words)
        elif self._then_close:
            self._window.destroy()
        elif after is not None:
            after()
        elif self._room is not None and (was_asked or self._room_is_over()):
            self._show_first()

    def _room_is_over(self) -> bool:
        """A hosted room that stopped by itself; one that failed stays on the screen with the reason."""
        return isinstance(self._room, ServerWindow) and not self._room.ended
