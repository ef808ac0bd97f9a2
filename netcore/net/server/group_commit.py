"""A turn of the room: collect what members say, store it all at once, then tell everyone (PROTOCOL §8).

    collect     all that arrives while the loop serves its sockets; in a busy room for a little longer
    commit      one transaction for all of it, by the host's rules of this moment; only when the disk has it,
                anything is answered or shown
    broadcast   one plaintext of all that the room is to hear, sealed once, the same bytes to all live members
    pages       what members asked of the past; who reaches the head becomes live here, after the broadcast,
                so that it misses nothing and hears nothing twice
    flush       the sessions' output goes to the sockets
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from netcore.errors import StorageError, StorageFull
from netcore.net.api.events import Failed, MemberLeft, RoomChanged
from netcore.net.loop import Callback, Timer
from netcore.net.server.broadcast import Broadcast
from netcore.net.server.context import Hall
from netcore.net.server.link import Link
from netcore.net.server.pages import Pages
from netcore.store.room_log import Attempt, HeldWhisper, Outcome, Stored
from netcore.wire.codec import encode
from netcore.wire.codes import LeaveReason, Refusal
from netcore.wire.messages import Left, RoomMessage

MOST_ATTEMPTS: Final = 256
"""In one turn; the rest waits for the next. At 4,000 letters each they fill a member's send queue half."""
SLOW_COMMIT_S: Final = 0.05
MOST_PATIENCE_S: Final = 0.005
"""How long a turn may wait for more to be said: hundreds of messages come in that, and nobody notices it."""

log = logging.getLogger("localchat.room")


class Speaker(Protocol):
    """Who tried to say something, and hears what became of it."""

    def on_outcome(self, attempt: Attempt, outcome: Outcome) -> None: ...


class Turn:
    """Thread: netcore-loop only."""

    def __init__(self, hall: Hall, on_fatal: Callable[[StorageError], None]) -> None:
        """`on_fatal`: the log cannot be written any more, so nothing may be acknowledged from now on."""
        self._hall = hall
        self._on_fatal = on_fatal
        self._broadcast = Broadcast(hall)
        self._pages = Pages(hall, self._broadcast.gained_member, on_fatal)
        self._asked = False
        self._over = False
        self._patience_s = 0.0
        self._ripens: Timer | None = None
        self._collected: deque[tuple[Attempt, Speaker]] = deque()
        self._before: list[RoomMessage] = []
        self._leaving: dict[bytes, LeaveReason] = {}
        self._after_commit: list[Callback] = []
        self._beside: list[Link] = []
        self._outputs: list[Link] = []
        self._was_full = False

    @property
    def epoch(self) -> int:
        """Of the room's key."""
        return self._broadcast.epoch

    # --- Collecting ---

    def ask(self) -> None:
        """There is something to do at the end of this turn."""
        if not self._asked and not self._over:
            self._asked = True
            self._hall.loop.at_turn_end(self._run)

    def attempt(self, attempt: Attempt, speaker: Speaker) -> None:
        """A message, a whisper, or a refusal that uses up its number.

        A turn costs the same for one message as for many: a commit, a seal, and a send to each member. So in
        a room where many speak at once a turn waits for more, as long as the turn before took. With 64
        messages on their way to 500 members, that takes a third off what each costs. (The first message
        after a busy moment waits as well.)
        """
        self._collected.append((attempt, speaker))
        if not self._patience_s:
            self.ask()
        elif self._ripens is None:
            self._ripens = self._hall.loop.call_later(self._patience_s, self.ask)

    def announce(self, message: RoomMessage) -> None:
        """The room hears it in this turn's broadcast, before what is said in it (news of the disk: last)."""
        self._before.append(message)
        self.ask()

    def after_commit(self, fn: Callback) -> None:
        """Run `fn` once what changed in the log is on the disk."""
        self._after_commit.append(fn)
        self.ask()

    def page(self, link: Link, after: int) -> None:
        """The member asks for messages with seq > after."""
        self._pages.ask(link, after)
        self.ask()

    def output(self, link: Link) -> None:
        """The link's session has something to send."""
        self._outputs.append(link)
        self.ask()

    def leaving(self, member_id: bytes, reason: LeaveReason) -> None:
        """The member's connection is over. It has left when the turn ends, unless it is back by then."""
        self._leaving[member_id] = reason
        self.ask()

    def is_back(self, member_id: bytes) -> bool:
        """Takes `leaving` back, if it was said in this turn."""
        return self._leaving.pop(member_id, None) is not None

    def lost_key_holder(self) -> None:
        """Somebody who knows the room's key is not to hear what comes."""
        self._broadcast.lost_key_holder()

    # --- The end of the turn ---

    def finish(self) -> None:
        """The server stops: store and tell what was collected, then take no more."""
        while not self._over and (self._collected or self._before or self._hall.log.dirty):
            self._run()
            if self._hall.log.read_only_because is not None:
                break  # nothing can be stored, and nobody was told that it was
        self._over = True

    def _run(self) -> None:
        self._asked = False
        if self._ripens is not None:
            self._ripens.cancel()
            self._ripens = None
        if self._over:
            return
        try:
            self._end_turn()
        except StorageError as error:
            self._over = True
            self._on_fatal(error)

    def _end_turn(self) -> None:
        hall = self._hall
        start_s = hall.loop.now()
        batch = self._next_batch()
        leaving, self._leaving = self._leaving, {}
        outcomes, texts = self._commit([attempt for attempt, _ in batch], leaving)
        for (attempt, speaker), outcome in zip(batch, outcomes, strict=True):
            speaker.on_outcome(attempt, outcome)
        texts += [encode(message) for message in self._take_announced()]
        self._take_leave(leaving)
        if hall.log.read_only_because is None:
            after, self._after_commit = self._after_commit, []
            for fn in after:
                fn()
        self._broadcast.send(texts)
        self._patience_s = min(MOST_PATIENCE_S, hall.loop.now() - start_s) if len(batch) > 1 else 0.0
        beside, self._beside = self._beside, []
        for link in beside:
            link.send(hall.room_state(link.member_id))
        if self._pages.serve() or self._collected:
            self.ask()
        outputs, self._outputs = self._outputs, []
        for link in outputs:
            link.connection.guard(link.flush)
        if hall.log.dirty and hall.log.read_only_because is None:
            self.ask()  # with a full disk the room asks, once a second

    def _next_batch(self) -> list[tuple[Attempt, Speaker]]:
        """What is next to be stored; not what was said by who is put out meanwhile: that has no answer."""
        count = min(len(self._collected), MOST_ATTEMPTS)
        batch = [self._collected.popleft() for _ in range(count)]
        is_out, now = self._hall.moderation.is_out, self._hall.loop.turn_s
        return [(attempt, speaker) for attempt, speaker in batch if not is_out(attempt.member_id, now)]

    def _judge(self, attempt: Attempt) -> Refusal | None:
        """By the rules as they are now, whatever they were when it came in."""
        moderation = self._hall.moderation
        if isinstance(attempt.what, HeldWhisper):
            return Refusal.MUTED if moderation.is_muted(attempt.member_id) else None
        return moderation.may_say(attempt.member_id, self._hall.loop.turn_s)

    def _commit(
        self, attempts: Sequence[Attempt], leaving: Mapping[bytes, LeaveReason]
    ) -> tuple[list[Outcome], list[bytes]]:
        """What became of the attempts, and the texts by which the room hears of it."""
        hall = self._hall
        start_s = hall.loop.now()
        announced = [encode(message) for message in self._take_announced()]
        left = [encode(Left(one, hall.member(one).name, why)) for one, why in leaving.items()]
        stored: list[bytes] = []

        def prepare(outcomes: Sequence[Outcome]) -> None:
            stored.extend(encode(outcome.said) for outcome in outcomes if isinstance(outcome, Stored))
            self._broadcast.prepare([*announced, *stored, *left])

        outcomes = hall.log.commit(attempts, hall.now_ms(), self._judge, prepare)
        hall.moderation.settle(hall.log.read_only_because is None, hall.loop.turn_s)
        took_s = hall.loop.now() - start_s
        if took_s > SLOW_COMMIT_S:
            log.warning("the disk took %.0f ms for a commit", took_s * 1000)
        self._watch_disk()
        if hall.log.read_only_because is not None:
            stored.clear()
        return outcomes, [*announced, *stored, *left]

    def _watch_disk(self) -> None:
        """A full disk makes the room read-only, and says so; room on it again ends that."""
        why = self._hall.log.read_only_because
        if (why is not None) == self._was_full:
            return
        self._was_full = why is not None
        if why is not None:
            self._hall.emit(Failed(StorageFull(why=why)))
        self.tell_room_state()

    def tell_room_state(self) -> None:
        """The switches have changed: everyone hears, and each who is muted hears that beside."""
        hall = self._hall
        self.announce(hall.room_state())
        # Beside the broadcast, which says of nobody that they are muted.
        self._beside += [link for link in hall.links.values() if hall.moderation.is_muted(link.member_id)]
        state = hall.room_state()
        known_only, disk_full = hall.moderation.known_only, hall.log.read_only_because is not None
        hall.emit(RoomChanged(state.read_only, False, state.slow_s, state.kept, known_only, disk_full))

    def _take_announced(self) -> list[RoomMessage]:
        announced, self._before = self._before, []
        return announced

    def _take_leave(self, leaving: Mapping[bytes, LeaveReason]) -> None:
        for member_id, reason in leaving.items():
            member = self._hall.member(member_id)
            self._hall.members.leave(member_id)
            self._hall.emit(MemberLeft(member, reason.value))
