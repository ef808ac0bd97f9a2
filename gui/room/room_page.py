"""What the pages of a room have in common: header, conversation, the members, a banner, keys, events.

The host's page and a member's differ in what stands around the conversation and in the events that are
their own; everything else is here.
"""

from __future__ import annotations

import time
import tkinter as tk
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tkinter import ttk
from typing import ClassVar, Final

from gui.file_dialogs import FileDialogs
from gui.look.look import Look
from gui.page import Page
from gui.room.conversation import NAMELESS, Conversation
from gui.room.fingerprint_popup import show_member_key
from gui.room.header import Header
from gui.room.roster import Roster
from gui.room.system_lines import Mark, lab_words, marks
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from netcore.engine import (
    Banned,
    Command,
    ComparedMembers,
    Connected,
    Event,
    Failed,
    LabSwitches,
    Listening,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    RoomChanged,
    Slowed,
    Traffic,
)
from netcore.errors import LocalChatError, StorageFull
from netcore.room_words import rules_lines
from netcore.slash_commands import Word
from netcore.typed_commands import command_of
from netcore.typed_lines import Order


@dataclass(frozen=True, slots=True)
class WindowActions:
    """What a room's page asks of the window around it."""

    submit: Callable[[Command], None]
    on_theme: Callable[[], None]
    on_keys: Callable[[], None]
    on_leave: Callable[[], None]  # back to the first page
    on_close: Callable[[], None]  # and the window with it
    on_title: Callable[[], None]  # the title or the unread count has changed
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    on_lab: Callable[[], None] = lambda: None  # open the laboratory, or go there
    on_wire: Callable[[int | None, str], None] = lambda _seq, _text: None  # show a message there
    on_switches: Callable[[LabSwitches], None] = lambda _: None  # which are on there
    on_again: Callable[[], None] = lambda: None  # join the same room once more
    on_doctor: Callable[[str], None] = lambda target: None  # why can nobody connect there?
    dialogs: FileDialogs = field(default_factory=FileDialogs)


# A server, or a member through it, can have many of these sent in a row; the last says how things stand.
ONLY_LAST: Final[tuple[type[Event], ...]] = (RoomChanged, Slowed, Traffic, Banned)
LAB_TIP: Final = "A switch of the laboratory (F2) that acts on this connection."


class RoomPage(Page):
    """A page makes `conversation` and `banner` itself, at their place among its other parts."""

    # What a page shows itself in `_own`, beside Notice and Failed; all other events are the conversation's.
    own_events: ClassVar[tuple[type[Event], ...]]

    banner: Banner
    conversation: Conversation

    def __init__(self, parent: tk.Misc, look: Look, actions: WindowActions) -> None:
        super().__init__(parent)
        self._look = look
        self._actions = actions
        self._roster = Roster()
        self.ended = False
        self._lab_marks: list[Mark] = []
        self.header = Header(self, look, actions.on_theme, actions.on_keys, actions.on_lab)
        self.header.pack(fill="x")
        self._count = ttk.Button(self.header.buttons, style="Small.Ghost.TButton", compound="left",
                                 image=look.button_icon("users", "ink2", 20), command=self.toggle_members)

    def room_shortcuts(self) -> Mapping[str, Callable[[], object]]:
        """The keys that every room's page has."""
        return {
            "Ctrl+L": self.header.show_fingerprint, "Alt+T": self.conversation.composer.open_names,
            "Ctrl+O": self.conversation.composer.choose_files, "Ctrl+S": self.conversation.files.save_newest,
            "F2": self._actions.on_lab, "F6": self._other_side, "Alt+M": self.toggle_members,
            "Ctrl+Shift+C": self.conversation.copy_all,
        }

    # --- events --------------------------------------------------------------------------------------

    def take(self, events: Sequence[Event]) -> None:
        """Events of one turn; runs of the conversation's own go to it together."""
        run: list[Event] = []
        for event in events:
            if isinstance(event, (Notice, Failed, ComparedMembers, LabSwitches, *self.own_events)):
                if run:
                    self.conversation.take(run)
                    run = []
                self._own(event)
            else:
                run.append(event)
                self._beside_conversation(event)
        if run:
            self.conversation.take(run)
        if any(isinstance(event, MemberJoined | MemberLeft | Connected | Listening) for event in events):
            self._show_members()
        self._show_marks()
        self._actions.on_title()

    def _show_marks(self) -> None:
        self.header.set_marks([*self._lab_marks, *marks(self.conversation.room)])

    # --- the laboratory ------------------------------------------------------------------------------

    def name_of(self, member_id: bytes) -> str:
        """The name of a member who is here, else ""."""
        member = self._roster.get(member_id)
        return "" if member is None else member.name

    def you(self) -> str:
        """The name of the person at this window."""
        return self.name_of(self._roster.you_id)

    def _own(self, event: Event) -> None:
        """Show an event that is the page's. Pages hand on to here what they treat alike."""
        if isinstance(event, LabSwitches):
            # Who sits at this window, or looks at it, shall know what acts on the connection.
            self._lab_marks = [Mark(words, LAB_TIP, "Warn") for words in lab_words(event)]
            self._actions.on_switches(event)
        elif isinstance(event, ComparedMembers):
            self._roster.compared = event.member_ids
            self._show_members()
        elif isinstance(event, Notice):
            self.conversation.show_news("info", shown(event.text))
        elif isinstance(event, Failed) and isinstance(event.error, StorageFull):
            self._disk_full(event.error)
        elif isinstance(event, Failed):
            self.end(event.error)

    @abstractmethod
    def _disk_full(self, error: StorageFull) -> None:
        """Nothing can be written for now; it goes on when there is room again."""

    def _beside_conversation(self, event: Event) -> None:
        """What the page does beside the conversation, which is about to show `event`."""

    @abstractmethod
    def end(self, error: LocalChatError) -> None:
        """It does not go on: the sentence says why, what was said stays to be read and copied."""

    # --- members -------------------------------------------------------------------------------------

    @abstractmethod
    def toggle_members(self) -> None:
        """Show or hide the members."""

    def _show_members(self) -> None:
        self._count["text"] = str(len(self._roster))
        self.conversation.composer.members_changed()

    def _show_count(self, wanted: bool) -> None:
        """Their number stands in the header while they are not in sight, or in sight alone."""
        if wanted and not self._count.winfo_manager():
            self._count.pack(side="left", before=self.header.theme)
        elif not wanted and self._count.winfo_manager():
            self._count.pack_forget()

    def _whisper_to(self, member: Member) -> None:
        self.conversation.composer.set_target(member)

    # --- slash commands ------------------------------------------------------------------------------

    def _obey(self, order: Order) -> None:
        """A slash command that is about more than the conversation."""
        command = command_of(order)
        if order.word is Word.QUIT:
            self._quit()
        elif order.word is Word.RULES:
            for line in self._rules():
                self.conversation.show_news("info", shown(line))
        elif order.word is Word.KEY and order.member_id is not None:
            self._show_key(order.member_id)
        elif command is not None:
            self._moderate(command)

    def _rules(self) -> list[str]:
        """The room's rules in words."""
        return rules_lines(self.conversation.room, host=False)

    def _show_key(self, member_id: bytes) -> None:
        roster = self._roster
        member = roster.get(member_id) or Member(member_id, NAMELESS)
        show_member_key(self.conversation.composer.text, self._look, member, member_id == roster.you_id,
                        member_id in roster.compared, self._actions.submit)

    def _quit(self) -> None:
        """/quit: out of the room, back to the first page."""
        self._actions.on_leave()

    def _moderate(self, command: Command) -> None:
        """What a command does to a member or the room."""
        self._actions.submit(command)

    # --- focus ---------------------------------------------------------------------------------------

    @abstractmethod
    def _members_with_keys(self) -> tk.Misc | None:
        """What takes the keyboard where the members stand; None while they are hidden."""

    def _other_side(self) -> None:
        """F6: from writing to reading, to the files on their way, to the members, and back."""
        conversation = self.conversation
        places = [place for place in (conversation.composer.text, conversation.transcript.text,
                                      conversation.transfers.first_button, self._members_with_keys())
                  if place is not None]
        here = self.focus_get()
        after = places.index(here) + 1 if here in places else 0
        places[after % len(places)].focus_set()

    def focus_here(self) -> None:
        self.conversation.composer.text.focus_set()

    def seen(self) -> None:
        self.conversation.seen()

    @property
    def unread(self) -> int:
        return self.conversation.unread
