"""The conversation of a room: transcript and composer, and how events become lines. Both windows have it.

A message of ours stands at the end while it is pending, and takes its place in the log's order when it is
acknowledged. Events of one turn become one insert.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from tkinter import ttk

from gui import clock_words
from gui.composer import Composer
from gui.look import Look
from gui.room_lines import joined_line, left_line
from gui.roster import Roster
from gui.shown_text import shown
from gui.transcript import AwayLine, ChatLine, DayLine, Item, SystemLine, Transcript, WhisperInfo
from netcore.engine import (
    Chat,
    Command,
    Discard,
    EarlierLoaded,
    Event,
    Gone,
    LoadEarlier,
    Member,
    MemberJoined,
    MemberLeft,
    Pending,
    Refused,
    RoomChanged,
    Say,
    Whisper,
    WhisperDelivered,
    WhisperReceived,
    WhisperSent,
)

MUTED = "The host has muted you. You can read; what you have written is kept."
READ_ONLY = "The room is read-only now: only the host can write. Whispers still work."


class Conversation(ttk.Frame):
    """`take(events)` shows what it knows; `unread` counts messages of others since `seen()`.

    `submit(command)` reaches the engine; `now_ms()` is Unix time for lines of our own.
    """

    def __init__(self, parent: tk.Misc, look: Look, roster: Roster, submit: Callable[[Command], None],
                 now_ms: Callable[[], int], on_target: Callable[[Member | None], None], *,
                 placeholder: str = "Write to the room", narrow: bool = False, host: bool = False) -> None:
        super().__init__(parent)
        self.roster = roster
        self.unread = 0
        self._submit = submit
        self._now_ms = now_ms
        self._host = host
        self._next_id = 1
        self._day: date | None = None
        self._oldest_seq = 0
        self._pending: dict[int, tuple[str, Member | None]] = {}  # text, target
        self._behind: set[int] = set()  # pending ones with a line of somebody else under them
        self._refused: dict[int, tuple[str, Member | None]] = {}
        self._moving: list[Hashable] = []  # acknowledged, and not yet at their place in the log's order
        self._batch: list[Item] = []
        self._joined: list[str] = []
        self.transcript = Transcript(self, look, on_retry=self._retry, on_load_earlier=self._load_earlier)
        self.composer = Composer(self, look, self._send, on_target, placeholder, narrow)
        look.pack(self.composer, side="bottom", fill="x", padx=(21, 17), pady=(8, 10))
        self.transcript.pack(fill="both", expand=True)

    # --- what the person writes ----------------------------------------------------------------------

    def _send(self, text: str, to: Member | None) -> None:
        local_id = self._next_id
        self._next_id += 1
        self._show_pending(local_id, text, to, self._now_ms())
        self._flush()
        self._submit(Say(local_id, text) if to is None else Whisper(local_id, to.id, text))

    def _retry(self, key: Hashable) -> None:
        """Take a refused message back into the composer, to be mended and sent again."""
        for local_id, (text, to) in list(self._refused.items()):
            if key == ("mine", local_id):
                del self._refused[local_id]
                self.transcript.update_state(key, "refused", "taken back")
                self.composer.put_back(text, to)
                self._submit(Discard(local_id))

    def _load_earlier(self) -> None:
        if self._oldest_seq > 1:
            self._submit(LoadEarlier(self._oldest_seq))

    # --- what the engine tells -----------------------------------------------------------------------

    def take(self, events: Sequence[Event]) -> None:
        """Show these events, in one insert. Those it does not know are the window's own."""
        for event in events:
            if not isinstance(event, MemberJoined):
                self._flush_joined()
            if isinstance(event, Chat):
                self._chat(event)
            elif isinstance(event, MemberJoined):
                self._member_joined(event.member)
            elif isinstance(event, MemberLeft):
                self.roster.leave(event.member.id)
                self.news(left_line(event, self._host))
            elif isinstance(event, EarlierLoaded):
                self._earlier(event.messages)
            elif isinstance(event, Gone):
                words = f"Messages {event.first} to {event.last} are no longer in the log."
                self.news(SystemLine("info", words, self._now_ms()))
            elif isinstance(event, RoomChanged):
                self.composer.close(MUTED if event.muted else READ_ONLY if event.read_only and not self._host
                                    else "", whispers_too=event.muted)
            else:
                self._own_message(event)
        self._flush_joined()
        self._settle()

    def _own_message(self, event: Event) -> None:
        if isinstance(event, Pending):
            if event.local_id not in self._pending:
                self._show_pending(event.local_id, event.text, event.to, event.at_ms)
        elif isinstance(event, Refused):
            self._flush()
            self._pending.pop(event.local_id, None)
            self._refused[event.local_id] = (event.text, event.to)
            self.transcript.update_state(("mine", event.local_id), "refused", event.sentence)
        elif isinstance(event, WhisperReceived):
            self._add(ChatLine(("whisper", event.member.id, event.at_ms, self._next_id), event.member.id,
                               event.member.name, event.text, event.at_ms,
                               whisper=WhisperInfo(True, event.member.name)))
            self.unread += 1
        elif isinstance(event, WhisperSent):
            if event.local_id not in self._pending:
                self._show_pending(event.local_id, event.text, event.to, event.at_ms)
            self._flush()
            self._pending.pop(event.local_id, None)
            self._behind.discard(event.local_id)
            self.transcript.update_state(("mine", event.local_id), "delivered")
        elif isinstance(event, WhisperDelivered) and not event.delivered:
            self._flush()
            self.transcript.update_state(("mine", event.local_id), "refused", "never fetched, given up")

    def _chat(self, event: Chat) -> None:
        if not self._oldest_seq or event.seq < self._oldest_seq:
            self._oldest_seq = event.seq
        if event.local_id in self._pending:
            self._flush()
            del self._pending[event.local_id]
            key = ("mine", event.local_id)
            self.transcript.update_state(key, "delivered")
            if event.local_id in self._behind:
                self._behind.discard(event.local_id)
                self._moving.append(key)
                self._behind.update(self._pending)
            return
        self._add(self._line(event))
        if not event.mine:
            self.unread += 1

    def _line(self, event: Chat) -> ChatLine:
        return ChatLine(("said", event.seq), event.member_id, event.name, event.text, event.at_ms,
                        mine=event.mine)

    def _show_pending(self, local_id: int, text: str, to: Member | None, at_ms: int) -> None:
        self._pending[local_id] = (text, to)
        you = self.roster.get(self.roster.you_id)
        self._add(ChatLine(("mine", local_id), self.roster.you_id, you.name if you else "You", text, at_ms,
                           mine=True, whisper=WhisperInfo(False, to.name) if to else None, state="pending"))

    def _earlier(self, messages: Sequence[Chat]) -> None:
        self._flush()
        if not messages:
            self.transcript.show_earlier(False)
            return
        self._oldest_seq = min(self._oldest_seq or messages[0].seq, messages[0].seq)
        items: list[Item] = []
        day: date | None = None
        for message in messages:
            day = self._day_line(message.at_ms, day, items)
            items.append(self._line(message))
        self.transcript.prepend(items)
        self.transcript.show_earlier(self._oldest_seq > 1)

    def history(self, messages: Sequence[Chat]) -> None:
        """What is here from earlier days, before the first connection."""
        self.take(messages)
        self.unread = 0

    def _member_joined(self, member: Member) -> None:
        if member.id in self.roster:
            self.roster.join(member)  # a newer connection of the same key is no joining
            return
        self.roster.join(member)
        self._joined.append(shown(member.name))

    # --- lines ---------------------------------------------------------------------------------------

    def news(self, line: SystemLine | AwayLine) -> None:
        """A line of the window's own; shown with the turn's other lines."""
        self._add(line)

    def show_news(self, icon: str, text: str) -> None:
        """A line of the window's own, at once."""
        self.news(SystemLine(icon, text, self._now_ms()))
        self._flush()

    def offer_earlier(self) -> None:
        """Let the top line load earlier messages, if there can be any."""
        self.transcript.show_earlier(self._oldest_seq > 1)

    def copy_all(self) -> None:
        """Put the whole conversation on the clipboard."""
        self.clipboard_clear()
        self.clipboard_append(self.transcript.copied_text())

    def seen(self) -> None:
        self.unread = 0

    def _add(self, item: Item) -> None:
        if isinstance(item, ChatLine):
            self._day = self._day_line(item.at_ms, self._day, self._batch)
            if not (item.mine and item.state == "pending"):
                self._behind.update(self._pending)
                if self._moving:
                    self._settle()
        self._batch.append(item)

    @staticmethod
    def _day_line(at_ms: int, last: date | None, items: list[Item]) -> date:
        day = clock_words.moment(at_ms).date()
        if day != last:
            items.append(DayLine(clock_words.weekday(day)))
        return day

    def _flush_joined(self) -> None:
        if self._joined:
            names, self._joined = self._joined, []
            self.news(SystemLine("joined", joined_line(names), self._now_ms()))

    def _settle(self) -> None:
        """Show what waits, and put own messages that were acknowledged under what came before them."""
        self._flush()
        if self._moving:
            keys, self._moving = self._moving, []
            self.transcript.move_to_end(keys)

    def _flush(self) -> None:
        if self._batch:
            items, self._batch = self._batch, []
            self.transcript.add(items)
