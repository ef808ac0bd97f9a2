"""The open room: leads what its connections bring to the part that knows, and does what the host decides.

Made once the keys are there; see `hall` for the parts. A connection is a stranger until `Entry` has
admitted it; then it is in `hall.links`, and from its first full page on in `hall.live`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from netcore import limits
from netcore.errors import StorageError
from netcore.net.api import commands
from netcore.net.api.events import (
    Banned,
    EarlierLoaded,
    HistoryOpened,
    Member,
    MemberTraffic,
    Notice,
    RoomChanged,
    Traffic,
)
from netcore.net.server.admission import Entry, ban_key
from netcore.net.server.context import Hall
from netcore.net.server.group_commit import Turn
from netcore.net.server.host import HostVoice
from netcore.net.server.link import Link
from netcore.net.server.reception import Reception
from netcore.room.members import MemberState
from netcore.session.events import Work
from netcore.store.room_log import (
    Again,
    AgainHeld,
    Attempt,
    Ban,
    Held,
    HeldWhisper,
    NotTaken,
    Outcome,
    Stored,
    Switches,
)
from netcore.wire.codes import CloseCode, LeaveReason, Refusal
from netcore.wire.messages import (
    Answer,
    Auth,
    GetKey,
    GetPage,
    GotWhisper,
    Key,
    Message,
    Pong,
    Refused,
    RoomState,
    Say,
    SendWhisper,
    WhisperStored,
)
from netcore.wire.names import fold_name
from netcore.wire.texts import check_text


class ServerRoom:
    """Thread: netcore-loop only. The `Room` of its links and the `Speaker` for their members."""

    def __init__(self, hall: Hall, reception: Reception, on_fatal: Callable[[StorageError], None]) -> None:
        self._hall = hall
        self._reception = reception
        self._on_fatal = on_fatal
        self._turn = Turn(hall, on_fatal)
        self._host = HostVoice(hall, self._turn, self._guard)
        self._entry = Entry(hall, self._turn, self._host.mail)
        self._closing: Callable[[], None] | None = None
        self._open: set[Link] = set()
        self._gone_bytes = [0, 0]
        self._told_bytes = (0, 0)

    def start(self) -> None:
        """The host comes in, and what was decided in earlier runs holds again."""
        hall, log = self._hall, self._hall.log
        now_ms = hall.now_ms()
        log.remember(hall.host_id, hall.host_name, hall.host_key.public.modulus, now_ms)
        hall.members.join(MemberState(hall.host_id, hall.host_name, "", now_ms))
        for ban in log.bans():
            hall.moderation.ban(ban.member_id, ban.address)
        for member_id in log.mutes():
            hall.moderation.mute(member_id, True)
        switches = log.switches()
        hall.moderation.set_switches(switches.read_only, switches.slow_s, switches.known_only)

    def tell_start(self) -> None:
        """After Listening: how the room stands, what was said in it, and the whispers that waited."""
        hall, log = self._hall, self._hall.log
        state, known_only = hall.room_state(), hall.moderation.known_only
        if known_only or state != RoomState(False, False, 0, True):
            hall.emit(RoomChanged(state.read_only, False, state.slow_s, state.kept, known_only))
        messages = log.read_before(log.head + 1, limits.FIRST_HISTORY_MESSAGES)
        if messages:
            hall.emit(HistoryOpened(hall.config.room, tuple(map(self._host.chat, messages))))
        self._host.start()
        self._turn.ask()

    def banned(self) -> tuple[Member, ...]:
        """Who is banned, with the address that is banned beside."""
        bans = self._hall.log.bans()
        return tuple(Member(ban.member_id, ban.name, address=ban.address) for ban in bans)

    # --- Connections ---

    def receive(self, sock: socket.socket, host: str, port: int) -> Link:
        """A stranger has come."""
        hall = self._hall
        keys = (hall.identity, hall.kex)
        link = Link(hall.loop, sock, (host, port), self, keys, hall.random, hall.shares.new())
        self._open.add(link)
        return link

    def on_handshake(self, link: Link, work: Work) -> None:
        self._reception.in_turn(link, lambda: link.do(work))

    def on_identified(self, link: Link, member_id: bytes, auth: Auth) -> None:
        self._guard(lambda: self._entry.decide(link, member_id, auth))
        if not link.over:
            self._reception.known(link)

    def on_output(self, link: Link) -> None:
        self._turn.output(link)

    def on_gone(self, link: Link, reason: LeaveReason) -> None:
        hall = self._hall
        self._reception.over(link)
        if link.live:
            link.live = False
            hall.live.remove(link)
        if link.member_id:
            hall.shares.go(link.member_id, link.inbox.share, hall.loop.turn_s)
        if link.session.room_epoch:
            # Also when a newer connection of this key took over: that one may be put out before it is told
            # a key, and then nobody else would know that its member holds this one.
            self._turn.lost_key_holder()
        # An older connection of a member that is back has gone from the table already: no leaving.
        if not link.member_id or hall.links.get(link.member_id) is not link:
            return
        del hall.links[link.member_id]
        if self._closing is None:
            self._turn.leaving(link.member_id, reason)
            self._guard(lambda: hall.log.seen([link.member_id], hall.now_ms()))

    def on_closed(self, link: Link) -> None:
        self._reception.closed(link)
        self._open.discard(link)
        self._gone_bytes[0] += link.connection.in_bytes
        self._gone_bytes[1] += link.connection.out_bytes
        if self._closing is not None and not self._open:
            self._closing()

    def _guard(self, fn: Callable[[], None]) -> None:
        """Run `fn`. A log that fails is no fault of the connection at hand: the room closes."""
        try:
            fn()
        except StorageError as error:
            self._on_fatal(error)

    # --- What members say and ask ---

    def on_message(self, link: Link, message: Message) -> None:
        self._guard(lambda: self._take(link, message))

    def _take(self, link: Link, message: Message) -> None:
        match message:
            case Say():
                self._on_say(link, message)
            case SendWhisper():
                self._on_whisper(link, message)
            case GotWhisper():
                self._host.mail.on_got(link, message)
            case Pong():
                self._host.mail.on_pong(link)
            case GetPage(after):
                self._turn.page(link, after)
            case GetKey(member_id):
                person = self._hall.log.person(member_id)
                if person is not None:
                    link.send(Key(member_id, person.modulus))

    def _on_say(self, link: Link, say: Say) -> None:
        self._attempt(link, say.stream, say.n, check_text(say.text) or say.text)

    def _on_whisper(self, link: Link, whisper: SendWhisper) -> None:
        hall, sender = self._hall, link.member_id
        what: HeldWhisper | Refusal
        if whisper.to == sender:
            what = Refusal.TO_SELF
        elif hall.log.person(whisper.to) is None:
            what = Refusal.NO_SUCH_MEMBER
        else:
            what = HeldWhisper(
                sender, whisper.to, whisper.msg_id, whisper.counter, whisper.c1, whisper.c2, hall.now_ms()
            )
        self._attempt(link, whisper.stream, whisper.n, what)

    def _attempt(self, link: Link, stream: bytes, n: int, what: str | HeldWhisper | Refusal) -> None:
        member = self._hall.members.get(link.member_id)
        assert member is not None  # it has a link, so it is in the room
        self._turn.attempt(Attempt(link.member_id, member.name, stream, n, what), self)

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        """The answer goes to whatever connection the member has by now. A message is its own answer."""
        stream, n = attempt.stream, attempt.n
        answer: Message
        match outcome:
            case Stored(said):
                self._hall.emit(self._host.chat(said))
                return
            case Again(seq):
                answer = Answer(stream, n, seq)
            case Held(whisper, at):
                self._host.mail.deliver(whisper)
                answer = WhisperStored(stream, n, at)
            case AgainHeld(at):
                answer = WhisperStored(stream, n, at)
            case NotTaken(code):
                answer = Refused(stream, n, code)
        link = self._hall.links.get(attempt.member_id)
        if link is not None:
            link.send(answer)

    # --- What the host decides ---

    def submit(self, command: commands.Command) -> None:
        """Raises StorageError when the log is broken."""
        match command:
            case commands.Say():
                self._host.say(command)
            case commands.Whisper():
                self._host.whisper(command)
            case commands.LoadEarlier(before_seq):
                earlier = self._hall.log.read_before(before_seq, limits.PAGE_MESSAGES)
                self._hall.emit(EarlierLoaded(tuple(map(self._host.chat, earlier))))
            case commands.Kick(member_id, reason):
                self._hall.moderation.kick(member_id, self._hall.loop.now())
                self._put_out(member_id, CloseCode.KICKED, LeaveReason.KICKED, reason)
            case commands.Ban():
                self._ban(command)
            case commands.Unban(member_id):
                self._hall.moderation.unban(member_id)
                self._hall.log.lift_ban(member_id)
                self._hall.emit(Banned(self.banned()))
            case commands.Mute(member_id, muted):
                self._mute(member_id, muted)
            case commands.SetRoom(read_only, slow_s, known_only):
                self._hall.moderation.set_switches(read_only, slow_s, known_only)
                self._hall.log.set_switches(Switches(read_only, max(0, slow_s), known_only))
                self._turn.tell_room_state()
            case commands.ReleaseName(name):
                self._release_name(name)
        self._turn.ask()

    def _ban(self, command: commands.Ban) -> None:
        hall, member_id = self._hall, command.member_id
        if member_id == hall.host_id:
            return
        link = hall.links.get(member_id)
        address = ban_key(link.host) if link is not None and command.address_too else ""
        name = hall.member(member_id).name
        hall.moderation.ban(member_id, address)
        hall.log.set_ban(Ban(member_id, name, address, command.reason, hall.now_ms()))
        hall.emit(Banned(self.banned()))
        self._host.mail.drop_from(member_id)
        self._put_out(member_id, CloseCode.BANNED, LeaveReason.BANNED, command.reason)

    def _mute(self, member_id: bytes, muted: bool) -> None:
        if member_id == self._hall.host_id:
            return
        self._hall.moderation.mute(member_id, muted)
        self._hall.log.set_mute(member_id, muted)
        link = self._hall.links.get(member_id)
        if link is not None:
            link.send(self._hall.room_state(member_id))

    def _put_out(self, member_id: bytes, code: CloseCode, why: LeaveReason, reason: str) -> None:
        link = self._hall.links.get(member_id)
        if link is not None:
            link.close(code, why, reason[: limits.MAX_REASON_CHARS])

    def _release_name(self, name: str) -> None:
        if self._hall.members.named(name) is not None:
            text = f"{name} is here under this name. It can be released when they have left."
            self._hall.emit(Notice("name_in_use", text))
        else:
            self._hall.log.release_name(fold_name(name))
            self._hall.emit(Notice("name_released", f"The name {name} is free: whoever asks first has it."))

    # --- Time, and the end ---

    def tick(self) -> None:
        """Once a second: who is silent or stuck, what went over the wire, whether the disk works again."""
        now = self._hall.loop.now()
        for link in list(self._hall.links.values()):
            link.tick(now)
        self._tell_traffic()
        if self._hall.log.read_only_because is not None:
            self._turn.ask()

    def expire(self) -> None:
        """Now and then: names of those who are here do not lapse; whispers that nobody came for do."""
        hall = self._hall
        hall.log.seen((member.id for member in hall.members), hall.now_ms())
        self._host.mail.expire()
        self._turn.ask()

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
            for member_id, link in self._hall.links.items()
        )
        self._hall.emit(Traffic(members, in_bytes, out_bytes, self._turn.epoch))

    def close(self, closed: Callable[[], None]) -> None:
        """Store what was said, tell everyone that the room closes, then `closed`, once."""
        self._closing = closed
        hall = self._hall
        self._guard(lambda: hall.log.seen((member.id for member in hall.members), hall.now_ms()))
        self._turn.finish()
        for link in list(self._open):
            link.close(CloseCode.SHUTDOWN)
        if not self._open:
            closed()
