"""The host's page: header, addresses to give away, members with their traffic, and the host's own voice.

Stopping the room asks in a line of the window when members are present; nothing here opens a box over it.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from dataclasses import replace
from tkinter import ttk

from gui.compat import COMMAND, COMMAND_WORD
from gui.look.look import Look
from gui.page import Page
from gui.room.addresses_panel import AddressesPanel
from gui.room.client_window import WindowDoor
from gui.room.conversation import Conversation
from gui.room.header import Header
from gui.room.member_table import MemberTable
from gui.room.roster import Roster
from gui.room.rules_panel import RoomPanel
from gui.room.stop_question import StopQuestion
from gui.room.system_lines import marks
from gui.text import clock_words
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import IconButton
from gui.widgets.tooltip import Tooltip
from netcore.engine import (
    Banned,
    Command,
    Event,
    Failed,
    HistoryOpened,
    Listening,
    Member,
    MemberJoined,
    MemberLeft,
    Mute,
    Notice,
    RoomChanged,
    Slowed,
    Traffic,
)
from netcore.errors import LocalChatError, StorageFull

EMPTY = "Nobody else is here yet. Give the address above away, or send the invite: it holds the fingerprint."
NOT_KEPT = "This room keeps no history: what is said is gone when it stops."
CLOSED = "The room is closed."
COMPACT = 960  # below this width the pictures and the traffic go
NARROW = 700  # below this width the table goes away and its count stands in the header


class ServerWindow(Page):
    def __init__(self, parent: tk.Misc, look: Look, door: WindowDoor) -> None:
        super().__init__(parent)
        self._look = look
        self._door = door
        self._roster = Roster()
        self.stopping = False
        self.ended = False
        self._close_after = False  # the question was asked because the window was to close
        self.invite = ""

        self.header = Header(self, look, door.on_theme, door.on_keys)
        self.header.pack(fill="x")
        self.stop_button = ttk.Button(self.header.right, text="Stop the room", style="Danger.TButton",
                                      command=self.ask_to_stop)
        look.pack(self.stop_button, side="right", padx=(12, 5))
        Tooltip(self.stop_button, look, "Close the room for everyone", f"{COMMAND_WORD}+Q")
        self._count = ttk.Button(self.header.buttons, style="Small.Ghost.TButton", compound="left",
                                 image=look.button_icon("users", "ink2", 20), command=self.toggle_table)
        self.room_button = IconButton(self.header.buttons, look, "gear", "The room’s rules",
                                      self.toggle_room, shortcut="Alt+R")
        self.room_button.pack(side="left", before=self.header.theme)
        self._question = StopQuestion(self, look, self._keep_open, self.stop)
        self._strip = ttk.Frame(self, style="Window.TFrame")
        self.banner = Banner(self._strip, look, ground="Window.")
        look.pack(self.banner, fill="x", padx=24, pady=(16, 0))
        self.addresses = AddressesPanel(self, look)
        self.addresses.pack(fill="x")
        rule(self).pack(fill="x")
        self._parts = ttk.Frame(self)
        self._parts.pack(fill="both", expand=True)
        self._parts.rowconfigure(0, weight=1)
        self._parts.columnconfigure(2, weight=1, uniform="half")
        self._left = ttk.Frame(self._parts)
        self.table = MemberTable(self._left, look, self._whisper_to, self._moderate)
        self.table.pack(fill="both", expand=True)
        self.panel = RoomPanel(self._left, look, door.submit, self._show_table)
        self._rule = rule(self._parts)
        self.talk = Conversation(self._parts, look, self._roster, door.submit, door.now_ms, lambda _: None,
                                 placeholder="Speak to the room", narrow=True, host=True)
        self.talk.grid(row=0, column=2, sticky="nsew")
        self._table_wanted = True
        self._table_shown = False
        self._compact = False
        self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._fit, owner=self)
        self._fit()
        self.shortcuts = {
            f"<{COMMAND}-l>": self.header.show_fingerprint, "<Alt-t>": self.talk.composer.open_names,
            f"<{COMMAND}-q>": self.ask_to_stop, "<F6>": self._other_side, "<Alt-m>": self.toggle_table,
            "<Alt-r>": self.toggle_room,
            f"<{COMMAND}-Shift-C>": self.talk.copy_all, f"<{COMMAND}-i>": self._copy_invite,
        }

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[Event]) -> None:
        run: list[Event] = []
        for event in events:
            if isinstance(event, Listening | Traffic | Notice | Slowed | Failed | Banned | HistoryOpened):
                if run:
                    self.talk.take(run)
                    run = []
                self._own(event)
            else:
                run.append(event)
                if isinstance(event, RoomChanged):
                    self._room_changed(event)
        if run:
            self.talk.take(run)
        if any(isinstance(event, Listening | MemberJoined | MemberLeft) for event in events):
            self._show_members()
        self.header.set_marks(marks(self.talk.room))
        self._door.on_title()

    def _own(self, event: Event) -> None:
        if isinstance(event, Listening):
            self._listening(event)
        elif isinstance(event, Traffic):
            self.table.show_traffic(event)
        elif isinstance(event, Notice):
            self.talk.show_news("info", shown(event.text))
        elif isinstance(event, Slowed):
            self.talk.show_news("clock", "You write faster than the room takes; it waits its turn.")
        elif isinstance(event, Banned):
            self.panel.show_banned(event.members)
        elif isinstance(event, HistoryOpened):
            # It comes right after Listening: the words for the newly opened room go under what was said.
            self.talk.transcript.clear()
            self.talk.take([event])
            self._opening_words()
        elif isinstance(event, Failed) and isinstance(event.error, StorageFull):
            self._show_banner(event.error)
        elif isinstance(event, Failed):
            self.end(event.error)

    def _room_changed(self, event: RoomChanged) -> None:
        self.panel.show(event)
        if self.talk.room.disk_full and not event.disk_full:
            self.banner.hide()
            self._strip.pack_forget()

    def _show_banner(self, error: LocalChatError, action: str = "") -> None:
        self._strip.pack(fill="x", before=self.addresses)
        self.banner.show("Danger", shown(str(error)), action=action, command=self._door.on_leave)

    def end(self, error: LocalChatError) -> None:
        """The room cannot go on: the sentence says why, what was said stays to be read and copied."""
        self.ended = self.stopping = True
        self.header.set_state("gone", CLOSED)
        self.stop_button.state(["disabled"])
        self._show_banner(error, "Back to the start")
        self.talk.composer.close(CLOSED)
        self.table.close()
        self.room_button.state(["disabled"])
        self._show_table()

    def _listening(self, event: Listening) -> None:
        self.title = shown(event.room)
        self.invite = event.invite
        since = clock_words.hour(self._door.now_ms())
        self.header.set_room(event.room, f"You host this room on port {event.port}, open since {since}")
        self.header.set_fingerprint(event.fingerprint)
        self.addresses.show(event)
        you = replace(event.you, is_host=True, since_ms=event.you.since_ms or self._door.now_ms())
        self._roster.set([you], you.id, you.id)
        self._show_members()
        self.talk.seen()
        self.talk.room = RoomChanged(False, False, 0, event.kept)
        self.panel.show(self.talk.room)
        self.panel.show_banned(event.banned)
        self.table.show_muted(event.muted)
        self._opening_words()

    def _opening_words(self) -> None:
        self.talk.show_news("info", EMPTY)
        if not self.talk.room.kept:
            self.talk.show_news("info", NOT_KEPT)

    # --- members -------------------------------------------------------------------------------------

    def _show_members(self) -> None:
        self.table.show(self._roster)
        self._count["text"] = str(len(self._roster))
        self.talk.composer.set_others(self._roster.others())
        if self._question.winfo_manager():
            self._question.show(len(self._roster) - 1)

    def _whisper_to(self, member: Member) -> None:
        self.talk.composer.set_target(member)

    def _moderate(self, command: Command) -> None:
        self._door.submit(command)
        member = self._roster.get(command.member_id) if isinstance(command, Mute) else None
        if member is not None and isinstance(command, Mute):
            name = shown(member.name)
            words = f"You muted {name}: they can read." if command.muted else f"{name} can write again."
            self.talk.show_news("mute", words)

    def toggle_table(self) -> None:
        """Show or hide the table of members."""
        if self._table_shown and self.panel.winfo_manager():
            self._show_table()
        else:
            self._table_wanted = not self._table_shown
            self._fit(asked=True)

    def toggle_room(self) -> None:
        """Show the room's rules in the place of the table, or the table again."""
        if self._table_shown and self.panel.winfo_manager():
            self._show_table()
            return
        self.table.pack_forget()
        self.panel.pack(fill="both", expand=True)
        self._table_wanted = True
        self._fit(asked=True)
        self.panel.open()

    def _show_table(self) -> None:
        """The table in its place again, or in a narrow window the conversation."""
        self.panel.pack_forget()
        self.table.pack(fill="both", expand=True)
        self._fit()
        self.focus_here()

    def _fit(self, asked: bool = False) -> None:
        width = self.winfo_width()
        narrow = 1 < width < self._look.px(NARROW)
        self._set_compact(1 < width < self._look.px(COMPACT))
        self.addresses.set_narrow(narrow)
        show = self._table_wanted if asked or not narrow else False
        if show != self._table_shown:
            self._table_shown = show
            if show:
                self._left.grid(row=0, column=0, sticky="nsew")
                self._rule.grid(row=0, column=1, sticky="ns")
                self._parts.columnconfigure(0, weight=1, uniform="half")
            else:
                self._left.grid_remove()
                self._rule.grid_remove()
                self._parts.columnconfigure(0, weight=0, uniform="")
        hide_talk = show and narrow
        self.talk.grid_remove() if hide_talk else self.talk.grid()
        self._parts.columnconfigure(2, weight=0 if hide_talk else 1, uniform="" if hide_talk else "half")
        if (narrow or not show) and not self._count.winfo_manager():
            self._count.pack(side="left", before=self.header.theme)
        elif show and not narrow and self._count.winfo_manager():
            self._count.pack_forget()

    def _set_compact(self, compact: bool) -> None:
        """Leave out what is nice to have, so that the rest is not cut off."""
        if compact != self._compact:
            self._compact = compact
            self.header.set_compact(compact)
            self.stop_button["text"] = "Stop" if compact else "Stop the room"
            self.addresses.set_compact(compact)
            self.table.set_compact(compact)

    def _copy_invite(self) -> None:
        self.addresses.copy_invite.copy()

    # --- stopping ------------------------------------------------------------------------------------

    def ask_to_stop(self) -> None:
        """Stop at once when nobody is here; else ask in the window. The default is to keep it open."""
        self._close_after = False
        if len(self._roster) <= 1:
            self.stop()
            return
        self._question.show(len(self._roster) - 1)
        self._question.pack(fill="x", after=self.header)
        self._question.keep.focus_set()

    def _keep_open(self) -> None:
        self._question.pack_forget()
        self.focus_here()

    def stop(self) -> None:
        """Close the room; the window goes back to the first page when everything is closed."""
        self._question.pack_forget()
        self.stopping = True
        self.header.set_state("stopping")
        self.stop_button.state(["disabled"])
        self.talk.composer.close("The room is being closed.")
        (self._door.on_close if self._close_after else self._door.on_leave)()

    def may_close(self) -> bool:
        if self.stopping or len(self._roster) <= 1:
            return True
        self.ask_to_stop()
        self._close_after = True
        return False

    # --- focus ---------------------------------------------------------------------------------------

    def _other_side(self) -> None:
        places: list[tk.Misc] = [self.talk.composer.text, self.talk.transcript.text]
        if self._table_shown:
            places.append(self.panel.first if self.panel.winfo_manager() else self.table.tree)
        here = self.focus_get()
        after = places.index(here) + 1 if here in places else 0
        places[after % len(places)].focus_set()

    def focus_here(self) -> None:
        self.talk.composer.text.focus_set()

    def escape(self) -> None:
        if self._question.winfo_manager():
            self._keep_open()
        elif self.table.escape():
            pass
        elif self.panel.winfo_manager():
            self._show_table()
        elif not self.talk.composer.escape():
            self.focus_here()

    def seen(self) -> None:
        self.talk.seen()

    @property
    def unread(self) -> int:
        return self.talk.unread
