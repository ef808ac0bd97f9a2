"""The open room: passes what connections bring to the part that handles it, does what the host decides.

Made once the keys are there; see `context` for the parts. A connection is unauthenticated until `Admission`
has admitted it; then it is in `context.links`, and once it has reached the log's head in `context.live`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from netcore import limits
from netcore.errors import FileAlreadyGone, Misplaced
from netcore.net.api import commands
from netcore.net.api.events import (
    EarlierLoaded,
    FileRefused,
    FileTakenBack,
    HistoryOpened,
    MemberTraffic,
    RoomChanged,
    Traffic,
)
from netcore.net.server.admission import Admission
from netcore.net.server.blob_relay import BlobRelay
from netcore.net.server.context import Context
from netcore.net.server.decisions import HostDecisions
from netcore.net.server.files import Files
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.host import HostMember
from netcore.net.server.host_files import HostFiles
from netcore.net.server.lab import HostLab
from netcore.net.server.link import ServerLink
from netcore.net.server.reception import Reception
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.net.speech import blob_of
from netcore.room.members import MemberState
from netcore.session.events import Work
from netcore.store.room_log import (
    Again,
    AgainHeld,
    Attempt,
    Held,
    HeldWhisper,
    NotTaken,
    Outcome,
    Stored,
    TooManyStreams,
)
from netcore.wire.codes import CloseCode, LeaveReason, Refusal
from netcore.wire.messages import (
    Answer,
    Auth,
    DropBlob,
    File,
    GetBlob,
    GetKey,
    GetPage,
    GotWhisper,
    Key,
    Message,
    Pong,
    PutBlob,
    Refused,
    RoomState,
    Say,
    SendWhisper,
    StopBlob,
    WhisperStored,
)
from netcore.wire.texts import REFUSAL_SENTENCES, check_file, check_text


class ServerRoom:
    """Thread: netcore-loop only. The owner of its links, and the handler of what their members attempt."""

    def __init__(self, context: Context, reception: Reception, lab: HostLab, files: Files) -> None:
        self._context = context
        self._reception = reception
        self._lab = lab
        self._group_commit = GroupCommit(context)
        self._whispers = WhisperRelay(context, self._group_commit)
        self._host = HostMember(context, self._group_commit, self._whispers)
        self.decisions = HostDecisions(context, self._group_commit, self._whispers)
        self._blobs = BlobRelay(context, self._group_commit, files.blobs)
        self._host_files = HostFiles(context, self._blobs, files.parts, self._host.share)
        self._host.on_file = self._host_files.whispered
        self._admission = Admission(context, self._group_commit, self._whispers)
        self._closing: Callable[[], None] | None = None
        self._open: set[ServerLink] = set()
        self._gone_bytes = [0, 0]
        self._told_bytes = (0, 0)

    def start(self) -> None:
        """The host comes in, and what was decided in earlier runs holds again."""
        context, log = self._context, self._context.log
        now_ms = context.now_ms()
        log.host_id = context.host_id
        log.remember(context.host_id, context.host_name, context.host_key.public.modulus, context.age_ms())
        context.members.join(MemberState(context.host_id, context.host_name, "", now_ms))
        self.decisions.restore()
        self._blobs.start()
        self._host_files.start()

    def tell_start(self) -> None:
        """After Listening: how the room stands, what was said in it, and the whispers that waited."""
        context, log = self._context, self._context.log
        state, known_only = context.room_state(), context.moderation.known_only
        self._group_commit.told_state = state
        if known_only or state != RoomState(False, False, 0, True):
            context.emit(RoomChanged(state.read_only, False, state.slow_s, state.kept, known_only))
        messages = log.read_before(log.head + 1, limits.FIRST_HISTORY_MESSAGES)
        if messages:
            context.emit(HistoryOpened(context.config.room, tuple(map(self._host.chat, messages))))
        for blob, by_host in log.taken_back(context.host_id):
            context.emit(FileTakenBack(blob.hex(), by_host))
        self._host.start()
        self._group_commit.schedule()

    # --- Connections ---

    def receive(self, sock: socket.socket, host: str, port: int) -> ServerLink:
        """A new connection, unauthenticated."""
        context = self._context
        keys = (context.identity, context.kex)
        link = ServerLink(context.loop, sock, (host, port), self, keys, context.random, context.shares.new())
        self._open.add(link)
        self._lab.received(link)
        return link

    def on_handshake(self, link: ServerLink, work: Work) -> None:
        self._reception.sign_when_allowed(link, lambda: link.do(work))

    def on_identified(self, link: ServerLink, member_id: bytes, auth: Auth) -> None:
        with self._context.log_guard:
            self._admission.decide(link, member_id, auth)
        if not link.over:
            self._reception.authenticated(link)
            self._lab.admitted(link)

    def on_chunk(self, link: ServerLink, blob: bytes, index: int, data: bytes) -> None:
        with self._context.log_guard:
            self._blobs.on_chunk(link, blob, index, data)

    def on_drained(self, link: ServerLink) -> None:
        self._blobs.wants_more(link)

    def on_output(self, link: ServerLink) -> None:
        self._group_commit.flush_later(link)

    def on_other_version(self, link: ServerLink) -> None:
        self._admission.tell_other_version(link.host)

    def on_gone(self, link: ServerLink, reason: LeaveReason) -> None:
        context = self._context
        self._reception.ended(link)
        self._blobs.gone(link)
        if link.live:
            link.live = False
            context.live.remove(link)
        if link.member_id:
            context.shares.release(link.member_id, link.backpressure.inbox.share, context.loop.turn_s)
        if link.session.room_epoch:
            # Also when a newer connection of this key took over: that one may be removed before it is told
            # a key, and then nobody else would know that its member holds this one.
            self._group_commit.lost_key_holder()
        # An older connection of a member that is back has gone from the table already: no leaving.
        if not link.member_id or context.links.get(link.member_id) is not link:
            return
        del context.links[link.member_id]
        if self._closing is None:
            self._group_commit.leaving(link.member_id, reason)
            with context.log_guard:
                context.log.seen([link.member_id], context.age_ms())

    def on_closed(self, link: ServerLink) -> None:
        self._reception.closed(link)
        self._lab.closed(link)
        self._open.discard(link)
        self._gone_bytes[0] += link.connection.in_bytes
        self._gone_bytes[1] += link.connection.out_bytes
        if self._closing is not None and not self._open:
            self._closing()

    # --- What members say and ask ---

    def on_message(self, link: ServerLink, message: Message) -> None:
        with self._context.log_guard:
            match message:
                case Say(stream, n, text, None):
                    self._attempt(link, stream, n, check_text(text) or text)
                case Say(stream, n, text, File() as file):
                    self._attempt(link, stream, n, check_file(text, file.name) or file)
                case SendWhisper():
                    self._on_whisper(link, message)
                case GotWhisper():
                    self._whispers.on_got(link, message)
                case Pong():
                    self._whispers.on_pong(link)
                case PutBlob():
                    self._blobs.put(link, message)
                case GetBlob():
                    self._blobs.get(link, message)
                case StopBlob():
                    self._blobs.stop(link, message)
                case DropBlob():
                    self._blobs.drop(link, message)
                case GetPage(after):
                    self._group_commit.request_page(link, after)
                case GetKey(member_id):
                    public = self._context.public_key(member_id)
                    if public is not None:
                        link.send(Key(member_id, public.modulus))
                case _:
                    raise Misplaced(what="a message for a client")

    def _on_whisper(self, link: ServerLink, whisper: SendWhisper) -> None:
        context, sender = self._context, link.member_id
        what: HeldWhisper | Refusal
        if whisper.to == sender:
            what = Refusal.TO_SELF
        elif context.log.person(whisper.to) is None:
            what = Refusal.NO_SUCH_MEMBER
        else:
            what = HeldWhisper(
                sender,
                whisper.to,
                whisper.msg_id,
                whisper.counter,
                whisper.c1,
                whisper.c2,
                context.now_ms(),
                whisper.blob or b"",
            )
        self._attempt(link, whisper.stream, whisper.n, what)

    def _attempt(
        self, link: ServerLink, stream: bytes, n: int, what: str | File | HeldWhisper | Refusal
    ) -> None:
        member = self._context.members.get(link.member_id)
        assert member is not None  # it has a link, so it is in the room
        self._group_commit.attempt(Attempt(link.member_id, member.name, stream, n, what), self)

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        """The answer goes to whatever connection the member has by now. A message is its own answer."""
        stream, n = attempt.stream, attempt.n
        answer: Message | None
        match outcome:
            case Stored(said):
                self._context.emit(self._host.chat(said))
                return
            case Again(seq):
                answer = Answer(stream, n, seq)
            case Held(_, at):
                self._whispers.deliver(outcome)
                answer = WhisperStored(stream, n, at)
            case AgainHeld(at):
                answer = WhisperStored(stream, n, at)
            case NotTaken(code):
                answer = Refused(stream, n, code)
            case TooManyStreams():
                answer = None
        link = self._context.links.get(attempt.member_id)
        if link is None:
            return
        if answer is None:
            link.close(CloseCode.PROTOCOL)
        else:
            link.send(answer)

    # --- The host ---

    def submit(self, command: commands.Command) -> None:
        """Raises StorageError when the log is broken."""
        match command:
            case commands.Say():
                self._host.say(command)
            case commands.Whisper():
                self._host.whisper(command)
            case commands.SendFile():
                self._send_file(command)
            case commands.GetFile():
                self._host_files.get(command)
            case commands.PauseFile():
                self._host_files.pause(command)
            case commands.CancelFile():
                self._host_files.cancel(command)
            case commands.TakeBackFile(file_id):
                self._take_down(file_id)
            case commands.MarkCompared():
                self._host.mark_compared(command)
            case commands.LoadEarlier(before_seq):
                earlier = self._context.log.read_before(before_seq, limits.PAGE_MESSAGES)
                self._context.emit(EarlierLoaded(tuple(map(self._host.chat, earlier))))
            case _:
                self.decisions.submit(command)
        self._group_commit.schedule()

    def _take_down(self, file_id: str) -> None:
        """Any file that is shared; of the host's own also one that is not yet."""
        blob = blob_of(file_id)
        if self._host_files.sends(blob):
            self._host_files.cancel(commands.CancelFile(file_id))
        elif not self._blobs.take_down(blob):
            problem = FileAlreadyGone(name=file_id[:32])
            self._context.emit(FileRefused(file_id, file_id[:32], True, problem.code, str(problem)))

    def _send_file(self, command: commands.SendFile) -> None:
        to = None if command.to_id is None else self._host.recipient(command.to_id)
        if isinstance(to, Refusal):
            name, sentence = command.path.name, REFUSAL_SENTENCES[to]
            self._context.emit(FileRefused("", name, True, to.value, sentence, command.local_id))
        else:
            self._host_files.send(command, to)

    # --- Time, and the end ---

    def tick(self) -> None:
        """Once a second: whether the log is still where it was and the disk works again, who is silent or
        stuck, what went over the wire."""
        self._context.log.check_names()
        now = self._context.loop.now()
        for link in list(self._context.links.values()):
            link.tick(now)
        self._tell_traffic()
        self._blobs.tick()
        if self._context.log.read_only_because is not None:
            self._group_commit.schedule()

    def expire(self) -> None:
        """Now and then: names of those who are here do not lapse; whispers that nobody came for do."""
        context = self._context
        context.age_clock.read_wall(context.loop.now(), context.now_ms())
        self._keep_age()
        context.log.forget_lapsed(context.age_ms(), {member.id for member in context.members})
        self._whispers.expire()
        self._blobs.expire()
        self._group_commit.schedule()

    def _keep_age(self) -> None:
        """How old the room is, and who of its members is here at that age."""
        log, age = self._context.log, self._context.age_clock.kept(self._context.loop.now())
        log.keep_age(age.age_ms, age.believed_wall_ms, age.believed_age_ms)
        log.seen((member.id for member in self._context.members), age.age_ms)

    def _tell_traffic(self) -> None:
        in_bytes, out_bytes = self._gone_bytes
        for link in self._open:
            in_bytes += link.connection.in_bytes
            out_bytes += link.connection.out_bytes
        if (in_bytes, out_bytes) == self._told_bytes:
            return
        self._told_bytes = in_bytes, out_bytes
        members = tuple(
            MemberTraffic(member_id, link.connection.in_bytes, link.connection.out_bytes)
            for member_id, link in self._context.links.items()
        )
        self._context.emit(Traffic(members, in_bytes, out_bytes, self._group_commit.epoch))

    def close(self, closed: Callable[[], None]) -> None:
        """Store what was said, tell everyone that the room closes, then `closed`, once."""
        self._closing = closed
        with self._context.log_guard:
            self._keep_age()
        self._host_files.stop()
        self._host.send_again()
        self._group_commit.finish()
        self._host.give_up()
        self.decisions.tell_unstored()
        for link in list(self._open):
            link.close(CloseCode.SHUTDOWN)
        if not self._open:
            closed()
