"""The host as a member: like the others, but without a connection.

What the host says goes through the same group commit, log and numbering as everyone's; its whispers are
sealed and opened with a member key of its own, so the log holds nothing of them that the server could read.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from netcore import limits
from netcore.crypto.identity import PublicKey
from netcore.errors import WhisperError
from netcore.net.api.commands import MarkCompared, Say, Whisper
from netcore.net.api.events import (
    Chat,
    ComparedMembers,
    Member,
    Pending,
    Refused,
    WhisperDone,
    WhisperReceived,
    WhisperSent,
)
from netcore.net.loop import Timer
from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.net.speech import (
    NOT_KEPT,
    judge_recipient,
    judge_say,
    judge_whisper,
    not_delivered,
    not_opened,
    out_of_order,
    refused,
    shared_file,
)
from netcore.net.whisper_queue import Opened, Sealed, WhisperQueue, open_job, seal_job
from netcore.store.room_log import (
    Attempt,
    Held,
    HeldWhisper,
    NotTaken,
    Outcome,
    Stored,
    WhisperReport,
)
from netcore.wire.codes import Refusal, WhisperOutcome
from netcore.wire.messages import File, Said

_STREAM_BYTES: Final = 16
_NOT_KEPT: Final = "This was not stored, so nobody has heard it. Make room on the disk, then say it again."



@dataclass(frozen=True, slots=True)
class _Draft:
    """Something that the host wrote. `to` is None for the room."""

    local_id: int
    text: str
    to: Member | None
    what: str | File | HeldWhisper = ""
    """What is stored for it."""
    file: File | None = None
    """What it shares; then the text is empty."""


class _Unsealed(NamedTuple):
    draft: _Draft
    recipient: PublicKey


class HostMember:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, group_commit: GroupCommit, whispers: WhisperRelay) -> None:
        self._context = context
        self._group_commit = group_commit
        self._whispers = whispers
        whispers.host = self
        self.on_file: Callable[[File], None] = lambda file: None
        """A whisper to the host shares it."""
        self._stream, self._n = context.log.last_stream(context.host_id) or (context.random(_STREAM_BYTES), 0)
        self._unanswered: dict[int, _Draft] = {}  # by n, in its order
        self._being_stored = 0  # how many of them are with the group commit
        self._waits_for_disk = False
        self._retry: Timer | None = None
        self._told_pending: set[int] = set()  # by local_id
        self._sent: dict[bytes, int] = {}  # msg_id -> local_id
        self._to_seal: WhisperQueue[_Unsealed, Sealed] = WhisperQueue(
            context.in_pool, self._seal_job, self._sealed, in_order=True
        )
        self._to_open: WhisperQueue[HeldWhisper, Opened] = WhisperQueue(
            context.in_pool, self._open_job, self._opened, in_order=True
        )

    def start(self) -> None:
        """Open what waited since last time, and hear what became of the host's own whispers."""
        if self._context.log.compared():
            self.tell_compared()
        for whisper in self._context.log.held_for(self._context.host_id):
            self.on_whisper(whisper)

    def say(self, command: Say) -> None:
        text, refusal = judge_say(command.text)
        if refusal is not None:
            self._context.emit(refused(command.local_id, text, refusal, None))
        else:
            self._attempt(_Draft(command.local_id, text, None), text)

    def whisper(self, command: Whisper) -> None:
        context, to_id = self._context, command.to_id
        public, to = context.public_key(to_id), context.member(to_id)
        to_self = to_id == context.host_id
        text, refusal = judge_whisper(command.text, to_self=to_self, known=public is not None)
        if refusal is not None:
            context.emit(refused(command.local_id, text, refusal, to))
        elif public is not None:
            self._to_seal.add(_Unsealed(_Draft(command.local_id, text, to), public))

    def share(self, local_id: int, to: Member | None, file: File) -> None:
        """A file that the room has all of."""
        draft = _Draft(local_id, "", to, file=file)
        public = self._context.public_key(to.id) if to is not None else None
        if to is None:
            self._attempt(draft, file)
        elif public is not None:
            self._to_seal.add(_Unsealed(draft, public))

    def recipient(self, to_id: bytes) -> Member | Refusal:
        """Whom a file goes to, or why it does not."""
        known = self._context.public_key(to_id) is not None
        refusal = judge_recipient(to_self=to_id == self._context.host_id, known=known)
        return refusal or self._context.member(to_id)

    def mark_compared(self, command: MarkCompared) -> None:
        self._context.log.set_compared(command.member_id, command.compared)
        self.tell_compared()

    def tell_compared(self) -> None:
        self._context.emit(ComparedMembers(self._context.log.compared()))

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        """What became of something that the host said."""
        self._being_stored -= 1
        if isinstance(outcome, NotTaken) and outcome.code in (Refusal.LATER, Refusal.GAP):
            self._wait_for_disk(self._unanswered[attempt.n])
            return
        draft = self._unanswered.pop(attempt.n)
        self._told_pending.discard(draft.local_id)
        match outcome:
            case Stored(said):
                self._context.emit(self.chat(said, draft.local_id))
            case Held(whisper, at):
                assert draft.to is not None  # only whispers are held
                self._sent[whisper.msg_id] = draft.local_id
                file = shared_file(draft.file)
                self._context.emit(WhisperSent(draft.local_id, draft.to, draft.text, at, file))
                self._whispers.deliver(outcome)
            case NotTaken(code):
                self._refuse(draft, code)
            case _:
                raise AssertionError("a number of the host’s came twice")

    def chat(self, said: Said, local_id: int | None = None) -> Chat:
        """The event for a message of the log."""
        mine = said.sender == self._context.host_id
        file = shared_file(said.file) if said.file is not None else None
        return Chat(said.seq, said.sender, said.name, said.text, said.at, mine, local_id, file)

    def _attempt(self, draft: _Draft, what: str | File | HeldWhisper) -> None:
        draft = replace(draft, what=what)
        if self._waits_for_disk and len(self._unanswered) >= limits.MAX_UNACKNOWLEDGED:
            self._not_kept(draft)
            return
        self._n += 1
        self._unanswered[self._n] = draft
        if self._waits_for_disk:
            self._tell_pending(draft)
        else:
            self._store(self._n, draft)

    def _store(self, n: int, draft: _Draft) -> None:
        self._being_stored += 1
        context = self._context
        self._group_commit.attempt(
            Attempt(context.host_id, context.host_name, self._stream, n, draft.what), self
        )

    # --- With a full disk: kept here, and stored in its order when there is room ---

    def _wait_for_disk(self, draft: _Draft) -> None:
        self._tell_pending(draft)
        self._waits_for_disk = True
        if not self._being_stored:
            self._retry = self._context.loop.call_later(limits.LATER_S, self.send_again)

    def send_again(self) -> None:
        """Try to store what waits."""
        if self._retry is not None:
            self._retry.cancel()
        if self._waits_for_disk and not self._being_stored:
            self._waits_for_disk = False
            for n, draft in self._unanswered.items():
                self._store(n, draft)

    def give_up(self) -> None:
        """The room has closed: say what was not kept."""
        if self._retry is not None:
            self._retry.cancel()
        for draft in [*self._unanswered.values(), *(unsealed.draft for unsealed in self._to_seal)]:
            self._not_kept(draft)

    def _tell_pending(self, draft: _Draft) -> None:
        if draft.local_id not in self._told_pending:
            self._told_pending.add(draft.local_id)
            file = shared_file(draft.file)
            self._context.emit(
                Pending(draft.local_id, draft.text, self._context.now_ms(), draft.to, file)
            )

    def _not_kept(self, draft: _Draft) -> None:
        self._context.emit(Refused(draft.local_id, draft.text, NOT_KEPT, _NOT_KEPT, draft.to))

    def _refuse(self, draft: _Draft, code: Refusal) -> None:
        self._context.emit(refused(draft.local_id, draft.text, code, draft.to))

    # --- Whispers out: sealed one after the other, so that their order stays ---------------------

    def _seal_job(self, unsealed: _Unsealed) -> Callable[[], Sealed]:
        context, (draft, recipient) = self._context, unsealed
        # Above every counter used before, also by an earlier run: the log remembers the last one.
        counter = context.log.next_host_counter(recipient.fingerprint, context.now_ms() * 1000)
        modulus = context.identity.public.modulus
        return seal_job(
            context.host_key, recipient, modulus, counter, draft.text, context.random, draft.file
        )

    def _sealed(self, unsealed: _Unsealed, sealing: Future[Sealed]) -> None:
        self._to_seal.remove(unsealed)
        context, to = self._context, unsealed.recipient.fingerprint
        file = unsealed.draft.file
        blob = file.blob if file is not None else b""
        whisper = HeldWhisper(context.host_id, to, *sealing.result(), context.now_ms(), blob)
        self._attempt(unsealed.draft, whisper)

    def on_report(self, report: WhisperReport) -> None:
        local_id = self._sent.pop(report.msg_id, None)
        if local_id is not None:
            self._context.emit(WhisperDone(local_id, report.outcome))
        elif report.outcome is not WhisperOutcome.DELIVERED:
            self._context.emit(not_delivered(report.outcome, self._context.member(report.to).name))

    # --- Whispers in ---------------------------------------------------------------------------

    @property
    def in_flight(self) -> set[bytes]:
        return {whisper.msg_id for whisper in self._to_open}

    def on_whisper(self, whisper: HeldWhisper) -> None:
        self._to_open.add(whisper)

    def _open_job(self, whisper: HeldWhisper) -> Callable[[], Opened]:
        context = self._context
        sender = context.public_key(whisper.sender)
        if sender is None:
            return _of_nobody
        modulus = context.identity.public.modulus
        return open_job(context.host_key, sender, modulus, whisper)

    def _opened(self, whisper: HeldWhisper, opening: Future[Opened]) -> None:
        self._to_open.remove(whisper)
        context, member = self._context, self._context.member(whisper.sender)
        key = (whisper.sender, whisper.msg_id, whisper.counter)
        try:
            text, file = opening.result()
        except WhisperError as error:
            shown = False
            link = context.links.get(whisper.sender)
            if link is not None:
                link.refused(error)
            context.emit(not_opened(member.name, error))
        else:
            is_new = not context.log.host_has_shown(*key)
            shown = not is_new or context.log.take_host_whisper(*key)
            if is_new:
                if file is not None and shown:
                    self.on_file(file)
                context.emit(
                    WhisperReceived(member, text, whisper.at, shared_file(file))
                    if shown
                    else out_of_order(member.name)
                )
        self._whispers.confirm(context.host_id, whisper.sender, whisper.msg_id, shown)


def _of_nobody() -> Opened:
    raise WhisperError
