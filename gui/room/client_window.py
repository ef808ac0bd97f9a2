"""The page of a member: header, conversation, members. Shows every state of the line to the server.

Everything here comes from events; what the person does goes out as commands. While the server is gone a line
counts down to the next try, and writing goes on: the engine keeps what was written.
"""

from __future__ import annotations

import time
import tkinter as tk
from functools import partial
from tkinter import ttk

from gui.look.look import Look
from gui.room.conversation import Conversation
from gui.room.members import MembersPanel
from gui.room.room_page import RoomPage, WindowActions
from gui.room.system_lines import Mark
from gui.text.quoted import quoted, quoted_room
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.fingerprint_picture import fingerprint_groups
from gui.widgets.timer import Timer
from netcore.engine import (
    Connected,
    Connecting,
    Disconnected,
    Event,
    FrozenByHost,
    HistoryOpened,
    HistoryReplaced,
    Member,
    Pending,
    RetryNow,
    Slowed,
)
from netcore.errors import LocalChatError, Removed, StorageFull
from netcore.limits import KICK_REFUSES_S
from netcore.room_words import retry_words

NARROW = 640  # below this width the members stand behind their count
FROZEN_MARK = "Frozen by the host"
FROZEN = ("The host has frozen your connection with a switch of the laboratory. What you write waits here, "
          "and what is said waits at the server. Nothing is lost.")
SLOWED = "You write faster than this room takes. Nothing is lost: what you wrote waits its turn."
SLOWED_MS = 6_000
TICK_MS = 250
AGAIN_MS = round(KICK_REFUSES_S * 1_000) + 1_000  # by then the server, which counts from earlier on, is done
ALONE = "You are the only one here. Who comes later sees what you say now."
REPLACED = ("The server has a new log. What stands above is from the old one and is kept on this computer.")


class ClientWindow(RoomPage):
    own_events = (Connecting, Connected, Disconnected, HistoryOpened, HistoryReplaced, Slowed, FrozenByHost)

    def __init__(self, parent: tk.Misc, look: Look, actions: WindowActions, you_id: bytes = b"") -> None:
        super().__init__(parent, look, actions)
        self._roster.you_id = you_id  # so that what is pending from last time has its disc
        self._ever_connected = False
        self._retry_at = 0.0
        self._ticking = Timer(self)
        self._calm = Timer(self)
        self._full = ""  # the words of a full disk
        self.connected = False
        self._members_wanted = True

        side = self._side = ttk.Frame(self, style="Window.TFrame")
        line = rule(side)
        line.pack(side="left", fill="y")
        main = ttk.Frame(self)
        self.banner = Banner(main, look)
        look.pack(self.banner, fill="x", padx=16, pady=(8, 0))
        self.conversation = Conversation(main, look, self._roster, actions.submit, actions.now_ms,
                                         self._targeted, self._obey,
                                         on_wire=actions.on_wire, dialogs=actions.dialogs)
        self.members = MembersPanel(side, look, self._whisper_to, actions.submit)
        self.members.pack(fill="both", expand=True)
        side.pack(side="right", fill="y")
        self.conversation.pack(fill="both", expand=True)
        main.pack(side="left", fill="both", expand=True)
        self.bind("<Configure>", lambda _: self._fit())
        self.bind("<Destroy>", self._destroyed)
        look.on_change(self._fit, owner=self)
        self.shortcuts = self.room_shortcuts()

    # --- events --------------------------------------------------------------------------------------

    def _beside_conversation(self, event: Event) -> None:
        if isinstance(event, Pending) and self.banner.text == self._full:
            self.banner.hide()  # it is on the disk, so there is room again

    def _own(self, event: Event) -> None:
        if isinstance(event, Connecting):
            self.connected = False
            self._ticking.stop()
            again = f", try {event.attempt}" if event.attempt > 1 else ""
            self.header.set_state("connecting", f"Connecting{again}…")
            if self.banner.text:
                self.banner.show("Warn", f"Trying to reach {event.address} again…")
        elif isinstance(event, Connected):
            self._connected(event)
        elif isinstance(event, Disconnected):
            self._disconnected(event)
        elif isinstance(event, HistoryOpened):
            self.set_room(event.room, "What you have of it on this computer")
            self.conversation.take([event])
        elif isinstance(event, FrozenByHost):
            self._frozen(event.frozen)
        elif isinstance(event, HistoryReplaced):
            self.conversation.log_replaced(REPLACED)
        elif isinstance(event, Slowed):
            if self.banner.text != SLOWED:
                self.banner.show("Info", SLOWED)
            self._calm.start(SLOWED_MS, self._calm_down)
        else:
            super()._own(event)

    def set_room(self, room: str, subtitle: str) -> None:
        self.title = quoted_room(room)
        self.header.set_room(room, subtitle)

    def _connected(self, event: Connected) -> None:
        first = not self._ever_connected
        self._ever_connected = True
        self.connected = True
        self._ticking.stop()
        self.banner.hide()
        self._roster.set(event.members, event.you.id, event.host_id)
        host = self._roster.get(event.host_id)
        self.set_room(event.room, f"Hosted by {quoted(host.name)}" if host else "The host is not here now")
        self.header.set_fingerprint(event.fingerprint)
        self.header.set_state("connected")
        self.conversation.show_rules()
        if event.first_contact and first:
            groups = " ".join(fingerprint_groups(event.fingerprint)[:2])
            self.conversation.show_news("key", f"From now on this room’s key is known here: {groups} …")
        self.conversation.back(event.missed)
        if first and len(event.members) == 1:
            self.conversation.show_news("info", ALONE)
        if first:
            self.conversation.seen()
        self.conversation.offer_earlier()

    def _frozen(self, frozen: bool) -> None:
        """The host's laboratory holds this connection still: a switch, and no fault of the network."""
        self._lab_marks = [Mark(FROZEN_MARK, FROZEN, "Warn")] if frozen else []
        self._show_marks()
        if frozen:
            self.banner.show("Warn", FROZEN, icon="flask")
        elif self.banner.text == FROZEN:
            self.banner.hide()

    def _disconnected(self, event: Disconnected) -> None:
        self.connected = False
        if self._ever_connected:
            self.conversation.away()
        if event.retry_in_s is None:
            self.end(event.error)
            return
        self.header.set_state("waiting")
        self._gone = event.error
        self._retry_at = time.monotonic() + event.retry_in_s
        self._tick()

    def _disk_full(self, error: StorageFull) -> None:
        self._full = str(error)
        self.banner.show("Danger", self._full, closable=True)

    def end(self, error: LocalChatError) -> None:
        if self.ended:
            return  # a file that failed is told by itself, and again as the reason of the leaving
        self.ended = True
        self.connected = False
        self._ticking.stop()
        self.header.set_state("gone")
        self.banner.show("Danger", str(error), action="Back to the start", command=self._actions.on_leave)
        if isinstance(error, Removed):
            self._calm.start(AGAIN_MS, partial(self._offer_again, error))
        self.conversation.show_news("warning", shown(str(error)))
        self.conversation.composer.close("You are not in this room any more.")

    def _offer_again(self, error: LocalChatError) -> None:
        """The minute is over in which the server refuses one who was removed."""
        self.banner.show("Info", str(error), action="Join again", command=self._actions.on_again)

    def _tick(self) -> None:
        """The countdown to the next try."""
        words = f"{self._gone} {self._left()}"
        self.banner.show("Warn", words, action="Try now", command=self._retry)
        self._ticking.start(TICK_MS, partial(self._tick_again, words))

    def _left(self) -> str:
        return retry_words(self._retry_at - time.monotonic())

    def _tick_again(self, words: str) -> None:
        # Built anew only when the number has changed: a focused "Try now" must not be taken away in between.
        if not words.endswith(self._left()):
            self._tick()
        else:
            self._ticking.start(TICK_MS, partial(self._tick_again, words))

    def _retry(self) -> None:
        self._actions.submit(RetryNow())

    def _calm_down(self) -> None:
        if self.banner.text == SLOWED:
            self.banner.hide()

    # --- members and focus ---------------------------------------------------------------------------

    def _show_members(self) -> None:
        super()._show_members()
        self.members.show(self._roster)

    def _targeted(self, member: Member | None) -> None:
        self.members.set_target(member.id if member else b"")

    def toggle_members(self) -> None:
        """Show or hide the members; in a narrow window they take the transcript's place for a moment."""
        self._members_wanted = not self._side.winfo_ismapped()
        self._fit(asked=True)

    def _fit(self, asked: bool = False) -> None:
        self.header.set_compact(1 < self.winfo_width() < self._look.px(NARROW))
        narrow = 1 < self.winfo_width() < self._look.px(NARROW)
        show = self._members_wanted if asked or not narrow else False
        if show and not self._side.winfo_manager():
            self._side.pack(side="right", fill="y", before=self.conversation.master)
        elif not show and self._side.winfo_manager():
            self._side.pack_forget()
        self._show_count(narrow or not show)

    def _members_with_keys(self) -> tk.Misc | None:
        return self.members.canvas if self._side.winfo_ismapped() else None

    def escape(self) -> None:
        if not self.conversation.composer.escape():
            self.focus_here()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._ticking.stop()
            self._calm.stop()
