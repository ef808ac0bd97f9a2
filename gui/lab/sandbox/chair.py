"""Somebody's chair in the sandbox: the product's own conversation, narrow.

In today's room it is the page of a member as every client shows it, without its header; in a version of the
museum a conversation that is fed with the lines which that version's window shows.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from tkinter import ttk

from gui.lab.sandbox.words import Words
from gui.look.look import Look
from gui.room.client_window import ClientWindow
from gui.room.conversation import Conversation
from gui.room.room_page import WindowActions
from gui.room.roster import Roster
from gui.text.shown_text import shown
from gui.widgets.buttons import IconButton, LinkLabel
from gui.widgets.disc import DiscView
from gui.widgets.fingerprint_picture import FingerprintPicture, fingerprint_groups
from gui.widgets.keyboard import give_keyboard, has_keyboard
from netcore.engine import (
    Chat,
    Command,
    Connected,
    Connecting,
    Disconnected,
    Event,
    Member,
    Say,
    Stopped,
    TrustAsked,
    TrustServer,
)

PEOPLE = ("Ada", "Ben")


class Chair(ttk.Frame):
    """`take` gives it events of today's room, `take_line` a line of an old one; `show_version` before."""

    def __init__(self, parent: tk.Misc, look: Look, name: str, way: str, ids: dict[str, bytes],
                 actions: WindowActions, on_say: Callable[[str], None], on_lab: Callable[[], None],
                 on_again: Callable[[], None]) -> None:
        """`way`: how it is connected, in words. `on_say`: a line for a room of the museum. `on_again`: have
        the program end and come again."""
        super().__init__(parent)
        self._look = look
        self.name = name
        self._way = way
        self._ids = ids
        self._actions = actions
        self._on_say = on_say
        self._stale = False
        self._old = False
        self._numbers = 0
        self._said: deque[int] = deque()
        self.page: ClientWindow | None = None
        self.conversation: Conversation | None = None
        head = ttk.Frame(self)
        look.pack(head, fill="x", padx=(20, 12), pady=(12, 4))
        look.pack(DiscView(head, look, ids[name], name, 36), side="left", padx=(0, 10))
        self.lab = IconButton(head, look, "flask", f"See inside: {name}’s end of the wire", on_lab)
        self.lab.pack(side="right")
        self.again = IconButton(head, look, "refresh", f"Let {name} connect again", on_again)
        self.again.pack(side="right")
        names = ttk.Frame(head)
        names.pack(side="left", fill="x", expand=True)
        ttk.Label(names, text=name, style="Heading.TLabel").pack(anchor="w")
        self._state = ttk.Label(names, text=way, style="Small.TLabel")
        self._state.pack(anchor="w")
        self._question: ttk.Frame | None = None
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)

    def show_version(self, today: bool) -> None:
        """Another room: what was said before is gone. What is being typed stays, and so does the keyboard."""
        draft = self.conversation.composer.written() if self.conversation is not None else ""
        had_keyboard = has_keyboard(self.body)
        for child in self.body.winfo_children():
            child.destroy()
        self._drop_question()
        self.page = None
        self._stale, self._old = False, not today
        self._said.clear()
        self._state["text"] = self._way
        self.conversation = conversation = self._build_today() if today else self._build_old()
        if draft:
            conversation.composer.field.value = draft
        if had_keyboard:
            give_keyboard(conversation.composer.text)
        self.again.state(["!disabled" if today else "disabled"])

    def _build_today(self) -> Conversation:
        self.page = ClientWindow(self.body, self._look, self._actions, self._ids[self.name])
        self.page.header.pack_forget()  # the chair's own head stands above
        self.page.pack(fill="both", expand=True)
        return self.page.conversation

    def _build_old(self) -> Conversation:
        roster = Roster()
        members = tuple(Member(self._ids[name], name) for name in PEOPLE)
        roster.set(members, self._ids[self.name], b"")
        conversation = Conversation(self.body, self._look, roster, self._submit_old,
                                         self._actions.now_ms, lambda _: None, lambda _: None, narrow=True)
        conversation.pack(fill="both", expand=True)
        return conversation

    # --- what comes ----------------------------------------------------------------------------------

    def take(self, events: Sequence[Event]) -> None:
        run: list[Event] = []
        for event in events:
            if isinstance(event, Stopped):
                self._stale = True
            elif isinstance(event, Connecting) and self._stale:
                run.clear()
                self.show_version(True)  # somebody has started the program anew
            if isinstance(event, TrustAsked):
                self._ask(event)
            elif isinstance(event, Connected | Connecting):
                self._drop_question()
            self._show_state(event)
            if not isinstance(event, TrustAsked | Stopped):
                run.append(event)
        if run and self.page is not None:
            self.page.take(run)

    def _show_state(self, event: Event) -> None:
        if isinstance(event, Connected):
            self._state["text"] = self._way
        elif isinstance(event, Connecting):
            self._state["text"] = "connecting…"
        elif isinstance(event, Disconnected):
            self._state["text"] = "coming back" if event.retry_in_s is not None else "not in the room"
        elif isinstance(event, Stopped):
            self._state["text"] = "has left"
        elif isinstance(event, TrustAsked):
            self._state["text"] = "asks its person"

    def take_line(self, line: str) -> None:
        """What the window of an old version shows."""
        if self.conversation is None:
            return
        name, colon, text = line.partition(": ")
        if not colon or name not in PEOPLE:
            self.conversation.show_news("warning", shown(line))
            return
        self._numbers += 1
        local_id = self._said.popleft() if name == self.name and self._said else None
        self.conversation.take([Chat(self._numbers, self._ids[name], name, text, time.time_ns() // 1_000_000,
                                     name == self.name, local_id)])

    def _submit_old(self, command: Command) -> None:
        if isinstance(command, Say):
            self._said.append(command.local_id)
            self._on_say(command.text)

    # --- is it the right server? -----------------------------------------------------------------------

    def _ask(self, asked: TrustAsked) -> None:
        self._drop_question()
        look = self._look
        box = self._question = ttk.Frame(self, style="Warn.Box.TFrame")
        look.configure(box, padding=(14, 10))
        look.pack(box, fill="x", padx=16, pady=(4, 8), before=self.body)
        words = (f"{self.name}’s program knows another key at this address, and stopped. Nothing was sent."
                 if asked.known else f"{self.name}’s program has never met this key. Nothing was sent yet.")
        Words(box, words, "Warn.Small.TLabel").pack(fill="x")
        row = ttk.Frame(box, style="Warn.TFrame")
        look.pack(row, fill="x", pady=(8, 8))
        for title, key in (("Shown now", asked.shown), ("Known before", asked.known)):
            if key:
                column = ttk.Frame(row, style="Warn.TFrame")
                look.pack(column, side="left", padx=(0, 16))
                ttk.Label(column, text=title, style="Warn.SmallStrong.TLabel").pack(anchor="w")
                FingerprintPicture(column, look, key, 5, ground="warn_soft").pack(anchor="w")
                ttk.Label(column, text=" ".join(fingerprint_groups(key)[:2]) + " …",
                          style="Warn.MonoSmall.TLabel").pack(anchor="w")
        yes = "Believe it all the same" if asked.known else "I compared it: believe it"
        self.believe = LinkLabel(box, look, yes, lambda: self._actions.submit(TrustServer(asked.shown)),
                                 ground="Warn.", colour="warn")
        self.believe.pack(anchor="w")

    def _drop_question(self) -> None:
        if self._question is not None:
            had_keyboard = has_keyboard(self._question)
            self._question.destroy()
            self._question = None
            if had_keyboard and self.conversation is not None:
                give_keyboard(self.conversation.composer.text)
