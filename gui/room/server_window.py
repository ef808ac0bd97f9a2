"""The host's page: header, addresses to give away, members with their traffic, and the host's own voice.

Stopping the room asks in a line of the window when members are present; nothing here opens a box over it.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from dataclasses import replace
from tkinter import ttk

from gui.compat import COMMAND_WORD
from gui.look.look import Look
from gui.room.addresses_panel import AddressesPanel, read_aloud
from gui.room.conversation import Conversation
from gui.room.member_table import MemberTable
from gui.room.room_page import RoomPage, WindowActions
from gui.room.rules_panel import RulesPanel
from gui.room.stop_question import StopQuestion
from gui.text import clock_words
from gui.text.quoted import quoted_room
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import IconButton
from gui.widgets.keyboard import give_keyboard
from gui.widgets.tooltip import Tooltip
from netcore.engine import (
    Answering,
    Banned,
    Command,
    Event,
    HistoryOpened,
    Listening,
    Member,
    Mute,
    Notice,
    ReachChanged,
    RoomChanged,
    SetReach,
    Slowed,
    Traffic,
    reach_words,
)
from netcore.errors import LocalChatError, StorageFull
from netcore.room_words import answering_line, banned_line, muted_line, muted_list, rules_lines
from netcore.slash_commands import NETWORK, Word
from netcore.typed_lines import Order

EMPTY = "Nobody else is here yet. Give the address above away, or send the invite: it holds the fingerprint."
NOT_KEPT = "This room keeps no history: what is said is gone when it stops."
CLOSED = "The room is closed."
COMPACT = 960  # below this width the pictures and the traffic go
LOW = 520  # below this height the card of addresses has one row
NARROW_CARD = 780  # below this width it has the invite under the addresses
NARROW = 700  # below this width the table goes away and its count stands in the header


class ServerWindow(RoomPage):
    own_events = (Listening, ReachChanged, Answering, Traffic, Slowed, Banned, HistoryOpened)

    def __init__(self, parent: tk.Misc, look: Look, actions: WindowActions) -> None:
        super().__init__(parent, look, actions)
        self.stopping = False
        self._close_after = False  # the question was asked because the window was to close
        self._banned: tuple[Member, ...] = ()
        self._answering = Answering(False, 0)

        self.stop_button = ttk.Button(self.header.right, text="Stop the room", style="Danger.TButton",
                                      command=self.ask_to_stop)
        look.pack(self.stop_button, side="right", padx=(12, 5))
        Tooltip(self.stop_button, look, "Close the room for everyone", f"{COMMAND_WORD}+Q")
        self.room_button = IconButton(self.header.buttons, look, "gear", "The room’s rules",
                                      self.toggle_room, shortcut="Alt+R")
        self.room_button.pack(side="left", before=self.header.theme)
        self._question = StopQuestion(self, look, self._keep_open, self.stop)
        self._strip = ttk.Frame(self, style="Window.TFrame")
        self.banner = Banner(self._strip, look, ground="Window.")
        look.pack(self.banner, fill="x", padx=24, pady=(16, 0))
        self.addresses = AddressesPanel(self, look, lambda bind: actions.submit(SetReach(bind)),
                                        actions.on_doctor)
        self.addresses.pack(fill="x")
        rule(self).pack(fill="x")
        self._parts = ttk.Frame(self)
        self._parts.pack(fill="both", expand=True)
        self._parts.rowconfigure(0, weight=1)
        self._parts.columnconfigure(2, weight=1, uniform="half")
        self._left = ttk.Frame(self._parts)
        self.table = MemberTable(self._left, look, self._whisper_to, self._moderate)
        self.table.pack(fill="both", expand=True)
        self.panel = RulesPanel(self._left, look, actions.submit, self._show_table)
        self._rule = rule(self._parts)
        self.conversation = Conversation(self._parts, look, self._roster, actions.submit,
                                         actions.now_ms, lambda _: None, self._obey,
                                         narrow=True, host=True,
                                         on_wire=actions.on_wire, dialogs=actions.dialogs)
        self.conversation.grid(row=0, column=2, sticky="nsew")
        self._table_wanted = True
        self._table_shown = False
        self._compact = False
        self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._fit, owner=self)
        self._fit()
        self.shortcuts = {**self.room_shortcuts(), "Ctrl+Q": self.ask_to_stop, "Alt+R": self.toggle_room,
                          "Ctrl+I": self._copy_invite}

    # --- events --------------------------------------------------------------------------------------

    def _own(self, event: Event) -> None:
        if isinstance(event, Listening):
            self._listening(event)
        elif isinstance(event, ReachChanged):
            self._reach_changed(event)
        elif isinstance(event, Answering):
            self._answering = event
            self.panel.show_answering(event)
        elif isinstance(event, Traffic):
            self.table.show_traffic(event)
            self.panel.show_epoch(event.epoch)
        elif isinstance(event, Notice) and event.code == "not_stored_yet":
            self.panel.show_unstored(shown(event.text))
            super()._own(event)
        elif isinstance(event, Slowed):
            self.conversation.show_news("clock", "You write faster than the room takes; it waits its turn.")
        elif isinstance(event, Banned):
            self._show_banned(event.members)
        elif isinstance(event, HistoryOpened):
            # It comes right after Listening: the words for the newly opened room go under what was said.
            self.conversation.transcript.clear()
            self.conversation.take([event])
            self._opening_words()
        else:
            super()._own(event)

    def _beside_conversation(self, event: Event) -> None:
        if not isinstance(event, RoomChanged):
            return
        self.panel.show(event)
        if not event.disk_full:
            self.panel.all_stored()
        if self.conversation.room.disk_full and not event.disk_full:
            self.banner.hide()
            self._strip.pack_forget()

    def _disk_full(self, error: StorageFull) -> None:
        self._show_banner(error)

    def _show_banner(self, error: LocalChatError, action: str = "") -> None:
        self._strip.pack(fill="x", before=self.addresses)
        self.banner.show("Danger", str(error), action=action, command=self._actions.on_leave)

    def end(self, error: LocalChatError) -> None:
        self.ended = self.stopping = True
        self.header.set_state("gone", CLOSED)
        self.stop_button.state(["disabled"])
        self._show_banner(error, "Back to the start")
        self.conversation.composer.close(CLOSED)
        self.table.close()
        self.addresses.close()
        self.room_button.state(["disabled"])
        self._show_table()

    def _listening(self, event: Listening) -> None:
        self.title = quoted_room(event.room)
        since = clock_words.hour(self._actions.now_ms())
        self.header.set_room(event.room, f"You host this room, open since {since}")
        self.header.set_fingerprint(event.fingerprint)
        self.addresses.show(event)
        you = replace(event.you, is_host=True, since_ms=event.you.since_ms or self._actions.now_ms())
        self._roster.set([you], you.id, you.id)
        self._show_members()
        self.conversation.seen()
        self.conversation.room = RoomChanged(False, False, 0, event.kept)
        self.panel.show(self.conversation.room)
        self._show_banned(event.banned)
        self.panel.show_port(event.port)
        self.table.show_muted(event.muted)
        self._opening_words()

    def _reach_changed(self, event: ReachChanged) -> None:
        """It listens somewhere else, or this computer has come to another network."""
        self.addresses.show(event)
        where = f" The address is {read_aloud(event.reaches[0].address)} now." if event.reaches else ""
        self.conversation.show_news("info", f"{reach_words(event.address, event.reaches)}{where}")

    def _opening_words(self) -> None:
        self.conversation.show_news("info", EMPTY)
        if not self.conversation.room.kept:
            self.conversation.show_news("info", NOT_KEPT)

    # --- members -------------------------------------------------------------------------------------

    def _show_members(self) -> None:
        super()._show_members()
        self.table.show(self._roster)
        if self._question.winfo_manager():
            self._question.show(len(self._roster) - 1)

    def _moderate(self, command: Command) -> None:
        super()._moderate(command)
        if isinstance(command, Mute):
            self.table.set_muted(command.member_id, command.muted)
            name = self.name_of(command.member_id)
            self.conversation.show_news("mute", shown(muted_line(name, command.muted)))

    def _obey(self, order: Order) -> None:
        if order.word is Word.REACH:
            self.addresses.open_to(order.text == NETWORK)
        else:
            super()._obey(order)

    def _rules(self) -> list[str]:
        names = self._roster.names()
        return [
            *rules_lines(self.conversation.room, host=True), banned_line(self._banned),
            muted_list(names, self.table.muted), answering_line(self._answering),
        ]

    def _show_banned(self, members: Sequence[Member]) -> None:
        self._banned = tuple(members)
        self._roster.banned = {member.id: member.name for member in members}
        self.panel.show_banned(members)

    def _quit(self) -> None:
        self.ask_to_stop()

    def toggle_members(self) -> None:
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
        compact = 1 < width < self._look.px(COMPACT)
        self._set_compact(compact)
        low = 1 < self.winfo_height() < self._look.px(LOW)
        self.addresses.set_room(compact, 1 < width < self._look.px(NARROW_CARD), low)
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
        self.conversation.grid_remove() if hide_talk else self.conversation.grid()
        self._parts.columnconfigure(2, weight=0 if hide_talk else 1, uniform="" if hide_talk else "half")
        self._show_count(narrow or not show)

    def _set_compact(self, compact: bool) -> None:
        """Leave out what is nice to have, so that the rest is not cut off."""
        if compact != self._compact:
            self._compact = compact
            self.header.set_compact(compact)
            self.stop_button["text"] = "Stop" if compact else "Stop the room"
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
        give_keyboard(self._question.keep)

    def _keep_open(self) -> None:
        self._question.pack_forget()
        self.focus_here()

    def stop(self) -> None:
        """Close the room; the window goes back to the first page when everything is closed."""
        self._question.pack_forget()
        self.stopping = True
        self.header.set_state("stopping")
        self.stop_button.state(["disabled"])
        self.conversation.composer.close("The room is being closed.")
        (self._actions.on_close if self._close_after else self._actions.on_leave)()

    def may_close(self) -> bool:
        if self.stopping or len(self._roster) <= 1:
            return True
        self.ask_to_stop()
        self._close_after = True
        return False

    # --- focus ---------------------------------------------------------------------------------------

    def _members_with_keys(self) -> tk.Misc | None:
        if not self._table_shown:
            return None
        return self.panel.first if self.panel.winfo_manager() else self.table.tree

    def escape(self) -> None:
        if self._question.winfo_manager():
            self._keep_open()
        elif self.table.escape():
            pass
        elif self.panel.winfo_manager():
            self._show_table()
        elif not self.conversation.composer.escape():
            self.focus_here()
