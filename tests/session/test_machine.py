"""Any order of saying, sealing, arriving and cutting: what is heard is what was said (PROTOCOL §5)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from netcore.errors import ClientGone, RecordError, ServerGone
from netcore.session.events import Failed, MessageReceived, PeerClosed
from netcore.session.table import State
from netcore.wire.codes import CloseCode, Refusal
from netcore.wire.messages import Message, Refused, Say
from tests.session.pair import STREAM, joined, messages
from tests.session.test_room_records import Room, about

TEXTS = st.text(max_size=30) | st.integers(1, 4_000).map(lambda size: "x" * size)
PIECES = st.sampled_from([0, 1, 7, 60, 500, 65_536])


class Conversation(RuleBasedStateMachine):
    """One member, the server and the room, over a link that may slice, damage and end."""

    @initialize()
    def begin(self) -> None:
        self.pair = joined()
        self.room = Room()
        self.to_server: list[Message] = []
        self.to_client: list[Message] = []
        self.damaged = False
        self.number = 0

    def over(self) -> bool:
        return State.CLOSED in (self.pair.client.state, self.pair.server.state)

    # --- Saying ---------------------------------------------------------------------------------

    @rule(text=TEXTS)
    @precondition(lambda self: not self.over())
    def client_says(self, text: str) -> None:
        self.number += 1
        self.to_server.append(Say(STREAM, self.number, text))
        self.pair.client.send(self.to_server[-1])

    @rule(n=st.integers(1, 2**53 - 1))
    @precondition(lambda self: not self.over())
    def server_says(self, n: int) -> None:
        self.to_client.append(Refused(STREAM, n, Refusal.MUTED))
        self.pair.server.send(self.to_client[-1])

    @rule(count=st.integers(1, 3))
    @precondition(lambda self: not self.over())
    def room_says(self, count: int) -> None:
        said = [about(i) for i in range(count)]
        self.to_client += said
        self.room.tell(self.pair, self.room.seal(*said))

    @rule()
    def somebody_came(self) -> None:
        self.room.ratchet()

    @rule()
    def somebody_left(self) -> None:
        self.room.rotate()

    @rule()
    def others_hear_something(self) -> None:
        """A record under the room's key that this member does not get: it was not live then."""
        self.room.seal(about(9))

    # --- The link -------------------------------------------------------------------------------

    @rule(up=PIECES, down=PIECES)
    def bytes_arrive(self, up: int, down: int) -> None:
        self.pair.collect()
        self.pair.step(up, down)

    @rule()
    def all_arrives(self) -> None:
        self.pair.deliver()
        if not self.over() and not self.damaged:
            assert messages(self.pair.server_events) == self.to_server
            assert messages(self.pair.client_events) == self.to_client

    @rule(place=st.floats(0, 0.999), bit=st.integers(0, 7), up=st.booleans())
    @precondition(lambda self: not self.damaged and not self.over())
    def a_bit_flips(self, place: float, bit: int, up: bool) -> None:
        self.pair.collect()
        link = bytearray(self.pair.to_server if up else self.pair.to_client)
        if link:
            link[int(place * len(link))] ^= 1 << bit
            self.damaged = True
        if up:
            self.pair.to_server = bytes(link)
        else:
            self.pair.to_client = bytes(link)

    @rule()
    @precondition(lambda self: not self.over())
    def client_leaves(self) -> None:
        self.pair.client.close(CloseCode.LEAVING)

    @rule()
    @precondition(lambda self: not self.over())
    def cut(self) -> None:
        self.pair.cut()
        for events, gone in (
            (self.pair.client_events, ServerGone),
            (self.pair.server_events, ClientGone),
        ):
            last = events[-1]
            assert isinstance(last, Failed) and isinstance(last.error, gone | RecordError)

    # --- What always holds ----------------------------------------------------------------------

    @invariant()
    def what_is_heard_was_said(self) -> None:
        """Whatever happened: each side has heard a beginning of what the other said, unchanged."""
        if not hasattr(self, "pair"):
            return
        for events, said in (
            (self.pair.server_events, self.to_server),
            (self.pair.client_events, self.to_client),
        ):
            heard = messages(events)
            assert heard == said[: len(heard)]
            ends = [event for event in events if not isinstance(event, MessageReceived)]
            assert len(ends) <= 1 and events[len(events) - len(ends) :] == ends
            assert all(isinstance(end, Failed | PeerClosed) for end in ends)
            if any(isinstance(end, PeerClosed) for end in ends):
                assert heard == said, "a goodbye before all that was said"


Conversation.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestConversation = Conversation.TestCase
