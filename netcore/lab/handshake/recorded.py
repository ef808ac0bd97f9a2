"""A recorded handshake, whole or failed, made from what one end of the connection saw (PROTOCOL §3).

Nothing is made up. What crossed are the frames that the recorder saw; public values come from these frames,
secret ones from the program that computed them, and what neither gives is not there. How it ended comes
from the refusal that this end recorded, or from what the wire showed of the other end: an Alert, or silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from netcore.lab.handshake.from_the_wire import from_the_wire
from netcore.lab.handshake.ladder import Party, Rung, ladder
from netcore.lab.spans import frame_name
from netcore.session.table import State
from netcore.trace import (
    Defence,
    Direction,
    Forgotten,
    FrameSeen,
    HandshakeValue,
    RecordingBegan,
    RecordingEnded,
    Refused,
    StateChanged,
    TraceEvent,
)
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType

_WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "legal length": "a frame had a type or a length that has no place there",
        "table": "a frame came at a time when it has no place",
        "magic": "the other side speaks something else, or another version of LocalChat",
        "key share": "the other side’s key share was one whose z anybody can compute",
        "signature": "the server’s signature is not right",
        "pinned key": "the server’s key is not the one that is trusted",
        "Finished": "the other side’s proof (Finished) is not right: the two did not see the same "
                          "bytes, or have not the same secrets",
        "tag": "a sealed record did not open",
        "stamp": "a record for the room had a wrong stamp",
        "sequence": "a record was not the next one",
        "JSON": "a record opened and held no JSON",
        "schema": "a record opened and held no message that has a place there",
        "member’s proof": "the member’s proof is not right",
        "own words": "words came back as this member’s that it never said",
        "whisper’s seal": "a whisper in it did not open",
        "deadline": "it took too long",
        "Alert": "an Alert came",
        "no Close": "the stream ended, and nothing had been said of an end",
    }
)  # fmt: skip

_ERROR_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "UnknownServer": "nobody here has met this server’s key: the person is asked, and then the client "
                         "dials again",
        "ServerKeyChanged": "the server shows another key than the one that is known for this address",
        "InviteMismatch": "the server’s key is not the one in the invite",
    }
)  # fmt: skip
"""A failed trust decision in its own words: what defends is the same, what happened is not."""


_PRIVATE: Final = "x25519 private key"
"""The recorder's word for the secret half of the end that it records; here it is named by whose it is."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """A frame that crossed the wire."""

    sender: Party
    type: int
    name: str
    length_bytes: int
    """Of the whole frame."""
    after_s: float
    """Since the recording of this connection began."""
    raw: bytes = field(repr=False)
    plaintext: bytes | None = field(repr=False)
    rung: Rung | None
    """The step of the handshake that it is; None for an Alert, a Close, or a frame out of its place."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a handshake failed."""

    by: Party
    """Who stopped."""
    why: str
    """A clause, as this end knows it."""
    wire: str
    """What whoever watched the wire saw of it."""
    section: str = ""
    function: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class RecordedHandshake:
    """One connection's handshake, from the view of `side`."""

    connection: int
    side: Party
    peer: str
    from_start: bool
    """Whether recording began before the first byte."""
    secrets: bool
    """Whether this end was asked to keep secret values, and has not forgotten them."""
    messages: tuple[Crossed, ...]
    values: Mapping[str, bytes] = field(repr=False)
    ending: Ending | None
    done: bool
    """Whether it led into the room."""

    @property
    def last_step(self) -> int:
        """The number of the last step: one for each message, and one for a failure that no message shows."""
        shown = self.ending is not None and self._ending_is_a_message
        return len(self.messages) + (1 if self.ending is not None and not shown else 0)

    @property
    def _ending_is_a_message(self) -> bool:
        return bool(self.messages) and self.messages[-1].rung is None

    def good_messages(self, step: int) -> int:
        """How many steps of an honest handshake have been taken after `step` steps of this one."""
        good = 0
        for crossed in self.messages[:step]:
            if crossed.rung is None or crossed.rung is not ladder()[good]:
                break
            good += 1
        return good

    def state(self, party: Party, step: int) -> State:
        """The state that `party` has reached after `step` steps.

        For a receiver who refused its last message, or is not known to have taken it, the state before it.
        """
        if self.ending is not None and step >= self.last_step and self.ending.by is party:
            return State.CLOSED
        good = self.good_messages(step)
        if not good:
            return State.NOTHING_KNOWN
        rung = ladder()[good - 1]
        last = self.ending is not None and good == self.good_messages(self.last_step)
        if last and rung.sender is not party:
            # Nothing came after it from this side, so nobody saw that it was taken.
            return rung.before[party]
        return rung.after[party]

    def frames(self, step: int) -> dict[str, bytes]:
        """The raw frames of the handshake that have crossed after `step` steps, by their names; without one
        that was too long for the recorder."""
        return {
            crossed.rung.name: crossed.raw
            for crossed in self.messages[:step]
            if crossed.rung is not None and len(crossed.raw) == crossed.length_bytes
        }


def public_values(messages: Sequence[Crossed]) -> Mapping[str, bytes]:
    """What the frames alone give."""
    frames = {crossed.name.partition(":")[0]: crossed.raw for crossed in messages if crossed.rung is not None}
    return MappingProxyType(from_the_wire(frames))


def read(events: Iterable[TraceEvent]) -> RecordedHandshake | None:
    """The handshake in one connection's events, in order; None if they do not begin with its recording."""
    began: RecordingBegan | None = None
    messages: list[Crossed] = []
    secret: dict[str, bytes] = {}
    refused: Refused | None = None
    closed = done = False
    for event in events:
        match event:
            case RecordingBegan():
                began = event
            case _ if began is None:
                return None
            case FrameSeen() if not done:
                messages.append(_crossed(event, began, messages))
                done = messages[-1].rung is ladder()[-1]
            case HandshakeValue(secret=True):
                secret[f"{began.role}_private" if event.name == _PRIVATE else event.name] = event.value
            case Refused() if refused is None and not done:
                refused = event
            case StateChanged(after=State.CLOSED.name) | RecordingEnded():
                closed = True
            case Forgotten():
                secret.clear()
            case _:
                pass
    if began is None:
        return None
    side = Party(began.role)
    opened = {
        crossed.rung.name.partition(": ")[2]: crossed.plaintext
        for crossed in messages
        if crossed.rung is not None and crossed.plaintext is not None
    }
    return RecordedHandshake(
        connection=began.connection,
        side=side,
        peer=began.peer,
        from_start=began.in_offset == 0 and began.out_offset == 0 and began.state == State.NOTHING_KNOWN.name,
        secrets=bool(secret),
        messages=tuple(messages),
        values=MappingProxyType({**public_values(messages), **opened, **secret}),
        ending=None if done or not (closed or refused) else _ending(side, messages, refused),
        done=done,
    )


def _crossed(event: FrameSeen, began: RecordingBegan, before: Sequence[Crossed]) -> Crossed:
    side = Party(began.role)
    sender = side if event.direction == "out" else side.other
    good = sum(crossed.rung is not None for crossed in before)
    rung: Rung | None = None
    if good == len(before) and good < len(ladder()):
        expected = ladder()[good]
        if expected.type == event.type and expected.sender is sender:
            rung = expected
    name = rung.name if rung is not None else frame_name(event.type)
    return Crossed(
        sender, event.type, name, event.length, event.at_s - began.at_s, event.raw, event.plaintext, rung
    )


def _close_code(crossed: Crossed) -> str:
    try:
        return f": {CloseCode((crossed.plaintext or b'')[0]).name.lower()}"
    except (IndexError, ValueError):
        return ""


def _ending(side: Party, messages: Sequence[Crossed], refused: Refused | None) -> Ending:
    last = messages[-1] if messages else None
    alert = last if last is not None and last.type == FrameType.ALERT else None
    came: Direction | None = None
    if alert is not None:
        came = "out" if alert.sender is side else "in"
    wire = f"five bytes: {alert.raw.hex(' ')}" if alert is not None else "silence, then the end of the stream"
    if last is not None and last.type == FrameType.CLOSE:
        wire = "one more sealed record, a Close, then the end of the stream"
        if last.sender is not side:
            return Ending(side.other, f"it said goodbye{_close_code(last)}", wire)
    if came == "in" or (refused is not None and refused.defence in (Defence.ALERT, Defence.NO_CLOSE)):
        why = "it does not say why: every failure before keys looks the same"
        if came == "out":
            wire = f"silence, then the end of the stream; this side answered with {wire}"
        return Ending(side.other, why, wire)
    if refused is not None:
        why = _ERROR_WORDS.get(refused.error) or _WHY.get(refused.defence.value, refused.defence.value)
        section = f"PROTOCOL §{refused.section}" if refused.section else ""
        return Ending(side, why, wire, section, refused.function, refused.error)
    return Ending(side, "its person stopped it", wire)
