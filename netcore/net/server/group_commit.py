"""A group commit: collect what members say, store it all at once, then tell everyone (PROTOCOL §8).

At most one in each turn of the loop, at its end:

    collect     all that arrives while the loop serves its sockets; in a busy room for a little longer
    commit      one transaction for all of it, by the host's rules of this moment; only when the disk has it,
                anything is answered or shown
    broadcast   one plaintext of all that the room is to hear, sealed once, the same bytes to all live members
    pages       what members asked of the past; a member that reaches the head becomes live here, after the
                broadcast, so that it misses nothing and hears nothing twice
    flush       the sessions' output goes to the sockets
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from netcore.errors import StorageError, StorageFull
from netcore.net.api.events import Failed, MemberLeft, RoomChanged
from netcore.net.loop import Callback, Timer
from netcore.net.server.broadcast import Broadcast
from netcore.net.server.context import Context
from netcore.net.server.link import ServerLink
from netcore.net.server.pages import Pages
from netcore.store.room_log import Attempt, HeldWhisper, Outcome, Stored
from netcore.wire.codec import encode
from netcore.wire.codes import LeaveReason, Refusal
from netcore.wire.messages import Left, RoomMessage, RoomState

MAX_BATCH_ATTEMPTS: Final = 256
"""The rest waits for the next commit. At 4,000 letters each they fill half of a member's send queue."""
SLOW_COMMIT_S: Final = 0.05
MAX_BATCH_WAIT_S: Final = 0.005
"""How long a commit may wait for more to be said: hundreds of messages come meanwhile, and nobody notices."""

log = logging.getLogger("localchat.room")


class OutcomeHandler(Protocol):
    """Hears what became of an attempt to say something."""

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None: ...


class GroupCommit:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._broadcast = Broadcast(context)
        self._pages = Pages(context, self._broadcast.gained_member)
        self._scheduled = False
        self._over = False
        self._batch_wait_s = 0.0
        self._wait_timer: Timer | None = None
        self._attempts: deque[tuple[Attempt, OutcomeHandler]] = deque()
        self._announced: list[RoomMessage] = []
        self._leaving: dict[bytes, LeaveReason] = {}
        self._after_commit: list[tuple[Callback, Callback | None]] = []
        self._links_to_correct: list[ServerLink] = []
        self._links_to_flush: list[ServerLink] = []
        self._was_full = False
        self.told_state: RoomState | None = None
        """What members know of the room's switches."""

    @property
    def epoch(self) -> int:
        """Of the room's key."""
        return self._broadcast.epoch

    # --- Collecting ---

    def schedule(self) -> None:
        """There is something to do at the end of this turn."""
        if not self._scheduled and not self._over:
            self._scheduled = True
            self._context.loop.at_turn_end(self._run)

    def attempt(self, attempt: Attempt, handler: OutcomeHandler) -> None:
        """A message, a whisper, or a refusal that uses up its number.

        A commit costs the same for one message as for many: a wait for the disk, a seal, and a send to each
        member. So in a room where many speak at once it waits for more, as long as the one before took. With
        64 messages under way to 500 members, that takes a third off what each costs. (The first message
        after a busy moment waits as well.)
        """
        self._attempts.append((attempt, handler))
        if not self._batch_wait_s:
            self.schedule()
        elif self._wait_timer is None:
            self._wait_timer = self._context.loop.call_later(self._batch_wait_s, self.schedule)

    def announce(self, message: RoomMessage) -> None:
        """The room hears it in the next broadcast, before what is said in it (news of the disk: last)."""
        self._announced.append(message)
        self.schedule()

    def after_commit(self, fn: Callback, not_yet: Callback | None = None) -> None:
        """Run `fn` once what changed in the log is on the disk; `not_yet` if the disk is full until then."""
        self._after_commit.append((fn, not_yet))
        self.schedule()

    def request_page(self, link: ServerLink, after: int) -> None:
        """The member asks for messages with seq > after."""
        self._pages.request(link, after)
        self.schedule()

    def flush_later(self, link: ServerLink) -> None:
        """The link's session has something to send."""
        self._links_to_flush.append(link)
        self.schedule()

    def leaving(self, member_id: bytes, reason: LeaveReason) -> None:
        """The member's connection is over. It has left when this turn ends, unless it is back by then."""
        self._leaving[member_id] = reason
        self.schedule()

    def came_back(self, member_id: bytes) -> None:
        """Takes `leaving` back, if it was said in this turn."""
        self._leaving.pop(member_id, None)

    def lost_key_holder(self) -> None:
        """Somebody who knows the room's key is not to hear what comes."""
        self._broadcast.lost_key_holder()

    def tell_room_state(self) -> None:
        """The switches have changed: everyone hears it, if it is something that members hear."""
        context = self._context
        state = context.room_state()
        if state != self.told_state:
            self.told_state = state
            self.announce(state)
            # The broadcast says of nobody that they are muted; each that is hears that by itself, behind it.
            muted = [link for link in context.links.values() if context.moderation.is_muted(link.member_id)]
            self._links_to_correct += muted
        known_only, disk_full = context.moderation.known_only, context.log.read_only_because is not None
        context.emit(RoomChanged(state.read_only, False, state.slow_s, state.kept, known_only, disk_full))

    # --- At the end of the turn ---

    def finish(self) -> None:
        """The server stops: store and tell what was collected, then take no more."""
        while not self._over and (self._attempts or self._announced or self._context.log.dirty):
            self._run()
            if self._context.log.read_only_because is not None:
                break  # nothing can be stored, and nobody was told that it was
        self._over = True

    def _run(self) -> None:
        self._scheduled = False
        if self._wait_timer is not None:
            self._wait_timer.cancel()
            self._wait_timer = None
        if self._over:
            return
        with self._context.log_guard:
            try:
                self._commit_and_tell()
            except StorageError:
                self._over = True  # before the room closes: nothing may be acknowledged any more
                raise

    def _commit_and_tell(self) -> None:
        context = self._context
        start_s = context.loop.now()
        batch = self._next_batch()
        leaving, self._leaving = self._leaving, {}
        outcomes, texts = self._commit([attempt for attempt, _ in batch], leaving)
        for (attempt, handler), outcome in zip(batch, outcomes, strict=True):
            handler.on_outcome(attempt, outcome)
        texts += self._take_announced()
        for member_id, reason in leaving.items():
            self._remove_member(member_id, reason)
        self._run_after_commit(context.log.read_only_because is None)
        context.loop.recorder.records = self._broadcast.send(texts)
        self._batch_wait_s = min(MAX_BATCH_WAIT_S, context.loop.now() - start_s) if len(batch) > 1 else 0.0
        links, self._links_to_correct = self._links_to_correct, []
        for link in links:
            link.send(context.room_state(link.member_id))
        if self._pages.serve() or self._attempts:
            self.schedule()
        links, self._links_to_flush = self._links_to_flush, []
        for link in links:
            link.connection.guard(link.flush)
        if context.log.dirty and context.log.read_only_because is None:
            self.schedule()  # with a full disk the room does it, once a second

    def _run_after_commit(self, stored: bool) -> None:
        after, self._after_commit = self._after_commit, []
        for fn, not_yet in after:
            if stored:
                fn()
                continue
            if not_yet is not None:
                not_yet()
            self._after_commit.append((fn, None))

    def _next_batch(self) -> list[tuple[Attempt, OutcomeHandler]]:
        """What is next to be stored. What a member said that is excluded by now is dropped unanswered."""
        count = min(len(self._attempts), MAX_BATCH_ATTEMPTS)
        batch = [self._attempts.popleft() for _ in range(count)]
        is_excluded, now = self._context.moderation.is_excluded, self._context.loop.turn_s
        return [(attempt, handler) for attempt, handler in batch if not is_excluded(attempt.member_id, now)]

    def _commit(
        self, attempts: Sequence[Attempt], leaving: Mapping[bytes, LeaveReason]
    ) -> tuple[list[Outcome], list[bytes]]:
        """What became of the attempts, and the encoded messages by which the room hears of it."""
        context = self._context
        start_s = context.loop.now()
        announced = self._take_announced()
        left = [encode(Left(one, context.member(one).name, why)) for one, why in leaving.items()]
        said: list[bytes] = []

        # The log calls this inside of its transaction, when all is written and before it waits for the disk.
        # A thread that has slept while the disk worked comes back to cold caches: sealing one message took
        # 175 microseconds after the sleep, and takes 30 before it. Nothing leaves before the disk has it.
        def seal(outcomes: Sequence[Outcome]) -> None:
            said.extend(encode(outcome.said) for outcome in outcomes if isinstance(outcome, Stored))
            self._broadcast.seal_ahead([*announced, *said, *left])

        outcomes = context.log.commit(attempts, context.now_ms(), self._refusal, seal, context.age_ms())
        context.moderation.settle(context.log.read_only_because is None, context.loop.turn_s)
        took_s = context.loop.now() - start_s
        context.loop.recorder.commit_ms = took_s * 1000
        if took_s > SLOW_COMMIT_S:
            log.warning("the disk took %.0f ms for a commit", took_s * 1000)
        self._watch_disk()
        if context.log.read_only_because is not None:
            said.clear()
        return outcomes, [*announced, *said, *left]

    def _refusal(self, attempt: Attempt) -> Refusal | None:
        """By the rules as they are now, whatever they were when it came in."""
        moderation = self._context.moderation
        if isinstance(attempt.what, HeldWhisper):
            return Refusal.MUTED if moderation.is_muted(attempt.member_id) else None
        return moderation.refusal_to_say(attempt.member_id, self._context.loop.turn_s)

    def _watch_disk(self) -> None:
        """A full disk makes the room read-only, and says so; space on it again ends that."""
        why = self._context.log.read_only_because
        if (why is not None) == self._was_full:
            return
        self._was_full = why is not None
        if why is not None:
            self._context.emit(Failed(StorageFull(why=why)))
        self.tell_room_state()

    def _take_announced(self) -> list[bytes]:
        announced, self._announced = self._announced, []
        return [encode(message) for message in announced]

    def _remove_member(self, member_id: bytes, reason: LeaveReason) -> None:
        member = self._context.member(member_id)
        self._context.members.leave(member_id)
        self._context.emit(MemberLeft(member, reason.value))
