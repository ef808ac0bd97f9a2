"""The conversation of a room: transcript and composer, and how events become lines. Both windows have it.

A message of ours stands at the end while it is pending, and takes its place in the log's order when it is
acknowledged. Events of one turn become one insert.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from typing import Final

from gui.file_dialogs import FileDialogs
from gui.look.look import Look
from gui.room.composer import Composer
from gui.room.file_words import about_words
from gui.room.history import Days, Log, ServerClock, copied_file, old_whisper, sorted_in
from gui.room.roster import Roster
from gui.room.shared_files import OF_FILES, SharedFiles
from gui.room.system_lines import away_line, joined_line, left_line, who_line
from gui.room.transfers import Transfers
from gui.text.quoted import quoted, quoted_room
from gui.text.shown_text import shown
from gui.transcript.transcript import AwayLine, ChatLine, Item, SystemLine, Transcript, WhisperInfo
from netcore.engine import (
    Chat,
    Command,
    Discard,
    EarlierLoaded,
    Event,
    Gone,
    HistoryOpened,
    LoadEarlier,
    Member,
    MemberJoined,
    MemberLeft,
    Pending,
    Refused,
    RoomChanged,
    Say,
    SendFile,
    SharedFile,
    TakeBackFile,
    Whisper,
    WhisperDone,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
)
from netcore.room_words import changed_lines, gone_line
from netcore.slash_commands import Word, help_lines
from netcore.typed_lines import Order

MUTED = "The host has muted you. You can read; what you have written is kept."
READ_ONLY = "The room is read-only now: only the host can write. Whispers still work."
SHORT_ID: Final = 8
"""So many letters of a file's id are shown, and enough to type."""
NAMELESS = "a member who is not here"
NOT_ON_ITS_WAY = "No one file with an id that begins so is on its way. /files lists those that were shared."
NEVER_CAME = "never fetched: given up"
NOT_SHOWN = "came, and was not shown there: say it again another way"


class Conversation(ttk.Frame):
    """`take(events)` shows what it knows; `unread` counts messages of others since `seen()`.

    `submit(command)` reaches the engine; `now_ms()` is Unix time for lines of our own. `on_order(order)`
    takes the slash commands that are about more than the conversation. `on_wire(seq, text)` shows how a
    message crossed the wire: by its number, or by its text while it has none.
    """

    def __init__(self, parent: tk.Misc, look: Look, roster: Roster, submit: Callable[[Command], None],
                 now_ms: Callable[[], int], on_target: Callable[[Member | None], None],
                 on_order: Callable[[Order], None], *, narrow: bool = False, host: bool = False,
                 on_wire: Callable[[int | None, str], None] = lambda _seq, _text: None,
                 dialogs: FileDialogs | None = None) -> None:
        super().__init__(parent)
        dialogs = dialogs or FileDialogs()
        self.roster = roster
        self.unread = 0
        self._submit = submit
        self._clock = ServerClock(now_ms)
        self._on_order = on_order
        self._on_wire = on_wire
        self._host = host
        self._next_id = 1
        self._whispers = 0  # received, to tell them apart
        self._days = Days()
        self._asked_earlier = False
        self._away = False
        self._away_line: AwayLine | None = None
        self.room = RoomChanged(False, False, 0, True)
        self._pending: dict[int, ChatLine] = {}  # shown at the end, until the log says where they stand
        self._held: dict[int, tuple[str, Member | None]] = {}  # whispers that the server keeps for now
        self._refused: dict[int, tuple[str, Member | None]] = {}
        self._moving: list[Item] = []  # acknowledged, and not yet at their place in the log's order
        self._batch: list[Item] = []
        self._joined: list[str] = []
        self.transcript = Transcript(self, look, on_retry=self._retry, on_load_earlier=self._load_earlier,
                                     on_typed=lambda char: self.composer.type(char),
                                     on_paste=lambda: self.composer.paste(), on_wire=self._show_on_wire,
                                     on_file=lambda key, action: self.files.press(key, action))
        self.composer = Composer(self, look, roster, self._send, self._obey, on_target,
                                 narrow=narrow, host=host, on_files=self.send_files, dialogs=dialogs)
        self.transfers = Transfers(self, look, submit, self.composer.text.focus_set)
        self.transfers.lower(self.composer)  # Tab comes to them where one sees them
        self.files = SharedFiles(self.transcript, self.transfers, look, submit, dialogs,
                                 lambda icon, text: self.show_news(icon, shown(text)), host=host)
        self._log = Log(self.files.view)
        look.pack(self.composer, side="bottom", fill="x", padx=(21, 17), pady=(8, 10))
        look.pack(self.transfers, side="bottom", fill="x", padx=(21, 17), pady=(4, 0))
        self.transcript.pack(fill="both", expand=True)

    # --- what the person writes ----------------------------------------------------------------------

    def _send(self, text: str, to: Member | None) -> None:
        local_id = self._next_id
        self._next_id += 1
        self._show_pending(local_id, text, to, self._clock.now_ms())
        self._flush()
        self._submit(Say(local_id, text) if to is None else Whisper(local_id, to.id, text))

    def send_files(self, paths: Sequence[Path], to: Member | None) -> None:
        """Share these files, one after the other."""
        for path in paths:
            local_id = self._next_id
            self._next_id += 1
            self._submit(SendFile(local_id, path, None if to is None else to.id))

    def _file_by_id(self, order: Order) -> None:
        """What /get and /drop ask for."""
        found = self.files.named(order.text)
        if len(found) == 1 and order.word is Word.DROP:
            self._submit(TakeBackFile(found[0].id))
        elif len(found) == 1:
            self.files.save(found[0], Path(order.folder) if order.folder else None)
        else:
            many = "More than one file here has an id that begins so" if found else "No file here has this id"
            self.show_news("warning", f"{many}. /files lists them.")

    def _cancel(self, beginning: str) -> None:
        if not self.transfers.cancel(beginning):
            self.show_news("warning", NOT_ON_ITS_WAY)

    def _list_files(self) -> None:
        files = self.files.files
        for file in files:
            about = about_words(file.name, file.size)
            self.show_news("info", f"{file.id[:SHORT_ID]}  {quoted_room(file.name)}  ·  {about}")
        if not files:
            self.show_news("info", "No file was shared yet.")

    def _obey(self, order: Order) -> None:
        """A slash command was typed."""
        if order.word is Word.WHISPER and order.member_id is not None:
            # A key may be written instead of a name: of one who is not here now.
            member = self.roster.get(order.member_id)
            self._send(order.text, member or Member(order.member_id, NAMELESS))
        elif order.word is Word.FILE:
            member = self.roster.get(order.member_id) if order.member_id is not None else None
            if order.member_id is not None and member is None:
                member = Member(order.member_id, NAMELESS)
            self.send_files([Path(order.text)], member)
        elif order.word in (Word.GET, Word.DROP):
            self._file_by_id(order)
        elif order.word is Word.FILES:
            self._list_files()
        elif order.word is Word.HELP:
            for line in help_lines(host=self._host):
                self.show_news("info", line)
        elif order.word is Word.WHO:
            self.show_news("users", who_line(self.roster.sorted()))
        elif order.word is Word.CANCEL:
            self._cancel(order.text)
        else:
            self._on_order(order)

    def _retry(self, key: Hashable) -> None:
        """Take a refused message back into the composer, to be mended and sent again."""
        for local_id, (text, to) in list(self._refused.items()):
            if key == ("mine", local_id):
                del self._refused[local_id]
                self.transcript.update_state(key, "refused", "taken back")
                self.composer.put_back(text, to)
                self._submit(Discard(local_id))

    def _load_earlier(self) -> None:
        oldest = self._log.oldest(self.transcript.message_keys())
        if oldest > 1 and not self._asked_earlier:
            self._asked_earlier = True
            self._submit(LoadEarlier(oldest))

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
                self.news(replace(left_line(event, self._host), at_ms=self._clock.now_ms()))
            elif isinstance(event, EarlierLoaded):
                self._earlier(event.messages)
            elif isinstance(event, HistoryOpened):
                self._history(event)
            elif isinstance(event, Gone):
                self.news(SystemLine("info", gone_line(event), self._clock.now_ms()))
            elif isinstance(event, RoomChanged):
                self._room_changed(event)
            else:
                self._own_message(event)
        self._flush_joined()
        self._settle()

    def _own_message(self, event: Event) -> None:
        if isinstance(event, OF_FILES):
            self._flush()  # the message that shares it may have come with it
            self.files.take(event)
            return
        if isinstance(event, Pending):
            if event.local_id not in self._pending:
                self._show_pending(event.local_id, event.text, event.to, event.at_ms, event.file)
        elif isinstance(event, Refused):
            self._flush()
            self._pending.pop(event.local_id, None)
            self._settle()
            self._refused[event.local_id] = (event.text, event.to)
            self.transcript.update_state(("mine", event.local_id), "refused", event.sentence)
        elif isinstance(event, WhisperReceived):
            self._whispers += 1
            key: Hashable = ("whisper", self._whispers)
            file = None if event.file is None else self.files.view(key, event.file, False)
            text = copied_file(file) if file is not None else event.text
            self._add(ChatLine(key, event.member.id, event.member.name, text, event.at_ms,
                               whisper=WhisperInfo(True, event.member.name), file=file))
            self.unread += 1
        elif isinstance(event, WhisperSent):
            if event.local_id not in self._pending:
                self._show_pending(event.local_id, event.text, event.to, event.at_ms, event.file)
            line = self._pending.pop(event.local_id)
            if event.file is not None:
                self.files.sent(event.file.id)
            self._held[event.local_id] = (event.text, event.to)
            self._take_place(replace(line, at_ms=event.at_ms, state="held", reason=self._held_for(event.to)))
        elif isinstance(event, WhisperDone) and event.local_id in self._held:
            self._settle()
            held, key = self._held.pop(event.local_id), ("mine", event.local_id)
            if event.outcome is WhisperOutcome.DELIVERED:
                self.transcript.update_state(key, "delivered")
            else:
                self._refused[event.local_id] = held
                came = event.outcome is WhisperOutcome.NOT_SHOWN
                self.transcript.update_state(key, "refused", NOT_SHOWN if came else NEVER_CAME)

    def _held_for(self, to: Member) -> str:
        here = to.id in self.roster
        return "on its way" if here else f"kept by the server until {quoted(to.name)} is back"

    def _chat(self, event: Chat) -> None:
        if event.mine and event.file is not None:
            self.files.sent(event.file.id)
        if event.local_id in self._pending:
            line = self._pending.pop(event.local_id)
            self._log.acknowledged(line.key, event.seq)
            self._clock.acknowledged(event.at_ms, line.at_ms)
            self._take_place(replace(line, at_ms=event.at_ms, state="delivered"))
            if not self._host:
                self.composer.wait(self.room.slow_s)
            return
        self._clock.heard(event.at_ms)
        if self._away and self._away_line is None and not event.mine:
            self._away_line = AwayLine(away_line(0))
            self._add(self._away_line)
        self._add(self._log.line(event))
        if not event.mine:
            self.unread += 1

    def _show_pending(self, local_id: int, text: str, to: Member | None, at_ms: int,
                      shared: SharedFile | None = None) -> None:
        you = self.roster.get(self.roster.you_id)
        key: Hashable = ("mine", local_id)
        file = None if shared is None else self.files.view(key, shared, True)
        line = ChatLine(key, self.roster.you_id, you.name if you else "You",
                        copied_file(file) if file is not None else text, at_ms, mine=True,
                        whisper=WhisperInfo(False, to.name) if to else None, state="pending", file=file)
        self._pending[local_id] = line
        self._add(line)

    def _take_place(self, line: ChatLine) -> None:
        """One of ours is acknowledged: now it has its time, and its place under what was said so far."""
        self._flush()
        self._moving += [*self._days.before(line.at_ms, self._clock.now_ms()), line]

    # --- what was said before ------------------------------------------------------------------------

    def _history(self, event: HistoryOpened) -> None:
        """What is here from earlier days, before the first connection."""
        if not self.transcript.line_count:
            self._days = Days()
        you = self.roster.get(self.roster.you_id) or Member(self.roster.you_id, "You")
        whispers = [old_whisper(one, number, you, self.files.view)
                    for number, one in enumerate(event.whispers)]
        for line in sorted_in([self._log.line(chat) for chat in event.messages], whispers):
            self._add(line)
        self._flush()
        self.offer_earlier()

    def _earlier(self, messages: Sequence[Chat]) -> None:
        self._asked_earlier = False
        self._flush()
        lines = [self._log.line(message) for message in messages]
        self.transcript.prepend(Days().with_days(lines, self._clock.now_ms()))
        self.transcript.show_earlier(bool(messages) and messages[0].seq > 1)

    # --- the wire ------------------------------------------------------------------------------------

    def _show_on_wire(self, key: Hashable) -> None:
        self._on_wire(self._log.seq_of(key), self.transcript.text_of(key))

    def show_message(self, seq: int) -> bool:
        """Bring the message of this number into sight and mark it; whether it is shown."""
        return self.transcript.show_message(self._log.key_of(seq))

    def log_replaced(self, sentence: str) -> None:
        """What stands here is of an old log: nothing earlier of it can be loaded."""
        self._log.replaced()
        self.show_news("info", sentence)
        self.transcript.show_earlier(False)

    def away(self) -> None:
        """The connection is gone: what others say meanwhile comes under a line of its own."""
        self._away = True

    def back(self, missed: int) -> None:
        """Everything said meanwhile is here, `missed` messages of others."""
        self._settle()
        if self._away_line is not None and missed:
            self.transcript.replace(self._away_line, AwayLine(away_line(missed)))
        self._away, self._away_line = False, None

    # --- who may write -------------------------------------------------------------------------------

    def _room_changed(self, now: RoomChanged) -> None:
        before, self.room = self.room, now
        for words in changed_lines(before, now, self._host):
            self.news(SystemLine("info", words, self._clock.now_ms()))
        self.show_rules()

    def show_rules(self) -> None:
        """Open or close the composer as the room's rules say."""
        room = self.room
        read_only = room.read_only and not self._host
        self.composer.close(MUTED if room.muted else READ_ONLY if read_only else "", whispers_too=room.muted)
        if not self._host:
            self.composer.set_slow(room.slow_s)

    def _member_joined(self, member: Member) -> None:
        if member.id in self.roster:
            self.roster.join(member)  # a newer connection of the same key is no joining
            return
        self.roster.join(member)
        self._joined.append(quoted(member.name))

    # --- lines ---------------------------------------------------------------------------------------

    def news(self, line: SystemLine | AwayLine) -> None:
        """A line of the window's own; shown with the turn's other lines."""
        self._add(line)

    def show_news(self, icon: str, text: str) -> None:
        """A line of the window's own, at once."""
        self.news(SystemLine(icon, text, self._clock.now_ms()))
        self._flush()

    def offer_earlier(self) -> None:
        """Let the top line load earlier messages, if there can be any."""
        self.transcript.show_earlier(self._log.oldest(self.transcript.message_keys()) > 1)

    def copy_all(self) -> None:
        """Put the whole conversation on the clipboard."""
        self.clipboard_clear()
        self.clipboard_append(self.transcript.copied_text())

    def seen(self) -> None:
        self.unread = 0

    def _add(self, item: Item) -> None:
        if isinstance(item, ChatLine) and item.state == "pending":
            self._batch.append(item)  # its day is known when it is acknowledged
            return
        if self._moving:
            self._settle()
        if isinstance(item, ChatLine | SystemLine) and item.at_ms:
            # A whisper has its sender's clock, and what is of the future begins no day.
            at_ms = item.at_ms
            if isinstance(item, ChatLine) and item.whisper:
                at_ms = min(at_ms, self._clock.now_ms())
            self._batch += self._days.before(at_ms, self._clock.now_ms())
        self._batch.append(item)

    def _flush_joined(self) -> None:
        if self._joined:
            names, self._joined = self._joined, []
            self.news(SystemLine("joined", joined_line(names), self._clock.now_ms()))

    def _settle(self) -> None:
        """Show what waits, and put own messages that were acknowledged under what came before them."""
        self._flush()
        if self._moving:
            items, self._moving = self._moving, []
            self.transcript.move_to_end(items)

    def _flush(self) -> None:
        if self._batch:
            items, self._batch = self._batch, []
            self.transcript.add(items)
