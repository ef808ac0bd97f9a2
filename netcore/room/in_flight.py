"""The whispers, and the reports about whispers, that are in flight on one connection (PROTOCOL §7.4)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class InFlight:
    unconfirmed: set[bytes] = field(default_factory=set)
    """Whispers for the member, by msg_id."""
    more_waits: bool = False
    """Whether more whispers wait until those are confirmed."""
    told: set[int] = field(default_factory=set)
    """Reports about the member's own whispers, by their number in the log, that it may not have read yet."""
    proof: tuple[int, frozenset[int]] | None = None
    """The pong that will prove that it has read those of `told`: how many pongs will have come with it."""
