"""How long a message takes from the one who says it to each member, seen from the server's own frames. Pure.

It counts from the moment when the server had the whole `say` to the moment when the kernel had taken the last
byte of the Room record with it. What the host says itself has no `say`: that counts from the first member who
got it. A Room record has the same epoch and index for all, so each is read here once and not once a member.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from netcore.lab.summaries import messages_in
from netcore.trace import FrameSeen, TraceEvent
from netcore.wire.framing import FrameType

MAX_MESSAGES: Final = 2_000
"""Said and not yet heard of again, or heard of not long ago."""
MAX_DELIVERIES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Delivery:
    connection: int
    at_s: float
    took_s: float


class Deliveries:
    """`last` for each connection, and the last thousand of all."""

    def __init__(self) -> None:
        self.all: deque[Delivery] = deque(maxlen=MAX_DELIVERIES)
        self.last: dict[int, Delivery] = {}
        self._said: OrderedDict[tuple[object, object], float] = OrderedDict()
        self._records: OrderedDict[bytes, float] = OrderedDict()

    def take(self, events: Iterable[TraceEvent]) -> None:
        for event in events:
            if isinstance(event, FrameSeen):
                if event.type == FrameType.DIRECT and event.direction == "in":
                    self._heard(event)
                elif event.type == FrameType.ROOM and event.direction == "out":
                    self._delivered(event)

    def others(self, than: Iterable[int]) -> tuple[float, float] | None:
        """(median, worst) in seconds of the last deliveries to other connections; None without any."""
        left_out = set(than)
        took = [one.took_s for one in self.all if one.connection not in left_out]
        return (median(took), max(took)) if took else None

    def _heard(self, frame: FrameSeen) -> None:
        for message in messages_in(frame):
            if message.get("t") == "say":
                self._said[message.get("stream"), message.get("n")] = frame.at_s
        while len(self._said) > MAX_MESSAGES:
            self._said.popitem(last=False)

    def _delivered(self, frame: FrameSeen) -> None:
        place = frame.raw[4:16]  # epoch and index: the same for every member
        began_s = self._records.get(place)
        if began_s is None:
            said = [(one.get("stream"), one.get("n")) for one in messages_in(frame) if one.get("t") == "said"]
            if not said:
                return  # somebody came or went
            began_s = min((self._said[one] for one in said if one in self._said), default=frame.at_s)
            self._records[place] = began_s
            if len(self._records) > MAX_MESSAGES:
                self._records.popitem(last=False)
        delivery = Delivery(frame.connection, frame.at_s, max(0.0, frame.at_s - began_s))
        self.all.append(delivery)
        self.last[frame.connection] = delivery
