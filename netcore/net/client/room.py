"""The conversation of one nick with one server, over any number of connections.

Hands each message of the server to the part that knows what to do with it (history, outbox,
whispers), keeps the list of members, and says `Connected` once everything said so far is here.
Leaves to `client` how a connection comes about and when it is tried again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from netcore import limits
from netcore.crypto.identity import PublicKey, fingerprint_text
from netcore.errors import MessageError, Misplaced, StorageError, StorageFull
from netcore.net.api.commands import (
    CancelFile,
    Command,
    Discard,
    GetFile,
    LoadEarlier,
    MarkCompared,
    PauseFile,
    Say,
    SendFile,
    TakeBackFile,
    Whisper,
)
from netcore.net.api.events import (
    Chat,
    ComparedMembers,
    Connected,
    EarlierLoaded,
    Failed,
    FileRefused,
    FrozenByHost,
    HistoryOpened,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    OldWhisper,
    Refused,
    RoomChanged,
    Slowed,
)
from netcore.net.client.context import Context
from netcore.net.client.downloads import Downloads
from netcore.net.client.history import History
from netcore.net.client.outbox import Outbox
from netcore.net.client.received import check_received
from netcore.net.client.take_backs import TakeBacks
from netcore.net.client.uploads import Uploads
from netcore.net.client.whispers import Whispers
from netcore.net.speech import (
    blob_of,
    judge_recipient,
    judge_say,
    judge_whisper,
    not_kept,
    refused,
    shared_file,
)
from netcore.session.events import FileChunkReceived
from netcore.store.client_store import Draft
from netcore.wire import messages
from netcore.wire.lines import quoted_name
from netcore.wire.messages import Message, Person, Resume, Welcome
from netcore.wire.names import fold_name, looks_of
from netcore.wire.texts import REFUSAL_SENTENCES

_NAMES_KEPT: Final = 2 * limits.MAX_LISTED_MEMBERS
"""Of those who were met in this run: a server may name new ones without end."""


class ClientRoom:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, nick: str) -> None:
        self._context = context
        self._store = context.store
        self._emit = context.emit
        self._me = context.member_id
        self._nick = nick
        self._welcome: Welcome | None = None
        self._resumed: Resume | None = None
        self._first_contact = False
        self._members: dict[bytes, Member] = {}
        self._names: dict[bytes, str] = {self._me: nick}  # also of those who have left
        self._pinned: set[tuple[bytes, str]] = set()  # (member, name) that were looked up in this run
        self._was_live = False
        self._flush_asked = False
        self._closed = False
        self._looks: dict[str, bytes] = {}  # what a listed name can be taken for -> whose it is
        self._told_alike: set[tuple[bytes, bytes]] = set()
        self._state: RoomChanged | None = None  # as it was told over this connection
        self._new_state: RoomChanged | None = None  # not told yet
        self._slowed_told = False
        self._frozen = False
        self._outbox = Outbox(context)
        self._history = History(context, self._outbox, self._show_earlier)
        self._whispers = Whispers(context, self._outbox, self._name_of)
        self._uploads = Uploads(context, self._share)
        self._downloads = Downloads(context)
        self._take_backs = TakeBacks(context)

    @property
    def fingerprint(self) -> bytes:
        return self._context.server

    @property
    def entered(self) -> bool:
        """Whether `welcome` has come over this connection."""
        return self._welcome is not None

    @property
    def live(self) -> bool:
        return self._history.live

    # --- Before and between connections ---------------------------------------------------------

    def open(self, room: str) -> None:
        """Show what is here from earlier days. Raises StorageError."""
        rows = self._store.history(self._context.server, None, limits.FIRST_HISTORY_MESSAGES)
        since_ms = rows[0].at if rows else 0
        whispers = tuple(
            OldWhisper(one.mine, Member(one.member_id, one.name), one.text, one.at_ms, shared_file(one.file))
            for one in self._store.whispers(self._context.server, since_ms)
        )
        if rows or whispers:
            self._emit(HistoryOpened(room, self._chats(rows), whispers))
        compared = self._store.compared()
        if compared:
            self._emit(ComparedMembers(compared))
        self._outbox.load()
        self._whispers.load()
        self._uploads.load()
        self._downloads.load()
        self._take_backs.load()

    def auth_fields(self) -> tuple[bytes, Resume | None]:
        """The stream and the place that `auth` names. Raises StorageError."""
        stream = self._store.place(self._context.server).stream
        self._resumed = self._history.resume()
        return stream, self._resumed

    def established(self, identity: PublicKey, first_contact: bool) -> None:
        self._first_contact = first_contact
        self._whispers.established(identity.modulus)

    def disconnected(self) -> None:
        self._welcome = None
        self._tell_frozen(False)
        self._history.disconnected()
        self._outbox.disconnected()
        self._whispers.disconnected()
        self._uploads.disconnected()
        self._downloads.disconnected()
        self._take_backs.disconnected()

    def close(self) -> None:
        """The store is about to close: what still comes from timers and the worker pool is dropped."""
        self._closed = True
        self._whispers.close()
        self._uploads.close()
        self._downloads.close()

    def server_replaced(self) -> None:
        """Another server has taken this one's place: the person gets back what waits for this one."""
        self._outbox.server_replaced()
        self._whispers.server_replaced()
        self._uploads.server_replaced()
        self._downloads.server_replaced()
        self._take_backs.server_replaced()

    # --- From the person ------------------------------------------------------------------------

    def submit(self, command: Command) -> None:
        """Raises StorageError when the files fail for another reason than a full disk."""
        match command:
            case Say(local_id, text):
                self._say(local_id, text)
            case Whisper(local_id, to_id, text):
                self._whisper(local_id, to_id, text)
            case SendFile():
                self._send_file(command)
            case GetFile():
                self._downloads.get(command)
            case PauseFile(file_id, paused):
                for transfers in (self._uploads, self._downloads):
                    transfers.pause(blob_of(file_id), paused)
            case CancelFile(file_id):
                for transfers in (self._uploads, self._downloads):
                    transfers.cancel(blob_of(file_id))
            case TakeBackFile(file_id):
                blob = blob_of(file_id)
                if self._uploads.has(blob):
                    self._uploads.cancel(blob)
                else:
                    self._take_backs.take_back(blob, file_id)
            case Discard(local_id):
                self._outbox.discard(local_id)
            case LoadEarlier(before_seq):
                self._history.load_earlier(before_seq)
            case MarkCompared(member_id, compared):
                self._mark_compared(member_id, compared)

    def _mark_compared(self, member_id: bytes, compared: bool) -> None:
        try:
            self._store.set_compared(member_id, compared)
        except StorageFull as error:
            self._emit(Failed(error))
        self._emit(ComparedMembers(self._store.compared()))

    def _say(self, local_id: int, typed: str) -> None:
        text, refusal = judge_say(typed)
        if refusal is not None:
            self._emit(refused(local_id, text, refusal, None))
            return
        try:
            draft = self._store.add_say(self._context.server, text, self._context.now_ms())
        except StorageError as error:
            self._not_kept(not_kept(local_id, text, error, None), error)
        else:
            self._outbox.show_pending(local_id, draft)
            self._outbox.send(draft)

    def _whisper(self, local_id: int, to_id: bytes, typed: str) -> None:
        to = Member(to_id, self._name_of(to_id))
        known = to_id in self._members or to_id in self._names or self._store.key_of(to_id) is not None
        text, refusal = judge_whisper(typed, to_self=to_id == self._me, known=known)
        if refusal is not None:
            self._emit(refused(local_id, text, refusal, to))
            return
        context = self._context
        try:
            draft = self._store.add_whisper(context.server, to_id, to.name, text, context.now_ms())
        except StorageError as error:
            self._not_kept(not_kept(local_id, text, error, to), error)
        else:
            self._outbox.show_pending(local_id, draft)
            self._whispers.add(draft)

    def _send_file(self, command: SendFile) -> None:
        to = None if command.to_id is None else Member(command.to_id, self._name_of(command.to_id))
        if to is None:
            self._uploads.send(command.local_id, command.path, None)
            return
        known = to.id in self._members or to.id in self._names or self._store.key_of(to.id) is not None
        refusal = judge_recipient(to_self=to.id == self._me, known=known)
        if refusal is None:
            self._uploads.send(command.local_id, command.path, to)
        else:
            sentence = REFUSAL_SENTENCES[refusal]
            self._emit(FileRefused("", command.path.name, True, refusal.value, sentence, command.local_id))

    def _share(self, local_id: int, draft: Draft) -> None:
        """The server has the file: now the message that shares it."""
        self._outbox.show_pending(local_id, draft)
        if draft.to is None:
            self._outbox.send(draft)
        else:
            self._whispers.add(draft)

    def _not_kept(self, told: Refused, error: StorageError) -> None:
        self._emit(told)
        self._emit(Failed(error))

    # --- From the server ------------------------------------------------------------------------

    def on_messages(self, received: list[Message]) -> None:
        """All that one read brought. Raises PeerError when the server breaks the protocol, StorageError
        when the files fail; then what has not been shown is not kept, and comes again.

        Rows of the log are not handled one by one: those in a row go to the disk in one transaction, with
        the acknowledgements that they carry, since each transaction waits for the disk. None is shown
        before. So whatever else arrives stores the rows before it first, and so does the end.

        A state that comes again changes nothing and is no event; of several in one read the last counts.
        """
        for message in received:
            check_received(message)
            if isinstance(message, messages.Said):
                self._history.on_said(message)
                self._pin(message.sender, message.name)
                self._slowed_told = self._slowed_told and message.sender != self._me
            else:
                self._history.store()
                self._on_other(message)
        self._history.store()
        self._tell_state()
        self._history.ask_next_page()
        if self._store.unflushed and not self._flush_asked:
            # Not at once: thirty who join together cost one write to the disk.
            self._flush_asked = True
            self._context.call_later(limits.PINS_KEPT_S, self._flush)

    def on_chunks(self, chunks: list[FileChunkReceived]) -> None:
        """Pieces of files. Raises PeerError or StorageError, like `on_messages`."""
        for chunk in chunks:
            self._downloads.on_chunk(chunk.blob, chunk.index, chunk.data)

    def drained(self) -> None:
        """The send queue is empty again."""
        self._uploads.drained()

    def _on_other(self, message: Message) -> None:
        """Anything but a row of the log."""
        match message:
            case Welcome():
                self._on_welcome(message)
            case messages.Gap():
                self._history.on_gap(message)
            case messages.PageEnd():
                self._history.on_page_end(message)
            case messages.Roster(members):
                self._on_roster(members)
            case messages.Live():
                self._history.on_live(message)
                self._on_live()
            case messages.Answer():
                self._outbox.on_answer(message, self._history.last)
            case messages.Refused():
                self._slowed_told = False
                self._outbox.on_refused(message)
            case messages.WhisperStored():
                self._slowed_told = False
                self._outbox.on_whisper_stored(message)
            case messages.WhisperDone():
                self._outbox.on_whisper_done(message)
            case messages.Whisper():
                self._whispers.on_whisper(message)
            case messages.BlobHave():
                self._uploads.on_have(message)
            case messages.BlobRefused(blob, code):
                self._uploads.on_refused(blob, code)
                self._downloads.on_refused(blob, code)
                self._take_backs.on_refused(blob, code)
            case messages.BlobDropped(blob):
                self._downloads.on_dropped(blob)
                self._take_backs.on_dropped(message)
            case messages.Key():
                self._whispers.on_key(message)
            case messages.Joined(id, name):
                self._on_joined(Member(id, name, self._is_host(id)))
            case messages.Left(id, _, reason):
                self._on_left(id, reason)
            case messages.RoomState(read_only, muted, slow_s, kept):
                self._new_state = RoomChanged(read_only, muted, slow_s, kept)
            case messages.Slowed():
                if not self._slowed_told:  # once, until something that waited was taken
                    self._slowed_told = True
                    self._emit(Slowed())
            case messages.Lab(frozen):
                self._tell_frozen(frozen)
            case messages.Ping():
                # Here, and not where bytes come in: a pong confirms all that came before it (PROTOCOL §7.4).
                self._context.send(messages.Pong())
            case messages.Pong():
                pass
            case _:
                raise Misplaced(what="a message for a server")

    def _tell_frozen(self, frozen: bool) -> None:
        if frozen is not self._frozen:
            self._frozen = frozen
            self._emit(FrozenByHost(frozen))

    def _tell_state(self) -> None:
        new, self._new_state = self._new_state, None
        if new is not None and new != self._state:
            self._state = new
            self._emit(new)

    def _flush(self) -> None:
        """Make pinned names and keys durable, also when nobody says anything."""
        self._flush_asked = False
        if not self._closed:
            with contextlib.suppress(StorageFull):  # they are pinned again next time
                self._store.flush()

    def _on_welcome(self, welcome: Welcome) -> None:
        self._welcome = welcome
        self._state = None
        self._slowed_told = False
        self._members.clear()
        self._looks.clear()
        self._told_alike.clear()
        self._pin(self._me, welcome.name)
        self._store.set_room(self._context.server, welcome.room, welcome.host)
        self._history.welcomed(welcome, self._resumed)
        self._outbox.welcomed(welcome.last_n)
        self._whispers.welcomed()

    def _on_roster(self, members: tuple[Person, ...]) -> None:
        if self._history.live:
            raise Misplaced(what="a list of members at the wrong time")
        for person in members:
            self._list_member(Member(person.id, person.name, self._is_host(person.id)))

    def _on_live(self) -> None:
        assert self._welcome is not None  # the session lets nothing in before welcome
        you = self._members.get(self._me) or Member(self._me, self._welcome.name)
        self._members[self._me] = you
        self._emit(
            Connected(
                self._welcome.room,
                you,
                self._welcome.host,
                self._context.server,
                self._first_contact,
                tuple(self._members.values()),
                self._history.missed if self._was_live else 0,
            )
        )
        self._was_live = True
        self._history.missed = 0
        self._outbox.went_live()
        self._uploads.connected()
        self._downloads.connected()
        self._take_backs.connected()

    def _on_joined(self, member: Member) -> None:
        known = self._members.get(member.id)
        self._list_member(member)
        if known is None and self._history.live:
            self._emit(MemberJoined(member))

    def _on_left(self, member_id: bytes, reason: str) -> None:
        known = self._members.pop(member_id, None)
        if known is not None and self._history.live:
            self._emit(MemberLeft(known, reason))  # as the one that it was listed as

    # --- Members --------------------------------------------------------------------------------

    def _list_member(self, member: Member) -> None:
        if member.id not in self._members and len(self._members) >= limits.MAX_LISTED_MEMBERS:
            raise MessageError(what="more members than a room can have")
        self._members[member.id] = member
        self._pin(member.id, member.name)
        self._tell_apart(member)

    def _tell_apart(self, member: Member) -> None:
        """The server lets no two names in that look alike; but it is the server that says so."""
        for look in looks_of(member.name):
            other = self._members.get(self._looks.get(look, b""))
            self._looks[look] = member.id
            if other is None or other.id == member.id or look not in looks_of(other.name):
                continue
            if fold_name(other.name) == fold_name(member.name):
                continue  # one name under two keys: that is told already
            pair = min(member.id, other.id), max(member.id, other.id)
            if pair not in self._told_alike:
                self._told_alike.add(pair)
                self._emit(Notice("names_alike", _alike(member.name, other.name)))

    def _pin(self, member_id: bytes, name: str) -> None:
        """A name is pinned to the key that was first seen under it; another one is pointed out.

        For every way in which a name arrives.
        """
        self._names.pop(member_id, None)
        self._names[member_id] = name  # at the end: the one that was met last
        while len(self._names) > _NAMES_KEPT:
            del self._names[next(iter(self._names))]
        if (member_id, name) in self._pinned:
            return
        if len(self._pinned) >= _NAMES_KEPT:
            self._pinned.clear()
        first = self._store.pin_name(self._context.server, fold_name(name), member_id)
        self._pinned.add((member_id, name))
        if first != member_id and member_id != self._me:
            self._emit(Notice("name_changed_hands", _other_key(name)))

    def _is_host(self, member_id: bytes) -> bool:
        return self._welcome is not None and member_id == self._welcome.host

    def _name_of(self, member_id: bytes) -> str:
        """A name to show: of who is here, as the room lists it; of somebody whom we never saw, the beginning
        of the fingerprint."""
        member = self._members.get(member_id)
        if member is not None:
            return member.name
        return self._names.get(member_id) or fingerprint_text(member_id)[:19]

    def _show_earlier(self, rows: Sequence[messages.Said]) -> None:
        self._emit(EarlierLoaded(self._chats(rows)))

    def _chats(self, rows: Sequence[messages.Said]) -> tuple[Chat, ...]:
        for row in rows:
            self._names.setdefault(row.sender, row.name)
            if row.file is not None:
                self._downloads.shown(row.file)
                if row.sender == self._me:
                    self._take_backs.shown(row.file)
        return tuple(
            Chat(
                *(row.seq, row.sender, row.name, row.text, row.at, self._history.is_mine(row)),
                file=shared_file(row.file),
            )
            for row in rows
        )


def _alike(name: str, other: str) -> str:
    return (
        f"{quoted_name(name)} and {quoted_name(other)} look alike and are two members with two keys. "
        "Look at their colours, and compare fingerprints before you trust either."
    )


def _other_key(name: str) -> str:
    return (
        f"{quoted_name(name)} shows another key than the first member that you met under this name. "
        "It is a new key of the same person, or somebody else: compare fingerprints before you trust it."
    )
