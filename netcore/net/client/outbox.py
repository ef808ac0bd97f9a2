"""The outbox: every message of ours exactly once, whatever breaks in between (PROTOCOL §7).

A message is on disk before it counts as pending. It carries (stream, n); the server takes only
n = last_n + 1 and repeats its answer for what it has had. So sending is idempotent, and what is left
to decide is what to send when:

    connected          what is above the server's last_n, in order, 32 unacknowledged at most
    live               also what is not above it and still unanswered: the server repeats the answer
    row                acknowledged: it is in the log. With other words than ours: as a conflict, once
    answer             it is in the log, and its row is on the way; or lies before where our history begins
    final refusal      n is used up; the person gets the text back
    later              nothing used up: again in a moment, from that one on
    gap, conflict      the server's numbers are not ours (a restored log): a new stream for the rest

The last two wait until all that is under way has been answered: a message whose answer is still to
come may be in the log already, and under a new number it would be there twice.

Rows under our key that we did not write: a copy of this profile, in use elsewhere or restored, may have used
our stream; of a stream that was begun in this run there is no copy, so there it is the server that lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from netcore import limits
from netcore.errors import FalseWords, LogOrder
from netcore.net.api.events import Member, Notice, Pending, WhisperSent
from netcore.net.api.events import Refused as RefusedEvent
from netcore.net.api.events import WhisperDone as WhisperDoneEvent
from netcore.net.client.context import Context
from netcore.net.loop import Timer
from netcore.net.speech import not_delivered, shared_file
from netcore.store.client_store import Draft
from netcore.wire.codes import Refusal, WhisperOutcome
from netcore.wire.messages import (
    Answer,
    Message,
    Refused,
    Said,
    Say,
    SendWhisper,
    WhisperDone,
    WhisperStored,
)
from netcore.wire.texts import REFUSAL_SENTENCES

_NOT_USED_UP: Final = (Refusal.LATER, Refusal.GAP, Refusal.CONFLICT)
_WHISPERS_KEPT: Final = 1_000

OTHER_SERVER: Final = "other_server"
_OTHER_SERVER_SENTENCE: Final = "It was written for another server that had this address, and was not sent."
_NOT_TAKEN_SENTENCE: Final = "The server did not take it."
_NOT_YOUR_WORDS: Final = (
    "The room has a message under your key that was not written here. Either you use a copy of this profile "
    "on another computer, or the server changed your words. What you wrote here is sent again."
)


class Echoes(NamedTuple):
    """Of some rows of the log: the drafts that they acknowledge, and the rows under our key that we did not
    write, both by seq."""

    acknowledged: dict[int, Draft]
    not_ours: frozenset[int]


class Outbox:
    """The unacknowledged messages of one nick to one server, in order."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._server = context.server
        self._emit = context.emit
        self._me = context.member_id
        self._waiting: dict[int, Draft] = {}  # by n, ascending
        self._stream = b""
        self._local_ids: dict[int, int] = {}  # of drafts
        self._whispers: dict[bytes, int] = {}  # msg_id -> local id, for the word of its delivery
        self._refused: dict[int, int] = {}  # local id -> draft id
        self._open = False
        self._last_n = 0  # the server's, at welcome
        self._sent_n = 0  # ours, over this connection
        self._to_resend: dict[int, Refusal] = {}  # by n, with why it was not taken; n is not used up
        self._next_n = 1  # of the stream: what is below was used here
        self._begun_here = False  # the stream was begun in this run
        self._outrun_n = 0  # a copy of us has used the stream up to here; 0: none has
        self._echoed_n = 0  # of the newest row of the stream in the log that is followed
        self._timer: Timer | None = None
        self._told_later = False

    # --- From the person ------------------------------------------------------------------------

    def load(self) -> None:
        """Show what the last run left unsent or refused. Local ids are the negative draft ids."""
        self._reload()
        unsealed = self._store.unsealed(self._server)
        for draft in sorted([*self._waiting.values(), *unsealed], key=lambda draft: draft.draft_id):
            self.show_pending(-draft.draft_id, draft)
        for draft in self._store.refused(self._server):
            self._refused[-draft.draft_id] = draft.draft_id
            self._tell_refused(-draft.draft_id, draft, draft.refused)

    def show_pending(self, local_id: int, draft: Draft) -> None:
        """Of a message that is on disk."""
        self._local_ids[draft.draft_id] = local_id
        self._emit(Pending(local_id, draft.text, draft.at_ms, _recipient(draft), shared_file(draft.file)))

    def send(self, draft: Draft) -> None:
        """A message that has its number, and is sealed if it is a whisper: send it when its turn comes."""
        self._waiting[draft.n] = draft
        self._next_n = draft.n + 1
        self.send_waiting()

    def discard(self, local_id: int) -> None:
        """Forget a refused message."""
        draft_id = self._refused.pop(local_id, None)
        if draft_id is not None:
            self._store.discard(draft_id)

    def server_replaced(self) -> None:
        """All that waits was written for a server that another one has replaced: the person gets it back."""
        for draft in list(self._waiting.values()):
            self.refuse_for_other_server(draft)

    def refuse_for_other_server(self, draft: Draft) -> None:
        self._refuse(draft, OTHER_SERVER)

    # --- The connection -------------------------------------------------------------------------

    def welcomed(self, last_n: int) -> None:
        """Send what the server cannot have had. Raises FalseWords for an n that nobody can have used."""
        self._open = True
        self._last_n = self._sent_n = min(last_n, self._next_n - 1)
        self._outrun_n = 0
        if last_n >= self._next_n:
            if self._begun_here:
                raise FalseWords
            # What we would send next is taken: in a new stream, once all of ours is answered.
            self._outrun_n = last_n
            self._emit(Notice("not_your_words", _NOT_YOUR_WORDS))
        self.send_waiting()

    def log_begins(self) -> None:
        """Another log, or the same one from its first row."""
        self._echoed_n = 0

    def went_live(self) -> None:
        """All rows up to the head are here. What the server had and no row answered, is asked for."""
        for n, draft in self._waiting.items():
            if n <= self._last_n:
                self._context.send(_message(draft))

    def disconnected(self) -> None:
        self._open = False
        self._to_resend.clear()
        self._cancel_timer()

    def send_waiting(self) -> None:
        """Send what waits, as far as the 32 unacknowledged allow; what was not taken comes first."""
        if not self._open:
            return
        if self._to_resend or self._outrun_n:
            self._resend()
            return
        for n, draft in islice(self._waiting.items(), limits.MAX_UNACKNOWLEDGED):
            if n > self._sent_n:
                self._context.send(_message(draft))
                self._sent_n = n

    # --- From the server ------------------------------------------------------------------------

    def echoes_in(self, rows: Sequence[Said]) -> Echoes:
        """What new rows of the log say of what we wrote. To be called before they are stored.

        Raises FalseWords for a row of ours that nobody can have written but the server.
        """
        drafts: dict[int, Draft] = {}
        not_ours: set[int] = set()
        for row in rows:
            if row.sender != self._me or row.stream != self._stream:
                continue
            # What is behind a copy of us was not sent: the same words there are the copy's.
            is_sent = not self._outrun_n or row.n <= self._sent_n
            draft = self._waiting.get(row.n) if is_sent else None
            if row.n <= self._echoed_n or row.n >= max(self._next_n, self._outrun_n + 1):
                raise FalseWords  # the server takes each n once and in order, and nobody has used this one
            self._echoed_n = row.n
            if draft is not None and draft.to is None and (draft.text, draft.file) == (row.text, row.file):
                drafts[row.seq] = draft
            elif draft is not None or not is_sent:
                if self._begun_here:
                    raise FalseWords
                not_ours.add(row.seq)
        return Echoes(drafts, frozenset(not_ours))

    def on_acknowledged(self, draft: Draft) -> int:
        """The row that acknowledges the draft is on disk. Gives its local id."""
        return self._forget(draft)

    def on_not_ours(self, row: Said) -> None:
        """A row under our key with words that are not ours is on disk."""
        if row.n in self._waiting and not self._outrun_n:
            self._to_resend[row.n] = Refusal.CONFLICT
            self._emit(Notice("not_your_words", _NOT_YOUR_WORDS))

    def on_answer(self, answer: Answer, last_seq: int) -> None:
        """It is in the log. Its row acknowledges it, since that alone shows that the words are ours."""
        draft = self._find_sent(answer.stream, answer.n)
        if draft is None or draft.to is not None:
            return
        if answer.seq > last_seq:
            self._not_to_resend(answer.n)
        else:
            # The row lies before where our history begins, so it will not come: nothing to show.
            self._store.acknowledge_say(draft.draft_id)
            self._tell_refused(self._forget(draft), draft, Refusal.PRUNED)
        self.send_waiting()

    def on_refused(self, refused: Refused) -> None:
        draft = self._find_sent(refused.stream, refused.n)
        if draft is None:
            return
        if refused.code in _NOT_USED_UP:
            if refused.code is not Refusal.LATER and self._begun_here and refused.n == 1:
                raise LogOrder(what="a gap before the first message")
            self._to_resend[refused.n] = refused.code
        elif refused.code is Refusal.PRUNED:
            # It was in the log, and retention has removed it since: delivered, but nothing to show.
            self._store.acknowledge_say(draft.draft_id)
            self._tell_refused(self._forget(draft), draft, refused.code)
        else:
            self._refuse(draft, refused.code)
        self.send_waiting()

    def on_whisper_stored(self, stored: WhisperStored) -> None:
        draft = self._find_sent(stored.stream, stored.n)
        if draft is None or draft.to is None:
            return
        self._store.acknowledge_whisper(draft.draft_id, stored.at)
        local_id = self._forget(draft)
        while len(self._whispers) >= _WHISPERS_KEPT:
            del self._whispers[next(iter(self._whispers))]
        self._whispers[draft.msg_id] = local_id
        to, file = Member(draft.to, draft.to_name), shared_file(draft.file)
        self._emit(WhisperSent(local_id, to, draft.text, stored.at, file))
        self.send_waiting()

    def on_whisper_done(self, done: WhisperDone) -> None:
        name = self._store.settle_whisper(self._server, done.to, done.msg_id, done.outcome)
        if name is None:
            return
        local_id = self._whispers.pop(done.msg_id, None)
        if local_id is not None:
            self._emit(WhisperDoneEvent(local_id, done.outcome))
        elif done.outcome is not WhisperOutcome.DELIVERED:
            self._emit(not_delivered(done.outcome, name))

    # --- Inside ---------------------------------------------------------------------------------

    def _reload(self) -> None:
        drafts = self._store.unsent(self._server)
        self._waiting = {draft.n: draft for draft in drafts}
        place = self._store.place(self._server)
        self._stream, self._next_n = place.stream, place.next_n

    def _find_sent(self, stream: bytes, n: int) -> Draft | None:
        return self._waiting.get(n) if stream == self._stream and n <= self._sent_n else None

    def _forget(self, draft: Draft) -> int:
        self._waiting.pop(draft.n, None)
        self._not_to_resend(draft.n)
        self._told_later = False
        return self._local_ids.pop(draft.draft_id, -draft.draft_id)

    def _not_to_resend(self, n: int) -> None:
        self._to_resend.pop(n, None)
        if not self._to_resend:
            self._cancel_timer()  # what was to be sent again has been answered after all

    def _refuse(self, draft: Draft, code: str) -> None:
        self._store.refuse(draft.draft_id, code)
        local_id = self._forget(draft)
        self._refused[local_id] = draft.draft_id
        self._tell_refused(local_id, draft, code)

    def _tell_refused(self, local_id: int, draft: Draft, code: str) -> None:
        self._emit(RefusedEvent(local_id, draft.text, code, _sentence(code), _recipient(draft)))

    def _resend(self) -> None:
        """Once all under way is answered: `later` in the same stream, after a while; else in a new one."""
        under_way = [n for n in self._waiting if n <= self._sent_n]
        if self._timer is not None or any(n not in self._to_resend for n in under_way):
            return
        if self._to_resend and self._to_resend[min(self._to_resend)] is Refusal.LATER:
            if not self._told_later:
                self._told_later = True
                self._emit(Notice(Refusal.LATER, REFUSAL_SENTENCES[Refusal.LATER]))
            self._timer = self._context.call_later(limits.LATER_S, self._resend_later)
        else:
            self._store.new_stream(self._server)
            self._reload()
            self._begun_here = True
            self._last_n = self._sent_n = self._outrun_n = self._echoed_n = 0
            self._to_resend.clear()
            self.send_waiting()

    def _resend_later(self) -> None:
        self._timer = None
        self._sent_n = min(self._to_resend) - 1
        self._to_resend.clear()
        self.send_waiting()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _sentence(code: str) -> str:
    if code == OTHER_SERVER:
        return _OTHER_SERVER_SENTENCE
    try:
        return REFUSAL_SENTENCES[Refusal(code)]
    except ValueError:  # of a damaged store
        return _NOT_TAKEN_SENTENCE


def _recipient(draft: Draft) -> Member | None:
    return None if draft.to is None else Member(draft.to, draft.to_name)


def _message(draft: Draft) -> Message:
    if draft.to is None:
        return Say(draft.stream, draft.n, draft.text, draft.file)
    place, sealed = (draft.stream, draft.n, draft.to, draft.msg_id, draft.counter), (draft.c1, draft.c2)
    return SendWhisper(*place, *sealed, draft.file.blob if draft.file is not None else None)
