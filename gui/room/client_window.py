"""The page of a member: header, conversation, members. Shows every state of the line to the server.

Everything here comes from events; what the person does goes out as commands. While the server is gone a line
counts down to the next try, and writing goes on: the engine keeps what was written.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

from gui.compat import COMMAND
from gui.look.look import Look
from gui.page import Page
from gui.room.conversation import Conversation
from gui.room.header import Header
from gui.room.members import MembersPanel
from gui.room.roster import Roster
from gui.room.system_lines import marks
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.fingerprint_picture import fingerprint_groups
from netcore.engine import (
    Command,
    Connected,
    Connecting,
    Disconnected,
    Event,
    Failed,
    HistoryOpened,
    HistoryReplaced,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    Pending,
    RetryNow,
    Slowed,
)
from netcore.errors import LocalChatError, StorageFull

NARROW = 640  # below this width the members stand behind their count
SLOWED = "You write faster than this room takes. Nothing is lost: what you wrote waits its turn."
SLOWED_MS = 6_000
TICK_MS = 250
ALONE = "You are the only one here. Who comes later sees what you say now."
REPLACED = ("The server has a new log. What stands above is from the old one and is kept on this computer.")


@dataclass(frozen=True, slots=True)
class WindowDoor:
    """What a room's page asks of the window around it."""

    submit: Callable[[Command], None]
    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    on_leave: Callable[[], None]  # back to the first page
    on_close: Callable[[], None]  # and the window with it
    on_title: Callable[[], None]  # the title or the unread count has changed
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000


class ClientWindow(Page):
    def __init__(self, parent: tk.Misc, look: Look, door: WindowDoor, you_id: bytes = b"") -> None:
        super().__init__(parent)
        self.title = "LocalChat"
        self._look = look
        self._door = door
        self._roster = Roster()
        self._roster.you_id = you_id  # so that what is pending from last time has its disc
        self._ever_connected = False
        self._retry_at = 0.0
        self._ticking: str | None = None
        self._calm: str | None = None
        self._full = ""  # the words of a full disk
        self.connected = False
        self.ended = False
        self._members_wanted = True

        self.header = Header(self, look, door.on_theme, door.on_keys)
        self.header.pack(fill="x")
        self._count = ttk.Button(self.header.buttons, style="Small.Ghost.TButton", compound="left",
                                 image=look.button_icon("users", "ink2", 20), command=self.toggle_members)
        side = self._side = ttk.Frame(self, style="Window.TFrame")
        line = rule(side)
        line.pack(side="left", fill="y")
        main = ttk.Frame(self)
        self.banner = Banner(main, look)
        look.pack(self.banner, fill="x", padx=16, pady=(8, 0))
        self.talk = Conversation(main, look, self._roster, door.submit, door.now_ms, self._targeted)
        self.members = MembersPanel(side, look, self._whisper_to)
        self.members.pack(fill="both", expand=True)
        side.pack(side="right", fill="y")
        self.talk.pack(fill="both", expand=True)
        main.pack(side="left", fill="both", expand=True)
        self.bind("<Configure>", lambda _: self._fit())
        self.bind("<Destroy>", self._destroyed)
        look.on_change(self._fit, owner=self)
        self.shortcuts = {
            f"<{COMMAND}-l>": self.header.show_fingerprint, "<Alt-t>": self.talk.composer.open_names,
            "<F6>": self._other_side, "<Alt-m>": self.toggle_members,
            f"<{COMMAND}-Shift-C>": self.talk.copy_all,
        }

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[Event]) -> None:
        """Events of one turn; runs of the conversation's own go to it together."""
        run: list[Event] = []
        for event in events:
            if not self._is_own(event):
                run.append(event)
                if isinstance(event, Pending) and self.banner.text == self._full:
                    self.banner.hide()  # it is on the disk, so there is room again
                continue
            if run:
                self.talk.take(run)
                run = []
            self._own(event)
        if run:
            self.talk.take(run)
        if any(isinstance(event, MemberJoined | MemberLeft | Connected) for event in events):
            self._show_members()
        self.header.set_marks(marks(self.talk.room))
        self._door.on_title()

    @staticmethod
    def _is_own(event: Event) -> bool:
        return isinstance(event, Connecting | Connected | Disconnected | Notice | HistoryOpened
                          | HistoryReplaced | Slowed | Failed)

    def _own(self, event: Event) -> None:
        if isinstance(event, Connecting):
            self.connected = False
            self._stop_ticking()
            again = f", try {event.attempt}" if event.attempt > 1 else ""
            self.header.set_state("connecting", f"Connecting{again}…")
            if self.banner.text:
                self.banner.show("Warn", f"Trying to reach {shown(event.address)} again…")
        elif isinstance(event, Connected):
            self._connected(event)
        elif isinstance(event, Disconnected):
            self._disconnected(event)
        elif isinstance(event, Notice):
            self.talk.show_news("info", shown(event.text))
        elif isinstance(event, HistoryOpened):
            self.set_room(event.room, "What you have of it on this computer")
            self.talk.take([event])
        elif isinstance(event, HistoryReplaced):
            self.talk.log_replaced(REPLACED)
        elif isinstance(event, Slowed):
            self.banner.show("Info", SLOWED)
            self._calm_down_later()
        elif isinstance(event, Failed):
            self._failed(event.error)

    def set_room(self, room: str, subtitle: str) -> None:
        self.title = shown(room)
        self.header.set_room(room, subtitle)

    def _connected(self, event: Connected) -> None:
        first = not self._ever_connected
        self._ever_connected = True
        self.connected = True
        self._stop_ticking()
        self.banner.hide()
        self._roster.set(event.members, event.you.id, event.host_id)
        host = self._roster.get(event.host_id)
        self.set_room(event.room, f"Hosted by {shown(host.name)}" if host else "The host is not here now")
        self.header.set_fingerprint(event.fingerprint)
        self.header.set_state("connected")
        self.talk.show_rules()
        if event.first_contact and first:
            groups = " ".join(fingerprint_groups(event.fingerprint)[:2])
            self.talk.show_news("key", f"From now on this room’s key is known here: {groups} …")
        self.talk.back(event.missed)
        if first and len(event.members) == 1:
            self.talk.show_news("info", ALONE)
        if first:
            self.talk.seen()
        self.talk.offer_earlier()

    def _disconnected(self, event: Disconnected) -> None:
        self.connected = False
        if self._ever_connected:
            self.talk.away()
        if event.retry_in_s is None:
            self.end(event.error)
            return
        self.header.set_state("waiting")
        self._gone = event.error
        self._retry_at = time.monotonic() + event.retry_in_s
        self._stop_ticking()
        self._tick()

    def _failed(self, error: LocalChatError) -> None:
        if isinstance(error, StorageFull):
            self._full = str(error)
            self.banner.show("Danger", self._full, closable=True)
        else:
            self.end(error)

    def end(self, error: LocalChatError) -> None:
        """It does not go on: the sentence says why, the texts stay to be read and copied."""
        if self.ended:
            return  # a file that failed is told by itself, and again as the reason of the leaving
        self.ended = True
        self.connected = False
        self._stop_ticking()
        self.header.set_state("gone")
        self.banner.show("Danger", str(error), action="Back to the start", command=self._door.on_leave)
        self.talk.show_news("warning", shown(str(error)))
        self.talk.composer.close("You are not in this room any more.")

    def _tick(self) -> None:
        """The countdown to the next try."""
        left_s = max(0, round(self._retry_at - time.monotonic()))
        self.banner.show("Warn", f"{self._gone} Trying again in {left_s} s.", action="Try now",
                         command=self._retry)
        self._ticking = self.after(TICK_MS, self._tick_again, left_s)

    def _tick_again(self, was_s: int) -> None:
        # Built anew only when the number has changed: a focused "Try now" must not be taken away in between.
        if max(0, round(self._retry_at - time.monotonic())) != was_s:
            self._tick()
        else:
            self._ticking = self.after(TICK_MS, self._tick_again, was_s)

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self.after_cancel(self._ticking)
            self._ticking = None

    def _retry(self) -> None:
        self._door.submit(RetryNow())

    def _calm_down_later(self) -> None:
        if self._calm is not None:
            self.after_cancel(self._calm)
        self._calm = self.after(SLOWED_MS, self._calm_down)

    def _calm_down(self) -> None:
        self._calm = None
        if self.banner.text == SLOWED:
            self.banner.hide()

    # --- members and focus ---------------------------------------------------------------------------

    def _show_members(self) -> None:
        self.members.show(self._roster)
        self._count["text"] = str(len(self._roster))
        self.talk.composer.set_others(self._roster.others())

    def _whisper_to(self, member: Member) -> None:
        self.talk.composer.set_target(member)

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
            self._side.pack(side="right", fill="y", before=self.talk.master)
        elif not show and self._side.winfo_manager():
            self._side.pack_forget()
        if (narrow or not show) and not self._count.winfo_manager():
            self._count.pack(side="left", before=self.header.theme)
        elif show and not narrow and self._count.winfo_manager():
            self._count.pack_forget()

    def _other_side(self) -> None:
        """F6: from writing to reading, to the members, and back."""
        places: list[tk.Misc] = [self.talk.composer.text, self.talk.transcript.text]
        if self._side.winfo_ismapped():
            places.append(self.members.canvas)
        here = self.focus_get()
        after = places.index(here) + 1 if here in places else 0
        places[after % len(places)].focus_set()

    def focus_here(self) -> None:
        self.talk.composer.text.focus_set()

    def escape(self) -> None:
        if not self.talk.composer.escape():
            self.focus_here()

    def seen(self) -> None:
        self.talk.seen()

    @property
    def unread(self) -> int:
        return self.talk.unread

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._stop_ticking()
            if self._calm is not None:
                self.after_cancel(self._calm)
