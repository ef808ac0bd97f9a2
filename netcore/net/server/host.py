"""The host as a member: like the others, but without a connection.

What the host says goes through the same group commit, log and numbering as everyone's; its whispers are
sealed and opened with a member key of its own, so the log holds nothing of them that the server could read.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from netcore.crypto.identity import PublicKey
from netcore.errors import StorageFull, WhisperError
from netcore.net.api.commands import MarkCompared, Say, Whisper
from netcore.net.api.events import Chat, ComparedMembers, Member, WhisperDone, WhisperReceived, WhisperSent
from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.net.speech import (
    judge_say,
    judge_whisper,
    not_delivered,
    not_kept,
    not_opened,
    out_of_order,
    refused,
)
from netcore.net.whisper_queue import Sealed, WhisperQueue, open_job, seal_job
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
from netcore.wire.messages import Said

_STREAM_BYTES: Final = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Draft:
    """Something that the host wrote. `to` is None for the room."""

    local_id: int
    text: str
    to: Member | None


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
        # A stream of this run: nothing that the host said is ever sent again.
        self._stream = context.random(_STREAM_BYTES)
        self._n = 0
        self._drafts: dict[tuple[bytes, int], _Draft] = {}
        self._sent: dict[bytes, int] = {}  # msg_id -> local_id
        self._to_seal: WhisperQueue[_Unsealed, Sealed] = WhisperQueue(
            self._in_pool, self._seal_job, self._sealed, in_order=True
        )
        self._to_open: WhisperQueue[HeldWhisper, str] = WhisperQueue(
            self._in_pool, self._open_job, self._opened, in_order=True
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
        known, to = context.log.person(to_id), context.member(to_id)
        to_self = to_id == context.host_id
        text, refusal = judge_whisper(command.text, to_self=to_self, known=known is not None)
        if refusal is not None:
            context.emit(refused(command.local_id, text, refusal, to))
        elif known is not None:
            self._to_seal.add(_Unsealed(_Draft(command.local_id, text, to), PublicKey(known.modulus)))

    def mark_compared(self, command: MarkCompared) -> None:
        self._context.log.set_compared(command.member_id, command.compared)
        self.tell_compared()

    def tell_compared(self) -> None:
        self._context.emit(ComparedMembers(self._context.log.compared()))

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        """What became of something that the host said."""
        draft = self._drafts.pop((attempt.stream, attempt.n))
        match outcome:
            case Stored(said):
                self._context.emit(self.chat(said, draft.local_id))
            case Held(whisper, at):
                assert draft.to is not None  # only whispers are held
                self._sent[whisper.msg_id] = draft.local_id
                self._context.emit(WhisperSent(draft.local_id, draft.to, draft.text, at))
                self._whispers.deliver(whisper)
            case NotTaken(code):
                self._refuse(draft, code)
                if code in (Refusal.LATER, Refusal.GAP) and attempt.stream == self._stream:
                    # These leave n unused, and what follows in the stream would be a gap.
                    self._stream, self._n = self._context.random(_STREAM_BYTES), 0
            case _:
                raise AssertionError("a number of the host's came twice")

    def chat(self, said: Said, local_id: int | None = None) -> Chat:
        """The event for a message of the log."""
        mine = said.sender == self._context.host_id
        return Chat(said.seq, said.sender, said.name, said.text, said.at, mine, local_id)

    def _attempt(self, draft: _Draft, what: str | HeldWhisper) -> None:
        self._n += 1
        self._drafts[self._stream, self._n] = draft
        self._group_commit.attempt(
            Attempt(self._context.host_id, self._context.host_name, self._stream, self._n, what), self
        )

    def _refuse(self, draft: _Draft, code: Refusal) -> None:
        context = self._context
        if code is Refusal.LATER:
            # A client keeps what the server cannot; the host has no other disk than the one that is full.
            full = StorageFull(why=context.log.read_only_because or "no space")
            context.emit(not_kept(draft.local_id, draft.text, full, draft.to))
        else:
            context.emit(refused(draft.local_id, draft.text, code, draft.to))

    def _in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        def guarded(future: Future[T]) -> None:
            with self._context.log_guard:
                done(future)

        self._context.loop.in_pool(job, guarded)

    # --- Whispers out: sealed one after the other, so that their order stays ---------------------

    def _seal_job(self, unsealed: _Unsealed) -> Callable[[], Sealed]:
        context, (draft, recipient) = self._context, unsealed
        # Above every counter used before, also by an earlier run: the log remembers the last one.
        counter = context.log.next_host_counter(recipient.fingerprint, context.now_ms() * 1000)
        modulus = context.identity.public.modulus
        return seal_job(context.host_key, recipient, modulus, counter, draft.text, context.random)

    def _sealed(self, unsealed: _Unsealed, sealing: Future[Sealed]) -> None:
        self._to_seal.remove(unsealed)
        context, to = self._context, unsealed.recipient.fingerprint
        whisper = HeldWhisper(context.host_id, to, *sealing.result(), context.now_ms())
        self._attempt(unsealed.draft, whisper)

    def on_report(self, report: WhisperReport) -> None:
        local_id = self._sent.pop(report.msg_id, None)
        if local_id is not None:
            self._context.emit(WhisperDone(local_id, report.outcome))
        elif report.outcome is not WhisperOutcome.DELIVERED:
            self._context.emit(not_delivered(report.outcome, self._context.member(report.to).name))

    # --- Whispers in ---------------------------------------------------------------------------

    def on_whisper(self, whisper: HeldWhisper) -> None:
        self._to_open.add(whisper)

    def _open_job(self, whisper: HeldWhisper) -> Callable[[], str]:
        context = self._context
        known = context.log.person(whisper.sender)
        if known is None:
            return _of_nobody
        modulus = context.identity.public.modulus
        return open_job(context.host_key, PublicKey(known.modulus), modulus, whisper)

    def _opened(self, whisper: HeldWhisper, opening: Future[str]) -> None:
        self._to_open.remove(whisper)
        context, member = self._context, self._context.member(whisper.sender)
        key = (whisper.sender, whisper.msg_id, whisper.counter)
        try:
            text = opening.result()
        except WhisperError as error:
            shown = False
            context.emit(not_opened(member.name, error))
        else:
            is_new = not context.log.host_has_shown(*key)
            shown = not is_new or context.log.take_host_whisper(*key)
            if is_new:
                context.emit(
                    WhisperReceived(member, text, whisper.at) if shown else out_of_order(member.name)
                )
        self._whispers.confirm(context.host_id, whisper.sender, whisper.msg_id, shown)


def _of_nobody() -> str:
    raise WhisperError
