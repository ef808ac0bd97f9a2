"""The host as a member: like the others, but without a connection.

What the host says goes through the same group commit, log and numbering as everyone's; its whispers are
sealed and opened with a member key of its own, so the log holds nothing of them that the server could read.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final

from netcore import limits
from netcore.crypto.identity import PublicKey
from netcore.crypto.whispers import MSG_ID_BYTES, open_whisper, seal_whisper
from netcore.errors import WhisperError
from netcore.net.api.commands import Say, Whisper
from netcore.net.api.events import (
    Chat,
    Member,
    Notice,
    Pending,
    Refused,
    WhisperDelivered,
    WhisperReceived,
    WhisperSent,
)
from netcore.net.loop import Timer
from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.store.room_log import (
    Attempt,
    Held,
    HeldWhisper,
    NotTaken,
    Outcome,
    Stored,
    WhisperReport,
)
from netcore.wire.codes import Refusal
from netcore.wire.messages import Said
from netcore.wire.texts import REFUSAL_SENTENCES, check_text, opened_text, tidy_text

_STREAM_BYTES: Final = 16
_NOT_KEPT: Final = "This was not stored, so nobody has heard it. Make room on the disk, then say it again."

log = logging.getLogger("localchat.room")


@dataclass(frozen=True, slots=True)
class _Draft:
    """Something that the host wrote. `to` is None for the room."""

    local_id: int
    text: str
    to: Member | None
    what: str | HeldWhisper = ""
    """What is stored for it."""


class HostMember:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, group_commit: GroupCommit, whispers: WhisperRelay) -> None:
        self._context = context
        self._group_commit = group_commit
        self._whispers = whispers
        whispers.host = self
        self._stream, self._n = context.log.last_stream(context.host_id) or (context.random(_STREAM_BYTES), 0)
        self._unanswered: dict[int, _Draft] = {}  # by n, in its order
        self._being_stored = 0  # how many of them are with the group commit
        self._waits_for_disk = False
        self._retry: Timer | None = None
        self._told_pending: set[int] = set()  # by local_id
        self._sent: dict[bytes, int] = {}  # msg_id -> local_id
        self._counter = 0
        self._to_seal: deque[tuple[_Draft, PublicKey]] = deque()
        self._to_open: deque[HeldWhisper] = deque()
        self._last_counters: dict[bytes, int] = {}

    def start(self) -> None:
        """Open what waited since last time, and hear what became of the host's own whispers."""
        for whisper in self._context.log.held_for(self._context.host_id):
            self.on_whisper(whisper)

    def say(self, command: Say) -> None:
        draft = _Draft(command.local_id, tidy_text(command.text), None)
        refusal = check_text(draft.text)
        if refusal is not None:
            self._refuse(draft, refusal)
        else:
            self._attempt(draft, draft.text)

    def whisper(self, command: Whisper) -> None:
        to = self._context.member(command.to_id)
        draft = _Draft(command.local_id, tidy_text(command.text), to)
        public = self._context.public_key(command.to_id)
        refusal = check_text(draft.text)
        if command.to_id == self._context.host_id:
            refusal = Refusal.TO_SELF
        if refusal is not None or public is None:
            self._refuse(draft, refusal or Refusal.NO_SUCH_MEMBER)
            return
        self._to_seal.append((draft, public))
        if len(self._to_seal) == 1:
            self._seal_next()

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
                self._context.emit(WhisperSent(draft.local_id, draft.to, draft.text, at))
                self._whispers.deliver(outcome)
            case NotTaken(code):
                self._refuse(draft, code)
            case _:
                raise AssertionError("a number of the host's came twice")

    def chat(self, said: Said, local_id: int | None = None) -> Chat:
        """The event for a message of the log."""
        mine = said.sender == self._context.host_id
        return Chat(said.seq, said.sender, said.name, said.text, said.at, mine, local_id)

    def _attempt(self, draft: _Draft, what: str | HeldWhisper) -> None:
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
        for draft in [*self._unanswered.values(), *(draft for draft, _ in self._to_seal)]:
            self._not_kept(draft)

    def _tell_pending(self, draft: _Draft) -> None:
        if draft.local_id not in self._told_pending:
            self._told_pending.add(draft.local_id)
            self._context.emit(Pending(draft.local_id, draft.text, self._context.now_ms(), draft.to))

    def _not_kept(self, draft: _Draft) -> None:
        self._context.emit(Refused(draft.local_id, draft.text, "not_kept", _NOT_KEPT, draft.to))

    def _refuse(self, draft: _Draft, code: Refusal) -> None:
        sentence = REFUSAL_SENTENCES[code]
        self._context.emit(Refused(draft.local_id, draft.text, code.value, sentence, draft.to))

    # --- Whispers out: sealed in the worker pool, one after the other, so that their order stays ---

    def _seal_next(self) -> None:
        context = self._context
        draft, recipient = self._to_seal[0]
        msg_id = context.random(MSG_ID_BYTES)
        # Above every counter used before, also by an earlier run of this host.
        self._counter = counter = max(self._counter + 1, context.now_ms() * 1000)
        modulus = context.identity.public.modulus

        def seal() -> tuple[bytes, bytes]:
            return seal_whisper(
                context.host_key, recipient, modulus, msg_id, counter, draft.text, context.random
            )

        def sealed(sealing: Future[tuple[bytes, bytes]]) -> None:
            self._to_seal.popleft()
            c1, c2 = sealing.result()
            to = recipient.fingerprint
            self._attempt(draft, HeldWhisper(context.host_id, to, msg_id, counter, c1, c2, context.now_ms()))
            if self._to_seal:
                self._seal_next()

        context.loop.in_pool(seal, sealed)

    def on_report(self, report: WhisperReport) -> None:
        local_id = self._sent.pop(report.msg_id, None)
        if local_id is not None:
            self._context.emit(WhisperDelivered(local_id, report.delivered))
        elif not report.delivered:
            name = self._context.member(report.to).name
            self._context.emit(Notice("whisper_given_up", f"A whisper of yours never reached {name}."))

    # --- Whispers in ---

    @property
    def in_flight(self) -> set[bytes]:
        return {whisper.msg_id for whisper in self._to_open}

    def on_whisper(self, whisper: HeldWhisper) -> None:
        self._to_open.append(whisper)
        if len(self._to_open) == 1:
            self._open_next()

    def _open_next(self) -> None:
        context, whisper = self._context, self._to_open[0]
        sender = context.public_key(whisper.sender)
        modulus = context.identity.public.modulus

        def job() -> str:
            if sender is None:
                raise WhisperError
            text = open_whisper(
                context.host_key, sender, modulus, whisper.msg_id, whisper.counter, whisper.c1, whisper.c2
            )
            return opened_text(text)

        def opened(opening: Future[str]) -> None:
            with context.log_guard:
                self._to_open.popleft()
                member = context.member(whisper.sender)
                text = None
                with contextlib.suppress(WhisperError):
                    text = opening.result()
                if text is not None and whisper.counter > self._last_counters.get(whisper.sender, 0):
                    self._last_counters[whisper.sender] = whisper.counter
                    context.emit(WhisperReceived(member, text, whisper.at))
                    self._whispers.confirm(context.host_id, whisper.sender, whisper.msg_id)
                else:
                    log.info("a whisper to the host did not open, or came twice")
                    self._whispers.confirm(context.host_id, whisper.sender, whisper.msg_id, delivered=False)
                if self._to_open:
                    self._open_next()

        context.loop.in_pool(job, opened)
